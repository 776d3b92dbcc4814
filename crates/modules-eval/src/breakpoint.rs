//! `breakpoint()` and `sys.breakpointhook`: the debugger that `PYTHONBREAKPOINT` names (PEP 553).

use orochi_heap::Value;
use orochi_objects::spec::Method;
use orochi_objects::{Args, Attached, PyResult, attr, dict, exception, protocol, str, tuple};

/// `builtins.breakpoint`.
pub static BREAKPOINT: Method = Method::new(
    "breakpoint",
    "(*args, **kws)",
    breakpoint,
    "Call sys.breakpointhook(*args, **kws).\n\nsys.breakpointhook() must accept whatever arguments are passed.\n\nBy default, this \
     drops you into the pdb debugger.",
);

/// Calls with the arguments of a function declared `(*args, **kws)`.
fn call_with(t: Attached<'_>, f: &Value, a: &[Value]) -> PyResult {
    let (names, values): (Vec<Value>, Vec<Value>) = dict::items(&a[1]).into_iter().unzip();
    let all: Vec<Value> = tuple::items(&a[0]).iter().cloned().chain(values).collect();
    protocol::call_args(t, f, Args::with_names(&all, &names))
}

fn breakpoint(t: Attached<'_>, a: &[Value]) -> PyResult {
    match dict::get_by_name(t, &t.interpreter().sys.load(), "breakpointhook") {
        Some(hook) => call_with(t, &hook, a),
        None => Err(t.raise(&exception::RuntimeError, "lost sys.breakpointhook")),
    }
}

/// The environment as the program sees it now: `os.environ`, which it may have changed, is in step with the process's.
fn chosen() -> String {
    let value = orochi_host::process::getenv(b"PYTHONBREAKPOINT").unwrap_or_default();
    String::from_utf8_lossy(&value).into_owned()
}

/// `sys.breakpointhook`.
pub fn hook(t: Attached<'_>, a: &[Value]) -> PyResult {
    let chosen = chosen();
    let path = match chosen.as_str() {
        "0" => return Ok(Value::none()),
        "" => "pdb.set_trace",
        path => path,
    };
    match find(t, path) {
        Ok(f) => call_with(t, &f, a),
        Err(e) => {
            // Whatever went wrong with looking it up: a program must not end for a wrong variable.
            if !t.raised_is(&e, &exception::ImportError) && !t.raised_is(&e, &exception::AttributeError) && !t.raised_is(&e, &exception::ValueError) {
                return Err(e);
            }
            drop(t.take_raised(e));
            let message = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{path}\"");
            orochi_eval::start::warn(t, &exception::RuntimeWarning, &message)?;
            Ok(Value::none())
        }
    }
}

/// What a dotted path names; without a dot, a builtin.
fn find(t: Attached<'_>, path: &str) -> PyResult {
    let (module, name) = path.rsplit_once('.').unwrap_or(("builtins", path));
    let from = tuple::new(t, vec![str::new(t, name)]);
    let found = orochi_eval::import::import(t, &str::new(t, module), &Value::none(), &from, 0)?;
    attr::get_by_name(t, &found, name)
}
