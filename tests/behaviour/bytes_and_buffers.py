"""bytes, bytearray and memoryview: building, slicing, changing, formatting, buffers that are in use."""

from _run import main, message, raises


def test_bytes():
    b = b"a\x00\xff\n'"
    assert len(b) == 5 and b[2] == 255 and b[1:3] == b"\x00\xff" and repr(b) == 'b"a\\x00\\xff\\n\'"' and list(b"ab") == [97, 98]
    assert bytes(3) == b"\0\0\0" and bytes([1, 2]) == b"\x01\x02" and bytes("é", "utf-8") == b"\xc3\xa9" and b"a" + b"b" == b"ab"
    assert b"ab" * 2 == b"abab" and b"b" in b"abc" and 97 in b"abc" and b"a" != "a" and b"a" < b"b"
    assert b"a,b".split(b",") == [b"a", b"b"] and b"-".join([b"x", b"y"]) == b"x-y" and b"aXb".lower() == b"axb"
    assert b"abc".find(b"c") == 2 and b"abc".hex() == "616263" and bytes.fromhex("61 62") == b"ab" and b"abc".hex("-") == "61-62-63"
    assert b"%d|%s|%x|%5.1f" % (5, b"x", 255, 2.5) == b"5|x|ff|  2.5" and b"abc".translate(None, b"b") == b"ac"
    raises(ValueError, bytes, [256])
    raises(TypeError, lambda: b"a" + "b")
    assert message(TypeError, bytes, "a") == "string argument without an encoding"


def test_decode():
    assert b"\xe6\xbc\xa2".decode() == "漢" and b"\xff".decode("latin-1") == "ÿ" and b"a\xffb".decode("utf-8", "replace") == "a\ufffdb"
    assert b"a\xffb".decode("ascii", "ignore") == "ab" and b"\xff\xfea\x00".decode("utf-16") == "a" and b"\xff".decode("utf-8", "backslashreplace") == "\\xff"
    error = raises(UnicodeDecodeError, b"ab\xff".decode)
    assert (error.start, error.end, error.encoding, error.reason) == (2, 3, "utf-8", "invalid start byte")
    raises(LookupError, b"a".decode, "no-such-codec")


def test_bytearray():
    a = bytearray(b"hello")
    a[0] = 72
    a += b"!"
    a[1:3] = b"EEE"
    assert a == b"HEEElo!" and type(a) is bytearray and repr(a) == "bytearray(b'HEEElo!')"
    a.append(63); a.extend([33, 33]); a.insert(0, 60)
    assert a.pop() == 33 and a == b"<HEEElo!?!" and a.find(b"lo") == 5
    del a[1:5]
    a.reverse()
    assert a == b"!?!ol<" and bytes(a[::2]) == b"!!l"
    a.clear()
    assert not a and len(a) == 0
    raises(ValueError, a.append, 256)
    raises(IndexError, a.pop)


def test_memoryview():
    data = bytearray(b"abcdef")
    view = memoryview(data)
    view[0] = 65
    view[1:3] = b"XY"
    assert data == b"AXYdef" and view[3] == 100 and bytes(view[::2]) == b"AYe" and len(view) == 6 and view.tolist()[0] == 65
    assert view.format == "B" and view.itemsize == 1 and view.shape == (6,) and not view.readonly and view == data
    part = view[2:4]
    part[0] = 0
    assert data[2] == 0 and memoryview(b"ab").readonly
    raises(TypeError, lambda: memoryview(b"ab").__setitem__(0, 1))
    assert "Existing exports" in message(BufferError, data.append, 1)
    part.release()
    view.release()
    data.append(103)
    assert data == b"AX\x00defg"
    raises(ValueError, lambda: view[0])
    with memoryview(b"x") as inner:
        assert inner[0] == 120


def test_cast():
    import struct

    view = memoryview(bytearray(8)).cast("I")
    view[0], view[1] = 1, 2**32 - 1
    assert view.tolist() == [1, 2**32 - 1] and bytes(view.cast("B")) == struct.pack("II", 1, 2**32 - 1)


def test_struct():
    import struct

    assert struct.pack("<hIq", -2, 7, 2**40) == b"\xfe\xff\x07\0\0\0" + (2**40).to_bytes(8, "little")
    assert struct.unpack(">Hf3s", struct.pack(">Hf3s", 513, 1.5, b"abc")) == (513, 1.5, b"abc")
    assert struct.calcsize("<bhiq") == 15 and list(struct.iter_unpack("<H", b"\1\0\2\0")) == [(1,), (2,)]
    raises(struct.error, struct.pack, "b", 200)
    raises(struct.error, struct.unpack, "i", b"abc")


if __name__ == "__main__":
    main(globals())
