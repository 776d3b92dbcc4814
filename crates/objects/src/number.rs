//! Between the number crate and objects: its failures as exceptions, format specs, the locale of numbers.

use std::borrow::Cow;

use orochi_heap::Value;
use orochi_number::format::{Family, FormatSpec, NumberLocale};
use orochi_number::{ErrorKind, NumberError};

use crate::exception;
use crate::thread::{Attached, PyResult, Raised};

/// Raises what the number crate reports.
#[cold]
pub fn raise(t: Attached<'_>, e: NumberError) -> Raised {
    match e.kind {
        ErrorKind::ZeroDivision => t.raise(&exception::ZeroDivisionError, &e.message),
        ErrorKind::Overflow => t.raise(&exception::OverflowError, &e.message),
        ErrorKind::ResultRange => {
            let text = crate::str::new(t, "Numerical result out of range");
            t.raise_with(&exception::OverflowError, vec![Value::i32(34), text])
        }
        ErrorKind::Value => t.raise(&exception::ValueError, &e.message),
        ErrorKind::Type => t.raise(&exception::TypeError, &e.message),
        ErrorKind::Memory => t.memory_error(),
    }
}

/// The result, or the exception that its error stands for.
#[inline(always)]
pub fn check<T>(t: Attached<'_>, result: Result<T, NumberError>) -> PyResult<T> {
    match result {
        Ok(v) => Ok(v),
        Err(e) => Err(raise(t, e)),
    }
}

/// Warns of a use that will stop working (DeprecationWarning), if the `warnings` machinery is loaded.
#[cold]
pub fn deprecated(t: Attached<'_>, message: &str) -> PyResult<()> {
    let modules = t.interpreter().modules.load();
    if crate::dict::as_dict(&modules).is_none() {
        return Ok(());
    }
    let found = crate::dict::get_by_name(t, &modules, "warnings").or_else(|| crate::dict::get_by_name(t, &modules, "_warnings"));
    let Some(module) = found else { return Ok(()) };
    let warn = crate::attr::get_by_name(t, &module, "warn")?;
    let text = crate::str::new(t, message);
    crate::protocol::call(t, &warn, &[text, exception::DeprecationWarning.get(t).clone(), Value::i32(1)])?;
    Ok(())
}

/// A parsed format spec; `spec` is a str.
pub fn format_spec(t: Attached<'_>, spec: &Value, family: Family, type_name: &str) -> PyResult<FormatSpec> {
    match crate::str::utf8(spec) {
        Some(text) => check(t, FormatSpec::parse(text, family, type_name)),
        None => Err(t.value_error(format!(
            "Invalid format specifier '{}' for object of type '{type_name}'",
            crate::str::display(spec)
        ))),
    }
}

/// What the current locale says about numbers, asked only where a format needs it.
pub struct Locale {
    decimal_point: Cow<'static, str>,
    thousands_sep: String,
    grouping: Vec<u8>,
}

impl Locale {
    /// The current locale if `wanted`, else the "C" locale.
    pub fn of(t: Attached<'_>, wanted: bool) -> Locale {
        let c = Locale { decimal_point: Cow::Borrowed("."), thousands_sep: String::new(), grouping: Vec::new() };
        if !wanted {
            return c;
        }
        ask_locale(t).unwrap_or_else(|e| {
            drop(t.take_raised(e));
            None
        })
        .unwrap_or(c)
    }
    /// As the number crate takes it.
    pub fn view(&self) -> NumberLocale<'_> {
        NumberLocale { decimal_point: &self.decimal_point, thousands_sep: &self.thousands_sep, grouping: &self.grouping }
    }
}

/// `_locale.localeconv()`, if that module is loaded (without it nothing has changed the locale).
fn ask_locale(t: Attached<'_>) -> PyResult<Option<Locale>> {
    let modules = t.interpreter().modules.load();
    if crate::dict::as_dict(&modules).is_none() {
        return Ok(None);
    }
    let Some(module) = crate::dict::get_by_name(t, &modules, "_locale") else { return Ok(None) };
    let localeconv = crate::attr::get_by_name(t, &module, "localeconv")?;
    let conv = crate::protocol::call(t, &localeconv, &[])?;
    if crate::dict::as_dict(&conv).is_none() {
        return Ok(None);
    }
    let text = |name: &str| {
        crate::dict::get_by_name(t, &conv, name).and_then(|v| crate::str::utf8(&v).map(str::to_owned)).unwrap_or_default()
    };
    let mut grouping = Vec::new();
    if let Some(sizes) = crate::dict::get_by_name(t, &conv, "grouping") {
        for size in crate::protocol::collect(t, &sizes)? {
            grouping.push(crate::int::as_i64(&size).map_or(127, |n| n.clamp(0, 127) as u8));
        }
    }
    Ok(Some(Locale { decimal_point: Cow::Owned(text("decimal_point")), thousands_sep: text("thousands_sep"), grouping }))
}
