//! Which name means what: one scope per block of source that has names of its own.
//!
//! `build` walks the tree once and records what each scope does with each name (binds, uses,
//! declares); `resolve` then decides for each (scope, name) where the variable lives. A list, set or
//! dict comprehension is a scope too, but usually an *inlined* one: its code is part of the enclosing
//! function's, and its variables get registers there.
//!
//! Names are stored mangled. Flag values are those of CPython's `symtable` module.

pub mod build;
pub mod resolve;

use std::collections::BTreeSet;

use orochi_syntax::ast::name::Name;
use orochi_syntax::ast::{Expr, StmtAnnAssign};
use orochi_syntax::text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};

/// Index of a scope; 0 is the module's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct ScopeId(pub u32);

/// Declared `global`.
pub const DEF_GLOBAL: u32 = 1;
/// Assigned.
pub const DEF_LOCAL: u32 = 2;
/// Parameter.
pub const DEF_PARAM: u32 = 4;
/// Declared `nonlocal`.
pub const DEF_NONLOCAL: u32 = 8;
/// Used.
pub const USE: u32 = 16;
/// Bound in a class and free in one of its methods.
pub const DEF_FREE_CLASS: u32 = 64;
/// Bound by an import.
pub const DEF_IMPORT: u32 = 128;
/// Annotated.
pub const DEF_ANNOT: u32 = 256;
/// Iteration variable of a comprehension.
pub const DEF_COMP_ITER: u32 = 512;
/// Type parameter.
pub const DEF_TYPE_PARAM: u32 = 1024;
/// Cell variable of an inlined comprehension.
pub const DEF_COMP_CELL: u32 = 2048;
/// Bound in this scope by whatever means.
pub const DEF_BOUND: u32 = DEF_LOCAL | DEF_PARAM | DEF_IMPORT | DEF_TYPE_PARAM;

/// What kind of block a scope is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ScopeKind {
    Module,
    Class,
    Function,
    Lambda,
    ListComp,
    SetComp,
    DictComp,
    Generator,
    Annotation,
    TypeParams,
    TypeAlias,
    TypeVariable,
}

impl ScopeKind {
    /// Whether names of this scope live in registers and cells.
    pub fn is_function_like(self) -> bool {
        !matches!(self, ScopeKind::Module | ScopeKind::Class)
    }
    /// Whether it is a comprehension or generator expression.
    pub fn is_comprehension(self) -> bool {
        matches!(self, ScopeKind::ListComp | ScopeKind::SetComp | ScopeKind::DictComp | ScopeKind::Generator)
    }
}

/// Where a variable lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Place {
    /// A register of this scope (or the namespace of a module or class).
    Local,
    /// A cell of this scope.
    Cell,
    /// A variable of the enclosing scope `home`.
    Free { home: ScopeId },
    /// Declared `global`.
    GlobalExplicit,
    /// Bound nowhere on the way out.
    #[default]
    GlobalImplicit,
}

/// One name in one scope.
#[derive(Clone, Debug)]
pub struct Symbol {
    pub name: Name,
    /// Set of the `DEF_*` and `USE` bits.
    pub flags: u32,
    pub place: Place,
    /// Position among all symbols of the source, by first appearance.
    pub order: u32,
    /// The `global` or `nonlocal` statement, if there is one.
    pub directive: Option<TextRange>,
}

/// An annotation of a module or class, evaluated by its `__annotate__`.
#[derive(Clone, Copy)]
pub struct DeferredAnnotation<'a> {
    pub statement: &'a StmtAnnAssign,
    /// Member of `__conditional_annotations__` that says whether it was reached.
    pub condition: Option<i64>,
}

/// One scope.
pub struct Scope<'a> {
    pub kind: ScopeKind,
    pub name: Name,
    pub parent: Option<ScopeId>,
    pub children: Vec<ScopeId>,
    /// In order of first appearance.
    pub symbols: Vec<Symbol>,
    pub index: FxHashMap<Name, u32>,
    /// Names of enclosing scopes that this scope's code or an inner one needs: its closure.
    pub frees: BTreeSet<Name>,
    /// Class only: cells that the class body makes for its methods and annotation scopes.
    pub class_cells: BTreeSet<Name>,
    /// Inside a function.
    pub nested: bool,
    pub is_generator: bool,
    pub is_coroutine: bool,
    pub has_varargs: bool,
    pub has_varkeywords: bool,
    /// Comprehension whose code is part of the enclosing function's.
    pub inlined: bool,
    /// Annotation-like scope (directly or not) in a class body: names of the class are visible.
    pub can_see_class: bool,
    /// A method (function directly in a class, or in the type parameters of one).
    pub is_method: bool,
    /// Annotations that no code evaluates: they capture nothing.
    pub unevaluated: bool,
    /// Private name for mangling.
    pub private: Option<Name>,
    /// In a class's type parameter scope only these names are mangled.
    pub mangled: Option<FxHashSet<Name>>,
    /// Names that `:=` rebinds, which an expression can change between two reads.
    pub walrus: FxHashSet<Name>,
    /// First source line.
    pub line: u32,
    pub range: TextRange,
    /// Module and class: annotations in source order, and their scope.
    pub annotations: Vec<DeferredAnnotation<'a>>,
    pub annotation_scope: Option<ScopeId>,
    pub has_conditional_annotations: bool,
    /// Module and class: some plain name is annotated.
    pub has_annotations: bool,
    /// Class: attributes that methods assign through their first parameter.
    pub static_attributes: BTreeSet<Name>,
    /// What the scope is called in error messages of annotation-like scopes.
    pub expression_name: &'static str,
    /// Depth of comprehension iterables being visited (building only).
    pub(crate) comp_iter_depth: u32,
    /// The iteration target of a comprehension is being visited (building only).
    pub(crate) comp_iter_target: bool,
    pub(crate) in_conditional: bool,
    /// First parameter, for `super()` and static attributes.
    pub first_parameter: Option<Name>,
}

impl<'a> Scope<'a> {
    /// The symbol of a (mangled) name.
    pub fn lookup(&self, name: &Name) -> Option<&Symbol> {
        self.index.get(name).map(|&at| &self.symbols[at as usize])
    }
    pub(crate) fn flags_of(&self, name: &Name) -> u32 {
        self.lookup(name).map_or(0, |symbol| symbol.flags)
    }
}

/// Identity of a node: its address and, where one node opens several scopes, which of them.
pub type NodeKey = (usize, u8);

/// The key of a node's own scope.
pub fn node_key<T>(node: &T) -> NodeKey {
    (std::ptr::from_ref(node) as usize, 0)
}
/// The key of a further scope of a node: 1 type parameters, 2 annotations, 3 bound, 4 default.
pub fn node_key_of<T>(node: &T, which: u8) -> NodeKey {
    (std::ptr::from_ref(node) as usize, which)
}

/// All scopes of a source.
pub struct SymbolTable<'a> {
    pub scopes: Vec<Scope<'a>>,
    pub by_node: FxHashMap<NodeKey, ScopeId>,
}

impl<'a> SymbolTable<'a> {
    /// The scope with an id.
    pub fn scope(&self, id: ScopeId) -> &Scope<'a> {
        &self.scopes[id.0 as usize]
    }
    pub(crate) fn scope_mut(&mut self, id: ScopeId) -> &mut Scope<'a> {
        &mut self.scopes[id.0 as usize]
    }
    /// The scope that owns the code in which `id`'s code lies.
    pub fn unit_of(&self, mut id: ScopeId) -> ScopeId {
        while self.scope(id).inlined
            && let Some(parent) = self.scope(id).parent
        {
            id = parent;
        }
        id
    }
}

/// Mangles a private name (`__x` in class `_C` becomes `_C__x`).
pub fn mangle(private: Option<&Name>, name: &Name) -> Name {
    let Some(class) = private else { return name.clone() };
    let text = name.as_str();
    if !text.starts_with("__") || text.ends_with("__") || text.contains('.') {
        return name.clone();
    }
    let class = class.as_str().trim_start_matches('_');
    if class.is_empty() {
        return name.clone();
    }
    Name::new(format!("_{class}{text}"))
}

/// Whether an expression is a plain tuple, list or starred target that only holds names.
pub(crate) fn is_name(expr: &Expr) -> Option<&Name> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        _ => None,
    }
}
