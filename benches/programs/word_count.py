"""Dicts and sets: counting words, grouping them, inverting an index, merging."""

from collections import Counter, defaultdict

from _rounds import run


def make_words(count):
    state = 12345
    syllables = ["ka", "mi", "o", "ro", "chi", "ya", "ma", "ta", "no", "su", "sa", "ku", "shi", "na", "da"]
    words = []
    for _ in range(count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        a, b, c = state % 15, (state >> 8) % 15, (state >> 16) % 15
        words.append(syllables[a] + syllables[b] + (syllables[c] if c & 1 else ""))
    return words


WORDS = make_words(40_000)


def count_and_group():
    counts = {}
    for word in WORDS:
        counts[word] = counts.get(word, 0) + 1
    groups = defaultdict(list)
    for place, word in enumerate(WORDS):
        groups[word[:2]].append(place)
    index = {}
    for word, number in counts.items():
        index.setdefault(number, set()).add(word)
    squares = {number: number * number for number in range(30_000)}
    total = 0
    for number in range(0, 60_000, 3):
        if number in squares:
            total += squares[number]
    for number in range(0, 30_000, 2):
        del squares[number]
    merged = {**squares, **{-number: 1 for number in range(1, 5_000)}}
    common = Counter(WORDS).most_common(5)
    rare = {word for word, number in counts.items() if number == 1}
    pairs = {(number % 211, number % 197): number for number in range(20_000)}
    for number in range(20_000):
        total += pairs[number % 211, number % 197]
    assert dict(Counter(WORDS)) == counts
    return total, len(counts), len(groups), len(index), len(merged), common[0][1], len(rare), len(pairs)


def work(times):
    for _ in range(times):
        result = count_and_group()
    return result


if __name__ == "__main__":
    run(work, 12)
