//! Digests known from elsewhere, and the words of errors.

use orochi_objects::{Attached, ModuleSpec, Value, bytes, protocol, str};

use crate::tests::{call, in_every_mode, message, module, text};

fn hex(t: Attached<'_>, spec: &'static ModuleSpec, name: &'static core::primitive::str, data: &[u8], len: &[Value]) -> String {
    let m = module(t, spec);
    let h = call(t, &m, name, &[]).expect("a hash object");
    for piece in data.chunks(50) {
        call(t, &h, "update", &[bytes::new(t, piece)]).expect("taken");
    }
    let copy = call(t, &h, "copy", &[]).expect("a copy");
    text(t, &call(t, &copy, "hexdigest", len).expect("digits"))
}

#[test]
fn digests() {
    in_every_mode(|t| {
        assert_eq!(hex(t, &super::MD5, "md5", b"abc", &[]), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex(t, &super::SHA1, "sha1", b"abc", &[]), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            hex(t, &super::SHA2, "sha256", b"abc", &[]),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            hex(t, &super::SHA3, "sha3_256", b"abc", &[]),
            "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"
        );
        assert_eq!(hex(t, &super::SHA3, "shake_128", b"", &[Value::i32(8)]), "7f9c2ba4e88f827d");
        assert_eq!(
            hex(t, &super::BLAKE2, "blake2s", b"abc", &[]),
            "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"
        );
    });
}

#[test]
fn blake2_parameters() {
    in_every_mode(|t| {
        let m = module(t, &super::BLAKE2);
        let make = |name: &core::primitive::str, data: &[u8]| {
            let class = orochi_objects::attr::get_by_name(t, &m, name).expect("a type");
            let b = |s: &[u8]| bytes::new(t, s);
            let names = ["key", "salt", "person", "fanout", "depth", "leaf_size", "node_offset", "node_depth", "inner_size"];
            let values = vec![b(data), b(b"k"), b(b"s"), b(b"p")];
            let values: Vec<Value> = values.into_iter().chain([2, 3, 4, 5, 1, 7].map(Value::i32)).collect();
            let names: Vec<Value> = names.map(|n| str::intern(t, n)).into();
            let h = protocol::call_args(t, &class, orochi_objects::Args::with_names(&values, &names)).expect("a hash");
            text(t, &call(t, &h, "hexdigest", &[]).expect("digits"))
        };
        assert_eq!(make("blake2s", b"a"), "f5db168101329bb665c7923f9b2dbdea6dbe655996973c7da4755a25d242564d");
        assert_eq!(
            make("blake2b", &[b'a'; 129]),
            "8aa4eed6ffae70bea0ff0d70a7321a60cc6db5ca086646eaf8af58773c338a46\
             233367b155b0d94125e09d8d32fd79f2924340302d3deb6f42c853d039740812"
        );
        let m = module(t, &super::MD5);
        assert_eq!(message(t, call(t, &m, "md5", &[str::new(t, "x")])), "Strings must be encoded before hashing");
    });
}
