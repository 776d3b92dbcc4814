//! Character sets: the item list of an IN instruction and everything else that tests exactly one
//! character with folding. The answer for characters below 256 is computed once, unless it
//! depends on the locale.

use std::sync::OnceLock;

use crate::first::{ALL, Chars, OTHER, SPACE, WORD};
use crate::tables::{CharTables, lower_ascii};

/// Case folding applied to the character of the text before the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    None,
    Ascii,
    Locale,
    Unicode,
}

/// One item of a set; the first that holds decides.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Literal(u32),
    Range(u32, u32),
    /// A range that is also asked with the upper case of the character.
    RangeFold(u32, u32),
    Category(u32),
    Bits([u32; 8]),
    /// Bitmap of the Basic Multilingual Plane: a block number per high byte, then the blocks.
    Big(Box<[u8; 256]>, Vec<[u32; 8]>),
    /// Inverts the answer of what follows, and the answer when nothing holds.
    Negate,
    /// The whole set is one literal compared in the locale's three ways.
    LocaleLiteral(u32),
}

/// How characters outside ASCII behave in UTF-8 scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wide {
    All,
    None,
    Mixed,
}

/// A compiled set.
#[derive(Clone, Debug)]
pub(crate) struct Set {
    /// Answers for U+0000 to U+00FF; meaningless if `dynamic`.
    pub latin: [bool; 256],
    /// Answers by first byte of UTF-8; bytes from 0x80 are true only if `wide` is `All`.
    pub utf8: [bool; 256],
    pub wide: Wide,
    /// The locale decides, at match time.
    pub dynamic: bool,
    /// Upper bound of the members.
    pub chars: Chars,
    /// The one answer for everything beyond U+00FF, if there is one.
    beyond: Option<bool>,
    fold: Fold,
    items: Vec<Item>,
    /// Answers for everything that UTF-8 writes in two bytes (up to U+07FF), filled when the
    /// first such character is met: most texts of most patterns have none.
    two_bytes: OnceLock<Box<[u64; 32]>>,
}

impl Set {
    pub fn new(items: Vec<Item>, fold: Fold, tables: &CharTables) -> Self {
        let locale_item = |i: &Item| matches!(i, Item::Category(8 | 9) | Item::LocaleLiteral(_));
        let dynamic = fold == Fold::Locale || items.iter().any(locale_item);
        let mut set = Self {
            latin: [false; 256],
            utf8: [false; 256],
            wide: Wide::Mixed,
            dynamic,
            chars: Chars::FULL,
            beyond: None,
            fold,
            items,
            two_bytes: OnceLock::new(),
        };
        if fold != Fold::Unicode && set.items.iter().all(|i| !i.looks_beyond()) {
            set.beyond = Some(set.evaluate(0x100, tables));
        }
        if dynamic {
            return set;
        }
        set.chars = Chars {
            latin: [0; 4],
            beyond: set.classes(tables),
        };
        for c in 0..=255u8 {
            let member = set.evaluate(u32::from(c), tables);
            set.latin[usize::from(c)] = member;
            if member {
                set.chars.insert(c);
            }
        }
        let upper_latin = &set.latin[128..];
        set.wide = match set.beyond {
            Some(true) if upper_latin.iter().all(|m| *m) => Wide::All,
            Some(false) if upper_latin.iter().all(|m| !*m) => Wide::None,
            _ => Wide::Mixed,
        };
        set.utf8 = set.latin;
        set.utf8[128..].fill(set.wide == Wide::All);
        set
    }

    /// Whether `c` is in the set.
    #[inline]
    pub fn contains(&self, c: u32, tables: &CharTables) -> bool {
        if let (false, Some(member)) = (self.dynamic, self.latin.get(c as usize)) {
            return *member;
        }
        match self.beyond {
            Some(member) if c > 0xFF => member,
            _ if c < 0x800 && !self.dynamic => {
                let bits = self.two_bytes.get_or_init(|| self.fill_two_bytes(tables));
                bits[(c >> 6) as usize & 31] & (1 << (c & 63)) != 0
            }
            _ => self.evaluate(c, tables),
        }
    }

    #[cold]
    fn fill_two_bytes(&self, tables: &CharTables) -> Box<[u64; 32]> {
        let mut bits = Box::new([0; 32]);
        for c in 0..0x800u32 {
            if self.evaluate(c, tables) {
                bits[(c >> 6) as usize] |= 1 << (c & 63);
            }
        }
        bits
    }

    fn evaluate(&self, c: u32, tables: &CharTables) -> bool {
        match self.fold {
            Fold::None => self.holds(c, tables),
            Fold::Ascii => self.holds(lower_ascii(c), tables),
            Fold::Unicode => self.holds((tables.to_lower)(c), tables),
            Fold::Locale => {
                // Python 3.14.8 negates what either case answers; asking a negated set in both
                // cases would accept nearly everything.
                let (negated, items) = match &self.items[..] {
                    [Item::Negate, rest @ ..] => (true, rest),
                    items => (false, items),
                };
                let (lower, upper) = (tables.lower_locale(c), tables.upper_locale(c));
                negated
                    != (holds(items, lower, tables)
                        || (upper != lower && holds(items, upper, tables)))
            }
        }
    }

    fn holds(&self, c: u32, tables: &CharTables) -> bool {
        holds(&self.items, c, tables)
    }

    /// Upper bound of the classes that have members beyond U+00FF.
    fn classes(&self, tables: &CharTables) -> u8 {
        if let Some(member) = self.beyond {
            return if member { ALL } else { 0 };
        }
        if self.fold == Fold::Unicode {
            // Only five characters beyond U+00FF have a lower case below U+0100, by the stability
            // of case pairs in Unicode: U+0130, U+0178, U+1E9E, U+212A and U+212B.
            let plain = |i: &Item| {
                matches!(i, Item::Literal(c) if *c < 256
                    && !matches!(*c, 0x69 | 0x6B | 0xDF | 0xE5 | 0xFF))
            };
            return if self.items.iter().all(plain) { 0 } else { ALL };
        }
        let mut classes = 0;
        for item in &self.items {
            classes |= match item {
                Item::Literal(c) => class_of(*c, tables),
                Item::Range(_, hi) if *hi < 256 => 0,
                Item::Bits(_) => 0,
                Item::Category(code) => match code {
                    0 | 2 | 4 | 6 | 8 => 0,
                    10 | 14 => WORD,
                    12 => SPACE,
                    13 => WORD | OTHER,
                    15 => SPACE | OTHER,
                    _ => ALL,
                },
                _ => ALL,
            };
        }
        classes
    }
}

impl Item {
    /// Whether the item can tell characters beyond U+00FF apart.
    fn looks_beyond(&self) -> bool {
        match self {
            Item::Literal(c) => *c > 255,
            Item::Range(_, hi) => *hi > 255,
            Item::RangeFold(..) | Item::Big(..) => true,
            Item::Category(code) => *code >= 10,
            Item::LocaleLiteral(c) => *c > 255,
            Item::Bits(_) | Item::Negate => false,
        }
    }
}

/// Class of a single character: 0 up to U+00FF.
pub(crate) fn class_of(c: u32, tables: &CharTables) -> u8 {
    match c {
        0..=255 => 0,
        _ if tables.is_word_unicode(c) => WORD,
        _ if (tables.is_space)(c) => SPACE,
        _ => OTHER,
    }
}

fn bit(bits: &[u32; 8], c: u32) -> bool {
    bits[(c >> 5) as usize & 7] & (1 << (c & 31)) != 0
}

/// Asks an item list: the first item that holds decides.
fn holds(items: &[Item], c: u32, tables: &CharTables) -> bool {
    let mut answer = true;
    for item in items {
        let hit = match item {
            Item::Negate => {
                answer = !answer;
                false
            }
            Item::Literal(x) => c == *x,
            Item::Range(lo, hi) => (*lo..=*hi).contains(&c),
            Item::RangeFold(lo, hi) => {
                (*lo..=*hi).contains(&c) || (*lo..=*hi).contains(&(tables.to_upper)(c))
            }
            Item::Category(code) => tables.category(*code, c),
            Item::Bits(bits) => c < 256 && bit(bits, c),
            Item::Big(map, blocks) => {
                c < 0x1_0000
                    && blocks
                        .get(usize::from(map[(c >> 8) as usize]))
                        .is_some_and(|block| bit(block, c & 255))
            }
            Item::LocaleLiteral(x) => {
                c == *x || tables.lower_locale(c) == *x || tables.upper_locale(c) == *x
            }
        };
        if hit {
            return answer;
        }
    }
    !answer
}
