"""The futures and tasks of asyncio that are native: states, callbacks, cancelling, texts, eager tasks, tasks of threads."""

import asyncio
import contextvars
import gc
import threading
import weakref

import _asyncio
from _run import main, message, raises


class Loop:
    """As much of an event loop as a future needs: callbacks are kept until `turn` runs them."""

    def __init__(self, debug=False):
        self.ready = []
        self.told = []
        self.debug = debug

    def get_debug(self):
        return self.debug

    def is_running(self):
        return asyncio._get_running_loop() is self

    def call_soon(self, callback, *args, context=None):
        self.ready.append((callback, args, context))

    def call_exception_handler(self, context):
        self.told.append(context)

    def turn(self, turns=1):
        asyncio._set_running_loop(self)
        try:
            for _ in range(turns):
                ready, self.ready = self.ready, []
                for callback, args, context in ready:
                    if context is None:
                        callback(*args)
                    else:
                        context.run(callback, *args)
        finally:
            asyncio._set_running_loop(None)


def test_they_are_the_ones_in_use():
    assert asyncio.Future is _asyncio.Future and asyncio.Task is _asyncio.Task
    assert asyncio.Task.__mro__ == (asyncio.Task, asyncio.Future, object)
    assert asyncio.current_task is _asyncio.current_task and asyncio.all_tasks is _asyncio.all_tasks
    assert repr(asyncio.Future[int]) == "_asyncio.Future[int]"
    raises(TypeError, setattr, asyncio.Future, "x", 1)


def test_states_of_a_future():
    loop = Loop()
    f = asyncio.Future(loop=loop)
    assert (f.done(), f.cancelled(), f._state, f._result, f._exception, f._callbacks) == (False, False, "PENDING", None, None, None)
    assert f.get_loop() is loop and f._loop is loop and f._source_traceback is None
    assert message(asyncio.InvalidStateError, f.result) == "Result is not set."
    assert message(asyncio.InvalidStateError, f.exception) == "Exception is not set."
    f.set_result(5)
    assert f.done() and f.result() == 5 and f.exception() is None and f._state == "FINISHED"
    assert message(asyncio.InvalidStateError, f.set_result, 6) == "invalid state"
    assert message(asyncio.InvalidStateError, f.set_exception, ValueError()) == "invalid state"
    assert f.cancel() is False and not f.cancelled()

    f = asyncio.Future(loop=loop)
    assert f.cancel("why") and f.cancelled() and f.done() and f._state == "CANCELLED" and f._cancel_message == "why"
    assert raises(asyncio.CancelledError, f.result).args == ("why",)
    assert raises(asyncio.CancelledError, f.exception).args == ("why",)

    f = asyncio.Future(loop=loop)
    assert message(TypeError, f.set_exception, 5) == "invalid exception object"
    f.set_exception(KeyError)
    assert f._log_traceback and type(f.exception()) is KeyError and not f._log_traceback
    assert raises(KeyError, f.result) is f.exception()
    assert message(ValueError, setattr, f, "_log_traceback", True) == "_log_traceback can only be set to False"

    f = asyncio.Future(loop=loop)
    stop = StopIteration(3)
    f.set_exception(stop)
    e = f.exception()
    assert type(e) is RuntimeError and e.__cause__ is stop and e.__context__ is stop

    bare = asyncio.Future.__new__(asyncio.Future)
    assert message(RuntimeError, bare.cancel) == "Future object is not initialized."
    assert message(RuntimeError, bare.get_loop) == "Future object is not initialized."
    assert not bare.done() and not bare.cancelled()
    raises(asyncio.InvalidStateError, bare.result)
    assert message(TypeError, asyncio.Future, 1).startswith("Future() takes")


def test_callbacks():
    loop = Loop()
    f = asyncio.Future(loop=loop)
    called = []
    context = contextvars.copy_context()
    first, second = called.append, (lambda f: called.append("second"))
    f.add_done_callback(first)
    f.add_done_callback(second, context=context)
    f.add_done_callback(first)
    assert [c for c, _ in f._callbacks] == [first, second, first] and f._callbacks[1][1] is context
    assert f.remove_done_callback(first) == 2 and f.remove_done_callback(first) == 0
    f.add_done_callback(first)
    f.set_result(None)
    assert f._callbacks is None and called == []
    loop.turn()
    assert called == ["second", f]
    f.add_done_callback(first)
    loop.turn()
    assert called == ["second", f, f]

    class Evil:
        def __eq__(self, other):
            g._callbacks.clear()
            if not changed:
                changed.append(0)
                changed.append(g.remove_done_callback(int))
            return True

    changed = []
    g = asyncio.Future(loop=loop)
    for c in (int, Evil(), str):
        g.add_done_callback(c)
    assert 0 <= g.remove_done_callback(Evil()) <= 3 and len(changed) == 2
    g.set_result(None)
    assert g._callbacks is None


def test_awaiting_by_hand():
    loop = Loop()
    f = asyncio.Future(loop=loop)
    it = iter(f)
    assert next(it) is f and f._asyncio_future_blocking
    assert message(RuntimeError, next, it) == "await wasn't used with future"
    f._asyncio_future_blocking = False
    assert it.send(None) is f
    f.set_result((1, 2))
    assert raises(StopIteration, next, it).value == (1, 2)
    assert raises(StopIteration, next, it).value == (1, 2)
    it = f.__await__()
    raises(KeyError, it.throw, KeyError("x"))
    raises(TypeError, it.throw, 5)
    it.close()
    assert list(it) == []

    async def waits():
        return await f

    c = waits()
    assert raises(StopIteration, c.send, None).value == (1, 2)


def test_messages_of_the_dead():
    loop = Loop()
    f = asyncio.Future(loop=loop)
    f.set_exception(ValueError("lost"))
    text = repr(f)
    del f
    gc.collect()
    (told,) = loop.told
    assert told["message"] == "Future exception was never retrieved" and str(told["exception"]) == "lost"
    assert repr(told["future"]) == text and "source_traceback" not in told
    told.clear()
    loop.told.clear()

    loop = Loop(debug=True)

    async def forever():
        await asyncio.Future(loop=loop)

    t = asyncio.Task(forever(), loop=loop, name="lost")
    loop.turn()
    ref = weakref.ref(t)
    del t
    gc.collect()
    (told,) = loop.told
    assert told["message"] == "Task was destroyed but it is pending!" and told["task"].get_name() == "lost"
    assert told["source_traceback"][-1].name == "test_messages_of_the_dead"
    told.clear()
    gc.collect()
    assert ref() is None

    log = []

    class Mine(asyncio.Future):
        def __del__(self):
            log.append(self._state)
            super().__del__()

    f = Mine(loop=loop)
    f.set_result(1)
    del f
    gc.collect()
    assert log == ["FINISHED"]


def test_texts():
    loop = Loop()
    f = asyncio.Future(loop=loop)
    assert repr(f) == "<Future pending>"
    f.add_done_callback(id)
    assert repr(f) == "<Future pending cb=[id()]>"

    async def work():
        await f

    t = asyncio.Task(work(), loop=loop, name="T")
    assert repr(t).startswith("<Task pending name='T' coro=<test_texts.<locals>.work() running at ")
    loop.turn()
    assert "wait_for=<Future pending cb=[id(), Task.task_wakeup()]>" in repr(t)
    assert f._callbacks[1][0].__self__ is t
    t.cancel()
    assert repr(t).startswith("<Task cancelling name='T'")
    loop.turn(2)
    assert repr(t).startswith("<Task cancelled name='T'") and repr(f) == "<Future cancelled>"
    f = asyncio.Future(loop=loop)
    f.set_result([1])
    assert repr(f) == "<Future finished result=[1]>"


def test_names_and_arguments_of_tasks():
    loop = Loop()

    async def work():
        return 1

    a, b = asyncio.Task(work(), loop=loop), asyncio.Task(work(), loop=loop, name=5)
    assert a.get_name().startswith("Task-") and a.get_name() is a.get_name() and b.get_name() == "5"
    a.set_name(("x",))
    assert a.get_name() == "('x',)"
    assert type(a.get_context()) is contextvars.Context and a.get_coro() is a._coro
    assert message(RuntimeError, a.set_result, 1) == "Task does not support set_result operation"
    assert message(RuntimeError, a.set_exception, 1) == "Task does not support set_exception operation"
    assert message(TypeError, asyncio.Task, 5, loop=loop) == "a coroutine was expected, got 5"
    raises(TypeError, asyncio.Task)
    raises(TypeError, asyncio.Task, work, no=1)
    loop.turn()
    assert a.result() == b.result() == 1 and a.get_coro() is not None
    frames = asyncio.Task(work(), loop=loop).get_stack()
    assert [f.f_code.co_name for f in frames] == ["work"]
    loop.turn()


def test_steps():
    loop = Loop()
    other = Loop()
    log = []

    class Odd:
        def __init__(self, v):
            self.v = v

        def __await__(self):
            return (yield self.v)

    async def odd(v):
        try:
            await Odd(v)
        except RuntimeError as e:
            log.append(str(e))

    foreign = asyncio.Future(loop=other)
    plain = asyncio.Future(loop=loop)
    tasks = [asyncio.Task(odd(v), loop=loop, name=str(i)) for i, v in enumerate([None, 5, plain, iter([]), (x for x in ())])]

    async def wrong_loop():
        try:
            await foreign
        except RuntimeError as e:
            log.append(str(e))

    tasks.append(asyncio.Task(wrong_loop(), loop=loop, name="w"))

    async def itself():
        try:
            await tasks[-1]
        except RuntimeError as e:
            log.append(str(e))

    tasks.append(asyncio.Task(itself(), loop=loop, name="i"))
    loop.turn(2)
    assert all(t.done() for t in tasks)
    assert log[0] == "Task got bad yield: 5"
    assert log[1].startswith("yield was used instead of yield from in task <Task pending name='2'")
    assert log[2].startswith("Task got bad yield: <list_iterator") or log[2].startswith("Task got bad yield: <")
    assert log[3].startswith("yield was used instead of yield from for generator in task <Task pending name='4'")
    assert log[4].endswith("attached to a different loop") and log[4].startswith("Task <Task pending name='w'")
    assert log[5].startswith("Task cannot await on itself: <Task pending name='i'")


def test_cancelling_and_exceptions():
    loop = Loop()
    f = asyncio.Future(loop=loop)
    log = []

    async def stubborn():
        for _ in range(2):
            try:
                await f
            except asyncio.CancelledError as e:
                log.append(e.args)
        return "done"

    t = asyncio.Task(stubborn(), loop=loop)
    loop.turn()
    assert t._fut_waiter is f and f._asyncio_awaited_by == frozenset([t])
    assert t.cancel("one") and t.cancelling() == 1 and not t._must_cancel and f.cancelled()
    f = asyncio.Future(loop=loop)
    loop.turn()
    assert log == [("one",)] and t.uncancel() == 0 and t.uncancel() == 0
    f.set_result(1)
    loop.turn()
    assert t.result() == "done" and t.cancel() is False and t.cancelling() == 0

    async def never():
        log.append("never")

    t = asyncio.Task(never(), loop=loop)
    assert t.cancel(msg="early") and t._must_cancel
    loop.turn()
    assert t.cancelled() and "never" not in log and raises(asyncio.CancelledError, t.result).args == ("early",)

    async def fails(e):
        raise e

    t = asyncio.Task(fails(ValueError("v")), loop=loop)
    loop.turn()
    assert str(t.exception()) == "v" and t.exception().__traceback__.tb_frame.f_code.co_name == "fails"
    t = asyncio.Task(fails(KeyboardInterrupt()), loop=loop)
    raises(KeyboardInterrupt, loop.turn)
    assert type(t.exception()) is KeyboardInterrupt
    t = asyncio.Task(fails(StopIteration()), loop=loop)
    loop.turn()
    assert str(t.exception()) == "coroutine raised StopIteration"


def test_contexts_and_current_task():
    var = contextvars.ContextVar("var", default=0)
    loop = Loop()
    seen = []

    async def work():
        seen.append((var.get(), asyncio.current_task()))
        var.set(9)
        await asyncio.sleep(0)
        seen.append((var.get(), asyncio.current_task(loop)))

    var.set(3)
    t = asyncio.Task(work(), loop=loop)
    context = contextvars.Context()
    u = asyncio.Task(work(), loop=loop, context=context)
    loop.turn(2)
    assert seen == [(3, t), (0, u), (9, t), (9, u)] and var.get() == 3 and context[var] == 9
    assert message(RuntimeError, asyncio.current_task) == "no running event loop"
    assert asyncio.current_task(loop) is None
    assert message(RuntimeError, _asyncio._enter_task, 1, 2) == "loop 1 is not the running loop"
    asyncio._set_running_loop(loop)
    try:
        _asyncio._enter_task(loop, 2)
        assert message(RuntimeError, _asyncio._enter_task, loop, 3) == "Cannot enter into task 3 while another task 2 is being executed."
        assert message(RuntimeError, _asyncio._leave_task, loop, 3) == "Invalid attempt to leave task 3 while task 2 is entered."
        assert _asyncio._swap_current_task(loop, None) == 2 and asyncio.current_task() is None
        assert _asyncio._swap_current_task(loop, 4) is None
        _asyncio._leave_task(loop, 4)
        assert asyncio.get_running_loop() is asyncio.get_event_loop() is loop
    finally:
        asyncio._set_running_loop(None)


def test_eager_tasks():
    async def go():
        loop = asyncio.get_running_loop()
        me = asyncio.current_task()
        seen = []

        async def at_once():
            seen.append(asyncio.current_task())
            return 1

        async def waits():
            seen.append(asyncio.current_task())
            await asyncio.sleep(0)
            return 2

        async def fails():
            raise KeyError

        a = asyncio.Task(at_once(), loop=loop, eager_start=True)
        assert a.done() and a.result() == 1 and seen == [a] and a.get_coro() is None and asyncio.current_task() is me
        b = asyncio.Task(waits(), loop=loop, eager_start=True)
        assert not b.done() and seen == [a, b] and asyncio.current_task() is me and asyncio.all_tasks() == {me, b}
        c = asyncio.Task(fails(), loop=loop, eager_start=True)
        assert type(c.exception()) is KeyError
        assert await b == 2
        loop.set_task_factory(asyncio.eager_task_factory)
        return await asyncio.gather(at_once(), waits())

    assert asyncio.run(go()) == [1, 2]


def test_all_tasks_of_threads():
    async def wait_for(f):
        await f

    def one():
        async def go():
            loop = asyncio.get_running_loop()
            f = loop.create_future()
            tasks = {asyncio.create_task(wait_for(f)) for _ in range(50)}
            for _ in range(10):
                asyncio.create_task(asyncio.sleep(0))
                assert asyncio.all_tasks() >= tasks | {asyncio.current_task()}
                assert all(t.get_loop() is loop for t in asyncio.all_tasks())
                await asyncio.sleep(0)
            f.set_result(None)
            await asyncio.gather(*tasks)
            return len(asyncio.all_tasks())

        counts.append(asyncio.run(go()))

    counts = []
    threads = [threading.Thread(target=one) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert counts == [1] * 4

    started, done = threading.Event(), threading.Event()
    known = []

    async def stay():
        known.append((asyncio.get_running_loop(), asyncio.current_task()))
        started.set()
        while not done.is_set():
            await asyncio.sleep(0)

    thread = threading.Thread(target=lambda: asyncio.run(stay()))
    thread.start()
    started.wait()
    (loop, task) = known[0]
    assert asyncio.all_tasks(loop) == {task}
    assert asyncio.current_task(loop) in (task, None)
    done.set()
    thread.join()
    assert asyncio.all_tasks(loop) == set() and asyncio.current_task(loop) is None


def test_one_future_of_many_threads():
    # Each callback is either in the list that is scheduled or finds the future done: none is lost, none comes twice.
    for _ in range(30):
        loop = Loop()
        loop.ready = ready = []
        f = asyncio.Future(loop=loop)
        barrier = threading.Barrier(4)
        won = []

        def adds(n):
            barrier.wait()
            for i in range(20):
                f.add_done_callback((lambda k: lambda f: k)((n, i)))

        def settles(n):
            barrier.wait()
            try:
                f.set_result(n)
                won.append(n)
            except asyncio.InvalidStateError:
                pass

        threads = [threading.Thread(target=adds, args=(n,)) for n in range(2)]
        threads += [threading.Thread(target=settles, args=(n,)) for n in range(2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert won == [f.result()]
        assert sorted(c(f) for c, _, _ in ready) == [(n, i) for n in range(2) for i in range(20)]


def test_awaited_by():
    loop = Loop()
    f, a, b = (asyncio.Future(loop=loop) for _ in range(3))
    assert f._asyncio_awaited_by is None
    asyncio.future_add_to_awaited_by(f, a)
    asyncio.future_add_to_awaited_by(f, a)
    assert f._asyncio_awaited_by == frozenset([a])
    asyncio.future_add_to_awaited_by(f, b)
    assert f._asyncio_awaited_by == frozenset([a, b])
    asyncio.future_discard_from_awaited_by(f, a)
    asyncio.future_add_to_awaited_by(f, 5)
    asyncio.future_add_to_awaited_by(5, f)
    assert f._asyncio_awaited_by == frozenset([b])


if __name__ == "__main__":
    main(globals())
