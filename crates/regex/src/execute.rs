//! The backtracking machine.
//!
//! Choices live on a heap stack of frames. A frame says how to go on when everything after it
//! failed. Three kinds of state exist:
//! - marks (group borders): changes are logged on the trail and undone when a frame is reached,
//!   so that they survive the cut at the end of a lookahead or an atomic group;
//! - loop counters: one slot per loop in the program; the frames themselves carry the old values,
//!   because a counter is only ever read inside the region that a cut removes as a whole;
//! - barriers: frames that open a lookahead, an atomic group or a possessive iteration. Its end
//!   cuts the stack at the innermost barrier.
//!
//! Work is counted in backtracks and iterations; every `FUEL` of them the caller's hook runs.

use crate::charset::Fold;
use crate::first::LeadSet;
use crate::matcher::{MatchError, State};
use crate::program::{LoopKind, Op, Program, Rep};
use crate::scan::{last_start, next_start, run, run_up_to, step};
use crate::tables::{CharTables, is_word_byte, lower_ascii};
use crate::text::Text;

/// Steps between two calls of the hook; a step is some nanoseconds.
const FUEL: u32 = 1 << 16;
/// Bound of the frame stack: 2^25 frames of 32 bytes.
const MAX_FRAMES: usize = 1 << 25;
/// Bound of the trail.
const MAX_TRAIL: usize = 1 << 26;
/// "No position" and "no barrier".
pub(crate) const NONE: usize = usize::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Go on at instruction `a`, position `pos`.
    Resume,
    /// Try the alternatives `list[aux..b]` of branch `a`.
    Branch,
    /// Give back one character of greedy repeat instruction `a`; `aux` is the floor.
    Greedy,
    /// Take one more character for lazy repeat instruction `a`; `b` may still be taken.
    Lazy,
    /// Restore the counter of loop `a`, then leave the loop.
    LeaveLoop,
    /// The counter of loop `a` is `b`, `aux`; try one more iteration.
    MoreLoop,
    /// Restore the counter of loop `a` to `b`, `aux`; no choice.
    RestoreLoop,
    /// Barriers; `aux` is the next outer one. The first two fail on, the third goes on at
    /// instruction `a`.
    Assert,
    Atomic,
    AssertNot,
    /// Barrier of iteration number `b` of possessive loop `a`: one that is needed, one that is not.
    Needed,
    Extra,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pos: usize,
    aux: usize,
    a: u32,
    b: u32,
    trail: u32,
    kind: Kind,
}

/// An undone-able change of a mark.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trail {
    mark: u32,
    last_index: u32,
    old: usize,
}

/// Counter of a loop: finished iterations (`u32::MAX` before the first arrival at its end) and
/// where the current one began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    count: u32,
    last: usize,
}

impl Slot {
    pub const START: Self = Self {
        count: u32::MAX,
        last: NONE,
    };
}

/// What the end of the pattern accepts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Goal {
    /// Only at the end of the text.
    pub full: bool,
    /// Not at this position (`must_advance`).
    pub not_at: Option<usize>,
}

/// The caller's hook: false asks to stop.
pub(crate) type Hook<'h> = &'h mut dyn FnMut() -> bool;

impl State {
    /// Counts one unit of work; runs the hook when the allowance is used up.
    #[inline(always)]
    pub(crate) fn work(&mut self, hook: &mut Hook<'_>) -> Result<(), MatchError> {
        self.fuel = self.fuel.wrapping_sub(1);
        if self.fuel > FUEL {
            return self.refuel(hook);
        }
        Ok(())
    }

    #[cold]
    fn refuel(&mut self, hook: &mut Hook<'_>) -> Result<(), MatchError> {
        self.fuel = FUEL;
        if hook() {
            Ok(())
        } else {
            Err(MatchError::Interrupted)
        }
    }

    #[inline(always)]
    fn push(
        &mut self,
        kind: Kind,
        a: u32,
        b: u32,
        pos: usize,
        aux: usize,
    ) -> Result<(), MatchError> {
        if self.frames.len() == self.frames.capacity() {
            self.grow_frames()?;
        }
        let trail = self.trail.len() as u32;
        self.frames.push(Frame {
            pos,
            aux,
            a,
            b,
            trail,
            kind,
        });
        Ok(())
    }

    #[cold]
    fn grow_frames(&mut self) -> Result<(), MatchError> {
        let more = self.frames.len().max(32);
        if self.frames.len() + more > MAX_FRAMES {
            return Err(MatchError::Memory);
        }
        self.frames
            .try_reserve_exact(more)
            .map_err(|_| MatchError::Memory)
    }

    #[cold]
    fn grow_trail(&mut self) -> Result<(), MatchError> {
        let more = self.trail.len().max(32);
        if self.trail.len() + more > MAX_TRAIL {
            return Err(MatchError::Memory);
        }
        self.trail
            .try_reserve_exact(more)
            .map_err(|_| MatchError::Memory)
    }

    #[inline(always)]
    fn set_mark(&mut self, mark: u32, pos: usize) -> Result<(), MatchError> {
        let Some(slot) = self.marks.get_mut(mark as usize) else {
            return Ok(());
        };
        let old = std::mem::replace(slot, pos);
        if !self.frames.is_empty() {
            if self.trail.len() == self.trail.capacity() {
                self.grow_trail()?;
            }
            self.trail.push(Trail {
                mark,
                last_index: self.last_index,
                old,
            });
        }
        self.dirty = true;
        if mark & 1 == 1 {
            self.last_index = mark / 2 + 1;
        }
        Ok(())
    }

    #[inline(always)]
    fn unwind(&mut self, to: u32) {
        while self.trail.len() > to as usize {
            if let Some(entry) = self.trail.pop() {
                if let Some(slot) = self.marks.get_mut(entry.mark as usize) {
                    *slot = entry.old;
                }
                self.last_index = entry.last_index;
            }
        }
    }

    /// Forgets an earlier attempt.
    #[inline(always)]
    pub(crate) fn reset(&mut self) {
        self.frames.clear();
        self.trail.clear();
        self.barrier = NONE;
        if self.dirty {
            // Most patterns have a handful of marks: a loop beats a call of memset.
            if let [a, b, rest @ ..] = &mut self.marks[..] {
                (*a, *b) = (NONE, NONE);
                if !rest.is_empty() {
                    rest.fill(NONE);
                }
            }
            self.last_index = 0;
            self.dirty = false;
        }
    }

    /// Opens a barrier.
    fn fence(&mut self, kind: Kind, a: u32, b: u32, pos: usize) -> Result<(), MatchError> {
        let outer = self.barrier;
        self.push(kind, a, b, pos, outer)?;
        self.barrier = self.frames.len() - 1;
        Ok(())
    }

    /// Closes the innermost barrier: removes it and every choice after it.
    fn cut(&mut self) -> Option<Frame> {
        let frame = self.frames.get(self.barrier).copied()?;
        self.frames.truncate(self.barrier);
        self.barrier = frame.aux;
        Some(frame)
    }

    /// Both ends of a group, if it took part.
    #[inline]
    pub(crate) fn group(&self, group: usize) -> Option<(usize, usize)> {
        let pair = self.marks.get(group * 2..group * 2 + 2)?;
        (pair[0] != NONE && pair[1] != NONE && pair[0] <= pair[1]).then(|| (pair[0], pair[1]))
    }
}

fn lead_of(p: &Program, index: Option<u32>) -> Option<&LeadSet> {
    index.map(|i| &p.leads[i as usize])
}

/// Matches at `pos`, beginning with instruction `entry`; gives the end of the match. `text` ends
/// where the search region ends.
pub(crate) fn attempt<T: Text>(
    p: &Program,
    s: &mut State,
    text: &[u8],
    entry: usize,
    pos: usize,
    goal: Goal,
    hook: &mut Hook<'_>,
) -> Result<Option<usize>, MatchError> {
    s.reset();
    let ops = &p.ops[..];
    let mut pc = entry;
    let mut pos = pos;
    'run: loop {
        // Leaving this block means failure; success continues with `'run`.
        'fail: {
            match ops[pc] {
                Op::Fail => break 'fail,
                Op::Byte(b) => {
                    if text.get(pos) != Some(&b) {
                        break 'fail;
                    }
                    pos += 1;
                    pc += 1;
                }
                Op::Literal(index) => {
                    let Some(run) = p.literals[index as usize].encoded::<T>() else {
                        break 'fail;
                    };
                    if !text.get(pos..).is_some_and(|rest| rest.starts_with(run)) {
                        break 'fail;
                    }
                    pos += run.len();
                    pc += 1;
                }
                Op::Single(single) => {
                    let Some(next) = step::<T>(p, single, text, pos) else {
                        break 'fail;
                    };
                    pos = next;
                    pc += 1;
                }
                Op::At(place) => {
                    if !at_place::<T>(p.tables, text, pos, place) {
                        break 'fail;
                    }
                    pc += 1;
                }
                Op::Mark(mark) => {
                    s.set_mark(mark, pos)?;
                    pc += 1;
                }
                Op::Jump(target) => pc = target as usize,
                Op::Branch(index) => {
                    let branch = &p.branches[index as usize];
                    let key = text.get(pos).map_or(129, |b| usize::from(*b).min(128));
                    let (from, to) = branch.rows[key];
                    if from == to {
                        break 'fail;
                    }
                    if to - from > 1 {
                        s.push(Kind::Branch, index, to, pos, from as usize + 1)?;
                    }
                    pc = branch.list[from as usize] as usize;
                }
                Op::Greedy(index) => {
                    let rep = &p.reps[index as usize];
                    let Some((floor, end)) = spread::<T>(p, rep, text, pos) else {
                        break 'fail;
                    };
                    pos = end;
                    if end > floor && !rep.exact {
                        let follow = lead_of(p, rep.follow);
                        let Some(last) = last_start::<T>(follow, text, end, floor) else {
                            break 'fail;
                        };
                        pos = last;
                        if last > floor {
                            s.push(Kind::Greedy, pc as u32, 0, last, floor)?;
                        }
                    }
                    pc += 1;
                }
                Op::Possessive(index) => {
                    let rep = &p.reps[index as usize];
                    let Some((_, end)) = spread::<T>(p, rep, text, pos) else {
                        break 'fail;
                    };
                    pos = end;
                    pc += 1;
                }
                Op::Lazy(index) => {
                    let rep = &p.reps[index as usize];
                    let (start, count) = run_up_to::<T>(p, rep.single, text, pos, rep.min);
                    if count < rep.min {
                        break 'fail;
                    }
                    let mut left = if rep.max == u32::MAX {
                        u32::MAX
                    } else {
                        rep.max - rep.min
                    };
                    let Some(next) = next_start::<T>(p, rep, text, start, &mut left) else {
                        break 'fail;
                    };
                    pos = next;
                    if left > 0 {
                        s.push(Kind::Lazy, pc as u32, left, pos, 0)?;
                    }
                    pc += 1;
                }
                Op::Repeat(index) => {
                    let it = &p.loops[index as usize];
                    match it.kind {
                        LoopKind::Counted => {
                            let slot = &mut s.slots[index as usize];
                            let old = std::mem::replace(slot, Slot::START);
                            if it.nested {
                                s.push(Kind::RestoreLoop, index, old.count, pos, old.last)?;
                            }
                            pc = it.until as usize;
                        }
                        LoopKind::Optional if it.max == 0 => pc = it.tail as usize,
                        _ if it.min > 0 => pc = it.body as usize,
                        LoopKind::Star => pc = it.until as usize,
                        LoopKind::Optional => {
                            pc = if !can_enter::<T>(p, it.enter, text, pos) {
                                it.tail as usize
                            } else if it.lazy {
                                s.push(Kind::Resume, it.body, 0, pos, 0)?;
                                it.tail as usize
                            } else {
                                s.push(Kind::Resume, it.tail, 0, pos, 0)?;
                                it.body as usize
                            };
                        }
                    }
                }
                Op::MaxUntil(index) | Op::MinUntil(index) => {
                    s.work(hook)?;
                    let it = &p.loops[index as usize];
                    let enter = can_enter::<T>(p, it.enter, text, pos);
                    match it.kind {
                        LoopKind::Optional => pc = it.tail as usize,
                        LoopKind::Star => {
                            let (first, second) = if it.lazy {
                                (it.tail, it.body)
                            } else {
                                (it.body, it.tail)
                            };
                            if enter {
                                s.push(Kind::Resume, second, 0, pos, 0)?;
                                pc = first as usize;
                            } else {
                                pc = it.tail as usize;
                            }
                        }
                        LoopKind::Counted => {
                            let slot = s.slots[index as usize];
                            let count = slot.count.wrapping_add(1);
                            if count < it.min {
                                if !enter {
                                    break 'fail;
                                }
                                s.push(Kind::RestoreLoop, index, slot.count, pos, slot.last)?;
                                s.slots[index as usize].count = count;
                                pc = it.body as usize;
                            } else if it.lazy {
                                if enter {
                                    s.push(Kind::MoreLoop, index, slot.count, pos, slot.last)?;
                                }
                                pc = it.tail as usize;
                            } else if enter
                                && (count < it.max || it.max == u32::MAX)
                                && pos != slot.last
                            {
                                s.push(Kind::LeaveLoop, index, slot.count, pos, slot.last)?;
                                s.slots[index as usize] = Slot { count, last: pos };
                                pc = it.body as usize;
                            } else {
                                pc = it.tail as usize;
                            }
                        }
                    }
                }
                Op::GroupRef { group, fold } => {
                    let Some((from, to)) = s.group(group as usize) else {
                        break 'fail;
                    };
                    let Some(next) = reference::<T>(p.tables, text, from, to, pos, fold) else {
                        break 'fail;
                    };
                    pos = next;
                    pc += 1;
                }
                Op::GroupExists { group, no } => {
                    pc = if s.group(group as usize).is_some() {
                        pc + 1
                    } else {
                        no as usize
                    };
                }
                Op::Assert { back, tail } => {
                    let Some(start) = T::back(text, pos, back) else {
                        break 'fail;
                    };
                    s.fence(Kind::Assert, tail, 0, pos)?;
                    pos = start;
                    pc += 1;
                }
                Op::AssertEnd(_) => {
                    let Some(frame) = s.cut() else { break 'fail };
                    pos = frame.pos;
                    pc = frame.a as usize;
                }
                Op::AssertNot { back, tail } => match T::back(text, pos, back) {
                    Some(start) => {
                        s.fence(Kind::AssertNot, tail, 0, pos)?;
                        pos = start;
                        pc += 1;
                    }
                    None => pc = tail as usize,
                },
                Op::AssertNotEnd(_) => {
                    s.cut();
                    break 'fail;
                }
                Op::Look {
                    single,
                    behind,
                    negated,
                    tail,
                } => {
                    let at = if behind {
                        T::before(text, pos)
                    } else {
                        Some(pos)
                    };
                    let holds = at.is_some_and(|at| step::<T>(p, single, text, at).is_some());
                    if holds == negated {
                        break 'fail;
                    }
                    pc = tail as usize;
                }
                Op::Atomic { tail } => {
                    s.fence(Kind::Atomic, tail, 0, pos)?;
                    pc += 1;
                }
                Op::AtomicEnd(_) => {
                    let Some(frame) = s.cut() else { break 'fail };
                    pc = frame.a as usize;
                }
                Op::PossessiveLoop(index) => pc = iterate::<T>(p, s, text, index, 0, pos, NONE)?,
                Op::PossessiveEnd(index) => {
                    s.work(hook)?;
                    let Some(frame) = s.cut() else { break 'fail };
                    let last = if frame.kind == Kind::Extra {
                        frame.pos
                    } else {
                        NONE
                    };
                    pc = iterate::<T>(p, s, text, index, frame.b.saturating_add(1), pos, last)?;
                }
                Op::Success => {
                    if (goal.full && pos != text.len()) || goal.not_at == Some(pos) {
                        break 'fail;
                    }
                    return Ok(Some(pos));
                }
            }
            continue 'run;
        }
        loop {
            s.work(hook)?;
            let Some(frame) = s.frames.last().copied() else {
                return Ok(None);
            };
            s.unwind(frame.trail);
            let top = s.frames.len() - 1;
            match frame.kind {
                Kind::Resume => {
                    s.frames.pop();
                    pc = frame.a as usize;
                    pos = frame.pos;
                    continue 'run;
                }
                Kind::Greedy => {
                    pc = frame.a as usize;
                    let Op::Greedy(index) = ops[pc] else {
                        s.frames.pop();
                        continue;
                    };
                    let follow = lead_of(p, p.reps[index as usize].follow);
                    let found = T::before(text, frame.pos)
                        .and_then(|at| last_start::<T>(follow, text, at, frame.aux));
                    match found {
                        Some(at) if at > frame.aux => s.frames[top].pos = at,
                        _ => {
                            s.frames.pop();
                        }
                    }
                    if let Some(at) = found {
                        pos = at;
                        pc += 1;
                        continue 'run;
                    }
                }
                Kind::Lazy => {
                    pc = frame.a as usize;
                    s.frames.pop();
                    let Op::Lazy(index) = ops[pc] else { continue };
                    let rep = &p.reps[index as usize];
                    let Some(at) = step::<T>(p, rep.single, text, frame.pos) else {
                        continue;
                    };
                    let mut left = if frame.b == u32::MAX {
                        u32::MAX
                    } else {
                        frame.b - 1
                    };
                    let Some(at) = next_start::<T>(p, rep, text, at, &mut left) else {
                        continue;
                    };
                    if left > 0 {
                        s.push(Kind::Lazy, frame.a, left, at, 0)?;
                    }
                    pos = at;
                    pc += 1;
                    continue 'run;
                }
                Kind::Branch => {
                    let branch = &p.branches[frame.a as usize];
                    if frame.aux + 1 < frame.b as usize {
                        s.frames[top].aux += 1;
                    } else {
                        s.frames.pop();
                    }
                    pc = branch.list[frame.aux] as usize;
                    pos = frame.pos;
                    continue 'run;
                }
                Kind::LeaveLoop => {
                    s.frames.pop();
                    s.slots[frame.a as usize] = Slot {
                        count: frame.b,
                        last: frame.aux,
                    };
                    pc = p.loops[frame.a as usize].tail as usize;
                    pos = frame.pos;
                    continue 'run;
                }
                Kind::MoreLoop => {
                    s.frames.pop();
                    let it = &p.loops[frame.a as usize];
                    let old = Slot {
                        count: frame.b,
                        last: frame.aux,
                    };
                    s.slots[frame.a as usize] = old;
                    let count = old.count.wrapping_add(1);
                    if (count >= it.max && it.max != u32::MAX) || frame.pos == old.last {
                        continue;
                    }
                    s.push(Kind::RestoreLoop, frame.a, old.count, frame.pos, old.last)?;
                    s.slots[frame.a as usize] = Slot {
                        count,
                        last: frame.pos,
                    };
                    pc = it.body as usize;
                    pos = frame.pos;
                    continue 'run;
                }
                Kind::RestoreLoop => {
                    s.frames.pop();
                    s.slots[frame.a as usize] = Slot {
                        count: frame.b,
                        last: frame.aux,
                    };
                }
                Kind::Assert | Kind::Atomic | Kind::Needed => {
                    s.frames.pop();
                    s.barrier = frame.aux;
                }
                Kind::AssertNot => {
                    s.frames.pop();
                    s.barrier = frame.aux;
                    pc = frame.a as usize;
                    pos = frame.pos;
                    continue 'run;
                }
                Kind::Extra => {
                    s.frames.pop();
                    s.barrier = frame.aux;
                    pc = p.loops[frame.a as usize].tail as usize;
                    pos = frame.pos;
                    continue 'run;
                }
            }
        }
    }
}

/// The least and the greatest end of a repeat that starts at `pos`.
#[inline(always)]
fn spread<T: Text>(p: &Program, rep: &Rep, text: &[u8], pos: usize) -> Option<(usize, usize)> {
    let mut floor = pos;
    if rep.min == 1 {
        floor = step::<T>(p, rep.single, text, pos)?;
    } else if rep.min > 1 {
        let (end, count) = run_up_to::<T>(p, rep.single, text, pos, rep.min);
        if count < rep.min {
            return None;
        }
        floor = end;
    }
    let end = if rep.max == u32::MAX {
        run::<T>(p, rep.single, text, floor)
    } else {
        run_up_to::<T>(p, rep.single, text, floor, rep.max - rep.min).0
    };
    Some((floor, end))
}

/// Whether the body of a loop can start at `pos`.
#[inline(always)]
fn can_enter<T: Text>(p: &Program, enter: Option<u32>, text: &[u8], pos: usize) -> bool {
    match enter {
        Some(lead) => {
            let table = p.leads[lead as usize].table(T::WIDE);
            text.get(pos).is_some_and(|b| table[usize::from(*b)])
        }
        None => true,
    }
}

/// Begins the next iteration of a possessive loop after `count` finished ones, or leaves it.
fn iterate<T: Text>(
    p: &Program,
    s: &mut State,
    text: &[u8],
    index: u32,
    count: u32,
    pos: usize,
    last: usize,
) -> Result<usize, MatchError> {
    let it = &p.loops[index as usize];
    if count < it.min {
        s.fence(Kind::Needed, index, count, pos)?;
    } else if (count < it.max || it.max == u32::MAX)
        && pos != last
        && can_enter::<T>(p, it.enter, text, pos)
    {
        s.fence(Kind::Extra, index, count, pos)?;
    } else {
        return Ok(it.tail as usize);
    }
    Ok(it.body as usize)
}

/// The end of a repetition of `text[from..to]` at `pos`, if there is one.
fn reference<T: Text>(
    tables: &CharTables,
    text: &[u8],
    from: usize,
    to: usize,
    pos: usize,
    fold: Fold,
) -> Option<usize> {
    if fold == Fold::None {
        let group = text.get(from..to)?;
        if let [byte] = group {
            return (text.get(pos) == Some(byte)).then_some(pos + 1);
        }
        return text
            .get(pos..)?
            .starts_with(group)
            .then(|| pos + group.len());
    }
    let lower = |c| match fold {
        Fold::Ascii => lower_ascii(c),
        Fold::Locale => tables.lower_locale(c),
        _ => (tables.to_lower)(c),
    };
    let (mut from, mut pos) = (from, pos);
    while from < to {
        let (expected, next_from) = T::decode(text, from)?;
        let (found, next) = T::decode(text, pos)?;
        if expected != found && lower(expected) != lower(found) {
            return None;
        }
        (from, pos) = (next_from, next);
    }
    Some(pos)
}

/// The position tests, by the AT codes of `re/_constants.py`.
fn at_place<T: Text>(tables: &CharTables, text: &[u8], pos: usize, place: u32) -> bool {
    let boundary = |word: &dyn Fn(u32) -> bool| {
        let before = T::before(text, pos).and_then(|at| T::decode(text, at));
        let after = T::decode(text, pos);
        before.is_some_and(|(c, _)| word(c)) != after.is_some_and(|(c, _)| word(c))
    };
    let ascii = |c: u32| u8::try_from(c).is_ok_and(is_word_byte);
    match place {
        0 | 2 => pos == 0,
        1 => pos == 0 || text.get(pos - 1) == Some(&b'\n'),
        3 => boundary(&ascii),
        4 => !boundary(&ascii),
        5 => pos == text.len() || (pos + 1 == text.len() && text[pos] == b'\n'),
        6 => pos == text.len() || text.get(pos) == Some(&b'\n'),
        7 => pos == text.len(),
        8 => boundary(&|c| tables.is_word_locale(c)),
        9 => !boundary(&|c| tables.is_word_locale(c)),
        10 => boundary(&|c| tables.is_word_unicode(c)),
        _ => !boundary(&|c| tables.is_word_unicode(c)),
    }
}
