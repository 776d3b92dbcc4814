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


def rpart():
    return random.choice([0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 2.5, 1e308, -1e308, 1e-320, random.uniform(-5, 5), random.uniform(-5, 5), random.uniform(-5, 5), rfloat()])


def complexes():
    for _ in times(700):
        z, w, x = complex(rpart(), rpart()), complex(rpart(), rpart()), rpart()
        row("cadd", lambda z, w: z + w, z, w)
        row("csub", lambda z, w: z - w, z, w)
        row("cmul", lambda z, w: z * w, z, w)
        row("cdiv", lambda z, w: z / w, z, w)
        row("caddr", lambda z, x: z + x, z, x)
        row("csubr", lambda z, x: z - x, z, x)
        row("rsubc", lambda x, z: x - z, x, z)
        row("cmulr", lambda z, x: z * x, z, x)
        row("cdivr", lambda z, x: z / x, z, x)
        row("rdivc", lambda x, z: x / z, x, z)
        row("cpow", lambda z, w: z ** w, z, complex(random.randint(-12, 12), 0))
        row("~cpow", lambda z, w: z ** w, z, w)
        row("crepr", repr, z)
        if z == z:
            row("chash", hash, z)
        row("~cabs", abs, z)
    pieces = ["0", "1", "9", "_", ".", "e5", "-", "+", " ", "inf", "nan", "j", "J", "(", ")", "1.5", "2j", "x"]
    for _ in times(1000):
        text = "".join(random.choice(pieces) for _ in range(random.randint(0, 6)))

        def parse(text):
            try:
                return complex(text)
            except ValueError:
                return "invalid"
        row("parsecomplex", parse, text)


UNARY = """acos acosh asin asinh atan atanh cbrt cos cosh degrees erf erfc exp exp2 expm1 fabs gamma lgamma log log10 log1p
log2 radians sin sinh sqrt tan tanh ulp""".split()
CUNARY = "acos acosh asin asinh atan atanh cos cosh exp log10 sin sinh sqrt tan tanh log".split()


def maths():
    import cmath
    exact = {"degrees", "radians", "fabs", "sqrt", "ulp"}
    for _ in times(120):
        for name in UNARY:
            x = random.choice([rfloat(), random.uniform(-3, 3), random.uniform(-1, 1), random.uniform(-800, 800), float(random.randint(-30, 30))])
            row("%smath.%s" % ("" if name in exact else "~", name), getattr(math, name), x)
        x, y = rfloat(), rfloat()
        row("~atan2", math.atan2, y, x)
        row("fmod", lambda x, y: x % y, x, y)
        row("mfmod", math.fmod, x, y)
        row("mremainder", math.remainder, x, y)
        row("~mpow", math.pow, x, random.choice([y, random.uniform(-5, 5), float(random.randint(-9, 9))]))
        row("mfma", math.fma, x, y, rfloat())
        row("frexp", math.frexp, x)
        row("modf", math.modf, x)
        row("ldexp", math.ldexp, x, random.choice([random.randint(-1200, 1200), random.randint(-2**40, 2**40)]))
        row("nextafter", lambda x, y, n: math.nextafter(x, y, steps=n), x, y, random.choice([0, 1, 2, random.getrandbits(20), random.getrandbits(64)]))
        row("isclose", lambda a, b, r, t: math.isclose(a, b, rel_tol=r, abs_tol=t), x, random.choice([y, x, x * 1.0000001]), random.choice([-1.0, 1e-9, 0.1]), random.choice([0.0, 0.5]))
        p = tuple(random.choice([rfloat, lambda: random.uniform(-2, 2)])() for _ in range(random.randint(1, 6)))
        q = tuple(random.choice([rfloat, lambda: random.uniform(-2, 2)])() for _ in range(len(p)))
        row("hypot", lambda p: math.hypot(*p), p)
        row("dist", math.dist, p, q)
        row("fsum", math.fsum, p)
        row("sumprod", math.sumprod, p, q)
        n = random.choice([rint(80), rint(4000)])
        row("~logint", math.log, n)
        row("~log2int", math.log2, n)
        row("~log10int", math.log10, n)
        for name in CUNARY:
            z = complex(rpart(), rpart())
            row("~cmath.%s" % name, getattr(cmath, name), z)
        row("~clogbase", cmath.log, complex(rpart(), rpart()), complex(rpart(), rpart()))
        row("~polar", cmath.polar, complex(rpart(), rpart()))
        z = complex(rpart(), rpart())
        if math.isinf(z.real) or abs(z.real) < 1e300:  # not the C library's underflow, which CPython reports as overflow
            row("~phase", cmath.phase, z)
        row("~rect", cmath.rect, rpart(), rpart())
    for k in (1023, 1024, 1025, 5000, 99999):
        row("log2int", math.log2, 1 << k)
        row("log2int", math.log2, (1 << k) - 1)


def randoms():
    for _ in times(20):
        seed = rint(random.choice([20, 3000, 30000]))

        def draw(seed):
            r = random.Random(seed)
            return (r.random(), r.getrandbits(7), r.getrandbits(32), r.getrandbits(33), r.getrandbits(64), r.getrandbits(1000), r.getstate()[1][-1], r.getstate()[1][5])
        row("random", draw, seed)


def packs():
    def image(x, code):
        return int.from_bytes(struct.pack("<" + code, x), "little")

    for _ in times(500):
        x = random.choice([rfloat(), random.uniform(-70000, 70000), random.uniform(-1, 1) * 2.0 ** random.randint(-28, 17), random.randint(-5000, 5000) * 2.0 ** -25, struct.unpack("<f", random.randbytes(4))[0]])
        if random.random() < 0.05:
            x = struct.unpack("<d", (random.getrandbits(51) | random.getrandbits(1) << 63 | 0x7ff << 52).to_bytes(8, "little"))[0]
        double = int.from_bytes(struct.pack("<d", x), "little")
        row("packhalf", lambda _: image(x, "e"), double)
        row("packsingle", lambda _: image(x, "f"), double)
        bits = random.getrandbits(16)
        row("unpackhalf", lambda b: struct.unpack("<e", b.to_bytes(2, "little"))[0], bits)


GROUPS = [ints, floats, formats, complexes, maths, randoms, packs]
for group in GROUPS:
    group()
