"""The lock mode: how it is chosen, how it is asked for, and what must hold in each. The parts that only Orochi has are checked only there."""

import os
import subprocess
import sys
import threading
import time

from _run import main, message, raises

OROCHI = sys.implementation.name == "orochi"
# The mode that this script runs in, for interpreters that it starts.
MODE = ["-X", f"gil={int(sys._is_gil_enabled())}"] if OROCHI else []


def ask(*options, **environment):
    code = "import sys; print(sys._is_gil_enabled())"
    clean = {k: v for k, v in os.environ.items() if k != "PYTHON_GIL"}
    done = subprocess.run([sys.executable, *options, "-c", code], env={**clean, **environment}, capture_output=True, text=True, timeout=60)
    return done.stdout.strip() if done.returncode == 0 else done.stderr


def test_the_default_is_a_lock():
    assert ask() == "True" and ask("-X", "gil=1") == "True" and ask(PYTHON_GIL="1") == "True"


def test_no_lock():
    if not OROCHI:
        return
    assert ask("-X", "gil=0") == "False" and ask(PYTHON_GIL="0") == "False" and ask("-X", "gil=1", PYTHON_GIL="0") == "True" and ask("-X", "gil=0", PYTHON_GIL="1") == "False" and ask("-Xgil=0") == "False"


def test_a_wrong_mode_is_refused():
    assert "gil" in ask("-X", "gil=2").lower() and "gil" in ask("-X", "gil=yes").lower() and "PYTHON_GIL" in ask(PYTHON_GIL="maybe")


def test_imports_do_not_change_the_mode():
    before = sys._is_gil_enabled()
    for name in ("json", "re", "_socket", "select", "zlib", "_pickle", "_datetime", "unicodedata", "array"):
        try:
            __import__(name)
        except ImportError:
            pass
    assert sys._is_gil_enabled() is before


def test_children_have_the_parents_mode():
    if not OROCHI:
        return
    import multiprocessing

    for method in ("spawn", "forkserver", "fork"):
        context = multiprocessing.get_context(method)
        ours, theirs = context.Pipe()
        process = context.Process(target=tell_mode, args=(theirs,))
        process.start()
        assert ours.recv() is sys._is_gil_enabled(), method
        process.join()


def tell_mode(pipe):
    pipe.send(sys._is_gil_enabled())


def test_a_blocked_thread_does_not_hold_others_up():
    r, w = os.pipe()
    got = []
    reader = threading.Thread(target=lambda: got.append(os.read(r, 10)))
    reader.start()
    start = time.monotonic()
    n = 0
    while n < 300_000:
        n += 1
    os.write(w, b"x")
    reader.join(60)
    os.close(r)
    os.close(w)
    assert got == [b"x"] and time.monotonic() - start < 50


def test_sleeping_threads_sleep_at_the_same_time():
    threads = [threading.Thread(target=time.sleep, args=(0.2,)) for _ in range(8)]
    start = time.monotonic()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert time.monotonic() - start < 1.5


def test_every_thread_gets_its_turn():
    counts, stop = [0] * 3, []

    def work(i):
        while not stop:
            counts[i] += 1

    threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for t in threads:
        t.start()
    deadline = time.monotonic() + 30
    while min(counts) < 1000 and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.append(True)
    for t in threads:
        t.join()
    assert min(counts) >= 1000, counts


def test_single_operations_are_whole():
    """What programs rely on in either mode: one append, one setdefault, one pop is never half done."""
    values, table = [], {}

    def work(i):
        for n in range(3000):
            values.append(n)
            table.setdefault(n, i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(values) == 12_000 and len(table) == 3000 and sorted(values)[::4] == list(range(3000))


FIRST_THREAD = """
import threading

class Key:
    def __init__(self, number):
        self.number = number
    def __hash__(self):
        return 7
    def __eq__(self, other):
        begin()
        return self.number == other.number

def churn():
    for _ in range(30):
        for number in range(100, 120):
            table[Key(number)] = number
            members.add(Key(number))
            values.append(number)
        for number in range(100, 120):
            del table[Key(number)]
            members.discard(Key(number))
            values.pop()

def begin():
    if armed and not threads:
        threads.append(threading.Thread(target=churn))
        threads[0].start()

armed, threads, values = [], [], [1, 2, 3]
table = {Key(number): number for number in range(8)}
members = {Key(number) for number in range(8)}
armed.append(True)
PLACE
for turn in range(5):
    for number in range(8):
        assert table[Key(number)] == number and Key(number) in members
    assert values[:3] == [1, 2, 3] and len({Key(number) for number in range(8)} | members) >= 8
threads[0].join()
assert len(table) == 8 and len(members) == 8 and values == [1, 2, 3]
print("done")
"""


def test_the_first_thread_may_start_anywhere():
    """What was under way when the first thread began goes on rightly beside it."""
    places = (
        "assert table[Key(7)] == 7",
        "assert Key(7) in members",
        "table.update({Key(7): 7})",
        "assert Key(7) in members | {Key(7)}",
        "assert [3, 1, 2].sort(key=lambda value: (begin(), value)[1]) is None",
        "assert [(begin(), value)[1] for value in values][:3] == [1, 2, 3]",
        "assert sorted(values, key=lambda value: (begin(), value)[1])[:3] == [1, 2, 3]",
        "assert max(list(table.values()), key=lambda value: (begin(), value)[1]) >= 7",
    )
    for place in places:
        code = FIRST_THREAD.replace("PLACE", place)
        done = subprocess.run([sys.executable, *MODE, "-c", code], capture_output=True, text=True, timeout=60)
        assert done.stdout == "done\n", (place, done.stderr)


if __name__ == "__main__":
    main(globals())
