//! `from __future__ import ...`: which features a source turns on, and where such an import may stand.

use orochi_bytecode::flags;
use orochi_syntax::ast::{Expr, Stmt};
use orochi_syntax::{FaultKind, Parsed, Tree};

use crate::fault::Outcome;

fn is_future(statement: &Stmt) -> bool {
    match statement {
        Stmt::ImportFrom(node) => {
            node.level == 0 && node.module.as_ref().is_some_and(|name| name.id.as_str() == "__future__")
        }
        _ => false,
    }
}

/// The `CO_FUTURE_*` bits of a source.
///
/// # Errors
/// An unknown feature, or an import that comes too late.
pub fn features(parsed: &Parsed) -> Outcome<u32> {
    let Tree::Module(module) = parsed.tree() else { return Ok(0) };
    let mut bits = 0;
    let mut may_be_docstring = true;
    let mut open = true;
    for statement in &module.body {
        if is_future(statement) {
            let Stmt::ImportFrom(node) = statement else { continue };
            if !open {
                let message = "from __future__ imports must occur at the beginning of the file";
                return Err(Box::new(parsed.fault(FaultKind::Syntax, message, node.range)));
            }
            for alias in &node.names {
                bits |= match alias.name.id.as_str() {
                    // Mandatory for long: no bit any more.
                    "nested_scopes" | "generators" | "division" | "absolute_import" | "with_statement"
                    | "print_function" | "unicode_literals" | "generator_stop" => 0,
                    "barry_as_FLUFL" => flags::FUTURE_BARRY_AS_BDFL,
                    "annotations" => flags::FUTURE_ANNOTATIONS,
                    "braces" => {
                        return Err(Box::new(parsed.fault(FaultKind::Syntax, "not a chance", alias.range)));
                    }
                    other => {
                        let message = format!("future feature {other} is not defined");
                        return Err(Box::new(parsed.fault(FaultKind::Syntax, message, alias.range)));
                    }
                };
            }
            may_be_docstring = false;
            continue;
        }
        let text = matches!(statement, Stmt::Expr(node) if matches!(&*node.value, Expr::StringLiteral(_)));
        if text && may_be_docstring {
            may_be_docstring = false;
        } else {
            open = false;
        }
    }
    // Anywhere deeper it is too late as well.
    late(&module.body, parsed, true)?;
    Ok(bits)
}

fn late(body: &[Stmt], parsed: &Parsed, top: bool) -> Outcome {
    for statement in body {
        if is_future(statement) && !top {
            let range = orochi_syntax::text_size::Ranged::range(statement);
            let message = "from __future__ imports must occur at the beginning of the file";
            return Err(Box::new(parsed.fault(FaultKind::Syntax, message, range)));
        }
        let bodies: Vec<&[Stmt]> = match statement {
            Stmt::FunctionDef(n) => vec![&n.body],
            Stmt::ClassDef(n) => vec![&n.body],
            Stmt::For(n) => vec![&n.body, &n.orelse],
            Stmt::While(n) => vec![&n.body, &n.orelse],
            Stmt::If(n) => {
                let mut all: Vec<&[Stmt]> = vec![&n.body];
                all.extend(n.elif_else_clauses.iter().map(|clause| &clause.body[..]));
                all
            }
            Stmt::With(n) => vec![&n.body],
            Stmt::Match(n) => n.cases.iter().map(|case| &case.body[..]).collect(),
            Stmt::Try(n) => {
                let mut all: Vec<&[Stmt]> = vec![&n.body, &n.orelse, &n.finalbody];
                all.extend(n.handlers.iter().filter_map(|h| h.as_except_handler()).map(|h| &h.body[..]));
                all
            }
            _ => continue,
        };
        for inner in bodies {
            crate::emit::with_stack(|| late(inner, parsed, false))?;
        }
    }
    Ok(())
}
