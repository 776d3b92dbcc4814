"""Descriptors: property, data and non-data descriptors, functions as descriptors, cached_property."""

from _run import main, message, raises


def test_property():
    class C:
        def __init__(self):
            self._x = 1

        @property
        def x(self):
            "the x"
            return self._x

        @x.setter
        def x(self, value):
            self._x = value

        @x.deleter
        def x(self):
            self._x = None

        @property
        def fixed(self):
            return 5

    c = C()
    c.x = 9
    assert c.x == 9 and C.x.__doc__ == "the x" and isinstance(C.x, property)
    del c.x
    assert c.x is None and c.fixed == 5
    raises(AttributeError, setattr, c, "fixed", 1)
    raises(AttributeError, delattr, c, "fixed")


def test_data_descriptor_wins_over_the_instance():
    class Data:
        def __get__(self, obj, owner=None):
            return self if obj is None else ("data", obj.__dict__.get("a"))

        def __set__(self, obj, value):
            obj.__dict__["a"] = value * 2

    class NonData:
        def __get__(self, obj, owner=None):
            return "nondata"

    class C:
        a = Data()
        b = NonData()

    c = C()
    c.a = 4
    assert c.a == ("data", 8) and c.b == "nondata" and isinstance(C.a, Data)
    c.b = "own"
    assert c.b == "own"
    raises(AttributeError, delattr, c, "a")


def test_typed_fields():
    class Typed:
        def __init__(self, kind):
            self.kind = kind

        def __set_name__(self, owner, name):
            self.name = "_" + name

        def __get__(self, obj, owner):
            return self if obj is None else getattr(obj, self.name)

        def __set__(self, obj, value):
            if not isinstance(value, self.kind):
                raise TypeError(f"{self.name[1:]} wants {self.kind.__name__}")
            setattr(obj, self.name, value)

    class P:
        name = Typed(str)
        age = Typed(int)

    p = P()
    p.name, p.age = "a", 5
    assert (p.name, p.age) == ("a", 5) and message(TypeError, setattr, p, "age", "x") == "age wants int"


def test_functions_are_descriptors():
    def f(self):
        return self

    assert f.__get__(5)() == 5 and f.__get__(None, int) is f

    class C:
        pass

    c = C()
    c.f = f
    raises(TypeError, c.f)
    C.f2 = f
    assert c.f2() is c
    C.length = len
    assert c.length([1]) == 1

    class K:
        def __get__(self, obj, owner):
            raise AttributeError("hidden")

    C.hidden = K()
    assert not hasattr(c, "hidden") and getattr(c, "hidden", 3) == 3


def test_descriptor_that_calls_getattr():
    class C:
        @property
        def broken(self):
            raise AttributeError("inner")

        def __getattr__(self, name):
            return "fallback " + name

    assert C().broken == "fallback broken"


def test_cached_property_and_friends():
    from functools import cached_property, partialmethod, singledispatchmethod

    calls = []

    class C:
        @cached_property
        def value(self):
            calls.append(1)
            return len(calls)

        def power(self, base, exponent):
            return base**exponent

        square = partialmethod(power, exponent=2)

        @singledispatchmethod
        def show(self, x):
            return "other"

        @show.register
        def _(self, x: int):
            return "int"

    c = C()
    assert c.value == c.value == 1 and c.__dict__["value"] == 1 and c.square(3) == 9 and c.show(1) == "int" and c.show("") == "other"
    del c.value
    assert c.value == 2


def test_builtin_descriptors():
    assert str.upper.__get__("a")() == "A" and "".join.__self__ == "" and list.append.__name__ == "append" and str.__dict__["upper"]("b") == "B"
    raises(TypeError, str.upper, 5)
    assert type(int.real).__name__ == "getset_descriptor" and (5).real == 5 and type(list.append).__name__ == "method_descriptor" and int.__add__(1, 2) == 3
    raises(AttributeError, setattr, 5, "x", 1)
    raises(TypeError, setattr, int, "x", 1)


if __name__ == "__main__":
    main(globals())
