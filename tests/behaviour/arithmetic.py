"""Arithmetic on int, float, bool and complex: operators, mixed types, signs of division, shifts, comparisons."""

from _run import main, message, raises


def test_integer_operators():
    assert 7 + 5 == 12 and 7 - 12 == -5 and 6 * 7 == 42 and -3 * 4 == -12
    assert 7 / 2 == 3.5 and type(4 / 2) is float
    assert 2**10 == 1024 and 2**-1 == 0.5 and (-2) ** 3 == -8 and 0**0 == 1
    assert -(-5) == 5 and +5 == 5 and ~5 == -6 and ~-1 == 0


def test_floor_division_and_modulo_follow_the_divisor():
    assert (7 // 2, 7 % 2) == (3, 1)
    assert (-7 // 2, -7 % 2) == (-4, 1)
    assert (7 // -2, 7 % -2) == (-4, -1)
    assert (-7 // -2, -7 % -2) == (3, -1)
    for a in range(-9, 10):
        for b in (-4, -3, -1, 1, 2, 5):
            q, r = divmod(a, b)
            assert q * b + r == a and (r == 0 or (r < 0) == (b < 0))
            assert (a // b, a % b) == (q, r)


def test_float_division_and_modulo():
    assert 7.5 // 2 == 3.0 and 7.5 % 2 == 1.5
    assert -7.5 // 2 == -4.0 and -7.5 % 2 == 0.5
    assert divmod(-1.0, 3) == (-1.0, 2.0)
    assert str(-0.0 % 3) == "0.0" and str(0.0 % -3) == "-0.0"
    assert 5.0 % float("inf") == 5.0 and -5.0 % float("inf") == float("inf")


def test_division_by_zero():
    assert message(ZeroDivisionError, lambda: 1 / 0) == "division by zero"
    for function in (lambda: 1 // 0, lambda: 1 % 0, lambda: 1.0 / 0, lambda: 1.0 // 0, lambda: 1.0 % 0,
                     lambda: divmod(1, 0), lambda: 0**-1, lambda: 1j / 0):
        raises(ZeroDivisionError, function)


def test_bit_operators():
    assert 12 & 10 == 8 and 12 | 10 == 14 and 12 ^ 10 == 6
    assert -1 & 255 == 255 and -8 >> 1 == -4 and -1 >> 100 == -1 and 1 << 5 == 32
    assert True & False is False and True | False is True and True ^ True is False
    assert type(True & 1) is int
    assert message(ValueError, lambda: 1 << -1) == "negative shift count"
    raises(TypeError, lambda: 1.0 & 1)


def test_small_integers_at_their_edges():
    for bits in (30, 31, 32, 60, 61, 62, 63, 64):
        edge = 1 << bits
        assert edge - 1 + 1 == edge and -edge - 1 + 1 == -edge
        assert (edge - 1) * (edge - 1) == edge * edge - 2 * edge + 1
        assert edge // 2 * 2 == edge and -edge // -1 == edge
        assert (edge >> bits) == 1 and (-edge >> bits) == -1
        assert hash(edge) == edge % (2**61 - 1)
        n = edge - 3
        for _ in range(6):
            n += 1
        assert n == edge + 3 and n - edge == 3


def test_mixed_types():
    assert 1 + 2.5 == 3.5 and 2.5 + 1 == 3.5 and True + True == 2 and True * 3.0 == 3.0
    assert 1 + 2j == complex(1, 2) and (1 + 2j) * (3 - 1j) == 5 + 5j
    assert type(1 + True) is int and type(1.0 * True) is float
    raises(TypeError, lambda: 1 + "1")
    assert message(TypeError, lambda: 1 + "1") == "unsupported operand type(s) for +: 'int' and 'str'"
    assert message(TypeError, lambda: -"a") == "bad operand type for unary -: 'str'"


def test_comparisons():
    assert 1 < 2 <= 2 != 3 > 2 >= 2 == 2.0
    assert not 1 < 1 and 1 == True and 0 == False == 0.0 == 0j
    nan = float("nan")
    assert nan != nan and not nan == nan and not nan < 1 and not nan > 1
    assert 2**53 == 2.0**53 and 2**53 + 1 != 2.0**53 and 2**53 + 1 > 2.0**53
    assert 10**400 > 1e308 and -(10**400) < -1e308 and 10**400 < float("inf")
    raises(TypeError, lambda: 1 < "2")
    raises(TypeError, lambda: 1j < 2j)


def test_pow_with_modulus():
    assert pow(3, 200, 13) == 3**200 % 13 and pow(3, -1, 7) == 5 and pow(2, 5, -7) == -3
    assert pow(10, 0, 1) == 0
    raises(ValueError, pow, 2, -1, 4)
    raises(ValueError, pow, 2, 2, 0)


def test_rounding():
    assert [round(x) for x in (0.5, 1.5, 2.5, -0.5, -1.5)] == [0, 2, 2, 0, -2]
    assert round(2.675, 2) == 2.67 and round(1234, -2) == 1200 and round(1250, -2) == 1200 and round(1350, -2) == 1400
    assert type(round(2.5)) is int and type(round(2.5, 0)) is float
    assert int(-3.9) == -3 and int(3.9) == 3 and abs(-3) == 3 and abs(-3.5) == 3.5 and abs(3 + 4j) == 5.0
    raises(OverflowError, int, float("inf"))
    raises(ValueError, int, float("nan"))


def test_augmented_assignment():
    n = 10
    n += 5; n -= 3; n *= 4; n //= 5; n **= 2; n %= 50; n <<= 3; n >>= 1; n |= 1; n &= 0xFF; n ^= 2
    assert n == 127
    x = 9
    x /= 2
    assert x == 4.5


def test_bool_is_an_int():
    assert isinstance(True, int) and int(True) == 1 and str(True) == "True" and [10, 20][True] == 20
    assert bool("") is bool(0) is bool(0.0) is bool([]) is bool(None) is False
    assert bool("0") is bool(-1) is bool([0]) is True
    assert (not 0) is True and (1 and 0) == 0 and (0 or "x") == "x" and ([] or {}) == {}


if __name__ == "__main__":
    main(globals())
