//! The `match` statement.

use orochi_bytecode::Op;
use orochi_bytecode::word::{TAKE_B, TAKE_C, Word};
use orochi_heap::Value;
use orochi_objects::spec::flags;
use orochi_objects::type_::{PyType, class_of, type_name};
use orochi_objects::{Attached, PyResult, dict, int, protocol, str, tuple};
use smallvec::SmallVec;

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
            // The operands stay in their registers meanwhile, where the collector sees them.
            let [subject, class, names] = [0, 1, 2].map(|i| regs.view(w.b() + i));
            let r = match_class(t, subject, class, names, w.c() as usize)?;
            (0..3).for_each(|i| drop(regs.take(w.b() + i)));
            r
        }
    };
    regs.put(w.a(), r);
    Ok(())
}

fn match_keys(t: Attached<'_>, subject: &Value, keys: &Value) -> PyResult {
    let keys = tuple::items(keys);
    let mut values: SmallVec<[Value; 6]> = SmallVec::new();
    // A fresh object tells "not there" from any value. An exact dict is asked directly.
    let plain = dict::TYPE.is_exact(t, subject);
    let asked = if plain {
        None
    } else {
        let marker = orochi_objects::object::TYPE.alloc(t, orochi_objects::object::PyObject);
        Some((orochi_objects::attr::get(t, subject, &t.names().get)?, marker))
    };
    let seen = if keys.len() > 1 { Some(dict::new(t)) } else { None };
    for key in keys {
        if let Some(seen) = &seen {
            if dict::contains(t, seen, key)? {
                let key = protocol::display_repr(t, key);
                return Err(t.value_error(format!("mapping pattern checks duplicate key ({key})")));
            }
            dict::set(t, seen, key, Value::none())?;
        }
        let found = match &asked {
            None => dict::get(t, subject, key)?,
            Some((get, marker)) => Some(protocol::call(t, get, &[key.clone(), marker.clone()])?).filter(|v| !v.is(marker)),
        };
        match found {
            Some(v) => values.push(v),
            None => return Ok(Value::none()),
        }
    }
    Ok(tuple::from_slice(t, &values))
}

fn match_class(t: Attached<'_>, subject: &Value, class: &Value, names: &Value, positional: usize) -> PyResult {
    let Some(ty) = class.payload::<PyType>() else {
        return Err(t.type_error("called match pattern must be a class"));
    };
    if !protocol::is_instance(t, subject, class)? {
        return Ok(Value::none());
    }
    let names = tuple::items(names);
    let mut seen: SmallVec<[Value; 6]> = SmallVec::new();
    let mut values: SmallVec<[Value; 6]> = SmallVec::new();
    if positional > 0 {
        let match_args = orochi_objects::attr::find(t, class, &t.names().__match_args__)?;
        let (allowed, match_self) = match &match_args {
            Some(m) => {
                if tuple::as_tuple(m).is_none() {
                    return Err(t.type_error(format!("{}.__match_args__ must be a tuple (got {})", ty.name_text(), type_name(t, m))));
                }
                (tuple::items(m), false)
            }
            None => (&[][..], ty.has(flags::MATCH_SELF)),
        };
        let count = if match_self { 1 } else { allowed.len() };
        if positional > count {
            let s = if count == 1 { "" } else { "s" };
            let class_name = ty.name_text();
            return Err(t.type_error(format!("{class_name}() accepts {count} positional sub-pattern{s} ({positional} given)")));
        }
        if match_self {
            values.push(subject.clone());
        } else {
            for name in &allowed[..positional] {
                if !str::is_str(name) {
                    return Err(t.type_error(format!("__match_args__ elements must be strings (got {})", type_name(t, name))));
                }
                match attribute(t, subject, name, ty, &mut seen)? {
                    Some(v) => values.push(v),
                    None => return Ok(Value::none()),
                }
            }
        }
    }
    for name in names {
        match attribute(t, subject, name, ty, &mut seen)? {
            Some(v) => values.push(v),
            None => return Ok(Value::none()),
        }
    }
    Ok(tuple::from_slice(t, &values))
}

fn attribute(t: Attached<'_>, subject: &Value, name: &Value, class: &PyType, seen: &mut SmallVec<[Value; 6]>) -> PyResult<Option<Value>> {
    if seen.iter().any(|s| str::same_text(s, name)) {
        let class = class.name_text();
        return Err(t.type_error(format!("{class}() got multiple sub-patterns for attribute {}", protocol::display_repr(t, name))));
    }
    seen.push(name.clone_register());
    orochi_objects::attr::find(t, subject, name)
}
