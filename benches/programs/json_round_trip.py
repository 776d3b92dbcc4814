"""json: real dumps and loads of nested records, of many numbers, of strings that need escapes; with indent and sorted keys."""

import json

from _rounds import run


def records(count):
    return [
        {
            "id": i,
            "name": f"serpent {i}",
            "scores": [i * 0.5, i / 7, -i, 10**12 + i],
            "flags": {"asleep": i % 2 == 0, "heads": 8, "lair": None},
            "note": 'tab\t quote" backslash\\ \u00e9\u6f22 ' + "x" * (i % 13),
        }
        for i in range(count)
    ]


DATA = records(600)


def work(times):
    total = 0
    for i in range(times):
        text = json.dumps(DATA)
        back = json.loads(text)
        assert back == DATA
        total += len(text)
    pretty = json.dumps(DATA[:120], indent=2, sort_keys=True, ensure_ascii=False)
    total += len(pretty)
    total += len(json.loads(pretty, object_hook=lambda each: tuple(each)))
    for i in range(1_500):
        total += len(json.dumps({"n": i, "square": i * i, "list": [i, i + 1]}, separators=(",", ":")))
        total += json.loads('{"a": [1, 2, {"b": null}], "c": "text"}')["a"][1]
    return total


if __name__ == "__main__":
    run(work, 130)
