"""Strings: literals, indexing, methods, searching, splitting, cases, characters beyond ASCII."""

from _run import main, message, raises


def test_literals():
    assert "a\x41\u00e9\U0001F40D\N{DRAGON}\101\n\t\\\'" == "aA" + chr(233) + chr(0x1F40D) + chr(0x1F409) + "A\n\t\\'"
    assert r"\n" == "\\n" and "a" "b" 'c' == "abc" and """x
y""" == "x\ny" and len(r"\"") == 2
    assert "line \
joined" == "line joined"


def test_indexing_and_slicing():
    s = "serpent"
    assert s[0] == "s" and s[-1] == "t" and s[1:4] == "erp" and s[::-1] == "tnepres" and s[::2] == "sret" and s[5:1:-2] == "np"
    assert s[10:] == "" and s[-100:2] == "se" and s[:] is s or s[:] == s
    assert message(IndexError, lambda: s[7]) == "string index out of range"
    raises(TypeError, lambda: s["a"])


def test_wide_characters():
    s = "aé漢🐍z"
    assert len(s) == 5 and s[3] == "🐍" and s[1:4] == "é漢🐍" and s[::-1] == "z🐍漢éa"
    assert s.find("漢") == 2 and s.index("🐍") == 3 and s.encode() == b"a\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x90\x8dz"
    assert [ord(c) for c in s] == [97, 233, 28450, 128013, 122] and s.encode().decode() == s
    long = s * 1000
    assert len(long) == 5000 and long[4998] == "🐍" and long[2502] == "漢" and long.count("é") == 1000
    assert "\ud800"[0] == "\ud800" and len("\ud800a") == 2
    raises(UnicodeEncodeError, "\ud800".encode)
    assert "\udc80".encode("utf-8", "surrogateescape") == b"\x80"


def test_search():
    s = "mississippi"
    assert s.find("ss") == 2 and s.rfind("ss") == 5 and s.find("x") == -1 and s.count("ss") == 2 and s.count("") == 12
    assert s.index("i", 2) == 4 and s.find("", 5) == 5 and s.find("", 20) == -1 and "issip" in s and "" in s
    assert s.startswith(("x", "mis")) and s.endswith("pi") and s.startswith("ss", 2) and not s.startswith("ss", 3)
    assert message(ValueError, s.index, "q") == "substring not found"
    raises(TypeError, lambda: 1 in "1")


def test_split_and_join():
    assert " a  b c ".split() == ["a", "b", "c"] and " a  b ".split(" ") == ["", "a", "", "b", ""]
    assert "a,b,c,d".split(",", 2) == ["a", "b", "c,d"] and "a,b,c,d".rsplit(",", 1) == ["a,b,c", "d"]
    assert "".split() == [] and "".split(",") == [""] and "a\nb\r\nc\x0bd".splitlines() == ["a", "b", "c", "d"]
    assert "a\nb\n".splitlines(True) == ["a\n", "b\n"] and "k=v=w".partition("=") == ("k", "=", "v=w")
    assert "k=v=w".rpartition("=") == ("k=v", "=", "w") and "x".partition("=") == ("x", "", "")
    assert "-".join(["a", "b"]) == "a-b" and "".join(str(i) for i in range(5)) == "01234" and ",".join([]) == ""
    assert message(TypeError, ",".join, ["a", 1]) == "sequence item 1: expected str instance, int found"
    raises(ValueError, "a".split, "")


def test_cases():
    assert "Straße".upper() == "STRASSE" and "STRASSE".lower() == "strasse" and "Straße".casefold() == "strasse"
    assert "hello world".title() == "Hello World" and "hELLO".capitalize() == "Hello" and "aBc".swapcase() == "AbC"
    assert "İ".lower() == "i̇" and "ΑΣ".lower() == "ας" and "ǆ".title() == "ǅ" and "ﬁ".upper() == "FI"


def test_strip_pad_and_replace():
    assert "  x ".strip() == "x" and "xxabxx".strip("x") == "ab" and "abc".lstrip("ba") == "c" and "abc".rstrip("cb") == "a"
    assert "ab".center(7, "*") == "***ab**" and "ab".ljust(4) == "ab  " and "ab".rjust(4, "0") == "00ab" and "-5".zfill(4) == "-005"
    assert "aaa".replace("a", "b", 2) == "bba" and "abc".replace("", "-") == "-a-b-c-" and "a\tb".expandtabs(4) == "a   b"
    assert "prefix-x".removeprefix("prefix-") == "x" and "x.py".removesuffix(".py") == "x"
    assert "abc".translate({97: "A", 98: None, 99: 0x43}) == "AC" and "abc".translate(str.maketrans("ab", "xy", "c")) == "xy"


def test_predicates():
    assert "abc".isalpha() and "a1".isalnum() and "12".isdigit() and "²".isdigit() and not "²".isdecimal() and "½".isnumeric()
    assert " \t".isspace() and "Ab c".istitle() is False and "Abc D".istitle() and "abc".islower() and "ABC".isupper()
    assert "x1".isidentifier() and not "1x".isidentifier() and "é".isidentifier() and "".isascii() and not "é".isascii()
    assert not "".isalpha() and "\n".isprintable() is False and "漢".isprintable()


def test_operators_and_order():
    assert "a" + "b" == "ab" and "ab" * 3 == "ababab" and "ab" * 0 == "" == "ab" * -1 and 2 * "x" == "xx"
    assert "a" < "b" < "ba" and "Z" < "a" and "" < "a" and "abc" == "ab" + "c" and sorted("bca") == ["a", "b", "c"]
    assert min("hello") == "e" and max("hello") == "o" and list(reversed("abc")) == ["c", "b", "a"]
    assert message(TypeError, lambda: "a" + 1) == 'can only concatenate str (not "int") to str'


def test_repr():
    assert repr("it's") == '"it\'s"' and repr('say "x"') == "'say \"x\"'" and repr("both ' and \"") == "'both \\' and \"'"
    assert repr("a\n\t\r\\\x00\x7f") == "'a\\n\\t\\r\\\\\\x00\\x7f'" and repr("é漢") == "'é漢'" and repr("\u200b\ud800") == "'\\u200b\\ud800'"
    assert ascii("é漢🐍") == "'\\xe9\\u6f22\\U0001f40d'"


def test_hash_and_dict_keys():
    assert hash("abc") == hash("".join(["a", "bc"])) and {"k" + str(1): 2}["k1"] == 2
    assert len({"a", "".join(["a"]), "b"[:0] + "a"}) == 1


def test_growing_a_string():
    s = ""
    for i in range(2000):
        s += str(i % 10)
    assert len(s) == 2000 and s[1999] == "9" and s.count("5") == 200
    kept = s
    s += "é"
    assert len(kept) == 2000 and s[-1] == "é" and s[:-1] == kept


if __name__ == "__main__":
    main(globals())
