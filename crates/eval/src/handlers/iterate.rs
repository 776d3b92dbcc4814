//! Iteration, unpacking, awaiting.

use orochi_bytecode::Op;
use orochi_bytecode::word::{TAKE_B, Word};
use orochi_heap::Value;
use orochi_objects::type_::{class_of, type_name};
use orochi_objects::list::iter::PyListIter;
use orochi_objects::range::iterator::PyRangeIterator;
use orochi_objects::{Attached, PyResult, int, list, protocol, tuple};

use super::Regs;
use crate::frame::Frame;

/// What a step of a loop gave.
pub(crate) enum Step {
    /// A member.
    Found(Value),
    /// Two values, which stand where the loop's first instruction, an `UnpackSequence`, would put them.
    Unpacked,
    /// A `__next__` in Python to run.
    Entered(*mut Frame),
    /// Nothing more.
    End,
}

/// A step of a loop, by `ForIter` or `ForLoop`, whose body begins with `body`; of a range or list at once, since
/// most loops are over one.
///
/// # Safety
/// As the eval loop's invariants; pc is saved.
#[inline(always)]
pub(crate) unsafe fn step(t: Attached<'_>, frame: *mut Frame, iterator: &Value, w: Word, body: Word) -> PyResult<Step> {
    if let Some(range) = iterator.payload::<PyRangeIterator>() {
        return Ok(range.next().map_or(Step::End, |i| Step::Found(int::new(t, i))));
    }
    if let Some(list) = iterator.payload::<PyListIter>()
        && t.single_domain()
        && let Some(v) = list::iter::next_register(t, list)
    {
        return Ok(Step::Found(v));
    }
    // SAFETY: as the caller says.
    unsafe { step_any(t, frame, iterator, w, body) }
}

/// # Safety
/// As [`step`].
#[inline(never)]
unsafe fn step_any(t: Attached<'_>, frame: *mut Frame, iterator: &Value, w: Word, body: Word) -> PyResult<Step> {
    if let Some(list) = iterator.payload::<PyListIter>()
        && let Some(v) = list::iter::next_register(t, list)
    {
        return Ok(Step::Found(v));
    }
    let Some(f) = class_of(t, iterator).slots.next() else { return next(t, iterator).map(|_| Step::End) };
    // The frame's own bits of a fused `UnpackSequence`: two values out of what the loop got.
    let unpacks = Word::new(Op::UnpackSequence, TAKE_B, body.a(), w.a(), 2);
    if body == unpacks
        && let Some(pair) = protocol::next_pair(t, iterator, f)
    {
        let Some((a, b)) = pair? else { return Ok(Step::End) };
        // SAFETY: the frame lives.
        let regs = Regs::of(unsafe { &*frame });
        regs.put(body.a(), a);
        regs.put(body.a() + 1, b);
        return Ok(Step::Unpacked);
    }
    if f as usize == orochi_objects::dunder::python_next() as usize
        // SAFETY: as the caller says.
        && let Some(entered) = unsafe { super::call::enter_next(t, frame, iterator, w.a()) }?
    {
        return Ok(Step::Entered(entered));
    }
    if class_of(t, iterator).spec.is_some_and(|s| std::ptr::eq(s, &orochi_objects::map_::TYPE))
        && let Some((function, inner)) = orochi_objects::map_::parts(iterator)
        && super::call::takes_one(function)
    {
        let Some(v) = protocol::next(t, inner)? else { return Ok(Step::End) };
        // Meanwhile the program may have given the function other code.
        if !super::call::takes_one(function) {
            return protocol::call(t, function, &[v]).map(Step::Found);
        }
        // SAFETY: as the caller says, and the function takes the value.
        let entered = unsafe { super::call::enter_mapped(t, frame, function, v, w.a()) }?;
        return Ok(entered.map_or(Step::End, Step::Entered));
    }
    match f(t, iterator) {
        Ok(Some(v)) => Ok(Step::Found(v)),
        Ok(None) => Ok(Step::End),
        Err(e) => protocol::end_or(t, e).map(|_| Step::End),
    }
}

/// The loop whose `__next__` raised StopIteration is over: its frame goes on behind it.
///
/// # Safety
/// The frame's pc is behind a `ForIter` or `ForLoop`.
pub(crate) unsafe fn loop_is_over(frame: *mut Frame) {
    // SAFETY: as the caller says; offsets of jumps were verified.
    unsafe {
        let f = &mut *frame;
        let site = Word((*f.pc.sub(2)).load(std::sync::atomic::Ordering::Relaxed));
        if Op::from_byte(site.op_byte()) == Some(Op::ForIter) {
            f.pc = f.pc.offset(site.jump16() as isize);
        }
        drop(Regs::of(f).take(site.b()));
    }
}

/// The next value of an iterator.
pub(crate) fn next(t: Attached<'_>, iterator: &Value) -> PyResult<Option<Value>> {
    if let Some(range) = iterator.payload::<PyRangeIterator>() {
        return Ok(range.next().map(|i| int::new(t, i)));
    }
    next_any(t, iterator)
}

#[inline(never)]
fn next_any(t: Attached<'_>, iterator: &Value) -> PyResult<Option<Value>> {
    match class_of(t, iterator).slots.next() {
        Some(f) => f(t, iterator).or_else(|e| protocol::end_or(t, e)),
        None => Err(t.type_error(format!("'{}' object is not an iterator", type_name(t, iterator)))),
    }
}

/// `GetIter`.
#[inline(never)]
pub(crate) fn get_iter(t: Attached<'_>, frame: &Frame, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    let source = regs.view(w.b());
    let r = if list::TYPE.is_exact(t, source) {
        list::iter::new(t, source)?
    } else if source.is_unbound() {
        return Err(super::name::unbound_local(t, frame, w.b() as usize));
    } else {
        protocol::get_iter(t, source)?
    };
    regs.done(w, TAKE_B);
    regs.put(w.a(), r);
    Ok(())
}

pub(super) fn cold(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    let source = regs.view(w.b());
    if source.is_unbound() {
        return Err(super::name::unbound_local(t, frame, w.b() as usize));
    }
    let r = match op {
        Op::GetYieldFromIter => crate::generator::yield_from_iter(t, source, frame)?,
        Op::GetAwaitable => crate::generator::awaitable_iter(t, source, w.c())?,
        Op::GetAiter => {
            let Some(f) = class_of(t, source).slots.aiter() else {
                return Err(t.type_error(format!(
                    "'async for' requires an object with __aiter__ method, got {}",
                    type_name(t, source)
                )));
            };
            let it = f(t, source)?;
            if class_of(t, &it).slots.anext().is_none() {
                return Err(t.type_error(format!(
                    "'async for' received an object from __aiter__ that does not implement __anext__: {}",
                    type_name(t, &it)
                )));
            }
            it
        }
        Op::GetAnext => {
            let Some(f) = class_of(t, source).slots.anext() else {
                return Err(t.type_error(format!(
                    "'async for' requires an iterator with __anext__ method, got {}",
                    type_name(t, source)
                )));
            };
            let awaitable = f(t, source)?;
            match crate::generator::awaitable_iter(t, &awaitable, 0) {
                Ok(it) => it,
                Err(e) => {
                    let cause = t.take_raised(e);
                    let raised = t.type_error(format!(
                        "'async for' received an invalid object from __anext__: {}",
                        type_name(t, &awaitable)
                    ));
                    let exception = t.peek_raised(&raised);
                    orochi_objects::exception::set_cause(&exception, cause);
                    return Err(raised);
                }
            }
        }
        other => return Err(t.raise(&orochi_objects::exception::SystemError, format!("unknown opcode {}", other.name()))),
    };
    regs.done(w, TAKE_B);
    regs.put(w.a(), r);
    Ok(())
}

/// `a, b, c = source`.
#[inline]
pub(crate) fn unpack(t: Attached<'_>, frame: &Frame, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    if regs.view(w.b()).is_unbound() {
        return Err(super::name::unbound_local(t, frame, w.b() as usize));
    }
    let source = regs.operand(w, w.b(), TAKE_B);
    let n = w.c() as usize;
    if tuple::TYPE.is_exact(t, &source) {
        let items = tuple::items(&source);
        if items.len() == n {
            for (i, v) in items.iter().enumerate() {
                regs.put(w.a() + i as u16, v.clone());
            }
            return Ok(());
        }
    } else if list::TYPE.is_exact(t, &source)
        && let Some(l) = list::as_list(&source)
        && l.len() == n
    {
        // Another thread may shorten the list meanwhile: then the slow way finds what is wrong.
        if (0..n).all(|i| l.get_register(i).map(|v| regs.put(w.a() + i as u16, v)).is_some()) {
            return Ok(());
        }
    }
    unpack_any(t, regs, &source, w)
}

#[inline(never)]
fn unpack_any(t: Attached<'_>, regs: Regs, source: &Value, w: Word) -> PyResult<()> {
    let n = w.c() as usize;
    let values = exactly(t, source, n)?;
    for (i, v) in values.into_iter().enumerate() {
        regs.put(w.a() + i as u16, v);
    }
    Ok(())
}

fn iterator_of(t: Attached<'_>, source: &Value) -> PyResult {
    match protocol::get_iter(t, source) {
        Ok(it) => Ok(it),
        Err(e) => {
            // The wording of unpacking, unless `__iter__` itself raised the TypeError.
            let ty = class_of(t, source);
            if ty.slots.iter().is_none() && ty.slots.get_item().is_none() {
                drop(t.catch(e, &orochi_objects::exception::TypeError)?);
                return Err(t.type_error(format!("cannot unpack non-iterable {} object", type_name(t, source))));
            }
            Err(e)
        }
    }
}

fn exactly(t: Attached<'_>, source: &Value, n: usize) -> PyResult<Vec<Value>> {
    let it = iterator_of(t, source)?;
    let mut values = Vec::with_capacity(n);
    while values.len() < n {
        match next(t, &it)? {
            Some(v) => values.push(v),
            None => {
                return Err(t.value_error(format!("not enough values to unpack (expected {n}, got {})", values.len())));
            }
        }
    }
    if next(t, &it)?.is_some() {
        let exact = list::TYPE.is_exact(t, source) || tuple::TYPE.is_exact(t, source) || orochi_objects::dict::TYPE.is_exact(t, source);
        if exact {
            let got = protocol::length(t, source)?;
            return Err(t.value_error(format!("too many values to unpack (expected {n}, got {got})")));
        }
        return Err(t.value_error(format!("too many values to unpack (expected {n})")));
    }
    Ok(values)
}

pub(super) fn unpack_ex(t: Attached<'_>, frame: &mut Frame, w: Word, after: usize) -> PyResult<()> {
    let regs = Regs::of(frame);
    let source = regs.operand(w, w.b(), TAKE_B);
    if source.is_unbound() {
        return Err(super::name::unbound_local(t, frame, w.b() as usize));
    }
    let before = w.c() as usize;
    let it = iterator_of(t, &source)?;
    let mut values = Vec::new();
    while let Some(v) = next(t, &it)? {
        values.push(v);
        t.safepoint()?;
    }
    if values.len() < before + after {
        return Err(t.value_error(format!(
            "not enough values to unpack (expected at least {}, got {})",
            before + after,
            values.len()
        )));
    }
    let tail = values.split_off(values.len() - after);
    let rest = values.split_off(before);
    let mut at = w.a();
    let mut put = |v: Value| {
        regs.put(at, v);
        at += 1;
    };
    values.into_iter().for_each(&mut put);
    put(list::new(t, rest));
    tail.into_iter().for_each(&mut put);
    Ok(())
}
