//! The public face of the engine: a program, a text, a region and the state of the last match.

use std::fmt;
use std::ops::Range;

use crate::execute::{Frame, Goal, Hook, NONE, Slot, Trail, attempt};
use crate::program::Program;
use crate::search::search;
use crate::text::Text;

/// Why a match was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchError {
    /// The backtracking stack reached its bound or the allocator refused: `MemoryError`.
    Memory,
    /// The hook asked to stop; the caller knows why.
    Interrupted,
}

impl fmt::Display for MatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MatchError::Memory => "out of memory for backtracking",
            MatchError::Interrupted => "interrupted",
        })
    }
}

impl std::error::Error for MatchError {}

/// The stacks and group borders of a match. Reusable for any program: [`Matcher::with_state`]
/// takes one, [`Matcher::into_state`] gives it back with its allocations.
#[derive(Debug, Default)]
pub struct State {
    pub(crate) frames: Vec<Frame>,
    pub(crate) trail: Vec<Trail>,
    pub(crate) marks: Vec<usize>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) barrier: usize,
    pub(crate) last_index: u32,
    pub(crate) fuel: u32,
    pub(crate) dirty: bool,
}

impl State {
    fn prepare(&mut self, program: &Program) -> Result<(), MatchError> {
        self.marks.clear();
        self.slots.clear();
        self.marks
            .try_reserve_exact(program.marks)
            .map_err(|_| MatchError::Memory)?;
        self.slots
            .try_reserve_exact(program.loops.len())
            .map_err(|_| MatchError::Memory)?;
        self.marks.resize(program.marks, NONE);
        self.slots.resize(program.loops.len(), Slot::START);
        self.last_index = 0;
        self.dirty = false;
        self.reset();
        Ok(())
    }
}

/// Matches one program against one region of one text.
///
/// The region is `pos..endpos` in bytes, both on character borders. As in Python, the text is cut
/// off at `endpos`, while what stands before `pos` stays visible to lookbehind and `^`.
#[derive(Debug)]
pub struct Matcher<'p, T: Text> {
    program: &'p Program,
    text: T,
    start: usize,
    end: usize,
    /// The region is used up (`start` went past `end`, or a scan found nothing).
    done: bool,
    must_advance: bool,
    span: (usize, usize),
    /// Boxed: it moves from the pattern into a matcher and back for each match.
    state: Box<State>,
}

impl Program {
    /// A matcher for `text[region]`; bounds beyond the text are pulled in.
    ///
    /// # Errors
    /// `Memory` if the group table cannot be allocated.
    pub fn matcher<T: Text>(
        &self,
        text: T,
        region: Range<usize>,
    ) -> Result<Matcher<'_, T>, MatchError> {
        Matcher::with_state(self, text, region, Box::default())
    }
}

impl<'p, T: Text> Matcher<'p, T> {
    /// Like [`Program::matcher`], on the allocations of an earlier match.
    ///
    /// # Errors
    /// `Memory` if the group table cannot be allocated.
    pub fn with_state(
        program: &'p Program,
        text: T,
        region: Range<usize>,
        mut state: Box<State>,
    ) -> Result<Self, MatchError> {
        state.prepare(program)?;
        let length = text.bytes().len();
        let (start, end) = (region.start.min(length), region.end.min(length));
        Ok(Self {
            program,
            text,
            start,
            end,
            done: start > end,
            must_advance: false,
            span: (0, 0),
            state,
        })
    }

    /// Gives the allocations back for the next matcher.
    pub fn into_state(self) -> Box<State> {
        self.state
    }

    /// `Pattern.match`: at the beginning of the region.
    ///
    /// # Errors
    /// `Memory` or `Interrupted`; `hook` is asked from time to time and returns false to stop.
    pub fn match_start(&mut self, hook: &mut dyn FnMut() -> bool) -> Result<bool, MatchError> {
        self.at_start(false, hook)
    }

    /// `Pattern.fullmatch`: the whole region.
    ///
    /// # Errors
    /// As [`Matcher::match_start`].
    pub fn fullmatch(&mut self, hook: &mut dyn FnMut() -> bool) -> Result<bool, MatchError> {
        self.at_start(true, hook)
    }

    /// `Pattern.search`: the first match in the region.
    ///
    /// # Errors
    /// As [`Matcher::match_start`].
    pub fn search(&mut self, mut hook: &mut dyn FnMut() -> bool) -> Result<bool, MatchError> {
        if self.done {
            self.state.reset();
            return Ok(false);
        }
        let text = self.text.bytes();
        let text = text.get(..self.end).unwrap_or(text);
        let hook: &mut Hook<'_> = &mut hook;
        let (p, s) = (self.program, &mut *self.state);
        let found = search::<T>(p, s, text, self.start, self.must_advance, hook)?;
        if let Some(span) = found {
            self.span = span;
        }
        Ok(found.is_some())
    }

    /// The next match of `finditer`, `findall`, `sub`, `split` and `scanner().search()`: searches
    /// and moves the region behind the match. After an empty match the next one at the same place
    /// must not be empty.
    ///
    /// # Errors
    /// As [`Matcher::match_start`].
    pub fn next_search(&mut self, hook: &mut dyn FnMut() -> bool) -> Result<bool, MatchError> {
        let found = self.search(hook)?;
        self.advance(found);
        Ok(found)
    }

    /// `scanner().match()`: matches where the last match ended.
    ///
    /// # Errors
    /// As [`Matcher::match_start`].
    pub fn next_match(&mut self, hook: &mut dyn FnMut() -> bool) -> Result<bool, MatchError> {
        let found = self.match_start(hook)?;
        self.advance(found);
        Ok(found)
    }

    /// Forbids (or allows again) an empty match at the beginning of the region.
    pub fn set_must_advance(&mut self, must_advance: bool) {
        self.must_advance = must_advance;
    }

    /// Start and end of the last match.
    pub fn span(&self) -> (usize, usize) {
        self.span
    }

    /// Start and end of a group of the last match; group 0 is all of it. `None` if the group took
    /// no part or does not exist.
    pub fn group(&self, group: u32) -> Option<(usize, usize)> {
        match group.checked_sub(1) {
            None => Some(self.span),
            Some(index) => self.state.group(index as usize),
        }
    }

    /// Number of the group that was closed last (`Match.lastindex`).
    pub fn last_index(&self) -> Option<u32> {
        (self.state.last_index > 0).then_some(self.state.last_index)
    }

    fn at_start(
        &mut self,
        full: bool,
        mut hook: &mut dyn FnMut() -> bool,
    ) -> Result<bool, MatchError> {
        let text = self.text.bytes();
        let text = text.get(..self.end).unwrap_or(text);
        if self.done || text.len() - self.start < self.program.min_width {
            self.state.reset();
            return Ok(false);
        }
        let goal = Goal {
            full,
            not_at: self.must_advance.then_some(self.start),
        };
        let hook: &mut Hook<'_> = &mut hook;
        let (p, s) = (self.program, &mut *self.state);
        let end = attempt::<T>(p, s, text, 0, self.start, goal, hook)?;
        if let Some(end) = end {
            self.span = (self.start, end);
        }
        Ok(end.is_some())
    }

    fn advance(&mut self, found: bool) {
        if found {
            self.must_advance = self.span.0 == self.span.1;
            self.start = self.span.1;
        } else {
            self.done = true;
        }
    }
}
