//! Bytes to text, against what python3.14 does with the same bytes.
use super::*;

fn decode(bytes: &[u8]) -> Result<String, SyntaxFault> {
    decode_source(bytes, Origin::Object, &mut |name, _| match name {
        "cp1252" => Ok("decoded".to_owned()),
        _ => Err(CodecFailure::Unknown),
    })
}

#[test]
fn codecs() {
    assert_eq!(decode(b"x\r\ny\rz\n").unwrap(), "x\ny\nz\n");
    assert_eq!(decode(b"\xEF\xBB\xBFx").unwrap(), "x");
    assert_eq!(decode(b"# -*- coding: latin-1 -*-\n\xe9").unwrap(), "# -*- coding: latin-1 -*-\né");
    assert_eq!(decode(b"#\n# vim: set fileencoding=cp1252\n\x81").unwrap(), "decoded");
    assert_eq!(decode(b"x\n# coding: nope\n").unwrap(), "x\n# coding: nope\n");
}

#[test]
fn faults() {
    let fault = decode(b"x=1\ny='\xe9'\n").unwrap_err();
    assert_eq!(
        fault.message,
        "Non-UTF-8 code starting with '\\xe9' on line 2, but no encoding declared; \
         see https://peps.python.org/pep-0263/ for details"
    );
    assert_eq!(fault.location, Some(Location { line: 2, column: 4, end_line: 2, end_column: 4 }));
    assert_eq!(decode(b"# coding: foo\nx").unwrap_err().message, "unknown encoding: foo");
    let fault = decode(b"\xef\xbb\xbf# coding: latin-1\nx").unwrap_err();
    assert_eq!(fault.message, "encoding problem: iso-8859-1 with BOM");
    assert_eq!(fault.location, Some(Location { line: 1, column: 0, end_line: 1, end_column: 17 }));
    assert_eq!(decode(b"x\0").unwrap_err().location, None);
    assert_eq!(
        decode(b"# coding: ascii\n'\xe9'").unwrap_err().message,
        "'ascii' codec can't decode byte 0xe9 in position 17: ordinal not in range(128)"
    );
}

#[test]
fn surrogates() {
    let fault = text_of_str(b"'\xED\xA0\x80\xED\xB0\x80'").unwrap_err();
    assert_eq!(fault.kind, FaultKind::Encode { start: 1, end: 3 });
}
