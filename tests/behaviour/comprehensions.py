"""Comprehensions of every kind: nesting, conditions, scopes, unpacking, what they close over, order of evaluation."""

from _run import main, message, raises


def test_kinds():
    assert [x * 2 for x in range(4)] == [0, 2, 4, 6] and {x % 3 for x in range(9)} == {0, 1, 2} and {k: len(k) for k in ("a", "bb")} == {"a": 1, "bb": 2}
    assert tuple(x for x in "ab") == ("a", "b") and [] == [x for x in []] and {**{k: v for v, k in enumerate("xy")}} == {"x": 0, "y": 1}


def test_nesting():
    assert [(x, y) for x in range(3) for y in range(x)] == [(1, 0), (2, 0), (2, 1)]
    assert [[y for y in range(x)] for x in range(3)] == [[], [0], [0, 1]]
    matrix = [[1, 2, 3], [4, 5, 6]]
    assert [[row[i] for row in matrix] for i in range(3)] == [[1, 4], [2, 5], [3, 6]] and [x for row in matrix for x in row if x % 2] == [1, 3, 5]
    assert [x for x in range(30) if x % 2 == 0 if x % 3 == 0] == [0, 6, 12, 18, 24] and [a if a else -1 for a in (0, 1)] == [-1, 1]


def test_targets():
    pairs = [(1, (2, 3)), (4, (5, 6))]
    assert [a + b + c for a, (b, c) in pairs] == [6, 15] and [rest for _, *rest in ["abc", "d"]] == [["b", "c"], []]
    box = {}
    assert [0 for box["k"] in range(3)] == [0, 0, 0] and box == {"k": 2}


def test_scope():
    x = "outer"
    assert [x for x in range(2)] == [0, 1] and x == "outer"
    assert [x for _ in range(2)] == ["outer", "outer"]
    functions = [lambda: i for i in range(3)]
    assert [f() for f in functions] == [2, 2, 2] and [f() for f in [lambda i=i: i for i in range(3)]] == [0, 1, 2]

    def f(n):
        return [n + m for m in range(n)], {n: [n * m for m in range(2)]}

    assert f(2) == ([2, 3], {2: [0, 2]})
    total = 0
    values = [total := total + v for v in range(5)]
    assert values == [0, 1, 3, 6, 10] and total == 10


def test_in_class_bodies():
    class C:
        n = 3
        squares = [i * i for i in range(n)]
        names = {f"a{i}" for i in range(2)}

    assert C.squares == [0, 1, 4] and C.names == {"a0", "a1"} and not hasattr(C, "i")
    raises(NameError, exec, "class D:\n n = 3\n bad = [n for _ in range(2)]")


def test_order_of_evaluation():
    log = []

    def note(x):
        log.append(x)
        return x

    [note("value") for _ in [note("iterable")] if note("condition")]
    {note("key"): note("val") for _ in range(1)}
    assert log == ["iterable", "condition", "value", "key", "val"]


def test_errors():
    raises(ZeroDivisionError, lambda: [1 // x for x in (1, 0)])
    raises(TypeError, lambda: [x for x in 5])
    raises(TypeError, lambda: {[]: 1 for _ in range(1)})
    for source in ("[x := 1 for x in y]", "[(i := 0) for i in y]", "[x for x in (y := z)]", "[*x for x in y]", "{**x for x in y}"):
        raises(SyntaxError, compile, source, "<s>", "exec")


def test_deep_and_long():
    assert sum([x for x in [y for y in [z for z in range(1000)]]]) == 499500
    assert len([None for _ in range(100_000)]) == 100_000 and len({i: i for i in range(50_000)}) == 50_000


def test_yield_inside_is_refused_and_await_works():
    raises(SyntaxError, compile, "def f(): return [(yield x) for x in y]", "<s>", "exec")

    async def one():
        return 1

    async def go():
        return [await one() for _ in range(3)]

    c = go()
    assert raises(StopIteration, c.send, None).value == [1, 1, 1]


if __name__ == "__main__":
    main(globals())
