"""Operator dispatch: reflected methods, NotImplemented, subclasses first, in-place fallbacks, conversions, containment, hashing."""

import operator

from _run import main, message, raises


def make(names, result=None):
    """A class whose special methods report what was called."""

    def method(name):
        def f(self, *args):
            return (type(self).__name__, name) if result is None else result

        return f

    return {f"__{name}__": method(name) for name in names.split()}


def test_every_binary_operator_and_its_reflection():
    names = "add sub mul truediv floordiv mod matmul and or xor lshift rshift pow divmod".split()
    L = type("L", (), make(" ".join(names)))
    R = type("R", (), make(" ".join("r" + n for n in names)))
    for name in names:
        function = divmod if name == "divmod" else pow if name == "pow" else getattr(operator, name + ("_" if name in ("and", "or") else ""))
        assert function(L(), 1) == ("L", name) and function(1, R()) == ("R", "r" + name) and function(L(), R()) == ("L", name)


def test_subclass_goes_first():
    class Base:
        def __add__(self, o):
            return "base"

        def __radd__(self, o):
            return "base r"

    class Sub(Base):
        def __radd__(self, o):
            return "sub r"

    class Plain(Base):
        pass

    assert Base() + Sub() == "sub r" and Base() + Plain() == "base" and Sub() + Base() == "base" and Base() + Base() == "base"


def test_not_implemented():
    class A:
        def __add__(self, o):
            return NotImplemented

        def __radd__(self, o):
            return NotImplemented

        def __lt__(self, o):
            return NotImplemented

        def __eq__(self, o):
            return NotImplemented

    assert message(TypeError, lambda: A() + 1) == "unsupported operand type(s) for +: 'A' and 'int'" and message(TypeError, lambda: A() < 1) == "'<' not supported between instances of 'A' and 'int'" and (A() == 1) is False and (A() != 1) is True
    a = A()
    assert a == a and A().__add__(1) is NotImplemented


def test_in_place():
    names = "add sub mul truediv floordiv mod matmul and or xor lshift rshift pow".split()
    C = type("C", (), make(" ".join("i" + n for n in names)))
    for name in names:
        assert getattr(operator, "i" + name if name not in () else name)(C(), 1) == ("C", "i" + name)

    class OnlyAdd:
        def __add__(self, o):
            return "new"

    x = OnlyAdd()
    x += 1
    assert x == "new"


def test_unary_and_conversions():
    class C:
        def __neg__(self): return "neg"
        def __pos__(self): return "pos"
        def __invert__(self): return "inv"
        def __abs__(self): return "abs"
        def __int__(self): return 7
        def __float__(self): return 2.5
        def __complex__(self): return 1j
        def __index__(self): return 3
        def __round__(self, n=None): return ("round", n)
        def __trunc__(self): return 9
        def __floor__(self): return "floor"
        def __bytes__(self): return b"by"

    import math

    c = C()
    assert (-c, +c, ~c, abs(c), int(c), float(c), complex(c), round(c), round(c, 2), math.trunc(c), math.floor(c), bytes(c)) == ("neg", "pos", "inv", "abs", 7, 2.5, 1j, ("round", None), ("round", 2), 9, "floor", b"by")
    assert "abcdef"[c] == "d" and range(10)[c] == 3 and bin(c) == "0b11" and [0] * c == [0, 0, 0] and "ab"[:c] == "ab" and chr(c) == "\x03"

    class Bad:
        def __int__(self): return "x"
        def __float__(self): return 1
        def __index__(self): return 1.5
        def __hash__(self): return "h"
        def __len__(self): return -1

    for f in (int, float, operator.index, hash):
        raises(TypeError, f, Bad())
    assert message(ValueError, len, Bad()) == "__len__() should return >= 0"


def test_containers():
    class C:
        def __init__(self):
            self.log = []

        def __getitem__(self, k):
            self.log.append(("get", k))
            return k

        def __setitem__(self, k, v):
            self.log.append(("set", k, v))

        def __delitem__(self, k):
            self.log.append(("del", k))

        def __len__(self):
            return 5

        def __contains__(self, k):
            return "truthy" if k else 0

    c = C()
    c[1], c["a", 2:3] = 5, 6
    del c[...]
    assert c[-1] == -1 and c.log == [("set", 1, 5), ("set", ("a", slice(2, 3)), 6), ("del", ...), ("get", -1)] and (1 in c) is True and (0 in c) is False and (0 not in c) is True and bool(c)


def test_identity_shortcuts():
    class Never:
        def __eq__(self, o):
            return False

        __hash__ = object.__hash__

    n = Never()
    assert n in [n] and [n] == [n] and (n,) == (n,) and {n: 1}[n] == 1 and [1, n].index(n) == 1 and [n].count(n) == 1 and n != n


def test_special_methods_are_looked_up_on_the_type():
    class C:
        def __len__(self):
            return 1

    c = C()
    c.__len__ = lambda: 99
    c.__call__ = lambda: "no"
    assert len(c) == 1
    raises(TypeError, c)
    C.__call__ = lambda self: "yes"
    assert c() == "yes"
    del C.__call__
    raises(TypeError, c)


def test_setting_hash_to_none_and_call_chain():
    class C:
        __hash__ = None
        __iter__ = None

    raises(TypeError, hash, C())
    raises(TypeError, iter, C())
    raises(TypeError, lambda: 1 in C())

    class D:
        def __class_getitem__(cls, k):
            return k

        def __getattr__(self, n):
            return n

    assert D[5] == 5 and D().anything == "anything"
    raises(TypeError, lambda: D()[0])


if __name__ == "__main__":
    main(globals())
