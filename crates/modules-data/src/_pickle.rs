//! `_pickle`: values as bytes and back, in every protocol (0 to 5).
//!
//! `saver.rs` writes the builtin types and `reduce.rs` everything else; `memo.rs` knows what was
//! written. `loader.rs` is the machine that runs a pickle, `input.rs` what it reads from.
//! `pickler.rs` and `unpickler.rs` are the classes, whose state is taken out of them while they run:
//! a second run meanwhile is refused.

use orochi_objects::exception::{self, PyException};
use orochi_objects::spec::flags;
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, TypeSpec, Value};
use orochi_objects::{attr, buffer, bytes, protocol, str};

mod input;
mod loader;
mod memo;
mod ops;
mod picklebuffer;
mod pickler;
mod reduce;
mod saver;
mod unpickler;

use input::Input;
use loader::{Loader, Numbered};
use memo::Memo;
use saver::Saver;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_pickle")
    .doc("Optimized C implementation for the Python pickle module.")
    .functions(&[
        Method::new("dump", "(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)", dump, "Writes a pickle of the object to an open file."),
        Method::new("dumps", "(obj, protocol=None, *, fix_imports=True, buffer_callback=None)", dumps, "A pickle of the object, as bytes."),
        Method::new("load", "(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())", load, "Reads an object from the pickle in an open file."),
        Method::new("loads", "(data, /, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())", loads, "Reads an object from a pickle in bytes."),
    ])
    .types(&[&PICKLE_ERROR, &PICKLING_ERROR, &UNPICKLING_ERROR, &pickler::TYPE, &unpickler::TYPE, &picklebuffer::TYPE]);

static PICKLE_ERROR: TypeSpec =
    TypeSpec::new::<PyException>("_pickle.PickleError").base(&exception::Exception).flags(flags::BASETYPE).mutable();
static PICKLING_ERROR: TypeSpec =
    TypeSpec::new::<PyException>("_pickle.PicklingError").base(&PICKLE_ERROR).flags(flags::BASETYPE).mutable();
static UNPICKLING_ERROR: TypeSpec =
    TypeSpec::new::<PyException>("_pickle.UnpicklingError").base(&PICKLE_ERROR).flags(flags::BASETYPE).mutable();

/// An empty saver for the arguments of `dump`, `dumps` and `Pickler`.
fn saver(t: Attached<'_>, protocol: &Value, fix_imports: &Value, callback: &Value) -> PyResult<Saver> {
    let mut proto = 5;
    if let Some(p) = protocol.given().filter(|p| !p.is_none()) {
        proto = protocol::expect_i64(t, p)?;
        if proto < 0 {
            proto = 5;
        }
        if proto > 5 {
            return Err(t.value_error("pickle protocol must be <= 5"));
        }
    }
    let fix = match fix_imports.given() {
        Some(v) => protocol::truth(t, v)?,
        None => true,
    };
    let callback = callback.given().filter(|c| !c.is_none()).cloned();
    if callback.is_some() && proto < 5 {
        return Err(t.value_error("buffer_callback needs protocol >= 5"));
    }
    let mut saver = Saver::new(t, proto as u8, fix && proto < 3, Memo::default());
    saver.buffer_callback = callback;
    Ok(saver)
}

/// The `write` method of a file.
fn write_of(t: Attached<'_>, file: &Value) -> PyResult {
    match attr::find(t, file, &t.names().write)? {
        Some(write) => Ok(write),
        None => Err(t.type_error("file must have a 'write' attribute")),
    }
}

fn dump(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut saver = saver(t, &a[2], &a[3], &a[4])?;
    saver.write = Some(write_of(t, &a[1])?);
    saver.dump(t, &a[0])?;
    Ok(Value::none())
}

fn dumps(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut saver = saver(t, &a[1], &a[2], &a[3])?;
    saver.dump(t, &a[0])?;
    bytes::try_new(t, &saver.out)
}

/// A loader for the arguments of `load`, `loads` and `Unpickler`.
fn loader(t: Attached<'_>, a: &[Value]) -> PyResult<Loader> {
    let [fix, encoding, errors, buffers] = a else { return Err(t.type_error("Unpickler takes 4 options")) };
    let text = |v: &Value, default: &'static std::primitive::str, name: &std::primitive::str| match v.given() {
        None => Ok(str::new(t, default)),
        Some(v) if str::is_str(v) => Ok(v.clone()),
        Some(v) => Err(t.type_error(format!("{name} must be str, not {}", orochi_objects::args::type_word(t, v)))),
    };
    let fix = match fix.given() {
        Some(v) => protocol::truth(t, v)?,
        None => true,
    };
    let buffers = match buffers.given().filter(|b| !b.is_none()) {
        Some(b) => Some(protocol::get_iter(t, b)?),
        None => None,
    };
    let (encoding, errors) = (text(encoding, "ASCII", "encoding")?, text(errors, "strict", "errors")?);
    Ok(Loader::new(fix, encoding, errors, buffers, Numbered::default()))
}

fn load(t: Attached<'_>, a: &[Value]) -> PyResult {
    let file = unpickler::file_of(t, &a[0])?;
    let mut loader = loader(t, &a[1..])?;
    unpickler::load_settled(t, &mut loader, &mut Input::of_file(file))
}

fn loads(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut loader = loader(t, &a[1..])?;
    if let Some(data) = bytes::as_bytes(&a[0]) {
        return loader.load(t, &mut Input::of_bytes(data));
    }
    let data = buffer::read_arg(t, &a[0], "")?;
    let copy = data.to_vec();
    loader.load(t, &mut Input::of_bytes(&copy))
}
