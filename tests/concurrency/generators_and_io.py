"""Generators, iterators, strings, imports, streams and native modules used by threads at once."""

import io
import itertools
import json
import re
import sys

from _stress import main, run_threads

THREADS = 4


def generator_is_used_by_one():
    def numbers():
        for i in range(2_000):
            yield i

    shared, got = numbers(), [[] for _ in range(THREADS)]

    def work(number):
        while True:
            try:
                got[number].append(next(shared))
            except ValueError as error:
                assert "already executing" in str(error), error
            except StopIteration:
                return

    run_threads(THREADS, work)
    values = sorted(sum(got, []))
    assert values == sorted(set(values)) and set(values) <= set(range(2_000))


def own_generators():
    def fib():
        a, b = 0, 1
        while True:
            yield a
            a, b = b, a + b

    def work(number):
        for _ in range(20):
            assert list(itertools.islice(fib(), 60, 62)) == [1548008755920, 2504730781961]

    run_threads(THREADS, work)


def strings_and_bytes():
    shared = "é漢🐍" * 50

    def work(number):
        for i in range(200):
            text = shared + str(i)
            assert text[3 * 10] == "é" and text.encode().decode() == text and text.count("漢") == 50 and hash(text) == hash(shared + str(i))
            assert {text: i}[shared + str(i)] == i and f"{i:>10}".strip() == str(i)

    run_threads(THREADS, work)


def imports():
    names = ["colorsys", "textwrap", "fractions", "statistics", "calendar", "bisect", "heapq", "html", "shlex"]
    for name in names[:3]:
        sys.modules.pop(name, None)
    seen = [None] * THREADS

    def work(number):
        seen[number] = [__import__(name) for name in names]

    run_threads(THREADS, work)
    for name, *modules in zip(names, *seen):
        assert all(module is modules[0] for module in modules), name


def output():
    stream = io.StringIO()

    def work(number):
        for i in range(200):
            stream.write(f"{number}:{i}\n")

    run_threads(THREADS, work)
    lines = stream.getvalue().splitlines()
    assert sorted(lines) == sorted(f"{n}:{i}" for n in range(THREADS) for i in range(200))


def regex_and_json():
    pattern = re.compile(r"(\w+)=(\d+)")
    data = {"k": [1, 2.5, None, {"deep": "é"}]}

    def work(number):
        for i in range(100):
            assert pattern.findall(f"a={i} b={number}") == [("a", str(i)), ("b", str(number))]
            assert json.loads(json.dumps(data)) == data

    run_threads(THREADS, work)


if __name__ == "__main__":
    main(generator_is_used_by_one, own_generators, strings_and_bytes, imports, output, regex_and_json)
