//! `_locale`: the C library's locale.

use std::ffi::CString;

use orochi_host::{constants, locale};
use orochi_objects::{
    Attached, Method, ModuleSpec, PyResult, Raised, Slot, Value, dict, exception, int, list, protocol, str, tuple, type_,
};

use crate::arguments::{c_int, decoded, file_name, text};
use crate::errors::os_error;

/// `locale.Error`.
#[derive(Default)]
struct State {
    error: Slot,
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_locale")
    .doc("Support for POSIX locales.")
    .functions(&[
        Method::new("setlocale", "(category, locale=None, /)", setlocale, "Activates/queries locale processing."),
        Method::new("localeconv", "()", localeconv, "Returns numeric and monetary locale-specific parameters."),
        Method::new("nl_langinfo", "(key, /)", nl_langinfo, "Return the value for the locale information associated with key."),
        Method::new("getencoding", "()", |t, _| Ok(decoded(t, &locale::encoding())), "Get the current locale encoding."),
        Method::new("strcoll", "(os1, os2, /)", strcoll, "Compares two strings according to the locale."),
        Method::new("strxfrm", "(string, /)", strxfrm, "Return a string that can be used as a key for locale-aware comparisons."),
        Method::new("gettext", "(msg, /)", |t, a| { let m = text(t, &a[0], "gettext() argument")?; Ok(decoded(t, &locale::gettext(&m))) }, "gettext(msg) -> string"),
        Method::new("dgettext", "(domain, msg, /)", |t, a| translated(t, &a[0], &a[1], LC_MESSAGES), "dgettext(domain, msg) -> string"),
        Method::new("dcgettext", "(domain, msg, category, /)", |t, a| translated(t, &a[0], &a[1], c_int(t, &a[2])?), "Return translation of msg in domain and category."),
        Method::new("textdomain", "(domain, /)", textdomain, "Set the C library's textdmain to domain, returning the new domain."),
        Method::new("bindtextdomain", "(domain, dir, /)", bindtextdomain, "Bind the C library's domain to dir."),
        Method::new("bind_textdomain_codeset", "(domain, codeset, /)", bind_codeset, "Bind the C library's domain to codeset."),
    ])
    .exec(|t, namespace| {
        crate::arguments::constants(t, namespace, constants::locale_constants());
        crate::arguments::constants(t, namespace, constants::langinfo_constants());
        let own = dict::new(t);
        dict::set_by_name(t, &own, "__module__", str::intern(t, "locale"));
        let bases = tuple::new(t, vec![exception::Exception.get(t).clone()]);
        let class = protocol::call(t, type_::TYPE.get(t), &[str::intern(t, "Error"), bases, own])?;
        t.interpreter().state::<State>().error.set(class.clone());
        dict::set_by_name(t, namespace, "Error", class);
        Ok(())
    });

const LC_MESSAGES: i32 = 5;
/// Ends a list of group sizes.
const CHAR_MAX: i64 = 127;

fn locale_error(t: Attached<'_>, message: &str) -> Raised {
    let class = t.interpreter().state::<State>().error.load();
    match protocol::call(t, &class, &[str::new(t, message)]) {
        Ok(e) => t.raise_value(e),
        Err(e) => e,
    }
}

fn setlocale(t: Attached<'_>, a: &[Value]) -> PyResult {
    let category = c_int(t, &a[0])?;
    let name = match a[1].given().filter(|v| !v.is_none()) {
        Some(v) => Some(text(t, v, "setlocale() argument 2")?),
        None => None,
    };
    if !(0..=12).contains(&category) {
        return Err(locale_error(t, "invalid locale category"));
    }
    match locale::setlocale(category, name.as_deref()) {
        Some(now) => Ok(decoded(t, &now)),
        None => Err(locale_error(t, if name.is_some() { "unsupported locale setting" } else { "locale query failed" })),
    }
}

fn localeconv(t: Attached<'_>, _: &[Value]) -> PyResult {
    let c = locale::localeconv();
    let all = dict::new(t);
    let groups = |sizes: &[u8]| {
        let mut numbers = Vec::new();
        for &n in sizes {
            numbers.push(Value::i32(i32::from(n)));
            if n == 0 || i64::from(n) == CHAR_MAX {
                break;
            }
        }
        if !numbers.is_empty() && sizes.iter().all(|&n| n != 0 && i64::from(n) != CHAR_MAX) {
            numbers.push(Value::i32(0));
        }
        list::new(t, numbers)
    };
    for (name, raw) in [
        ("decimal_point", &c.decimal_point),
        ("thousands_sep", &c.thousands_sep),
        ("int_curr_symbol", &c.int_curr_symbol),
        ("currency_symbol", &c.currency_symbol),
        ("mon_decimal_point", &c.mon_decimal_point),
        ("mon_thousands_sep", &c.mon_thousands_sep),
        ("positive_sign", &c.positive_sign),
        ("negative_sign", &c.negative_sign),
    ] {
        dict::set_by_name(t, &all, name, decoded(t, raw));
    }
    dict::set_by_name(t, &all, "grouping", groups(&c.grouping));
    dict::set_by_name(t, &all, "mon_grouping", groups(&c.mon_grouping));
    for (name, n) in [
        ("int_frac_digits", c.int_frac_digits),
        ("frac_digits", c.frac_digits),
        ("p_cs_precedes", c.p_cs_precedes),
        ("p_sep_by_space", c.p_sep_by_space),
        ("n_cs_precedes", c.n_cs_precedes),
        ("n_sep_by_space", c.n_sep_by_space),
        ("p_sign_posn", c.p_sign_posn),
        ("n_sign_posn", c.n_sign_posn),
    ] {
        dict::set_by_name(t, &all, name, Value::i32(n));
    }
    Ok(all)
}

fn nl_langinfo(t: Attached<'_>, a: &[Value]) -> PyResult {
    match locale::nl_langinfo(c_int(t, &a[0])?) {
        Ok(raw) => Ok(decoded(t, &raw)),
        Err(_) => Err(t.value_error("unsupported langinfo constant")),
    }
}

fn strcoll(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (x, y) = (text(t, &a[0], "strcoll() argument 1")?, text(t, &a[1], "strcoll() argument 2")?);
    Ok(int::new(t, i64::from(locale::strcoll(&x, &y))))
}
fn strxfrm(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = text(t, &a[0], "strxfrm() argument")?;
    match locale::strxfrm(&s) {
        Ok(raw) => Ok(decoded(t, &raw)),
        Err(e) => Err(os_error(t, e)),
    }
}

fn optional(t: Attached<'_>, v: &Value, what: &str) -> PyResult<Option<CString>> {
    if v.is_none() { Ok(None) } else { text(t, v, what).map(Some) }
}
fn translated(t: Attached<'_>, domain: &Value, message: &Value, category: i32) -> PyResult {
    let domain = optional(t, domain, "dcgettext() argument 1")?;
    let message = text(t, message, "dcgettext() argument 2")?;
    Ok(decoded(t, &locale::dcgettext(domain.as_deref(), &message, category)))
}
fn textdomain(t: Attached<'_>, a: &[Value]) -> PyResult {
    let domain = optional(t, &a[0], "textdomain() argument")?;
    match locale::textdomain(domain.as_deref()) {
        Ok(raw) => Ok(decoded(t, &raw)),
        Err(e) => Err(os_error(t, e)),
    }
}
fn bindtextdomain(t: Attached<'_>, a: &[Value]) -> PyResult {
    let domain = text(t, &a[0], "bindtextdomain() argument 1")?;
    if domain.is_empty() {
        return Err(locale_error(t, "domain must be a non-empty string"));
    }
    let directory = if a[1].is_none() { None } else { Some(file_name(t, &a[1])?) };
    match locale::bindtextdomain(&domain, directory.as_deref()) {
        Ok(raw) => Ok(decoded(t, &raw)),
        Err(e) => Err(os_error(t, e)),
    }
}
fn bind_codeset(t: Attached<'_>, a: &[Value]) -> PyResult {
    let domain = text(t, &a[0], "bind_textdomain_codeset() argument 1")?;
    let codeset = optional(t, &a[1], "bind_textdomain_codeset() argument 2")?;
    Ok(locale::bind_textdomain_codeset(&domain, codeset.as_deref()).map_or(Value::none(), |raw| decoded(t, &raw)))
}
