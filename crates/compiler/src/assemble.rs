//! Instructions with labels to a finished `Code`.
//!
//! The emitter writes `CheckBound` before every read of a local. Here a forward pass over the flow
//! graph finds the reads that are certainly bound, drops their checks and everything that cannot be
//! reached. Then jumps get offsets. Fused jumps and loop instructions hold 16 bits; in a code object too
//! large for that they jump over a long jump:
//!
//! ```text
//!   op ..., +1      (to the long jump)
//!   Jump +1         (over it)
//!   Jump label
//! ```

use orochi_bytecode::word::{EXTRA, TAKE_B};
use orochi_bytecode::{
    Code, Follow, Handler, LocalKind, Op, OperandKind, Position, PositionWriter, Word,
};
use orochi_syntax::Parsed;
use orochi_syntax::text_size::TextRange;

/// A place in the code, bound once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(pub u32);

/// No label or no handler.
pub const NONE: u32 = u32::MAX;

/// One instruction before assembly.
#[derive(Clone, Copy, Debug)]
pub struct Ins {
    pub op: Op,
    pub flags: u8,
    pub a: u16,
    pub b: u16,
    pub c: u16,
    /// Label of a jump, or a 32-bit constant index.
    pub wide: u32,
    pub argument: u64,
    /// Index into the handlers, or `NONE`.
    pub handler: u32,
    /// Source range; empty at offset `u32::MAX` for an instruction without a line.
    pub at: TextRange,
}

/// Flag of a `Nop` that stands for a line: it is dropped if the instruction behind it can show the line.
pub const LINE: u8 = 1;

/// A protected region's handler.
#[derive(Clone, Copy, Debug)]
pub struct HandlerDef {
    pub target: Label,
    pub register: u16,
    pub release_from: u16,
}

/// What `assemble` needs beside the half-made `Code`.
pub struct Assembly<'a> {
    pub parsed: &'a Parsed,
    pub instructions: Vec<Ins>,
    /// Instruction index of each label.
    pub labels: Vec<u32>,
    pub handlers: Vec<HandlerDef>,
    /// Range that means "no line".
    pub nowhere: TextRange,
    /// Number of locals.
    pub first_temporary: u16,
}

/// The jump on the opposite condition.
fn inverted(op: Op) -> Option<Op> {
    Some(match op {
        Op::JumpIfTrue => Op::JumpIfFalse,
        Op::JumpIfFalse => Op::JumpIfTrue,
        Op::JumpIfNone => Op::JumpIfNotNone,
        Op::JumpIfNotNone => Op::JumpIfNone,
        Op::JumpIfLt => Op::JumpIfNotLt,
        Op::JumpIfLe => Op::JumpIfNotLe,
        Op::JumpIfGt => Op::JumpIfNotGt,
        Op::JumpIfGe => Op::JumpIfNotGe,
        Op::JumpIfEq => Op::JumpIfNotEq,
        Op::JumpIfNe => Op::JumpIfNotNe,
        Op::JumpIfNotLt => Op::JumpIfLt,
        Op::JumpIfNotLe => Op::JumpIfLe,
        Op::JumpIfNotGt => Op::JumpIfGt,
        Op::JumpIfNotGe => Op::JumpIfGe,
        Op::JumpIfNotEq => Op::JumpIfEq,
        Op::JumpIfNotNe => Op::JumpIfNe,
        Op::JumpIfIs => Op::JumpIfIsNot,
        Op::JumpIfIsNot => Op::JumpIfIs,
        _ => return None,
    })
}

fn is_jump16(op: Op) -> bool {
    op.operands()[2] == OperandKind::Jump16
}
fn is_jump32(op: Op) -> bool {
    op.operands()[1] == OperandKind::Jump32
}
/// Whether control never goes on behind the instruction.
pub fn ends_flow(op: Op) -> bool {
    matches!(
        op,
        Op::Jump | Op::Loop | Op::Return | Op::Raise | Op::RaiseFrom | Op::RaiseCurrent | Op::Reraise
    )
}

impl Assembly<'_> {
    fn target(&self, label: u32) -> usize {
        self.labels[label as usize] as usize
    }

    /// Drops proven `CheckBound`s and unreachable instructions. Gives for each kept instruction its
    /// old index.
    fn reachable(&mut self, code: &Code) -> Vec<u32> {
        let count = self.instructions.len();
        // Bits of the locals that are checked at all.
        let mut bit_of = vec![NONE; code.locals.len()];
        let mut bits = 0u32;
        for ins in &self.instructions {
            if ins.op == Op::CheckBound && (ins.a as usize) < bit_of.len() && bit_of[ins.a as usize] == NONE {
                bit_of[ins.a as usize] = bits;
                bits += 1;
            }
        }
        // Block leaders.
        let mut leader = vec![NONE; count + 1];
        let mut leaders = 0u32;
        let mark = |leader: &mut Vec<u32>, leaders: &mut u32, at: usize| {
            if leader[at] == NONE {
                leader[at] = *leaders;
                *leaders += 1;
            }
        };
        mark(&mut leader, &mut leaders, 0);
        for ins in &self.instructions {
            if is_jump16(ins.op) || is_jump32(ins.op) {
                mark(&mut leader, &mut leaders, self.target(ins.wide));
            }
        }
        for handler in &self.handlers {
            if self.labels[handler.target.0 as usize] != NONE {
                mark(&mut leader, &mut leaders, self.target(handler.target.0));
            }
        }
        let stride = (bits as usize).div_ceil(64);
        // A very large function keeps its checks rather than the tables.
        let analyse = stride * leaders as usize <= 4 << 20;
        let stride = if analyse { stride } else { 0 };
        let mut states = vec![u64::MAX; stride * leaders as usize];
        let mut seen = vec![false; leaders as usize];
        let mut queued = vec![false; leaders as usize];
        let mut at_leader = vec![0u32; leaders as usize];
        for (at, &id) in leader.iter().enumerate() {
            if id != NONE {
                at_leader[id as usize] = at as u32;
            }
        }
        let mut state = vec![0u64; stride];
        for (register, local) in code.locals.iter().enumerate() {
            if stride > 0 && bit_of[register] != NONE && local.kind.has(LocalKind::PARAM) {
                state[bit_of[register] as usize / 64] |= 1 << (bit_of[register] % 64);
            }
        }
        let mut work = vec![0u32];
        states[..stride].copy_from_slice(&state);
        seen[0] = true;
        queued[0] = true;

        struct Flow<'s> {
            states: &'s mut [u64],
            seen: &'s mut [bool],
            queued: &'s mut [bool],
            work: &'s mut Vec<u32>,
            stride: usize,
        }
        impl Flow<'_> {
            fn meet(&mut self, id: u32, state: &[u64]) {
                let id = id as usize;
                let slot = &mut self.states[id * self.stride..(id + 1) * self.stride];
                let mut changed = !self.seen[id];
                if changed {
                    slot.copy_from_slice(state);
                } else {
                    for (old, new) in slot.iter_mut().zip(state) {
                        if *old & !new != 0 {
                            *old &= new;
                            changed = true;
                        }
                    }
                }
                self.seen[id] = true;
                if changed && !self.queued[id] {
                    self.queued[id] = true;
                    self.work.push(id as u32);
                }
            }
        }
        let bit_at = |register: u16| -> Option<u32> {
            if stride == 0 {
                return None;
            }
            bit_of.get(register as usize).copied().filter(|&bit| bit != NONE)
        };
        let set = |state: &mut [u64], register: u16| {
            if let Some(bit) = bit_at(register) {
                state[bit as usize / 64] |= 1 << (bit % 64);
            }
        };
        let clear = |state: &mut [u64], register: u16| {
            if let Some(bit) = bit_at(register) {
                state[bit as usize / 64] &= !(1 << (bit % 64));
            }
        };
        let writes = |state: &mut [u64], ins: &Ins| match ins.op {
            Op::CheckBound => set(state, ins.a),
            Op::DeleteLocal | Op::Clear => clear(state, ins.a),
            Op::UnpackSequence => (0..ins.c).for_each(|k| set(state, ins.a.saturating_add(k))),
            op if op.operands()[0] == OperandKind::Dst => set(state, ins.a),
            _ => {}
        };
        while let Some(id) = work.pop() {
            queued[id as usize] = false;
            state.copy_from_slice(&states[id as usize * stride..(id as usize + 1) * stride]);
            let mut flow = Flow {
                states: &mut states,
                seen: &mut seen,
                queued: &mut queued,
                work: &mut work,
                stride,
            };
            let mut at = at_leader[id as usize] as usize;
            let mut met = NONE;
            while let Some(ins) = self.instructions.get(at) {
                if ins.handler != NONE && ins.handler != met {
                    met = ins.handler;
                    let target = self.target(self.handlers[met as usize].target.0);
                    flow.meet(leader[target], &state);
                }
                match ins.op {
                    Op::ForIter => {
                        flow.meet(leader[self.target(ins.wide)], &state);
                        set(&mut state, ins.a);
                    }
                    Op::ForLoop => {
                        let before = state.clone();
                        set(&mut state, ins.a);
                        flow.meet(leader[self.target(ins.wide)], &state);
                        state = before;
                    }
                    op => {
                        if matches!(op, Op::DeleteLocal | Op::Clear) {
                            met = NONE;
                        }
                        writes(&mut state, ins);
                        if is_jump16(op) || is_jump32(op) {
                            flow.meet(leader[self.target(ins.wide)], &state);
                        }
                        if ends_flow(op) {
                            break;
                        }
                    }
                }
                at += 1;
                if at < count && leader[at] != NONE {
                    flow.meet(leader[at], &state);
                    break;
                }
            }
        }
        // Lines of statements without instructions move to what follows, if that has none or the same.
        let labelled = self.targets();
        for at in (0..count).rev() {
            let nop = self.instructions[at];
            if nop.op != Op::Nop || nop.flags & LINE == 0 {
                continue;
            }
            let line = self.parsed.position(nop.at).0;
            let mut next = at + 1;
            let mut joined = false;
            while let Some(ins) = self.instructions.get(next) {
                joined |= labelled[next];
                if ins.op == Op::Nop && ins.flags & LINE == 0 {
                    next += 1;
                    continue;
                }
                if ins.at == self.nowhere {
                    if !joined && (ins.op != Op::Jump || self.target(ins.wide) != next + 1) {
                        self.instructions[next].at = nop.at;
                        self.instructions[at].flags = 0;
                    }
                } else if self.parsed.position(ins.at).0 == line {
                    self.instructions[at].flags = 0;
                }
                break;
            }
        }
        // Second walk: keep what is reached.
        let mut kept = Vec::with_capacity(count);
        let mut live = false;
        for (at, &id) in leader.iter().enumerate().take(count) {
            if id != NONE {
                live = seen[id as usize];
                if live {
                    state.copy_from_slice(&states[id as usize * stride..(id as usize + 1) * stride]);
                }
            }
            if !live {
                continue;
            }
            let ins = &self.instructions[at];
            let proven = ins.op == Op::CheckBound
                && bit_at(ins.a).is_some_and(|bit| state[bit as usize / 64] >> (bit % 64) & 1 != 0);
            let skip = ins.op == Op::Nop && ins.flags & LINE == 0 || ins.op == Op::Jump && self.target(ins.wide) == at + 1;
            if !proven && !skip {
                kept.push(at as u32);
            }
            match ins.op {
                Op::ForIter => set(&mut state, ins.a),
                Op::ForLoop => {}
                _ => writes(&mut state, ins),
            }
            if ends_flow(ins.op) && !skip {
                live = false;
            }
        }
        kept
    }

    /// Two local improvements: a conditional jump over a `Jump` becomes one jump, and a result that
    /// goes through a temporary into a local goes there directly.
    fn join_neighbours(&mut self) {
        let mut labelled = vec![false; self.instructions.len() + 1];
        for &at in &self.labels {
            if at != NONE {
                labelled[at as usize] = true;
            }
        }
        for at in 0..self.instructions.len().saturating_sub(1) {
            if labelled[at + 1] {
                continue;
            }
            let (ins, next) = (self.instructions[at], self.instructions[at + 1]);
            if next.op == Op::Jump
                && ins.flags & EXTRA == 0
                && let Some(op) = inverted(ins.op)
                && self.target(ins.wide) == at + 2
            {
                self.instructions[at].op = op;
                self.instructions[at].wide = next.wide;
                self.instructions[at + 1].op = Op::Nop;
            } else if next.op == Op::Move
                && next.flags & TAKE_B != 0
                && ins.op.operands()[0] == OperandKind::Dst
                && !matches!(ins.op, Op::ForIter | Op::ForLoop)
                && ins.a == next.b
                && next.a < self.first_temporary
            {
                self.instructions[at].a = next.a;
                self.instructions[at + 1].op = Op::Nop;
            }
        }
    }

    /// Follows `Jump` to `Jump`.
    fn thread_jumps(&mut self) {
        for at in 0..self.instructions.len() {
            let ins = self.instructions[at];
            if !(is_jump16(ins.op) || is_jump32(ins.op)) || ins.op == Op::EndAsyncFor {
                continue;
            }
            let mut label = ins.wide;
            for _ in 0..8 {
                let target = self.target(label);
                match self.instructions.get(target) {
                    // A backward jump has to stay the safepoint that it is.
                    Some(next) if next.op == Op::Jump && target > at => label = next.wide,
                    _ => break,
                }
            }
            if self.target(label) > at || self.target(ins.wide) <= at {
                self.instructions[at].wide = label;
            }
        }
    }

    /// The instruction that runs when control comes to `at`.
    fn landing(&self, mut at: usize) -> Option<usize> {
        loop {
            let ins = self.instructions.get(at)?;
            if ins.op != Op::Nop || ins.flags & LINE != 0 {
                return Some(at);
            }
            at += 1;
        }
    }

    /// Which instructions jumps and handlers lead to.
    fn targets(&self) -> Vec<bool> {
        let mut found = vec![false; self.instructions.len() + 1];
        let jumps = self.instructions.iter().filter(|ins| is_jump16(ins.op) || is_jump32(ins.op)).map(|ins| ins.wide);
        for label in jumps.chain(self.handlers.iter().map(|handler| handler.target.0)) {
            if self.labels[label as usize] != NONE {
                found[self.target(label)] = true;
            }
        }
        found
    }

    /// The few instructions of no line from `at` on that end in a return.
    fn exit_at(&self, at: usize) -> Option<Vec<Ins>> {
        let mut exit = Vec::new();
        let mut at = self.landing(at)?;
        loop {
            let ins = self.instructions[at];
            if ins.at != self.nowhere || is_jump16(ins.op) || is_jump32(ins.op) || exit.len() == 5 {
                return None;
            }
            exit.push(ins);
            if ins.op == Op::Return {
                return Some(exit);
            }
            at = self.landing(at + 1)?;
        }
    }

    /// The `return None` at the end of a body belongs to the line that led there: each jump to it gets its own.
    fn copy_exits(&mut self) {
        let targets = self.targets();
        for at in 0..self.instructions.len() {
            let ins = self.instructions[at];
            if !(is_jump16(ins.op) || is_jump32(ins.op)) || matches!(ins.op, Op::ForLoop | Op::Loop | Op::EndAsyncFor) {
                continue;
            }
            let Some(exit) = self.exit_at(self.target(ins.wide)) else { continue };
            if ins.op == Op::Jump
                && let [only] = exit.as_slice()
            {
                self.instructions[at] = Ins { at: ins.at, handler: ins.handler, ..*only };
                continue;
            }
            // A jump of no line goes on the line before it.
            let mut before = at;
            while self.instructions[before].at == self.nowhere && !targets[before] && before > 0 {
                before -= 1;
            }
            let line = self.instructions[before].at;
            self.labels.push(self.instructions.len() as u32);
            self.instructions[at].wide = self.labels.len() as u32 - 1;
            self.instructions.extend(exit.into_iter().map(|copied| Ins { at: line, ..copied }));
        }
    }

    /// Instructions of no line get that of the one before them, where control comes from there only.
    fn spread_lines(&mut self, kept: &[u32]) {
        let labelled = self.targets();
        for pair in kept.windows(2) {
            let (before, at) = (pair[0] as usize, pair[1] as usize);
            let only_way = !ends_flow(self.instructions[before].op) && !labelled[before + 1..=at].contains(&true);
            if only_way && self.instructions[at].at == self.nowhere {
                self.instructions[at].at = self.instructions[before].at;
            }
        }
    }

    /// Finishes `code`: words, exception table and positions.
    pub fn finish(mut self, code: &mut Code) {
        self.join_neighbours();
        self.thread_jumps();
        self.copy_exits();
        let kept = self.reachable(code);
        self.spread_lines(&kept);
        let size = |ins: &Ins, long: bool| {
            ins.op.size() as u32 + if long && is_jump16(ins.op) { 2 } else { 0 }
        };
        let total: u64 = kept.iter().map(|&at| size(&self.instructions[at as usize], false) as u64).sum();
        let long = total > 32_000;
        // Word offset of each old instruction: that of the next kept one.
        let mut offset_of = vec![0u32; self.instructions.len() + 1];
        let mut offset = 0u32;
        let mut next = 0usize;
        for &at in &kept {
            let at = at as usize;
            offset_of[next..=at].fill(offset);
            next = at + 1;
            offset += size(&self.instructions[at], long);
        }
        offset_of[next..].fill(offset);

        let mut words = Vec::with_capacity(offset as usize);
        let mut positions = PositionWriter::new(code.first_line);
        let mut handlers: Vec<Handler> = Vec::new();
        let mut last: (TextRange, Option<Position>) = (self.nowhere, None);
        for &at in &kept {
            let ins = &self.instructions[at as usize];
            let start = words.len() as u32;
            let after = start + ins.op.size() as u32;
            let jump = |target_of: u32, from: u32| offset_of[self.target(target_of)].wrapping_sub(from);
            if is_jump16(ins.op) {
                if long {
                    words.push(Word::new(ins.op, ins.flags, ins.a, ins.b, 1));
                    follow(&mut words, ins);
                    words.push(Word::wide(Op::Jump, 0, 0, 1));
                    let distance = jump(ins.wide, after + 2);
                    let op = if (distance as i32) < 0 { Op::Loop } else { Op::Jump };
                    words.push(Word::wide(op, 0, 0, distance));
                } else {
                    words.push(Word::new(ins.op, ins.flags, ins.a, ins.b, jump(ins.wide, after) as u16));
                    follow(&mut words, ins);
                }
            } else if is_jump32(ins.op) {
                let distance = jump(ins.wide, after);
                let op = match ins.op {
                    Op::Jump if (distance as i32) < 0 => Op::Loop,
                    Op::Loop if distance as i32 >= 0 => Op::Jump,
                    op => op,
                };
                words.push(Word::wide(op, ins.flags, ins.a, distance));
            } else if ins.op == Op::LoadConst {
                words.push(Word::wide(ins.op, ins.flags, ins.a, ins.wide));
            } else {
                words.push(Word::new(ins.op, ins.flags, ins.a, ins.b, ins.c));
                follow(&mut words, ins);
            }
            let end = words.len() as u32;
            if ins.at != last.0 {
                last = (ins.at, (ins.at != self.nowhere).then(|| {
                    let (line, col, end_line, end_col) = self.parsed.position(ins.at);
                    Position { line, end_line, col, end_col }
                }));
            }
            positions.push(last.1, end - start);
            if ins.handler != NONE {
                let def = self.handlers[ins.handler as usize];
                let handler = Handler {
                    start,
                    end,
                    target: offset_of[self.target(def.target.0)],
                    register: def.register,
                    release_from: def.release_from,
                };
                match handlers.last_mut() {
                    Some(before)
                        if before.end == start
                            && (before.target, before.register, before.release_from)
                                == (handler.target, handler.register, handler.release_from) =>
                    {
                        before.end = end;
                    }
                    _ => handlers.push(handler),
                }
            }
        }
        code.words = words;
        code.handlers = handlers;
        code.positions = positions.finish();
    }
}

fn follow(words: &mut Vec<Word>, ins: &Ins) {
    match ins.op.follow() {
        Follow::Plain => {}
        Follow::Cached => words.push(Word(0)),
        Follow::Argument => words.push(Word(ins.argument)),
    }
}
