"""Functions: parameters of every kind, errors of calls, defaults, annotations, attributes, recursion."""

from _run import main, message, raises


def test_parameters():
    def f(a, b=2, /, c=3, *args, d, e=5, **kw):
        return (a, b, c, args, d, e, kw)

    assert f(1, d=4) == (1, 2, 3, (), 4, 5, {}) and f(1, 2, 3, 4, 5, d=6, z=7) == (1, 2, 3, (4, 5), 6, 5, {"z": 7})
    assert f(1, d=0, b=9) == (1, 2, 3, (), 0, 5, {"b": 9}) and f(*[1, 2], **{"d": 1, "c": 8}) == (1, 2, 8, (), 1, 5, {})
    assert f(*[1], *[2, 3], d=0, **{"x": 1}, **{"y": 2})[6] == {"x": 1, "y": 2}


def test_call_errors():
    def f(a, b, *, c):
        pass

    def pos(a, /):
        pass

    where = f.__qualname__
    assert message(TypeError, f) == f"{where}() missing 2 required positional arguments: 'a' and 'b'"
    assert message(TypeError, f, 1) == f"{where}() missing 1 required positional argument: 'b'"
    assert message(TypeError, f, 1, 2) == f"{where}() missing 1 required keyword-only argument: 'c'"
    assert message(TypeError, f, 1, 2, 3, c=1) == f"{where}() takes 2 positional arguments but 3 positional arguments (and 1 keyword-only argument) were given"
    assert message(TypeError, f, 1, 2, c=1, z=2) == f"{where}() got an unexpected keyword argument 'z'"
    assert message(TypeError, f, 1, a=2, b=3, c=1) == f"{where}() got multiple values for argument 'a'"
    assert "positional-only arguments passed as keyword arguments: 'a'" in message(TypeError, pos, a=1)
    assert message(TypeError, lambda: 5()) == "'int' object is not callable"
    assert "must be an iterable, not int" in message(TypeError, lambda: f(*5))
    assert "got multiple values for keyword argument 'c'" in message(TypeError, lambda: f(1, 2, **{"c": 1}, **{"c": 2}))


def test_defaults_are_made_once():
    def f(x, seen=[]):
        seen.append(x)
        return seen

    assert f(1) == [1] and f(2) == [1, 2] and f.__defaults__ == ([1, 2],)
    f.__defaults__ = ([],)
    assert f(3) == [3]
    functions = [lambda i=i: i for i in range(3)]
    late = [lambda: i for i in range(3)]
    assert [g() for g in functions] == [0, 1, 2] and [g() for g in late] == [2, 2, 2]


def test_attributes():
    def f(a: int, b: "str" = 1) -> bool:
        """Says it."""
        return True

    f.extra = 5
    assert f.__name__ == "f" and f.__doc__ == "Says it." and f.extra == 5 and f.__dict__ == {"extra": 5} and f.__module__ == __name__
    assert f.__annotations__ == {"a": int, "b": "str", "return": bool} and f.__code__.co_argcount == 2 and f.__code__.co_varnames[:2] == ("a", "b")
    assert f.__qualname__ == "test_attributes.<locals>.f" and callable(f) and (lambda: 0).__name__ == "<lambda>"
    raises(AttributeError, lambda: f.missing)


def test_return_and_lambda():
    def nothing():
        pass

    assert nothing() is None and (lambda *a, k=1, **kw: (a, k, kw))(1, 2, z=3) == ((1, 2), 1, {"z": 3}) and (lambda: (yield))().__class__.__name__ == "generator"

    def early(n):
        for i in range(n):
            while True:
                if i == 3:
                    return i
                break
        else:
            return "none"

    assert early(10) == 3 and early(2) == "none"


def test_recursion():
    def depth(n):
        return 0 if n == 0 else 1 + depth(n - 1)

    assert depth(500) == 500

    def forever():
        return forever()

    assert "maximum recursion depth exceeded" in message(RecursionError, forever)
    assert depth(400) == 400

    class Deep:
        def __repr__(self):
            return repr(self)

        def __eq__(self, other):
            return self == other

        def __getattr__(self, name):
            return getattr(self, name + "x")

    raises(RecursionError, repr, Deep())
    raises(RecursionError, lambda: Deep() == Deep())
    raises(RecursionError, lambda: Deep().missing)


def test_recursion_limit_can_be_set():
    import sys

    def depth(n):
        return 0 if n == 0 else 1 + depth(n - 1)

    old = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(20000)
        assert depth(15000) == 15000
    finally:
        sys.setrecursionlimit(old)
    raises(RecursionError, depth, 15000)


def test_arguments_are_evaluated_in_order():
    seen = []

    def note(x):
        seen.append(x)
        return x

    def take(*args, **kw):
        return args, kw

    take(note(1), *[note(2)], note(3), k=note(4), **{"z": note(5)})
    assert seen == [1, 2, 3, 4, 5]
    seen.clear()
    {note("k"): note("v")}
    note(1) < note(2) < note(0) < note(9)
    note(1) if note(0) else note(2)
    assert seen == ["k", "v", 1, 2, 0, 0, 2]


def test_signature():
    import inspect

    def f(a, /, b: int = 1, *args, c, **kw) -> str: ...

    assert str(inspect.signature(f)) == "(a, /, b: int = 1, *args, c, **kw) -> str"
    assert inspect.signature(f).bind(1, c=2).arguments == {"a": 1, "c": 2}


def test_objects_that_are_called():
    class Generating:
        def __call__(self, a, b=2):
            yield a, b

    class Made:
        def __new__(cls, *a, **k):
            yield a, k

    class Plain:
        def __init__(self, a, *rest, b=5, **more):
            self.all = a, rest, b, more

    class Bad:
        alive = 0

        def __init__(self, a, b):
            pass

        def __del__(self):
            Bad.alive += 1

    x = [1]
    for _ in range(4):
        call = Generating()
        assert list(call(x)) == [(x, 2)] and list(call(x, b=x)) == [(x, x)] and list(call(*x)) == [(1, 2)] and list(call(**{"a": 1, "b": x})) == [(1, x)]
        assert list(Made(x)) == [((x,), {})] and list(Made(x, k=x)) == [((x,), {"k": x})] and list(Made(*x, **{"k": x})) == [((1,), {"k": x})]
        assert Plain(1).all == (1, (), 5, {}) and Plain(1, 2, b=x, c=3).all == (1, (2,), x, {"c": 3}) and Plain(a=x).all == (x, (), 5, {})
        assert Plain(*x, **{"z": x}).all == (1, (), 5, {"z": x}) and Plain(*range(2000)).all[1] == tuple(range(1, 2000))

        def inside():
            yield Plain(1, b=x).all
            yield Plain(*x, **{"b": x}).all
            yield next(call(x, b=1))

        assert list(inside()) == [(1, (), x, {}), (1, (), x, {}), (x, 1)]
        assert message(TypeError, lambda: Plain(b=1)).endswith("__init__() missing 1 required positional argument: 'a'")
        assert message(TypeError, lambda: Plain(1, a=1)).endswith("__init__() got multiple values for argument 'a'")
        assert message(TypeError, lambda: Plain(*x, **{"a": 1})).endswith("__init__() got multiple values for argument 'a'")
        raises(TypeError, lambda: Plain(*5))
        raises(TypeError, lambda: Plain(**{1: 2}))
    raises(TypeError, lambda: Bad(*5))
    assert Bad.alive == 0
    raises(TypeError, lambda: Bad(1, c=2))
    raises(TypeError, lambda: Bad(*[1], **{"c": 2}))
    assert Bad.alive == 2


def test_arguments_spread():
    def f(*args, **kw):
        kw["own"] = args
        return args, kw

    class Mapping:
        def keys(self):
            return ["b", "a"]

        def __getitem__(self, key):
            return key * 2

    class Quiet(dict):
        def keys(self):
            return ["only"]

    class Loud(dict):
        def __iter__(self):
            return iter(["only"])

        def keys(self):
            return ["only"]

        def __getitem__(self, key):
            return "loud"

    given = {"x": 1}
    assert f(**given) == ((), {"x": 1, "own": ()}) and given == {"x": 1}
    listed = [1, 2]
    assert f(*listed) == ((1, 2), {"own": (1, 2)}) and listed == [1, 2]
    assert f(0, *listed, *(3,), **given, y=2) == ((0, 1, 2, 3), {"x": 1, "y": 2, "own": (0, 1, 2, 3)})
    assert f(7, **Mapping()) == ((7,), {"b": "bb", "a": "aa", "own": (7,)})
    assert f(**Quiet(z=1)) == ((), {"z": 1, "own": ()})
    assert f(**Loud(z=1)) == ((), {"only": "loud", "own": ()})
    assert f(*(n for n in range(3)), **{}) == ((0, 1, 2), {"own": (0, 1, 2)})
    assert [].append(*[5]) is None and "{0}{x}".format(*"a", **given) == "a1" and max(*[3, 9, 4]) == 9
    assert dict(*[{"q": 1}], **given) == {"q": 1, "x": 1}
    assert message(TypeError, lambda: f(**5)).endswith("argument after ** must be a mapping, not int")
    assert message(TypeError, lambda: f(*5)).endswith("argument after * must be an iterable, not int")
    assert message(TypeError, lambda: f(**{1: 2})) == "keywords must be strings"
    assert message(TypeError, lambda: f(a=1, **Mapping())).endswith("got multiple values for keyword argument 'a'")
    assert message(TypeError, lambda: len(*[1, 2])) == "len() takes exactly one argument (2 given)"


if __name__ == "__main__":
    main(globals())
