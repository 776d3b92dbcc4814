//! The wrapper's own promises: modes, depth, positions.
use super::*;

fn exec(source: &str) -> Result<Parsed, SyntaxFault> {
    parse(source, Mode::Exec, &Options::default())
}

#[test]
fn positions_are_byte_columns() {
    let parsed = exec("x = 'é'; y\r\nz").unwrap();
    let module = parsed.module().unwrap();
    let positions: Vec<_> = module.body.iter().map(|statement| parsed.position(statement.range())).collect();
    assert_eq!(positions, [(1, 0, 1, 8), (1, 10, 1, 11), (2, 0, 2, 1)]);
}

#[test]
fn depth_never_overflows() {
    for (source, kind) in [
        ("-".repeat(1_000_000) + "4", FaultKind::Memory),
        ("lambda:".repeat(100_000) + "4", FaultKind::Memory),
        ("a".to_owned() + &"()".repeat(500_000), FaultKind::Recursion),
        ("a".to_owned() + &".b".repeat(500_000), FaultKind::Recursion),
        ("a".to_owned() + &"[0]".repeat(500_000), FaultKind::Recursion),
        ("a".to_owned() + &"*a".repeat(500_000), FaultKind::Recursion),
        ("a if a else ".repeat(100_000) + "a", FaultKind::Recursion),
        ("f'{".repeat(100_000), FaultKind::Syntax),
        ("f'{a:".repeat(100_000), FaultKind::Syntax),
        ("(".repeat(100_000), FaultKind::Syntax),
    ] {
        let fault = exec(&source).unwrap_err();
        assert_eq!(fault.kind, kind, "{}", &source[..20]);
    }
    assert!(exec(&("if a: b\n".repeat(20_000))).is_ok());
    assert!(exec(&format!("x = [{}]", "-1, ".repeat(20_000))).is_ok());
    assert!(exec(&("-".repeat(2_000) + "4")).is_ok());
}

#[test]
fn nul_and_modes() {
    assert_eq!(exec("a\0").unwrap_err().location, None);
    assert!(parse("a + b", Mode::Eval, &Options::default()).unwrap().expression().is_some());
    assert!(parse("a = b", Mode::Eval, &Options::default()).is_err());
}
