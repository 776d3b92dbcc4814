//! The locale of libc. Texts are bytes in the locale's own encoding.
//!
//! `setlocale` changes data that other threads' libc calls read. The functions here take turns through a
//! lock; calls elsewhere (`strftime`, `strerror`) read through libc's own pointers, which stay valid as
//! glibc keeps loaded locales.

use crate::constants::langinfo_constants;
use crate::errno::{Errno, Result, zeroed};
use crate::strings::bytes_of;
use std::ffi::{CStr, c_char};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Guarded by: itself. Held during each call that reads or sets the locale.
static TURN: Mutex<()> = Mutex::new(());

pub(crate) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets (or with `None` asks for) the locale of a category (`LC_*`). `None` where it does not exist.
pub fn setlocale(category: i32, locale: Option<&CStr>) -> Option<Vec<u8>> {
    let _turn = turn();
    let name = locale.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: the name is NULL or NUL-ended; the answer is copied before the next call can change it.
    unsafe { bytes_of(libc::setlocale(category, name)) }
}

/// How numbers and money are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conventions {
    pub decimal_point: Vec<u8>,
    pub thousands_sep: Vec<u8>,
    /// Group sizes as libc has them: 0 repeats the last, `CHAR_MAX` stops.
    pub grouping: Vec<u8>,
    pub int_curr_symbol: Vec<u8>,
    pub currency_symbol: Vec<u8>,
    pub mon_decimal_point: Vec<u8>,
    pub mon_thousands_sep: Vec<u8>,
    /// As `grouping`.
    pub mon_grouping: Vec<u8>,
    pub positive_sign: Vec<u8>,
    pub negative_sign: Vec<u8>,
    pub int_frac_digits: i32,
    pub frac_digits: i32,
    pub p_cs_precedes: i32,
    pub p_sep_by_space: i32,
    pub n_cs_precedes: i32,
    pub n_sep_by_space: i32,
    pub p_sign_posn: i32,
    pub n_sign_posn: i32,
}

/// The conventions of the current locale.
pub fn localeconv() -> Conventions {
    let _turn = turn();
    // SAFETY: libc answers a valid structure of NUL-ended texts; it is copied before the turn ends.
    unsafe {
        let c = &*libc::localeconv();
        let text = |p: *mut c_char| bytes_of(p).unwrap_or_default();
        Conventions {
            decimal_point: text(c.decimal_point),
            thousands_sep: text(c.thousands_sep),
            grouping: text(c.grouping),
            int_curr_symbol: text(c.int_curr_symbol),
            currency_symbol: text(c.currency_symbol),
            mon_decimal_point: text(c.mon_decimal_point),
            mon_thousands_sep: text(c.mon_thousands_sep),
            mon_grouping: text(c.mon_grouping),
            positive_sign: text(c.positive_sign),
            negative_sign: text(c.negative_sign),
            int_frac_digits: i32::from(c.int_frac_digits),
            frac_digits: i32::from(c.frac_digits),
            p_cs_precedes: i32::from(c.p_cs_precedes),
            p_sep_by_space: i32::from(c.p_sep_by_space),
            n_cs_precedes: i32::from(c.n_cs_precedes),
            n_sep_by_space: i32::from(c.n_sep_by_space),
            p_sign_posn: i32::from(c.p_sign_posn),
            n_sign_posn: i32::from(c.n_sign_posn),
        }
    }
}

/// The text of a locale item. `EINVAL` for items outside `langinfo_constants`: some of them are numbers
/// that libc passes off as pointers.
pub fn nl_langinfo(item: i32) -> Result<Vec<u8>> {
    if !langinfo_constants().iter().any(|(_, known)| *known == i64::from(item)) {
        return Err(Errno::EINVAL);
    }
    let _turn = turn();
    // SAFETY: every item in the table yields a NUL-ended text.
    Ok(unsafe { bytes_of(libc::nl_langinfo(item)) }.unwrap_or_default())
}

/// Name of the encoding of the current locale.
pub fn encoding() -> Vec<u8> {
    nl_langinfo(libc::CODESET).unwrap_or_default()
}

/// Compares by the current locale: negative, 0 or positive.
pub fn strcoll(a: &CStr, b: &CStr) -> i32 {
    let _turn = turn();
    // SAFETY: both are NUL-ended and outlive the call.
    unsafe { libc::strcoll(a.as_ptr(), b.as_ptr()) }
}

/// The key by whose bytes texts sort as by [`strcoll`].
pub fn strxfrm(text: &CStr) -> Result<Vec<u8>> {
    let _turn = turn();
    let mut size = text.to_bytes().len().saturating_add(1).saturating_mul(4);
    loop {
        let mut key = zeroed(size)?;
        // SAFETY: the text is NUL-ended, the buffer is writable for the length given.
        let needed = unsafe { libc::strxfrm(key.as_mut_ptr().cast(), text.as_ptr(), size) };
        if needed < size {
            key.truncate(needed);
            return Ok(key);
        }
        size = needed.checked_add(1).ok_or(Errno::ENOMEM)?;
    }
}

unsafe extern "C" {
    #[link_name = "gettext"]
    fn c_gettext(message: *const c_char) -> *mut c_char;
    #[link_name = "dcgettext"]
    fn c_dcgettext(domain: *const c_char, message: *const c_char, category: i32) -> *mut c_char;
    #[link_name = "textdomain"]
    fn c_textdomain(domain: *const c_char) -> *mut c_char;
    #[link_name = "bindtextdomain"]
    fn c_bindtextdomain(domain: *const c_char, directory: *const c_char) -> *mut c_char;
    #[link_name = "bind_textdomain_codeset"]
    fn c_bind_codeset(domain: *const c_char, codeset: *const c_char) -> *mut c_char;
}

fn optional(text: Option<&CStr>) -> *const c_char {
    text.map_or(std::ptr::null(), CStr::as_ptr)
}

/// The translation of `message` in the current domain, or itself.
pub fn gettext(message: &CStr) -> Vec<u8> {
    let _turn = turn();
    // SAFETY: the message is NUL-ended; the answer is it or a text that libc keeps.
    unsafe { bytes_of(c_gettext(message.as_ptr())) }.unwrap_or_default()
}

/// The translation of `message` in `domain` for a category.
pub fn dcgettext(domain: Option<&CStr>, message: &CStr, category: i32) -> Vec<u8> {
    let _turn = turn();
    // SAFETY: as for `gettext`; the domain is NULL or NUL-ended.
    unsafe { bytes_of(c_dcgettext(optional(domain), message.as_ptr(), category)) }.unwrap_or_default()
}

/// Sets (or with `None` asks for) the current domain.
pub fn textdomain(domain: Option<&CStr>) -> Result<Vec<u8>> {
    let _turn = turn();
    // SAFETY: the domain is NULL or NUL-ended; libc copies it.
    unsafe { bytes_of(c_textdomain(optional(domain))) }.ok_or_else(Errno::last)
}

/// Sets (or with `None` asks for) the directory of a domain.
pub fn bindtextdomain(domain: &CStr, directory: Option<&CStr>) -> Result<Vec<u8>> {
    let _turn = turn();
    // SAFETY: both are NULL or NUL-ended; libc copies them.
    unsafe { bytes_of(c_bindtextdomain(domain.as_ptr(), optional(directory))) }.ok_or_else(Errno::last)
}

/// Sets (or with `None` asks for) the encoding of a domain's texts; `None` while none is set.
pub fn bind_textdomain_codeset(domain: &CStr, codeset: Option<&CStr>) -> Option<Vec<u8>> {
    let _turn = turn();
    // SAFETY: both are NULL or NUL-ended; libc copies them.
    unsafe { bytes_of(c_bind_codeset(domain.as_ptr(), optional(codeset))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_locale() {
        assert_eq!(setlocale(libc::LC_ALL, Some(c"C")).unwrap(), b"C");
        assert_eq!(setlocale(libc::LC_ALL, Some(c"no_SUCH.locale")), None);
        assert_eq!(localeconv().decimal_point, b".");
        assert_eq!(localeconv().grouping, b"");
        assert_eq!(nl_langinfo(libc::DAY_1).unwrap(), b"Sunday");
        assert_eq!(encoding(), b"ANSI_X3.4-1968");
        assert_eq!(nl_langinfo(0x7fff_0000), Err(Errno::EINVAL));
        assert!(strcoll(c"a", c"b") < 0);
        assert_eq!(strxfrm(c"abc").unwrap(), b"abc");
        assert_eq!(gettext(c"plain"), b"plain");
    }
}
