"""re: a log scanner, a tokenizer of many alternatives, substitution by function, splitting, and look-around."""

import re

from _rounds import run

LINE = re.compile(
    r'(?P<host>[\d.]+) - (?P<user>\S+) \[(?P<when>[^\]]+)\] "(?P<verb>[A-Z]+) (?P<path>[^" ]*) HTTP/\d\.\d" '
    r"(?P<status>\d{3}) (?P<size>\d+|-)"
)
TOKEN = re.compile(
    r"(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<string>'(?:[^'\\]|\\.)*')"
    r"|(?P<operator>[-+*/=<>!]=?|[()\[\]{}:,.])|(?P<space>\s+)"
)
SOURCE = "def total(values, start=0):\n    for each in values[1:]:\n        start += each * 2.5e3 - 'a\\'b' != name_1\n    return start\n"
MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b", re.IGNORECASE)
WORD = re.compile(r"(?<!\w)([a-z])([a-z]+)(?!\w)")


def log_lines(count):
    verbs = ("GET", "POST", "DELETE")
    return [
        f'10.0.{i % 256}.{i * 7 % 256} - user{i % 17} [21/Nov/2026:03:{i % 60:02}:11] "{verbs[i % 3]} /a/{i}/b?c={i} HTTP/1.1" '
        f"{200 + i % 5 * 100} {i * 13}"
        for i in range(count)
    ]


LINES = log_lines(40_000)
TEXT = "Write to orochi@example.org, not to nobody@nowhere or a.b+c@mail.example.com; then wait for susanoo. " * 20


def work(times):
    total = 0
    for line in LINES:
        match = LINE.match(line)
        total += int(match["size"]) + int(match["status"]) + len(match["path"])
    for _ in range(times):
        kinds = {}
        for match in TOKEN.finditer(SOURCE):
            kinds[match.lastgroup] = kinds.get(match.lastgroup, 0) + 1
        total += kinds["name"] * 10 + kinds["operator"]
    for _ in range(200):
        total += len(MAIL.findall(TEXT))
        total += len(WORD.sub(lambda match: match[1].upper() + match[2], TEXT))
        total += len(re.split(r"[\s,;.]+", TEXT))
        total += len(re.findall(r"(\w)(?=\1)", TEXT))
    return total


if __name__ == "__main__":
    run(work, 12_000)
