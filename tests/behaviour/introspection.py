"""sys, inspect, frames and code objects: what a program can learn of itself."""

import inspect
import sys
import types

from _run import main, message, raises


def test_sys():
    assert sys.version_info[:2] == (3, 14) and sys.version_info.major == 3 and sys.maxsize == 2**63 - 1 and sys.byteorder in ("little", "big") and sys.platform == "linux" and sys.maxunicode == 0x10FFFF
    assert isinstance(sys.argv, list) and isinstance(sys.path, list) and sys.modules["sys"] is sys and "sys" in sys.builtin_module_names and sys.getdefaultencoding() == "utf-8" and sys.hash_info.modulus == 2**61 - 1
    assert sys.float_info.max == 1.7976931348623157e308 and sys.int_info.default_max_str_digits == 4300 and sys.implementation.name and sys.getsizeof([]) > 0 and sys.intern("abc") == "abc" and sys.stdout is not None and sys.flags.optimize == 0
    assert isinstance(sys._is_gil_enabled(), bool)


def test_frames():
    def f():
        local = 5
        frame = inspect.currentframe()
        return frame.f_code.co_name, frame.f_back.f_code.co_name, frame.f_locals["local"], frame.f_lineno - f.__code__.co_firstlineno, frame.f_globals is globals()

    assert f() == ("f", "test_frames", 5, 3, True)
    assert sys._getframe(0).f_code is test_frames.__code__ and [s.function for s in inspect.stack()][:2] == ["test_frames", "main"]


def test_f_locals_writes_through():
    def f():
        x = 1
        sys._getframe().f_locals["x"] = 2
        return x

    assert f() == 2


def test_code():
    def f(a, b, /, c=1, *args, d, **kw):
        e = lambda: a
        return e

    code = f.__code__
    assert (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount) == (3, 2, 1) and code.co_varnames == ("a", "b", "c", "d", "args", "kw", "e") and code.co_cellvars == ("a",) and code.co_name == "f" and code.co_filename == __file__
    assert code.co_flags & inspect.CO_VARARGS and code.co_flags & inspect.CO_VARKEYWORDS and any(isinstance(c, types.CodeType) for c in code.co_consts) and code.replace(co_name="g").co_name == "g"
    assert any(line == code.co_firstlineno + 1 for _, _, line in code.co_lines()) and types.FunctionType((lambda: 42).__code__, {})() == 42


def test_inspect():
    class C:
        "doc"

        def m(self, x: int = 1) -> str:
            return str(x)

        @property
        def p(self):
            return 1

    assert inspect.isclass(C) and inspect.isfunction(C.m) and inspect.ismethod(C().m) and inspect.isgeneratorfunction(lambda: (yield)) and inspect.isbuiltin(len) and inspect.ismodule(sys) and inspect.getdoc(C) == "doc"
    assert str(inspect.signature(C.m)) == "(self, x: int = 1) -> str" and str(inspect.signature(C().m)) == "(x: int = 1) -> str" and [n for n, _ in inspect.getmembers(C(), inspect.ismethod)] == ["m"]
    assert inspect.getsource(test_sys).startswith("def test_sys():\n") and inspect.getfile(C) == __file__ and inspect.getmro(bool) == (bool, int, object) and inspect.unwrap(len) is len


def test_dir_vars_and_type():
    class A:
        x = 1

        def __init__(self):
            self.y = 2

        def __dir__(self):
            return ["custom"]

    assert dir(A()) == ["custom"] and "x" in dir(A) and vars(A())["y"] == 2 and "append" in dir([]) and type(A()) is A and A().__class__ is A and A.__dict__["x"] == 1 and type(A.__dict__).__name__ == "mappingproxy"
    assert id(A) == id(A) and callable(A) and hash(A) == hash(A) and sorted(dir())[0] == "A" and "main" in globals()


def test_trace_and_profile():
    events = []

    def tracer(frame, event, arg):
        if frame.f_code.co_name == "traced":
            events.append(event)
        return tracer

    def traced():
        a = 1
        return a

    old = sys.gettrace()
    sys.settrace(tracer)
    try:
        traced()
    finally:
        sys.settrace(old)
    assert events == ["call", "line", "line", "return"], events
    calls = []
    sys.setprofile(lambda frame, event, arg: calls.append((event, frame.f_code.co_name)))
    try:
        traced()
        len([])
    finally:
        sys.setprofile(None)
    assert ("call", "traced") in calls and ("return", "traced") in calls and any(e == "c_call" for e, _ in calls)


def test_dis_and_ast():
    import ast

    tree = ast.parse("x = 1 + y")
    assert ast.dump(tree.body[0].value) == "BinOp(left=Constant(value=1), op=Add(), right=Name(id='y', ctx=Load()))" and ast.unparse(tree) == "x = 1 + y" and ast.literal_eval("{'a': [1, (2, None)]}") == {"a": [1, (2, None)]}

    class Double(ast.NodeTransformer):
        def visit_Constant(self, node):
            return ast.copy_location(ast.Constant(node.value * 2), node)

    space = {"y": 1}
    exec(compile(ast.fix_missing_locations(Double().visit(tree)), "<t>", "exec"), space)
    assert space["x"] == 3
    raises(ValueError, ast.literal_eval, "f()")


def test_types_module():
    assert types.SimpleNamespace(a=1, b="x").a == 1 and repr(types.SimpleNamespace(a=1)) == "namespace(a=1)" and types.MappingProxyType({"k": 1})["k"] == 1 and type(lambda: 0) is types.FunctionType and isinstance(int | str, types.UnionType) and types.new_class("N", (), {}).__name__ == "N"
    raises(TypeError, exec, "import types; types.MappingProxyType({})['a'] = 1")


def test_module_of_instances():
    import weakref

    for x in 1, 1.0, "", [], ValueError():
        assert not hasattr(x, "__module__") and type(x).__module__ == "builtins"
    assert "__module__" not in int.__dict__

    class Odd(dict):
        def __getattr__(self, name):
            return self[name]

    odd = Odd()
    assert odd.__module__ == __name__ and "Odd" in repr(weakref.ref(odd))


def test_locals_of_a_frame_that_has_returned():
    def plain():
        first, result = [1], [2]
        kept.append(sys._getframe())
        return result

    def generator():
        result = [3]
        kept.append(sys._getframe())
        yield
        return result

    kept = []
    plain()
    list(generator())
    assert kept[0].f_locals["first"] == [1] and kept[0].f_locals["result"] == [2], dict(kept[0].f_locals)
    assert kept[1].f_locals["result"] == [3], dict(kept[1].f_locals)


if __name__ == "__main__":
    main(globals())
