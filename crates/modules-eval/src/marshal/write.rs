//! Values to bytes.

use std::collections::HashMap;

use orochi_eval::code::PyCode;
use orochi_heap::Value;
use orochi_objects::{Attached, PyResult, bool_, buffer, bytes, complex, dict, exception, float, int, list, set, slice, str, tuple};

use super::DEEPEST;

/// The high bit of a type: later values may refer to this one.
const REFERABLE: u8 = 0x80;

struct Writer<'t> {
    t: Attached<'t>,
    out: Vec<u8>,
    version: i64,
    allow_code: bool,
    /// Numbers of the values that may be referred to, by identity.
    seen: HashMap<u64, u32>,
    /// These values: while they are held, nothing else gets their identity.
    held: Vec<Value>,
}

/// The bytes of a value.
pub(super) fn write(t: Attached<'_>, value: &Value, version: i64, allow_code: bool) -> PyResult<Vec<u8>> {
    let mut writer = Writer { t, out: Vec::new(), version, allow_code, seen: HashMap::new(), held: Vec::new() };
    writer.value(value, DEEPEST)?;
    Ok(writer.out)
}

impl Writer<'_> {
    fn u32(&mut self, n: usize) -> PyResult<()> {
        match i32::try_from(n) {
            Ok(n) => {
                self.out.extend(n.to_le_bytes());
                Ok(())
            }
            Err(_) => Err(self.unmarshallable()),
        }
    }
    fn sized(&mut self, data: &[u8]) -> PyResult<()> {
        self.u32(data.len())?;
        self.out.extend_from_slice(data);
        Ok(())
    }
    fn unmarshallable(&self) -> orochi_objects::Raised {
        self.t.value_error("unmarshallable object")
    }

    fn value(&mut self, v: &Value, depth: usize) -> PyResult<()> {
        let t = self.t;
        if depth == 0 {
            return Err(t.value_error("object too deeply nested to marshal"));
        }
        t.check_stack(" while marshalling an object")?;
        let constant = match v {
            v if v.is_unbound() => Some(b'0'),
            v if v.is_none() => Some(b'N'),
            v if v.is_ellipsis() => Some(b'.'),
            v if v.is_true() => Some(b'T'),
            v if v.is_false() => Some(b'F'),
            v if v.is(exception::StopIteration.get(t)) => Some(b'S'),
            _ => None,
        };
        if let Some(c) = constant {
            self.out.push(c);
            return Ok(());
        }
        let mut flag = 0;
        if self.version >= 3 && v.is_object() {
            if let Some(&number) = self.seen.get(&v.identity()) {
                self.out.push(b'r');
                self.out.extend(number.to_le_bytes());
                return Ok(());
            }
            let number = self.seen.len() as u32;
            self.seen.insert(v.identity(), number);
            self.held.push(v.clone());
            flag = REFERABLE;
        }
        self.content(v, flag, depth - 1)
    }

    fn content(&mut self, v: &Value, flag: u8, depth: usize) -> PyResult<()> {
        let t = self.t;
        if int::TYPE.is_exact(t, v) && !bool_::TYPE.is_exact(t, v) {
            return self.int(v, flag);
        }
        if float::TYPE.is_exact(t, v)
            && let Some(x) = float::as_f64(v)
        {
            self.out.push(if self.version > 1 { b'g' } else { b'f' } | flag);
            self.float(x);
        } else if let Some(z) = complex::as_complex(v).filter(|_| complex::TYPE.is_exact(t, v)) {
            self.out.push(if self.version > 1 { b'y' } else { b'x' } | flag);
            self.float(z.re);
            self.float(z.im);
        } else if str::is_exact_str(v) {
            return self.text(v, flag);
        } else if bytes::TYPE.is_exact(t, v) {
            self.out.push(b's' | flag);
            return self.sized(bytes::as_bytes(v).unwrap_or(&[]));
        } else if tuple::TYPE.is_exact(t, v) {
            let items = tuple::items(v);
            match u8::try_from(items.len()) {
                Ok(n) if self.version >= 4 => self.out.extend([b')' | flag, n]),
                _ => {
                    self.out.push(b'(' | flag);
                    self.u32(items.len())?;
                }
            }
            return self.all(items, depth);
        } else if list::TYPE.is_exact(t, v) {
            let items = list::as_list(v).map_or(Vec::new(), list::PyList::to_vec);
            self.out.push(b'[' | flag);
            self.u32(items.len())?;
            return self.all(&items, depth);
        } else if dict::TYPE.is_exact(t, v) {
            self.out.push(b'{' | flag);
            for (key, value) in dict::items(v) {
                self.value(&key, depth)?;
                self.value(&value, depth)?;
            }
            self.out.push(b'0');
        } else if set::TYPE.is_exact(t, v) || set::FROZEN.is_exact(t, v) {
            self.out.push(if set::TYPE.is_exact(t, v) { b'<' } else { b'>' } | flag);
            return self.set(v, depth);
        } else if let Some(code) = v.payload::<PyCode>() {
            if !self.allow_code {
                return Err(t.value_error("marshalling code objects is disallowed"));
            }
            self.out.push(b'c' | flag);
            return self.sized(&orochi_bytecode::image::write(&code.code));
        } else if let Some(s) = v.payload::<slice::PySlice>().filter(|_| self.version >= 5) {
            self.out.push(b':' | flag);
            for part in [&s.start, &s.stop, &s.step] {
                self.value(&part.load(), depth)?;
            }
        } else if buffer::is_exporter(t, v) {
            self.out.push(b's' | flag);
            let data = buffer::get(t, v, false)?.to_vec();
            return self.sized(&data);
        } else {
            return Err(self.unmarshallable());
        }
        Ok(())
    }

    fn all(&mut self, items: &[Value], depth: usize) -> PyResult<()> {
        items.iter().try_for_each(|item| self.value(item, depth))
    }

    /// Sets are written in the order of their members' bytes, so that equal sets give equal bytes.
    fn set(&mut self, v: &Value, depth: usize) -> PyResult<()> {
        let members = set::members(v);
        self.u32(members.len())?;
        let mut keyed = Vec::with_capacity(members.len());
        for member in members {
            keyed.push((write(self.t, &member, self.version, self.allow_code)?, member));
        }
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        keyed.iter().try_for_each(|(_, member)| self.value(member, depth))
    }

    fn int(&mut self, v: &Value, flag: u8) -> PyResult<()> {
        if let Some(n) = int::as_i64(v).and_then(|n| i32::try_from(n).ok()) {
            self.out.push(b'i' | flag);
            self.out.extend(n.to_le_bytes());
            return Ok(());
        }
        let Some(big) = int::as_big(v) else { return Err(self.unmarshallable()) };
        let negative = big < dashu_int::IBig::ZERO;
        let (_, magnitude) = big.into_parts();
        let mut digits: Vec<u16> = Vec::new();
        let (mut bits, mut held) = (0u32, 0u32);
        for byte in magnitude.to_le_bytes().iter() {
            bits |= u32::from(*byte) << held;
            held += 8;
            if held >= 15 {
                digits.push((bits & 0x7FFF) as u16);
                bits >>= 15;
                held -= 15;
            }
        }
        if bits != 0 {
            digits.push(bits as u16);
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let Ok(count) = i32::try_from(digits.len()) else { return Err(self.unmarshallable()) };
        self.out.push(b'l' | flag);
        self.out.extend(if negative { -count } else { count }.to_le_bytes());
        self.out.extend(digits.iter().flat_map(|d| d.to_le_bytes()));
        Ok(())
    }

    fn float(&mut self, x: f64) {
        if self.version > 1 {
            self.out.extend(x.to_le_bytes());
            return;
        }
        let text = orochi_number::float::repr(x);
        self.out.push(text.len() as u8);
        self.out.extend(text.bytes());
    }

    fn text(&mut self, v: &Value, flag: u8) -> PyResult<()> {
        let Some(s) = str::as_str(v) else { return Err(self.unmarshallable()) };
        let interned = s.is_interned();
        let data = s.bytes();
        if self.version >= 4 && s.is_ascii() {
            if let Ok(n) = u8::try_from(data.len()) {
                self.out.extend([if interned { b'Z' } else { b'z' } | flag, n]);
                self.out.extend_from_slice(data);
                return Ok(());
            }
            self.out.push(if interned { b'A' } else { b'a' } | flag);
        } else {
            self.out.push(if interned && self.version >= 3 { b't' } else { b'u' } | flag);
        }
        self.sized(data)
    }
}
