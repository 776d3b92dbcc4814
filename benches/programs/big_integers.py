"""Integers without bound: digits of pi, factorials, modular powers, conversions to text."""

from math import factorial

from _rounds import run


def pi_digits(count):
    """Gibbons' unbounded spigot."""
    q, r, t, k, n, l = 1, 0, 1, 1, 3, 3
    digits = []
    while len(digits) < count:
        if 4 * q + r - t < n * t:
            digits.append(n)
            q, r, n = 10 * q, 10 * (r - n * t), (10 * (3 * q + r)) // t - 10 * n
        else:
            q, r, t, k, n, l = (
                q * k, (2 * q + r) * l, t * l, k + 1, (q * (7 * k + 2) + r * l) // (t * l), l + 2,
            )
    return digits


def work():
    total = sum(pi_digits(2_000))
    for n in range(100, 1_000, 4):
        total += factorial(n) % (10**9 + 7)
    prime = (1 << 127) - 1
    value = 3
    for i in range(1_500):
        value = pow(value, 65537 + i, prime)
    total += value % 1_000_003
    text = str(7**5_000)
    total += len(text) + int(text) % 97
    a, b = 1, 1
    for _ in range(20_000):
        a, b = b, a + b
    return total, b % 10**9, (b >> 100) & 0xFFFF


if __name__ == "__main__":
    run(work)
