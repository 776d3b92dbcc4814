"""Ints: a sieve over a list of flags, a greatest common divisor, a Collatz walk."""

from _rounds import run


def primes(limit):
    flags = [True] * (limit + 1)
    flags[0] = flags[1] = False
    i = 2
    while i * i <= limit:
        if flags[i]:
            for j in range(i * i, limit + 1, i):
                flags[j] = False
        i += 1
    return sum(1 for flag in flags if flag)


def divisor(a, b):
    while b:
        a, b = b, a % b
    return a


def longest_walk(limit):
    best = where = 0
    for start in range(1, limit):
        n, steps = start, 0
        while n != 1:
            n = n >> 1 if n & 1 == 0 else 3 * n + 1
            steps += 1
        if steps > best:
            best, where = steps, start
    return best, where


def work(limit):
    shared = 0
    for a in range(1, 250):
        for b in range(a, 250, 3):
            shared += divisor(a, b)
    return primes(limit), shared, longest_walk(limit // 60)


if __name__ == "__main__":
    run(work, 2_200_000)
