//! Searching, splitting, stripping and replacing, once for `str` and `bytes`.
//!
//! Generalized UTF-8 is self-synchronising: the encoding of a string occurs in another exactly where the string
//! itself does. So all that looks for a needle works on bytes, with memchr's searchers (vectorised, and linear in
//! the worst case by two-way search), in short subjects with `near`'s. The two subjects differ only in what an element, white space and a line end
//! are; that is the trait [`Subject`].
//!
//! Positions are byte offsets. Callers with character positions translate them with [`crate::CharIndex`].

mod near;
mod replace;
mod split;
mod strip;
mod subject;
#[cfg(test)]
mod tests;

pub use near::Occurrences;
pub use replace::{join, repeat, replace};
pub use split::{Lines, RSplit, RSplitWhitespace, Split, SplitWhitespace, partition, rpartition};
pub use strip::{CharSet, Strip, strip, strip_whitespace};
pub use subject::{Subject, is_byte_space, is_str_line_break, is_str_space};

/// Byte offset of the first occurrence of `needle`; 0 for an empty one.
#[inline]
pub fn find<T: Subject + ?Sized>(haystack: &T, needle: &T) -> Option<usize> {
    find_bytes(haystack.raw(), needle.raw())
}

/// Byte offset of the last occurrence of `needle`; the length for an empty one.
#[inline]
pub fn rfind<T: Subject + ?Sized>(haystack: &T, needle: &T) -> Option<usize> {
    rfind_bytes(haystack.raw(), needle.raw())
}

/// Whether `needle` occurs.
#[inline]
pub fn contains<T: Subject + ?Sized>(haystack: &T, needle: &T) -> bool {
    find(haystack, needle).is_some()
}

/// Whether `haystack` begins with `prefix`.
#[inline]
pub fn starts_with<T: Subject + ?Sized>(haystack: &T, prefix: &T) -> bool {
    haystack.raw().starts_with(prefix.raw())
}

/// Whether `haystack` ends with `suffix`.
#[inline]
pub fn ends_with<T: Subject + ?Sized>(haystack: &T, suffix: &T) -> bool {
    haystack.raw().ends_with(suffix.raw())
}

/// Number of occurrences that do not overlap, from the left. An empty needle is found around each element.
pub fn count<T: Subject + ?Sized>(haystack: &T, needle: &T) -> usize {
    match needle.raw() {
        [] => haystack.element_count() + 1,
        [byte] => memchr::memchr_iter(*byte, haystack.raw()).count(),
        needle => Occurrences::new(haystack.raw(), needle).count(),
    }
}

/// [`find`] on plain bytes.
#[inline]
pub fn find_bytes(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    near::find(haystack, needle)
}

/// [`rfind`] on plain bytes.
#[inline]
pub fn rfind_bytes(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    near::rfind(haystack, needle)
}
