//! Byte offsets to lines and columns, and back.
//!
//! Lines end at `\n` only: the source has been through universal newlines before. Lines count
//! from 1. The compiler wants UTF-8 byte columns from 0 (what `ast` reports), errors want code
//! point columns from 1; both are derived from the offset and the text.

/// Start offset of each line of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Indexes `text`. Offsets beyond 4 GiB do not occur: the parser refuses such sources.
    pub fn new(text: &str) -> Self {
        let mut starts = Vec::with_capacity(text.len() / 32 + 1);
        starts.push(0);
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| (at + 1) as u32));
        LineIndex { starts }
    }

    /// Number of lines; a final newline opens one more, empty line.
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// 1-based line of a byte offset.
    pub fn line(&self, offset: u32) -> u32 {
        match self.starts.binary_search(&offset) {
            Ok(at) => at as u32 + 1,
            Err(after) => after as u32,
        }
    }

    /// 1-based line and 0-based byte column of a byte offset.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let line = self.line(offset);
        (line, offset - self.starts[line as usize - 1])
    }

    /// Offset where a 1-based line starts, if there is such a line.
    pub fn line_start(&self, line: u32) -> Option<u32> {
        self.starts.get((line as usize).checked_sub(1)?).copied()
    }

    /// Byte offset of a 1-based line and a 0-based byte column; not beyond the next line's start.
    pub fn offset(&self, line: u32, column: u32) -> Option<u32> {
        let start = self.line_start(line)?;
        let offset = start.checked_add(column)?;
        match self.line_start(line.checked_add(1)?) {
            Some(next) if offset > next => None,
            _ => Some(offset),
        }
    }

    /// 1-based line and 1-based code point column of a byte offset into `text`.
    pub fn line_char_column(&self, text: &str, offset: u32) -> (u32, u32) {
        let (line, column) = self.line_column(offset);
        let start = (offset - column) as usize;
        let end = (offset as usize).min(text.len());
        let bytes = text.as_bytes().get(start..end).unwrap_or_default();
        (line, char_count(bytes) + 1)
    }

    /// The text of a 1-based line with its newline, if it has one.
    pub fn line_text<'t>(&self, text: &'t str, line: u32) -> Option<&'t str> {
        let start = self.line_start(line)? as usize;
        let end = self.line_start(line.checked_add(1)?).map_or(text.len(), |next| next as usize);
        text.get(start..end)
    }
}

/// Code points in UTF-8 bytes: every byte that is not a continuation byte starts one.
pub(crate) fn char_count(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u32
}

#[cfg(test)]
mod tests;
