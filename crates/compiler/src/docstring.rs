//! Docstrings lose their common indentation when compiled, as since Python 3.13.

/// Removes the indentation that all lines but the first share, and leading blanks of the first line.
/// Tabs count as one column after expansion to 8, as in `inspect.cleandoc`'s C counterpart: here only
/// spaces are removed, and a tab ends the margin.
pub fn clean(text: &[u8]) -> Vec<u8> {
    let text = expand_tabs(text);
    let mut lines = text.split(|&byte| byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let indent = |line: &[u8]| line.iter().take_while(|&&byte| byte == b' ').count();
    let margin = lines.clone().filter(|line| indent(line) < line.len()).map(indent).min().unwrap_or(0);
    let mut out = first[indent(first)..].to_vec();
    for line in lines {
        out.push(b'\n');
        let drop = margin.min(indent(line));
        out.extend_from_slice(&line[drop..]);
    }
    out
}

fn expand_tabs(text: &[u8]) -> Vec<u8> {
    if !text.contains(&b'\t') {
        return text.to_vec();
    }
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut column = 0usize;
    for &byte in text {
        match byte {
            b'\t' => {
                let width = 8 - column % 8;
                out.resize(out.len() + width, b' ');
                column += width;
            }
            b'\n' | b'\r' => {
                out.push(byte);
                column = 0;
            }
            _ => {
                out.push(byte);
                // Continuation bytes belong to the character before.
                column += usize::from(byte & 0xc0 != 0x80);
            }
        }
    }
    out
}
