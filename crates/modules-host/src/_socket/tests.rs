//! Tests of sockets without an eval loop.

use orochi_objects::{Value, attr, bytes, float, str, tuple};

use crate::tests::{call, in_every_mode, message};

#[test]
fn pairs_and_timeouts() {
    in_every_mode(|t| {
        let m = crate::_socket::MODULE.make(t).expect("a module");
        let pair = call(t, &m, "socketpair", &[]);
        let [a, b] = tuple::items(&pair) else { panic!("a pair") };
        call(t, a, "sendall", &[bytes::new(t, b"hello")]);
        let got = call(t, b, "recv", &[Value::i32(10)]);
        assert_eq!(bytes::as_bytes(&got), Some(&b"hello"[..]));
        call(t, a, "settimeout", &[float::new(t, 0.01)]);
        assert_eq!(message(t, a, "recv", &[Value::i32(5)]), "timed out");
        call(t, a, "setblocking", &[Value::bool(false)]);
        assert_eq!(message(t, a, "recv", &[Value::i32(5)]), "[Errno 11] Resource temporarily unavailable");
    });
}

#[test]
fn connections() {
    in_every_mode(|t| {
        let m = crate::_socket::MODULE.make(t).expect("a module");
        let server = call(t, &m, "socket", &[]);
        let address = tuple::new(t, vec![str::new(t, "127.0.0.1"), Value::i32(0)]);
        call(t, &server, "bind", &[address]);
        call(t, &server, "listen", &[]);
        let name = call(t, &server, "getsockname", &[]);
        let client = call(t, &m, "socket", &[]);
        call(t, &client, "settimeout", &[float::new(t, 5.0)]);
        call(t, &client, "connect", &[name]);
        let accepted = call(t, &server, "_accept", &[]);
        let fd = tuple::items(&accepted)[0].clone();
        let own = attr::get_by_name(t, &client, "timeout").expect("a field");
        assert_eq!(float::as_f64(&own), Some(5.0));
        call(t, &m, "close", &[fd]);
        let end = call(t, &client, "recv", &[Value::i32(5)]);
        assert_eq!(bytes::as_bytes(&end), Some(&b""[..]));
        assert_eq!(message(t, &client, "bind", &[Value::i32(5)]), "bind(): AF_INET address must be tuple, not int");
    });
}
