//! Filling up to a width and expanding tabs, for `str` and `bytes` alike. Widths count elements.

use crate::search::Subject;
use crate::{OutOfMemory, vec_with_room};

/// The subject between `left` and `right` copies of `fill`, which is one element.
pub fn pad<T: Subject + ?Sized>(
    s: &T,
    left: usize,
    right: usize,
    fill: &T,
) -> Result<T::Owned, OutOfMemory> {
    let (bytes, unit) = (s.raw(), fill.raw());
    let added = left
        .checked_add(right)
        .and_then(|n| n.checked_mul(unit.len()))
        .ok_or(OutOfMemory)?;
    let mut out = vec_with_room(bytes.len().checked_add(added).ok_or(OutOfMemory)?)?;
    let push = |out: &mut Vec<u8>, times: usize| match unit {
        [byte] => out.resize(out.len() + times, *byte),
        _ => (0..times).for_each(|_| out.extend_from_slice(unit)),
    };
    push(&mut out, left);
    out.extend_from_slice(bytes);
    push(&mut out, right);
    // SAFETY: whole elements one after the other.
    Ok(unsafe { T::owned_from_raw(out) })
}

/// How many elements are missing to `width`.
fn missing<T: Subject + ?Sized>(s: &T, width: usize) -> usize {
    width.saturating_sub(s.element_count())
}

/// In the middle. If the rest is odd, the extra fill is on the left exactly when the width is odd.
pub fn center<T: Subject + ?Sized>(s: &T, width: usize, fill: &T) -> Result<T::Owned, OutOfMemory> {
    let missing = missing(s, width);
    let left = missing / 2 + (missing & width & 1);
    pad(s, left, missing - left, fill)
}

/// At the left.
pub fn ljust<T: Subject + ?Sized>(s: &T, width: usize, fill: &T) -> Result<T::Owned, OutOfMemory> {
    pad(s, 0, missing(s, width), fill)
}

/// At the right.
pub fn rjust<T: Subject + ?Sized>(s: &T, width: usize, fill: &T) -> Result<T::Owned, OutOfMemory> {
    pad(s, missing(s, width), 0, fill)
}

/// Zeros at the left, but after a sign.
pub fn zfill<T: Subject + ?Sized>(s: &T, width: usize) -> Result<T::Owned, OutOfMemory> {
    let bytes = s.raw();
    let zeros = missing(s, width);
    let mut out = vec_with_room(bytes.len().checked_add(zeros).ok_or(OutOfMemory)?)?;
    let sign = if zeros > 0 {
        bytes.first().is_some_and(|b| matches!(b, b'+' | b'-')) as usize
    } else {
        0
    };
    out.extend_from_slice(&bytes[..sign]);
    out.resize(sign + zeros, b'0');
    out.extend_from_slice(&bytes[sign..]);
    // SAFETY: ASCII characters inserted between whole elements.
    Ok(unsafe { T::owned_from_raw(out) })
}

/// Tabs become spaces up to the next multiple of `tab_size`; with 0 they vanish.
pub fn expandtabs<T: Subject + ?Sized>(s: &T, tab_size: usize) -> Result<T::Owned, OutOfMemory> {
    let bytes = s.raw();
    // Nothing is known about the tabs' widths, so the room is found by a first walk.
    let mut room = 0usize;
    walk_tabs::<T>(bytes, tab_size, |piece, spaces| {
        room = room
            .checked_add(piece.len())
            .and_then(|r| r.checked_add(spaces))
            .ok_or(OutOfMemory)?;
        Ok(())
    })?;
    let mut out = vec_with_room(room)?;
    walk_tabs::<T>(bytes, tab_size, |piece, spaces| {
        out.extend_from_slice(piece);
        out.resize(out.len() + spaces, b' ');
        Ok(())
    })?;
    // SAFETY: tabs were exchanged for spaces; the rest is as it was.
    Ok(unsafe { T::owned_from_raw(out) })
}

/// Calls `each` with the bytes before each tab and the spaces for it, and with the rest and 0.
fn walk_tabs<T: Subject + ?Sized>(
    bytes: &[u8],
    tab_size: usize,
    mut each: impl FnMut(&[u8], usize) -> Result<(), OutOfMemory>,
) -> Result<(), OutOfMemory> {
    let mut column = 0;
    let mut start = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\t' => {
                let spaces = if tab_size == 0 {
                    0
                } else {
                    tab_size - column % tab_size
                };
                each(&bytes[start..at], spaces)?;
                start = at + 1;
                column = if tab_size == 0 { column } else { 0 };
            }
            b'\n' | b'\r' => column = 0,
            _ => column += T::is_element_start(byte) as usize,
        }
    }
    each(&bytes[start..], 0)
}
