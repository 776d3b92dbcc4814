"""Floats through calls and comprehensions: the largest singular value of an infinite matrix, approximated."""

from math import sqrt

from _rounds import run


def entry(i, j):
    diagonal = i + j
    return 1.0 / (diagonal * (diagonal + 1) // 2 + i + 1)


def times(vector):
    size = len(vector)
    return [sum([entry(i, j) * vector[j] for j in range(size)]) for i in range(size)]


def times_transposed(vector):
    size = len(vector)
    return [sum([entry(j, i) * vector[j] for j in range(size)]) for i in range(size)]


def work(size, rounds):
    u = [1.0] * size
    v = u
    for _ in range(rounds):
        v = times_transposed(times(u))
        u = times_transposed(times(v))
    uv = vv = 0.0
    for a, b in zip(u, v):
        uv += a * b
        vv += b * b
    return f"{sqrt(uv / vv):.9f}"


if __name__ == "__main__":
    run(work, 340, 4)
