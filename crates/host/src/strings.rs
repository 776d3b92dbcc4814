//! C strings on their way in and out: argument vectors, and NUL-ended results.

use std::ffi::{CStr, CString, c_char};

/// A NULL-ended array of C strings, as `execve` wants its arguments. Built before a fork, so that the
/// child allocates nothing.
pub struct CStringArray {
    /// Owns what `pointers` points at; a `CString` does not move its bytes when the vector moves.
    _strings: Vec<CString>,
    pointers: Vec<*const c_char>,
}

// SAFETY: the pointers lead to memory that the same value owns and that nobody writes.
unsafe impl Send for CStringArray {}
// SAFETY: as above, shared access only reads.
unsafe impl Sync for CStringArray {}

impl CStringArray {
    /// Takes the strings over.
    pub fn new(strings: Vec<CString>) -> CStringArray {
        let pointers = strings.iter().map(|s| s.as_ptr()).chain(std::iter::once(std::ptr::null())).collect();
        CStringArray { _strings: strings, pointers }
    }

    /// Number of strings, without the ending NULL.
    pub fn len(&self) -> usize {
        self.pointers.len() - 1
    }

    /// Whether there is no string.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn as_ptr(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }

    /// The pointer of string `index`; the caller keeps `index < len`.
    pub(crate) fn get(&self, index: usize) -> *const c_char {
        self.pointers[index]
    }
}

impl FromIterator<CString> for CStringArray {
    fn from_iter<I: IntoIterator<Item = CString>>(strings: I) -> CStringArray {
        CStringArray::new(strings.into_iter().collect())
    }
}

/// The bytes of a C string, or nothing for NULL.
///
/// # Safety
/// `text` is NULL or points to a NUL-ended string that stays valid during the call.
pub(crate) unsafe fn bytes_of(text: *const c_char) -> Option<Vec<u8>> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not NULL, and NUL-ended by this function's contract.
    Some(unsafe { CStr::from_ptr(text) }.to_bytes().to_vec())
}

/// A copy of `bytes` up to its first NUL.
pub(crate) fn until_nul(bytes: &[u8]) -> Vec<u8> {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    bytes[..end].to_vec()
}
