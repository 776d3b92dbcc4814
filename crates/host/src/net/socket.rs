//! Sockets: making, connecting, sending, receiving.

use super::address::{Address, Room};
use crate::errno::{Result, check, count, done};

/// Makes a socket; `kind` may carry `SOCK_CLOEXEC` and `SOCK_NONBLOCK`.
pub fn socket(family: i32, kind: i32, protocol: i32) -> Result<i32> {
    // SAFETY: only integers cross.
    check(unsafe { libc::socket(family, kind, protocol) })
}

/// Makes two connected sockets.
pub fn socketpair(family: i32, kind: i32, protocol: i32) -> Result<(i32, i32)> {
    let mut pair = [0; 2];
    // SAFETY: the array has room for the two numbers.
    done(unsafe { libc::socketpair(family, kind, protocol, pair.as_mut_ptr()) })?;
    Ok((pair[0], pair[1]))
}

/// Gives a socket its address.
pub fn bind(fd: i32, address: &Address) -> Result<()> {
    let c = address.encode()?;
    // SAFETY: the address outlives the call and has the length given.
    done(unsafe { libc::bind(fd, c.as_ptr(), c.len()) })
}

/// Connects; `EINPROGRESS` when the socket does not wait, `EINTR` leaves the attempt running.
pub fn connect(fd: i32, address: &Address) -> Result<()> {
    let c = address.encode()?;
    // SAFETY: the address outlives the call and has the length given.
    done(unsafe { libc::connect(fd, c.as_ptr(), c.len()) })
}

/// Lets connections come.
pub fn listen(fd: i32, backlog: i32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::listen(fd, backlog) })
}

/// Takes a connection; `flags` are `SOCK_CLOEXEC` and `SOCK_NONBLOCK`.
pub fn accept4(fd: i32, flags: i32) -> Result<(i32, Option<Address>)> {
    let mut room = Room::new();
    let address = room.as_mut_ptr();
    // SAFETY: the room is writable for the length given.
    let connection = check(unsafe { libc::accept4(fd, address, &raw mut room.len, flags) })?;
    Ok((connection, room.decode()))
}

/// Ends one or both directions (`SHUT_*`).
pub fn shutdown(fd: i32, how: i32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::shutdown(fd, how) })
}

/// Sends on a connected socket.
pub fn send(fd: i32, data: &[u8], flags: i32) -> Result<usize> {
    // SAFETY: the data is readable for its length.
    count(unsafe { libc::send(fd, data.as_ptr().cast(), data.len(), flags) })
}

/// Sends to an address.
pub fn sendto(fd: i32, data: &[u8], flags: i32, address: &Address) -> Result<usize> {
    let c = address.encode()?;
    // SAFETY: the data is readable for its length, the address outlives the call.
    count(unsafe { libc::sendto(fd, data.as_ptr().cast(), data.len(), flags, c.as_ptr(), c.len()) })
}

/// Receives into `buffer`; 0 means that the other side has ended.
pub fn recv(fd: i32, buffer: &mut [u8], flags: i32) -> Result<usize> {
    // SAFETY: the buffer is writable for its length.
    let n = count(unsafe { libc::recv(fd, buffer.as_mut_ptr().cast(), buffer.len(), flags) })?;
    // With MSG_TRUNC the kernel answers the length of the whole datagram.
    Ok(n.min(buffer.len()))
}

/// Receives up to `len` bytes into a new vector, without clearing it first.
pub fn recv_vec(fd: i32, len: usize, flags: i32) -> Result<Vec<u8>> {
    let mut bytes = crate::errno::empty(len)?;
    // SAFETY: the vector has room for `len` bytes, and the kernel only writes there.
    let n = count(unsafe { libc::recv(fd, bytes.as_mut_ptr().cast(), len, flags) })?;
    // SAFETY: the kernel has filled that many bytes; with MSG_TRUNC it may answer more than fit.
    unsafe { bytes.set_len(n.min(len)) };
    crate::fs::trim(&mut bytes, len);
    Ok(bytes)
}

/// Receives into `buffer`, with the sender's address where there is one.
pub fn recvfrom(fd: i32, buffer: &mut [u8], flags: i32) -> Result<(usize, Option<Address>)> {
    let mut room = Room::new();
    let address = room.as_mut_ptr();
    // SAFETY: buffer and room are writable for the lengths given.
    let n = count(unsafe {
        libc::recvfrom(fd, buffer.as_mut_ptr().cast(), buffer.len(), flags, address, &raw mut room.len)
    })?;
    Ok((n.min(buffer.len()), room.decode()))
}

/// The socket's own address.
pub fn getsockname(fd: i32) -> Result<Option<Address>> {
    let mut room = Room::new();
    let address = room.as_mut_ptr();
    // SAFETY: the room is writable for the length given.
    done(unsafe { libc::getsockname(fd, address, &raw mut room.len) })?;
    Ok(room.decode())
}

/// The address of the other side.
pub fn getpeername(fd: i32) -> Result<Option<Address>> {
    let mut room = Room::new();
    let address = room.as_mut_ptr();
    // SAFETY: the room is writable for the length given.
    done(unsafe { libc::getpeername(fd, address, &raw mut room.len) })?;
    Ok(room.decode())
}
