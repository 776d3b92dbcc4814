//! `%` formatting: `template % values`, for str and for bytes.
//!
//! The template is read as bytes in both cases: everything that means something in it is ASCII, and the
//! rest is copied. The two flavours differ in what a text conversion gives, in some messages, and in
//! what counts as one character; all of that asks [`Flavour`]. Numbers are laid out by
//! `orochi_number::percent`.

use orochi_heap::Value;
use orochi_number::format::Int;
use orochi_number::percent::{self, PercentSpec};
use orochi_number::text::Digits;
use orochi_text::wtf8::CodePoint;

use crate::{number, protocol};
use crate::str::build::Scratch;
use crate::str::{self, PyStr, as_str};
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::{class_of, type_name};

/// What is formatted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flavour {
    Str,
    Bytes,
}

/// The operands: a tuple's members, or one value; a mapping can also be asked by key.
struct Operands<'a> {
    given: &'a Value,
    items: Option<&'a [Value]>,
    next: usize,
    mapping: bool,
    used: bool,
}

impl<'a> Operands<'a> {
    fn next(&mut self, t: Attached<'_>) -> PyResult<&'a Value> {
        match self.items {
            Some(items) => match items.get(self.next) {
                Some(v) => {
                    self.next += 1;
                    Ok(v)
                }
                None => Err(t.type_error("not enough arguments for format string")),
            },
            None if !self.used => {
                self.used = true;
                Ok(self.given)
            }
            None => Err(t.type_error("not enough arguments for format string")),
        }
    }
    fn all_used(&self) -> bool {
        self.mapping || self.items.map_or(self.used, |items| self.next >= items.len())
    }
}

/// `template % values` of a str.
pub fn format_str(t: Attached<'_>, template: &PyStr, values: &Value) -> PyResult {
    let mut out = Scratch::new();
    format(t, &mut out, Flavour::Str, template.bytes(), values)?;
    // SAFETY: pieces of the template end at ASCII characters, and the rest came from strs.
    unsafe { out.to_str(t) }
}

/// `template % values` of bytes or a bytearray.
pub fn format_bytes(t: Attached<'_>, template: &[u8], values: &Value) -> PyResult<Vec<u8>> {
    let mut out = Scratch::new();
    format(t, &mut out, Flavour::Bytes, template, values)?;
    Ok(out.bytes().to_vec())
}

fn format(t: Attached<'_>, out: &mut Scratch, flavour: Flavour, template: &[u8], values: &Value) -> PyResult<()> {
    let items = crate::tuple::as_tuple(values).map(|tuple| tuple.items());
    let text = match flavour {
        Flavour::Str => str::is_str(values),
        Flavour::Bytes => str::is_str(values) || crate::bytes::as_bytes(values).is_some() || crate::bytearray::as_bytearray(values).is_some(),
    };
    let mapping = items.is_none() && !text && class_of(t, values).slots.get_item().is_some();
    let mut operands = Operands { given: values, items, next: 0, mapping, used: false };
    let mut job = Job { t, flavour, template, at: 0, out };
    while let Some(percent) = orochi_text::search::find_bytes(&template[job.at..], b"%") {
        let literal = &template[job.at..job.at + percent];
        job.out.push(t, literal)?;
        job.at += percent + 1;
        job.conversion(&mut operands)?;
    }
    let rest = &template[job.at..];
    job.out.push(t, rest)?;
    if !operands.all_used() {
        let what = if flavour == Flavour::Str { "string" } else { "bytes" };
        return Err(t.type_error(format!("not all arguments converted during {what} formatting")));
    }
    Ok(())
}

struct Job<'a> {
    t: Attached<'a>,
    flavour: Flavour,
    template: &'a [u8],
    at: usize,
    out: &'a mut Scratch,
}

impl Job<'_> {
    fn peek(&self) -> PyResult<u8> {
        match self.template.get(self.at) {
            Some(&b) => Ok(b),
            None => Err(self.t.value_error("incomplete format")),
        }
    }

    /// The conversion behind a `%`.
    fn conversion<'a>(&mut self, operands: &mut Operands<'a>) -> PyResult<()> {
        let t = self.t;
        let mut key_value = None;
        match self.template.get(self.at) {
            // The usual conversions, without anything between.
            Some(b's' | b'r') if self.flavour == Flavour::Str => {
                let conversion = self.template[self.at];
                self.at += 1;
                return self.shown(&PercentSpec::default(), conversion, operands.next(t)?);
            }
            Some(b'd') => {
                self.at += 1;
                return self.int(&PercentSpec::default(), b'd', operands.next(t)?);
            }
            Some(b'%') => {
                self.at += 1;
                return self.out.push(t, b"%");
            }
            Some(b'(') => {
                key_value = Some(self.key(operands)?);
                // After a key, the mapping itself is no operand any more.
                operands.used = true;
            }
            _ => {}
        }
        // A value found by key is the only operand of its conversion.
        let mut key_used = false;
        let mut take = |operands: &mut Operands<'a>| match &key_value {
            Some(_) if key_used => Err(t.type_error("not enough arguments for format string")),
            Some(v) => {
                key_used = true;
                Ok(v)
            }
            None => operands.next(t),
        };
        let mut spec = PercentSpec::default();
        loop {
            match self.peek()? {
                b'-' => spec.left = true,
                b'+' => spec.plus = true,
                b' ' => spec.blank = true,
                b'#' => spec.alternate = true,
                b'0' => spec.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        if self.peek()? == b'*' {
            self.at += 1;
            let v = take(operands)?;
            let n = self.star(v, false)?;
            spec.left |= n < 0;
            spec.width = n.unsigned_abs();
        } else if let Some(n) = self.number("width too big", isize::MAX as usize)? {
            spec.width = n;
        }
        if self.peek()? == b'.' {
            self.at += 1;
            if self.peek()? == b'*' {
                self.at += 1;
                let v = take(operands)?;
                spec.precision = Some(self.star(v, true)?.max(0) as usize);
            } else {
                let message = if self.flavour == Flavour::Str { "precision too big" } else { "prec too big" };
                spec.precision = Some(self.number(message, i32::MAX as usize)?.unwrap_or(0));
            }
        }
        if matches!(self.peek()?, b'h' | b'l' | b'L') {
            self.at += 1;
        }
        let conversion = self.peek()?;
        let conversion_at = self.at;
        self.at += 1;
        let value = take(operands)?;
        match (conversion, self.flavour) {
            (b's' | b'r', Flavour::Str) => self.shown(&spec, conversion, value),
            (b'a', _) | (b'r', Flavour::Bytes) => {
                let text = protocol::ascii(t, value)?;
                self.text(&spec, &text)
            }
            (b's' | b'b', Flavour::Bytes) => {
                let bytes = self.bytes_of(value)?;
                self.field(&spec, &bytes, bytes.len(), true)
            }
            (b'c', _) => {
                let (bytes, n) = self.character(value)?;
                self.field(&spec, &bytes[..n], 1, false)
            }
            (b'd' | b'i' | b'u' | b'o' | b'x' | b'X', _) => self.int(&spec, conversion, value),
            (b'e' | b'E' | b'f' | b'F' | b'g' | b'G', _) => {
                let x = match value.as_small_float() {
                    Some(x) => x,
                    None => protocol::to_float(t, value)
                        .map_err(|e| if self.flavour == Flavour::Str { e } else { self.float_required(e, value) })?,
                };
                number::check(t, percent::write_float(self.out, &spec, char::from(conversion), x))
            }
            _ => Err(self.unsupported(conversion_at)),
        }
    }

    /// `%s` and `%r` of a str template.
    fn shown(&mut self, spec: &PercentSpec, conversion: u8, value: &Value) -> PyResult<()> {
        if conversion == b's' && str::is_exact_str(value) {
            return self.text(spec, value);
        }
        if let Some(i) = value.as_small_int() {
            let digits = Digits::signed(i);
            return self.field(spec, digits.as_bytes(), digits.as_bytes().len(), true);
        }
        let text = if conversion == b's' { protocol::str(self.t, value)? } else { protocol::repr(self.t, value)? };
        self.text(spec, &text)
    }

    /// The value for `(key)`; the position is at the opening parenthesis.
    fn key(&mut self, operands: &Operands<'_>) -> PyResult {
        let t = self.t;
        if !operands.mapping {
            return Err(t.type_error("format requires a mapping"));
        }
        let start = self.at + 1;
        let mut depth = 1;
        let mut at = start;
        while depth > 0 {
            match self.template.get(at) {
                Some(b'(') => depth += 1,
                Some(b')') => depth -= 1,
                Some(_) => {}
                None => return Err(t.value_error("incomplete format key")),
            }
            at += 1;
        }
        let key = &self.template[start..at - 1];
        self.at = at;
        let key = match self.flavour {
            Flavour::Bytes => crate::bytes::try_new(t, key)?,
            Flavour::Str => match orochi_text::Wtf8::from_bytes(key) {
                Ok(text) => str::try_from_wtf8(t, text)?,
                Err(_) => str::empty(t),
            },
        };
        protocol::get_item(t, operands.given, &key)
    }

    /// A width or precision given by an operand.
    fn star(&self, v: &Value, precision: bool) -> PyResult<isize> {
        let t = self.t;
        if !crate::int::is_int(v) {
            return Err(t.type_error("* wants int"));
        }
        let n = crate::int::as_i64(v);
        match (n, precision) {
            (Some(n), false) => Ok(n as isize),
            (Some(n), true) if i32::try_from(n).is_ok() => Ok(n as isize),
            (_, true) => Err(t.overflow_error("Python int too large to convert to C int")),
            (None, false) => Err(t.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }

    /// Decimal digits of the template.
    fn number(&mut self, too_big: &str, max: usize) -> PyResult<Option<usize>> {
        let mut n = None;
        while let Some(d) = self.template.get(self.at).filter(|b| b.is_ascii_digit()) {
            let next = n.unwrap_or(0usize).checked_mul(10).and_then(|v| v.checked_add(usize::from(d - b'0')));
            match next.filter(|&v| v <= max) {
                Some(v) => n = Some(v),
                None => return Err(self.t.value_error(too_big)),
            }
            self.at += 1;
        }
        Ok(n)
    }

    fn text(&mut self, spec: &PercentSpec, text: &Value) -> PyResult<()> {
        match as_str(text) {
            Some(s) => self.field(spec, s.bytes(), s.char_len(), true),
            None => Ok(()),
        }
    }

    /// Bytes that are `length` characters, cut to the precision and filled up to the width.
    fn field(&mut self, spec: &PercentSpec, bytes: &[u8], length: usize, cut: bool) -> PyResult<()> {
        if spec.width == 0 && spec.precision.is_none() {
            return self.out.push(self.t, bytes);
        }
        let layout = spec.text(length, cut);
        let mut bytes = bytes;
        if layout.keep < length {
            let end = if bytes.len() == length {
                layout.keep
            } else {
                orochi_text::Wtf8::from_bytes(bytes).ok().and_then(|w| w.byte_offset(layout.keep)).unwrap_or(bytes.len())
            };
            bytes = &bytes[..end];
        }
        self.out.fill_with(self.t, CodePoint::from(b' '), layout.left)?;
        self.out.push(self.t, bytes)?;
        self.out.fill_with(self.t, CodePoint::from(b' '), layout.right)
    }

    /// What `%b` shows of a value.
    fn bytes_of(&self, v: &Value) -> PyResult<Vec<u8>> {
        let t = self.t;
        if let Some(bytes) = crate::bytes::as_bytes(v) {
            return Ok(bytes.to_vec());
        }
        if class_of(t, v).slots.buffer().is_none() {
            let name = str::intern(t, "__bytes__");
            if let Some(r) = protocol::call_special(t, v, &name, &[])? {
                return match crate::bytes::as_bytes(&r) {
                    Some(bytes) => Ok(bytes.to_vec()),
                    None => {
                        let wrong = type_name(t, &r);
                        Err(t.type_error(format!("__bytes__ returned non-bytes (type {wrong})")))
                    }
                };
            }
        }
        match class_of(t, v).slots.buffer() {
            Some(open) => Ok(open(t, v, false)?.to_vec()),
            None => {
                let wrong = type_name(t, v);
                Err(t.type_error(format!(
                    "%b requires a bytes-like object, or an object that implements __bytes__, not '{wrong}'"
                )))
            }
        }
    }

    /// What `%c` shows: bytes and how many.
    fn character(&self, v: &Value) -> PyResult<([u8; 4], usize)> {
        let t = self.t;
        let mut buffer = [0; 4];
        if self.flavour == Flavour::Bytes {
            let one = match crate::bytes::as_bytes(v) {
                Some([b]) => Some(*b),
                Some(_) => None,
                None if crate::bytearray::as_bytearray(v).is_some() => match self.bytes_of(v)?[..] {
                    [b] => Some(b),
                    _ => None,
                },
                None if crate::int::is_int(v) || class_of(t, v).slots.index().is_some() => {
                    let i = protocol::as_index(t, v)?;
                    match crate::int::as_i64(&i).and_then(|n| u8::try_from(n).ok()) {
                        Some(b) => Some(b),
                        None => return Err(t.overflow_error("%c arg not in range(256)")),
                    }
                }
                None => None,
            };
            let Some(b) = one else {
                let wrong = type_name(t, v);
                let many = match crate::bytes::as_bytes(v) {
                    Some(bytes) => format!("a bytes object of length {}", bytes.len()),
                    None if crate::bytearray::as_bytearray(v).is_some() => format!("a bytearray object of length {}", protocol::length(t, v)?),
                    None => wrong,
                };
                return Err(t.type_error(format!("%c requires an integer in range(256) or a single byte, not {many}")));
            };
            buffer[0] = b;
            return Ok((buffer, 1));
        }
        let c = match as_str(v) {
            Some(s) if s.char_len() == 1 => s.char_at(0).and_then(CodePoint::new),
            Some(s) => {
                let n = s.char_len();
                return Err(t.type_error(format!("%c requires an int or a unicode character, not a string of length {n}")));
            }
            None if crate::int::is_int(v) || class_of(t, v).slots.index().is_some() => {
                let i = protocol::as_index(t, v)?;
                crate::int::as_i64(&i).and_then(|n| u32::try_from(n).ok()).and_then(CodePoint::new)
            }
            None => {
                let wrong = type_name(t, v);
                return Err(t.type_error(format!("%c requires an int or a unicode character, not {wrong}")));
            }
        };
        match c {
            Some(c) => {
                let n = c.encode(&mut buffer).len();
                Ok((buffer, n))
            }
            None => Err(t.overflow_error("%c arg not in range(0x110000)")),
        }
    }

    fn int(&mut self, spec: &PercentSpec, conversion: u8, v: &Value) -> PyResult<()> {
        let t = self.t;
        if let Some(i) = v.as_small_int() {
            return number::check(t, percent::write_int(self.out, spec, char::from(conversion), Int::Small(i), 0));
        }
        let hex = matches!(conversion, b'o' | b'x' | b'X');
        let slots = &class_of(t, v).slots;
        let number = slots.index().is_some() || slots.int().is_some() || crate::int::is_int(v);
        let wrong = || {
            let what = if hex { "an integer" } else { "a real number" };
            t.type_error(format!("%{} format: {what} is required, not {}", char::from(conversion), type_name(t, v)))
        };
        if !number && crate::float::as_f64(v).is_none() {
            return Err(wrong());
        }
        let i = if crate::int::is_int(v) {
            Ok(v.clone())
        } else if hex {
            protocol::as_index(t, v)
        } else {
            protocol::to_int(t, v)
        };
        let i = match i {
            Ok(i) => i,
            Err(e) => {
                drop(t.catch(e, &crate::exception::TypeError)?);
                return Err(wrong());
            }
        };
        let (n, limit) = match crate::int::view(&i) {
            Some(crate::int::IntView::Small(n)) => (Int::Small(n), 0),
            Some(crate::int::IntView::Big(b)) => (Int::Big(b), crate::int::max_str_digits(t, orochi_number::int::bit_length(b) / 3)),
            None => return Err(wrong()),
        };
        number::check(t, percent::write_int(self.out, spec, char::from(conversion), n, limit))
    }

    /// bytes formatting has its own words for what is no float.
    fn float_required(&self, e: Raised, v: &Value) -> Raised {
        let t = self.t;
        match t.catch(e, &crate::exception::TypeError) {
            Ok(_) => t.type_error(format!("float argument required, not {}", type_name(t, v))),
            Err(e) => e,
        }
    }

    fn unsupported(&self, at: usize) -> Raised {
        let (c, index) = match self.flavour {
            Flavour::Bytes => (u32::from(self.template[at]), at),
            Flavour::Str => match orochi_text::Wtf8::from_bytes(self.template) {
                Ok(text) => (text.char_at_byte(at).map_or(0, CodePoint::to_u32), text.char_offset(at)),
                Err(_) => (u32::from(self.template[at]), at),
            },
        };
        let shown = if (32..127).contains(&c) || (self.flavour == Flavour::Bytes && c < 128) { char::from_u32(c).unwrap_or('?') } else { '?' };
        self.t.value_error(format!("unsupported format character '{shown}' ({c:#x}) at index {index}"))
    }
}
