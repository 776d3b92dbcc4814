//! `abs`, `divmod`, `pow`, `round`, `sum`, `bin`, `oct`, `hex`, `chr`, `ord`.

use orochi_number::{complex as complex_number, int as number};
use orochi_objects::{
    Attached, PyResult, Value, bytes, complex, float, int, protocol,
    protocol::Operator,
    str,
    type_::{class_of, type_name},
};

pub(super) fn abs(t: Attached<'_>, a: &[Value]) -> PyResult {
    match class_of(t, &a[0]).slots.abs() {
        Some(f) => f(t, &a[0]),
        None => Err(t.type_error(format!("bad operand type for abs(): '{}'", type_name(t, &a[0])))),
    }
}

pub(super) fn divmod(t: Attached<'_>, a: &[Value]) -> PyResult {
    protocol::binary(t, &a[0], &a[1], Operator::DivMod)
}

pub(super) fn pow(t: Attached<'_>, a: &[Value]) -> PyResult {
    protocol::power(t, &a[0], &a[1], &a[2].given().cloned().unwrap_or(Value::none()))
}

pub(super) fn round(t: Attached<'_>, a: &[Value]) -> PyResult {
    let digits = a[1].given().filter(|d| !d.is_none());
    match protocol::call_special(t, &a[0], &t.names().__round__, digits.map(std::slice::from_ref).unwrap_or(&[]))? {
        Some(v) => Ok(v),
        None => Err(t.type_error(format!("type {} doesn't define __round__ method", type_name(t, &a[0])))),
    }
}

fn in_base(t: Attached<'_>, v: &Value, bits: u32, prefix: u8, text: fn(&orochi_number::IBig) -> String) -> PyResult {
    if let Some(i) = v.as_small_int() {
        return Ok(str::from_i64_in_base(t, i, bits, prefix));
    }
    let n = protocol::as_index(t, v)?;
    match int::view(&n) {
        Some(n) => Ok(str::from_string(t, text(&n.to_big()))),
        None => Err(t.type_error("__index__ returned non-int")),
    }
}

pub(super) fn bin(t: Attached<'_>, a: &[Value]) -> PyResult {
    in_base(t, &a[0], 1, b'b', number::to_bin)
}
pub(super) fn oct(t: Attached<'_>, a: &[Value]) -> PyResult {
    in_base(t, &a[0], 3, b'o', number::to_oct)
}
pub(super) fn hex(t: Attached<'_>, a: &[Value]) -> PyResult {
    in_base(t, &a[0], 4, b'x', number::to_hex)
}

pub(super) fn chr(t: Attached<'_>, a: &[Value]) -> PyResult {
    if let Some(i @ 0..0x80) = a[0].as_small_int() {
        return Ok(str::from_code_point(t, i as u32));
    }
    let i = protocol::as_index(t, &a[0])?;
    match int::as_i64(&i).and_then(|i| u32::try_from(i).ok()).filter(|&c| c < 0x11_0000) {
        Some(c) => Ok(str::from_code_point(t, c)),
        None => Err(t.value_error("chr() arg not in range(0x110000)")),
    }
}

pub(super) fn ord(t: Attached<'_>, a: &[Value]) -> PyResult {
    let v = &a[0];
    if let Some(s) = str::as_str(v) {
        if let [b] = s.bytes() {
            return Ok(Value::i32(i32::from(*b)));
        }
        let mut chars = s.wtf8().chars();
        return match (chars.next(), chars.next()) {
            (Some(c), None) => Ok(int::new(t, i64::from(c.to_u32()))),
            _ => Err(t.type_error(format!("ord() expected a character, but string of length {} found", s.char_len()))),
        };
    }
    let of_bytes = |b: &[u8], kind: &str| match b {
        [one] => Ok(int::new(t, i64::from(*one))),
        _ => Err(t.type_error(format!("ord() expected a character, but {kind} of length {} found", b.len()))),
    };
    if let Some(b) = bytes::as_bytes(v) {
        return of_bytes(b, "string");
    }
    if v.kind().is_some_and(|k| k.name == "bytearray")
        && let Some(open) = class_of(t, v).slots.buffer()
    {
        return of_bytes(&open(t, v, false)?.to_vec(), "string");
    }
    Err(t.type_error(format!("ord() expected string of length 1, but {} found", type_name(t, v))))
}

/// A sum of floats that carries what rounding lost (Neumaier), as `sum` promises since Python 3.12.
#[derive(Clone, Copy, Default)]
struct Compensated {
    high: f64,
    low: f64,
}

impl Compensated {
    fn add(&mut self, x: f64) {
        let sum = self.high + x;
        self.low += if self.high.abs() >= x.abs() { (self.high - sum) + x } else { (x - sum) + self.high };
        self.high = sum;
    }
    fn total(self) -> f64 {
        // What was lost is meaningless beside an infinity.
        if self.low != 0.0 && self.low.is_finite() { self.high + self.low } else { self.high }
    }
}

/// What has been added up so far: the carrier follows the members from ints to floats to complex
/// numbers to anything.
enum Total {
    Int(i64),
    Float(Compensated),
    Complex(Compensated, Compensated),
    Any(Value),
}

impl Total {
    fn value(self, t: Attached<'_>) -> Value {
        match self {
            Total::Int(i) => int::new(t, i),
            Total::Float(f) => float::new(t, f.total()),
            Total::Complex(re, im) => complex::new(t, complex_number::new(re.total(), im.total())),
            Total::Any(v) => v,
        }
    }
    fn of(t: Attached<'_>, v: Value) -> Total {
        if let Some(i) = v.as_small_int() {
            return Total::Int(i);
        }
        if float::TYPE.is_exact(t, &v)
            && let Some(f) = float::as_f64(&v)
        {
            return Total::Float(Compensated { high: f, low: 0.0 });
        }
        if complex::TYPE.is_exact(t, &v)
            && let Some(z) = complex::as_complex(&v)
        {
            return Total::Complex(Compensated { high: z.re, low: 0.0 }, Compensated { high: z.im, low: 0.0 });
        }
        Total::Any(v)
    }
    fn add(self, t: Attached<'_>, v: &Value) -> PyResult<Total> {
        let real = || {
            if float::TYPE.is_exact(t, v) {
                return float::as_f64(v);
            }
            v.as_small_int().or(v.as_bool().map(i64::from)).map(|i| i as f64)
        };
        match self {
            Total::Int(i) => {
                if let Some(sum) = v.as_small_int().or(v.as_bool().map(i64::from)).and_then(|n| number::small_add(i, n)) {
                    return Ok(Total::Int(sum));
                }
                // The first float: what follows is added as floats.
                if float::TYPE.is_exact(t, v)
                    && let Some(f) = float::as_f64(v)
                {
                    return Ok(Total::Float(Compensated { high: i as f64 + f, low: 0.0 }));
                }
                let sum = protocol::binary(t, &int::new(t, i), v, Operator::Add)?;
                Ok(Total::of(t, sum))
            }
            Total::Float(mut sum) => {
                if let Some(f) = real() {
                    sum.add(f);
                    return Ok(Total::Float(sum));
                }
                let sum = protocol::binary(t, &float::new(t, sum.total()), v, Operator::Add)?;
                Ok(Total::of(t, sum))
            }
            Total::Complex(mut re, mut im) => {
                if complex::TYPE.is_exact(t, v)
                    && let Some(z) = complex::as_complex(v)
                {
                    re.add(z.re);
                    im.add(z.im);
                    return Ok(Total::Complex(re, im));
                }
                if let Some(f) = real() {
                    re.add(f);
                    return Ok(Total::Complex(re, im));
                }
                let sum = protocol::binary(t, &Total::Complex(re, im).value(t), v, Operator::Add)?;
                Ok(Total::of(t, sum))
            }
            Total::Any(sum) => Ok(Total::Any(protocol::binary(t, &sum, v, Operator::Add)?)),
        }
    }
}

pub(super) fn sum(t: Attached<'_>, a: &[Value]) -> PyResult {
    let members = protocol::Members::of(t, &a[0])?;
    let start = a[1].given().cloned().unwrap_or(Value::i32(0));
    if str::is_str(&start) {
        return Err(t.type_error("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    if bytes::as_bytes(&start).is_some() {
        return Err(t.type_error("sum() can't sum bytes [use b''.join(seq) instead]"));
    }
    if start.kind().is_some_and(|k| k.name == "bytearray") {
        return Err(t.type_error("sum() can't sum bytearray [use b''.join(seq) instead]"));
    }
    let mut total = Total::of(t, start);
    members.walk(t, |v| {
        if let Total::Int(sum) = &mut total
            && let Some(n) = v.as_small_int()
            && let Some(both) = number::small_add(*sum, n)
        {
            *sum = both;
        } else {
            total = std::mem::replace(&mut total, Total::Int(0)).add(t, &v)?;
        }
        Ok(true)
    })?;
    Ok(total.value(t))
}
