"""The interpreters of the process. There is one for now; what would need another raises InterpreterError."""

import sys
import types

WHENCE_UNKNOWN, WHENCE_RUNTIME, WHENCE_LEGACY_CAPI, WHENCE_CAPI, WHENCE_XI, WHENCE_STDLIB = range(6)

_MAIN = 0


class InterpreterError(Exception):
    """A cross-interpreter operation failed"""


class InterpreterNotFoundError(InterpreterError):
    """An interpreter was not found"""


class NotShareableError(TypeError, ValueError):
    """An object cannot be passed to another interpreter."""


class CrossInterpreterBufferView:
    """A buffer of another interpreter. None can be made while there is one interpreter."""

    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create 'CrossInterpreterBufferView' instances")


def new_config(name="isolated", /, **overrides):
    """The settings of a kind of interpreter: isolated, legacy or empty; each can be replaced by name."""
    isolated = {"use_main_obmalloc": False, "allow_fork": False, "allow_exec": False, "allow_threads": True, "allow_daemon_threads": False,
                "check_multi_interp_extensions": True, "gil": "own"}
    legacy = {"use_main_obmalloc": True, "allow_fork": True, "allow_exec": True, "allow_threads": True, "allow_daemon_threads": True,
              "check_multi_interp_extensions": False, "gil": "shared"}
    empty = dict.fromkeys(isolated, False) | {"gil": "default"}
    kinds = {"isolated": isolated, "default": isolated, "legacy": legacy, "empty": empty, "": isolated}
    if name not in kinds:
        raise ValueError(f"unsupported config name '{name}'")
    unknown = overrides.keys() - isolated.keys()
    if unknown:
        raise ValueError(f"got {len(unknown)} unexpected kwargs: {', '.join(sorted(unknown))}")
    return types.SimpleNamespace(**(kinds[name] | overrides))


def _refuse(what):
    raise InterpreterError(f"{what}: other interpreters than the main one are not supported yet")


def _known(id):
    if not isinstance(id, int):
        raise TypeError(f"'{type(id).__name__}' object cannot be interpreted as an integer")
    if id < 0:
        raise ValueError(f"interpreter ID must be a non-negative int, got {id!r}")
    if id != _MAIN:
        raise InterpreterNotFoundError(f"unrecognized interpreter ID {id}")


def create(config="isolated", *, reqrefs=False):
    """Make an interpreter. Refused for now."""
    _refuse("interpreter creation failed")


def destroy(id, *, restrict=False):
    """End an interpreter. The main one cannot be ended."""
    _known(id)
    raise InterpreterError("cannot destroy the main interpreter")


def list_all(*, require_ready=False):
    """Ids and origins of all interpreters."""
    return [(_MAIN, WHENCE_RUNTIME)]


def get_current():
    """Id and origin of the running interpreter."""
    return (_MAIN, WHENCE_RUNTIME)


def get_main():
    """Id and origin of the main interpreter."""
    return (_MAIN, WHENCE_RUNTIME)


def whence(id):
    """How an interpreter was made."""
    _known(id)
    return WHENCE_RUNTIME


def get_config(id, *, restrict=False):
    """The settings of an interpreter."""
    _known(id)
    return new_config("legacy", gil="own", use_main_obmalloc=True)


def is_running(id, *, restrict=False):
    """Whether an interpreter runs a program in its __main__."""
    _known(id)
    return True


def is_shareable(obj):
    """Whether an object can be passed to another interpreter without a copy by pickle."""
    if type(obj) is tuple:
        return all(map(is_shareable, obj))
    return obj is None or type(obj) in (bool, int, float, str, bytes, memoryview)


def _in_main(id, what):
    _known(id)
    _refuse(what)


def exec(id, code, shared=None, *, restrict=False):
    """Run code in an interpreter."""
    _in_main(id, "exec()")


def run_string(id, script, shared=None, *, restrict=False):
    """Run a string in an interpreter."""
    _in_main(id, "run_string()")


def run_func(id, func, shared=None, *, restrict=False):
    """Run a function without arguments in an interpreter."""
    _in_main(id, "run_func()")


def call(id, callable, args=None, kwargs=None, *, preserve_exc=False, restrict=False):
    """Call a function in an interpreter."""
    _in_main(id, "call()")


def set___main___attrs(id, updates, *, restrict=False):
    """Set names of an interpreter's __main__."""
    _known(id)
    if not isinstance(updates, dict):
        raise TypeError(f"dict expected, got {type(updates).__name__}")
    for name, value in updates.items():
        if not is_shareable(value):
            raise NotShareableError(f"{value!r} does not support cross-interpreter data")
    vars(sys.modules["__main__"]).update(updates)


def capture_exception(exc=None):
    """What is told of an exception to another interpreter."""
    exc = sys.exception() if exc is None else exc
    if not isinstance(exc, BaseException):
        raise TypeError(f"expected exception, got '{exc!r}'")
    kind = type(exc)
    told = types.SimpleNamespace(__name__=kind.__name__, __qualname__=kind.__qualname__, __module__=kind.__module__)
    return types.SimpleNamespace(type=told, msg=str(exc), formatted=f"{kind.__name__}: {exc}", errdisplay=None)


def incref(id, *, implieslink=False, restrict=False):
    """Keep an interpreter; the main one stays anyway."""
    _known(id)


def decref(id, *, restrict=False):
    """Undo incref()."""
    _known(id)
