"""What the lock costs: one CPU-bound countdown in one thread, in several threads and in several processes.

    python examples/countdown.py [COUNT [WORKERS]]

The same total work is done three times: by the main thread alone, split over threads, and split over processes.
Each line says how long that took and how many times faster than the main thread alone it was. With a global lock
the threads gain nothing; without one they gain as much as the processes do, and start faster.
Starting the processes is timed apart, because it does not grow with the work.
"""

import multiprocessing
import os
import sys
import threading
import time

DEFAULT_COUNT = 20_000_000
DEFAULT_WORKERS = 2


def countdown(n):
    while n > 0:
        n -= 1
    return n


def shares(count, workers):
    """Split `count` into `workers` parts that differ by at most one."""
    each, rest = divmod(count, workers)
    return [each + (1 if i < rest else 0) for i in range(workers)]


def run_single(count):
    start = time.perf_counter()
    left = countdown(count)
    return time.perf_counter() - start, [left]


def run_threads(count, workers):
    left = [None] * workers

    def work(i, n):
        left[i] = countdown(n)

    start = time.perf_counter()
    threads = [threading.Thread(target=work, args=(i, n)) for i, n in enumerate(shares(count, workers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start, left


def process_worker(pipe):
    """Say that this process is up, wait for a number, count it down, answer."""
    pipe.send("ready")
    n = pipe.recv()
    pipe.send(countdown(n))
    pipe.close()


def run_processes(count, workers):
    start = time.perf_counter()
    pipes, processes = [], []
    for _ in range(workers):
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(target=process_worker, args=(theirs,))
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()
    up = time.perf_counter()
    for pipe, n in zip(pipes, shares(count, workers)):
        pipe.send(n)
    left = [pipe.recv() for pipe in pipes]
    done = time.perf_counter()
    for process in processes:
        process.join()
    return done - up, left, up - start


def lock_mode():
    is_gil_enabled = getattr(sys, "_is_gil_enabled", None)
    if is_gil_enabled is None:
        return "one global lock (this interpreter has no other mode)"
    return "one global lock" if is_gil_enabled() else "no lock"


def usage():
    print("usage: countdown.py [COUNT [WORKERS]]   (both whole numbers, 1 or more)", file=sys.stderr)
    return 2


def main(arguments):
    try:
        count = int(arguments[0]) if arguments else DEFAULT_COUNT
        workers = int(arguments[1]) if len(arguments) > 1 else DEFAULT_WORKERS
    except ValueError:
        return usage()
    if count < 1 or workers < 1 or len(arguments) > 2:
        return usage()

    name = sys.implementation.name
    version = ".".join(str(part) for part in sys.version_info[:3])
    print(f"{name} {version}, {lock_mode()}, {os.cpu_count()} cores, counting down from {count:,}")

    single, left = run_single(count)
    assert left == [0]
    print(f"single     {single:8.3f} s   1.00x", flush=True)

    seconds, left = run_threads(count, workers)
    assert left == [0] * workers
    print(f"threads    {seconds:8.3f} s  {single / seconds:5.2f}x   ({workers} threads)", flush=True)

    seconds, left, startup = run_processes(count, workers)
    assert left == [0] * workers
    print(f"processes  {seconds:8.3f} s  {single / seconds:5.2f}x   ({workers} processes, up after {startup:.3f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
