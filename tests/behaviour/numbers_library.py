"""decimal, fractions, random, statistics, cmath and complex: exact values."""

import cmath
import random
import statistics
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from fractions import Fraction

from _run import main, message, raises


def test_complex():
    z = 3 + 4j
    assert abs(z) == 5 and z.conjugate() == 3 - 4j and z * z == -7 + 24j and z / 2 == 1.5 + 2j and z == complex("3+4j") and repr(z) == "(3+4j)" and repr(1j) == "1j" and str(complex(-0.0, 1)) == "(-0+1j)" and z.real == 3.0 and (2j) ** 2 == -4 + 0j
    assert hash(complex(5, 0)) == hash(5) and complex(1) == 1 and bool(0j) is False and f"{z:.1f}" == "3.0+4.0j"
    assert cmath.isclose(cmath.exp(1j * cmath.pi), -1) and cmath.sqrt(-4) == 2j and cmath.phase(1j) == cmath.pi / 2 and cmath.polar(2j) == (2.0, cmath.pi / 2)
    raises(ValueError, complex, "1 + 2j")
    raises(ZeroDivisionError, lambda: z / 0)


def test_fractions():
    f = Fraction(3, 4)
    assert f + Fraction(1, 4) == 1 and f * 2 == Fraction(3, 2) and str(f) == "3/4" and Fraction("0.125") == Fraction(1, 8) and Fraction(0.5) == 0.5 and f > 0.7 and hash(Fraction(2)) == hash(2) and Fraction(7, 3) // 1 == 2 and round(Fraction(7, 3), 1) == Fraction(23, 10)
    assert Fraction(3.141592653589793).limit_denominator(100) == Fraction(311, 99) and f ** 2 == Fraction(9, 16) and float(f) == 0.75 and f.as_integer_ratio() == (3, 4)
    raises(ZeroDivisionError, Fraction, 1, 0)


def test_decimal():
    assert Decimal("0.1") + Decimal("0.2") == Decimal("0.3") and str(Decimal("1.10") * 3) == "3.30" and Decimal(1) / 3 == Decimal("0.3333333333333333333333333333") and Decimal("2.5").quantize(Decimal(1), ROUND_HALF_EVEN) == 2
    with localcontext() as context:
        context.prec = 5
        assert str(Decimal(2).sqrt()) == "1.4142" and str(Decimal(1) / 7) == "0.14286"
    assert f"{Decimal('1234567.891'):,.2f}" == "1,234,567.89" and Decimal("1e3") == 1000 and Decimal("NaN").is_nan() and Decimal("-0").is_signed() and int(Decimal("7.9")) == 7 and Decimal(5) > 4.5
    raises(InvalidOperation, Decimal, "x")
    raises(ZeroDivisionError, lambda: Decimal(1) / 0)


def test_random_is_the_same_everywhere():
    rng = random.Random(42)
    assert [rng.randrange(100) for _ in range(5)] == [81, 14, 3, 94, 35] and rng.random() == 0.24489185380347622
    rng.seed("text")
    first = rng.random()
    rng.seed("text")
    assert rng.random() == first
    values = list(range(10))
    random.Random(1).shuffle(values)
    assert sorted(values) == list(range(10)) and values != list(range(10))
    state = rng.getstate()
    a = rng.gauss(0, 1), rng.choice("abc"), rng.sample(range(100), 3)
    rng.setstate(state)
    assert a == (rng.gauss(0, 1), rng.choice("abc"), rng.sample(range(100), 3)) and 0 <= random.random() < 1 and rng.getrandbits(100) < 2**100 and len(rng.choices("ab", k=5)) == 5 and len(rng.randbytes(7)) == 7


def test_statistics():
    data = [1, 2, 2, 3, 4]
    assert statistics.mean(data) == 2.4 and statistics.median(data) == 2 and statistics.mode(data) == 2 and statistics.pvariance(data) == 1.04 and statistics.stdev([1, 1]) == 0 and statistics.quantiles([1, 2, 3, 4], n=2) == [2.5]
    raises(statistics.StatisticsError, statistics.mean, [])


def test_number_tower():
    import numbers

    assert isinstance(1, numbers.Integral) and isinstance(1.5, numbers.Real) and not isinstance(1.5, numbers.Rational) and isinstance(Fraction(1, 2), numbers.Rational) and isinstance(1j, numbers.Complex) and sum([Fraction(1, 2), 1, 0.5]) == 2.0
    assert 1 == 1.0 == Fraction(1) == Decimal(1) == 1 + 0j and len({1, 1.0, Fraction(1), Decimal(1), 1 + 0j}) == 1


if __name__ == "__main__":
    main(globals())
