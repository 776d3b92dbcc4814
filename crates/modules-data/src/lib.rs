//! Native modules that read and write data: `_io`, `_codecs`, `_sre`, `_struct`, `_json`, `binascii`,
//! hashes and the like.
//!
//! One file (and folder, if it is large) per Python name, spelled as Python spells it. `ALL` is the
//! one list; a module not in it does not exist.
#![forbid(unsafe_code)]

use orochi_objects::ModuleSpec;

mod _codecs;
mod _csv;
mod _datetime;
pub mod _io;
mod _json;
mod _pickle;
mod _random;
mod _sre;
mod _string;
mod _struct;
mod _tokenize;
mod array;
mod binascii;
mod hashes;
#[cfg(test)]
mod tests;
mod unicodedata;
mod zlib;

/// Every native module of this crate, by name.
pub static ALL: &[&ModuleSpec] = &[
    &_codecs::MODULE,
    &_csv::MODULE,
    &_datetime::MODULE,
    &_io::MODULE,
    &_json::MODULE,
    &_pickle::MODULE,
    &_random::MODULE,
    &_sre::MODULE,
    &_string::MODULE,
    &_struct::MODULE,
    &_tokenize::MODULE,
    &array::MODULE,
    &binascii::MODULE,
    &hashes::BLAKE2,
    &hashes::MD5,
    &hashes::SHA1,
    &hashes::SHA2,
    &hashes::SHA3,
    &unicodedata::MODULE,
    &zlib::MODULE,
];
