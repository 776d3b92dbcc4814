"""Formatting: f-strings, str.format, the percent operator, format() and __format__."""

from _run import main, message, raises


def test_f_strings():
    name, n, x = "Orochi", 8, 2.5
    assert f"{name} has {n} heads" == "Orochi has 8 heads"
    assert f"{n + 1}{{}}{name!r}{name!s:>8}{n!a}" == "9{}'Orochi'  Orochi8"
    assert f"{x:.2f}|{n:05d}|{n:<4}|{n:^5}|{name:*^10}|{n:+}" == "2.50|00008|8   |  8  |**Orochi**|+8"
    width, precision = 10, 3
    assert f"{3.14159:{width}.{precision}}" == "      3.14" and f"{name:{'>'}{width}}" == "    Orochi"
    assert f"{n = }, {n=}, {n + 1 = :>4}" == "n = 8, n=8, n + 1 =    9" and f"{name = !s}" == "name = Orochi"
    assert f"{'a' if n else 'b'}{[i for i in range(3)]}{ {'k': 1}['k'] }" == "a[0, 1, 2]1"
    assert f"{f"{f"{n}"}"}" == "8" and f"""{
        n  # with a remark
    }""" == "8"
    assert f"{(lambda v: v * 2)(n)}" "tail" == "16tail" and rf"\{n}" == "\\8" and f"\N{DRAGON}{n}" == "🐉8"


def test_integers():
    assert f"{255:x} {255:X} {255:#x} {255:o} {255:#o} {5:b} {5:#010b} {97:c}" == "ff FF 0xff 377 0o377 101 0b00000101 a"
    assert f"{1234567:,} {1234567:_} {0xFFFFF:_x} {-1234:,d} {12345.678:,.2f}" == "1,234,567 1_234_567 f_ffff -1,234 12,345.68"
    assert f"{42:>6}|{42:<6}|{42:^6}|{42:=+6}|{-42:06}|{42: d}" == "    42|42    |  42  |+   42|-00042| 42"
    assert f"{True} {True:d} {True:>5}" in ("True 1     1", "True 1  True")
    assert f"{10**20:,}" == "100,000,000,000,000,000,000" and f"{5:.1f}" == "5.0" and f"{3:%}" == "300.000000%"


def test_text_and_others():
    assert f"{'abc':.2}|{'abc':5.1}|{'abc':>5}|{'':3}|" == "ab|a    |  abc|   |"
    assert f"{None} {[1, 'a']} {(1,)} { {1: 2} } {...}" == "None [1, 'a'] (1,) {1: 2} Ellipsis"
    assert f"{1 + 2j} {1.5 + 0j:.2f}" == "(1+2j) 1.50+0.00j"
    assert message(ValueError, lambda: f"{'a':d}") == "Unknown format code 'd' for object of type 'str'"
    assert message(TypeError, lambda: f"{[]:>5}") == "unsupported format string passed to list.__format__"


def test_str_format():
    assert "{} {1}".replace("{1}", "{}").format("a", "b") == "a b" and "{1}{0}{1}".format("x", "y") == "yxy"
    assert "{name}:{0:>{width}}".format(5, name="n", width=4) == "n:   5" and "{{{0}}}".format(1) == "{1}"
    assert "{0.real}{1[key]}{2[0]}".format(3, {"key": "v"}, [9]) == "3v9" and "{!r:>5}".format("a") == "  'a'"
    assert "{a}-{b}".format_map({"a": 1, "b": 2}) == "1-2"
    raises(IndexError, "{} {}".format, 1)
    raises(KeyError, "{x}".format)
    raises(ValueError, "{".format)
    raises(ValueError, "{} {0}".format, 1)


def test_percent():
    assert "%s %d %i %r %%" % ("a", 5, 7.9, "b") == "a 5 7 'b' %" and "%(k)s-%(n)03d" % {"k": "v", "n": 7} == "v-007"
    assert "%5s|%-5s|%05d|%+d|% d|%x|%X|%#o|%c%c" % ("a", "b", 42, 5, 5, 255, 255, 8, "z", 97) == "    a|b    |00042|+5| 5|ff|FF|0o10|za"
    assert "%.3s|%*d|%.*f" % ("abcdef", 5, 42, 2, 3.14159) == "abc|   42|3.14" and "%s" % ((1, 2),) == "(1, 2)" and "%s" % [1] == "[1]"
    assert message(TypeError, lambda: "%d" % "a") == "%d format: a real number is required, not str"
    assert message(TypeError, lambda: "%s %s" % ("a",)) == "not enough arguments for format string"
    assert message(TypeError, lambda: "%s" % ("a", "b")) == "not all arguments converted during string formatting"


def test_rounding_of_places():
    # Ties of the exact binary value go to the even digit; everything else to the nearer one.
    assert [f"{x:.0f}" for x in (0.5, 1.5, 2.5, 1e15 + 0.5)] == ["0", "2", "2", "1000000000000000"]
    assert f"{2.675:.2f} {0.125:.2f} {-0.004:.2f} {1e22:.1f} {5e-324:.3f}" == "2.67 0.12 -0.00 10000000000000000000000.0 0.000"
    assert f"{0.1:.25f}" == "0.1000000000000000055511151" and f"{123456789.987654321:.22f}" == "123456789.9876543283462524414062"
    assert "%.3f %5.1f %-8.2f| %+.1f" % (2.0005, 9.96, 1.005, 0.25) == "2.001  10.0 1.00    | +0.2"
    assert [round(x, 2) for x in (2.675, 1.005, -0.125, 1e300)] == [2.67, 1.0, -0.12, 1e300] and round(-0.04, 1) == 0.0
    assert str(round(-0.04, 1)) == "-0.0" and round(5e15 + 0.5, 3) == 5000000000000000.5


def test_long_results():
    # Longer than what is put together on the stack.
    assert len(f"{1:>500}") == 500 and f"{'ä':é^301}" == "é" * 150 + "ä" + "é" * 150
    assert "{}{}".format("x" * 300, "ü" * 300) == "x" * 300 + "ü" * 300 and len("%400s|%-400d" % ("a", 7)) == 801
    assert bin(-(2**61)) == "-0b1" + "0" * 61 and hex(-(2**61)) == "-0x2" + "0" * 15 and f"{2**61:_b}".count("_") == 15


def test_keyword_fields():
    assert "{a}{b}{0}".format(1, a="x", b="y") == "xy1" and "{a.imag:>3}{a}".format(a=2j) == "2.02j"
    assert str.format("{}{k}", 1, k=2) == "12" and "{k}".format(**{"k": 3}) == "3"
    assert message(KeyError, lambda: "{missing}".format(k=1)) == "'missing'"
    assert message(IndexError, lambda: "{1}".format(0)) == "Replacement index 1 out of range for positional args tuple"
    assert message(TypeError, lambda: str.format()) == "unbound method str.format() needs an argument"


def test_own_format():
    class Money:
        def __init__(self, cents):
            self.cents = cents

        def __format__(self, spec):
            return f"<{spec or 'plain'}:{self.cents / 100:.2f}>"

        def __str__(self):
            return "money"

    money = Money(1250)
    assert f"{money}" == "<plain:12.50>" and f"{money:eur}" == "<eur:12.50>" and format(money, "x") == "<x:12.50>"
    assert f"{money!s}" == "money" and "{:a{}}".format(money, 1) == "<a1:12.50>"


def test_template_strings():
    name = "world"
    template = t"hello {name!r:>10}, {1 + 1}"
    assert template.strings == ("hello ", ", ", "")
    first = template.interpolations[0]
    assert (first.value, first.expression, first.conversion, first.format_spec) == ("world", "name", "r", ">10")
    assert [part if isinstance(part, str) else part.value for part in template] == ["hello ", "world", ", ", 2]


if __name__ == "__main__":
    main(globals())
