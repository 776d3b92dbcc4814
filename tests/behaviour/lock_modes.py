"""The lock mode: how it is chosen, how it is asked for, and what must hold in each. The parts that only Orochi has are checked only there."""

import os
import subprocess
import sys
import threading
import time

from _run import main, message, raises

OROCHI = sys.implementation.name == "orochi"


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


if __name__ == "__main__":
    main(globals())
