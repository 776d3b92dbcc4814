//! Last-resort output: straight to the standard descriptors, past every buffer.

/// Writes all of `text` to standard error; an error ends it silently.
pub fn write_error(text: &[u8]) {
    let _ = crate::fs::write_all(2, text);
}

/// Writes all of `text` to standard output.
pub fn write_output(text: &[u8]) -> crate::Result<()> {
    crate::fs::write_all(1, text)
}
