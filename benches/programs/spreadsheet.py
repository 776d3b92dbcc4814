"""Methods through inheritance and properties: a spreadsheet whose cells recompute what depends on them."""

from _rounds import run


class Cell:
    __slots__ = ("name", "_value", "dependants", "dirty", "recomputed")

    def __init__(self, name):
        self.name = name
        self._value = 0
        self.dependants = []
        self.dirty = True
        self.recomputed = 0

    @property
    def value(self):
        if self.dirty:
            self._value = self.compute()
            self.recomputed += 1
            self.dirty = False
        return self._value

    def feeds(self, other):
        self.dependants.append(other)
        return self

    def invalidate(self):
        if not self.dirty:
            self.dirty = True
            for each in self.dependants:
                each.invalidate()

    def compute(self):
        raise NotImplementedError(self.name)


class Constant(Cell):
    __slots__ = ("number",)

    def __init__(self, name, number):
        super().__init__(name)
        self.number = number

    def set(self, number):
        self.number = number
        self.invalidate()

    def compute(self):
        return self.number


class Binary(Cell):
    __slots__ = ("left", "right")

    def __init__(self, name, left, right):
        super().__init__(name)
        self.left = left.feeds(self)
        self.right = right.feeds(self)


class Add(Binary):
    __slots__ = ()

    def compute(self):
        return (self.left.value + self.right.value) % 1_000_007


class Multiply(Binary):
    __slots__ = ()

    def compute(self):
        return (self.left.value * self.right.value + 1) % 1_000_007


class Larger(Binary):
    __slots__ = ()

    def compute(self):
        a, b = self.left.value, self.right.value
        return a if a > b else b


def build(width, height):
    rows = [[Constant(f"c{i}", i + 1) for i in range(width)]]
    kinds = (Add, Multiply, Larger)
    for y in range(1, height):
        above = rows[-1]
        kind = kinds[y % len(kinds)]
        rows.append([kind(f"r{y}c{x}", above[x], above[(x + 1) % width]) for x in range(width)])
    return rows


def work(changes):
    rows = build(24, 16)
    total = 0
    for i in range(changes):
        rows[0][i % 24].set(i * 17 % 101)
        for cell in rows[-1]:
            total += cell.value
    return total, sum(cell.recomputed for row in rows for cell in row)


if __name__ == "__main__":
    run(work, 5_000)
