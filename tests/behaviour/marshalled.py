"""`marshal`: values and code as bytes and back."""

import io
import marshal
import sys

from _run import main, message, raises

VALUES = [
    None, True, False, ..., StopIteration, 0, 1, -1, 2**31 - 1, -(2**31), 2**31, 2**62, -(2**62) - 1, 10**50, -(10**50), 1.5, -0.0, float("inf"),
    1e300, 2 - 3j, b"", b"bytes" * 100, "", "ascii", "\u00e9t\u00e9", "\ud800", "x" * 300, "\U0001f600", (), (1, (2, "3")), tuple(range(300)), [], [1, [2]],
    {}, {"a": [1], 2: None}, set(), {1, "b", (2,)}, frozenset({3, 4}), slice(1, None, 2),
]


def same(a, b):
    return type(a) is type(b) and repr(a) == repr(b) if not isinstance(a, (set, frozenset)) else type(a) is type(b) and a == b


def test_values_come_back():
    for value in VALUES:
        for version in range(6):
            if isinstance(value, slice) and version < 5:
                assert message(ValueError, marshal.dumps, value, version) == "unmarshallable object"
                continue
            found = marshal.loads(marshal.dumps(value, version))
            assert same(found, value), (value, version, found)
    for data in (bytearray(b"ab"), memoryview(b"ab")):
        assert marshal.loads(marshal.dumps(data)) == b"ab"


def test_known_bytes():
    assert marshal.dumps(1, 2) == b"i\1\0\0\0" and marshal.dumps(None) == b"N" and marshal.dumps((1,), 2) == b"(\1\0\0\0i\1\0\0\0"
    assert marshal.dumps(2**31, 2) == b"l\3\0\0\0\0\0\0\0\2\0" and marshal.dumps(0.5, 2) == b"g" + b"\0" * 6 + b"\xe0\x3f" and marshal.dumps(0.5, 0) == b"f\0030.5"
    assert marshal.loads(b"I\1\0\0\0\0\0\0\0") == 1 and marshal.loads(b"[\2\0\0\0\xe9\1\0\0\0r\0\0\0\0") == [1, 1] and marshal.loads(b"Trest") is True


def test_shared_values_stay_shared():
    a = ["x" * 50]
    found = marshal.loads(marshal.dumps([a, a]))
    assert found[0] is found[1] and found == [a, a]
    a.append(a)
    found = marshal.loads(marshal.dumps(a))
    assert found[1] is found
    s = "some name"
    assert marshal.loads(marshal.dumps(sys.intern(s))) is sys.intern(s)


def test_code():
    code = compile("def f(x):\n    return x * k\nk = 3\nr = f(14)", "<there>", "exec")
    found = marshal.loads(marshal.dumps([code, 1]))[0]
    space = {}
    exec(found, space)
    assert space["r"] == 42 and found.co_filename == "<there>" and found == code
    assert message(ValueError, marshal.dumps, code, allow_code=False) == "marshalling code objects is disallowed"
    assert message(ValueError, marshal.loads, marshal.dumps(code), allow_code=False) == "unmarshalling code objects is disallowed"


def test_files():
    file = io.BytesIO()
    for value in VALUES:
        marshal.dump(value, file)
    file.write(b"rest")
    file.seek(0)
    for value in VALUES:
        assert same(marshal.load(file), value), value
    assert file.read() == b"rest"
    raises(TypeError, marshal.load, io.StringIO("x"))

    class Liar(io.BytesIO):
        def readinto(self, buffer):
            return super().readinto(buffer) + 1000

    assert "too much data" in message(ValueError, marshal.load, Liar(marshal.dumps(10**50)))


def test_what_cannot_be_written():
    class C:
        pass

    class I(int):
        pass

    for value in (object(), C, C(), len, I(1), [C()], {1: {2: C()}}):
        assert message(ValueError, marshal.dumps, value) == "unmarshallable object"
    deep = []
    for _ in range(5000):
        deep = [deep]
    assert message(ValueError, marshal.dumps, deep) == "object too deeply nested to marshal"


def test_bad_bytes():
    assert message(EOFError, marshal.loads, b"") == "EOF read where object expected" and message(EOFError, marshal.loads, b"i\1") == "marshal data too short"
    assert message(TypeError, marshal.loads, b"0") == "NULL object in marshal data for object"
    for data, words in (
        (b"?", "unknown type code"), (b"r\0\0\0\0", "invalid reference"), (b"(\xff\xff\xff\xff", "tuple size out of range"), (b"l\1\0\0\0\0\0", "unnormalized long data"),
        (b"l\1\0\0\0\xff\xff", "digit out of range in long"), (b"c\4\0\0\0abcd", "invalid code object"), (b"\xa8\1\0\0\0r\0\0\0\0", "invalid reference"),
    ):
        assert message(ValueError, marshal.loads, data) == f"bad marshal data ({words})", (data, message(ValueError, marshal.loads, data))
    for data in (b"[\xff\xff\xff\x7f", b"s\xff\xff\xff\x7f", b"l\xff\xff\xff\x7f", b"(\1\0\0\0" * 100000, b"{" * 5000, b">\1\0\0\0" * 3000):
        raises((EOFError, ValueError, TypeError, MemoryError), marshal.loads, data)
    raises(TypeError, marshal.loads, b"<\1\0\0\0[\0\0\0\0")
    # Every prefix and every changed byte gives a value or an exception.
    good = marshal.dumps([VALUES[:20], {"a": (1, 2.5)}, compile("x = 1", "f", "exec")])
    for i in range(0, len(good), 3):
        for data in (good[:i], good[:i] + bytes([good[i] ^ 0x55]) + good[i + 1:]):
            try:
                marshal.loads(data)
            except (EOFError, ValueError, TypeError, UnicodeError, OverflowError):
                pass


if __name__ == "__main__":
    main(globals())
