"""Statements: loops, del, chained assignment and comparison, conditional expressions, short circuits, annotations, docstrings."""

from _run import main, message, raises


def test_assignment():
    a = b = c = []
    a.append(1)
    assert b is c and c == [1]
    x, y = z = 1, 2
    assert (x, y, z) == (1, 2, (1, 2))
    values = [0, 0]
    i = 0
    i, values[i] = 1, 5
    assert values == [0, 5]
    d = {}
    d["k"] = d2 = {}
    assert d == {"k": {}} and d["k"] is d2


def test_chained_comparison():
    calls = []

    def n(x):
        calls.append(x)
        return x

    assert n(1) < n(2) < n(3) and not n(1) > n(0) > n(5)
    calls.clear()
    assert not (n(3) < n(2) < n(9)) and calls == [3, 2]
    assert 1 < 3 > 2 != 1 == 1 in [1] is not None and (1 < 2) == True and not (1 < 2 == True)


def test_boolean_operators_return_operands():
    assert (0 or [] or "x" or 1) == "x" and (1 and "a" and []) == [] and (None or 0) == 0 and (not "") is True and (1 if [] else 2) == 2
    log = []

    def t(x):
        log.append(x)
        return x

    t(0) and t(1) or t(2) and t(3)
    assert log == [0, 2, 3]
    assert (0 and 1 or 2 and 0 or 3) == 3 and not (1 and 0) and (1 or 1 // 0)


def test_loops():
    out = []
    for i in range(3):
        for j in range(3):
            if j == 1:
                continue
            if i == 2:
                break
            out.append((i, j))
        else:
            out.append("inner done")
    else:
        out.append("outer done")
    assert out == [(0, 0), (0, 2), "inner done", (1, 0), (1, 2), "inner done", "outer done"] and (i, j) == (2, 0)
    n = 0
    while True:
        n += 1
        if n > 10:
            break
    while n:
        n -= 2
        if n < 0:
            break
    else:
        n = "else"
    assert n == -1
    for x, in [(1,), (2,)]:
        pass
    assert x == 2


def test_del():
    a, b = [1, 2, 3], {"k": 1}
    del a[0], b["k"]
    assert a == [2, 3] and b == {}
    x = y = 1
    del (x, y)
    raises(UnboundLocalError, lambda: _deleted())
    raises(KeyError, exec, "d = {}; del d['x']")
    raises(NameError, exec, "del never")
    raises(IndexError, exec, "l = []; del l[0]")
    raises(AttributeError, exec, "class C: pass\ndel C.x")


def _deleted():
    v = 1
    del v
    return v


def test_augmented_targets():
    class C:
        n = 1

        def __getitem__(self, k):
            log.append(("get", k))
            return 10

        def __setitem__(self, k, v):
            log.append(("set", k, v))

    log = []
    c = C()
    c.n += 1
    c["k"] -= 3
    assert (c.n, C.n) == (2, 1) and log == [("get", "k"), ("set", "k", 7)]

    def once():
        log.append("once")
        return c

    log.clear()
    once()["q"] *= 2
    assert log == ["once", ("get", "q"), ("set", "q", 20)]
    s = "a"
    s += "b"
    t = (1,)
    t += (2,)
    assert s == "ab" and t == (1, 2)


def test_annotations():
    class C:
        a: int = 1
        b: "str"
        c: list[int]

    assert C.__annotations__ == {"a": int, "b": "str", "c": list[int]} and not hasattr(C, "b")

    def f():
        x: undefined_name_is_fine = 5
        return x

    assert f() == 5

    def later(x: NotYet): ...

    raises(NameError, lambda: later.__annotations__)
    from annotationlib import Format, get_annotations

    assert get_annotations(later, format=Format.STRING) == {"x": "NotYet"}


def test_docstrings_and_dunders():
    """Doc of the test."""

    class C:
        """Doc of C."""

    assert test_docstrings_and_dunders.__doc__ == "Doc of the test." and C.__doc__ == "Doc of C." and (lambda: 0).__doc__ is None and __doc__.startswith("Statements") and __name__ in ("__main__", "statements")


def test_ellipsis_and_none():
    assert ... is Ellipsis and repr(...) == "Ellipsis" and type(None)() is None and NotImplemented is not None and __debug__ is True
    raises(TypeError, bool, NotImplemented)


def test_large_bodies():
    source = "def f(x):\n" + "".join(f"    v{i} = x + {i}\n" for i in range(400)) + "    return " + " + ".join(f"v{i}" for i in range(400))
    space = {}
    exec(source, space)
    assert space["f"](1) == 400 + sum(range(400))
    exec("r = [" + ", ".join(str(i) for i in range(5000)) + "]\nd = {" + ", ".join(f"'{i}': {i}" for i in range(3000)) + "}", space)
    assert len(space["r"]) == 5000 and space["d"]["2999"] == 2999
    exec("def g(" + ", ".join(f"a{i}" for i in range(300)) + "): return a299\nresult = g(" + ", ".join(str(i) for i in range(300)) + ")", space)
    assert space["result"] == 299
    nested = "0"
    for i in range(90):
        nested = f"({nested} + 1)"
    assert eval(nested) == 90
    chain = "if x == 0: r = 0\n" + "".join(f"elif x == {i}: r = {i}\n" for i in range(1, 300))
    space["x"] = 250
    exec(chain, space)
    assert space["r"] == 250


if __name__ == "__main__":
    main(globals())
