"""Runs one module of CPython's test suite: `run_one.py LIBRARY MODULE RESULTS`.

LIBRARY is a folder that holds the suite as `test`; the rest of the library is the interpreter's own. To the file
RESULTS goes one line as each test starts and one as it ends, at once, so that they outlive a crash:
    start ID            ok ID            skip ID: WHY
    fail ID: WHY        error ID: WHY    xfail ID: WHY
An ID is the test's dotted name from the module on. A test with a failed part (`subTest`) has failed.
The exit status is 0 when the module was run to its end, whatever its tests did.
"""

import sys


class Lines:
    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8", errors="backslashreplace")

    def write(self, kind, identity, why=""):
        why = " ".join(str(why).split())[:200]
        self.file.write(f"{kind} {identity}: {why}\n" if why else f"{kind} {identity}\n")
        self.file.flush()


def make_result(unittest, lines, module_name):
    def name(test):
        """The id, always with the module's name first: a doctest's own id is only the name of what it documents."""
        identity = test.id().removeprefix("test.")
        return identity if identity.startswith(module_name + ".") else f"{module_name}.{identity}"

    def why(problem):
        return f"{problem[0].__name__}: {problem[1]}"

    class Result(unittest.TestResult):
        def startTest(self, test):
            super().startTest(test)
            self.part_failed = None
            lines.write("start", name(test))

        def addSuccess(self, test):
            if self.part_failed is None:
                lines.write("ok", name(test))
            else:
                lines.write("fail", name(test), self.part_failed)

        def addSubTest(self, test, part, problem):
            if problem is not None:
                self.part_failed = why(problem)
                lines.write("fail", name(test), self.part_failed)

        def addFailure(self, test, problem):
            lines.write("fail", name(test), why(problem))

        def addError(self, test, problem):
            lines.write("error", name(test), why(problem))

        def addSkip(self, test, reason):
            lines.write("skip", name(test), reason)

        def addExpectedFailure(self, test, problem):
            lines.write("xfail", name(test), why(problem))

        def addUnexpectedSuccess(self, test):
            lines.write("fail", name(test), "was expected to fail")

    return Result()


def main(library, module_name, results):
    lines = Lines(results)
    sys.path[:1] = [library]
    import unittest

    from test import support

    support.verbose = False
    support.use_resources = []
    try:
        __import__("test." + module_name)
        module = sys.modules["test." + module_name]
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    except unittest.SkipTest as reason:
        lines.write("skip", module_name, reason)
        return 0
    except BaseException as error:
        lines.write("error", module_name, f"{type(error).__name__}: {error}")
        raise
    suite.run(make_result(unittest, lines, module_name))
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: run_one.py LIBRARY MODULE RESULTS")
    sys.exit(main(*sys.argv[1:]))
