"""How much more two threads get done than one: `python scaling.py [--threads N] [--rounds N] [CASE ...]`.

Each case is a piece of work that a thread does WORK times. It is timed with one thread and with N threads, each doing
the whole work, in turn, ROUNDS times; from the medians,
    scaling = N * seconds(1 thread) / seconds(N threads)
so 1.0 is what one lock gives and N is perfect. After every run the case checks what the threads left behind: a lost
update is a failure, not a fast time. One line a case:
    NAME KIND ONE N SCALING        seconds with one and with N threads; KIND is private, read or write
Threads that touch only what they made are `private`; threads that read, call or load from the same objects are
`read`; threads that change the same object are `write`.
"""

import sys
import threading
import time

from cases import CASES


def time_threads(case, count):
    run = case.make()
    failures = []

    def guarded(number):
        try:
            run.work(number)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    if failures:
        raise SystemExit(f"{case.name}: a thread died of {failures[0]!r}")
    run.check(count)
    return seconds


def median(values):
    return sorted(values)[len(values) // 2]


def measure(case, threads, rounds):
    time_threads(case, 1)  # warms caches and compilers up
    one, many = [], []
    for _ in range(rounds):
        one.append(time_threads(case, 1))
        many.append(time_threads(case, threads))
    return median(one), median(many)


def main(arguments):
    threads, rounds, names = 2, 5, []
    arguments = list(arguments)
    while arguments:
        argument = arguments.pop(0)
        if argument == "--threads":
            threads = int(arguments.pop(0))
        elif argument == "--rounds":
            rounds = int(arguments.pop(0))
        elif argument == "--list":
            for case in CASES:
                print(case.name, case.kind)
            return
        else:
            names.append(argument)
    for case in CASES:
        if names and case.name not in names:
            continue
        one, many = measure(case, threads, rounds)
        print(f"{case.name} {case.kind} {one:.6f} {many:.6f} {threads * one / many:.3f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
