"""Object creation: plain classes, slots, inheritance, named tuples, binary trees, short-lived containers."""

from collections import namedtuple

from _rounds import run


class Plain:
    def __init__(self, a, b):
        self.a = a
        self.b = b


class Child(Plain):
    def __init__(self, a, b, c):
        super().__init__(a, b)
        self.c = c


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b


Pair = namedtuple("Pair", "a b")


def tree(depth):
    if depth == 0:
        return (None, None)
    return (tree(depth - 1), tree(depth - 1))


def nodes(branch):
    left, right = branch
    return 1 if left is None else 1 + nodes(left) + nodes(right)


def work(times):
    total = 0
    kept = []
    for i in range(times):
        plain = Plain(i, 1)
        child = Child(i, 2, plain)
        slotted = Slotted(child, i)
        pair = Pair(i, slotted)
        total += pair.b.a.c.a + pair.a
        row = [i, plain, (i, child), {"key": i}]
        total += len(row) + row[3]["key"]
        if i % 50 == 0:
            kept.append(row)
    for _ in range(4):
        total += nodes(tree(12))
    return total, len(kept)


if __name__ == "__main__":
    run(work, 350_000)
