"""Strings: building, splitting, joining, replacing, searching, formatting."""

from _rounds import run

TEXT = (
    "The serpent of eight heads and eight tails slept across eight valleys and eight hills; "
    "on its back grew moss and cedar, and its eyes were red as the winter cherry. "
)


def work(times):
    total = 0
    for i in range(times):
        words = TEXT.split()
        joined = "-".join(words)
        total += len(joined) + joined.count("eight") + joined.find("cherry")
        total += len(joined.replace("eight", str(i))) + len(TEXT.upper().title())
        line = ""
        for word in words:
            line += word[0]
            if word.startswith("e") or word.endswith("s"):
                line += word[::-1]
            elif "a" in word:
                line += word.capitalize().rjust(8, ".")
            else:
                line += word.strip(";,.")
        total += len(line)
        total += len(f"{i:>8}|{i / 7:.3f}|{line[:10]!r}|{i:#x}")
        total += len("%s has %d, %5.2f of %r" % (words[i % 20], i, i / 3, words[1]))
        total += len("{0}/{1:05d}/{name:^12}".format(i, i * 3, name=words[2]))
        total += sum(ord(c) for c in line[:12])
        key, _, value = f"key{i}=value{i}".partition("=")
        total += len(key) * len(value)
        total += len(line.encode("utf-8").decode("utf-8").casefold())
        total += "é" in "caf\u00e9 ol\u00e9".upper().lower()
    return total


if __name__ == "__main__":
    run(work, 28_000)
