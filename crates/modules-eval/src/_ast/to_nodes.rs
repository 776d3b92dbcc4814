//! The parser's tree to node objects: `compile(..., PyCF_ONLY_AST)`.
//!
//! The parser's tree differs from Python's in shape (`elif` clauses, parameters with their defaults, parts
//! of concatenated strings) and in a few positions (a decorated definition starts at its keyword, a
//! generator that is the only argument has the parentheses of the call, an `elif` is an `If` of its own).

use std::sync::Arc;

use orochi_heap::Value;
use orochi_objects::{Attached, PyResult, attr, int, list, protocol, str};
use orochi_syntax::ast::{
    self, ElifElseClause, ExceptHandler, Expr, ExprContext, Identifier, Number, Parameter, Parameters, Pattern, Singleton, Stmt,
    TypeParam, TypeParams,
};
use orochi_syntax::text_size::{Ranged, TextRange, TextSize};
use orochi_syntax::{Mode, Parsed, literal};

use super::{Classes, node};

mod strings;

/// The node of a parsed source.
pub fn convert(t: Attached<'_>, parsed: &Parsed, mode: Mode, filename: &Value) -> PyResult {
    let c = Converter { t, parsed, classes: Classes::of(t)?, filename };
    if let Some(e) = parsed.expression() {
        let body = c.expr(&e.body)?;
        return c.plain("Expression", &[("body", body)]);
    }
    let body = match parsed.module() {
        Some(m) => c.body(&m.body)?,
        None => c.list(Vec::new()),
    };
    match mode {
        Mode::Single => c.plain("Interactive", &[("body", body)]),
        _ => c.plain("Module", &[("body", body), ("type_ignores", c.list(Vec::new()))]),
    }
}

struct Converter<'a> {
    t: Attached<'a>,
    parsed: &'a Parsed,
    classes: Arc<Classes>,
    filename: &'a Value,
}

type Fields<'f> = &'f [(&'static str, Value)];

impl Converter<'_> {
    /// A node without a position.
    fn plain(&self, class: &str, fields: Fields<'_>) -> PyResult {
        let t = self.t;
        let class = self.classes.class(class);
        let this = node::AST.alloc_for(t, &class, node::PyNode)?;
        self.fill(&this, fields)?;
        Ok(this)
    }
    fn fill(&self, this: &Value, fields: Fields<'_>) -> PyResult<()> {
        let Some(h) = this.header() else { return Ok(()) };
        for (name, value) in fields {
            attr::instance_set(self.t, h, &str::intern(self.t, name), value.clone())?;
        }
        Ok(())
    }
    fn node(&self, class: &str, range: TextRange, fields: Fields<'_>) -> PyResult {
        let t = self.t;
        let this = self.plain(class, fields)?;
        let (line, column, end_line, end_column) = self.parsed.position(range);
        let n = |x: u32| int::new(t, i64::from(x));
        self.fill(
            &this,
            &[("lineno", n(line)), ("col_offset", n(column)), ("end_lineno", n(end_line)), ("end_col_offset", n(end_column))],
        )?;
        Ok(this)
    }
    fn list(&self, items: Vec<Value>) -> Value {
        list::new(self.t, items)
    }
    fn many<T>(&self, items: impl IntoIterator<Item = T>, mut one: impl FnMut(T) -> PyResult) -> PyResult {
        let mut out = Vec::new();
        for item in items {
            out.push(one(item)?);
        }
        Ok(self.list(out))
    }
    fn body(&self, body: &[Stmt]) -> PyResult {
        self.many(body, |s| self.stmt(s))
    }
    fn exprs<'e>(&self, items: impl IntoIterator<Item = &'e Expr>) -> PyResult {
        self.many(items, |e| self.expr(e))
    }
    fn optional(&self, e: Option<&Expr>) -> PyResult {
        e.map_or(Ok(Value::none()), |e| self.expr(e))
    }
    fn name(&self, id: &Identifier) -> Value {
        str::intern(self.t, id.id.as_str())
    }
    fn optional_name(&self, id: Option<&Identifier>) -> Value {
        id.map_or(Value::none(), |id| self.name(id))
    }
    fn context(&self, ctx: ExprContext) -> Value {
        self.classes.single(match ctx {
            ExprContext::Store => "Store",
            ExprContext::Del => "Del",
            ExprContext::Load | ExprContext::Invalid => "Load",
        })
    }
    fn fault(&self, fault: orochi_syntax::SyntaxFault) -> orochi_objects::Raised {
        crate::source::raise(self.t, fault, self.filename)
    }

    /// Where the definition itself starts, after decorators.
    fn after_decorators(&self, range: TextRange, decorators: &[ast::Decorator]) -> TextRange {
        let Some(last) = decorators.last() else { return range };
        let text = self.parsed.text().as_bytes();
        let mut at = last.range().end().to_usize();
        while let Some(&c) = text.get(at) {
            match c {
                b'#' => {
                    while text.get(at).is_some_and(|&c| c != b'\n') {
                        at += 1;
                    }
                }
                b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'\\' | b')' => at += 1,
                _ => break,
            }
        }
        let start = TextSize::new(at as u32);
        if start < range.end() { TextRange::new(start, range.end()) } else { range }
    }

    fn stmt(&self, s: &Stmt) -> PyResult {
        let t = self.t;
        t.check_stack(" during ast construction")?;
        let none = Value::none;
        let r = s.range();
        match s {
            Stmt::FunctionDef(f) => {
                let class = if f.is_async { "AsyncFunctionDef" } else { "FunctionDef" };
                let fields = [
                    ("name", self.name(&f.name)),
                    ("args", self.parameters(&f.parameters)?),
                    ("body", self.body(&f.body)?),
                    ("decorator_list", self.exprs(f.decorator_list.iter().map(|d| &d.expression))?),
                    ("returns", self.optional(f.returns.as_deref())?),
                    ("type_comment", none()),
                    ("type_params", self.type_params(f.type_params.as_deref())?),
                ];
                self.node(class, self.after_decorators(r, &f.decorator_list), &fields)
            }
            Stmt::ClassDef(c) => {
                let (bases, keywords) = match &c.arguments {
                    Some(a) => (self.exprs(a.args.iter())?, self.many(a.keywords.iter(), |k| self.keyword(k))?),
                    None => (self.list(Vec::new()), self.list(Vec::new())),
                };
                let fields = [
                    ("name", self.name(&c.name)),
                    ("bases", bases),
                    ("keywords", keywords),
                    ("body", self.body(&c.body)?),
                    ("decorator_list", self.exprs(c.decorator_list.iter().map(|d| &d.expression))?),
                    ("type_params", self.type_params(c.type_params.as_deref())?),
                ];
                self.node("ClassDef", self.after_decorators(r, &c.decorator_list), &fields)
            }
            Stmt::Return(x) => self.node("Return", r, &[("value", self.optional(x.value.as_deref())?)]),
            Stmt::Delete(x) => self.node("Delete", r, &[("targets", self.exprs(&x.targets)?)]),
            Stmt::TypeAlias(x) => {
                let fields = [
                    ("name", self.expr(&x.name)?),
                    ("type_params", self.type_params(x.type_params.as_deref())?),
                    ("value", self.expr(&x.value)?),
                ];
                self.node("TypeAlias", r, &fields)
            }
            Stmt::Assign(x) => {
                let fields = [("targets", self.exprs(&x.targets)?), ("value", self.expr(&x.value)?), ("type_comment", none())];
                self.node("Assign", r, &fields)
            }
            Stmt::AugAssign(x) => {
                let fields = [("target", self.expr(&x.target)?), ("op", self.operator(x.op)), ("value", self.expr(&x.value)?)];
                self.node("AugAssign", r, &fields)
            }
            Stmt::AnnAssign(x) => {
                let fields = [
                    ("target", self.expr(&x.target)?),
                    ("annotation", self.expr(&x.annotation)?),
                    ("value", self.optional(x.value.as_deref())?),
                    ("simple", Value::i32(i32::from(x.simple))),
                ];
                self.node("AnnAssign", r, &fields)
            }
            Stmt::For(x) => {
                let fields = [
                    ("target", self.expr(&x.target)?),
                    ("iter", self.expr(&x.iter)?),
                    ("body", self.body(&x.body)?),
                    ("orelse", self.body(&x.orelse)?),
                    ("type_comment", none()),
                ];
                self.node(if x.is_async { "AsyncFor" } else { "For" }, r, &fields)
            }
            Stmt::While(x) => {
                let fields = [("test", self.expr(&x.test)?), ("body", self.body(&x.body)?), ("orelse", self.body(&x.orelse)?)];
                self.node("While", r, &fields)
            }
            Stmt::If(x) => {
                let orelse = self.clauses(&x.elif_else_clauses, r.end())?;
                self.node("If", r, &[("test", self.expr(&x.test)?), ("body", self.body(&x.body)?), ("orelse", orelse)])
            }
            Stmt::With(x) => {
                let items = self.many(&x.items, |i| {
                    let vars = self.optional(i.optional_vars.as_deref())?;
                    self.plain("withitem", &[("context_expr", self.expr(&i.context_expr)?), ("optional_vars", vars)])
                })?;
                let fields = [("items", items), ("body", self.body(&x.body)?), ("type_comment", none())];
                self.node(if x.is_async { "AsyncWith" } else { "With" }, r, &fields)
            }
            Stmt::Match(x) => {
                let cases = self.many(&x.cases, |c| {
                    let fields = [
                        ("pattern", self.pattern(&c.pattern)?),
                        ("guard", self.optional(c.guard.as_deref())?),
                        ("body", self.body(&c.body)?),
                    ];
                    self.plain("match_case", &fields)
                })?;
                self.node("Match", r, &[("subject", self.expr(&x.subject)?), ("cases", cases)])
            }
            Stmt::Raise(x) => {
                let fields = [("exc", self.optional(x.exc.as_deref())?), ("cause", self.optional(x.cause.as_deref())?)];
                self.node("Raise", r, &fields)
            }
            Stmt::Try(x) => {
                let handlers = self.many(&x.handlers, |h| {
                    let ExceptHandler::ExceptHandler(h) = h;
                    let fields = [
                        ("type", self.optional(h.type_.as_deref())?),
                        ("name", self.optional_name(h.name.as_ref())),
                        ("body", self.body(&h.body)?),
                    ];
                    self.node("ExceptHandler", h.range, &fields)
                })?;
                let fields = [
                    ("body", self.body(&x.body)?),
                    ("handlers", handlers),
                    ("orelse", self.body(&x.orelse)?),
                    ("finalbody", self.body(&x.finalbody)?),
                ];
                self.node(if x.is_star { "TryStar" } else { "Try" }, r, &fields)
            }
            Stmt::Assert(x) => {
                self.node("Assert", r, &[("test", self.expr(&x.test)?), ("msg", self.optional(x.msg.as_deref())?)])
            }
            Stmt::Import(x) => self.node("Import", r, &[("names", self.many(&x.names, |a| self.alias(a))?)]),
            Stmt::ImportFrom(x) => {
                let fields = [
                    ("module", self.optional_name(x.module.as_ref())),
                    ("names", self.many(&x.names, |a| self.alias(a))?),
                    ("level", int::new(t, i64::from(x.level))),
                ];
                self.node("ImportFrom", r, &fields)
            }
            Stmt::Global(x) => self.node("Global", r, &[("names", self.many(&x.names, |n| Ok(self.name(n)))?)]),
            Stmt::Nonlocal(x) => self.node("Nonlocal", r, &[("names", self.many(&x.names, |n| Ok(self.name(n)))?)]),
            Stmt::Expr(x) => self.node("Expr", r, &[("value", self.expr(&x.value)?)]),
            Stmt::Pass(_) => self.node("Pass", r, &[]),
            Stmt::Break(_) => self.node("Break", r, &[]),
            Stmt::Continue(_) => self.node("Continue", r, &[]),
            Stmt::IpyEscapeCommand(_) => Err(t.raise(&orochi_objects::exception::SystemError, "not a Python statement")),
        }
    }

    /// What follows an `if`: the `elif`s are nested.
    fn clauses(&self, clauses: &[ElifElseClause], end: TextSize) -> PyResult {
        // From the last to the first, so that a long chain does not recurse.
        let mut orelse = self.list(Vec::new());
        for clause in clauses.iter().rev() {
            let body = self.body(&clause.body)?;
            orelse = match &clause.test {
                None => body,
                Some(test) => {
                    let fields = [("test", self.expr(test)?), ("body", body), ("orelse", orelse)];
                    let inner = self.node("If", TextRange::new(clause.range.start(), end), &fields)?;
                    self.list(vec![inner])
                }
            };
        }
        Ok(orelse)
    }

    fn alias(&self, a: &ast::Alias) -> PyResult {
        self.node("alias", a.range, &[("name", self.name(&a.name)), ("asname", self.optional_name(a.asname.as_ref()))])
    }
    fn keyword(&self, k: &ast::Keyword) -> PyResult {
        self.node("keyword", k.range, &[("arg", self.optional_name(k.arg.as_ref())), ("value", self.expr(&k.value)?)])
    }

    fn parameter(&self, p: &Parameter) -> PyResult {
        let end = p.annotation.as_ref().map_or(p.name.range.end(), |_| p.range.end());
        let range = TextRange::new(p.name.range.start(), end);
        let fields =
            [("arg", self.name(&p.name)), ("annotation", self.optional(p.annotation.as_deref())?), ("type_comment", Value::none())];
        self.node("arg", range, &fields)
    }
    fn parameters(&self, p: &Parameters) -> PyResult {
        let defaults: Vec<&Expr> = p.posonlyargs.iter().chain(p.args.iter()).filter_map(|a| a.default.as_deref()).collect();
        let star = |p: Option<&Parameter>| p.map_or(Ok(Value::none()), |p| self.parameter(p));
        let fields = [
            ("posonlyargs", self.many(p.posonlyargs.iter(), |a| self.parameter(&a.parameter))?),
            ("args", self.many(p.args.iter(), |a| self.parameter(&a.parameter))?),
            ("vararg", star(p.vararg.as_deref())?),
            ("kwonlyargs", self.many(p.kwonlyargs.iter(), |a| self.parameter(&a.parameter))?),
            ("kw_defaults", self.many(p.kwonlyargs.iter(), |a| self.optional(a.default.as_deref()))?),
            ("kwarg", star(p.kwarg.as_deref())?),
            ("defaults", self.exprs(defaults)?),
        ];
        self.plain("arguments", &fields)
    }
    fn type_params(&self, params: Option<&TypeParams>) -> PyResult {
        let Some(params) = params else { return Ok(self.list(Vec::new())) };
        self.many(&params.type_params, |p| match p {
            TypeParam::TypeVar(p) => {
                let fields = [
                    ("name", self.name(&p.name)),
                    ("bound", self.optional(p.bound.as_deref())?),
                    ("default_value", self.optional(p.default.as_deref())?),
                ];
                self.node("TypeVar", p.range, &fields)
            }
            TypeParam::ParamSpec(p) => {
                let fields = [("name", self.name(&p.name)), ("default_value", self.optional(p.default.as_deref())?)];
                self.node("ParamSpec", p.range, &fields)
            }
            TypeParam::TypeVarTuple(p) => {
                let fields = [("name", self.name(&p.name)), ("default_value", self.optional(p.default.as_deref())?)];
                self.node("TypeVarTuple", p.range, &fields)
            }
        })
    }

    fn pattern(&self, p: &Pattern) -> PyResult {
        self.t.check_stack(" during ast construction")?;
        let r = p.range();
        match p {
            Pattern::MatchValue(x) => self.node("MatchValue", r, &[("value", self.expr(&x.value)?)]),
            Pattern::MatchSingleton(x) => {
                let value = match x.value {
                    Singleton::None => Value::none(),
                    Singleton::True => Value::bool(true),
                    Singleton::False => Value::bool(false),
                };
                self.node("MatchSingleton", r, &[("value", value)])
            }
            Pattern::MatchSequence(x) => {
                self.node("MatchSequence", r, &[("patterns", self.many(&x.patterns, |p| self.pattern(p))?)])
            }
            Pattern::MatchMapping(x) => {
                let fields = [
                    ("keys", self.exprs(x.keys.iter())?),
                    ("patterns", self.many(x.patterns.iter(), |p| self.pattern(p))?),
                    ("rest", self.optional_name(x.rest.as_ref())),
                ];
                self.node("MatchMapping", r, &fields)
            }
            Pattern::MatchClass(x) => {
                let a = &x.arguments;
                let fields = [
                    ("cls", self.expr(&x.cls)?),
                    ("patterns", self.many(a.patterns.iter(), |p| self.pattern(p))?),
                    ("kwd_attrs", self.many(a.keywords.iter(), |k| Ok(self.name(&k.attr)))?),
                    ("kwd_patterns", self.many(a.keywords.iter(), |k| self.pattern(&k.pattern))?),
                ];
                self.node("MatchClass", r, &fields)
            }
            Pattern::MatchStar(x) => self.node("MatchStar", r, &[("name", self.optional_name(x.name.as_ref()))]),
            Pattern::MatchAs(x) => {
                let inner = x.pattern.as_deref().map_or(Ok(Value::none()), |p| self.pattern(p))?;
                self.node("MatchAs", r, &[("pattern", inner), ("name", self.optional_name(x.name.as_ref()))])
            }
            Pattern::MatchOr(x) => self.node("MatchOr", r, &[("patterns", self.many(&x.patterns, |p| self.pattern(p))?)]),
        }
    }

    fn operator(&self, op: ast::Operator) -> Value {
        use ast::Operator as O;
        self.classes.single(match op {
            O::Add => "Add",
            O::Sub => "Sub",
            O::Mult => "Mult",
            O::MatMult => "MatMult",
            O::Div => "Div",
            O::Mod => "Mod",
            O::Pow => "Pow",
            O::LShift => "LShift",
            O::RShift => "RShift",
            O::BitOr => "BitOr",
            O::BitXor => "BitXor",
            O::BitAnd => "BitAnd",
            O::FloorDiv => "FloorDiv",
        })
    }
    fn comparison(&self, op: ast::CmpOp) -> Value {
        use ast::CmpOp as O;
        self.classes.single(match op {
            O::Eq => "Eq",
            O::NotEq => "NotEq",
            O::Lt => "Lt",
            O::LtE => "LtE",
            O::Gt => "Gt",
            O::GtE => "GtE",
            O::Is => "Is",
            O::IsNot => "IsNot",
            O::In => "In",
            O::NotIn => "NotIn",
        })
    }
    fn generators(&self, all: &[ast::Comprehension]) -> PyResult {
        self.many(all, |g| {
            let fields = [
                ("target", self.expr(&g.target)?),
                ("iter", self.expr(&g.iter)?),
                ("ifs", self.exprs(&g.ifs)?),
                ("is_async", Value::i32(i32::from(g.is_async))),
            ];
            self.plain("comprehension", &fields)
        })
    }
    fn constant(&self, range: TextRange, value: Value, kind: Value) -> PyResult {
        self.node("Constant", range, &[("value", value), ("kind", kind)])
    }

    fn expr(&self, e: &Expr) -> PyResult {
        let t = self.t;
        t.check_stack(" during ast construction")?;
        let r = e.range();
        let none = Value::none;
        match e {
            Expr::BoolOp(x) => {
                let op = self.classes.single(if x.op == ast::BoolOp::And { "And" } else { "Or" });
                self.node("BoolOp", r, &[("op", op), ("values", self.exprs(&x.values)?)])
            }
            Expr::Named(x) => self.node("NamedExpr", r, &[("target", self.expr(&x.target)?), ("value", self.expr(&x.value)?)]),
            Expr::BinOp(x) => {
                let fields = [("left", self.expr(&x.left)?), ("op", self.operator(x.op)), ("right", self.expr(&x.right)?)];
                self.node("BinOp", r, &fields)
            }
            Expr::UnaryOp(x) => {
                let op = self.classes.single(match x.op {
                    ast::UnaryOp::Invert => "Invert",
                    ast::UnaryOp::Not => "Not",
                    ast::UnaryOp::UAdd => "UAdd",
                    ast::UnaryOp::USub => "USub",
                });
                self.node("UnaryOp", r, &[("op", op), ("operand", self.expr(&x.operand)?)])
            }
            Expr::Lambda(x) => {
                let args = match &x.parameters {
                    Some(p) => self.parameters(p)?,
                    None => self.parameters(&Parameters::default())?,
                };
                self.node("Lambda", r, &[("args", args), ("body", self.expr(&x.body)?)])
            }
            Expr::If(x) => {
                let fields = [("test", self.expr(&x.test)?), ("body", self.expr(&x.body)?), ("orelse", self.expr(&x.orelse)?)];
                self.node("IfExp", r, &fields)
            }
            Expr::Dict(x) => {
                let keys = self.many(&x.items, |i| self.optional(i.key.as_ref()))?;
                self.node("Dict", r, &[("keys", keys), ("values", self.many(&x.items, |i| self.expr(&i.value))?)])
            }
            Expr::Set(x) => self.node("Set", r, &[("elts", self.exprs(&x.elts)?)]),
            Expr::ListComp(x) => {
                self.node("ListComp", r, &[("elt", self.expr(&x.elt)?), ("generators", self.generators(&x.generators)?)])
            }
            Expr::SetComp(x) => {
                self.node("SetComp", r, &[("elt", self.expr(&x.elt)?), ("generators", self.generators(&x.generators)?)])
            }
            Expr::DictComp(x) => {
                let fields = [
                    ("key", self.optional(x.key.as_deref())?),
                    ("value", self.expr(&x.value)?),
                    ("generators", self.generators(&x.generators)?),
                ];
                self.node("DictComp", r, &fields)
            }
            Expr::Generator(x) => self.generator(x, r),
            Expr::Await(x) => self.node("Await", r, &[("value", self.expr(&x.value)?)]),
            Expr::Yield(x) => self.node("Yield", r, &[("value", self.optional(x.value.as_deref())?)]),
            Expr::YieldFrom(x) => self.node("YieldFrom", r, &[("value", self.expr(&x.value)?)]),
            Expr::Compare(x) => {
                let ops = self.many(x.ops.iter(), |op| Ok(self.comparison(*op)))?;
                let fields = [("left", self.expr(&x.left)?), ("ops", ops), ("comparators", self.exprs(x.comparators.iter())?)];
                self.node("Compare", r, &fields)
            }
            Expr::Call(x) => {
                let args = self.many(x.arguments.args.iter(), |a| match a {
                    Expr::Generator(g) if !g.parenthesized => self.generator(g, x.arguments.range),
                    a => self.expr(a),
                })?;
                let keywords = self.many(x.arguments.keywords.iter(), |k| self.keyword(k))?;
                self.node("Call", r, &[("func", self.expr(&x.func)?), ("args", args), ("keywords", keywords)])
            }
            Expr::FString(x) => self.f_string(x),
            Expr::TString(x) => self.t_string(x),
            Expr::StringLiteral(x) => {
                let value = literal::string_value(self.parsed, x).map_err(|f| self.fault(f))?;
                self.constant(r, self.text(&value), self.string_kind(x.value.iter().next()))
            }
            Expr::BytesLiteral(x) => {
                let value = orochi_objects::bytes::new(t, &literal::bytes_value(x));
                self.constant(r, value, none())
            }
            Expr::NumberLiteral(x) => {
                let value = match &x.value {
                    Number::Int(_) => self.integer(r)?,
                    Number::Float(f) => orochi_objects::float::new(t, *f),
                    Number::Complex { real, imag } => {
                        let args = [orochi_objects::float::new(t, *real), orochi_objects::float::new(t, *imag)];
                        protocol::call(t, orochi_objects::complex::TYPE.get(t), &args)?
                    }
                };
                self.constant(r, value, none())
            }
            Expr::BooleanLiteral(x) => self.constant(r, Value::bool(x.value), none()),
            Expr::NoneLiteral(_) => self.constant(r, none(), none()),
            Expr::EllipsisLiteral(_) => self.constant(r, Value::ellipsis(), none()),
            Expr::Attribute(x) => {
                let fields = [("value", self.expr(&x.value)?), ("attr", self.name(&x.attr)), ("ctx", self.context(x.ctx))];
                self.node("Attribute", r, &fields)
            }
            Expr::Subscript(x) => {
                let fields = [("value", self.expr(&x.value)?), ("slice", self.expr(&x.slice)?), ("ctx", self.context(x.ctx))];
                self.node("Subscript", r, &fields)
            }
            Expr::Starred(x) => self.node("Starred", r, &[("value", self.expr(&x.value)?), ("ctx", self.context(x.ctx))]),
            Expr::Name(x) => self.node("Name", r, &[("id", str::intern(t, x.id.as_str())), ("ctx", self.context(x.ctx))]),
            Expr::List(x) => self.node("List", r, &[("elts", self.exprs(&x.elts)?), ("ctx", self.context(x.ctx))]),
            Expr::Tuple(x) => self.node("Tuple", r, &[("elts", self.exprs(&x.elts)?), ("ctx", self.context(x.ctx))]),
            Expr::Slice(x) => {
                let fields = [
                    ("lower", self.optional(x.lower.as_deref())?),
                    ("upper", self.optional(x.upper.as_deref())?),
                    ("step", self.optional(x.step.as_deref())?),
                ];
                self.node("Slice", r, &fields)
            }
            Expr::IpyEscapeCommand(_) => Err(t.raise(&orochi_objects::exception::SystemError, "not a Python expression")),
        }
    }

    fn generator(&self, x: &ast::ExprGenerator, range: TextRange) -> PyResult {
        self.node("GeneratorExp", range, &[("elt", self.expr(&x.elt)?), ("generators", self.generators(&x.generators)?)])
    }

    fn integer(&self, range: TextRange) -> PyResult {
        let t = self.t;
        let limit = int::max_str_digits(t, usize::MAX).min(1 << 40);
        match literal::int_literal(self.parsed, range, limit).map_err(|f| self.fault(f))? {
            literal::IntLiteral::Small(n) => Ok(int::from_u64(t, n)),
            literal::IntLiteral::Big { digits, radix } => {
                let args = [str::from_string(t, digits), int::new(t, i64::from(radix))];
                protocol::call(t, int::TYPE.get(t), &args)
            }
        }
    }
}
