//! Sets of characters as the analysis sees them: exact up to U+00FF, three classes beyond.

/// Class of characters beyond U+00FF: letters, digits and other word characters.
pub(crate) const WORD: u8 = 1;
/// Class of characters beyond U+00FF: white space.
pub(crate) const SPACE: u8 = 2;
/// Class of characters beyond U+00FF: neither of the others.
pub(crate) const OTHER: u8 = 4;
/// Every character beyond U+00FF.
pub(crate) const ALL: u8 = WORD | SPACE | OTHER;

/// An upper bound of a character set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chars {
    pub latin: [u64; 4],
    pub beyond: u8,
}

/// What can start a piece of pattern. `open` means that the piece may succeed without reading a
/// character there, or that nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct First {
    pub chars: Chars,
    pub open: bool,
}

impl Chars {
    pub const NONE: Self = Self {
        latin: [0; 4],
        beyond: 0,
    };
    pub const FULL: Self = Self {
        latin: [u64::MAX; 4],
        beyond: ALL,
    };

    pub fn insert(&mut self, c: u8) {
        self.latin[usize::from(c >> 6)] |= 1 << (c & 63);
    }

    pub fn contains(&self, c: u8) -> bool {
        self.latin[usize::from(c >> 6)] & (1 << (c & 63)) != 0
    }

    pub fn union(&mut self, other: &Self) {
        for (mine, theirs) in self.latin.iter_mut().zip(other.latin) {
            *mine |= theirs;
        }
        self.beyond |= other.beyond;
    }

    pub fn disjoint(&self, other: &Self) -> bool {
        self.beyond & other.beyond == 0
            && self.latin.iter().zip(other.latin).all(|(a, b)| a & b == 0)
    }

    /// Whether some character outside ASCII is in the set.
    pub fn any_wide(&self) -> bool {
        self.latin[2] | self.latin[3] != 0 || self.beyond != 0
    }
}

/// Which first bytes a character of a set can have, for both encodings.
#[derive(Clone, Debug)]
pub(crate) struct LeadSet {
    pub bytes: [bool; 256],
    pub utf8: [bool; 256],
    /// The only possible first byte in either encoding, if there is just one and it is ASCII.
    pub only: Option<u8>,
}

impl LeadSet {
    pub fn new(chars: &Chars) -> Self {
        let mut set = Self {
            bytes: [false; 256],
            utf8: [false; 256],
            only: None,
        };
        let wide = chars.any_wide();
        for b in 0..=255u8 {
            let i = usize::from(b);
            set.bytes[i] = chars.contains(b);
            // Continuation bytes stay out, so that a scan stops at character starts only.
            set.utf8[i] = if b < 0x80 {
                chars.contains(b)
            } else {
                wide && b >= 0xC0
            };
        }
        let mut members = (0..=255u8).filter(|b| chars.contains(*b));
        if let (Some(b), None, false) = (members.next(), members.next(), wide) {
            set.only = Some(b);
        }
        set
    }

    #[inline(always)]
    pub fn table(&self, wide: bool) -> &[bool; 256] {
        if wide { &self.utf8 } else { &self.bytes }
    }
}
