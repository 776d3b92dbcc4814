"""The names that CPython 3.14 has in its builtins, builtin types and native modules, and which of them another Python lacks.

    python3.14 names.py ask > names.txt       made by CPython itself; once a version
    orochi names.py compare names.txt         lines `KIND HOLDER TOTAL MISSING...`, tabs between

A line of names.txt is `KIND HOLDER NAME NAME ...`. KIND is `module` or `type`. A type's names are those of its own
dictionary. What begins with one underscore counts only in modules whose own name begins with one.
"""

import importlib
import os
import sys

# Parts of CPython that are there to test CPython.
_TESTS = ("_test", "_xx", "xx", "_ctypes_test")
# Not native, but made of what the platform has.
_ALSO = ("os",)
# What CPython keeps in a dictionary of every type or module.
_EVERYWHERE = {"__doc__", "__module__", "__name__", "__package__", "__loader__", "__spec__", "__file__", "__dict__", "__weakref__", "__builtins__",
               "__firstlineno__", "__static_attributes__", "__annotate_func__", "__annotations_cache__", "__annotate__", "__annotations__"}


def native_modules():
    names = set(sys.builtin_module_names)
    for folder in sys.path:
        if folder.endswith("lib-dynload"):
            names |= {entry.partition(".")[0] for entry in os.listdir(folder)}
    return sorted(name for name in names if not name.startswith(_TESTS))


def own_types():
    """Types that the language makes without naming them in `builtins`."""
    import types

    found = {f"types.{name}": value for name, value in vars(types).items() if isinstance(value, type)}
    for example in ({}.keys(), {}.values(), {}.items(), iter(()), iter([]), iter({}), iter(set()), iter(""), iter(b""), iter(range(0)),
                    reversed([]), reversed({}), iter(len, 0), memoryview(b""), zip(), (lambda: (yield))()):
        found[f"type:{type(example).__name__}"] = type(example)
    return found


def members(holder, module):
    private = module.startswith("_")
    return sorted(
        name for name in vars(holder)
        if name not in _EVERYWHERE and name.isidentifier() and (not name.startswith("_") or name.endswith("__") or private)
    )


def ask():
    seen = set()

    def tell(kind, holder, names):
        print(kind, holder, *names)

    def tell_type(holder, value, module):
        if value in seen or value is object and holder != "builtins.object":
            return
        seen.add(value)
        tell("type", holder, members(value, module))

    for name in [*native_modules(), *_ALSO]:
        try:
            module = importlib.import_module(name)
        except ImportError:
            # The library behind it is not installed here: its name is all that is known.
            tell("module", name, [])
            continue
        tell("module", name, members(module, name))
        for attribute, value in sorted(vars(module).items()):
            if isinstance(value, type) and value.__module__ == name and attribute == value.__name__:
                tell_type(f"{name}.{attribute}", value, name)
    for holder, value in sorted(own_types().items()):
        tell_type(holder, value, "types")


def compare(path):
    unnamed = own_types()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            kind, holder, *names = line.split()
            try:
                if kind == "module":
                    found = importlib.import_module(holder)
                elif holder in unnamed:
                    found = unnamed[holder]
                else:
                    module, _, name = holder.rpartition(".")
                    found = getattr(importlib.import_module(module), name)
            except (ImportError, AttributeError):
                print(kind, holder, len(names), "*", sep="\t")
                continue
            have = set(dir(found))
            if kind == "type":
                # `dir` leaves out what a metaclass gives.
                missing = [name for name in names if name not in have and not hasattr(found, name)]
            else:
                missing = [name for name in names if name not in have]
            print(kind, holder, len(names), *missing, sep="\t")


if __name__ == "__main__":
    if sys.argv[1:] == ["ask"]:
        ask()
    elif sys.argv[1:2] == ["compare"] and len(sys.argv) == 3:
        compare(sys.argv[2])
    else:
        sys.exit("usage: names.py ask | names.py compare FILE")
