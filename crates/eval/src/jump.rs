//! Setting `f_lineno`: a trace function sends the frame to another line.
//!
//! Between statements the temporaries that live are what the enclosing blocks hold: iterators of `for`, exit methods
//! of `with`, exceptions being handled. [`live`] finds them for each instruction by following the flow of the bytecode
//! once. A jump is allowed to a line's first instruction if what lives there lives here too, in the same registers;
//! the rest is released. Messages are CPython's.

use std::sync::atomic::Ordering::*;

use orochi_bytecode::instructions::{Follow, OperandKind};
use orochi_bytecode::word::{CONST, EXTRA, TAKE_A, TAKE_B, TAKE_C, Word};
use orochi_bytecode::Op;
use orochi_heap::Value;
use orochi_heap::value::UNBOUND;
use orochi_objects::{Attached, PyResult, exception};

use crate::code::PyCode;
use crate::frame::Frame;

/// What a live temporary is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A value; the word of the instruction that made it.
    Plain(u32),
    /// Different things, depending on the way that led here.
    Mixed,
    /// Exit method of a `with`, and its self.
    Exit,
    /// The iterator of a loop.
    Iterator,
    /// What was handled before the exception that is handled now; the word that began to handle it.
    Handled(u32),
}

/// Live temporaries by register.
type State = Vec<(u16, Kind)>;

fn remove(state: &mut State, register: u16) {
    state.retain(|&(r, _)| r != register);
}

fn write(state: &mut State, locals: usize, register: usize, kind: Kind) {
    if let Ok(r) = u16::try_from(register)
        && register >= locals
    {
        remove(state, r);
        let at = state.partition_point(|&(other, _)| other < r);
        state.insert(at, (r, kind));
    }
}

/// The state before each word that begins a reached instruction.
fn live(code: &PyCode) -> Vec<Option<State>> {
    let mut states: Vec<Option<State>> = vec![None; code.words.len()];
    let mut work = Vec::new();
    fn meet(states: &mut [Option<State>], work: &mut Vec<usize>, at: usize, state: &State) {
        match states.get_mut(at) {
            None => {}
            Some(place @ None) => {
                *place = Some(state.clone());
                work.push(at);
            }
            Some(Some(known)) => {
                let before = known.len();
                let mut mixed = false;
                known.retain_mut(|(register, kind)| {
                    let Some((_, other)) = state.iter().find(|(r, _)| r == register) else { return false };
                    if other != kind && *kind != Kind::Mixed {
                        *kind = Kind::Mixed;
                        mixed = true;
                    }
                    true
                });
                if mixed || known.len() != before {
                    work.push(at);
                }
            }
        }
    }
    meet(&mut states, &mut work, 0, &Vec::new());
    while let Some(at) = work.pop() {
        let Some(before) = states[at].clone() else { continue };
        let w = Word(code.words[at].load(Relaxed));
        let Some(op) = Op::from_byte(w.op_byte()) else { continue };
        if let Some(handler) = code.code.handler_at(at as u32) {
            let mut caught: State = before.iter().copied().filter(|&(r, _)| r < handler.release_from).collect();
            write(&mut caught, code.local_count, handler.register as usize, Kind::Plain(handler.target));
            meet(&mut states, &mut work, handler.target as usize, &caught);
        }
        let next = at + op.size();
        let mut after = before;
        let fields = [(w.a(), TAKE_A), (w.b(), TAKE_B), (w.c(), TAKE_C)];
        let kinds = op.operands();
        let looping = matches!(op, Op::ForIter | Op::ForLoop);
        for ((field, take), kind) in fields.into_iter().zip(kinds) {
            match kind {
                OperandKind::Src if w.flags() & take != 0 && !looping => remove(&mut after, field),
                OperandKind::SrcOrConst if w.flags() & CONST == 0 && w.flags() & take != 0 => remove(&mut after, field),
                // The exception behind the exit method and its self stays.
                OperandKind::Run if op == Op::WithExceptStart => after.retain(|&(r, _)| r != field && r != field + 1),
                OperandKind::Run => after.retain(|&(r, _)| r < field),
                _ => {}
            }
        }
        if op == Op::Clear {
            remove(&mut after, w.a());
        }
        let a = w.a() as usize;
        let count = match (kinds[0], op) {
            (OperandKind::Dst, _) => 1,
            (OperandKind::DstRun, Op::UnpackSequence) => w.c() as usize,
            (OperandKind::DstRun, Op::UnpackEx) => w.c() as usize + code.words.get(at + 1).map_or(0, |n| n.load(Relaxed) as usize) + 1,
            (OperandKind::DstRun, _) => 2,
            _ => 0,
        };
        let kind = match op {
            Op::GetIter | Op::GetAiter => Kind::Iterator,
            Op::LoadSpecial if w.c() & 1 != 0 => Kind::Exit,
            Op::PushExc => Kind::Handled(at as u32),
            _ => Kind::Plain(at as u32),
        };
        let mut written = after.clone();
        (0..count).for_each(|i| write(&mut written, code.local_count, a + i, kind));
        let offset = match kinds {
            [_, OperandKind::Jump32, _] => Some(w.jump32() as isize),
            [.., OperandKind::Jump16] => Some(w.jump16() as isize),
            _ => None,
        };
        let target = offset.and_then(|offset| next.checked_add_signed(offset));
        let mut ended = after;
        remove(&mut ended, w.b());
        match op {
            Op::ForLoop => {
                target.into_iter().for_each(|to| meet(&mut states, &mut work, to, &written));
                meet(&mut states, &mut work, next, &ended);
            }
            Op::ForIter => {
                target.into_iter().for_each(|to| meet(&mut states, &mut work, to, &ended));
                meet(&mut states, &mut work, next, &written);
            }
            _ => {
                target.into_iter().for_each(|to| meet(&mut states, &mut work, to, &written));
                if w.flags() & EXTRA != 0 && matches!(op, Op::JumpIfTrue | Op::JumpIfFalse) {
                    remove(&mut written, w.a());
                }
                let ends = matches!(op, Op::Jump | Op::Loop | Op::Return | Op::Raise | Op::RaiseFrom | Op::RaiseCurrent | Op::Reraise);
                if !ends {
                    meet(&mut states, &mut work, next, &written);
                }
            }
        }
    }
    states
}

/// Words at which a line begins, in order, with their lines.
fn line_starts(code: &PyCode) -> Vec<(usize, u32)> {
    let lines = code.lines();
    let mut found = Vec::new();
    let (mut at, mut last) = (0, 0);
    while let Some(word) = code.words.get(at) {
        let line = lines[at];
        if line != 0 && line != last {
            found.push((at, line));
        }
        last = line;
        let Some(op) = Op::from_byte(Word(word.load(Relaxed)).op_byte()) else { break };
        at += op.size();
        debug_assert!(op.follow() == Follow::Plain || op.size() == 2);
    }
    found
}

/// Sends a frame that is being traced to `line`.
pub(crate) fn to_line(t: Attached<'_>, frame: &mut Frame, line: i64) -> PyResult<()> {
    let (word, target) = {
        let code = frame.code();
        if line < i64::from(code.code.first_line) {
            return Err(t.value_error(format!("line {line} comes before the current code block")));
        }
        let starts = line_starts(code);
        let Some(wanted) = starts.iter().map(|&(_, l)| l).filter(|&l| i64::from(l) >= line).min() else {
            return Err(t.value_error(format!("line {line} comes after the current code block")));
        };
        let states = live(code);
        let Some(here) = states.get(frame.pc_index() as usize).and_then(Option::as_ref) else {
            return Err(t.value_error("can't jump from unreachable code"));
        };
        let mut best: Option<(usize, &State)> = None;
        let mut refused = "cannot find bytecode for specified line";
        for &(at, _) in starts.iter().filter(|&&(_, l)| l == wanted) {
            let Some(there) = &states[at] else {
                refused = "can't jump into an exception handler, or code may be unreachable";
                continue;
            };
            match there.iter().rev().find(|entry| entry.1 == Kind::Mixed || !here.contains(entry)) {
                None => {
                    if best.is_none_or(|(_, b)| there.len() > b.len()) {
                        best = Some((at, there));
                    }
                }
                Some((_, Kind::Handled(_))) => refused = "can't jump into an 'except' block as there's no exception",
                Some((_, Kind::Iterator)) => refused = "can't jump into the body of a for loop",
                Some((_, Kind::Plain(_) | Kind::Mixed | Kind::Exit)) => refused = "incompatible stacks",
            }
        }
        let Some((at, there)) = best else { return Err(t.value_error(refused)) };
        (at, (here.clone(), there.clone()))
    };
    let (here, there) = target;
    let locals = frame.code().local_count;
    // SAFETY: locals' registers are in the window.
    let unbound = (0..locals).filter(|&i| unsafe { *frame.regs.add(i) } == UNBOUND).count();
    if unbound > 0 {
        let s = if unbound == 1 { "" } else { "s" };
        crate::start::warn(t, &exception::RuntimeWarning, &format!("assigning None to {unbound} unbound local{s}"))?;
    }
    for i in 0..locals {
        // SAFETY: as above. Code that was compiled without a check may read the local now.
        unsafe {
            if *frame.regs.add(i) == UNBOUND {
                *frame.regs.add(i) = Value::none().into_bits();
            }
        }
    }
    for register in (locals..frame.code().register_count).rev() {
        let number = register as u16;
        if there.iter().any(|&(r, _)| r == number) {
            continue;
        }
        // SAFETY: in the window; the word moves out.
        let old = unsafe { Value::from_bits(frame.regs.add(register).replace(UNBOUND)) };
        if here.iter().any(|&(r, kind)| r == number && matches!(kind, Kind::Handled(_))) {
            drop(t.set_handled(crate::generator::end_handling(frame, old)));
        }
    }
    // SAFETY: an instruction of this code; pc stands behind the current one.
    frame.pc = unsafe { frame.code().words.as_ptr().add(word + 1) };
    Ok(())
}
