//! `_csv`: reading and writing of tables as separated text.
//!
//! `_csv/dialect.rs` holds the rules of a format, `_csv/reader.rs` the state machine that takes
//! records apart, `_csv/writer.rs` the quoting.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use orochi_objects::exception::{self, PyException};
use orochi_objects::spec::flags;
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Raised, Slot, TypeSpec, Value};
use orochi_objects::{dict, int, list, str, tuple};

mod dialect;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_csv")
    .doc("Reading and writing of tables as separated text.")
    .functions(&[
        Method::new("field_size_limit", "(*new_limit)", field_size_limit, "The longest field allowed; sets it if given."),
        Method::new("get_dialect", "(name)", get_dialect, "The dialect registered by that name."),
        Method::new("list_dialects", "()", list_dialects, "The names of all dialects."),
        Method::new("reader", "(*args, **fmtparams)", reader::reader, "reader(iterable [, dialect] [, **formatting]): an iterator of rows."),
        Method::new("register_dialect", "(*args, **fmtparams)", register_dialect, "register_dialect(name [, dialect] [, **formatting]): names a dialect."),
        Method::new("unregister_dialect", "(name)", unregister_dialect, "Forgets a dialect."),
        Method::new("writer", "(*args, **fmtparams)", writer::writer, "writer(file [, dialect] [, **formatting]): writes rows."),
    ])
    .types(&[&dialect::DIALECT, &ERROR])
    .exec(|t, namespace| {
        const QUOTING: [&::core::primitive::str; 6] =
            ["QUOTE_MINIMAL", "QUOTE_ALL", "QUOTE_NONNUMERIC", "QUOTE_NONE", "QUOTE_STRINGS", "QUOTE_NOTNULL"];
        for (name, n) in QUOTING.iter().zip(0..) {
            dict::set_by_name(t, namespace, name, Value::i32(n));
        }
        let dialects = dict::new(t);
        t.interpreter().state::<State>().dialects.set(dialects.clone());
        dict::set_by_name(t, namespace, "_dialects", dialects);
        dict::set_by_name(t, namespace, "Reader", reader::READER.get(t).clone());
        dict::set_by_name(t, namespace, "Writer", writer::WRITER.get(t).clone());
        Ok(())
    });

/// `_csv.Error`.
pub static ERROR: TypeSpec =
    TypeSpec::new::<PyException>("_csv.Error").base(&exception::Exception).flags(flags::BASETYPE).mutable();

/// What belongs to an interpreter.
struct State {
    /// Dict of names to dialects.
    dialects: Slot,
    /// Longest field, in characters.
    limit: AtomicI64,
}

impl Default for State {
    fn default() -> State {
        State { dialects: Slot::unbound(), limit: AtomicI64::new(128 * 1024) }
    }
}

#[cold]
fn error(t: Attached<'_>, message: impl AsRef<::core::primitive::str>) -> Raised {
    t.raise(&ERROR, message)
}

fn field_size_limit(t: Attached<'_>, a: &[Value]) -> PyResult {
    let state = t.interpreter().state::<State>();
    let old = state.limit.load(Relaxed);
    match tuple::items(&a[0]) {
        [] => {}
        [v] => {
            if !int::is_int(v) {
                return Err(t.type_error("limit must be an integer"));
            }
            let Some(n) = int::as_i64(v) else {
                return Err(t.overflow_error("Python int too large to convert to C long"));
            };
            state.limit.store(n, Relaxed);
        }
        more => {
            let given = more.len();
            return Err(t.type_error(format!("field_size_limit expected at most 1 argument, got {given}")));
        }
    }
    Ok(int::new(t, old))
}

/// The dialect of a name; `csv.Error` if there is none.
fn find_dialect(t: Attached<'_>, name: &Value) -> PyResult {
    let all = t.interpreter().state::<State>().dialects.load();
    let found = if all.is_unbound() { None } else { dict::get(t, &all, name)? };
    found.ok_or_else(|| error(t, "unknown dialect"))
}
fn get_dialect(t: Attached<'_>, a: &[Value]) -> PyResult {
    find_dialect(t, &a[0])
}
fn list_dialects(t: Attached<'_>, _: &[Value]) -> PyResult {
    let all = t.interpreter().state::<State>().dialects.load();
    Ok(list::new(t, if all.is_unbound() { Vec::new() } else { dict::keys(&all) }))
}
fn register_dialect(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (name, base) = match tuple::items(&a[0]) {
        [name] => (name, None),
        [name, base] => (name, Some(base)),
        other => {
            let given = other.len();
            let word = if given == 0 { "at least 1 argument" } else { "at most 2 arguments" };
            return Err(t.type_error(format!("register_dialect expected {word}, got {given}")));
        }
    };
    if !str::is_str(name) {
        return Err(t.type_error("dialect name must be a string"));
    }
    let made = dialect::of(t, base, &a[1])?;
    let all = t.interpreter().state::<State>().dialects.load();
    if !all.is_unbound() {
        dict::set(t, &all, name, made)?;
    }
    Ok(Value::none())
}
fn unregister_dialect(t: Attached<'_>, a: &[Value]) -> PyResult {
    let all = t.interpreter().state::<State>().dialects.load();
    let removed = if all.is_unbound() { None } else { dict::remove(t, &all, &a[0])? };
    match removed {
        Some(_) => Ok(Value::none()),
        None => Err(error(t, "unknown dialect")),
    }
}
