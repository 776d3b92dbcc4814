//! `IncrementalNewlineDecoder`: newline translation behind any incremental decoder, or over str pieces.

use orochi_objects::spec::{GetSet, Method, TypeSpec, flags};
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, Value, bytes, int, payload, protocol, str, tuple, type_};
use orochi_objects::args::Signature;
use orochi_runtime::Locked;
use orochi_text::wtf8::Wtf8Buf;

use super::coder::{Newlines, python_state};
use super::support::*;

/// The body.
pub struct PyNewlineDecoder {
    /// The decoder in front; None: pieces are strs. Unbound: not initialised.
    decoder: Slot,
    state: Locked<Newlines>,
}

impl Payload for PyNewlineDecoder {
    payload!(PyNewlineDecoder, "IncrementalNewlineDecoder");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.decoder);
    }
    fn clear(&self) {
        self.decoder.take();
    }
}

/// `_io.IncrementalNewlineDecoder`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyNewlineDecoder>("_io.IncrementalNewlineDecoder")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Init(init)])
    .methods(&[
        Method::new("decode", "($self, /, input, final=False)", decode, ""),
        Method::new("getstate", "($self, /)", getstate, ""),
        Method::new("setstate", "($self, state, /)", setstate, ""),
        Method::new("reset", "($self, /)", reset, ""),
    ])
    .getset(&[GetSet::read("newlines", newlines, "")])
    .doc("Codec used when reading a file in universal newlines mode.");

fn body(v: &Value) -> &PyNewlineDecoder {
    match v.payload::<PyNewlineDecoder>() {
        Some(p) => p,
        None => unreachable!("methods are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    TYPE.alloc_for(t, class, PyNewlineDecoder { decoder: Slot::unbound(), state: Locked::default() })
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    Signature::parse("(decoder, translate, errors='strict')").call(t, "IncrementalNewlineDecoder", args, |a| {
        let translate = protocol::truth(t, &a[1])?;
        body(this).decoder.set(a[0].clone());
        *body(this).state.lock() = Newlines { translate, ..Newlines::default() };
        Ok(())
    })
}

fn decoder(t: Attached<'_>, this: &Value) -> PyResult {
    let d = body(this).decoder.load();
    if d.is_unbound() {
        return Err(t.value_error("IncrementalNewlineDecoder.__init__() not called"));
    }
    Ok(d)
}

fn decode(t: Attached<'_>, a: &[Value]) -> PyResult {
    let front = decoder(t, &a[0])?;
    let last = flag_arg(t, &a[2], false)?;
    let text = if front.is_none() {
        a[1].clone()
    } else {
        call(t, &front, &t.names().decode, &[a[1].clone(), Value::bool(last)])?
    };
    let Some(s) = str::as_str(&text) else {
        return Err(t.type_error(format!(
            "decoder should return a string result, not '{}'",
            type_::type_name(t, &text)
        )));
    };
    let piece: Wtf8Buf = s.wtf8().into();
    let out = body(&a[0]).state.lock().feed(piece, last);
    Ok(str::from_buf(t, out))
}

fn getstate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let front = decoder(t, &a[0])?;
    let (tail, flag) = if front.is_none() { (Vec::new(), 0) } else { python_state(t, &front)? };
    let pending = body(&a[0]).state.lock().pending_cr;
    let flag = i64::try_from(flag << 1 | u64::from(pending)).unwrap_or(i64::MAX);
    Ok(tuple::new(t, vec![bytes::try_new(t, &tail)?, int::new(t, flag)]))
}

fn setstate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let front = decoder(t, &a[0])?;
    if tuple::as_tuple(&a[1]).is_none() {
        return Err(t.type_error("state argument must be a tuple"));
    }
    let [tail, flag] = tuple::items(&a[1]) else { return Err(t.type_error("illegal decoder state")) };
    let flag = protocol::expect_i64(t, flag)?;
    body(&a[0]).state.lock().pending_cr = flag & 1 != 0;
    if !front.is_none() {
        let state = tuple::new(t, vec![tail.clone(), int::new(t, flag >> 1)]);
        return call(t, &front, &t.names().setstate, &[state]);
    }
    Ok(Value::none())
}

fn reset(t: Attached<'_>, a: &[Value]) -> PyResult {
    let front = decoder(t, &a[0])?;
    {
        let mut state = body(&a[0]).state.lock();
        state.pending_cr = false;
        state.seen = 0;
    }
    if !front.is_none() {
        return call(t, &front, &t.names().reset, &[]);
    }
    Ok(Value::none())
}

fn newlines(t: Attached<'_>, this: &Value) -> PyResult {
    decoder(t, this)?;
    let state = body(this).state.lock().clone();
    Ok(state.seen(t))
}
