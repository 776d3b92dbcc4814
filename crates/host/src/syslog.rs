//! Messages to the system's log.

use std::ffi::{CStr, CString};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The identity that libc keeps a pointer to.
/// Guarded by: itself. Replaced only together with the `openlog` or `closelog` that changes libc's pointer.
static IDENTITY: Mutex<Option<CString>> = Mutex::new(None);

/// Keeps other calls away, for a fork.
pub(crate) fn hold() -> MutexGuard<'static, Option<CString>> {
    IDENTITY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets identity, options (`LOG_PID` ...) and facility of later messages.
pub fn openlog(identity: Option<CString>, options: i32, facility: i32) {
    let mut kept = hold();
    let pointer = identity.as_ref().map_or(std::ptr::null(), |text| text.as_ptr());
    // SAFETY: the text is NULL or NUL-ended, and is kept until libc has another one.
    unsafe { libc::openlog(pointer, options, facility) };
    *kept = identity;
}

/// Sends a message.
pub fn syslog(priority: i32, message: &CStr) {
    let _kept = hold();
    // SAFETY: the format takes exactly one NUL-ended text.
    unsafe { libc::syslog(priority, c"%s".as_ptr(), message.as_ptr()) };
}

/// Ends the connection to the log and forgets the identity.
pub fn closelog() {
    let mut kept = hold();
    // SAFETY: takes nothing. libc drops its pointer before the text is freed.
    unsafe { libc::closelog() };
    *kept = None;
}

/// Sets which priorities are sent; answers the old mask.
pub fn setlogmask(mask: i32) -> i32 {
    // SAFETY: only an integer crosses.
    unsafe { libc::setlogmask(mask) }
}
