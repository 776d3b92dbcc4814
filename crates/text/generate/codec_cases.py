"""Prints what Python 3.14's codecs do with odd input, one case a line; src/codecs/cases.txt is its output.

D|codec|errors|finished|input|result    input in hexadecimal; result one of
E|codec|errors|input|result               =output,consumed,byte order   !encoding,start,end,reason   ?exception
Text is in hexadecimal UTF-8 with surrogates; positions count bytes of bytes and characters of text."""
import codecs
import random
import warnings

warnings.simplefilter("ignore")
rng = random.Random(1)
TABLE = "".join(map(chr, range(0x80))) + "\u20ac\ufffeé漢\U0001f600" + "".join(map(chr, range(0x100, 0x160)))
HANDLERS = ("strict ignore replace xmlcharrefreplace backslashreplace namereplace surrogateescape surrogatepass").split()


def plain(text):
    return text.encode("utf-8", "surrogatepass").hex()


def run(function, show):
    try:
        return "=" + show(function())
    except UnicodeError as e:
        if isinstance(e, (UnicodeDecodeError, UnicodeEncodeError)):
            return f"!{e.encoding},{e.start},{e.end},{e.reason}"
        return "?" + type(e).__name__
    except Exception as e:
        return "?" + type(e).__name__


def simple(function):
    return lambda data, errors, finished: function(data, errors) + (0,)


def stateful(function):
    return lambda data, errors, finished: function(data, errors, finished) + (0,)


DECODERS = {
    "utf-8": stateful(codecs.utf_8_decode),
    "utf-7": stateful(codecs.utf_7_decode),
    "ascii": simple(codecs.ascii_decode),
    "latin-1": simple(codecs.latin_1_decode),
    "unicode_escape": stateful(codecs.unicode_escape_decode),
    "raw_unicode_escape": stateful(codecs.raw_unicode_escape_decode),
    "charmap": lambda data, errors, finished: codecs.charmap_decode(data, errors, TABLE) + (0,),
}
for order in (-1, 0, 1):
    DECODERS[f"utf-16 {order}"] = lambda d, e, f, order=order: codecs.utf_16_ex_decode(d, e, order, f)
    DECODERS[f"utf-32 {order}"] = lambda d, e, f, order=order: codecs.utf_32_ex_decode(d, e, order, f)
BYTES = {
    "utf-8": [b"a", b"\x80", b"\xbf", b"\xc1", b"\xc3", b"\xe0", b"\xe2", b"\xed", b"\xa0", b"\x9f", b"\xf0", b"\xf4",
              b"\x90", b"\xf5", b"\xff", b"\xe6\xbc\xa2", b"\xed\xa0\x80", b"\xed\xa0"],
    "utf-7": [b"+", b"-", b"a", b"A", b"G", b"E", b"+AGE-", b"+2D3eAA-", b"2D3", b"eAA", b"+2D0", b"/", b".", b"\x80", b"~"],
    "utf-16": [b"a", b"\0", b"a\0", b"\0a", b"\xff\xfe", b"\xfe\xff", b"\x3d\xd8", b"\x00\xde", b"\xd8\x3d", b"\xde\x00", b"\xd8"],
    "utf-32": [b"a\0\0\0", b"\0\0\0a", b"\0", b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"\0\xd8\0\0", b"\0\0\xd8\0", b"\0\0\x11\0"],
    "escape": [b"\\", b"\\x", b"\\u", b"\\U", b"\\N{", b"}", b"0041", b"0", b"4", b"d800", b"g", b"\\N{DIGIT ONE}",
               b"00110000", b"000", b"\n", b"\\7", b"\\777", b"\\400", b"\xe9", b"'", b"\\q", b"\\t", b"\\N", b"{"],
    "ascii": [b"a", b"\x7f", b"\x80", b"\xff", b"\xe9", b"\x81", b"\x84"],
}
FIXED = [b"", b"\\", b"\\x4", b"\\u004", b"\\U0000004", b"\\N{LATIN SMALL LETTER A}x", b"\\N{}", b"\\N{no such}", b"\\N{LF}",
         b"\\N{KEYCAP DIGIT ONE}", b"\\0", b"\\18", b"\\a\\b\\f\\v\\r\\'\\\"", b"\\\\u0041", b"\\\\\\u0041",
         b"+AGF-", b"+A-", b"+2D0-x", b"+2D0AYQ-", b"+AGEAY.b", b"a\xc3", b"\xf0\x9f\x98", b"\xed\xa0\x80\xed\xb0\x80"]
for codec, decode in DECODERS.items():
    family = codec.split()[0]
    parts = BYTES.get(family, BYTES["escape" if "escape" in family else "ascii"])
    cases = [(data, errors, True) for data in FIXED for errors in ("strict", "replace")]
    for _ in range(160):
        data = b"".join(rng.choices(parts, k=rng.randrange(1, 7)))
        cases.append((data, rng.choice(HANDLERS), bool(rng.randrange(2))))
    for data, errors, finished in cases:
        result = run(lambda: decode(data, errors, finished), lambda r: f"{plain(r[0])},{r[1]},{r[2]}")
        print(f"D|{codec}|{errors}|{int(finished)}|{data.hex()}|{result}")
for _ in range(150):
    data = b"".join(rng.choices(BYTES["escape"], k=rng.randrange(1, 6)))
    errors = rng.choice(("strict", "replace", "ignore", "other"))
    print(f"D|escape|{errors}|1|{data.hex()}|" + run(lambda: codecs.escape_decode(data, errors), lambda r: r[0].hex() + ",0,0"))

ENCODERS = {
    "utf-8": codecs.utf_8_encode,
    "utf-7": codecs.utf_7_encode,
    "ascii": codecs.ascii_encode,
    "latin-1": codecs.latin_1_encode,
    "unicode_escape": codecs.unicode_escape_encode,
    "raw_unicode_escape": codecs.raw_unicode_escape_encode,
    "charmap": lambda s, e: codecs.charmap_encode(s, e, codecs.charmap_build(TABLE)),
}
for order in (-1, 0, 1):
    ENCODERS[f"utf-16 {order}"] = lambda s, e, order=order: codecs.utf_16_encode(s, e, order)
    ENCODERS[f"utf-32 {order}"] = lambda s, e, order=order: codecs.utf_32_encode(s, e, order)
CHARS = "a+-~\\\n\t\0\x7f\x80\xe9\xff\u0105\u20ac\u6f22\U0001f600\U0010ffff\ud800\udc00\udc80\udcff\u2603\ufffe"
for codec, encode in ENCODERS.items():
    for errors in HANDLERS:
        for _ in range(14):
            text = "".join(rng.choices(CHARS, k=rng.randrange(0, 7)))
            result = run(lambda: encode(text, errors), lambda r: r[0].hex() + f",{r[1]},0")
            print(f"E|{codec}|{errors}|{plain(text)}|{result}")
for _ in range(30):
    data = bytes(rng.choices(b"a'\"\\\n\r\t\0\x7f\x80\xff", k=5))
    print(f"E|escape|strict|{data.hex()}|={codecs.escape_encode(data)[0].hex()},5,0")
