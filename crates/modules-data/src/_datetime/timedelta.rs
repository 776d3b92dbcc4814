//! `datetime.timedelta`: a span of time in days, seconds and microseconds.
//!
//! Spans have at most 67 bits of microseconds, so all arithmetic is done in 128; what does not fit is no span either.

use dashu_int::{IBig, ops::DivRemEuclid};
use orochi_objects::spec::flags;
use orochi_objects::type_::{class_of, type_name};
use orochi_objects::{Args, Attached, CompareOp, Def, GetSet, Method, Payload, PyResult, TypeSpec, Value};
use orochi_objects::{dict, exception, float, int, payload, protocol, str, tuple, type_};

use super::calendar::{DAY, SECOND};
use super::fields;

/// The body of a timedelta.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PyDelta {
    days: i32,
    /// 0 to 86,399.
    seconds: i32,
    /// 0 to 999,999.
    micros: i32,
}

impl Payload for PyDelta {
    payload!(PyDelta, "timedelta");
    const CYCLIC: bool = false;
}

const MAX_DAYS: i128 = 999_999_999;
const DAY_WIDE: i128 = DAY as i128;

/// `datetime.timedelta`.
pub static DELTA: TypeSpec = TypeSpec::new::<PyDelta>("datetime.timedelta")
    .flags(flags::BASETYPE)
    .slots(&[
        Def::New(new),
        Def::Repr(repr),
        Def::Str(text),
        Def::Hash(hash),
        Def::Compare(compare),
        Def::Bool(|_, this| Ok(body(this).total() != 0)),
        Def::Neg(|t, this| make(t, -body(this).total())),
        Def::Pos(|t, this| make(t, body(this).total())),
        Def::Abs(|t, this| make(t, body(this).total().abs())),
        Def::Add(add),
        Def::Sub(sub),
        Def::Mul(mul),
        Def::TrueDiv(true_div),
        Def::FloorDiv(floor_div),
        Def::Mod(modulo),
        Def::DivMod(divmod),
    ])
    .methods(&[
        Method::new("total_seconds", "($self, /)", total_seconds, "The whole span in seconds, as a float."),
        Method::new("__reduce__", "($self, /)", reduce, "__reduce__() -> (cls, state)"),
    ])
    .getset(&[
        GetSet::read("days", |t, v| Ok(int::new(t, i64::from(body(v).days))), "Number of days."),
        GetSet::read(
            "seconds",
            |t, v| Ok(int::new(t, i64::from(body(v).seconds))),
            "Seconds beyond the days, less than a day's.",
        ),
        GetSet::read(
            "microseconds",
            |t, v| Ok(int::new(t, i64::from(body(v).micros))),
            "Microseconds beyond the seconds, less than a second's.",
        ),
    ])
    .extra(|t, class| {
        let namespace = type_::as_type(class).dict.load();
        let last = DAY_WIDE * (MAX_DAYS + 1) - 1;
        for (name, total) in [("min", -DAY_WIDE * MAX_DAYS), ("max", last), ("resolution", 1)] {
            let body = PyDelta::of(t, total)?;
            dict::set_by_name(t, &namespace, name, DELTA.alloc_for(t, class, body)?);
        }
        Ok(())
    })
    .doc(
        "A span of time: the difference between two dates or times.\n\ntimedelta(days=0, seconds=0, microseconds=0, \
         milliseconds=0, minutes=0, hours=0, weeks=0)\n\nArguments are ints or floats of either sign, and are added up.",
    );

impl PyDelta {
    /// The span of that many microseconds; OverflowError for too many.
    pub fn of(t: Attached<'_>, total: i128) -> PyResult<PyDelta> {
        let days = total.div_euclid(DAY_WIDE);
        let rest = total.rem_euclid(DAY_WIDE) as i64;
        if days.abs() > MAX_DAYS {
            return Err(match i32::try_from(days) {
                Ok(days) => t.overflow_error(format!("days={days}; must have magnitude <= {MAX_DAYS}")),
                Err(_) => too_large(t),
            });
        }
        Ok(PyDelta { days: days as i32, seconds: (rest / SECOND) as i32, micros: (rest % SECOND) as i32 })
    }
    /// All of it in microseconds.
    pub fn total(self) -> i128 {
        i128::from(self.days) * DAY_WIDE + i128::from(i64::from(self.seconds) * SECOND + i64::from(self.micros))
    }
    /// The days of it, rounded down.
    pub fn days(self) -> i64 {
        i64::from(self.days)
    }
}

fn too_large(t: Attached<'_>) -> orochi_objects::Raised {
    t.overflow_error("Python int too large to convert to C int")
}

/// A timedelta of that many microseconds.
pub fn make(t: Attached<'_>, total: i128) -> PyResult {
    Ok(DELTA.alloc(t, PyDelta::of(t, total)?))
}

/// The body, if the value is a timedelta.
pub fn as_delta(v: &Value) -> Option<PyDelta> {
    v.payload::<PyDelta>().copied()
}

fn body(v: &Value) -> PyDelta {
    match as_delta(v) {
        Some(d) => d,
        None => unreachable!("slots and methods are called with their own type"),
    }
}

const NAMES: [&::core::primitive::str; 7] =
    ["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"];
/// Microseconds of each unit.
const UNITS: [i64; 7] = [DAY, SECOND, 1, 1000, 60 * SECOND, 3600 * SECOND, 7 * DAY];
/// The order in which units are added: smallest first.
const ORDER: [usize; 7] = [2, 3, 1, 4, 5, 0, 6];

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let bound = fields::bind(t, "__new__()", &NAMES, (0, 7), args)?;
    let mut total = 0i128;
    let mut left = 0.0f64;
    for i in ORDER {
        if let Some(v) = bound[i] {
            let (whole, part) = units(t, v, i)?;
            total = total.checked_add(whole).ok_or_else(|| too_large(t))?;
            left += part;
        }
    }
    if left != 0.0 {
        // Half-way goes to the even sum, not to the even summand.
        let mut whole = left.round();
        if (whole - left).abs() == 0.5 {
            let odd = (total & 1) as f64;
            whole = 2.0 * ((left + odd) * 0.5).round() - odd;
        }
        total = total.checked_add(whole as i128).ok_or_else(|| too_large(t))?;
    }
    DELTA.alloc_for(t, class, PyDelta::of(t, total)?)
}

/// An argument in microseconds: the whole ones, and the fraction.
fn units(t: Attached<'_>, v: &Value, i: usize) -> PyResult<(i128, f64)> {
    let unit = i128::from(UNITS[i]);
    if int::is_int(v) {
        let n = wide(v).and_then(|n| n.checked_mul(unit)).ok_or_else(|| too_large(t))?;
        return Ok((n, 0.0));
    }
    let Some(x) = float::as_f64(v) else {
        return Err(t.type_error(format!("unsupported type for timedelta {} component: {}", NAMES[i], type_name(t, v))));
    };
    if x.is_nan() {
        return Err(t.value_error("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(t.overflow_error("cannot convert float infinity to integer"));
    }
    if x.abs() > 1e22 {
        return Err(too_large(t));
    }
    let scaled = x.fract() * UNITS[i] as f64;
    Ok((x.trunc() as i128 * unit + scaled.trunc() as i128, scaled.fract()))
}

/// An int that fits 128 bits.
fn wide(v: &Value) -> Option<i128> {
    match int::as_i64(v) {
        Some(n) => Some(i128::from(n)),
        None => i128::try_from(int::as_big(v)?).ok(),
    }
}

fn wide_value(t: Attached<'_>, n: i128) -> Value {
    match i64::try_from(n) {
        Ok(n) => int::new(t, n),
        Err(_) => int::from_big(t, IBig::from(n)),
    }
}

/// `datetime.timedelta` for the type itself, the bare name for subclasses.
pub fn shown_class(t: Attached<'_>, this: &Value, own: &'static TypeSpec) -> String {
    if own.is_exact(t, this) { own.name.to_owned() } else { class_of(t, this).name_text() }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let d = body(this);
    let mut parts = Vec::new();
    for (name, n) in [("days", d.days), ("seconds", d.seconds), ("microseconds", d.micros)] {
        if n != 0 {
            parts.push(format!("{name}={n}"));
        }
    }
    if parts.is_empty() {
        parts.push("0".to_owned());
    }
    Ok(str::from_string(t, format!("{}({})", shown_class(t, this, &DELTA), parts.join(", "))))
}

fn text(t: Attached<'_>, this: &Value) -> PyResult {
    let d = body(this);
    let (hours, minutes, seconds) = (d.seconds / 3600, d.seconds / 60 % 60, d.seconds % 60);
    let mut text = String::new();
    if d.days != 0 {
        text = format!("{} day{}, ", d.days, if d.days.abs() == 1 { "" } else { "s" });
    }
    text += &format!("{hours}:{minutes:02}:{seconds:02}");
    if d.micros != 0 {
        text += &format!(".{:06}", d.micros);
    }
    Ok(str::from_string(t, text))
}

/// The hash of a span.
pub fn hash_of(t: Attached<'_>, d: PyDelta) -> i64 {
    let mut bytes = [0u8; 12];
    bytes[..4].copy_from_slice(&d.days.to_le_bytes());
    bytes[4..8].copy_from_slice(&d.seconds.to_le_bytes());
    bytes[8..].copy_from_slice(&d.micros.to_le_bytes());
    str::hash_bytes(t, &bytes)
}
fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    Ok(hash_of(t, body(this)))
}

fn compare(_: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    Ok(match (as_delta(a), as_delta(b)) {
        (Some(a), Some(b)) => Value::bool(op.holds(a.cmp(&b))),
        _ => Value::not_implemented(),
    })
}

fn add(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    match (as_delta(a), as_delta(b)) {
        (Some(a), Some(b)) => make(t, a.total() + b.total()),
        _ => Ok(Value::not_implemented()),
    }
}
fn sub(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    match (as_delta(a), as_delta(b)) {
        (Some(a), Some(b)) => make(t, a.total() - b.total()),
        _ => Ok(Value::not_implemented()),
    }
}

fn mul(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let (d, by) = match (as_delta(a), as_delta(b)) {
        (Some(d), None) => (d, b),
        (None, Some(d)) => (d, a),
        _ => return Ok(Value::not_implemented()),
    };
    let total = d.total();
    if int::is_int(by) {
        if total == 0 {
            return make(t, 0);
        }
        let product = wide(by).and_then(|n| total.checked_mul(n)).ok_or_else(|| too_large(t))?;
        return make(t, product);
    }
    let Some(x) = float::as_f64(by) else { return Ok(Value::not_implemented()) };
    if let Some((a, b)) = own_ratio(t, by)? {
        return scaled(t, total, a, b);
    }
    let (mantissa, exponent) = ratio(t, x)?;
    // 67 and 53 bits.
    let product = total * i128::from(mantissa);
    if exponent >= 0 {
        return make(t, shifted(product, exponent).ok_or_else(|| too_large(t))?);
    }
    // Less than half of a microsecond if the divisor does not fit.
    make(t, shifted(1, -exponent).map_or(0, |divisor| divide_nearest(product, divisor)))
}

/// What the `as_integer_ratio` of a subclass of float says.
fn own_ratio(t: Attached<'_>, v: &Value) -> PyResult<Option<(IBig, IBig)>> {
    if float::TYPE.is_exact(t, v) {
        return Ok(None);
    }
    let ratio = protocol::call_method(t, v, &str::intern(t, "as_integer_ratio"), &[])?;
    const UNEXPECTED: &::core::primitive::str = "unexpected return type from as_integer_ratio(): expected";
    if tuple::as_tuple(&ratio).is_none() {
        return Err(t.type_error(format!("{UNEXPECTED} tuple, got '{}'", type_name(t, &ratio))));
    }
    let [a, b] = tuple::items(&ratio) else { return Err(t.value_error("as_integer_ratio() must return a 2-tuple")) };
    match (int::as_big(a), int::as_big(b)) {
        (Some(a), Some(b)) => Ok(Some((a, b))),
        _ => Err(t.type_error(format!("{UNEXPECTED} a tuple of ints"))),
    }
}

/// `total * a / b` to the nearest microsecond.
fn scaled(t: Attached<'_>, total: i128, a: IBig, b: IBig) -> PyResult {
    let negative = b < IBig::ZERO;
    let (a, b) = if negative { (-a, -b) } else { (a, b) };
    if b == IBig::ZERO {
        return Err(division_by_zero(t));
    }
    let (mut q, r) = (IBig::from(total) * a).div_rem_euclid(&b);
    let twice = IBig::from(r) * 2;
    if twice > b || (twice == b && &q % IBig::from(2) != IBig::ZERO) {
        q += 1;
    }
    make(t, i128::try_from(q).map_err(|_| too_large(t))?)
}

/// A float as a whole number times a power of two.
fn ratio(t: Attached<'_>, x: f64) -> PyResult<(i64, i32)> {
    if x.is_nan() {
        return Err(t.value_error("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(t.overflow_error("cannot convert Infinity to integer ratio"));
    }
    let bits = x.to_bits();
    let (exponent, fraction) = ((bits >> 52 & 0x7FF) as i32, (bits & ((1 << 52) - 1)) as i64);
    let (mantissa, exponent) = if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
    if mantissa == 0 {
        return Ok((0, 0));
    }
    let zeros = mantissa.trailing_zeros();
    let mantissa = mantissa >> zeros;
    Ok((if x < 0.0 { -mantissa } else { mantissa }, exponent + zeros as i32))
}

/// `n * 2**by`, if it fits.
fn shifted(n: i128, by: i32) -> Option<i128> {
    if n == 0 {
        return Some(0);
    }
    let by = u32::try_from(by).ok().filter(|&by| by < 126)?;
    n.checked_mul(1i128 << by)
}

/// `a / b` to the nearest whole number, half-way to even; `b` is not 0.
fn divide_nearest(a: i128, b: i128) -> i128 {
    let (q, r) = floor_divmod(a, b);
    // The rest has the divisor's sign and is smaller; compared without doubling it.
    let (r, rest) = (r.unsigned_abs(), b.unsigned_abs());
    let other = rest - r;
    if r > other || (r == other && q & 1 == 1) { q.wrapping_add(1) } else { q }
}

/// Quotient rounded down, and the rest; `b` is not 0.
fn floor_divmod(a: i128, b: i128) -> (i128, i128) {
    let (q, r) = (a.wrapping_div(b), a.wrapping_rem(b));
    if r != 0 && (r < 0) != (b < 0) { (q.wrapping_sub(1), r.wrapping_add(b)) } else { (q, r) }
}

fn division_by_zero(t: Attached<'_>) -> orochi_objects::Raised {
    t.raise(&exception::ZeroDivisionError, "division by zero")
}

/// The divisor in microseconds; ZeroDivisionError for none.
fn divisor(t: Attached<'_>, d: PyDelta) -> PyResult<i128> {
    match d.total() {
        0 => Err(division_by_zero(t)),
        n => Ok(n),
    }
}

/// The quotient of two counts of microseconds, rounded once.
fn quotient(t: Attached<'_>, a: i128, b: i128) -> PyResult {
    const EXACT: u128 = 1 << 53;
    if a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
        return Ok(float::new(t, a as f64 / b as f64));
    }
    protocol::binary(t, &wide_value(t, a), &wide_value(t, b), protocol::Operator::TrueDiv)
}

fn true_div(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let Some(d) = as_delta(a) else { return Ok(Value::not_implemented()) };
    let total = d.total();
    if let Some(by) = as_delta(b) {
        return quotient(t, total, divisor(t, by)?);
    }
    if int::is_int(b) {
        return match wide(b) {
            Some(0) => Err(division_by_zero(t)),
            Some(n) => make(t, divide_nearest(total, n)),
            None => make(t, 0),
        };
    }
    let Some(x) = float::as_f64(b) else { return Ok(Value::not_implemented()) };
    if let Some((a, b)) = own_ratio(t, b)? {
        return scaled(t, total, b, a);
    }
    let (mantissa, exponent) = ratio(t, x)?;
    if mantissa == 0 {
        return Err(division_by_zero(t));
    }
    let mantissa = i128::from(mantissa);
    if exponent >= 0 {
        return make(t, shifted(mantissa, exponent).map_or(0, |by| divide_nearest(total, by)));
    }
    let scaled = shifted(total, -exponent).ok_or_else(|| too_large(t))?;
    make(t, divide_nearest(scaled, mantissa))
}

fn floor_div(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let Some(d) = as_delta(a) else { return Ok(Value::not_implemented()) };
    let total = d.total();
    if let Some(by) = as_delta(b) {
        return Ok(wide_value(t, floor_divmod(total, divisor(t, by)?).0));
    }
    if !int::is_int(b) {
        return Ok(Value::not_implemented());
    }
    match wide(b) {
        Some(0) => Err(division_by_zero(t)),
        Some(n) => make(t, floor_divmod(total, n).0),
        // A divisor beyond every span: 0, or just below it.
        None => {
            let negative = int::as_big(b).is_some_and(|n| n < IBig::ZERO);
            make(t, if total != 0 && (total < 0) != negative { -1 } else { 0 })
        }
    }
}

fn modulo(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    match (as_delta(a), as_delta(b)) {
        (Some(a), Some(b)) => make(t, floor_divmod(a.total(), divisor(t, b)?).1),
        _ => Ok(Value::not_implemented()),
    }
}

fn divmod(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    match (as_delta(a), as_delta(b)) {
        (Some(a), Some(b)) => {
            let (q, r) = floor_divmod(a.total(), divisor(t, b)?);
            Ok(tuple::new(t, vec![wide_value(t, q), make(t, r)?]))
        }
        _ => Ok(Value::not_implemented()),
    }
}

fn total_seconds(t: Attached<'_>, a: &[Value]) -> PyResult {
    seconds_of(t, body(&a[0]).total())
}

/// Microseconds as a float of seconds, rounded once.
pub fn seconds_of(t: Attached<'_>, total: i128) -> PyResult {
    quotient(t, total, i128::from(SECOND))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let d = body(&a[0]);
    let state = [d.days, d.seconds, d.micros].map(|n| int::new(t, i64::from(n)));
    Ok(tuple::new(t, vec![type_::type_of(t, &a[0]).clone(), tuple::from_slice(t, &state)]))
}
