"""The modules that programs use most, each really used a little: logging, argparse, collections, functools, time, datetime, textwrap, unittest."""

import io
import sys

from _run import main, message, raises


def test_logging():
    import logging

    stream = io.StringIO()
    logger = logging.getLogger("orochi.test")
    logger.propagate = False
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(funcName)s:%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.info("n=%d", 5)
    logger.debug("hidden")
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("failed")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "INFO:orochi.test:test_logging:n=5" and lines[1] == "ERROR:orochi.test:test_logging:failed" and lines[-1] == "ZeroDivisionError: division by zero"


def test_argparse():
    import argparse

    parser = argparse.ArgumentParser(prog="p")
    parser.add_argument("files", nargs="+")
    parser.add_argument("-n", "--number", type=int, default=3, choices=range(10))
    parser.add_argument("--flag", action="store_true")
    args = parser.parse_args(["a", "b", "-n5", "--flag"])
    assert (args.files, args.number, args.flag) == (["a", "b"], 5, True) and parser.format_usage().startswith("usage: p ")
    old, sys.stderr = sys.stderr, io.StringIO()
    try:
        assert raises(SystemExit, parser.parse_args, ["-n", "x"]).code == 2 and "invalid int value: 'x'" in sys.stderr.getvalue()
    finally:
        sys.stderr = old


def test_collections():
    from collections import Counter, OrderedDict, UserDict, defaultdict, deque

    d = deque([1, 2, 3], maxlen=3)
    d.append(4)
    d.appendleft(0)
    d.rotate(1)
    assert list(d) == [3, 0, 2] and d.pop() == 2 and d.popleft() == 3 and deque("abc").index("b") == 1 and repr(deque([1])) == "deque([1])"
    c = Counter("hello")
    c.update("l")
    assert c["l"] == 3 and c["z"] == 0 and (c + Counter(h=1))["h"] == 2 and sorted(c.elements()) == list("ehlllo") and c.total() == 6
    assert defaultdict(int, a=1)["b"] == 0 and OrderedDict(a=1) == {"a": 1} and UserDict(a=1)["a"] == 1


def test_time_and_datetime():
    import time
    from datetime import date, datetime, timedelta, timezone

    assert time.time() > 1.6e9 and time.perf_counter() <= time.perf_counter() and time.monotonic_ns() > 0 and time.strftime("%Y-%m-%d", time.gmtime(0)) == "1970-01-01" and time.mktime(time.localtime(10**9)) == 10**9
    start = time.monotonic()
    time.sleep(0.02)
    assert 0.019 < time.monotonic() - start < 20
    d = datetime(2026, 11, 21, 3, 7, 5, tzinfo=timezone.utc)
    assert d.isoformat() == "2026-11-21T03:07:05+00:00" and d + timedelta(days=40, hours=1) == datetime(2026, 12, 31, 4, 7, 5, tzinfo=timezone.utc) and d.strftime("%A %d %B %j") == "Saturday 21 November 325" and datetime.fromisoformat("2026-11-21T03:07:05+00:00") == d and d.timestamp() == 1795230425.0
    assert date(2024, 2, 29).weekday() == 3 and (date(2026, 1, 1) - date(2025, 1, 1)).days == 365 and datetime.strptime("21/11/26", "%d/%m/%y").date() == date(2026, 11, 21) and str(timedelta(seconds=-1)) == "-1 day, 23:59:59"
    raises(ValueError, date, 2026, 2, 30)


def test_text_modules():
    import difflib
    import string
    import textwrap

    assert textwrap.fill("a b c d e f", 5) == "a b c\nd e f" and textwrap.dedent("  a\n    b") == "a\n  b" and string.Template("$a ${b}").substitute(a=1, b=2) == "1 2" and string.ascii_lowercase[:3] == "abc"
    assert list(difflib.unified_diff(["a"], ["b"], lineterm=""))[-2:] == ["-a", "+b"] and difflib.get_close_matches("appel", ["apple", "x"]) == ["apple"]


def test_unittest():
    import unittest

    class T(unittest.TestCase):
        def setUp(self):
            self.x = 1

        def test_ok(self):
            self.assertEqual(self.x, 1)
            with self.assertRaisesRegex(ValueError, "b.d"):
                raise ValueError("bad")

        def test_fails(self):
            self.assertIn(5, [1, 2])

        def test_error(self):
            1 / 0

        @unittest.skip("why")
        def test_skipped(self):
            pass

        def test_parts(self):
            for i in range(3):
                with self.subTest(i=i):
                    self.assertNotEqual(i, 1)

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(T).run(result)
    assert (result.testsRun, len(result.failures), len(result.errors), len(result.skipped)) == (5, 2, 1, 1) and "5 not found in [1, 2]" in result.failures[0][1]
    from unittest import mock

    m = mock.Mock(return_value=3)
    assert m(1, k=2) == 3
    m.assert_called_once_with(1, k=2)
    with mock.patch("math.floor", return_value=99):
        import math

        assert math.floor(1.5) == 99
    assert math.floor(1.5) == 1


def test_hashing_and_encoding():
    import base64
    import binascii
    import hashlib
    import zlib

    assert hashlib.md5(b"abc").hexdigest() == "900150983cd24fb0d6963f7d28e17f72" and hashlib.sha256(b"").hexdigest().startswith("e3b0c442") and base64.b64encode(b"ab\xff") == b"YWL/" and base64.urlsafe_b64decode("YWL_") == b"ab\xff" and binascii.crc32(b"abc") == 891568578
    assert zlib.decompress(zlib.compress(b"x" * 1000)) == b"x" * 1000 and zlib.crc32(b"abc") == 891568578 and zlib.adler32(b"abc") == 38600999


def test_operator_and_array():
    import array
    import operator

    assert operator.itemgetter(1, 0)("ab") == ("b", "a") and operator.attrgetter("real.imag")(5) == 0 and operator.methodcaller("split", ",")("a,b") == ["a", "b"] and operator.mul(3, 4) == 12 and operator.index(True) == 1 and operator.concat([1], [2]) == [1, 2]
    a = array.array("i", [1, 2])
    a.append(3)
    assert a.tolist() == [1, 2, 3] and a.itemsize == 4 and bytes(array.array("B", [1, 2])) == b"\1\2" and a[1:] == array.array("i", [2, 3])
    raises(OverflowError, a.append, 2**40)


def test_typing():
    import typing

    assert typing.get_type_hints(test_hints_target) == {"a": int, "b": typing.Optional[str], "return": list[int]} and typing.get_origin(list[int]) is list and typing.get_args(dict[str, int]) == (str, int) and repr(typing.Union[int, None]) in ("typing.Optional[int]", "int | None")

    class Movie(typing.TypedDict, total=False):
        name: str

    @typing.runtime_checkable
    class Closes(typing.Protocol):
        def close(self): ...

    assert Movie(name="x") == {"name": "x"} and isinstance(io.StringIO(), Closes) and not isinstance(5, Closes) and typing.cast(int, "x") == "x" and typing.Literal[1, 2].__args__ == (1, 2)


def test_hints_target(a: int = 1, b: "str | None" = None) -> "list[int]": ...


def test_printing():
    import pprint
    import reprlib

    out = io.StringIO()
    print("a", 1, None, sep="|", end=".\n", file=out, flush=True)
    print(file=out)
    assert out.getvalue() == "a|1|None.\n\n" and pprint.pformat({"b": 1, "a": [1] * 3}) == "{'a': [1, 1, 1], 'b': 1}" and reprlib.repr(list(range(100))) == "[0, 1, 2, 3, 4, 5, ...]"
    raises(TypeError, print, 1, sep=5)


def test_warnings():
    import warnings

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning)
        warnings.warn(UserWarning("u"))
    assert [(w.category.__name__, str(w.message)) for w in seen] == [("DeprecationWarning", "old"), ("UserWarning", "u")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        raises(UserWarning, warnings.warn, "now an error")


if __name__ == "__main__":
    main(globals())
