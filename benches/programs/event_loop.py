"""Coroutines under asyncio: many small tasks, gather, a queue between producers and consumers, events and a semaphore.

No input or output: what is measured is tasks that wait for each other, and the loop that wakes them.
"""

import asyncio

from _rounds import run


async def leaf(n):
    await asyncio.sleep(0)
    return n * n % 97


async def tree(depth):
    if depth == 0:
        return await leaf(depth + 1)
    left, right = await asyncio.gather(tree(depth - 1), tree(depth - 1))
    return (left * 31 + right + depth) % 1_000_003


async def producer(queue, first, count):
    for n in range(first, first + count):
        await queue.put(n)


async def consumer(queue):
    total = 0
    while True:
        n = await queue.get()
        if n is None:
            return total
        total = (total + await leaf(n)) % 1_000_003


async def pipeline(producers, consumers, count):
    queue = asyncio.Queue(16)
    taking = [asyncio.create_task(consumer(queue)) for _ in range(consumers)]
    await asyncio.gather(*(producer(queue, i * count, count) for i in range(producers)))
    for _ in taking:
        await queue.put(None)
    return sum(await asyncio.gather(*taking))


async def ring(members, laps):
    loop = asyncio.get_running_loop()
    places = [loop.create_future() for _ in range(members)]

    async def member(i):
        got = 0
        for _ in range(laps):
            got = await places[i]
            places[i] = loop.create_future()
            places[(i + 1) % members].set_result(got + 1)
        return got

    tasks = [asyncio.create_task(member(i)) for i in range(members)]
    await asyncio.sleep(0)
    places[0].set_result(0)
    done, pending = await asyncio.wait(tasks, timeout=None)
    return max(task.result() for task in done)


async def limited(workers, rounds):
    gate = asyncio.Semaphore(3)
    lock = asyncio.Lock()
    entered = 0

    async def worker(n):
        nonlocal entered
        for _ in range(rounds):
            async with gate:
                await asyncio.sleep(0)
                async with lock:
                    entered += n
        return n

    async with asyncio.TaskGroup() as group:
        for n in range(workers):
            group.create_task(worker(n))
    return entered


async def everything(size):
    return (
        await tree(size),
        await pipeline(4, 6, 2 ** size // 8),
        await ring(20, 2 ** size // 20),
        await limited(30, 2 ** size // 60),
    )


def work(size):
    return asyncio.run(everything(size))


if __name__ == "__main__":
    run(work, 13)
