//! `__build_class__`: the class statement.

use orochi_heap::Value;
use orochi_objects::spec::Method;
use orochi_objects::type_::{self, PyType, class_of, type_name};
use orochi_objects::{Args, Attached, PyResult, attr, cell, dict, protocol, str, tuple};

use crate::call::{Activation, run_code};
use crate::function;

/// `builtins.__build_class__`.
pub static BUILD_CLASS: Method = Method::new(
    "__build_class__",
    "(func, name, /, *bases, **kwds)",
    build_class,
    "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nInternal helper function used by the class statement.",
);

fn build_class(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = t.names();
    let (func, name, original_bases, keywords) = (&a[0], &a[1], &a[2], &a[3]);
    let Some(f) = func.payload::<function::PyFunction>() else {
        return Err(t.type_error("__build_class__: func must be a function"));
    };
    if !str::is_str(name) {
        return Err(t.type_error("__build_class__: name is not a string"));
    }
    let bases = update_bases(t, original_bases)?;
    let meta_given = dict::remove(t, keywords, &n.metaclass)?;
    let base_list = tuple::items(&bases);
    let mut meta = match meta_given {
        Some(m) => m,
        None => match base_list.first() {
            Some(b) => type_::type_of(t, b).clone(),
            None => type_::TYPE.get(t).clone(),
        },
    };
    if meta.payload::<PyType>().is_some() {
        let types: Vec<Value> = base_list.to_vec();
        meta = type_::most_derived_meta(t, &meta, &types)?;
    }
    let mut names = Vec::new();
    let mut values = Vec::new();
    for (k, v) in dict::items(keywords) {
        names.push(k);
        values.push(v);
    }
    let namespace = match attr::find(t, &meta, &n.__prepare__)? {
        Some(prepare) => {
            let mut all = vec![name.clone(), bases.clone()];
            all.extend(values.iter().cloned());
            protocol::call_args(t, &prepare, Args::with_names(&all, &names))?
        }
        None => dict::new(t),
    };
    if class_of(t, &namespace).slots.get_item().is_none() {
        let shown = if meta.payload::<PyType>().is_some() { type_::as_type(&meta).name_text() } else { "<metaclass>".to_owned() };
        return Err(t.type_error(format!("{shown}.__prepare__() must return a mapping, not {}", type_name(t, &namespace))));
    }
    let code_value = f.code_value.load();
    let activation = Activation {
        code: f.code(),
        function: func.clone(),
        code_value: code_value.clone(),
        globals: f.globals.clone(),
        builtins: f.builtins.clone(),
        locals: namespace.clone(),
    };
    let class_cell = run_code(t, activation, tuple::items(&f.closure))?;
    if !bases.is(original_bases) {
        protocol::set_item(t, &namespace, &n.__orig_bases__, original_bases)?;
    }
    let mut all = vec![name.clone(), bases.clone(), namespace];
    all.extend(values);
    let class = protocol::call_args(t, &meta, Args::with_names(&all, &names))?;
    if class.payload::<PyType>().is_some()
        && let Some(c) = class_cell.payload::<cell::PyCell>()
    {
        let now = c.contents.load();
        if now.is_unbound() {
            return Err(t.raise(
                &orochi_objects::exception::RuntimeError,
                format!(
                    "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
                    protocol::display_repr(t, name),
                    protocol::display_repr(t, &class)
                ),
            ));
        }
        if !now.is(&class) {
            return Err(t.type_error(format!(
                "__class__ set to {} defining {} as {}",
                protocol::display_repr(t, &now),
                protocol::display_repr(t, name),
                protocol::display_repr(t, &class)
            )));
        }
    }
    Ok(class)
}

/// The bases with `__mro_entries__` resolved; the same tuple if none has it.
fn update_bases(t: Attached<'_>, bases: &Value) -> PyResult {
    let mut out: Option<Vec<Value>> = None;
    for (i, base) in tuple::items(bases).iter().enumerate() {
        if base.payload::<PyType>().is_none()
            && let Some(f) = attr::find(t, base, &t.names().__mro_entries__)?
        {
            let entries = protocol::call(t, &f, std::slice::from_ref(bases))?;
            if tuple::as_tuple(&entries).is_none() {
                return Err(t.type_error("__mro_entries__ must return a tuple"));
            }
            out.get_or_insert_with(|| tuple::items(bases)[..i].to_vec()).extend(tuple::items(&entries).iter().cloned());
        } else if let Some(out) = &mut out {
            out.push(base.clone());
        }
    }
    Ok(match out {
        Some(list) => tuple::new(t, list),
        None => bases.clone(),
    })
}
