"""Generators: laziness, send, throw, close, return values, delegation, cleaning up, generator expressions."""

from _run import main, message, raises


def test_laziness_and_state():
    log = []

    def g(n):
        log.append("start")
        for i in range(n):
            got = yield i
            log.append(got)
        return "done"

    it = g(2)
    assert log == [] and next(it) == 0 and log == ["start"] and it.send("x") == 1 and log == ["start", "x"]
    stop = raises(StopIteration, next, it)
    assert stop.value == "done" and log == ["start", "x", None] and next(it, "over") == "over" and iter(it) is it
    fresh = g(1)
    assert message(TypeError, fresh.send, 1) == "can't send non-None value to a just-started generator"


def test_throw():
    def g():
        while True:
            try:
                yield "ready"
            except ValueError as error:
                yield "caught " + str(error)

    it = g()
    next(it)
    assert it.throw(ValueError("a")) == "caught a" and next(it) == "ready"
    raises(KeyError, it.throw, KeyError("k"))
    raises(StopIteration, next, it)
    fresh = g()
    raises(ValueError, fresh.throw, ValueError())
    raises(StopIteration, next, fresh)


def test_close_runs_finally():
    log = []

    def g():
        try:
            yield 1
            yield 2
        finally:
            log.append("closed")

    it = g()
    next(it)
    it.close()
    it.close()
    assert log == ["closed"]
    it = g()
    next(it)
    del it
    import gc

    gc.collect()
    assert log == ["closed", "closed"]

    def stubborn():
        while True:
            try:
                yield
            except GeneratorExit:
                pass

    s = stubborn()
    next(s)
    assert message(RuntimeError, s.close) == "generator ignored GeneratorExit"

    def answer():
        try:
            yield
        except GeneratorExit:
            return "bye"

    a = answer()
    next(a)
    assert a.close() == "bye"


def test_delegation():
    def inner():
        got = []
        try:
            while len(got) < 2:
                got.append((yield len(got)))
        except ValueError:
            got.append("thrown")
        return got

    def outer(results):
        results.append((yield from inner()))
        results.append((yield from [7, 8]))
        return "end"

    results = []
    it = outer(results)
    assert next(it) == 0 and it.send("a") == 1 and it.throw(ValueError) == 7 and next(it) == 8
    assert raises(StopIteration, next, it).value == "end" and results == [["a", "thrown"], None]


def test_deep_delegation():
    def chain(n):
        if n:
            yield from chain(n - 1)
        yield n

    assert list(chain(200)) == list(range(201))


def test_errors():
    def stops():
        yield 1
        raise StopIteration("inside")

    it = stops()
    next(it)
    error = raises(RuntimeError, next, it)
    assert str(error) == "generator raised StopIteration" and isinstance(error.__cause__, StopIteration)

    def recursive():
        yield from it2

    it2 = recursive()
    raises(ValueError, next, it2)

    def fails():
        yield 1
        1 / 0

    seen = []
    try:
        for x in fails():
            seen.append(x)
    except ZeroDivisionError:
        seen.append("error")
    assert seen == [1, "error"]


def test_expressions():
    data = [1, 2, 3]
    g = (x * 10 for x in data if x != 2)
    data.append(4)
    assert list(g) == [10, 30, 40] and sum(x for x in range(5)) == 10 and list((y, x) for x in range(2) for y in "ab") == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    raises(ZeroDivisionError, lambda: (x for x in 1 // 0))
    assert "".join(c for c in "abc" if c > "a") == "bc" and dict((k, k) for k in "ab") == {"a": "a", "b": "b"} and (5 in (x for x in range(10))) is True


def test_generators_keep_their_own_state():
    def count():
        n = 0
        while True:
            n += 1
            yield n

    a, b = count(), count()
    assert [next(a), next(a), next(b), next(a)] == [1, 2, 1, 3]
    many = [count() for _ in range(500)]
    assert all(next(g) == 1 for g in many) and all(next(g) == 2 for g in reversed(many))


def test_exception_state_is_the_generators_own():
    import sys

    def g():
        try:
            raise KeyError("inner")
        except KeyError:
            yield sys.exc_info()[0]
            yield sys.exc_info()[0]

    it = g()
    try:
        raise ValueError
    except ValueError:
        assert next(it) is KeyError and sys.exc_info()[0] is ValueError and next(it) is KeyError
    assert sys.exc_info()[0] is None


def test_introspection():
    def g():
        x = 5
        yield x

    it = g()
    assert it.gi_frame is not None and not it.gi_running and it.__name__ == "g" and it.gi_code.co_name == "g" and it.gi_yieldfrom is None
    next(it)
    assert it.gi_frame.f_locals["x"] == 5
    list(it)
    assert it.gi_frame is None


def test_native_loops_over_generators():
    def g(n, result=None):
        for i in range(n):
            yield i
        return result

    # What a generator returns is no business of a loop.
    assert list(g(3, 7)) == [0, 1, 2] and sum(g(4, 7)) == 6 and max(g(4, 7)) == 3 and "".join(map(str, g(3, 7))) == "012"
    a, b = g(2, 7)
    assert (a, b) == (0, 1) and any(x > 1 for x in g(3, 7)) and not all(g(3, 7)) and set(g(2, 7)) == {0, 1}
    assert next(g(0, 7), "default") == "default"
    raises(StopIteration, next, g(0, 7))
    # The loop's own code may take values meanwhile, and ends where it wants.
    it = g(6)
    assert sum(x * 10 + next(it) for x in it) == 0 + 1 + 20 + 3 + 40 + 5
    it = g(6)
    assert max(it, key=lambda x: (next(it, 0), x)[1]) == 4
    it = g(4)
    assert any(x == 1 for x in it) and it.gi_frame is not None and list(it) == [2, 3] and list(it) == []
    it = g(4)
    raises(ZeroDivisionError, lambda: min(it, key=lambda x: 1 // (1 - x)))
    assert list(it) == [2, 3]

    def closes(log):
        try:
            yield 1
            yield 2
        finally:
            log.append(1)

    log = []
    assert any(closes(log)) and log == [1]

    def itself():
        try:
            sum(me)
        except ValueError as e:
            yield str(e)

    me = itself()
    assert list(me) == ["generator already executing"]


def test_delegation_runs_deep():
    def tree(n):
        if n:
            yield from tree(n - 1)
            yield n
            return (yield from tree(n - 1))
        return "leaf"

    assert list(tree(3)) == [1, 2, 1, 3, 1, 2, 1]

    def outer():
        return (yield from tree(2))

    it = outer()
    assert [next(it), next(it), next(it)] == [1, 2, 1]
    try:
        next(it)
    except StopIteration as e:
        assert e.value == "leaf"

    def echo():
        got = yield "ready"
        while got != "end":
            try:
                got = yield got
            except KeyError as e:
                got = yield e.args[0]
        return "done"

    def middle():
        return (yield from echo())

    def top():
        yield (yield from middle())

    it = top()
    assert next(it) == "ready" and it.gi_yieldfrom.__name__ == "middle" and not it.gi_running
    assert it.send("a") == "a" and it.throw(KeyError("k")) == "k" and it.send("b") == "b" and it.send("end") == "done"
    raises(StopIteration, next, it)

    def unstarted():
        inner = echo()
        yield 1
        yield from inner

    it = unstarted()
    next(it)
    assert it.send("ignored") == "ready"

    def endless():
        yield from endless()

    def endless_loop():
        for x in endless_loop():
            yield x

    for f in (endless, endless_loop):
        raises(RecursionError, list, f())
        raises(RecursionError, next, f())


if __name__ == "__main__":
    main(globals())
