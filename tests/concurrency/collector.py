"""The cycle collector and weak references while threads make, share and drop objects."""

import gc
import threading
import weakref

from _stress import main, run_threads

THREADS = 4


class Node:
    def __init__(self):
        self.links = []


def cycles_in_threads():
    kept = [[] for _ in range(THREADS)]

    def work(number):
        for i in range(300):
            a, b = Node(), Node()
            a.links += [b, a]
            b.links.append(a)
            if i % 10 == 0:
                kept[number].append(a)
        if number == 0:
            gc.collect()

    run_threads(THREADS, work)
    gc.collect()
    assert all(a.links[0].links[0] is a for mine in kept for a in mine) and sum(map(len, kept)) == THREADS * 30


def collections_at_once():
    shared = {}

    def work(number):
        for i in range(10):
            cycle = []
            cycle.append(cycle)
            shared[number] = [cycle, i]
            gc.collect()
            assert shared[number][0][0] is shared[number][0]

    run_threads(THREADS, work)
    assert sorted(shared) == list(range(THREADS))


def weak_references():
    target = [Node()]
    refs = [weakref.ref(target[0])]
    stop = threading.Event()

    def work(number):
        if number == 0:
            for _ in range(500):
                target[0] = Node()
                refs[0] = weakref.ref(target[0])
            stop.set()
        else:
            while not stop.is_set():
                node = refs[0]()
                assert node is None or node.links == []

    run_threads(3, work)
    assert refs[0]() is target[0]


def finalizers():
    lock, died = threading.Lock(), []

    class Loud:
        def __del__(self):
            died.append(1)

    def work(number):
        for i in range(200):
            loud = Loud()
            if i % 2:
                loud.me = loud

    run_threads(THREADS, work)
    for _ in range(3):
        gc.collect()
    with lock:
        assert len(died) == THREADS * 200, len(died)


def weak_tables():
    table = weakref.WeakValueDictionary()

    def work(number):
        mine = []
        for i in range(300):
            node = Node()
            table[number, i] = node
            if i % 3 == 0:
                mine.append((i, node))
            assert table.get((number, i)) is node
        assert all(table[number, i] is node for i, node in mine)

    run_threads(THREADS, work)
    gc.collect()
    assert len(table) == 0


def classes_die_with_foreign_instances():
    """Classes that are garbage together with instances that other threads made, some with finalisers and attributes in a dict."""
    died = []
    box = [None] * THREADS

    def work(number):
        for i in range(40):
            def died_now(self):
                died.append(1)

            made = type("Made", (), {"__del__": died_now} if i % 2 else {"__slots__": ("me", "cls", "__weakref__")})
            thing = made()
            thing.me, thing.cls = thing, made
            box[number] = [made, thing]
            made_there, thing_there = box[(number + 1) % THREADS] or (made, thing)
            mine = made_there()
            mine.me, mine.cls = thing_there, made
            made.last = mine
            del made, thing, made_there, thing_there, mine
            if i % 8 == number:
                gc.collect()

    run_threads(THREADS, work)
    box.clear()
    for _ in range(3):
        gc.collect()
    assert len(died) >= THREADS * 20, len(died)


def finalizers_at_the_end_of_a_thread():
    """What a thread's last references drop, and what others dropped for it, is finalised with the thread still whole."""
    died = []

    class Loud:
        def __init__(self, payload):
            self.payload = payload

        def __del__(self):
            died.append([str(self.payload) for _ in range(2)])

    local = threading.local()
    shared = []

    def work(number):
        local.loud = Loud(number)
        mine = [Loud(i) for i in range(20)]
        shared.append(mine[:10])
        del mine
        if number % 2:
            shared.pop(0) if shared else None

    for _ in range(3):
        run_threads(THREADS, work)
    shared.clear()
    gc.collect()
    assert len(died) == 3 * THREADS * 21, len(died)


if __name__ == "__main__":
    main(cycles_in_threads, collections_at_once, weak_references, finalizers, weak_tables, classes_die_with_foreign_instances, finalizers_at_the_end_of_a_thread)
