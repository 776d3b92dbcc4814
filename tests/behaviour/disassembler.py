"""`dis`, `opcode` and `inspect` on Orochi's own bytecode, and the source of the embedded library."""

import contextlib
import dis
import inspect
import io
import json
import linecache
import opcode
import traceback

from _run import main, message, raises


def f(x, *rest, y=3):
    try:
        for i in range(x):
            print(i + y, "text")
    except ValueError as error:
        raise KeyError from error
    return lambda: rest


def shown(x, **options):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        dis.dis(x, **options)
    return out.getvalue()


def test_dis_shows_every_instruction():
    text = shown(f)
    for part in ("LOAD_GLOBAL", "range", "CALL", "to L", "L1:", "ExceptionTable:", "RETURN", "Disassembly of <code object <lambda> at", "r0:x"):
        assert part in text, part
    first = f.__code__.co_firstlineno
    assert [int(line.split()[0]) for line in text.splitlines() if line[:5].strip().isdigit()][:5] == [first, first + 1, first + 2, first + 3, first + 2]
    assert "Disassembly of <code" not in shown(f, depth=0)
    assert shown("a = 1\nb = a") and "STORE_NAME" in shown("a = 1\nb = a") and "RETURN" in shown("1 + x")


def test_what_can_be_shown():
    class C:
        def m(self):
            return self.a

        @classmethod
        def k(cls):
            pass

    text = shown(C)
    assert "Disassembly of m:" in text and "Disassembly of k:" in text
    for x in (C().m, (i for i in ()), f.__code__, f.__code__.co_code):
        assert "RETURN" in shown(x), x
    assert message(TypeError, dis.dis, 5) == "don't know how to disassemble int objects"
    # Bytes that are no code, of any length, are shown somehow.
    for raw in (b"", b"\xff" * 8, b"\x00" * 7, bytes(range(256)) * 3):
        shown(raw)
        dis.findlabels(raw)


def test_instructions():
    all = list(dis.get_instructions(f))
    assert [i.offset for i in all] == sorted({i.offset for i in all}) and all[0].offset == 0 and all[-1].end_offset == len(f.__code__.co_code)
    names = {(i.opname, i.argval) for i in all}
    assert ("LOAD_GLOBAL", "range") in names and ("LOAD_CONST", "text") in names
    targets = {i.argval for i in all if i.opcode in dis.hasjump}
    assert targets and targets == set(dis.findlabels(f.__code__.co_code)) and targets <= {i.offset for i in all}
    load = next(i for i in all if i.opname == "LOAD_GLOBAL")
    assert load.positions.lineno == load.line_number == f.__code__.co_firstlineno + 2 and load.starts_line
    assert {i.opcode for i in all} <= set(opcode.opmap.values()) and dis.opname[all[0].opcode] == all[0].opname
    assert [i.line_number for i in dis.get_instructions(f, first_line=100) if i.opname == "LOAD_GLOBAL"][0] == 102
    assert [i.opname for i in dis.Bytecode("a.b = c")][-1] == "RETURN" and "STORE_ATTR" in dis.Bytecode("a.b = c").dis()
    assert f.__code__.co_firstlineno + 2 in dict(dis.findlinestarts(f.__code__)).values()


def test_the_instruction_of_a_traceback():
    try:
        1 / f.nothing
    except AttributeError as e:
        tb = e.__traceback__
    code = dis.Bytecode.from_traceback(tb)
    marked = [line for line in code.dis().splitlines() if line.strip().startswith("-->")]
    assert len(marked) == 1 and "LOAD_ATTR" in marked[0] and "nothing" in marked[0]


def test_what_others_ask_of_it():
    co = compile("import a.b\nfrom . import c, d\nx = 1\ndef y(): pass", "<m>", "exec")
    assert list(dis._find_imports(co)) == [("a.b", 0, None), ("", 1, ("c", "d"))] and {"x", "y"} <= set(dis._find_store_names(co))
    z = 1

    def g():
        return z, len, json, missing

    found = inspect.getclosurevars(g)
    assert found.nonlocals == {"z": 1} and found.globals == {"json": json} and found.builtins == {"len": len} and found.unbound == {"missing"}
    assert "NOFREE" in dis.COMPILER_FLAG_NAMES.values() and dis.pretty_flags(0x3) == "OPTIMIZED, NEWLOCALS"
    info = dis.code_info(f)
    assert "Name:              f\n" in info and "Kw-only arguments: 1\n" in info and "Variable names:\n   0: x\n   1: y\n   2: rest" in info


def shapes(a, b=2, *c, d=4):
    x = a + b
    return x, "s", 10**30, c, d


def test_replace():
    code = shapes.__code__
    names = [name for name in dir(code) if name.startswith("co_") and name not in ("co_lines", "co_positions", "co_branches", "co_lnotab")]
    for name in names:
        assert code.replace(**{name: getattr(code, name)}) == code, name
    other = code.replace(co_consts=tuple("t" if c == "s" else c for c in code.co_consts), co_firstlineno=100, co_varnames=("u", "v", "w", "y", "z"))
    f = type(shapes)(other, {}, argdefs=(2,))
    assert f(1, w=3)[1] == "t" and other.co_firstlineno == 100 and [line for _, _, line in other.co_lines()][0] in (100, 101) and other != code
    for wrong in ({"co_argcount": 50}, {"co_consts": ()}, {"co_names": (1,)}, {"co_code": b"x"}, {"co_code": b"\xff" * 16}, {"co_varnames": ()}, {"co_nlocals": 9}, {"co_consts": ([],)}, {"co_flags": 0xA0}, {"co_argcount": -1}, {"co_name": 1}, {"co_other": 1}):
        raises((ValueError, TypeError), code.replace, **wrong)


def test_changed_instructions_are_refused_or_harmless():
    import random

    chance = random.Random(5)
    code = shapes.__code__
    refused = 0
    for _ in range(600):
        raw = bytearray(code.co_code)
        for _ in range(chance.randint(1, 3)):
            raw[chance.randrange(8, len(raw))] = chance.randrange(256)
        try:
            changed = code.replace(co_code=bytes(raw))
        except ValueError:
            refused += 1
            continue
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                type(shapes)(changed, {"__builtins__": {}}, argdefs=(2,))(1)
        except BaseException:
            pass
    assert refused > 300


def test_source_of_the_library():
    assert inspect.getsource(json.loads).startswith("def loads(s, *, cls=None") and inspect.getsource(json).count("\n") > 300
    assert linecache.getline(json.__file__, json.loads.__code__.co_firstlineno, vars(json)).startswith("def loads(")
    e = raises(ValueError, json.loads, "{")
    text = "".join(traceback.format_exception(e))
    assert "    obj, end = self.raw_decode(s, idx=_w(s, 0).end())\n" in text
    assert json.__loader__.get_source("json").startswith("r")
    assert raises(ImportError, json.__loader__.get_source, "json.nothing")


if __name__ == "__main__":
    main(globals())
