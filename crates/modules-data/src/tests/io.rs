//! `_io`: files on disk and in memory, newlines, positions, two threads on one file.

use orochi_objects::{Attached, Value, bytes, int, protocol, str};

use super::{call, error, in_every_mode, ok};
use crate::_io::MODULE;

fn module(t: Attached<'_>) -> Value {
    ok(t, MODULE.make(t))
}
fn text(t: Attached<'_>, s: &str) -> Value {
    str::new(t, s)
}
/// A file name of its own for each test.
fn path(name: &str) -> String {
    std::env::temp_dir().join(format!("orochi-io-{}-{name}", std::process::id())).display().to_string()
}
fn open(t: Attached<'_>, m: &Value, path: &str, mode: &str) -> Value {
    ok(t, call(t, m, "open", &[text(t, path), text(t, mode), Value::i32(-1), text(t, "utf-8")]))
}
fn open_binary(t: Attached<'_>, m: &Value, path: &str, mode: &str, buffering: i32) -> Value {
    ok(t, call(t, m, "open", &[text(t, path), text(t, mode), Value::i32(buffering)]))
}

#[test]
fn text_lines() {
    in_every_mode(|t| {
        let m = module(t);
        let path = path("lines");
        let f = open(t, &m, &path, "w");
        let written = ok(t, call(t, &f, "write", &[text(t, "eins\nzwei\r\nd\u{e4}i\rvier")]));
        assert_eq!(int::as_i64(&written), Some(19));
        ok(t, call(t, &f, "close", &[]));
        assert_eq!(std::fs::read(&path).unwrap_or_default(), "eins\nzwei\r\nd\u{e4}i\rvier".as_bytes());
        assert_eq!(error(t, call(t, &f, "write", &[text(t, "x")])), "ValueError: I/O operation on closed file.");
        let f = open(t, &m, &path, "r");
        let mut lines = Vec::new();
        while let Some(l) = ok(t, protocol::next(t, &f)) {
            lines.push(str::display(&l));
        }
        assert_eq!(lines, ["eins\n", "zwei\n", "d\u{e4}i\n", "vier"]);
        ok(t, call(t, &f, "seek", &[Value::i32(0)]));
        let all = ok(t, call(t, &f, "read", &[]));
        assert_eq!(str::display(&all), "eins\nzwei\nd\u{e4}i\nvier");
        let _ = std::fs::remove_file(path);
    });
}

#[test]
fn positions_in_text() {
    in_every_mode(|t| {
        let m = module(t);
        let path = path("tell");
        let content = "a\u{e4}\u{20ac}\u{1f600}\r\nxy\n".repeat(50);
        assert!(std::fs::write(&path, &content).is_ok());
        let f = open(t, &m, &path, "r");
        ok(t, orochi_objects::attr::set(t, &f, &str::intern(t, "_CHUNK_SIZE"), Some(&Value::i32(7))));
        let expected = content.replace("\r\n", "\n");
        let chars: Vec<char> = expected.chars().collect();
        for at in 0..120 {
            ok(t, call(t, &f, "seek", &[Value::i32(0)]));
            ok(t, call(t, &f, "read", &[Value::i32(at)]));
            let cookie = ok(t, call(t, &f, "tell", &[]));
            let next = ok(t, call(t, &f, "read", &[Value::i32(9)]));
            let wanted: String = chars[at as usize..][..9].iter().collect();
            assert_eq!(str::display(&next), wanted, "after {at}");
            ok(t, call(t, &f, "seek", std::slice::from_ref(&cookie)));
            let again = ok(t, call(t, &f, "read", &[Value::i32(9)]));
            assert_eq!(str::display(&again), wanted, "again after {at}");
        }
        let _ = std::fs::remove_file(path);
    });
}

#[test]
fn random_access() {
    in_every_mode(|t| {
        let m = module(t);
        let path = path("random");
        for size in [-1, 2, 5, 8] {
            let f = open_binary(t, &m, &path, "w+b", size);
            ok(t, call(t, &f, "write", &[bytes::new(t, b"0123456789abcdef")]));
            ok(t, call(t, &f, "seek", &[Value::i32(3)]));
            let got = ok(t, call(t, &f, "read", &[Value::i32(4)]));
            assert_eq!(bytes::as_bytes(&got), Some(&b"3456"[..]));
            ok(t, call(t, &f, "write", &[bytes::new(t, b"XY")]));
            let at = ok(t, call(t, &f, "tell", &[]));
            assert_eq!(int::as_i64(&at), Some(9));
            let got = ok(t, call(t, &f, "read", &[]));
            assert_eq!(bytes::as_bytes(&got), Some(&b"9abcdef"[..]));
            ok(t, call(t, &f, "seek", &[Value::i32(-2), Value::i32(2)]));
            let got = ok(t, call(t, &f, "readline", &[]));
            assert_eq!(bytes::as_bytes(&got), Some(&b"ef"[..]));
            ok(t, call(t, &f, "truncate", &[Value::i32(10)]));
            ok(t, call(t, &f, "close", &[]));
            assert_eq!(std::fs::read(&path).unwrap_or_default(), b"0123456XY9");
        }
        let _ = std::fs::remove_file(path);
    });
}

#[test]
fn messages() {
    in_every_mode(|t| {
        let m = module(t);
        let path = path("messages");
        let open = |args: &[Value]| call(t, &m, "open", args);
        let p = text(t, &path);
        assert_eq!(error(t, open(&[p.clone(), text(t, "q")])), "ValueError: invalid mode: 'q'");
        assert_eq!(error(t, open(&[p.clone(), text(t, "rw")])), "ValueError: must have exactly one of create/read/write/append mode");
        assert_eq!(error(t, open(&[Value::i32(-1)])), "ValueError: negative file descriptor");
        assert_eq!(error(t, open(&[p.clone(), text(t, "w"), Value::i32(0)])), "ValueError: can't have unbuffered text I/O");
        assert_eq!(error(t, open(&[Value::none()])), "TypeError: expected str, bytes or os.PathLike object, not NoneType");
        let w = open_binary(t, &m, &path, "wb", -1);
        assert_eq!(error(t, call(t, &w, "read", &[])), "UnsupportedOperation: read");
        ok(t, call(t, &w, "close", &[]));
        let w = self::open(t, &m, &path, "w");
        assert_eq!(error(t, call(t, &w, "read", &[])), "UnsupportedOperation: not readable");
        assert_eq!(error(t, call(t, &w, "write", &[Value::i32(1)])), "TypeError: write() argument must be str, not int");
        ok(t, call(t, &w, "close", &[]));
        let _ = std::fs::remove_file(path);
    });
}

#[test]
fn in_memory() {
    in_every_mode(|t| {
        let m = module(t);
        let make = |name: &str, args: &[Value]| {
            let class = ok(t, orochi_objects::attr::get_by_name(t, &m, name));
            ok(t, protocol::call(t, &class, args))
        };
        let b = make("BytesIO", &[bytes::new(t, b"one\ntwo\nthree")]);
        let lines = ok(t, call(t, &b, "readlines", &[]));
        assert_eq!(ok(t, protocol::length(t, &lines)), 3);
        ok(t, call(t, &b, "seek", &[Value::i32(20)]));
        ok(t, call(t, &b, "write", &[bytes::new(t, b"!")]));
        let v = ok(t, call(t, &b, "getvalue", &[]));
        assert_eq!(bytes::as_bytes(&v), Some(&b"one\ntwo\nthree\0\0\0\0\0\0\0!"[..]));
        let s = make("StringIO", &[text(t, "\u{e4}bc\nd"), Value::none()]);
        ok(t, call(t, &s, "seek", &[Value::i32(1)]));
        ok(t, call(t, &s, "write", &[text(t, "\u{20ac}")]));
        let rest = ok(t, call(t, &s, "read", &[]));
        assert_eq!(str::display(&rest), "c\nd");
        ok(t, call(t, &s, "write", &[text(t, "\r\nz")]));
        let v = ok(t, call(t, &s, "getvalue", &[]));
        assert_eq!(str::display(&v), "\u{e4}\u{20ac}c\nd\nz");
        assert_eq!(error(t, call(t, &s, "seek", &[Value::i32(-1)])), "ValueError: Negative seek position -1");
    });
}

#[test]
fn unclosed_files_are_flushed() {
    in_every_mode(|t| {
        let m = module(t);
        let path = path("unclosed");
        let f = open(t, &m, &path, "w");
        ok(t, call(t, &f, "write", &[text(t, "kept")]));
        drop(f);
        assert_eq!(std::fs::read(&path).unwrap_or_default(), b"kept");
        let _ = std::fs::remove_file(path);
    });
}

/// Two threads write lines into one small buffer: no line may be torn or lost, none come twice.
#[test]
fn two_threads_write_one_file() {
    in_every_mode(|t| {
        let m = module(t);
        let path = path("threads");
        let f = open_binary(t, &m, &path, "wb", 64);
        let Ok(other) = orochi_objects::Thread::start(&t.thread().interpreter) else { panic!("no thread") };
        let shared = f.clone();
        let write = |t: Attached<'_>, f: &Value, letter: u8| {
            let line = [&[letter; 20][..], b"\n"].concat();
            for _ in 0..500 {
                ok(t, call(t, f, "write", &[bytes::new(t, &line)]));
                ok(t, t.safepoint());
            }
        };
        std::thread::scope(|scope| {
            let worker = scope.spawn(move || {
                let here = 0u8;
                other.run((&raw const here as usize) - 512 * 1024, |t| write(t, &shared, b'b'));
            });
            write(t, &f, b'a');
            let worker = std::sync::Mutex::new(Some(worker));
            t.detached(|| worker.lock().ok().and_then(|mut w| w.take()).map(|w| w.join()));
        });
        ok(t, call(t, &f, "close", &[]));
        let content = std::fs::read(&path).unwrap_or_default();
        let mut counts = [0, 0];
        for line in content.split(|&c| c == b'\n').filter(|l| !l.is_empty()) {
            assert!(line.len() == 20 && line.iter().all(|&c| c == line[0]), "{line:?}");
            counts[usize::from(line[0] == b'b')] += 1;
        }
        assert_eq!(counts, [500, 500]);
        let _ = std::fs::remove_file(path);
    });
}
