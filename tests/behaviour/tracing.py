"""sys.settrace, sys.setprofile, f_lineno and the write-through f_locals."""

import sys

from _run import main, message, raises


def events_of(function, *arguments):
    """(line from the function's first, event) of what `function` does."""
    found = []

    def trace(frame, event, arg):
        if frame.f_code is function.__code__:
            found.append((frame.f_lineno - function.__code__.co_firstlineno, event))
        return trace

    sys.settrace(trace)
    try:
        function(*arguments)
    finally:
        sys.settrace(None)
    return found


def statements(n):
    for i in range(2):
        pass
    if n:
        pass
    else:
        n = 3
    try:
        raise ValueError
    except ValueError as e:
        n = e
    finally:
        n = 7


def test_lines():
    lines = [line for line, event in events_of(statements, 1) if event == "line"]
    assert lines == [1, 2, 1, 2, 1, 3, 4, 7, 8, 9, 10, 12], lines
    assert events_of(statements, 0)[-1] == (12, "return")
    assert (8, "exception") in events_of(statements, 0)


def test_generators_are_called_again():
    def numbers():
        yield 1
        yield 2

    def consume():
        return list(numbers())

    found = []
    sys.settrace(lambda frame, event, arg: found.append((frame.f_code.co_name, event)))
    consume()
    sys.settrace(None)
    assert found.count(("numbers", "call")) == 3, found


def jumper(function, source, target):
    first = function.__code__.co_firstlineno

    def trace(frame, event, arg):
        if frame.f_code is function.__code__ and event == "line" and frame.f_lineno == first + source:
            frame.f_lineno = first + target
        return trace

    sys.settrace(trace)
    try:
        return function()
    finally:
        sys.settrace(None)


def skips():
    i, out = 0, [1]
    out.append(2)
    for i in out:
        out.append(3)
        return out
    try:
        out.append(6)
    finally:
        out.append(8)
    return out


def test_jumps():
    assert jumper(skips, 3, 10) == [1, 2]
    assert jumper(skips, 4, 7) == [1, 2, 6, 8]
    assert message(ValueError, jumper, skips, 2, 4) == "can't jump into the body of a for loop"
    assert "comes after the current code block" in message(ValueError, jumper, skips, 2, 50)


def test_profile():
    found = []
    sys.setprofile(lambda frame, event, arg: found.append((event, getattr(arg, "__name__", None))))
    len([])
    sys.setprofile(None)
    assert ("c_call", "len") in found and ("c_return", "len") in found


def test_a_trace_function_that_raises_is_taken_away():
    def trace(frame, event, arg):
        raise KeyError(event)

    def called():
        return 1

    sys.settrace(trace)
    try:
        called()
    except KeyError as error:
        assert error.args == ("call",)
    else:
        assert False
    assert sys.gettrace() is None


def test_locals_write_through():
    x = y = 1

    def inner():
        return y

    proxy = sys._getframe().f_locals
    proxy["x"] = 2
    proxy["y"] = 3
    proxy["other"] = 4
    assert (x, y, inner(), proxy["other"], "other" in proxy) == (2, 3, 3, 4, True)
    del proxy["other"]
    assert "other" not in proxy
    raises(ValueError, proxy.__delitem__, "x")
    raises(KeyError, proxy.__getitem__, "nothing")


def test_overwritten_operands_live_on():
    class Spy:
        def __add__(self, other):
            sys._getframe(1).f_locals["spy"] = None
            sys._getframe(1).f_locals["other"] = None
            return [self, other]

    def add():
        spy, other = Spy(), ["kept"]
        return spy + other

    both = add()
    assert type(both[0]) is Spy and both[1] == ["kept"]


if __name__ == "__main__":
    main(globals())
