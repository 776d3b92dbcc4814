//! The calendar as libc knows it: broken-down times, their text, and the zone that `TZ` names.

use crate::errno::{Errno, Result, empty};
use crate::strings::bytes_of;
use std::ffi::{CStr, CString, c_char, c_long};

/// A broken-down time, fields as in C's `struct tm` (`year` from 1900, `month` and `yday` from 0,
/// `wday` 0 on Sunday).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokenDown {
    pub sec: i32,
    pub min: i32,
    pub hour: i32,
    pub mday: i32,
    pub month: i32,
    pub year: i32,
    pub wday: i32,
    pub yday: i32,
    /// Positive in summer time, 0 outside it, negative where unknown.
    pub isdst: i32,
    /// Seconds east of UTC.
    pub gmtoff: i64,
    /// Abbreviation of the zone.
    pub zone: Vec<u8>,
}

impl BrokenDown {
    fn from_c(c: &libc::tm) -> BrokenDown {
        BrokenDown {
            sec: c.tm_sec,
            min: c.tm_min,
            hour: c.tm_hour,
            mday: c.tm_mday,
            month: c.tm_mon,
            year: c.tm_year,
            wday: c.tm_wday,
            yday: c.tm_yday,
            isdst: c.tm_isdst,
            gmtoff: c.tm_gmtoff,
            // SAFETY: libc sets the field to NULL or to a NUL-ended name that it keeps.
            zone: unsafe { bytes_of(c.tm_zone) }.unwrap_or_default(),
        }
    }

    /// The C form; `zone` must be kept while it is used. A zone with NUL inside becomes empty.
    fn to_c(&self, zone: &CStr) -> libc::tm {
        libc::tm {
            tm_sec: self.sec,
            tm_min: self.min,
            tm_hour: self.hour,
            tm_mday: self.mday,
            tm_mon: self.month,
            tm_year: self.year,
            tm_wday: self.wday,
            tm_yday: self.yday,
            tm_isdst: self.isdst,
            tm_gmtoff: self.gmtoff,
            tm_zone: zone.as_ptr(),
        }
    }

    fn zone_text(&self) -> CString {
        CString::new(self.zone.as_slice()).unwrap_or_default()
    }
}

fn break_down(seconds: i64, call: unsafe extern "C" fn(*const i64, *mut libc::tm) -> *mut libc::tm) -> Result<BrokenDown> {
    // SAFETY: all fields of the structure may be zero, the zone then is NULL.
    let mut c: libc::tm = unsafe { std::mem::zeroed() };
    Errno::set_last(0);
    // SAFETY: both pointers lead to locals that outlive the call.
    if unsafe { call(&raw const seconds, &raw mut c) }.is_null() {
        return Err(match Errno::last() {
            Errno(0) => Errno::EOVERFLOW,
            error => error,
        });
    }
    Ok(BrokenDown::from_c(&c))
}

/// Local time of `seconds` since the epoch. `EOVERFLOW` when the year does not fit.
pub fn localtime(seconds: i64) -> Result<BrokenDown> {
    break_down(seconds, libc::localtime_r)
}

/// UTC of `seconds` since the epoch. `EOVERFLOW` when the year does not fit.
pub fn gmtime(seconds: i64) -> Result<BrokenDown> {
    break_down(seconds, libc::gmtime_r)
}

/// Seconds since the epoch of a local time; fields are brought into range. `EOVERFLOW` when there is no
/// such time.
pub fn mktime(time: &mut BrokenDown) -> Result<i64> {
    let zone = time.zone_text();
    let mut c = time.to_c(&zone);
    // -1 is a valid answer, one second before the epoch: an untouched week day tells failure.
    c.tm_wday = -1;
    // SAFETY: the structure is a local, its zone outlives the call.
    let seconds = unsafe { libc::mktime(&raw mut c) };
    if seconds == -1 && c.tm_wday == -1 {
        return Err(Errno::EOVERFLOW);
    }
    *time = BrokenDown::from_c(&c);
    Ok(seconds)
}

/// Seconds since the epoch of a time in UTC.
pub fn timegm(time: &BrokenDown) -> Result<i64> {
    let zone = time.zone_text();
    let mut c = time.to_c(&zone);
    c.tm_wday = -1;
    // SAFETY: the structure is a local, its zone outlives the call.
    let seconds = unsafe { libc::timegm(&raw mut c) };
    if seconds == -1 && c.tm_wday == -1 { Err(Errno::EOVERFLOW) } else { Ok(seconds) }
}

/// The time written as `format` says, in the current locale. `ERANGE` when the text would be longer than
/// 256 times the format.
pub fn strftime(format: &CStr, time: &BrokenDown) -> Result<Vec<u8>> {
    let wanted = format.to_bytes().len();
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let zone = time.zone_text();
    let c = time.to_c(&zone);
    // An answer of 0 may mean "too small" or "empty text", so a blank in front makes every text nonempty.
    let mut padded = empty(wanted + 2)?;
    padded.push(b' ');
    padded.extend_from_slice(format.to_bytes());
    let padded = CString::new(padded).map_err(|_| Errno::EINVAL)?;
    let mut size = 1024;
    loop {
        let mut text = empty(size)?;
        // SAFETY: the buffer takes `size` bytes, format and time outlive the call.
        let n = unsafe { libc::strftime(text.as_mut_ptr().cast(), size, padded.as_ptr(), &raw const c) };
        if n > 0 {
            // SAFETY: strftime has filled `n` bytes.
            unsafe { text.set_len(n) };
            text.remove(0);
            return Ok(text);
        }
        if size > wanted.saturating_mul(256).max(1 << 16) {
            return Err(Errno::ERANGE);
        }
        size *= 4;
    }
}

/// `Sun Jun  6 12:00:00 1993`, in English whatever the locale. Fields out of range read `???`.
pub fn asctime(time: &BrokenDown) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let pick = |names: &[&'static str], i: i32| usize::try_from(i).ok().and_then(|i| names.get(i).copied()).unwrap_or("???");
    format!(
        "{} {}{:3} {:02}:{:02}:{:02} {}",
        pick(&DAYS, time.wday),
        pick(&MONTHS, time.month),
        time.mday,
        time.hour,
        time.min,
        time.sec,
        i64::from(time.year) + 1900
    )
}

/// The local zone: seconds west of UTC in winter, in summer, whether summer time exists, the two names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    pub timezone: i64,
    pub altzone: i64,
    pub daylight: bool,
    pub names: [Vec<u8>; 2],
}

unsafe extern "C" {
    static tzname: [*const c_char; 2];
    static timezone: c_long;
    static daylight: i32;
    #[link_name = "tzset"]
    fn c_tzset();
}

/// Reads `TZ` anew.
pub fn tzset() {
    // SAFETY: libc guards its zone data with a lock of its own; the environment is only ever changed by
    // `process::putenv`, which frees nothing that `getenv` may hold.
    unsafe { c_tzset() }
}

/// The local zone as it is this year: the offsets on 1 January and 1 July are compared, and the larger
/// distance west is winter, on both halves of the globe.
pub fn zone() -> Zone {
    tzset();
    let year = localtime(super::realtime_nanos() / super::NANOS).map_or(70, |t| t.year);
    let at = |month: i32| {
        let mut time = BrokenDown { year, month, mday: 1, isdst: -1, ..BrokenDown::default() };
        mktime(&mut time).ok().map(|_| (-time.gmtoff, time.zone))
    };
    match (at(0), at(6)) {
        (Some(january), Some(july)) if january.0 != july.0 => {
            let (winter, summer) = if january.0 > july.0 { (january, july) } else { (july, january) };
            Zone { timezone: winter.0, altzone: summer.0, daylight: true, names: [winter.1, summer.1] }
        }
        (Some(january), Some(_)) => {
            Zone { timezone: january.0, altzone: january.0, daylight: false, names: [january.1.clone(), january.1] }
        }
        _ => {
            // SAFETY: tzset has set these globals of libc; the names are NUL-ended.
            unsafe {
                let names = [bytes_of(tzname[0]).unwrap_or_default(), bytes_of(tzname[1]).unwrap_or_default()];
                Zone { timezone, altzone: timezone - 3600, daylight: daylight != 0, names }
            }
        }
    }
}
