//! Expressions and patterns as text, with the parentheses that precedence asks for.

use orochi_heap::Value;
use orochi_objects::type_::type_name;
use orochi_objects::{PyResult, protocol, str};

use super::Writer;

const TEST: u8 = 1;
const OR: u8 = 2;
const AND: u8 = 3;
const NOT: u8 = 4;
const COMPARE: u8 = 5;
const BIT_OR: u8 = 6;
const FACTOR: u8 = 12;
const POWER: u8 = 13;
const AWAIT: u8 = 14;
const ATOM: u8 = 15;

/// Sign and precedence of a binary operator.
fn binary_sign(op: &str) -> (&'static str, u8) {
    match op {
        "Add" => ("+", 10),
        "Sub" => ("-", 10),
        "Mult" => ("*", 11),
        "MatMult" => ("@", 11),
        "Div" => ("/", 11),
        "Mod" => ("%", 11),
        "FloorDiv" => ("//", 11),
        "Pow" => ("**", POWER),
        "LShift" => ("<<", 9),
        "RShift" => (">>", 9),
        "BitXor" => ("^", 7),
        "BitAnd" => ("&", 8),
        _ => ("|", BIT_OR),
    }
}

impl Writer<'_> {
    fn bracketed(&mut self, need: bool, f: impl FnOnce(&mut Self) -> PyResult<()>) -> PyResult<()> {
        if need {
            self.put("(");
        }
        f(self)?;
        if need {
            self.put(")");
        }
        Ok(())
    }

    fn context(&self, node: &Value, class: &str, wanted: &str) -> PyResult<()> {
        let ctx = self.field(node, class, "ctx")?;
        let has = self.class_in(&ctx, "expr_context")?;
        if has != wanted {
            return Err(self.t.value_error(format!("expression must have {wanted} context but has {has} instead")));
        }
        Ok(())
    }

    pub(super) fn exprs(&mut self, all: &[Value], ctx: &str) -> PyResult<()> {
        let mut first = true;
        for e in all {
            self.comma(&mut first);
            if e.is_none() {
                return Err(self.t.value_error("None disallowed in expression list"));
            }
            self.expr(e, TEST, ctx)?;
        }
        Ok(())
    }

    fn field_expr(&mut self, node: &Value, class: &str, name: &str, least: u8) -> PyResult<()> {
        let e = self.required(node, class, name)?;
        self.expr(&e, least, "Load")
    }

    pub(super) fn binary_operator(&self, node: &Value, class: &str) -> PyResult<(&'static str, u8)> {
        let op = self.required(node, class, "op")?;
        Ok(binary_sign(self.class_in(&op, "operator")?))
    }

    /// Writes an expression. `least` is the precedence below which it needs parentheses.
    pub(super) fn expr(&mut self, e: &Value, least: u8, ctx: &str) -> PyResult<()> {
        let t = self.t;
        t.check_stack(" during ast construction")?;
        if self.out.len() > super::LIMIT {
            return Err(t.memory_error());
        }
        let class = self.class_in(e, "expr")?;
        self.position(e, "expr")?;
        if ctx != "Load" && !matches!(class, "Attribute" | "Subscript" | "Starred" | "Name" | "List" | "Tuple") {
            return Err(t.value_error(format!("expression which can't be assigned to in {ctx} context")));
        }
        match class {
            "BoolOp" => {
                let op = self.required(e, class, "op")?;
                let (sign, level) = if self.class_in(&op, "boolop")? == "And" { (" and ", AND) } else { (" or ", OR) };
                let values = self.items(e, class, "values")?;
                if values.len() < 2 {
                    return Err(t.value_error("BoolOp with less than 2 values"));
                }
                self.bracketed(least > level, |w| {
                    for (i, v) in values.iter().enumerate() {
                        if i > 0 {
                            w.put(sign);
                        }
                        w.expr(v, level + 1, "Load")?;
                    }
                    Ok(())
                })
            }
            "NamedExpr" => self.bracketed(true, |w| {
                let target = w.required(e, class, "target")?;
                w.expr(&target, ATOM, "Store")?;
                w.put(" := ");
                w.field_expr(e, class, "value", TEST)
            }),
            "BinOp" => {
                let (sign, level) = self.binary_operator(e, class)?;
                let power = level == POWER;
                self.bracketed(least > level, |w| {
                    w.field_expr(e, class, "left", if power { level + 1 } else { level })?;
                    w.put(&format!(" {sign} "));
                    w.field_expr(e, class, "right", if power { FACTOR } else { level + 1 })
                })
            }
            "UnaryOp" => {
                let op = self.required(e, class, "op")?;
                let (sign, level) = match self.class_in(&op, "unaryop")? {
                    "Not" => ("not ", NOT),
                    "Invert" => ("~", FACTOR),
                    "UAdd" => ("+", FACTOR),
                    _ => ("-", FACTOR),
                };
                self.bracketed(least > level, |w| {
                    w.put(sign);
                    w.field_expr(e, class, "operand", level)
                })
            }
            "Lambda" => self.bracketed(least > TEST, |w| {
                w.put("lambda ");
                let args = w.required(e, class, "args")?;
                w.arguments(&args, false)?;
                w.put(": ");
                w.field_expr(e, class, "body", TEST)
            }),
            "IfExp" => self.bracketed(least > TEST, |w| {
                w.field_expr(e, class, "body", OR)?;
                w.put(" if ");
                w.field_expr(e, class, "test", OR)?;
                w.put(" else ");
                w.field_expr(e, class, "orelse", TEST)
            }),
            "Dict" => {
                let (keys, values) = (self.items(e, class, "keys")?, self.items(e, class, "values")?);
                if keys.len() != values.len() {
                    return Err(t.value_error("Dict doesn't have the same number of keys as values"));
                }
                self.put("{");
                let mut first = true;
                for (k, v) in keys.iter().zip(&values) {
                    self.comma(&mut first);
                    if k.is_none() {
                        self.put("**");
                        self.expr(v, BIT_OR, "Load")?;
                    } else {
                        self.expr(k, TEST, "Load")?;
                        self.put(": ");
                        self.expr(v, TEST, "Load")?;
                    }
                }
                self.put("}");
                Ok(())
            }
            "Set" => {
                let all = self.items(e, class, "elts")?;
                self.put(if all.is_empty() { "{*()" } else { "{" });
                self.exprs(&all, "Load")?;
                self.put("}");
                Ok(())
            }
            "ListComp" | "SetComp" | "GeneratorExp" | "DictComp" => {
                let (open, close) = match class {
                    "ListComp" => ("[", "]"),
                    "GeneratorExp" => ("(", ")"),
                    _ => ("{", "}"),
                };
                self.put(open);
                if class == "DictComp" {
                    self.field_expr(e, class, "key", TEST)?;
                    self.put(": ");
                    self.field_expr(e, class, "value", TEST)?;
                } else {
                    self.field_expr(e, class, "elt", TEST)?;
                }
                let generators = self.items(e, class, "generators")?;
                if generators.is_empty() {
                    return Err(t.value_error("comprehension with no generators"));
                }
                for g in &generators {
                    let kind = self.class_in(g, "comprehension")?;
                    self.put(if self.small(g, kind, "is_async")? != 0 { " async for " } else { " for " });
                    let target = self.required(g, kind, "target")?;
                    self.expr(&target, TEST, "Store")?;
                    self.put(" in ");
                    self.field_expr(g, kind, "iter", OR)?;
                    for test in self.items(g, kind, "ifs")? {
                        self.put(" if ");
                        self.expr(&test, OR, "Load")?;
                    }
                }
                self.put(close);
                Ok(())
            }
            "Await" => self.bracketed(least > AWAIT, |w| {
                w.put("await ");
                w.field_expr(e, class, "value", ATOM)
            }),
            "Yield" => self.bracketed(true, |w| {
                w.put("yield");
                if let Some(v) = w.optional(e, "value")? {
                    w.put(" ");
                    w.expr(&v, TEST, "Load")?;
                }
                Ok(())
            }),
            "YieldFrom" => self.bracketed(true, |w| {
                w.put("yield from ");
                w.field_expr(e, class, "value", TEST)
            }),
            "Compare" => {
                let (ops, others) = (self.items(e, class, "ops")?, self.items(e, class, "comparators")?);
                if others.is_empty() {
                    return Err(t.value_error("Compare with no comparators"));
                }
                if ops.len() != others.len() {
                    return Err(t.value_error("Compare has a different number of comparators and operands"));
                }
                self.bracketed(least > COMPARE, |w| {
                    w.field_expr(e, class, "left", BIT_OR)?;
                    for (op, other) in ops.iter().zip(&others) {
                        w.put(match w.class_in(op, "cmpop")? {
                            "Eq" => " == ",
                            "NotEq" => " != ",
                            "Lt" => " < ",
                            "LtE" => " <= ",
                            "Gt" => " > ",
                            "GtE" => " >= ",
                            "Is" => " is ",
                            "IsNot" => " is not ",
                            "In" => " in ",
                            _ => " not in ",
                        });
                        w.expr(other, BIT_OR, "Load")?;
                    }
                    Ok(())
                })
            }
            "Call" => {
                self.field_expr(e, class, "func", ATOM)?;
                self.put("(");
                let args = self.items(e, class, "args")?;
                let keywords = self.items(e, class, "keywords")?;
                self.call_arguments(&args, &keywords)?;
                self.put(")");
                Ok(())
            }
            "JoinedStr" => {
                let values = self.items(e, class, "values")?;
                self.put("f\"");
                self.interpolated(&values)?;
                self.put("\"");
                Ok(())
            }
            "TemplateStr" => {
                let values = self.items(e, class, "values")?;
                self.put("t\"");
                self.interpolated(&values)?;
                self.put("\"");
                Ok(())
            }
            "FormattedValue" | "Interpolation" => {
                self.put(if class == "Interpolation" { "t\"" } else { "f\"" });
                self.interpolated(std::slice::from_ref(e))?;
                self.put("\"");
                Ok(())
            }
            "Constant" => {
                let v = self.field(e, class, "value")?;
                let number = !str::is_str(&v) && !v.is_none();
                self.bracketed(number && least > FACTOR, |w| w.constant(&v))
            }
            "Attribute" => {
                self.context(e, class, ctx)?;
                self.field_expr(e, class, "value", ATOM)?;
                self.put(".");
                self.identifier_field(e, class, "attr")
            }
            "Subscript" => {
                self.context(e, class, ctx)?;
                self.field_expr(e, class, "value", ATOM)?;
                self.put("[");
                let slice = self.required(e, class, "slice")?;
                let items = if self.class_in(&slice, "expr")? == "Tuple" { self.items(&slice, "Tuple", "elts")? } else { Vec::new() };
                if items.is_empty() {
                    self.expr(&slice, 0, "Load")?;
                } else {
                    self.exprs(&items, "Load")?;
                    self.put(",");
                }
                self.put("]");
                Ok(())
            }
            "Starred" => {
                self.context(e, class, ctx)?;
                self.put("*");
                let v = self.required(e, class, "value")?;
                self.expr(&v, BIT_OR, ctx)
            }
            "Name" => {
                self.context(e, class, ctx)?;
                self.identifier_field(e, class, "id")
            }
            "List" | "Tuple" => {
                self.context(e, class, ctx)?;
                let all = self.items(e, class, "elts")?;
                let tuple = class == "Tuple";
                self.put(if tuple { "(" } else { "[" });
                self.exprs(&all, ctx)?;
                self.put(match (tuple, all.len()) {
                    (true, 1) => ",)",
                    (true, _) => ")",
                    _ => "]",
                });
                Ok(())
            }
            "Slice" => {
                if let Some(v) = self.optional(e, "lower")? {
                    self.expr(&v, TEST, "Load")?;
                }
                self.put(":");
                if let Some(v) = self.optional(e, "upper")? {
                    self.expr(&v, TEST, "Load")?;
                }
                if let Some(v) = self.optional(e, "step")? {
                    self.put(":");
                    self.expr(&v, TEST, "Load")?;
                }
                Ok(())
            }
            _ => {
                let shown = str::display(&protocol::repr(t, e)?);
                Err(t.type_error(format!("expected some sort of expr, but got {shown}")))
            }
        }
    }

    pub(super) fn call_arguments(&mut self, args: &[Value], keywords: &[Value]) -> PyResult<()> {
        self.exprs(args, "Load")?;
        let mut first = args.is_empty();
        for k in keywords {
            let class = self.class_in(k, "keyword")?;
            self.position(k, class)?;
            self.comma(&mut first);
            match self.optional(k, "arg")? {
                Some(name) => {
                    self.identifier(&name)?;
                    self.put("=");
                }
                None => self.put("**"),
            }
            self.field_expr(k, class, "value", TEST)?;
        }
        Ok(())
    }

    /// What stands between the quotes of an f-string or t-string, or in a format specification.
    fn interpolated(&mut self, values: &[Value]) -> PyResult<()> {
        let t = self.t;
        for v in values {
            let class = self.class_in(v, "expr")?;
            self.position(v, "expr")?;
            match class {
                "Constant" => {
                    let text = self.field(v, class, "value")?;
                    match str::as_str(&text) {
                        Some(s) => self.escaped(s, true),
                        None => return Err(t.type_error(format!("got an invalid type in Constant: {}", type_name(t, &text)))),
                    }
                }
                "FormattedValue" | "Interpolation" => {
                    self.put("{");
                    let source = if class == "Interpolation" { self.optional(v, "str")? } else { None };
                    let plain = source.as_ref().and_then(|s| str::utf8(s)).filter(|s| !s.is_empty() && !s.contains(['\n', '{', '#']));
                    match plain {
                        Some(text) => {
                            self.put(" ");
                            self.put(text);
                        }
                        None => {
                            self.put("(");
                            self.field_expr(v, class, "value", 0)?;
                            self.put(")");
                        }
                    }
                    match self.small(v, class, "conversion")? {
                        -1 => {}
                        c => match u8::try_from(c) {
                            Ok(c @ (b'a' | b'r' | b's')) => self.put(&format!("!{}", char::from(c))),
                            _ => return Err(t.raise(&orochi_objects::exception::SystemError, format!("Unrecognized conversion character {c}"))),
                        },
                    }
                    if let Some(spec) = self.optional(v, "format_spec")? {
                        self.put(":");
                        if self.class_in(&spec, "expr")? == "JoinedStr" {
                            let inner = self.items(&spec, "JoinedStr", "values")?;
                            self.interpolated(&inner)?;
                        } else {
                            self.interpolated(std::slice::from_ref(&spec))?;
                        }
                    }
                    self.put("}");
                }
                "JoinedStr" => {
                    let inner = self.items(v, class, "values")?;
                    self.interpolated(&inner)?;
                }
                _ => {
                    self.put("{(");
                    self.expr(v, 0, "Load")?;
                    self.put(")}");
                }
            }
        }
        Ok(())
    }

    /// Parameters of a function or lambda.
    pub(super) fn arguments(&mut self, a: &Value, annotated: bool) -> PyResult<()> {
        let t = self.t;
        let class = self.class_in(a, "arguments")?;
        let before = self.items(a, class, "posonlyargs")?;
        let plain = self.items(a, class, "args")?;
        let named = self.items(a, class, "kwonlyargs")?;
        let defaults = self.items(a, class, "defaults")?;
        let named_defaults = self.items(a, class, "kw_defaults")?;
        let positional = before.len() + plain.len();
        if defaults.len() > positional {
            return Err(t.value_error("more positional defaults than args on arguments"));
        }
        if named.len() != named_defaults.len() {
            return Err(t.value_error("length of kwonlyargs is not the same as kw_defaults on arguments"));
        }
        let mut first = true;
        for (i, p) in before.iter().chain(&plain).enumerate() {
            self.comma(&mut first);
            self.parameter(p, annotated)?;
            if i + defaults.len() >= positional {
                self.put("=");
                self.expr(&defaults[i + defaults.len() - positional], TEST, "Load")?;
            }
            if i + 1 == before.len() {
                self.put(", /");
            }
        }
        match self.optional(a, "vararg")? {
            Some(p) => {
                self.comma(&mut first);
                self.put("*");
                self.parameter(&p, annotated)?;
            }
            None if !named.is_empty() => {
                self.comma(&mut first);
                self.put("*");
            }
            None => {}
        }
        for (p, default) in named.iter().zip(&named_defaults) {
            self.comma(&mut first);
            self.parameter(p, annotated)?;
            if !default.is_none() {
                self.put("=");
                self.expr(default, TEST, "Load")?;
            }
        }
        if let Some(p) = self.optional(a, "kwarg")? {
            self.comma(&mut first);
            self.put("**");
            self.parameter(&p, annotated)?;
        }
        Ok(())
    }
    fn parameter(&mut self, p: &Value, annotated: bool) -> PyResult<()> {
        let class = self.class_in(p, "arg")?;
        self.position(p, class)?;
        self.identifier_field(p, class, "arg")?;
        if annotated && let Some(a) = self.optional(p, "annotation")? {
            self.put(": ");
            self.expr(&a, TEST, "Load")?;
        }
        Ok(())
    }

    /// Patterns of `case`.
    pub(super) fn pattern(&mut self, p: &Value) -> PyResult<()> {
        let t = self.t;
        t.check_stack(" during ast construction")?;
        let class = self.class_in(p, "pattern")?;
        self.position(p, "pattern")?;
        match class {
            "MatchValue" => self.field_expr(p, class, "value", 0),
            "MatchSingleton" => {
                let v = self.field(p, class, "value")?;
                if !v.is_none() && !v.is(&Value::bool(true)) && !v.is(&Value::bool(false)) {
                    return Err(t.value_error("MatchSingleton can only contain True, False and None"));
                }
                self.constant(&v)
            }
            "MatchSequence" => {
                let all = self.items(p, class, "patterns")?;
                self.put("[");
                self.patterns(&all, &mut true)?;
                self.put("]");
                Ok(())
            }
            "MatchMapping" => {
                let (keys, values) = (self.items(p, class, "keys")?, self.items(p, class, "patterns")?);
                if keys.len() != values.len() {
                    return Err(t.value_error("MatchMapping doesn't have the same number of keys as patterns"));
                }
                self.put("{");
                let mut first = true;
                for (k, v) in keys.iter().zip(&values) {
                    self.comma(&mut first);
                    self.expr(k, 0, "Load")?;
                    self.put(": ");
                    self.pattern(v)?;
                }
                if let Some(rest) = self.optional(p, "rest")? {
                    self.comma(&mut first);
                    self.put("**");
                    self.identifier(&rest)?;
                }
                self.put("}");
                Ok(())
            }
            "MatchClass" => {
                let (names, values) = (self.items(p, class, "kwd_attrs")?, self.items(p, class, "kwd_patterns")?);
                if names.len() != values.len() {
                    return Err(t.value_error("MatchClass doesn't have the same number of keyword attributes as patterns"));
                }
                self.field_expr(p, class, "cls", ATOM)?;
                self.put("(");
                let mut first = true;
                let plain = self.items(p, class, "patterns")?;
                self.patterns(&plain, &mut first)?;
                for (n, v) in names.iter().zip(&values) {
                    self.comma(&mut first);
                    self.identifier(n)?;
                    self.put("=");
                    self.pattern(v)?;
                }
                self.put(")");
                Ok(())
            }
            "MatchStar" => {
                self.put("*");
                match self.optional(p, "name")? {
                    Some(n) => self.identifier(&n),
                    None => {
                        self.put("_");
                        Ok(())
                    }
                }
            }
            "MatchAs" => match (self.optional(p, "pattern")?, self.optional(p, "name")?) {
                (None, None) => {
                    self.put("_");
                    Ok(())
                }
                (None, Some(n)) => self.identifier(&n),
                (Some(_), None) => Err(t.value_error("MatchAs must specify a target name if a pattern is given")),
                (Some(inner), Some(n)) => {
                    self.put("(");
                    self.pattern(&inner)?;
                    self.put(" as ");
                    self.identifier(&n)?;
                    self.put(")");
                    Ok(())
                }
            },
            "MatchOr" => {
                let all = self.items(p, class, "patterns")?;
                if all.len() < 2 {
                    return Err(t.value_error("MatchOr requires at least 2 patterns"));
                }
                self.put("(");
                for (i, one) in all.iter().enumerate() {
                    if i > 0 {
                        self.put(" | ");
                    }
                    self.pattern(one)?;
                }
                self.put(")");
                Ok(())
            }
            _ => {
                let shown = str::display(&protocol::repr(t, p)?);
                Err(t.type_error(format!("expected some sort of pattern, but got {shown}")))
            }
        }
    }
    fn patterns(&mut self, all: &[Value], first: &mut bool) -> PyResult<()> {
        for p in all {
            self.comma(first);
            self.pattern(p)?;
        }
        Ok(())
    }
}
