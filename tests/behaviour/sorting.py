"""sorted and list.sort: stability, keys, reversed, adversarial orders, comparisons that raise or change the list; heapq, bisect."""

import bisect
import heapq
import random
from operator import attrgetter, itemgetter

from _run import main, message, raises


def test_against_a_simple_sort():
    rng = random.Random(7)
    for size in (0, 1, 2, 3, 10, 31, 32, 33, 64, 65, 200, 1000):
        for limit in (2, 10, 10**9):
            values = [rng.randrange(limit) for _ in range(size)]
            expected = []
            for v in values:
                bisect.insort(expected, v)
            assert sorted(values) == expected and sorted(values, reverse=True) == expected[::-1]


def test_runs_and_patterns():
    patterns = [list(range(500)), list(range(500, 0, -1)), [i % 7 for i in range(500)], list(range(250)) + list(range(250)), [0] * 500, [i ^ 1 for i in range(500)], list(range(0, 500, 2)) + list(range(1, 500, 2))]
    for values in patterns:
        result = sorted(values)
        assert all(a <= b for a, b in zip(result, result[1:])) and len(result) == len(values) and sum(result) == sum(values)


def test_stability():
    rng = random.Random(1)
    pairs = [(rng.randrange(20), i) for i in range(2000)]
    assert sorted(pairs, key=itemgetter(0)) == sorted(pairs)
    backward = sorted(pairs, key=itemgetter(0), reverse=True)
    assert all(a[0] > b[0] or (a[0] == b[0] and a[1] < b[1]) for a, b in zip(backward, backward[1:]))


def test_types():
    assert sorted(["b", "a", "é", "B", ""]) == ["", "B", "a", "b", "é"] and sorted([2.5, 1, True, -1.5]) == [-1.5, 1, True, 2.5] and sorted([(1, "b"), (1, "a"), (0,)]) == [(0,), (1, "a"), (1, "b")]
    assert sorted([[2], [1, 5], []]) == [[], [1, 5], [2]] and sorted([10**30, 1, -(10**30)]) == [-(10**30), 1, 10**30] and sorted([b"b", b"a"]) == [b"a", b"b"] and sorted({"b": 1, "a": 2}) == ["a", "b"]
    raises(TypeError, sorted, [1, None])
    raises(TypeError, sorted, [1j, 2j])
    raises(TypeError, sorted, 5)


def test_keys_are_called_once():
    calls = []
    sorted([3, 1, 2], key=lambda x: calls.append(x) or x)
    assert calls == [3, 1, 2] and sorted("abc", key=lambda c: -ord(c)) == ["c", "b", "a"] and sorted([1, 2], key=None) == [1, 2]

    class C:
        def __init__(self, n):
            self.n = n

    assert [c.n for c in sorted([C(2), C(1)], key=attrgetter("n"))] == [1, 2]
    raises(ZeroDivisionError, sorted, [1, 0], key=lambda x: 1 // x)


def test_a_failed_sort_keeps_the_elements():
    class E:
        def __init__(self, n):
            self.n = n

        def __lt__(self, other):
            if self.n == 5 and other.n > 5 or other.n == 5:
                raise ValueError
            return self.n < other.n

    values = [E(i) for i in (3, 9, 5, 1, 7, 2)]
    before = sorted(e.n for e in values)
    raises(ValueError, values.sort)
    assert sorted(e.n for e in values) == before


def test_list_is_empty_while_it_is_sorted():
    seen = []
    values = [3, 1, 2]
    values.sort(key=lambda x: seen.append(len(values)) or x)
    assert seen == [0, 0, 0] and values == [1, 2, 3]


def test_nonsense_comparisons_do_no_harm():
    class Random:
        rng = random.Random(3)

        def __lt__(self, other):
            return self.rng.random() < 0.5

    values = [Random() for _ in range(500)]
    ids = sorted(map(id, values))
    values.sort()
    assert sorted(map(id, values)) == ids
    assert len(sorted([float("nan"), 1.0, float("nan"), 0.0] * 20)) == 80


def test_heapq_and_bisect():
    heap = []
    for n in (5, 1, 4, 1, 3):
        heapq.heappush(heap, n)
    assert [heapq.heappop(heap) for _ in range(5)] == [1, 1, 3, 4, 5]
    values = [5, 3, 8, 1]
    heapq.heapify(values)
    assert values[0] == 1 and heapq.nsmallest(2, values) == [1, 3] and heapq.nlargest(2, values) == [8, 5] and list(heapq.merge([1, 4], [2, 3])) == [1, 2, 3, 4] and heapq.heappushpop(values, 0) == 0 and heapq.heapreplace(values, 9) == 1
    assert bisect.bisect([1, 2, 2, 3], 2) == 3 and bisect.bisect_left([1, 2, 2, 3], 2) == 1 and bisect.bisect([{"k": 1}, {"k": 3}], 2, key=lambda d: d["k"]) == 1


def test_kinds_of_members():
    import random

    rng = random.Random(5)
    words = ["", "a", "a\0", "ab", "abcdefgh", "abcdefgh\0", "abcdefghi", "b", "\xe9", "\u20ac", "\U0001f40d"]
    for n in (5, 60, 700):
        for make in (
            lambda: rng.randrange(-50, 50),
            lambda: rng.choice(words),
            lambda: rng.choice([0.0, -0.0, 1.5, -2.25, float("inf"), 1e-300]),
            lambda: (rng.choice(words), rng.randrange(3)),
            lambda: (rng.randrange(3), rng.choice(words), 0.5),
            lambda: (rng.randrange(2), (rng.randrange(2), rng.choice(words))),
            lambda: (rng.randrange(3), None) if n < 6 else (rng.randrange(10**6), rng.choice(words)),
            lambda: rng.choice([(), (1,), (1, 2), (0, 5)]),
            lambda: rng.choice([1, 2.5, True, 2**70]),
        ):
            values = [make() for _ in range(n)]
            if isinstance(values[0], tuple) and None in values[0]:
                values = [(i, None) for i in range(n)][::-1]
            # What selection by comparison gives.
            numbered = [(v, i) for i, v in enumerate(values)]
            for reverse in (False, True):
                result = sorted(values, reverse=reverse)
                copy = list(values)
                copy.sort(reverse=reverse)
                assert result == copy and list(map(id, result)) == list(map(id, copy))
                assert all(not (b < a if not reverse else a < b) for a, b in zip(result, result[1:]))
                by_key = sorted(numbered, key=lambda pair: pair[0], reverse=reverse)
                assert [v for v, _ in by_key] == result
                assert all(a[0] != b[0] or a[1] < b[1] for a, b in zip(by_key, by_key[1:])), "stable"
                assert sorted(i for _, i in by_key) == list(range(n))


def test_tuples_that_raise_lose_nothing():
    class Bad:
        def __lt__(self, other):
            raise KeyError

    values = [(n % 4, str(n)) for n in range(50)] + [(2, Bad()), (2, Bad())]
    before = sorted(map(id, values))
    raises((KeyError, TypeError), values.sort)
    assert sorted(map(id, values)) == before
    raises(TypeError, sorted, [(1, "a"), (1, 2)])
    raises(TypeError, sorted, [1, "a"])


def test_min_max_are_stable():
    assert min([(1, "a"), (1, "b")], key=itemgetter(0)) == (1, "a") and max([(1, "a"), (1, "b")], key=itemgetter(0)) == (1, "a") and min("b", "a") == "a"
    raises(ValueError, max, [])
    raises(TypeError, max)


if __name__ == "__main__":
    main(globals())
