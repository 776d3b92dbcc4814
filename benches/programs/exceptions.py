"""Exceptions: raising and catching at several depths, finally, with, and the way when nothing is raised."""

from _rounds import run


class Refused(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Closing:
    def __init__(self):
        self.closed = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        self.closed += 1
        return kind is Refused


def descend(depth, code):
    if depth == 0:
        raise Refused(code)
    return descend(depth - 1, code)


def quiet(n):
    try:
        n += 1
    except ValueError:
        n = 0
    finally:
        n += 1
    return n


def work(times):
    total = 0
    table = {}
    closing = Closing()
    for i in range(times):
        try:
            total += table[i]
        except KeyError as error:
            total += error.args[0]
        try:
            int("not a number")
        except (TypeError, ValueError):
            total += 1
        try:
            descend(5, i)
        except Refused as error:
            total += error.code
        with closing:
            descend(1, i)
        total = quiet(quiet(quiet(total)))
        try:
            try:
                raise Refused(i)
            except Refused as error:
                raise RuntimeError("wrapped") from error
            finally:
                total += 1
        except RuntimeError as error:
            total += error.__cause__.code
    return total, closing.closed


if __name__ == "__main__":
    run(work, 80_000)
