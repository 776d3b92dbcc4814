"""Floats: text in both directions, special values, methods, math functions."""

import math

from _run import main, message, raises


def test_repr_is_the_shortest_that_reads_back():
    cases = {
        0.1: "0.1", 1.0: "1.0", 1e16: "1e+16", 123456789012345680.0: "1.2345678901234568e+17", 1e15: "1000000000000000.0",
        0.0001: "0.0001", 0.00001: "1e-05", 1e22: "1e+22", 5e-324: "5e-324", 1.7976931348623157e308: "1.7976931348623157e+308",
        0.1 + 0.2: "0.30000000000000004", 100.0: "100.0", -2.5: "-2.5", 1e-7: "1e-07", 2.0**70: "1.1805916207174113e+21",
    }
    for value, text in cases.items():
        assert repr(value) == str(value) == text, (repr(value), text)
        assert float(text) == value
    assert repr(-0.0) == "-0.0" and -0.0 == 0.0


def test_special_values():
    inf, nan = float("inf"), float("nan")
    assert repr(inf) == "inf" and repr(-inf) == "-inf" and repr(nan) == "nan"
    assert inf > 1e308 and inf - inf != inf - inf and inf == inf and 1e308 * 10 == inf
    assert math.isinf(-inf) and math.isnan(nan) and not math.isfinite(inf)
    assert nan in [nan] and [nan] == [nan] and nan not in [float("nan")]
    assert float("  -Infinity ") == -inf and math.copysign(1, -0.0) == -1.0


def test_reading():
    assert float("1_000.5e-1") == 100.05 and float(".5") == 0.5 and float("5.") == 5.0 and float("1e400") == float("inf")
    assert 1_0.0_1e1_0 == 10.01e10 and .5e1 == 5.0
    for bad in ("", ".", "1e", "0x1", "1__0", "one", "1 2"):
        raises(ValueError, float, bad)
    assert message(ValueError, float, "one") == "could not convert string to float: 'one'"


def test_fixed_and_exponent_formats():
    assert f"{3.14159:.2f} {2.5:.0f} {3.5:.0f} {1e10:.3e} {0.00012:g} {1234567.0:g} {1e21:,.0f}" == (
        "3.14 2 4 1.000e+10 0.00012 1.23457e+06 1,000,000,000,000,000,000,000"
    )
    assert f"{0.25:%} {0.1234:.1%} {-1.5:+08.2f} {1.5: .1f} {1e300:.3g}" == "25.000000% 12.3% -0001.50  1.5 1e+300"
    assert "%.3f|%8.2f|%-8.1f|%e|%g" % (1 / 3, 2.5, 2.5, 12345.678, 1e-5) == "0.333|    2.50|2.5     |1.234568e+04|1e-05"
    assert f"{0.1:.20f}" == "0.10000000000000000555" and f"{1.0:#g}" == "1.00000" and f"{1e5:n}" == "100000"


def test_methods():
    assert (2.0).is_integer() and not (2.5).is_integer()
    assert (0.1).hex() == "0x1.999999999999ap-4" and float.fromhex("0x1.8p1") == 3.0
    assert (-3.7).__trunc__() == -3 and (3.7).__floor__() == 3 and (3.2).__ceil__() == 4
    assert (1.5).conjugate() == 1.5 and (1.5).real == 1.5 and (1.5).imag == 0.0


def test_hash():
    assert hash(1.0) == hash(1) and hash(0.5) == hash(0.5) and hash(-1.0) == -2
    assert hash(float("inf")) == 314159 and hash(float("-inf")) == -314159
    assert {1: "int"}[1.0] == "int"


def test_math():
    assert math.sqrt(2) == 2**0.5 and math.hypot(3, 4) == 5.0 and math.floor(-1.5) == -2 and math.ceil(-1.5) == -1
    assert math.fsum([0.1] * 10) == 1.0 and sum([0.1] * 10) == 1.0 and math.prod([1, 2, 3.0]) == 6.0
    assert math.isclose(math.sin(math.pi / 6), 0.5) and math.atan2(1, 1) == math.pi / 4 and math.exp(0) == 1.0
    assert math.frexp(8.0) == (0.5, 4) and math.ldexp(0.5, 4) == 8.0 and math.modf(2.5) == (0.5, 2.0)
    assert math.fmod(-7, 3) == -1.0 and math.remainder(7, 4) == -1.0 and math.trunc(-2.7) == -2
    assert math.degrees(math.pi) == 180.0 and math.log(8, 2) == 3.0 and math.isclose(math.cbrt(27), 3.0)
    assert math.nextafter(1.0, 2.0) == 1.0000000000000002 and math.ulp(1.0) == 2.0**-52
    assert math.gamma(5) == 24.0 and abs(math.erf(1) - 0.8427007929497149) < 1e-15 and math.dist((0, 0), (3, 4)) == 5.0
    raises(ValueError, math.sqrt, -1)
    raises(OverflowError, math.exp, 1000)
    raises(ValueError, math.log, 0)


def test_every_exponent_survives():
    for exponent in range(-1074, 1024, 7):
        for sign in (1.0, -1.0):
            value = sign * math.ldexp(1.0, exponent)
            assert math.frexp(value) == (sign * 0.5, exponent + 1)
            assert float(repr(value)) == value and value * 1.0 == value and [value][0] is not None


if __name__ == "__main__":
    main(globals())
