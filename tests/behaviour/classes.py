"""Classes: instances, inheritance, the order of bases, super, special methods, slots, class bodies."""

from _run import main, message, raises


def test_instances_and_attributes():
    class C:
        shared = []
        n = 1

        def __init__(self, x):
            self.x = x

        def double(self):
            return self.x * 2

    a, b = C(1), C(2)
    a.n = 5
    a.shared.append(1)
    assert (a.n, b.n, C.n) == (5, 1, 1) and b.shared == [1] and a.double() == 2 and C.double(b) == 4 and a.__dict__ == {"x": 1, "n": 5}
    del a.n
    assert a.n == 1 and hasattr(a, "x") and not hasattr(a, "y") and getattr(a, "y", 7) == 7
    assert message(AttributeError, lambda: a.y) == "'C' object has no attribute 'y'" and message(AttributeError, lambda: C.y) == "type object 'C' has no attribute 'y'"
    setattr(a, "y", 3)
    delattr(a, "y")
    raises(AttributeError, delattr, a, "y")
    bound = a.double
    a.x = 10
    assert bound() == 20 and bound.__self__ is a and bound.__func__ is C.double and a.double == a.double and a.double is not a.double


def test_many_attributes_in_any_order():
    class C:
        pass

    objects = []
    for i in range(40):
        o = C()
        for j in range(i, i + 12):
            setattr(o, f"a{j % 40}", (i, j))
        objects.append(o)
    for i, o in enumerate(objects):
        assert all(getattr(o, f"a{j % 40}") == (i, j) for j in range(i, i + 12)) and len(o.__dict__) == 12
        assert list(o.__dict__) == [f"a{j % 40}" for j in range(i, i + 12)]
    o = C()
    o.__dict__["direct"] = 1
    assert o.direct == 1
    o.__dict__ = {"z": 2}
    assert o.z == 2 and not hasattr(o, "direct") and vars(o) == {"z": 2}


def test_class_changes_are_seen():
    class A:
        def f(self):
            return "old"

    class B(A):
        pass

    b = B()
    results = []
    for i in range(4):
        results.append(b.f())
        if i == 0:
            A.f = lambda self: "new"
        elif i == 1:
            B.f = lambda self: "sub"
        elif i == 2:
            b.f = lambda: "own"
    assert results == ["old", "new", "sub", "own"]
    b.__class__ = type("D", (A,), {"g": 1})
    assert b.g == 1 and type(b).__name__ == "D"


def test_inheritance_and_super():
    class A:
        def __init__(self):
            self.log = ["A"]

        def who(self):
            return "A"

    class B(A):
        def __init__(self):
            super().__init__()
            self.log.append("B")

        def who(self):
            return "B" + super().who()

    class C(A):
        def __init__(self):
            super().__init__()
            self.log.append("C")

        def who(self):
            return "C" + super().who()

    class D(B, C):
        def who(self):
            return "D" + super().who()

    d = D()
    assert d.log == ["A", "C", "B"] and d.who() == "DBCA" and [c.__name__ for c in D.__mro__] == ["D", "B", "C", "A", "object"]
    assert isinstance(d, A) and issubclass(D, (int, C)) and not issubclass(A, B) and super(B, d).who() == "CA" and D.__bases__ == (B, C) and D in B.__subclasses__()
    assert "Cannot create a consistent method resolution order" in message(TypeError, type, "X", (A, B), {})


def test_special_methods():
    class V:
        def __init__(self, *v):
            self.v = v

        def __add__(self, o):
            return V(*(a + b for a, b in zip(self.v, o.v))) if isinstance(o, V) else NotImplemented

        def __radd__(self, o):
            return ("radd", o)

        def __iadd__(self, o):
            self.v += (o,)
            return self

        def __eq__(self, o):
            return self.v == o.v if isinstance(o, V) else NotImplemented

        def __lt__(self, o):
            return self.v < o.v

        def __hash__(self):
            return hash(self.v)

        def __len__(self):
            return len(self.v)

        def __getitem__(self, i):
            return self.v[i]

        def __contains__(self, x):
            return x == 42

        def __call__(self, *a, **k):
            return a, k

        def __neg__(self):
            return V(*(-x for x in self.v))

        def __bool__(self):
            return any(self.v)

        def __repr__(self):
            return f"V{self.v}"

        def __matmul__(self, o):
            return "at"

        def __index__(self):
            return 2

    a = V(1, 2)
    assert a + V(3, 4) == V(4, 6) and 5 + a == ("radd", 5) and -a == V(-1, -2) and len(a) == 2 and a[1] == 2 and 42 in a and 1 not in a
    assert a(1, k=2) == ((1,), {"k": 2}) and bool(V(0)) is False and repr(a) == "V(1, 2)" and f"{a}" == "V(1, 2)" and a @ a == "at" and [5, 6, 7][a] == 7 and hex(a) == "0x2"
    assert list(a) == [1, 2] and sorted([V(2), V(1)]) == [V(1), V(2)] and {a: 1}[V(1, 2)] == 1 and (a > V(0)) is True and a != 5 and not a == 5
    a += 9
    assert a.v == (1, 2, 9)
    raises(TypeError, lambda: a + 5)
    raises(TypeError, lambda: a <= a)


def test_attribute_hooks():
    class C:
        def __getattr__(self, name):
            if name.startswith("no"):
                raise AttributeError(name)
            return "got " + name

        def __setattr__(self, name, value):
            object.__setattr__(self, name, value * 2)

        def __delattr__(self, name):
            object.__delattr__(self, name)

    c = C()
    c.x = 4
    assert c.x == 8 and c.y == "got y" and not hasattr(c, "nope")
    del c.x
    assert c.x == "got x"

    class All:
        def __getattribute__(self, name):
            return name.upper() if name != "real" else object.__getattribute__(self, "__class__")

    assert All().anything == "ANYTHING" and All().real is All


def test_slots():
    class P:
        __slots__ = ("x", "y")

        def __init__(self):
            self.x = 1

    p = P()
    assert p.x == 1 and not hasattr(p, "__dict__")
    raises(AttributeError, lambda: p.y)
    raises(AttributeError, setattr, p, "z", 1)
    p.y = 2
    del p.y
    raises(AttributeError, lambda: p.y)

    class Q(P):
        __slots__ = ("z",)

    class R(P):
        pass

    q, r = Q(), R()
    q.z, r.anything = 3, 4
    assert q.x == 1 and q.z == 3 and r.__dict__ == {"anything": 4} and P.x.__get__(p) == 1


def test_new_and_immutable_subclass():
    class Celsius(float):
        def __new__(cls, value):
            return super().__new__(cls, value + 0.5)

        unit = "C"

    class Word(str):
        def __len__(self):
            return 99

    class Stack(list):
        def push(self, x):
            self.append(x)

    t = Celsius(1)
    assert t == 1.5 and t + 1 == 2.5 and type(t + 1) is float and t.unit == "C" and isinstance(t, float)
    w = Word("ab")
    w.extra = 1
    assert len(w) == 99 and w == "ab" and w.upper() == "AB" and w.extra == 1 and {w: 1}["ab"] == 1
    s = Stack([1])
    s.push(2)
    assert s == [1, 2] and isinstance(s, list) and s[0] == 1 and type(s[:]) is list

    class Single:
        only = None

        def __new__(cls):
            if cls.only is None:
                cls.only = super().__new__(cls)
            return cls.only

    assert Single() is Single()
    raises(TypeError, object, 1)
    raises(TypeError, lambda: type("E", (), {"__init__": lambda self: 5})())


def test_private_names():
    class A:
        def __init__(self):
            self.__x = 1

        def get(self):
            return self.__x

    a = A()
    assert a.get() == 1 and a._A__x == 1 and not hasattr(a, "__x") and "_A__x" in a.__dict__


def test_init_subclass_and_set_name():
    log = []

    class Field:
        def __set_name__(self, owner, name):
            log.append((owner.__name__, name))

    class Base:
        def __init_subclass__(cls, /, tag=None, **kw):
            super().__init_subclass__(**kw)
            log.append((cls.__name__, tag))

    class Sub(Base, tag="t"):
        f = Field()

    assert log == [("Sub", "f"), ("Sub", "t")]
    raises(TypeError, lambda: type("X", (), {}, unknown=1))


def test_class_and_static_methods():
    class A:
        n = 1

        @classmethod
        def make(cls, x):
            o = cls()
            o.x = x
            return o

        @staticmethod
        def plus(a, b):
            return a + b

    class B(A):
        pass

    assert type(B.make(3)) is B and B.make(3).x == 3 and A.plus(1, 2) == 3 == A().plus(1, 2) and A.make.__self__ is A


def test_comparison_fallbacks():
    class A:
        def __gt__(self, o):
            return "reflected"

    assert (1 < A()) == "reflected" and A() != 1 and not A() == A()

    class L:
        def __eq__(self, o):
            return "L"

    class M(L):
        def __eq__(self, o):
            return "M"

    assert (L() == M()) == "M" and (M() == L()) == "M" and (L() != 1) is False


def test_truth_and_text():
    class A:
        def __len__(self):
            return 0

        def __str__(self):
            return "str"

    class B:
        def __bool__(self):
            return 1

        def __str__(self):
            return 5

    assert not A() and str(A()) == "str" and repr(A()).startswith("<") and " object at 0x" in repr(A())
    assert message(TypeError, bool, B()) == "__bool__ should return bool, returned int" and message(TypeError, str, B()) == "__str__ returned non-string (type int)"


if __name__ == "__main__":
    main(globals())
