"""re: matching, groups, flags, look-around, substitution, splitting, Unicode, errors."""

import re

from _run import main, message, raises


def test_match_search_fullmatch():
    assert re.match("a", "ba") is None and re.search("a", "ba").span() == (1, 2) and re.fullmatch("a+", "aaa") and not re.fullmatch("a", "ab")
    m = re.search(r"(?P<key>\w+)=(\d+)?", "x: key=42;")
    assert m.group() == "key=42" and m["key"] == "key" and m[2] == "42" and m.groups() == ("key", "42") and m.groupdict() == {"key": "key"} and m.start(2) == 7 and m.string == "x: key=42;"
    assert re.search(r"(a)|(b)", "b").groups() == (None, "b") and re.match("(a)?b", "b").group(1) is None and bool(m) and repr(m) == "<re.Match object; span=(3, 9), match='key=42'>"


def test_quantifiers():
    assert re.findall("a{2,3}", "aaaaaaa") == ["aaa", "aaa"] and re.match("a*?b", "aab")[0] == "aab" and re.match("<.+?>", "<a><b>")[0] == "<a>" and re.match("<.+>", "<a><b>")[0] == "<a><b>"
    assert re.match("a++a", "aaa") is None and re.match("(?>a*)b", "aab") and re.match("a{,2}", "aaa")[0] == "aa" and re.match("x*", "y")[0] == ""


def test_classes_and_anchors():
    assert re.findall(r"[^\W\d_]+", "ab1_cd é") == ["ab", "cd", "é"] and re.findall(r"\bx\w*\b", "xa ax xb") == ["xa", "xb"] and re.findall("[a-cx-z]", "abdy") == ["a", "b", "y"]
    assert re.findall("^a$", "a\na", re.M) == ["a", "a"] and re.findall(r"\Aa", "a\na", re.M) == ["a"] and re.search("a.b", "a\nb") is None and re.search("a.b", "a\nb", re.S)
    assert re.findall(r"[\]\-\\]", "]-\\") == ["]", "-", "\\"] and re.findall(r"\d", "1²٣") == ["1", "٣"] and re.findall(r"\d", "1٣", re.A) == ["1"] and re.match(r"\s\S", " x")


def test_flags():
    assert re.findall("É", "éÉ", re.I) == ["é", "É"] and re.match("(?i)ABC", "abc") and re.match("(?i:a)b", "Ab") and not re.match("(?i:a)b", "AB")
    assert re.match(r"""(?x) a  # one
                             b""", "ab") and re.compile("a", re.I).flags & re.I and re.match("ß", "ẞ", re.I)


def test_lookaround_and_backreferences():
    assert re.findall(r"\w+(?=!)", "a! b c!") == ["a", "c"] and re.findall(r"(?<=\$)\d+", "$5 6 $7") == ["5", "7"] and re.findall(r"(?<!\$)\b\d+", "$5 6") == ["6"] and re.findall(r"q(?!u)", "qu qa") == ["q"]
    assert re.search(r"(\w)\1", "hello")[0] == "ll" and re.match(r"(?P<q>['\"]).*(?P=q)", "'a'") and re.match(r"(a)?(?(1)b|c)", "ab") and re.match(r"(a)?(?(1)b|c)", "c")


def test_iteration_and_splitting():
    assert [m.span() for m in re.finditer("a*", "baac")] == [(0, 0), (1, 3), (3, 3), (4, 4)] and re.findall("(a)(b)", "abab") == [("a", "b"), ("a", "b")] and re.findall("", "ab") == ["", "", ""]
    assert re.split(r"[,;]\s*", "a, b;c") == ["a", "b", "c"] and re.split("(,)", "a,b") == ["a", ",", "b"] and re.split(",", "a,b,c", maxsplit=1) == ["a", "b,c"] and re.split("x*", "axb") == ["", "a", "", "b", ""]


def test_substitution():
    assert re.sub(r"(\w)(\w)", r"\2\1", "abcd") == "badc" and re.sub("a", lambda m: m[0].upper(), "banana", count=2) == "bAnAna" and re.subn("a", "", "aaa") == ("", 3)
    assert re.sub(r"(?P<n>\d+)", r"<\g<n>|\g<0>|\g<1>>", "a12") == "a<12|12|12>" and re.sub("x*", "-", "abxd") == "-a-b--d-" and re.sub("(a)|b", r"[\1]", "ab") == "[a][]" and re.sub(".", r"\n", "x") == "\n"
    raises(re.error, re.sub, "a", r"\2", "a")


def test_bytes_and_unicode():
    assert re.findall(rb"\w+", b"ab \xe9c") == [b"ab", b"c"] and re.search("🐍+", "a🐍🐍b").span() == (1, 3) and re.match(r"[^a]", "漢") and re.findall(r"\w", "é漢_") == ["é", "漢", "_"]
    raises(TypeError, re.match, "a", b"a")


def test_compiled():
    p = re.compile(r"(?P<a>x)(y)")
    assert p.pattern == r"(?P<a>x)(y)" and p.groups == 2 and p.groupindex == {"a": 1} and p.match("zxy", 1) and p.search("xyxy", 1).start() == 2 and p.fullmatch("zxyz", 1, 3) and repr(re.compile("a")) == "re.compile('a')"
    assert p.match("xy").expand(r"\2\1") == "yx" and re.compile("a") == re.compile("a") and re.escape("a.b*c") == r"a\.b\*c" and p.match("xy").lastgroup is None and p.match("xy").lastindex == 2


def test_errors():
    assert message(re.error, re.compile, "(") == "missing ), unterminated subpattern at position 0" and message(re.error, re.compile, "*a") == "nothing to repeat at position 0"
    for bad in ("[", "a{2,1}", "(?P<n", "(?P=x)", "\\", "(?<=a*)b", "a**", r"\q", "(?P<1>a)", "[z-a]", r"(a)\2"):
        raises(re.error, re.compile, bad)


def test_no_blow_up_of_the_stack():
    assert re.match("(?:a|b)*", "ab" * 50_000).end() == 100_000 and re.match("(a?)*b", "a" * 20 + "b") and re.fullmatch("(?:x+)+", "x" * 5000) and re.match("(.)*", "z" * 100_000).end() == 100_000


if __name__ == "__main__":
    main(globals())
