//! `_signal`: handlers, sending, masks, waiting, timers.

use orochi_host::clock::Timespec;
use orochi_host::signal::{self, Disposition, LIMIT, SignalInfo, SignalSet};
use orochi_host::{Errno, constants};
use orochi_objects::{
    Attached, Method, ModuleSpec, PyResult, Raised, TypeSpec, Value, dict, exception, int, native, protocol, str,
    struct_sequence, tuple, type_,
};

use crate::arguments::{c_int, c_int_or, c_ulong, flag};
use crate::errors::{blocking, check, os_error};
use crate::seconds::{self, Rounding};
use crate::signals::{is_main, signals};

struct_sequence! {
    /// What `sigwaitinfo` gives.
    pub static SIGINFO = "signal.struct_siginfo", visible 7, flags 0,
        "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n\
         (si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.",
        ["si_signo": "signal number", "si_code": "signal code", "si_errno": "errno associated with this signal",
         "si_pid": "sending process ID", "si_uid": "real user ID of sending process",
         "si_status": "exit value or signal", "si_band": "band event for SIGPOLL"];
}

static DEFAULT_INTERRUPT: Method = Method::new(
    "default_int_handler",
    "(signalnum, frame, /)",
    |t, _| Err(t.raise_with(&exception::KeyboardInterrupt, Vec::new())),
    "The default handler for SIGINT installed by Python.\n\nIt raises KeyboardInterrupt.",
);

/// The function `default_int_handler`.
pub fn default_interrupt(t: Attached<'_>) -> Value {
    native::function(t, &DEFAULT_INTERRUPT, &str::intern(t, "_signal"))
}

static TYPES: &[&TypeSpec] = &[&SIGINFO.spec];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_signal")
    .doc("This module provides mechanisms to use signal handlers in Python.")
    .functions(&[
        Method::new("signal", "(signalnum, handler, /)", set_handler, "Set the action for the given signal."),
        Method::new("getsignal", "(signalnum, /)", getsignal, "Return the current action for the given signal."),
        Method::new("raise_signal", "(signalnum, /)", raise_signal, "Send a signal to the executing process."),
        Method::new("strsignal", "(signalnum, /)", strsignal, "Return the system description of the given signal."),
        Method::new("alarm", "(seconds, /)", alarm, "Arrange for SIGALRM to arrive after the given number of seconds."),
        Method::new("setitimer", "(which, seconds, interval=0.0, /)", setitimer, "Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF)."),
        Method::new("getitimer", "(which, /)", getitimer, "Returns current value of given itimer."),
        Method::new("pause", "()", pause, "Wait until a signal arrives."),
        Method::new("set_wakeup_fd", "(fd, /, *, warn_on_full_buffer=True)", set_wakeup_fd, "Sets the fd to be written to (with the signal number) when a signal comes in."),
        Method::new("siginterrupt", "(signalnum, flag, /)", siginterrupt, "Change system call restart behaviour."),
        Method::new("pthread_kill", "(thread_id, signalnum, /)", pthread_kill, "Send a signal to a thread."),
        Method::new("pthread_sigmask", "(how, mask, /)", pthread_sigmask, "Fetch and/or change the signal mask of the calling thread."),
        Method::new("sigpending", "()", |t, _| { let set = check(t, signal::sigpending())?; set_value(t, set) }, "Examine pending signals."),
        Method::new("sigwait", "(sigset, /)", sigwait, "Wait for a signal."),
        Method::new("sigwaitinfo", "(sigset, /)", sigwaitinfo, "Wait synchronously until one of the signals in *sigset* is delivered."),
        Method::new("sigtimedwait", "(sigset, timeout, /)", sigtimedwait, "Like sigwaitinfo(), but with a timeout."),
        Method::new("valid_signals", "()", |t, _| set_value(t, signal::valid_signals()), "Return a set of valid signal numbers on this platform."),
        Method::new("pidfd_send_signal", "(pidfd, signalnum, siginfo=None, flags=0, /)", pidfd_send_signal, "Send a signal to a process referred to by a pid file descriptor."),
    ])
    .types(TYPES)
    .exec(|t, namespace| {
        crate::signals::bind_main(t);
        crate::arguments::constants(t, namespace, constants::signal_constants());
        let put = |name: &str, value: Value| dict::set_by_name(t, namespace, name, value);
        put("SIG_DFL", Value::i32(0));
        put("SIG_IGN", Value::i32(1));
        put("NSIG", Value::i32(LIMIT));
        let state = signals(t);
        put("default_int_handler", state.default_interrupt.load());
        put("ItimerError", timer_error(t)?);
        Ok(())
    });

/// `signal.ItimerError`.
fn timer_error(t: Attached<'_>) -> PyResult {
    let state = signals(t);
    if state.timer_error.is_unbound() {
        let namespace = dict::new(t);
        dict::set_by_name(t, &namespace, "__module__", str::intern(t, "signal"));
        let bases = tuple::new(t, vec![exception::OSError.get(t).clone()]);
        let class = protocol::call(t, type_::TYPE.get(t), &[str::intern(t, "ItimerError"), bases, namespace])?;
        state.timer_error.set(class);
    }
    Ok(state.timer_error.load())
}

fn raise_timer_error(t: Attached<'_>, error: Errno) -> Raised {
    let made = timer_error(t).and_then(|class| {
        protocol::call(t, &class, &[int::new(t, i64::from(error.0)), str::new(t, &error.message())])
    });
    match made {
        Ok(e) => t.raise_value(e),
        Err(e) => e,
    }
}

fn number(t: Attached<'_>, v: &Value) -> PyResult<i32> {
    let n = c_int(t, v)?;
    if (1..LIMIT).contains(&n) { Ok(n) } else { Err(t.value_error("signal number out of range")) }
}

fn set_handler(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = c_int(t, &a[0])?;
    if !is_main(t) {
        return Err(t.value_error("signal only works in main thread of the main interpreter"));
    }
    if !(1..LIMIT).contains(&n) {
        return Err(t.value_error("signal number out of range"));
    }
    let disposition = match int::as_i64(&a[1]) {
        Some(0) => Disposition::Default,
        Some(1) => Disposition::Ignore,
        _ if protocol::is_callable(t, &a[1]) => Disposition::Record,
        _ => {
            let message = "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object";
            return Err(t.type_error(message));
        }
    };
    // Signals that came before have the old handler.
    crate::signals::run_pending(t)?;
    check(t, signal::install(n, disposition))?;
    let old = signals(t).handlers[n as usize].swap(a[1].clone());
    Ok(if old.is_unbound() { Value::none() } else { old })
}

fn getsignal(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = number(t, &a[0])?;
    let handler = signals(t).handlers[n as usize].load();
    Ok(if handler.is_unbound() { Value::none() } else { handler })
}

fn raise_signal(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = c_int(t, &a[0])?;
    check(t, t.detached(|| signal::raise(n)))?;
    crate::signals::run_pending(t)?;
    Ok(Value::none())
}

fn strsignal(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = number(t, &a[0])?;
    Ok(match signal::strsignal(n) {
        Some(text) if !text.starts_with(b"Unknown signal") => crate::arguments::decoded(t, &text),
        _ => Value::none(),
    })
}

fn alarm(t: Attached<'_>, a: &[Value]) -> PyResult {
    let seconds = c_int(t, &a[0])?;
    Ok(int::new(t, i64::from(signal::alarm(seconds as u32))))
}

fn interval(t: Attached<'_>, pair: signal::Interval) -> Value {
    tuple::new(t, vec![seconds::as_float(t, pair.0), seconds::as_float(t, pair.1)])
}

fn setitimer(t: Attached<'_>, a: &[Value]) -> PyResult {
    let which = c_int(t, &a[0])?;
    let value = seconds::timespec(t, &a[1], Rounding::Up)?;
    let every = a[2].given().map_or(Ok(Timespec::ZERO), |v| seconds::timespec(t, v, Rounding::Up))?;
    match signal::setitimer(which, value, every) {
        Ok(old) => Ok(interval(t, old)),
        Err(e) => Err(raise_timer_error(t, e)),
    }
}
fn getitimer(t: Attached<'_>, a: &[Value]) -> PyResult {
    match signal::getitimer(c_int(t, &a[0])?) {
        Ok(now) => Ok(interval(t, now)),
        Err(e) => Err(raise_timer_error(t, e)),
    }
}

fn pause(t: Attached<'_>, _: &[Value]) -> PyResult {
    t.detached(signal::pause);
    t.safepoint()?;
    Ok(Value::none())
}

fn set_wakeup_fd(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    let warn = flag(t, &a[1], true)?;
    if !is_main(t) {
        return Err(t.value_error("set_wakeup_fd only works in main thread of the main interpreter"));
    }
    if fd != -1 {
        check(t, orochi_host::fs::fstat(fd))?;
        if check(t, orochi_host::fs::get_blocking(fd))? {
            return Err(t.value_error(format!("the fd {fd} must be in non-blocking mode")));
        }
    }
    Ok(int::new(t, i64::from(signal::set_wakeup_fd(fd, warn))))
}

fn siginterrupt(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = number(t, &a[0])?;
    check(t, signal::siginterrupt(n, protocol::truth(t, &a[1])?))?;
    Ok(Value::none())
}

fn pthread_kill(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (ident, n) = (c_ulong(t, &a[0])?, c_int(t, &a[1])?);
    let Some(native) = crate::_thread::native_id_of(t, ident) else { return Err(os_error(t, Errno::ESRCH)) };
    check(t, signal::kill_thread(native, n))?;
    // A signal to this very thread has come by now.
    crate::signals::run_pending(t)?;
    Ok(Value::none())
}

/// A set of signals from an iterable of numbers.
pub fn signal_set(t: Attached<'_>, v: &Value) -> PyResult<SignalSet> {
    let mut set = SignalSet::EMPTY;
    protocol::for_each(t, v, |item| {
        let number = protocol::as_index(t, &item)?;
        match int::as_i64(&number).map(i32::try_from) {
            Some(Ok(n)) if (1..LIMIT).contains(&n) => set.insert(n),
            _ => {
                let shown = protocol::display_repr(t, &number);
                return Err(t.value_error(format!("signal number {shown} out of range [1; {}]", LIMIT - 1)));
            }
        }
        Ok(())
    })?;
    Ok(set)
}

/// A Python set of the numbers.
fn set_value(t: Attached<'_>, set: SignalSet) -> PyResult {
    let numbers = set.iter().map(Value::i32).collect();
    let class = protocol::builtin(t, "set")?;
    protocol::call(t, &class, &[tuple::new(t, numbers)])
}

fn pthread_sigmask(t: Attached<'_>, a: &[Value]) -> PyResult {
    let how = c_int(t, &a[0])?;
    let mask = signal_set(t, &a[1])?;
    let old = check(t, signal::pthread_sigmask(how, mask))?;
    // What was unblocked has come by now.
    crate::signals::run_pending(t)?;
    set_value(t, old)
}

fn sigwait(t: Attached<'_>, a: &[Value]) -> PyResult {
    let set = signal_set(t, &a[0])?;
    Ok(Value::i32(blocking(t, || signal::sigwait(set))?))
}

fn info(t: Attached<'_>, info: SignalInfo) -> PyResult {
    let n = |i: i32| Value::i32(i);
    let fields = vec![
        n(info.signo),
        n(info.code),
        n(info.errno),
        n(info.pid),
        int::new(t, i64::from(info.uid)),
        n(info.status),
        int::new(t, info.band),
    ];
    SIGINFO.make(t, fields)
}

fn sigwaitinfo(t: Attached<'_>, a: &[Value]) -> PyResult {
    let set = signal_set(t, &a[0])?;
    let found = blocking(t, || signal::sigwaitinfo(set))?;
    info(t, found)
}

fn sigtimedwait(t: Attached<'_>, a: &[Value]) -> PyResult {
    let set = signal_set(t, &a[0])?;
    let time = seconds::nanos(t, &a[1], Rounding::Up)?;
    if time < 0 {
        return Err(t.value_error("timeout must be non-negative"));
    }
    let end = orochi_host::clock::monotonic_nanos().saturating_add(time);
    loop {
        let left = end.saturating_sub(orochi_host::clock::monotonic_nanos()).max(0);
        match t.detached(|| signal::sigtimedwait(set, Timespec::from_nanos(left))) {
            Ok(found) => return info(t, found),
            Err(Errno::EAGAIN) => return Ok(Value::none()),
            Err(Errno::EINTR) => t.safepoint()?,
            Err(e) => return Err(os_error(t, e)),
        }
    }
}

fn pidfd_send_signal(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, n, flags) = (c_int(t, &a[0])?, c_int(t, &a[1])?, c_int_or(t, &a[3], 0)?);
    if a[2].given().is_some_and(|v| !v.is_none()) {
        return Err(t.type_error("siginfo must be None"));
    }
    check(t, signal::pidfd_send_signal(fd, n, flags as u32))?;
    // It may have been this process.
    crate::signals::run_pending(t)?;
    Ok(Value::none())
}
