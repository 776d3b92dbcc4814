"""What the stress scripts share: `python script.py [SECONDS]` repeats rounds until the seconds have passed.

A round is a function without arguments that starts threads, joins them and checks what they left behind. An exception
in a thread fails the round with that exception's traceback; the script then ends with status 1.
"""

import sys
import threading
import time


def run_threads(count, work):
    """Run `work(number)` in `count` threads that start together; raise the first exception of any of them."""
    barrier = threading.Barrier(count)
    failures = []

    def guarded(number):
        barrier.wait()
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def main(*rounds):
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    end = time.monotonic() + seconds
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # with a lock, hand it over as often as can be
    done = 0
    try:
        while done == 0 or time.monotonic() < end:
            for each in rounds:
                each()
                done += 1
                if time.monotonic() > end and done >= len(rounds):
                    break
    finally:
        sys.setswitchinterval(old)
    print(f"{done} rounds")
