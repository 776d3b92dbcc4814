"""Scopes: closures, nonlocal, global, class bodies, comprehensions, del, exec and locals()."""

from _run import main, message, raises

counter = 0


def test_cells_are_shared():
    def pair():
        value = 0

        def get():
            return value

        def add(n):
            nonlocal value
            value += n
            return value

        return get, add

    get, add = pair()
    other, _ = pair()
    add(5)
    add(2)
    assert get() == 7 and other() == 0 and get.__closure__[0].cell_contents == 7 and get.__code__.co_freevars == ("value",)


def test_nonlocal_skips_levels():
    def outer():
        x = "outer"

        def middle():
            def inner():
                nonlocal x
                x = "inner"

            inner()

        middle()
        return x

    assert outer() == "inner"


def test_global():
    global counter
    counter = 1

    def bump():
        global counter
        counter += 1

    bump()
    assert counter == 2 and globals()["counter"] == 2

    def reader():
        return missing_global

    assert message(NameError, reader) == "name 'missing_global' is not defined"


def test_unbound_locals():
    def early():
        print(x)
        x = 1

    def conditional(flag):
        if flag:
            y = 1
        return y

    def deleted():
        z = 1
        del z
        return z

    def cell():
        def inner():
            return w

        inner()
        w = 1

    assert message(UnboundLocalError, early) == "cannot access local variable 'x' where it is not associated with a value"
    assert conditional(True) == 1
    raises(UnboundLocalError, conditional, False)
    raises(UnboundLocalError, deleted)
    assert message(NameError, cell) == "cannot access free variable 'w' where it is not associated with a value in enclosing scope"


def test_class_scope_is_not_seen_by_functions():
    x = "function"

    class C:
        x = "class"
        seen = x
        listed = [x for _ in range(1)]

        def method(self):
            return x

    assert C.seen == "class" and C().method() == "function" and C.listed == ["function"]


def test_class_body_reads_and_writes():
    class C:
        before = counter
        counter = "inner"
        after = counter
        if True:
            conditional = 1
        for i in range(3):
            pass
        del before

    assert counter != "inner" and C.after == "inner" and C.i == 2 and C.conditional == 1 and not hasattr(C, "before")


def test_comprehension_scope():
    i = "kept"
    values = [i for i in range(3)]
    assert i == "kept" and values == [0, 1, 2] and {k: v for k, v in zip("ab", [1, 2])} == {"a": 1, "b": 2}
    functions = [lambda: j for j in range(3)]
    assert [f() for f in functions] == [2, 2, 2]
    assert [[x * y for x in range(y)] for y in range(3)] == [[], [0], [0, 2]]
    assert [x for x in range(20) if x % 2 if x % 3 == 0] == [3, 9, 15]
    assert [(last := x) for x in range(4)] == [0, 1, 2, 3] and last == 3


def test_exception_name_is_deleted():
    try:
        raise ValueError
    except ValueError as error:
        assert error is not None
    assert "error" not in locals()


def test_exec_and_eval():
    space = {"a": 2}
    exec("b = a * 3\ndef f(): return b + a", space)
    assert space["b"] == 6 and space["f"]() == 8 and eval("a + b", space) == 8 and eval("x", {}, {"x": 5}) == 5
    code = compile("[n for n in range(k)]", "<here>", "eval")
    assert eval(code, {"k": 3}) == [0, 1, 2] and code.co_filename == "<here>"
    raises(NameError, eval, "nope", {})
    raises(SyntaxError, eval, "1 +")
    exec("import math as m; ok = m.floor(2.5)", space)
    assert space["ok"] == 2


def test_locals():
    a, b = 1, 2
    snapshot = locals()
    assert snapshot["a"] == 1 and snapshot["b"] == 2
    snapshot["a"] = 99
    assert a == 1 and sorted(locals()) == ["a", "b", "snapshot"]


def test_walrus():
    data = [1, 5, 9]
    assert (n := len(data)) == 3 and n == 3
    while (x := data.pop()) != 1:
        pass
    assert x == 1 and any((hit := y) > 3 for y in [1, 4, 5]) and hit == 4


if __name__ == "__main__":
    main(globals())
