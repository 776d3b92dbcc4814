"""Generators: pipelines, delegation, sending values, and the permutations behind the queens of a chess board."""

from itertools import chain, islice, permutations, takewhile

from _rounds import run


def numbers(limit):
    n = 0
    while n < limit:
        yield n
        n += 1


def squares(source):
    for n in source:
        yield n * n


def odd(source):
    return (n for n in source if n & 1)


class Tree:
    def __init__(self, value, left=None, right=None):
        self.value = value
        self.left = left
        self.right = right

    def __iter__(self):
        if self.left is not None:
            yield from self.left
        yield self.value
        if self.right is not None:
            yield from self.right


def balanced(low, high):
    if low >= high:
        return None
    middle = (low + high) // 2
    return Tree(middle, balanced(low, middle), balanced(middle + 1, high))


def running_mean():
    total, count, mean = 0, 0, 0
    while True:
        value = yield mean
        total += value
        count += 1
        mean = total // count


def queens(size):
    columns = range(size)
    return sum(
        1
        for places in permutations(columns)
        if size == len({places[i] + i for i in columns}) == len({places[i] - i for i in columns})
    )


def work():
    total = sum(odd(squares(numbers(1_200_000))))
    tree = balanced(0, 4_096)
    for _ in range(40):
        total += sum(tree)
    mean = running_mean()
    next(mean)
    for n in range(600_000):
        total += mean.send(n)
    total += sum(takewhile(lambda n: n < 200_000, chain(islice(numbers(10**9), 250_000), [1])))
    return total, queens(8)


if __name__ == "__main__":
    run(work)
