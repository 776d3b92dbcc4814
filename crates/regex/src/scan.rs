//! Tight loops over runs of one character test: what a repeat of a single character does.

use memchr::memchr;

use crate::charset::Wide;
use crate::first::LeadSet;
use crate::program::{Program, Rep, Single};
use crate::text::Text;

/// Reads one character that `single` accepts; gives the position after it.
#[inline(always)]
pub(crate) fn step<T: Text>(p: &Program, single: Single, text: &[u8], at: usize) -> Option<usize> {
    if let Single::Set(index) = single {
        let set = &p.sets[index as usize];
        let byte = *text.get(at)?;
        if !set.dynamic && (!T::WIDE || byte < 0x80) {
            return set.latin[usize::from(byte)].then_some(at + 1);
        }
    }
    let (c, next) = T::decode(text, at)?;
    p.accepts(single, c).then_some(next)
}

/// Reads at most `limit` characters; gives the end and how many there were.
#[inline]
pub(crate) fn run_up_to<T: Text>(
    p: &Program,
    single: Single,
    text: &[u8],
    at: usize,
    limit: u32,
) -> (usize, u32) {
    if !T::WIDE && limit > 1 {
        let end = text.len().min(at.saturating_add(limit as usize));
        let end = run::<T>(p, single, &text[..end], at);
        return (end, (end - at) as u32);
    }
    let mut at = at;
    let mut count = 0;
    while count < limit {
        let Some(next) = step::<T>(p, single, text, at) else {
            break;
        };
        at = next;
        count += 1;
    }
    (at, count)
}

/// Reads as many characters as `single` accepts.
#[inline]
pub(crate) fn run<T: Text>(p: &Program, single: Single, text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    match single {
        Single::Never => at,
        Single::AnyAll => at.max(text.len()),
        Single::Any => at + memchr(b'\n', rest).unwrap_or(rest.len()),
        Single::NotLiteral(c) if c < 0x80 => at + memchr(c as u8, rest).unwrap_or(rest.len()),
        Single::Literal(c) if c < 0x80 => {
            at + rest
                .iter()
                .position(|b| u32::from(*b) != c)
                .unwrap_or(rest.len())
        }
        Single::Set(index) => {
            let set = &p.sets[index as usize];
            if set.dynamic {
                return run_slow::<T>(p, single, text, at);
            }
            if !T::WIDE {
                let stop = rest.iter().position(|b| !set.latin[usize::from(*b)]);
                return at + stop.unwrap_or(rest.len());
            }
            let mut at = at;
            loop {
                let rest = &text[at..];
                let Some(stop) = rest.iter().position(|b| !set.utf8[usize::from(*b)]) else {
                    return text.len();
                };
                at += stop;
                if text[at] < 0x80 || set.wide != Wide::Mixed {
                    return at;
                }
                match T::decode(text, at) {
                    Some((c, next)) if set.contains(c, p.tables) => at = next,
                    _ => return at,
                }
            }
        }
        _ => run_slow::<T>(p, single, text, at),
    }
}

fn run_slow<T: Text>(p: &Program, single: Single, text: &[u8], at: usize) -> usize {
    let mut at = at;
    while let Some((c, next)) = T::decode(text, at) {
        if !p.accepts(single, c) {
            break;
        }
        at = next;
    }
    at
}

/// The greatest position from `at` down to `floor` where the continuation of a greedy repeat can
/// start; both are character starts.
#[inline]
pub(crate) fn last_start<T: Text>(
    follow: Option<&LeadSet>,
    text: &[u8],
    at: usize,
    floor: usize,
) -> Option<usize> {
    let Some(lead) = follow else { return Some(at) };
    let table = lead.table(T::WIDE);
    let mut at = at;
    loop {
        if text.get(at).is_some_and(|b| table[usize::from(*b)]) {
            return Some(at);
        }
        if at <= floor {
            return None;
        }
        at = T::before(text, at)?;
    }
}

/// The least position from `at` on where the continuation of a lazy repeat can start, reading at
/// most `left` more characters (`u32::MAX`: any number). `left` is lowered by what was read.
#[inline]
pub(crate) fn next_start<T: Text>(
    p: &Program,
    rep: &Rep,
    text: &[u8],
    at: usize,
    left: &mut u32,
) -> Option<usize> {
    let Some(follow) = rep.follow else {
        return Some(at);
    };
    let lead = &p.leads[follow as usize];
    let mut at = at;
    if *left == u32::MAX {
        match (rep.single, lead.only) {
            (Single::AnyAll, Some(byte)) => return Some(at + memchr(byte, text.get(at..)?)?),
            (Single::Any, Some(byte)) if byte != b'\n' => {
                let found = at + memchr::memchr2(byte, b'\n', text.get(at..)?)?;
                return (text[found] == byte).then_some(found);
            }
            _ => {}
        }
    }
    let table = lead.table(T::WIDE);
    loop {
        // At the end of the text nothing can follow.
        if table[usize::from(*text.get(at)?)] {
            return Some(at);
        }
        if *left == 0 {
            return None;
        }
        at = step::<T>(p, rep.single, text, at)?;
        if *left != u32::MAX {
            *left -= 1;
        }
    }
}
