//! Last-resort output: straight to descriptor 2, past every buffer.

/// Writes all of `text` to standard error; errors and interruptions end it silently.
pub fn write_error(mut text: &[u8]) {
    while !text.is_empty() {
        match crate::fs::write(2, text) {
            Ok(n) if n > 0 => text = &text[n..],
            Err(crate::Errno::EINTR) => {}
            _ => return,
        }
    }
}
