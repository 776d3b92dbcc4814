"""Programs that do not compile: the message, the line, the column, and what the compiler warns of."""

import warnings

from _run import main, raises


def error(source, mode="exec"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return raises(SyntaxError, compile, source, "<test>", mode)


def test_messages():
    cases = {
        "x = = 1": "invalid syntax",
        "if x\n  pass": "expected ':'",
        "def f(:\n pass": "invalid syntax",
        "print 'x'": "Missing parentheses in call to 'print'. Did you mean print(...)?",
        "x = (1,": "'(' was never closed",
        "x = 1)": "unmatched ')'",
        "x = (1]": "closing parenthesis ']' does not match opening parenthesis '('",
        "'abc": "unterminated string literal (detected at line 1)",
        "1 = x": "cannot assign to literal here. Maybe you meant '==' instead of '='?",
        "f() = x": "cannot assign to function call here. Maybe you meant '==' instead of '='?",
        "return 1": "'return' outside function",
        "yield 1": "'yield' outside function",
        "break": "'break' outside loop",
        "continue": "'continue' not properly in loop",
        "def f(a, a): pass": "duplicate argument 'a' in function definition",
        "def f(a=1, b): pass": "parameter without a default follows parameter with a default",
        "f(a=1, a=2)": "keyword argument repeated: a",
        "f(a=1, 2)": "positional argument follows keyword argument",
        "nonlocal x": "nonlocal declaration not allowed at module level",
        "def f():\n x = 1\n global x": "name 'x' is assigned to before global declaration",
        "def f():\n nonlocal q": "no binding for nonlocal 'q' found",
        "from __future__ import nothing": "future feature nothing is not defined",
        "x = 1\nfrom __future__ import annotations": "from __future__ imports must occur at the beginning of the file",
        "a, *b, *c = x": "multiple starred expressions in assignment",
        "*a = x": "starred assignment target must be in a list or tuple",
        "del f()": "cannot delete function call",
        "try:\n pass\nx": "expected 'except' or 'finally' block",
        "try: pass\nexcept: pass\nexcept ValueError: pass": "default 'except:' must be last",
        "def f():\n from x import *": "import * only allowed at module level",
        "class C:\n return 1": "'return' outside function",
        "None = 1": "cannot assign to None",
        "def f(None): pass": "invalid syntax",
        "x: int: str": "invalid syntax",
        "f'{'": "f-string: expecting '}'",
        "f'{}'": "f-string: valid expression required before '}'",
        "0777": "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
        "1_": "invalid decimal literal",
        "0b12": "invalid digit '2' in binary literal",
        "x = 5a": "invalid decimal literal",
        "a = $": "invalid syntax",
        "with open() as 1: pass": "cannot assign to literal",
        "(yield) = 1": "cannot assign to yield expression here. Maybe you meant '==' instead of '='?",
        "lambda: (x := 1, y = 2)": "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
        "x = b'é'": "bytes can only contain ASCII literal characters",
        "'\\N{no such name}'": "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-15: unknown Unicode character name",
    }
    wrong = []
    for source, expected in cases.items():
        got = error(source).msg
        if got != expected:
            wrong.append((source, got, expected))
    assert not wrong, wrong


def test_indentation():
    e = error("if x:\npass")
    assert type(e) is IndentationError and e.msg == "expected an indented block after 'if' statement on line 1" and e.lineno == 2
    assert type(error("  x = 1")) is IndentationError and error("  x = 1").msg == "unexpected indent"
    assert error("if x:\n    a\n  b").msg == "unindent does not match any outer indentation level"
    assert type(error("if x:\n\ta\n        b\n")) is TabError


def test_positions():
    e = error("x = 1\ny = 2 +\nz = 3")
    assert (e.filename, e.lineno, e.offset, e.text.rstrip()) == ("<test>", 2, 8, "y = 2 +")
    e = error("def f():\n    return (1,\n\nx = 2")
    assert e.lineno == 2 and e.offset == 12
    e = error("a = 'é漢' + + = 3")
    assert e.lineno == 1 and e.offset == 14


def test_null_bytes_and_deep_nesting():
    raises(SyntaxError, compile, "x = 1\0", "<test>", "exec")
    raises((SyntaxError, MemoryError, RecursionError), compile, "(" * 5000 + ")" * 5000, "<test>", "exec")
    raises((SyntaxError, MemoryError, RecursionError), compile, "-" * 200_000 + "1", "<test>", "eval")
    raises(SyntaxError, eval, "")
    raises(SyntaxError, compile, "a b", "<test>", "eval")
    raises(SyntaxError, compile, "x = 1", "<test>", "eval")


def test_single_mode_and_incomplete_input():
    import codeop

    assert codeop.compile_command("if x:") is None and codeop.compile_command("x = 1") is not None
    raises(SyntaxError, codeop.compile_command, "x = = 1")


def test_warnings():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        compile("x is 5", "<test>", "exec")
        compile("'\\d'", "<test>", "exec")
        compile("assert (1, 'always true')", "<test>", "exec")
    assert [w.category for w in seen] == [SyntaxWarning] * 3 and '"is" with' in str(seen[0].message) and "invalid escape sequence" in str(seen[1].message)


if __name__ == "__main__":
    main(globals())
