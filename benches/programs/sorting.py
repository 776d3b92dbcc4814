"""Sorting: ints, floats, strings, tuples, with keys and reversed; heaps and bisection; a merge sort in plain Python."""

from bisect import bisect_left, insort
from heapq import heappop, heappush, nlargest
from operator import itemgetter

from _rounds import run


def numbers(count):
    state, out = 42, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        out.append(state >> 33)
    return out


DATA = numbers(60_000)


def merge_sort(values):
    if len(values) < 2:
        return values
    middle = len(values) // 2
    left, right = merge_sort(values[:middle]), merge_sort(values[middle:])
    out, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if right[j] < left[i]:
            out.append(right[j])
            j += 1
        else:
            out.append(left[i])
            i += 1
    out += left[i:]
    out += right[j:]
    return out


def work():
    ordered = sorted(DATA)
    assert ordered == merge_sort(DATA)
    total = ordered[100]
    total += int(sorted(n / 3 for n in DATA)[7])
    total += len(sorted(map(str, DATA))[11])
    pairs = [(n % 100, -n) for n in DATA]
    total += sorted(pairs)[13][1] + sorted(pairs, key=itemgetter(1))[17][0]
    total += sorted(DATA, key=lambda n: (n % 7, n), reverse=True)[19]
    total += max(DATA, key=lambda n: n % 9_973) + min(pairs)[1] + nlargest(3, DATA)[2]
    heap = []
    for n in DATA:
        heappush(heap, n)
    for _ in range(30_000):
        total += heappop(heap) & 1
    kept = []
    for n in DATA[:8_000]:
        insort(kept, n)
    total += sum(bisect_left(ordered, n) for n in DATA[:30_000])
    ordered.reverse()
    ordered.sort()
    return total, kept[5]


if __name__ == "__main__":
    run(work)
