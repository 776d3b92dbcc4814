//! `print`, `input`, `open`, `repr`, `ascii`, `format`.

use orochi_objects::{
    Args, Attached, PyResult, Value, attr, dict, exception, protocol, str, tuple,
    type_::type_name,
};

pub(super) fn repr(t: Attached<'_>, a: &[Value]) -> PyResult {
    protocol::repr(t, &a[0])
}

pub(super) fn ascii(t: Attached<'_>, a: &[Value]) -> PyResult {
    protocol::ascii(t, &a[0])
}

pub(super) fn format(t: Attached<'_>, a: &[Value]) -> PyResult {
    match a[1].given() {
        None => protocol::format(t, &a[0], &str::empty(t)),
        Some(spec) if str::is_str(spec) => protocol::format(t, &a[0], spec),
        Some(other) => Err(t.type_error(format!("format() argument 2 must be str, not {}", type_name(t, other)))),
    }
}

/// `sys.name`; `None` if there is none.
fn of_sys(t: Attached<'_>, name: &Value) -> Option<Value> {
    let sys = t.interpreter().sys.load();
    dict::as_dict(&sys)?;
    dict::get_str(t, &sys, name)
}

/// `sep` and `end` of print: `None` where None stands for the usual text.
fn text_argument<'a>(t: Attached<'_>, v: &'a Value, name: &str) -> PyResult<Option<&'a Value>> {
    match v.given().filter(|v| !v.is_none()) {
        None => Ok(None),
        Some(v) if str::is_str(v) => Ok(Some(v)),
        Some(v) => Err(t.type_error(format!("{name} must be None or a string, not {}", type_name(t, v)))),
    }
}

pub(super) fn print(t: Attached<'_>, a: &[Value]) -> PyResult {
    let file = match a[3].given().filter(|f| !f.is_none()) {
        Some(file) => file.clone(),
        None => match of_sys(t, &t.names().stdout) {
            Some(file) if file.is_none() => return Ok(Value::none()),
            Some(file) => file,
            None => return Err(t.raise(&exception::RuntimeError, "lost sys.stdout")),
        },
    };
    let sep = text_argument(t, &a[1], "sep")?.cloned();
    let end = text_argument(t, &a[2], "end")?.cloned();
    let write = attr::get(t, &file, &t.names().write)?;
    let put = |v: &Value| protocol::call(t, &write, std::slice::from_ref(v)).map(drop);
    for (i, v) in tuple::items(&a[0]).iter().enumerate() {
        if i > 0 {
            match &sep {
                Some(sep) => put(sep)?,
                None => put(&str::from_code_point(t, u32::from(b' ')))?,
            }
        }
        put(&protocol::str(t, v)?)?;
    }
    match &end {
        Some(end) => put(end)?,
        None => put(&str::from_code_point(t, u32::from(b'\n')))?,
    }
    if let Some(flush) = a[4].given()
        && protocol::truth(t, flush)?
    {
        protocol::call_method(t, &file, &t.names().flush, &[])?;
    }
    Ok(Value::none())
}

/// A standard stream that `input` needs.
fn stream(t: Attached<'_>, name: &Value) -> PyResult {
    match of_sys(t, name) {
        Some(v) if !v.is_none() => Ok(v),
        _ => Err(t.raise(&exception::RuntimeError, format!("input(): lost sys.{}", str::display(name)))),
    }
}

pub(super) fn input(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = t.names();
    let (stdin, stdout, stderr) = (stream(t, &n.stdin)?, stream(t, &n.stdout)?, stream(t, &n.stderr)?);
    let flush = |file: &Value| match protocol::call_method(t, file, &n.flush, &[]) {
        Ok(_) => (),
        Err(e) => drop(t.take_raised(e)),
    };
    flush(&stderr);
    if let Some(prompt) = a[0].given() {
        let text = protocol::str(t, prompt)?;
        protocol::call_method(t, &stdout, &n.write, std::slice::from_ref(&text))?;
    }
    flush(&stdout);
    let line = protocol::call_method(t, &stdin, &n.readline, &[])?;
    let Some(text) = str::as_str(&line) else {
        return Err(t.type_error("object.readline() returned non-string"));
    };
    if text.bytes().is_empty() {
        return Err(t.raise(&exception::EOFError, "EOF when reading a line"));
    }
    match text.bytes().strip_suffix(b"\n") {
        Some(kept) => match orochi_text::wtf8::Wtf8::from_bytes(kept) {
            Ok(kept) => Ok(str::from_wtf8(t, kept)),
            Err(_) => Ok(line),
        },
        None => Ok(line),
    }
}

/// `io.open`, with the arguments that were given.
pub(super) fn open(t: Attached<'_>, a: &[Value]) -> PyResult {
    let modules = t.interpreter().modules.load();
    let found = if dict::as_dict(&modules).is_some() {
        dict::get_by_name(t, &modules, "_io").or_else(|| dict::get_by_name(t, &modules, "io"))
    } else {
        None
    };
    let module = match found {
        Some(m) => m,
        None => {
            let import = protocol::builtin(t, "__import__")?;
            protocol::call(t, &import, &[str::new(t, "_io")])?
        }
    };
    let open = attr::get_by_name(t, &module, "open")?;
    let names = ["mode", "buffering", "encoding", "errors", "newline", "closefd", "opener"];
    let mut values = vec![a[0].clone()];
    let mut given = Vec::new();
    for (name, v) in names.iter().zip(&a[1..]) {
        if let Some(v) = v.given() {
            given.push(str::intern(t, name));
            values.push(v.clone());
        }
    }
    protocol::call_args(t, &open, Args::with_names(&values, &given))
}
