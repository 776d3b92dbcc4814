"""Queues, conditions, semaphores, barriers and events: everything that is sent arrives once, nobody sleeps for ever."""

import queue
import threading

from _stress import main, run_threads

THREADS = 4
TIMEOUT = 60


def queues():
    channel, got = queue.Queue(maxsize=5), [[] for _ in range(2)]

    def work(number):
        if number < 2:
            for i in range(400):
                channel.put((number, i), timeout=TIMEOUT)
            channel.put(None, timeout=TIMEOUT)
        else:
            while (item := channel.get(timeout=TIMEOUT)) is not None:
                got[number - 2].append(item)

    run_threads(4, work)
    assert sorted(got[0] + got[1]) == [(n, i) for n in range(2) for i in range(400)]
    for mine in got:
        for sender in range(2):
            order = [i for n, i in mine if n == sender]
            assert order == sorted(order)


def simple_queues():
    channel, total = queue.SimpleQueue(), []

    def work(number):
        for i in range(1_000):
            channel.put(i)
        total.append(sum(channel.get(timeout=TIMEOUT) for _ in range(1_000)))

    run_threads(THREADS, work)
    assert sum(total) == THREADS * 499_500 and channel.empty()


def conditions():
    condition, turn = threading.Condition(), 0

    def work(number):
        nonlocal turn
        for i in range(100):
            with condition:
                assert condition.wait_for(lambda: turn % THREADS == number, timeout=TIMEOUT)
                turn += 1
                condition.notify_all()

    run_threads(THREADS, work)
    assert turn == THREADS * 100


def semaphores():
    semaphore, inside, lock = threading.BoundedSemaphore(2), 0, threading.Lock()

    def work(number):
        nonlocal inside
        for _ in range(200):
            with semaphore:
                with lock:
                    inside += 1
                    assert inside <= 2
                with lock:
                    inside -= 1

    run_threads(THREADS, work)
    assert inside == 0


def barriers():
    barrier, passed = threading.Barrier(THREADS), [0] * THREADS

    def work(number):
        for i in range(60):
            barrier.wait(TIMEOUT)
            passed[number] = i
            barrier.wait(TIMEOUT)
            assert passed == [i] * THREADS

    run_threads(THREADS, work)


def events():
    ping, pong, log = threading.Event(), threading.Event(), []

    def work(number):
        for i in range(200):
            if number == 0:
                ping.set()
                assert pong.wait(TIMEOUT)
                pong.clear()
            else:
                assert ping.wait(TIMEOUT)
                ping.clear()
                log.append(i)
                pong.set()

    run_threads(2, work)
    assert log == list(range(200))


def rlocks():
    lock, total = threading.RLock(), 0

    def work(number):
        nonlocal total
        for _ in range(400):
            with lock:
                with lock:
                    total += 1

    run_threads(THREADS, work)
    assert total == THREADS * 400


def ownership():
    """Objects made by one thread, used by a second and dropped by a third."""
    first, second, died = queue.SimpleQueue(), queue.SimpleQueue(), []

    class Parcel:
        def __init__(self, n):
            self.n, self.content = n, [n] * 3

        def __del__(self):
            died.append(self.n)

    def work(number):
        if number == 0:
            for i in range(500):
                first.put(Parcel(i))
            first.put(None)
        elif number == 1:
            while (parcel := first.get(timeout=TIMEOUT)) is not None:
                parcel.content.append({"seen": parcel.n})
                second.put(parcel)
            second.put(None)
        else:
            while (parcel := second.get(timeout=TIMEOUT)) is not None:
                assert parcel.content[-1] == {"seen": parcel.n}
            parcel = None

    run_threads(3, work)
    assert sorted(died) == list(range(500)), len(died)


if __name__ == "__main__":
    main(queues, simple_queues, conditions, semaphores, barriers, events, rlocks, ownership)
