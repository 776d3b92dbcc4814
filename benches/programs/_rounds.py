"""Times the rounds of one bench program: `python program.py [ROUNDS]`.

Every program hands its work to `run`, which prints, one fact a line,
    best SECONDS        the fastest round
    median SECONDS      the middle round
    checksum VALUE      what the work computed, the same on every interpreter
A round that computes something else than the one before it is an error, not a time.
"""

import sys
import time


def run(work, *arguments):
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    if rounds < 1:
        raise SystemExit("rounds: 1 or more")
    seconds = []
    checksum = None
    for number in range(rounds):
        start = time.perf_counter()
        result = work(*arguments)
        seconds.append(time.perf_counter() - start)
        if number and result != checksum:
            raise SystemExit(f"round {number} computed {result!r}, the round before it {checksum!r}")
        checksum = result
    seconds.sort()
    print(f"best {seconds[0]:.6f}")
    print(f"median {seconds[len(seconds) // 2]:.6f}")
    print(f"checksum {checksum!r}")
