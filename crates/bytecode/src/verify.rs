//! Checks that code is safe to run, so that the eval loop may trust every operand.
//!
//! What holds for verified code:
//! * every operand is in range; jumps and handlers land on instructions; control never runs off the end;
//! * a register is read only where it surely holds a value: locals are bound (or checked just before),
//!   temporaries were written and not yet taken;
//! * only temporaries are taken; at `Return` every temporary is dead, at a call everything above the run;
//! * operands of cell instructions are cells of this function, made before, or free variables;
//! * operands of `PopExc` come from `PushExc`;
//! * instructions that need the frame's namespace stand only in modules and classes, those that suspend
//!   only in generators and coroutines.
//!
//! What it does not check, because values have no types here: that `ListAppend` meets a list, that
//! `Reraise` meets an exception, that the tuple given to `MakeFunction` holds cells and as many as the code
//! has free names. Those instructions check for themselves.
//!
//! Method: an abstract run over the flow graph with three bits a register: surely alive, surely dead,
//! surely from `PushExc`. Where paths meet, the bits are and-ed.

use std::fmt;

use crate::code::{Code, Const, LocalKind, flags};
use crate::instructions::{Follow, Op, OperandKind};
use crate::word::{CONST, EXTRA, TAKE_A, TAKE_B, TAKE_C, Word};

/// Code objects may nest so deep.
const DEEPEST: usize = 200;

/// Why code is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Qualified name of the code object.
    pub code: String,
    /// Word at which it was found.
    pub at: usize,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at word {}: {}", self.code, self.at, self.reason)
    }
}
impl std::error::Error for Refusal {}

/// Verifies a code object and all inside it.
///
/// # Errors
/// The first thing found wrong.
pub fn verify(code: &Code) -> Result<(), Refusal> {
    nested(code, 0)
}

fn nested(code: &Code, depth: usize) -> Result<(), Refusal> {
    let refuse = |at: usize, reason: String| Refusal {
        code: String::from_utf8_lossy(&code.qualname).into_owned(),
        at,
        reason,
    };
    if depth > DEEPEST {
        return Err(refuse(0, "code objects nest too deep".into()));
    }
    Checker { code, starts: Vec::new(), leader: Vec::new() }.run().map_err(|(at, reason)| refuse(at, reason))?;
    for constant in &code.constants {
        inner(constant, depth, &refuse)?;
    }
    Ok(())
}

fn inner(constant: &Const, depth: usize, refuse: &impl Fn(usize, String) -> Refusal) -> Result<(), Refusal> {
    if depth > DEEPEST {
        return Err(refuse(0, "constants nest too deep".into()));
    }
    match constant {
        Const::Code(code) => nested(code, depth + 1),
        Const::Tuple(items) | Const::FrozenSet(items) => {
            items.iter().try_for_each(|item| inner(item, depth + 1, refuse))
        }
        Const::Slice(parts) => parts.iter().try_for_each(|part| inner(part, depth + 1, refuse)),
        _ => Ok(()),
    }
}

/// A word and what is wrong there.
type Wrong = (usize, String);

struct Checker<'a> {
    code: &'a Code,
    /// Whether an instruction starts at the word.
    starts: Vec<bool>,
    /// Number of the block that starts at the word, or `NONE`.
    leader: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// Instructions that raise nothing, so that no handler is entered from them.
fn never_raises(op: Op) -> bool {
    matches!(op, Op::Nop | Op::Move | Op::LoadConst | Op::Clear | Op::MakeCell | Op::PushExc | Op::PopExc | Op::Jump)
}

/// Registers that an instruction touches.
#[derive(Default)]
struct Effects {
    /// Read: register, whether it is taken.
    reads: [Option<(u16, bool)>; 4],
    /// Run that is read: first, length, a member that is not part of it.
    run: Option<(u32, u32, Option<u32>)>,
    /// Members at the end of the run that stay alive.
    kept: u32,
    /// Written: first, length.
    writes: Option<(u32, u32)>,
}

/// The abstract state: three bit sets one after the other.
#[derive(Clone, PartialEq, Eq)]
struct State {
    bits: Vec<u64>,
    stride: usize,
}

impl State {
    fn get(&self, set: usize, register: u32) -> bool {
        self.bits[set * self.stride + register as usize / 64] >> (register % 64) & 1 != 0
    }
    fn put(&mut self, set: usize, register: u32, value: bool) {
        let word = &mut self.bits[set * self.stride + register as usize / 64];
        let bit = 1 << (register % 64);
        if value {
            *word |= bit;
        } else {
            *word &= !bit;
        }
    }
    fn alive(&mut self, register: u32) {
        self.put(ALIVE, register, true);
        self.put(DEAD, register, false);
        self.put(PRIOR, register, false);
    }
    fn dead(&mut self, register: u32) {
        self.put(ALIVE, register, false);
        self.put(DEAD, register, true);
        self.put(PRIOR, register, false);
    }
    /// All registers from `first` on are dead.
    fn dead_from(&mut self, first: u32, count: u32) {
        for register in first..count {
            self.dead(register);
        }
    }
    /// The first register from `first` on that is not surely dead.
    fn not_dead_from(&self, first: u32, count: u32) -> Option<u32> {
        let mut register = first;
        while register < count {
            if register.is_multiple_of(64)
                && register + 64 <= count
                && self.bits[DEAD * self.stride + register as usize / 64] == u64::MAX
            {
                register += 64;
                continue;
            }
            if !self.get(DEAD, register) {
                return Some(register);
            }
            register += 1;
        }
        None
    }
}

const ALIVE: usize = 0;
const DEAD: usize = 1;
const PRIOR: usize = 2;

fn wrong<T>(at: usize, reason: impl Into<String>) -> Result<T, Wrong> {
    Err((at, reason.into()))
}

impl Checker<'_> {
    fn run(&mut self) -> Result<(), Wrong> {
        self.header()?;
        self.instructions()?;
        self.handlers()?;
        self.flow()
    }

    fn locals(&self) -> u32 {
        self.code.locals.len() as u32
    }
    fn registers(&self) -> u32 {
        u32::from(self.code.register_count)
    }

    fn header(&self) -> Result<(), Wrong> {
        let code = self.code;
        if code.locals.len() > code.register_count as usize {
            return wrong(0, "more locals than registers");
        }
        if code.parameter_count() > code.locals.len() || code.posonly_count > code.arg_count {
            return wrong(0, "more parameters than locals");
        }
        let parameters = code.parameter_count();
        let mut free = false;
        for (at, local) in code.locals.iter().enumerate() {
            if local.kind.has(LocalKind::PARAM) != (at < parameters) {
                return wrong(0, "parameters do not come first");
            }
            if free && !local.kind.has(LocalKind::FREE) {
                return wrong(0, "free variables do not come last");
            }
            free = local.kind.has(LocalKind::FREE);
            if free && local.kind != LocalKind::FREE {
                return wrong(0, "a free variable is something else as well");
            }
        }
        if code.words.is_empty() || code.words.len() > i32::MAX as usize {
            return wrong(0, "no instructions, or too many");
        }
        if code.flags & flags::HAS_DOCSTRING != 0 && !matches!(code.constants.first(), Some(Const::Str(_))) {
            return wrong(0, "no docstring");
        }
        Ok(())
    }

    fn word(&self, at: usize) -> Word {
        self.code.words[at]
    }

    /// Operands in range; jumps are checked once all starts are known.
    fn instructions(&mut self) -> Result<(), Wrong> {
        let count = self.code.words.len();
        self.starts = vec![false; count];
        let mut jumps = Vec::new();
        let mut at = 0;
        while at < count {
            let word = self.word(at);
            let Some(op) = Op::from_byte(word.op_byte()) else { return wrong(at, "unknown opcode") };
            let after = at + op.size();
            if after > count {
                return wrong(at, "cut off");
            }
            self.starts[at] = true;
            self.operands(at, op, word)?;
            let kinds = op.operands();
            if kinds[2] == OperandKind::Jump16 {
                jumps.push((at, after as i64 + i64::from(word.jump16())));
            }
            if kinds[1] == OperandKind::Jump32 {
                jumps.push((at, after as i64 + i64::from(word.jump32())));
            }
            at = after;
        }
        self.leader = vec![NONE; count];
        self.leader[0] = 0;
        let mut leaders = 1;
        for (at, target) in jumps {
            let target = usize::try_from(target).ok().filter(|&t| t < count && self.starts[t]);
            let Some(target) = target else { return wrong(at, "jump to no instruction") };
            if self.leader[target] == NONE {
                self.leader[target] = leaders;
                leaders += 1;
            }
        }
        Ok(())
    }

    fn register(&self, at: usize, register: u32, length: u32) -> Result<(), Wrong> {
        if u64::from(register) + u64::from(length) > u64::from(self.registers()) {
            return wrong(at, format!("register {register} of {length} out of range"));
        }
        Ok(())
    }
    fn constant(&self, at: usize, index: u64) -> Result<&Const, Wrong> {
        match usize::try_from(index).ok().and_then(|index| self.code.constants.get(index)) {
            Some(value) => Ok(value),
            None => wrong(at, "constant out of range"),
        }
    }
    fn cell(&self, at: usize, register: u64) -> Result<(), Wrong> {
        let local = usize::try_from(register).ok().and_then(|r| self.code.locals.get(r));
        if !local.is_some_and(|local| local.kind.holds_cell()) {
            return wrong(at, "no cell");
        }
        Ok(())
    }

    fn operands(&self, at: usize, op: Op, word: Word) -> Result<(), Wrong> {
        let f = word.flags();
        let fields = [word.a(), word.b(), word.c()];
        for (kind, field) in op.operands().into_iter().zip(fields) {
            let field = u32::from(field);
            match kind {
                OperandKind::Dst | OperandKind::Src => self.register(at, field, 1)?,
                OperandKind::SrcOrConst if f & CONST != 0 => {
                    self.constant(at, field.into())?;
                }
                OperandKind::SrcOrConst => self.register(at, field, 1)?,
                OperandKind::Name if field as usize >= self.code.names.len() => {
                    return wrong(at, "name out of range");
                }
                _ => {}
            }
        }
        if op == Op::LoadConst {
            self.constant(at, word.bc().into())?;
        }
        let argument = if op.follow() == Follow::Argument { self.word(at + 1).0 } else { 0 };
        let optimized = self.code.flags & flags::OPTIMIZED != 0;
        let limit = |field: u16, least: u16, most: u16| {
            if (least..=most).contains(&field) { Ok(()) } else { wrong(at, "number out of range") }
        };
        match op {
            Op::CheckBound | Op::DeleteLocal => {
                let local = self.code.locals.get(word.a() as usize);
                if local.is_none_or(|local| local.kind.holds_cell()) {
                    return wrong(at, "not a plain local");
                }
            }
            Op::MakeCell => {
                let local = self.code.locals.get(word.a() as usize);
                if !local.is_some_and(|local| local.kind.has(LocalKind::CELL)) {
                    return wrong(at, "not a cell variable");
                }
            }
            Op::LoadCell | Op::StoreCell | Op::DeleteCell => self.cell(at, word.b().into())?,
            Op::LoadNameOrCell => self.cell(at, word.b().into())?,
            Op::LoadMappingOrCell => self.cell(at, argument)?,
            Op::LoadSpecial => limit(word.c(), 0, 3)?,
            Op::GetAwaitable => limit(word.c(), 0, 2)?,
            Op::Convert => limit(word.c(), 1, 3)?,
            Op::BuildSlice => limit(word.c(), 2, 3)?,
            Op::BuildInterpolation => limit(word.c(), 0, 3)?,
            Op::Intrinsic1 => limit(word.c(), 0, 5)?,
            Op::Intrinsic2 => limit(word.c(), 0, 3)?,
            Op::CallKw => match self.constant(at, argument)? {
                Const::Tuple(names)
                    if names.len() <= word.c() as usize && names.iter().all(|n| matches!(n, Const::Str(_))) => {}
                _ => return wrong(at, "keyword names are no tuple of text"),
            },
            Op::BuildConstKeyMap => match self.constant(at, argument)? {
                Const::Tuple(keys) if keys.len() == word.c() as usize => {}
                _ => return wrong(at, "keys do not fit the values"),
            },
            Op::UnpackEx if argument > u64::from(u16::MAX) => return wrong(at, "number out of range"),
            Op::MakeFunction => {
                let Const::Code(code) = self.constant(at, word.c().into())? else {
                    return wrong(at, "no code");
                };
                let closure = f & crate::instructions::FUNCTION_CLOSURE != 0;
                if f > 31 || closure != (code.free_names().next().is_some()) {
                    return wrong(at, "closure does not fit the code");
                }
            }
            Op::LoadName | Op::StoreName | Op::DeleteName | Op::LoadLocals | Op::ImportStar | Op::SetupAnnotations
                if optimized =>
            {
                return wrong(at, "a function has no namespace");
            }
            Op::Yield | Op::YieldFrom => {
                let suspending = flags::GENERATOR | flags::COROUTINE | flags::ASYNC_GENERATOR;
                if self.code.flags & suspending == 0 {
                    return wrong(at, "suspends in a plain function");
                }
            }
            _ => {}
        }
        if op == Op::LoadNameOrCell && optimized {
            return wrong(at, "a function has no namespace");
        }
        let effects = self.effects(at, op, word);
        if let Some((first, length, _)) = effects.run {
            self.register(at, first, length)?;
            if length > 0 && first < self.locals() {
                return wrong(at, "a run of locals");
            }
        }
        if let Some((first, length)) = effects.writes {
            self.register(at, first, length)?;
            for register in first..first + length {
                let cell = self.code.locals.get(register as usize).is_some_and(|local| local.kind.holds_cell());
                if cell && op != Op::MakeCell {
                    return wrong(at, "a cell is overwritten");
                }
            }
        }
        for (register, taken) in effects.reads.into_iter().flatten() {
            if taken && u32::from(register) < self.locals() {
                return wrong(at, "a local is taken");
            }
        }
        Ok(())
    }

    /// Registers that an instruction touches, apart from what jumps and cells do specially.
    fn effects(&self, at: usize, op: Op, word: Word) -> Effects {
        let f = word.flags();
        let (a, b, c) = (word.a(), word.b(), word.c());
        let argument = if op.follow() == Follow::Argument { self.word(at + 1).0 } else { 0 };
        let mut effects = Effects::default();
        let takes = [TAKE_A, TAKE_B, TAKE_C];
        for (k, (kind, field)) in op.operands().into_iter().zip([a, b, c]).enumerate() {
            match kind {
                OperandKind::Dst => effects.writes = Some((field.into(), 1)),
                OperandKind::Src => effects.reads[k] = Some((field, f & takes[k] != 0)),
                OperandKind::SrcOrConst if f & CONST == 0 => effects.reads[k] = Some((field, f & takes[k] != 0)),
                _ => {}
            }
        }
        let extra = u32::from(f & EXTRA != 0);
        let (b, c) = (u32::from(b), u32::from(c));
        let run = match op {
            Op::LoadSuperAttr | Op::LoadSuperMethod | Op::MatchClass | Op::WithExceptStart => Some((b, 3, None)),
            Op::Call | Op::CallKw => Some((b, 2 + c, (extra != 0).then_some(b + 1))),
            Op::CallEx | Op::BuildInterpolation => Some((b, 2 + extra, None)),
            Op::MakeFunction => Some((b, (f & 31).count_ones(), None)),
            Op::BuildSlice | Op::BuildTuple | Op::BuildList | Op::BuildSet | Op::BuildString => Some((b, c, None)),
            Op::BuildConstKeyMap => Some((b, c, None)),
            Op::BuildMap => Some((b, 2 * c, None)),
            Op::BuildTemplate | Op::ImportName | Op::Intrinsic2 => Some((b, 2, None)),
            _ => None,
        };
        effects.run = run;
        if op == Op::WithExceptStart {
            effects.kept = 1;
        }
        let first = u32::from(a);
        match op {
            Op::LoadMethod | Op::LoadSuperMethod | Op::LoadSpecial | Op::MatchExcGroup => {
                effects.writes = Some((first, 2));
            }
            Op::UnpackSequence => effects.writes = Some((first, c)),
            Op::UnpackEx => effects.writes = Some((first, c + 1 + argument.min(1 << 20) as u32)),
            // The operand of these is looked at as a variable, not read.
            Op::CheckBound | Op::DeleteLocal | Op::Clear | Op::MakeCell => effects.reads[0] = None,
            Op::LoadCell | Op::StoreCell | Op::DeleteCell | Op::LoadNameOrCell => effects.reads[1] = None,
            _ => {}
        }
        effects
    }

    fn handlers(&mut self) -> Result<(), Wrong> {
        let count = self.code.words.len();
        let mut end = 0;
        let mut leaders = self.leader.iter().filter(|&&id| id != NONE).count() as u32;
        for handler in &self.code.handlers {
            let at = handler.start as usize;
            let on_start = |word: u32| (word as usize) < count && self.starts[word as usize];
            if handler.start < end || handler.end <= handler.start || handler.end as usize > count {
                return wrong(at, "exception table out of order");
            }
            end = handler.end;
            if !on_start(handler.start)
                || !(handler.end as usize == count || on_start(handler.end))
                || !on_start(handler.target)
            {
                return wrong(at, "exception table entry within an instruction");
            }
            if u32::from(handler.release_from) < self.locals() || handler.register < handler.release_from {
                return wrong(at, "handler releases what it must not");
            }
            self.register(at, handler.register.into(), 1)?;
            let slot = &mut self.leader[handler.target as usize];
            if *slot == NONE {
                *slot = leaders;
                leaders += 1;
            }
        }
        Ok(())
    }

    /// The abstract run.
    fn flow(&self) -> Result<(), Wrong> {
        let code = self.code;
        let (locals, registers) = (self.locals(), self.registers());
        let stride = (registers as usize).div_ceil(64).max(1);
        let mut entry = State { bits: vec![0; 3 * stride], stride };
        for (at, local) in code.locals.iter().enumerate() {
            if local.kind.has(LocalKind::PARAM) || local.kind.has(LocalKind::FREE) {
                entry.alive(at as u32);
            }
            // A parameter that becomes a cell is none yet.
            if local.kind.has(LocalKind::CELL) {
                entry.put(ALIVE, at as u32, false);
            }
        }
        entry.dead_from(locals, registers);
        let leaders = self.leader.iter().filter(|&&id| id != NONE).count();
        if leaders.saturating_mul(stride) > 64 << 20 {
            return wrong(0, "too large to verify");
        }
        let mut states: Vec<Option<State>> = vec![None; leaders];
        let mut at_leader = vec![0; leaders];
        for (at, &id) in self.leader.iter().enumerate() {
            if id != NONE {
                at_leader[id as usize] = at;
            }
        }
        let mut queued = vec![false; leaders];
        states[0] = Some(entry);
        let mut work = vec![0usize];
        queued[0] = true;
        let meet = |states: &mut Vec<Option<State>>,
                    work: &mut Vec<usize>,
                    queued: &mut Vec<bool>,
                    target: usize,
                    state: &State| {
            let id = self.leader[target] as usize;
            let changed = match &mut states[id] {
                slot @ None => {
                    *slot = Some(state.clone());
                    true
                }
                Some(old) => {
                    let mut changed = false;
                    for (old, new) in old.bits.iter_mut().zip(&state.bits) {
                        changed |= *old & !new != 0;
                        *old &= new;
                    }
                    changed
                }
            };
            if changed && !queued[id] {
                queued[id] = true;
                work.push(id);
            }
        };
        while let Some(id) = work.pop() {
            queued[id] = false;
            let Some(mut state) = states[id].clone() else { continue };
            let mut at = at_leader[id];
            // The handler that has seen a state at least as good in this block.
            let mut covered = u32::MAX;
            loop {
                let word = self.word(at);
                let Some(op) = Op::from_byte(word.op_byte()) else { return wrong(at, "unknown opcode") };
                let after = at + op.size();
                let effects = self.effects(at, op, word);
                // An exception leaves from before the instruction's effects, or from between them: what the
                // handler may count on holds in both.
                if let Some(handler) = code.handler_at(at as u32)
                    && !never_raises(op)
                {
                    let keeps = u32::from(handler.release_from);
                    let touches = effects
                        .reads
                        .iter()
                        .flatten()
                        .any(|&(r, taken)| taken && u32::from(r) < keeps)
                        || effects.run.is_some_and(|(first, length, _)| length > 0 && first < keeps)
                        || effects.writes.is_some_and(|(first, length)| length > 0 && first < keeps)
                        || op == Op::DeleteLocal;
                    if covered != handler.start || touches {
                        let mut raised = state.clone();
                        if touches {
                            let maybe = |raised: &mut State, register: u32| {
                                raised.put(ALIVE, register, false);
                                raised.put(PRIOR, register, false);
                                if register >= locals {
                                    raised.put(DEAD, register, false);
                                }
                            };
                            for &(register, taken) in effects.reads.iter().flatten() {
                                if taken {
                                    maybe(&mut raised, register.into());
                                }
                            }
                            if let Some((first, length, _)) = effects.run {
                                (first..first + length).for_each(|r| maybe(&mut raised, r));
                            }
                            // What is written is written at success, so it is as before.
                        }
                        raised.dead_from(keeps, registers);
                        raised.alive(handler.register.into());
                        meet(&mut states, &mut work, &mut queued, handler.target as usize, &raised);
                        covered = if touches { u32::MAX } else { handler.start };
                    }
                }
                self.step(at, op, word, &effects, &mut state)?;
                if never_raises(op) || matches!(op, Op::Clear | Op::DeleteLocal) {
                    // It may have made the state worse than the handler knows.
                    covered = u32::MAX;
                }
                let jump = match (op.operands()[1], op.operands()[2]) {
                    (OperandKind::Jump32, _) => Some((after as i64 + i64::from(word.jump32())) as usize),
                    (_, OperandKind::Jump16) => Some((after as i64 + i64::from(word.jump16())) as usize),
                    _ => None,
                };
                let (a, b) = (u32::from(word.a()), u32::from(word.b()));
                let mut ends = false;
                match (op, jump) {
                    (Op::Jump | Op::Loop, Some(target)) => {
                        meet(&mut states, &mut work, &mut queued, target, &state);
                        ends = true;
                    }
                    (Op::JumpIfTrue | Op::JumpIfFalse, Some(target)) if word.flags() & EXTRA != 0 => {
                        if a < locals {
                            return wrong(at, "a local is taken");
                        }
                        meet(&mut states, &mut work, &mut queued, target, &state);
                        state.dead(a);
                    }
                    (Op::ForIter, Some(target)) => {
                        let mut done = state.clone();
                        done.dead(b);
                        meet(&mut states, &mut work, &mut queued, target, &done);
                        self.write(at, a, &mut state)?;
                    }
                    (Op::ForLoop, Some(target)) => {
                        let mut next = state.clone();
                        self.write(at, a, &mut next)?;
                        meet(&mut states, &mut work, &mut queued, target, &next);
                        state.dead(b);
                    }
                    (Op::EndAsyncFor, Some(target)) => {
                        meet(&mut states, &mut work, &mut queued, target, &state);
                        ends = true;
                    }
                    (_, Some(target)) => meet(&mut states, &mut work, &mut queued, target, &state),
                    (Op::Return, None) => {
                        if let Some(register) = state.not_dead_from(locals, registers) {
                            return wrong(at, format!("temporary {register} is not dead at the return"));
                        }
                        ends = true;
                    }
                    (Op::Raise | Op::RaiseFrom | Op::RaiseCurrent | Op::Reraise, None) => ends = true,
                    _ => {}
                }
                if ends {
                    break;
                }
                if after >= code.words.len() {
                    return wrong(at, "runs off the end");
                }
                at = after;
                if self.leader[at] != NONE {
                    meet(&mut states, &mut work, &mut queued, at, &state);
                    break;
                }
            }
        }
        Ok(())
    }

    fn write(&self, _at: usize, register: u32, state: &mut State) -> Result<(), Wrong> {
        state.alive(register);
        Ok(())
    }

    fn read(&self, at: usize, register: u32, state: &State) -> Result<(), Wrong> {
        if !state.get(ALIVE, register) {
            return wrong(at, format!("register {register} may hold nothing"));
        }
        Ok(())
    }

    /// Checks an instruction's reads and applies its reads and writes.
    fn step(&self, at: usize, op: Op, word: Word, effects: &Effects, state: &mut State) -> Result<(), Wrong> {
        let (locals, registers) = (self.locals(), self.registers());
        let (a, b) = (u32::from(word.a()), u32::from(word.b()));
        for &(register, _) in effects.reads.iter().flatten() {
            self.read(at, register.into(), state)?;
        }
        match op {
            Op::LoadCell | Op::StoreCell | Op::DeleteCell | Op::LoadNameOrCell => self.read(at, b, state)?,
            Op::LoadMappingOrCell => self.read(at, self.word(at + 1).0 as u32, state)?,
            Op::PopExc if !state.get(PRIOR, a) => return wrong(at, "not from PushExc"),
            _ => {}
        }
        if let Some((first, length, hole)) = effects.run {
            for register in first..first + length {
                if Some(register) != hole {
                    self.read(at, register, state)?;
                }
            }
            if matches!(op, Op::Call | Op::CallKw | Op::CallEx | Op::WithExceptStart)
                && let Some(register) = state.not_dead_from(first + length, registers)
            {
                return wrong(at, format!("register {register} above the call is not dead"));
            }
            for register in first..first + length - effects.kept.min(length) {
                state.dead(register);
            }
        }
        for &(register, taken) in effects.reads.iter().flatten() {
            if taken {
                state.dead(register.into());
            }
        }
        match op {
            Op::ForIter | Op::ForLoop => {
                if b < locals {
                    return wrong(at, "the iterator is a local");
                }
                // Taken only at the end; the flow sees to it.
                state.put(ALIVE, b, true);
                state.put(DEAD, b, false);
                return Ok(());
            }
            Op::YieldFrom => {
                let c = u32::from(word.c());
                if b < locals || c < locals {
                    return wrong(at, "delegates to a local");
                }
                state.dead(b);
                state.dead(c);
            }
            Op::EndAsyncFor => {
                if a < locals {
                    return wrong(at, "a local is taken");
                }
                state.dead(a);
            }
            Op::PopExc => {
                if a < locals {
                    return wrong(at, "a local is taken");
                }
                state.dead(a);
            }
            Op::Clear | Op::DeleteLocal => {
                let cell = self.code.locals.get(a as usize).is_some_and(|local| local.kind.has(LocalKind::FREE));
                if cell {
                    return wrong(at, "a free variable's cell is released");
                }
                state.dead(a);
            }
            Op::CheckBound | Op::MakeCell => state.alive(a),
            _ => {}
        }
        if let Some((first, length)) = effects.writes {
            for register in first..first + length {
                state.alive(register);
            }
        }
        if op == Op::PushExc {
            state.put(PRIOR, a, true);
        }
        Ok(())
    }
}
