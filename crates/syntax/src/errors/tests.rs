//! Mistakes, and what python3.14 says about them: source, kind, message, line, column, end line, end column.
use crate::fault::FaultKind::{self, Indentation, Syntax, Tab};
use crate::parse::{Mode, Options, parse};

type Case = (&'static str, FaultKind, &'static str, i64, i64, i64, i64);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("a b", Syntax, "invalid syntax", 1, 3, 1, 4),
    ("(a b)", Syntax, "invalid syntax. Perhaps you forgot a comma?", 1, 2, 1, 5),
    ("a = = b", Syntax, "invalid syntax", 1, 5, 1, 6),
    ("(", Syntax, "'(' was never closed", 1, 1, 1, 0),
    ("(\n1,\n2", Syntax, "'(' was never closed", 1, 1, 1, 0),
    ("]", Syntax, "unmatched ']'", 1, 1, 1, 1),
    ("(]", Syntax, "closing parenthesis ']' does not match opening parenthesis '('", 1, 2, 1, 2),
    ("(\n]", Syntax, "closing parenthesis ']' does not match opening parenthesis '(' on line 1", 2, 1, 2, 1),
    ("if x\n  y", Syntax, "expected ':'", 1, 5, 1, 6),
    ("if x:\ny", Indentation, "expected an indented block after 'if' statement on line 1", 2, 1, 2, 2),
    ("while x:\n", Indentation, "expected an indented block after 'while' statement on line 1", 1, 9, 1, -1),
    ("for a in b\n  c", Syntax, "expected ':'", 1, 11, 1, 12),
    ("def f(:\n  x", Syntax, "invalid syntax", 1, 7, 1, 8),
    ("def f()\n  pass", Syntax, "expected ':'", 1, 8, 1, 9),
    ("class A\n  pass", Syntax, "expected ':'", 1, 8, 1, 9),
    ("class A:\n", Indentation, "expected an indented block after class definition on line 1", 1, 9, 1, -1),
    ("try:\n  a\nb", Syntax, "expected 'except' or 'finally' block", 3, 1, 3, 2),
    ("else:", Syntax, "invalid syntax", 1, 1, 1, 5),
    ("f(a=1, b)", Syntax, "positional argument follows keyword argument", 1, 9, 1, 10),
    ("f(**a, b)", Syntax, "positional argument follows keyword argument unpacking", 1, 9, 1, 10),
    ("f(a.b=1)", Syntax, "expression cannot contain assignment, perhaps you meant \"==\"?", 1, 3, 1, 7),
    ("f(True=1)", Syntax, "cannot assign to True", 1, 3, 1, 8),
    ("f(a for a in b, c)", Syntax, "Generator expression must be parenthesized", 1, 3, 1, 15),
    ("a() = 1", Syntax, "cannot assign to function call here. Maybe you meant '==' instead of '='?", 1, 1, 1, 4),
    ("a + b = 1", Syntax, "cannot assign to expression here. Maybe you meant '==' instead of '='?", 1, 1, 1, 6),
    ("None = 1", Syntax, "cannot assign to None", 1, 1, 1, 5),
    ("(a, 1) = 2", Syntax, "cannot assign to literal", 1, 5, 1, 6),
    ("[a, b()] = 2", Syntax, "cannot assign to function call", 1, 5, 1, 8),
    ("x = (yield) = 1", Syntax, "cannot assign to yield expression", 1, 6, 1, 11),
    ("del f()", Syntax, "cannot delete function call", 1, 5, 1, 8),
    ("del (a, b+1)", Syntax, "cannot delete expression", 1, 9, 1, 12),
    ("for f() in x: pass", Syntax, "cannot assign to function call", 1, 5, 1, 8),
    ("with a as f(): pass", Syntax, "cannot assign to function call", 1, 11, 1, 14),
    ("a += b += c", Syntax, "invalid syntax", 1, 8, 1, 10),
    ("a + 1 += 2", Syntax, "'expression' is an illegal expression for augmented assignment", 1, 1, 1, 6),
    ("if a = 3: pass", Syntax, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", 1, 4, 1, 9),
    ("if f() = 3: pass", Syntax, "cannot assign to function call here. Maybe you meant '==' instead of '='?", 1, 4, 1, 7),
    ("while x.y = 3: pass", Syntax, "cannot assign to attribute here. Maybe you meant '==' instead of '='?", 1, 7, 1, 10),
    ("print 1", Syntax, "Missing parentheses in call to 'print'. Did you mean print(...)?", 1, 1, 1, 8),
    ("exec 'a'", Syntax, "Missing parentheses in call to 'exec'. Did you mean exec(...)?", 1, 1, 1, 9),
    ("'abc", Syntax, "unterminated string literal (detected at line 1)", 1, 1, 1, 1),
    ("'''abc", Syntax, "unterminated triple-quoted string literal (detected at line 1)", 1, 1, 1, 1),
    ("f'abc", Syntax, "unterminated f-string literal (detected at line 1)", 1, 1, 1, 1),
    ("f'{a", Syntax, "'{' was never closed", 1, 3, 1, 0),
    ("f'{}'", Syntax, "f-string: valid expression required before '}'", 1, 4, 1, 5),
    ("f'{a b}'", Syntax, "invalid syntax. Perhaps you forgot a comma?", 1, 4, 1, 7),
    ("f'{a!x}'", Syntax, "f-string: invalid conversion character 'x': expected 's', 'r', or 'a'", 1, 6, 1, 7),
    ("f'{a!}'", Syntax, "f-string: missing conversion character", 1, 6, 1, 7),
    ("f'{!r}'", Syntax, "f-string: valid expression required before '!'", 1, 4, 1, 5),
    ("f'}'", Syntax, "f-string: single '}' is not allowed", 1, 3, 1, 3),
    ("t'{a!x}'", Syntax, "t-string: invalid conversion character 'x': expected 's', 'r', or 'a'", 1, 6, 1, 7),
    ("'a' b'b'", Syntax, "cannot mix bytes and nonbytes literals", 1, 9, 1, 10),
    ("b'é'", Syntax, "bytes can only contain ASCII literal characters", 1, 1, 1, 5),
    ("'\\N{foo}'", Syntax, "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-6: unknown Unicode character name", 1, 1, 1, 10),
    ("x = \u{a0}1", Syntax, "invalid non-printable character U+00A0", 1, 5, 1, 5),
    ("x ≠ y", Syntax, "invalid character '≠' (U+2260)", 1, 3, 1, 3),
    ("0123", Syntax, "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers", 1, 1, 1, 2),
    ("1_", Syntax, "invalid decimal literal", 1, 2, 1, 2),
    ("0x", Syntax, "invalid hexadecimal literal", 1, 2, 1, 2),
    ("0o9", Syntax, "invalid digit '9' in octal literal", 1, 3, 1, 3),
    ("0b2", Syntax, "invalid digit '2' in binary literal", 1, 3, 1, 3),
    ("1e", Syntax, "invalid decimal literal", 1, 1, 1, 1),
    ("1abc", Syntax, "invalid decimal literal", 1, 1, 1, 1),
    ("12if_", Syntax, "invalid syntax", 1, 3, 1, 6),
    ("a\\ b", Syntax, "unexpected character after line continuation character", 1, 3, 1, 0),
    ("a\\", Syntax, "unexpected EOF while parsing", 1, 3, 1, -1),
    ("  a", Indentation, "unexpected indent", 1, 2, 1, -1),
    ("a\n  b", Indentation, "unexpected indent", 2, 2, 2, -1),
    ("if a:\n    b\n  c", Indentation, "unindent does not match any outer indentation level", 3, 4, 3, -1),
    ("if a:\n\tb\n        c", Tab, "inconsistent use of tabs and spaces in indentation", 3, 1, 3, 0),
    ("def f(a=1, b): pass", Syntax, "parameter without a default follows parameter with a default", 1, 12, 1, 13),
    ("def f(*): pass", Syntax, "named arguments must follow bare *", 1, 7, 1, 8),
    ("def f(a, *, **k): pass", Syntax, "named arguments must follow bare *", 1, 10, 1, 11),
    ("def f(**k, a): pass", Syntax, "arguments cannot follow var-keyword argument", 1, 12, 1, 13),
    ("def f(*a, *b): pass", Syntax, "* argument may appear only once", 1, 11, 1, 12),
    ("def f(/, a): pass", Syntax, "at least one argument must precede /", 1, 7, 1, 8),
    ("def f(a, /, b, /): pass", Syntax, "/ may appear only once", 1, 16, 1, 17),
    ("def f((a, b)): pass", Syntax, "Function parameters cannot be parenthesized", 1, 7, 1, 13),
    ("lambda (a): 1", Syntax, "Lambda expression parameters cannot be parenthesized", 1, 8, 1, 11),
    ("lambda a=1, b: 1", Syntax, "parameter without a default follows parameter with a default", 1, 13, 1, 14),
    ("import a.b as c.d", Syntax, "cannot use attribute as import target", 1, 15, 1, 18),
    ("from a import b,", Syntax, "trailing comma not allowed without surrounding parentheses", 1, 17, 1, 18),
    ("from a import", Syntax, "Expected one or more names after 'import'", 1, 14, 1, 14),
    ("import", Syntax, "Expected one or more names after 'import'", 1, 7, 1, 7),
    ("import a from b", Syntax, "Did you mean to use 'from ... import ...' instead?", 1, 1, 1, 16),
    ("from a import (b, c", Syntax, "'(' was never closed", 1, 15, 1, 0),
    ("[x for x y]", Syntax, "'in' expected after for-loop variables", 1, 10, 1, 11),
    ("[x, y for x in z]", Syntax, "did you forget parentheses around the comprehension target?", 1, 2, 1, 6),
    ("[*x for x in y]", Syntax, "iterable unpacking cannot be used in comprehension", 1, 2, 1, 4),
    ("{**x for x in y}", Syntax, "dict unpacking cannot be used in dict comprehension", 1, 2, 1, 4),
    ("{1: 2, 3}", Syntax, "':' expected after dictionary key", 1, 8, 1, 0),
    ("{1: *a}", Syntax, "cannot use a starred expression in a dictionary value", 1, 5, 1, 7),
    ("{1:}", Syntax, "expression expected after dictionary key and ':'", 1, 3, 1, 4),
    ("{1: 2, 3 4}", Syntax, "':' expected after dictionary key", 1, 8, 1, 0),
    ("x if y", Syntax, "expected 'else' after 'if' expression", 1, 1, 1, 7),
    ("x if y else pass", Syntax, "expected expression after 'else', but statement is given", 1, 13, 1, 17),
    ("pass if x else y", Syntax, "expected expression before 'if', but statement is given", 1, 1, 1, 5),
    ("(*a)", Syntax, "cannot use starred expression here", 1, 2, 1, 4),
    ("(**a)", Syntax, "cannot use double starred expression here", 1, 2, 1, 4),
    ("*a, = b = 1 +", Syntax, "invalid syntax", 1, 14, 1, 15),
    ("match x:\n  case a.b as c.d: pass", Syntax, "cannot use attribute as pattern target", 2, 15, 2, 18),
    ("match x:\ncase 1: pass", Indentation, "expected an indented block after 'match' statement on line 1", 2, 1, 2, 5),
    ("match x:\n  case A(b=1, 2): pass", Syntax, "positional patterns follow keyword patterns", 2, 15, 2, 16),
    ("try:\n a\nexcept A, B as c:\n b", Syntax, "multiple exception types must be parenthesized when using 'as'", 3, 8, 3, 17),
    ("try:\n a\nexcept* :\n b", Syntax, "expected one or more exception types", 3, 9, 3, 10),
    ("try:\n a\nexcept A:\n b\nexcept* B:\n c", Syntax, "cannot have both 'except' and 'except*' on the same 'try'", 5, 1, 5, 8),
    ("if a:\n b\nelse:\n c\nelif d:\n e", Syntax, "'elif' block follows an 'else' block", 5, 1, 5, 5),
    ("async x", Syntax, "invalid syntax", 1, 7, 1, 8),
    ("await", Syntax, "invalid syntax", 1, 6, 1, 7),
    ("return return", Syntax, "invalid syntax", 1, 8, 1, 14),
    ("global a.b", Syntax, "invalid syntax", 1, 9, 1, 10),
    ("nonlocal 1", Syntax, "invalid syntax", 1, 10, 1, 11),
    ("def f[]: pass", Syntax, "Type parameter list cannot be empty", 1, 7, 1, 7),
    ("type A[*T: int] = 1", Syntax, "cannot use bound with TypeVarTuple", 1, 10, 1, 15),
    ("a: int: str", Syntax, "invalid syntax", 1, 7, 1, 8),
    ("(a, b): int", Syntax, "only single target (not tuple) can be annotated", 1, 1, 1, 7),
    ("[a]: int", Syntax, "only single target (not list) can be annotated", 1, 1, 1, 4),
    ("a(): int", Syntax, "illegal target for annotation", 1, 1, 1, 4),
    ("x = 1 <> 2", Syntax, "invalid syntax.  Maybe you meant '!=' instead of '<>'?", 1, 7, 1, 9),
    ("not", Syntax, "invalid syntax", 1, 4, 1, 5),
    ("a and", Syntax, "invalid syntax", 1, 6, 1, 7),
    ("a not b", Syntax, "invalid syntax", 1, 7, 1, 8),
    ("a + not b", Syntax, "'not' after an operator must be parenthesized", 1, 5, 1, 10),
    ("- not a", Syntax, "'not' after an operator must be parenthesized", 1, 3, 1, 8),
    ("@\ndef f(): pass", Syntax, "invalid syntax", 1, 2, 1, 3),
    ("with a, b\n  c", Syntax, "expected ':'", 1, 10, 1, 11),
    ("assert", Syntax, "invalid syntax", 1, 7, 1, 8),
    ("raise a from", Syntax, "invalid syntax", 1, 13, 1, 14),
    ("lambda: yield", Syntax, "invalid syntax", 1, 9, 1, 14),
    ("f'{lambda x: 1}'", Syntax, "f-string: lambda expressions are not allowed without parentheses", 1, 4, 1, 13),
    ("f'{a:{b:{c:{d}}}}'", Syntax, "f-string: expressions nested too deeply", 1, 11, 1, 11),
    ("é = 1 2", Syntax, "invalid syntax", 1, 7, 1, 8),
    ("x = 'a' + éé 1", Syntax, "invalid syntax", 1, 14, 1, 15),
];

#[test]
fn messages_and_places() {
    let mut wrong = Vec::new();
    for &(source, kind, message, line, column, end_line, end_column) in CASES {
        let found = parse(source, Mode::Exec, &Options::default()).err().map(|fault| {
            let place = fault.location.map(|l| (l.line, l.column, l.end_line, l.end_column));
            (fault.kind, fault.message, place)
        });
        let wanted = Some((kind, message.to_owned(), Some((line, column, end_line, end_column))));
        if found != wanted {
            wrong.push(format!("{source:?}\n  want {wanted:?}\n  got  {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn message(source: &str) -> String {
    parse(source, Mode::Exec, &Options::default()).err().map_or_else(String::new, |fault| fault.message)
}

#[test]
fn limits() {
    assert_eq!(message(&"(".repeat(201)), "too many nested parentheses");
    let stairs: String = (0..101).map(|depth| " ".repeat(depth) + "if 1:\n").collect();
    assert_eq!(message(&stairs), "too many levels of indentation");
    // Nothing here may take exponential time or overflow a stack.
    for source in [
        "(".repeat(199) + "a b" + &")".repeat(199),
        "[".repeat(199) + "a b",
        "{".repeat(199) + "a b" + &"}".repeat(199),
        "f(".repeat(199) + "a=b c" + &")".repeat(199),
        "match x:\n case ".to_owned() + &"[".repeat(150) + "1" + &"]".repeat(150) + " = : pass",
        "match x:\n case ".to_owned() + &"A(".repeat(150) + "1 2" + &")".repeat(150) + ": pass",
        "a[".repeat(199) + "0 0" + &"]".repeat(199) + " = 1",
        "-".repeat(5_000) + "a b",
        "not ".repeat(5_000) + "a b",
        "lambda: ".repeat(5_000) + "a b",
        "a ** ".repeat(5_000) + "a b",
        "a if b else ".repeat(2_000) + "a b",
        "lambda a=".repeat(1_000) + "a b",
        "f'{".repeat(100) + "a b" + &"}'".repeat(100),
        "x = ".repeat(5_000) + "a b",
    ] {
        assert!(!message(&source).is_empty(), "{}", &source[..30]);
    }
}

#[test]
fn interactive_input() {
    let options = Options { allow_incomplete: true, dont_imply_dedent: true };
    let kind = |source: &str| parse(source, Mode::Single, &options).err().map(|fault| fault.kind);
    for complete in ["a = 1", "a = 1\n", "if 1:\n  pass\n", "if 1: pass\n", "def f():\n  return 1\n\n", "@a\ndef f(): pass\n"] {
        assert_eq!(kind(complete), None, "{complete:?}");
    }
    for incomplete in ["(", "if 1:", "if 1:\n", "if 1:\n  pass", "'''a", "try:\n  a", "@a\n", "x = (1,\n", "def f():", "a = 'x\\\n"] {
        assert_eq!(kind(incomplete), Some(FaultKind::Incomplete), "{incomplete:?}");
    }
    for wrong in ["a = = 1\n", "if 1:\n  a\nb = = 2\n", "]", "a = 1\nb = 2\n", "x = \\"] {
        assert_eq!(kind(wrong), Some(Syntax), "{wrong:?}");
    }
}
