"""with: entering and leaving, suppressing, several managers, contextlib, async with."""

import contextlib

from _run import main, message, raises


class Manager:
    def __init__(self, log, name, suppress=False):
        self.log, self.name, self.suppress = log, name, suppress

    def __enter__(self):
        self.log.append("enter " + self.name)
        return self.name

    def __exit__(self, kind, value, tb):
        self.log.append(f"exit {self.name} {kind.__name__ if kind else None}")
        return self.suppress


def test_order():
    log = []
    with Manager(log, "a") as a, Manager(log, "b") as b:
        log.append(a + b)
    with (Manager(log, "c"), Manager(log, "d") as d,):
        log.append(d)
    assert log == ["enter a", "enter b", "ab", "exit b None", "exit a None", "enter c", "enter d", "d", "exit d None", "exit c None"]


def test_exceptions():
    log = []
    with Manager(log, "outer", True):
        with Manager(log, "inner"):
            1 / 0
    assert log[2:] == ["exit inner ZeroDivisionError", "exit outer ZeroDivisionError"]

    def escape():
        with Manager(log, "x"):
            raise KeyError("k")

    raises(KeyError, escape)


def test_leaving_by_return_and_break():
    log = []

    def f():
        with Manager(log, "f"):
            return "value"

    assert f() == "value"
    for _ in range(3):
        with Manager(log, "loop"):
            break
    for i in range(2):
        with Manager(log, str(i)):
            continue
    assert [x for x in log if x.startswith("exit")] == ["exit f None", "exit loop None", "exit 0 None", "exit 1 None"]


def test_failure_to_enter():
    log = []

    class Fails(Manager):
        def __enter__(self):
            raise OSError("no")

    def f():
        with Manager(log, "a"), Fails(log, "b"):
            log.append("body")

    raises(OSError, f)
    assert log == ["enter a", "exit a OSError"]

    def no_protocol():
        with 5:
            pass

    assert "context manager protocol" in message(TypeError, no_protocol)

    class Replaces(Manager):
        def __exit__(self, *a):
            raise KeyError("from exit")

    def g():
        with Replaces(log, "r"):
            raise ValueError

    assert isinstance(raises(KeyError, g).__context__, ValueError)


def test_targets():
    box = {}
    with Manager([], "k") as box["x"]:
        pass

    @contextlib.contextmanager
    def two():
        yield 1, [2, 3]

    with two() as (a, [b, *c]):
        assert (a, b, c) == (1, 2, [3])
    assert box == {"x": "k"}


def test_contextlib():
    log = []

    @contextlib.contextmanager
    def tag(name):
        log.append("<" + name)
        try:
            yield name
        except ValueError:
            log.append("swallowed")
        finally:
            log.append(name + ">")

    with tag("a"):
        raise ValueError
    raises(KeyError, lambda: _raise_in(tag("b")))
    assert log == ["<a", "swallowed", "a>", "<b", "b>"]
    with contextlib.suppress(KeyError):
        raise KeyError
    with contextlib.ExitStack() as stack:
        names = [stack.enter_context(tag(n)) for n in "xy"]
        stack.callback(log.append, "callback")
    assert names == ["x", "y"] and log[-3:] == ["callback", "y>", "x>"]
    with contextlib.nullcontext(5) as five, contextlib.closing(Closable()) as c:
        assert five == 5 and not c.closed
    assert c.closed
    import io

    with contextlib.redirect_stdout(io.StringIO()) as out:
        print("hidden")
    assert out.getvalue() == "hidden\n"


class Closable:
    closed = False

    def close(self):
        self.closed = True


def _raise_in(manager):
    with manager:
        raise KeyError


def test_async_with():
    import asyncio

    log = []

    class A:
        async def __aenter__(self):
            await asyncio.sleep(0)
            log.append("in")
            return self

        async def __aexit__(self, kind, value, tb):
            log.append(kind)
            return True

    async def go():
        async with A() as a:
            assert isinstance(a, A)
            raise KeyError
        return "done"

    assert asyncio.run(go()) == "done" and log == ["in", KeyError]


if __name__ == "__main__":
    main(globals())
