//! Signals sent to this very process and thread.

use super::*;
use std::sync::atomic::AtomicI32;

static SEEN: AtomicI32 = AtomicI32::new(0);

fn hook(signal: i32) {
    SEEN.store(signal, Ordering::Relaxed);
}

/// One test, as pending bits, hook and wakeup descriptor belong to the process.
#[test]
fn a_signal_is_recorded_hooked_and_written() {
    let (reader, writer) = crate::fs::pipe2(libc::O_CLOEXEC | libc::O_NONBLOCK).unwrap();
    set_hook(Some(hook));
    assert_eq!(set_wakeup_fd(writer, true), -1);
    assert_eq!(install(libc::SIGUSR1, Disposition::Record), Ok(Disposition::Default));
    assert_eq!(disposition(libc::SIGUSR1), Ok(Disposition::Record));
    siginterrupt(libc::SIGUSR1, true).unwrap();
    raise(libc::SIGUSR1).unwrap();
    assert!(any_pending());
    assert_eq!(take_pending().iter().collect::<Vec<_>>(), [libc::SIGUSR1]);
    assert!(!any_pending());
    assert_eq!(SEEN.load(Ordering::Relaxed), libc::SIGUSR1);
    assert_eq!(crate::fs::read_vec(reader, 8).unwrap(), [libc::SIGUSR1 as u8]);
    kill_thread(crate::thread::native_id(), libc::SIGUSR1).unwrap();
    assert!(take_pending().contains(libc::SIGUSR1));

    // A full or closed pipe is remembered, the handler itself goes on.
    set_wakeup_fd(1_000_000, true);
    raise(libc::SIGUSR1).unwrap();
    assert_eq!(take_wakeup_error(), Some(Errno::EBADF));
    assert_eq!(set_wakeup_fd(-1, true), 1_000_000);
    set_hook(None);
    assert_eq!(install(libc::SIGUSR1, Disposition::Ignore), Ok(Disposition::Record));
    assert_eq!(install(libc::SIGKILL, Disposition::Ignore), Err(Errno::EINVAL));
    assert_eq!(install(libc::SIGUSR1, Disposition::Foreign), Err(Errno::EINVAL));
    assert_eq!(kill_thread(i32::MAX, 0), Err(Errno::ESRCH));
    clear_pending();
    crate::fs::close(reader).unwrap();
    crate::fs::close(writer).unwrap();
}

#[test]
fn blocked_signals_are_waited_for() {
    let set = SignalSet::of(libc::SIGUSR2);
    let old = pthread_sigmask(libc::SIG_BLOCK, set).unwrap();
    raise(libc::SIGUSR2).unwrap();
    assert!(sigpending().unwrap().contains(libc::SIGUSR2));
    assert_eq!(sigwait(set), Ok(libc::SIGUSR2));
    raise(libc::SIGUSR2).unwrap();
    let info = sigwaitinfo(set).unwrap();
    assert_eq!((info.signo, info.pid, info.uid), (libc::SIGUSR2, crate::process::getpid(), crate::process::getuid()));
    assert_eq!(sigtimedwait(set, Timespec::from_nanos(1_000_000)), Err(Errno::EAGAIN));
    pthread_sigmask(libc::SIG_SETMASK, old).unwrap();
}

#[test]
fn names_and_numbers() {
    let valid = valid_signals();
    assert!(valid.contains(libc::SIGINT) && valid.contains(64) && !valid.contains(32) && !valid.contains(65));
    assert_eq!(strsignal(libc::SIGINT).unwrap(), b"Interrupt");
    assert_eq!(strsignal(65), None);
    assert_eq!(strsignal(0), None);
    let zero = (Timespec::ZERO, Timespec::ZERO);
    assert_eq!(setitimer(libc::ITIMER_VIRTUAL, Timespec { sec: 100, nsec: 0 }, Timespec::ZERO), Ok(zero));
    assert!(getitimer(libc::ITIMER_VIRTUAL).unwrap().0 > Timespec::ZERO);
    setitimer(libc::ITIMER_VIRTUAL, Timespec::ZERO, Timespec::ZERO).unwrap();
    assert_eq!(getitimer(99), Err(Errno::EINVAL));
}
