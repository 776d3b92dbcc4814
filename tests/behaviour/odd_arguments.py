"""Nothing that a program passes may end the interpreter: every method of every builtin type, called with odd arguments."""

import itertools
import sys
import warnings

from _run import main, message, raises

warnings.simplefilter("ignore")

SKIP = {
    # They would take for ever, or all memory, by what they mean.
    "__pow__", "__rpow__", "__ipow__", "__lshift__", "__rlshift__", "__ilshift__", "__init_subclass__", "__subclasshook__", "__round__",
}


class Liar:
    """Says of itself what is not so."""

    def __len__(self):
        return 2**31

    def __length_hint__(self):
        return 2**62

    def __iter__(self):
        return iter("ab")

    def __index__(self):
        return -7

    def __hash__(self):
        return -1

    def __eq__(self, other):
        return True


class Thrower:
    def __getattr__(self, name):
        raise KeyError(name)

    def __len__(self):
        raise ZeroDivisionError

    def __index__(self):
        raise ZeroDivisionError

    def __iter__(self):
        raise ZeroDivisionError

    def __eq__(self, other):
        raise ZeroDivisionError

    def __hash__(self):
        raise ZeroDivisionError

    def __bool__(self):
        raise ZeroDivisionError


def arguments():
    return [None, -1, 0, 3, sys.maxsize, -sys.maxsize - 1, 2**64, 1.5, float("nan"), "", "aé🐍\ud800", b"\xff\x00", bytearray(b"ab"), [], [1, "a"], (), (1, 2), {}, {"a": 1}, {1, 2}, slice(None, None, -1), slice(sys.maxsize, -5, 3), range(5), int, len, iter([1, 2]), Liar(), Thrower(), memoryview(b"abc"), ...]


def makers():
    return [lambda: 5, lambda: -(2**70), lambda: 2.5, lambda: 1 + 2j, lambda: True, lambda: None, lambda: "héllo wörld", lambda: "ascii text", lambda: b"bytes", lambda: bytearray(b"array"), lambda: memoryview(bytearray(b"view")), lambda: [3, 1, 2], lambda: (1, 2, 3), lambda: {"k": 1, 2: 3}, lambda: {1, 2, 3}, lambda: frozenset("ab"), lambda: range(2, 20, 3), lambda: slice(1, 2, 3), lambda: {"a": 1}.keys(), lambda: {"a": 1}.items(), lambda: {"a": 1}.values(), lambda: iter([1, 2, 3]), lambda: iter({1: 2}), lambda: enumerate("ab"), lambda: zip("ab", "cd"), lambda: map(str, "ab"), lambda: filter(None, [1]), lambda: reversed([1, 2]), lambda: (x for x in range(3)), lambda: object(), lambda: ValueError("v", 1), lambda: property(len), lambda: staticmethod(len), lambda: lambda: 0, lambda: "".join, lambda: super(bool, True), lambda: ExceptionGroup("g", [ValueError()])]


def call(function, given):
    """Call it; any exception that is an Exception is an answer. Results that are lazy are not run to their end."""
    try:
        function(*given)
    except (Exception, SystemExit):
        pass


def test_methods_with_one_argument():
    count = 0
    for make in makers():
        for name in dir(type(make())):
            if name in SKIP:
                continue
            for argument in arguments():
                value = make()
                try:
                    method = getattr(value, name)
                except Exception:
                    continue
                if callable(method):
                    call(method, (argument,))
                    count += 1
    assert count > 10_000, count


def test_methods_with_none_and_two_arguments():
    some = [None, -1, sys.maxsize, 2**64, "aé", b"a", [1], Liar(), Thrower(), slice(0, 9, 2)]
    for make in makers():
        for name in dir(type(make())):
            if name in SKIP or name in ("__setattr__", "__delattr__"):
                continue
            call(getattr(make(), name, None), ())
            for pair in itertools.product(some, some):
                value = make()
                try:
                    method = getattr(value, name)
                except Exception:
                    break
                if not callable(method):
                    break
                call(method, pair)


def test_unbound_methods_of_the_wrong_type():
    types = {type(make()) for make in makers()} | {int, str, type, object, dict, BaseException}
    for kind in types:
        for name, attribute in list(vars(kind).items()):
            if name not in SKIP and callable(attribute):
                for argument in (None, 5, "a", [1], int, Liar(), Thrower()):
                    call(attribute, (argument,))
                call(attribute, ())


def test_constructors():
    types = [int, float, complex, bool, str, bytes, bytearray, memoryview, list, tuple, dict, set, frozenset, range, slice, enumerate, zip, map, filter, reversed, object, property, staticmethod, classmethod, super, type, ValueError, OSError, UnicodeDecodeError, StopIteration, SystemExit, ImportError]
    small = [value for value in arguments() if value is not sys.maxsize and not isinstance(value, Liar)]
    for kind in types:
        call(kind, ())
        for given in itertools.chain(((a,) for a in small), itertools.product(small, small)):
            if kind in (bytes, bytearray) and isinstance(given[0], int):
                continue
            call(kind, given)


def test_builtin_functions():
    import builtins

    skip = {"exit", "quit", "input", "breakpoint", "help", "copyright", "credits", "license", "print", "open", "exec", "eval", "compile", "pow", "round", "__import__"}
    some = [None, -1, 0, 2**64, 1.5, "a", b"\xff", [1], {"a": 1}, int, Liar(), Thrower(), slice(1)]
    for name in dir(builtins):
        function = getattr(builtins, name)
        if name in skip or isinstance(function, type) or not callable(function):
            continue
        call(function, ())
        for given in itertools.chain(((a,) for a in some), itertools.product(some, some)):
            call(function, given)


def test_native_modules():
    skip = {"factorial", "perm", "comb", "sumprod", "prod", "fsum", "sleep", "pause", "count", "cycle", "repeat", "product", "permutations", "combinations", "combinations_with_replacement", "pow", "ldexp", "lcm", "ipow", "lshift", "ilshift", "mul", "imul", "_exit", "pthread_kill", "kill", "abort"}
    some = [None, -1, 0, 2**64, 1.5, float("nan"), "aé", b"\xff\x00", [1], (1, 2), {"a": 1}, int, len, Liar(), Thrower()]
    import _struct
    import math
    import operator
    import unicodedata

    for module in (math, operator, _struct, unicodedata, itertools):
        for name in dir(module):
            function = getattr(module, name)
            if name in skip or name.startswith("__") or not callable(function):
                continue
            call(function, ())
            for given in itertools.chain(((a,) for a in some), itertools.product(some, some)):
                call(function, given)


def test_operators_between_everything():
    import operator

    values = [make() for make in makers()] + [Thrower(), Liar()]
    for a, b in itertools.product(values, values):
        for f in (operator.add, operator.sub, operator.truediv, operator.floordiv, operator.mod, operator.and_, operator.or_, operator.xor, operator.matmul, operator.eq, operator.ne, operator.lt, operator.ge, operator.contains, operator.getitem, operator.is_):
            call(f, (a, b))


def test_sizes_that_cannot_be():
    for f in (lambda: "a" * sys.maxsize, lambda: b"ab" * (2**62), lambda: [0] * sys.maxsize, lambda: (1, 2) * sys.maxsize, lambda: bytes(sys.maxsize), lambda: bytearray(2**62), lambda: "x".ljust(sys.maxsize), lambda: 1 << sys.maxsize, lambda: "%*d" % (sys.maxsize, 1), lambda: f"{1:{sys.maxsize}}", lambda: list(range(sys.maxsize)), lambda: " ".zfill(sys.maxsize)):
        raises((MemoryError, OverflowError, ValueError), f)


def test_deep_structures():
    deep_list, deep_tuple, deep_dict = [], (), {}
    for _ in range(100_000):
        deep_list, deep_tuple, deep_dict = [deep_list], (deep_tuple,), {"k": deep_dict}
    for f in (lambda: repr(deep_list), lambda: repr(deep_dict), lambda: hash(deep_tuple), lambda: deep_list == [deep_list], lambda: str(deep_tuple)):
        try:
            f()
        except RecursionError:
            pass
    del deep_list, deep_tuple, deep_dict
    import copy

    d = []
    for _ in range(5_000):
        d = [d]
    raises(RecursionError, copy.deepcopy, d)


def test_attributes_of_odd_names():
    class C:
        pass

    c = C()
    for name in ("", " ", "a b", "é", "\ud800", "1", "class", "\0"):
        setattr(c, name, 1)
        assert getattr(c, name) == 1 and name in c.__dict__
        delattr(c, name)
    for name in (None, 5, b"a"):
        raises(TypeError, getattr, c, name)
    for target, name in ((5, "x"), ("", "y"), (int, "z"), (len, "w"), (None, "v"), (int, "__class__"), (c, "__dict__"), (c, "__class__")):
        call(setattr, (target, name, 5))
        call(delattr, (target, name))


if __name__ == "__main__":
    main(globals())
