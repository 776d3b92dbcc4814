//! Threads of the operating system: starting them, their kernel ids, names and stacks.

use crate::errno::{Errno, Result, direct};
use std::ffi::CStr;
use std::mem::MaybeUninit;

/// Kernel id of the calling thread.
pub fn native_id() -> i32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::gettid() }
}

/// The pthread handle of the calling thread as a number; another thread may get it after this one ends.
pub fn ident() -> u64 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::pthread_self() }
}

/// Starts a thread that nobody joins. `stack` is in bytes, 0 for the default. `EAGAIN` when no thread can
/// be had. A panic in `body` ends that thread only.
pub fn spawn(stack: usize, body: Box<dyn FnOnce() + Send>) -> Result<()> {
    let mut builder = std::thread::Builder::new();
    // Sizes that rounding or the address space cannot take.
    if stack > 1 << 46 {
        return Err(Errno::EAGAIN);
    }
    if stack > 0 {
        builder = builder.stack_size(stack.max(minimum_stack()));
    }
    builder.spawn(body).map(drop).map_err(|error| Errno(error.raw_os_error().unwrap_or(libc::EAGAIN)))
}

/// Smallest stack that a thread can have, in bytes.
pub fn minimum_stack() -> usize {
    // SAFETY: only an integer crosses.
    let dynamic = unsafe { libc::sysconf(libc::_SC_THREAD_STACK_MIN) };
    usize::try_from(dynamic).unwrap_or(0).max(16384)
}

/// Where the calling thread's stack lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackBounds {
    /// Lowest usable address; the guard area lies below.
    pub low: usize,
    /// Address behind the highest.
    pub high: usize,
}

/// Bounds of the calling thread's stack. For the first thread the low end follows the stack limit as it
/// is now; an unlimited stack counts as what libc reports.
pub fn stack_bounds() -> Result<StackBounds> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: the handle is the caller's own, the attributes have room.
    direct(unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) })?;
    let (mut low, mut size, mut guard) = (std::ptr::null_mut(), 0, 0);
    // SAFETY: the attributes are filled; the three results are locals.
    let result = unsafe {
        let a = attributes.as_mut_ptr();
        let result = direct(libc::pthread_attr_getstack(a, &raw mut low, &raw mut size))
            .and_then(|()| direct(libc::pthread_attr_getguardsize(a, &raw mut guard)));
        libc::pthread_attr_destroy(a);
        result
    };
    result?;
    let start = low as usize;
    let high = start.saturating_add(size);
    Ok(StackBounds { low: start.saturating_add(guard).min(high), high })
}

/// Names the calling thread for debuggers; only 15 bytes are kept.
pub fn set_name(name: &CStr) -> Result<()> {
    let mut short = [0u8; 16];
    let bytes = name.to_bytes();
    let n = bytes.len().min(15);
    short[..n].copy_from_slice(&bytes[..n]);
    // SAFETY: the handle is the caller's own, the name is NUL-ended within 16 bytes.
    direct(unsafe { libc::pthread_setname_np(libc::pthread_self(), short.as_ptr().cast()) })
}

/// Name of the calling thread.
pub fn name() -> Result<Vec<u8>> {
    let mut text = [0u8; 64];
    // SAFETY: the handle is the caller's own, the buffer is writable for the length given.
    direct(unsafe { libc::pthread_getname_np(libc::pthread_self(), text.as_mut_ptr().cast(), text.len()) })?;
    Ok(crate::strings::until_nul(&text))
}

/// Gives the processor away.
pub fn yield_now() {
    // SAFETY: takes nothing; always succeeds on Linux.
    unsafe { libc::sched_yield() };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_thread_has_the_stack_it_asked_for() {
        let (sender, receiver) = channel();
        spawn(
            1 << 20,
            Box::new(move || {
                set_name(c"a name longer than that").unwrap();
                let here = &raw const sender as usize;
                let bounds = stack_bounds().unwrap();
                sender.send((native_id(), bounds, here, name().unwrap())).unwrap();
            }),
        )
        .unwrap();
        let (id, bounds, here, name) = receiver.recv().unwrap();
        assert_ne!(id, native_id());
        assert!(bounds.low < here && here < bounds.high);
        assert!(bounds.high - bounds.low >= (1 << 20) - 65536);
        assert_eq!(name, b"a name longer t");
        for size in [usize::MAX, usize::MAX / 4] {
            assert_eq!(spawn(size, Box::new(|| {})), Err(Errno::EAGAIN));
        }
    }
}
