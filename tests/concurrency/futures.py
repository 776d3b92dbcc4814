"""Futures and tasks of asyncio that many threads touch at once, and loops that run in many threads."""

import asyncio
import random
import threading
import warnings

from _stress import main, run_threads

THREADS = 4


class Loop:
    """As much of an event loop as futures need; callbacks that are due lie in `ready`."""

    def __init__(self):
        self.ready = []

    def get_debug(self):
        return False

    def is_running(self):
        return False

    def call_soon(self, callback, *args, context=None):
        self.ready.append((callback, args))

    def call_exception_handler(self, context):
        pass


async def wait_for(future):
    try:
        await future
    except BaseException:
        pass


def one_winner_and_no_callback_lost():
    for _ in range(20):
        loop = Loop()
        future = asyncio.Future(loop=loop)
        won = []
        barrier = threading.Barrier(THREADS)

        def work(number):
            barrier.wait()
            for i in range(10):
                future.add_done_callback(lambda f, mark=(number, i): mark)
                if i == 5 and number % 2:
                    try:
                        future.set_result(number)
                        won.append(number)
                    except asyncio.InvalidStateError:
                        pass

        run_threads(THREADS, work)
        assert won == [future.result()]
        assert sorted(callback(future) for callback, _ in loop.ready) == [(n, i) for n in range(THREADS) for i in range(10)]


def everything_at_once():
    loop = Loop()
    futures = [asyncio.Future(loop=loop) for _ in range(6)]
    tasks = [asyncio.Task(wait_for(random.choice(futures)), loop=loop) for _ in range(12)]

    def turn(_):
        callback, args = loop.ready.pop()
        asyncio._set_running_loop(loop)
        try:
            callback(*args)
        finally:
            asyncio._set_running_loop(None)

    def again(o):
        if isinstance(o, asyncio.Task):
            o.__init__(wait_for(futures[0]), loop=loop)
        else:
            o.__init__(loop=loop)

    def look(o):
        o._callbacks, o._result, o._exception, o._asyncio_awaited_by, o._state, repr(o)

    acts = [
        lambda o: o.set_result(1),
        lambda o: o.set_exception(KeyError(1)),
        lambda o: o.cancel("why"),
        lambda o: o.add_done_callback(id),
        lambda o: o.remove_done_callback(id),
        lambda o: o.result(),
        lambda o: o.exception(),
        lambda o: asyncio.future_add_to_awaited_by(o, random.choice(futures)),
        lambda o: asyncio.future_discard_from_awaited_by(o, random.choice(futures)),
        lambda o: asyncio.all_tasks(loop),
        look,
        again,
        turn,
        turn,
    ]

    def work(number):
        for _ in range(150):
            try:
                random.choice(acts)(random.choice(futures + tasks))
            except (asyncio.InvalidStateError, asyncio.CancelledError):
                pass
            except (KeyError, RuntimeError, IndexError, AttributeError, TypeError, ValueError):
                # Settled by another, nothing to run, begun anew meanwhile.
                pass

    run_threads(THREADS, work)
    for task in tasks:
        task._log_destroy_pending = False
    assert all(task.get_loop() is loop for task in asyncio.all_tasks(loop))


def loops_in_threads():
    def work(number):
        async def part(queue, n):
            await queue.put(n)
            await asyncio.sleep(0)
            return n

        async def go():
            queue = asyncio.Queue()
            found = await asyncio.gather(*(part(queue, n) for n in range(20)))
            assert asyncio.all_tasks() == {asyncio.current_task()}
            return sum(found) + queue.qsize()

        assert asyncio.run(go()) == 210

    run_threads(THREADS, work)


if __name__ == "__main__":
    # Coroutines of tasks that are begun anew are never awaited.
    warnings.simplefilter("ignore")
    main(one_winner_and_no_callback_lost, everything_at_once, loops_in_threads)
