"""dict, set, frozenset and views: order, changing while iterating, hashing of own keys, merging."""

from _run import main, message, raises


def test_building():
    assert {} == dict() and dict(a=1) == {"a": 1} and dict([("a", 1), ("b", 2)], c=3) == {"a": 1, "b": 2, "c": 3} and dict.fromkeys("ab", 0) == {"a": 0, "b": 0}
    assert {**{"a": 1}, "b": 2, **{"a": 3}} == {"a": 3, "b": 2} and {i: i * i for i in range(3)} == {0: 0, 1: 1, 2: 4}
    assert {1: "a", 1.0: "b", True: "c"} == {1: "c"} and list({1: "a", True: "c"}) == [1]
    raises(TypeError, lambda: {[]: 1})
    assert message(TypeError, hash, []) == "unhashable type: 'list'"


def test_order_is_insertion():
    d = {"b": 1, "a": 2}
    d["c"] = 3
    d["b"] = 9
    assert list(d) == ["b", "a", "c"]
    del d["b"]
    d["b"] = 1
    assert list(d.items()) == [("a", 2), ("c", 3), ("b", 1)] and list(reversed(d)) == ["b", "c", "a"] and d.popitem() == ("b", 1)
    big = {i: i for i in range(1000)}
    for i in range(0, 1000, 2):
        del big[i]
    for i in range(2000, 2100):
        big[i] = i
    assert list(big) == list(range(1, 1000, 2)) + list(range(2000, 2100))


def test_methods():
    d = {"a": 1}
    assert d.get("a") == 1 and d.get("x") is None and d.get("x", 5) == 5 and d.setdefault("a", 9) == 1 and d.setdefault("n", []) == []
    assert d.pop("n") == [] and d.pop("n", "gone") == "gone"
    d.update({"b": 2}, c=3)
    d.update([("d", 4)])
    assert d == {"a": 1, "b": 2, "c": 3, "d": 4} and len(d) == 4 and "a" in d and 1 not in d
    assert raises(KeyError, d.pop, "zz").args == ("zz",) and raises(KeyError, lambda: d[5]).args == (5,)
    c = d.copy()
    d.clear()
    assert not d and c["d"] == 4 and message(KeyError, d.popitem) == "'popitem(): dictionary is empty'"
    assert {"a": 1} | {"b": 2} == {"a": 1, "b": 2}
    c |= {"z": 0}
    assert c["z"] == 0


def test_views():
    d = {"a": 1, "b": 2}
    keys, values, items = d.keys(), d.values(), d.items()
    d["c"] = 3
    assert list(keys) == ["a", "b", "c"] and list(values) == [1, 2, 3] and ("c", 3) in items and len(items) == 3
    assert keys & {"a", "z"} == {"a"} and keys | {"z"} == {"a", "b", "c", "z"} and keys - {"a"} == {"b", "c"} and keys == {"a", "b", "c"}
    assert repr(keys) == "dict_keys(['a', 'b', 'c'])" and list(reversed(items))[0] == ("c", 3)


def test_changing_while_iterating():
    d = {i: i for i in range(5)}

    def grow():
        for k in d:
            d[k + 100] = 1

    assert message(RuntimeError, grow) == "dictionary changed size during iteration"
    d = {1: 1, 2: 2}
    for k in d:
        d[k] = 0
    assert d == {1: 0, 2: 0}
    s = {1, 2}
    assert message(RuntimeError, lambda: [s.add(x + 10) for x in s]) == "Set changed size during iteration"


def test_own_keys():
    class Key:
        def __init__(self, n):
            self.n = n

        def __hash__(self):
            return self.n % 3

        def __eq__(self, other):
            return isinstance(other, Key) and self.n == other.n

    d = {Key(i): i for i in range(50)}
    assert len(d) == 50 and all(d[Key(i)] == i for i in range(50)) and Key(99) not in d
    for i in range(0, 50, 3):
        del d[Key(i)]
    assert len(d) == 33 and Key(3) not in d and d[Key(4)] == 4

    class NoHash:
        def __eq__(self, other):
            return True

    raises(TypeError, hash, NoHash())

    class Angry:
        def __hash__(self):
            raise ZeroDivisionError

    raises(ZeroDivisionError, lambda: {Angry(): 1})


def test_missing_and_subclass():
    class Default(dict):
        def __missing__(self, key):
            self[key] = key * 2
            return self[key]

    d = Default()
    assert d[4] == 8 and d == {4: 8} and d.get(5) is None and isinstance(d, dict)
    from collections import ChainMap, Counter, OrderedDict, defaultdict

    dd = defaultdict(list)
    dd["a"].append(1)
    assert dd == {"a": [1]} and Counter("abca").most_common(1) == [("a", 2)] and Counter(a=3) - Counter(a=1) == {"a": 2}
    od = OrderedDict.fromkeys("abc")
    od.move_to_end("a")
    assert list(od) == ["b", "c", "a"] and ChainMap({"a": 1}, {"a": 2, "b": 3})["b"] == 3


def test_sets():
    a, b = {1, 2, 3}, {3, 4}
    assert a | b == {1, 2, 3, 4} and a & b == {3} and a - b == {1, 2} and a ^ b == {1, 2, 4} and len(a | b) == 4
    assert {1} < a <= a and a > {1} and not a < b and a.isdisjoint({9}) and a.issuperset([1]) and {1}.issubset(range(3)) and a != b and {1, 2} == {2, 1}
    a.add(5); a.discard(99); a.remove(1); a.update([7, 8], {9}); a.difference_update({9}); a &= {2, 3, 5, 7}
    assert a == {2, 3, 5, 7} and a.pop() in (2, 3, 5, 7) and len(a) == 3
    assert set() == set([]) and repr(set()) == "set()" and repr({1}) == "{1}" and {*"aab"} == {"a", "b"} and {x % 3 for x in range(9)} == {0, 1, 2}
    raises(KeyError, set().pop)
    raises(KeyError, a.remove, 1000)
    raises(TypeError, lambda: a | [1])
    f = frozenset([1, 2])
    assert hash(f) == hash(frozenset([2, 1])) and {f: 1}[frozenset({1, 2})] == 1 and f | {3} == {1, 2, 3} and type(f | {3}) is frozenset and {f} == {frozenset({2, 1})}
    assert {1, 2}.union([3], (4,)) == {1, 2, 3, 4} and {1, 2, 3}.intersection([1, 2], [2]) == {2}


def test_equality_is_deep_and_unordered():
    assert {"a": [1, {"b": 2}], "c": 3} == {"c": 3, "a": [1, {"b": 2}]} and {"a": 1} != {"a": 2}
    nan = float("nan")
    assert {"a": nan} == {"a": nan} and {1: 1} == {1.0: True}
    d = {}
    d["self"] = d
    assert repr(d) == "{'self': {...}}"


def test_pairs_that_are_kept_stay():
    d = {n: str(n) for n in range(5)}
    kept = list(d.items())
    assert kept == [(n, str(n)) for n in range(5)] and len(set(map(id, kept))) == 5
    every_other = [pair for n, pair in enumerate(d.items()) if n % 2]
    assert every_other == [(1, "1"), (3, "3")]
    hashes = [hash(pair) for pair in d.items()]
    assert hashes == [hash((n, str(n))) for n in range(5)]
    it = iter(d.items())
    first = next(it)
    assert [next(it), first] == [(1, "1"), (0, "0")] and next(it) == (2, "2") and first == (0, "0")


def test_finalisers_of_dropped_pairs_may_step():
    seen = []

    class Loud:
        def __del__(self):
            seen.append(next(it, None))

    d = {n: Loud() for n in range(6)}
    it = iter(d.items())
    keys = []
    for key, value in it:
        keys.append(key)
        d[key] = value = None
    assert sorted(keys + [pair[0] for pair in seen if pair]) == list(range(6))


def test_copies_have_their_own_table():
    d = {n: [n] for n in range(100)}
    for n in range(0, 100, 7):
        del d[n]
    for copy in ({**d}, dict(d), d.copy(), d | {}):
        assert copy == d and list(copy) == list(d)
        copy["new"] = 1
        del copy[1]
        assert "new" not in d and 1 in d and list(copy)[-1] == "new" and copy.popitem() == ("new", 1)
        assert next(iter(copy)) == 2 and len(copy) == len(d) - 1
    for n in list(d)[:80]:
        del d[n]
    assert {**d} == d and list({**d}) == list(d) and {**{}} == {} and {**d, "x": 1}["x"] == 1
    s = set(range(100)) - set(range(0, 100, 3))
    assert set(s) == s == s.copy() and set(s) is not s and frozenset(s) == s
    s.discard(1)
    t = set(s)
    t.add(1)
    assert 1 not in s and t - s == {1}


def test_keys_that_must_be_asked():
    class Key:
        def __init__(self, n):
            self.n = n

        def __hash__(self):
            return self.n % 3

        def __eq__(self, other):
            return isinstance(other, Key) and self.n == other.n

    d = {}
    for n in range(30):
        d[Key(n % 10)] = n
    assert len(d) == 10 and [d[Key(n)] for n in range(10)] == list(range(20, 30)) and d.setdefault(Key(3), 0) == 23
    assert len({Key(n % 10) for n in range(30)}) == 10
    pairs = {(n % 7, str(n % 5)): n for n in range(35)}
    assert len(pairs) == 35 and all(pairs[n % 7, str(n % 5)] == n for n in range(35)) and (0, "x") not in pairs and (0,) not in pairs
    mixed = {(1, 2.5): 1, (True, 2): 2, (1.0, 3): 3}
    assert mixed[True, 2.5] == 1 and mixed[1, 2] == 2 and mixed[1, 3] == 3


def test_counters_and_other_subclasses():
    from collections import Counter, defaultdict

    c = Counter("abracadabra")
    assert c == {"a": 5, "b": 2, "r": 2, "c": 1, "d": 1}
    c["a"] += 1
    c["z"] += 2
    del c["b"], c["b"]
    assert c["a"] == 6 and c["z"] == 2 and "b" not in c
    huge = Counter({"x": 2**62 - 2})
    huge.update("xxx")
    assert huge["x"] == 2**62 + 1
    floats = Counter({"x": 0.5})
    floats.update("xy")
    assert floats == {"x": 1.5, "y": 1}

    class Noisy(Counter):
        def __setitem__(self, key, value):
            sets.append(key)
            super().__setitem__(key, value)

    sets = []
    assert Noisy("aab") == {"a": 2, "b": 1} and sets == ["a", "a", "b"]

    class NoDelete(dict):
        def __delitem__(self, key):
            raise TypeError("no")

    n = NoDelete()
    n["a"] = 1
    assert n == {"a": 1}
    raises(TypeError, n.__delitem__, "a")
    raises(TypeError, exec, "del n['a']", {"n": n})

    class NoSet(dict):
        def __setitem__(self, key, value):
            raise TypeError("no")

    n = NoSet(a=1)
    raises(TypeError, exec, "n['b'] = 1", {"n": n})
    del n["a"]
    assert not n
    dd = defaultdict(int)
    for word in "a b a".split():
        dd[word] += 1
    assert dd == {"a": 2, "b": 1}


if __name__ == "__main__":
    main(globals())
