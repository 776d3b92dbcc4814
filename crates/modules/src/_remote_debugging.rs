//! `_remote_debugging`: looking into the threads of another process.
//!
//! Orochi's processes cannot be read from outside yet; the module is there because `asyncio` and `profiling`
//! import it before they know whether they need it. Who really asks gets an error that says so.

use orochi_heap::Value;
use orochi_objects::args::Args;
use orochi_objects::module::ModuleSpec;
use orochi_objects::object::PyObject;
use orochi_objects::slots::Def;
use orochi_objects::{Attached, PyResult, TypeSpec, exception, struct_sequence};

struct_sequence! {
    /// `_remote_debugging.FrameInfo`.
    pub static FRAME_INFO = "_remote_debugging.FrameInfo", visible 3, flags 0, "Information about a frame",
        ["filename": "Source code filename", "lineno": "Line number", "funcname": "Function name"];
}

/// `_remote_debugging.RemoteUnwinder`.
pub static REMOTE_UNWINDER: TypeSpec = TypeSpec::new::<PyObject>("_remote_debugging.RemoteUnwinder")
    .slots(&[Def::New(new)])
    .doc("RemoteUnwinder(pid, *, all_threads=False)\n\nInspects stack frames of another process; not built into Orochi yet.");

static TYPES: &[&TypeSpec] = &[&REMOTE_UNWINDER, &FRAME_INFO.spec];

/// `_remote_debugging`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_remote_debugging").types(TYPES);

fn new(t: Attached<'_>, _: &Value, _: Args<'_>) -> PyResult {
    Err(t.raise(&exception::RuntimeError, "Orochi cannot inspect another process yet (_remote_debugging.RemoteUnwinder)"))
}
