"""Modules imported by many threads at once: nobody sees one half way, everybody gets the same one."""

import importlib
import itertools
import os
import sys
import tempfile

from _stress import main, run_threads

THREADS = 4
folder = tempfile.TemporaryDirectory()
sys.path.insert(0, folder.name)
numbers = itertools.count()


def write(name, text):
    with open(os.path.join(folder.name, name + ".py"), "w") as file:
        file.write(text)
    importlib.invalidate_caches()


def drop(*names):
    for name in names:
        sys.modules.pop(name, None)
        os.remove(os.path.join(folder.name, name + ".py"))


def one_module():
    name = f"one{next(numbers)}"
    write(name, "x = 1\nfor i in range(200):\n    x += 1\nlast = x\n")
    seen = [None] * THREADS

    def work(number):
        module = __import__(name)
        assert module.last == 201
        seen[number] = module

    run_threads(THREADS, work)
    assert all(module is seen[0] for module in seen)
    drop(name)


def circle():
    """Two modules that import each other, entered from both ends: a deadlock is seen, and solved or told."""
    n = next(numbers)
    a, b = f"a{n}", f"b{n}"
    write(a, f"import {b}\nlast = 'a'\n")
    write(b, f"import {a}\nlast = 'b'\n")
    seen = [None] * THREADS

    def work(number):
        try:
            seen[number] = __import__((a, b)[number % 2])
        except RuntimeError as error:
            assert "deadlock detected" in str(error), error

    run_threads(THREADS, work)
    assert all(module.last == module.__name__[0] for module in seen if module)
    drop(a, b)


def taken_out():
    """One thread takes the module out again and again; the others get a whole one each time."""
    name = f"out{next(numbers)}"
    write(name, "x = 1\nfor i in range(20):\n    x += 1\nlast = x\n")

    def work(number):
        for i in range(20):
            if number == 0:
                sys.modules.pop(name, None)
            try:
                assert __import__(name).last == 21
            except KeyError as error:
                assert error.args == (name,)  # taken out by the time that importlib asks for it

    run_threads(THREADS, work)
    drop(name)


def failure():
    """Who imports beside a module that fails either gets that failure or none."""
    name = f"bad{next(numbers)}"
    write(name, "first = 1\nraise ValueError('on purpose')\n")

    def work(number):
        for i in range(5):
            try:
                module = __import__(name)
            except ValueError as error:
                assert str(error) == "on purpose"
            else:
                raise AssertionError(f"{module} was found half way")

    run_threads(THREADS, work)
    assert name not in sys.modules
    drop(name)


def package():
    n = next(numbers)
    name = f"package{n}"
    path = os.path.join(folder.name, name)
    os.mkdir(path)
    for file, text in (("__init__", "from . import sub\nlast = sub.last\n"), ("sub", "last = 5\n"), ("other", "from .sub import last\n")):
        with open(os.path.join(path, file + ".py"), "w") as stream:
            stream.write(text)
    importlib.invalidate_caches()

    def work(number):
        if number % 2:
            assert importlib.import_module(name + ".other").last == 5
        else:
            assert importlib.import_module(name).last == 5

    run_threads(THREADS, work)
    for each in (name, name + ".sub", name + ".other"):
        sys.modules.pop(each, None)


if __name__ == "__main__":
    main(one_module, circle, taken_out, failure, package)
