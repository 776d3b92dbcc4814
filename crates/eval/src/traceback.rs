//! `traceback`: where an exception passed.

use std::sync::atomic::{AtomicU32, Ordering::*};

use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_objects::exception::as_exception;
use orochi_objects::spec::{GetSet, Method, TypeSpec};
use orochi_objects::{Args, Attached, Def, PyResult, Raised, int, type_};

use crate::frame::Frame;

/// The body of a traceback entry.
pub struct PyTraceback {
    /// `tb_next`, or None.
    pub next: Slot,
    /// `tb_frame`.
    pub frame: Slot,
    /// Word number of the instruction.
    pub pc: u32,
    /// `tb_lineno`, or [`LAZY`]: most are never looked at.
    pub line: AtomicU32,
}

/// The line is computed from `pc` when it is asked for.
const LAZY: u32 = u32::MAX;

impl PyTraceback {
    /// The line.
    pub fn line_now(&self) -> u32 {
        let line = self.line.load(Relaxed);
        if line != LAZY {
            return line;
        }
        let frame = self.frame.load();
        let code = crate::frame_object::code_of(&frame);
        let code = crate::code::body(&code);
        let line = code.line_at(self.pc).unwrap_or(code.code.first_line);
        self.line.store(line, Relaxed);
        line
    }
}

impl Payload for PyTraceback {
    payload!(PyTraceback, "traceback");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.next);
        visit.slot(&self.frame);
    }
    fn clear(&self) {
        self.next.set(Value::none());
    }
}

/// `traceback`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyTraceback>("traceback")
    .slots(&[Def::New(traceback_new)])
    .getset(&[
        GetSet::write("tb_next", |_, v| Ok(body(v).next.load()), set_next, ""),
        GetSet::read("tb_frame", |_, v| Ok(body(v).frame.load()), ""),
        GetSet::read("tb_lasti", |t, v| Ok(int::new(t, crate::code::offset_of(body(v).pc))), ""),
        GetSet::read("tb_lineno", |t, v| Ok(int::new(t, i64::from(body(v).line_now()))), ""),
    ])
    .methods(&[Method::new("__dir__", "($self, /)", dir, "")])
    .doc("traceback(tb_next, tb_frame, tb_lasti, tb_lineno)\n--\n\nCreate a new traceback object.");

fn body(v: &Value) -> &PyTraceback {
    match v.payload::<PyTraceback>() {
        Some(tb) => tb,
        None => unreachable!("not a traceback"),
    }
}

/// Notes in the exception in flight that it passed the frame.
pub(crate) fn add_frame(t: Attached<'_>, frame: *mut Frame, raised: &Raised) {
    let exception = t.peek_raised(raised);
    let Some(e) = as_exception(&exception) else { return };
    // SAFETY: the frame is in the chain of the running thread.
    let f = unsafe { &*frame };
    let object = crate::frame_object::of(t, frame);
    // The entry takes the reference over that the exception has.
    let next = e.traceback.swap(Value::none());
    let entry = TYPE.alloc(
        t,
        PyTraceback {
            next: Slot::new(next),
            frame: Slot::new(object),
            pc: f.pc_index(),
            line: AtomicU32::new(LAZY),
        },
    );
    e.traceback.set(entry);
}

/// Behind the instruction of the frame that the exception passed last.
pub(crate) fn raised_at(e: &Value, frame: &Frame) -> Option<*const std::sync::atomic::AtomicU64> {
    let entry = as_exception(e)?.traceback.load();
    let entry = entry.payload::<PyTraceback>()?;
    let same = entry.frame.load().identity() == frame.view(&frame.object).identity();
    let words = &frame.code().words;
    if same && (entry.pc as usize) < words.len() { Some(words[entry.pc as usize + 1..].as_ptr()) } else { None }
}

fn traceback_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    let signature = orochi_objects::args::Signature::parse("(tb_next, tb_frame, tb_lasti, tb_lineno)");
    signature.call(t, "traceback", args, |a| {
        if !a[0].is_none() && a[0].payload::<PyTraceback>().is_none() {
            return Err(t.type_error(format!("expected traceback object or None, got '{}'", type_::type_name(t, &a[0]))));
        }
        if a[1].payload::<crate::frame_object::PyFrame>().is_none() {
            return Err(t.type_error(format!(
                "traceback() argument 'tb_frame' must be frame, not {}",
                type_::type_name(t, &a[1])
            )));
        }
        let lasti = orochi_objects::protocol::expect_i64(t, &a[2])?;
        let line = orochi_objects::protocol::expect_i64(t, &a[3])?;
        Ok(TYPE.alloc(
            t,
            PyTraceback {
                next: Slot::new(a[0].clone()),
                frame: Slot::new(a[1].clone()),
                pc: (lasti / 8 - 1).clamp(0, i64::from(u32::MAX)) as u32,
                line: AtomicU32::new(line as u32),
            },
        ))
    })
}

fn set_next(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(v) = value else { return Err(t.type_error("can't delete tb_next attribute")) };
    if !v.is_none() && v.payload::<PyTraceback>().is_none() {
        return Err(t.type_error(format!("expected traceback object, got '{}'", type_::type_name(t, v))));
    }
    let mut link = v.clone();
    while let Some(tb) = link.payload::<PyTraceback>() {
        if link.is(this) {
            return Err(t.value_error("traceback loop detected"));
        }
        let next = tb.next.load();
        link = next;
    }
    body(this).next.set(v.clone());
    Ok(())
}

fn dir(t: Attached<'_>, _: &[Value]) -> PyResult {
    let names = ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"];
    Ok(orochi_objects::list::new(t, names.iter().map(|n| orochi_objects::str::intern(t, n)).collect()))
}
