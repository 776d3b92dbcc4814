//! Bytes to values. The bytes may be anything: each size is checked against what is there before memory is taken.

use std::sync::Arc;

use dashu_int::{IBig, UBig};
use orochi_heap::Value;
use orochi_objects::{Attached, PyResult, Raised, bytearray, bytes, complex, dict, exception, float, int, list, protocol, set, slice, str, tuple};
use orochi_text::Wtf8;

use super::DEEPEST;

/// Where bytes come from.
pub(super) enum Source<'a> {
    /// All are there.
    Bytes {
        /// The bytes.
        data: &'a [u8],
        /// The next one.
        at: usize,
    },
    /// A file, of which no more is read than the value takes.
    File(Value),
}

struct Reader<'t, 'a> {
    t: Attached<'t>,
    source: Source<'a>,
    allow_code: bool,
    /// Values that may be referred to; unbound while their members are being read.
    seen: Vec<Value>,
}

/// One value.
pub(super) fn read(t: Attached<'_>, source: Source<'_>, allow_code: bool) -> PyResult {
    let mut reader = Reader { t, source, allow_code, seen: Vec::new() };
    if let Source::File(file) = &reader.source {
        // A file in text mode is refused before anything is taken from it.
        let probe = protocol::call_method(t, file, &str::intern(t, "read"), &[Value::i32(0)])?;
        if bytes::as_bytes(&probe).is_none() {
            let given = orochi_objects::type_::type_name(t, &probe);
            return Err(t.type_error(format!("file.read() returned not bytes but {given}")));
        }
    }
    match reader.value(DEEPEST)? {
        v if v.is_unbound() => Err(t.type_error("NULL object in marshal data for object")),
        v => Ok(v),
    }
}

impl Reader<'_, '_> {
    fn short(&self) -> Raised {
        self.t.raise(&exception::EOFError, "marshal data too short")
    }
    fn bad(&self, what: &str) -> Raised {
        self.t.value_error(format!("bad marshal data ({what})"))
    }

    fn take(&mut self, n: usize) -> PyResult<Vec<u8>> {
        let t = self.t;
        let file = match &mut self.source {
            Source::Bytes { data, at } => {
                let Some(part) = at.checked_add(n).and_then(|end| data.get(*at..end)) else { return Err(self.short()) };
                let part = part.to_vec();
                *at += n;
                return Ok(part);
            }
            Source::File(file) => file.clone(),
        };
        if n == 0 {
            return Ok(Vec::new());
        }
        let mut memory = Vec::new();
        if memory.try_reserve_exact(n).is_err() {
            return Err(t.memory_error());
        }
        memory.resize(n, 0);
        let room = bytearray::new(t, memory);
        let got = protocol::call_method(t, &file, &str::intern(t, "readinto"), std::slice::from_ref(&room))?;
        let got = if got.is_none() { 0 } else { protocol::expect_i64(t, &got)? };
        if got > n as i64 {
            return Err(t.value_error(format!("read() returned too much data: {n} bytes requested, {got} returned")));
        }
        if got < n as i64 {
            return Err(self.short());
        }
        let data = orochi_objects::buffer::get(t, &room, false)?.to_vec();
        if data.len() == n { Ok(data) } else { Err(self.short()) }
    }
    fn byte(&mut self) -> PyResult<u8> {
        Ok(self.take(1)?[0])
    }
    fn i32(&mut self) -> PyResult<i32> {
        let b = self.take(4)?;
        Ok(i32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }
    fn size(&mut self, what: &str) -> PyResult<usize> {
        usize::try_from(self.i32()?).map_err(|_| self.bad(&format!("{what} size out of range")))
    }
    fn f64(&mut self) -> PyResult<f64> {
        let b = self.take(8)?;
        Ok(f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
    }
    fn float_text(&mut self) -> PyResult<f64> {
        let n = self.byte()? as usize;
        let text = self.take(n)?;
        let text = std::str::from_utf8(&text).ok();
        match text.and_then(|text| orochi_number::float::parse(text.as_bytes())) {
            Some(x) => Ok(x),
            None => Err(self.t.value_error("could not convert string to float")),
        }
    }

    /// Keeps the place of a value that may be referred to.
    fn reserve(&mut self, referable: bool) -> Option<usize> {
        referable.then(|| {
            self.seen.push(Value::unbound());
            self.seen.len() - 1
        })
    }
    fn keep(&mut self, place: Option<usize>, v: Value) -> Value {
        if let Some(slot) = place.and_then(|i| self.seen.get_mut(i)) {
            *slot = v.clone();
        }
        v
    }

    /// A value that must be there.
    fn member(&mut self, what: &str, depth: usize) -> PyResult {
        match self.value(depth)? {
            v if v.is_unbound() => Err(self.t.type_error(format!("NULL object in marshal data for {what}"))),
            v => Ok(v),
        }
    }
    fn members(&mut self, n: usize, what: &str, depth: usize) -> PyResult<Vec<Value>> {
        let mut all = Vec::new();
        for _ in 0..n {
            let v = self.member(what, depth)?;
            all.push(v);
        }
        Ok(all)
    }

    /// The next value; unbound for the mark that ends a dict.
    fn value(&mut self, depth: usize) -> PyResult {
        let t = self.t;
        let Some(depth) = depth.checked_sub(1) else { return Err(t.value_error("recursion limit exceeded")) };
        t.check_stack(" while reading marshal data")?;
        let kind = match self.byte() {
            Ok(kind) => kind,
            Err(e) => {
                drop(t.catch(e, &exception::EOFError)?);
                return Err(t.raise(&exception::EOFError, "EOF read where object expected"));
            }
        };
        let (kind, referable) = (kind & 0x7F, kind & 0x80 != 0);
        let simple = match kind {
            b'0' => return Ok(Value::unbound()),
            b'N' => return Ok(Value::none()),
            b'F' => return Ok(Value::bool(false)),
            b'T' => return Ok(Value::bool(true)),
            b'.' => return Ok(Value::ellipsis()),
            b'S' => return Ok(exception::StopIteration.get(t).clone()),
            b'r' => {
                let number = self.i32()?;
                let found = usize::try_from(number).ok().and_then(|i| self.seen.get(i));
                return match found {
                    Some(v) if !v.is_unbound() => Ok(v.clone()),
                    _ => Err(self.bad("invalid reference")),
                };
            }
            b'i' => int::new(t, i64::from(self.i32()?)),
            b'I' => {
                let b = self.take(8)?;
                int::new(t, i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
            }
            b'l' => self.large()?,
            b'g' => float::new(t, self.f64()?),
            b'f' => float::new(t, self.float_text()?),
            b'y' => {
                let (re, im) = (self.f64()?, self.f64()?);
                complex::new(t, orochi_number::complex::Complex { re, im })
            }
            b'x' => {
                let (re, im) = (self.float_text()?, self.float_text()?);
                complex::new(t, orochi_number::complex::Complex { re, im })
            }
            b's' => {
                let n = self.size("bytes object")?;
                bytes::try_new(t, &self.take(n)?)?
            }
            b'u' | b't' | b'a' | b'A' => {
                let n = self.size("string")?;
                self.text(n, matches!(kind, b'a' | b'A'), matches!(kind, b't' | b'A'))?
            }
            b'z' | b'Z' => {
                let n = self.byte()? as usize;
                self.text(n, true, kind == b'Z')?
            }
            b'c' => {
                if !self.allow_code {
                    return Err(t.value_error("unmarshalling code objects is disallowed"));
                }
                let n = self.size("code")?;
                let image = self.take(n)?;
                match orochi_bytecode::image::read(&image) {
                    Ok(code) if orochi_bytecode::verify::verify(&code).is_ok() => orochi_eval::code::new(t, &Arc::new(code)),
                    _ => return Err(self.bad("invalid code object")),
                }
            }
            _ => return self.container(kind, referable, depth),
        };
        let place = self.reserve(referable);
        Ok(self.keep(place, simple))
    }

    fn container(&mut self, kind: u8, referable: bool, depth: usize) -> PyResult {
        let t = self.t;
        match kind {
            b'(' | b')' => {
                let n = if kind == b')' { self.byte()? as usize } else { self.size("tuple")? };
                let place = self.reserve(referable);
                let items = self.members(n, "tuple", depth)?;
                Ok(self.keep(place, tuple::new(t, items)))
            }
            b'[' => {
                let n = self.size("list")?;
                // A list may hold itself: it is there before its members are.
                let place = self.reserve(referable);
                let made = list::new(t, Vec::new());
                let made = self.keep(place, made);
                for _ in 0..n {
                    let item = self.member("list", depth)?;
                    if let Some(body) = list::as_list(&made) {
                        body.push(t, item)?;
                    }
                }
                Ok(made)
            }
            b'{' => {
                let place = self.reserve(referable);
                let made = dict::new(t);
                let made = self.keep(place, made);
                loop {
                    let key = self.value(depth)?;
                    if key.is_unbound() {
                        return Ok(made);
                    }
                    let value = self.value(depth)?;
                    if value.is_unbound() {
                        return Ok(made);
                    }
                    dict::set(t, &made, &key, value)?;
                }
            }
            b'<' => {
                let n = self.size("set")?;
                let place = self.reserve(referable);
                let made = set::new(t);
                let made = self.keep(place, made);
                for _ in 0..n {
                    let item = self.member("set", depth)?;
                    set::add(t, &made, &item)?;
                }
                Ok(made)
            }
            b'>' => {
                let n = self.size("set")?;
                let place = self.reserve(referable);
                let items = self.members(n, "set", depth)?;
                let made = set::frozen_from_items(t, &items)?;
                Ok(self.keep(place, made))
            }
            b':' => {
                let place = self.reserve(referable);
                let (start, stop) = (self.member("slice", depth)?, self.member("slice", depth)?);
                let step = self.member("slice", depth)?;
                Ok(self.keep(place, slice::new(t, start, stop, step)))
            }
            _ => Err(self.bad("unknown type code")),
        }
    }

    fn large(&mut self) -> PyResult {
        let count = self.i32()?;
        if count == i32::MIN {
            return Err(self.bad("long size out of range"));
        }
        let digits = self.take(count.unsigned_abs() as usize * 2)?;
        let mut magnitude = Vec::with_capacity(digits.len());
        let (mut bits, mut held) = (0u32, 0u32);
        for pair in digits.as_chunks::<2>().0 {
            let digit = u16::from_le_bytes(*pair);
            if digit > 0x7FFF {
                return Err(self.bad("digit out of range in long"));
            }
            bits |= u32::from(digit) << held;
            held += 15;
            while held >= 8 {
                magnitude.push(bits as u8);
                bits >>= 8;
                held -= 8;
            }
        }
        magnitude.push(bits as u8);
        if digits.ends_with(&[0, 0]) {
            return Err(self.bad("unnormalized long data"));
        }
        let value = IBig::from(UBig::from_le_bytes(&magnitude));
        Ok(int::from_big(self.t, if count < 0 { -value } else { value }))
    }

    fn text(&mut self, n: usize, ascii: bool, interned: bool) -> PyResult {
        let t = self.t;
        let data = self.take(n)?;
        let latin;
        let text = if ascii && !data.is_ascii() {
            // Such data says of itself that it is ASCII; CPython takes each byte for a character.
            latin = data.iter().map(|&b| char::from(b)).collect::<String>();
            Wtf8::from_str(&latin)
        } else {
            match Wtf8::from_bytes(&data) {
                Ok(text) => text,
                Err(_) => {
                    // The codec words the exception.
                    let name = str::intern(t, "utf-8");
                    return protocol::call(t, str::TYPE.get(t), &[bytes::new(t, &data), name, str::intern(t, "surrogatepass")]);
                }
            }
        };
        Ok(if interned { str::intern_wtf8(t, text) } else { str::from_wtf8(t, text) })
    }
}
