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


def test_plain_objects_of_classes_follow_changes():
    """Lists, dicts and instances on classes are read again and again while classes below, between and above change."""

    class Base:
        shared = ["base"]

    class Middle(Base):
        pass

    class Leaf(Middle):
        pass

    leaf = Leaf()

    def read():
        return Leaf.shared, leaf.shared

    for _ in range(5):
        assert read() == (["base"], ["base"])
    Base.shared = {"new": 1}
    for _ in range(5):
        assert read() == ({"new": 1}, {"new": 1})
    Middle.shared = ["middle"]
    for _ in range(5):
        assert read() == (["middle"], ["middle"])
    for i in range(100):  # the dict moves to a larger table
        setattr(Middle, f"other{i}", [i])
        assert read()[0] is Middle.shared
    for i in range(0, 100, 3):
        delattr(Middle, f"other{i}")
        assert read()[0] is Middle.shared
    del Middle.shared
    for _ in range(5):
        assert read() == ({"new": 1}, {"new": 1})
    Base.shared = 5
    assert read() == (5, 5)
    Base.shared = [5]
    assert read() == ([5], [5])
    del Base.shared
    raises(AttributeError, read)
    Leaf.shared = property(lambda self: "property")
    assert leaf.shared == "property" and type(Leaf.shared) is property

    class Other:
        shared = ["other"]

    class Left(Base):
        pass

    class Both(Left):
        pass

    Base.shared = ["base"]
    for _ in range(5):
        assert Both.shared == ["base"]
    Left.__bases__ = (Other,)
    for _ in range(5):
        assert Both.shared == ["other"]


def test_objects_of_classes_die_when_they_go():
    import weakref

    class Thing:
        pass

    class Holder:
        thing = Thing()

    def read():
        return Holder.thing

    for _ in range(5):
        read()
    watch = weakref.ref(Holder.thing)
    Holder.thing = None
    assert watch() is None


def test_python_descriptors_read_in_place():
    class Data:
        def __get__(self, instance, owner=None):
            return ("data", self, instance, owner)

        def __set__(self, instance, value):
            raise AttributeError("no")

    class Plain:
        def __get__(self, instance, owner):
            if instance is None:
                return self
            return ("plain", self, instance, owner)

    class Failing:
        def __get__(self, instance, owner):
            return instance.absent

    class Generating:
        def __get__(self, instance, owner):
            yield instance

    class C:
        data = Data()
        plain = Plain()
        failing = Failing()
        generating = Generating()

    class D(C):
        pass

    def read(c):
        return c.data, c.plain

    for cls in (C, D):
        for _ in range(5):
            c = cls()
            space = C.__dict__
            assert read(c) == (("data", space["data"], c, cls), ("plain", space["plain"], c, cls))
            assert C().data[0] == "data" and next(c.generating) is c
            assert message(AttributeError, getattr, c, "failing") == f"'{cls.__name__}' object has no attribute 'absent'"
    c.__dict__["plain"] = "own"
    c.__dict__["data"] = "own"
    for _ in range(3):
        assert read(c)[0][0] == "data" and read(c)[1] == "own"
    assert read(D())[1][0] == "plain"
    Plain.__get__ = lambda self, instance, owner: "changed"
    assert read(D())[1] == "changed"
    Plain.__get__ = lambda self: "too few"
    raises(TypeError, read, D())
    del Plain.__get__
    assert read(D())[1] is C.__dict__["plain"]
    C.plain = 5
    assert read(D())[1] == 5


if __name__ == "__main__":
    main(globals())
