//! Compressing: at once and in pieces.

use orochi_objects::spec::flags;
use orochi_objects::{Payload, payload};
use zlib_rs::{Deflate, DeflateError};

use super::*;

/// `zlib.Compress`.
static COMPRESS: TypeSpec = TypeSpec::new::<PyCompress>("zlib.Compress").flags(flags::NO_NEW).methods(&[
    Method::new("__copy__", "($self, /)", copy, "A compressor in the same state."),
    Method::new("__deepcopy__", "($self, memo, /)", copy, "A compressor in the same state."),
    Method::new("compress", "($self, data, /)", compress_piece, "Takes in data; gives what is compressed so far."),
    Method::new("copy", "($self, /)", copy, "A compressor in the same state."),
    Method::new("flush", "($self, mode=Z_FINISH, /)", flush, "Gives all that is still to come."),
]);

struct PyCompress {
    state: Mutex<Compressor>,
}

impl Payload for PyCompress {
    payload!(PyCompress, "Compress");
    const CYCLIC: bool = false;
}

struct Compressor {
    stream: Deflate,
    finished: bool,
}

/// Whether zlib takes these settings.
fn valid(config: &DeflateConfig) -> bool {
    let window = matches!(config.window_bits, -15..=-9 | 8..=15 | 25..=31);
    window && (-1..=9).contains(&config.level) && (1..=9).contains(&config.mem_level)
}

impl Compressor {
    /// Appends what the stream gives for the input.
    fn run(&mut self, mut data: &[u8], flush: DeflateFlush) -> Result<Vec<u8>, Failure> {
        let mut out = Vec::new();
        loop {
            let at = grow(&mut out, usize::MAX)?;
            let room = out.len() - at;
            let (taken, given) = (self.stream.total_in(), self.stream.total_out());
            let status = self.stream.compress(data, &mut out[at..], flush);
            let given = (self.stream.total_out() - given) as usize;
            data = &data[(self.stream.total_in() - taken) as usize..];
            out.truncate(at + given);
            match status {
                Ok(Status::StreamEnd) => {
                    self.finished = true;
                    return Ok(out);
                }
                // Room left over: everything there was is out.
                Ok(_) if given < room && data.is_empty() => return Ok(out),
                Ok(Status::BufError) if given == 0 && !out.is_empty() => return Ok(out),
                Ok(_) => {}
                Err(DeflateError::MemError) => return Err(Failure { code: -4, reason: None }),
                Err(DeflateError::StreamError) => return Err(Failure { code: -2, reason: None }),
                Err(DeflateError::DataError) => return Err(Failure { code: -3, reason: None }),
            }
        }
    }
}

pub(super) fn compress(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_arg(t, &a[0])?;
    let config = DeflateConfig {
        level: int_arg(t, &a[1], -1)?,
        window_bits: int_arg(t, &a[2], 15)?,
        ..DeflateConfig::default()
    };
    if !valid(&config) {
        return Err(error(t, "Bad compression level"));
    }
    let out = t.detached(|| {
        let mut compressor = Compressor { stream: Deflate::new_with_config(config), finished: false };
        compressor.run(&data, DeflateFlush::Finish)
    });
    bytes::try_new(t, &out.map_err(|f| f.raise(t, "while compressing data"))?)
}

pub(super) fn compressobj(t: Attached<'_>, a: &[Value]) -> PyResult {
    let method = int_arg(t, &a[1], 8)?;
    let strategy = int_arg(t, &a[4], 0)?;
    let config = DeflateConfig {
        level: int_arg(t, &a[0], -1)?,
        method: DeflateMethod::Deflated,
        window_bits: int_arg(t, &a[2], 15)?,
        mem_level: int_arg(t, &a[3], 8)?,
        strategy: Strategy::try_from(strategy).unwrap_or_default(),
    };
    let dictionary = match a[5].given() {
        Some(v) if !v.is_none() => Some(data_arg(t, v)?),
        _ => None,
    };
    if method != 8 || !(0..=4).contains(&strategy) || !valid(&config) {
        return Err(t.value_error("Invalid initialization option"));
    }
    let mut stream = Deflate::new_with_config(config);
    if let Some(dictionary) = dictionary
        && stream.set_dictionary(&dictionary).is_err()
    {
        return Err(t.value_error("Invalid dictionary"));
    }
    Ok(COMPRESS.alloc(t, PyCompress { state: Mutex::new(Compressor { stream, finished: false }) }))
}

fn state(v: &Value) -> &Mutex<Compressor> {
    match v.payload::<PyCompress>() {
        Some(c) => &c.state,
        None => unreachable!("methods are called with their own type"),
    }
}

fn compress_piece(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_arg(t, &a[1])?;
    let out = work(t, state(&a[0]), |c| {
        if c.finished { Err(Failure { code: -2, reason: None }) } else { c.run(&data, DeflateFlush::NoFlush) }
    });
    bytes::try_new(t, &out.map_err(|f| f.raise(t, "while compressing data"))?)
}

fn flush(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mode = int_arg(t, &a[1], 4)?;
    if mode == 0 {
        return bytes::try_new(t, &[]);
    }
    let Ok(mode) = DeflateFlush::try_from(mode) else {
        return Err(Failure { code: -2, reason: None }.raise(t, "while flushing"));
    };
    let out = work(t, state(&a[0]), |c| {
        if c.finished { Err(Failure { code: -2, reason: None }) } else { c.run(&[], mode) }
    });
    bytes::try_new(t, &out.map_err(|f| f.raise(t, "while flushing"))?)
}

fn copy(t: Attached<'_>, _: &[Value]) -> PyResult {
    Err(t.raise(&exception::NotImplementedError, "copies of zlib.Compress objects are not supported"))
}
