//! Waiting for descriptors: `select`, `poll`, `epoll`.

use crate::clock::Timespec;
use crate::errno::{Errno, Result, check, done};

/// `select` takes descriptors below this only.
pub const SELECT_LIMIT: i32 = libc::FD_SETSIZE as i32;

/// Most bytes that a pipe takes at once without mixing them with another writer's.
pub const PIPE_BUF: usize = libc::PIPE_BUF;

/// The three lists of `select`: ready to read, ready to write, exceptional.
pub type Ready = (Vec<i32>, Vec<i32>, Vec<i32>);

fn fill(fds: &[i32], highest: &mut i32) -> Result<libc::fd_set> {
    // SAFETY: the structure is plain integers, zero is the empty set.
    let mut set: libc::fd_set = unsafe { std::mem::zeroed() };
    for &fd in fds {
        if !(0..SELECT_LIMIT).contains(&fd) {
            return Err(Errno::EINVAL);
        }
        *highest = (*highest).max(fd);
        // SAFETY: the number has been checked against the size of the set.
        unsafe { libc::FD_SET(fd, &raw mut set) };
    }
    Ok(set)
}

fn kept(fds: &[i32], set: &libc::fd_set) -> Vec<i32> {
    // SAFETY: `fill` has checked each number against the size of the set.
    fds.iter().copied().filter(|fd| unsafe { libc::FD_ISSET(*fd, set) }).collect()
}

/// Waits until one of the descriptors is ready; no `timeout` waits for ever. `EINVAL` for a descriptor
/// that is negative or not below [`SELECT_LIMIT`].
pub fn select(read: &[i32], write: &[i32], except: &[i32], timeout: Option<Timespec>) -> Result<Ready> {
    let mut highest = -1;
    let mut r = fill(read, &mut highest)?;
    let mut w = fill(write, &mut highest)?;
    let mut x = fill(except, &mut highest)?;
    // The kernel ignores numbers behind the end of the process's table instead of refusing them. The table
    // has at least 64 places, and covers every number below one that is open.
    if highest >= 64 && !crate::fs::is_open(highest) {
        return Err(Errno::EBADF);
    }
    let mut limit = timeout.unwrap_or_default().to_timeval();
    let limit = if timeout.is_some() { &raw mut limit } else { std::ptr::null_mut() };
    // SAFETY: the three sets and the time are locals that outlive the call.
    check(unsafe { libc::select(highest + 1, &raw mut r, &raw mut w, &raw mut x, limit) })?;
    Ok((kept(read, &r), kept(write, &w), kept(except, &x)))
}

/// One descriptor for [`poll`]: what is asked, and what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PollFd {
    pub fd: i32,
    pub events: i16,
    pub revents: i16,
}

const _: () = assert!(size_of::<PollFd>() == size_of::<libc::pollfd>());

/// Waits for events; `timeout` in milliseconds, negative for ever. Answers how many entries have events.
pub fn poll(fds: &mut [PollFd], timeout: i32) -> Result<usize> {
    // SAFETY: `PollFd` has the layout of `pollfd`, the slice is writable for its length.
    let ready = check(unsafe { libc::poll(fds.as_mut_ptr().cast(), fds.len() as libc::nfds_t, timeout) })?;
    Ok(ready as usize)
}

/// [`poll`] with a time of nanosecond resolution.
pub fn ppoll(fds: &mut [PollFd], timeout: Option<Timespec>) -> Result<usize> {
    let time = timeout.unwrap_or_default().to_c();
    let time = if timeout.is_some() { &raw const time } else { std::ptr::null() };
    let n = fds.len() as libc::nfds_t;
    // SAFETY: `PollFd` has the layout of `pollfd`, the slice is writable, the time outlives the call.
    let ready = check(unsafe { libc::ppoll(fds.as_mut_ptr().cast(), n, time, std::ptr::null()) })?;
    Ok(ready as usize)
}

/// Waits until `fd` is ready for one of `events`; answers the events, 0 when the time is over.
pub fn wait_for(fd: i32, events: i16, timeout: Option<Timespec>) -> Result<i16> {
    let mut one = [PollFd { fd, events, revents: 0 }];
    ppoll(&mut one, timeout)?;
    Ok(one[0].revents)
}

/// Makes an epoll descriptor.
pub fn epoll_create(flags: i32) -> Result<i32> {
    // SAFETY: only an integer crosses.
    check(unsafe { libc::epoll_create1(flags) })
}

/// Adds, changes or removes `fd` (`EPOLL_CTL_*`).
pub fn epoll_ctl(epoll: i32, operation: i32, fd: i32, events: u32) -> Result<()> {
    let mut event = libc::epoll_event { events, u64: fd as u32 as u64 };
    // SAFETY: the event is a local that outlives the call.
    done(unsafe { libc::epoll_ctl(epoll, operation, fd, &raw mut event) })
}

/// Adds `fd` to an epoll descriptor.
pub fn epoll_add(epoll: i32, fd: i32, events: u32) -> Result<()> {
    epoll_ctl(epoll, libc::EPOLL_CTL_ADD, fd, events)
}

/// Changes the events asked for `fd`.
pub fn epoll_modify(epoll: i32, fd: i32, events: u32) -> Result<()> {
    epoll_ctl(epoll, libc::EPOLL_CTL_MOD, fd, events)
}

/// Takes `fd` out of an epoll descriptor.
pub fn epoll_remove(epoll: i32, fd: i32) -> Result<()> {
    epoll_ctl(epoll, libc::EPOLL_CTL_DEL, fd, 0)
}

/// Waits for events; `timeout` in milliseconds, negative for ever. Answers (descriptor, events), at most
/// `limit` of them. `EINVAL` for a limit of 0.
pub fn epoll_wait(epoll: i32, limit: usize, timeout: i32) -> Result<Vec<(i32, u32)>> {
    let limit = i32::try_from(limit).map_err(|_| Errno::EINVAL)?;
    let mut events: Vec<libc::epoll_event> = Vec::new();
    events.try_reserve_exact(limit as usize).map_err(|_| Errno::ENOMEM)?;
    // SAFETY: the vector has room for `limit` events, and the kernel only writes there.
    let n = check(unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), limit, timeout) })?;
    // SAFETY: the kernel has filled `n` events.
    unsafe { events.set_len(n as usize) };
    Ok(events.iter().map(|e| (e.u64 as u32 as i32, e.events)).collect())
}

#[cfg(test)]
mod tests;
