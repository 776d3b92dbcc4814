//! `marshal`: values as bytes, in CPython's format; code objects inside are ours (see `orochi_bytecode::image`).
//!
//! A value is a byte that tells its type and then its content, little-endian. The type's high bit says that later values
//! may refer to it: `r` and a number, counted in the order in which such types appear.
//!
//! ```text
//! 0 F T N . S         nothing: the end of a dict, False, True, None, Ellipsis, StopIteration
//! i l                 int of 32 bits; larger: count of digits (negative for a negative number), digits of 15 bits
//! f g x y             float, complex: as text with its length in a byte; as 8 or 16 bytes
//! s u t a A z Z       bytes; text (t, A, Z: interned; a, A, z, Z: ASCII; z, Z: length in a byte)
//! ( ) [ < > { :       tuple, short tuple, list, set, frozenset, dict, slice
//! c                   code: length and image
//! ```
//! * `read`  bytes to values
//! * `write` values to bytes

mod read;
mod write;

use orochi_heap::Value;
use orochi_objects::spec::Method;
use orochi_objects::{Attached, ModuleSpec, PyResult, bytes, dict, protocol};

/// `marshal`.
pub static MODULE: ModuleSpec = ModuleSpec::new("marshal")
    .doc("This module contains functions that can read and write Python values in\na binary format.")
    .functions(&[
        Method::new("dump", "(value, file, version=5, /, *, allow_code=True)", dump, "Write the value on the open file."),
        Method::new("load", "(file, /, *, allow_code=True)", load, "Read one value from the open file and return it."),
        Method::new("dumps", "(value, version=5, /, *, allow_code=True)", dumps, "Return the bytes object that would be written to a file by dump(value, file)."),
        Method::new("loads", "(bytes, /, *, allow_code=True)", loads, "Convert the bytes-like object to a value."),
    ])
    .exec(|t, d| {
        dict::set_by_name(t, d, "version", Value::i32(VERSION as i32));
        Ok(())
    });

/// The format's version; 3 brought references, 4 short forms of ASCII text and tuples, 5 slices.
const VERSION: i64 = 5;
/// Values may nest so deep.
const DEEPEST: usize = 2000;

fn written(t: Attached<'_>, value: &Value, version: Option<&Value>, allow_code: Option<&Value>) -> PyResult {
    let version = version.map_or(Ok(VERSION), |v| protocol::expect_i64(t, v))?;
    let allow_code = allow_code.map_or(Ok(true), |v| protocol::truth(t, v))?;
    bytes::try_new(t, &write::write(t, value, version, allow_code)?)
}

fn dumps(t: Attached<'_>, a: &[Value]) -> PyResult {
    written(t, &a[0], a[1].given(), a[2].given())
}

fn dump(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = written(t, &a[0], a[2].given(), a[3].given())?;
    protocol::call_method(t, &a[1], &t.names().write, &[data])
}

fn loads(t: Attached<'_>, a: &[Value]) -> PyResult {
    let allow_code = a[1].given().map_or(Ok(true), |v| protocol::truth(t, v))?;
    let data = orochi_objects::buffer::get(t, &a[0], false)?.to_vec();
    read::read(t, read::Source::Bytes { data: &data, at: 0 }, allow_code)
}

fn load(t: Attached<'_>, a: &[Value]) -> PyResult {
    let allow_code = a[1].given().map_or(Ok(true), |v| protocol::truth(t, v))?;
    read::read(t, read::Source::File(a[0].clone()), allow_code)
}
