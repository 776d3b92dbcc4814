"""Encodings and the character database: codecs, error handlers, incremental decoding, unicodedata."""

import codecs
import unicodedata

from _run import main, message, raises


def test_codecs_there_and_back():
    text = "aé漢🐍\n"
    for name in ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-7", "unicode_escape", "raw_unicode_escape", "utf-8-sig"):
        assert text.encode(name).decode(name) == text, name
    for name, value in (("latin-1", "é"), ("ascii", "a"), ("cp1252", "€"), ("iso8859-15", "€"), ("koi8-r", "я"), ("cp437", "é")):
        assert value.encode(name).decode(name) == value and len(value.encode(name)) == 1, name
    assert codecs.lookup("UTF8").name == "utf-8" and codecs.encode("abc", "rot13") == "nop" and codecs.encode(b"ab", "hex") == b"6162" and codecs.decode(b"YWI=\n", "base64") == b"ab" and "münchen".encode("idna") == b"xn--mnchen-3ya" and "ü".encode("punycode") == b"tda"


def test_errors():
    assert "aé漢".encode("ascii", "replace") == b"a??" and "aé".encode("ascii", "ignore") == b"a" and "é漢🐍".encode("ascii", "backslashreplace") == b"\\xe9\\u6f22\\U0001f40d" and "é".encode("ascii", "xmlcharrefreplace") == b"&#233;" and "é".encode("ascii", "namereplace") == b"\\N{LATIN SMALL LETTER E WITH ACUTE}"
    e = raises(UnicodeEncodeError, "abé".encode, "ascii")
    assert (e.start, e.end, e.object, e.encoding) == (2, 3, "abé", "ascii") and str(e) == "'ascii' codec can't encode character '\\xe9' in position 2: ordinal not in range(128)"
    for bad in (b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80", b"\xc0\x80", b"\xe2\x82", b"\xf4\x90\x80\x80"):
        raises(UnicodeDecodeError, bad.decode)
    assert b"a\xe2\x82b".decode("utf-8", "replace") == "a\ufffdb" and b"\xff\xfe\xfd".decode("utf-8", "surrogateescape").encode("utf-8", "surrogateescape") == b"\xff\xfe\xfd" and "\ud800".encode("utf-8", "surrogatepass") == b"\xed\xa0\x80"
    raises(LookupError, "é".encode, "ascii", "no-handler")
    codecs.register_error("test.stars", lambda e: ("*" * (e.end - e.start), e.end))
    assert "aéb".encode("ascii", "test.stars") == b"a*b"


def test_incremental():
    decoder = codecs.getincrementaldecoder("utf-8")()
    assert "".join(decoder.decode(bytes([b])) for b in "é漢🐍".encode()) == "é漢🐍"
    assert decoder.decode(b"\xe6") == ""
    raises(UnicodeDecodeError, decoder.decode, b"", True)
    assert "".join(codecs.iterdecode([b"a\xc3", b"\xa9"], "utf-8")) == "aé"


def test_database():
    assert unicodedata.name("é") == "LATIN SMALL LETTER E WITH ACUTE" and unicodedata.lookup("SNAKE") == "🐍" and unicodedata.category("a") == "Ll" and unicodedata.category("1") == "Nd" and unicodedata.numeric("½") == 0.5 and unicodedata.digit("²") == 2 and unicodedata.decimal("٣") == 3
    assert unicodedata.normalize("NFD", "é") == "e\u0301" and unicodedata.normalize("NFC", "e\u0301") == "é" and unicodedata.normalize("NFKC", "ﬁ①") == "fi1" and unicodedata.is_normalized("NFC", "é") and unicodedata.bidirectional("א") == "R" and unicodedata.combining("\u0301") == 230 and unicodedata.east_asian_width("漢") == "W" and unicodedata.mirrored("(") == 1
    assert unicodedata.unidata_version == "16.0.0" and unicodedata.name("\n", "none") == "none" and unicodedata.name("漢") == "CJK UNIFIED IDEOGRAPH-6F22" and unicodedata.normalize("NFC", "\u1100\u1161") == "가"
    raises(ValueError, unicodedata.name, "\n")
    raises(KeyError, unicodedata.lookup, "no such")


def test_identifiers():
    space = {}
    exec("é = 1\nﬁ = 2\n变量 = 3", space)
    assert space["é"] == 1 and space["fi"] == 2 and space["变量"] == 3


def test_source_encoding():
    space = {}
    exec(b"# -*- coding: latin-1 -*-\nx = '\xe9'", space)
    assert space["x"] == "é"
    exec(b"\xef\xbb\xbfy = '\xc3\xa9'", space)
    assert space["y"] == "é"
    raises(SyntaxError, exec, b"# coding: no-such\nx = 1")
    raises(SyntaxError, exec, b"x = '\xff'")


if __name__ == "__main__":
    main(globals())
