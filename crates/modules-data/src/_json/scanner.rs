//! `make_scanner`: reads one JSON value.
//!
//! A recursive descent over the bytes of the document. Keys of objects repeat, so the last few are kept
//! in a small table and the same str is used again.

use orochi_objects::{
    Args, Attached, Def, GetSet, Payload, PyResult, Raised, Slot, TypeSpec, Value, attr, dict, exception, float, int,
    list, payload, protocol, str, tuple,
};
use orochi_text::wtf8::Wtf8;

use super::scanstring::{self, Mistake};

/// The body of a scanner.
pub struct PyScanner {
    strict: bool,
    object_hook: Slot,
    object_pairs_hook: Slot,
    parse_float: Slot,
    parse_int: Slot,
    parse_constant: Slot,
}

impl Payload for PyScanner {
    payload!(PyScanner, "Scanner");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        for slot in
            [&self.object_hook, &self.object_pairs_hook, &self.parse_float, &self.parse_int, &self.parse_constant]
        {
            visit.slot(slot);
        }
    }
}

/// `_json.Scanner`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyScanner>("_json.Scanner")
    .flags(orochi_objects::flags::BASETYPE)
    .slots(&[Def::New(new), Def::Call(call)])
    .getset(&[
        GetSet::read("strict", |_, v| Ok(Value::bool(body(v).strict)), "Whether control characters are forbidden in strings."),
        GetSet::read("object_hook", |_, v| Ok(body(v).object_hook.load()), ""),
        GetSet::read("object_pairs_hook", |_, v| Ok(body(v).object_pairs_hook.load()), ""),
        GetSet::read("parse_float", |_, v| Ok(body(v).parse_float.load()), ""),
        GetSet::read("parse_int", |_, v| Ok(body(v).parse_int.load()), ""),
        GetSet::read("parse_constant", |_, v| Ok(body(v).parse_constant.load()), ""),
    ])
    .doc("Scanner(context)\n--\n\nReads one JSON value of a str.");

fn body(v: &Value) -> &PyScanner {
    match v.payload::<PyScanner>() {
        Some(s) => s,
        None => unreachable!("slots are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    orochi_objects::args::Signature::parse("(context)").call(t, "make_scanner", args, |a| {
        let get = |name| attr::get_by_name(t, &a[0], name);
        let strict = get("strict")?;
        let body = PyScanner {
            strict: protocol::truth(t, &strict)?,
            object_hook: Slot::new(get("object_hook")?),
            object_pairs_hook: Slot::new(get("object_pairs_hook")?),
            parse_float: Slot::new(get("parse_float")?),
            parse_int: Slot::new(get("parse_int")?),
            parse_constant: Slot::new(get("parse_constant")?),
        };
        TYPE.alloc_for(t, class, body)
    })
}

fn call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    orochi_objects::args::Signature::parse("(string, idx)").call(t, "scan_once", args, |a| {
        let s = super::text(t, &a[0])?;
        let index = protocol::as_size(t, &a[1])?;
        let Ok(index) = usize::try_from(index) else { return Err(t.value_error("idx cannot be negative")) };
        let scanner = body(this);
        let given = |slot: &Slot| Some(slot.load()).filter(|v| !v.is_none());
        let start = if index > s.char_len() {
            None
        } else if s.is_ascii() {
            Some(index)
        } else {
            s.wtf8().byte_offset(index)
        };
        let Some(start) = start else {
            return Err(t.raise_with(&exception::StopIteration, vec![int::from_usize(t, index)]));
        };
        let (parse_float, parse_int) = (scanner.parse_float.load(), scanner.parse_int.load());
        let mut reader = Reader {
            t,
            document: &a[0],
            s,
            text: s.wtf8(),
            bytes: s.bytes(),
            strict: scanner.strict,
            object_hook: given(&scanner.object_hook),
            pairs_hook: given(&scanner.object_pairs_hook),
            parse_float: Some(parse_float).filter(|f| !f.is(float::TYPE.get(t))),
            parse_int: Some(parse_int).filter(|f| !f.is(int::TYPE.get(t))),
            parse_constant: scanner.parse_constant.load(),
            keys: Vec::new(),
        };
        let (value, next) = reader.value(start)?;
        Ok(tuple::new(t, vec![value, int::from_usize(t, super::chars_before(s, next))]))
    })
}

/// Slots of the table of keys: a power of two.
const KEYS: usize = 256;

struct Reader<'a, 't> {
    t: Attached<'t>,
    document: &'a Value,
    s: &'a str::PyStr,
    text: &'a Wtf8,
    bytes: &'a [u8],
    strict: bool,
    object_hook: Option<Value>,
    pairs_hook: Option<Value>,
    /// `None`: the type float itself.
    parse_float: Option<Value>,
    /// `None`: the type int itself.
    parse_int: Option<Value>,
    parse_constant: Value,
    /// Keys seen, each where its hash says; empty until the first key.
    keys: Vec<Value>,
}

impl Reader<'_, '_> {
    fn skip(&self, mut at: usize) -> usize {
        while matches!(self.bytes.get(at), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            at += 1;
        }
        at
    }
    fn at(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }
    #[cold]
    fn mistake(&self, message: &'static str, at: usize) -> Raised {
        scanstring::raise(self.t, self.document, self.s, &Mistake { message, at: at as i64 })
    }
    /// "No value begins here": the caller words it.
    #[cold]
    fn stop(&self, at: usize) -> Raised {
        let at = int::from_usize(self.t, super::chars_before(self.s, at));
        self.t.raise_with(&exception::StopIteration, vec![at])
    }
    fn value(&mut self, at: usize) -> PyResult<(Value, usize)> {
        let t = self.t;
        let Some(b) = self.at(at) else { return Err(self.stop(at)) };
        match b {
            b'"' => match scanstring::scan(self.text, at + 1, self.strict) {
                Ok((found, next)) => Ok((str::try_from_wtf8(t, found.text())?, next)),
                Err(m) => Err(scanstring::raise(t, self.document, self.s, &m)),
            },
            b'{' => {
                t.check_stack(" while decoding a JSON object from a unicode string")?;
                t.safepoint()?;
                self.object(at + 1)
            }
            b'[' => {
                t.check_stack(" while decoding a JSON array from a unicode string")?;
                t.safepoint()?;
                self.array(at + 1)
            }
            b'n' if self.bytes[at..].starts_with(b"null") => Ok((Value::none(), at + 4)),
            b't' if self.bytes[at..].starts_with(b"true") => Ok((Value::bool(true), at + 4)),
            b'f' if self.bytes[at..].starts_with(b"false") => Ok((Value::bool(false), at + 5)),
            b'N' if self.bytes[at..].starts_with(b"NaN") => self.constant("NaN", at),
            b'I' if self.bytes[at..].starts_with(b"Infinity") => self.constant("Infinity", at),
            b'-' if self.bytes[at..].starts_with(b"-Infinity") => self.constant("-Infinity", at),
            _ => self.number(at),
        }
    }
    fn constant(&self, name: &'static str, at: usize) -> PyResult<(Value, usize)> {
        let v = protocol::call(self.t, &self.parse_constant, &[str::intern(self.t, name)])?;
        Ok((v, at + name.len()))
    }
    fn digits(&self, mut at: usize) -> usize {
        while self.at(at).is_some_and(|b| b.is_ascii_digit()) {
            at += 1;
        }
        at
    }
    fn number(&self, start: usize) -> PyResult<(Value, usize)> {
        let t = self.t;
        let first = start + usize::from(self.at(start) == Some(b'-'));
        let mut end = match self.at(first) {
            Some(b'0') => first + 1,
            Some(b'1'..=b'9') => self.digits(first + 1),
            _ => return Err(self.stop(start)),
        };
        let integer_end = end;
        if self.at(end) == Some(b'.') && self.at(end + 1).is_some_and(|b| b.is_ascii_digit()) {
            end = self.digits(end + 2);
        }
        if matches!(self.at(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.at(end + 1), Some(b'+' | b'-')));
            let digits = self.digits(end + 1 + sign);
            if digits > end + 1 + sign {
                end = digits;
            }
        }
        let text = super::part(self.text, start, end);
        let ascii = text.as_str().unwrap_or("");
        if end == integer_end {
            return Ok(match &self.parse_int {
                Some(f) => (protocol::call(t, f, &[str::from_wtf8(t, text)])?, end),
                None => match ascii.parse::<i64>() {
                    Ok(n) => (int::new(t, n), end),
                    // The type itself knows large numbers and the limit on their digits.
                    Err(_) => (protocol::call(t, int::TYPE.get(t), &[str::from_wtf8(t, text)])?, end),
                },
            });
        }
        match &self.parse_float {
            Some(f) => Ok((protocol::call(t, f, &[str::from_wtf8(t, text)])?, end)),
            None => match ascii.parse::<f64>() {
                Ok(x) => Ok((float::new(t, x), end)),
                Err(_) => Err(self.stop(start)),
            },
        }
    }
    /// The str of a key; one that was seen lately is used again.
    fn key(&mut self, text: &Wtf8) -> PyResult {
        let bytes = text.as_bytes();
        if bytes.len() > 64 {
            return str::try_from_wtf8(self.t, text);
        }
        if self.keys.is_empty() {
            self.keys.resize_with(KEYS, Value::unbound);
        }
        let mix = bytes.iter().fold(bytes.len() as u32, |h, &b| (h.rotate_left(5) ^ u32::from(b)).wrapping_mul(0x9e37_79b9));
        let slot = &mut self.keys[(mix >> 24) as usize % KEYS];
        if str::wtf8(slot).is_some_and(|known| known.as_bytes() == bytes) {
            return Ok(slot.clone());
        }
        *slot = str::try_from_wtf8(self.t, text)?;
        Ok(slot.clone())
    }
    fn object(&mut self, start: usize) -> PyResult<(Value, usize)> {
        let t = self.t;
        let result = dict::new(t);
        let mut pairs = self.pairs_hook.is_some().then(Vec::new);
        let mut at = self.skip(start);
        if self.at(at) != Some(b'}') {
            loop {
                if self.at(at) != Some(b'"') {
                    return Err(self.mistake("Expecting property name enclosed in double quotes", at));
                }
                let text = self.text;
                let (found, next) = match scanstring::scan(text, at + 1, self.strict) {
                    Ok(found) => found,
                    Err(m) => return Err(scanstring::raise(t, self.document, self.s, &m)),
                };
                let key = self.key(found.text())?;
                at = self.skip(next);
                if self.at(at) != Some(b':') {
                    return Err(self.mistake("Expecting ':' delimiter", at));
                }
                at = self.skip(at + 1);
                let (value, next) = self.value(at)?;
                match &mut pairs {
                    Some(pairs) => pairs.push(tuple::new(t, vec![key, value])),
                    None => dict::set_hashed(t, &result, &key, str::hash(t, &key), value)?,
                }
                at = self.skip(next);
                match self.at(at) {
                    Some(b'}') => break,
                    Some(b',') => {}
                    _ => return Err(self.mistake("Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip(at + 1);
                if self.at(at) == Some(b'}') {
                    return Err(self.mistake("Illegal trailing comma before end of object", comma));
                }
            }
        }
        let result = match (&self.pairs_hook, pairs) {
            (Some(hook), Some(pairs)) => protocol::call(t, hook, &[list::new(t, pairs)])?,
            _ => match &self.object_hook {
                Some(hook) => protocol::call(t, hook, &[result])?,
                None => result,
            },
        };
        Ok((result, at + 1))
    }
    fn array(&mut self, start: usize) -> PyResult<(Value, usize)> {
        let t = self.t;
        let mut members = Vec::new();
        let mut at = self.skip(start);
        if self.at(at) != Some(b']') {
            loop {
                let (value, next) = self.value(at)?;
                members.push(value);
                at = self.skip(next);
                match self.at(at) {
                    Some(b']') => break,
                    Some(b',') => {}
                    _ => return Err(self.mistake("Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip(at + 1);
                if self.at(at) == Some(b']') {
                    return Err(self.mistake("Illegal trailing comma before end of array", comma));
                }
            }
        }
        Ok((list::new(t, members), at + 1))
    }
}
