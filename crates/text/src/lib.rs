//! Everything about Python strings and bytes that needs no object model.
//!
//! A Python `str` is stored as *generalized UTF-8* ([`Wtf8`]): each code point, lone surrogates included, is
//! encoded by itself. Byte order is then code point order, ASCII is one byte per character, and substring search
//! is byte search. What that storage gives up, indexing by character, is bought back by [`CharIndex`].
//!
//! Code map:
//! - [`wtf8`] the storage types, iteration, character/byte positions;
//! - [`search`] find, count, split, strip, replace, for `str` and `bytes` alike;
//! - [`pad`], [`repr`], [`str_ops`], [`bytes_ops`] the other methods of the two types;
//! - [`unicode`] the character database;
//! - [`codecs`] encoding and decoding with error handlers;
//! - [`hash`] `hash(str)` and `hash(bytes)`;
//!
//! Absent on purpose: objects, exceptions, the registry of codecs and error handlers. Errors come back as plain
//! data, from which the caller makes Python exceptions.

pub mod bytes_ops;
pub mod codecs;
pub mod hash;
pub mod pad;
pub mod repr;
pub mod search;
pub mod str_ops;
pub mod unicode;
pub mod wtf8;

pub use wtf8::{CharIndex, CodePoint, Wtf8, Wtf8Buf};

/// A result would not fit into memory or into `isize::MAX` bytes. Becomes Python's `MemoryError`, or
/// `OverflowError` where Python says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl std::fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("out of memory")
    }
}

impl std::error::Error for OutOfMemory {}

impl From<std::collections::TryReserveError> for OutOfMemory {
    fn from(_: std::collections::TryReserveError) -> Self {
        OutOfMemory
    }
}

/// An empty vector with room for exactly `len` bytes.
pub(crate) fn vec_with_room(len: usize) -> Result<Vec<u8>, OutOfMemory> {
    let mut out = Vec::new();
    out.try_reserve_exact(len)?;
    Ok(out)
}
