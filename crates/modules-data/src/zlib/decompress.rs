//! Decompressing: at once, in pieces, and the bounded decompressor that `gzip` uses.

use orochi_objects::args::Signature;
use orochi_objects::spec::flags;
use orochi_objects::{Args, Def, GetSet, Payload, payload};

use super::*;

/// `zlib.Decompress`.
static DECOMPRESS: TypeSpec = TypeSpec::new::<PyDecompress>("zlib.Decompress")
    .flags(flags::NO_NEW)
    .methods(&[
        Method::new("__copy__", "($self, /)", copy, "A decompressor in the same state."),
        Method::new("__deepcopy__", "($self, memo, /)", copy, "A decompressor in the same state."),
        Method::new("copy", "($self, /)", copy, "A decompressor in the same state."),
        Method::new("decompress", "($self, data, /, max_length=0)", decompress_piece, "Takes in data; gives at most max_length bytes (0: all)."),
        Method::new("flush", "($self, length=DEF_BUF_SIZE, /)", flush, "Gives all that is still to come."),
    ])
    .getset(&[
        GetSet::read("eof", get_eof, "Whether the end of the stream was reached."),
        GetSet::read("unconsumed_tail", get_unconsumed, "Input that max_length left over."),
        GetSet::read("unused_data", get_unused, "Input behind the end of the stream."),
    ]);

/// `zlib._ZlibDecompressor`.
pub(super) static ZLIB_DECOMPRESSOR: TypeSpec = TypeSpec::new::<PyDecompress>("zlib._ZlibDecompressor")
    .slots(&[Def::New(bounded_new)])
    .methods(&[Method::new(
        "decompress",
        "($self, /, data, max_length=-1)",
        bounded_decompress,
        "Takes in data; gives at most max_length bytes (negative: all).",
    )])
    .getset(&[
        GetSet::read("eof", get_eof, "Whether the end of the stream was reached."),
        GetSet::read("needs_input", get_needs_input, "Whether more input is needed before there is more output."),
        GetSet::read("unused_data", get_unused, "Input behind the end of the stream."),
    ])
    .doc("_ZlibDecompressor(wbits=15, zdict=b'')\n--\n\nA decompressor that keeps input it could not use yet.");

struct PyDecompress {
    state: Mutex<Decompressor>,
}

impl Payload for PyDecompress {
    payload!(PyDecompress, "Decompress");
    const CYCLIC: bool = false;
}

struct Decompressor {
    stream: Inflate,
    /// Set when the stream asks for it, or before a raw stream.
    dictionary: Option<Vec<u8>>,
    eof: bool,
    /// Input not used yet: `unconsumed_tail`, or the bounded decompressor's own.
    pending: Vec<u8>,
    unused: Vec<u8>,
    needs_input: bool,
}

fn new_stream(wbits: i32) -> Option<Inflate> {
    Some(match wbits {
        -15..=-8 => Inflate::new(false, wbits.unsigned_abs() as u8),
        0 => Inflate::new(true, 15),
        16 | 32 => Inflate::new(true, wbits as u8 + 15),
        8..=15 | 24..=31 | 40..=47 => Inflate::new(true, wbits as u8),
        _ => return None,
    })
}

impl Decompressor {
    fn new(wbits: i32, dictionary: Option<Vec<u8>>) -> Option<Result<Decompressor, ()>> {
        let mut stream = new_stream(wbits)?;
        if wbits < 0
            && let Some(d) = &dictionary
            && stream.set_dictionary(d).is_err()
        {
            return Some(Err(()));
        }
        Some(Ok(Decompressor { stream, dictionary, eof: false, pending: Vec::new(), unused: Vec::new(), needs_input: true }))
    }
    /// Decompresses until the input, the stream or `most` bytes of output end; gives the output and
    /// the number of bytes used.
    fn run(&mut self, data: &[u8], most: usize, flush: InflateFlush) -> Result<(Vec<u8>, usize), Failure> {
        let mut out: Vec<u8> = Vec::new();
        let mut used = 0;
        let mut given_dictionary = false;
        while out.len() < most {
            let left = most - out.len();
            let at = grow(&mut out, left)?;
            let room = out.len() - at;
            let (taken, given) = (self.stream.total_in(), self.stream.total_out());
            let status = self.stream.decompress(&data[used..], &mut out[at..], flush);
            let given = (self.stream.total_out() - given) as usize;
            used += (self.stream.total_in() - taken) as usize;
            out.truncate(at + given);
            match status {
                Ok(Status::StreamEnd) => {
                    self.eof = true;
                    break;
                }
                Ok(_) if given < room => break,
                Ok(_) => {}
                Err(InflateError::NeedDict { .. }) => match &self.dictionary {
                    Some(d) if !given_dictionary => {
                        given_dictionary = true;
                        if self.stream.set_dictionary(d).is_err() {
                            return Err(Failure { code: -3, reason: Some("incorrect dictionary") });
                        }
                    }
                    _ => return Err(Failure { code: 2, reason: None }),
                },
                Err(InflateError::StreamError) => return Err(Failure { code: -2, reason: self.stream.error_message() }),
                Err(InflateError::DataError) => return Err(Failure { code: -3, reason: self.stream.error_message() }),
                Err(InflateError::MemError) => return Err(Failure { code: -4, reason: None }),
            }
        }
        Ok((out, used))
    }
}

const DOING: &::core::primitive::str = "while decompressing data";

pub(super) fn decompress(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_arg(t, &a[0])?;
    let wbits = int_arg(t, &a[1], 15)?;
    if let Some(v) = a[2].given()
        && protocol::as_size(t, v)? < 0
    {
        return Err(t.value_error("bufsize must be non-negative"));
    }
    let Some(Ok(mut d)) = Decompressor::new(wbits, None) else {
        return Err(Failure { code: -2, reason: None }.raise(t, "while preparing to decompress data"));
    };
    let result = t.detached(|| {
        let (out, _) = d.run(&data, usize::MAX, InflateFlush::SyncFlush)?;
        if d.eof { Ok(out) } else { Err(Failure { code: -5, reason: None }) }
    });
    bytes::try_new(t, &result.map_err(|f| f.raise(t, DOING))?)
}

fn dictionary_arg(t: Attached<'_>, v: &Value) -> PyResult<Option<Vec<u8>>> {
    let Some(v) = v.given().filter(|v| !v.is_none()) else { return Ok(None) };
    if !buffer::is_exporter(t, v) {
        return Err(t.type_error("zdict argument must support the buffer protocol"));
    }
    Ok(Some(buffer::get(t, v, false)?.to_vec()))
}

fn made(t: Attached<'_>, wbits: &Value, dictionary: &Value) -> PyResult<PyDecompress> {
    let dictionary = dictionary_arg(t, dictionary)?;
    match Decompressor::new(int_arg(t, wbits, 15)?, dictionary.filter(|d| !d.is_empty())) {
        Some(Ok(d)) => Ok(PyDecompress { state: Mutex::new(d) }),
        Some(Err(())) => Err(error(t, "Error -3 while setting zdict: invalid input data")),
        None => Err(t.value_error("Invalid initialization option")),
    }
}

pub(super) fn decompressobj(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(DECOMPRESS.alloc(t, made(t, &a[0], &a[1])?))
}
fn bounded_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    Signature::parse("(wbits=15, zdict=b'')").call(t, "_ZlibDecompressor", args, |a| {
        ZLIB_DECOMPRESSOR.alloc_for(t, class, made(t, &a[0], &a[1])?)
    })
}

fn state(v: &Value) -> &Mutex<Decompressor> {
    match v.payload::<PyDecompress>() {
        Some(d) => &d.state,
        None => unreachable!("methods are called with their own type"),
    }
}

fn decompress_piece(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_arg(t, &a[1])?;
    let most = match a[2].given() {
        Some(v) => protocol::as_size(t, v)?,
        None => 0,
    };
    let Ok(most) = usize::try_from(most) else { return Err(t.value_error("max_length must be non-negative")) };
    let most = if most == 0 { usize::MAX } else { most };
    let out = work(t, state(&a[0]), |d| {
        if d.eof {
            d.unused.extend_from_slice(&data);
            d.pending.clear();
            return Ok(Vec::new());
        }
        let (out, used) = d.run(&data, most, InflateFlush::SyncFlush)?;
        let rest = &data[used..];
        d.pending = if d.eof { Vec::new() } else { rest.to_vec() };
        if d.eof {
            d.unused.extend_from_slice(rest);
        }
        Ok(out)
    });
    bytes::try_new(t, &out.map_err(|f: Failure| f.raise(t, DOING))?)
}

fn flush(t: Attached<'_>, a: &[Value]) -> PyResult {
    if let Some(v) = a[1].given()
        && protocol::as_size(t, v)? <= 0
    {
        return Err(t.value_error("length must be greater than zero"));
    }
    let out = work(t, state(&a[0]), |d| {
        if d.eof {
            return Ok(Vec::new());
        }
        let pending = std::mem::take(&mut d.pending);
        let (out, used) = d.run(&pending, usize::MAX, InflateFlush::Finish)?;
        if d.eof {
            d.unused.extend_from_slice(&pending[used..]);
        } else {
            d.pending = pending[used..].to_vec();
        }
        Ok(out)
    });
    bytes::try_new(t, &out.map_err(|f: Failure| f.raise(t, "while finishing decompression"))?)
}

fn bounded_decompress(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_arg(t, &a[1])?;
    let most = match a[2].given() {
        Some(v) => usize::try_from(protocol::as_size(t, v)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let out = work(t, state(&a[0]), |d| {
        if d.eof {
            return Ok(None);
        }
        let mut input = std::mem::take(&mut d.pending);
        input.extend_from_slice(&data);
        let (out, used) = d.run(&input, most, InflateFlush::SyncFlush)?;
        input.drain(..used);
        if d.eof {
            d.unused = input;
            d.needs_input = false;
        } else {
            // A full output may hide more, even without input left.
            d.needs_input = input.is_empty() && out.len() < most;
            d.pending = input;
        }
        Ok(Some(out))
    });
    match out.map_err(|f: Failure| f.raise(t, DOING))? {
        Some(out) => bytes::try_new(t, &out),
        None => Err(t.raise(&exception::EOFError, "End of stream already reached")),
    }
}

fn copy(t: Attached<'_>, _: &[Value]) -> PyResult {
    Err(t.raise(&exception::NotImplementedError, "copies of zlib.Decompress objects are not supported"))
}

fn get_eof(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(Value::bool(work(t, state(this), |d| d.eof)))
}
fn get_needs_input(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(Value::bool(work(t, state(this), |d| d.needs_input)))
}
fn get_unconsumed(t: Attached<'_>, this: &Value) -> PyResult {
    let tail = work(t, state(this), |d| d.pending.clone());
    bytes::try_new(t, &tail)
}
fn get_unused(t: Attached<'_>, this: &Value) -> PyResult {
    let unused = work(t, state(this), |d| d.unused.clone());
    bytes::try_new(t, &unused)
}
