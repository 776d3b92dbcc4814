//! `match`.
//!
//! The subject stays in a temporary until a case is taken. Inside a pattern temporaries only grow; on
//! failure at some depth everything above the pattern's base is released by a chain of `Clear`s (those
//! of registers that hold nothing do nothing). Names are bound after the whole pattern has matched.

use orochi_bytecode::word::{CONST, TAKE_A, TAKE_B, TAKE_C};
use orochi_bytecode::{Const, Op};
use orochi_syntax::ast::name::Name;
use orochi_syntax::ast::{
    Expr, Identifier, Pattern, PatternMatchClass, PatternMatchMapping, PatternMatchOr, PatternMatchSequence,
    Singleton, StmtMatch,
};
use orochi_syntax::text_size::{Ranged, TextRange};
use rustc_hash::FxHashSet;

use super::Emitter;
use crate::assemble::Label;
use crate::fault::Outcome;
use crate::unit::{Operand, Want};

/// Where a pattern under way fails to, and what it has captured.
struct Attempt {
    /// First temporary that failure releases.
    base: u32,
    /// Label by number of temporaries to release.
    fails: Vec<Label>,
    captures: Vec<(Name, Operand, TextRange)>,
}

fn is_wildcard(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::MatchAs(node) if node.name.is_none() && node.pattern.is_none())
}
/// What an irrefutable pattern is called in the error that it hides the ones after it.
fn irrefutable(pattern: &Pattern) -> Option<(String, TextRange)> {
    match pattern {
        Pattern::MatchAs(node) => match (&node.pattern, &node.name) {
            (None, None) => Some(("wildcard makes remaining patterns unreachable".to_owned(), node.range)),
            (None, Some(name)) => {
                let message = format!("name capture '{}' makes remaining patterns unreachable", name.id);
                Some((message, node.range))
            }
            (Some(inner), _) => irrefutable(inner),
        },
        Pattern::MatchOr(node) => node.patterns.last().and_then(irrefutable),
        _ => None,
    }
}

impl<'a> Emitter<'a> {
    pub fn match_statement(&mut self, node: &'a StmtMatch) -> Outcome {
        let mark = self.unit.next;
        let subject = self.temporary(&node.subject)?;
        let end = self.unit.label();
        let base = self.unit.next;
        for (at, case) in node.cases.iter().enumerate() {
            if at + 1 < node.cases.len()
                && case.guard.is_none()
                && let Some((message, range)) = irrefutable(&case.pattern)
            {
                return self.fault(message, range);
            }
            self.unit.at = case.pattern.range();
            let mut attempt = Attempt { base, fails: Vec::new(), captures: Vec::new() };
            self.pattern(&case.pattern, subject, false, &mut attempt)?;
            self.bind_captures(&mut attempt)?;
            let next = self.fail_label(&mut attempt, base);
            if let Some(guard) = &case.guard {
                self.unit.next = base;
                self.jump_if(guard, false, next)?;
            }
            self.unit.clear(subject);
            self.unit.next = mark;
            self.body(&case.body)?;
            self.unit.next = base;
            self.unit.jump(Op::Jump, 0, 0, 0, end);
            self.fails(attempt);
        }
        self.unit.clear(subject);
        self.unit.bind(end);
        self.unit.next = mark;
        Ok(())
    }

    /// The label to jump to when the pattern fails with temporaries below `next` in use.
    fn fail_label(&mut self, attempt: &mut Attempt, next: u32) -> Label {
        let depth = next.saturating_sub(attempt.base) as usize;
        while attempt.fails.len() <= depth {
            let label = self.unit.label();
            attempt.fails.push(label);
        }
        attempt.fails[depth]
    }

    /// Emits the chain that releases what a failed pattern holds.
    fn fails(&mut self, attempt: Attempt) {
        for (depth, &label) in attempt.fails.iter().enumerate().rev() {
            self.unit.bind(label);
            if depth > 0 {
                let register = self.unit.reserve(attempt.base + depth as u32 - 1);
                self.unit.clear(register);
            }
        }
        self.unit.next = attempt.base;
    }

    fn bind_captures(&mut self, attempt: &mut Attempt) -> Outcome {
        for (name, operand, range) in std::mem::take(&mut attempt.captures) {
            let before = self.at(range);
            self.store_name(&name, operand)?;
            self.unit.at = before;
        }
        Ok(())
    }

    fn capture(&mut self, name: &Identifier, register: u16, take: bool, attempt: &mut Attempt) -> Outcome {
        self.refuse_debug(name.id.as_str(), name.range)?;
        if attempt.captures.iter().any(|(other, _, _)| *other == name.id) {
            let message = format!("multiple assignments to name '{}' in pattern", name.id);
            return self.fault(message, name.range);
        }
        // `Local` keeps the register's reference.
        let operand = if take { Operand::Temp(register) } else { Operand::Local(register) };
        attempt.captures.push((name.id.clone(), operand, name.range));
        Ok(())
    }

    /// Tests R[register]; with `take` this pattern is the last to need it.
    fn pattern(&mut self, pattern: &'a Pattern, register: u16, take: bool, attempt: &mut Attempt) -> Outcome {
        let before = self.at(pattern.range());
        let outcome = super::with_stack(|| self.pattern_inner(pattern, register, take, attempt));
        self.unit.at = before;
        outcome
    }

    fn pattern_inner(&mut self, pattern: &'a Pattern, register: u16, take: bool, attempt: &mut Attempt) -> Outcome {
        let take_a = if take { TAKE_A } else { 0 };
        match pattern {
            Pattern::MatchValue(node) => {
                let mark = self.unit.next;
                let fail = self.fail_label(attempt, mark);
                let value = self.value(&node.value, Want::Any)?;
                let (b, flags) = self.unit.src_or_const(value, TAKE_B);
                self.unit.jump(Op::JumpIfNotEq, take_a | flags, register, b, fail);
                self.unit.next = mark;
            }
            Pattern::MatchSingleton(node) => {
                let fail = self.fail_label(attempt, self.unit.next);
                let value = match node.value {
                    Singleton::None => {
                        self.unit.jump(Op::JumpIfNotNone, take_a, register, 0, fail);
                        return Ok(());
                    }
                    Singleton::True => Const::True,
                    Singleton::False => Const::False,
                };
                let mark = self.unit.next;
                let index = self.unit.constant(value);
                let (b, flags) = self.unit.src_or_const(Operand::Const(index), TAKE_B);
                self.unit.jump(Op::JumpIfIsNot, take_a | flags, register, b, fail);
                self.unit.next = mark;
            }
            Pattern::MatchSequence(node) => self.sequence(node, register, take, attempt)?,
            Pattern::MatchMapping(node) => self.mapping(node, register, take, attempt)?,
            Pattern::MatchClass(node) => self.class_pattern(node, register, take, attempt)?,
            Pattern::MatchStar(node) => match &node.name {
                Some(name) => self.capture(name, register, take, attempt)?,
                None if take => self.unit.clear(register),
                None => {}
            },
            Pattern::MatchAs(node) => {
                if let Some(inner) = &node.pattern {
                    self.pattern(inner, register, false, attempt)?;
                }
                match &node.name {
                    Some(name) => self.capture(name, register, take, attempt)?,
                    None if take => self.unit.clear(register),
                    None => {}
                }
            }
            Pattern::MatchOr(node) => self.alternatives(node, register, take, attempt)?,
        }
        Ok(())
    }

    /// Jumps to failure unless the type flag test `op` holds.
    fn type_test(&mut self, op: Op, register: u16, attempt: &mut Attempt) {
        let mark = self.unit.next;
        let fail = self.fail_label(attempt, mark);
        let result = self.unit.temp();
        self.unit.emit(op, 0, result, register, 0);
        self.unit.jump(Op::JumpIfFalse, TAKE_A, result, 0, fail);
        self.unit.next = mark;
    }

    /// Jumps to failure if the comparison `jump` of the length and `size` holds.
    fn length_test(&mut self, jump: Op, size: usize, register: u16, attempt: &mut Attempt) {
        let mark = self.unit.next;
        let fail = self.fail_label(attempt, mark);
        let length = self.unit.temp();
        self.unit.emit(Op::GetLen, 0, length, register, 0);
        let size = self.unit.constant16(Const::Int(size as i64));
        self.unit.jump(jump, TAKE_A | CONST, length, size, fail);
        self.unit.next = mark;
    }

    fn sequence(
        &mut self,
        node: &'a PatternMatchSequence,
        register: u16,
        take: bool,
        attempt: &mut Attempt,
    ) -> Outcome {
        let patterns = &node.patterns[..];
        let star = patterns.iter().position(Pattern::is_match_star);
        if let Some(at) = star
            && patterns[at + 1..].iter().any(Pattern::is_match_star)
        {
            return self.fault("multiple starred names in sequence pattern", node.range);
        }
        if patterns.len() > 20_000 {
            return self.fault("too many expressions in star-unpacking sequence pattern", node.range);
        }
        self.type_test(Op::MatchSequence, register, attempt);
        match star {
            None => self.length_test(Op::JumpIfNotEq, patterns.len(), register, attempt),
            Some(_) if patterns.len() > 1 => {
                self.length_test(Op::JumpIfNotGe, patterns.len() - 1, register, attempt);
            }
            Some(_) => {}
        }
        let star_wild = star.is_some_and(|at| matches!(&patterns[at], Pattern::MatchStar(s) if s.name.is_none()));
        let all_wild = patterns.iter().all(|p| is_wildcard(p) || matches!(p, Pattern::MatchStar(s) if s.name.is_none()));
        if all_wild {
            if take {
                self.unit.clear(register);
            }
            return Ok(());
        }
        if let Some(star) = star.filter(|_| star_wild) {
            // Only the members that matter are fetched.
            for (at, pattern) in patterns.iter().enumerate() {
                if at == star || is_wildcard(pattern) {
                    continue;
                }
                let member = self.unit.temp();
                if at < star {
                    let index = self.unit.constant16(Const::Int(at as i64));
                    self.unit.emit(Op::LoadSubscr, CONST, member, register, index);
                } else {
                    self.unit.emit(Op::GetLen, 0, member, register, 0);
                    let back = self.unit.constant16(Const::Int((patterns.len() - at) as i64));
                    self.unit.emit(Op::Sub, TAKE_B | CONST, member, member, back);
                    self.unit.emit(Op::LoadSubscr, TAKE_C, member, register, member);
                }
                self.pattern(pattern, member, true, attempt)?;
            }
            if take {
                self.unit.clear(register);
            }
            return Ok(());
        }
        let take_b = if take { TAKE_B } else { 0 };
        let first = self.unit.reserve(self.unit.next);
        let count = patterns.len() as u32;
        match star {
            None => self.unit.emit(Op::UnpackSequence, take_b, first, register, count as u16),
            Some(at) => {
                let after = (patterns.len() - at - 1) as u64;
                self.unit.emit_argument(Op::UnpackEx, take_b, first, register, at as u16, after);
            }
        }
        self.pieces_of(patterns.iter(), first, count, attempt)
    }

    /// Tests the members in the run at `first`.
    fn pieces_of(
        &mut self,
        patterns: impl Iterator<Item = &'a Pattern>,
        first: u16,
        count: u32,
        attempt: &mut Attempt,
    ) -> Outcome {
        if count > 0 {
            self.unit.next = u32::from(first) + count;
            self.unit.reserve(self.unit.next - 1);
        }
        for (at, pattern) in patterns.enumerate() {
            self.pattern(pattern, first + at as u16, true, attempt)?;
        }
        Ok(())
    }

    fn mapping(
        &mut self,
        node: &'a PatternMatchMapping,
        register: u16,
        take: bool,
        attempt: &mut Attempt,
    ) -> Outcome {
        let mut seen: FxHashSet<Const> = FxHashSet::default();
        for key in &node.keys {
            if let Some(value) = self.fold(key)? {
                if !seen.insert(value.clone()) {
                    let text = String::from_utf8_lossy(&crate::unparse::unparse(self.parsed, key)?).into_owned();
                    return self.fault(format!("mapping pattern checks duplicate key ({text})"), node.range);
                }
            } else if !matches!(key, Expr::Attribute(_)) {
                let message = "mapping pattern keys may only match literals and attribute lookups";
                return self.fault(message, key.range());
            }
        }
        self.type_test(Op::MatchMapping, register, attempt);
        let size = node.keys.len();
        if size == 0 && node.rest.is_none() {
            if take {
                self.unit.clear(register);
            }
            return Ok(());
        }
        if size > 0 {
            self.length_test(Op::JumpIfNotGe, size, register, attempt);
        }
        let mut keys = None;
        if size > 0 {
            let tuple = self.unit.reserve(self.unit.next);
            let mark = self.unit.next;
            let mut constants = Vec::with_capacity(size);
            for key in &node.keys {
                match self.fold(key)? {
                    Some(value) => constants.push(value),
                    None => break,
                }
            }
            if constants.len() == size {
                self.unit.load_const(tuple, Const::Tuple(constants.into()));
            } else {
                self.run(&node.keys)?;
                self.unit.emit(Op::BuildTuple, 0, tuple, tuple, size as u16);
            }
            self.unit.next = mark + 1;
            let values = self.unit.temp();
            let keep = node.rest.is_some();
            let flags = if keep { 0 } else { TAKE_C };
            self.unit.emit(Op::MatchKeys, flags, values, register, tuple);
            let fail = self.fail_label(attempt, self.unit.next);
            self.unit.jump(Op::JumpIfNone, 0, values, 0, fail);
            keys = keep.then_some(tuple);
            let first = self.unit.reserve(self.unit.next);
            self.unit.emit(Op::UnpackSequence, TAKE_B, first, values, size as u16);
            self.pieces_of(node.patterns.iter(), first, size as u32, attempt)?;
        }
        if let Some(rest) = &node.rest {
            let dict = self.unit.temp();
            self.unit.emit(Op::BuildMap, 0, dict, dict, 0);
            self.unit.emit(Op::DictUpdate, if take { TAKE_B } else { 0 }, dict, register, 0);
            if let Some(keys) = keys {
                let mark = self.unit.next;
                let first = self.unit.reserve(mark);
                self.unit.reserve(mark + size as u32);
                self.unit.emit(Op::UnpackSequence, TAKE_B, first, keys, size as u16);
                for at in 0..size as u16 {
                    self.unit.emit(Op::DeleteSubscr, TAKE_C, 0, dict, first + at);
                }
                self.unit.next = mark;
            }
            self.capture(rest, dict, true, attempt)?;
        } else if take {
            self.unit.clear(register);
        }
        Ok(())
    }

    fn class_pattern(
        &mut self,
        node: &'a PatternMatchClass,
        register: u16,
        take: bool,
        attempt: &mut Attempt,
    ) -> Outcome {
        let arguments = &node.arguments;
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        for keyword in &arguments.keywords {
            if !seen.insert(keyword.attr.id.as_str()) {
                let message = format!("attribute name repeated in class pattern: {}", keyword.attr.id);
                return self.fault(message, keyword.pattern.range());
            }
        }
        let (positional, keywords) = (arguments.patterns.len(), arguments.keywords.len());
        let mark = self.unit.next;
        let run = self.unit.temp();
        self.unit.emit(Op::Move, if take { TAKE_B } else { 0 }, run, register, 0);
        self.temporary(&node.cls)?;
        let names = arguments.keywords.iter().map(|k| Const::Str(k.attr.id.as_bytes().into()));
        let names = Const::Tuple(names.collect());
        self.constant(names, Want::Temp);
        self.unit.emit(Op::MatchClass, 0, run, run, positional as u16);
        self.unit.next = mark + 1;
        let fail = self.fail_label(attempt, mark + 1);
        self.unit.jump(Op::JumpIfNone, 0, run, 0, fail);
        let count = (positional + keywords) as u32;
        if count == 0 {
            self.unit.clear(run);
            return Ok(());
        }
        let first = self.unit.reserve(mark + 1);
        self.unit.emit(Op::UnpackSequence, TAKE_B, first, run, count as u16);
        let patterns = arguments.patterns.iter().chain(arguments.keywords.iter().map(|k| &k.pattern));
        self.pieces_of(patterns, first, count, attempt)
    }

    fn alternatives(&mut self, node: &'a PatternMatchOr, register: u16, take: bool, attempt: &mut Attempt) -> Outcome {
        let matched = self.unit.label();
        let mut homes: Vec<(Name, u16, TextRange)> = Vec::new();
        let mut base = self.unit.next;
        for (at, pattern) in node.patterns.iter().enumerate() {
            if at + 1 < node.patterns.len()
                && let Some((message, range)) = irrefutable(pattern)
            {
                return self.fault(message, range);
            }
            if at == 0 {
                // Where each captured name goes, whichever alternative matches.
                let mut names = Vec::new();
                captured_names(pattern, &mut names);
                for name in names {
                    let home = self.unit.temp();
                    homes.push((name.id.clone(), home, name.range));
                }
                base = self.unit.next;
            }
            let mut inner = Attempt { base, fails: Vec::new(), captures: Vec::new() };
            self.pattern(pattern, register, false, &mut inner)?;
            let captures = std::mem::take(&mut inner.captures);
            let same = captures.len() == homes.len()
                && captures.iter().all(|(name, _, _)| homes.iter().any(|(home, _, _)| home == name));
            if !same {
                return self.fault("alternative patterns bind different names", node.range);
            }
            for (name, operand, _) in captures {
                if let Some((_, home, _)) = homes.iter().find(|(home, _, _)| *home == name) {
                    self.unit.store_register(*home, operand);
                }
            }
            self.unit.jump(Op::Jump, 0, 0, 0, matched);
            self.fails(inner);
        }
        let fail = self.fail_label(attempt, base);
        self.unit.jump(Op::Jump, 0, 0, 0, fail);
        self.unit.bind(matched);
        self.unit.next = base;
        for (name, home, range) in homes {
            if attempt.captures.iter().any(|(other, _, _)| *other == name) {
                let message = format!("multiple assignments to name '{name}' in pattern");
                return self.fault(message, range);
            }
            attempt.captures.push((name, Operand::Temp(home), range));
        }
        if take {
            self.unit.clear(register);
        }
        Ok(())
    }
}

/// Names that a pattern captures, in order.
fn captured_names<'a>(pattern: &'a Pattern, out: &mut Vec<&'a Identifier>) {
    super::with_stack(|| match pattern {
        Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
        Pattern::MatchSequence(node) => node.patterns.iter().for_each(|p| captured_names(p, out)),
        Pattern::MatchMapping(node) => {
            node.patterns.iter().for_each(|p| captured_names(p, out));
            out.extend(&node.rest);
        }
        Pattern::MatchClass(node) => {
            node.arguments.patterns.iter().for_each(|p| captured_names(p, out));
            node.arguments.keywords.iter().for_each(|k| captured_names(&k.pattern, out));
        }
        Pattern::MatchStar(node) => out.extend(&node.name),
        Pattern::MatchAs(node) => {
            if let Some(inner) = &node.pattern {
                captured_names(inner, out);
            }
            out.extend(&node.name);
        }
        Pattern::MatchOr(node) => {
            if let Some(first) = node.patterns.first() {
                captured_names(first, out);
            }
        }
    });
}
