//! `_io`: files, buffers over them, text over those, and the in-memory kinds.
//!
//! ```text
//! base       _IOBase, _RawIOBase, _BufferedIOBase, _TextIOBase   what Python classes inherit
//! file       FileIO                                              a descriptor
//! buffered   BufferedReader, BufferedWriter, BufferedRandom      bytes over a raw file
//! pair       BufferedRWPair                                      two of them as one
//! text       TextIOWrapper                                       str over a buffer
//! newlines   IncrementalNewlineDecoder
//! bytes_io, string_io                                            in memory
//! opening    open(), open_code(), text_encoding()
//! ```
//! Layers of this module call each other directly (no bytes objects, no attribute look-up) where the
//! objects are exactly of our types; any other object is asked through its methods.
//!
//! Two threads may use one file. State that several steps share is in an [`exclusive::Exclusive`]:
//! one thread owns it across blocking calls, the others wait detached.

mod base;
mod buffered;
mod bytes_io;
mod coder;
mod exclusive;
mod file;
mod newlines;
mod opening;
mod pair;
mod string_io;
mod support;
mod text;

use orochi_objects::exception::{BlockingIOError, OSError, ValueError};
use orochi_objects::spec::Method;
use orochi_objects::{Attached, ModuleSpec, PyResult, Value, dict, protocol, str, tuple, type_};

pub use opening::open_file;
pub use text::Settings;

/// Bytes of a buffer, where nobody says otherwise.
pub const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_io")
    .doc("The io module provides the Python interfaces to stream handling.")
    .functions(&[
        Method::new(
            "open",
            "(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
            opening::open,
            "Open file and return a stream.  Raise OSError upon failure.",
        ),
        Method::new("open_code", "(path)", opening::open_code, "Opens the provided file with the intent to import the contents."),
        Method::new(
            "text_encoding",
            "(encoding, stacklevel=2, /)",
            opening::text_encoding,
            "A helper function to choose the text encoding.",
        ),
    ])
    .types(&[
        &base::IO_BASE,
        &base::RAW_BASE,
        &base::BUFFERED_BASE,
        &base::TEXT_BASE,
        &file::TYPE,
        &buffered::READER,
        &buffered::WRITER,
        &buffered::RANDOM,
        &pair::TYPE,
        &bytes_io::TYPE,
        &bytes_io::BUFFER,
        &string_io::TYPE,
        &text::TYPE,
        &newlines::TYPE,
    ])
    .exec(|t, namespace| {
        dict::set_by_name(t, namespace, "DEFAULT_BUFFER_SIZE", Value::i32(DEFAULT_BUFFER_SIZE as i32));
        dict::set_by_name(t, namespace, "BlockingIOError", BlockingIOError.get(t).clone());
        dict::set_by_name(t, namespace, "UnsupportedOperation", unsupported_operation(t)?);
        Ok(())
    });

/// What an interpreter keeps for the module.
#[derive(Default)]
struct State {
    /// `io.UnsupportedOperation`, made at first use.
    unsupported: orochi_objects::Slot,
}

/// `io.UnsupportedOperation`, a class with two native bases.
fn unsupported_operation(t: Attached<'_>) -> PyResult {
    let state = t.interpreter().state::<State>();
    let made = state.unsupported.load();
    if !made.is_unbound() {
        return Ok(made);
    }
    let bases = tuple::new(t, vec![OSError.get(t).clone(), ValueError.get(t).clone()]);
    let namespace = dict::new(t);
    dict::set_by_name(t, &namespace, "__module__", str::intern(t, "io"));
    let name = str::intern(t, "UnsupportedOperation");
    let class = protocol::call(t, type_::TYPE.get(t), &[name, bases, namespace])?;
    state.unsupported.set(class.clone());
    Ok(class)
}
