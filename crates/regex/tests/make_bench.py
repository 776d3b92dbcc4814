"""Times the reference engine: python3.14 make_bench.py TEXT > bench.txt

Searches each pattern through the whole text and prints one line per pattern for
examples/search_all.rs: milliseconds of the reference, matches, flags, groups, code, pattern.
"""
import re
import sys
import time
from re import _compiler, _parser

PATTERNS = [
    ("quantize", 0),
    (r"\w+", 0),
    (r"[0-9]+\.[0-9]+", 0),
    (r"self|other|context|return", 0),
    (r"([A-Za-z_]\w*)\s*\(", 0),
    (r'"""(.*?)"""', re.S),
    (r"(a|b)*c", 0),
    (r"exponent", re.I),
    (r"^\s*def (\w+)\((.*?)\):", re.M),
    (r"\s+", 0),
    (r"[^\n]*\n", 0),
    (r"(?:[a-z]+_)+[a-z]+", 0),
    (r"\bis\b", 0),
    (r"(\w+) (\w+)", 0),
    (r"#.*$", re.M),
    (r"(.*)(\d+)(.*)", 0),
    (r"(?:a|e|i|o|u|th|in)+", 0),
    (r"(?:\w+ )+\w+\.", 0),
    (r"(x+x+)+y", 0),
    (r"([^,\n]*,)*?\s*$", re.M),
    (r"(?i:context|exponent)\w*", 0),
    (r"(\w)\1", 0),
    (r"(?<=\()\w+(?=\))", 0),
    (r"(?:(?!def|self).)+", 0),
    (r"[^\W\d]+", 0),
    (r"[\w']+|[.,!?;]", 0),
    (r"\S+$", re.M),
    ("\u043f\u0440\u0438\\w*", re.I),
    ("[\u0430-\u044f]+", re.I),
]
text = open(sys.argv[1], encoding="utf-8").read()
for pattern, flags in PATTERNS:
    compiled = re.compile(pattern, flags)
    best = 1e9
    for _ in range(7):
        scan = compiled.scanner(text).search
        count = 0
        start = time.perf_counter()
        while scan() is not None:
            count += 1
        best = min(best, time.perf_counter() - start)
    code = _compiler._code(_parser.parse(pattern, flags), flags)
    print("%.3f\t%d\t%x\t%d\t%s\t%s" % (
        best * 1e3, count, compiled.flags, compiled.groups,
        ",".join("%x" % w for w in code), pattern))
