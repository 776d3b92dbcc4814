"""Instances, classes, globals and cells shared by threads: every read sees a value that somebody wrote."""

import sys

from _stress import main, run_threads

THREADS = 4


class Box:
    kind = "box"

    def __init__(self, value):
        self.value = value

    def get(self):
        return self.value


def attributes():
    box = Box((0, 0))

    def work(number):
        for i in range(2_000):
            box.value = (i, -i)
            a, b = box.get()
            assert a == -b
            box.other = [number]
            assert box.other[0] in range(THREADS)

    run_threads(THREADS, work)
    assert set(vars(box)) == {"value", "other"}


def racing_additions():
    """Each thread adds an attribute of its own to the same fresh objects; one of them asks for the dict now and then."""
    boxes = [Box(i) for i in range(4_000)]

    def first(box, i):
        box.first = [i]

    def second(box, i):
        box.second = (i, i)

    def third(box, i):
        box.third = str(i)

    def fourth(box, i):
        box.fourth = i
        if i % 3 == 0:
            assert vars(box)["fourth"] == i

    adders = [first, second, third, fourth]

    def work(number):
        add = adders[number]
        for i, box in enumerate(boxes):
            add(box, i)
            assert box.value == i

    run_threads(THREADS, work)
    for i, box in enumerate(boxes):
        assert (box.first, box.second, box.third, box.fourth) == ([i], (i, i), str(i), i), vars(box)
        assert set(vars(box)) == {"value", "first", "second", "third", "fourth"}


def many_shapes():
    boxes = [Box(i) for i in range(20)]

    def work(number):
        for i in range(600):
            box = boxes[i % 20]
            setattr(box, f"a{number}_{i % 7}", i)
            assert getattr(box, f"a{number}_{i % 7}") == i
            if i % 5 == 0:
                delattr(box, f"a{number}_{i % 7}")
            assert box.value == i % 20

    run_threads(THREADS, work)
    assert all(box.value == i for i, box in enumerate(boxes))


def methods_and_classes():
    def work(number):
        for i in range(500):
            made = type("Made", (Box,), {"n": i, "m": lambda self: self.n + self.value})
            assert made(number).m() == i + number and isinstance(made(0), Box)

    run_threads(THREADS, work)


def class_changes():
    class Changing:
        x = ("old", "old")

        def f(self):
            return self.x

    stop = []
    thing = Changing()

    def work(number):
        if number == 0:
            for i in range(800):
                Changing.x = (i, i)
                Changing.f = (lambda self: self.x) if i % 2 else (lambda self: type(self).x)
            stop.append(True)
        else:
            while not stop:
                a, b = thing.f()
                assert a == b
                a, b = Changing.x
                assert a == b

    run_threads(3, work)


counter = 0


def globals_and_closures():
    shared = ("s", "s")

    def write(value):
        nonlocal shared
        shared = (value, value)

    def work(number):
        global counter
        for i in range(2_000):
            counter = i
            assert counter in range(2_000)
            write(str(i))
            a, b = shared
            assert a == b

    run_threads(THREADS, work)


def counts():
    """References taken and given back by all threads at once: afterwards the count is what it was."""
    thing = Box([])
    before = sys.getrefcount(thing) if hasattr(sys, "getrefcount") else None

    def work(number):
        for _ in range(300):
            kept = [thing] * 10
            table = {i: thing for i in range(5)}
            pair = (thing, kept[0])
            assert pair[0] is table[4]

    run_threads(THREADS, work)
    if before is not None:
        assert sys.getrefcount(thing) == before


if __name__ == "__main__":
    main(attributes, racing_additions, many_shapes, methods_and_classes, class_changes, globals_and_closures, counts)
