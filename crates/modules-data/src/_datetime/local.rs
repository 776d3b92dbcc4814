//! The system's clock and local zone: timestamps, and which of two equal wall clock readings is meant.
//!
//! Wall clock readings are counted in seconds from 1970 as if they were in UTC, so the offset of a moment is the
//! difference of both counts.

use orochi_host::clock::{self, BrokenDown, NANOS};
use orochi_objects::type_::{class_of, type_name};
use orochi_objects::{Attached, PyResult, Value, exception, float, int, protocol, str};

use super::calendar::{self, EPOCH};
use super::fields::{self, Hms, Ymd};
use super::timezone;

/// No zone has changed its offset by more.
const PROBE: i64 = 24 * 3600;

/// The time now: seconds and microseconds.
pub fn now() -> (i64, u32) {
    let nanos = clock::realtime_nanos();
    (nanos.div_euclid(NANOS), (nanos.rem_euclid(NANOS) / 1000) as u32)
}

/// 2 to the 63rd: the first float that is too large for an `i64`.
const TOO_LARGE: f64 = (1u64 << 63) as f64;

fn out_of_range(t: Attached<'_>) -> orochi_objects::Raised {
    t.overflow_error("timestamp out of range for platform time_t")
}

/// A timestamp in whole seconds, rounded down.
pub fn whole_seconds(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    if let Some(x) = float::as_f64(v) {
        if x.is_nan() {
            return Err(t.value_error("Invalid value NaN (not a number)"));
        }
        let x = x.floor();
        return if (-TOO_LARGE..TOO_LARGE).contains(&x) { Ok(x as i64) } else { Err(out_of_range(t)) };
    }
    int::as_i64(&protocol::as_index(t, v)?).ok_or_else(|| out_of_range(t))
}

/// A timestamp in seconds and microseconds, to the nearest, half-way to even.
pub fn seconds_and_micros(t: Attached<'_>, v: &Value) -> PyResult<(i64, u32)> {
    if let Some(x) = float::as_f64(v) {
        if x.is_nan() {
            return Err(t.value_error("Invalid value NaN (not a number)"));
        }
        let (mut whole, mut micros) = (x.trunc(), (x.fract() * 1e6).round_ties_even());
        if micros >= 1e6 {
            micros -= 1e6;
            whole += 1.0;
        } else if micros < 0.0 {
            micros += 1e6;
            whole -= 1.0;
        }
        let fits = (-TOO_LARGE..TOO_LARGE).contains(&whole);
        return if fits { Ok((whole as i64, micros as u32)) } else { Err(out_of_range(t)) };
    }
    if !int::is_int(v) && class_of(t, v).slots.index().is_none() {
        return Err(t.type_error(format!("argument must be int or float, not {}", type_name(t, v))));
    }
    let n = protocol::as_index(t, v)?;
    int::as_i64(&n).map(|n| (n, 0)).ok_or_else(|| out_of_range(t))
}

fn failed(t: Attached<'_>, e: orochi_host::Errno) -> orochi_objects::Raised {
    t.raise_with(&exception::OSError, vec![int::new(t, i64::from(e.0)), str::new(t, "Value too large for defined data type")])
}

/// Local time.
pub fn localtime(t: Attached<'_>, seconds: i64) -> PyResult<BrokenDown> {
    clock::localtime(seconds).map_err(|e| failed(t, e))
}

/// The fields of a broken-down time; leap seconds are the minute's last second.
pub fn fields_of(t: Attached<'_>, time: &BrokenDown) -> PyResult<(Ymd, Hms)> {
    let day = Ymd::check(t, i64::from(time.year) + 1900, i64::from(time.month) + 1, i64::from(time.mday))?;
    let time = Hms::check(t, i64::from(time.hour), i64::from(time.min), i64::from(time.sec.min(59)), 0)?;
    Ok((day, time))
}

/// A day and time as seconds from 1970.
pub fn count(day: Ymd, time: Hms) -> i64 {
    (day.ordinal() - EPOCH) * 86_400 + time.seconds()
}

/// The local wall clock's reading at a moment.
fn reading(t: Attached<'_>, seconds: i64) -> PyResult<i64> {
    let (day, time) = fields_of(t, &localtime(t, seconds)?)?;
    Ok(count(day, time))
}

/// Day and time of a moment in UTC.
pub fn utc_fields(t: Attached<'_>, seconds: i64) -> PyResult<(Ymd, Hms)> {
    let days = seconds.div_euclid(86_400);
    // What is no year of ours may be no year of the system's either.
    if !(-EPOCH..=calendar::MAX_ORDINAL).contains(&days) {
        return fields_of(t, &clock::gmtime(seconds).map_err(|e| failed(t, e))?);
    }
    let (year, month, day) = calendar::civil(days + EPOCH);
    fields::check_year(t, year)?;
    Ok((Ymd::of_valid((year, month, day)), Hms::of_micros(seconds.rem_euclid(86_400) * calendar::SECOND)))
}

/// Day and time of a moment in the local zone, and whether the wall clock shows this for the second time.
pub fn local_fields(t: Attached<'_>, seconds: i64) -> PyResult<(Ymd, Hms, u8)> {
    let (day, time) = fields_of(t, &localtime(t, seconds)?)?;
    let here = count(day, time);
    let Some(before) = seconds.checked_sub(PROBE) else { return Err(out_of_range(t)) };
    // The clock was set back within the last day if it shows less than a day more than then.
    let change = here - reading(t, before)? - PROBE;
    let fold = change < 0 && reading(t, seconds + change)? == here;
    Ok((day, time, u8::from(fold)))
}

/// The moment of a local wall clock reading: of two, `fold` tells which; of a reading that was left out, what the
/// clock would have shown before (fold 0) or after.
pub fn moment(t: Attached<'_>, wall: i64, fold: u8) -> PyResult<i64> {
    let first_offset = reading(t, wall)? - wall;
    let first = wall - first_offset;
    let first_fits = reading(t, first)?;
    let other_offset = if first_fits == wall {
        let other = if fold == 1 { first + PROBE } else { first - PROBE };
        let offset = reading(t, other)? - other;
        if offset == first_offset {
            return Ok(first);
        }
        offset
    } else {
        first_fits - first
    };
    let second = wall - other_offset;
    if reading(t, second)? == wall {
        return Ok(second);
    }
    if first_fits == wall {
        return Ok(first);
    }
    Ok(if fold == 1 { first.min(second) } else { first.max(second) })
}

/// The zone that the system is in at a moment, as a fixed offset with its name.
pub fn zone_at(t: Attached<'_>, seconds: i64) -> PyResult {
    let time = localtime(t, seconds)?;
    let name = str::from_buf(t, orochi_text::Wtf8Buf::from_system(&time.zone));
    let Some(micros) = time.gmtoff.checked_mul(calendar::SECOND) else { return Err(out_of_range(t)) };
    timezone::of_micros(t, micros, Some(&name))
}

/// The zone of a local wall clock reading.
pub fn zone_of_reading(t: Attached<'_>, wall: i64, fold: u8) -> PyResult {
    let mut at = moment(t, wall, fold)?;
    let other = moment(t, wall, 1 - fold.min(1))?;
    // A gap or a fold: what the clock shows after it belongs to the later offset.
    if other != at && (other > at) == (fold == 1) {
        at = other;
    }
    zone_at(t, at)
}
