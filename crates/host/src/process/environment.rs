//! The environment of the process. libc's own readers (`getenv` inside `tzset`, `getaddrinfo` ...) take no
//! lock, so `setenv` of libc may free the array under them. Here nothing that a reader may hold is ever
//! freed: entries are interned for ever, an array is replaced only by a twice larger one, and slots change
//! by single atomic stores. What is kept is bounded by the number of different `KEY=VALUE` texts.

use crate::errno::{Errno, Result};
use crate::strings::bytes_of;
use std::collections::HashSet;
use std::ffi::{CStr, CString, c_char};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

unsafe extern "C" {
    static mut environ: *mut *mut c_char;
}

/// Our array, once we have one.
pub(super) struct Owned {
    /// The leaked array, as an address; 0 before the first change.
    array: usize,
    /// Slots in it, the ending NULL included.
    capacity: usize,
    /// Every text that was ever in the environment by our hand.
    interned: HashSet<&'static CStr>,
}

/// Guarded by: itself. Held by writers; readers walk the array without it.
static OWNED: Mutex<Option<Owned>> = Mutex::new(None);

/// Keeps writers away, for a fork.
pub(super) fn hold() -> MutexGuard<'static, Option<Owned>> {
    OWNED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn head() -> &'static AtomicPtr<*mut c_char> {
    // SAFETY: libc's global is a pointer that lives for ever; every access in this crate is atomic.
    unsafe { AtomicPtr::from_ptr(&raw mut environ) }
}

/// The slots of the present array, up to the ending NULL.
fn slots() -> Vec<&'static AtomicPtr<c_char>> {
    let array = head().load(Ordering::Acquire);
    let mut found = Vec::new();
    if array.is_null() {
        return found;
    }
    for i in 0.. {
        // SAFETY: arrays are never freed; slot `i` exists, as no slot before it was the ending NULL.
        let slot = unsafe { AtomicPtr::from_ptr(array.add(i)) };
        if slot.load(Ordering::Acquire).is_null() {
            break;
        }
        found.push(slot);
    }
    found
}

fn text_of(slot: &AtomicPtr<c_char>) -> Option<Vec<u8>> {
    // SAFETY: entries are NUL-ended texts that are never freed.
    unsafe { bytes_of(slot.load(Ordering::Acquire)) }
}

/// Whether the slot's entry is for `key`.
fn is_for(slot: &AtomicPtr<c_char>, key: &[u8]) -> bool {
    text_of(slot).is_some_and(|text| text.strip_prefix(key).is_some_and(|rest| rest.first() == Some(&b'=')))
}

/// Every `KEY=VALUE` as it is now, in order.
pub fn environment() -> Vec<Vec<u8>> {
    slots().into_iter().filter_map(text_of).collect()
}

/// The value of `key`.
pub fn getenv(key: &[u8]) -> Option<Vec<u8>> {
    slots().into_iter().find(|slot| is_for(slot, key)).and_then(text_of).map(|text| text[key.len() + 1..].to_vec())
}

fn valid_key(key: &[u8]) -> Result<()> {
    if key.is_empty() || key.contains(&b'=') || key.contains(&0) { Err(Errno::EINVAL) } else { Ok(()) }
}

/// Sets `key` to `value`. `EINVAL` for an empty key, one with `=`, or a NUL in either.
pub fn putenv(key: &[u8], value: &[u8]) -> Result<()> {
    valid_key(key)?;
    let mut text = crate::errno::empty(key.len().saturating_add(value.len()).saturating_add(2))?;
    text.extend_from_slice(key);
    text.push(b'=');
    text.extend_from_slice(value);
    let text = CString::new(text).map_err(|_| Errno::EINVAL)?;

    let mut guard = OWNED.lock().unwrap_or_else(PoisonError::into_inner);
    let owned = guard.get_or_insert_with(|| Owned { array: 0, capacity: 0, interned: HashSet::new() });
    let entry = match owned.interned.get(text.as_c_str()) {
        Some(known) => *known,
        None => {
            let kept: &'static CStr = Box::leak(text.into_boxed_c_str());
            owned.interned.insert(kept);
            kept
        }
    };
    let entry = entry.as_ptr().cast_mut();
    let present = slots();
    if let Some(slot) = present.iter().find(|slot| is_for(slot, key)) {
        slot.store(entry, Ordering::Release);
        return Ok(());
    }
    let current = head().load(Ordering::Acquire) as usize;
    if owned.array == current && current != 0 && present.len() + 2 <= owned.capacity {
        // SAFETY: our array has `capacity` slots, and the one behind the new entry is NULL already.
        let slot = unsafe { AtomicPtr::from_ptr((current as *mut *mut c_char).add(present.len())) };
        slot.store(entry, Ordering::Release);
        return Ok(());
    }
    let capacity = (present.len() + 2).next_power_of_two() * 2;
    let mut array: Vec<AtomicPtr<c_char>> = Vec::new();
    array.try_reserve_exact(capacity).map_err(|_| Errno::ENOMEM)?;
    array.extend(present.iter().map(|slot| AtomicPtr::new(slot.load(Ordering::Acquire))));
    array.push(AtomicPtr::new(entry));
    array.resize_with(capacity, || AtomicPtr::new(null_mut()));
    // `AtomicPtr` has the layout of a pointer, so libc reads the array as its own.
    let array = array.leak().as_mut_ptr().cast::<*mut c_char>();
    owned.array = array as usize;
    owned.capacity = capacity;
    head().store(array, Ordering::Release);
    Ok(())
}

/// Removes `key`. `EINVAL` for an empty key or one with `=`.
pub fn unsetenv(key: &[u8]) -> Result<()> {
    valid_key(key)?;
    let _guard = OWNED.lock().unwrap_or_else(PoisonError::into_inner);
    let present = slots();
    let mut kept = 0;
    for slot in &present {
        if !is_for(slot, key) {
            present[kept].store(slot.load(Ordering::Acquire), Ordering::Release);
            kept += 1;
        }
    }
    // From the end, so that a reader meets no NULL before an entry that stays.
    for slot in present[kept..].iter().rev() {
        slot.store(null_mut(), Ordering::Release);
    }
    Ok(())
}
