"""Writes the match table that tests/table.rs replays: python3.14 make_table.py [count [seed]] > table.txt

Needs a reference Python with the same code format (sre MAGIC 20230612). Patterns are a written
list plus `count` random ones. Format, one record a line:
  P flags groups code,code,...        (hexadecimal words)
  T b|u hex                           the text; u is UTF-8 with surrogates
  m|f|s pos end: result               match, fullmatch, search
  i pos end: result; result           all matches of finditer
  c pos end: result; result           all matches of scanner().match()
A result is `-` or `lastindex start,end start,end ...` with `-` for an unset group; byte offsets.
"""
import random
import re
import signal
import sys
import warnings
from re import _compiler, _parser

warnings.simplefilter("ignore")
assert _compiler.MAGIC == 20230612

WRITTEN = [
    (r"abc", 0, ["xabcabc", "ab", ""]),
    (r"a.c", re.S, ["a\nc", "abc"]),
    (r"a.c", 0, ["a\nc", "abc", "aéc", "a\U0001f600c"]),
    (r"(a|b)*c", 0, ["ababc", "c", "abab"]),
    (r"(?:(a)|b)*", 0, ["ab", "ba", "abab"]),
    (r"(a*)*", 0, ["aaa", "", "b"]),
    (r"(a*)+", 0, ["aaa", "b"]),
    (r"(a|b*)*?c", 0, ["aabbc", "c"]),
    (r"(?:a?){3}b", 0, ["aaab", "b", "aaaab"]),
    (r"(?:a?)*?$", 0, ["aaa", ""]),
    (r"(?:a?)*+b", 0, ["aab", "b"]),
    (r"(?:(a)b?)*+", 0, ["abaab"]),
    (r"(?:ab)*+ab", 0, ["ababab"]),
    (r"(?:ab){1,2}+ab", 0, ["ababab", "abab"]),
    (r"a++b", 0, ["aaab", "aaa"]),
    (r"a{2,3}+a", 0, ["aaa", "aaaa"]),
    (r"(?>a|ab)c", 0, ["abc", "ac"]),
    (r"(?>(a)|b)+", 0, ["abab"]),
    (r"(?>a+)ab|aa", 0, ["aab"]),
    (r"(a+)(?=b)", 0, ["aab", "aa"]),
    (r"(?=(a+))a*b\1", 0, ["aaabaaa"]),
    (r"(?!(a)b)a", 0, ["abac", "ac"]),
    (r"(?<=a)b", 0, ["ab", "bb", "éab"]),
    (r"(?<!a)b", 0, ["ab", "bb", "b"]),
    (r"(?<=é\U0001f600)x", 0, ["é\U0001f600x", "x\U0001f600x"]),
    (r"(?<=(.)b)c", 0, ["abc", "bc"]),
    (r"(?<!..)c", 0, ["abc", "bc", "c"]),
    (r"(a)?(?(1)b|c)", 0, ["ab", "c", "b", "ac"]),
    (r"(a)?(?(1)b)", 0, ["ab", "c", "a"]),
    (r"(?P<q>['\"])(.*?)(?P=q)", 0, ["'a\"b' \"c'd\""]),
    (r"(é+)x\1", 0, ["éxé", "ééxé"]),
    (r"(?i)(ä+)x\1", 0, ["äÄxÄä", "ÄxÄ"]),
    (r"(?i)straße", 0, ["STRAßE", "straẞe", "STRASSE"]),
    (r"(?i)kelvin", 0, ["\u212aELVIN", "Kelvin"]),
    (r"(?i)[k-m]+", 0, ["KLM\u212a", "klm"]),
    (r"(?i)[^k]+", 0, ["K\u212ax", "kx"]),
    (r"(?ia)k", 0, ["K", "\u212a"]),
    (r"(?i)[а-я]+", 0, ["ПРИВЕТ мир"]),
    (r"(?i)σ", 0, ["ς", "Σ", "σ"]),
    (r"(?i)i", 0, ["I", "\u0130", "\u0131"]),
    (r"[а-яёіž\u4e00-\u4eff]+", 0, ["приёмž\u4e01x", "abc"]),
    (r"[^а-яёіž]+", 0, ["приёмž\u4e01x", "abcя"]),
    (r"[\w.-]+@[\w-]+\.\w+", 0, ["mail josé@пример.рф now", "a@b.c"]),
    (r"\d+", 0, ["a12 \u0661\u0662 b"]),
    (r"(?a:\d+)", 0, ["\u0661\u06623"]),
    (r"\s+", 0, ["a \u2003\t\u00a0b\x1c\n"]),
    (r"(?a:\s+)", 0, ["a \u2003\t\x0b\x1c\n"]),
    (r"\W+|\S+", 0, ["ab é\u2003\u00e9!"]),
    (r"\bfoo\b", 0, ["foo xfoo foo.", "éfoo foo"]),
    (r"(?a)\bfoo\b", 0, ["éfoo foo"]),
    (r"\Boo", 0, ["foo oo"]),
    (r"\B", 0, ["", "a", "ab c"]),
    (r"\b", 0, ["", "a", "ab c"]),
    (r"^a", re.M, ["a\nb\na", "\na"]),
    (r"^", re.M, ["a\nb\n", ""]),
    (r"$", re.M, ["a\nb\n", ""]),
    (r"$", 0, ["a\nb\n", "", "\n\n"]),
    (r"a\Z", 0, ["a\n", "ba"]),
    (r"\Aa", 0, ["aa", "ba"]),
    (r"^a", 0, ["aa", "ba"]),
    (r"a*", 0, ["baac", ""]),
    (r"a*?", 0, ["baac", ""]),
    (r"a|", 0, ["baac"]),
    (r"|a", 0, ["baac"]),
    (r"(|a)(|b)", 0, ["ab"]),
    (r"(?:|a)+", 0, ["aaa"]),
    (r"(?:|a){2,3}", 0, ["aaa"]),
    (r"((a)|(b)|c)+?d", 0, ["abcd", "cbad"]),
    (r"((a(b)?)+)c", 0, ["abaac", "aab"]),
    (r"(?:(a+)(b+)?)+?c", 0, ["aabac"]),
    (r"x(?:a{2,4}?b?)*y", 0, ["xaabaaaay", "xy", "xaaay"]),
    (r"\"\"\"(.*?)\"\"\"", re.S, ['"""a"b""c\n""" """"""', '"""a"']),
    (r"/\*.*?\*/", re.S, ["/* a * / */ */", "/**/"]),
    (r"<.+?>", 0, ["<a><b>", "<>>", "<\n>"]),
    (r".{2,3}?x", 0, ["abx", "éédx", "abcdx", "xxx"]),
    (r".{2,3}x", 0, ["abx", "éédx", "abcdx", "xxxx"]),
    (r"[^x]{2}", 0, ["aéb", "axb"]),
    (r"é{2,}", 0, ["ééé", "é"]),
    (r"é*\u00e8", 0, ["ééè"]),
    (r"(?:foo|bar|baz|qux)\d", 0, ["bar1 qux2 fo3 baz"]),
    (r"if|elif|else|while|é|\u4e00", 0, ["elseif while é\u4e00"]),
    (r"(a(?:b|bc))(c?)d", 0, ["abcd", "abd"]),
    (r"(?:a|ab)(?:c|bcd)(d*)", 0, ["abcd"]),
    (r"\ud800+", 0, ["a\ud800\ud800\udc00"]),
    (r"[\ud800-\udfff]", 0, ["a\udc80b"]),
    (r".", 0, ["\udc80\U0010ffff\x00"]),
    (r"(?s:.)(?-s:.)?", 0, ["\n\na"]),
    (r"(?:a(?=b)|ab)*b", 0, ["abab"]),
    (r"(?:(?!x).)*", 0, ["abxc"]),
    (r"(((((a)b)c)d)e)?", 0, ["abcde", "abcd"]),
    (r"(a)|(b)|(c)", 0, ["cab"]),
    (r"(?:a{1,2}){2}", 0, ["aaa", "aaaa", "a"]),
    (r"(?:(?:ab)*c)*d", 0, ["ababcabcd", "cd", "abd"]),
    (r"(?:(?:ab)+?c?)+d", 0, ["ababcabd"]),
    (r"((?:a|b){2,3}?)*c", 0, ["ababac", "abc"]),
    (r"((x|y)(?:\2|z))*", 0, ["xxyyxzy"]),
    (r"[a-z]+?[0-9]", 0, ["abc1 d2"]),
    (r"\w+\s*=\s*\w+", 0, ["a = b c=d e ="]),
    (r"([A-Za-z_]\w*)\s*\(", 0, ["foo (bar) baz( q"]),
    (r"(?:\d+\.)?\d+", 0, ["1.5 22 3."]),
    (r"a{0}b", 0, ["ab"]),
    (r"(a){0}b", 0, ["ab"]),
    (r"(?:ab){0}c", 0, ["abc"]),
    (r"[]", 0, []),
    (r"[^\w\W]", 0, ["a"]),
    (r"[\w\W]", 0, ["aé\n"]),
    (rb"abc", 0, [b"xabc", b"\xffabc"]),
    (rb"[\x80-\xff]+", 0, [b"a\xe9\xff"]),
    (rb"\w+", 0, [b"ab\xe9c"]),
    (rb"\W+", 0, [b"ab\xe9c"]),
    (rb"(?i)\xe9", 0, [b"\xc9\xe9"]),
    (rb"(?L)\w+", 0, [b"ab\xe9c_"]),
    (rb"(?Li)[^a]b", 0, [b"Ab ab cB"]),
    (rb"(?Li)[^k-m]x", 0, [b"KX mx ax Ax"]),
    (rb"(?Li)a(B)\1", 0, [b"AbB aBb"]),
    (rb"(?Li)[k-m]x", 0, [b"KX mx"]),
    (rb"(?L)\b\w|\B", 0, [b"ab cd"]),
    (rb".", 0, [b"\n\r\xff"]),
]


def random_text(r, bytes_only):
    chars = "aabbc" if r.random() < 0.6 else "abcAB \n1_"
    if not bytes_only and r.random() < 0.4:
        chars += "éÉß\u0660\u2003\U0001f600\u212ak"
    return "".join(r.choice(chars) for _ in range(r.randrange(0, 10)))


def random_pattern(r, depth, groups, wide):
    def atom():
        k = r.randrange(22 if depth > 0 else 9)
        if k < 4:
            return r.choice("abcaB" + ("éß" if wide else ""))
        if k == 4:
            return r.choice([".", r"\w", r"\s", r"\d", r"\W", r"\S"])
        if k == 5:
            return r.choice(["[ab]", "[^a]", "[a-c]", r"[\wb-c]", r"[^\s]", "[^ab]", "[b1_]"]
                            + (["[é-ü]", "[^é]", "[\u0660-\u2fff]", "[aé\U0001f600]"] if wide else []))
        if k == 6:
            return r.choice(["^", "$", r"\b", r"\B", r"\A", r"\Z"])
        if k == 7 and groups[0]:
            return "\\%d" % r.randrange(1, groups[0] + 1)
        if k <= 8:
            return r.choice(["ab", "ba", "aa", "abc"])
        inner = random_pattern(r, depth - 1, groups, wide)
        if k < 13:
            # The number is known only after the inner groups are closed; any valid one will do.
            groups[0] += 1
            return "(" + inner + ")"
        if k < 16:
            return "(?:" + inner + ")"
        if k == 16:
            return "(?=" + inner + ")"
        if k == 17:
            return "(?!" + inner + ")"
        if k == 18:
            return r.choice(["(?<=", "(?<!"]) + r.choice(["a", "b", "[ab].", ".", "(a)"]) + ")"
        if k == 19:
            return "(?>" + inner + ")"
        if k == 20 and groups[0]:
            return "(?(%d)%s|%s)" % (r.randrange(1, groups[0] + 1), inner,
                                     random_pattern(r, 0, groups, wide))
        return "(?i:" + inner + ")"

    def piece():
        a = atom()
        if r.random() < 0.4 and a not in ("^", "$", r"\b", r"\B", r"\A", r"\Z"):
            if len(a) > 1 and a[0] not in "([\\":
                a = "(?:" + a + ")"
            a += r.choice(["*", "+", "?", "{2}", "{0,2}", "{1,3}", "{2,}"])
            a += r.choice(["", "", "", "?", "+"])
        return a

    def branch():
        return "".join(piece() for _ in range(r.randrange(0 if r.random() < 0.1 else 1, 4)))

    return "|".join(branch() for _ in range(r.choice([1, 1, 1, 2, 3])))


def timeout(*_):
    raise TimeoutError


def emit(pattern, flags, texts, out):
    try:
        compiled = re.compile(pattern, flags)
        parsed = _parser.parse(pattern, flags)
        code = _compiler._code(parsed, flags)
    except (re.error, RecursionError, OverflowError):
        return
    head = "P %x %d %s" % (compiled.flags, compiled.groups, ",".join("%x" % w for w in code))
    lines = [head]
    for text in texts:
        if isinstance(text, str):
            offsets = [0]
            for c in text:
                offsets.append(offsets[-1] + len(c.encode("utf-8", "surrogatepass")))
            raw, kind = text.encode("utf-8", "surrogatepass"), "u"
        else:
            offsets, raw, kind = list(range(len(text) + 1)), text, "b"
        lines.append("T %s %s" % (kind, raw.hex()))

        def show(m):
            if m is None:
                return "-"
            spans = [m.span(i) for i in range(compiled.groups + 1)]
            return "%d %s" % (m.lastindex or 0, " ".join(
                "-" if a < 0 else "%d,%d" % (offsets[a], offsets[b]) for a, b in spans))

        n = len(text)
        for pos, end in {(0, n), (min(1, n), n), (0, max(n - 1, 0))}:
            at = "%d %d: " % (offsets[pos], offsets[end])
            lines.append("m " + at + show(compiled.match(text, pos, end)))
            lines.append("f " + at + show(compiled.fullmatch(text, pos, end)))
            lines.append("s " + at + show(compiled.search(text, pos, end)))
            lines.append("i " + at + "; ".join(map(show, compiled.finditer(text, pos, end))))
            lines.append("c " + at + "; ".join(map(show, iter(compiled.scanner(text, pos, end).match, None))))
    out.write("\n".join(lines) + "\n")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    r = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 314)
    for pattern, flags, texts in WRITTEN:
        emit(pattern, flags, texts, sys.stdout)
    signal.signal(signal.SIGALRM, timeout)
    for _ in range(count):
        wide = r.random() < 0.4
        pattern = random_pattern(r, r.choice([1, 2, 3]), [0], wide)
        flags = r.choice([0, 0, re.I, re.M, re.S, re.A])
        texts = [random_text(r, not wide) for _ in range(4)]
        if not wide and r.random() < 0.2:
            flags &= ~re.A
            pattern = pattern.encode()
            texts = [t.encode() for t in texts]
        signal.alarm(2)
        try:
            emit(pattern, flags, texts, sys.stdout)
        except (TimeoutError, SystemError):
            pass
        signal.alarm(0)


main()
