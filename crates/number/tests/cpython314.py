"""Writes the table of expected results that tests/differential.rs checks: python3.14 cpython314.py [scale] > cpython314.tsv

A line is: operation, arguments, expected result, separated by tabs. Ints are in hexadecimal, floats are the 16 digits of
their bits, texts are themselves. A failure is "!Exception:message".
"""
import math, random, struct, sys

random.seed(20260101)
SCALE = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
sys.set_int_max_str_digits(4300)


def enc(v):
    if v is None:
        return "None"
    if isinstance(v, bool):
        return str(v)
    if isinstance(v, int):
        return hex(v)
    if isinstance(v, float):
        return "nan" if v != v else "%016x" % struct.unpack(">Q", struct.pack(">d", v))
    if isinstance(v, complex):
        return enc(v.real) + "," + enc(v.imag)
    if isinstance(v, tuple):
        return ";".join(map(enc, v))
    if isinstance(v, (bytes, bytearray)):
        return v.hex()
    return v


def row(op, function, *args):
    try:
        out = enc(function(*args))
    except Exception as e:
        message = str(e)
        out = "!%s:%s" % (type(e).__name__, message)
    fields = [op, *map(enc, args), out]
    if any("\t" in f or "\n" in f or "\r" in f for f in fields):
        return
    print("\t".join(fields))


def times(n):
    return range(max(1, int(n * SCALE)))


def rint(limit=300):
    kind = random.random()
    if kind < 0.3:
        v = random.randint(-20, 20)
    elif kind < 0.45:
        v = (1 << random.randint(0, limit)) + random.randint(-2, 2)
    else:
        v = random.getrandbits(random.randint(1, limit))
    return -v if random.random() < 0.4 else v


def rfloat():
    kind = random.random()
    if kind < 0.15:
        return random.choice([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, 1e16, 1e15, 1e-4, 1e-5, 5e-324, 2.2250738585072014e-308,
                              1.7976931348623157e308, math.inf, -math.inf, math.nan, 1e22, 1e23, 9007199254740993.0, 123456789.0])
    if kind < 0.4:
        return random.choice([-1, 1]) * random.randint(0, 100000) / random.choice([1, 2, 4, 8, 10, 100, 1000])
    if kind < 0.7:
        return random.uniform(-1, 1) * 10.0 ** random.randint(-20, 20)
    return struct.unpack(">d", random.getrandbits(64).to_bytes(8, "big"))[0]


def near(n):
    try:
        return random.choice([float(n), float(n) + 0.5, math.nextafter(float(n), math.inf), math.nextafter(float(n), -math.inf)])
    except OverflowError:
        return rfloat()


def fpow(x, y):
    if x < 0 and x > -math.inf and math.isfinite(y) and y != math.floor(y):
        return "complex"
    return x ** y


def ints():
    for _ in times(150):
        a, b = rint(), rint(random.choice([20, 100, 300]))
        row("divmod", divmod, a, b)
        row("truediv", lambda a, b: a / b, a, b)
        row("and", lambda a, b: a & b, a, b)
        row("or", lambda a, b: a | b, a, b)
        row("xor", lambda a, b: a ^ b, a, b)
        row("gcd", math.gcd, a, b)
        row("lcm", math.lcm, a, b)
        row("hash", hash, a)
        row("tofloat", float, a)
        row("isqrt", math.isqrt, a)
        row("bits", lambda a: (a.bit_length(), a.bit_count()), a)
        row("cmpfloat", lambda a, x: "<" if a < x else ">" if a > x else "=" if a == x else "?", a, random.choice([near(a), rfloat()]))
        row("shl", lambda a, b: a << b, a, random.randint(-1, 200))
        row("shr", lambda a, b: a >> b, a, random.choice([random.randint(-1, 200), rint(80)]))
        row("pow", pow, rint(60), random.randint(0, 40))
        row("powmod", pow, a, rint(60), b)
        row("str", str, a)
        row("hex", hex, a)
        row("roundint", lambda a, n: round(a, -n), a, random.randint(0, 40))
        row("tobytes", lambda a, n, l, s: a.to_bytes(n, "little" if l else "big", signed=s), a, random.randint(0, 40), random.random() < 0.5, random.random() < 0.6)
        blob = random.randbytes(random.randint(0, 30))
        row("frombytes", lambda b, l, s: int.from_bytes(b, "little" if l else "big", signed=s), blob, random.random() < 0.5, random.random() < 0.5)
        row("comb", math.comb, random.randint(-2, 90), random.randint(-2, 60))
        row("perm", math.perm, random.randint(-2, 90), random.randint(-2, 60))
    for bits in (1022, 1023, 1024, 1025):
        for low in (0, 1, -1, 1 << (bits - 53), 1 << (bits - 54), (1 << (bits - 54)) - 1, (1 << (bits - 54)) + 1):
            for v in ((1 << bits) + low, (1 << bits) - low, (1 << bits) - (1 << (bits - 54)) + low):
                row("tofloat", float, v)
    for _ in times(100):
        a, b = random.getrandbits(random.randint(1, 1200)), random.getrandbits(random.randint(1, 1200))
        row("truediv", lambda a, b: a / b, a, b)
        a = random.getrandbits(60) | 1
        row("truediv", lambda a, b: a / b, a, 1 << random.randint(1060, 1140))
    for n in range(-1, 60):
        row("factorial", math.factorial, n)
    pieces = ["0", "1", "9", "_", "a", "f", "z", "0x", "0b", "0o", "0B1", "0X_", "-", "+", " ", "00", "12", "G"]
    for _ in times(800):
        text = "".join(random.choice(pieces) for _ in range(random.randint(0, 5)))
        base = random.choice([0, 2, 8, 10, 16, 36, random.randint(-1, 40)])

        def parse(text, base):
            try:
                return int(text, base)
            except ValueError as e:
                if "invalid literal" in str(e):
                    return "invalid"
                raise
        row("parseint", parse, text, base)


def floats():
    for _ in times(400):
        x, y = rfloat(), rfloat()
        row("repr", repr, x)
        row("fdivmod", divmod, x, y)
        row("fmod", lambda x, y: x % y, x, y)
        row("fpow", fpow, x, y)
        z = random.choice([2.0, 3.0, 0.5, -1.0, -2.0, -3.0, 1.5])
        row("fpow", fpow, x, z)
        if x == x:
            row("fhash", hash, x)
        row("ratio", lambda x: x.as_integer_ratio(), x)
        row("fhex", float.hex, x)
        row("round", round, x, random.randint(-25, 25))
        row("round", round, x, random.randint(-330, 330))
        row("round0", round, x)
        row("floor", math.floor, x)
        row("ceil", math.ceil, x)
        row("toint", int, x)
    for i in range(60):
        row("round", round, random.randint(-400, 400) + 0.5, 0)
        row("round", round, random.randint(-4000, 4000) / 8, random.randint(0, 2))
        row("round", round, random.randint(-400, 400) * 5.0, -1)
        row("round", round, random.randint(-400, 400) * 5.0 + 0.5, -1)
    pieces = ["0", "1", "9", "_", ".", "e", "E5", "-", "+", " ", "inf", "nan", "INFINITY", "12", "e-3", "x", "123456789012345678901"]
    for _ in times(800):
        text = "".join(random.choice(pieces) for _ in range(random.randint(0, 5)))

        def parse(text):
            try:
                return float(text)
            except ValueError:
                return "invalid"
        row("parsefloat", parse, text)
    pieces = ["0", "1", "f", ".", "p", "p+3", "p-1074", "P1", "-", "+", " ", "inf", "nan", "0x", "fffffffffffff8", "8", "p1023", "p-1080", "0000000000", "1234567890abcdef", "p970"]
    for _ in times(1200):
        text = "".join(random.choice(pieces) for _ in range(random.randint(0, 6)))
        row("fromhex", float.fromhex, text)


def formats():
    def spec(types):
        s = ""
        if random.random() < 0.3:
            s += random.choice(["", "*", "é", "0", " "]) + random.choice("<>=^")
        if random.random() < 0.3:
            s += random.choice("+- ")
        if random.random() < 0.15:
            s += "z"
        if random.random() < 0.2:
            s += "#"
        if random.random() < 0.25:
            s += "0"
        if random.random() < 0.5:
            s += str(random.randint(0, 40))
        if random.random() < 0.35:
            s += random.choice([",", "_", ",", "_", ",_", "_,", ",,"])
        if random.random() < 0.4:
            s += "." + random.choice(["", *map(str, range(24))]) + random.choice(["", "", "", ",", "_", ",_", "_,"])
        if random.random() < 0.85:
            s += random.choice(types)
        if random.random() < 0.01:
            s += "é"
        return s
    def shown(e):
        return e
    for _ in times(1500):
        row("fmtint", lambda n, s: format(n, s), rint(120), spec("ddddbcoxXxn" + "eEfFgG%" + "sq"))
        row("fmtfloat", lambda x, s: format(x, s), rfloat(), spec("eEfFgG%neEfFgG%dsq"))
        row("fmtfloat", lambda x, s: format(x, s), rfloat(), spec("gfe"))
        row("fmtcomplex", lambda z, s: format(z, s), complex(rfloat(), rfloat()), spec("eEfFgGn%d"))
        row("fmtstr", lambda t, s: format(t, s), random.choice(["", "a", "hello", "naïve"]), spec("ssssdq"))
    for _ in times(800):
        flags = "".join(c for c in "#0- +" if random.random() < 0.25)
        width = random.choice(["", str(random.randint(0, 30))])
        precision = random.choice(["", "." + random.choice(["", str(random.randint(0, 20))])])
        row("pctint", lambda s, n: s % n, "%" + flags + width + precision + random.choice("diuoxX"), rint(100))
        row("pctfloat", lambda s, n: s % n, "%" + flags + width + precision + random.choice("eEfFgG"), rfloat())


GROUPS = [ints, floats, formats]
for group in GROUPS:
    group()
