//! Writers: rows to text, quoted as the dialect says.

use orochi_objects::exception::TypeError;
use orochi_objects::spec::flags;
use orochi_objects::type_::{class_of, type_name};
use orochi_objects::{Attached, GetSet, Method, Payload, PyResult, Slot, TypeSpec, Value};
use orochi_objects::{attr, complex, payload, protocol, str, tuple};
use orochi_text::wtf8::{CodePoint, Wtf8, Wtf8Buf};

use super::dialect::{self, Dialect, Quoting};
use super::error;

pub(super) static WRITER: TypeSpec = TypeSpec::new::<PyWriter>("_csv.writer")
    .flags(flags::NO_NEW)
    .methods(&[
        Method::new("writerow", "($self, row, /)", write_row, "Writes one row; gives what the file's write gave."),
        Method::new("writerows", "($self, rows, /)", write_rows, "Writes rows."),
    ])
    .getset(&[GetSet::read("dialect", |_, v| Ok(body(v).dialect.load()), "")])
    .doc("CSV writer\n\nWrites rows as separated text.");

struct PyWriter {
    write: Slot,
    dialect: Slot,
}

impl Payload for PyWriter {
    payload!(PyWriter, "writer");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.write);
        visit.slot(&self.dialect);
    }
}

fn body(v: &Value) -> &PyWriter {
    match v.payload::<PyWriter>() {
        Some(w) => w,
        None => unreachable!("methods are called with their own type"),
    }
}

/// `writer(file, dialect, **formatting)`.
pub(super) fn writer(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (file, base) = match tuple::items(&a[0]) {
        [file] => (file, None),
        [file, base] => (file, Some(base)),
        other => {
            let given = other.len();
            let word = if given == 0 { "at least 1 argument" } else { "at most 2 arguments" };
            return Err(t.type_error(format!("writer expected {word}, got {given}")));
        }
    };
    let dialect = dialect::of(t, base, &a[1])?;
    match attr::find(t, file, &t.names().write)? {
        Some(write) if protocol::is_callable(t, &write) => {
            Ok(WRITER.alloc(t, PyWriter { write: Slot::new(write), dialect: Slot::new(dialect) }))
        }
        _ => Err(t.type_error("argument 1 must have a \"write\" method")),
    }
}

/// Appends a field to the record.
fn append(t: Attached<'_>, d: &Dialect, out: &mut Wtf8Buf, field: &Wtf8, none: bool, mut quoted: bool) -> PyResult<()> {
    let mut text = Wtf8Buf::new();
    let push = |text: &mut Wtf8Buf, c: u32| {
        if let Some(c) = CodePoint::new(c) {
            text.push(c);
        }
    };
    for c in field.chars() {
        let c = c.to_u32();
        let special = c == d.delimiter
            || d.escape == Some(c)
            || d.quote == Some(c)
            || matches!(c, 0x0A | 0x0D)
            || d.line_terminator.contains(&c);
        if special {
            let mut escape = d.quoting == Quoting::None;
            if !escape {
                if d.quote == Some(c) {
                    if d.double_quote {
                        push(&mut text, c);
                    } else {
                        escape = true;
                    }
                } else if d.escape == Some(c) {
                    escape = true;
                }
                quoted |= !escape;
            }
            if escape {
                let Some(e) = d.escape else { return Err(error(t, "need to escape, but no escapechar set")) };
                push(&mut text, e);
            }
        }
        push(&mut text, c);
    }
    if field.as_bytes().is_empty() && d.delimiter == u32::from(' ') && d.skip_initial_space {
        if d.quoting == Quoting::None || none && matches!(d.quoting, Quoting::Strings | Quoting::NotNull) {
            let message = "empty field must be quoted if delimiter is a space and skipinitialspace is true";
            return Err(error(t, message));
        }
        quoted = true;
    }
    let quote = d.quote.filter(|_| quoted);
    if let Some(q) = quote {
        push(out, q);
    }
    if out.try_reserve(text.as_bytes().len() + 8).is_err() {
        return Err(t.memory_error());
    }
    out.push_wtf8(&text);
    if let Some(q) = quote {
        push(out, q);
    }
    Ok(())
}

fn is_number(t: Attached<'_>, v: &Value) -> bool {
    let slots = &class_of(t, v).slots;
    slots.index().is_some() || slots.int().is_some() || slots.float().is_some() || complex::as_complex(v).is_some()
}

fn record(t: Attached<'_>, d: &Dialect, row: &Value) -> PyResult {
    let fields = match protocol::get_iter(t, row) {
        Ok(it) => it,
        Err(e) => {
            drop(t.catch(e, &TypeError)?);
            return Err(error(t, format!("iterable expected, not {}", type_name(t, row))));
        }
    };
    let mut out = Wtf8Buf::new();
    let (mut count, mut none) = (0usize, false);
    while let Some(field) = protocol::next(t, &fields)? {
        let quoted = match d.quoting {
            Quoting::All => true,
            Quoting::NonNumeric => !is_number(t, &field),
            Quoting::Strings => str::is_str(&field),
            Quoting::NotNull => !field.is_none(),
            Quoting::Minimal | Quoting::None => false,
        };
        none = field.is_none();
        if count > 0
            && let Some(c) = CodePoint::new(d.delimiter)
        {
            out.push(c);
        }
        let shown = if none {
            None
        } else if str::is_str(&field) {
            Some(field)
        } else {
            Some(protocol::str(t, &field)?)
        };
        let text = shown.as_ref().and_then(str::wtf8).unwrap_or(Wtf8::from_str(""));
        append(t, d, &mut out, text, none, quoted)?;
        count += 1;
    }
    if count > 0 && out.as_bytes().is_empty() {
        if d.quoting == Quoting::None || none && matches!(d.quoting, Quoting::Strings | Quoting::NotNull) {
            return Err(error(t, "single empty field record must be quoted"));
        }
        append(t, d, &mut out, Wtf8::from_str(""), false, true)?;
    }
    out.extend(d.line_terminator.iter().filter_map(|&c| CodePoint::new(c)));
    str::try_from_wtf8(t, &out)
}

fn write_row(t: Attached<'_>, a: &[Value]) -> PyResult {
    let w = body(&a[0]);
    let held = w.dialect.load();
    let line = record(t, &dialect::body(&held).dialect, &a[1])?;
    protocol::call(t, &w.write.load(), &[line])
}

fn write_rows(t: Attached<'_>, a: &[Value]) -> PyResult {
    let rows = protocol::get_iter(t, &a[1])?;
    while let Some(row) = protocol::next(t, &rows)? {
        write_row(t, &[a[0].clone(), row])?;
    }
    Ok(Value::none())
}
