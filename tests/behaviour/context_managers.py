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


def test_native_managers_take_any_arguments():
    import io
    import threading

    for manager in (threading.Lock(), threading.RLock(), io.StringIO(), memoryview(b"x")):
        with manager:
            pass
        try:
            with manager if not isinstance(manager, (io.StringIO, memoryview)) else threading.Lock():
                raise ValueError
        except ValueError:
            pass
    lock = threading.Lock()
    lock.acquire()
    lock.__exit__()
    assert not lock.locked()
    lock.acquire()
    threading.Lock().__class__.__exit__(lock, 1, 2, 3, 4)
    assert not lock.locked()
    assert raises(RuntimeError, lock.__exit__, None, None, None)
    assert raises(TypeError, lock.__exit__, key=1)


def test_managers_entered_in_the_loop():
    seen = []

    class Plain:
        def __enter__(self):
            return self

        def __exit__(self, kind, value, tb):
            seen.append((kind, value, tb is not None and tb.tb_frame.f_code.co_name))
            return kind is KeyError

    class Star:
        def __enter__(self):
            return self

        def __exit__(self, *args):
            seen.append(len(args))
            raise RuntimeError("from exit")

    class Static:
        def __enter__(self):
            return self

        @staticmethod
        def __exit__(kind, value, tb):
            seen.append(kind)
            return True

    class Wrong:
        def __enter__(self):
            return self

        def __exit__(self):
            return True

    class Yields:
        def __enter__(self):
            return self

        def __exit__(self, *args):
            yield

    error = KeyError(1)
    with Plain():
        raise error
    assert seen.pop() == (KeyError, error, "test_managers_entered_in_the_loop")
    try:
        with Star():
            raise error
    except RuntimeError as e:
        assert e.__context__ is error and seen.pop() == 3
    with Static():
        raise error
    assert seen.pop() is KeyError
    try:
        with Wrong():
            raise error
    except TypeError as e:
        assert e.__context__ is error and "positional argument" in str(e)
    with Yields():
        raise error

    def generator():
        with Plain():
            yield 1
            raise error
        yield 2

    assert list(generator()) == [1, 2] and len(seen) == 1


if __name__ == "__main__":
    main(globals())
