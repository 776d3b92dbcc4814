"""tuple, range and slice objects, and unpacking in all its places."""

from _run import main, message, raises


def test_tuples():
    assert () == tuple() and (1,) + (2, 3) == (1, 2, 3) and (1, 2) * 2 == (1, 2, 1, 2) and (1, 2) < (1, 3) and hash((1, "a")) == hash((1, "a"))
    t = (1, 2, 3, 2)
    assert t[1:] == (2, 3, 2) and t[-1] == 2 and t.count(2) == 2 and t.index(3) == 2 and 3 in t and repr((1,)) == "(1,)" and t[::-1] == (2, 3, 2, 1)
    assert message(IndexError, lambda: t[9]) == "tuple index out of range"
    raises(TypeError, hash, ([],))

    def assign():
        t[0] = 1

    assert message(TypeError, assign) == "'tuple' object does not support item assignment"


def test_assign_inside_tuple_raises_but_extends():
    t = ([1],)

    def run():
        t[0] += [2]

    raises(TypeError, run)
    assert t == ([1, 2],)


def test_ranges():
    r = range(2, 20, 3)
    assert list(r) == [2, 5, 8, 11, 14, 17] and len(r) == 6 and r[2] == 8 and r[-1] == 17 and r[1:3] == range(5, 11, 3) and 8 in r and 9 not in r and r.index(14) == 4 and r.count(5) == 1
    assert list(range(5, 0, -2)) == [5, 3, 1] and list(reversed(range(4))) == [3, 2, 1, 0] and range(0) == range(5, 2) and hash(range(0)) == hash(range(2, 2)) and not range(0)
    assert repr(range(1, 5)) == "range(1, 5)" and repr(range(0, 5, 2)) == "range(0, 5, 2)" and range(0, 3, 2) == range(0, 4, 2) and (r.start, r.stop, r.step) == (2, 20, 3)
    big = range(10**30, 10**30 + 5)
    assert list(big)[-1] == 10**30 + 4 and 10**30 + 2 in big and len(range(2**62)) == 2**62
    raises(ValueError, range, 1, 2, 0)
    raises(TypeError, range, 1.0)
    raises(IndexError, lambda: r[6])


def test_slices():
    s = slice(1, None, 2)
    assert (s.start, s.stop, s.step) == (1, None, 2) and s.indices(6) == (1, 6, 2) and "abcdef"[s] == "bdf" and slice(3) == slice(None, 3, None) and repr(s) == "slice(1, None, 2)"

    class Echo:
        def __getitem__(self, item):
            return item

    e = Echo()
    assert e[1:2] == slice(1, 2) and e[1, 2:3, ...] == (1, slice(2, 3), Ellipsis) and e[()] == () and e[1,] == (1,) and e[*[1, 2]] == (1, 2)


def test_unpacking():
    a, b = 1, 2
    a, b = b, a
    assert (a, b) == (2, 1)
    first, *rest = "abc"
    *start, last = range(3)
    head, *middle, tail = [1, 2]
    assert (first, rest, start, last, head, middle, tail) == ("a", ["b", "c"], [0, 1], 2, 1, [], 2)
    (x, (y, z)), w = (1, [2, 3]), 4
    [p, q] = {5: 0, 6: 0}
    assert (x, y, z, w, p, q) == (1, 2, 3, 4, 5, 6)
    i, l = 0, [0, 0]
    i, l[i] = 1, 9
    assert l == [0, 9]
    for k, (m, *n) in {"k": (1, 2, 3)}.items():
        assert (k, m, n) == ("k", 1, [2, 3])


def test_unpacking_errors():
    def run(source, values):
        exec(source, {"values": values})

    assert message(ValueError, run, "a, b = values", [1]) == "not enough values to unpack (expected 2, got 1)"
    assert message(ValueError, run, "a, b = values", [1, 2, 3]).startswith("too many values to unpack (expected 2")
    assert message(ValueError, run, "a, *b, c = values", [1]) == "not enough values to unpack (expected at least 2, got 1)"
    assert message(TypeError, run, "a, b = values", 5) == "cannot unpack non-iterable int object"


def test_displays_with_stars():
    assert [*"ab", *(1, 2)] == ["a", "b", 1, 2] and (*range(2), 5) == (0, 1, 5) and {*[1, 2], 2} == {1, 2} and {**{"a": 1}} == {"a": 1}

    def f():
        return 1, *[2, 3]

    def g():
        yield *[1], 2

    assert f() == (1, 2, 3) and list(g()) == [(1, 2)]


def test_named_tuples():
    from collections import namedtuple
    from typing import NamedTuple

    P = namedtuple("P", "x y", defaults=[5])
    p = P(1)
    x, y = p
    assert (x, y) == (1, 5) and p.x == 1 and p._replace(x=3) == (3, 5) and repr(p) == "P(x=1, y=5)" and p._asdict() == {"x": 1, "y": 5} and P._fields == ("x", "y")

    class Q(NamedTuple):
        a: int
        b: str = "z"

    assert Q(1) == (1, "z") and Q(1).b == "z"
    raises(AttributeError, setattr, p, "x", 1)


if __name__ == "__main__":
    main(globals())
