//! Starting a program with pipes, for `subprocess`. All that needs memory is prepared by the caller; the
//! child makes system calls only, so it is safe in a process with many threads.
//!
//! Two ways lead to the child. Without a `preexec` closure and without other user or group ids the child
//! borrows our memory on a stack of its own (`CLONE_VM | CLONE_VFORK`) and we sleep until it has started
//! the program: the cost does not grow with our size. All signals are blocked meanwhile and the child
//! sets every handler to its default before it opens the mask again, so no handler runs in borrowed
//! memory. Otherwise it is a plain fork.
//!
//! A failure in the child is written to `errpipe_write` as `OSError:<errno in hex>:<stage>`, where the
//! stage is empty for a failed `exec`, `noexec:chdir` for the directory and `noexec` for all else; a
//! failed `preexec` reads `SubprocessError:0:` and a text. This is the form that `subprocess.py` parses.

use crate::errno::{Errno, Result};
use crate::fs;
use crate::strings::CStringArray;
use std::ffi::{CStr, c_void};

/// Other ids for the child.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity<'a> {
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub groups: Option<&'a [u32]>,
}

/// What to start. Descriptors are -1 where there is none.
pub struct ForkExec<'a> {
    /// Paths to try in order.
    pub executables: &'a CStringArray,
    pub arguments: &'a CStringArray,
    /// `None` keeps the environment of this process.
    pub environment: Option<&'a CStringArray>,
    pub cwd: Option<&'a CStr>,
    pub close_fds: bool,
    /// Descriptors to keep open and make inheritable; rising.
    pub fds_to_keep: &'a [i32],
    pub p2cread: i32,
    pub p2cwrite: i32,
    pub c2pread: i32,
    pub c2pwrite: i32,
    pub errread: i32,
    pub errwrite: i32,
    pub errpipe_read: i32,
    pub errpipe_write: i32,
    /// Set SIGPIPE and SIGXFSZ back to their default.
    pub restore_signals: bool,
    pub start_new_session: bool,
    /// Process group to join (0: a new one).
    pub process_group: Option<i32>,
    pub identity: Identity<'a>,
    pub umask: Option<u32>,
    /// Runs in the child before the program starts, with only its thread alive; `false` means that it
    /// failed.
    pub preexec: Option<&'a mut dyn FnMut() -> bool>,
}

/// Where the child failed.
#[derive(Clone, Copy)]
enum Stage {
    Exec,
    Directory,
    Setup,
}

/// Starts the program; answers the child's id. Failures before the child exists are errors here, later
/// ones arrive in `errpipe_read`.
pub fn fork_exec(mut order: ForkExec<'_>) -> Result<i32> {
    if order.fds_to_keep.windows(2).any(|w| w[0] >= w[1]) || order.fds_to_keep.first().is_some_and(|fd| *fd < 0) {
        return Err(Errno::EINVAL);
    }
    let preexec = order.preexec.take();
    let ids = order.identity;
    if preexec.is_none() && ids.uid.is_none() && ids.gid.is_none() && ids.groups.is_none() {
        return in_borrowed_memory(&order);
    }
    match super::fork()? {
        0 => {
            run_child(&order.plan(), preexec);
            super::exit_now(255)
        }
        id => Ok(id),
    }
}

/// The order as plain pointers and numbers, readable in the child without any ownership.
struct Plan<'a, 'b> {
    order: &'a ForkExec<'b>,
    /// Highest descriptor to close one by one where `close_range` does not exist.
    highest: i32,
    /// The mask to restore, when all signals were blocked and handlers must go first.
    mask: Option<libc::sigset_t>,
}

impl<'b> ForkExec<'b> {
    fn plan(&self) -> Plan<'_, 'b> {
        let highest = super::sysconf(libc::_SC_OPEN_MAX).unwrap_or(256).clamp(0, 1 << 20);
        Plan { order: self, highest: highest as i32, mask: None }
    }
}

/// Bytes of stack for a child in borrowed memory: it calls only thin wrappers.
const CHILD_STACK: usize = 64 * 1024;

extern "C" fn child_entry(plan: *mut c_void) -> i32 {
    // SAFETY: `in_borrowed_memory` passes a `Plan` that lives until we have started the program.
    let plan = unsafe { &*plan.cast::<Plan<'_, '_>>() };
    run_child(plan, None);
    super::exit_now(255)
}

fn in_borrowed_memory(order: &ForkExec<'_>) -> Result<i32> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK;
    let stack = crate::mmap::Map::new(-1, CHILD_STACK, 0, libc::PROT_READ | libc::PROT_WRITE, flags)?;
    let mut plan = order.plan();
    // SAFETY: signal sets are plain integers, filled by the calls below.
    let (mut all, mut old) = unsafe { (std::mem::zeroed::<libc::sigset_t>(), std::mem::zeroed::<libc::sigset_t>()) };
    // SAFETY: both sets are locals.
    unsafe {
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut old);
    }
    plan.mask = Some(old);
    // SAFETY: the stack grows down from its 16-aligned end and belongs to the child alone; this thread
    // sleeps until the child has started the program or ended (CLONE_VFORK), so the plan outlives its
    // use; all signals are blocked, so nothing else runs on the child's copy of this thread's state.
    let id = unsafe {
        libc::clone(
            child_entry,
            stack.as_ptr().add(CHILD_STACK).cast(),
            libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD,
            (&raw mut plan).cast(),
        )
    };
    let error = Errno::last();
    // SAFETY: the set was filled above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const old, std::ptr::null_mut()) };
    drop(stack);
    if id == -1 { Err(error) } else { Ok(id) }
}

/// The child's whole life. Returns only after a failure, which it has reported.
fn run_child(plan: &Plan<'_, '_>, preexec: Option<&mut dyn FnMut() -> bool>) {
    let order = plan.order;
    match set_up(plan) {
        Ok(()) => {}
        Err((stage, error)) => return report(order.errpipe_write, stage, error),
    }
    if let Some(preexec) = preexec
        && !preexec()
    {
        let _ = fs::write(order.errpipe_write, b"SubprocessError:0:Exception occurred in preexec_fn.");
        return;
    }
    // After `preexec`, which may have opened or duplicated some.
    if order.close_fds {
        close_others(order.fds_to_keep, plan.highest);
    }
    let mut kept = None;
    for i in 0..order.executables.len() {
        // SAFETY: paths and arrays are NUL-ended and NULL-ended, and live in the caller.
        unsafe {
            match order.environment {
                Some(environment) => {
                    libc::execve(order.executables.get(i), order.arguments.as_ptr(), environment.as_ptr())
                }
                None => libc::execv(order.executables.get(i), order.arguments.as_ptr()),
            }
        };
        // "Not there" of a later candidate must not hide why an earlier one failed.
        let error = Errno::last();
        if kept.is_none() && error != Errno::ENOENT && error != Errno::ENOTDIR {
            kept = Some(error);
        }
    }
    report(order.errpipe_write, Stage::Exec, kept.unwrap_or_else(Errno::last));
}

fn set_up(plan: &Plan<'_, '_>) -> std::result::Result<(), (Stage, Errno)> {
    let order = plan.order;
    let setup = |error| (Stage::Setup, error);
    for &fd in order.fds_to_keep {
        if fd != order.errpipe_write {
            fs::set_inheritable(fd, true).map_err(setup)?;
        }
    }
    // Our ends of the pipes are not the child's.
    for fd in [order.p2cwrite, order.c2pread, order.errread, order.errpipe_read] {
        if fd >= 0 {
            fs::close(fd).map_err(setup)?;
        }
    }
    // A source that sits in 0 or 1 would be overwritten before its turn: move it up.
    let mut output = order.c2pwrite;
    if output == 0 {
        output = fs::dup(output).map_err(setup)?;
    }
    let mut error_output = order.errwrite;
    while error_output == 0 || error_output == 1 {
        error_output = fs::dup(error_output).map_err(setup)?;
    }
    for (source, target) in [(order.p2cread, 0), (output, 1), (error_output, 2)] {
        if source == target {
            fs::set_inheritable(target, true).map_err(setup)?;
        } else if source >= 0 {
            fs::dup2(source, target, true).map_err(setup)?;
        }
    }
    if let Some(cwd) = order.cwd {
        fs::chdir(cwd).map_err(|error| (Stage::Directory, error))?;
    }
    if let Some(mask) = order.umask {
        fs::umask(mask);
    }
    if order.restore_signals {
        for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
            default_action(signal);
        }
    }
    if let Some(mask) = &plan.mask {
        drop_handlers();
        // SAFETY: the set was filled by the parent.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, mask, std::ptr::null_mut()) };
    }
    if order.start_new_session {
        super::setsid().map_err(setup)?;
    }
    if let Some(group) = order.process_group {
        super::setpgid(0, group).map_err(setup)?;
    }
    change_identity(order.identity).map_err(setup)
}

/// Raw system calls: libc's own functions would ask the threads that this copy does not have.
fn change_identity(identity: Identity<'_>) -> Result<()> {
    // SAFETY: integers cross, and a list that is readable for its length.
    unsafe {
        if let Some(groups) = identity.groups {
            crate::errno::done(libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()))?;
        }
        if let Some(gid) = identity.gid {
            crate::errno::done(libc::syscall(libc::SYS_setregid, gid, gid))?;
        }
        if let Some(uid) = identity.uid {
            crate::errno::done(libc::syscall(libc::SYS_setreuid, uid, uid))?;
        }
    }
    Ok(())
}

fn default_action(signal: i32) {
    // SAFETY: all fields may be zero: the default action, no flags, an empty mask.
    let action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is a local.
    unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) };
}

/// Sets every signal that has a handler to its default, as `exec` will do anyway.
fn drop_handlers() {
    for signal in 1..crate::signal::LIMIT {
        // SAFETY: all fields may be zero.
        let mut now: libc::sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: the structure is a local; numbers that libc keeps for itself are refused.
        let known = unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut now) } == 0;
        if known && now.sa_sigaction != libc::SIG_DFL && now.sa_sigaction != libc::SIG_IGN {
            default_action(signal);
        }
    }
}

/// Closes every descriptor above 2 that is not in `keep`, which is rising.
fn close_others(keep: &[i32], highest: i32) {
    let mut low = 3;
    for &fd in keep {
        if fd >= low {
            close_span(low, fd - 1, highest);
            low = fd.saturating_add(1);
        }
    }
    close_span(low, i32::MAX, highest);
}

fn close_span(first: i32, last: i32, highest: i32) {
    if first > last || fs::close_range(first as u32, last as u32, 0).is_ok() {
        return;
    }
    for fd in first..=last.min(highest) {
        let _ = fs::close(fd);
    }
}

/// Writes the failure without memory from the heap.
fn report(pipe: i32, stage: Stage, error: Errno) {
    let mut text = [0u8; 40];
    let mut n = 0;
    let mut put = |bytes: &[u8]| {
        for (slot, byte) in text.iter_mut().skip(n).zip(bytes) {
            *slot = *byte;
        }
        n += bytes.len();
    };
    put(b"OSError:");
    let number = error.0 as u32;
    let digits = (32 - number.leading_zeros()).div_ceil(4).max(1);
    for d in (0..digits).rev() {
        let digit = (number >> (d * 4) & 0xf) as u8;
        put(&[if digit < 10 { b'0' + digit } else { b'A' + digit - 10 }]);
    }
    put(b":");
    put(match stage {
        Stage::Exec => b"",
        Stage::Directory => b"noexec:chdir",
        Stage::Setup => b"noexec",
    });
    let _ = fs::write(pipe, text.get(..n).unwrap_or(&[]));
}
