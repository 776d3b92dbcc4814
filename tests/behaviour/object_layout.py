"""What the heap does with objects, seen through the test-only module `_orochi`: what needs memory, who owns what, shapes."""

import sys
import threading

import _orochi
from _run import main

NOGIL = not sys._is_gil_enabled()


def allocated(function, *arguments):
    """Objects made by a second call of `function` (the first fills caches)."""
    function(*arguments)
    before = _orochi.allocated()
    function(*arguments)
    return _orochi.allocated() - before


def test_values_without_memory():
    for value in (0, 1, -1, 2**61, -(2**61), 2**62 - 1, -(2**62), 0.0, -0.0, 1.5, -1e10, 3.0e-30, True, False, None, ..., NotImplemented):
        found = _orochi.describe(value)
        assert found["tagged"] and found["owner"] is None and found["size"] == found["local"] == 0 and found["map"] is None, value
    for value in (2**62, -(2**62) - 1, 1e300, "", "text", b"", (), [], {}, object()):
        found = _orochi.describe(value)
        assert not found["tagged"] and found["size"] >= 16 and found["map"]["type"] is type(value), value


def test_numeric_loops_allocate_nothing():
    def ints():
        total = 0
        i = 0
        while i < 1000:
            total += i * 3 - (i >> 1) ^ 5
            total %= 1 << 60
            i += 1
        return total

    def floats():
        x = 0.5
        n = 0
        while n < 1000:
            x = x * 1.0001 + 0.25
            n += 1
        return x

    def choices():
        seen = None
        flag = False
        n = 0
        while n < 1000:
            flag = not flag and n < 500
            seen = n if flag else None
            n += 1
        return seen

    def edge():
        n = 2**61
        for _ in (1, 2, 3):
            n = -n
            n = n + 1 - 1
        return n

    for function in (ints, floats, choices):
        assert allocated(function) == 0, (function.__name__, allocated(function))
    # The tuple's iterator is the only object.
    assert allocated(edge) == 1, allocated(edge)


def test_calls_and_attributes_allocate_nothing():
    class Point:
        def __init__(self, x):
            self.x = x

        def plus(self, n):
            return self.x + n

    def add(a, b=1):
        return a + b

    def calls(p):
        n = 0
        while n < 1000:
            n = add(n)
            p.x = n
            n = p.plus(0)
            n = abs(n)
        return n

    assert allocated(calls, Point(0)) == 0, allocated(calls, Point(0))

    def lists():
        return [[], [], []]

    # The outer list and three inner ones.
    assert allocated(lists) == 4, allocated(lists)


def test_allocations_are_counted():
    def make(n):
        return [object() for _ in range(n)]

    assert 1000 <= allocated(make, 1000) <= 1010
    # Objects too large for a page of their own class are counted too.
    assert allocated(lambda: bytes(100_000)) == 1


def test_counts():
    x = object()
    found = _orochi.describe(x)
    assert found["owner"] == _orochi.domain() and found["shared"] == 0 and not found["merged"] and found["kind"] == "object"
    many = [x] * 100
    more = _orochi.describe(x)
    assert more["local"] == found["local"] + 100
    del many
    assert _orochi.describe(x)["local"] == found["local"]
    assert not found["weak"]
    import weakref

    class C:
        pass

    c = C()
    r = weakref.ref(c)
    assert _orochi.describe(c)["weak"] and r() is c


def test_deferred_and_immortal():
    class C:
        pass

    def f():
        pass

    for value in (test_counts, Method.m, C, int, sys, f.__code__, test_counts.__code__):
        found = _orochi.describe(value)
        assert found["deferred"] and not found["immortal"] and found["owner"] is None, value
    # A function made inside a function is counted as other objects are: it dies where its last user leaves it.
    assert not _orochi.describe(f)["deferred"]
    for value in ("", "x", sys.intern("a name")):
        assert _orochi.describe(value)["immortal"], value
    for value in ([], object(), C()):
        found = _orochi.describe(value)
        assert not found["deferred"] and not found["immortal"], value
    # Calling a deferred function counts nothing: its count is the same inside.
    before = _orochi.describe(own_count)["shared"]
    assert abs(own_count() - before) <= 1


class Method:
    def m(self):
        pass


def own_count():
    return _orochi.describe(own_count)["shared"]


def test_shapes():
    class P:
        def __init__(self):
            self.x = 1
            self.y = 2

    a, b = P(), P()
    shape = _orochi.describe(a)["map"]
    assert shape["attributes"] == ("x", "y") and not shape["dict"] and shape["type"] is P and shape["id"] == _orochi.describe(b)["map"]["id"]
    b.z = 3
    assert _orochi.describe(b)["map"]["attributes"] == ("x", "y", "z") and _orochi.describe(b)["map"]["id"] != shape["id"]
    del b.x
    assert _orochi.describe(b)["map"]["dict"] and _orochi.describe(a)["map"]["id"] == shape["id"] and (b.y, b.z) == (2, 3)
    for i in range(100):
        setattr(a, f"a{i}", i)
    assert _orochi.describe(a)["map"]["dict"] and a.a99 == 99 and a.x == 1

    class S:
        __slots__ = ("p", "q")

    s = S()
    s.p = 1
    assert _orochi.describe(s)["map"]["members"] == 2 and _orochi.describe(s)["map"]["attributes"] == ()


def test_objects_of_another_thread():
    made = []

    def work():
        made.append("".join(["made ", "there"]))
        made.append(_orochi.domain())
        made.append([1])

    t = threading.Thread(target=work)
    t.start()
    t.join()
    text, domain, l = made
    if NOGIL:
        assert domain != _orochi.domain()
    else:
        assert domain == _orochi.domain()
    for value in (text, l):
        found = _orochi.describe(value)
        # The thread has ended: its objects still are its domain's, or nobody's.
        assert found["owner"] in (domain, None), (found, domain)
    made.clear()
    assert text == "made there" and l == [1]


def test_objects_of_a_thread_that_runs():
    made = []
    ready, done = threading.Event(), threading.Event()

    def work():
        made.append("".join(["of ", "mine"]))
        made.append(_orochi.domain())
        ready.set()
        done.wait(10)

    t = threading.Thread(target=work)
    t.start()
    ready.wait(10)
    text, domain = made
    try:
        before = _orochi.describe(text)
        mine = _orochi.describe("".join(["of ", "me"]))
        if NOGIL:
            assert before["owner"] == domain != mine["owner"] == _orochi.domain()
            # What this thread holds of it is in the shared half.
            more = [text] * 50
            after = _orochi.describe(text)
            assert after["shared"] == before["shared"] + 50 and after["local"] == before["local"]
            del more
        else:
            assert before["owner"] == mine["owner"] == _orochi.domain()
    finally:
        done.set()
        t.join()


def test_lock_mode():
    assert _orochi.lock_mode() == ("nogil" if NOGIL else "gil")


if __name__ == "__main__":
    main(globals())
