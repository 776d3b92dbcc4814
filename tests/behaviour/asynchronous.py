"""async and await: coroutines, tasks, async iteration and comprehensions, cancelling, queues, awaitables of one's own."""

import asyncio
import sys

from _run import main, message, raises


def test_coroutines_by_hand():
    class Wait:
        def __await__(self):
            got = yield "waiting"
            return got * 2

    async def f():
        return await Wait() + 1

    c = f()
    assert c.send(None) == "waiting"
    assert raises(StopIteration, c.send, 5).value == 11
    assert message(RuntimeError, c.send, None) == "cannot reuse already awaited coroutine"
    d = f()
    d.close()
    raises(TypeError, lambda: iter(d))


def test_run_and_gather():
    async def work(n):
        await asyncio.sleep(0.001 * (3 - n))
        return n * n

    async def go():
        return await asyncio.gather(*(work(i) for i in range(3)))

    assert asyncio.run(go()) == [0, 1, 4]


def test_tasks_take_turns():
    log = []

    async def step(name):
        for i in range(3):
            log.append((name, i))
            await asyncio.sleep(0)

    async def go():
        async with asyncio.TaskGroup() as group:
            group.create_task(step("a"))
            group.create_task(step("b"))

    asyncio.run(go())
    assert log == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_async_generators_and_comprehensions():
    async def numbers(n):
        try:
            for i in range(n):
                await asyncio.sleep(0)
                yield i
        finally:
            closed.append(n)

    closed = []

    async def go():
        out = []
        async for x in numbers(3):
            out.append(x)
        else:
            out.append("else")
        listed = [x * 2 async for x in numbers(4) if x % 2]
        table = {x: await asyncio.sleep(0, x) async for x in numbers(2)}
        g = numbers(9)
        first = await anext(g)
        await g.aclose()
        total = sum([x async for x in (y async for y in numbers(4))])
        return out, listed, table, first, total

    assert asyncio.run(go()) == ([0, 1, 2, "else"], [2, 6], {0: 0, 1: 1}, 0, 6) and closed == [3, 4, 2, 9, 4]


def test_own_async_iterator():
    class Down:
        def __init__(self, n):
            self.n = n

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.n:
                raise StopAsyncIteration
            self.n -= 1
            return self.n

    async def go():
        return [x async for x in Down(3)]

    assert asyncio.run(go()) == [2, 1, 0]


def test_cancel_and_timeout():
    log = []

    async def forever():
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            log.append("cancelled")
            raise

    async def go():
        task = asyncio.create_task(forever())
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            log.append("seen")
        try:
            async with asyncio.timeout(0.01):
                await forever()
        except TimeoutError:
            log.append("timeout")

    asyncio.run(go())
    assert log == ["cancelled", "seen", "cancelled", "timeout"]


def test_exceptions():
    async def fails():
        raise KeyError("async")

    async def go():
        results = await asyncio.gather(fails(), asyncio.sleep(0, 5), return_exceptions=True)
        assert isinstance(results[0], KeyError) and results[1] == 5
        await fails()

    assert message(KeyError, asyncio.run, go()) == "'async'"


def test_queue_event_lock():
    async def go():
        queue, event, lock = asyncio.Queue(2), asyncio.Event(), asyncio.Lock()
        got = []

        async def producer():
            for i in range(5):
                await queue.put(i)
            event.set()

        async def consumer():
            while len(got) < 5:
                async with lock:
                    got.append(await queue.get())
            await event.wait()

        await asyncio.gather(producer(), consumer())
        return got

    assert asyncio.run(go()) == [0, 1, 2, 3, 4]


def test_threads_and_loop():
    import threading

    async def go():
        loop = asyncio.get_running_loop()
        name = await asyncio.to_thread(lambda: threading.current_thread() is threading.main_thread())
        future = loop.create_future()
        threading.Thread(target=lambda: loop.call_soon_threadsafe(future.set_result, "from thread")).start()
        return name, await future

    assert asyncio.run(go()) == (False, "from thread")


def test_where_await_is_not_allowed():
    for source in ("def f():\n await x", "await x", "def f():\n async with x: pass", "[x async for x in y]"):
        raises(SyntaxError, compile, source, "<s>", "exec")


def test_an_exception_thrown_in_is_handled_across_awaits():
    class Pause:
        def __await__(self):
            yield

    log = []

    async def work():
        try:
            await Pause()
        except KeyError:
            await Pause()
            try:
                raise
            except KeyError as e:
                await Pause()
                log.append(e)
            await Pause()
            raise

    c = work()
    c.send(None)
    try:
        raise KeyError("first")
    except KeyError as e:
        # The caller handles what it throws in.
        c.throw(e)
        assert sys.exception() is e
        first = e
    assert sys.exception() is None
    c.send(None)
    assert log == [] and sys.exception() is None
    try:
        raise ValueError
    except ValueError as e:
        c.send(None)
        assert log == [first] and sys.exception() is e
    assert raises(KeyError, c.send, None) is first and sys.exception() is None


if __name__ == "__main__":
    main(globals())
