//! Source positions of instructions, compactly: about three bytes an instruction.
//!
//! The table is a byte stream of entries in code order; an entry covers 1 to 8 words. Every
//! `STRIDE` words the index keeps a resumption point, so that a lookup decodes a short stretch.
//!
//! ```text
//! entry   = head rest         head = kind << 3 | (words - 1)
//! kind 0  = no position
//! kind 1  = line as before, one line: col u8, width u8
//! kind 2  = next line, one line: col u8, width u8
//! kind 3  = zigzag(line - line before), end_line - line, col, end_col   (each a LEB128 varint)
//! kind 4  = as kind 3 without the columns
//! ```
//! Columns are byte offsets in the UTF-8 line, from 0, as in `co_positions()`.

/// Words between two resumption points of the index.
const STRIDE: u32 = 64;

/// Where an instruction comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Position {
    /// First line, from 1.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// First byte column in its line, from 0; `Position::NO_COLUMN` if unknown.
    pub col: u32,
    /// Byte column after the last; `Position::NO_COLUMN` if unknown.
    pub end_col: u32,
}

impl Position {
    /// Column of a position that is only a line.
    pub const NO_COLUMN: u32 = u32::MAX;

    /// A position without columns.
    pub const fn line_only(line: u32) -> Position {
        Position { line, end_line: line, col: Self::NO_COLUMN, end_col: Self::NO_COLUMN }
    }
}

/// State of the decoder at a word that starts an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Resume {
    word: u32,
    offset: u32,
    line: u32,
}

/// Positions of all words of a code object.
#[derive(Clone, Debug, Default)]
pub struct PositionTable {
    bytes: Box<[u8]>,
    index: Box<[Resume]>,
    first_line: u32,
}

/// Makes a [`PositionTable`]; call `push` in code order.
pub struct PositionWriter {
    bytes: Vec<u8>,
    first_line: u32,
    line: u32,
    pending: Option<(Option<Position>, u32)>,
}

impl PositionWriter {
    /// An empty table of a code object that starts at `first_line`.
    pub fn new(first_line: u32) -> PositionWriter {
        PositionWriter { bytes: Vec::new(), first_line, line: first_line, pending: None }
    }

    /// The next `words` words come from `position`.
    pub fn push(&mut self, position: Option<Position>, words: u32) {
        match &mut self.pending {
            Some((last, count)) if *last == position => *count = count.saturating_add(words),
            _ => {
                self.flush();
                self.pending = Some((position, words));
            }
        }
    }

    fn flush(&mut self) {
        let Some((position, mut words)) = self.pending.take() else { return };
        while words > 0 {
            let count = words.min(8);
            self.entry(position, count);
            words -= count;
        }
    }

    fn entry(&mut self, position: Option<Position>, words: u32) {
        let head = |kind: u8| kind << 3 | (words - 1) as u8;
        let Some(position) = position else {
            self.bytes.push(head(0));
            return;
        };
        let end_line = position.end_line.max(position.line);
        let one_line = end_line == position.line;
        let known = position.col != Position::NO_COLUMN && position.end_col != Position::NO_COLUMN;
        let width = position.end_col.wrapping_sub(position.col);
        if known && one_line && position.col < 256 && position.end_col >= position.col && width < 256 {
            let step = position.line.wrapping_sub(self.line);
            if step <= 1 {
                self.bytes.push(head(1 + step as u8));
                self.bytes.push(position.col as u8);
                self.bytes.push(width as u8);
                self.line = position.line;
                return;
            }
        }
        self.bytes.push(head(if known { 3 } else { 4 }));
        let delta = position.line as i64 - self.line as i64;
        varint(&mut self.bytes, ((delta << 1) ^ (delta >> 63)) as u64);
        varint(&mut self.bytes, (end_line - position.line) as u64);
        if known {
            varint(&mut self.bytes, position.col as u64);
            varint(&mut self.bytes, position.end_col as u64);
        }
        self.line = position.line;
    }

    /// The finished table.
    pub fn finish(mut self) -> PositionTable {
        self.flush();
        PositionTable::from_bytes(self.bytes.into_boxed_slice(), self.first_line)
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Walks the entries of a table: (first word, words, position).
pub struct Entries<'a> {
    bytes: &'a [u8],
    offset: usize,
    word: u32,
    line: u32,
}

impl Entries<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.offset)?;
        self.offset += 1;
        Some(byte)
    }
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= ((byte & 0x7f) as u64) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

impl Iterator for Entries<'_> {
    type Item = (u32, u32, Option<Position>);

    fn next(&mut self) -> Option<Self::Item> {
        let head = self.byte()?;
        let words = (head & 7) as u32 + 1;
        let position = match head >> 3 {
            0 => None,
            kind @ (1 | 2) => {
                self.line = self.line.saturating_add(kind as u32 - 1);
                let col = self.byte()? as u32;
                let width = self.byte()? as u32;
                Some(Position { line: self.line, end_line: self.line, col, end_col: col + width })
            }
            kind @ (3 | 4) => {
                let zigzag = self.varint()?;
                let delta = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
                self.line = (self.line as i64).saturating_add(delta).clamp(0, u32::MAX as i64) as u32;
                let lines = self.varint()?.min(u32::MAX as u64) as u32;
                let mut position = Position::line_only(self.line);
                position.end_line = self.line.saturating_add(lines);
                if kind == 3 {
                    position.col = self.varint()?.min(u32::MAX as u64) as u32;
                    position.end_col = self.varint()?.min(u32::MAX as u64) as u32;
                }
                Some(position)
            }
            _ => return None,
        };
        let word = self.word;
        self.word = self.word.saturating_add(words);
        Some((word, words, position))
    }
}

impl PositionTable {
    /// A table from its bytes (of an image); bytes that make no sense end the table there.
    pub fn from_bytes(bytes: Box<[u8]>, first_line: u32) -> PositionTable {
        let mut index = Vec::new();
        let mut entries = Entries { bytes: &bytes, offset: 0, word: 0, line: first_line };
        let mut next = 0;
        loop {
            let resume = Resume { word: entries.word, offset: entries.offset as u32, line: entries.line };
            if entries.next().is_none() {
                break;
            }
            if resume.word >= next {
                index.push(resume);
                next = resume.word.saturating_add(STRIDE);
            }
        }
        PositionTable { index: index.into_boxed_slice(), bytes, first_line }
    }

    /// The encoded bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All entries in code order.
    pub fn entries(&self) -> Entries<'_> {
        Entries { bytes: &self.bytes, offset: 0, word: 0, line: self.first_line }
    }

    /// The position of word `pc`.
    pub fn at(&self, pc: u32) -> Option<Position> {
        let after = self.index.partition_point(|resume| resume.word <= pc);
        let resume = self.index[..after].last()?;
        let entries =
            Entries { bytes: &self.bytes, offset: resume.offset as usize, word: resume.word, line: resume.line };
        for (word, words, position) in entries {
            if pc < word.saturating_add(words) {
                return position;
            }
        }
        None
    }
}
