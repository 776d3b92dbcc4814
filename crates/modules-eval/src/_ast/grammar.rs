//! The abstract grammar of Python 3.14 as one table, in the notation of ASDL: `?` may be absent, `*` a
//! list, `?*` a list whose items may be None. Everything else about the node classes follows from it.

/// Attributes that a family of nodes has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Attributes {
    /// No position.
    None,
    /// A position whose end may be absent.
    OpenEnd,
    /// A whole position.
    Whole,
}

/// One family of nodes: an abstract class with its alternatives, or one class of its own.
pub struct Family {
    /// The name of the class.
    pub name: &'static str,
    /// Its position attributes.
    pub attributes: Attributes,
    /// Constructors; `None` for a family that is itself the node.
    pub alternatives: &'static [&'static str],
    /// The fields, if it is itself the node.
    pub fields: &'static str,
}

const fn sum(name: &'static str, attributes: Attributes, alternatives: &'static [&'static str]) -> Family {
    Family { name, attributes, alternatives, fields: "" }
}
const fn product(name: &'static str, attributes: Attributes, fields: &'static str) -> Family {
    Family { name, attributes, alternatives: &[], fields }
}

/// The families in the order in which CPython makes their classes.
pub static FAMILIES: &[Family] = &[
    sum("mod", Attributes::None, &[
        "Module(stmt* body, type_ignore* type_ignores)",
        "Interactive(stmt* body)",
        "Expression(expr body)",
        "FunctionType(expr* argtypes, expr returns)",
    ]),
    sum("stmt", Attributes::OpenEnd, &[
        "FunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params)",
        "AsyncFunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params)",
        "ClassDef(identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params)",
        "Return(expr? value)",
        "Delete(expr* targets)",
        "Assign(expr* targets, expr value, string? type_comment)",
        "TypeAlias(expr name, type_param* type_params, expr value)",
        "AugAssign(expr target, operator op, expr value)",
        "AnnAssign(expr target, expr annotation, expr? value, int simple)",
        "For(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)",
        "AsyncFor(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)",
        "While(expr test, stmt* body, stmt* orelse)",
        "If(expr test, stmt* body, stmt* orelse)",
        "With(withitem* items, stmt* body, string? type_comment)",
        "AsyncWith(withitem* items, stmt* body, string? type_comment)",
        "Match(expr subject, match_case* cases)",
        "Raise(expr? exc, expr? cause)",
        "Try(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)",
        "TryStar(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)",
        "Assert(expr test, expr? msg)",
        "Import(alias* names)",
        "ImportFrom(identifier? module, alias* names, int? level)",
        "Global(identifier* names)",
        "Nonlocal(identifier* names)",
        "Expr(expr value)",
        "Pass",
        "Break",
        "Continue",
    ]),
    sum("expr", Attributes::OpenEnd, &[
        "BoolOp(boolop op, expr* values)",
        "NamedExpr(expr target, expr value)",
        "BinOp(expr left, operator op, expr right)",
        "UnaryOp(unaryop op, expr operand)",
        "Lambda(arguments args, expr body)",
        "IfExp(expr test, expr body, expr orelse)",
        "Dict(expr?* keys, expr* values)",
        "Set(expr* elts)",
        "ListComp(expr elt, comprehension* generators)",
        "SetComp(expr elt, comprehension* generators)",
        "DictComp(expr key, expr value, comprehension* generators)",
        "GeneratorExp(expr elt, comprehension* generators)",
        "Await(expr value)",
        "Yield(expr? value)",
        "YieldFrom(expr value)",
        "Compare(expr left, cmpop* ops, expr* comparators)",
        "Call(expr func, expr* args, keyword* keywords)",
        "FormattedValue(expr value, int conversion, expr? format_spec)",
        "Interpolation(expr value, constant str, int conversion, expr? format_spec)",
        "JoinedStr(expr* values)",
        "TemplateStr(expr* values)",
        "Constant(constant value, string? kind)",
        "Attribute(expr value, identifier attr, expr_context ctx)",
        "Subscript(expr value, expr slice, expr_context ctx)",
        "Starred(expr value, expr_context ctx)",
        "Name(identifier id, expr_context ctx)",
        "List(expr* elts, expr_context ctx)",
        "Tuple(expr* elts, expr_context ctx)",
        "Slice(expr? lower, expr? upper, expr? step)",
    ]),
    sum("expr_context", Attributes::None, &["Load", "Store", "Del"]),
    sum("boolop", Attributes::None, &["And", "Or"]),
    sum("operator", Attributes::None, &[
        "Add", "Sub", "Mult", "MatMult", "Div", "Mod", "Pow", "LShift", "RShift", "BitOr", "BitXor", "BitAnd", "FloorDiv",
    ]),
    sum("unaryop", Attributes::None, &["Invert", "Not", "UAdd", "USub"]),
    sum("cmpop", Attributes::None, &["Eq", "NotEq", "Lt", "LtE", "Gt", "GtE", "Is", "IsNot", "In", "NotIn"]),
    product("comprehension", Attributes::None, "expr target, expr iter, expr* ifs, int is_async"),
    sum("excepthandler", Attributes::OpenEnd, &["ExceptHandler(expr? type, identifier? name, stmt* body)"]),
    product(
        "arguments",
        Attributes::None,
        "arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults",
    ),
    product("arg", Attributes::OpenEnd, "identifier arg, expr? annotation, string? type_comment"),
    product("keyword", Attributes::OpenEnd, "identifier? arg, expr value"),
    product("alias", Attributes::OpenEnd, "identifier name, identifier? asname"),
    product("withitem", Attributes::None, "expr context_expr, expr? optional_vars"),
    product("match_case", Attributes::None, "pattern pattern, expr? guard, stmt* body"),
    sum("pattern", Attributes::Whole, &[
        "MatchValue(expr value)",
        "MatchSingleton(constant value)",
        "MatchSequence(pattern* patterns)",
        "MatchMapping(expr* keys, pattern* patterns, identifier? rest)",
        "MatchClass(expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns)",
        "MatchStar(identifier? name)",
        "MatchAs(pattern? pattern, identifier? name)",
        "MatchOr(pattern* patterns)",
    ]),
    sum("type_ignore", Attributes::None, &["TypeIgnore(int lineno, string tag)"]),
    sum("type_param", Attributes::Whole, &[
        "TypeVar(identifier name, expr? bound, expr? default_value)",
        "ParamSpec(identifier name, expr? default_value)",
        "TypeVarTuple(identifier name, expr? default_value)",
    ]),
];

/// How often a field is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Count {
    /// Once.
    One,
    /// Once or None.
    Optional,
    /// A list.
    Many,
    /// A list with None in it.
    ManyOptional,
}

/// One field of a node.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name of the field.
    pub name: &'static str,
    /// What it holds: a family, or `identifier`, `string`, `int`, `constant`.
    pub kind: &'static str,
    /// How often.
    pub count: Count,
}

/// The fields that a text like `expr? value, int level` declares.
pub fn fields(text: &'static str) -> Vec<Field> {
    text.split(", ").filter_map(|one| {
        let (kind, name) = one.split_once(' ')?;
        let (kind, count) = if let Some(k) = kind.strip_suffix("?*") {
            (k, Count::ManyOptional)
        } else if let Some(k) = kind.strip_suffix('*') {
            (k, Count::Many)
        } else if let Some(k) = kind.strip_suffix('?') {
            (k, Count::Optional)
        } else {
            (kind, Count::One)
        };
        Some(Field { name, kind, count })
    })
    .collect()
}

/// Name and fields of a constructor.
pub fn constructor(text: &'static str) -> (&'static str, Vec<Field>) {
    match text.split_once('(') {
        Some((name, rest)) => (name, fields(rest.trim_end_matches(')'))),
        None => (text, Vec::new()),
    }
}

impl Family {
    /// The docstring of the family's class.
    pub fn doc(&self) -> String {
        if self.alternatives.is_empty() {
            return format!("{}({})", self.name, self.fields);
        }
        let simple = self.alternatives.iter().all(|a| !a.contains('('));
        let glue = if simple { " | ".to_owned() } else { format!("\n{}| ", " ".repeat(self.name.len() + 1)) };
        format!("{} = {}", self.name, self.alternatives.join(&glue))
    }
}
