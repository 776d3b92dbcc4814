//! Tests of `binascii` against known texts.

use orochi_objects::{Value, bytes, str};

use crate::tests::{call, in_every_mode, module, shown};

#[test]
fn texts_and_messages() {
    in_every_mode(|t| {
        let m = module(t, &super::MODULE);
        let b = |s: &[u8]| bytes::new(t, s);
        let run = |name: &'static core::primitive::str, args: &[Value]| shown(t, call(t, &m, name, args));
        assert_eq!(run("b2a_base64", &[b(b"x")]), r"b'eA==\n'");
        assert_eq!(run("a2b_base64", &[b(b"aGVs\nbG8=")]), "b'hello'");
        assert_eq!(run("a2b_base64", &[str::new(t, "abc")]), "Incorrect padding");
        assert_eq!(run("a2b_base64", &[str::new(t, "ab=c")]), "Incorrect padding");
        assert_eq!(run("hexlify", &[b(b"\x01\xfe"), str::new(t, "-")]), "b'01-fe'");
        assert_eq!(run("unhexlify", &[str::new(t, "zz")]), "Non-hexadecimal digit found");
        assert_eq!(run("b2a_uu", &[b(b"Cat")]), r"b'#0V%T\n'");
        assert_eq!(run("a2b_uu", &[b(b"#0V%T\n")]), "b'Cat'");
        assert_eq!(run("a2b_uu", &[b(b"#86)Cxxxx")]), "Trailing garbage");
        assert_eq!(run("b2a_qp", &[b(b"a b=\t\n")]), r"b'a b=3D=09\n'");
        assert_eq!(run("a2b_qp", &[b(b"a=3Db=\nc")]), "b'a=bc'");
        assert_eq!(run("crc32", &[b(b"abc"), Value::i32(0)]), "891568578");
        assert_eq!(run("crc_hqx", &[b(b"abc"), Value::i32(0)]), "40406");
    });
}
