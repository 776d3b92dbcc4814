//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`: one body, with what was read ahead and what is
//! still to be written.
//!
//! ```text
//! read part    ahead[..pos] given out, ahead[pos..] still to give; the raw file stands behind ahead
//! write part   pending; the raw file stands where pending[0] goes
//! ```
//! At most one of `ahead[pos..]` and `pending` holds anything: a write first moves the raw file back
//! over what was read ahead, a read first writes what is pending.
//!
//! Small reads and writes that the buffer can serve are one step under the lock
//! ([`Exclusive::quick`]); all others own the buffer while they use the raw file.

mod methods;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use orochi_objects::args::Signature;
use orochi_objects::spec::{TypeSpec, flags, native_body};
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, Value, attr, buffer, bytes, int, payload, protocol, type_};

use super::base::{self, BUFFERED_BASE, checked_count};
use super::exclusive::{Exclusive, Session};
use super::file;
use super::support::*;

/// Lines longer than this are not made under the lock, where running out of memory could not be raised.
pub const LONG: usize = 64 * 1024;

/// What the buffer holds.
#[derive(Default)]
pub struct Held {
    /// What the last read of the raw file gave.
    pub ahead: Vec<u8>,
    /// How much of it was given out.
    pub pos: usize,
    /// Bytes to write.
    pub pending: Vec<u8>,
    /// Where the raw file stands, if known.
    pub raw_at: Option<i64>,
}

impl Held {
    fn unread(&self) -> &[u8] {
        self.ahead.get(self.pos..).unwrap_or(&[])
    }
    fn forget_ahead(&mut self) {
        self.ahead.clear();
        self.pos = 0;
    }
    fn moved(&mut self, n: usize) {
        self.raw_at = self.raw_at.map(|at| at.saturating_add(n as i64));
    }
}

/// The body.
pub struct PyBuffered {
    /// The raw file; unbound: not initialised or detached.
    raw: Slot,
    detached: AtomicBool,
    finalizing: AtomicBool,
    size: AtomicUsize,
    held: Exclusive<Held>,
}

impl Payload for PyBuffered {
    payload!(PyBuffered, "Buffered");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.raw);
    }
    fn clear(&self) {
        self.raw.take();
    }
}

/// `_io.BufferedReader`.
pub static READER: TypeSpec = TypeSpec::new::<PyBuffered>("_io.BufferedReader")
    .base(&BUFFERED_BASE)
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Init(init_reader), Def::Repr(methods::repr), Def::Next(next_line)])
    .methods(methods::READER)
    .getset(methods::ATTRIBUTES)
    .doc("BufferedReader(raw, buffer_size=131072)\n--\n\nCreate a new buffered reader using the given readable raw IO object.");

/// `_io.BufferedWriter`.
pub static WRITER: TypeSpec = TypeSpec::new::<PyBuffered>("_io.BufferedWriter")
    .base(&BUFFERED_BASE)
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Init(init_writer), Def::Repr(methods::repr)])
    .methods(methods::WRITER)
    .getset(methods::ATTRIBUTES)
    .doc("BufferedWriter(raw, buffer_size=131072)\n--\n\nA buffer for a writeable sequential RawIO object.");

/// `_io.BufferedRandom`.
pub static RANDOM: TypeSpec = TypeSpec::new::<PyBuffered>("_io.BufferedRandom")
    .base(&BUFFERED_BASE)
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Init(init_random), Def::Repr(methods::repr), Def::Next(next_line)])
    .methods(methods::RANDOM)
    .getset(methods::ATTRIBUTES)
    .doc("BufferedRandom(raw, buffer_size=131072)\n--\n\nA buffered interface to random access streams.");

/// The body of a buffered file.
pub fn body(v: &Value) -> &PyBuffered {
    match v.payload::<PyBuffered>() {
        Some(p) => p,
        None => unreachable!("methods are called with their own type"),
    }
}

/// Whether the object is exactly of one of the three types, so that its methods are known.
#[inline]
pub fn is_ours(v: &Value) -> bool {
    native_body::<PyBuffered>(v).is_some()
}

fn can_read(t: Attached<'_>, v: &Value) -> bool {
    !WRITER.check(t, v)
}
fn can_write(t: Attached<'_>, v: &Value) -> bool {
    !READER.check(t, v)
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    let body = PyBuffered {
        raw: Slot::unbound(),
        detached: AtomicBool::new(false),
        finalizing: AtomicBool::new(false),
        size: AtomicUsize::new(super::DEFAULT_BUFFER_SIZE),
        held: Exclusive::new(Held::default()),
    };
    READER.alloc_for(t, class, body)
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>, name: &str, check: fn(Attached<'_>, &Value) -> PyResult<()>) -> PyResult<()> {
    Signature::parse("(raw, buffer_size=131072)").call(t, name, args, |a| {
        let size = a[1].given().map_or(Ok(super::DEFAULT_BUFFER_SIZE as isize), |v| protocol::as_size(t, v))?;
        set_up(t, this, &a[0], size, check)
    })
}
fn set_up(t: Attached<'_>, this: &Value, raw: &Value, size: isize, check: fn(Attached<'_>, &Value) -> PyResult<()>) -> PyResult<()> {
    let b = body(this);
    b.raw.take();
    b.detached.store(false, Relaxed);
    check(t, raw)?;
    let size = usize::try_from(size).unwrap_or(0);
    if size == 0 {
        return Err(t.value_error("buffer size must be strictly positive"));
    }
    b.size.store(size, Relaxed);
    *b.held.enter(t, this)? = Held::default();
    b.raw.set(raw.clone());
    Ok(())
}
fn check_random(t: Attached<'_>, raw: &Value) -> PyResult<()> {
    base::check_seekable(t, raw)?;
    base::check_readable(t, raw)?;
    base::check_writable(t, raw)
}
fn init_reader(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    init(t, this, args, "BufferedReader", base::check_readable)
}
fn init_writer(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    init(t, this, args, "BufferedWriter", base::check_writable)
}
fn init_random(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    init(t, this, args, "BufferedRandom", check_random)
}

/// A buffered file over a raw one that is known to suit.
pub fn make(t: Attached<'_>, spec: &'static TypeSpec, raw: &Value, size: usize) -> PyResult {
    let this = new(t, spec.get(t), Args::new(&[]))?;
    set_up(t, &this, raw, isize::try_from(size).unwrap_or(isize::MAX), |_, _| Ok(()))?;
    Ok(this)
}

/// The raw file; ValueError if there is none (any more).
pub fn raw(t: Attached<'_>, this: &Value) -> PyResult {
    let b = body(this);
    let raw = b.raw.load();
    if !raw.is_unbound() {
        return Ok(raw);
    }
    Err(t.value_error(if b.detached.load(Relaxed) {
        "raw stream has been detached"
    } else {
        "I/O operation on uninitialized object"
    }))
}

/// Whether the raw file is closed.
pub fn raw_closed(t: Attached<'_>, raw: &Value) -> PyResult<bool> {
    match native_body::<file::PyFileIO>(raw) {
        Some(file) => Ok(file.is_closed()),
        None => is_closed(t, raw),
    }
}

/// The raw file, open; ValueError naming the operation otherwise.
fn open_raw(t: Attached<'_>, this: &Value, doing: &str) -> PyResult {
    let raw = raw(t, this)?;
    if raw_closed(t, &raw)? {
        return Err(t.value_error(format!("{doing} closed file")));
    }
    Ok(raw)
}

// --- the raw file ----------------------------------------------------------------------------------

/// One read of the raw file onto the end of `into`; `None`: it would block.
fn raw_read(t: Attached<'_>, raw: &Value, into: &mut Vec<u8>, len: usize) -> PyResult<Option<usize>> {
    if file::TYPE.is_exact(t, raw) {
        return file::read_into(t, raw, into, len);
    }
    let room = base::scratch(t, len)?;
    let view = protocol::call(t, &protocol::builtin(t, "memoryview")?, std::slice::from_ref(&room))?;
    let got = call(t, raw, &t.names().readinto, std::slice::from_ref(&view));
    release(t, &view);
    let got = got?;
    if got.is_none() {
        return Ok(None);
    }
    let n = checked_count(t, &got, "readinto", len)?;
    let memory = buffer::get(t, &room, false)?;
    into.try_reserve(n).map_err(|_| t.memory_error())?;
    memory.with(|all| into.extend_from_slice(&all[..n.min(all.len())]));
    Ok(Some(n))
}

/// Ends a view that was lent; a refusal (somebody kept a view of it) does not matter.
fn release(t: Attached<'_>, view: &Value) {
    if let Err(e) = call_named(t, view, "release", &[]) {
        drop(t.take_raised(e));
    }
}

/// One write to the raw file; `None`: it would block.
fn raw_write(t: Attached<'_>, raw: &Value, data: &[u8]) -> PyResult<Option<usize>> {
    if file::TYPE.is_exact(t, raw) {
        return file::write_some(t, raw, data);
    }
    let data_object = bytes::try_new(t, data)?;
    let view = protocol::call(t, &protocol::builtin(t, "memoryview")?, std::slice::from_ref(&data_object))?;
    let taken = call(t, raw, &t.names().write, std::slice::from_ref(&view));
    release(t, &view);
    let taken = taken?;
    if taken.is_none() {
        return Ok(None);
    }
    checked_count(t, &taken, "write", data.len()).map(Some)
}

/// Moves the raw file; gives and notes the new position.
fn raw_seek(t: Attached<'_>, raw: &Value, held: &mut Held, offset: i64, whence: i32) -> PyResult<i64> {
    held.raw_at = None;
    let at = if file::TYPE.is_exact(t, raw) {
        file::seek_to(t, raw, offset, whence)?
    } else {
        let at = call(t, raw, &t.names().seek, &[int::new(t, offset), Value::i32(whence)])?;
        position(t, &at, "seek")?
    };
    held.raw_at = Some(at);
    Ok(at)
}

/// Where the raw file stands, asked anew.
fn raw_tell(t: Attached<'_>, raw: &Value, held: &mut Held) -> PyResult<i64> {
    let at = if file::TYPE.is_exact(t, raw) {
        file::seek_to(t, raw, 0, libc::SEEK_CUR)?
    } else {
        position(t, &call(t, raw, &t.names().tell, &[])?, "tell")?
    };
    held.raw_at = Some(at);
    Ok(at)
}

fn position(t: Attached<'_>, v: &Value, _what: &str) -> PyResult<i64> {
    let at = offset_arg(t, v)?;
    if at < 0 {
        return Err(file::plain_os_error(t, &format!("Raw stream returned invalid position {at}")));
    }
    Ok(at)
}

// --- steps for whoever owns the buffer ---------------------------------------------------------------

/// Writes everything pending.
fn flush_pending(t: Attached<'_>, raw: &Value, held: &mut Held) -> PyResult<()> {
    let mut done = 0;
    let result = loop {
        if done >= held.pending.len() {
            break Ok(());
        }
        match raw_write(t, raw, &held.pending[done..]) {
            Ok(Some(n)) => {
                done += n;
                held.moved(n);
            }
            Ok(None) => break Err(blocking_error(t, 0)),
            Err(e) => break Err(e),
        }
        if let Err(e) = t.safepoint() {
            break Err(e);
        }
    };
    if done >= held.pending.len() {
        held.pending.clear();
        if held.pending.capacity() > 1 << 20 {
            held.pending = Vec::new();
        }
    } else {
        held.pending.drain(..done);
    }
    result
}

/// Moves the raw file back over what was read ahead and not given out.
fn rewind_ahead(t: Attached<'_>, raw: &Value, held: &mut Held) -> PyResult<()> {
    let back = held.unread().len();
    if back > 0 {
        raw_seek(t, raw, held, -(back as i64), libc::SEEK_CUR)?;
    }
    held.forget_ahead();
    Ok(())
}

/// Fills the read part anew; it must be given out. `None`: it would block.
fn fill(t: Attached<'_>, raw: &Value, held: &mut Held, size: usize) -> PyResult<Option<usize>> {
    held.forget_ahead();
    let n = raw_read(t, raw, &mut held.ahead, size)?;
    held.moved(n.unwrap_or(0));
    Ok(n)
}

/// Gives out up to `n` of what was read ahead, onto the end of `into`.
fn give(held: &mut Held, into: &mut Vec<u8>, n: usize) -> usize {
    let n = n.min(held.unread().len());
    into.extend_from_slice(&held.ahead[held.pos..held.pos + n]);
    held.pos += n;
    n
}

fn enter<'a>(t: Attached<'_>, this: &'a Value) -> PyResult<Session<'a, Held>> {
    body(this).held.enter(t, this)
}

/// Before reading: what is pending goes out.
fn before_read(t: Attached<'_>, raw: &Value, held: &mut Held) -> PyResult<()> {
    if held.pending.is_empty() { Ok(()) } else { flush_pending(t, raw, held) }
}

// --- operations, also for the text layer -------------------------------------------------------------

/// Up to `most` bytes onto the end of `into`, with at most one read of the raw file, which fills the
/// buffer; 0 at the end. What `TextIOWrapper` reads.
pub fn read_chunk(t: Attached<'_>, this: &Value, into: &mut Vec<u8>, most: usize) -> PyResult<usize> {
    let b = body(this);
    let raw = open_raw(t, this, "read of")?;
    into.try_reserve(most).map_err(|_| t.memory_error())?;
    if let Some(n) = b.held.quick(|held| match give(held, into, most) {
        0 => None,
        n => Some(n),
    }) {
        return Ok(n);
    }
    let mut held = enter(t, this)?;
    before_read(t, &raw, &mut held)?;
    if held.unread().is_empty() {
        fill(t, &raw, &mut held, b.size.load(Relaxed))?;
    }
    Ok(give(&mut held, into, most))
}

/// Everything up to the end onto `into`; false if nothing came because it would block.
pub fn read_rest(t: Attached<'_>, this: &Value, into: &mut Vec<u8>) -> PyResult<bool> {
    let raw = open_raw(t, this, "read of")?;
    let mut held = enter(t, this)?;
    before_read(t, &raw, &mut held)?;
    let begun = into.len();
    let all = held.unread().len();
    into.try_reserve(all).map_err(|_| t.memory_error())?;
    give(&mut held, into, all);
    held.forget_ahead();
    held.raw_at = None;
    if file::TYPE.is_exact(t, &raw) {
        let came = file::read_rest(t, &raw, into)?;
        return Ok(came || into.len() > begun);
    }
    if let Some(readall) = attr::find(t, &raw, &t.names().readall)? {
        let rest = protocol::call(t, &readall, &[])?;
        if rest.is_none() {
            return Ok(into.len() > begun);
        }
        let Some(rest) = bytes::as_bytes(&rest) else { return Err(t.type_error("readall() should return bytes")) };
        into.try_reserve(rest.len()).map_err(|_| t.memory_error())?;
        into.extend_from_slice(rest);
        return Ok(true);
    }
    loop {
        let piece = call(t, &raw, &t.names().read, &[])?;
        if piece.is_none() {
            return Ok(into.len() > begun);
        }
        let Some(piece) = bytes::as_bytes(&piece) else { return Err(t.type_error("read() should return bytes")) };
        if piece.is_empty() {
            return Ok(true);
        }
        into.try_reserve(piece.len()).map_err(|_| t.memory_error())?;
        into.extend_from_slice(piece);
    }
}

/// `n` bytes, fewer at the end or where more would block; false if nothing came because it would block.
fn read_exactly(t: Attached<'_>, this: &Value, into: &mut Vec<u8>, n: usize) -> PyResult<bool> {
    let b = body(this);
    let raw = open_raw(t, this, "read of")?;
    let size = b.size.load(Relaxed);
    if b.held.quick(|held| (held.unread().len() >= n).then(|| give(held, into, n))).is_some() {
        return Ok(true);
    }
    let mut held = enter(t, this)?;
    before_read(t, &raw, &mut held)?;
    into.try_reserve(n.min(held.unread().len())).map_err(|_| t.memory_error())?;
    let mut left = n - give(&mut held, into, n);
    while left > 0 {
        // Whole buffers go past the buffer.
        let whole = left - left % size;
        let got = if whole > 0 {
            held.forget_ahead();
            let got = raw_read(t, &raw, into, whole)?;
            held.moved(got.unwrap_or(0));
            left -= got.unwrap_or(0);
            got
        } else {
            let got = fill(t, &raw, &mut held, size)?;
            left -= give(&mut held, into, left);
            got
        };
        match got {
            None => return Ok(left < n),
            Some(0) => break,
            Some(_) => t.safepoint()?,
        }
    }
    Ok(true)
}

/// One line with its end, at most `limit` bytes.
fn read_line(t: Attached<'_>, this: &Value, limit: usize) -> PyResult {
    let b = body(this);
    let raw = open_raw(t, this, "readline of")?;
    let quick = b.held.quick(|held| {
        let unread = held.unread();
        let window = &unread[..unread.len().min(limit)];
        let n = match memchr::memchr(b'\n', window) {
            Some(at) => at + 1,
            None if window.len() == limit => limit,
            None => return None,
        };
        if n > LONG {
            return None;
        }
        let line = bytes::try_new(t, &window[..n]);
        held.pos += n;
        Some(line)
    });
    if let Some(line) = quick {
        return line;
    }
    let mut held = enter(t, this)?;
    before_read(t, &raw, &mut held)?;
    let mut line = Vec::new();
    loop {
        let unread = held.unread();
        let window = &unread[..unread.len().min(limit - line.len())];
        let end = memchr::memchr(b'\n', window);
        let n = end.map_or(window.len(), |at| at + 1);
        line.try_reserve(n).map_err(|_| t.memory_error())?;
        give(&mut held, &mut line, n);
        if end.is_some() || line.len() >= limit || fill(t, &raw, &mut held, b.size.load(Relaxed))?.unwrap_or(0) == 0 {
            break;
        }
        t.safepoint()?;
    }
    bytes::try_new(t, &line)
}

fn next_line(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    if !READER.is_exact(t, this) && !RANDOM.is_exact(t, this) {
        return base::base_next(t, this);
    }
    let line = read_line(t, this, usize::MAX)?;
    Ok(if bytes::as_bytes(&line).is_some_and(<[u8]>::is_empty) { None } else { Some(line) })
}

/// Writes `data`: into the buffer, or to the raw file where it does not fit.
pub fn write_bytes(t: Attached<'_>, this: &Value, data: &[u8]) -> PyResult<()> {
    let b = body(this);
    let raw = open_raw(t, this, "write to")?;
    let size = b.size.load(Relaxed);
    let quick = b.held.quick(|held| {
        let fits = held.ahead.is_empty() && held.pending.len() + data.len() <= size;
        if fits && held.pending.try_reserve(data.len()).is_ok() {
            held.pending.extend_from_slice(data);
            return Some(());
        }
        None
    });
    if quick.is_some() {
        return Ok(());
    }
    let mut held = enter(t, this)?;
    rewind_ahead(t, &raw, &mut held)?;
    if held.pending.len() + data.len() > size
        && let Err(e) = flush_pending(t, &raw, &mut held)
    {
        return after_blocked_flush(t, e, &mut held, data, size);
    }
    let mut done = 0;
    while data.len() - done > size {
        match raw_write(t, &raw, &data[done..])? {
            Some(n) => {
                done += n;
                held.moved(n);
            }
            None => {
                // Keep what the buffer can take, report the rest.
                let keep = (data.len() - done).min(size);
                held.pending.extend_from_slice(&data[done..done + keep]);
                done += keep;
                return if done < data.len() { Err(blocking_error(t, done)) } else { Ok(()) };
            }
        }
        t.safepoint()?;
    }
    held.pending.try_reserve(data.len() - done).map_err(|_| t.memory_error())?;
    held.pending.extend_from_slice(&data[done..]);
    Ok(())
}

/// The raw file takes no more now: the buffer takes what it can.
#[cold]
fn after_blocked_flush(
    t: Attached<'_>,
    e: orochi_objects::Raised,
    held: &mut Held,
    data: &[u8],
    size: usize,
) -> PyResult<()> {
    drop(t.catch(e, &orochi_objects::exception::BlockingIOError)?);
    let room = size.saturating_sub(held.pending.len());
    let keep = room.min(data.len());
    held.pending.extend_from_slice(&data[..keep]);
    if keep < data.len() { Err(blocking_error(t, keep)) } else { Ok(()) }
}

/// Writes everything pending, and moves the raw file back over what was read ahead.
pub fn flush(t: Attached<'_>, this: &Value) -> PyResult<()> {
    let raw = open_raw(t, this, "flush of")?;
    if body(this).held.quick(|held| (held.pending.is_empty() && held.unread().is_empty()).then_some(())).is_some() {
        return Ok(());
    }
    let mut held = enter(t, this)?;
    flush_pending(t, &raw, &mut held)?;
    if can_read(t, this) {
        rewind_ahead(t, &raw, &mut held)?;
    }
    Ok(())
}

/// `flush` of any of the three types.
pub fn flush_any(t: Attached<'_>, this: &Value) -> PyResult<()> {
    if can_write(t, this) {
        return flush(t, this);
    }
    let raw = raw(t, this)?;
    call(t, &raw, &t.names().flush, &[]).map(drop)
}

/// The position that the file has for its user.
pub fn tell(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    let raw = raw(t, this)?;
    let mut held = enter(t, this)?;
    let at = raw_tell(t, &raw, &mut held)?;
    Ok(at - held.unread().len() as i64 + held.pending.len() as i64)
}

/// `seek`.
pub fn seek(t: Attached<'_>, this: &Value, target: i64, whence: i32) -> PyResult<i64> {
    let raw = open_raw(t, this, "seek of")?;
    if !(0..=2).contains(&whence) && whence != libc::SEEK_DATA && whence != libc::SEEK_HOLE {
        return Err(t.value_error(format!("whence value {whence} unsupported")));
    }
    base::check_seekable(t, &raw)?;
    let mut held = enter(t, this)?;
    if whence < 2 && can_read(t, this) && held.pending.is_empty() && !held.ahead.is_empty() {
        // Inside what was read, only the mark moves.
        let raw_at = match held.raw_at {
            Some(at) => at,
            None => raw_tell(t, &raw, &mut held)?,
        };
        let begin = raw_at - held.ahead.len() as i64;
        let wanted = if whence == 0 { Some(target) } else { (begin + held.pos as i64).checked_add(target) };
        if let Some(wanted) = wanted
            && wanted >= begin
            && wanted <= raw_at
        {
            held.pos = (wanted - begin) as usize;
            return Ok(wanted);
        }
    }
    flush_pending(t, &raw, &mut held)?;
    let target = if whence == 1 { target.saturating_sub(held.unread().len() as i64) } else { target };
    let at = raw_seek(t, &raw, &mut held, target, whence)?;
    held.forget_ahead();
    Ok(at)
}

/// `close`: flush, then close the raw file in every case.
fn close(t: Attached<'_>, this: &Value) -> PyResult<()> {
    let b = body(this);
    let raw = raw(t, this)?;
    if raw_closed(t, &raw)? {
        return Ok(());
    }
    if b.finalizing.load(Relaxed)
        && let Err(e) = call(t, &raw, &t.names()._dealloc_warn, std::slice::from_ref(this))
    {
        drop(t.take_raised(e));
    }
    let flushed = call(t, this, &t.names().flush, &[]).map(drop);
    both(t, flushed, || {
        let closed = call(t, &raw, &t.names().close, &[]).map(drop);
        if let Some(mut held) = b.held.try_enter(t) {
            *held = Held::default();
        }
        closed
    })
}

fn truncate(t: Attached<'_>, this: &Value, size: &Value) -> PyResult {
    let raw = open_raw(t, this, "truncate of")?;
    if !can_write(t, this) {
        return Err(unsupported(t, "truncate"));
    }
    let mut held = enter(t, this)?;
    flush_pending(t, &raw, &mut held)?;
    let size = if size.is_none() { int::new(t, {
        let at = raw_tell(t, &raw, &mut held)?;
        at - held.unread().len() as i64
    }) } else { size.clone() };
    held.raw_at = None;
    call(t, &raw, &t.names().truncate, &[size])
}

/// What `write` accepts besides bytes.
fn data_of(t: Attached<'_>, v: &Value) -> PyResult<buffer::Buffer> {
    if orochi_objects::str::is_str(v) {
        return Err(t.type_error(format!("a bytes-like object is required, not '{}'", type_::type_name(t, v))));
    }
    buffer::read_arg(t, v, "")
}
