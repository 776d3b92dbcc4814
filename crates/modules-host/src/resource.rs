//! `resource`: limits and use of resources.

use orochi_host::process::{self, UNLIMITED, Usage};
use orochi_host::{Errno, constants};
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, TypeSpec, Value, dict, exception, int, protocol, struct_sequence, tuple};

use crate::arguments::c_int;
use crate::errors::{check, os_error};
use crate::seconds;

struct_sequence! {
    /// `resource.struct_rusage`.
    pub static RUSAGE = "resource.struct_rusage", visible 16, flags 0,
        "struct_rusage: Result from getrusage.\n\nThis object may be accessed either as a tuple of\n    (utime,stime,maxrss,\
         ixrss,idrss,isrss,minflt,majflt,\n    nswap,inblock,oublock,msgsnd,msgrcv,nsignals,nvcsw,nivcsw)\nor via the \
         attributes ru_utime, ru_stime, ru_maxrss, and so on.",
        [
            "ru_utime": "user time used", "ru_stime": "system time used", "ru_maxrss": "max. resident set size",
            "ru_ixrss": "shared memory size", "ru_idrss": "unshared data size", "ru_isrss": "unshared stack size",
            "ru_minflt": "page faults not requiring I/O", "ru_majflt": "page faults requiring I/O",
            "ru_nswap": "number of swap outs", "ru_inblock": "block input operations",
            "ru_oublock": "block output operations", "ru_msgsnd": "IPC messages sent",
            "ru_msgrcv": "IPC messages received", "ru_nsignals": "signals received",
            "ru_nvcsw": "voluntary context switches", "ru_nivcsw": "involuntary context switches",
        ];
}

static TYPES: &[&TypeSpec] = &[&RUSAGE.spec];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("resource")
    .functions(&[
        Method::new("getrusage", "(who, /)", getrusage, ""),
        Method::new("getrlimit", "(resource, /)", getrlimit, ""),
        Method::new("setrlimit", "(resource, limits, /)", setrlimit, ""),
        Method::new("prlimit", "(pid, resource, limits=None, /)", prlimit, ""),
        Method::new("getpagesize", "()", |t, _| Ok(int::from_usize(t, orochi_host::memory::page_size())), ""),
    ])
    .types(TYPES)
    .exec(|t, namespace| {
        crate::arguments::constants(t, namespace, constants::resource_constants());
        dict::set_by_name(t, namespace, "error", exception::OSError.get(t).clone());
        Ok(())
    });

/// The Python form of a use of resources.
pub fn usage(t: Attached<'_>, u: &Usage) -> PyResult {
    let mut fields = vec![seconds::as_float(t, u.utime), seconds::as_float(t, u.stime)];
    let counts = [
        u.maxrss, u.ixrss, u.idrss, u.isrss, u.minflt, u.majflt, u.nswap, u.inblock, u.oublock, u.msgsnd, u.msgrcv,
        u.nsignals, u.nvcsw, u.nivcsw,
    ];
    fields.extend(counts.iter().map(|&n| int::new(t, n)));
    RUSAGE.make(t, fields)
}

fn getrusage(t: Attached<'_>, a: &[Value]) -> PyResult {
    match process::getrusage(c_int(t, &a[0])?) {
        Ok(found) => usage(t, &found),
        Err(Errno::EINVAL) => Err(t.value_error("invalid who parameter")),
        Err(e) => Err(os_error(t, e)),
    }
}

fn resource(t: Attached<'_>, v: &Value) -> PyResult<i32> {
    let n = c_int(t, v)?;
    // RLIM_NLIMITS.
    if (0..16).contains(&n) { Ok(n) } else { Err(t.value_error("invalid resource specified")) }
}
fn limit(t: Attached<'_>, n: u64) -> Value {
    if n == UNLIMITED { Value::i32(-1) } else { int::from_u64(t, n) }
}
fn pair(t: Attached<'_>, (soft, hard): (u64, u64)) -> PyResult {
    Ok(tuple::new(t, vec![limit(t, soft), limit(t, hard)]))
}
fn limits(t: Attached<'_>, v: &Value) -> PyResult<(u64, u64)> {
    let items = protocol::collect(t, v)?;
    let [soft, hard] = &items[..] else { return Err(t.value_error("expected a tuple of 2 integers")) };
    let read = |v: &Value| -> PyResult<u64> {
        let n = protocol::as_index(t, v)?;
        match int::as_i64(&n) {
            // RLIM_INFINITY may be written -1.
            Some(small) if small >= -1 => Ok(small as u64),
            None if protocol::compare_bool(t, &n, &Value::i32(0), orochi_objects::CompareOp::Gt)? => crate::arguments::c_ulong(t, &n),
            _ => Err(t.value_error("Cannot convert negative int")),
        }
    };
    Ok((read(soft)?, read(hard)?))
}

fn getrlimit(t: Attached<'_>, a: &[Value]) -> PyResult {
    let found = check(t, process::getrlimit(resource(t, &a[0])?))?;
    pair(t, found)
}
fn refused(t: Attached<'_>, e: Errno) -> orochi_objects::Raised {
    match e {
        Errno::EINVAL => t.value_error("current limit exceeds maximum limit"),
        Errno::EPERM => t.value_error("not allowed to raise maximum limit"),
        e => os_error(t, e),
    }
}
fn setrlimit(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = resource(t, &a[0])?;
    let (soft, hard) = limits(t, &a[1])?;
    process::setrlimit(n, soft, hard).map_err(|e| refused(t, e))?;
    Ok(Value::none())
}
fn prlimit(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (pid, n) = (c_int(t, &a[0])?, resource(t, &a[1])?);
    let new = a[2].given().filter(|v| !v.is_none()).map(|v| limits(t, v)).transpose()?;
    match process::prlimit(pid, n, new) {
        Ok(old) => pair(t, old),
        Err(Errno::EINVAL) => Err(t.value_error("current limit exceeds maximum limit")),
        Err(e) => Err(os_error(t, e)),
    }
}
