"""Decorators on functions and classes, with arguments, stacked; wraps, lru_cache, partial, singledispatch."""

from functools import cache, lru_cache, partial, reduce, singledispatch, total_ordering, wraps

from _run import main, message, raises


def test_order_of_application():
    log = []

    def mark(name):
        log.append("make " + name)

        def decorate(f):
            log.append("apply " + name)
            return lambda: name + f()

        return decorate

    @mark("a")
    @mark("b")
    def f():
        return "f"

    assert f() == "abf" and log == ["make a", "make b", "apply b", "apply a"]


def test_wraps():
    def traced(f):
        @wraps(f)
        def wrapper(*args, **kw):
            wrapper.calls += 1
            return f(*args, **kw)

        wrapper.calls = 0
        return wrapper

    @traced
    def add(a, b=1):
        """Adds."""
        return a + b

    assert add(1) == 2 and add(1, b=5) == 6 and add.calls == 2 and add.__name__ == "add" and add.__doc__ == "Adds." and add.__wrapped__(2) == 3


def test_class_as_decorator_and_on_class():
    class Count:
        def __init__(self, f):
            self.f = f
            self.n = 0

        def __call__(self, *a):
            self.n += 1
            return self.f(*a)

    @Count
    def g(x):
        return x

    assert g(3) == 3 and g(4) == 4 and g.n == 2

    def add_method(cls):
        cls.extra = lambda self: "extra"
        return cls

    @add_method
    class C:
        pass

    assert C().extra() == "extra"
    table = {"k": lambda f: "replaced"}

    @table["k"]
    def h():
        pass

    @(lambda f: [f])
    def k():
        return 1

    assert h == "replaced" and k[0]() == 1


def test_caches():
    calls = []

    @lru_cache(maxsize=2)
    def square(n):
        calls.append(n)
        return n * n

    assert [square(n) for n in (1, 2, 1, 3, 2)] == [1, 4, 1, 9, 4] and calls == [1, 2, 3, 2] and square.cache_info()[:2] == (1, 4)
    square.cache_clear()
    assert square.cache_info().currsize == 0

    @cache
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    assert fib(90) == 2880067194370816120
    raises(TypeError, fib, [])


def test_partial_and_reduce():
    p = partial(int, base=2)
    assert p("101") == 5 and p.func is int and p.keywords == {"base": 2} and partial(partial(max, 1), 2)(0) == 2 and partial(print).args == ()
    assert reduce(lambda a, b: a * b, range(1, 6)) == 120 and reduce(lambda a, b: a + b, [], "start") == "start"
    raises(TypeError, reduce, lambda a, b: a, [])


def test_singledispatch():
    @singledispatch
    def show(x):
        return "object"

    @show.register(int)
    def _(x):
        return "int"

    @show.register
    def _(x: list | tuple):
        return "sequence"

    assert show(1) == show(True) == "int" and show([]) == show(()) == "sequence" and show("") == "object" and show.dispatch(bool)(1) == "int"


def test_total_ordering():
    @total_ordering
    class V:
        def __init__(self, n):
            self.n = n

        def __eq__(self, o):
            return self.n == o.n

        def __lt__(self, o):
            return self.n < o.n

    assert V(1) <= V(1) and V(2) > V(1) and V(2) >= V(2) and not V(1) > V(2)


def test_contextmanager_as_decorator():
    from contextlib import contextmanager

    log = []

    @contextmanager
    def scope(name):
        log.append("in " + name)
        try:
            yield name
        finally:
            log.append("out " + name)

    @scope("s")
    def f():
        log.append("body")

    f()
    with scope("t") as t:
        log.append(t)
    assert log == ["in s", "body", "out s", "in t", "t", "out t"]


if __name__ == "__main__":
    main(globals())
