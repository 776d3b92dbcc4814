//! Containers, strings and the other makers of values.

use orochi_bytecode::Op;
use orochi_bytecode::instructions::{Intrinsic1, Intrinsic2};
use orochi_bytecode::word::{CONST, EXTRA, TAKE_A, TAKE_B, TAKE_C, Word};
use orochi_heap::Value;
use orochi_objects::slots::SlotId;
use orochi_objects::type_::{self, type_name};
use orochi_objects::{Attached, PyResult, dict, exception, list, protocol, set, str, template, tuple};

use super::Regs;
use crate::frame::Frame;

pub(super) fn cold(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    let n = w.c() as usize;
    match op {
        Op::BuildSet => {
            let items = regs.take_run(w.b(), n);
            regs.put(w.a(), set::from_items(t, &items)?);
        }
        Op::BuildMap => {
            let items = regs.take_run(w.b(), 2 * n);
            let d = dict::new(t);
            for pair in items.chunks_exact(2) {
                dict::set(t, &d, &pair[0], pair[1].clone())?;
            }
            regs.put(w.a(), d);
        }
        Op::BuildString => {
            let parts = regs.take_run(w.b(), n);
            regs.put(w.a(), str::join(t, &parts)?);
        }
        Op::ListExtend => {
            let v = regs.operand(w, w.b(), TAKE_B);
            let l = regs.get(w.a());
            list_extend(t, &l, &v)?;
        }
        Op::ListToTuple => {
            let l = regs.operand(w, w.b(), TAKE_B);
            // Nobody else knows the list.
            let items = list::as_list(&l).map_or(Vec::new(), list::PyList::take_all);
            regs.put(w.a(), tuple::new(t, items));
        }
        Op::SetAdd => {
            let v = regs.operand(w, w.b(), TAKE_B);
            // Usually a display's own set; the set of conditional annotations is a name that can be rebound.
            if set::as_set(regs.view(w.a())).is_none() {
                return Err(t.type_error(format!("expected a set, not '{}'", type_name(t, regs.view(w.a())))));
            }
            set::add(t, regs.view(w.a()), &v)?;
        }
        Op::SetUpdate => {
            let v = regs.operand(w, w.b(), TAKE_B);
            let s = regs.get(w.a());
            set::update(t, &s, &v)?;
        }
        Op::MapAdd => {
            let (k, v) = (regs.operand(w, w.b(), TAKE_B), regs.operand(w, w.c(), TAKE_C));
            dict::set(t, regs.view(w.a()), &k, v)?;
        }
        Op::DictUpdate => {
            let other = regs.operand(w, w.b(), TAKE_B);
            let d = regs.get(w.a());
            if dict::TYPE.is_exact(t, &other) {
                return dict::update(t, &d, &other);
            }
            match for_each_item(t, &other, |k, v| dict::set(t, &d, &k, v)) {
                Ok(true) => {}
                Ok(false) => return Err(t.type_error(format!("'{}' object is not a mapping", type_name(t, &other)))),
                Err(e) => return Err(e),
            }
        }
        Op::DictMerge => {
            let other = regs.operand(w, w.b(), TAKE_B);
            let d = regs.get(w.a());
            if dict::TYPE.is_exact(t, &other) && (dict::len(&other) == 0 || dict::len(&d) == 0) {
                dict::update(t, &d, &other)?;
                regs.done(w, TAKE_C);
                return Ok(());
            }
            merge_keywords(t, &d, &other, &regs.get(w.c()))?;
            regs.done(w, TAKE_C);
        }
        Op::Convert => {
            let v = regs.operand(w, w.b(), TAKE_B);
            let r = match w.c() {
                1 => protocol::str(t, &v)?,
                2 => protocol::repr(t, &v)?,
                _ => protocol::ascii(t, &v)?,
            };
            regs.put(w.a(), r);
        }
        Op::FormatSimple => {
            let v = regs.operand(w, w.b(), TAKE_B);
            let r = if str::is_exact_str(&v) { v } else { protocol::format(t, &v, &str::empty(t))? };
            regs.put(w.a(), r);
        }
        Op::FormatSpec => {
            let v = regs.operand(w, w.b(), TAKE_B);
            let spec = if w.flags() & CONST != 0 {
                frame.code().constants[w.c() as usize].clone()
            } else {
                regs.operand(w, w.c(), TAKE_C)
            };
            let r = protocol::format(t, &v, &spec)?;
            regs.put(w.a(), r);
        }
        Op::BuildInterpolation => {
            let parts = regs.take_run(w.b(), if w.flags() & EXTRA != 0 { 3 } else { 2 });
            let spec = parts.get(2).cloned().unwrap_or_else(|| str::empty(t));
            let conversion = match w.c() {
                1 => str::intern(t, "s"),
                2 => str::intern(t, "r"),
                3 => str::intern(t, "a"),
                _ => Value::none(),
            };
            let v = template::interpolation(t, parts[0].clone(), parts[1].clone(), conversion, spec)?;
            regs.put(w.a(), v);
        }
        Op::BuildTemplate => {
            let parts = regs.take_run(w.b(), 2);
            regs.put(w.a(), template::new(t, parts[0].clone(), parts[1].clone())?);
        }
        Op::Intrinsic1 => {
            let v = regs.operand(w, w.b(), TAKE_B);
            let r = intrinsic1(t, frame, w.c(), v)?;
            Regs::of(frame).put(w.a(), r);
        }
        Op::Intrinsic2 => {
            let pair = regs.take_run(w.b(), 2);
            let r = intrinsic2(t, w.c(), &pair[0], &pair[1])?;
            regs.put(w.a(), r);
        }
        other => {
            let _ = TAKE_A;
            return Err(t.raise(&exception::SystemError, format!("unknown opcode {}", other.name())));
        }
    }
    Ok(())
}

/// A comprehension's `append`.
#[inline]
pub(crate) fn list_append(t: Attached<'_>, frame: &Frame, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    let v = regs.operand(w, w.b(), TAKE_B);
    match list::as_list(regs.view(w.a())) {
        Some(l) => l.push(t, v),
        None => Err(t.type_error("not a list")),
    }
}

/// `[*v]`: the wording of its TypeError differs from `iter`'s.
fn list_extend(t: Attached<'_>, l: &Value, v: &Value) -> PyResult<()> {
    if tuple::TYPE.is_exact(t, v)
        && let Some(l) = list::as_list(l)
    {
        return l.extend(t, tuple::items(v).to_vec());
    }
    let items = match protocol::collect(t, v) {
        Ok(items) => items,
        Err(e) => {
            if !protocol::is_iterable(t, v) {
                drop(t.catch(e, &exception::TypeError)?);
                return Err(t.type_error(format!("Value after * must be an iterable, not {}", type_name(t, v))));
            }
            return Err(e);
        }
    };
    match list::as_list(l) {
        Some(l) => l.extend(t, items),
        None => Err(t.type_error("not a list")),
    }
}

/// Adds the items of a mapping to the keyword arguments of a call of `callee`.
pub(super) fn merge_keywords(t: Attached<'_>, d: &Value, mapping: &Value, callee: &Value) -> PyResult<()> {
    let done = for_each_item(t, mapping, |k, v| {
        if dict::contains(t, d, &k)? {
            let name = if str::is_str(&k) { str::display(&k) } else { protocol::display_repr(t, &k) };
            return Err(t.type_error(format!(
                "{} got multiple values for keyword argument '{name}'",
                super::call::display_callee(t, callee)
            )));
        }
        dict::set(t, d, &k, v)
    });
    if done? {
        return Ok(());
    }
    Err(t.type_error(format!(
        "{} argument after ** must be a mapping, not {}",
        super::call::display_callee(t, callee),
        type_name(t, mapping)
    )))
}

/// Calls `f` with each item of a mapping; false if the value is no mapping.
fn for_each_item(t: Attached<'_>, mapping: &Value, mut f: impl FnMut(Value, Value) -> PyResult<()>) -> PyResult<bool> {
    // A subclass of dict that iterates as dict does counts as one, whatever else it overrides.
    let iter = |class: &type_::PyType| class.slots.raw(SlotId::Iter);
    if dict::as_dict(mapping).is_some() && iter(type_::class_of(t, mapping)) == iter(type_::as_type(dict::TYPE.get(t))) {
        for (k, v) in dict::items(mapping) {
            f(k, v)?;
        }
        return Ok(true);
    }
    let Some(keys) = orochi_objects::attr::find(t, mapping, &t.names().keys)? else { return Ok(false) };
    let keys = protocol::call(t, &keys, &[])?;
    protocol::for_each(t, &keys, |k| {
        let v = protocol::get_item(t, mapping, &k)?;
        f(k, v)
    })?;
    Ok(true)
}

/// A dict whose keys are a constant tuple.
pub(super) fn const_key_map(t: Attached<'_>, frame: &mut Frame, w: Word, keys: usize) -> PyResult<()> {
    let regs = Regs::of(frame);
    let values = regs.take_run(w.b(), w.c() as usize);
    let d = dict::new(t);
    let keys = frame.code().constants[keys].clone();
    for (k, v) in tuple::items(&keys).iter().zip(values) {
        dict::set(t, &d, k, v)?;
    }
    regs.put(w.a(), d);
    Ok(())
}

fn typing(t: Attached<'_>, name: &str) -> PyResult {
    crate::import::native_attribute(t, "_typing", name)
}

fn intrinsic1(t: Attached<'_>, frame: &Frame, n: u16, v: Value) -> PyResult {
    const PRINT: u16 = Intrinsic1::Print as u16;
    const TYPE_VAR: u16 = Intrinsic1::TypeVar as u16;
    const PARAM_SPEC: u16 = Intrinsic1::ParamSpec as u16;
    const TYPE_VAR_TUPLE: u16 = Intrinsic1::TypeVarTuple as u16;
    const GENERIC: u16 = Intrinsic1::SubscriptGeneric as u16;
    let module = dict::get_str(t, frame.globals(), &t.names().__name__).unwrap_or(Value::none());
    let made = match n {
        PRINT => {
            let hook = dict::get_by_name(t, &t.interpreter().sys.load(), "displayhook");
            return match hook {
                Some(hook) => protocol::call(t, &hook, &[v]),
                None => Err(t.raise(&exception::RuntimeError, "lost sys.displayhook")),
            };
        }
        TYPE_VAR => {
            let names = [str::intern(t, "infer_variance")];
            let all = [v, Value::bool(true)];
            protocol::call_args(t, &typing(t, "TypeVar")?, orochi_objects::Args::with_names(&all, &names))?
        }
        PARAM_SPEC => {
            let names = [str::intern(t, "infer_variance")];
            let all = [v, Value::bool(true)];
            protocol::call_args(t, &typing(t, "ParamSpec")?, orochi_objects::Args::with_names(&all, &names))?
        }
        TYPE_VAR_TUPLE => protocol::call(t, &typing(t, "TypeVarTuple")?, &[v])?,
        GENERIC => return protocol::call(t, &typing(t, "_subscript_generic")?, &[v]),
        _ => {
            let parts = tuple::items(&v).to_vec();
            return protocol::call(t, &typing(t, "_make_type_alias")?, &parts);
        }
    };
    if let Err(e) = orochi_objects::attr::set(t, &made, &t.names().__module__, Some(&module)) {
        drop(t.take_raised(e));
    }
    Ok(made)
}

fn intrinsic2(t: Attached<'_>, n: u16, a: &Value, b: &Value) -> PyResult {
    const BOUND: u16 = Intrinsic2::TypeVarWithBound as u16;
    const CONSTRAINTS: u16 = Intrinsic2::TypeVarWithConstraints as u16;
    const PARAMS: u16 = Intrinsic2::SetFunctionTypeParams as u16;
    match n {
        BOUND => protocol::call(t, &typing(t, "_make_type_var_with_bound")?, &[a.clone(), b.clone()]),
        CONSTRAINTS => protocol::call(t, &typing(t, "_make_type_var_with_constraints")?, &[a.clone(), b.clone()]),
        PARAMS => {
            orochi_objects::attr::set(t, a, &t.names().__type_params__, Some(b))?;
            Ok(a.clone())
        }
        _ => {
            protocol::call(t, &typing(t, "_set_type_param_default")?, &[a.clone(), b.clone()])?;
            Ok(a.clone())
        }
    }
}
