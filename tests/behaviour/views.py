"""`-X dump=tokens|ast|bytecode`: what is made of a program, printed in place of running it."""

import ast
import os
import subprocess
import sys
import tempfile
import tokenize

from _run import main

PROGRAM = '''\
import sys
def outer(a, b=(2,), *rest, key=None, **more):
    """The docstring."""
    def inner():
        return a + len(rest)
    try:
        for item in rest:
            print(f"{item!r:>{key}}", 10 ** 30, b"x", 1.5)
    except (ValueError, TypeError) as error:
        raise KeyError("\\u00e9") from error
    return inner
class C:
    x: int = 1
    async def m(self):
        async with self as s:
            yield [i async for i in s]
raise SystemExit("it ran")
'''


def dump(view, *arguments, stdin="", **options):
    done = subprocess.run([sys.executable, "-X", "dump=" + view, *arguments], input=stdin, capture_output=True, text=True, timeout=60, **options)
    return done.returncode, done.stdout, done.stderr


def test_bytecode():
    status, out, err = dump("bytecode", "-", stdin=PROGRAM)
    assert (status, err) == (0, "")
    heads = [line.split()[1] for line in out.splitlines() if line.startswith("code ")]
    assert heads == ["<module>", "outer", "outer.<locals>.inner", "C", "C.m", "C.__annotate__"], heads
    for part in ("  file <stdin>\n", "| return a + len(rest)\n", "    5     0  ", 'constant k0 = "The docstring."', "LoadGlobal", "except ", " -> ", "MakeFunction", "async generator", "  names ", "  locals a, b, key, rest, more"):
        assert part in out, part
    # A jump goes to the start of an instruction of its code object.
    for part in out.split("\n\n"):
        starts = {line[6:11].strip() for line in part.splitlines() if line[6:11].strip().isdigit() and line[11:13] == "  "}
        targets = {line.rpartition("-> ")[2] for line in part.splitlines() if " -> " in line and not line.startswith("  except")}
        assert targets <= starts, (targets, starts)


def test_bytecode_is_that_of_the_optimisation_level():
    assert "AssertionError" in dump("bytecode", "-c", "assert x")[1] and "AssertionError" not in dump("bytecode", "-O", "-c", "assert x")[1]


def test_tree():
    status, out, err = dump("ast", "-c", PROGRAM)
    assert (status, err) == (0, "") and out == ast.dump(ast.parse(PROGRAM), indent=2) + "\n"


def test_tokens():
    status, out, err = dump("tokens", "-c", PROGRAM)
    assert (status, err) == (0, "")
    rows = [(line[:20].strip(), line[20:35].strip(), line[35:]) for line in out.splitlines()]
    lines = iter(PROGRAM.splitlines(keepends=True))
    wanted = [
        (f"{t.start[0]},{t.start[1]}-{t.end[0]},{t.end[1]}:", tokenize.tok_name[t.exact_type], repr(t.string))
        for t in tokenize.generate_tokens(lambda: next(lines, ""))
    ]
    assert rows == wanted, [pair for pair in zip(rows, wanted) if pair[0] != pair[1]][:3]


def test_where_programs_come_from():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "prog.py")
        with open(path, "w") as f:
            f.write("# coding: latin-1\nprint('ran')\n")
        assert dump("bytecode", path, "arg")[1].startswith("code <module> line 1") and f"  file {path}\n" in dump("bytecode", path)[1]
        with open(os.path.join(folder, "__main__.py"), "w") as f:
            f.write("print('main ran')\n")
        assert "'main ran'" in dump("ast", folder)[1]
        import zipfile

        archive = os.path.join(folder, "app.zip")
        with zipfile.ZipFile(archive, "w") as z:
            z.writestr("__main__.py", "print('zipped')\n")
        assert "'zipped'" in dump("tokens", archive)[1]
        assert "Constant(value='ran')" in dump("ast", "-m", "prog", cwd=folder)[1]
        status, out, err = dump("ast", os.path.join(folder, "none.py"))
        assert (status, out) == (2, "") and "can't open file" in err
        os.mkdir(os.path.join(folder, "empty"))
        status, out, err = dump("ast", os.path.join(folder, "empty"))
        assert (status, out) == (1, "") and "can't find '__main__' module" in err and "Traceback" not in err
    assert "code JSONDecoder " in dump("bytecode", "-m", "json.decoder")[1] and "def" in dump("tokens", "-m", "json.decoder")[1]
    status, out, err = dump("ast", "-m", "no_such_module")
    assert (status, out) == (1, "") and err.rstrip().endswith("No module named no_such_module") and "Traceback" not in err
    assert dump("bytecode", stdin="")[1].startswith("code <module>")


def test_wrong_programs_and_values():
    for view in ("ast", "bytecode"):
        status, out, err = dump(view, "-c", "x = = 1")
        assert (status, out) == (1, "") and err.endswith("SyntaxError: invalid syntax\n") and "    x = = 1\n" in err
    status, out, err = dump("tokens", "-c", "x = (1")
    assert (status, out) == (1, "") and err.endswith("SyntaxError: '(' was never closed\n")
    assert dump("bytecode", "-c", "return 1")[2].endswith("SyntaxError: 'return' outside function\n")
    for bad in ("dump", "dump=", "dump=trees"):
        done = subprocess.run([sys.executable, "-X", bad, "-c", "print(1)"], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (1, "") and done.stderr.startswith('Fatal Python error: bad value for option -X dump (expected "tokens", "ast" or "bytecode")\n')
    done = subprocess.run([sys.executable, "-X", "gil=2", "-c", "print(1)"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stderr.startswith("Fatal Python error: config_read_gil")


def test_nothing_runs():
    status, out, err = dump("bytecode", "-i", "-c", "print('ran')", stdin="print('prompt')\n")
    assert status == 0 and "\nran\n" not in out and "prompt" not in out and err == ""


def test_a_full_device():
    done = subprocess.run([sys.executable, "-X", "dump=ast", "-c", "1"], stdout=open("/dev/full", "w"), stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1 and "No space left" in done.stderr


if __name__ == "__main__":
    main(globals())
