"""Metaclasses, type(), __prepare__, abstract base classes, class checks, generic classes."""

from _run import main, message, raises


def test_type_makes_classes():
    A = type("A", (), {"x": 1, "f": lambda self: self.x})
    assert A().f() == 1 and A.__name__ == "A" and type(A) is type and type(type) is type and isinstance(A, type) and A.__module__ == __name__
    A.__name__ = "Renamed"
    raises(TypeError, type, "B", (5,), {})
    raises(TypeError, type, "B", (bool,), {})


def test_metaclass():
    log = []

    class Meta(type):
        @classmethod
        def __prepare__(meta, name, bases, **kw):
            log.append(("prepare", name, kw))
            return {"injected": 1}

        def __new__(meta, name, bases, space, **kw):
            space["made"] = True
            return super().__new__(meta, name, bases, dict(space))

        def __init__(cls, name, bases, space, **kw):
            super().__init__(name, bases, space)
            log.append(("init", name))

        def __call__(cls, *args):
            log.append("call")
            return super().__call__(*args)

        def __len__(cls):
            return 7

        @property
        def shout(cls):
            return cls.__name__.upper()

        def __contains__(cls, x):
            return x == 1

        def __getattr__(cls, name):
            return "meta " + name

    class C(metaclass=Meta, flag=1):
        seen = injected

        def __init__(self, v):
            self.v = v

    c = C(5)
    assert C.seen == 1 and C.made and c.v == 5 and len(C) == 7 and C.shout == "C" and 1 in C and C.anything == "meta anything"
    assert log == [("prepare", "C", {"flag": 1}), ("init", "C"), "call"] and not hasattr(c, "shout")

    class D(C):
        pass

    assert type(D) is Meta

    class Other(type):
        pass

    class E(metaclass=Other):
        pass

    assert "metaclass conflict" in message(TypeError, type, "F", (C, E), {})


def test_ordered_namespace():
    class Record(dict):
        def __init__(self):
            self.order = []

        def __setitem__(self, key, value):
            self.order.append(key)
            super().__setitem__(key, value)

    class Meta(type):
        @classmethod
        def __prepare__(meta, name, bases):
            return Record()

        def __new__(meta, name, bases, space):
            cls = super().__new__(meta, name, bases, dict(space))
            cls.order = [k for k in space.order if not k.startswith("__")]
            return cls

    class C(metaclass=Meta):
        b = 1
        a = 2
        b = 3

    assert C.order == ["b", "a", "b"]


def test_abstract_classes():
    from abc import ABC, abstractmethod

    class Shape(ABC):
        @abstractmethod
        def area(self): ...

        @property
        @abstractmethod
        def name(self): ...

    class Half(Shape):
        def area(self):
            return 1

    class Whole(Half):
        name = "whole"

    assert Whole().area() == 1 and "abstract" in message(TypeError, Shape) and "'name'" in message(TypeError, Half)
    Shape.register(int)
    assert isinstance(5, Shape) and issubclass(bool, Shape) and Shape.__abstractmethods__ == {"area", "name"}


def test_collection_abcs():
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, MutableSequence, Sequence, Sized

    assert isinstance([], Sequence) and isinstance({}, Mapping) and isinstance("", Iterable) and not isinstance(5, Sized) and isinstance(len, Callable) and not isinstance([], Hashable) and isinstance(iter([]), Iterator)

    class Three(Sequence):
        def __len__(self):
            return 3

        def __getitem__(self, i):
            if i >= 3:
                raise IndexError
            return i * 10

    t = Three()
    assert list(t) == [0, 10, 20] and 10 in t and t.index(20) == 2 and list(reversed(t)) == [20, 10, 0] and t.count(0) == 1 and not issubclass(Three, MutableSequence)

    class Sized2:
        def __len__(self):
            return 1

    assert isinstance(Sized2(), Sized) and issubclass(Sized2, Sized)


def test_instance_checks():
    class Meta(type):
        def __instancecheck__(cls, x):
            return x == "yes"

        def __subclasscheck__(cls, c):
            return c is int

    class C(metaclass=Meta):
        pass

    assert isinstance("yes", C) and not isinstance("no", C) and issubclass(int, C) and not issubclass(str, C) and isinstance(1, int | str) and isinstance("", (int, (str,))) and not isinstance([], int | None)
    raises(TypeError, isinstance, 1, 5)
    raises(TypeError, issubclass, 1, int)


def test_class_getitem_and_generics():
    class Box:
        def __class_getitem__(cls, item):
            return (cls.__name__, item)

    assert Box[int] == ("Box", int) and list[int] == list[int] and repr(dict[str, int]) == "dict[str, int]" and list[int]([1]) == [1]

    class Stack[T]:
        def __init__(self) -> None:
            self.items: list[T] = []

    def first[T](values: list[T]) -> T:
        return values[0]

    type Pair[K] = tuple[K, K]
    assert Stack[int]().items == [] and first([3]) == 3 and Stack.__type_params__[0].__name__ == "T" and Pair.__name__ == "Pair" and Pair[int].__args__ == (int,)
    from typing import Generic, TypeVar

    X = TypeVar("X")

    class Old(Generic[X]):
        pass

    assert Old[int].__origin__ is Old and Old.__parameters__ == (X,)


def test_enum_and_dataclass():
    from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
    from enum import Enum, Flag, IntEnum, auto

    class Colour(Enum):
        RED = 1
        GREEN = auto()
        ALIAS = 1

        def shout(self):
            return self.name + "!"

    class Right(Flag):
        R = auto()
        W = auto()

    class Level(IntEnum):
        LOW = 1

    assert Colour(2) is Colour.GREEN and Colour["RED"] is Colour.ALIAS and [c.name for c in Colour] == ["RED", "GREEN"] and Colour.RED.shout() == "RED!" and repr(Colour.RED) == "<Colour.RED: 1>"
    assert (Right.R | Right.W) & Right.W == Right.W and Level.LOW + 1 == 2 and Colour.RED in Colour and len(Colour) == 2
    raises(ValueError, Colour, 9)

    @dataclass(order=True)
    class P:
        x: int
        y: int = 2
        tags: list = field(default_factory=list, compare=False)

    @dataclass(frozen=True, slots=True)
    class F:
        a: int

    assert P(1) == P(1, 2) and P(1) < P(2) and repr(P(1)) == "test_enum_and_dataclass.<locals>.P(x=1, y=2, tags=[])" and asdict(P(1)) == {"x": 1, "y": 2, "tags": []} and replace(P(1), y=5).y == 5 and hash(F(1)) == hash(F(1))
    raises(FrozenInstanceError, setattr, F(1), "a", 2)


def test_class_or_metaclass_decides():
    """The class's own attribute goes before what the metaclass has, until that becomes a data descriptor."""

    class Late:
        def __get__(self, instance, owner):
            return "descriptor"

    class Meta(type):
        def word(cls):
            return "metaclass"

        plain = "metaclass"
        late = Late()

    class C(metaclass=Meta):
        word = staticmethod(lambda: "class")
        plain = "class"
        late = "class"

        def __init__(self, value=0):
            self.value = value

    class D(C):
        def __init__(self, value):
            C.__init__(self, value + 1)
            object.__setattr__(self, "other", value)

    def ask():
        return C.word(), C.plain, C.late

    for value in range(5):
        assert ask() == ("class", "class", "class") and D(value).value == value + 1 == D(value).other + 1
    Meta.plain = property(lambda cls: "data")
    assert ask() == ("class", "data", "class")
    Late.__set__ = lambda self, instance, value: None
    assert ask() == ("class", "data", "descriptor")
    Meta.word = property(lambda cls: lambda: "called")
    assert ask() == ("called", "data", "descriptor")
    del Meta.plain, Late.__set__, Meta.word
    assert ask() == ("class", "class", "class")
    C.__init__ = lambda self, value: setattr(self, "value", -1)
    assert D(3).value == -1


if __name__ == "__main__":
    main(globals())
