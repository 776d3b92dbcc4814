"""Closures: counters, composed functions, decorators, lambdas, partial application, memory of past results."""

from functools import lru_cache, partial, reduce, wraps

from _rounds import run


def counter(step):
    value = 0

    def advance():
        nonlocal value
        value += step
        return value

    return advance


def compose(*functions):
    def both(f, g):
        return lambda x: g(f(x))

    return reduce(both, functions)


def counted(function):
    calls = 0

    @wraps(function)
    def wrapper(*arguments, **named):
        nonlocal calls
        calls += 1
        return function(*arguments, **named)

    wrapper.calls = lambda: calls
    return wrapper


@counted
def scaled(x, *, by=2):
    return x * by


@lru_cache(maxsize=None)
def partitions(n, largest):
    if n == 0:
        return 1
    if n < 0 or largest == 0:
        return 0
    return partitions(n - largest, largest) + partitions(n, largest - 1)


def work():
    total = 0
    for step in range(1, 40):
        advance = counter(step)
        for _ in range(24_000):
            advance()
        total += advance()
    pipeline = compose(lambda x: x + 1, lambda x: x * 3, lambda x: x - 2, lambda x: x % 1_009)
    for i in range(240_000):
        total += pipeline(i)
    before = scaled.calls()
    add = partial(lambda a, b, c: a + b + c, 1, 2)
    for i in range(240_000):
        total += scaled(i, by=3) + add(i)
    calls = scaled.calls() - before
    partitions.cache_clear()
    total += partitions(150, 150)
    total += sum(map(lambda pair: pair[0] * pair[1], zip(range(180_000), range(180_000))))
    adders = [lambda x, n=n: x + n for n in range(50)]
    for add_n in adders * 1_200:
        total += add_n(1)
    return total, calls


if __name__ == "__main__":
    run(work)
