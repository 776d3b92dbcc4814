//! Ints as text, and the limit on the digits of decimal text.

use std::sync::atomic::{AtomicUsize, Ordering::*};

use orochi_heap::Value;
use orochi_number::format::{Family, FormatSpec, Int};
use orochi_number::int as number;

use super::{IntView, view};
use crate::number::check;
use crate::str::build::Scratch;
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

/// `sys.set_int_max_str_digits`: state of the interpreter.
pub struct DigitLimit(AtomicUsize);

impl Default for DigitLimit {
    fn default() -> DigitLimit {
        DigitLimit(AtomicUsize::new(number::DEFAULT_MAX_STR_DIGITS))
    }
}

/// `sys.get_int_max_str_digits()` as it matters to a text of `digits` digits: 0 (none) for texts so short
/// that no limit concerns them, without looking the limit up.
pub fn max_str_digits(t: Attached<'_>, digits: usize) -> usize {
    if digits <= number::STR_DIGITS_CHECK_THRESHOLD {
        return 0;
    }
    t.interpreter().state::<DigitLimit>().0.load(Relaxed)
}

/// `sys.set_int_max_str_digits(digits)`; 0 means none. ValueError below the least limit.
pub fn set_max_str_digits(t: Attached<'_>, digits: usize) -> PyResult<()> {
    if digits != 0 && digits < number::STR_DIGITS_CHECK_THRESHOLD {
        return Err(t.value_error(format!(
            "maxdigits must be 0 or larger than {}",
            number::STR_DIGITS_CHECK_THRESHOLD
        )));
    }
    t.interpreter().state::<DigitLimit>().0.store(digits, Relaxed);
    Ok(())
}

/// `str(n)`.
pub fn decimal(t: Attached<'_>, n: IntView<'_>) -> PyResult<String> {
    match n {
        IntView::Small(i) => Ok(i.to_string()),
        IntView::Big(b) => {
            let limit = max_str_digits(t, number::bit_length(b) / 3);
            check(t, number::to_decimal(b, limit))
        }
    }
}

pub(super) fn repr(t: Attached<'_>, v: &Value) -> PyResult {
    match view(v) {
        Some(IntView::Small(i)) => Ok(crate::str::from_i64(t, i)),
        Some(n) => Ok(crate::str::from_string(t, decimal(t, n)?)),
        None => Err(t.type_error("int.__repr__ needs an int")),
    }
}

/// `int.__format__(spec)`.
pub(super) fn format(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(spec_text) = crate::str::as_str(&a[1]) else {
        return Err(t.type_error(format!("__format__() argument must be str, not {}", type_name(t, &a[1]))));
    };
    if spec_text.bytes().is_empty() {
        return crate::protocol::str(t, &a[0]);
    }
    let Some(n) = view(&a[0]) else { return Err(t.type_error("int.__format__ needs an int")) };
    let name = type_name(t, &a[0]);
    let spec = crate::number::format_spec(t, &a[1], Family::Int, &name)?;
    if spec.kind == Some('c') {
        return format_char(t, &spec, &n.to_big());
    }
    let (n, limit) = match n {
        IntView::Small(i) => (Int::Small(i), 0),
        IntView::Big(b) => (Int::Big(b), max_str_digits(t, number::bit_length(b) / 3)),
    };
    let mut out = Scratch::new();
    let locale = crate::number::Locale::of(t, spec.kind == Some('n'));
    check(t, orochi_number::format::write_int(&mut out, &spec, n, &name, &locale.view(), limit))?;
    // SAFETY: all that is written are texts.
    unsafe { out.to_str(t) }
}

/// The type `c`, whose code point may be a lone surrogate.
fn format_char(t: Attached<'_>, spec: &FormatSpec, n: &dashu_int::IBig) -> PyResult {
    let (code, place) = check(t, orochi_number::format::int_char(spec, n))?;
    let mut out = orochi_text::wtf8::Wtf8Buf::default();
    let fill = orochi_text::wtf8::CodePoint::from(spec.fill);
    let room = |_| t.memory_error();
    out.push_repeated(fill, place.left).map_err(room)?;
    if let Some(c) = orochi_text::wtf8::CodePoint::new(code) {
        out.push(c);
    }
    out.push_repeated(fill, place.right).map_err(room)?;
    Ok(crate::str::from_buf(t, out))
}
