"""The iteration protocol: own iterators, the old sequence protocol, iter with a sentinel, itertools."""

import itertools

from _run import main, message, raises


def test_own_iterator():
    class Down:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if self.n == 0:
                raise StopIteration
            self.n -= 1
            return self.n

    assert list(Down(3)) == [2, 1, 0] and sum(Down(4)) == 6 and tuple(Down(0)) == () and [*Down(2)] == [1, 0] and max(Down(5)) == 4 and 2 in Down(4)
    a, b, c = Down(3)
    assert (a, b, c) == (2, 1, 0) and dict(zip("ab", Down(2))) == {"a": 1, "b": 0}


def test_sequence_protocol():
    class Squares:
        def __getitem__(self, i):
            if i == 4:
                raise IndexError
            return i * i

    assert list(Squares()) == [0, 1, 4, 9] and 9 in Squares() and 5 not in Squares()


def test_what_is_not_iterable():
    assert message(TypeError, iter, 5) == "'int' object is not iterable" and message(TypeError, next, []) == "'list' object is not an iterator"

    class Bad:
        def __iter__(self):
            return 5

    assert message(TypeError, iter, Bad()).endswith("returned non-iterator of type 'int'")

    class Refuses:
        __iter__ = None

        def __getitem__(self, i):
            return 1

    raises(TypeError, iter, Refuses())


def test_for_else_break_continue():
    def find(values, wanted):
        for v in values:
            if v < 0:
                continue
            if v == wanted:
                break
        else:
            return "none"
        return v

    assert find([-1, 2, 3], 3) == 3 and find([1], 3) == "none" and find([], 1) == "none"
    n, log = 5, []
    while n:
        n -= 1
        if n == 3:
            continue
        if n == 1:
            break
        log.append(n)
    else:
        log.append("else")
    assert log == [4, 2]


def test_sentinel_and_reversed():
    values = iter([1, 2, 3, 0, 9])
    assert list(iter(lambda: next(values), 0)) == [1, 2, 3]

    class R:
        def __reversed__(self):
            return iter("cba")

    assert list(reversed(R())) == ["c", "b", "a"] and list(reversed(range(3))) == [2, 1, 0] and list(reversed({"a": 1, "b": 2})) == ["b", "a"]
    raises(TypeError, reversed, {1})


def test_length_hint():
    import operator

    it = iter([1, 2, 3])
    next(it)
    assert operator.length_hint(it) == 2 and operator.length_hint(iter(range(10))) == 10 and operator.length_hint(object(), 4) == 4


def test_infinite_and_slices():
    assert list(itertools.islice(itertools.count(5, 2), 3)) == [5, 7, 9] and list(itertools.islice(itertools.cycle("ab"), 5)) == list("ababa")
    assert list(itertools.repeat(1, 3)) == [1, 1, 1] and list(itertools.islice("abcdef", 1, None, 2)) == ["b", "d", "f"]


def test_selecting():
    assert list(itertools.takewhile(lambda x: x < 3, [1, 2, 3, 1])) == [1, 2] and list(itertools.dropwhile(lambda x: x < 3, [1, 3, 1])) == [3, 1]
    assert list(itertools.filterfalse(lambda x: x % 2, range(5))) == [0, 2, 4] and list(itertools.compress("abc", [1, 0, 1])) == ["a", "c"]
    assert [(k, list(g)) for k, g in itertools.groupby("aabba")] == [("a", ["a", "a"]), ("b", ["b", "b"]), ("a", ["a"])]


def test_combining():
    assert list(itertools.chain([1], "a", ())) == [1, "a"] and list(itertools.chain.from_iterable([[1], [2]])) == [1, 2]
    assert list(itertools.accumulate([1, 2, 3])) == [1, 3, 6] and list(itertools.accumulate([1, 2, 3], lambda a, b: a * b, initial=10)) == [10, 10, 20, 60]
    assert list(itertools.zip_longest("ab", [1], fillvalue="-")) == [("a", 1), ("b", "-")] and list(itertools.starmap(pow, [(2, 3), (3, 2)])) == [8, 9]
    assert list(itertools.pairwise("abc")) == [("a", "b"), ("b", "c")] and list(itertools.batched("abcde", 2)) == [("a", "b"), ("c", "d"), ("e",)]
    a, b = itertools.tee([1, 2, 3])
    assert next(a) == 1 and list(b) == [1, 2, 3] and list(a) == [2, 3]


def test_counting():
    assert list(itertools.permutations("abc", 2)) == [tuple(p) for p in ("ab", "ac", "ba", "bc", "ca", "cb")] and len(list(itertools.permutations(range(5)))) == 120
    assert list(itertools.combinations("abc", 2)) == [("a", "b"), ("a", "c"), ("b", "c")] and list(itertools.combinations_with_replacement("ab", 2)) == [("a", "a"), ("a", "b"), ("b", "b")]
    assert list(itertools.product("ab", [0, 1])) == [("a", 0), ("a", 1), ("b", 0), ("b", 1)] and len(list(itertools.product(range(3), repeat=4))) == 81


def test_results_that_are_kept_stay():
    for make, expected in [
        (lambda: enumerate("abc", 5), [(5, "a"), (6, "b"), (7, "c")]),
        (lambda: zip("abc", [1, 2, 3]), [("a", 1), ("b", 2), ("c", 3)]),
        (lambda: zip("abc"), [("a",), ("b",), ("c",)]),
        (lambda: zip("ab", "cd", "ef", "gh", "ij", "kl", "mn"), [tuple("acegikm"), tuple("bdfhjln")]),
        (lambda: itertools.product("ab", "cd"), [("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")]),
        (lambda: itertools.combinations("abc", 2), [("a", "b"), ("a", "c"), ("b", "c")]),
        (lambda: itertools.permutations("ab"), [("a", "b"), ("b", "a")]),
        (lambda: itertools.pairwise("abcd"), [("a", "b"), ("b", "c"), ("c", "d")]),
        (lambda: itertools.zip_longest("ab", "c"), [("a", "c"), ("b", None)]),
    ]:
        assert list(make()) == expected and [item for item in make()] == expected
        one = None
        seen = []
        for item in make():
            if one is None:
                one = item
            seen.append(hash(item))
            assert item == expected[len(seen) - 1]
            del item
        assert one == expected[0] and seen == [hash(item) for item in expected]
    nested = [list(zip(row, row)) for row in zip("ab", "cd")]
    assert nested == [[("a", "a"), ("c", "c")], [("b", "b"), ("d", "d")]]


def test_exhausted_stays_exhausted():
    values = [1]
    it = iter(values)
    list(it)
    values.append(2)
    assert list(it) == [] and list(zip([], itertools.count())) == []
    e = enumerate("a", 10**20)
    assert next(e) == (10**20, "a")
    m = map(int, ["1", "x", "3"])
    assert next(m) == 1
    raises(ValueError, next, m)
    assert next(m) == 3


def test_loops_over_iterators_in_python():
    import sys

    class Count:
        def __init__(self, n):
            self.n, self.i = n, 0

        def __iter__(self):
            return self

        def __next__(self):
            if self.i >= self.n:
                raise StopIteration(self.n)
            self.i += 1
            return self.i

    seen = []
    for x in Count(3):
        seen.append(x)
    else:
        seen.append("else")
    assert seen == [1, 2, 3, "else"] and [x for x in Count(2)] == [1, 2] and sys.exception() is None
    assert [(x, y) for x in Count(2) for y in Count(2)] == [(1, 1), (1, 2), (2, 1), (2, 2)]

    def inside():
        for x in Count(2):
            yield x

    assert list(inside()) == [1, 2] and sum(inside()) == 3

    class Bad(Count):
        def __next__(self):
            if self.i == 1:
                raise KeyError("bad")
            return super().__next__()

    seen = []

    def loop():
        for x in Bad(3):
            seen.append(x)

    raises(KeyError, loop)
    assert seen == [1]
    try:
        raise ValueError
    except ValueError:
        for x in Count(2):
            assert type(sys.exception()) is ValueError
        assert type(sys.exception()) is ValueError

    class Changes(Count):
        pass

    Changes.__next__ = lambda self: Count.__next__(self) * 2
    seen = []
    for x in Changes(3):
        seen.append(x)
        Changes.__next__ = Count.__next__
    assert seen == [2, 2, 3]

    class Missing:
        def __iter__(self):
            return self

        __next__ = None

    raises(TypeError, lambda: [x for x in Missing()])


def test_a_stop_iteration_ends_loops():
    def stops(x):
        if x == 2:
            raise StopIteration("inside")
        return x

    assert list(map(stops, [1, 2, 3])) == [1] and [*map(stops, [1, 2])] == [1] and sum(map(stops, [1, 1, 2])) == 2
    seen = []
    for x in map(stops, [0, 1, 2, 3]):
        seen.append(x)
    assert seen == [0, 1]


def test_loops_over_pairs():
    d = {i: str(i) for i in range(3)}
    seen = []
    for k, v in d.items():
        seen.append((k, v))
    for i, x in enumerate("ab", 5):
        seen.append((i, x))
    for a, b in zip([1, 2, 3], iter("xy")):
        seen.append((a, b))
    for i, (a, b) in enumerate(zip("ab", (1, 2))):
        seen.append((i, a, b))
    assert seen == [(0, "0"), (1, "1"), (2, "2"), (5, "a"), (6, "b"), (1, "x"), (2, "y"), (0, "a", 1), (1, "b", 2)]
    assert {k: v for k, v in zip("ab", range(2))} == {"a": 0, "b": 1}
    for k, k in d.items():
        assert k == d[int(k)]

    def grows():
        for k, v in d.items():
            d[k + 10] = v

    raises(RuntimeError, grows)
    seen = []

    def strict():
        for a, b in zip([1, 2], [1], strict=True):
            seen.append((a, b))

    raises(ValueError, strict)
    assert seen == [(1, 1)]

    class Other(enumerate):
        def __next__(self):
            n, x = super().__next__()
            return x, n

    assert [(a, b) for a, b in Other("ab")] == [("a", 0), ("b", 1)]

    def three():
        for a, b, c in zip([1], [2]):
            pass

    raises(ValueError, three)
    # Tuples that somebody keeps stay as they are.
    kept = [pair for pair in enumerate("abc")]
    assert kept == [(0, "a"), (1, "b"), (2, "c")]


def test_one_function_for_many_values():
    import sys

    def negative(x):
        return -x

    class Modulo:
        def __init__(self, m):
            self.m = m

        def of(self, x):
            return x % self.m

    def loop(f, values):
        return [x for x in map(f, values)]

    method = Modulo(3).of
    assert sorted([3, 1, 2], key=negative) == [3, 2, 1] and sorted(range(6), key=method) == [0, 3, 1, 4, 2, 5]
    assert max([1, 2, 3], key=negative) == 1 and min([[1], []], key=len) == [] and list(map(method, range(5))) == [0, 1, 2, 0, 1]
    assert sum(map(negative, range(4))) == -6 and list(filter(method, range(5))) == [1, 2, 4] and loop(negative, [1, 2]) == [-1, -2]

    def stops(x):
        if x > 1:
            raise StopIteration
        return True

    assert list(map(stops, range(5))) == loop(stops, range(5)) == [True, True] and list(filter(stops, range(5))) == [0, 1]
    raises(StopIteration, sorted, [1, 5], key=stops)
    raises(StopIteration, max, [1, 5], key=stops)

    class Stops:
        def __radd__(self, other):
            raise StopIteration

    raises(StopIteration, lambda: sum(map(lambda x: Stops(), [1])))

    def fails(x):
        return 1 // x

    for f in (lambda: sorted([1, 0], key=fails), lambda: list(map(fails, [1, 0])), lambda: loop(fails, [1, 0]), lambda: min([1, 0], key=fails)):
        e = raises(ZeroDivisionError, f)
        tb = e.__traceback__
        while tb.tb_next:
            tb = tb.tb_next
        assert tb.tb_frame.f_code is fails.__code__ and tb.tb_frame.f_locals == {"x": 0}

    def changes(x):
        me[0].__code__ = me[1].__code__
        return "first", x

    def other(x):
        return me and "other", x

    me = [changes, other]
    first = changes.__code__
    assert list(map(changes, [1, 2])) == [("first", 1), ("other", 2)]
    changes.__code__ = first
    assert loop(changes, [1, 2]) == [("first", 1), ("other", 2)]

    def frame(x):
        return sys._getframe()

    a, b = map(frame, [1, 2])
    assert a is not b and a.f_locals["x"] == 1 and b.f_locals["x"] == 2

    def deep(x):
        return max([x], key=deep)

    raises(RecursionError, deep, 1)
    values = [3, 2, 1]
    raises(ValueError, values.sort, key=lambda x: values.append(x) or x)


def test_calls_of_one_function_are_traced():
    import sys

    def f(x):
        if x == 1:
            sys.settrace(note)
        return x

    def note(frame, event, arg):
        seen.append((frame.f_code.co_name, event))

    for run in (lambda: list(map(f, [0, 1, 2, 3])), lambda: sorted([0, 1, 2, 3], key=f)):
        seen = []
        try:
            run()
        finally:
            sys.settrace(None)
        assert [s for s in seen if s[0] == "f"] == [("f", "call")] * 2


def test_keywords_of_subclasses():
    """A subclass takes keywords only if its own `__init__` does."""
    import itertools

    for base, arguments in (filter, (None, [1])), (itertools.chain, ([1],)), (itertools.cycle, ([1],)), (reversed, ([1],)), (zip, ([1],)), (map, (str, [1])):
        class Plain(base):
            pass

        class Own(base):
            def __init__(self, *arguments, extra=None):
                self.extra = extra

        raises(TypeError, base, *arguments, extra=1)
        raises(TypeError, Plain, *arguments, extra=1)
        if base not in (zip, map, reversed):
            assert Own(*arguments, extra=1).extra == 1
        assert next(base(*arguments)) in (1, (1,), "1")


if __name__ == "__main__":
    main(globals())
