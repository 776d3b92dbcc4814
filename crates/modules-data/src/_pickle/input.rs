//! Where a pickle is read from: bytes in memory, or a file by `peek`, `read` and `readline`.
//!
//! A file is never read past the pickle: what `peek` shows is used up by `read` when it is known to
//! belong to the pickle.

use orochi_objects::protocol;
use orochi_objects::{Attached, PyResult, Raised, Value};
use orochi_objects::{buffer, exception, int};

use super::UNPICKLING_ERROR;

const PREFETCH: i64 = 128 * 1024;

/// The methods of a file.
#[derive(Clone)]
pub(super) struct File {
    pub read: Value,
    pub readline: Value,
    pub peek: Option<Value>,
}

/// A pickle being read.
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    own: Vec<u8>,
    at: usize,
    file: Option<File>,
    /// The bytes of `own` were shown by `peek`: the file still has them.
    peeked: bool,
}

#[cold]
pub(super) fn truncated(t: Attached<'_>) -> Raised {
    t.raise(&UNPICKLING_ERROR, "pickle data was truncated")
}

impl<'a> Input<'a> {
    pub fn of_bytes(bytes: &'a [u8]) -> Input<'a> {
        Input { bytes, own: Vec::new(), at: 0, file: None, peeked: false }
    }
    pub fn of_file(file: File) -> Input<'a> {
        Input { bytes: &[], own: Vec::new(), at: 0, file: Some(file), peeked: false }
    }
    #[inline]
    fn data(&self) -> &[u8] {
        if self.file.is_some() { &self.own } else { self.bytes }
    }
    /// The next `n` bytes.
    #[inline]
    pub fn take(&mut self, t: Attached<'_>, n: usize) -> PyResult<&[u8]> {
        if self.data().len() - self.at < n {
            self.more(t, n)?;
        }
        let at = self.at;
        self.at += n;
        Ok(&self.data()[at..at + n])
    }
    #[inline]
    pub fn byte(&mut self, t: Attached<'_>) -> PyResult<u8> {
        Ok(self.take(t, 1)?[0])
    }
    pub fn u16(&mut self, t: Attached<'_>) -> PyResult<u16> {
        let d = self.take(t, 2)?;
        Ok(u16::from_le_bytes([d[0], d[1]]))
    }
    pub fn u32(&mut self, t: Attached<'_>) -> PyResult<u32> {
        let d = self.take(t, 4)?;
        Ok(u32::from_le_bytes([d[0], d[1], d[2], d[3]]))
    }
    pub fn u64(&mut self, t: Attached<'_>) -> PyResult<u64> {
        let mut all = [0; 8];
        all.copy_from_slice(self.take(t, 8)?);
        Ok(u64::from_le_bytes(all))
    }
    /// Makes sure that the next `n` bytes are in memory (a frame).
    pub fn fetch(&mut self, t: Attached<'_>, n: usize) -> PyResult<()> {
        if self.data().len() - self.at < n { self.more(t, n) } else { Ok(()) }
    }

    /// Uses up in the file what was taken of the bytes shown; keeps what was read and not taken.
    pub fn settle(&mut self, t: Attached<'_>) -> PyResult<()> {
        if self.peeked {
            self.peeked = false;
            let used = std::mem::take(&mut self.at);
            self.own.clear();
            if used > 0
                && let Some(file) = self.file.clone()
            {
                protocol::call(t, &file.read, &[int::from_usize(t, used)])?;
            }
        } else {
            self.own.drain(..self.at.min(self.own.len()));
            if self.file.is_some() {
                self.at = 0;
            }
        }
        Ok(())
    }

    #[cold]
    fn more(&mut self, t: Attached<'_>, n: usize) -> PyResult<()> {
        let Some(file) = self.file.clone() else { return Err(truncated(t)) };
        self.settle(t)?;
        let have = self.own.len();
        if have >= n {
            return Ok(());
        }
        if have == 0
            && let Some(peek) = &file.peek
        {
            match protocol::call(t, peek, &[int::new(t, PREFETCH)]) {
                Ok(shown) => {
                    let shown = buffer::read_arg(t, &shown, "peek() returned non-bytes object")?.to_vec();
                    if shown.len() >= n {
                        self.own = shown;
                        self.peeked = true;
                        return Ok(());
                    }
                }
                Err(e) => {
                    drop(t.catch(e, &exception::NotImplementedError)?);
                    if let Some(file) = &mut self.file {
                        file.peek = None;
                    }
                }
            }
        }
        let want = int::from_usize(t, n - have);
        let got = protocol::call(t, &file.read, &[want])?;
        let got = buffer::read_arg(t, &got, "read() returned non-bytes object")?;
        if got.is_empty() && have == 0 {
            return Err(t.raise(&exception::EOFError, "Ran out of input"));
        }
        if got.len() < n - have {
            return Err(truncated(t));
        }
        got.with(|b| self.own.extend_from_slice(b));
        Ok(())
    }

    /// The next line, without its end.
    pub fn line(&mut self, t: Attached<'_>) -> PyResult<Vec<u8>> {
        let rest = &self.data()[self.at..];
        if let Some(n) = memchr::memchr(b'\n', rest) {
            let line = rest[..n].to_vec();
            self.at += n + 1;
            return Ok(line);
        }
        let Some(file) = self.file.clone() else { return Err(truncated(t)) };
        self.settle(t)?;
        let mut line = std::mem::take(&mut self.own);
        let more = protocol::call(t, &file.readline, &[])?;
        buffer::read_arg(t, &more, "readline() returned non-bytes object")?.with(|b| line.extend_from_slice(b));
        if line.pop() != Some(b'\n') {
            return Err(truncated(t));
        }
        Ok(line)
    }
}
