"""What an uncaught error prints: frames, carets, chains, groups, notes, suggestions, repeated frames."""

import traceback

from _run import main, message, raises


def text(function):
    try:
        function()
    except BaseException as error:
        return "".join(traceback.format_exception(error))
    raise AssertionError("nothing was raised")


def last(function):
    return text(function).rstrip().splitlines()[-1]


def test_frames_and_source_lines():
    def inner():
        return {}["missing"]

    out = text(lambda: inner())
    lines = out.splitlines()
    assert lines[0] == "Traceback (most recent call last):" and lines[-1] == "KeyError: 'missing'" and f'File "{__file__}", line {inner.__code__.co_firstlineno + 1}, in inner' in out and '    return {}["missing"]' in lines


def test_carets():
    def f():
        x = 0
        return (1 + 2) / x

    out = text(f)
    assert "    return (1 + 2) / x\n           ~~~~~~~~^~~\n" in out

    def g():
        return f.missing.attribute

    assert "           ^^^^^^^^^\n" in text(g)

    def i():
        return [1][5]

    assert "           ~~~^^^\n" in text(i)


def test_chains():
    def cause():
        try:
            1 / 0
        except ZeroDivisionError as e:
            raise ValueError("v") from e

    def during():
        try:
            1 / 0
        except ZeroDivisionError:
            raise KeyError("k")

    def silent():
        try:
            1 / 0
        except ZeroDivisionError:
            raise KeyError("k") from None

    assert "\nThe above exception was the direct cause of the following exception:\n\n" in text(cause)
    assert "\nDuring handling of the above exception, another exception occurred:\n\n" in text(during)
    assert "ZeroDivisionError" not in text(silent)


def test_groups_and_notes():
    def f():
        e = ValueError("one")
        e.add_note("a note\nof two lines")
        raise ExceptionGroup("several", [e, TypeError("two")])

    out = text(f)
    assert "ExceptionGroup: several (2 sub-exceptions)" in out and "+-+---------------- 1 ----------------" in out and "| a note" in out and "| TypeError: two" in out


def test_suggestions():
    def f():
        counter = 1
        return countr

    assert last(f) == "NameError: name 'countr' is not defined. Did you mean: 'counter'?"
    assert last(lambda: [].appendd(1)) == "AttributeError: 'list' object has no attribute 'appendd'. Did you mean: 'append'?"

    def g():
        from math import florr

    assert "Did you mean: 'floor'?" in last(g)

    class C:
        value = 1

        def m(self):
            return value

    assert last(lambda: C().m()) == "NameError: name 'value' is not defined. Did you mean: 'self.value'?"
    assert last(lambda: time.sleep(1)).endswith("Did you forget to import 'time'?")


def test_repeated_frames():
    def f(n):
        if n == 0:
            raise ValueError("end")
        f(n - 1)

    out = text(lambda: f(50))
    assert "[Previous line repeated 47 more times]" in out


def test_syntax_error_layout():
    out = text(lambda: compile("x = (1 +\ny = 2", "nowhere.py", "exec"))
    assert 'File "nowhere.py", line 1\n    x = (1 +\n        ^\n' in out and out.endswith("SyntaxError: '(' was never closed\n")


def test_names_of_own_exceptions():
    class Local(Exception):
        pass

    def f():
        raise Local("w")

    assert last(f).endswith("test_names_of_own_exceptions.<locals>.Local: w") and last(lambda: exec("raise ValueError")) == "ValueError" and last(lambda: exec("raise KeyError('é\\n')")) == "KeyError: 'é\\n'"

    class Bad(Exception):
        def __str__(self):
            raise ValueError

    def g():
        raise Bad

    assert "<exception str() failed>" in last(g)


def test_extract_and_walk():
    def f():
        raise OSError(2, "m", "file")

    e = raises(OSError, f)
    summary = traceback.TracebackException.from_exception(e)
    assert summary.exc_type_str == "FileNotFoundError" and str(summary) == "[Errno 2] m: 'file'" and summary.stack[-1].name == "f"
    assert traceback.format_exception_only(ValueError("x")) == ["ValueError: x\n"] and traceback.format_exception_only(None) == ["NoneType: None\n"]


if __name__ == "__main__":
    main(globals())
