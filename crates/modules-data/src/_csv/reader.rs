//! Readers: one record a step, which may span several lines.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use orochi_objects::spec::flags;
use orochi_objects::type_::type_name;
use orochi_objects::{Attached, Def, GetSet, Payload, PyResult, Raised, Slot, TypeSpec, Value};
use orochi_objects::{float, int, iter, list, payload, protocol, str, tuple};
use orochi_text::wtf8::{CodePoint, Wtf8Buf};

use super::dialect::{self, Dialect, Quoting};
use super::{State as Interpreter, error};

pub(super) static READER: TypeSpec = TypeSpec::new::<PyReader>("_csv.reader")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(iter::itself), Def::Next(next)])
    .getset(&[
        GetSet::read("dialect", |_, v| Ok(body(v).dialect.load()), ""),
        GetSet::read("line_num", |t, v| Ok(int::new(t, body(v).line.load(Relaxed) as i64)), ""),
    ])
    .doc("CSV reader\n\nIterates over the records of separated text.");

struct PyReader {
    lines: Slot,
    dialect: Slot,
    line: AtomicU64,
}

impl Payload for PyReader {
    payload!(PyReader, "reader");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.lines);
        visit.slot(&self.dialect);
    }
}

fn body(v: &Value) -> &PyReader {
    match v.payload::<PyReader>() {
        Some(r) => r,
        None => unreachable!("attributes are read from their own type"),
    }
}

/// `reader(iterable, dialect, **formatting)`.
pub(super) fn reader(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (lines, base) = match tuple::items(&a[0]) {
        [lines] => (lines, None),
        [lines, base] => (lines, Some(base)),
        other => {
            let given = other.len();
            let word = if given == 0 { "at least 1 argument" } else { "at most 2 arguments" };
            return Err(t.type_error(format!("reader expected {word}, got {given}")));
        }
    };
    let lines = protocol::get_iter(t, lines)?;
    let dialect = dialect::of(t, base, &a[1])?;
    Ok(READER.alloc(t, PyReader { lines: Slot::new(lines), dialect: Slot::new(dialect), line: AtomicU64::new(0) }))
}

/// Where in a record the parser is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuotes,
    EscapedInQuotes,
    QuoteInQuotes,
    LineEnd,
    AfterEscapedLineEnd,
}

struct Parser<'a> {
    t: Attached<'a>,
    dialect: &'a Dialect,
    limit: i64,
    fields: Vec<Value>,
    field: Wtf8Buf,
    chars: i64,
    /// The field did not begin with a quote.
    unquoted: bool,
    place: Place,
}

fn is_break(c: Option<u32>) -> bool {
    matches!(c, None | Some(0x0A | 0x0D))
}

impl Parser<'_> {
    fn push(&mut self, c: u32) -> PyResult<()> {
        if self.chars >= self.limit {
            return Err(error(self.t, format!("field larger than field limit ({})", self.limit)));
        }
        if let Some(c) = CodePoint::new(c) {
            self.field.push(c);
        }
        self.chars += 1;
        Ok(())
    }
    fn save(&mut self) -> PyResult<()> {
        let t = self.t;
        let quoting = self.dialect.quoting;
        let value = if self.unquoted && self.chars == 0 && matches!(quoting, Quoting::NotNull | Quoting::Strings) {
            Value::none()
        } else {
            let text = str::try_from_wtf8(t, &self.field)?;
            if self.unquoted && self.chars != 0 && matches!(quoting, Quoting::NonNumeric | Quoting::Strings) {
                protocol::call(t, float::TYPE.get(t), &[text])?
            } else {
                text
            }
        };
        self.field.clear();
        self.chars = 0;
        self.unquoted = true;
        self.fields.push(value);
        Ok(())
    }
    /// Takes a field's end in; `c` is a line end or the end of the line.
    fn save_last(&mut self, c: Option<u32>) -> PyResult<()> {
        self.save()?;
        self.place = if c.is_none() { Place::StartRecord } else { Place::LineEnd };
        Ok(())
    }
    /// Takes in one character, or the end of a line (`None`).
    fn take(&mut self, c: Option<u32>) -> PyResult<()> {
        let d = self.dialect;
        let quotes = |c: u32| d.quoting != Quoting::None && d.quote == Some(c);
        match self.place {
            Place::StartRecord => match c {
                None => {}
                Some(0x0A | 0x0D) => self.place = Place::LineEnd,
                Some(_) => {
                    self.place = Place::StartField;
                    return self.take(c);
                }
            },
            Place::StartField => match c {
                c if is_break(c) => self.save_last(c)?,
                Some(c) if quotes(c) => {
                    self.unquoted = false;
                    self.place = Place::InQuotes;
                }
                c if c == d.escape => self.place = Place::Escaped,
                Some(0x20) if d.skip_initial_space => {}
                Some(c) if c == d.delimiter => self.save()?,
                Some(c) => {
                    self.push(c)?;
                    self.place = Place::InField;
                }
                None => {}
            },
            Place::Escaped => match c {
                Some(c @ (0x0A | 0x0D)) => {
                    self.push(c)?;
                    self.place = Place::AfterEscapedLineEnd;
                }
                c => {
                    self.push(c.unwrap_or(0x0A))?;
                    self.place = Place::InField;
                }
            },
            Place::AfterEscapedLineEnd if c.is_none() => {}
            Place::AfterEscapedLineEnd | Place::InField => match c {
                c if is_break(c) => self.save_last(c)?,
                c if c == d.escape => self.place = Place::Escaped,
                Some(c) if c == d.delimiter => {
                    self.save()?;
                    self.place = Place::StartField;
                }
                Some(c) => self.push(c)?,
                None => {}
            },
            Place::InQuotes => match c {
                None => {}
                c if c == d.escape => self.place = Place::EscapedInQuotes,
                Some(c) if quotes(c) => self.place = if d.double_quote { Place::QuoteInQuotes } else { Place::InField },
                Some(c) => self.push(c)?,
            },
            Place::EscapedInQuotes => {
                self.push(c.unwrap_or(0x0A))?;
                self.place = Place::InQuotes;
            }
            Place::QuoteInQuotes => match c {
                Some(c) if quotes(c) => {
                    self.push(c)?;
                    self.place = Place::InQuotes;
                }
                Some(c) if c == d.delimiter => {
                    self.save()?;
                    self.place = Place::StartField;
                }
                c if is_break(c) => self.save_last(c)?,
                Some(c) if !d.strict => {
                    self.push(c)?;
                    self.place = Place::InField;
                }
                _ => {
                    let shown = |c: u32| char::from_u32(c).unwrap_or('\u{FFFD}');
                    let quote = shown(d.quote.unwrap_or(0));
                    return Err(error(self.t, format!("'{}' expected after '{quote}'", shown(d.delimiter))));
                }
            },
            Place::LineEnd => match c {
                None => self.place = Place::StartRecord,
                Some(0x0A | 0x0D) => {}
                Some(_) => {
                    let message = "new-line character seen in unquoted field - do you need to open the file with newline=''?";
                    return Err(error(self.t, message));
                }
            },
        }
        Ok(())
    }
}

#[cold]
fn not_text(t: Attached<'_>, line: &Value) -> Raised {
    let given = type_name(t, line);
    error(t, format!("iterator should return strings, not {given} (the file should be opened in text mode)"))
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let r = body(this);
    let held = r.dialect.load();
    let lines = r.lines.load();
    let mut p = Parser {
        t,
        dialect: &dialect::body(&held).dialect,
        limit: t.interpreter().state::<Interpreter>().limit.load(Relaxed),
        fields: Vec::new(),
        field: Wtf8Buf::new(),
        chars: 0,
        unquoted: true,
        place: Place::StartRecord,
    };
    loop {
        let Some(line) = protocol::next(t, &lines)? else {
            if p.chars != 0 || p.place == Place::InQuotes {
                if p.dialect.strict {
                    return Err(error(t, "unexpected end of data"));
                }
                p.save()?;
                return Ok(Some(list::new(t, p.fields)));
            }
            return Ok(None);
        };
        let Some(text) = str::as_str(&line) else { return Err(not_text(t, &line)) };
        r.line.fetch_add(1, Relaxed);
        for c in text.wtf8().chars() {
            p.take(Some(c.to_u32()))?;
        }
        p.take(None)?;
        if p.place == Place::StartRecord {
            return Ok(Some(list::new(t, p.fields)));
        }
    }
}
