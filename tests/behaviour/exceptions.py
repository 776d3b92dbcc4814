"""Exceptions: matching, chaining, finally, re-raising, groups, notes, own classes, what the classes hold."""

import sys

from _run import main, message, raises


def test_matching():
    def kind(error):
        try:
            raise error
        except (KeyError, IndexError):
            return "lookup"
        except ArithmeticError:
            return "arithmetic"
        except Exception as e:
            return type(e).__name__

    assert kind(KeyError()) == kind(IndexError) == "lookup" and kind(ZeroDivisionError()) == "arithmetic" and kind(ValueError("x")) == "ValueError"
    assert issubclass(FileNotFoundError, OSError) and issubclass(UnicodeDecodeError, ValueError) and not issubclass(KeyboardInterrupt, Exception)


def test_finally_order():
    log = []

    def f(how):
        try:
            log.append("try")
            if how == "raise":
                raise ValueError
            if how == "return":
                return "returned"
        except ValueError:
            log.append("except")
            return "caught"
        else:
            log.append("else")
        finally:
            log.append("finally")
        return "end"

    assert [f("raise"), f("return"), f("")] == ["caught", "returned", "end"]
    assert log == ["try", "except", "finally", "try", "finally", "try", "else", "finally"]


def test_finally_in_loops():
    log = []
    for i in range(4):
        try:
            if i == 1:
                continue
            if i == 3:
                break
            log.append(i)
        finally:
            log.append(-i)
    assert log == [0, 0, -1, 2, -2, -3]

    def nested():
        try:
            try:
                1 / 0
            finally:
                log.append("inner")
        except ZeroDivisionError:
            return log[-1]
        finally:
            log.append("outer")

    assert nested() == "inner" and log[-1] == "outer"


def test_chaining():
    try:
        try:
            raise KeyError("first")
        except KeyError:
            raise ValueError("second")
    except ValueError as e:
        assert isinstance(e.__context__, KeyError) and e.__cause__ is None and not e.__suppress_context__
    try:
        try:
            raise KeyError("first")
        except KeyError as first:
            raise ValueError("second") from first
    except ValueError as e:
        assert isinstance(e.__cause__, KeyError) and e.__suppress_context__
    try:
        try:
            raise KeyError
        except KeyError:
            raise ValueError from None
    except ValueError as e:
        assert e.__cause__ is None and isinstance(e.__context__, KeyError) and e.__suppress_context__


def test_reraise():
    def f():
        try:
            raise ValueError("v")
        except ValueError:
            try:
                raise KeyError
            except KeyError:
                pass
            raise

    assert message(ValueError, f) == "v"

    def bare():
        raise

    assert message(RuntimeError, bare) == "No active exception to reraise"
    assert message(TypeError, lambda: exec("raise 5")) == "exceptions must derive from BaseException"
    raises(TypeError, exec, "raise ValueError from 5")


def test_exc_info():
    assert sys.exc_info() == (None, None, None)
    try:
        raise ValueError("x")
    except ValueError as e:
        kind, value, tb = sys.exc_info()
        assert kind is ValueError and value is e is sys.exception() and tb is e.__traceback__
    assert sys.exception() is None


def test_own_classes():
    class AppError(Exception):
        code = 5

        def __init__(self, what, **extra):
            super().__init__(what)
            self.extra = extra

        def __str__(self):
            return f"{self.args[0]}:{self.code}"

    e = raises(AppError, lambda: (_ for _ in ()).throw(AppError("w", k=1)))
    assert str(e) == "w:5" and e.extra == {"k": 1} and e.args == ("w",) and repr(e) == "AppError('w')"
    assert str(Exception()) == "" and str(Exception(1, 2)) == "(1, 2)" and str(KeyError("k")) == "'k'" and repr(ValueError("a", 1)) == "ValueError('a', 1)"


def test_what_classes_hold():
    e = raises(AttributeError, lambda: (5).nope)
    assert e.name == "nope" and e.obj == 5
    e = raises(NameError, lambda: undefined_name)
    assert e.name == "undefined_name"
    e = raises(StopIteration, next, iter([]))
    assert e.value is None
    e = raises(OSError, open, "/no/such/file")
    assert isinstance(e, FileNotFoundError) and e.errno == 2 and e.filename == "/no/such/file" and str(e) == "[Errno 2] No such file or directory: '/no/such/file'"
    assert isinstance(OSError(17, "x"), FileExistsError) and SystemExit(3).code == 3
    e = raises(ImportError, exec, "from math import nothing_like_this")
    assert e.name == "math" and isinstance(raises(ImportError, exec, "import no_such_module"), ModuleNotFoundError)


def test_notes_and_with_traceback():
    e = ValueError("v")
    e.add_note("first note")
    assert e.__notes__ == ["first note"] and e.with_traceback(None) is e and e.__traceback__ is None
    import traceback

    text = "".join(traceback.format_exception(e))
    assert text == "ValueError: v\nfirst note\n"


def test_traceback_lines():
    import traceback

    def inner():
        raise KeyError("deep")

    def outer():
        inner()

    e = raises(KeyError, outer)
    frames = traceback.extract_tb(e.__traceback__)
    assert [f.name for f in frames] == ["raises", "outer", "inner"] and frames[-1].line == 'raise KeyError("deep")'
    assert frames[-1].lineno == inner.__code__.co_firstlineno + 1 and e.__traceback__.tb_next.tb_frame.f_code.co_name == "outer"
    text = "".join(traceback.format_exception(e))
    assert text.startswith("Traceback (most recent call last):\n") and text.endswith("KeyError: 'deep'\n") and "in inner" in text


def test_groups():
    log = []
    try:
        raise ExceptionGroup("many", [ValueError(1), KeyError("k"), ExceptionGroup("in", [ValueError(2), OSError(3)])])
    except* ValueError as group:
        log.append([str(e) for e in group.exceptions[:1]])
        log.append(len(group.exceptions))
    except* (KeyError, OSError) as group:
        log.append(type(group).__name__)
    assert log == [["1"], 2, "ExceptionGroup"]

    def leftover():
        try:
            raise ExceptionGroup("g", [ValueError(), TypeError()])
        except* ValueError:
            pass

    e = raises(ExceptionGroup, leftover)
    assert [type(x) for x in e.exceptions] == [TypeError] and e.message == "g"
    match, rest = ExceptionGroup("g", [ValueError(), TypeError()]).split(ValueError)
    assert len(match.exceptions) == len(rest.exceptions) == 1
    try:
        raise ValueError("plain")
    except* ValueError as group:
        assert isinstance(group, ExceptionGroup)


def test_return_values_of_handlers():
    def f():
        for _ in range(3):
            try:
                return 1
            finally:
                pass

    def deep(n):
        try:
            if n == 0:
                raise LookupError("bottom")
            deep(n - 1)
        except LookupError as e:
            if n == 5:
                return str(e)
            raise
        return "unreached" if n < 5 else deep(n - 1)

    assert f() == 1 and deep(5) == "bottom"


def test_assert():
    def f(x):
        assert x > 0, f"bad {x}"

    f(1)
    assert message(AssertionError, f, -1) == "bad -1"


def test_except_evaluates_late():
    log = []

    def types():
        log.append("asked")
        return ValueError

    try:
        pass
    except types():
        pass
    try:
        raise ValueError
    except types():
        pass
    assert log == ["asked"]

    def wrong():
        try:
            raise ValueError
        except "text":
            pass

    assert message(TypeError, wrong) == "catching classes that do not inherit from BaseException is not allowed"


def test_own_classes_hold_what_they_were_called_with():
    class Plain(Exception):
        pass

    class Quiet(Exception):
        def __init__(self, *args, note=None):
            self.note = note

    class Loud(ValueError):
        def __init__(self, a, b=2):
            super().__init__(a + b)
            self.a = a

    class Odd(Exception):
        def __init__(self):
            return 1

    class Made(Exception):
        def __new__(cls, *args):
            self = super().__new__(cls, "from new")
            return self

        def __init__(self, *args):
            self.seen = args

    assert Plain(1, 2).args == (1, 2) and Plain().args == ()
    assert Quiet(1, 2).args == (1, 2) and Quiet(3, note=4).args == (3,) and Quiet(3, note=4).note == 4
    assert Loud(1).args == (3,) and Loud(1, b=5).args == (6,) and Loud(*[1, 1]).a == 1
    made = Made(7, 8)
    assert made.args == ("from new",) and made.seen == (7, 8)
    assert "should return None" in message(TypeError, Odd)
    assert "missing 1 required positional argument: 'a'" in message(TypeError, Loud)
    assert "takes no keyword arguments" in message(TypeError, lambda: Plain(a=1))
    assert "takes no keyword arguments" in message(TypeError, lambda: ValueError(1, a=1))
    for kind in (OSError, StopIteration, SystemExit, AttributeError):

        class Own(kind):
            def __init__(self, *args):
                self.seen = args

        assert Own("x").seen == ("x",)


def test_frames_of_a_traceback():
    def fails(depth, local):
        word = "w" * depth
        if depth:
            fails(depth - 1, local + 1)
        del word
        raise KeyError(local)

    def caught(depth):
        try:
            fails(depth, 10)
        except KeyError as error:
            return error

    error = caught(3)
    entries = []
    tb = error.__traceback__
    while tb is not None:
        entries.append(tb)
        tb = tb.tb_next
    assert [e.tb_frame.f_code.co_name for e in entries] == ["caught"] + ["fails"] * 4
    assert [e.tb_frame.f_locals.get("local") for e in entries] == [None, 10, 11, 12, 13]
    assert [e.tb_frame.f_locals.get("word") for e in entries[1:]] == ["www", "ww", "w", None]
    first = fails.__code__.co_firstlineno
    assert [e.tb_lineno - first for e in entries[1:]] == [3, 3, 3, 5] and entries[0].tb_lineno == caught.__code__.co_firstlineno + 2
    assert all(e.tb_lasti == e.tb_frame.f_lasti for e in entries[1:])
    for outer, inner in zip(entries, entries[1:]):
        assert inner.tb_frame.f_back is outer.tb_frame
    assert "error" not in entries[0].tb_frame.f_locals
    entries[-1].tb_frame.clear()
    assert entries[-1].tb_frame.f_locals.get("local") is None
    entries[1].tb_frame.f_locals["local"] = "changed"
    entries[1].tb_frame.f_locals["fresh"] = 1
    assert entries[1].tb_frame.f_locals["local"] == "changed" and entries[1].tb_frame.f_locals["fresh"] == 1


def test_frames_die_with_the_traceback():
    import weakref

    class Thing:
        pass

    dead = []

    def inner(note):
        thing = Thing()
        weakref.finalize(thing, dead.append, note)
        raise ValueError(note)

    def outer(note):
        held = Thing()
        weakref.finalize(held, dead.append, note + " outer")
        inner(note)

    try:
        outer("a")
    except ValueError as error:
        assert dead == []
    assert sorted(dead) == ["a", "a outer"]
    dead.clear()
    try:
        outer("b")
    except ValueError as error:
        kept = error
    assert dead == []
    frame = kept.__traceback__.tb_next.tb_frame
    kept = None
    assert dead == ["b"] and frame.f_locals["note"] == "b"
    frame = None
    assert sorted(dead) == ["b", "b outer"]


def test_matching_by_tuples_looks_at_all_classes():
    def matched(classes):
        try:
            raise KeyError(1)
        except classes:
            return True

    assert matched((ValueError, LookupError)) and matched((KeyError,))
    for wrong in ((KeyError, int), (int, KeyError), (KeyError, 1), (KeyError, (ValueError,)), int, "KeyError"):
        assert "catching classes that do not inherit from BaseException" in message(TypeError, lambda: matched(wrong))
    try:
        matched(())
    except KeyError as error:
        assert error.args == (1,)


def test_calling_a_class_means_its_metaclass():
    class Meta(type):
        def __call__(cls, *args):
            return "text" if args == () else super().__call__(*args)

    class Own(Exception, metaclass=Meta):
        pass

    def plain():
        raise Own

    assert "should have returned an instance of BaseException" in message(TypeError, plain)
    assert Own() == "text" and Own(1).args == (1,)

    class Sub(KeyError):
        pass

    try:
        raise Sub
    except LookupError as error:
        assert error.args == () and type(error) is Sub
    try:
        raise Sub(1, 2)
    except KeyError as error:
        assert error.args == (1, 2)


if __name__ == "__main__":
    main(globals())
