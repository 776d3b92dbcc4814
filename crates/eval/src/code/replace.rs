//! `code.replace`: a copy with other fields.
//!
//! The copy is verified before anybody can run it: fields that do not go together are a ValueError, whatever they are.

use std::sync::Arc;

use orochi_bytecode::code::{Const, Text, flags as code_flags};
use orochi_bytecode::word::Word;
use orochi_bytecode::{Code, LocalKind, PositionTable};
use orochi_heap::Value;
use orochi_objects::{Attached, PyResult, Raised, bytes, complex, dict, float, int, protocol, set, slice, str, tuple, type_};

use super::{PyCode, body, with_flags};

/// Words of the beginning in `co_code`, which stand for no instruction.
const BEGINNING: usize = 1;

pub(super) fn replace(t: Attached<'_>, a: &[Value]) -> PyResult {
    let c = body(&a[0]);
    let mut code = (*c.code).clone();
    let mut flags = c.flags;
    let mut checked = false;
    for (key, value) in dict::items(&a[1]) {
        let name = str::display(&key);
        let number = || protocol::expect_i64(t, &value);
        let small = || number().and_then(|n| u16::try_from(n).map_err(|_| t.value_error(format!("code: {name} is out of range"))));
        match name.as_str() {
            "co_name" => code.name = text(t, &name, &value)?,
            "co_qualname" => code.qualname = text(t, &name, &value)?,
            "co_filename" => code.filename = text(t, &name, &value)?,
            "co_firstlineno" => {
                let line = number()?;
                code.first_line = u32::try_from(line).map_err(|_| t.value_error("code: co_firstlineno must be a line number"))?;
                code.positions = PositionTable::from_bytes(code.positions.as_bytes().into(), code.first_line);
            }
            "co_linetable" => code.positions = PositionTable::from_bytes(raw(t, &name, &value)?.into(), code.first_line),
            "co_flags" => {
                flags = number()? as u32;
                checked = true;
            }
            "co_argcount" => (code.arg_count, checked) = (small()?, true),
            "co_posonlyargcount" => (code.posonly_count, checked) = (small()?, true),
            "co_kwonlyargcount" => (code.kwonly_count, checked) = (small()?, true),
            "co_consts" => {
                let items = items(t, &name, &value)?;
                code.constants = items.iter().map(|v| constant(t, v)).collect::<PyResult<_>>()?;
                checked = true;
            }
            "co_names" => {
                code.names = texts(t, &name, &value)?;
                checked = true;
            }
            "co_varnames" => rename(t, &mut code, &name, &value, |k| k.has(LocalKind::LOCAL) && !k.has(LocalKind::HIDDEN))?,
            "co_cellvars" => rename(t, &mut code, &name, &value, |k| k.has(LocalKind::CELL) && !k.has(LocalKind::HIDDEN))?,
            "co_freevars" => rename(t, &mut code, &name, &value, |k| k.has(LocalKind::FREE))?,
            "co_code" => {
                let raw = raw(t, &name, &value)?;
                let (words, rest) = raw.as_chunks::<8>();
                if !rest.is_empty() || words.len() < BEGINNING {
                    return Err(t.value_error("code: co_code is no sequence of instructions"));
                }
                code.words = words[BEGINNING..].iter().map(|w| Word(u64::from_le_bytes(*w))).collect();
                checked = true;
            }
            // These say what other fields say already.
            "co_nlocals" if number()? == code.var_names().count() as i64 => {}
            "co_nlocals" => return Err(t.value_error("code: co_nlocals != len(co_varnames)")),
            "co_stacksize" if number()? >= (c.register_count - c.local_count) as i64 => {}
            "co_exceptiontable" if raw(t, &name, &value)?.is_empty() => {}
            "co_stacksize" | "co_exceptiontable" => return Err(t.value_error(format!("code: {name} does not fit the instructions"))),
            other => return Err(t.type_error(format!("replace() got an unexpected keyword argument '{other}'"))),
        }
    }
    code.flags = flags;
    if checked {
        let parameters = code.parameter_count();
        for (at, local) in code.locals.iter_mut().enumerate() {
            let bits = if at < parameters { local.kind.0 | LocalKind::PARAM.0 } else { local.kind.0 & !LocalKind::PARAM.0 };
            local.kind = LocalKind(bits);
        }
        refuse_unsafe(t, &code)?;
    }
    Ok(with_flags(t, &Arc::new(code), flags))
}

fn refuse_unsafe(t: Attached<'_>, code: &Code) -> PyResult<()> {
    // A generator's frame is made in another way than a function's: one cannot become the other.
    let kinds = code_flags::GENERATOR | code_flags::COROUTINE | code_flags::ASYNC_GENERATOR;
    if (code.flags & kinds).count_ones() > 1 {
        return Err(t.value_error("code: co_flags name more than one kind of generator"));
    }
    orochi_bytecode::verify(code).map_err(|refusal| t.value_error(format!("code: {refusal}")))
}

fn wrong(t: Attached<'_>, name: &str, what: &str, value: &Value) -> Raised {
    t.type_error(format!("code() argument '{name}' must be {what}, not {}", type_::type_name(t, value)))
}

fn text(t: Attached<'_>, name: &str, value: &Value) -> PyResult<Text> {
    match str::as_str(value) {
        Some(s) => Ok(s.bytes().into()),
        None => Err(wrong(t, name, "str", value)),
    }
}

fn raw<'a>(t: Attached<'_>, name: &str, value: &'a Value) -> PyResult<&'a [u8]> {
    bytes::as_bytes(value).ok_or_else(|| wrong(t, name, "bytes", value))
}

fn items<'a>(t: Attached<'_>, name: &str, value: &'a Value) -> PyResult<&'a [Value]> {
    match tuple::as_tuple(value) {
        Some(_) => Ok(tuple::items(value)),
        None => Err(wrong(t, name, "tuple", value)),
    }
}

fn texts(t: Attached<'_>, name: &str, value: &Value) -> PyResult<Vec<Text>> {
    let all = items(t, name, value)?;
    all.iter()
        .map(|v| match str::as_str(v) {
            Some(s) => Ok(s.bytes().into()),
            None => Err(t.type_error(format!("name tuples must contain only strings, not '{}'", type_::type_name(t, v)))),
        })
        .collect()
}

/// Gives the variables of a kind other names; how many there are is decided by the registers.
fn rename(t: Attached<'_>, code: &mut Code, name: &str, value: &Value, is: fn(LocalKind) -> bool) -> PyResult<()> {
    let names = texts(t, name, value)?;
    let count = code.locals.iter().filter(|local| is(local.kind)).count();
    if names.len() != count {
        return Err(t.value_error(format!("code: {name} must hold {count} names, as the code's registers do")));
    }
    for (local, name) in code.locals.iter_mut().filter(|local| is(local.kind)).zip(names) {
        local.name = name;
    }
    Ok(())
}

/// A value as a constant.
fn constant(t: Attached<'_>, v: &Value) -> PyResult<Const> {
    t.check_stack(" while copying constants")?;
    let all = |items: &[Value]| items.iter().map(|v| constant(t, v)).collect::<PyResult<Box<[Const]>>>();
    Ok(if v.is_none() {
        Const::None
    } else if v.is_true() {
        Const::True
    } else if v.is_false() {
        Const::False
    } else if v.is_ellipsis() {
        Const::Ellipsis
    } else if int::TYPE.is_exact(t, v) {
        match (int::as_i64(v), int::as_big(v)) {
            (Some(n), _) => Const::Int(n),
            (None, Some(big)) => {
                let negative = big < dashu_int::IBig::ZERO;
                Const::BigInt { negative, magnitude: big.into_parts().1.to_le_bytes() }
            }
            (None, None) => return Err(not_constant(t, v)),
        }
    } else if let Some(x) = float::as_f64(v).filter(|_| float::TYPE.is_exact(t, v)) {
        Const::Float(x)
    } else if let Some(z) = complex::as_complex(v).filter(|_| complex::TYPE.is_exact(t, v)) {
        Const::Complex(z.re, z.im)
    } else if let Some(s) = str::as_str(v).filter(|_| str::is_exact_str(v)) {
        Const::Str(s.bytes().into())
    } else if let Some(b) = bytes::as_bytes(v).filter(|_| bytes::TYPE.is_exact(t, v)) {
        Const::Bytes(b.into())
    } else if tuple::TYPE.is_exact(t, v) {
        Const::Tuple(all(tuple::items(v))?)
    } else if set::FROZEN.is_exact(t, v) {
        Const::FrozenSet(all(&set::members(v))?)
    } else if let Some(s) = v.payload::<slice::PySlice>() {
        Const::Slice(Box::new([constant(t, &s.start.load())?, constant(t, &s.stop.load())?, constant(t, &s.step.load())?]))
    } else if let Some(c) = v.payload::<PyCode>() {
        Const::Code(c.code.clone())
    } else {
        return Err(not_constant(t, v));
    })
}

fn not_constant(t: Attached<'_>, v: &Value) -> Raised {
    t.type_error(format!("code() argument 'co_consts' can hold constants only, not {}", type_::type_name(t, v)))
}
