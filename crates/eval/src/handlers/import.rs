//! `import` statements; the machinery is in `crate::import`.

use orochi_bytecode::Op;
use orochi_bytecode::word::{TAKE_A, Word};
use orochi_heap::Value;
use orochi_objects::{Attached, PyResult, attr, dict, exception, module, protocol, str};

use super::Regs;
use crate::frame::Frame;

pub(super) fn cold(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    match op {
        Op::ImportName => {
            let run = regs.take_run(w.b(), 2);
            let name = frame.code().names[w.c() as usize].clone();
            let r = import_name(t, frame, &name, &run[0], &run[1])?;
            Regs::of(frame).put(w.a(), r);
            Ok(())
        }
        Op::ImportFrom => {
            let name = frame.code().names[w.c() as usize].clone();
            let m = regs.get(w.b());
            let r = crate::import::import_from(t, &m, &name)?;
            regs.put(w.a(), r);
            Ok(())
        }
        _ => {
            let m = regs.operand(w, w.a(), TAKE_A);
            let namespace = if frame.locals().is_unbound() { frame.globals().clone() } else { frame.locals().clone() };
            import_star(t, &m, &namespace)
        }
    }
}

fn import_name(t: Attached<'_>, frame: &Frame, name: &Value, level: &Value, fromlist: &Value) -> PyResult {
    let Some(import) = dict::get_str(t, frame.builtins(), &t.names().__import__) else {
        return Err(t.raise(&exception::ImportError, "__import__ not found"));
    };
    if crate::import::is_builtin_import(&import) {
        let level = orochi_objects::int::as_i64(level).unwrap_or(0);
        return crate::import::import(t, name, frame.globals(), fromlist, level);
    }
    let locals = if frame.locals().is_unbound() { Value::none() } else { frame.locals().clone() };
    protocol::call(t, &import, &[name.clone(), frame.globals().clone(), locals, fromlist.clone(), level.clone()])
}

fn import_star(t: Attached<'_>, m: &Value, namespace: &Value) -> PyResult<()> {
    let n = t.names();
    let (names, skip_private) = match attr::find(t, m, &n.__all__)? {
        Some(all) => (protocol::collect(t, &all)?, false),
        None => {
            let d = match attr::find(t, m, &n.__dict__)? {
                Some(d) => d,
                None => {
                    return Err(t.raise(&exception::ImportError, "from-import-* object has no __dict__ and no __all__"));
                }
            };
            let keys = if dict::as_dict(&d).is_some() { dict::keys(&d) } else { protocol::collect(t, &d)? };
            (keys, true)
        }
    };
    for name in names {
        if !str::is_str(&name) {
            let of = if m.payload::<module::PyModule>().is_some() {
                dict::get_str(t, &module::dict_of(m), &n.__name__).map_or(String::new(), |v| str::display(&v))
            } else {
                String::new()
            };
            let (what, place) = if skip_private { ("Key", "__dict__") } else { ("Item", "__all__") };
            return Err(t.type_error(format!(
                "{what} in {of}.{place} must be str, not {}",
                orochi_objects::type_::type_name(t, &name)
            )));
        }
        if skip_private && str::display(&name).starts_with('_') {
            continue;
        }
        let v = attr::get(t, m, &name)?;
        if dict::TYPE.is_exact(t, namespace) {
            dict::set(t, namespace, &str::intern_value(t, &name), v)?;
        } else {
            protocol::set_item(t, namespace, &name, &v)?;
        }
    }
    Ok(())
}
