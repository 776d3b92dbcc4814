//! OSError: made with an error number it becomes the subclass for that number.
//!
//! `OSError(errno, strerror[, filename[, winerror[, filename2]]])`; `winerror` is ignored. A subclass
//! with an `__init__` of its own gets its arguments parsed there, others in `__new__`.

use orochi_heap::Value;

use super::{PyException, as_exception, fields, methods};
use crate::args::Args;
use crate::slots::{Def, SlotId};
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::{PyType, as_type, class_of};

const ERRNO: usize = 0;
const STRERROR: usize = 1;
const FILENAME: usize = 2;
const FILENAME2: usize = 3;
const WRITTEN: usize = 4;

pub(super) const fn os_error_type(spec: TypeSpec) -> TypeSpec {
    spec.flags(flags::SOLID)
        .slots(&[Def::New(new), Def::Init(init), Def::Str(str)])
        .methods(const { &[Method::new("__reduce__", "($self, /)", reduce, "")] })
        .getset(const { &[
            GetSet::write("errno", fields::get::<ERRNO>, fields::set::<ERRNO>, "POSIX exception code"),
            GetSet::write("strerror", fields::get::<STRERROR>, fields::set::<STRERROR>, "exception strerror"),
            GetSet::write("filename", fields::get::<FILENAME>, fields::set::<FILENAME>, "exception filename"),
            GetSet::write("filename2", fields::get::<FILENAME2>, fields::set::<FILENAME2>, "second exception filename"),
            GetSet::write("characters_written", get_written, set_written, ""),
        ] })
}

/// The subclass for an error number of Linux.
fn subclass(errno: i64) -> Option<&'static TypeSpec> {
    Some(match errno {
        1 | 13 => &super::PermissionError,
        2 => &super::FileNotFoundError,
        3 => &super::ProcessLookupError,
        4 => &super::InterruptedError,
        10 => &super::ChildProcessError,
        11 | 114 | 115 => &super::BlockingIOError,
        17 => &super::FileExistsError,
        20 => &super::NotADirectoryError,
        21 => &super::IsADirectoryError,
        32 | 108 => &super::BrokenPipeError,
        103 => &super::ConnectionAbortedError,
        104 => &super::ConnectionResetError,
        110 => &super::TimeoutError,
        111 => &super::ConnectionRefusedError,
        _ => return None,
    })
}

/// The system's message for an error number.
pub fn error_text(errno: i32) -> String {
    let text = std::io::Error::from_raw_os_error(errno).to_string();
    match text.rfind(" (os error ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

/// Raises OSError (or the subclass for the number) with the system's message.
#[cold]
pub fn os_error(t: Attached<'_>, errno: i32, filename: Option<&Value>) -> Raised {
    os_error2(t, errno, filename, None)
}
/// As [`os_error`] for operations on two files.
#[cold]
pub fn os_error2(t: Attached<'_>, errno: i32, filename: Option<&Value>, filename2: Option<&Value>) -> Raised {
    let mut args = vec![Value::i32(errno), crate::str::from_string(t, error_text(errno))];
    if filename.is_some() || filename2.is_some() {
        args.push(filename.cloned().unwrap_or(Value::none()));
    }
    if let Some(second) = filename2 {
        args.extend([Value::none(), second.clone()]);
    }
    t.raise_with(&super::OSError, args)
}

/// Whether `__init__` parses the arguments, not `__new__`.
fn parses_in_init(t: Attached<'_>, ty: &PyType) -> bool {
    let own = &as_type(super::OSError.get(t)).slots;
    ty.slots.raw(SlotId::Init) != own.raw(SlotId::Init) && ty.slots.raw(SlotId::New) == own.raw(SlotId::New)
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let mut class = class.clone();
    if parses_in_init(t, as_type(&class)) {
        let empty = crate::tuple::new(t, Vec::new());
        return crate::type_::alloc_instance(t, &class, PyException::new(empty));
    }
    args.no_keywords(t, &as_type(&class).name_text())?;
    let a = args.positional();
    if (2..=5).contains(&a.len())
        && class.is(super::OSError.get(t))
        && let Some(spec) = crate::int::as_i64(&a[0]).and_then(subclass)
    {
        class = spec.get(t).clone();
    }
    let body = PyException::new(crate::tuple::from_slice(t, a));
    let this = crate::type_::alloc_instance(t, &class, body)?;
    fill(t, &this, a)?;
    Ok(this)
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let ty = class_of(t, this);
    if !parses_in_init(t, ty) {
        return Ok(());
    }
    args.no_keywords(t, &ty.name_text())?;
    let a = args.positional();
    methods::body(t, this)?.args.set(crate::tuple::from_slice(t, a));
    fill(t, this, a)
}

fn fill(t: Attached<'_>, this: &Value, a: &[Value]) -> PyResult<()> {
    if !(2..=5).contains(&a.len()) {
        return Ok(());
    }
    let e = methods::body(t, this)?;
    e.fields.set(ERRNO, a[0].clone());
    e.fields.set(STRERROR, a[1].clone());
    let Some(filename) = a.get(2).filter(|f| !f.is_none()) else { return Ok(()) };
    if super::BlockingIOError.check(t, this) && class_of(t, filename).slots.index().is_some() {
        let n = crate::protocol::as_size(t, filename)?;
        e.fields.set(WRITTEN, crate::int::new(t, n as i64));
        return Ok(());
    }
    e.fields.set(FILENAME, filename.clone());
    if let Some(second) = a.get(4).filter(|f| !f.is_none()) {
        e.fields.set(FILENAME2, second.clone());
    }
    // Kept out of `args` for programs that expect two.
    e.args.set(crate::tuple::from_slice(t, &a[..2]));
    Ok(())
}

fn str(t: Attached<'_>, this: &Value) -> PyResult {
    let e = methods::body(t, this)?;
    let text = |v: &Value| crate::protocol::str(t, v).map(|s| crate::str::display(&s));
    let filename = e.fields.get(FILENAME);
    let (errno, strerror) = (e.fields.get(ERRNO), e.fields.get(STRERROR));
    if !filename.is_unbound() {
        let head = format!("[Errno {}] {}", text(&e.field_or_none(ERRNO))?, text(&e.field_or_none(STRERROR))?);
        let first = crate::protocol::repr(t, &filename)?;
        let mut out = orochi_text::Wtf8Buf::from(format!("{head}: "));
        push(&mut out, &first);
        let second = e.fields.get(FILENAME2);
        if !second.is_unbound() {
            out.push_str(" -> ");
            push(&mut out, &crate::protocol::repr(t, &second)?);
        }
        return Ok(crate::str::from_buf(t, out));
    }
    if !errno.is_unbound() && !strerror.is_unbound() {
        return Ok(crate::str::from_string(t, format!("[Errno {}] {}", text(&errno)?, text(&strerror)?)));
    }
    methods::exception_str(t, this)
}

fn push(out: &mut orochi_text::Wtf8Buf, v: &Value) {
    if let Some(w) = crate::str::wtf8(v) {
        out.push_wtf8(w);
    }
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let e = methods::body(t, &a[0])?;
    let mut args = e.args.load();
    let filename = e.fields.get(FILENAME);
    if let [errno, text] = crate::tuple::items(&args)
        && !filename.is_unbound()
    {
        let mut all = vec![errno.clone(), text.clone(), filename];
        let second = e.fields.get(FILENAME2);
        if !second.is_unbound() {
            all.extend([Value::none(), second]);
        }
        args = crate::tuple::new(t, all);
    }
    methods::reduce_with(t, &a[0], args)
}

fn no_written(t: Attached<'_>) -> Raised {
    t.raise(&super::AttributeError, "characters_written")
}
fn get_written(t: Attached<'_>, this: &Value) -> PyResult {
    let v = as_exception(this).map_or(Value::unbound(), |e| e.fields.get(WRITTEN));
    if v.is_unbound() { Err(no_written(t)) } else { Ok(v) }
}
fn set_written(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let e = methods::body(t, this)?;
    match value {
        Some(v) => e.fields.set(WRITTEN, crate::int::new(t, crate::protocol::as_size(t, v)? as i64)),
        None if e.fields.get(WRITTEN).is_unbound() => return Err(no_written(t)),
        None => e.fields.set(WRITTEN, Value::unbound()),
    }
    Ok(())
}
