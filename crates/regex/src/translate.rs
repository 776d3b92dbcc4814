//! Code array to instructions, with all validation.
//!
//! A code array nests lexically: every skip word opens a region that has to end inside the
//! region around it. One pass over the words keeps a stack of open regions, so that nesting in
//! hostile code costs heap, never native stack. Jumps are accepted only where the format has
//! them (end of an alternative, end of a conditional's first part), which makes every target an
//! instruction boundary by construction.

use crate::charset::{Fold, Item, Set};
use crate::opcodes::*;
use crate::program::{BadCode, Branch, Literal, Loop, LoopKind, Op, Program, Rep, Single};
use crate::text;

/// What a region is, and what has to be patched when it ends.
enum Region {
    Top,
    /// ASSERT, ASSERT_NOT or ATOMIC_GROUP opened by this instruction.
    Body(usize),
    Possessive(u32),
    Repeat(u32),
    /// Alternative of a branch; the common jump target once the first alternative named it.
    Alternative {
        branch: usize,
        jumps: Vec<usize>,
        target: Option<usize>,
    },
    /// First part of a conditional opened by this instruction.
    Yes(usize),
    /// Second part; the jump over it.
    No(usize),
}

struct Scope {
    region: Region,
    end: usize,
}

struct Translator<'a> {
    code: &'a [u32],
    at: usize,
    scopes: Vec<Scope>,
    /// Innermost instruction that SUCCESS stands for, one per open body.
    success: Vec<Op>,
    /// Instructions before this one may not be merged with: something jumps here.
    label: usize,
    loop_depth: usize,
    out: &'a mut Program,
}

/// Fills the instruction part of `out`.
pub(crate) fn translate(code: &[u32], out: &mut Program) -> Result<(), BadCode> {
    if code.last() != Some(&SUCCESS) || code.len() >= i32::MAX as usize {
        return Err(BadCode {
            at: code.len().saturating_sub(1),
        });
    }
    let mut translator = Translator {
        code,
        at: 0,
        scopes: vec![Scope {
            region: Region::Top,
            // The last word is the SUCCESS that was just checked; no argument may claim it.
            end: code.len() - 1,
        }],
        success: vec![Op::Success],
        label: 0,
        loop_depth: 0,
        out,
    };
    translator.run()?;
    finish(out);
    Ok(())
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), BadCode> {
        while let Some(scope) = self.scopes.last() {
            if self.at == scope.end {
                self.close()?;
            } else if self.at > scope.end {
                return self.bad();
            } else {
                self.instruction()?;
            }
        }
        Ok(())
    }

    fn bad<R>(&self) -> Result<R, BadCode> {
        Err(BadCode { at: self.at })
    }

    /// Reads the next word.
    fn word(&mut self) -> Result<u32, BadCode> {
        let word = self
            .code
            .get(self.at)
            .copied()
            .ok_or(BadCode { at: self.at })?;
        self.at += 1;
        Ok(word)
    }

    /// Reads a skip word; the target counts from the word itself and stays in this region.
    fn skip(&mut self, at_least: u32) -> Result<usize, BadCode> {
        let from = self.at;
        let skip = self.word()?;
        let limit = self.scopes.last().map_or(0, |s| s.end);
        let target = from.saturating_add(skip as usize);
        if skip < at_least || target > limit {
            return Err(BadCode { at: from });
        }
        Ok(target)
    }

    fn emit(&mut self, op: Op) -> usize {
        self.out.ops.push(op);
        self.out.ops.len() - 1
    }

    fn here(&mut self) -> u32 {
        self.label = self.out.ops.len();
        self.label as u32
    }

    fn open(&mut self, region: Region, end: usize) {
        self.label = self.out.ops.len();
        self.scopes.push(Scope { region, end });
    }

    /// Ends the innermost region, which `self.at` has reached.
    fn close(&mut self) -> Result<(), BadCode> {
        let Some(scope) = self.scopes.pop() else {
            return self.bad();
        };
        match scope.region {
            Region::Top => {
                self.emit(Op::Success);
            }
            Region::Body(op) => {
                if let Some(end) = self.success.pop() {
                    self.emit(end);
                }
                let here = self.here();
                match &mut self.out.ops[op] {
                    Op::Assert { tail, .. } | Op::AssertNot { tail, .. } | Op::Atomic { tail } => {
                        *tail = here;
                    }
                    _ => return self.bad(),
                }
            }
            Region::Possessive(index) => {
                if self.word()? != SUCCESS {
                    return self.bad();
                }
                if let Some(end) = self.success.pop() {
                    let until = self.emit(end) as u32;
                    let tail = self.here();
                    let it = &mut self.out.loops[index as usize];
                    (it.until, it.tail) = (until, tail);
                }
                self.loop_depth -= 1;
            }
            Region::Repeat(index) => {
                let lazy = match self.word()? {
                    MAX_UNTIL => false,
                    MIN_UNTIL => true,
                    _ => return self.bad(),
                };
                let op = if lazy {
                    Op::MinUntil(index)
                } else {
                    Op::MaxUntil(index)
                };
                let until = self.emit(op) as u32;
                let tail = self.here();
                let it = &mut self.out.loops[index as usize];
                (it.until, it.tail, it.lazy) = (until, tail, lazy);
                self.loop_depth -= 1;
            }
            Region::Alternative {
                branch,
                mut jumps,
                target,
            } => {
                if self.word()? != JUMP {
                    return self.bad();
                }
                let jump_target = self.skip(1)?;
                if target.is_some_and(|t| t != jump_target) {
                    return self.bad();
                }
                jumps.push(self.emit(Op::Jump(0)));
                self.alternative(branch, jumps, Some(jump_target))?;
            }
            Region::Yes(op) => self.patch_no(op),
            Region::No(jump) => {
                let here = self.here();
                self.out.ops[jump] = Op::Jump(here);
            }
        }
        Ok(())
    }

    fn patch_no(&mut self, op: usize) {
        let here = self.here();
        if let Op::GroupExists { no, .. } = &mut self.out.ops[op] {
            *no = here;
        }
    }

    /// Reads the skip word of the next alternative, or the zero that ends the branch.
    fn alternative(
        &mut self,
        branch: usize,
        jumps: Vec<usize>,
        target: Option<usize>,
    ) -> Result<(), BadCode> {
        if self.code.get(self.at) == Some(&0) {
            self.at += 1;
            if target.is_some_and(|t| t != self.at) {
                return self.bad();
            }
            let here = self.here();
            for jump in jumps {
                self.out.ops[jump] = Op::Jump(here);
            }
            return Ok(());
        }
        let next = self.skip(3)?;
        let here = self.here();
        self.out.branches[branch].alternatives.push(here);
        // The region ends before its JUMP, which `close` reads.
        self.open(
            Region::Alternative {
                branch,
                jumps,
                target,
            },
            next - 2,
        );
        Ok(())
    }

    fn instruction(&mut self) -> Result<(), BadCode> {
        let start = self.at;
        if let Some(single) = self.single()? {
            match single {
                Single::Literal(c) => self.literal(c),
                Single::Never => {
                    self.emit(Op::Fail);
                }
                _ => {
                    self.emit(Op::Single(single));
                }
            }
            return Ok(());
        }
        match self.word()? {
            SUCCESS => {
                let op = self.success.last().copied().unwrap_or(Op::Success);
                self.emit(op);
            }
            AT => {
                let place = self.word()?;
                if place > 11 {
                    return self.bad();
                }
                self.emit(Op::At(place));
            }
            MARK => {
                let mark = self.word()?;
                // The second bound keeps a match state no larger than the code that asked for it.
                if mark / 2 >= self.out.groups() || mark as usize >= 2 * self.code.len() {
                    return self.bad();
                }
                self.out.marks = self.out.marks.max((mark as usize | 1) + 1);
                self.emit(Op::Mark(mark));
            }
            op @ (GROUPREF | GROUPREF_IGNORE | GROUPREF_LOC_IGNORE | GROUPREF_UNI_IGNORE) => {
                let group = self.group()?;
                let fold = match op {
                    GROUPREF => Fold::None,
                    GROUPREF_IGNORE => Fold::Ascii,
                    GROUPREF_LOC_IGNORE => Fold::Locale,
                    _ => Fold::Unicode,
                };
                self.emit(Op::GroupRef { group, fold });
            }
            GROUPREF_EXISTS => {
                let group = self.group()?;
                // This skip counts from the group word.
                self.at -= 1;
                let from = self.at;
                self.at += 1;
                let skip = self.word()? as usize;
                let end = from.saturating_add(skip);
                if skip < 2 || end > self.scopes.last().map_or(0, |s| s.end) {
                    return self.bad();
                }
                let op = self.emit(Op::GroupExists { group, no: 0 });
                self.open(Region::Yes(op), end);
            }
            JUMP => {
                let Some(Scope {
                    region: Region::Yes(op),
                    end,
                }) = self.scopes.pop()
                else {
                    return self.bad();
                };
                if start + 2 != end {
                    return self.bad();
                }
                let target = self.skip(1)?;
                let jump = self.emit(Op::Jump(0));
                self.patch_no(op);
                self.open(Region::No(jump), target);
            }
            BRANCH => {
                let branch = self.out.branches.len();
                self.out.branches.push(Branch::default());
                self.emit(Op::Branch(branch as u32));
                self.alternative(branch, Vec::new(), None)?;
            }
            op @ (ASSERT | ASSERT_NOT) => {
                let end = self.skip(2)?;
                let back = self.word()?;
                let index = self.out.ops.len();
                let (enter, leave) = if op == ASSERT {
                    (Op::Assert { back, tail: 0 }, Op::AssertEnd(index as u32))
                } else {
                    (
                        Op::AssertNot { back, tail: 0 },
                        Op::AssertNotEnd(index as u32),
                    )
                };
                self.body(enter, leave, end)?;
            }
            ATOMIC_GROUP => {
                let end = self.skip(1)?;
                let index = self.out.ops.len() as u32;
                self.body(Op::Atomic { tail: 0 }, Op::AtomicEnd(index), end)?;
            }
            op @ (REPEAT | POSSESSIVE_REPEAT) => {
                let end = self.skip(3)?;
                let (min, max) = self.bounds()?;
                let index = self.out.loops.len() as u32;
                let enter = if op == REPEAT {
                    Op::Repeat(index)
                } else {
                    self.success.push(Op::PossessiveEnd(index));
                    Op::PossessiveLoop(index)
                };
                let body = self.emit(enter) as u32 + 1;
                self.out.loops.push(Loop {
                    min,
                    max,
                    body,
                    until: 0,
                    tail: 0,
                    lazy: false,
                    nested: self.loop_depth > 0,
                    kind: LoopKind::Counted,
                    enter: None,
                });
                self.loop_depth += 1;
                let region = if op == REPEAT {
                    Region::Repeat(index)
                } else {
                    Region::Possessive(index)
                };
                self.open(region, end);
            }
            op @ (REPEAT_ONE | MIN_REPEAT_ONE | POSSESSIVE_REPEAT_ONE) => {
                let end = self.skip(3)?;
                let (min, max) = self.bounds()?;
                let Some(single) = self.single()? else {
                    return self.bad();
                };
                if self.word()? != SUCCESS || self.at != end {
                    return self.bad();
                }
                let index = self.out.reps.len() as u32;
                self.out.reps.push(Rep {
                    single,
                    min,
                    max,
                    follow: None,
                    exact: false,
                });
                self.emit(match op {
                    REPEAT_ONE => Op::Greedy(index),
                    MIN_REPEAT_ONE => Op::Lazy(index),
                    _ => Op::Possessive(index),
                });
            }
            INFO => {
                let end = self.skip(4)?;
                let (flags, min, max) = (self.word()?, self.word()?, self.word()?);
                if min > max {
                    return self.bad();
                }
                if flags & INFO_PREFIX != 0 {
                    let length = u64::from(self.word()?);
                    if (self.at + 1) as u64 + 2 * length > end as u64 {
                        return self.bad();
                    }
                }
                if start == 0 {
                    self.out.min_width = min as usize;
                }
                self.at = end;
            }
            _ => {
                self.at = start;
                return self.bad();
            }
        }
        Ok(())
    }

    fn body(&mut self, enter: Op, leave: Op, end: usize) -> Result<(), BadCode> {
        let last = end.checked_sub(1).filter(|last| *last >= self.at);
        if last.and_then(|i| self.code.get(i)) != Some(&SUCCESS) {
            return self.bad();
        }
        let op = self.emit(enter);
        self.success.push(leave);
        self.open(Region::Body(op), end);
        Ok(())
    }

    fn group(&mut self) -> Result<u32, BadCode> {
        let group = self.word()?;
        if group >= self.out.groups() {
            self.bad()
        } else {
            Ok(group)
        }
    }

    fn bounds(&mut self) -> Result<(u32, u32), BadCode> {
        let (min, max) = (self.word()?, self.word()?);
        if min > max {
            self.bad()
        } else {
            Ok((min, max))
        }
    }

    /// Appends a character to the literal run that ends here, or starts one.
    fn literal(&mut self, c: u32) {
        let ops = &self.out.ops;
        if ops.len() > self.label
            && let Some(Op::Literal(index)) = ops.last()
        {
            self.out.literals[*index as usize].chars.push(c);
            return;
        }
        let index = self.out.literals.len() as u32;
        self.out.literals.push(Literal {
            chars: vec![c],
            ..Literal::default()
        });
        self.emit(Op::Literal(index));
    }

    /// Reads an instruction that tests one character; `None` (nothing read) if it is another.
    fn single(&mut self) -> Result<Option<Single>, BadCode> {
        let Some(&op) = self.code.get(self.at) else {
            return self.bad();
        };
        let fold = match op {
            LITERAL_IGNORE | NOT_LITERAL_IGNORE | IN_IGNORE => Fold::Ascii,
            LITERAL_LOC_IGNORE | NOT_LITERAL_LOC_IGNORE | IN_LOC_IGNORE => Fold::Locale,
            LITERAL_UNI_IGNORE | NOT_LITERAL_UNI_IGNORE | IN_UNI_IGNORE => Fold::Unicode,
            _ => Fold::None,
        };
        let single = match op {
            FAILURE | ANY | ANY_ALL => {
                self.at += 1;
                match op {
                    FAILURE => Single::Never,
                    ANY => Single::Any,
                    _ => Single::AnyAll,
                }
            }
            LITERAL | NOT_LITERAL => {
                self.at += 1;
                let c = self.word()?;
                if op == LITERAL {
                    Single::Literal(c)
                } else {
                    Single::NotLiteral(c)
                }
            }
            LITERAL_IGNORE
            | LITERAL_UNI_IGNORE
            | LITERAL_LOC_IGNORE
            | NOT_LITERAL_IGNORE
            | NOT_LITERAL_UNI_IGNORE
            | NOT_LITERAL_LOC_IGNORE => {
                self.at += 1;
                let c = self.word()?;
                let locale = fold == Fold::Locale;
                let mut items = vec![if locale {
                    Item::LocaleLiteral(c)
                } else {
                    Item::Literal(c)
                }];
                if matches!(
                    op,
                    NOT_LITERAL_IGNORE | NOT_LITERAL_UNI_IGNORE | NOT_LITERAL_LOC_IGNORE
                ) {
                    items.insert(0, Item::Negate);
                }
                self.set(items, if locale { Fold::None } else { fold })
            }
            CATEGORY => {
                self.at += 1;
                let item = self.category()?;
                self.set(vec![item], Fold::None)
            }
            IN | IN_IGNORE | IN_LOC_IGNORE | IN_UNI_IGNORE => {
                self.at += 1;
                let end = self.skip(2)?;
                let items = self.items(end)?;
                self.set(items, fold)
            }
            _ => return Ok(None),
        };
        Ok(Some(single))
    }

    fn set(&mut self, items: Vec<Item>, fold: Fold) -> Single {
        let index = self.out.sets.len() as u32;
        self.out.sets.push(Set::new(items, fold, self.out.tables));
        Single::Set(index)
    }

    fn category(&mut self) -> Result<Item, BadCode> {
        let code = self.word()?;
        if code >= CATEGORIES {
            self.bad()
        } else {
            Ok(Item::Category(code))
        }
    }

    /// Reads the items of a set whose last word, a FAILURE, stands right before `end`.
    fn items(&mut self, end: usize) -> Result<Vec<Item>, BadCode> {
        let mut items = Vec::new();
        loop {
            let item = match self.word()? {
                FAILURE if self.at == end => return Ok(items),
                LITERAL => Item::Literal(self.word()?),
                RANGE => Item::Range(self.word()?, self.word()?),
                RANGE_UNI_IGNORE => Item::RangeFold(self.word()?, self.word()?),
                CATEGORY => self.category()?,
                NEGATE => Item::Negate,
                CHARSET => Item::Bits(self.bitmap()?),
                BIGCHARSET => {
                    let count = self.word()? as usize;
                    let mut map = Box::new([0u8; 256]);
                    for chunk in map.chunks_exact_mut(4) {
                        chunk.copy_from_slice(&self.word()?.to_ne_bytes());
                    }
                    if map.iter().any(|block| usize::from(*block) >= count) {
                        return self.bad();
                    }
                    let mut blocks = Vec::new();
                    for _ in 0..count {
                        blocks.push(self.bitmap()?);
                    }
                    Item::Big(map, blocks)
                }
                _ => return self.bad(),
            };
            if self.at >= end {
                return self.bad();
            }
            items.push(item);
        }
    }

    fn bitmap(&mut self) -> Result<[u32; 8], BadCode> {
        let mut bits = [0; 8];
        for word in &mut bits {
            *word = self.word()?;
        }
        Ok(bits)
    }
}

/// Encodes the literals, now that their runs are complete.
fn finish(out: &mut Program) {
    for literal in &mut out.literals {
        literal.bytes = literal
            .chars
            .iter()
            .map(|c| u8::try_from(*c).ok())
            .collect();
        let mut utf8 = Vec::with_capacity(literal.chars.len());
        if literal.chars.iter().all(|c| text::encode(*c, &mut utf8)) {
            literal.utf8 = Some(utf8);
        }
    }
    for op in &mut out.ops {
        if let Op::Literal(index) = op
            && let [c @ 0..=0x7F] = out.literals[*index as usize].chars[..]
        {
            *op = Op::Byte(c as u8);
        }
    }
}
