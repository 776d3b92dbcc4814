"""Int lists: how many times the head of a permutation can be flipped, over all permutations."""

from _rounds import run


def work(size):
    order = list(range(size))
    counts = [0] * size
    most = 0
    checksum = 0
    sign = 1
    while True:
        if order[0]:
            flipped = order[:]
            flips = 0
            head = flipped[0]
            while head:
                flipped[: head + 1] = flipped[head::-1]
                flips += 1
                head = flipped[0]
            if flips > most:
                most = flips
            checksum += sign * flips
        if sign == 1:
            order[0], order[1] = order[1], order[0]
            sign = -1
        else:
            order[1], order[2] = order[2], order[1]
            sign = 1
            for i in range(2, size):
                if counts[i] < i:
                    counts[i] += 1
                    break
                counts[i] = 0
                if i == size - 1:
                    return checksum, most
                order.insert(i + 1, order.pop(0))


if __name__ == "__main__":
    run(work, 9)
