"""One list changed by many threads: nothing is lost, nothing appears twice, readers see whole values."""

from _stress import main, run_threads

THREADS = 4


def appends():
    values = []

    def work(number):
        for i in range(1_000):
            values.append((number, i))

    run_threads(THREADS, work)
    assert len(values) == THREADS * 1_000 and len(set(values)) == len(values)
    for number in range(THREADS):
        mine = [i for n, i in values if n == number]
        assert mine == list(range(1_000)), "a thread's own appends keep their order"


def pops():
    values = list(range(4_000))
    taken = [[] for _ in range(THREADS)]

    def work(number):
        while True:
            try:
                taken[number].append(values.pop())
            except IndexError:
                return

    run_threads(THREADS, work)
    assert values == [] and sorted(sum(taken, [])) == list(range(4_000))


def item_writes():
    values = [None] * 64

    def work(number):
        for i in range(2_000):
            values[i % 64] = (number, str(i))
            got = values[(i * 7) % 64]
            assert got is None or (got[0] in range(THREADS) and got[1].isdigit())

    run_threads(THREADS, work)
    assert len(values) == 64


def slices_and_sorts():
    values = list(range(100))

    def work(number):
        for i in range(200):
            if number == 0:
                values[10:20] = list(range(10))
            elif number == 1:
                values.reverse()
            elif number == 2:
                copy = values[:]
                assert len(copy) == 100 and sorted(copy)[0] >= 0
            else:
                try:
                    values.sort()
                except ValueError:
                    pass  # changed while it was sorted: an error by the language's own rule
                else:
                    continue

    run_threads(3, work)
    assert len(values) == 100


def readers_beside_writers():
    values = [0]
    stop = []

    def work(number):
        if number == 0:
            for i in range(1_500):
                values.append(i)
                if len(values) > 50:
                    del values[1:40]
            stop.append(True)
        else:
            while not stop:
                total = 0
                for value in values:
                    total += value
                assert total >= 0 and (values[-1] is not None) and 0 in values
                list(reversed(values))

    run_threads(3, work)


if __name__ == "__main__":
    main(appends, pops, item_writes, slices_and_sorts, readers_beside_writers)
