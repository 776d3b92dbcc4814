"""Threads look into the frames of others that run, suspend and end under their eyes."""

import sys

from _stress import main, run_threads

ROUNDS = 60


def frames_of_functions():
    shown = [None]
    done = [False]

    def busy(number):
        first, second = [number], "text"
        shown[0] = sys._getframe()
        for step in range(200):
            first = [number, step]
            second = "text" + str(step)
            third = (first, second)
        return third

    def work(number):
        if number == 0:
            for turn in range(ROUNDS):
                busy(turn)
            done[0] = True
            return
        looks = 0
        while not done[0] or not looks:
            frame = shown[0]
            if frame is None:
                continue
            looks += 1
            assert frame.f_code.co_name == "busy"
            assert frame.f_code.co_firstlineno <= frame.f_lineno
            names = dict(frame.f_locals.items())
            assert names["number"] in range(ROUNDS)
            assert isinstance(names["first"], list)
            assert names["second"].startswith("text")
            back = frame.f_back
            assert back is None or back.f_code.co_name == "work"
            try:
                frame.f_locals["second"] = "text of another"
            except RuntimeError as error:
                assert "another thread runs" in str(error)

    run_threads(3, work)


def frames_of_generators():
    shown = [None]
    done = [False]

    def inner(number):
        for step in range(20):
            kept = [number, step]
            yield kept

    def outer(number):
        label = "outer"
        yield label
        yield from inner(number)

    def work(number):
        if number == 0:
            for turn in range(ROUNDS * 5):
                generator = outer(turn)
                shown[0] = generator
                for _ in generator:
                    pass
            done[0] = True
            return
        looks = 0
        while not done[0] or not looks:
            generator = shown[0]
            if generator is None:
                continue
            looks += 1
            delegate = generator.gi_yieldfrom
            if delegate is not None:
                assert delegate.gi_code.co_name == "inner"
            frame = generator.gi_frame
            if frame is not None:
                assert frame.f_locals["number"] in range(ROUNDS * 5)
                assert frame.f_lasti >= 0
                assert frame.f_generator in (generator, None)

    run_threads(3, work)


if __name__ == "__main__":
    main(frames_of_functions, frames_of_generators)
