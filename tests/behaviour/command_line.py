"""The command line and how programs end: options, standard input, exit statuses, messages of uncaught errors."""

import os
import subprocess
import sys
import tempfile

from _run import main, message, raises


def run(*arguments, stdin="", **options):
    done = subprocess.run([sys.executable, *arguments], input=stdin, capture_output=True, text=True, timeout=60, **options)
    return done.returncode, done.stdout, done.stderr


def test_c_m_and_stdin():
    assert run("-c", "import sys; print(sys.argv, __name__)", "a", "-b") == (0, "['-c', 'a', '-b'] __main__\n", "")
    assert run("-", "x", stdin="import sys\nprint(sys.argv)\n") == (0, "['-', 'x']\n", "") and run(stdin="print(1 + 1)\n")[1] == "2\n"
    assert run("-m", "json.tool", "--compact", stdin='{"a": 1}')[1] == '{"a":1}\n'
    status, _, err = run("-m", "no_such_module")
    assert status == 1 and err.rstrip().endswith("No module named no_such_module")


def test_files_folders_and_zips():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "prog.py")
        with open(path, "w") as f:
            f.write("import sys, helper_x\nprint(__file__ == sys.argv[0], sys.argv[1:], helper_x.v)\n")
        with open(os.path.join(folder, "helper_x.py"), "w") as f:
            f.write("v = 5\n")
        assert run(path, "arg") == (0, "True ['arg'] 5\n", "")
        with open(os.path.join(folder, "__main__.py"), "w") as f:
            f.write("print('folder', __name__, __package__ == '')\n")
        assert run(folder)[1] == "folder __main__ True\n"
        import zipfile

        archive = os.path.join(folder, "app.zip")
        with zipfile.ZipFile(archive, "w") as z:
            z.writestr("__main__.py", "print('zipped')\n")
        assert run(archive)[1] == "zipped\n"


def test_scripts_know_their_loaders():
    show = "import sys; print(type(__loader__).__name__, getattr(__loader__, '__name__', None), __file__ == sys.argv[0])"
    assert run("-c", "print(__loader__.__name__)")[1] == "BuiltinImporter\n" == run(stdin="print(__loader__.__name__)")[1]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "prog.py")
        with open(path, "w") as f:
            f.write(show)
        assert run(path)[1] == "SourceFileLoader None True\n"
        import py_compile

        compiled = py_compile.compile(path, os.path.join(folder, "prog.pyc"))
        assert run(compiled)[1] == "SourcelessFileLoader None True\n"
        with open(compiled, "wb") as f:
            f.write(b"no code at all, but long enough")
        status, _, err = run(compiled)
        assert status == 1 and err.endswith("RuntimeError: Bad magic number in .pyc file\n")
        import zipfile

        archive = os.path.join(folder, "lib.zip")
        with zipfile.ZipFile(archive, "w") as z:
            z.writestr("package_x/__init__.py", "")
            z.writestr("package_x/module.py", "print(__name__, __package__)")
        assert run("-m", "package_x.module", env={"PYTHONPATH": archive})[1] == "__main__ package_x\n"
        assert run("-c", "import module", env={"PYTHONPATH": archive + "/package_x"})[1] == "module \n"
        assert run("-c", "import module", env={"PYTHONPATH": archive + "/absent"})[0] == 1


def test_prompt():
    """Statements from a pipe: prompts on standard error, results on standard output, errors end nothing."""
    status, out, err = run("-i", "-q", stdin="x = 20\nx + 1\n1/0\nfor i in range(2):\n    print(i)\n\n(x +\n 5)\nprint(input())\ntyped\n")
    assert status == 0 and out == "21\n0\n1\n25\ntyped\n", (status, out, err)
    assert err.startswith(">>> >>> >>> Traceback (most recent call last):\n") and err.endswith(">>> \n") and "... ... " in err
    assert '  File "<stdin>", line 1, in <module>\n    1/0\n    ~^~\nZeroDivisionError: division by zero\n' in err
    status, out, err = run("-i", stdin="def f(x):\n    return 1 / x\n\nf(0)\ndef g(x, x): ...\n")
    assert status == 0 and err.startswith("Python 3.14") and "    return 1 / x\n           ~~^~~\n" in err
    assert err.endswith("    def g(x, x): ...\n             ^\nSyntaxError: duplicate argument 'x' in function definition\n>>> \n")
    assert run("-i", "-q", stdin="raise SystemExit(7)\nprint('no')\n")[0] == 7
    assert run("-i", "-q", stdin="import os, sys\nsys.ps1 = 'ready '\nos.close(0)\n")[0] == 0
    status, out, err = run("-i", "-q", "-c", "y = 4\n1/0", stdin="y\n")
    assert status == 0 and out == "4\n" and "ZeroDivisionError" in err
    assert run("-i", "-q", stdin="from __future__ import annotations\ndef f(x: absent): pass\n\nf.__annotations__\n")[1] == "{'x': 'absent'}\n"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "startup.py")
        with open(path, "w") as f:
            f.write("started = 1\nprint('started', __file__)\n1/0\n")
        status, out, err = run("-i", "-q", stdin="started\n'__file__' in globals()\n", env={"PYTHONSTARTUP": path})
        assert out == f"started {path}\n1\nFalse\n", out
        assert "ZeroDivisionError" in err and status == 0
        assert "Could not open PYTHONSTARTUP" in run("-i", "-q", env={"PYTHONSTARTUP": path + "x"})[2]
    assert run("-i", "-q", stdin="'\\udc80'\n", env={"PYTHONIOENCODING": "ascii"})[1] == "'\\udc80'\n"


def test_import_times():
    err = run("-X", "importtime", "-c", "import colorsys, colorsys")[2]
    assert err.startswith("import time: self [us] | cumulative | imported package\n") and err.count("colorsys") == 1
    assert "cached     | colorsys\n" in run("-X", "importtime=2", "-c", "import colorsys, colorsys")[2]
    assert run("-X", "importtime=3", "-c", "")[0] == 1 and run("-c", "", env={"PYTHONPROFILEIMPORTTIME": "1"})[2].startswith("import time:")


def test_keywords_are_not_mangled():
    class Mangling:
        def call(self):
            return dict(__a=1, **{"b": 2}), dict(__c=3)

    assert Mangling().call() == ({"__a": 1, "b": 2}, {"__c": 3})


def test_exit_statuses():
    assert run("-c", "raise SystemExit")[0] == 0 and run("-c", "import sys; sys.exit(5)")[0] == 5 and run("-c", "import sys; sys.exit('words')") == (1, "", "words\n") and run("-c", "1/0")[0] == 1
    assert run("-c", "import os; os._exit(9)")[0] == 9 and run("-c", "import atexit; atexit.register(print, 'bye'); print('hi')")[1] == "hi\nbye\n"
    assert run("-c", "import threading, time; threading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()")[1] == "late\n"


def test_uncaught_errors():
    status, out, err = run("-c", "def f():\n    return 1/0\nf()")
    assert status == 1 and err.startswith("Traceback (most recent call last):\n") and err.endswith("ZeroDivisionError: division by zero\n") and 'File "<string>", line 3, in <module>' in err
    status, out, err = run("-c", "x = = 1")
    assert status == 1 and err.endswith("SyntaxError: invalid syntax\n") and "^" in err
    status, out, err = run("-c", "raise KeyError('k') from ValueError('v')")
    assert "direct cause" in err and err.endswith("KeyError: 'k'\n")
    assert run("-c", "raise ExceptionGroup('g', [ValueError(1)])")[2].count("ValueError: 1") == 1


def test_bad_input():
    status, _, err = run("/no/such/file.py")
    assert status == 2 and "can't open file '/no/such/file.py': [Errno 2] No such file or directory" in err
    status, _, err = run("-Z")
    assert status == 2 and err.startswith("Unknown option: -Z\nusage: ")
    status, _, err = run("-c")
    assert status == 2 and "Argument expected for the -c option" in err
    with tempfile.NamedTemporaryFile(suffix=".py") as f:
        f.write(b"x = '\xff'\n")
        f.flush()
        status, _, err = run(f.name)
        assert status == 1 and "SyntaxError: (unicode error) 'utf-8' codec can't decode byte 0xff" in err or "Non-UTF-8 code" in err
        f.seek(0)
        f.write(b"x = 1\0\n")
        f.truncate()
        f.flush()
        status, _, err = run(f.name)
        assert status == 1 and "null bytes" in err


def test_version_and_help():
    status, out, _ = run("-V")
    assert status == 0 and out.startswith("Python 3.14") and run("--version")[1] == out and len(run("-VV")[1]) >= len(out)
    assert run("-h")[1].startswith("usage: ")


def test_options():
    assert run("-O", "-c", "assert False; print(__debug__)")[1] == "False\n" and run("-OO", "-c", "def f():\n 'doc'\nprint(f.__doc__)")[1] == "None\n"
    assert run("-I", "-c", "import sys; print(sys.flags.isolated, sys.flags.ignore_environment)")[1] == "1 1\n" and run("-B", "-c", "import sys; print(sys.dont_write_bytecode)")[1] == "True\n"
    assert run("-W", "error", "-c", "import warnings; warnings.warn('w')")[0] == 1 and run("-q", "-c", "print(1)")[1] == "1\n" and run("-u", "-c", "print(1)")[1] == "1\n" and run("-S", "-c", "import sys; print('site' in sys.modules)")[1] == "False\n"
    assert run("-X", "utf8", "-X", "custom=5", "-c", "import sys; print(sys._xoptions['custom'])")[1] == "5\n" and run("-E", "-c", "import sys; print('x' in sys.path)", env={**os.environ, "PYTHONPATH": "x"})[1] == "False\n"
    assert run("-ic", "print(1)", stdin="")[1].startswith("1\n")


def test_settings_of_the_environment():
    def ask(code, *arguments, **variables):
        env = {**os.environ, **variables}
        return run(*arguments, "-c", code, env=env)[1].strip()

    cpus = "import os; print(os.cpu_count(), os.process_cpu_count())"
    assert ask(cpus, "-X", "cpu_count=4321") == "4321 4321" == ask(cpus, PYTHON_CPU_COUNT="4321") and ask(cpus, "-X", "cpu_count=default", PYTHON_CPU_COUNT="7") == ask(cpus)
    digits = "import sys; print(sys.flags.int_max_str_digits, sys.get_int_max_str_digits())"
    assert ask(digits) == "4300 4300" and ask(digits, "-X", "int_max_str_digits=0") == "0 0" and ask(digits, "-X", "int_max_str_digits=6000", PYTHONINTMAXSTRDIGITS="4000") == "6000 6000"
    prefix = "import sys; print(sys.pycache_prefix)"
    assert ask(prefix, PYTHONPYCACHEPREFIX="p") == "p" and ask(prefix, "-X", "pycache_prefix=q", PYTHONPYCACHEPREFIX="p") == "q" and ask(prefix, "-X", "pycache_prefix", PYTHONPYCACHEPREFIX="p") == "None"
    flags = "import sys; f = sys.flags; print(f.optimize, f.debug, f.dev_mode, f.hash_randomization)"
    assert ask(flags, PYTHONOPTIMIZE="2", PYTHONDEBUG="x", PYTHONDEVMODE="1", PYTHONHASHSEED="0") == "2 1 True 0" and ask(flags, "-R", PYTHONHASHSEED="0") == "0 0 False 1"
    for bad in (("-X", "cpu_count=0"), ("-X", "int_max_str_digits=100"), ("-X", "int_max_str_digits")):
        status, out, err = run(*bad, "-c", "print(1)")
        assert (status, out) == (1, "") and err.startswith("Fatal Python error: config_init_"), err
    status, out, err = run("-c", "1", env={**os.environ, "PYTHONHASHSEED": "x"})
    assert status == 1 and "PYTHONHASHSEED must be" in err
    assert ask("import sys; print(sys.warnoptions)", "-bb", "-W", "ignore", PYTHONWARNINGS="error", PYTHONDEVMODE="1") == "['default', 'error', 'ignore', 'error::BytesWarning']"


def test_command_is_dedented():
    assert run("-c", "\n    print(1)\n    if 1:\n        print(2)\n  \n")[1] == "1\n2\n" and run("-c", "  \t\n\n ") == (0, "", "")
    assert run("-c", "# coding: latin-1\nprint(ascii('\u00e6'))")[1] == "'\\xe6'\n"


def test_verbose():
    status, out, err = run("-v", "-c", "import json")
    assert status == 0 and "import 'json' #" in err and out == ""


def test_closed_streams():
    code = "import os, sys; os._exit(40 + (sys.stdin is None) + 2 * (sys.stdout is None) + 4 * (sys.stderr is None))"
    for redirection, wanted in (("<&-", 41), (">&-", 42), ("2>&-", 44), ("<&- >&- 2>&-", 47), ("", 40)):
        assert subprocess.run(["sh", "-c", f'"$0" -c "$1" {redirection}', sys.executable, code], timeout=60).returncode == wanted, redirection


def test_warnings_before_anybody_imports_them():
    status, out, err = run("-c", "x = '\\d'")
    assert status == 0 and err.startswith('<string>:1: SyntaxWarning: "\\d" is an invalid escape sequence'), err
    assert "RuntimeWarning: coroutine 'f' was never awaited" in run("-c", "async def f(): pass\nf()")[2]
    status, out, err = run("-W", "error", "-c", "x = '\\d'")
    assert status == 1 and "SyntaxError" in err
    assert run("-c", "import sys; print('warnings' in sys.modules)")[1] == "False\n"


def test_breakpoint():
    env = {**os.environ, "PYTHONBREAKPOINT": "0"}
    assert run("-c", "print(breakpoint(1, x=2))", env=env) == (0, "None\n", "")
    env["PYTHONBREAKPOINT"] = "builtins.print"
    assert run("-c", "breakpoint(1, 2, sep='-')", env=env)[1] == "1-2\n"
    env["PYTHONBREAKPOINT"] = "no_such.thing"
    status, out, err = run("-c", "breakpoint(); print('on')", env=env)
    assert (status, out) == (0, "on\n") and 'RuntimeWarning: Ignoring unimportable $PYTHONBREAKPOINT: "no_such.thing"' in err
    assert run("-c", "import sys; sys.breakpointhook = lambda *a: print(a); breakpoint(3)")[1] == "(3,)\n"
    status, out, err = run("-c", "import sys; del sys.breakpointhook; breakpoint()")
    assert status == 1 and err.endswith("RuntimeError: lost sys.breakpointhook\n")


def test_broken_pipe():
    done = subprocess.run(f"{sys.executable} -c \"import sys\nfor i in range(100000): print(i)\" | head -1", shell=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "0\n" and "panicked" not in done.stderr
    done = subprocess.run([sys.executable, "-c", "print('x')"], stdout=open("/dev/full", "w"), stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode in (1, 120) and "No space left" in done.stderr


def test_deep_recursion_ends_well():
    status, _, err = run("-c", "def f(): f()\nf()")
    assert status == 1 and err.rstrip().endswith("RecursionError: maximum recursion depth exceeded") and "more times]" in err
    status, _, err = run("-c", "import sys; sys.setrecursionlimit(10**6)\nclass A:\n def __repr__(self): return repr(self)\nrepr(A())")
    assert status == 1 and "RecursionError" in err


def test_thread_that_dies():
    status, out, err = run("-c", "import threading\nt = threading.Thread(target=lambda: 1/0, name='T')\nt.start(); t.join(); print('goes on')")
    assert status == 0 and out == "goes on\n" and err.startswith("Exception in thread T:\nTraceback") and "ZeroDivisionError" in err


def test_streams_without_a_locale_pass_bytes_on():
    code = "import sys; print(sys.stdin.errors, sys.stdout.errors, sys.stderr.errors)"
    plain = {k: v for k, v in os.environ.items() if k not in ("LC_ALL", "LC_CTYPE", "LANG", "PYTHONIOENCODING", "PYTHONUTF8")}
    for extra in {}, {"LC_ALL": "C"}, {"LANG": "POSIX"}, {"PYTHONIOENCODING": ":surrogateescape"}:
        assert run("-c", code, env={**plain, **extra})[1] == "surrogateescape surrogateescape backslashreplace\n", extra
    assert run("-c", code, env={**plain, "PYTHONIOENCODING": "utf-8"})[1] == "strict strict backslashreplace\n"


if __name__ == "__main__":
    main(globals())
