//! `function`: code with its globals, defaults and closure.

use std::sync::atomic::{AtomicPtr, Ordering::*};

use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_objects::spec::{GetSet, TypeSpec, flags};
use orochi_objects::{Args, Attached, Def, PyResult, dict, str, tuple, type_};

use crate::code::{self, PyCode};

/// The body of a function.
pub struct PyFunction {
    /// The code's body, for calls; `code_value` keeps it alive.
    code: AtomicPtr<PyCode>,
    /// `__code__`.
    pub code_value: Slot,
    /// `__globals__`.
    pub globals: Value,
    /// `__builtins__`: the dict.
    pub builtins: Value,
    /// `__name__`.
    pub name: Slot,
    /// `__qualname__`.
    pub qualname: Slot,
    /// `__defaults__`: a tuple or None.
    pub defaults: Slot,
    /// `__kwdefaults__`: a dict or None.
    pub kwdefaults: Slot,
    /// `__closure__`: a tuple of cells or None.
    pub closure: Value,
    /// `__doc__`.
    pub doc: Slot,
    /// `__module__`.
    pub module: Slot,
    /// `__annotations__`, or unbound while nobody asked.
    pub annotations: Slot,
    /// `__annotate__`, or None.
    pub annotate: Slot,
    /// `__type_params__`, or unbound for none.
    pub type_params: Slot,
}

impl Payload for PyFunction {
    payload!(PyFunction, "function");
    fn trace(&self, visit: &mut Visit<'_>) {
        for slot in [
            &self.code_value,
            &self.name,
            &self.qualname,
            &self.defaults,
            &self.kwdefaults,
            &self.doc,
            &self.module,
            &self.annotations,
            &self.annotate,
            &self.type_params,
        ] {
            visit.slot(slot);
        }
        visit.values([&self.globals, &self.builtins, &self.closure]);
    }
    fn clear(&self) {
        for slot in [&self.defaults, &self.kwdefaults, &self.annotations, &self.annotate, &self.doc] {
            slot.set(Value::none());
        }
    }
}

/// `function`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyFunction>("function")
    .flags(flags::HAS_DICT | flags::HAS_WEAKREF | flags::METHOD_DESCRIPTOR)
    .slots(&[Def::New(function_new), Def::Call(crate::call::function_call), Def::DescrGet(descr_get), Def::Repr(repr)])
    .getset(&[
        GetSet::write("__code__", |_, v| Ok(body(v).code_value.load()), set_code, ""),
        GetSet::read("__globals__", |_, v| Ok(body(v).globals.clone()), ""),
        GetSet::read("__builtins__", |_, v| Ok(body(v).builtins.clone()), ""),
        GetSet::read("__closure__", |_, v| Ok(body(v).closure.clone()), ""),
        GetSet::write("__name__", |_, v| Ok(body(v).name.load()), set_name, ""),
        GetSet::write("__qualname__", |_, v| Ok(body(v).qualname.load()), set_qualname, ""),
        GetSet::write("__defaults__", |_, v| Ok(body(v).defaults.load()), set_defaults, ""),
        GetSet::write("__kwdefaults__", |_, v| Ok(body(v).kwdefaults.load()), set_kwdefaults, ""),
        GetSet::write("__doc__", |_, v| Ok(body(v).doc.load()), set_doc, ""),
        GetSet::write("__module__", |_, v| Ok(body(v).module.load()), set_module, ""),
        GetSet::write("__annotations__", get_annotations, set_annotations, ""),
        GetSet::write("__annotate__", |_, v| Ok(body(v).annotate.load()), set_annotate, ""),
        GetSet::write("__type_params__", get_type_params, set_type_params, ""),
        GetSet::write("__dict__", get_dict, set_dict, ""),
    ])
    .doc("function(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)\n--\n\nCreate a function object.");

/// The body of a function.
#[inline(always)]
pub fn body(v: &Value) -> &PyFunction {
    match v.payload::<PyFunction>() {
        Some(f) => f,
        None => unreachable!("not a function"),
    }
}

impl PyFunction {
    /// The code's body.
    #[inline(always)]
    pub fn code(&self) -> &PyCode {
        // SAFETY: `code_value` keeps the code object alive; one replaced by `__code__` assignment is
        // deferred, so only the collector frees it, when no frame runs it.
        unsafe { &*self.code.load(Acquire) }
    }
}

/// The dict of builtins that code with these globals sees.
pub fn builtins_for(t: Attached<'_>, globals: &Value) -> Value {
    let found = dict::get_str(t, globals, &t.names().__builtins__);
    match found {
        Some(m) if dict::as_dict(&m).is_some() => m,
        Some(m) if m.payload::<orochi_objects::module::PyModule>().is_some() => orochi_objects::module::dict_of(&m),
        _ => t.interpreter().builtins.load(),
    }
}

/// A new function. `closure` is a tuple of cells or None.
pub fn new(t: Attached<'_>, code_value: &Value, globals: &Value, closure: Value) -> Value {
    let c = code::body(code_value);
    let has_doc = c.flags & orochi_bytecode::code::flags::HAS_DOCSTRING != 0;
    let doc = if has_doc { c.constants.first().cloned().unwrap_or(Value::none()) } else { Value::none() };
    let module = dict::get_str(t, globals, &t.names().__name__).unwrap_or(Value::none());
    let f = TYPE.alloc(
        t,
        PyFunction {
            code: AtomicPtr::new(std::ptr::from_ref(c).cast_mut()),
            code_value: Slot::new(code_value.clone()),
            globals: globals.clone(),
            builtins: builtins_for(t, globals),
            name: Slot::new(c.name.clone()),
            qualname: Slot::new(c.qualname.clone()),
            defaults: Slot::new(Value::none()),
            kwdefaults: Slot::new(Value::none()),
            closure: closure.counted(),
            doc: Slot::new(doc),
            module: Slot::new(module),
            annotations: Slot::unbound(),
            annotate: Slot::new(Value::none()),
            type_params: Slot::unbound(),
        },
    );
    // Inner functions often capture values whose death somebody waits for: they are counted.
    if c.flags & orochi_bytecode::code::flags::NESTED == 0 {
        orochi_heap::count::defer(&f);
    }
    f
}

fn function_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    let signature = orochi_objects::args::Signature::parse("(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)");
    signature.call(t, "function", args, |a| {
        let given = |i: usize| a[i].given().filter(|v| !v.is_none());
        let Some(c) = a[0].payload::<PyCode>() else {
            return Err(t.type_error(format!("function() argument 'code' must be code, not {}", type_::type_name(t, &a[0]))));
        };
        if dict::as_dict(&a[1]).is_none() {
            return Err(t.type_error(format!("function() argument 'globals' must be dict, not {}", type_::type_name(t, &a[1]))));
        }
        let closure = given(4).cloned().unwrap_or(Value::none());
        let free = c.free_registers.len();
        if free == 0 && !closure.is_none() && !tuple::items(&closure).is_empty() {
            return Err(t.value_error(format!("{} requires closure of length 0, not {}", str::display(&c.name), tuple::items(&closure).len())));
        }
        if free > 0 {
            if tuple::as_tuple(&closure).is_none() {
                return Err(t.type_error("arg 5 (closure) must be tuple"));
            }
            if tuple::items(&closure).len() != free {
                return Err(t.value_error(format!(
                    "{} requires closure of length {free}, not {}",
                    str::display(&c.name),
                    tuple::items(&closure).len()
                )));
            }
            for cell in tuple::items(&closure) {
                if cell.payload::<orochi_objects::cell::PyCell>().is_none() {
                    return Err(t.type_error(format!("arg 5 (closure) expected cell, found {}", type_::type_name(t, cell))));
                }
            }
        }
        let f = new(t, &a[0], &a[1], if free == 0 { Value::none() } else { closure });
        if let Some(name) = given(2) {
            str::expect(t, name, "arg 3 (name)")?;
            body(&f).name.set(name.clone());
        }
        if let Some(defaults) = given(3) {
            set_defaults(t, &f, Some(defaults))?;
        }
        if let Some(kwdefaults) = given(5) {
            set_kwdefaults(t, &f, Some(kwdefaults))?;
        }
        Ok(f)
    })
}

fn descr_get(t: Attached<'_>, this: &Value, instance: Option<&Value>, _: &Value) -> PyResult {
    Ok(match instance {
        Some(instance) => orochi_objects::native::bind(t, this, instance),
        None => this.clone(),
    })
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let name = str::display(&body(this).qualname.load());
    Ok(str::from_string(t, format!("<function {name} at {:#x}>", this.identity())))
}

fn set_code(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(c) = value.and_then(|v| v.payload::<PyCode>()) else {
        return Err(t.type_error("__code__ must be set to a code object"));
    };
    let f = body(this);
    let free = if f.closure.is_none() { 0 } else { tuple::items(&f.closure).len() };
    if c.free_registers.len() != free {
        return Err(t.value_error(format!(
            "{}() requires a code object with {free} free vars, not {}",
            str::display(&f.name.load()),
            c.free_registers.len()
        )));
    }
    if let Some(v) = value {
        f.code_value.set(v.clone());
        f.code.store(std::ptr::from_ref(c).cast_mut(), Release);
    }
    Ok(())
}

macro_rules! str_setter {
    ($f:ident $field:ident $message:literal) => {
        fn $f(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
            match value {
                Some(v) if str::is_str(v) => {
                    body(this).$field.set(v.clone());
                    Ok(())
                }
                _ => Err(t.type_error($message)),
            }
        }
    };
}
str_setter!(set_name name "__name__ must be set to a string object");
str_setter!(set_qualname qualname "__qualname__ must be set to a string object");

fn set_defaults(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let v = value.cloned().unwrap_or(Value::none());
    if !v.is_none() && tuple::as_tuple(&v).is_none() {
        return Err(t.type_error("__defaults__ must be set to a tuple object"));
    }
    body(this).defaults.set(v);
    Ok(())
}
fn set_kwdefaults(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let v = value.cloned().unwrap_or(Value::none());
    if !v.is_none() && dict::as_dict(&v).is_none() {
        return Err(t.type_error("__kwdefaults__ must be set to a dict object"));
    }
    body(this).kwdefaults.set(v);
    Ok(())
}
fn set_doc(_: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    body(this).doc.set(value.cloned().unwrap_or(Value::none()));
    Ok(())
}
fn set_module(_: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    body(this).module.set(value.cloned().unwrap_or(Value::none()));
    Ok(())
}
fn get_annotations(t: Attached<'_>, this: &Value) -> PyResult {
    let f = body(this);
    let now = f.annotations.load();
    if !now.is_unbound() {
        return Ok(now);
    }
    let annotate = f.annotate.load();
    let made = if annotate.is_none() {
        dict::new(t)
    } else {
        let r = orochi_objects::protocol::call(t, &annotate, &[Value::i32(1)])?;
        if dict::as_dict(&r).is_none() {
            return Err(t.type_error(format!("__annotate__ returned non-dict of type '{}'", type_::type_name(t, &r))));
        }
        r
    };
    f.annotations.set(made.clone());
    Ok(made)
}
fn set_annotations(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let f = body(this);
    match value {
        None => f.annotations.set(dict::new(t)),
        Some(v) if v.is_none() => f.annotations.set(dict::new(t)),
        Some(v) if dict::as_dict(v).is_some() => f.annotations.set(v.clone()),
        Some(_) => return Err(t.type_error("__annotations__ must be set to a dict object")),
    }
    f.annotate.set(Value::none());
    Ok(())
}
fn set_annotate(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(v) = value else { return Err(t.type_error("__annotate__ cannot be deleted")) };
    if !v.is_none() && !orochi_objects::protocol::is_callable(t, v) {
        return Err(t.type_error("__annotate__ must be callable or None"));
    }
    let f = body(this);
    f.annotate.set(v.clone());
    if !v.is_none() {
        f.annotations.take();
    }
    Ok(())
}
fn get_type_params(t: Attached<'_>, this: &Value) -> PyResult {
    let now = body(this).type_params.load();
    Ok(if now.is_unbound() { crate::start::empty_tuple(t) } else { now })
}
fn set_type_params(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    match value {
        Some(v) if tuple::as_tuple(v).is_some() => {
            body(this).type_params.set(v.clone());
            Ok(())
        }
        _ => Err(t.type_error("__type_params__ must be set to a tuple")),
    }
}
fn get_dict(t: Attached<'_>, this: &Value) -> PyResult {
    match this.header().and_then(|h| orochi_objects::attr::materialize_dict(t, h)) {
        Some(d) => Ok(d),
        None => Ok(Value::none()),
    }
}
fn set_dict(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    match (value, this.header()) {
        (Some(v), Some(h)) if dict::as_dict(v).is_some() => {
            orochi_objects::attr::replace_dict(t, h, v.clone());
            Ok(())
        }
        (None, _) => Err(t.type_error("cannot delete __dict__")),
        (Some(v), _) => Err(t.type_error(format!("__dict__ must be set to a dictionary, not a '{}'", type_::type_name(t, v)))),
    }
}
