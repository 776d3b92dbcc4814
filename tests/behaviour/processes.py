"""Processes: subprocess, os.fork, multiprocessing in each start method, pools, pipes, exit statuses."""

import multiprocessing
import os
import signal
import subprocess
import sys

from _run import main, message, raises


def python(*arguments, **options):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, **options)


def test_run():
    done = python("-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")
    assert python("-c", "print(input()[::-1])", input="abc\n").stdout == "cba\n" and python("-c", "import os; print(os.environ['K'])", env={**os.environ, "K": "v"}).stdout == "v\n"
    raises(subprocess.CalledProcessError, python, "-c", "raise SystemExit(1)", check=True)
    raises(FileNotFoundError, subprocess.run, ["/no/such/program"])
    raises(subprocess.TimeoutExpired, subprocess.run, [sys.executable, "-c", "import time; time.sleep(30)"], timeout=0.5)
    assert subprocess.check_output("echo $((1+2))", shell=True) == b"3\n"


def test_popen_and_pipes():
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        out, _ = p.communicate(b"x" * 200_000)
    assert len(out) == 200_000 and p.returncode == 0
    p = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    assert p.poll() is None
    p.terminate()
    assert p.wait(60) == -signal.SIGTERM
    first = subprocess.Popen(["echo", "b\na"], stdout=subprocess.PIPE)
    second = subprocess.run(["sort"], stdin=first.stdout, capture_output=True)
    first.stdout.close()
    first.wait()
    assert second.stdout == b"a\nb\n"


def test_fork():
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(w, b"child")
        finally:
            os._exit(7)
    os.close(w)
    with os.fdopen(r, "rb") as f:
        assert f.read() == b"child"
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


def square(n):
    return n * n


def talk(pipe):
    pipe.send({"got": pipe.recv(), "pid": os.getpid()})
    pipe.close()


def fail():
    raise ValueError("in child")


def put(queue, n):
    queue.put((n, os.getpid()))


def test_multiprocessing_processes():
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        ours, theirs = context.Pipe()
        process = context.Process(target=talk, args=(theirs,), name="talker")
        process.start()
        ours.send([1, "é", None])
        answer = ours.recv()
        process.join(60)
        assert answer["got"] == [1, "é", None] and answer["pid"] == process.pid != os.getpid() and process.exitcode == 0 and process.name == "talker", method


def test_exit_statuses():
    context = multiprocessing.get_context("fork")
    process = context.Process(target=sys.exit, args=(4,))
    process.start()
    process.join()
    assert process.exitcode == 4
    process = context.Process(target=signal.pause)
    process.start()
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_queue_pool_and_executor():
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    workers = [context.Process(target=put, args=(queue, n)) for n in range(3)]
    for w in workers:
        w.start()
    got = [queue.get(timeout=60) for _ in workers]
    for w in workers:
        w.join()
    assert sorted(n for n, _ in got) == [0, 1, 2] and len({pid for _, pid in got}) == 3
    with context.Pool(2) as pool:
        assert pool.map(square, range(10)) == [n * n for n in range(10)] and pool.apply(square, (5,)) == 25 and list(pool.imap(square, [3])) == [9]
        raises(ValueError, pool.apply, fail)
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(2, mp_context=context) as executor:
        assert list(executor.map(square, [1, 2, 3])) == [1, 4, 9]


def test_shared_values():
    context = multiprocessing.get_context("fork")
    value, array, lock = context.Value("i", 5), context.Array("d", [1.0, 2.0]), context.Lock()

    process = context.Process(target=change, args=(value, array, lock))
    process.start()
    process.join()
    assert value.value == 6 and array[:] == [1.5, 2.0]


def change(value, array, lock):
    with lock:
        value.value += 1
        array[0] += 0.5


def test_signals():
    seen = []
    old = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
        for _ in range(1000):
            if seen:
                break
    finally:
        signal.signal(signal.SIGUSR1, old)
    assert seen == [signal.SIGUSR1]
    done = python("-c", "import os, signal; os.kill(os.getpid(), signal.SIGINT)\nfor _ in range(10**6): pass")
    assert done.returncode == -signal.SIGINT and done.stderr.strip().endswith("KeyboardInterrupt")


def test_numbers_that_are_too_large():
    raises(ValueError, signal.pthread_sigmask, signal.SIG_BLOCK, [1 << 1000])
    raises(ValueError, subprocess.call, ["true"], extra_groups=[1 << 64])
    assert str(subprocess.CalledProcessError("odd", "c")).endswith("exit status odd.")


def test_limits_are_not_negative():
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for bad in (-5, -(2**31), -(2**63), -(2**64) - 5, -(2**1000)):
        assert message(ValueError, resource.setrlimit, resource.RLIMIT_FSIZE, (bad, hard)) == "Cannot convert negative int"
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == (soft, hard)


if __name__ == "__main__":
    main(globals())
