"""Function calls: recursion, positional, default, keyword and star arguments."""

from _rounds import run


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def six(a, b, c, d, e, f):
    return a + b + c - d - e + f


def defaults(a, b=2, c=3, *, d=4):
    return a + b * c - d


def gather(*values, **named):
    return len(values) + len(named)


def work():
    total = fib(28) + ackermann(2, 120)
    for i in range(800_000):
        total += six(i, 1, 2, 3, 4, 5)
        total += defaults(i)
        total += defaults(i, 3, d=5)
    pair = (1, 2, 3)
    named = {"x": 1, "y": 2}
    for i in range(160_000):
        total += gather(*pair, **named)
        total += gather(i, i, last=i)
    return total


if __name__ == "__main__":
    run(work)
