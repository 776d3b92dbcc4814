"""Threads: start and join, locks, conditions, events, locals, exceptions, daemons, timers, executors."""

import queue
import sys
import threading
import time

from _run import main, message, raises


def run_all(count, work):
    threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return threads


def test_start_and_join():
    results = {}
    threads = run_all(4, lambda i: results.__setitem__(i, threading.current_thread().name))
    assert sorted(results) == [0, 1, 2, 3] and len(set(results.values())) == 4 and not any(t.is_alive() for t in threads)
    assert threading.current_thread() is threading.main_thread() and threading.active_count() >= 1
    raises(RuntimeError, threads[0].start)
    t = threading.Thread(target=time.sleep, args=(0.3,))
    t.start()
    t.join(0.01)
    assert t.is_alive() and t.ident is not None and t in threading.enumerate()
    t.join()


def test_lock():
    lock, total = threading.Lock(), [0]

    def add(_):
        for _ in range(2000):
            with lock:
                total[0] += 1

    run_all(4, add)
    assert total == [8000] and not lock.locked() and lock.acquire(False) and not lock.acquire(blocking=False) and not lock.acquire(timeout=0.01)
    lock.release()
    raises(RuntimeError, lock.release)


def test_rlock():
    lock = threading.RLock()
    with lock, lock:
        got = []
        t = threading.Thread(target=lambda: got.append(lock.acquire(False)))
        t.start()
        t.join()
        assert got == [False]
    raises(RuntimeError, lock.release)


def test_condition():
    condition, items, got = threading.Condition(), [], []

    def consume():
        for _ in range(50):
            with condition:
                condition.wait_for(lambda: items)
                got.append(items.pop(0))

    t = threading.Thread(target=consume)
    t.start()
    for i in range(50):
        with condition:
            items.append(i)
            condition.notify()
    t.join()
    assert got == list(range(50))
    with condition:
        assert condition.wait(0.01) is False


def test_event_semaphore_barrier():
    event, log = threading.Event(), []
    t = threading.Thread(target=lambda: (event.wait(), log.append("woken")))
    t.start()
    time.sleep(0.01)
    assert log == [] and not event.is_set()
    event.set()
    t.join()
    assert log == ["woken"] and event.wait(0) is True
    semaphore, inside, most = threading.Semaphore(2), [0], [0]
    guard = threading.Lock()

    def enter(_):
        with semaphore:
            with guard:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.002)
            with guard:
                inside[0] -= 1

    run_all(6, enter)
    assert most[0] <= 2
    barrier, order = threading.Barrier(3), []

    def meet(i):
        order.append("before")
        barrier.wait()
        order.append("after")

    run_all(3, meet)
    assert order == ["before"] * 3 + ["after"] * 3


def test_thread_local():
    local, seen = threading.local(), {}
    local.x = "main"

    def work(i):
        local.x = i
        time.sleep(0.002)
        seen[i] = local.x

    run_all(3, work)
    assert seen == {0: 0, 1: 1, 2: 2} and local.x == "main"
    missing = []
    run_all(1, lambda i: missing.append(hasattr(local, "x")))
    assert missing == [False]


def test_exceptions_are_reported():
    seen = []
    old, threading.excepthook = threading.excepthook, lambda args: seen.append((args.exc_type, str(args.exc_value), args.thread.name))
    try:
        t = threading.Thread(target=lambda: 1 / 0, name="dies")
        t.start()
        t.join()
    finally:
        threading.excepthook = old
    assert seen == [(ZeroDivisionError, "division by zero", "dies")]
    quiet = threading.Thread(target=sys.exit)
    quiet.start()
    quiet.join()


def test_queues():
    q, got = queue.Queue(maxsize=3), []

    def consume(_):
        while (item := q.get()) is not None:
            got.append(item)
            q.task_done()
        q.task_done()

    t = threading.Thread(target=consume, args=(0,))
    t.start()
    for i in range(100):
        q.put(i)
    q.put(None)
    q.join()
    t.join()
    assert got == list(range(100)) and q.empty()
    raises(queue.Empty, q.get_nowait)
    raises(queue.Empty, q.get, timeout=0.01)
    p = queue.PriorityQueue()
    for n in (3, 1, 2):
        p.put(n)
    assert [p.get() for _ in range(3)] == [1, 2, 3]
    s = queue.SimpleQueue()
    s.put(1)
    assert s.get() == 1


def test_executor():
    from concurrent.futures import ThreadPoolExecutor, as_completed, wait

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda n: n * n, range(10))) == [n * n for n in range(10)]
        futures = [pool.submit(pow, 2, n) for n in range(5)]
        assert sorted(f.result() for f in as_completed(futures)) == [1, 2, 4, 8, 16]
        bad = pool.submit(lambda: 1 / 0)
        raises(ZeroDivisionError, bad.result)
        done, pending = wait(futures)
        assert len(done) == 5 and not pending and isinstance(bad.exception(), ZeroDivisionError)


def test_timer_and_daemon():
    log = []
    timer = threading.Timer(0.01, log.append, ["fired"])
    timer.start()
    timer.join()
    assert log == ["fired"]
    stopped = threading.Timer(10, log.append)
    stopped.start()
    stopped.cancel()
    stopped.join()
    daemon = threading.Thread(target=time.sleep, args=(60,), daemon=True)
    daemon.start()
    assert daemon.daemon and daemon.is_alive()


def test_main_thread_is_not_starved():
    stop = threading.Event()

    def spin(_):
        n = 0
        while not stop.is_set():
            n += 1

    threads = [threading.Thread(target=spin, args=(i,)) for i in range(2)]
    for t in threads:
        t.start()
    start = time.monotonic()
    for _ in range(10):
        time.sleep(0.001)
    stop.set()
    for t in threads:
        t.join()
    assert time.monotonic() - start < 20


def test_switch_interval():
    old = sys.getswitchinterval()
    sys.setswitchinterval(0.001)
    assert abs(sys.getswitchinterval() - 0.001) < 1e-9
    sys.setswitchinterval(old)
    raises(ValueError, sys.setswitchinterval, 0)


def test_contextvars():
    import contextvars

    v = contextvars.ContextVar("v", default=0)
    token = v.set(5)
    copied = contextvars.copy_context()
    seen = []
    run_all(1, lambda i: seen.append(copied.run(v.get)))
    v.reset(token)
    assert seen == [5] and v.get() == 0


def test_recursive_lock_of_processes():
    import multiprocessing

    lock, total = multiprocessing.get_context("spawn").RLock(), [0]

    def add(_):
        for _ in range(2000):
            with lock, lock:
                total[0] += 1

    run_all(4, add)
    assert total == [8000] and lock.acquire(timeout=5)
    lock.release()
    raises(AssertionError, lock.release)


def test_trace_functions_of_all_threads():
    ready, go, seen = threading.Event(), threading.Event(), []

    def watched():
        seen.append(sys.getprofile())
        ready.set()
        go.wait()
        seen.append(sys.getprofile())

    def note(*event):
        pass

    t = threading.Thread(target=watched)
    t.start()
    ready.wait()
    threading.setprofile_all_threads(note)
    try:
        go.set()
        t.join()
        assert seen == [None, note] and sys.getprofile() is note
    finally:
        threading.setprofile_all_threads(None)
    assert sys.getprofile() is None


def twice(n):
    return 2 * n


def test_workers_with_a_number_of_tasks():
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context, max_tasks_per_child=1) as pool:
        assert list(pool.map(twice, range(5))) == [0, 2, 4, 6, 8]


def test_frames_of_all_threads():
    ready, go = threading.Event(), threading.Event()

    def inner(value):
        kept = [value]
        ready.set()
        go.wait()
        return kept

    def outer():
        inner("seen")

    thread = threading.Thread(target=outer)
    thread.start()
    ready.wait()
    frames = sys._current_frames()
    assert frames[threading.get_ident()] is sys._getframe() and set(frames) >= {thread.ident, threading.main_thread().ident}
    frame, names = frames[thread.ident], []
    while frame is not None:
        names.append(frame.f_code.co_name)
        if frame.f_code is inner.__code__:
            assert frame.f_locals["value"] == "seen" and frame.f_locals["kept"] == ["seen"] and frame.f_lineno == inner.__code__.co_firstlineno + 3
        frame = frame.f_back
    assert names[names.index("inner") : names.index("inner") + 3] == ["inner", "outer", "run"], names
    go.set()
    thread.join()
    assert thread.ident not in sys._current_frames()
    stop = False

    def busy(n):
        while not stop:
            [x for x in range(n)]

    busies = [threading.Thread(target=busy, args=(9,)) for _ in range(3)]
    for b in busies:
        b.start()
    for _ in range(200):
        for frame in sys._current_frames().values():
            while frame is not None:
                frame.f_lineno, dict(frame.f_locals)
                frame = frame.f_back
    stop = True
    for b in busies:
        b.join()


if __name__ == "__main__":
    main(globals())
