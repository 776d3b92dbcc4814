"""Threads by the hundred: started, nested, dying of exceptions, with locals that must die with them."""

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

from _stress import main, run_threads


def start_and_stop():
    done = []
    for _ in range(10):
        threads = [threading.Thread(target=done.append, args=(i,)) for i in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not any(thread.is_alive() for thread in threads)
    assert sorted(done) == sorted(list(range(20)) * 10)


def nested():
    count = []

    def grow(depth):
        count.append(depth)
        if depth:
            threads = [threading.Thread(target=grow, args=(depth - 1,)) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    grow(4)
    assert len(count) == 31


def exceptions():
    seen = []
    old, threading.excepthook = threading.excepthook, lambda args: seen.append(args.exc_type)

    def dies(i):
        def deeper(n):
            if n == 0:
                raise (ValueError, KeyError, ZeroDivisionError)[i % 3](i)
            deeper(n - 1)

        deeper(i % 10)

    try:
        threads = [threading.Thread(target=dies, args=(i,)) for i in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        threading.excepthook = old
    assert len(seen) == 30 and seen.count(ValueError) == 10


def locals_die():
    class Thing:
        pass

    local, alive = threading.local(), []

    def work(number):
        local.thing = Thing()
        mine = Thing()
        mine.me = local.thing
        alive.extend([weakref.ref(local.thing), weakref.ref(mine)])

    run_threads(4, work)
    assert len(alive) == 8 and not any(ref() for ref in alive)
    assert not hasattr(local, "thing")


def daemons():
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait, daemon=True) for _ in range(10)]
    for thread in threads:
        thread.start()
    assert all(thread.is_alive() and thread.daemon for thread in threads)
    stop.set()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def executors():
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(lambda n: 10 // n, n) for n in range(50)]
        results = [future.exception() or future.result() for future in futures]
    assert isinstance(results[0], ZeroDivisionError) and results[1:4] == [10, 5, 3]


if __name__ == "__main__":
    main(start_and_stop, nested, exceptions, locals_die, daemons, executors)
