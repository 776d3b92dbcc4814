//! Images: round trips, and bytes that are no image.

use std::sync::Arc;

use super::*;
use crate::positions::{Position, PositionWriter};
use crate::verify::verify;

fn sample() -> Code {
    let mut positions = PositionWriter::new(3);
    positions.push(Some(Position { line: 3, end_line: 3, col: 4, end_col: 9 }), 2);
    positions.push(None, 1);
    positions.push(Some(Position { line: 900, end_line: 901, col: 1000, end_col: 2 }), 9);
    let inner = Code {
        name: b"f".as_slice().into(),
        first_line: 3,
        words: vec![Word::new(Op::Return, crate::word::CONST, 0, 0, 0)],
        constants: vec![Const::None],
        positions: positions.finish(),
        ..Code::default()
    };
    Code {
        name: b"<module>".as_slice().into(),
        flags: 0x0400_0000,
        register_count: 2,
        locals: vec![Local { name: b"x".as_slice().into(), kind: LocalKind::LOCAL }],
        words: vec![Word::wide(Op::LoadConst, 0, 1, 2), Word::new(Op::Return, crate::word::TAKE_A, 1, 0, 0)],
        constants: vec![
            Const::Str(b"doc".as_slice().into()),
            Const::Int(i64::MIN),
            Const::Tuple([Const::Float(-0.0), Const::Complex(1.5, -2.0), Const::True, Const::False].into()),
            Const::BigInt { negative: true, magnitude: [0, 0, 0, 0, 0, 0, 0, 0, 1].into() },
            Const::Bytes([0, 255].into()),
            Const::FrozenSet([Const::Int(1), Const::Ellipsis].into()),
            Const::Slice(Box::new([Const::None, Const::Int(-5), Const::None])),
            Const::Code(Arc::new(inner)),
        ],
        names: vec![b"x".as_slice().into(), b"y".as_slice().into()],
        handlers: vec![Handler { start: 0, end: 1, target: 1, register: 1, release_from: 1 }],
        ..Code::default()
    }
}

#[test]
fn round_trip() {
    let code = sample();
    let image = write(&code);
    let back = read(&image).expect("reads");
    assert_eq!(write(&back), image);
    assert_eq!(crate::disassemble::disassemble(&back), crate::disassemble::disassemble(&code));
    assert_eq!(back.constants[..7], code.constants[..7]);
    let Const::Code(inner) = &back.constants[7] else { panic!("code") };
    assert_eq!(inner.line_at(1), Some(3));
    assert_eq!(inner.line_at(2), None);
    assert_eq!(inner.position_at(11), Some(Position { line: 900, end_line: 901, col: 1000, end_col: 2 }));
    assert_eq!(inner.position_at(12), None);
    verify(&back).expect("safe");
}

#[test]
fn every_cut_and_every_changed_byte_is_survived() {
    let image = write(&sample());
    for length in 0..image.len() {
        assert!(read(&image[..length]).is_err());
    }
    for at in 0..image.len() {
        for change in [1u8, 0x7f, 0x80, 0xff] {
            let mut bad = image.clone();
            bad[at] ^= change;
            if let Ok(code) = read(&bad) {
                let _ = verify(&code);
                let _ = crate::disassemble::disassemble(&code);
            }
        }
    }
    assert_eq!(read(b"nonsense").unwrap_err(), ImageError::Magic);
}
