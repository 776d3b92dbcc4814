//! Signals. The handler installed here does nothing but record: it sets the signal's bit in one atomic
//! word, calls the hook that the runtime has registered (which asks a thread to look), and writes the
//! number to the wakeup descriptor. Python handlers run later, where the runtime takes the pending bits.

mod set;
mod wait;

pub use set::{SignalSet, pthread_sigmask, valid_signals};
pub use wait::{SignalInfo, sigpending, sigtimedwait, sigwait, sigwaitinfo};

use crate::clock::Timespec;
use crate::errno::{Errno, Result, check, done};
use crate::strings::bytes_of;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64, Ordering};

/// Signal numbers are below this (`NSIG`).
pub const LIMIT: i32 = 65;

/// Signals recorded and not yet taken; bit `n - 1` is signal `n`.
/// Ordering: set with Release by the handler, taken with Acquire, so what the hook did is seen too.
static PENDING: AtomicU64 = AtomicU64::new(0);

/// The hook, a `fn(i32)` as a pointer, or NULL.
static HOOK: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());

/// Descriptor that gets one byte a signal, or -1.
static WAKEUP: AtomicI32 = AtomicI32::new(-1);
/// Whether a full wakeup pipe is worth reporting.
static WAKEUP_WARN: AtomicBool = AtomicBool::new(true);
/// Error of the last failed wakeup write, 0 for none.
static WAKEUP_ERROR: AtomicI32 = AtomicI32::new(0);

/// Runs at any instruction of any thread: only atomics, one function that promises the same, and `write`.
extern "C" fn record(signal: i32) {
    let saved = Errno::last();
    PENDING.fetch_or(bit(signal), Ordering::Release);
    let hook = HOOK.load(Ordering::Acquire);
    if !hook.is_null() {
        // SAFETY: only `set_hook` stores here, and it stores a `fn(i32)`.
        let hook: fn(i32) = unsafe { std::mem::transmute(hook) };
        hook(signal);
    }
    let fd = WAKEUP.load(Ordering::Acquire);
    if fd >= 0 {
        let byte = signal as u8;
        // SAFETY: one byte is readable at the pointer.
        let written = unsafe { libc::write(fd, (&raw const byte).cast(), 1) };
        if written < 0 {
            let error = Errno::last();
            if error != Errno::EAGAIN || WAKEUP_WARN.load(Ordering::Relaxed) {
                WAKEUP_ERROR.store(error.0, Ordering::Relaxed);
            }
        }
    }
    Errno::set_last(saved.0);
}

/// The handler's address. Taken once, since a function may have several when code is compiled in parts.
static RECORD: extern "C" fn(i32) = record;

fn bit(signal: i32) -> u64 {
    if (1..LIMIT).contains(&signal) { 1 << (signal - 1) } else { 0 }
}

/// Registers what the handler calls after it has recorded a signal. The function runs inside a signal
/// handler: it may touch atomics only.
pub fn set_hook(hook: Option<fn(i32)>) {
    let pointer = hook.map_or(std::ptr::null_mut(), |f| f as *mut ());
    HOOK.store(pointer, Ordering::Release);
}

/// Whether a recorded signal waits.
#[inline]
pub fn any_pending() -> bool {
    PENDING.load(Ordering::Relaxed) != 0
}

/// Takes all recorded signals.
pub fn take_pending() -> SignalSet {
    SignalSet::from_bits(PENDING.swap(0, Ordering::Acquire))
}

/// Forgets recorded signals, as a fork's child must.
pub fn clear_pending() {
    PENDING.store(0, Ordering::Relaxed);
}

/// Records `signal` as if it had come, without asking the kernel.
pub fn simulate(signal: i32) {
    record(signal);
}

/// Sets the descriptor that gets one byte a signal (-1: none); answers the old one.
pub fn set_wakeup_fd(fd: i32, warn_on_full: bool) -> i32 {
    WAKEUP_WARN.store(warn_on_full, Ordering::Relaxed);
    WAKEUP.swap(fd, Ordering::AcqRel)
}

/// The descriptor that gets one byte a signal, or -1.
pub fn wakeup_fd() -> i32 {
    WAKEUP.load(Ordering::Relaxed)
}

/// Takes the error of a failed write to the wakeup descriptor.
pub fn take_wakeup_error() -> Option<Errno> {
    match WAKEUP_ERROR.swap(0, Ordering::Relaxed) {
        0 => None,
        error => Some(Errno(error)),
    }
}

/// What a signal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// What the system does by default.
    Default,
    /// Nothing.
    Ignore,
    /// Record it for the runtime.
    Record,
    /// A handler that did not come from here. It can be met, not installed.
    Foreign,
}

fn handler_of(disposition: Disposition) -> Result<libc::sighandler_t> {
    match disposition {
        Disposition::Default => Ok(libc::SIG_DFL),
        Disposition::Ignore => Ok(libc::SIG_IGN),
        Disposition::Record => Ok(RECORD as libc::sighandler_t),
        Disposition::Foreign => Err(Errno::EINVAL),
    }
}

fn disposition_of(handler: libc::sighandler_t) -> Disposition {
    match handler {
        libc::SIG_DFL => Disposition::Default,
        libc::SIG_IGN => Disposition::Ignore,
        h if h == RECORD as libc::sighandler_t => Disposition::Record,
        _ => Disposition::Foreign,
    }
}

fn current_action(signal: i32) -> Result<libc::sigaction> {
    // SAFETY: all fields of the structure may be zero.
    let mut old: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: NULL as new action only reads; the old one is a local that outlives the call.
    done(unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut old) })?;
    Ok(old)
}

/// What `signal` does now.
pub fn disposition(signal: i32) -> Result<Disposition> {
    Ok(disposition_of(current_action(signal)?.sa_sigaction))
}

/// Sets what `signal` does; answers what it did. Calls that it interrupts are not restarted.
pub fn install(signal: i32, disposition: Disposition) -> Result<Disposition> {
    // SAFETY: all fields of the structure may be zero: no flags, an empty mask.
    let mut new: libc::sigaction = unsafe { std::mem::zeroed() };
    new.sa_sigaction = handler_of(disposition)?;
    // Runs on the alternate stack where a thread has one; others are not affected.
    new.sa_flags = libc::SA_ONSTACK;
    // SAFETY: as above.
    let mut old: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: both structures are locals; the handler is `record`, which is async-signal-safe, or a
    // system constant.
    done(unsafe { libc::sigaction(signal, &raw const new, &raw mut old) })?;
    Ok(disposition_of(old.sa_sigaction))
}

/// Whether `signal` interrupts system calls, or they are restarted.
pub fn siginterrupt(signal: i32, interrupt: bool) -> Result<()> {
    let mut action = current_action(signal)?;
    if interrupt {
        action.sa_flags &= !libc::SA_RESTART;
    } else {
        action.sa_flags |= libc::SA_RESTART;
    }
    // SAFETY: the action is the present one with one flag changed.
    done(unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) })
}

/// What an interpreter does at its start: broken pipes become `EPIPE`, files over the size limit become
/// `EFBIG`, and interrupts are recorded unless they are ignored by whoever started us.
pub fn install_defaults() -> Result<()> {
    install(libc::SIGPIPE, Disposition::Ignore)?;
    install(libc::SIGXFSZ, Disposition::Ignore)?;
    if disposition(libc::SIGINT)? == Disposition::Default {
        install(libc::SIGINT, Disposition::Record)?;
    }
    Ok(())
}

/// Sends `signal` to the calling thread.
pub fn raise(signal: i32) -> Result<()> {
    // SAFETY: only an integer crosses.
    if unsafe { libc::raise(signal) } == 0 { Ok(()) } else { Err(Errno::last()) }
}

/// Sends `signal` to one thread of this process, named by its kernel id; `ESRCH` when it has ended.
/// (`pthread_kill` is not used: a stale handle would be undefined behaviour.)
pub fn kill_thread(thread: i32, signal: i32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, signal) })
}

/// Sends `signal` through a process descriptor.
pub fn pidfd_send_signal(fd: i32, signal: i32, flags: u32) -> Result<()> {
    let no_info = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: integers and a NULL cross.
    done(unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signal, no_info, flags) })
}

/// Waits for a signal; always ends with `EINTR`, so nothing else is reported.
pub fn pause() {
    // SAFETY: takes nothing.
    unsafe { libc::pause() };
}

/// `SIGALRM` in so many seconds (0: never); answers the seconds that were left.
pub fn alarm(seconds: u32) -> u32 {
    // SAFETY: only an integer crosses.
    unsafe { libc::alarm(seconds) }
}

/// Value and interval of an interval timer; microseconds count, the rest is rounded up.
pub type Interval = (Timespec, Timespec);

fn interval_from(c: libc::itimerval) -> Interval {
    (Timespec::from_timeval(c.it_value), Timespec::from_timeval(c.it_interval))
}

/// Sets timer `which` (`ITIMER_*`) to (value, interval); answers the setting before.
pub fn setitimer(which: i32, value: Timespec, interval: Timespec) -> Result<Interval> {
    let new = libc::itimerval { it_interval: interval.to_timeval(), it_value: value.to_timeval() };
    let mut old = new;
    // SAFETY: both structures are locals that outlive the call.
    check(unsafe { libc::syscall(libc::SYS_setitimer, which, &raw const new, &raw mut old) })?;
    Ok(interval_from(old))
}

/// Reads timer `which` (`ITIMER_*`).
pub fn getitimer(which: i32) -> Result<Interval> {
    let zero = Timespec::ZERO.to_timeval();
    let mut now = libc::itimerval { it_interval: zero, it_value: zero };
    // SAFETY: the structure is a local that outlives the call.
    check(unsafe { libc::syscall(libc::SYS_getitimer, which, &raw mut now) })?;
    Ok(interval_from(now))
}

/// The system's description of a signal, `None` for a number that is none.
pub fn strsignal(signal: i32) -> Option<Vec<u8>> {
    if !(1..LIMIT).contains(&signal) {
        return None;
    }
    // SAFETY: for a number in range libc returns a NUL-ended text in static or thread memory.
    unsafe { bytes_of(libc::strsignal(signal)) }
}

/// Default action and an unblocked mask for `signal`, then the signal itself: ends the process the way
/// its parent expects. Answers only when the signal does not end processes.
pub fn die_by(signal: i32) -> Result<()> {
    install(signal, Disposition::Default)?;
    pthread_sigmask(libc::SIG_UNBLOCK, SignalSet::of(signal))?;
    // SAFETY: only integers cross.
    done(unsafe { libc::kill(libc::getpid(), signal) })
}

#[cfg(test)]
mod tests;
