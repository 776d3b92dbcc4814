"""Integers without bound: arithmetic, division, shifts, conversion to and from text, methods."""

from _run import main, message, raises


def test_factorials_and_powers():
    n = 1
    for i in range(1, 101):
        n *= i
    assert str(n)[:20] == "93326215443944152681" and len(str(n)) == 158
    assert 3**200 == int("265613988875874769338781322035779626829233452653394495974574961739092490901302182994384699044001")
    assert (2**127 - 1) * (2**89 - 1) == 2**216 - 2**127 - 2**89 + 1


def test_division_identity():
    a = 7**120
    for b in (3**50, -(3**50), 10**18, -1, 1, 2**64, -(2**64) - 1):
        for x in (a, -a, a + 1, -a - 1):
            q, r = divmod(x, b)
            assert q * b + r == x and abs(r) < abs(b) and (r == 0 or (r < 0) == (b < 0))


def test_shifts_and_bits():
    assert (1 << 200) >> 190 == 1024 and (-1 << 100) >> 99 == -2 and -(2**70) >> 69 == -2
    assert (2**100 - 1) & (2**64 - 1) == 2**64 - 1
    assert (-(2**100)) & (2**101 - 1) == 2**100
    assert (2**100 | 1) ^ 2**100 == 1 and ~(2**80) == -(2**80) - 1
    assert (2**100).bit_length() == 101 and (2**100 - 1).bit_count() == 100 and (-5).bit_length() == 3


def test_text():
    assert int("-" + "9" * 50) == -(10**50) + 1
    assert str(10**40) == "1" + "0" * 40 and repr(-(2**64)) == "-18446744073709551616"
    assert hex(2**70) == "0x400000000000000000" and oct(-(8**25)) == "-0o1" + "0" * 25
    assert bin(2**65 + 1) == "0b1" + "0" * 64 + "1"
    assert int("ff" * 20, 16) == 2**160 - 1 and int("0b" + "1" * 70, 0) == 2**70 - 1
    assert int("1_000_000") == 1_000_000 and int("  -12 ") == -12 and int("z", 36) == 35 and int("١٢") == 12
    for bad in ("", "1__0", "_1", "1_", "0x", "12a", "1.0", "- 1"):
        raises(ValueError, int, bad)
    assert message(ValueError, int, "12a") == "invalid literal for int() with base 10: '12a'"


def test_text_has_a_length_limit():
    assert "Exceeds the limit (4300 digits)" in message(ValueError, str, 10**5000)
    assert "Exceeds the limit (4300 digits)" in message(ValueError, int, "1" * 5000)
    assert len(hex(10**5000)) > 4000


def test_bytes():
    assert (2**80 + 5).to_bytes(11, "big") == b"\x01" + b"\x00" * 9 + b"\x05"
    assert int.from_bytes(b"\xff\xfe", "little") == 0xFEFF and int.from_bytes(b"\xff\xfe", "big", signed=True) == -2
    assert (-3).to_bytes(2, "little", signed=True) == b"\xfd\xff"
    raises(OverflowError, (256).to_bytes, 1, "big")
    raises(OverflowError, (-1).to_bytes, 1, "big")


def test_with_floats():
    assert float(10**22) == 1e22 and int(1e22) == 10**22 and int(-1.5e300) == -int(1.5e300)
    assert 10**25 / 10**24 == 10.0 and (10**400) / (10**399) == 10.0
    assert message(OverflowError, float, 10**400) == "int too large to convert to float"
    assert 2**1023 * 1.0 == 2.0**1023
    assert (0.5).as_integer_ratio() == (1, 2) and (0.1).as_integer_ratio() == (3602879701896397, 36028797018963968)


def test_hash_and_equality():
    assert hash(2**61 - 1) == 0 and hash(2**61) == 1 and hash(-1) == -2 and hash(-(2**61)) == -2
    assert hash(10**30) == hash(10**30 + 0) and {10**30: 1}[10**30] == 1
    assert hash(2.0**70) == hash(2**70)


def test_roots_and_gcd():
    import math

    assert math.isqrt(10**40) == 10**20 and math.isqrt(10**40 - 1) == 10**20 - 1
    assert math.gcd(2**100, 6**50) == 2**50 and math.lcm(4, 6) == 12 and math.gcd() == 0
    assert math.factorial(30) == 265252859812191058636308480000000 and math.comb(60, 30) == 118264581564861424
    assert math.log2(2**2000) == 2000.0 and abs(math.log10(10**500) - 500) < 1e-9
    assert pow(3, 10**30, 10**9 + 7) == pow(3, 10**30 % (10**9 + 6), 10**9 + 7)


def test_fibonacci_crosses_every_size():
    a, b = 0, 1
    for _ in range(300):
        a, b = b, a + b
    assert a == 222232244629420445529739893461909967206666939096499764990979600
    for _ in range(300):
        a, b = b - a, a
    assert (a, b) == (0, 1)


if __name__ == "__main__":
    main(globals())
