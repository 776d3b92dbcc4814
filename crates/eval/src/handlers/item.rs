//! Items and slices.

use orochi_bytecode::Op;
use orochi_bytecode::word::{CONST, TAKE_A, TAKE_B, TAKE_C, Word};
use orochi_heap::value::TAG_DEFERRED;
use orochi_heap::{Header, Value};
use orochi_objects::{Attached, PyResult, dict, list, protocol, slice, tuple};

use super::Regs;
use crate::frame::Frame;

#[inline(always)]
fn header_of<'a>(word: u64) -> Option<&'a Header> {
    // SAFETY: a pointer word in a register is a live object.
    if word & 0b11 == 0 { Some(unsafe { &*((word & !TAG_DEFERRED) as *const Header) }) } else { None }
}

/// `b[c]` of an exact list or tuple with an int, or an exact dict with a str.
#[inline(always)]
pub(crate) fn fast_get(t: Attached<'_>, b: u64, c: u64) -> Option<Value> {
    let h = header_of(b)?;
    let map = h.map_ptr();
    if c & 1 != 0 {
        let i = c as i64 >> 1;
        if std::ptr::eq(map, list::TYPE.map(t)) {
            // SAFETY: the map of exact lists.
            let l = unsafe { h.body::<list::PyList>() };
            let i = if i < 0 { i + l.len() as i64 } else { i };
            return if i < 0 { None } else { l.get_register(i as usize) };
        }
        if std::ptr::eq(map, tuple::TYPE.map(t)) {
            // SAFETY: the map of exact tuples.
            let items = unsafe { h.body::<tuple::PyTuple>() }.items();
            let i = if i < 0 { i + items.len() as i64 } else { i };
            return items.get(usize::try_from(i).ok()?).map(Value::clone_register);
        }
        return None;
    }
    None
}

/// `BuildSlice` whose slice the next instruction takes at once: done together, without the slice. `false`: not
/// of that sort.
#[inline]
pub(crate) fn slice_at_once(t: Attached<'_>, frame: &Frame, w: Word, next: Word) -> PyResult<bool> {
    let regs = Regs::of(frame);
    let op = next.op_byte();
    if next.c() != w.a() || next.flags() & (CONST | TAKE_C) != TAKE_C {
        return Ok(false);
    }
    let (start, stop) = (regs.view(w.b()), regs.view(w.b() + 1));
    let step = (w.c() == 3).then(|| regs.view(w.b() + 2));
    let container = regs.view(next.b());
    if op == Op::LoadSubscr as u8 {
        let Some(r) = slice::plain_get(t, container, start, stop, step) else { return Ok(false) };
        let v = r?;
        regs.done(next, TAKE_B);
        regs.put(next.a(), v);
    } else if op == Op::StoreSubscr as u8 && step.is_none() {
        if slice::plain_set(t, container, start, stop, regs.view(next.a())).is_none() {
            return Ok(false);
        }
        regs.done(next, TAKE_A | TAKE_B);
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// `b[c]` of any values.
#[inline(never)]
pub(crate) fn get(t: Attached<'_>, b: &Value, c: &Value, frame: &Frame, w: Word) -> PyResult {
    if dict::TYPE.is_exact(t, b) {
        if let Some(v) = dict::get(t, b, c)? {
            return Ok(v);
        }
    } else if b.is_unbound() {
        return Err(super::name::unbound_local(t, frame, w.b() as usize));
    } else if let Some(s) = c.payload::<slice::PySlice>()
        && let Some(r) = slice::plain_get(t, b, &s.start.load(), &s.stop.load(), Some(&s.step.load()))
    {
        return r;
    }
    if c.is_unbound() && w.flags() & CONST == 0 {
        return Err(super::name::unbound_local(t, frame, w.c() as usize));
    }
    protocol::get_item(t, b, c)
}

/// `b[c] = a`.
#[inline]
pub(crate) fn store(t: Attached<'_>, b: &Value, c: &Value, a: &Value, frame: &Frame, w: Word) -> PyResult<()> {
    if let Some(h) = b.header() {
        if let Some(i) = c.as_small_int()
            && std::ptr::eq(h.map_ptr(), list::TYPE.map(t))
        {
            // SAFETY: the map of exact lists.
            let l = unsafe { h.body::<list::PyList>() };
            let i = if i < 0 { i + l.len() as i64 } else { i };
            if i >= 0 && !a.is_unbound() && l.set(i as usize, a.clone()).is_ok() {
                return Ok(());
            }
        } else if std::ptr::eq(h.map_ptr(), dict::TYPE.map(t)) && !a.is_unbound() && !c.is_unbound() {
            return dict::set(t, b, c, a.clone());
        }
    }
    for (v, r) in [(b, w.b()), (a, w.a())] {
        if v.is_unbound() {
            return Err(super::name::unbound_local(t, frame, r as usize));
        }
    }
    if c.is_unbound() && w.flags() & CONST == 0 {
        return Err(super::name::unbound_local(t, frame, w.c() as usize));
    }
    protocol::set_item(t, b, c, a)
}

/// `b in c`.
#[inline(never)]
pub(crate) fn contains(t: Attached<'_>, container: &Value, item: &Value, frame: &Frame, w: Word) -> PyResult<bool> {
    if dict::TYPE.is_exact(t, container) && !item.is_unbound() {
        return dict::contains(t, container, item);
    }
    for (v, r) in [(item, w.b()), (container, w.c())] {
        if v.is_unbound() && (r as usize) < frame.code().register_count {
            return Err(super::name::unbound_local(t, frame, r as usize));
        }
    }
    protocol::contains(t, container, item)
}

pub(crate) fn cold(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    match op {
        Op::DeleteSubscr => {
            let key = if w.flags() & CONST != 0 {
                frame.code().constants[w.c() as usize].clone()
            } else {
                regs.get(w.c())
            };
            protocol::del_item(t, regs.view(w.b()), &key)?;
            regs.done(w, if w.flags() & CONST != 0 { TAKE_B } else { TAKE_B | TAKE_C });
            Ok(())
        }
        _ => {
            let (start, stop) = (regs.take(w.b()), regs.take(w.b() + 1));
            let step = if w.c() == 3 { regs.take(w.b() + 2) } else { Value::none() };
            let s = slice::new(t, start, stop, step);
            regs.put(w.a(), s);
            Ok(())
        }
    }
}
