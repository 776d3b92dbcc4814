//! The `match` statement.

use orochi_bytecode::Op;
use orochi_bytecode::word::{TAKE_B, TAKE_C, Word};
use orochi_heap::Value;
use orochi_objects::spec::flags;
use orochi_objects::type_::{PyType, class_of, type_name};
use orochi_objects::{Attached, PyResult, dict, int, protocol, str, tuple};

use super::Regs;
use crate::frame::Frame;

pub(super) fn cold(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    let r = match op {
        Op::MatchMapping => Value::bool(class_of(t, regs.view(w.b())).has(flags::MAPPING)),
        Op::MatchSequence => Value::bool(class_of(t, regs.view(w.b())).has(flags::SEQUENCE)),
        Op::GetLen => int::from_usize(t, protocol::length(t, regs.view(w.b()))?),
        Op::MatchKeys => {
            let (subject, keys) = (regs.get(w.b()), regs.get(w.c()));
            let r = match_keys(t, &subject, &keys)?;
            regs.done(w, TAKE_B | TAKE_C);
            r
        }
        _ => {
            let parts = regs.take_run(w.b(), 3);
            match_class(t, &parts[0], &parts[1], &parts[2], w.c() as usize)?
        }
    };
    regs.put(w.a(), r);
    Ok(())
}

fn match_keys(t: Attached<'_>, subject: &Value, keys: &Value) -> PyResult {
    let seen = dict::new(t);
    let mut values = Vec::new();
    let missing = Value::ellipsis();
    // A fresh object tells "not there" from any value.
    let marker = orochi_objects::object::TYPE.alloc(t, orochi_objects::object::PyObject);
    let _ = missing;
    let get = orochi_objects::attr::get(t, subject, &t.names().get)?;
    for key in tuple::items(keys) {
        if dict::contains(t, &seen, key)? {
            return Err(t.value_error(format!("mapping pattern checks duplicate key ({})", protocol::display_repr(t, key))));
        }
        dict::set(t, &seen, key, Value::none())?;
        let v = protocol::call(t, &get, &[key.clone(), marker.clone()])?;
        if v.is(&marker) {
            return Ok(Value::none());
        }
        values.push(v);
    }
    Ok(tuple::new(t, values))
}

fn match_class(t: Attached<'_>, subject: &Value, class: &Value, names: &Value, positional: usize) -> PyResult {
    let Some(ty) = class.payload::<PyType>() else {
        return Err(t.type_error("called match pattern must be a class"));
    };
    let isinstance = protocol::builtin(t, "isinstance")?;
    let matched = protocol::call(t, &isinstance, &[subject.clone(), class.clone()])?;
    if !protocol::truth(t, &matched)? {
        return Ok(Value::none());
    }
    let mut seen: Vec<Value> = Vec::new();
    let mut values = Vec::new();
    let class_name = ty.name_text();
    if positional > 0 {
        let match_args = orochi_objects::attr::find(t, class, &t.names().__match_args__)?;
        let (allowed, match_self) = match match_args {
            Some(m) => {
                if tuple::as_tuple(&m).is_none() {
                    return Err(t.type_error(format!("{class_name}.__match_args__ must be a tuple (got {})", type_name(t, &m))));
                }
                (tuple::items(&m).to_vec(), false)
            }
            None => (Vec::new(), ty.has(flags::MATCH_SELF)),
        };
        let count = if match_self { 1 } else { allowed.len() };
        if positional > count {
            let s = if count == 1 { "" } else { "s" };
            return Err(t.type_error(format!("{class_name}() accepts {count} positional sub-pattern{s} ({positional} given)")));
        }
        if match_self {
            values.push(subject.clone());
        } else {
            for name in &allowed[..positional] {
                if !str::is_str(name) {
                    return Err(t.type_error(format!("__match_args__ elements must be strings (got {})", type_name(t, name))));
                }
                match attribute(t, subject, name, &class_name, &mut seen)? {
                    Some(v) => values.push(v),
                    None => return Ok(Value::none()),
                }
            }
        }
    }
    for name in tuple::items(names) {
        match attribute(t, subject, name, &class_name, &mut seen)? {
            Some(v) => values.push(v),
            None => return Ok(Value::none()),
        }
    }
    Ok(tuple::new(t, values))
}

fn attribute(t: Attached<'_>, subject: &Value, name: &Value, class: &str, seen: &mut Vec<Value>) -> PyResult<Option<Value>> {
    if seen.iter().any(|s| str::same_text(s, name)) {
        return Err(t.type_error(format!("{class}() got multiple sub-patterns for attribute {}", protocol::display_repr(t, name))));
    }
    seen.push(name.clone());
    orochi_objects::attr::find(t, subject, name)
}
