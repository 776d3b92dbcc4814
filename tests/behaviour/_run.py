"""Runs the tests of one script: every function whose name starts with `test_`, in the order they are written.

Prints `ok NAME` or `fail NAME: WHY` for each, the traceback to standard error, and ends with status 1 if any failed.
It uses as little of the language as it can, because it must work before much else does.
"""

import sys


def raises(kind, function, *arguments, **named):
    """Call `function`, which must raise `kind`; the exception is returned, to be looked at."""
    try:
        function(*arguments, **named)
    except kind as error:
        return error
    raise AssertionError("no " + kind.__name__ + " was raised")


def message(kind, function, *arguments, **named):
    """The text of the exception that `function` raises."""
    return str(raises(kind, function, *arguments, **named))


def main(namespace):
    failed = 0
    for name, test in list(namespace.items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
        except BaseException as error:
            failed += 1
            kind = type(error).__name__
            print("fail " + name + ": " + kind + ": " + " ".join(str(error).split())[:200], flush=True)
            tell(error)
        else:
            print("ok " + name, flush=True)
    sys.exit(1 if failed else 0)


def tell(error):
    try:
        import traceback

        traceback.print_exception(error)
    except Exception as other:
        print("no traceback: " + repr(other), file=sys.stderr)
