//! `zlib`: DEFLATE in its raw, zlib and gzip forms, and checksums, over the zlib-rs crate.
//!
//! A stream object's state stands behind a mutex; work on it runs with the interpreter's lock given
//! away, on copies of buffers that could change.

use std::borrow::Cow;
use std::sync::Mutex;

use orochi_objects::exception::{self, PyException};
use orochi_objects::spec::flags;
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Raised, TypeSpec, Value};
use orochi_objects::{buffer, bytes, dict, int, protocol, str};
use zlib_rs::{DeflateConfig, DeflateFlush, Inflate, InflateError, InflateFlush, Method as DeflateMethod, Status, Strategy};

use crate::binascii::{DETACH_FROM, crc32, word_arg};

mod compress;
mod decompress;
#[cfg(test)]
mod tests;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("zlib")
    .doc("Compression and decompression of the zlib, gzip and raw DEFLATE formats.")
    .functions(&[
        Method::new("adler32", "(data, value=1, /)", adler32, "Adler-32 checksum."),
        Method::new("compress", "(data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)", compress::compress, "The data compressed."),
        Method::new(
            "compressobj",
            "(level=Z_DEFAULT_COMPRESSION, method=DEFLATED, wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL, strategy=Z_DEFAULT_STRATEGY, zdict=None)",
            compress::compressobj,
            "A compressor for data in pieces.",
        ),
        Method::new("crc32", "(data, value=0, /)", crc32, "CRC-32 checksum."),
        Method::new("decompress", "(data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)", decompress::decompress, "The data decompressed."),
        Method::new("decompressobj", "(wbits=MAX_WBITS, zdict=b'')", decompress::decompressobj, "A decompressor for data in pieces."),
    ])
    .types(&[&decompress::ZLIB_DECOMPRESSOR, &ERROR])
    .exec(|t, namespace| {
        for (name, n) in CONSTANTS {
            dict::set_by_name(t, namespace, name, Value::i32(*n));
        }
        for name in ["ZLIB_VERSION", "ZLIB_RUNTIME_VERSION"] {
            dict::set_by_name(t, namespace, name, str::new(t, VERSION));
        }
        Ok(())
    });

/// The zlib whose behaviour zlib-rs has.
const VERSION: &::core::primitive::str = "1.3.1";

const CONSTANTS: &[(&::core::primitive::str, i32)] = &[
    ("DEFLATED", 8),
    ("DEF_BUF_SIZE", 16 * 1024),
    ("DEF_MEM_LEVEL", 8),
    ("MAX_WBITS", 15),
    ("Z_BEST_COMPRESSION", 9),
    ("Z_BEST_SPEED", 1),
    ("Z_BLOCK", 5),
    ("Z_DEFAULT_COMPRESSION", -1),
    ("Z_DEFAULT_STRATEGY", 0),
    ("Z_FILTERED", 1),
    ("Z_FINISH", 4),
    ("Z_FIXED", 4),
    ("Z_FULL_FLUSH", 3),
    ("Z_HUFFMAN_ONLY", 2),
    ("Z_NO_COMPRESSION", 0),
    ("Z_NO_FLUSH", 0),
    ("Z_PARTIAL_FLUSH", 1),
    ("Z_RLE", 3),
    ("Z_SYNC_FLUSH", 2),
    ("Z_TREES", 6),
];

/// `zlib.error`.
pub static ERROR: TypeSpec =
    TypeSpec::new::<PyException>("zlib.error").base(&exception::Exception).flags(flags::BASETYPE).mutable();

#[cold]
fn error(t: Attached<'_>, message: impl AsRef<::core::primitive::str>) -> Raised {
    t.raise(&ERROR, message)
}

fn data_arg<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<Cow<'a, [u8]>> {
    match bytes::as_bytes(v) {
        Some(b) => Ok(Cow::Borrowed(b)),
        None => Ok(Cow::Owned(buffer::read_arg(t, v, "")?.to_vec())),
    }
}

fn int_arg(t: Attached<'_>, v: &Value, default: i32) -> PyResult<i32> {
    match v.given() {
        None => Ok(default),
        Some(v) => {
            let i = protocol::as_index(t, v)?;
            let i = int::as_i64(&i).and_then(|i| i32::try_from(i).ok());
            i.ok_or_else(|| t.overflow_error("Python int too large to convert to C int"))
        }
    }
}

/// Runs work on a stream with the lock given away.
fn work<S: Send, R: Send>(t: Attached<'_>, state: &Mutex<S>, f: impl FnOnce(&mut S) -> R + Send) -> R {
    t.detached(|| f(&mut state.lock().unwrap_or_else(|e| e.into_inner())))
}

fn adler32(t: Attached<'_>, a: &[Value]) -> PyResult {
    let start = word_arg(t, &a[1], 1)?;
    let data = data_arg(t, &a[0])?;
    let run = || zlib_rs::adler32::adler32(start, &data);
    let sum = if data.len() > DETACH_FROM { t.detached(run) } else { run() };
    Ok(int::new(t, i64::from(sum)))
}

/// Why a stream ended badly: zlib's number of the error, and zlib's word for it if it has one.
#[derive(Debug)]
struct Failure {
    code: i32,
    reason: Option<&'static ::core::primitive::str>,
}

impl Failure {
    #[cold]
    fn raise(self, t: Attached<'_>, doing: &::core::primitive::str) -> Raised {
        if self.code == -4 {
            return t.memory_error();
        }
        let reason = self.reason.or(match self.code {
            -5 => Some("incomplete or truncated stream"),
            -2 => Some("inconsistent stream state"),
            -3 => Some("invalid input data"),
            _ => None,
        });
        match reason {
            Some(reason) => error(t, format!("Error {} {doing}: {reason}", self.code)),
            None => error(t, format!("Error {} {doing}", self.code)),
        }
    }
}

/// Room that an output buffer grows by at least.
const PIECE: usize = 16 * 1024;

/// Makes room for more output; gives the buffer's free part.
fn grow(out: &mut Vec<u8>, most: usize) -> Result<usize, Failure> {
    let more = out.len().clamp(PIECE, 16 << 20).min(most);
    out.try_reserve(more).map_err(|_| Failure { code: -4, reason: None })?;
    let at = out.len();
    out.resize(at + more, 0);
    Ok(at)
}
