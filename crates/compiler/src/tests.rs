//! Tests of the compiler's edges: limits, modes, options, text forms.

use orochi_bytecode::{Code, Const, Op, flags, verify};

use super::*;

fn code(source: &str) -> Code {
    with(source, Mode::Exec, &Options::default())
}
fn with(source: &str, mode: Mode, options: &Options) -> Code {
    let (code, _) = compile(source, b"t", mode, options).unwrap_or_else(|fault| panic!("{}", fault.message));
    verify(&code).unwrap_or_else(|refusal| panic!("{refusal}"));
    code
}
fn fault(source: &str) -> Box<SyntaxFault> {
    match compile(source, b"t", Mode::Exec, &Options::default()) {
        Ok(_) => panic!("compiles: {:.60}", source),
        Err(fault) => fault,
    }
}
fn ops(code: &Code) -> Vec<Op> {
    let mut at = 0;
    let mut out = Vec::new();
    while let Some(word) = code.words.get(at) {
        let op = Op::from_byte(word.op_byte()).expect("opcode");
        out.push(op);
        at += op.size();
    }
    out
}
fn inner(code: &Code) -> &Code {
    let found = code.constants.iter().find_map(|c| if let Const::Code(code) = c { Some(code) } else { None });
    found.expect("inner code")
}

#[test]
fn a_function_beyond_16_bit_jumps() {
    let mut source = String::from("def f(a, b):\n    for i in a:\n        while a < b:\n            if a == b: continue\n");
    for _ in 0..20_000 {
        source.push_str("            a.x(b)\n");
    }
    let code = code(&source);
    let f = inner(&code);
    assert!(f.words.len() > 40_000);
    assert!(ops(f).contains(&Op::Loop));
}

#[test]
fn very_long_displays_and_calls() {
    let items: Vec<String> = (0..50_000).map(|i| format!("x{}", i % 10)).collect();
    let joined = items.join(", ");
    for source in [
        format!("a = [{joined}]"),
        format!("a = ({joined})"),
        format!("a = {{{joined}}}"),
        format!("f({joined})"),
        format!("a = {{{}}}", items.iter().map(|x| format!("{x}: {x}")).collect::<Vec<_>>().join(", ")),
    ] {
        assert!(code(&source).register_count < 600);
    }
    let keywords: Vec<String> = (0..3000).map(|i| format!("k{i}=x")).collect();
    code(&format!("f(a, {})", keywords.join(", ")));
    let numbers: Vec<String> = (0..100_000).map(|i| i.to_string()).collect();
    let code = code(&format!("a = [{}]", numbers.join(", ")));
    assert!(code.words.len() < 20, "a constant list is built from a constant");
}

#[test]
fn too_many_names_is_an_error() {
    let source: String = (0..70_000).map(|i| format!("n{i}\n")).collect();
    assert_eq!(fault(&source).message, "too many names in one code object");
    let source: String = format!("def f():\n{}", (0..70_000).map(|i| format!("  n{i} = 1\n")).collect::<String>());
    assert_eq!(fault(&source).message, "too many local variables in one code object");
    // Constants may be many.
    let source: String = (0..70_000).map(|i| format!("x = {i}\nx < {i}\n")).collect();
    code(&source);
}

#[test]
fn deep_nesting_ends_in_an_error_or_code() {
    for depth in [50, 90, 150, 1000, 5000, 20_000] {
        for (open, middle, close) in [("(", "x", ")"), ("[", "x", "]"), ("-", "x", ""), ("f(", "x", ")"), ("not ", "x", "")] {
            let source = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
            let _ = compile(&source, b"t", Mode::Exec, &Options::default());
        }
        let source = format!("x = {}1", "1 + a + ".repeat(depth));
        let _ = compile(&source, b"t", Mode::Exec, &Options::default());
        let source = format!("if x: pass\n{}", "elif x: pass\n".repeat(depth));
        let _ = compile(&source, b"t", Mode::Exec, &Options::default());
        let source = format!("x = {}", "lambda: ".repeat(depth) + "1");
        let _ = compile(&source, b"t", Mode::Exec, &Options::default());
        let source = format!("x{}", ".a".repeat(depth));
        let _ = compile(&source, b"t", Mode::Exec, &Options::default());
    }
}

#[test]
fn optimisation_levels() {
    let source = "def f():\n    'doc'\n    assert a\n    return __debug__\n";
    let level = |optimize| with(source, Mode::Exec, &Options { optimize, ..Options::default() });
    let (zero, one, two) = (level(0), level(1), level(2));
    assert!(ops(inner(&zero)).contains(&Op::LoadAssertionError));
    assert!(!ops(inner(&one)).contains(&Op::LoadAssertionError));
    assert!(inner(&zero).constants.contains(&Const::True));
    assert!(inner(&one).constants.contains(&Const::False));
    assert!(inner(&one).flags & flags::HAS_DOCSTRING != 0);
    assert!(inner(&two).flags & flags::HAS_DOCSTRING == 0);
}

#[test]
fn modes() {
    let code = with("1 + x\n", Mode::Eval, &Options::default());
    assert_eq!(ops(&code).last(), Some(&Op::Return));
    let code = with("for i in x: i\n", Mode::Single, &Options::default());
    assert!(ops(&code).contains(&Op::Intrinsic1));
    let code = with("def f():\n  x\n\n", Mode::Single, &Options::default());
    assert!(!ops(&code).contains(&Op::Intrinsic1));
}

#[test]
fn top_level_await() {
    let options = Options { allow_top_level_await: true, ..Options::default() };
    for source in ["await x", "async with a: pass", "async for a in b: pass", "[a async for a in b]"] {
        assert!(with(source, Mode::Exec, &options).flags & flags::COROUTINE != 0, "{source}");
    }
    assert!(with("x", Mode::Exec, &options).flags & flags::COROUTINE == 0);
    assert_eq!(fault("await x").message, "'await' outside function");
}

#[test]
fn inherited_future_features() {
    let options = Options { future: flags::FUTURE_ANNOTATIONS, ..Options::default() };
    let code = with("x: (1 +  2)", Mode::Exec, &options);
    assert!(code.constants.contains(&Const::Str(b"1 + 2".as_slice().into())));
    assert!(code.flags & flags::FUTURE_ANNOTATIONS != 0);
}

#[test]
fn annotations_as_text() {
    // Pairs of what is written and what `from __future__ import annotations` keeps.
    for (source, wanted) in [
        ("a|b", "a | b"),
        ("(a,)", "(a,)"),
        ("a[b,c]", "a[b, c]"),
        ("a[b:c, :]", "a[b:c, :]"),
        ("-x**2", "-x ** 2"),
        ("(-x)**2", "(-x) ** 2"),
        ("a if b else c", "a if b else c"),
        ("lambda x,*y,z=1,**k:x", "lambda x, *y, z=1, **k: x"),
        ("'it\\'s'", "\"it's\""),
        ("b'a\\n'", "b'a\\n'"),
        ("f(x,*y,k=1,**z)", "f(x, *y, k=1, **z)"),
        ("[x for x in y if z]", "[x for x in y if z]"),
        ("{1:2,**a}", "{1: 2, **a}"),
        ("not a and b or c", "not a and b or c"),
        ("(a or b) and c", "(a or b) and c"),
        ("a<b<=c", "a < b <= c"),
        ("1e100", "1e+100"),
        ("1.0", "1.0"),
        ("2j", "2j"),
        ("0xff", "255"),
        ("f'{a!r:>{w}} {b}'", "f'{a!r:>{w}} {b}'"),
        ("a.b.c", "a.b.c"),
        ("(yield)", ""),
    ] {
        let outcome =
            compile(&format!("from __future__ import annotations\nx: {source}"), b"t", Mode::Exec, &Options::default());
        match outcome {
            Ok((code, _)) => {
                let wanted = Const::Str(wanted.as_bytes().into());
                assert!(code.constants.contains(&wanted), "{source}: {:?}", code.constants);
            }
            Err(fault) => assert!(wanted.is_empty(), "{source}: {}", fault.message),
        }
    }
}

#[test]
fn docstrings_are_cleaned() {
    for (source, wanted) in [
        ("  a\n    b\n      c\n    ", "a\nb\n  c\n"),
        ("a\n\n  b", "a\n\nb"),
        ("a\n\tb\n        c", "a\nb\nc"),
        ("a", "a"),
        ("", ""),
    ] {
        assert_eq!(String::from_utf8(docstring::clean(source.as_bytes())).as_deref(), Ok(wanted), "{source:?}");
    }
}

#[test]
fn big_integers_fold_by_sign() {
    let code = code("a = 9223372036854775808\nb = -9223372036854775808\nc = 0x1_0000_0000_0000_0000\nd = -0x1ffffffffffffffffff");
    let big = |negative, bytes: &[u8]| Const::BigInt { negative, magnitude: bytes.into() };
    for wanted in [
        big(false, &[0, 0, 0, 0, 0, 0, 0, 0x80]),
        Const::Int(i64::MIN),
        big(false, &[0, 0, 0, 0, 0, 0, 0, 0, 1]),
        big(true, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
    ] {
        assert!(code.constants.contains(&wanted), "{wanted:?} in {:?}", code.constants);
    }
    let code = super::tests::code("x = 123456789012345678901234567890");
    let Some(Const::BigInt { magnitude, .. }) = code.constants.first() else { panic!("{:?}", code.constants) };
    let value = magnitude.iter().rev().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    assert_eq!(value, "018ee90ff6c373e0ee4e3f0ad2");
}

#[test]
fn constants_fold_as_they_are_seen() {
    for (source, wanted) in [
        ("-0.0", Const::Float(-0.0)),
        ("1 + 2j", Const::Complex(1.0, 2.0)),
        ("-1 - 2j", Const::Complex(-1.0, -2.0)),
        ("'a' 'b' + 'c'", Const::Str(b"abc".as_slice().into())),
        ("2 ** 62", Const::Int(1 << 62)),
        ("-7 // 2", Const::Int(-4)),
        ("-7 % 3", Const::Int(2)),
        ("(1, (2, None))", Const::Tuple([Const::Int(1), Const::Tuple([Const::Int(2), Const::None].into())].into())),
        ("not 1", Const::False),
    ] {
        let code = code(&format!("x = {source}"));
        assert!(code.constants.contains(&wanted), "{source}: {:?}", code.constants);
    }
    for source in ["1 / 0", "1 << 1000", "'a' * 100000", "2 ** 100000", "1 % 0", "(1,)[5]"] {
        assert!(ops(&code(&format!("x = {source}"))).len() > 3, "{source} is left to run time");
    }
}

#[test]
fn symbol_tables_can_be_asked() {
    let parsed = orochi_syntax::parse("def f(a):\n  global g\n  return lambda: a + g\n", Mode::Exec, &Default::default());
    let parsed = parsed.unwrap_or_else(|fault| panic!("{}", fault.message));
    let table = symbol_table(&parsed, &Options::default()).unwrap_or_else(|fault| panic!("{}", fault.message));
    let names: Vec<&str> = table.scopes.iter().map(|scope| scope.name.as_str()).collect();
    assert_eq!(names, ["top", "f", "<lambda>"]);
    let places: Vec<_> = table.scopes[1].symbols.iter().map(|s| (s.name.as_str(), s.place)).collect();
    assert_eq!(places, [("a", symtable::Place::Cell), ("g", symtable::Place::GlobalExplicit)]);
}

#[test]
fn names_are_mangled_in_classes_only() {
    let code = code("class _A:\n    def f(self):\n        return self.__x\n");
    let names: Vec<&[u8]> = inner(inner(&code)).names.iter().map(|n| &**n).collect();
    assert_eq!(names, [b"_A__x"]);
}
