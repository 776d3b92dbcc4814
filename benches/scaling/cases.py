"""The cases of scaling.py: what a thread does, and what must be true afterwards.

A case is declared by `@case(kind)` on a function that makes one run: it builds what the threads share and returns
`(work, check)`, where `work(number)` is done by thread `number` and returns nothing, and `check(count)` looks at what
`count` threads left behind.
"""

import collections.abc
import enum
import math
import queue
import threading

CASES = []


class Run:
    def __init__(self, work, check):
        self.work = work
        self.check = check


class Case:
    def __init__(self, kind, function):
        self.name = function.__name__
        self.kind = kind
        self.function = function

    def make(self):
        return Run(*self.function())


def case(kind):
    def declare(function):
        CASES.append(Case(kind, function))
        return function

    return declare


class Results:
    """One value from each thread, all of which must be equal to `expected`."""

    def __init__(self, expected):
        self.expected = expected
        self.values = {}

    def put(self, number, value):
        self.values[number] = value

    def check(self, count):
        assert self.values == dict.fromkeys(range(count), self.expected), self.values


# Threads that touch only what they made.


@case("private")
def int_loop():
    results = Results(0)

    def work(number):
        n = 20_000_000
        while n > 0:
            n -= 1
        results.put(number, n)

    return work, results.check


@case("private")
def float_loop():
    steps = 6_000_000
    results = Results(float(steps) * 0.5)

    def work(number):
        total = 0.0
        for _ in range(steps):
            total = total * 1.0 + 0.5
        results.put(number, total)

    return work, results.check


@case("private")
def list_items():
    size, rounds = 1_000, 5_000
    results = Results(size * rounds)

    def work(number):
        values = [0] * size
        for _ in range(rounds):
            for i in range(size):
                values[i] += 1
        results.put(number, sum(values))

    return work, results.check


@case("private")
def list_append_pop():
    rounds = 1_500
    results = Results(rounds * 499_500)

    def work(number):
        total = 0
        for _ in range(rounds):
            values = []
            for i in range(1_000):
                values.append(i)
            while values:
                total += values.pop()
        results.put(number, total)

    return work, results.check


@case("private")
def dict_items():
    rounds = 1_000
    results = Results(1_000 * rounds)

    def work(number):
        table = {}
        for _ in range(rounds):
            for i in range(1_000):
                table[i] = table.get(i, 0) + 1
        results.put(number, sum(table.values()))

    return work, results.check


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def moved(self, by):
        return Point(self.x + by, self.y + by)


@case("private")
def object_creation():
    steps = 700_000
    results = Results(2 * steps)

    def work(number):
        point = Point(0, 0)
        for _ in range(steps):
            point = point.moved(1)
        results.put(number, point.x + point.y)

    return work, results.check


@case("private")
def own_attributes():
    steps = 5_000_000
    results = Results(steps)

    def work(number):
        point = Point(0, 1)
        for _ in range(steps):
            point.x += point.y
        results.put(number, point.x)

    return work, results.check


@case("private")
def string_building():
    rounds = 40_000
    results = Results(rounds * 110)

    def work(number):
        total = 0
        for _ in range(rounds):
            text = ""
            for i in range(10):
                text += f"{i}:"
            for part in text.split(":"):
                total += len(part) + len("-".join((part, part, "end")))
            total += text.count("1") * 20
        results.put(number, total)

    results.expected = rounds * (10 + 11 * 5 + 20 + 20)
    return work, results.check


@case("private")
def calls():
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    results = Results(514_229)

    def work(number):
        results.put(number, fib(29))

    return work, results.check


@case("private")
def generators():
    steps = 1_500_000
    results = Results(steps * (steps - 1) // 2)

    def numbers():
        n = 0
        while n < steps:
            yield n
            n += 1

    def work(number):
        results.put(number, sum(n for n in numbers()))

    return work, results.check


@case("private")
def closures():
    steps = 4_000_000
    results = Results(steps)

    def counter():
        value = 0

        def advance():
            nonlocal value
            value += 1
            return value

        return advance

    def work(number):
        advance = counter()
        for _ in range(steps):
            value = advance()
        results.put(number, value)

    return work, results.check


@case("private")
def exceptions():
    steps = 500_000
    results = Results(steps)

    def work(number):
        caught = 0
        for _ in range(steps):
            try:
                raise ValueError(caught)
            except ValueError:
                caught += 1
        results.put(number, caught)

    return work, results.check


# Threads that read, call and load from the same objects.

READS = 4_000_000
LIMIT = 7


def global_function(x):
    return x + LIMIT


@case("read")
def read_global_function():
    results = Results(READS * 7)

    def work(number):
        total = 0
        for _ in range(READS):
            total = global_function(total)
        results.put(number, total)

    return work, results.check


class Settings:
    step = 3
    name = "settings"

    def __init__(self):
        self.width = 5
        self.inner = Point(1, 2)

    def area(self, height):
        return self.width * height

    @property
    def double(self):
        return self.width * 2

    @staticmethod
    def plus(x):
        return x + 1


@case("read")
def class_attribute():
    results = Results(READS * 3)

    def work(number):
        total = 0
        for _ in range(READS):
            total += Settings.step
        results.put(number, total)

    return work, results.check


@case("read")
def instance_attribute():
    shared = Settings()
    results = Results(READS * 5)

    def work(number):
        total = 0
        for _ in range(READS):
            total += shared.width
        results.put(number, total)

    return work, results.check


@case("read")
def attribute_chain():
    shared = Settings()
    results = Results(READS * 3)

    def work(number):
        total = 0
        for _ in range(READS):
            total += shared.inner.x + shared.inner.y
        results.put(number, total)

    return work, results.check


@case("read")
def shared_method():
    shared = Settings()
    results = Results(READS * 10)

    def work(number):
        total = 0
        for _ in range(READS):
            total += shared.area(2)
        results.put(number, total)

    return work, results.check


@case("read")
def shared_property():
    shared = Settings()
    results = Results(READS * 10)

    def work(number):
        total = 0
        for _ in range(READS):
            total += shared.double
        results.put(number, total)

    return work, results.check


@case("read")
def static_method():
    results = Results(READS)

    def work(number):
        total = 0
        for _ in range(READS):
            total = Settings.plus(total)
        results.put(number, total)

    return work, results.check


@case("read")
def shared_list():
    values = list(range(64))
    results = Results(50_000 * sum(values))

    def work(number):
        total = 0
        for _ in range(50_000):
            for i in range(64):
                total += values[i]
        results.put(number, total)

    return work, results.check


@case("read")
def shared_list_of_objects():
    values = [Point(i, 1) for i in range(64)]
    results = Results(50_000 * 64)

    def work(number):
        total = 0
        for _ in range(50_000):
            for point in values:
                total += point.y
        results.put(number, total)

    return work, results.check


@case("read")
def shared_dict():
    table = {f"key{i}": i for i in range(64)}
    results = Results(50_000 * sum(range(64)))

    def work(number):
        keys = [f"key{i}" for i in range(64)]
        total = 0
        for _ in range(50_000):
            for key in keys:
                total += table[key]
        results.put(number, total)

    return work, results.check


@case("read")
def shared_dict_get():
    table = {i: i * 2 for i in range(64)}
    results = Results(16_000 * 2 * sum(range(64)))

    def work(number):
        total = 0
        for _ in range(16_000):
            for i in range(70):
                total += table.get(i, 0)
        results.put(number, total)

    return work, results.check


@case("read")
def shared_tuple():
    pair = (3, ("a", 4))
    results = Results(READS * 7)

    def work(number):
        total = 0
        for _ in range(READS):
            total += pair[0] + pair[1][1]
        results.put(number, total)

    return work, results.check


@case("read")
def module_attribute():
    results = Results(READS * 3)

    def work(number):
        total = 0
        for _ in range(READS):
            total += math.floor(math.pi)
        results.put(number, total)

    return work, results.check


@case("read")
def isinstance_abc():
    values = [[], {}, (), "text", 5]
    results = Results(150_000 * 3)

    def work(number):
        total = 0
        for _ in range(150_000):
            for value in values:
                if isinstance(value, collections.abc.Sequence):
                    total += 1
        results.put(number, total)

    return work, results.check


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


@case("read")
def enum_member():
    results = Results(700_000)

    def work(number):
        total = 0
        for _ in range(700_000):
            if Colour.RED is not Colour.GREEN:
                total += Colour.RED.value
        results.put(number, total)

    return work, results.check


@case("read")
def constants():
    results = Results(READS * 2)

    def work(number):
        total = 0
        for _ in range(READS):
            pair = (1, "one")
            text = "shared constant"
            total += pair[0] + (text is not None)
        results.put(number, total)

    return work, results.check


@case("read")
def create_shared_class():
    steps = 500_000
    results = Results(steps)

    def work(number):
        total = 0
        for _ in range(steps):
            total += Settings().inner.x
        results.put(number, total)

    return work, results.check


# Threads that change the same object.


@case("write")
def shared_list_append():
    values = []
    steps = 1_500_000

    def work(number):
        for _ in range(steps):
            values.append(number)

    def check(count):
        assert len(values) == steps * count
        assert all(values.count(number) == steps for number in range(count))

    return work, check


@case("write")
def shared_list_item():
    values = [0, 0]
    steps = 2_500_000

    def work(number):
        for i in range(steps):
            values[number & 1] = i

    def check(count):
        assert values == [steps - 1, steps - 1 if count > 1 else 0]

    return work, check


@case("write")
def shared_dict_write():
    table = {}
    steps = 2_500_000

    def work(number):
        for i in range(steps):
            table[number, i & 255] = i

    def check(count):
        assert len(table) == 256 * count
        assert all(table[number, (steps - 1) & 255] == steps - 1 for number in range(count))

    return work, check


@case("write")
def shared_attribute_write():
    shared = Point(None, None)
    steps = 2_500_000

    def work(number):
        for i in range(steps):
            shared.x = i
            shared.y = number

    def check(count):
        assert shared.x == steps - 1 and shared.y in range(count)

    return work, check


@case("write")
def shared_set_add():
    members = set()
    steps = 1_500_000

    def work(number):
        for i in range(steps):
            members.add((i & 1023) * 16 + number)

    def check(count):
        assert len(members) == 1024 * count

    return work, check


@case("write")
def locked_counter():
    lock = threading.Lock()
    total = 0
    steps = 600_000

    def work(number):
        nonlocal total
        for _ in range(steps):
            with lock:
                total += 1

    def check(count):
        assert total == steps * count, total

    return work, check


@case("write")
def queue_hand_off():
    channel = queue.SimpleQueue()
    steps = 600_000
    sums = []

    def work(number):
        total = 0
        for i in range(steps):
            channel.put(i)
            total += channel.get()
        sums.append(total)

    def check(count):
        assert sum(sums) == count * (steps * (steps - 1) // 2)
        assert channel.empty()

    return work, check
