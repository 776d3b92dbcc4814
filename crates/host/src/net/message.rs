//! `sendmsg` and `recvmsg`: several buffers at once, with control messages (descriptors, credentials ...).

use super::address::{Address, Encoded, Room};
use crate::errno::{Errno, Result, check, count};
use std::io::{IoSlice, IoSliceMut};

/// A control message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlMessage {
    pub level: i32,
    pub kind: i32,
    pub data: Vec<u8>,
}

/// What [`recvmsg`] got.
#[derive(Clone, Debug)]
pub struct Received {
    /// Bytes in the buffers.
    pub len: usize,
    pub control: Vec<ControlMessage>,
    /// `MSG_TRUNC`, `MSG_CTRUNC` and so on.
    pub flags: i32,
    pub address: Option<Address>,
}

const WORD: usize = size_of::<usize>();
const HEADER: usize = size_of::<libc::cmsghdr>();
const _: () = assert!(HEADER.is_multiple_of(WORD));

/// Length of a control message with `data` bytes of data, without padding at its end.
pub fn cmsg_len(data: usize) -> Option<usize> {
    data.checked_add(HEADER).filter(|n| *n <= i32::MAX as usize)
}

/// Room that a control message with `data` bytes of data takes, padding included.
pub fn cmsg_space(data: usize) -> Option<usize> {
    cmsg_len(data.checked_next_multiple_of(WORD)?)
}

fn blank() -> libc::msghdr {
    // SAFETY: NULL pointers and zero lengths are a valid message header.
    unsafe { std::mem::zeroed() }
}

/// The messages in C layout, in words so that the headers are aligned.
fn pack(messages: &[ControlMessage]) -> Result<Vec<usize>> {
    let mut bytes = Vec::new();
    for message in messages {
        let len = cmsg_len(message.data.len()).ok_or(Errno::EINVAL)?;
        bytes.extend_from_slice(&len.to_ne_bytes());
        bytes.extend_from_slice(&message.level.to_ne_bytes());
        bytes.extend_from_slice(&message.kind.to_ne_bytes());
        bytes.extend_from_slice(&message.data);
        bytes.resize(bytes.len().next_multiple_of(WORD), 0);
    }
    Ok(bytes
        .chunks_exact(WORD)
        .map(|chunk| {
            let mut word = [0; WORD];
            word.copy_from_slice(chunk);
            usize::from_ne_bytes(word)
        })
        .collect())
}

/// The messages in `len` bytes of C layout; one that was cut off keeps the bytes that came.
fn unpack(words: &[usize], len: usize) -> Vec<ControlMessage> {
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_ne_bytes()).take(len).collect();
    let number = |at: usize| bytes.get(at..at + 4).map(|b| i32::from_ne_bytes([b[0], b[1], b[2], b[3]]));
    let mut messages = Vec::new();
    let mut at = 0;
    while at <= bytes.len() && bytes.len() - at >= HEADER {
        let mut word = [0; WORD];
        word.copy_from_slice(&bytes[at..at + WORD]);
        let len = usize::from_ne_bytes(word);
        let (Some(level), Some(kind)) = (number(at + WORD), number(at + WORD + 4)) else { break };
        if len < HEADER {
            break;
        }
        let end = at.saturating_add(len).min(bytes.len());
        messages.push(ControlMessage { level, kind, data: bytes[at + HEADER..end].to_vec() });
        at = at.saturating_add(len).saturating_add(WORD - 1) / WORD * WORD;
    }
    messages
}

/// Sends buffers and control messages, to `address` or where the socket is connected.
pub fn sendmsg(
    fd: i32,
    buffers: &[IoSlice<'_>],
    control: &[ControlMessage],
    flags: i32,
    address: Option<&Address>,
) -> Result<usize> {
    let encoded: Option<Encoded> = address.map(Address::encode).transpose()?;
    let control = pack(control)?;
    let mut header = blank();
    if let Some(c) = &encoded {
        header.msg_name = c.as_ptr().cast_mut().cast();
        header.msg_namelen = c.len();
    }
    header.msg_iov = buffers.as_ptr().cast_mut().cast();
    header.msg_iovlen = buffers.len() as _;
    if !control.is_empty() {
        header.msg_control = control.as_ptr().cast_mut().cast();
        header.msg_controllen = (control.len() * WORD) as _;
    }
    // SAFETY: address, buffers (with the layout of `iovec`) and control outlive the call, which only
    // reads them.
    count(unsafe { libc::sendmsg(fd, &raw const header, flags) })
}

/// Receives into buffers, with up to `control` bytes of control messages.
pub fn recvmsg(fd: i32, buffers: &mut [IoSliceMut<'_>], control: usize, flags: i32) -> Result<Received> {
    let mut room = Room::new();
    let mut words: Vec<usize> = Vec::new();
    words.try_reserve_exact(control.div_ceil(WORD)).map_err(|_| Errno::ENOMEM)?;
    words.resize(control.div_ceil(WORD), 0);
    let mut header = blank();
    header.msg_name = room.as_mut_ptr().cast();
    header.msg_namelen = room.len;
    header.msg_iov = buffers.as_mut_ptr().cast();
    header.msg_iovlen = buffers.len() as _;
    if control > 0 {
        header.msg_control = words.as_mut_ptr().cast();
        header.msg_controllen = control as _;
    }
    // SAFETY: room, buffers (with the layout of `iovec`) and control are writable for their lengths.
    let n = check(unsafe { libc::recvmsg(fd, &raw mut header, flags) })?;
    room.len = header.msg_namelen;
    let total: usize = buffers.iter().map(|b| b.len()).sum();
    Ok(Received {
        len: (n as usize).min(total),
        control: unpack(&words, header.msg_controllen.min(control)),
        flags: header.msg_flags,
        address: room.decode(),
    })
}
