//! Offsets and lines agree in both directions.
use super::*;

#[test]
fn round_trip() {
    let text = "a\nbé = 1\n\nx";
    let index = LineIndex::new(text);
    assert_eq!(index.line_count(), 4);
    for offset in 0..=text.len() as u32 {
        let (line, column) = index.line_column(offset);
        assert_eq!(index.offset(line, column), Some(offset));
    }
    assert_eq!(index.line_column(6), (2, 4));
    assert_eq!(index.line_char_column(text, 6), (2, 4));
    assert_eq!(index.line_text(text, 2), Some("bé = 1\n"));
    assert_eq!(index.line_text(text, 4), Some("x"));
    assert_eq!(index.line_text(text, 5), None);
}
