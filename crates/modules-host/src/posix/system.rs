//! Facts about the process and the system: ids, groups, scheduling, configuration, random bytes.

use std::ffi::CString;

use orochi_host::{constants, process, random};
use orochi_objects::{
    Args, Attached, Method, PyResult, Value, bytes, dict, float, int, list, protocol, str, struct_sequence, tuple,
};

use crate::arguments::{c_int, c_int_or, c_uint_wrapping, decoded, file_name, user_id};
use crate::errors::{check, os_error};
use crate::seconds;

struct_sequence! {
    /// `os.uname_result`.
    pub static UNAME_RESULT = "posix.uname_result", visible 5, flags 0,
        "uname_result: Result from os.uname().\n\nThis object may be accessed either as a tuple of\n  (sysname, nodename, \
         release, version, machine),\nor via the attributes sysname, nodename, release, version, and machine.\n\nSee os.uname \
         for more information.",
        ["sysname": "operating system name", "nodename": "name of machine on network (implementation-defined)",
         "release": "operating system release", "version": "operating system version", "machine": "hardware identifier"];
}
struct_sequence! {
    /// `os.times_result`.
    pub static TIMES_RESULT = "posix.times_result", visible 5, flags 0,
        "times_result: Result from os.times().\n\nThis object may be accessed either as a tuple of\n  (user, system, \
         children_user, children_system, elapsed),\nor via the attributes user, system, children_user, children_system,\n\
         and elapsed.\n\nSee os.times for more information.",
        ["user": "user time", "system": "system time", "children_user": "user time of children",
         "children_system": "system time of children", "elapsed": "elapsed time since an arbitrary point in the past"];
}
struct_sequence! {
    /// `os.sched_param`. Its constructor takes the priority itself.
    pub static SCHED_PARAM = "posix.sched_param", visible 1, flags 0, new new_sched_param,
        "Currently has only one field: sched_priority\n\n  sched_priority\n    A scheduling parameter.",
        ["sched_priority": "the scheduling priority"];
}

pub(super) static FUNCTIONS: &[Method] = &[
    Method::new("getpid", "()", |t, _| id(t, process::getpid()), "Return the current process id."),
    Method::new("getppid", "()", |t, _| id(t, process::getppid()), "Return the parent's process id."),
    Method::new("getpgrp", "()", |t, _| id(t, check(t, process::getpgid(0))?), "Return the current process group id."),
    Method::new("getpgid", "(pid)", |t, a| { let pid = c_int(t, &a[0])?; id(t, check(t, process::getpgid(pid))?) }, "Call the system call getpgid(), and return the result."),
    Method::new("getsid", "(pid, /)", |t, a| { let pid = c_int(t, &a[0])?; id(t, check(t, process::getsid(pid))?) }, "Call the system call getsid(pid) and return the result."),
    Method::new("setsid", "()", |t, _| { check(t, process::setsid())?; Ok(Value::none()) }, "Call the system call setsid()."),
    Method::new("setpgid", "(pid, pgrp, /)", |t, a| { let (pid, group) = (c_int(t, &a[0])?, c_int(t, &a[1])?); none(t, process::setpgid(pid, group)) }, "Call the system call setpgid(pid, pgrp)."),
    Method::new("setpgrp", "()", |t, _| none(t, process::setpgid(0, 0)), "Make the current process the leader of its process group."),
    Method::new("getuid", "()", |t, _| user(t, process::getuid()), "Return the current process's user id."),
    Method::new("geteuid", "()", |t, _| user(t, process::geteuid()), "Return the current process's effective user id."),
    Method::new("getgid", "()", |t, _| user(t, process::getgid()), "Return the current process's group id."),
    Method::new("getegid", "()", |t, _| user(t, process::getegid()), "Return the current process's effective group id."),
    Method::new("setuid", "(uid, /)", |t, a| { let uid = user_id(t, &a[0], "uid")?; none(t, process::setuid(uid)) }, "Set the current process's user id."),
    Method::new("seteuid", "(euid, /)", |t, a| { let uid = user_id(t, &a[0], "uid")?; none(t, process::seteuid(uid)) }, "Set the current process's effective user id."),
    Method::new("setgid", "(gid, /)", |t, a| { let gid = user_id(t, &a[0], "gid")?; none(t, process::setgid(gid)) }, "Set the current process's group id."),
    Method::new("setegid", "(egid, /)", |t, a| { let gid = user_id(t, &a[0], "gid")?; none(t, process::setegid(gid)) }, "Set the current process's effective group id."),
    Method::new("setreuid", "(ruid, euid, /)", |t, a| { let [r, e] = ids(t, a, "uid")?; none(t, process::setreuid(r, e)) }, "Set the current process's real and effective user ids."),
    Method::new("setregid", "(rgid, egid, /)", |t, a| { let [r, e] = ids(t, a, "gid")?; none(t, process::setregid(r, e)) }, "Set the current process's real and effective group ids."),
    Method::new("setresuid", "(ruid, euid, suid, /)", |t, a| { let [r, e, s] = ids(t, a, "uid")?; none(t, process::setresuid(r, e, s)) }, "Set the current process's real, effective, and saved user ids."),
    Method::new("setresgid", "(rgid, egid, sgid, /)", |t, a| { let [r, e, s] = ids(t, a, "gid")?; none(t, process::setresgid(r, e, s)) }, "Set the current process's real, effective, and saved group ids."),
    Method::new("getresuid", "()", |t, _| { let (r, e, s) = check(t, process::getresuid())?; Ok(three(t, [r, e, s])) }, "Return a tuple of the current process's real, effective, and saved user ids."),
    Method::new("getresgid", "()", |t, _| { let (r, e, s) = check(t, process::getresgid())?; Ok(three(t, [r, e, s])) }, "Return a tuple of the current process's real, effective, and saved group ids."),
    Method::new("getgroups", "()", |t, _| { let all = check(t, process::getgroups())?; Ok(numbers(t, &all)) }, "Return list of supplemental group IDs for the process."),
    Method::new("setgroups", "(groups, /)", setgroups, "Set the groups of the current process to list."),
    Method::new("getgrouplist", "(user, group, /)", getgrouplist, "Returns a list of groups to which a user belongs."),
    Method::new("initgroups", "(username, gid, /)", initgroups, "Initialize the group access list."),
    Method::new("getlogin", "()", |t, _| { let raw = check(t, orochi_host::users::getlogin())?; Ok(decoded(t, &raw)) }, "Return the actual login name."),
    Method::new("kill", "(pid, signal, /)", |t, a| send(t, a, process::kill), "Kill a process with a signal."),
    Method::new("killpg", "(pgid, signal, /)", |t, a| send(t, a, process::killpg), "Kill a process group with a signal."),
    Method::new("pidfd_open", "(pid, flags=0)", pidfd_open, "Return a file descriptor referring to the process *pid*."),
    Method::new("nice", "(increment, /)", |t, a| { let n = c_int(t, &a[0])?; id(t, check(t, process::nice(n))?) }, "Add increment to the priority of process and return the new priority."),
    Method::new("getpriority", "(which, who)", |t, a| { let (which, who) = (c_int(t, &a[0])?, c_int(t, &a[1])?); id(t, check(t, process::getpriority(which, who as u32))?) }, "Return program scheduling priority."),
    Method::new("setpriority", "(which, who, priority)", |t, a| { let (which, who, n) = (c_int(t, &a[0])?, c_int(t, &a[1])?, c_int(t, &a[2])?); none(t, process::setpriority(which, who as u32, n)) }, "Set program scheduling priority."),
    Method::new("sched_yield", "()", |t, _| { let done = t.detached(process::sched_yield); none(t, done) }, "Voluntarily relinquish the CPU."),
    Method::new("sched_get_priority_max", "(policy)", |t, a| { let p = c_int(t, &a[0])?; id(t, check(t, process::sched_get_priority_max(p))?) }, "Get the maximum scheduling priority for policy."),
    Method::new("sched_get_priority_min", "(policy)", |t, a| { let p = c_int(t, &a[0])?; id(t, check(t, process::sched_get_priority_min(p))?) }, "Get the minimum scheduling priority for policy."),
    Method::new("sched_getscheduler", "(pid, /)", |t, a| { let p = c_int(t, &a[0])?; id(t, check(t, process::sched_getscheduler(p))?) }, "Get the scheduling policy for the process identified by pid."),
    Method::new("sched_setscheduler", "(pid, policy, param, /)", sched_setscheduler, "Set the scheduling policy for the process identified by pid."),
    Method::new("sched_getparam", "(pid, /)", sched_getparam, "Returns scheduling parameters for the process identified by pid."),
    Method::new("sched_setparam", "(pid, param, /)", sched_setparam, "Set scheduling parameters for the process identified by pid."),
    Method::new("sched_rr_get_interval", "(pid, /)", |t, a| { let p = c_int(t, &a[0])?; let time = check(t, process::sched_rr_get_interval(p))?; Ok(seconds::as_float(t, time)) }, "Return the round-robin quantum for the process identified by pid, in seconds."),
    Method::new("sched_getaffinity", "(pid, /)", sched_getaffinity, "Return the affinity of the process identified by pid (or the current process if zero)."),
    Method::new("sched_setaffinity", "(pid, mask, /)", sched_setaffinity, "Set the CPU affinity of the process identified by pid to mask."),
    Method::new("cpu_count", "()", cpu_count, "Return the number of logical CPUs in the system."),
    Method::new("uname", "()", uname, "Return an object identifying the current operating system."),
    Method::new("times", "()", times, "Return a collection containing process timing information."),
    Method::new("getloadavg", "()", getloadavg, "Return average recent system load information."),
    Method::new("sysconf", "(name, /)", sysconf, "Return an integer-valued system configuration variable."),
    Method::new("confstr", "(name, /)", confstr, "Return a string-valued system configuration variable."),
    Method::new("strerror", "(code, /)", |t, a| Ok(str::from_string(t, orochi_host::Errno(c_int(t, &a[0])?).message())), "Translate an error code to a message string."),
    Method::new("putenv", "(name, value, /)", putenv, "Change or add an environment variable."),
    Method::new("unsetenv", "(name, /)", unsetenv, "Delete an environment variable."),
    Method::new("_create_environ", "()", |t, _| Ok(environ(t)), "Create the environment dictionary."),
    Method::new("urandom", "(size, /)", urandom, "Return a bytes object containing random bytes suitable for cryptographic use."),
    Method::new("getrandom", "(size, flags=0)", getrandom, "Obtain a series of random bytes."),
    Method::new("unshare", "(flags)", |t, a| { let flags = c_int(t, &a[0])?; none(t, orochi_host::fs::unshare(flags)) }, "Disassociate parts of a process (or thread) execution context."),
    Method::new("setns", "(fd, nstype=0)", |t, a| { let (fd, kind) = (crate::arguments::descriptor(t, &a[0])?, c_int_or(t, &a[1], 0)?); none(t, orochi_host::fs::setns(fd, kind)) }, "Move the calling thread into different namespaces."),
    Method::new("_inputhook", "()", |_, _| Ok(Value::none()), ""),
    Method::new("_is_inputhook_installed", "()", |_, _| Ok(Value::bool(false)), ""),
];

fn cpu_count(t: Attached<'_>, _: &[Value]) -> PyResult {
    let given = t.interpreter().state::<orochi_objects::settings::CpuCount>().given();
    let count = given.map(|n| n as usize).or_else(process::cpu_count);
    Ok(count.map_or(Value::none(), |n| int::from_usize(t, n)))
}

fn id(t: Attached<'_>, n: i32) -> PyResult {
    Ok(int::new(t, i64::from(n)))
}
fn user(t: Attached<'_>, n: u32) -> PyResult {
    Ok(int::new(t, i64::from(n)))
}
fn none(t: Attached<'_>, done: orochi_host::Result<()>) -> PyResult {
    check(t, done)?;
    Ok(Value::none())
}
fn ids<const N: usize>(t: Attached<'_>, a: &[Value], what: &str) -> PyResult<[u32; N]> {
    let mut out = [0; N];
    for (to, v) in out.iter_mut().zip(a) {
        *to = user_id(t, v, what)?;
    }
    Ok(out)
}
fn three(t: Attached<'_>, n: [u32; 3]) -> Value {
    tuple::new(t, n.iter().map(|&n| int::new(t, i64::from(n))).collect())
}
fn numbers(t: Attached<'_>, all: &[u32]) -> Value {
    list::new(t, all.iter().map(|&n| int::new(t, i64::from(n))).collect())
}

fn setgroups(t: Attached<'_>, a: &[Value]) -> PyResult {
    if orochi_objects::type_::class_of(t, &a[0]).slots.get_item().is_none() {
        return Err(t.type_error("setgroups argument must be a sequence"));
    }
    let mut groups = Vec::new();
    for v in protocol::collect(t, &a[0])? {
        if !int::is_int(&v) {
            return Err(t.type_error("groups must be integers"));
        }
        groups.push(user_id(t, &v, "gid")?);
    }
    none(t, process::setgroups(&groups))
}
fn getgrouplist(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name: CString = crate::arguments::text(t, &a[0], "getgrouplist() argument 1")?;
    let group = user_id(t, &a[1], "gid")?;
    let all = t.detached(|| process::getgrouplist(&name, group));
    Ok(numbers(t, &check(t, all)?))
}
fn initgroups(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = file_name(t, &a[0])?;
    let group = user_id(t, &a[1], "gid")?;
    none(t, process::initgroups(&name, group))
}

fn send(t: Attached<'_>, a: &[Value], call: fn(i32, i32) -> orochi_host::Result<()>) -> PyResult {
    let (target, signal) = (c_int(t, &a[0])?, c_int(t, &a[1])?);
    check(t, call(target, signal))?;
    // A signal to this very process has come by now.
    t.safepoint()?;
    Ok(Value::none())
}
fn pidfd_open(t: Attached<'_>, a: &[Value]) -> PyResult {
    let pid = c_int(t, &a[0])?;
    let flags = a[1].given().map_or(Ok(0), |v| c_uint_wrapping(t, v))?;
    id(t, check(t, process::pidfd_open(pid, flags))?)
}

/// `sched_param(sched_priority)`.
pub(super) fn new_sched_param(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    let signature = orochi_objects::args::Signature::parse("(sched_priority)");
    signature.call(t, "sched_param", args, |a| SCHED_PARAM.make(t, vec![a[0].clone()]))
}
pub(super) fn priority(t: Attached<'_>, v: &Value) -> PyResult<i32> {
    if !SCHED_PARAM.spec.is_exact(t, v) {
        return Err(t.type_error("must have a sched_param object"));
    }
    let [n] = tuple::items(v) else { return Ok(0) };
    let n = protocol::expect_i64(t, n)?;
    i32::try_from(n).map_err(|_| t.overflow_error("sched_priority out of range"))
}
fn sched_setscheduler(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (pid, policy, priority) = (c_int(t, &a[0])?, c_int(t, &a[1])?, priority(t, &a[2])?);
    none(t, process::sched_setscheduler(pid, policy, priority))
}
fn sched_getparam(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = check(t, process::sched_getparam(c_int(t, &a[0])?))?;
    SCHED_PARAM.make(t, vec![Value::i32(n)])
}
fn sched_setparam(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (pid, priority) = (c_int(t, &a[0])?, priority(t, &a[1])?);
    none(t, process::sched_setparam(pid, priority))
}
fn sched_getaffinity(t: Attached<'_>, a: &[Value]) -> PyResult {
    let all = check(t, process::sched_getaffinity(c_int(t, &a[0])?))?;
    let numbers = tuple::new(t, all.iter().map(|&n| int::from_usize(t, n)).collect());
    let class = protocol::builtin(t, "set")?;
    protocol::call(t, &class, &[numbers])
}
fn sched_setaffinity(t: Attached<'_>, a: &[Value]) -> PyResult {
    let pid = c_int(t, &a[0])?;
    let mut processors = Vec::new();
    protocol::for_each(t, &a[1], |v| {
        let n = c_int(t, &v)?;
        match usize::try_from(n) {
            Ok(n) => processors.push(n),
            Err(_) => return Err(t.value_error("negative CPU number")),
        }
        Ok(())
    })?;
    none(t, process::sched_setaffinity(pid, &processors))
}

fn uname(t: Attached<'_>, _: &[Value]) -> PyResult {
    let name = check(t, process::uname())?;
    let fields = [&name.sysname, &name.nodename, &name.release, &name.version, &name.machine];
    UNAME_RESULT.make(t, fields.iter().map(|raw| decoded(t, raw)).collect())
}
fn times(t: Attached<'_>, _: &[Value]) -> PyResult {
    let times = check(t, process::times())?;
    let ticks = constants::sysconf_names().iter().find(|(n, _)| *n == "SC_CLK_TCK").map(|(_, n)| process::sysconf(*n));
    let ticks = match ticks {
        Some(Ok(n)) if n > 0 => n as f64,
        _ => 100.0,
    };
    let fields = [times.user, times.system, times.children_user, times.children_system, times.elapsed];
    TIMES_RESULT.make(t, fields.iter().map(|&n| float::new(t, n as f64 / ticks)).collect())
}
fn getloadavg(t: Attached<'_>, _: &[Value]) -> PyResult {
    match process::getloadavg() {
        Ok(loads) => Ok(tuple::new(t, loads.iter().map(|&f| float::new(t, f)).collect())),
        Err(_) => Err(t.raise(&orochi_objects::exception::OSError, "Load averages are unobtainable")),
    }
}
fn sysconf(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = super::files::configuration(t, &a[0], constants::sysconf_names())?;
    Ok(int::new(t, check(t, process::sysconf(name))?))
}
fn confstr(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = super::files::configuration(t, &a[0], constants::confstr_names())?;
    Ok(check(t, process::confstr(name))?.map_or(Value::none(), |raw| decoded(t, &raw)))
}

/// A dict of the environment, bytes to bytes; of doubled names the first counts.
pub(super) fn environ(t: Attached<'_>) -> Value {
    let all = dict::new(t);
    for entry in process::environment() {
        // A name may begin with `=`.
        let Some(at) = entry.iter().skip(1).position(|&b| b == b'=').map(|i| i + 1) else { continue };
        let name = bytes::new(t, &entry[..at]);
        let value = bytes::new(t, &entry[at + 1..]);
        if let Err(e) = dict::set_default(t, &all, &name, value) {
            drop(t.take_raised(e));
        }
    }
    all
}
fn putenv(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (name, value) = (file_name(t, &a[0])?, file_name(t, &a[1])?);
    if name.as_bytes().contains(&b'=') {
        return Err(t.value_error("illegal environment variable name"));
    }
    none(t, process::putenv(name.as_bytes(), value.as_bytes()))
}
fn unsetenv(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = file_name(t, &a[0])?;
    none(t, process::unsetenv(name.as_bytes()))
}

fn urandom(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = protocol::as_size(t, &a[0])?;
    let Ok(n) = usize::try_from(n) else { return Err(t.value_error("negative argument not allowed")) };
    let data = t.detached(|| random::bytes(n));
    match data {
        Ok(data) => bytes::try_new(t, &data),
        Err(orochi_host::Errno::ENOMEM) => Err(t.memory_error()),
        Err(e) => Err(os_error(t, e)),
    }
}
fn getrandom(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = protocol::as_size(t, &a[0])?;
    let Ok(n) = usize::try_from(n) else { return Err(os_error(t, orochi_host::Errno::EINVAL)) };
    let flags = c_int_or(t, &a[1], 0)? as u32;
    let mut data = Vec::new();
    data.try_reserve_exact(n).map_err(|_| t.memory_error())?;
    data.resize(n, 0);
    let got = crate::errors::blocking(t, || random::getrandom(&mut data, flags))?;
    data.truncate(got);
    bytes::try_new(t, &data)
}
