//! The instructions that are not inline in the eval loop, by family.
//!
//! A handler gets the frame (its `pc` saved behind the instruction) and the instruction; it reads and
//! writes the frame's registers through [`Regs`]. On an error it leaves its operands where they are:
//! unwinding releases temporaries.

pub(crate) mod attr;
pub(crate) mod build;
pub(crate) mod call;
pub(crate) mod exception;
mod import;
pub(crate) mod item;
pub(crate) mod iterate;
pub(crate) mod name;
pub(crate) mod number;
mod pattern;

use orochi_bytecode::Op;
use orochi_bytecode::word::{TAKE_A, TAKE_B, TAKE_C, Word};
use orochi_heap::Value;
use orochi_heap::value::UNBOUND;
use orochi_objects::{Attached, PyResult};

use crate::frame::Frame;

/// The registers of the frame that runs.
#[derive(Clone, Copy)]
pub(crate) struct Regs(*mut u64);

impl Regs {
    #[inline(always)]
    pub(crate) fn of(frame: &Frame) -> Regs {
        Regs(frame.regs)
    }
    /// A view of register `i`: good until somebody writes the register.
    #[inline(always)]
    pub(crate) fn view<'a>(self, i: u16) -> &'a Value {
        // SAFETY: register numbers are in range (verified), registers hold valid words, and only this
        // thread writes them.
        unsafe { Value::borrow_bits(&*self.0.add(i as usize)) }
    }
    /// A new reference to register `i`.
    #[inline(always)]
    pub(crate) fn get(self, i: u16) -> Value {
        self.view(i).clone()
    }
    /// Moves the value out of register `i`.
    #[inline(always)]
    pub(crate) fn take(self, i: u16) -> Value {
        // SAFETY: as in `view`; the word moves out and an unbound marker in.
        unsafe { Value::from_bits(self.0.add(i as usize).replace(UNBOUND)) }
    }
    /// Puts a value into register `i`, releasing what was there.
    #[inline(always)]
    pub(crate) fn put(self, i: u16, v: Value) {
        // SAFETY: as in `view`; the old word is released after it is replaced.
        drop(unsafe { Value::from_bits(self.0.add(i as usize).replace(v.into_bits())) });
    }
    /// Moves `n` values out of the run that begins at `first`.
    pub(crate) fn take_run(self, first: u16, n: usize) -> Vec<Value> {
        (0..n).map(|i| self.take(first + i as u16).counted()).collect()
    }
    /// Releases the operands that the flags mark as temporaries.
    #[inline(always)]
    pub(crate) fn done(self, w: Word, which: u8) {
        let flags = w.flags() & which;
        if flags & TAKE_A != 0 {
            drop(self.take(w.a()));
        }
        if flags & TAKE_B != 0 {
            drop(self.take(w.b()));
        }
        if flags & TAKE_C != 0 {
            drop(self.take(w.c()));
        }
    }
    /// Register `i`, moved if `flag` marks it as a temporary, else copied.
    #[inline(always)]
    pub(crate) fn operand(self, w: Word, i: u16, flag: u8) -> Value {
        if w.flags() & flag != 0 { self.take(i).counted() } else { self.get(i) }
    }
}

/// Instructions without inline part.
pub(crate) fn cold(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word) -> PyResult<()> {
    match op {
        Op::DeleteCell => name::delete_cell(t, frame, w),
        Op::LoadNameOrCell | Op::LoadMappingOrGlobal | Op::DeleteGlobal | Op::DeleteName | Op::LoadLocals | Op::SetupAnnotations => {
            name::cold(t, frame, op, w)
        }
        Op::DeleteAttr | Op::LoadSuperAttr | Op::LoadSuperMethod | Op::LoadSpecial => attr::cold(t, frame, op, w),
        Op::DeleteSubscr => item::cold(t, frame, op, w),
        Op::GetYieldFromIter | Op::GetAwaitable | Op::GetAiter | Op::GetAnext => {
            iterate::cold(t, frame, op, w)
        }
        Op::MakeFunction | Op::LoadBuildClass => call::cold(t, frame, op, w),
        Op::MatchExcGroup
        | Op::RaiseFrom
        | Op::RaiseCurrent
        | Op::Reraise
        | Op::PrepReraiseStar
        | Op::LoadAssertionError
        | Op::LoadNotImplementedError => exception::cold(t, frame, op, w),
        Op::ImportName | Op::ImportFrom | Op::ImportStar => import::cold(t, frame, op, w),
        Op::MatchMapping | Op::MatchSequence | Op::MatchKeys | Op::MatchClass | Op::GetLen => pattern::cold(t, frame, op, w),
        _ => build::cold(t, frame, op, w),
    }
}

/// Instructions that are followed by an argument word.
pub(crate) fn with_argument(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word, argument: u64) -> PyResult<()> {
    match op {
        Op::LoadMappingOrCell => name::load_mapping_or_cell(t, frame, w, argument),
        Op::UnpackEx => iterate::unpack_ex(t, frame, w, argument as usize),
        _ => build::const_key_map(t, frame, w, argument as usize),
    }
}
