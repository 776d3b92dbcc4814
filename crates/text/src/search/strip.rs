//! Cutting elements off the ends.

use super::Subject;
use crate::wtf8::{CodePoint, Wtf8};

/// Cuts white space off the wanted ends.
pub fn strip_whitespace<T: Subject + ?Sized>(s: &T, left: bool, right: bool) -> &T {
    let mut s = s;
    if left {
        while let len @ 1.. = s.space_at_front() {
            // SAFETY: `len` bytes at the front are whole elements.
            s = unsafe { s.cut(len, s.raw().len()) };
        }
    }
    if right {
        while let len @ 1.. = s.space_at_back() {
            // SAFETY: `len` bytes at the back are whole elements.
            s = unsafe { s.cut(0, s.raw().len() - len) };
        }
    }
    s
}

/// A set of characters made for asking many times.
pub struct CharSet {
    ascii: u128,
    /// Sorted.
    others: Vec<CodePoint>,
}

impl CharSet {
    /// The characters of a string.
    pub fn new(chars: &Wtf8) -> CharSet {
        let mut set = CharSet {
            ascii: 0,
            others: Vec::new(),
        };
        for c in chars.chars() {
            if c.is_ascii() {
                set.ascii |= 1 << c.to_u32();
            } else {
                set.others.push(c);
            }
        }
        set.others.sort_unstable();
        set
    }

    /// Whether `c` is one of the characters.
    #[inline]
    pub fn contains(&self, c: CodePoint) -> bool {
        if c.is_ascii() {
            self.ascii >> c.to_u32() & 1 != 0
        } else {
            self.others.binary_search(&c).is_ok()
        }
    }
}

/// Cuts off the wanted ends what a predicate accepts.
fn strip_if(s: &Wtf8, left: bool, right: bool, accepts: impl Fn(CodePoint) -> bool) -> &Wtf8 {
    let mut chars = s.chars();
    let mut rest = s;
    while left && chars.next().is_some_and(&accepts) {
        rest = chars.as_wtf8();
    }
    let mut chars = rest.chars();
    while right && chars.next_back().is_some_and(&accepts) {
        rest = chars.as_wtf8();
    }
    rest
}

/// Subjects that can be stripped of a given set of elements.
pub trait Strip: Subject {
    /// See [`strip`].
    fn strip_set<'a>(&'a self, set: &Self, left: bool, right: bool) -> &'a Self;
}

impl Strip for Wtf8 {
    fn strip_set<'a>(&'a self, set: &Self, left: bool, right: bool) -> &'a Self {
        let mut one = set.chars();
        match (one.next(), one.next()) {
            (None, _) => self,
            (Some(only), None) => strip_if(self, left, right, |c| c == only),
            _ => {
                let set = CharSet::new(set);
                strip_if(self, left, right, |c| set.contains(c))
            }
        }
    }
}

impl Strip for [u8] {
    fn strip_set<'a>(&'a self, set: &Self, left: bool, right: bool) -> &'a Self {
        let mut member = [false; 256];
        set.iter().for_each(|&b| member[b as usize] = true);
        let mut s = self;
        while let [first, rest @ ..] = s
            && left
            && member[*first as usize]
        {
            s = rest;
        }
        while let [rest @ .., last] = s
            && right
            && member[*last as usize]
        {
            s = rest;
        }
        s
    }
}

/// Cuts the elements that occur in `set` off the wanted ends.
pub fn strip<'a, T: Strip + ?Sized>(s: &'a T, set: &T, left: bool, right: bool) -> &'a T {
    s.strip_set(set, left, right)
}
