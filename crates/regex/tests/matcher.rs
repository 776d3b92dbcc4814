//! The promises of the public interface that the match table does not reach.

use orochi_regex::{ASCII_TABLES, Bytes, Matcher, Program, Text, Utf8};

const SUCCESS: u32 = 1;
const ANY: u32 = 2;
const LITERAL: u32 = 16;
const MARK: u32 = 17;
const REPEAT_ONE: u32 = 24;

fn program(code: &[u32], groups: u32) -> Program {
    Program::new(code.to_vec(), groups, 32, &ASCII_TABLES).expect("well formed")
}

fn spans<T: Text>(matcher: &mut Matcher<'_, T>) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    while matcher.next_search(&mut || true).expect("bounded") {
        all.push(matcher.span());
    }
    all
}

/// `(a*)`
fn stars() -> Program {
    program(
        &[
            MARK,
            0,
            REPEAT_ONE,
            6,
            0,
            u32::MAX,
            LITERAL,
            97,
            SUCCESS,
            MARK,
            1,
            SUCCESS,
        ],
        1,
    )
}

#[test]
fn empty_matches_do_not_stop_a_scan() {
    let program = stars();
    let mut matcher = program.matcher(Bytes(b"baac"), 0..4).unwrap();
    assert_eq!(spans(&mut matcher), [(0, 0), (1, 3), (3, 3), (4, 4)]);
    assert_eq!(matcher.next_search(&mut || true), Ok(false));
}

#[test]
fn a_scan_steps_over_whole_characters() {
    let program = stars();
    let mut matcher = program.matcher(Utf8("é€😀".as_bytes()), 0..9).unwrap();
    assert_eq!(spans(&mut matcher), [(0, 0), (2, 2), (5, 5), (9, 9)]);
}

#[test]
fn regions_are_pulled_into_the_text() {
    let program = stars();
    for (from, to, expected) in [(9, 12, Some((3, 3))), (2, 1, None), (1, 99, Some((1, 3)))] {
        let mut matcher = program.matcher(Bytes(b"aaa"), from..to).unwrap();
        let found = matcher.match_start(&mut || true).unwrap();
        assert_eq!(found.then(|| matcher.span()), expected);
    }
}

#[test]
fn a_state_serves_other_programs() {
    let first = stars();
    let second = program(&[ANY, SUCCESS], 0);
    let mut matcher = first.matcher(Bytes(b"aa"), 0..2).unwrap();
    assert_eq!(matcher.fullmatch(&mut || true), Ok(true));
    assert_eq!(matcher.group(1), Some((0, 2)));
    assert_eq!(matcher.last_index(), Some(1));
    let state = matcher.into_state();
    let mut matcher = Matcher::with_state(&second, Bytes(b"x"), 0..1, state).unwrap();
    assert_eq!(matcher.search(&mut || true), Ok(true));
    assert_eq!(matcher.group(0), Some((0, 1)));
    assert_eq!(matcher.group(1), None);
    assert_eq!(matcher.last_index(), None);
}

#[test]
fn must_advance_forbids_the_empty_match() {
    let program = stars();
    let mut matcher = program.matcher(Bytes(b"b"), 0..1).unwrap();
    matcher.set_must_advance(true);
    assert_eq!(matcher.match_start(&mut || true), Ok(false));
    assert_eq!(matcher.search(&mut || true), Ok(true));
    assert_eq!(matcher.span(), (1, 1));
}

#[test]
fn lone_surrogates_are_characters() {
    // U+D800 in generalized UTF-8, between two letters.
    let text = [b'a', 0xED, 0xA0, 0x80, b'b'];
    let program = program(&[LITERAL, 0xD800, SUCCESS], 0);
    let mut matcher = program.matcher(Utf8(&text), 0..5).unwrap();
    assert_eq!(spans(&mut matcher), [(1, 4)]);
    let program = self::program(&[ANY, ANY, LITERAL, 98, SUCCESS], 0);
    let mut matcher = program.matcher(Utf8(&text), 0..5).unwrap();
    assert_eq!(matcher.fullmatch(&mut || true), Ok(true));
}
