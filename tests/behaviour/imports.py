"""Imports: modules, packages, relative imports, circles, reloading, __main__, import hooks, errors."""

import importlib
import os
import sys
import tempfile

from _run import main, message, raises


class Packages:
    """A folder of modules on the path, gone afterwards."""

    def __init__(self, files):
        self.files = files

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        for name, text in self.files.items():
            path = os.path.join(self.folder.name, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
        sys.path.insert(0, self.folder.name)
        importlib.invalidate_caches()
        self.before = set(sys.modules)
        return self.folder.name

    def __exit__(self, *error):
        sys.path.remove(self.folder.name)
        for name in set(sys.modules) - self.before:
            del sys.modules[name]
        self.folder.cleanup()


def test_forms():
    import collections.abc
    import math as m
    from os import path as p
    from os.path import join

    assert m.floor(1.5) == 1 and p.join is join and collections.abc.Sized and sys.modules["math"] is m and m.__name__ == "math"


def test_package():
    files = {
        "pk_a/__init__.py": "from .one import value\n__all__ = ['one', 'extra']\nextra = 5\nhidden = 6\n",
        "pk_a/one.py": "value = 1\nfrom . import two\nfrom .sub.deep import thing\n",
        "pk_a/two.py": "name = __name__\npackage = __package__\n",
        "pk_a/sub/__init__.py": "",
        "pk_a/sub/deep.py": "from ..two import name as thing\n",
        "ns_b/plain.py": "where = __spec__.name\n",
    }
    with Packages(files) as folder:
        import pk_a
        import pk_a.sub.deep as deep

        assert pk_a.value == 1 and pk_a.one.two.name == "pk_a.two" and pk_a.one.two.package == "pk_a" and deep.thing == "pk_a.two" and pk_a.__path__ == [folder + "/pk_a"]
        space = {}
        exec("from pk_a import *", space)
        assert space["extra"] == 5 and "hidden" not in space and space["one"] is pk_a.one
        import ns_b.plain

        assert ns_b.plain.where == "ns_b.plain"
        assert pk_a.__file__ == folder + "/pk_a/__init__.py"


def test_circle():
    files = {"ci_a.py": "import ci_b\nx = 1\n", "ci_b.py": "import ci_a\nearly = hasattr(ci_a, 'x')\n", "ci_c.py": "from ci_c import nope\n"}
    with Packages(files):
        import ci_a

        assert ci_a.ci_b.early is False and ci_a.x == 1
        assert "cannot import name" in message(ImportError, importlib.import_module, "ci_c")


def test_errors():
    assert message(ModuleNotFoundError, importlib.import_module, "no_such_thing") == "No module named 'no_such_thing'"
    raises(ModuleNotFoundError, importlib.import_module, "os.nothing")
    with Packages({"er_a.py": "1 / 0\n", "er_b.py": "def f(:\n"}):
        raises(ZeroDivisionError, importlib.import_module, "er_a")
        assert "er_a" not in sys.modules
        error = raises(SyntaxError, importlib.import_module, "er_b")
        assert error.filename.endswith("er_b.py") and error.lineno == 1
    assert "attempted relative import" in message(ImportError, exec, "from . import x", {"__name__": "top", "__package__": ""})


def test_reload_and_cache():
    with Packages({"re_a.py": "count = globals().get('count', 0) + 1\n"}):
        import re_a

        assert re_a.count == 1
        again = importlib.import_module("re_a")
        assert again is re_a and importlib.reload(re_a).count == 2
        del sys.modules["re_a"]
        import re_a as fresh

        assert fresh is not re_a and fresh.count == 1


def test_module_getattr_and_none():
    with Packages({"ga_a.py": "def __getattr__(name):\n    if name == 'lazy':\n        return 42\n    raise AttributeError(name)\n"}):
        import ga_a
        from ga_a import lazy

        assert lazy == ga_a.lazy == 42
        raises(ImportError, exec, "from ga_a import other")
        sys.modules["ga_none"] = None
        raises(ModuleNotFoundError, importlib.import_module, "ga_none")
        del sys.modules["ga_none"]


def test_finder():
    import importlib.abc
    import importlib.machinery

    class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, name, path, target=None):
            return importlib.machinery.ModuleSpec(name, self) if name == "made_up" else None

        def exec_module(self, module):
            module.answer = 42

    finder = Finder()
    sys.meta_path.insert(0, finder)
    try:
        import made_up

        assert made_up.answer == 42 and made_up.__loader__ is finder
    finally:
        sys.meta_path.remove(finder)
        sys.modules.pop("made_up", None)


def test_dunder_import_and_modules():
    assert __import__("os.path") is os and __import__("os.path", fromlist=["join"]) is os.path
    import types

    module = types.ModuleType("m", "doc")
    module.x = 1
    assert module.__name__ == "m" and module.__doc__ == "doc" and module.__dict__["x"] == 1 and repr(module) == "<module 'm'>"
    assert message(AttributeError, lambda: module.y) == "module 'm' has no attribute 'y'" and "x" in dir(module)


def test_zip():
    import zipfile

    with Packages({}) as folder:
        path = os.path.join(folder, "lib.zip")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("in_zip.py", "value = 'zipped'\n")
        sys.path.insert(0, path)
        try:
            import in_zip

            assert in_zip.value == "zipped"
        finally:
            sys.path.remove(path)


if __name__ == "__main__":
    main(globals())
