//! Building new sequences out of pieces: replace, join, repeat. Sizes are known before anything is copied, so a
//! result that cannot fit is an error and not an abort.

use super::{Occurrences, Subject};
use crate::{OutOfMemory, vec_with_room};

/// Replaces up to `limit` occurrences of `from`, from the left. `Ok(None)`: there is nothing to replace.
/// An empty `from` is found around each element, as in Python.
pub fn replace<T: Subject + ?Sized>(
    s: &T,
    from: &T,
    to: &T,
    limit: Option<usize>,
) -> Result<Option<T::Owned>, OutOfMemory> {
    let (bytes, old, new) = (s.raw(), from.raw(), to.raw());
    let limit = limit.unwrap_or(usize::MAX);
    if limit == 0 || old == new || old.len() > bytes.len() {
        return Ok(None);
    }
    let out = match (old, new) {
        ([], _) => Some(interleave::<T>(bytes, s.element_count(), new, limit)?),
        ([a], [b]) => replace_byte(bytes, *a, *b, limit)?,
        _ => splice(bytes, old, new, limit)?,
    };
    // SAFETY: occurrences of whole elements were exchanged for whole elements. In `replace_byte` both bytes are
    // elements of `T` by themselves, so for `Wtf8` both are ASCII.
    Ok(out.map(|out| unsafe { T::owned_from_raw(out) }))
}

/// Writes `new` for each occurrence of `old`, after counting them.
fn splice(bytes: &[u8], old: &[u8], new: &[u8], limit: usize) -> Result<Option<Vec<u8>>, OutOfMemory> {
    let count = Occurrences::new(bytes, old).take(limit).count();
    if count == 0 {
        return Ok(None);
    }
    let added = count.checked_mul(new.len()).ok_or(OutOfMemory)?;
    let room = (bytes.len() - count * old.len())
        .checked_add(added)
        .ok_or(OutOfMemory)?;
    let mut out = vec_with_room(room)?;
    let mut done = 0;
    for at in Occurrences::new(bytes, old).take(limit) {
        out.extend_from_slice(&bytes[done..at]);
        out.extend_from_slice(new);
        done = at + old.len();
    }
    out.extend_from_slice(&bytes[done..]);
    Ok(Some(out))
}

/// One byte for another, in place in a copy.
fn replace_byte(
    bytes: &[u8],
    old: u8,
    new: u8,
    limit: usize,
) -> Result<Option<Vec<u8>>, OutOfMemory> {
    if memchr::memchr(old, bytes).is_none() {
        return Ok(None);
    }
    let mut out = vec_with_room(bytes.len())?;
    out.extend_from_slice(bytes);
    if limit == usize::MAX {
        out.iter_mut()
            .for_each(|b| *b = if *b == old { new } else { *b });
    } else {
        memchr::memchr_iter(old, bytes)
            .take(limit)
            .for_each(|at| out[at] = new);
    }
    Ok(Some(out))
}

/// `new` before each element and at the end, `limit` times in all.
fn interleave<T: Subject + ?Sized>(
    bytes: &[u8],
    elements: usize,
    new: &[u8],
    limit: usize,
) -> Result<Vec<u8>, OutOfMemory> {
    let times = limit.min(elements + 1);
    let added = times.checked_mul(new.len()).ok_or(OutOfMemory)?;
    let mut out = vec_with_room(bytes.len().checked_add(added).ok_or(OutOfMemory)?)?;
    let mut at = 0;
    for _ in 0..times {
        out.extend_from_slice(new);
        if at < bytes.len() {
            let len = T::element_len(bytes[at]);
            out.extend_from_slice(&bytes[at..at + len]);
            at += len;
        }
    }
    out.extend_from_slice(&bytes[at..]);
    Ok(out)
}

/// The pieces with `separator` between them.
pub fn join<'a, T, I>(separator: &T, pieces: I) -> Result<T::Owned, OutOfMemory>
where
    T: Subject + ?Sized + 'a,
    I: Iterator<Item = &'a T> + Clone,
{
    let mut room = 0usize;
    for (n, piece) in pieces.clone().enumerate() {
        let gap = if n == 0 { 0 } else { separator.raw().len() };
        room = room
            .checked_add(gap)
            .and_then(|r| r.checked_add(piece.raw().len()))
            .ok_or(OutOfMemory)?;
    }
    let mut out = vec_with_room(room)?;
    for (n, piece) in pieces.enumerate() {
        if n > 0 {
            out.extend_from_slice(separator.raw());
        }
        out.extend_from_slice(piece.raw());
    }
    // SAFETY: whole elements one after the other.
    Ok(unsafe { T::owned_from_raw(out) })
}

/// The sequence `times` times: Python's `s * times`.
pub fn repeat<T: Subject + ?Sized>(s: &T, times: usize) -> Result<T::Owned, OutOfMemory> {
    let bytes = s.raw();
    let room = bytes.len().checked_mul(times).ok_or(OutOfMemory)?;
    let mut out = vec_with_room(room)?;
    if let [byte] = bytes {
        out.resize(room, *byte);
    } else if room > 0 {
        // Doubling: few, long copies.
        out.extend_from_slice(bytes);
        while out.len() <= room / 2 {
            out.extend_from_within(..);
        }
        out.extend_from_within(..room - out.len());
    }
    // SAFETY: `room` is a multiple of the length, so only whole elements were copied.
    Ok(unsafe { T::owned_from_raw(out) })
}
