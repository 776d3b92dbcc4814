"""Lifetime: objects die at once, finalizers, weak references, cycles, the collector."""

import gc
import sys
import weakref

from _run import main, message, raises


class Node:
    def __init__(self, name="n", log=None):
        self.name, self.log = name, log

    def __del__(self):
        if self.log is not None:
            self.log.append(self.name)


def test_objects_die_at_once():
    log = []
    Node("temporary", log)
    assert log == ["temporary"]
    a = b = Node("kept", log)
    del a
    assert log == ["temporary"]
    b = None
    assert log == ["temporary", "kept"]

    def f():
        local = Node("local", log)
        return 5

    f()
    assert log[-1] == "local"
    values = [Node("in list", log)]
    values[0] = 1
    assert log[-1] == "in list"
    d = {"k": Node("in dict", log)}
    del d["k"]
    assert log[-1] == "in dict"
    o = Node()
    o.other = Node("in attribute", log)
    del o.other
    assert log[-1] == "in attribute"
    for _ in range(2):
        x = Node("loop", log)
    assert log.count("loop") == 1


def test_order_of_a_chain():
    log = []
    a = Node("a", log)
    a.next = Node("b", log)
    a.next.next = Node("c", log)
    del a
    assert log == ["a", "b", "c"]


def test_long_chain_does_not_overflow():
    head = None
    for _ in range(200_000):
        head = (head,)
    del head
    head = []
    for _ in range(200_000):
        head = [head]
    del head
    node = None
    for _ in range(50_000):
        n = Node()
        n.next = node
        node = n
    del node, n


def test_exception_in_finalizer_is_reported_not_raised():
    class Bad:
        def __del__(self):
            raise ValueError("in del")

    seen = []
    old, sys.unraisablehook = sys.unraisablehook, lambda info: seen.append(str(info.exc_value))
    try:
        Bad()
    finally:
        sys.unraisablehook = old
    assert seen == ["in del"]


def test_resurrection():
    kept = []

    class Phoenix:
        def __del__(self):
            kept.append(self)

    Phoenix()
    assert len(kept) == 1
    kept.clear()
    assert kept == []


def test_weak_references():
    log = []
    o = Node("o")
    r = weakref.ref(o, lambda ref: log.append(ref() is None))
    p = weakref.proxy(o)
    assert r() is o and p.name == "o" and weakref.ref(o) is weakref.ref(o) and weakref.getweakrefcount(o) >= 2 and r == weakref.ref(o) and hash(r) == hash(o)
    del o
    assert r() is None and log == [True]
    raises(ReferenceError, lambda: p.name)
    raises(TypeError, weakref.ref, 5)


def test_weak_containers():
    values, keys, members = weakref.WeakValueDictionary(), weakref.WeakKeyDictionary(), weakref.WeakSet()
    a, b = Node("a"), Node("b")
    values["a"], values["b"], keys[a], keys[b] = a, b, 1, 2
    members.add(a)
    members.add(b)
    del a
    gc.collect()
    assert list(values) == ["b"] and list(keys.values()) == [2] and len(members) == 1

    class C:
        def method(self):
            return 7

    c = C()
    m = weakref.WeakMethod(c.method)
    assert m()() == 7
    del c
    assert m() is None


def test_finalize():
    log = []
    o = Node()
    f = weakref.finalize(o, log.append, "finalized")
    assert f.alive
    del o
    assert log == ["finalized"] and not f.alive and f() is None


def test_cycles_are_collected():
    log = []

    def make():
        a, b = Node("a", log), Node("b", log)
        a.other, b.other = b, a
        return weakref.ref(a)

    gc.collect()
    r = make()
    gc.disable()
    try:
        assert r() is not None
    finally:
        gc.enable()
    assert gc.collect() > 0 and r() is None and sorted(log) == ["a", "b"]


def test_cycles_of_every_kind():
    class C:
        pass

    def through_list():
        a = []
        a.append(a)
        o = C()
        a.append(o)
        return weakref.ref(o)

    def through_dict():
        d, o = {}, C()
        d["d"], d["o"] = d, o
        return weakref.ref(o)

    def through_closure():
        o = C()

        def f():
            return f, o

        return weakref.ref(o)

    def through_generator():
        o = C()

        def g():
            yield o
            yield it

        it = g()
        o.it = it
        next(it)
        return weakref.ref(o)

    def through_class():
        class K:
            pass

        K.me = K()
        return weakref.ref(K)

    def through_exception():
        o = C()
        try:
            raise ValueError
        except ValueError as e:
            o.error = e
            kept = o
        return weakref.ref(o)

    def through_bound_method():
        o = C()
        o.f = o.__init__
        return weakref.ref(o)

    for make in (through_list, through_dict, through_closure, through_generator, through_class, through_exception, through_bound_method):
        r = make()
        gc.collect()
        assert r() is None, make.__name__


def test_a_live_cycle_stays():
    a = Node("live")
    a.me = a
    gc.collect()
    assert a.me.me is a and a.name == "live"


def test_collector_runs_by_itself():
    alive = weakref.WeakSet()

    class C:
        pass

    for _ in range(30_000):
        o = C()
        o.me = o
        alive.add(o)
    assert len(alive) < 30_000


def test_refcount_and_tracking():
    o = []
    before = sys.getrefcount(o)
    kept = [o, o]
    assert sys.getrefcount(o) >= before + 2 and gc.is_tracked([]) and isinstance(gc.get_count(), tuple) and gc.isenabled()
    assert any(x is kept for x in gc.get_referrers(o))
    o2 = Node()
    assert o2.__dict__ is not None and gc.get_referents([1, o2])


END = """
import sys, threading, time
kept = open(sys.argv[1], "w")
kept.write("written at the end")
def numbers():
    try:
        yield
    finally:
        print("generator closed")
g = numbers()
next(g)
class Last:
    def __init__(self, name):
        self.name, self.me = name, self
        self.thread = threading.Thread(target=time.sleep, args=(60,), daemon=True)
        self.thread.start()
    def __del__(self):
        print("del", self.name, sys.is_finalizing(), kept.closed)
        for act in self.thread.join, threading.Thread(target=print).start:
            try:
                act()
            except PythonFinalizationError:
                print("refused")
a, b = Last("a"), Last("b")
"""


def test_finalisers_run_at_the_end_of_the_program():
    import os
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "kept.txt")
        done = subprocess.run([sys.executable, "-c", END, path], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and done.stderr == "", done.stderr
        refused = "refused\nrefused\n"
        assert done.stdout == "del a True False\n" + refused + "del b True False\n" + refused + "generator closed\n", done.stdout
        with open(path) as f:
            assert f.read() == "written at the end"


def test_collector_reports():
    class Back:
        def __del__(self):
            saved.append(self)

    saved = []
    gc.collect()
    x = Back()
    x.me = x
    del x
    assert gc.collect() == 0 and len(saved) == 1
    assert sorted(gc.get_referents([1, 3], (5,))) == [1, 3, 5]
    young = gc.get_stats()[0]["collections"]
    gc.collect(0)
    assert gc.get_stats()[0]["collections"] == young + 1
    assert not gc.is_tracked(int) and not gc.is_tracked(object()) and gc.is_tracked(Back)
    loop = []
    loop.append(loop)
    number = id(loop)
    gc.set_debug(gc.DEBUG_SAVEALL)
    del loop
    gc.collect()
    gc.set_debug(0)
    assert [id(v) for v in gc.garbage] == [number]
    gc.garbage.clear()


def test_what_many_threads_use_dies_on_time():
    """A weak reference or a view that another thread has used a thousand times is gone when it is deleted."""
    import threading

    class Holder:
        pass

    called = []
    target, holder, memory = Node(), Holder(), bytearray(8)
    holder.watcher = weakref.ref(target, called.append)
    holder.view = memoryview(memory)

    def use():
        for _ in range(20_000):
            assert holder.watcher is not None and holder.view is not None

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    del holder.watcher, holder.view
    memory.append(1)
    del target
    assert called == []


if __name__ == "__main__":
    main(globals())
