//! Runs of register words that become members of a container, without a vector between.

use orochi_heap::Value;
use orochi_heap::value::UNBOUND;

/// Moves `n` register words to `to` as counted references; unbound markers take their places.
///
/// # Safety
/// `from..from + n` are valid owned words, `to` has room for `n` words; the two do not overlap.
#[inline(always)]
pub(crate) unsafe fn move_words(from: *mut u64, to: *mut u64, n: usize) {
    for i in 0..n {
        // SAFETY: as the caller says; each word has one owner before and after.
        unsafe { to.add(i).write(Value::from_bits(from.add(i).replace(UNBOUND)).counted().into_bits()) };
    }
}
