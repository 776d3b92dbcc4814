//! Tests of `zlib`: there and back, in every format, in pieces, and the words of errors.

use orochi_objects::{Value, attr, bytes};

use crate::tests::{call, in_every_mode, message, module, shown};

fn sample() -> Vec<u8> {
    (0..200_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 27) as u8).collect()
}

#[test]
fn there_and_back() {
    in_every_mode(|t| {
        let m = module(t, &super::MODULE);
        let data = bytes::new(t, &sample());
        for wbits in [15, -15, 31, 9] {
            let (level, wbits) = (Value::i32(6), Value::i32(wbits));
            let packed = call(t, &m, "compress", &[data.clone(), level, wbits.clone()]).expect("compressed");
            assert!(bytes::as_bytes(&packed).expect("bytes").len() < sample().len());
            let back = call(t, &m, "decompress", &[packed, wbits]).expect("decompressed");
            assert_eq!(bytes::as_bytes(&back), bytes::as_bytes(&data));
        }
        let packed = call(t, &m, "compress", std::slice::from_ref(&data)).expect("compressed");
        let packed = bytes::as_bytes(&packed).expect("bytes");
        let cut = call(t, &m, "decompress", &[bytes::new(t, &packed[..packed.len() - 1])]);
        assert_eq!(message(t, cut), "Error -5 while decompressing data: incomplete or truncated stream");
        let wrong = call(t, &m, "decompress", &[bytes::new(t, b"abc")]);
        assert_eq!(message(t, wrong), "Error -3 while decompressing data: incorrect header check");
        assert_eq!(shown(t, call(t, &m, "adler32", &[bytes::new(t, b"abc")])), "38600999");
    });
}

#[test]
fn pieces_limits_and_what_is_left() {
    in_every_mode(|t| {
        let m = module(t, &super::MODULE);
        let data = sample();
        let c = call(t, &m, "compressobj", &[]).expect("a compressor");
        let mut packed = Vec::new();
        for piece in data.chunks(7000) {
            let out = call(t, &c, "compress", &[bytes::new(t, piece)]).expect("taken");
            packed.extend_from_slice(bytes::as_bytes(&out).expect("bytes"));
        }
        let out = call(t, &c, "flush", &[]).expect("flushed");
        packed.extend_from_slice(bytes::as_bytes(&out).expect("bytes"));
        packed.extend_from_slice(b"tail");
        let d = call(t, &m, "decompressobj", &[]).expect("a decompressor");
        let (mut back, mut input) = (Vec::new(), packed.clone());
        while back.len() < data.len() {
            let out = call(t, &d, "decompress", &[bytes::new(t, &input), Value::i32(1000)]).expect("some");
            let out = bytes::as_bytes(&out).expect("bytes").to_vec();
            assert!(out.len() <= 1000);
            back.extend_from_slice(&out);
            let rest = attr::get_by_name(t, &d, "unconsumed_tail").expect("bytes");
            input = bytes::as_bytes(&rest).expect("bytes").to_vec();
        }
        call(t, &d, "decompress", &[bytes::new(t, &input)]).expect("the end");
        assert!(back == data);
        assert_eq!(shown(t, attr::get_by_name(t, &d, "unused_data")), "b'tail'");
        assert_eq!(shown(t, attr::get_by_name(t, &d, "eof")), "True");
        let bounded = call(t, &m, "_ZlibDecompressor", &[]).expect("a decompressor");
        let first = call(t, &bounded, "decompress", &[bytes::new(t, &packed), Value::i32(10)]).expect("ten");
        assert_eq!(bytes::as_bytes(&first), Some(&data[..10]));
        assert_eq!(shown(t, attr::get_by_name(t, &bounded, "needs_input")), "False");
        let rest = call(t, &bounded, "decompress", &[bytes::new(t, b"")]).expect("the rest");
        assert_eq!(bytes::as_bytes(&rest), Some(&data[10..]));
    });
}
