"""The finder and loader of the library that is embedded in the binary.

`sys.path` holds one entry for it, the path of a folder that need not exist (`sys._stdlib_dir`), so that
a program's own modules come first or last as they do where the library lies on disk. Where the folder is
there, what lies in it (`test`, extra packages) joins the library; the embedded modules go first.
"""

import sys
import _imp
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import FileFinder, _get_supported_file_loaders, _path_isdir, _path_isfile, _path_split


class EmbeddedLoader:
    """Loads modules of the embedded library."""

    def __init__(self, name, path):
        self.name = name
        self.path = path

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(self.get_code(module.__name__), module.__dict__)

    def get_code(self, fullname):
        return _imp._embedded_code(fullname, _root())

    def get_source(self, fullname):
        return _imp._embedded_source(fullname)

    def is_package(self, fullname):
        return _imp._embedded_find(fullname)[0]

    def get_filename(self, fullname):
        return self.path

    def __repr__(self):
        return f"<embedded loader of {self.name!r}>"


class EmbeddedFinder:
    """Finds modules below one folder of the embedded library, then in the folder itself."""

    def __init__(self, path):
        self.path = path
        self.disk = FileFinder(path, *_get_supported_file_loaders())

    def find_spec(self, fullname, target=None):
        found = _imp._embedded_find(fullname)
        if found is None:
            return self.disk.find_spec(fullname, target)
        is_package, relative = found
        folder = relative.rpartition("/")[0]
        if is_package:
            folder = folder.rpartition("/")[0]
        root = _root()
        if self.path != (root + "/" + folder if folder else root):
            return None
        origin = root + "/" + relative
        spec = ModuleSpec(fullname, EmbeddedLoader(fullname, origin), origin=origin, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations.append(origin.rpartition("/")[0])
        return spec

    def invalidate_caches(self):
        self.disk.invalidate_caches()

    def iter_modules(self, prefix=""):
        root = _root()
        inside = self.path[len(root) + 1:].replace("/", ".")
        for name, is_package in _imp._embedded_modules(inside):
            yield prefix + name, is_package


def _root():
    return sys._stdlib_dir


def path_hook(path):
    root = _root()
    if path == root or path.startswith(root + "/"):
        return EmbeddedFinder(path)
    raise ImportError("not a folder of the embedded library", path=path)


def zip_hook(path):
    # zipimport is imported only when a file stands on the path, or what looks like a folder below one.
    archive = path
    while not _path_isfile(archive):
        folder = _path_split(archive)[0]
        if folder == archive or _path_isdir(archive):
            raise ImportError("not a file", path=path)
        archive = folder
    from zipimport import zipimporter
    return zipimporter(path)


def install():
    sys.path_hooks.insert(0, zip_hook)
    sys.path_hooks.insert(0, path_hook)
