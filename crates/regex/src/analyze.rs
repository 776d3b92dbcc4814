//! Facts about a translated program that make matching cheaper: which characters can start a
//! piece of it, which repeats never profit from giving back, and how to search.
//!
//! Every fact is derived from the instructions themselves; the INFO block of the code array is
//! trusted for the minimum width only.

use std::collections::HashMap;

use memchr::memmem;

use crate::charset::class_of;
use crate::first::{Chars, First, LeadSet};
use crate::opcodes::MAXREPEAT;
use crate::program::{LoopKind, Op, Program, Single};
use crate::search::Start;
use crate::text;

/// Instructions that one question may look at, and how deep it may branch.
const BUDGET: u32 = 256;
const DEPTH: u32 = 12;

/// Fills the analysis part of `program`.
pub(crate) fn analyze(program: &mut Program) {
    looks(program);
    loops(program);
    repeats(program);
    branches(program);
    starts(program);
}

fn add_lead(program: &mut Program, chars: &Chars) -> u32 {
    program.leads.push(LeadSet::new(chars));
    (program.leads.len() - 1) as u32
}

/// Replaces lookarounds of one character by one instruction. Their bodies stay, unreachable.
fn looks(program: &mut Program) {
    for pc in 0..program.ops.len() {
        let (back, negated, tail) = match program.ops[pc] {
            Op::Assert { back, tail } => (back, false, tail),
            Op::AssertNot { back, tail } => (back, true, tail),
            _ => continue,
        };
        let single = match program.ops[pc + 1] {
            Op::Byte(b) => Single::Literal(u32::from(b)),
            Op::Single(single) => single,
            Op::Literal(index) => match program.literals[index as usize].chars[..] {
                [c] => Single::Literal(c),
                _ => continue,
            },
            _ => continue,
        };
        let ends = matches!(
            program.ops[pc + 2],
            Op::AssertEnd(open) | Op::AssertNotEnd(open) if open as usize == pc
        );
        if ends && back <= 1 {
            program.ops[pc] = Op::Look {
                single,
                behind: back == 1,
                negated,
                tail,
            };
        }
    }
}

fn loops(program: &mut Program) {
    for index in 0..program.loops.len() {
        let it = &program.loops[index];
        let first = first_of(program, it.body as usize);
        let it = &mut program.loops[index];
        if it.max <= 1 {
            it.kind = LoopKind::Optional;
        } else if it.min <= 1 && it.max == MAXREPEAT && !first.open {
            it.kind = LoopKind::Star;
        }
        if !first.open {
            let lead = add_lead(program, &first.chars);
            program.loops[index].enter = Some(lead);
        }
    }
}

fn repeats(program: &mut Program) {
    for pc in 0..program.ops.len() {
        let (Op::Greedy(index) | Op::Lazy(index)) = program.ops[pc] else {
            continue;
        };
        let index = index as usize;
        let next = skip_marks(program, pc + 1);
        let ends = matches!(
            program.ops[next],
            Op::Success | Op::AssertEnd(_) | Op::AssertNotEnd(_) | Op::AtomicEnd(_)
        );
        if ends {
            // Whatever follows a body end is decided without coming back here, and a whole match
            // that is too short at the longest count is too short at every other.
            program.reps[index].exact = true;
            continue;
        }
        let follow = first_of(program, pc + 1);
        if follow.open {
            continue;
        }
        let own = single_chars(program, program.reps[index].single);
        program.reps[index].exact = own.disjoint(&follow.chars);
        let lead = add_lead(program, &follow.chars);
        program.reps[index].follow = Some(lead);
    }
}

fn skip_marks(program: &Program, mut pc: usize) -> usize {
    while matches!(program.ops[pc], Op::Mark(_)) {
        pc += 1;
    }
    pc
}

fn branches(program: &mut Program) {
    for index in 0..program.branches.len() {
        let alternatives = program.branches[index].alternatives.clone();
        let firsts: Vec<First> = alternatives
            .iter()
            .map(|pc| first_of(program, *pc as usize))
            .collect();
        let branch = &mut program.branches[index];
        let mut seen: HashMap<Vec<u32>, (u32, u32)> = HashMap::new();
        for key in 0..130u32 {
            let viable: Vec<u32> = alternatives
                .iter()
                .zip(&firsts)
                .filter(|(_, first)| {
                    first.open
                        || match key {
                            0..=127 => first.chars.contains(key as u8),
                            128 => first.chars.any_wide(),
                            _ => false,
                        }
                })
                .map(|(pc, _)| *pc)
                .collect();
            let list = &mut branch.list;
            let row = *seen.entry(viable).or_insert_with_key(|viable| {
                let from = list.len() as u32;
                list.extend(viable);
                (from, list.len() as u32)
            });
            branch.rows.push(row);
        }
    }
}

/// Upper bound of what `single` accepts.
pub(crate) fn single_chars(program: &Program, single: Single) -> Chars {
    let mut chars = Chars::NONE;
    match single {
        Single::Never => {}
        Single::AnyAll => chars = Chars::FULL,
        Single::Any => {
            chars = Chars::FULL;
            chars.latin[0] &= !(1 << 10);
        }
        Single::Literal(c) => chars = literal_chars(program, c),
        Single::NotLiteral(c) => {
            chars = Chars::FULL;
            if let Ok(b) = u8::try_from(c) {
                chars.latin[usize::from(b >> 6)] &= !(1 << (b & 63));
            }
        }
        Single::Set(index) => chars = program.sets[index as usize].chars,
    }
    chars
}

fn literal_chars(program: &Program, c: u32) -> Chars {
    let mut chars = Chars::NONE;
    match u8::try_from(c) {
        Ok(b) => chars.insert(b),
        Err(_) => chars.beyond = class_of(c, program.tables),
    }
    chars
}

/// What can stand at a position where the instructions from `pc` on match.
pub(crate) fn first_of(program: &Program, pc: usize) -> First {
    let mut budget = BUDGET;
    let mut first = First {
        chars: Chars::NONE,
        open: false,
    };
    collect(program, pc, pc, DEPTH, &mut budget, &mut first);
    first
}

/// Adds what can start at `pc` on a walk that began at `origin`.
fn collect(
    program: &Program,
    origin: usize,
    mut pc: usize,
    depth: u32,
    budget: &mut u32,
    into: &mut First,
) {
    if depth == 0 {
        into.open = true;
    }
    while !into.open {
        let Some(left) = budget.checked_sub(1) else {
            into.open = true;
            return;
        };
        *budget = left;
        match program.ops[pc] {
            Op::Fail => return,
            Op::Byte(b) => {
                into.chars.insert(b);
                return;
            }
            Op::Literal(index) => {
                let c = program.literals[index as usize].chars[0];
                into.chars.union(&literal_chars(program, c));
                return;
            }
            Op::Single(single) => {
                into.chars.union(&single_chars(program, single));
                return;
            }
            Op::At(_) | Op::Mark(_) => pc += 1,
            Op::Atomic { .. } => pc += 1,
            Op::Jump(target) => pc = target as usize,
            Op::Assert { tail, .. } | Op::AssertNot { tail, .. } | Op::Look { tail, .. } => {
                pc = tail as usize;
            }
            // Behind the end of an atomic group lies no reason to choose otherwise inside it, so
            // only a walk that also entered the group may go on.
            Op::AtomicEnd(open) => match program.ops[open as usize] {
                Op::Atomic { tail } if open as usize >= origin => pc = tail as usize,
                _ => into.open = true,
            },
            Op::Branch(index) => {
                for alternative in &program.branches[index as usize].alternatives {
                    collect(
                        program,
                        origin,
                        *alternative as usize,
                        depth - 1,
                        budget,
                        into,
                    );
                    if into.open {
                        break;
                    }
                }
                return;
            }
            Op::GroupExists { no, .. } => {
                collect(program, origin, no as usize, depth - 1, budget, into);
                pc += 1;
            }
            Op::Greedy(index) | Op::Lazy(index) | Op::Possessive(index) => {
                let rep = &program.reps[index as usize];
                if rep.max > 0 {
                    into.chars.union(&single_chars(program, rep.single));
                }
                if rep.min > 0 {
                    return;
                }
                pc += 1;
            }
            Op::Repeat(index) | Op::PossessiveLoop(index) => {
                let it = &program.loops[index as usize];
                if it.max > 0 {
                    collect(program, origin, it.body as usize, depth - 1, budget, into);
                }
                if it.min > 0 {
                    return;
                }
                pc = it.tail as usize;
            }
            Op::MaxUntil(index) | Op::MinUntil(index) => {
                let it = &program.loops[index as usize];
                if it.max > 1 {
                    collect(program, origin, it.body as usize, depth - 1, budget, into);
                }
                pc = it.tail as usize;
            }
            Op::Success
            | Op::AssertEnd(_)
            | Op::AssertNotEnd(_)
            | Op::PossessiveEnd(_)
            | Op::GroupRef { .. } => into.open = true,
        }
    }
}

/// Chooses the search strategy of both encodings.
fn starts(program: &mut Program) {
    let begin = skip_marks(program, 0);
    match program.ops[begin] {
        Op::At(0 | 2) => {
            program.starts = [Start::Anchored, Start::Anchored];
            return;
        }
        Op::At(1) => {
            program.starts = [Start::Line, Start::Line];
            return;
        }
        _ => {}
    }
    let mut prefix = Vec::new();
    let mut pc = 0;
    loop {
        pc = skip_marks(program, pc);
        match program.ops[pc] {
            Op::Byte(b) => prefix.push(u32::from(b)),
            Op::Literal(index) => prefix.extend(&program.literals[index as usize].chars),
            _ => break,
        }
        pc += 1;
    }
    if prefix.len() > 1 {
        let bytes: Option<Vec<u8>> = prefix.iter().map(|c| u8::try_from(*c).ok()).collect();
        let mut utf8 = Vec::new();
        let utf8 = prefix
            .iter()
            .all(|c| text::encode(*c, &mut utf8))
            .then_some(utf8);
        let finder = |needle: Option<Vec<u8>>| match needle {
            Some(needle) => Start::Find(Box::new(memmem::Finder::new(&needle).into_owned())),
            None => Start::Never,
        };
        program.starts = [finder(bytes), finder(utf8)];
        return;
    }
    let first = first_of(program, 0);
    if !first.open {
        let lead = LeadSet::new(&first.chars);
        program.starts = [
            Start::from_table(&lead.bytes),
            Start::from_table(&lead.utf8),
        ];
    }
}
