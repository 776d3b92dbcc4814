"""Lists: building, slices in both directions, changing while iterating, comparison, sorting in place."""

from _run import main, message, raises


def test_building():
    assert [] == list() and [1] * 3 == [1, 1, 1] and [1, 2] + [3] == [1, 2, 3] and list("ab") == ["a", "b"] and [*range(3), 9] == [0, 1, 2, 9]
    a = b = [1]
    a += [2]
    assert b == [1, 2] and a is b
    a = a + [3]
    assert b == [1, 2] and a == [1, 2, 3]
    grid = [[0] * 2 for _ in range(2)]
    grid[0][1] = 5
    assert grid == [[0, 5], [0, 0]]
    assert message(TypeError, lambda: [1] + (2,)) == 'can only concatenate list (not "tuple") to list'


def test_index_and_slice():
    a = list(range(10))
    assert a[-1] == 9 and a[2:5] == [2, 3, 4] and a[::-3] == [9, 6, 3, 0] and a[8:2:-2] == [8, 6, 4] and a[5:100] == [5, 6, 7, 8, 9] and a[-3:] == [7, 8, 9]
    assert message(IndexError, lambda: a[10]) == "list index out of range" and a[True] == 1
    assert message(TypeError, lambda: a["x"]) == "list indices must be integers or slices, not str"
    raises(ValueError, lambda: a[::0])

    class Index:
        def __index__(self):
            return 3

    assert a[Index()] == 3 and a[Index():5] == [3, 4]


def test_slice_assignment():
    a = list(range(6))
    a[1:3] = ["x", "y", "z"]
    assert a == [0, "x", "y", "z", 3, 4, 5]
    a[::2] = [1, 1, 1, 1]
    assert a == [1, "x", 1, "z", 1, 4, 1]
    a[2:2] = [7, 8]
    a[len(a):] = [9]
    assert a == [1, "x", 7, 8, 1, "z", 1, 4, 1, 9]
    del a[::3]
    assert a == ["x", 7, 1, "z", 4, 1]
    a[:] = a
    a[1:1] = a
    assert len(a) == 12 and a[:3] == ["x", "x", 7]
    assert "attempt to assign sequence of size 1 to extended slice of size 6" == message(ValueError, a.__setitem__, slice(None, None, 2), [1])
    raises(TypeError, a.__setitem__, slice(0, 1), 5)


def test_methods():
    a = [3, 1, 2]
    a.append(1); a.extend((5, 6)); a.insert(1, "i"); a.insert(-100, "first"); a.insert(100, "last")
    assert a == ["first", 3, "i", 1, 2, 1, 5, 6, "last"] and a.pop() == "last" and a.pop(0) == "first" and a.index(1) == 2 and a.count(1) == 2
    a.remove(1)
    assert a == [3, "i", 2, 1, 5, 6] and a.index(1, 2) == 3
    a.reverse()
    b = a.copy()
    a.clear()
    assert b == [6, 5, 1, 2, "i", 3] and a == []
    assert message(ValueError, b.remove, 99) == "list.remove(x): x not in list" and message(IndexError, a.pop) == "pop from empty list"
    raises(ValueError, b.index, 99)


def test_comparison():
    assert [1, 2] < [1, 3] < [2] and [1] < [1, 0] and [] < [0] and not [1, 2] == (1, 2) and [1, [2, 3]] == [1, [2, 3]]
    assert 2 in [1, 2.0] and [1, 2] != [1, 2, 3]
    raises(TypeError, lambda: [1] < ["a"])


def test_repr_of_a_list_in_itself():
    a = [1]
    a.append(a)
    assert repr(a) == "[1, [...]]" and str([None, "a", 1.5, [()]]) == "[None, 'a', 1.5, [()]]"
    raises(RecursionError, _deep, a)


def _deep(a):
    b = [1]
    b.append(b)
    return a == b


def test_changing_while_iterating():
    a = [1, 2, 3]
    seen = []
    for x in a:
        seen.append(x)
        if len(a) < 6:
            a.append(x * 10)
    assert seen == [1, 2, 3, 10, 20, 30]
    a = list(range(6))
    for x in a:
        a.remove(x)
    assert a == [1, 3, 5]
    it = iter([1])
    assert next(it) == 1 and next(it, "end") == "end" and next(it, "end") == "end"


def test_sort():
    a = [3, 1, 2]
    assert a.sort() is None and a == [1, 2, 3]
    words = ["bb", "a", "ccc", "dd"]
    assert sorted(words, key=len) == ["a", "bb", "dd", "ccc"] and sorted(words, key=len, reverse=True) == ["ccc", "bb", "dd", "a"]
    many = [(i * 7919) % 1009 for i in range(3000)]
    ordered = sorted(many)
    assert all(x <= y for x, y in zip(ordered, ordered[1:])) and sorted(ordered, reverse=True) == ordered[::-1]
    pairs = sorted((i % 5, i) for i in range(100))
    assert pairs == sorted(pairs, key=lambda p: p[0])
    raises(TypeError, [1, "a"].sort)
    changing = [3, 2, 1]
    raises(ValueError, changing.sort, key=lambda x: changing.append(0) or x)


def test_sort_with_own_comparison():
    from functools import cmp_to_key

    class Backward:
        def __init__(self, n):
            self.n = n

        def __lt__(self, other):
            return self.n > other.n

    assert [b.n for b in sorted(map(Backward, [2, 3, 1]))] == [3, 2, 1]
    assert sorted([1, 2, 3], key=cmp_to_key(lambda a, b: b - a)) == [3, 2, 1]

    class Broken:
        def __lt__(self, other):
            raise KeyError("no order")

    raises(KeyError, sorted, [Broken(), Broken()])


def test_huge_sizes_are_refused():
    raises((MemoryError, OverflowError), lambda: [0] * (2**62))
    raises((MemoryError, OverflowError), lambda: [0] * 2**70)


def test_builtin_functions():
    a = [4, 2, 9]
    assert (sum(a), min(a), max(a), len(a), any(a), all(a + [0])) == (15, 2, 9, 3, True, False) and sum([[1], [2]], []) == [1, 2]
    assert list(enumerate("ab", 1)) == [(1, "a"), (2, "b")] and list(zip("ab", [1, 2, 3])) == [("a", 1), ("b", 2)] and list(map(lambda x, y: x + y, [1, 2], [10, 20])) == [11, 22]
    assert list(filter(None, [0, 1, "", "a"])) == [1, "a"] and list(reversed(a)) == [9, 2, 4] and max("a", "bb", key=len) == "bb" and min([], default=7) == 7
    raises(ValueError, lambda: list(zip([1], [1, 2], strict=True)))


if __name__ == "__main__":
    main(globals())
