"""One dict and one set changed by many threads, while others read, iterate and copy them."""

from _stress import main, run_threads

THREADS = 4


def own_keys():
    table = {}

    def work(number):
        for i in range(1_500):
            table[number, i] = i
            if i % 3 == 0:
                del table[number, i]

    run_threads(THREADS, work)
    assert len(table) == THREADS * 1_000
    assert all(table[number, i] == i for number in range(THREADS) for i in range(1_500) if i % 3)


def same_keys():
    table = {f"k{i}": (0, 0) for i in range(16)}

    def work(number):
        for i in range(2_000):
            table[f"k{i % 16}"] = (number, number * 2)
            a, b = table[f"k{(i * 5) % 16}"]
            assert b == a * 2

    run_threads(THREADS, work)
    assert len(table) == 16


def grow_and_shrink():
    table = {}

    def work(number):
        for round_number in range(20):
            for i in range(50):
                table[number * 1_000 + i] = [i]
            for i in range(50):
                assert table.pop(number * 1_000 + i) == [i]
            assert table.get(number * 1_000) is None

    run_threads(THREADS, work)
    assert table == {}


def iteration_beside_writes():
    table = {i: str(i) for i in range(100)}
    stop = []

    def work(number):
        if number == 0:
            for i in range(1_000):
                table[100 + i % 50] = str(100 + i % 50)
                table.pop(100 + (i * 7) % 50, None)
            stop.append(True)
            return
        while not stop:
            try:
                for key, value in table.items():
                    assert value == str(key)
            except RuntimeError as error:
                assert "changed" in str(error), error
            copy = dict(table)
            assert all(copy[i] == str(i) for i in range(100))
            assert len(list(table)) >= 100

    run_threads(3, work)


def copies_beside_writes():
    """Every way to copy a table takes it as it is at one moment: it never fails, and misses nothing that stays."""
    table = {i: str(i) for i in range(60)}
    members = set(range(60))
    stop = []

    def work(number):
        if number == 0:
            for i in range(1_000):
                table[60 + i % 40] = str(60 + i % 40)
                members.add(60 + i % 40)
                table.pop(60 + (i * 7) % 40, None)
                members.discard(60 + (i * 7) % 40)
            stop.append(True)
            return
        while not stop:
            target = {1000: "there"}
            target.update(table)
            for copy in (table.copy(), {**table}, {"x": 1, **table}, table | {}, {} | table, target, dict(table.items())):
                assert all(copy[i] == str(i) for i in range(60))
            for keys in (list(table), tuple(table), sorted(table), list(table.keys()), set(table), frozenset(table.keys())):
                assert set(range(60)) <= set(keys) and len(keys) == len(set(keys))
            assert {str(i) for i in range(60)} <= set(list(table.values()))
            assert all(value == str(key) for key, value in list(table.items()))
            for some in (members.copy(), set(members), frozenset(members), members | {1}, list(members), members & set(range(200))):
                assert set(range(60)) <= set(some) and len(some) == len(set(some))
            assert {-1} == {-1, *range(100)} - members - set(range(60, 100))

    run_threads(3, work)


def sets():
    members = set()

    def work(number):
        for i in range(1_500):
            members.add(i * THREADS + number)
            assert i * THREADS + number in members
            if i % 2:
                members.remove(i * THREADS + number)

    run_threads(THREADS, work)
    assert members == {i * THREADS + number for i in range(0, 1_500, 2) for number in range(THREADS)}


def setdefault_once():
    table = {}
    seen = [[] for _ in range(THREADS)]

    def work(number):
        for i in range(500):
            seen[number].append(table.setdefault(i, object()))

    run_threads(THREADS, work)
    assert all(seen[0][i] is seen[n][i] is table[i] for i in range(500) for n in range(THREADS))


if __name__ == "__main__":
    main(own_keys, same_keys, grow_and_shrink, iteration_beside_writes, copies_beside_writes, sets, setdefault_once)
