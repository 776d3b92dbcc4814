"""match: literals, captures, sequences, mappings, classes, guards, alternatives, bindings."""

from dataclasses import dataclass

from _run import main, message, raises


@dataclass
class Point:
    x: int
    y: int


class Colour:
    RED = 1
    BLUE = 2


def test_literals_and_values():
    def f(v):
        match v:
            case 0:
                return "zero"
            case -1 | 1:
                return "unit"
            case "a" "b":
                return "ab"
            case 1.5:
                return "float"
            case None:
                return "none"
            case True:
                return "true"
            case b"x":
                return "bytes"
            case 2 + 3j:
                return "complex"
            case Colour.BLUE:
                return "blue"
            case _:
                return "other"

    assert [f(v) for v in (0, 1, -1, "ab", 1.5, None, b"x", 2 + 3j, 2, 99, False)] == ["zero", "unit", "unit", "ab", "float", "none", "bytes", "complex", "blue", "other", "zero"]


def test_sequences():
    def f(v):
        match v:
            case []:
                return "empty"
            case [x]:
                return ("one", x)
            case [1, *rest]:
                return ("starts with 1", rest)
            case (x, [y, *_], z):
                return (x, y, z)
            case [first, *_, last]:
                return (first, last)
            case _:
                return "no"

    assert [f(v) for v in ([], (5,), [1, 2, 3], (7, [8, 9], 0), range(4, 9), "ab", {1}, b"ab", 5)] == ["empty", ("one", 5), ("starts with 1", [2, 3]), (7, 8, 0), (4, 8), "no", "no", "no", "no"]
    assert f(iter([1])) == "no"


def test_mappings():
    def f(v):
        match v:
            case {"kind": "move", "to": [x, y]}:
                return (x, y)
            case {"kind": str(k), **rest}:
                return (k, rest)
            case {1: _, 2: _}:
                return "numbers"
            case {}:
                return "mapping"
            case _:
                return "no"

    assert [f(v) for v in ({"kind": "move", "to": (1, 2), "z": 0}, {"kind": "stop", "a": 1}, {1: 1, 2: 2}, {}, {"q": 1}, [])] == [(1, 2), ("stop", {"a": 1}), "numbers", "mapping", "mapping", "no"]


def test_classes():
    def f(v):
        match v:
            case Point(0, 0):
                return "origin"
            case Point(x=0, y=y):
                return ("axis", y)
            case Point(x, y) if x == y:
                return "diagonal"
            case Point():
                return "point"
            case int(n) | float(n):
                return ("number", n)
            case str() as s:
                return s.upper()
            case list([a, b]):
                return a + b
            case _:
                return "no"

    assert [f(v) for v in (Point(0, 0), Point(0, 3), Point(2, 2), Point(1, 2), 5, 2.5, "abc", [1, 2], {})] == ["origin", ("axis", 3), "diagonal", "point", ("number", 5), ("number", 2.5), "ABC", 3, "no"]

    class NoArgs:
        pass

    def positional(v):
        match v:
            case NoArgs(1):
                return 1

    assert "accepts 0 positional sub-patterns (1 given)" in message(TypeError, positional, NoArgs())


def test_own_match_args():
    class Range:
        __match_args__ = ("low", "high")

        def __init__(self, low, high):
            self.low, self.high = low, high

    match Range(1, 5):
        case Range(1, high):
            assert high == 5
        case _:
            raise AssertionError


def test_guards_and_bindings():
    log = []

    def check(x):
        log.append(x)
        return x > 2

    match [1, 3]:
        case [a, _] if check(a):
            result = "first"
        case [_, b] if check(b):
            result = "second"
    assert result == "second" and log == [1, 3] and a == 1 and b == 3
    match {"a": [1, {"b": Point(3, 4)}]}:
        case {"a": [_, {"b": Point(x, y) as p}]}:
            assert (x, y) == (3, 4) and p.x == 3
        case _:
            raise AssertionError


def test_no_match_falls_through():
    value = "unchanged"
    match 5:
        case 6:
            value = "changed"
    assert value == "unchanged"
    match (1, 2), 3:
        case (a, b), c:
            assert a + b + c == 6
    match = 5
    case = [match]
    assert case == [5]
    raises(SyntaxError, compile, "match x:\n case a: pass\n case b: pass", "<s>", "exec")
    raises(SyntaxError, compile, "match x:\n case [a, a]: pass", "<s>", "exec")



def test_attribute_names_are_not_mangled():
    class Holder:
        def __init__(self):
            self.__x = 1
            setattr(self, "__x", 2)

        def look(self):
            match self:
                case Holder(__x=x):
                    return x

    assert Holder().look() == 2


if __name__ == "__main__":
    main(globals())
