//! The little of a tree that messages need: what an expression is called, and where it is.

/// An index into the recogniser's nodes.
pub(super) type Id = u32;

/// What a node is. Statements and clauses are `Other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Other,
    Name,
    Attribute,
    Subscript,
    Starred,
    List,
    Tuple,
    Lambda,
    Call,
    Operation,
    GeneratorExp,
    Yield,
    Await,
    ListComp,
    SetComp,
    DictComp,
    Dict,
    Set,
    JoinedStr,
    TemplateStr,
    None,
    True,
    False,
    Ellipsis,
    Literal,
    /// `children`: the left operand if the first operator is `in`, else nothing.
    Compare,
    IfExp,
    NamedExpr,
    /// Call arguments: `children` are the positional ones.
    Args,
    /// Call arguments with `**` among the keywords.
    ArgsUnpacked,
}

/// A stretch of tokens; `first` and `last` are token indexes, both inclusive.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub kind: Kind,
    pub first: u32,
    pub last: u32,
    pub children: Vec<Id>,
}

impl Kind {
    /// How messages call an expression of this kind.
    pub fn describe(self) -> &'static str {
        match self {
            Kind::Name => "name",
            Kind::Attribute => "attribute",
            Kind::Subscript => "subscript",
            Kind::Starred => "starred",
            Kind::List => "list",
            Kind::Tuple => "tuple",
            Kind::Lambda => "lambda",
            Kind::Call | Kind::Args | Kind::ArgsUnpacked => "function call",
            Kind::Operation | Kind::Other => "expression",
            Kind::GeneratorExp => "generator expression",
            Kind::Yield => "yield expression",
            Kind::Await => "await expression",
            Kind::ListComp => "list comprehension",
            Kind::SetComp => "set comprehension",
            Kind::DictComp => "dict comprehension",
            Kind::Dict => "dict literal",
            Kind::Set => "set display",
            Kind::JoinedStr => "f-string expression",
            Kind::TemplateStr => "t-string expression",
            Kind::None => "None",
            Kind::True => "True",
            Kind::False => "False",
            Kind::Ellipsis => "ellipsis",
            Kind::Literal => "literal",
            Kind::Compare => "comparison",
            Kind::IfExp => "conditional expression",
            Kind::NamedExpr => "named expression",
        }
    }
}
