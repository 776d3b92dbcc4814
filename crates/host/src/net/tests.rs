//! Loopback sockets and local databases only.

use super::*;
use crate::Errno;
use crate::fs;
use std::io::{IoSlice, IoSliceMut};

fn stream() -> i32 {
    socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0).unwrap()
}

const LOOPBACK: Address = Address::Inet4 { ip: [127, 0, 0, 1], port: 0 };

#[test]
fn a_connection_over_loopback() {
    let server = stream();
    setsockopt_int(server, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1).unwrap();
    assert_eq!(getsockopt_int(server, libc::SOL_SOCKET, libc::SO_REUSEADDR), Ok(1));
    bind(server, &LOOPBACK).unwrap();
    listen(server, 4).unwrap();
    let address = getsockname(server).unwrap().unwrap();
    let client = stream();
    connect(client, &address).unwrap();
    let (connection, peer) = accept4(server, libc::SOCK_CLOEXEC).unwrap();
    assert_eq!(peer, getsockname(client).unwrap());
    assert_eq!(getpeername(client).unwrap(), Some(address.clone()));
    assert_eq!(send(client, b"ping", 0), Ok(4));
    assert_eq!(recv_vec(connection, 2, libc::MSG_PEEK).unwrap(), b"pi");
    let mut buffer = [0; 16];
    assert_eq!(recvfrom(connection, &mut buffer, 0), Ok((4, None)));
    assert_eq!(&buffer[..4], b"ping");
    shutdown(client, libc::SHUT_WR).unwrap();
    assert_eq!(recv(connection, &mut buffer, 0), Ok(0));
    for fd in [server, client, connection] {
        fs::close(fd).unwrap();
    }
    let refused = stream();
    assert_eq!(connect(refused, &address), Err(Errno(libc::ECONNREFUSED)));
    fs::close(refused).unwrap();
    assert_eq!(send(-1, b"x", 0), Err(Errno::EBADF));
    assert_eq!(take_error(-1), Err(Errno::EBADF));
}

#[test]
fn datagrams_carry_addresses() {
    let one = socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0).unwrap();
    let two = socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0).unwrap();
    bind(one, &LOOPBACK).unwrap();
    bind(two, &LOOPBACK).unwrap();
    let (from, to) = (getsockname(one).unwrap().unwrap(), getsockname(two).unwrap().unwrap());
    assert_eq!(sendto(one, b"hello", 0, &to), Ok(5));
    let mut buffer = [0; 3];
    assert_eq!(recvfrom(two, &mut buffer, libc::MSG_TRUNC), Ok((3, Some(from.clone()))));
    assert_eq!(sendmsg(one, &[IoSlice::new(b"he"), IoSlice::new(b"y")], &[], 0, Some(&to)), Ok(3));
    let mut buffer = [0; 8];
    let got = recvmsg(two, &mut [IoSliceMut::new(&mut buffer)], 0, 0).unwrap();
    assert_eq!((got.len, got.address, got.control.len()), (3, Some(from), 0));
    fs::close(one).unwrap();
    fs::close(two).unwrap();
}

#[test]
fn descriptors_travel_over_a_unix_socket() {
    let (one, two) = socketpair(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0).unwrap();
    assert_eq!(getsockname(one).unwrap(), Some(Address::Unix(vec![])));
    let (reader, writer) = fs::pipe2(libc::O_CLOEXEC).unwrap();
    let data = [reader.to_ne_bytes(), writer.to_ne_bytes()].concat();
    let message = ControlMessage { level: libc::SOL_SOCKET, kind: libc::SCM_RIGHTS, data };
    assert_eq!(sendmsg(one, &[IoSlice::new(b"fds")], &[message], 0, None), Ok(3));
    let mut buffer = [0; 8];
    let space = cmsg_space(8).unwrap();
    let got = recvmsg(two, &mut [IoSliceMut::new(&mut buffer)], space, libc::MSG_CMSG_CLOEXEC).unwrap();
    assert_eq!((got.len, got.control.len()), (3, 1));
    let fds: Vec<i32> = got.control[0].data.chunks(4).map(|b| i32::from_ne_bytes(b.try_into().unwrap())).collect();
    fs::write(fds[1], b"through").unwrap();
    assert_eq!(fs::read_vec(reader, 16).unwrap(), b"through");
    for fd in [one, two, reader, writer, fds[0], fds[1]] {
        fs::close(fd).unwrap();
    }
    assert_eq!((cmsg_len(4), cmsg_space(4)), (Some(20), Some(24)));
    assert_eq!(cmsg_space(usize::MAX), None);
}

#[test]
fn unix_addresses_in_all_forms() {
    let name = format!("\0orochi-host-{}", crate::process::getpid()).into_bytes();
    let server = socket(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0).unwrap();
    bind(server, &Address::Unix(name.clone())).unwrap();
    assert_eq!(getsockname(server).unwrap(), Some(Address::Unix(name)));
    fs::close(server).unwrap();
    let path = format!("/tmp/orochi-host-{}.sock", crate::process::getpid()).into_bytes();
    let server = socket(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0).unwrap();
    bind(server, &Address::Unix(path.clone())).unwrap();
    assert_eq!(getsockname(server).unwrap(), Some(Address::Unix(path.clone())));
    fs::close(server).unwrap();
    fs::unlink(fs::CWD, &std::ffi::CString::new(path).unwrap()).unwrap();
    assert_eq!(bind(-1, &Address::Unix(vec![b'x'; 108])), Err(Errno::ENAMETOOLONG));
    assert_eq!(bind(-1, &Address::Other { family: 99, data: vec![0; 500] }), Err(Errno::ENAMETOOLONG));
}

#[test]
fn written_addresses() {
    assert_eq!(inet_pton(libc::AF_INET, c"10.1.2.3"), Ok(Some(vec![10, 1, 2, 3])));
    assert_eq!(inet_pton(libc::AF_INET, c"10.1.2"), Ok(None));
    assert_eq!(inet_pton(libc::AF_UNIX, c"x"), Err(Errno::EAFNOSUPPORT));
    assert_eq!(inet_aton(c"127.1"), Some([127, 0, 0, 1]));
    let mut six = [0; 16];
    six[15] = 1;
    assert_eq!(inet_ntop(libc::AF_INET6, &six).unwrap(), "::1");
    assert_eq!(inet_ntop(libc::AF_INET, &six), Err(Errno::EINVAL));
    let address = Address::Inet6 { ip: six, port: 80, flow: 5, scope: 2 };
    let c = address.encode().unwrap();
    // SAFETY: the encoded address has the length it states.
    let bytes = unsafe { std::slice::from_raw_parts(c.as_ptr().cast::<u8>(), c.len() as usize) };
    assert_eq!(Address::decode(bytes), Some(address));
    assert_eq!(Address::decode(&[2]), None);
}

#[test]
fn local_lookups() {
    let list = getaddrinfo(Some(c"127.0.0.1"), Some(c"80"), 0, libc::SOCK_STREAM, 0, libc::AI_NUMERICHOST).unwrap();
    assert_eq!(list[0].address, Address::Inet4 { ip: [127, 0, 0, 1], port: 80 });
    let error = getaddrinfo(Some(c"not numeric"), None, 0, 0, 0, libc::AI_NUMERICHOST).unwrap_err();
    assert_eq!((error.code, error.message().as_str()), (libc::EAI_NONAME, "Name or service not known"));
    let flags = libc::NI_NUMERICHOST | libc::NI_NUMERICSERV;
    let names = getnameinfo(&Address::Inet4 { ip: [127, 0, 0, 1], port: 22 }, flags).unwrap();
    assert_eq!(names, (b"127.0.0.1".to_vec(), b"22".to_vec()));
    let host = gethostbyname(c"127.0.0.1").unwrap();
    assert_eq!((host.family, host.addresses), (libc::AF_INET, vec![vec![127, 0, 0, 1]]));
    assert_eq!(getprotobyname(c"no such protocol"), None);
    assert!(!gethostname().unwrap().is_empty());
    let interfaces = if_nameindex().unwrap();
    let (index, name) = &interfaces[0];
    assert_eq!(&if_indextoname(*index).unwrap(), name);
    let name = std::ffi::CString::new(name.clone()).unwrap();
    assert_eq!(if_nametoindex(&name), Ok(*index));
    assert!(if_nametoindex(c"none such").is_err());
}
