//! The instruction form that the engine runs, and `Program`, the compiled pattern.
//!
//! Instructions are small and copyable; everything bulky (sets, literals, loops, dispatch rows)
//! stands in side tables and is named by index. All targets were checked by `translate`.

use std::fmt;

use crate::charset::{Fold, Set};
use crate::first::LeadSet;
use crate::search::Start;
use crate::tables::CharTables;
use crate::text::Text;
use crate::{analyze, translate};

/// A test of exactly one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Single {
    Never,
    Any,
    AnyAll,
    Literal(u32),
    NotLiteral(u32),
    Set(u32),
}

/// One instruction. Unless it says otherwise, the next one follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Fail,
    Success,
    /// End of the body that the instruction with this number opened.
    AssertEnd(u32),
    AssertNotEnd(u32),
    AtomicEnd(u32),
    /// End of one possessive iteration, by loop number.
    PossessiveEnd(u32),
    /// One ASCII character.
    Byte(u8),
    Literal(u32),
    Single(Single),
    At(u32),
    Mark(u32),
    Jump(u32),
    Branch(u32),
    GroupRef {
        group: u32,
        fold: Fold,
    },
    GroupExists {
        group: u32,
        no: u32,
    },
    Repeat(u32),
    MaxUntil(u32),
    MinUntil(u32),
    Greedy(u32),
    Lazy(u32),
    Possessive(u32),
    Assert {
        back: u32,
        tail: u32,
    },
    AssertNot {
        back: u32,
        tail: u32,
    },
    Atomic {
        tail: u32,
    },
    PossessiveLoop(u32),
    /// A lookahead or a lookbehind of one character; goes on at `tail`.
    Look {
        single: Single,
        behind: bool,
        negated: bool,
        tail: u32,
    },
}

/// A repeat of one character test.
#[derive(Clone, Debug)]
pub(crate) struct Rep {
    pub single: Single,
    pub min: u32,
    /// `u32::MAX` is unbounded.
    pub max: u32,
    /// What has to stand after the repeat, if known: index into `Program::leads`.
    pub follow: Option<u32>,
    /// Giving characters back cannot help.
    pub exact: bool,
}

/// How much bookkeeping a loop needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoopKind {
    /// Counts iterations and watches for empty ones.
    Counted,
    /// At most one iteration.
    Optional,
    /// Unbounded, at least 0 or 1 iterations, none of them empty: no state at all.
    Star,
}

/// A repeat of a body with more than one instruction.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub min: u32,
    /// `u32::MAX` is unbounded.
    pub max: u32,
    pub body: u32,
    pub until: u32,
    pub tail: u32,
    pub lazy: bool,
    /// Stands inside another loop, so that its counter may be overwritten by a later entry.
    pub nested: bool,
    pub kind: LoopKind,
    /// What the body has to start with, if known: index into `Program::leads`.
    pub enter: Option<u32>,
}

/// A literal run in both encodings; `None` where it cannot occur.
#[derive(Clone, Debug, Default)]
pub(crate) struct Literal {
    pub chars: Vec<u32>,
    pub bytes: Option<Vec<u8>>,
    pub utf8: Option<Vec<u8>>,
}

impl Literal {
    #[inline(always)]
    pub fn encoded<T: Text>(&self) -> Option<&[u8]> {
        if T::WIDE {
            self.utf8.as_deref()
        } else {
            self.bytes.as_deref()
        }
    }
}

/// An alternation: for each ASCII byte, for other bytes (128) and for the end of the text (129),
/// the range in `list` of the alternatives that can match there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Branch {
    pub alternatives: Vec<u32>,
    pub rows: Vec<(u32, u32)>,
    pub list: Vec<u32>,
}

/// The code array breaks a rule of its format; Python reports `RuntimeError: invalid SRE code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCode {
    /// Word of the code array where the fault was seen.
    pub at: usize,
}

impl fmt::Display for BadCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid SRE code at word {}", self.at)
    }
}

impl std::error::Error for BadCode {}

/// A compiled pattern. Immutable, so any number of threads may match with it.
#[derive(Debug)]
pub struct Program {
    pub(crate) ops: Vec<Op>,
    pub(crate) sets: Vec<Set>,
    pub(crate) literals: Vec<Literal>,
    pub(crate) reps: Vec<Rep>,
    pub(crate) loops: Vec<Loop>,
    pub(crate) branches: Vec<Branch>,
    pub(crate) leads: Vec<LeadSet>,
    /// Search strategy for one-byte texts and for UTF-8.
    pub(crate) starts: [Start; 2],
    /// Fewest characters that a match has.
    pub(crate) min_width: usize,
    /// Number of mark slots in use.
    pub(crate) marks: usize,
    pub(crate) tables: &'static CharTables,
    groups: u32,
    flags: u32,
}

impl Program {
    /// Validates and compiles a code array of a pattern with `groups` capturing groups. `flags`
    /// are kept for the caller; what they mean for matching is already in the code.
    ///
    /// # Errors
    /// `BadCode` if the array is not well formed; an accepted program never panics.
    pub fn new(
        code: Vec<u32>,
        groups: u32,
        flags: u32,
        tables: &'static CharTables,
    ) -> Result<Self, BadCode> {
        let mut program = Self {
            ops: Vec::new(),
            sets: Vec::new(),
            literals: Vec::new(),
            reps: Vec::new(),
            loops: Vec::new(),
            branches: Vec::new(),
            leads: Vec::new(),
            starts: [Start::Any, Start::Any],
            min_width: 0,
            marks: 0,
            tables,
            groups,
            flags,
        };
        translate::translate(&code, &mut program)?;
        analyze::analyze(&mut program);
        Ok(program)
    }

    /// Number of capturing groups, without group 0.
    pub fn groups(&self) -> u32 {
        self.groups
    }

    /// The flags given to [`Program::new`].
    pub fn flags(&self) -> u32 {
        self.flags
    }

    /// Whether `single` accepts the character `c`.
    #[inline(always)]
    pub(crate) fn accepts(&self, single: Single, c: u32) -> bool {
        match single {
            Single::Never => false,
            Single::Any => c != 10,
            Single::AnyAll => true,
            Single::Literal(x) => c == x,
            Single::NotLiteral(x) => c != x,
            Single::Set(i) => self.sets[i as usize].contains(c, self.tables),
        }
    }
}
