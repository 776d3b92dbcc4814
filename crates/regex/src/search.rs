//! Finding where to try: the search strategies that `analyze` chooses from.

use memchr::{memchr, memchr2, memchr3, memmem};

use crate::execute::{Goal, Hook, attempt};
use crate::matcher::{MatchError, State};
use crate::program::Program;
use crate::text::Text;

/// Which positions of a text can begin a match.
#[derive(Clone, Debug)]
pub(crate) enum Start {
    Any,
    Never,
    /// Only the beginning of the text.
    Anchored,
    /// The beginning of the text and after each line feed.
    Line,
    One(u8),
    Two(u8, u8),
    Three(u8, u8, u8),
    /// First bytes.
    Table(Box<[bool; 256]>),
    /// A literal of at least two characters.
    Find(Box<memmem::Finder<'static>>),
}

impl Start {
    pub fn from_table(table: &[bool; 256]) -> Self {
        let members: Vec<u8> = (0..=255u8).filter(|b| table[usize::from(*b)]).collect();
        match members[..] {
            [] => Start::Never,
            [a] => Start::One(a),
            [a, b] => Start::Two(a, b),
            [a, b, c] => Start::Three(a, b, c),
            _ => Start::Table(Box::new(*table)),
        }
    }

    /// The first position from `at` on that can begin a match.
    #[inline(always)]
    fn next(&self, text: &[u8], at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        let skip = match self {
            Start::Any => 0,
            Start::Never => return None,
            Start::Anchored => return (at == 0).then_some(0),
            Start::Line if at == 0 => 0,
            Start::Line => {
                return memchr(b'\n', text.get(at - 1..)?).map(|i| at + i);
            }
            Start::One(a) => memchr(*a, rest)?,
            Start::Two(a, b) => memchr2(*a, *b, rest)?,
            Start::Three(a, b, c) => memchr3(*a, *b, *c, rest)?,
            Start::Table(table) => rest.iter().position(|b| table[usize::from(*b)])?,
            Start::Find(finder) => finder.find(rest)?,
        };
        Some(at + skip)
    }
}

/// Finds the first match from `from` on. `text` ends where the search region ends; `not_empty`
/// forbids an empty match at `from` only.
pub(crate) fn search<T: Text>(
    p: &Program,
    s: &mut State,
    text: &[u8],
    from: usize,
    not_empty: bool,
    hook: &mut Hook<'_>,
) -> Result<Option<(usize, usize)>, MatchError> {
    let start = &p.starts[usize::from(T::WIDE)];
    let mut at = from;
    while let Some(found) = start.next(text, at) {
        if text.len() - found < p.min_width {
            break;
        }
        let goal = Goal {
            full: false,
            not_at: (not_empty && found == from).then_some(from),
        };
        if let Some(end) = attempt::<T>(p, s, text, 0, found, goal, hook)? {
            return Ok(Some((found, end)));
        }
        s.work(hook)?;
        match T::decode(text, found) {
            Some((_, next)) => at = next,
            None => break,
        }
    }
    s.reset();
    Ok(None)
}
