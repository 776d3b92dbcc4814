//! Variables: globals, builtins, namespaces, cells, constants.
//!
//! Inline cache of LoadGlobal (and LoadName where the namespace is the globals):
//! ```text
//! | version of the globals' keys: 32 | entry number: 16 | kind: 16 |   kind 1 global, 2 builtin
//! ```
//! A global is found by its entry number if the key there is the very name, whatever else changed; a
//! builtin also needs that no key was added to the globals since.

use std::sync::atomic::{AtomicU64, Ordering::*};

use orochi_bytecode::Op;
use orochi_bytecode::word::{TAKE_A, TAKE_B, Word};
use orochi_heap::Value;
use orochi_heap::value::TAG_DEFERRED;
use orochi_objects::cell::PyCell;
use orochi_objects::{Attached, PyResult, Raised, dict, exception, protocol, str};

use super::Regs;
use crate::frame::Frame;

const GLOBAL: u64 = 1;
const BUILTIN: u64 = 2;

/// The register word of a constant: immortal ones and immediates as they are, deferred ones uncounted,
/// others counted.
#[inline(always)]
pub(crate) fn constant_word(c: &Value) -> u64 {
    match c.header() {
        None => c.bits(),
        Some(h) if orochi_heap::count::is_deferred(h) => c.identity() | TAG_DEFERRED,
        Some(_) => c.clone().into_bits(),
    }
}

#[inline(always)]
fn dict_of(word: &u64) -> &dict::PyDict {
    // SAFETY: globals and builtins of a frame are dicts (checked where frames are made), alive as
    // long as the frame.
    unsafe { Value::borrow_bits(word).payload_unchecked::<dict::PyDict>() }
}

/// The value by the inline cache, if it still holds.
#[inline(always)]
pub(crate) fn cached_global(frame: &Frame, cache: u64, name: u16) -> Option<Value> {
    let index = (cache >> 16 & 0xFFFF) as usize;
    // SAFETY: name numbers are in range (verified).
    let name = unsafe { frame.code().names.get_unchecked(name as usize) }.bits();
    let globals = dict_of(&frame.globals);
    match cache & 0xFFFF {
        GLOBAL => {
            let v = dict::slot_at(globals, index, name)?.load_register();
            if v.is_unbound() { None } else { Some(v) }
        }
        BUILTIN => {
            if u64::from(globals.keys_version()) != cache >> 32 {
                return None;
            }
            let v = dict::slot_at(dict_of(&frame.builtins), index, name)?.load_register();
            if v.is_unbound() { None } else { Some(v) }
        }
        _ => None,
    }
}

/// LoadGlobal without a cache; fills it.
pub(crate) fn load_global(t: Attached<'_>, frame: &Frame, name: u16, cache: &AtomicU64) -> PyResult {
    let name = &frame.code().names[name as usize];
    let globals = dict_of(&frame.globals);
    let version = u64::from(globals.keys_version());
    if !dict::TYPE.is_exact(t, frame.globals()) {
        // A subclass of dict as globals: its `__missing__` and overrides count.
        if let Some(v) = mapping_get(t, frame.globals(), name)? {
            return Ok(v);
        }
    } else if let Some(v) = dict::get_str(t, frame.globals(), name) {
        if let Some(i) = dict::index_of(t, globals, name).filter(|&i| i <= 0xFFFF) {
            cache.store((i as u64) << 16 | GLOBAL, Relaxed);
        }
        return Ok(v);
    }
    let builtins = frame.builtins();
    if let Some(v) = dict::get_str(t, builtins, name) {
        if let Some(i) = dict::index_of(t, dict_of(&frame.builtins), name).filter(|&i| i <= 0xFFFF) {
            cache.store(version << 32 | (i as u64) << 16 | BUILTIN, Relaxed);
        }
        return Ok(v);
    }
    Err(name_error(t, name))
}

#[cold]
fn name_error(t: Attached<'_>, name: &Value) -> Raised {
    named(t, &exception::NameError, format!("name '{}' is not defined", str::display(name)), name)
}

/// NameError or a subclass with its `name` attribute.
#[cold]
fn named(t: Attached<'_>, spec: &'static orochi_objects::TypeSpec, message: String, name: &Value) -> Raised {
    let raised = t.raise(spec, message);
    let e = t.peek_raised(&raised);
    match orochi_objects::attr::set(t, &e, &t.names().name, Some(name)) {
        Ok(()) => raised,
        Err(second) => second,
    }
}

/// The error for an unbound local, cell or free variable in register `i`.
#[cold]
pub(crate) fn unbound_local(t: Attached<'_>, frame: &Frame, i: usize) -> Raised {
    let code = frame.code();
    let name = code.local_names.get(i).cloned().unwrap_or(Value::none());
    let text = str::display(&name);
    if code.free_registers.contains(&i) {
        let message = format!("cannot access free variable '{text}' where it is not associated with a value in enclosing scope");
        return named(t, &exception::NameError, message, &name);
    }
    named(
        t,
        &exception::UnboundLocalError,
        format!("cannot access local variable '{text}' where it is not associated with a value"),
        &name,
    )
}

/// The contents of a cell, for a register.
#[inline(always)]
pub(crate) fn cell_value(cell: &Value) -> Value {
    match cell.payload::<PyCell>() {
        Some(c) => c.contents.load_register(),
        None => Value::unbound(),
    }
}

/// Sets the contents of a cell.
#[inline(always)]
pub(crate) fn set_cell(cell: &Value, v: Value) {
    if let Some(c) = cell.payload::<PyCell>() {
        c.contents.set(v);
    }
}

pub(super) fn delete_cell(t: Attached<'_>, frame: &mut Frame, w: Word) -> PyResult<()> {
    let old = match Regs::of(frame).view(w.b()).payload::<PyCell>() {
        Some(c) => c.contents.take(),
        None => Value::unbound(),
    };
    if old.is_unbound() { Err(unbound_local(t, frame, w.b() as usize)) } else { Ok(()) }
}

/// A name in a mapping that may be any object; `None` if it is not there.
fn mapping_get(t: Attached<'_>, mapping: &Value, name: &Value) -> PyResult<Option<Value>> {
    if dict::TYPE.is_exact(t, mapping) {
        return dict::get(t, mapping, name);
    }
    match protocol::get_item(t, mapping, name) {
        Ok(v) => Ok(Some(v)),
        Err(e) => t.catch(e, &exception::KeyError).map(|_| None),
    }
}

/// Cached instructions on names of module and class code.
pub(crate) fn by_name(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word, cache: &AtomicU64) -> PyResult<()> {
    let regs = Regs::of(frame);
    let name = frame.code().names[w.b() as usize].clone();
    match op {
        Op::StoreGlobal => {
            let v = regs.operand(w, w.a(), TAKE_A);
            store_global(t, frame, &name, v, cache)
        }
        Op::StoreName => {
            let v = regs.operand(w, w.a(), TAKE_A);
            let namespace = frame.locals().clone();
            if namespace.is_unbound() || namespace.is(frame.globals()) {
                return store_global(t, frame, &name, v, cache);
            }
            if dict::TYPE.is_exact(t, &namespace) {
                return dict::set(t, &namespace, &name, v);
            }
            protocol::set_item(t, &namespace, &name, &v)
        }
        _ => {
            let namespace = frame.locals();
            if !namespace.is_unbound() && !namespace.is(frame.globals()) {
                let namespace = namespace.clone();
                if let Some(v) = mapping_get(t, &namespace, &name)? {
                    regs.put(w.a(), v);
                    return Ok(());
                }
            }
            let v = match cached_global(frame, cache.load(Relaxed), w.b()) {
                Some(v) => v,
                None => load_global(t, frame, w.b(), cache)?,
            };
            regs.put(w.a(), v);
            Ok(())
        }
    }
}

fn store_global(t: Attached<'_>, frame: &Frame, name: &Value, v: Value, cache: &AtomicU64) -> PyResult<()> {
    let globals = dict_of(&frame.globals);
    // Under several domains a store takes the dict's lock, in `dict::set`.
    if t.single_domain() {
        let word = cache.load(Relaxed);
        if word & 0xFFFF == GLOBAL
            && let Some(slot) = dict::slot_at(globals, (word >> 16 & 0xFFFF) as usize, name.identity())
            && !slot.is_unbound()
        {
            slot.set(v);
            return Ok(());
        }
    }
    dict::set(t, frame.globals(), name, v)?;
    if let Some(i) = dict::index_of(t, globals, name).filter(|&i| i <= 0xFFFF) {
        cache.store((i as u64) << 16 | GLOBAL, Relaxed);
    }
    Ok(())
}

pub(super) fn cold(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    let named = |i: u16| frame.code().names[i as usize].clone();
    match op {
        Op::LoadNameOrCell => {
            let name = named(w.c());
            let namespace = frame.locals().clone();
            let mut v = if namespace.is_unbound() { None } else { mapping_get(t, &namespace, &name)? };
            if v.is_none() {
                let inner = cell_value(regs.view(w.b()));
                if inner.is_unbound() {
                    return Err(unbound_local(t, frame, w.b() as usize));
                }
                v = Some(inner);
            }
            regs.put(w.a(), v.unwrap_or(Value::none()));
            Ok(())
        }
        Op::LoadMappingOrGlobal => {
            let name = named(w.c());
            let mapping = regs.operand(w, w.b(), TAKE_B);
            let v = match mapping_get(t, &mapping, &name)? {
                Some(v) => v,
                None => match mapping_get(t, frame.globals(), &name)?.or_else(|| dict::get_str(t, frame.builtins(), &name)) {
                    Some(v) => v,
                    None => return Err(name_error(t, &name)),
                },
            };
            regs.put(w.a(), v);
            Ok(())
        }
        Op::SetupAnnotations => {
            let name = &t.names().__annotations__;
            let namespace = if frame.locals().is_unbound() { frame.globals().clone() } else { frame.locals().clone() };
            if mapping_get(t, &namespace, name)?.is_none() {
                protocol::set_item(t, &namespace, name, &dict::new(t))?;
            }
            Ok(())
        }
        Op::DeleteGlobal => {
            let name = named(w.b());
            match dict::remove(t, frame.globals(), &name)? {
                Some(_) => Ok(()),
                None => Err(name_error(t, &name)),
            }
        }
        Op::DeleteName => {
            let name = named(w.b());
            let namespace = if frame.locals().is_unbound() { frame.globals().clone() } else { frame.locals().clone() };
            if dict::TYPE.is_exact(t, &namespace) {
                return match dict::remove(t, &namespace, &name)? {
                    Some(_) => Ok(()),
                    None => Err(name_error(t, &name)),
                };
            }
            match protocol::del_item(t, &namespace, &name) {
                Ok(()) => Ok(()),
                Err(e) => {
                    drop(t.catch(e, &exception::KeyError)?);
                    Err(name_error(t, &name))
                }
            }
        }
        _ => {
            let namespace = if frame.locals().is_unbound() { frame.globals().clone() } else { frame.locals().clone() };
            regs.put(w.a(), namespace);
            Ok(())
        }
    }
}

pub(super) fn load_mapping_or_cell(t: Attached<'_>, frame: &mut Frame, w: Word, argument: u64) -> PyResult<()> {
    let regs = Regs::of(frame);
    let name = frame.code().names[w.c() as usize].clone();
    let mapping = regs.operand(w, w.b(), TAKE_B);
    let v = match mapping_get(t, &mapping, &name)? {
        Some(v) => v,
        None => cell_value(regs.view(argument as u16)),
    };
    if v.is_unbound() {
        return Err(unbound_local(t, frame, argument as usize));
    }
    regs.put(w.a(), v);
    Ok(())
}
