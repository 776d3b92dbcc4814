//! `BufferedRWPair`: a reader and a writer that look like one file, for pipes and sockets.

use orochi_objects::args::Signature;
use orochi_objects::spec::{GetSet, Method, TypeSpec, flags};
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, Value, attr, payload, protocol};

use super::base::{self, BUFFERED_BASE};
use super::buffered;
use super::support::*;

/// The body. Unbound slots: not initialised.
pub struct PyPair {
    reader: Slot,
    writer: Slot,
}

impl Payload for PyPair {
    payload!(PyPair, "BufferedRWPair");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.reader);
        visit.slot(&self.writer);
    }
    fn clear(&self) {
        self.reader.take();
        self.writer.take();
    }
}

/// `_io.BufferedRWPair`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyPair>("_io.BufferedRWPair")
    .base(&BUFFERED_BASE)
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Init(init)])
    .methods(&[
        Method::new("read", "($self, size=-1, /)", |t, a| to_reader(t, a, &t.names().read), ""),
        Method::new("peek", "($self, size=0, /)", |t, a| to_reader(t, a, &t.names().peek), ""),
        Method::new("read1", "($self, size=-1, /)", |t, a| to_reader(t, a, &t.names().read1), ""),
        Method::new("readinto", "($self, buffer, /)", |t, a| to_reader(t, a, &t.names().readinto), ""),
        Method::new("readinto1", "($self, buffer, /)", |t, a| to_reader(t, a, &t.names().readinto1), ""),
        Method::new("write", "($self, buffer, /)", |t, a| to_writer(t, a, &t.names().write), ""),
        Method::new("flush", "($self, /)", |t, a| to_writer(t, a, &t.names().flush), ""),
        Method::new("readable", "($self, /)", |t, a| to_reader(t, a, &t.names().readable), ""),
        Method::new("writable", "($self, /)", |t, a| to_writer(t, a, &t.names().writable), ""),
        Method::new("close", "($self, /)", close, ""),
        Method::new("isatty", "($self, /)", isatty, ""),
    ])
    .getset(&[GetSet::read("closed", closed, "")])
    .doc("BufferedRWPair(reader, writer, buffer_size=131072, /)\n--\n\nA buffered reader and writer object together.");

fn body(v: &Value) -> &PyPair {
    match v.payload::<PyPair>() {
        Some(p) => p,
        None => unreachable!("methods are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    TYPE.alloc_for(t, class, PyPair { reader: Slot::unbound(), writer: Slot::unbound() })
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    Signature::parse("(reader, writer, buffer_size=131072, /)").call(t, "BufferedRWPair", args, |a| {
        let size = a[2].given().cloned().unwrap_or(Value::i32(super::DEFAULT_BUFFER_SIZE as i32));
        base::check_readable(t, &a[0])?;
        base::check_writable(t, &a[1])?;
        let reader = protocol::call(t, buffered::READER.get(t), &[a[0].clone(), size.clone()])?;
        let writer = protocol::call(t, buffered::WRITER.get(t), &[a[1].clone(), size])?;
        body(this).reader.set(reader);
        body(this).writer.set(writer);
        Ok(())
    })
}

fn part(t: Attached<'_>, slot: &Slot) -> PyResult {
    let v = slot.load();
    if v.is_unbound() { Err(t.value_error("I/O operation on uninitialized object")) } else { Ok(v) }
}

fn given(a: &[Value]) -> &[Value] {
    match a.get(1) {
        Some(v) if !v.is_unbound() => &a[1..],
        _ => &[],
    }
}

fn to_reader(t: Attached<'_>, a: &[Value], name: &Value) -> PyResult {
    call(t, &part(t, &body(&a[0]).reader)?, name, given(a))
}
fn to_writer(t: Attached<'_>, a: &[Value], name: &Value) -> PyResult {
    call(t, &part(t, &body(&a[0]).writer)?, name, given(a))
}

fn close(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = body(&a[0]);
    let first = part(t, &b.writer).and_then(|w| call(t, &w, &t.names().close, &[])).map(drop);
    both(t, first, || call(t, &part(t, &b.reader)?, &t.names().close, &[]).map(drop))?;
    Ok(Value::none())
}

fn isatty(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = body(&a[0]);
    if ask(t, &part(t, &b.writer)?, &t.names().isatty)? {
        return Ok(Value::bool(true));
    }
    call(t, &part(t, &b.reader)?, &t.names().isatty, &[])
}

fn closed(t: Attached<'_>, this: &Value) -> PyResult {
    let b = body(this);
    let writer = b.writer.load();
    if writer.is_unbound() {
        return Err(t.raise(&orochi_objects::exception::RuntimeError, "the BufferedRWPair object is being garbage-collected"));
    }
    attr::get(t, &writer, &t.names().closed)
}
