//! What `_sre.compile` may be handed by anyone: broken code arrays, patterns that would recurse
//! without end, matches that never stop. None may panic, overflow the stack or run away.

use std::sync::LazyLock;

use orochi_regex::{ASCII_TABLES, Bytes, MatchError, Program, Utf8};
use proptest::prelude::*;

const SUCCESS: u32 = 1;
const ANY_ALL: u32 = 3;
const ASSERT: u32 = 4;
const LITERAL: u32 = 16;
const MARK: u32 = 17;
const MAX_UNTIL: u32 = 18;
const REPEAT: u32 = 23;
const REPEAT_ONE: u32 = 24;
const ATOMIC_GROUP: u32 = 27;

/// The programs of the reference table: groups and code.
fn programs() -> &'static [(u32, Vec<u32>)] {
    static PROGRAMS: LazyLock<Vec<(u32, Vec<u32>)>> = LazyLock::new(read_programs);
    &PROGRAMS
}

fn read_programs() -> Vec<(u32, Vec<u32>)> {
    include_str!("table.txt")
        .lines()
        .filter_map(|line| line.strip_prefix("P "))
        .map(|line| {
            let parts: Vec<&str> = line.split(' ').collect();
            let words = parts[2]
                .split(',')
                .map(|w| u32::from_str_radix(w, 16).unwrap());
            (parts[1].parse().unwrap(), words.collect())
        })
        .collect()
}

/// Runs every mode in both encodings; a match may be cut short, nothing else may happen.
fn exercise(code: Vec<u32>, groups: u32, text: &[u8], from: usize, to: usize) {
    let Ok(program) = Program::new(code, groups, 0, &ASCII_TABLES) else {
        return;
    };
    let mut calls = 0;
    let mut hook = || {
        calls += 1;
        calls < 3
    };
    macro_rules! modes {
        ($text:expr) => {
            for mode in 0..4 {
                let mut m = program.matcher($text, from..to).unwrap();
                let mut rounds = 0;
                let found = loop {
                    let found = match mode {
                        0 => m.match_start(&mut hook),
                        1 => m.fullmatch(&mut hook),
                        2 => m.next_search(&mut hook),
                        _ => m.next_match(&mut hook),
                    };
                    rounds += 1;
                    if mode < 2 || found != Ok(true) {
                        break found;
                    }
                    assert!(rounds < 100, "a scan does not advance");
                };
                if found == Ok(true) {
                    let (start, end) = m.span();
                    assert!(start <= end && end <= text.len());
                }
                for group in 0..=groups.min(100) {
                    assert!(
                        m.group(group)
                            .is_none_or(|(a, b)| a <= b && b <= text.len())
                    );
                }
            }
        };
    }
    modes!(Bytes(text));
    modes!(Utf8(text));
}

/// Rounds per property; `PROPTEST_CASES` asks for more than the everyday number.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1000)
}

fn small_word() -> impl Strategy<Value = u32> {
    prop_oneof![
        6 => 0u32..43,
        2 => 43u32..130,
        1 => any::<u32>(),
        1 => Just(u32::MAX),
    ]
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(b"aabbc1_ \n\xc3\xa9".to_vec()), 0..12),
        prop::collection::vec(any::<u8>(), 0..12),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn random_words(
        mut code in prop::collection::vec(small_word(), 0..40),
        groups in 0u32..5,
        text in text(),
        from in 0usize..14,
        to in 0usize..14,
    ) {
        code.push(SUCCESS);
        exercise(code, groups, &text, from, to);
    }

    #[test]
    fn changed_programs(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), small_word()), 1..4),
        removed in prop::option::of(any::<prop::sample::Index>()),
        text in text(),
        from in 0usize..14,
        to in 0usize..14,
    ) {
        let all = programs();
        let (groups, mut code) = all[which.index(all.len())].clone();
        for (at, word) in changes {
            let at = at.index(code.len());
            code[at] = word;
        }
        if let Some(at) = removed {
            code.remove(at.index(code.len()));
        }
        exercise(code, groups, &text, from, to);
    }

    #[test]
    fn any_text(which in any::<prop::sample::Index>(), text in text(), from in 0usize..14) {
        let all = programs();
        let (groups, code) = all[which.index(all.len())].clone();
        exercise(code, groups, &text, from, text.len());
    }
}

#[test]
fn broken_arrays_are_refused() {
    let bad: &[&[u32]] = &[
        &[],
        &[ANY_ALL],
        &[LITERAL, SUCCESS],
        &[MARK, 2, SUCCESS],
        &[MAX_UNTIL, SUCCESS],
        &[REPEAT, 3, 2, 1, MAX_UNTIL, SUCCESS],
        &[REPEAT, 4, 0, 1, ANY_ALL, SUCCESS],
        &[REPEAT_ONE, 9, 0, 1, ANY_ALL, SUCCESS, SUCCESS],
        &[ASSERT, 3, 0, ANY_ALL, SUCCESS],
        &[ATOMIC_GROUP, u32::MAX, SUCCESS, SUCCESS],
        &[15, 1, SUCCESS],
        &[43, SUCCESS],
        &[6, 12, SUCCESS],
        &[8, 18, SUCCESS],
        &[11, 1, SUCCESS],
        &[13, 3, 22, 0, SUCCESS],
        &[13, 70, 10, 0, SUCCESS],
        &[7, 4, ANY_ALL, 15, 3, 3, 15, 4, 0, SUCCESS],
    ];
    for code in bad {
        assert!(
            Program::new(code.to_vec(), 1, 0, &ASCII_TABLES).is_err(),
            "{code:?}"
        );
    }
}

#[test]
fn deep_nesting_needs_no_native_stack() {
    let depth = 200_000u32;
    let mut code: Vec<u32> = Vec::new();
    for level in 0..depth {
        code.extend([ATOMIC_GROUP, 3 * (depth - level) + 1]);
    }
    code.extend([LITERAL, 97]);
    // Each group: two opening words, one closing word.
    code.extend((0..=depth).map(|_| SUCCESS));
    for level in 0..depth {
        let at = (2 * level + 1) as usize;
        code[at] = 2 * (depth - level - 1) + 2 + (depth - level) + 1;
    }
    let program = Program::new(code, 0, 0, &ASCII_TABLES).expect("well formed");
    let mut matcher = program.matcher(Bytes(b"a"), 0..1).unwrap();
    assert_eq!(matcher.fullmatch(&mut || true), Ok(true));
}

#[test]
fn long_loops_use_the_heap() {
    // (?:ab)* then c, over a text that has no c: gives back one iteration after the other.
    let code = vec![
        REPEAT,
        7,
        0,
        u32::MAX,
        LITERAL,
        97,
        LITERAL,
        98,
        MAX_UNTIL,
        LITERAL,
        99,
        SUCCESS,
    ];
    let text = b"ab".repeat(500_000);
    let program = Program::new(code, 0, 0, &ASCII_TABLES).expect("well formed");
    let mut matcher = program.matcher(Bytes(&text), 0..text.len()).unwrap();
    assert_eq!(matcher.match_start(&mut || true), Ok(false));
}

/// `(a+a)*b`: exponential time on a text of `a`.
fn explosive() -> Program {
    let code = vec![
        REPEAT,
        16,
        0,
        u32::MAX,
        MARK,
        0,
        REPEAT_ONE,
        6,
        1,
        u32::MAX,
        LITERAL,
        97,
        SUCCESS,
        LITERAL,
        97,
        MARK,
        1,
        MAX_UNTIL,
        LITERAL,
        98,
        SUCCESS,
    ];
    Program::new(code, 1, 0, &ASCII_TABLES).expect("well formed")
}

#[test]
fn the_hook_stops_a_long_match() {
    let program = explosive();
    let text = [b'a'; 200];
    let mut matcher = program.matcher(Bytes(&text), 0..text.len()).unwrap();
    let mut calls = 0;
    let mut hook = || {
        calls += 1;
        calls < 5
    };
    assert_eq!(matcher.match_start(&mut hook), Err(MatchError::Interrupted));
    assert_eq!(calls, 5);
}

#[test]
fn required_empty_iterations_can_be_stopped() {
    // (?:a?){4294967294}: every iteration is needed, none reads anything.
    let code = vec![
        REPEAT,
        10,
        u32::MAX - 1,
        u32::MAX - 1,
        REPEAT_ONE,
        6,
        0,
        1,
        LITERAL,
        97,
        SUCCESS,
        MAX_UNTIL,
        SUCCESS,
    ];
    let program = Program::new(code, 0, 0, &ASCII_TABLES).expect("well formed");
    let mut matcher = program.matcher(Bytes(b"b"), 0..1).unwrap();
    let mut calls = 0;
    let mut hook = || {
        calls += 1;
        calls < 20
    };
    assert_eq!(matcher.match_start(&mut hook), Err(MatchError::Interrupted));
}
