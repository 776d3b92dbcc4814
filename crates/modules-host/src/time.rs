//! `time`: clocks, sleeping, and the calendar of the local zone.

use std::ffi::CString;

use orochi_host::clock::{self, BrokenDown, Sleep, Timespec};
use orochi_host::{Errno, constants};
use orochi_objects::type_::type_name;
use orochi_objects::{
    Args, Attached, Method, ModuleSpec, PyResult, TypeSpec, Value, dict, exception, float, int, module, protocol, str,
    struct_sequence, tuple,
};

use crate::arguments::{decoded};
use crate::errors::{check, os_error};
use crate::seconds::{self, Rounding};

struct_sequence! {
    /// What `gmtime` and `localtime` give.
    pub static STRUCT_TIME = "time.struct_time", visible 9, flags 0,
        "The time value as returned by gmtime(), localtime(), and strptime(), and\n accepted by asctime(), mktime() and \
         strftime().  May be considered as a\n sequence of 9 integers.\n\n Note that several fields' values are not the \
         same as those defined by\n the C language standard for struct tm.  For example, the value of the\n field \
         tm_year is the actual year, not year - 1900.  See individual\n fields' descriptions for details.",
        [
            "tm_year": "year, for example, 1993",
            "tm_mon": "month of year, range [1, 12]",
            "tm_mday": "day of month, range [1, 31]",
            "tm_hour": "hours, range [0, 23]",
            "tm_min": "minutes, range [0, 59]",
            "tm_sec": "seconds, range [0, 61])",
            "tm_wday": "day of week, range [0, 6], Monday is 0",
            "tm_yday": "day of year, range [1, 366]",
            "tm_isdst": "1 if summer time is in effect, 0 if not, and -1 if unknown",
            "tm_zone": "abbreviation of timezone name",
            "tm_gmtoff": "offset from UTC in seconds",
        ];
}

static TYPES: &[&TypeSpec] = &[&STRUCT_TIME.spec];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("time")
    .doc("This module provides various functions to manipulate time values.")
    .functions(&[
        Method::new("time", "()", |t, _| now(t, clock::REALTIME), "Return the current time in seconds since the Epoch."),
        Method::new("time_ns", "()", |t, _| now_ns(t, clock::REALTIME), "Return the current time in nanoseconds since the Epoch."),
        Method::new("monotonic", "()", |t, _| now(t, clock::MONOTONIC), "Monotonic clock, cannot go backward."),
        Method::new("monotonic_ns", "()", |t, _| now_ns(t, clock::MONOTONIC), "Monotonic clock, cannot go backward, as nanoseconds."),
        Method::new("perf_counter", "()", |t, _| now(t, clock::MONOTONIC), "Performance counter for benchmarking."),
        Method::new("perf_counter_ns", "()", |t, _| now_ns(t, clock::MONOTONIC), "Performance counter for benchmarking as nanoseconds."),
        Method::new("process_time", "()", |t, _| now(t, clock::PROCESS), "Process time for profiling: sum of the kernel and user-space CPU time."),
        Method::new("process_time_ns", "()", |t, _| now_ns(t, clock::PROCESS), "Process time for profiling as nanoseconds."),
        Method::new("thread_time", "()", |t, _| now(t, clock::THREAD), "Thread time for profiling: sum of the kernel and user-space CPU time."),
        Method::new("thread_time_ns", "()", |t, _| now_ns(t, clock::THREAD), "Thread time for profiling as nanoseconds."),
        Method::new("clock_gettime", "(clk_id, /)", clock_gettime, "Return the time of the specified clock clk_id as a float."),
        Method::new("clock_gettime_ns", "(clk_id, /)", clock_gettime_ns, "Return the time of the specified clock clk_id as nanoseconds (int)."),
        Method::new("clock_settime", "(clk_id, time, /)", clock_settime, "Set the time of the specified clock clk_id."),
        Method::new("clock_settime_ns", "(clk_id, time, /)", clock_settime_ns, "Set the time of the specified clock clk_id with nanoseconds."),
        Method::new("clock_getres", "(clk_id, /)", clock_getres, "Return the resolution (precision) of the specified clock clk_id."),
        Method::new("pthread_getcpuclockid", "(thread_id, /)", pthread_getcpuclockid, "Return the clk_id of a thread's CPU time clock."),
        Method::new("sleep", "(seconds, /)", sleep, "Delay execution for a given number of seconds."),
        Method::new("gmtime", "(seconds=None, /)", gmtime, "Convert seconds since the Epoch to a time tuple expressing UTC (a.k.a. GMT)."),
        Method::new("localtime", "(seconds=None, /)", localtime, "Convert seconds since the Epoch to a time tuple expressing local time."),
        Method::new("asctime", "(time_tuple=None, /)", asctime, "Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'."),
        Method::new("ctime", "(seconds=None, /)", ctime, "Convert a time in seconds since the Epoch to a string in local time."),
        Method::new("mktime", "(time_tuple, /)", mktime, "Convert a time tuple in local time to seconds since the Epoch."),
        Method::new("strftime", "(format, time_tuple=None, /)", strftime, "Convert a time tuple to a string according to a format specification."),
        Method::new("strptime", "(string, format='%a %b %d %H:%M:%S %Y', /)", strptime, "Parse a string to a time tuple according to a format specification."),
        Method::new("tzset", "()", tzset, "Initialize, or reinitialize, the local timezone to the value stored in os.environ['TZ']."),
        Method::new("get_clock_info", "(name, /)", get_clock_info, "Get information of the specified clock."),
    ])
    .types(TYPES)
    .exec(|t, namespace| {
        crate::arguments::constants(t, namespace, constants::time_constants());
        dict::set_by_name(t, namespace, "_STRUCT_TM_ITEMS", Value::i32(11));
        set_zone(t, namespace);
        Ok(())
    });

fn now(t: Attached<'_>, id: i32) -> PyResult {
    let time = check(t, clock::clock_gettime(id))?;
    Ok(seconds::nanos_as_float(t, time.as_nanos_saturating()))
}
fn now_ns(t: Attached<'_>, id: i32) -> PyResult {
    Ok(seconds::nanos_as_int(t, check(t, clock::clock_gettime(id))?))
}

fn clock_id(t: Attached<'_>, v: &Value) -> PyResult<i32> {
    if !int::is_int(v) {
        return Err(t.type_error(format!("clk_id should be integer, not {}", type_name(t, v))));
    }
    match int::as_i64(v).map(i32::try_from) {
        Some(Ok(n)) => Ok(n),
        _ => Err(t.overflow_error("clk_id is greater than maximum")),
    }
}
fn clock_gettime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let id = clock_id(t, &a[0])?;
    Ok(seconds::as_float(t, check(t, clock::clock_gettime(id))?))
}
fn clock_gettime_ns(t: Attached<'_>, a: &[Value]) -> PyResult {
    now_ns(t, clock_id(t, &a[0])?)
}
fn clock_settime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let id = clock_id(t, &a[0])?;
    let time = Timespec::from_nanos(seconds::nanos(t, &a[1], Rounding::Floor)?);
    check(t, clock::clock_settime(id, time))?;
    Ok(Value::none())
}
fn clock_settime_ns(t: Attached<'_>, a: &[Value]) -> PyResult {
    let id = clock_id(t, &a[0])?;
    let n = protocol::as_index(t, &a[1])?;
    let Some(n) = int::as_i64(&n) else { return Err(t.overflow_error("timestamp too large to convert to C PyTime_t")) };
    check(t, clock::clock_settime(id, Timespec::from_nanos(n)))?;
    Ok(Value::none())
}
fn clock_getres(t: Attached<'_>, a: &[Value]) -> PyResult {
    let id = clock_id(t, &a[0])?;
    Ok(seconds::as_float(t, check(t, clock::clock_getres(id))?))
}

fn pthread_getcpuclockid(t: Attached<'_>, a: &[Value]) -> PyResult {
    let ident = crate::arguments::c_ulong(t, &a[0])?;
    match crate::_thread::native_id_of(t, ident) {
        Some(native) => Ok(int::new(t, i64::from(clock::thread_clock(native)))),
        None => Err(os_error(t, Errno::ESRCH)),
    }
}

fn sleep(t: Attached<'_>, a: &[Value]) -> PyResult {
    let length = seconds::nanos(t, &a[0], Rounding::Up)?;
    if length < 0 {
        return Err(t.value_error("sleep length must be non-negative"));
    }
    if length == 0 {
        t.detached(orochi_host::thread::yield_now);
        t.safepoint()?;
        return Ok(Value::none());
    }
    let Some(end) = clock::monotonic_nanos().checked_add(length) else {
        return Err(t.overflow_error("timestamp too large to convert to C PyTime_t"));
    };
    let end = Timespec::from_nanos(end);
    loop {
        match check(t, t.detached(|| clock::clock_nanosleep(clock::MONOTONIC, end, true)))? {
            Sleep::Complete => return Ok(Value::none()),
            Sleep::Interrupted(_) => t.safepoint()?,
        }
    }
}

fn broken_down(t: Attached<'_>, time: &BrokenDown) -> PyResult {
    let field = |n: i32| int::new(t, i64::from(n));
    STRUCT_TIME.make(
        t,
        vec![
            int::new(t, i64::from(time.year) + 1900),
            field(time.month + 1),
            field(time.mday),
            field(time.hour),
            field(time.min),
            field(time.sec),
            field((time.wday + 6) % 7),
            field(time.yday + 1),
            field(time.isdst),
            decoded(t, &time.zone),
            int::new(t, time.gmtoff),
        ],
    )
}

fn gmtime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let time = check(t, clock::gmtime(seconds::whole_seconds(t, &a[0])?))?;
    broken_down(t, &time)
}
fn localtime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let time = check(t, clock::localtime(seconds::whole_seconds(t, &a[0])?))?;
    broken_down(t, &time)
}

/// The time that a tuple or struct_time says.
fn from_tuple(t: Attached<'_>, v: &Value, function: &str) -> PyResult<BrokenDown> {
    let Some(body) = tuple::as_tuple(v) else { return Err(t.type_error("Tuple or struct_time argument required")) };
    let items = body.items();
    if items.len() != 9 {
        return Err(t.type_error(format!("{function}(): illegal time tuple argument")));
    }
    let mut n = [0i32; 9];
    for (to, v) in n.iter_mut().zip(items) {
        let index = protocol::as_index(t, v)?;
        *to = match int::as_i64(&index) {
            Some(n) if n > i64::from(i32::MAX) => return Err(t.overflow_error("signed integer is greater than maximum")),
            Some(n) => i32::try_from(n).map_err(|_| t.overflow_error("signed integer is less than minimum"))?,
            None => return Err(t.overflow_error("Python int too large to convert to C long")),
        };
    }
    let Some(year) = n[0].checked_sub(1900) else { return Err(t.overflow_error("year out of range")) };
    let mut time = BrokenDown {
        year,
        month: n[1].wrapping_sub(1),
        mday: n[2],
        hour: n[3],
        min: n[4],
        sec: n[5],
        wday: n[6].wrapping_add(1) % 7,
        yday: n[7].wrapping_sub(1),
        isdst: n[8],
        ..BrokenDown::default()
    };
    if let [zone, offset] = &body.all()[9..] {
        if !offset.is_none() {
            time.gmtoff = protocol::expect_i64(t, offset)?;
        }
        if let Some(zone) = str::wtf8(zone) {
            time.zone = crate::arguments::encode(t, &body.all()[9], zone)?;
        }
    }
    Ok(time)
}

/// Brings fields that may be 0 into range and refuses others outside.
fn check_fields(t: Attached<'_>, time: &mut BrokenDown) -> PyResult<()> {
    if time.month == -1 {
        time.month = 0;
    }
    if time.mday == 0 {
        time.mday = 1;
    }
    if time.yday == -1 {
        time.yday = 0;
    }
    let fault = if !(0..=11).contains(&time.month) {
        "month out of range"
    } else if !(1..=31).contains(&time.mday) {
        "day of month out of range"
    } else if !(0..=23).contains(&time.hour) {
        "hour out of range"
    } else if !(0..=59).contains(&time.min) {
        "minute out of range"
    } else if !(0..=61).contains(&time.sec) {
        "seconds out of range"
    } else if time.wday < 0 {
        "day of week out of range"
    } else if !(0..=365).contains(&time.yday) {
        "day of year out of range"
    } else {
        return Ok(());
    };
    Err(t.value_error(fault))
}

fn tuple_or_now(t: Attached<'_>, v: &Value, function: &str) -> PyResult<BrokenDown> {
    match v.given() {
        None => check(t, clock::localtime(seconds::whole_seconds(t, v)?)),
        Some(v) => {
            let mut time = from_tuple(t, v, function)?;
            check_fields(t, &mut time)?;
            Ok(time)
        }
    }
}

fn asctime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let time = tuple_or_now(t, &a[0], "asctime")?;
    Ok(str::from_string(t, clock::asctime(&time)))
}
fn ctime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let time = check(t, clock::localtime(seconds::whole_seconds(t, &a[0])?))?;
    Ok(str::from_string(t, clock::asctime(&time)))
}
fn mktime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut time = from_tuple(t, &a[0], "mktime")?;
    match clock::mktime(&mut time) {
        Ok(seconds) => Ok(float::new(t, seconds as f64)),
        Err(_) => Err(t.overflow_error("mktime argument out of range")),
    }
}

/// Runs of the format go through C; NUL and surrogates, which C cannot take, are kept as they are.
fn strftime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let format = str::expect(t, &a[0], "strftime() argument 1")?;
    let mut time = tuple_or_now(t, &a[1], "strftime")?;
    time.isdst = time.isdst.clamp(-1, 1);
    let mut out = orochi_text::Wtf8Buf::new();
    let mut run = Vec::new();
    for c in format.wtf8().chars() {
        if c.to_u32() == 0 || c.is_surrogate() {
            formatted(t, &mut out, &mut run, &time)?;
            out.push(c);
        } else {
            run.extend_from_slice(c.encode(&mut [0; 4]));
        }
    }
    formatted(t, &mut out, &mut run, &time)?;
    Ok(str::from_buf(t, out))
}

fn formatted(t: Attached<'_>, out: &mut orochi_text::Wtf8Buf, run: &mut Vec<u8>, time: &BrokenDown) -> PyResult<()> {
    if run.is_empty() {
        return Ok(());
    }
    let Ok(format) = CString::new(std::mem::take(run)) else { return Ok(()) };
    let text = clock::strftime(&format, time).map_err(|_| t.memory_error())?;
    out.push_wtf8(&orochi_text::Wtf8Buf::from_system(&text));
    Ok(())
}

fn strptime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let import = protocol::builtin(t, "__import__")?;
    let parser = protocol::call(t, &import, &[str::new(t, "_strptime")])?;
    let parse = orochi_objects::attr::get_by_name(t, &parser, "_strptime_time")?;
    let given: Vec<Value> = a.iter().filter_map(|v| v.given().cloned()).collect();
    protocol::call(t, &parse, &given)
}

fn set_zone(t: Attached<'_>, namespace: &Value) {
    let zone = clock::zone();
    dict::set_by_name(t, namespace, "timezone", int::new(t, zone.timezone));
    dict::set_by_name(t, namespace, "altzone", int::new(t, zone.altzone));
    dict::set_by_name(t, namespace, "daylight", Value::i32(i32::from(zone.daylight)));
    let names = zone.names.iter().map(|n| decoded(t, n)).collect();
    dict::set_by_name(t, namespace, "tzname", tuple::new(t, names));
}

fn tzset(t: Attached<'_>, _: &[Value]) -> PyResult {
    clock::tzset();
    let modules = t.interpreter().modules.load();
    if dict::as_dict(&modules).is_some()
        && let Some(time) = dict::get_by_name(t, &modules, "time")
    {
        let namespace = module::dict_of(&time);
        if dict::as_dict(&namespace).is_some() {
            set_zone(t, &namespace);
        }
    }
    Ok(Value::none())
}

fn get_clock_info(t: Attached<'_>, a: &[Value]) -> PyResult {
    str::expect(t, &a[0], "get_clock_info() argument 1")?;
    let (implementation, id, monotonic) = match str::utf8(&a[0]) {
        Some("time") => ("clock_gettime(CLOCK_REALTIME)", clock::REALTIME, false),
        Some("monotonic" | "perf_counter") => ("clock_gettime(CLOCK_MONOTONIC)", clock::MONOTONIC, true),
        Some("process_time") => ("clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", clock::PROCESS, true),
        Some("thread_time") => ("clock_gettime(CLOCK_THREAD_CPUTIME_ID)", clock::THREAD, true),
        _ => return Err(t.value_error("unknown clock")),
    };
    let resolution = check(t, clock::clock_getres(id))?;
    let values = [
        str::new(t, implementation),
        Value::bool(monotonic),
        Value::bool(!monotonic),
        seconds::as_float(t, resolution),
    ];
    let names = ["implementation", "monotonic", "adjustable", "resolution"].map(|n| str::intern(t, n));
    // `types.SimpleNamespace` is the type of `sys.implementation`.
    let sys = t.interpreter().sys.load();
    let sample = if dict::as_dict(&sys).is_some() { dict::get_by_name(t, &sys, "implementation") } else { None };
    match sample {
        Some(sample) => {
            protocol::call_args(t, orochi_objects::type_::type_of(t, &sample), Args::with_names(&values, &names))
        }
        None => Err(t.raise(&exception::RuntimeError, "sys.implementation is missing")),
    }
}
