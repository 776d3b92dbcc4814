//! `print`, `input`, `open`, `repr`, `ascii`, `format`.

use orochi_objects::spec::flags;
use orochi_objects::type_::{class_of, type_name};
use orochi_objects::{Args, Attached, PyResult, Value, attr, dict, exception, protocol, str, tuple};

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

/// Text that every codec takes and in which no line end is translated with what follows.
fn is_plain(text: &Value) -> bool {
    str::as_str(text).is_some_and(|s| s.is_ascii() && !s.bytes().contains(&b'\r'))
}

/// Whether nobody can tell one write of plain text from several of its pieces: the file is one of our own text
/// files, with the `write` of its type.
fn writes_pieces_as_one(t: Attached<'_>, file: &Value) -> bool {
    let Some(header) = file.header() else { return false };
    let map = header.map_head();
    matches!(map.kind.name, "TextIOWrapper" | "StringIO")
        && !class_of(t, file).has(flags::HEAP_TYPE)
        && attr::instance_get(t, header, &t.names().write).is_none()
}

pub(super) fn print(t: Attached<'_>, a: &[Value]) -> PyResult {
    write_line(t, tuple::items(&a[0]), [&a[1], &a[2], &a[3], &a[4]])
}

/// `print` of values only.
pub(super) fn print_at_once(t: Attached<'_>, values: &[Value]) -> PyResult {
    write_line(t, values, [&Value::unbound(); 4])
}

/// `print` with options, the arguments as they came.
pub(super) fn print_named(t: Attached<'_>, args: Args<'_>) -> Option<PyResult> {
    let omitted = Value::unbound();
    let mut options = [&omitted; 4];
    for (name, v) in args.keywords() {
        let i = ["sep", "end", "file", "flush"].iter().position(|&option| str::utf8(name) == Some(option))?;
        options[i] = v;
    }
    Some(write_line(t, args.positional(), options))
}

/// Prints the values; `sep`, `end`, `file` and `flush` as they were given.
fn write_line(t: Attached<'_>, values: &[Value], [sep, end, file, flush]: [&Value; 4]) -> PyResult {
    let file = match file.given().filter(|f| !f.is_none()) {
        Some(file) => file.clone(),
        None => match of_sys(t, &t.names().stdout) {
            Some(file) if file.is_none() => return Ok(Value::none()),
            Some(file) => file,
            None => return Err(t.raise(&exception::RuntimeError, "lost sys.stdout")),
        },
    };
    let sep = text_argument(t, sep, "sep")?.cloned();
    let end = text_argument(t, end, "end")?.cloned();
    let write = &t.names().write;
    let put = |v: &Value| protocol::call_method(t, &file, write, std::slice::from_ref(v)).map(drop);
    let sep = sep.unwrap_or_else(|| str::from_code_point(t, u32::from(b' ')));
    let end = end.unwrap_or_else(|| str::from_code_point(t, u32::from(b'\n')));
    if writes_pieces_as_one(t, &file) {
        let mut pieces = Vec::with_capacity(2 * values.len() + 1);
        let mut failed = None;
        for (i, v) in values.iter().enumerate() {
            if i > 0 {
                pieces.push(sep.clone());
            }
            match protocol::str(t, v) {
                Ok(text) => pieces.push(text),
                Err(e) => {
                    failed = Some(t.take_raised(e));
                    break;
                }
            }
        }
        if failed.is_none() {
            pieces.push(end);
        }
        // What stands before a value that cannot be shown is written all the same.
        if pieces.iter().all(is_plain) {
            put(&str::join(t, &pieces)?)?;
        } else {
            pieces.iter().try_for_each(put)?;
        }
        if let Some(e) = failed {
            return Err(t.set_raised(e));
        }
    } else {
        for (i, v) in values.iter().enumerate() {
            if i > 0 {
                put(&sep)?;
            }
            put(&protocol::str(t, v)?)?;
        }
        put(&end)?;
    }
    if let Some(flush) = flush.given()
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
