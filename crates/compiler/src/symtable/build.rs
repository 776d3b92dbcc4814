//! The walk that records what each scope does with each name, and the errors that it can see.

use orochi_syntax::ast::name::Name;
use orochi_syntax::ast::{
    Comprehension, Expr, ExprContext, Identifier, InterpolatedStringElement, InterpolatedStringElements, Parameters,
    Pattern, Stmt, TypeParam, TypeParams,
};
use orochi_syntax::text_size::{Ranged, TextRange};
use orochi_syntax::{FaultKind, Parsed, Tree};
use rustc_hash::FxHashMap;

use super::{
    DEF_ANNOT, DEF_BOUND, DEF_COMP_ITER, DEF_GLOBAL, DEF_IMPORT, DEF_LOCAL, DEF_NONLOCAL, DEF_PARAM, DEF_TYPE_PARAM,
    DeferredAnnotation, NodeKey, Place, Scope, ScopeId, ScopeKind, Symbol, SymbolTable, USE, mangle, node_key,
    node_key_of,
};
use crate::fault::Outcome;

/// Builds and resolves the symbol table of a source.
///
/// # Errors
/// What CPython's symbol table pass refuses.
pub fn build<'a>(parsed: &'a Parsed, future_annotations: bool) -> Outcome<SymbolTable<'a>> {
    let mut builder = Builder {
        parsed,
        table: SymbolTable { scopes: Vec::new(), by_node: FxHashMap::default() },
        current: ScopeId(0),
        future_annotations,
        symbols: 0,
    };
    builder.open(ScopeKind::Module, Name::new_static("top"), TextRange::default(), None);
    builder.table.scopes[0].line = 0;
    match parsed.tree() {
        Tree::Module(module) => builder.body(&module.body)?,
        Tree::Expression(expression) => builder.expr(&expression.body)?,
    }
    let mut table = builder.table;
    if let Err(unresolved) = table.resolve() {
        let range = table
            .scope(unresolved.scope)
            .lookup(&unresolved.name)
            .and_then(|symbol| symbol.directive)
            .unwrap_or_default();
        return Err(Box::new(parsed.fault(FaultKind::Syntax, unresolved.message, range)));
    }
    Ok(table)
}

struct Builder<'a> {
    parsed: &'a Parsed,
    table: SymbolTable<'a>,
    current: ScopeId,
    future_annotations: bool,
    /// Symbols made so far.
    symbols: u32,
}

/// Runs a recursive step with enough native stack.
#[inline]
fn with_stack<R>(step: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, step)
}

impl<'a> Builder<'a> {
    fn fault<T>(&self, message: impl Into<String>, range: TextRange) -> Outcome<T> {
        Err(Box::new(self.parsed.fault(FaultKind::Syntax, message, range)))
    }
    fn scope(&mut self) -> &mut Scope<'a> {
        self.table.scope_mut(self.current)
    }

    /// Opens a scope inside the current one and makes it current.
    fn open(&mut self, kind: ScopeKind, name: Name, range: TextRange, key: Option<NodeKey>) -> ScopeId {
        let id = ScopeId(self.table.scopes.len() as u32);
        let parent = (!self.table.scopes.is_empty()).then_some(self.current);
        let (mut nested, mut private, mut mangled) = (false, None, None);
        let (mut class_parent, mut unevaluated) = (false, false);
        if let Some(parent) = parent {
            let outer = self.table.scope_mut(parent);
            outer.children.push(id);
            nested = outer.nested || outer.kind.is_function_like();
            private = outer.private.clone();
            mangled = outer.mangled.clone();
            class_parent = outer.kind == ScopeKind::Class;
            unevaluated = outer.unevaluated;
        }
        let line = self.parsed.line_index().line(range.start().to_u32());
        self.table.scopes.push(Scope {
            kind,
            name,
            parent,
            children: Vec::new(),
            symbols: Vec::new(),
            index: FxHashMap::default(),
            frees: Default::default(),
            class_cells: Default::default(),
            nested,
            is_generator: false,
            is_coroutine: false,
            has_varargs: false,
            has_varkeywords: false,
            inlined: false,
            can_see_class: false,
            is_method: class_parent && !matches!(kind, ScopeKind::Class | ScopeKind::TypeParams),
            private,
            mangled,
            walrus: Default::default(),
            line,
            range,
            annotations: Vec::new(),
            annotation_scope: None,
            has_conditional_annotations: false,
            has_annotations: false,
            unevaluated,
            static_attributes: Default::default(),
            expression_name: "",
            comp_iter_depth: 0,
            comp_iter_target: false,
            in_conditional: false,
            first_parameter: None,
        });
        if let Some(key) = key {
            self.table.by_node.insert(key, id);
        }
        self.current = id;
        id
    }
    fn close(&mut self) {
        if let Some(parent) = self.table.scope(self.current).parent {
            self.current = parent;
        }
    }

    fn mangle_in(&self, id: ScopeId, name: &Name) -> Name {
        let scope = self.table.scope(id);
        if scope.mangled.as_ref().is_some_and(|set| !set.contains(name)) {
            return name.clone();
        }
        mangle(scope.private.as_ref(), name)
    }

    fn define_in(&mut self, id: ScopeId, name: &Name, flags: u32, range: TextRange) -> Outcome {
        let name = self.mangle_in(id, name);
        let is_current = id == self.current;
        let scope = self.table.scope_mut(id);
        let mut value = flags;
        let old = scope.index.get(&name).copied();
        if let Some(at) = old {
            let symbol = &scope.symbols[at as usize];
            if flags & DEF_PARAM != 0 && symbol.flags & DEF_PARAM != 0 {
                return self.fault(format!("duplicate argument '{name}' in function definition"), range);
            }
            if flags & DEF_TYPE_PARAM != 0 && symbol.flags & DEF_TYPE_PARAM != 0 {
                return self.fault(format!("duplicate type parameter '{name}'"), range);
            }
            value |= symbol.flags;
        }
        if is_current && scope.comp_iter_target {
            if value & (DEF_GLOBAL | DEF_NONLOCAL) != 0 {
                let message =
                    format!("comprehension inner loop cannot rebind assignment expression target '{name}'");
                return self.fault(message, range);
            }
            value |= DEF_COMP_ITER;
        }
        match old {
            Some(at) => scope.symbols[at as usize].flags = value,
            None => {
                scope.index.insert(name.clone(), scope.symbols.len() as u32);
                let order = self.symbols;
                self.symbols += 1;
                let place = Place::default();
                scope.symbols.push(Symbol { name: name.clone(), flags: value, place, order, directive: None });
            }
        }
        // A `global` in a function makes the name known to the module as well.
        if flags & DEF_GLOBAL != 0 && id.0 != 0 {
            let module = &mut self.table.scopes[0];
            match module.index.get(&name).copied() {
                Some(at) => module.symbols[at as usize].flags |= DEF_GLOBAL,
                None => {
                    module.index.insert(name.clone(), module.symbols.len() as u32);
                    let order = self.symbols;
                    self.symbols += 1;
                    let place = Place::default();
                    module.symbols.push(Symbol { name, flags: DEF_GLOBAL, place, order, directive: None });
                }
            }
        }
        Ok(())
    }
    fn define(&mut self, name: &Name, flags: u32, range: TextRange) -> Outcome {
        self.define_in(self.current, name, flags, range)
    }
    fn define_identifier(&mut self, name: &Identifier, flags: u32) -> Outcome {
        self.define(&name.id, flags, name.range)
    }

    fn body(&mut self, body: &'a [Stmt]) -> Outcome {
        body.iter().try_for_each(|statement| self.stmt(statement))
    }
    fn conditional(&mut self, visit: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let before = std::mem::replace(&mut self.scope().in_conditional, true);
        let outcome = visit(self);
        self.scope().in_conditional = before;
        outcome
    }

    fn stmt(&mut self, statement: &'a Stmt) -> Outcome {
        with_stack(|| self.stmt_inner(statement))
    }

    fn stmt_inner(&mut self, statement: &'a Stmt) -> Outcome {
        match statement {
            Stmt::FunctionDef(node) => {
                for decorator in &node.decorator_list {
                    self.expr(&decorator.expression)?;
                }
                self.defaults(&node.parameters)?;
                self.define_identifier(&node.name, DEF_LOCAL)?;
                let generic = node.type_params.as_deref();
                if let Some(params) = generic {
                    self.open_type_params(node_key_of(node, 1), &node.name.id, params)?;
                    if node.parameters.iter_non_variadic_params().any(|p| p.default.is_some()) {
                        let range = node.range;
                        if positional(&node.parameters).any(|p| p.default.is_some()) {
                            self.define(&Name::new_static(".defaults"), DEF_PARAM, range)?;
                        }
                        if node.parameters.kwonlyargs.iter().any(|p| p.default.is_some()) {
                            self.define(&Name::new_static(".kwdefaults"), DEF_PARAM, range)?;
                        }
                    }
                    self.type_params(params)?;
                }
                self.function_annotations(node_key_of(node, 2), &node.parameters, node.returns.as_deref(), node.range)?;
                let id = self.open(ScopeKind::Function, node.name.id.clone(), node.range, Some(node_key(node)));
                self.table.scope_mut(id).is_coroutine = node.is_async;
                self.parameters(&node.parameters)?;
                self.body(&node.body)?;
                self.close();
                if generic.is_some() {
                    self.close();
                }
            }
            Stmt::ClassDef(node) => {
                for decorator in &node.decorator_list {
                    self.expr(&decorator.expression)?;
                }
                let definer = self.current;
                let generic = node.type_params.as_deref();
                if let Some(params) = generic {
                    self.open_type_params(node_key_of(node, 1), &node.name.id, params)?;
                    let names = params.iter().map(|param| param.name().id.clone()).collect();
                    let scope = self.scope();
                    scope.mangled = Some(names);
                    scope.private = Some(node.name.id.clone());
                    self.define(&Name::new_static(".type_params"), DEF_LOCAL, node.range)?;
                    self.define(&Name::new_static(".type_params"), USE, node.range)?;
                    self.type_params(params)?;
                    self.define(&Name::new_static(".generic_base"), DEF_LOCAL, node.range)?;
                    self.define(&Name::new_static(".generic_base"), USE, node.range)?;
                }
                if let Some(arguments) = &node.arguments {
                    self.arguments(&arguments.args, &arguments.keywords)?;
                }
                self.define_in(definer, &node.name.id, DEF_LOCAL, node.name.range)?;
                let id = self.open(ScopeKind::Class, node.name.id.clone(), node.range, Some(node_key(node)));
                let scope = self.table.scope_mut(id);
                scope.private = Some(node.name.id.clone());
                scope.mangled = None;
                if generic.is_some() {
                    self.define(&Name::new_static("__type_params__"), DEF_LOCAL, node.range)?;
                    self.define(&Name::new_static(".type_params"), USE, node.range)?;
                }
                self.body(&node.body)?;
                self.close();
                if generic.is_some() {
                    self.close();
                }
            }
            Stmt::TypeAlias(node) => {
                self.expr(&node.name)?;
                let name = super::is_name(&node.name).cloned().unwrap_or_default();
                let in_class = self.table.scope(self.current).kind == ScopeKind::Class;
                if let Some(params) = node.type_params.as_deref() {
                    self.open_type_params(node_key_of(node, 1), &name, params)?;
                    self.type_params(params)?;
                }
                let id = self.open(ScopeKind::TypeAlias, name, node.range, Some(node_key(node)));
                self.table.scope_mut(id).expression_name = "a type alias";
                self.format_parameter(".format", node.range)?;
                if in_class {
                    self.see_class(id, node.range)?;
                }
                self.expr(&node.value)?;
                self.close();
                if node.type_params.is_some() {
                    self.close();
                }
            }
            Stmt::Return(node) => {
                if let Some(value) = &node.value {
                    self.expr(value)?;
                }
            }
            Stmt::Delete(node) => node.targets.iter().try_for_each(|target| self.expr(target))?,
            Stmt::Assign(node) => {
                self.expr(&node.value)?;
                node.targets.iter().try_for_each(|target| self.expr(target))?;
            }
            Stmt::AugAssign(node) => {
                self.expr(&node.target)?;
                if let Expr::Name(name) = &*node.target {
                    // Read and written: CPython records the store only, which says the same.
                    self.define(&name.id, DEF_LOCAL, name.range)?;
                }
                self.expr(&node.value)?;
            }
            Stmt::AnnAssign(node) => {
                if let Expr::Name(name) = &*node.target {
                    let mangled = self.mangle_in(self.current, &name.id);
                    let flags = self.table.scope(self.current).flags_of(&mangled);
                    if flags & (DEF_GLOBAL | DEF_NONLOCAL) != 0 && self.current.0 != 0 && node.simple {
                        let which = if flags & DEF_GLOBAL != 0 { "global" } else { "nonlocal" };
                        return self.fault(format!("annotated name '{}' can't be {which}", name.id), node.range);
                    }
                    if node.simple {
                        self.define(&name.id, DEF_ANNOT | DEF_LOCAL, node.range)?;
                    } else if node.value.is_some() {
                        self.define(&name.id, DEF_LOCAL, node.range)?;
                    }
                } else {
                    self.expr(&node.target)?;
                }
                self.annotation(node)?;
                if let Some(value) = &node.value {
                    self.expr(value)?;
                }
            }
            Stmt::For(node) => {
                self.mark_async_module(node.is_async);
                self.expr(&node.iter)?;
                self.expr(&node.target)?;
                self.conditional(|this| {
                    this.body(&node.body)?;
                    this.body(&node.orelse)
                })?;
            }
            Stmt::While(node) => {
                self.expr(&node.test)?;
                self.conditional(|this| {
                    this.body(&node.body)?;
                    this.body(&node.orelse)
                })?;
            }
            Stmt::If(node) => {
                self.expr(&node.test)?;
                self.conditional(|this| {
                    this.body(&node.body)?;
                    for clause in &node.elif_else_clauses {
                        if let Some(test) = &clause.test {
                            this.expr(test)?;
                        }
                        this.body(&clause.body)?;
                    }
                    Ok(())
                })?;
            }
            Stmt::With(node) => {
                self.mark_async_module(node.is_async);
                for item in &node.items {
                    self.expr(&item.context_expr)?;
                    if let Some(target) = &item.optional_vars {
                        self.expr(target)?;
                    }
                }
                self.conditional(|this| this.body(&node.body))?;
            }
            Stmt::Match(node) => {
                self.expr(&node.subject)?;
                self.conditional(|this| {
                    for case in &node.cases {
                        this.pattern(&case.pattern)?;
                        if let Some(guard) = &case.guard {
                            this.expr(guard)?;
                        }
                        this.body(&case.body)?;
                    }
                    Ok(())
                })?;
            }
            Stmt::Raise(node) => {
                for part in [&node.exc, &node.cause].into_iter().flatten() {
                    self.expr(part)?;
                }
            }
            Stmt::Try(node) => self.conditional(|this| {
                this.body(&node.body)?;
                this.body(&node.orelse)?;
                for handler in &node.handlers {
                    let handler = handler.as_except_handler();
                    let Some(handler) = handler else { continue };
                    if let Some(kind) = &handler.type_ {
                        this.expr(kind)?;
                    }
                    if let Some(name) = &handler.name {
                        this.define_identifier(name, DEF_LOCAL)?;
                    }
                    this.body(&handler.body)?;
                }
                this.body(&node.finalbody)
            })?,
            Stmt::Assert(node) => {
                self.expr(&node.test)?;
                if let Some(message) = &node.msg {
                    self.expr(message)?;
                }
            }
            Stmt::Import(node) => {
                for alias in &node.names {
                    let bound = match &alias.asname {
                        Some(name) => name.id.clone(),
                        None => Name::new(alias.name.id.as_str().split('.').next().unwrap_or_default()),
                    };
                    self.define(&bound, DEF_IMPORT | DEF_LOCAL, alias.range)?;
                }
            }
            Stmt::ImportFrom(node) => {
                for alias in &node.names {
                    if alias.name.id.as_str() == "*" {
                        if self.table.scope(self.current).kind != ScopeKind::Module {
                            return self.fault("import * only allowed at module level", alias.range);
                        }
                        continue;
                    }
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.define(&bound.id, DEF_IMPORT | DEF_LOCAL, alias.range)?;
                }
            }
            Stmt::Global(node) => self.directive(&node.names, node.range, DEF_GLOBAL)?,
            Stmt::Nonlocal(node) => self.directive(&node.names, node.range, DEF_NONLOCAL)?,
            Stmt::Expr(node) => self.expr(&node.value)?,
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::IpyEscapeCommand(_) => {}
        }
        Ok(())
    }

    /// An `async` statement in a module makes its code a coroutine, where the options allow it.
    fn mark_async_module(&mut self, is_async: bool) {
        let scope = self.scope();
        if is_async && scope.kind == ScopeKind::Module {
            scope.is_coroutine = true;
        }
    }

    fn directive(&mut self, names: &[Identifier], range: TextRange, flag: u32) -> Outcome {
        let word = if flag == DEF_GLOBAL { "global" } else { "nonlocal" };
        if flag == DEF_NONLOCAL && self.table.scope(self.current).kind == ScopeKind::Module {
            return self.fault("nonlocal declaration not allowed at module level", range);
        }
        for name in names {
            let mangled = self.mangle_in(self.current, &name.id);
            let flags = self.table.scope(self.current).flags_of(&mangled);
            let shown = &name.id;
            if flags & DEF_PARAM != 0 {
                return self.fault(format!("name '{shown}' is parameter and {word}"), range);
            }
            if flags & (DEF_GLOBAL | DEF_NONLOCAL) != 0 && flags & flag == 0 && self.current.0 != 0 {
                return self.fault(format!("name '{shown}' is nonlocal and global"), range);
            }
            // The module's table holds the globals of functions; that is no use of the name there.
            if flags & DEF_ANNOT != 0 {
                return self.fault(format!("annotated name '{shown}' can't be {word}"), range);
            }
            if flags & (DEF_LOCAL | DEF_IMPORT) != 0 {
                return self.fault(format!("name '{shown}' is assigned to before {word} declaration"), range);
            }
            if flags & USE != 0 {
                return self.fault(format!("name '{shown}' is used prior to {word} declaration"), range);
            }
            self.define(&name.id, flag, range)?;
            let scope = self.scope();
            if let Some(&at) = scope.index.get(&mangled) {
                scope.symbols[at as usize].directive.get_or_insert(range);
            }
        }
        Ok(())
    }

    // --- functions, type parameters, annotations ---

    fn defaults(&mut self, parameters: &'a Parameters) -> Outcome {
        for parameter in positional(parameters).chain(&parameters.kwonlyargs) {
            if let Some(default) = &parameter.default {
                self.expr(default)?;
            }
        }
        Ok(())
    }

    fn parameters(&mut self, parameters: &'a Parameters) -> Outcome {
        for parameter in positional(parameters).chain(&parameters.kwonlyargs) {
            self.define(&parameter.parameter.name.id, DEF_PARAM, parameter.parameter.name.range)?;
        }
        for (parameter, keywords) in [(&parameters.vararg, false), (&parameters.kwarg, true)] {
            if let Some(parameter) = parameter {
                self.define(&parameter.name.id, DEF_PARAM, parameter.name.range)?;
                let scope = self.scope();
                scope.has_varargs |= !keywords;
                scope.has_varkeywords |= keywords;
            }
        }
        self.scope().first_parameter = positional(parameters).next().map(|first| first.parameter.name.id.clone());
        Ok(())
    }

    fn format_parameter(&mut self, name: &'static str, range: TextRange) -> Outcome {
        self.define(&Name::new_static(name), DEF_PARAM, range)?;
        self.define(&Name::new_static(name), USE, range)
    }

    /// Lets an annotation-like scope see the names of the class around it.
    fn see_class(&mut self, id: ScopeId, range: TextRange) -> Outcome {
        self.table.scope_mut(id).can_see_class = true;
        self.define_in(id, &Name::new_static("__classdict__"), USE, range)
    }

    fn open_type_params(&mut self, key: NodeKey, name: &Name, params: &'a TypeParams) -> Outcome {
        let in_class = self.table.scope(self.current).kind == ScopeKind::Class;
        let id = self.open(ScopeKind::TypeParams, name.clone(), params.range, Some(key));
        self.table.scope_mut(id).expression_name = "the definition of a generic";
        if in_class {
            self.see_class(id, params.range)?;
        }
        Ok(())
    }

    fn type_params(&mut self, params: &'a TypeParams) -> Outcome {
        let mut default_seen = false;
        for param in params.iter() {
            let (name, bound, default, kind) = match param {
                TypeParam::TypeVar(node) => (&node.name, node.bound.as_deref(), node.default.as_deref(), "TypeVar"),
                TypeParam::TypeVarTuple(node) => (&node.name, None, node.default.as_deref(), "TypeVarTuple"),
                TypeParam::ParamSpec(node) => (&node.name, None, node.default.as_deref(), "ParamSpec"),
            };
            if name.id.as_str() == "__classdict__" || name.id.as_str() == "__class__" {
                return self.fault(format!("reserved name '{}' cannot be used for type parameter", name.id), name.range);
            }
            self.define(&name.id, DEF_TYPE_PARAM | DEF_LOCAL, param.range())?;
            if let Some(bound) = bound {
                let what = match bound {
                    Expr::Tuple(_) => "a TypeVar constraint",
                    _ => "a TypeVar bound",
                };
                self.type_variable(node_key_of(param, 3), &name.id, bound, what)?;
            }
            if let Some(default) = default {
                default_seen = true;
                let what = match kind {
                    "TypeVar" => "a TypeVar default",
                    "TypeVarTuple" => "a TypeVarTuple default",
                    _ => "a ParamSpec default",
                };
                self.type_variable(node_key_of(param, 4), &name.id, default, what)?;
            } else if default_seen {
                let message = format!("non-default type parameter '{}' follows default type parameter", name.id);
                return self.fault(message, param.range());
            }
        }
        Ok(())
    }

    fn type_variable(&mut self, key: NodeKey, name: &Name, value: &'a Expr, what: &'static str) -> Outcome {
        let in_class = self.table.scope(self.current).can_see_class;
        let id = self.open(ScopeKind::TypeVariable, name.clone(), value.range(), Some(key));
        self.table.scope_mut(id).expression_name = what;
        self.format_parameter(".format", value.range())?;
        if in_class {
            self.see_class(id, value.range())?;
        }
        self.expr(value)?;
        self.close();
        Ok(())
    }

    fn open_annotations(&mut self, key: Option<NodeKey>, range: TextRange) -> Outcome<ScopeId> {
        let outer = self.table.scope(self.current);
        let in_class =
            outer.kind == ScopeKind::Class || (outer.kind == ScopeKind::TypeParams && outer.can_see_class);
        let id = self.open(ScopeKind::Annotation, Name::new_static("__annotate__"), range, key);
        self.table.scope_mut(id).expression_name = "an annotation";
        self.format_parameter("format", range)?;
        if self.future_annotations {
            self.table.scope_mut(id).unevaluated = true;
        } else if in_class {
            self.see_class(id, range)?;
        }
        Ok(id)
    }

    fn function_annotations(
        &mut self,
        key: NodeKey,
        parameters: &'a Parameters,
        returns: Option<&'a Expr>,
        range: TextRange,
    ) -> Outcome {
        let any = parameters.iter().any(|p| p.annotation().is_some()) || returns.is_some();
        if !any {
            return Ok(());
        }
        self.open_annotations(Some(key), range)?;
        for parameter in parameters.iter() {
            if let Some(annotation) = parameter.annotation() {
                self.expr(annotation)?;
            }
        }
        if let Some(returns) = returns {
            self.expr(returns)?;
        }
        self.close();
        Ok(())
    }

    /// A variable annotation: its names belong to the annotation scope that the block shares.
    fn annotation(&mut self, node: &'a orochi_syntax::ast::StmtAnnAssign) -> Outcome {
        let block = self.current;
        let kind = self.table.scope(block).kind;
        let deferred = node.simple && !kind.is_function_like();
        if deferred {
            self.scope().has_annotations = true;
        }
        if deferred && !self.future_annotations {
            let conditional = kind == ScopeKind::Module || self.table.scope(block).in_conditional;
            let mut condition = None;
            if conditional {
                if !self.table.scope(block).has_conditional_annotations {
                    self.scope().has_conditional_annotations = true;
                    self.define(&Name::new_static("__conditional_annotations__"), USE, node.range)?;
                }
                let earlier = self.table.scope(block).annotations.iter();
                condition = Some(earlier.filter(|a| a.condition.is_some()).count() as i64);
            }
            self.scope().annotations.push(DeferredAnnotation { statement: node, condition });
        }
        let id = match self.table.scope(block).annotation_scope {
            Some(id) => {
                self.current = id;
                id
            }
            None => {
                let id = self.open_annotations(None, node.range)?;
                if kind.is_function_like() {
                    self.table.scope_mut(id).unevaluated = true;
                }
                self.table.scope_mut(block).annotation_scope = Some(id);
                id
            }
        };
        if deferred && self.table.scope(block).has_conditional_annotations {
            self.define_in(id, &Name::new_static("__conditional_annotations__"), USE, node.range)?;
        }
        self.expr(&node.annotation)?;
        self.current = block;
        Ok(())
    }

    // --- patterns ---

    fn pattern(&mut self, pattern: &'a Pattern) -> Outcome {
        with_stack(|| self.pattern_inner(pattern))
    }
    fn pattern_inner(&mut self, pattern: &'a Pattern) -> Outcome {
        match pattern {
            Pattern::MatchValue(node) => self.expr(&node.value)?,
            Pattern::MatchSingleton(_) => {}
            Pattern::MatchSequence(node) => node.patterns.iter().try_for_each(|p| self.pattern(p))?,
            Pattern::MatchMapping(node) => {
                node.keys.iter().try_for_each(|key| self.expr(key))?;
                node.patterns.iter().try_for_each(|p| self.pattern(p))?;
                if let Some(rest) = &node.rest {
                    self.define_identifier(rest, DEF_LOCAL)?;
                }
            }
            Pattern::MatchClass(node) => {
                self.expr(&node.cls)?;
                node.arguments.patterns.iter().try_for_each(|p| self.pattern(p))?;
                node.arguments.keywords.iter().try_for_each(|k| self.pattern(&k.pattern))?;
            }
            Pattern::MatchStar(node) => {
                if let Some(name) = &node.name {
                    self.define_identifier(name, DEF_LOCAL)?;
                }
            }
            Pattern::MatchAs(node) => {
                if let Some(inner) = &node.pattern {
                    self.pattern(inner)?;
                }
                if let Some(name) = &node.name {
                    self.define_identifier(name, DEF_LOCAL)?;
                }
            }
            Pattern::MatchOr(node) => node.patterns.iter().try_for_each(|p| self.pattern(p))?,
        }
        Ok(())
    }

    // --- expressions ---

    fn arguments(&mut self, args: &'a [Expr], keywords: &'a [orochi_syntax::ast::Keyword]) -> Outcome {
        args.iter().try_for_each(|arg| self.expr(arg))?;
        keywords.iter().try_for_each(|keyword| self.expr(&keyword.value))
    }

    fn expr(&mut self, expr: &'a Expr) -> Outcome {
        with_stack(|| self.expr_inner(expr))
    }

    fn expr_inner(&mut self, expr: &'a Expr) -> Outcome {
        match expr {
            Expr::Name(node) => {
                let flags = if node.ctx == ExprContext::Load { USE } else { DEF_LOCAL };
                self.define(&node.id, flags, node.range)?;
                if flags == USE
                    && node.id.as_str() == "super"
                    && self.table.scope(self.current).kind.is_function_like()
                {
                    self.define(&Name::new_static("__class__"), USE, node.range)?;
                }
            }
            Expr::Attribute(node) => {
                if node.ctx == ExprContext::Store {
                    self.static_attribute(&node.value, &node.attr.id);
                }
                self.expr(&node.value)?;
            }
            Expr::Subscript(node) => {
                self.expr(&node.value)?;
                self.expr(&node.slice)?;
            }
            Expr::Starred(node) => self.expr(&node.value)?,
            Expr::Tuple(node) => node.elts.iter().try_for_each(|e| self.expr(e))?,
            Expr::List(node) => node.elts.iter().try_for_each(|e| self.expr(e))?,
            Expr::Set(node) => node.elts.iter().try_for_each(|e| self.expr(e))?,
            Expr::Dict(node) => {
                for item in &node.items {
                    if let Some(key) = &item.key {
                        self.expr(key)?;
                    }
                    self.expr(&item.value)?;
                }
            }
            Expr::BoolOp(node) => node.values.iter().try_for_each(|e| self.expr(e))?,
            Expr::BinOp(node) => {
                self.expr(&node.left)?;
                self.expr(&node.right)?;
            }
            Expr::UnaryOp(node) => self.expr(&node.operand)?,
            Expr::Compare(node) => {
                self.expr(&node.left)?;
                node.comparators.iter().try_for_each(|e| self.expr(e))?;
            }
            Expr::If(node) => {
                self.expr(&node.test)?;
                self.expr(&node.body)?;
                self.expr(&node.orelse)?;
            }
            Expr::Named(node) => {
                self.refuse_in_annotation("named expression", node.range)?;
                let scope = self.table.scope(self.current);
                if scope.comp_iter_depth > 0 {
                    let message = "assignment expression cannot be used in a comprehension iterable expression";
                    return self.fault(message, node.range);
                }
                if scope.kind.is_comprehension() {
                    self.named_in_comprehension(&node.target)?;
                }
                if let Expr::Name(name) = &*node.target {
                    let mangled = self.mangle_in(self.current, &name.id);
                    self.scope().walrus.insert(mangled);
                }
                self.expr(&node.value)?;
                if !self.table.scope(self.current).kind.is_comprehension() {
                    self.expr(&node.target)?;
                }
            }
            Expr::Lambda(node) => {
                if let Some(parameters) = &node.parameters {
                    self.defaults(parameters)?;
                }
                self.open(ScopeKind::Lambda, Name::new_static("<lambda>"), node.range, Some(node_key(node)));
                if let Some(parameters) = &node.parameters {
                    self.parameters(parameters)?;
                }
                self.expr(&node.body)?;
                self.close();
            }
            Expr::ListComp(node) => {
                self.comprehension(ScopeKind::ListComp, node_key(node), node.range, &node.generators, None, &node.elt)?;
            }
            Expr::SetComp(node) => {
                self.comprehension(ScopeKind::SetComp, node_key(node), node.range, &node.generators, None, &node.elt)?;
            }
            Expr::DictComp(node) => {
                let key = node.key.as_deref();
                self.comprehension(ScopeKind::DictComp, node_key(node), node.range, &node.generators, key, &node.value)?;
            }
            Expr::Generator(node) => {
                self.comprehension(ScopeKind::Generator, node_key(node), node.range, &node.generators, None, &node.elt)?;
            }
            Expr::Yield(node) => {
                self.refuse_in_annotation("yield expression", node.range)?;
                if let Some(value) = &node.value {
                    self.expr(value)?;
                }
                self.mark_generator(node.range)?;
            }
            Expr::YieldFrom(node) => {
                self.refuse_in_annotation("yield expression", node.range)?;
                self.expr(&node.value)?;
                self.mark_generator(node.range)?;
            }
            Expr::Await(node) => {
                self.refuse_in_annotation("await expression", node.range)?;
                self.expr(&node.value)?;
                self.scope().is_coroutine = true;
            }
            Expr::Call(node) => {
                self.expr(&node.func)?;
                self.arguments(&node.arguments.args, &node.arguments.keywords)?;
            }
            Expr::FString(node) => {
                for part in &node.value {
                    if let orochi_syntax::ast::FStringPart::FString(part) = part {
                        self.interpolations(&part.elements)?;
                    }
                }
            }
            Expr::TString(node) => {
                for part in &node.value {
                    self.interpolations(&part.elements)?;
                }
            }
            Expr::Slice(node) => {
                for part in [&node.lower, &node.upper, &node.step].into_iter().flatten() {
                    self.expr(part)?;
                }
            }
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::IpyEscapeCommand(_) => {}
        }
        Ok(())
    }

    fn interpolations(&mut self, elements: &'a InterpolatedStringElements) -> Outcome {
        for element in elements {
            if let InterpolatedStringElement::Interpolation(part) = element {
                self.expr(&part.expression)?;
                if let Some(spec) = &part.format_spec {
                    with_stack(|| self.interpolations(&spec.elements))?;
                }
            }
        }
        Ok(())
    }

    fn mark_generator(&mut self, range: TextRange) -> Outcome {
        let scope = self.scope();
        scope.is_generator = true;
        if !scope.kind.is_comprehension() {
            return Ok(());
        }
        let place = match scope.kind {
            ScopeKind::ListComp => "'yield' inside list comprehension",
            ScopeKind::SetComp => "'yield' inside set comprehension",
            ScopeKind::DictComp => "'yield' inside dict comprehension",
            _ => "'yield' inside generator expression",
        };
        self.fault(place, range)
    }

    fn refuse_in_annotation(&self, what: &str, range: TextRange) -> Outcome {
        let scope = self.table.scope(self.current);
        match scope.kind {
            ScopeKind::Annotation | ScopeKind::TypeParams | ScopeKind::TypeAlias | ScopeKind::TypeVariable => {
                self.fault(format!("{what} cannot be used within {}", scope.expression_name), range)
            }
            _ => Ok(()),
        }
    }

    /// `self.x = ...` in a method: the class's `__static_attributes__` gets `x`.
    fn static_attribute(&mut self, value: &Expr, attribute: &Name) {
        let Some(first) = super::is_name(value) else { return };
        let mut at = self.current;
        while self.table.scope(at).kind.is_comprehension() {
            let Some(parent) = self.table.scope(at).parent else { return };
            at = parent;
        }
        let mut own = self.table.scope(at);
        if own.first_parameter.as_ref() != Some(first) {
            return;
        }
        // The nearest class outside, however deep the function lies.
        while let Some(parent) = own.parent {
            own = self.table.scope(parent);
            if own.kind == ScopeKind::Class {
                self.table.scope_mut(parent).static_attributes.insert(attribute.clone());
                return;
            }
        }
    }

    fn named_in_comprehension(&mut self, target: &'a Expr) -> Outcome {
        let Expr::Name(target) = target else { return Ok(()) };
        let mut at = Some(self.current);
        while let Some(id) = at {
            let name = self.mangle_in(id, &target.id);
            let scope = self.table.scope(id);
            at = scope.parent;
            match scope.kind {
                ScopeKind::ListComp | ScopeKind::SetComp | ScopeKind::DictComp | ScopeKind::Generator => {
                    if scope.flags_of(&name) & DEF_COMP_ITER != 0 {
                        let message = format!(
                            "assignment expression cannot rebind comprehension iteration variable '{}'",
                            target.id
                        );
                        return self.fault(message, target.range);
                    }
                }
                ScopeKind::Function | ScopeKind::Lambda => {
                    let flags = scope.flags_of(&name);
                    if flags & DEF_GLOBAL != 0 {
                        self.define(&target.id, DEF_GLOBAL, target.range)?;
                    } else {
                        self.define(&target.id, DEF_NONLOCAL, target.range)?;
                    }
                    let own = self.mangle_in(self.current, &target.id);
                    let scope = self.scope();
                    if let Some(&index) = scope.index.get(&own) {
                        scope.symbols[index as usize].directive.get_or_insert(target.range);
                    }
                    self.table.scope_mut(id).walrus.insert(name);
                    return self.define_in(id, &target.id, DEF_LOCAL, target.range);
                }
                ScopeKind::Module => {
                    self.define(&target.id, DEF_GLOBAL, target.range)?;
                    return self.define_in(id, &target.id, DEF_GLOBAL, target.range);
                }
                ScopeKind::Class => {
                    let message = "assignment expression within a comprehension cannot be used in a class body";
                    return self.fault(message, target.range);
                }
                ScopeKind::TypeVariable | ScopeKind::Annotation | ScopeKind::TypeAlias | ScopeKind::TypeParams => {
                    let message = format!(
                        "assignment expression within a comprehension cannot be used within {}",
                        match scope.kind {
                            ScopeKind::TypeVariable => "a TypeVar bound",
                            ScopeKind::TypeAlias => "a type alias",
                            ScopeKind::TypeParams => "the definition of a generic",
                            _ => "an annotation",
                        }
                    );
                    return self.fault(message, target.range);
                }
            }
        }
        Ok(())
    }

    fn comprehension(
        &mut self,
        kind: ScopeKind,
        key: NodeKey,
        range: TextRange,
        generators: &'a [Comprehension],
        first: Option<&'a Expr>,
        second: &'a Expr,
    ) -> Outcome {
        let Some(outermost) = generators.first() else { return Ok(()) };
        self.scope().comp_iter_depth += 1;
        self.expr(&outermost.iter)?;
        self.scope().comp_iter_depth -= 1;
        let is_async = generators.iter().any(|generator| generator.is_async);
        let outer_sees_class = self.table.scope(self.current).can_see_class;
        let name = match kind {
            ScopeKind::ListComp => "<listcomp>",
            ScopeKind::SetComp => "<setcomp>",
            ScopeKind::DictComp => "<dictcomp>",
            _ => "<genexpr>",
        };
        let id = self.open(kind, Name::new_static(name), range, Some(key));
        let scope = self.table.scope_mut(id);
        scope.is_coroutine = is_async;
        scope.is_generator = false;
        scope.inlined = kind != ScopeKind::Generator && !outer_sees_class;
        scope.first_parameter = None;
        self.define(&Name::new_static(".0"), DEF_PARAM, range)?;
        for (at, generator) in generators.iter().enumerate() {
            self.scope().comp_iter_target = true;
            self.expr(&generator.target)?;
            self.scope().comp_iter_target = false;
            if at > 0 {
                self.scope().comp_iter_depth += 1;
                self.expr(&generator.iter)?;
                self.scope().comp_iter_depth -= 1;
            }
            generator.ifs.iter().try_for_each(|test| self.expr(test))?;
        }
        if let Some(first) = first {
            self.expr(first)?;
        }
        self.expr(second)?;
        let scope = self.table.scope_mut(id);
        scope.is_generator = kind == ScopeKind::Generator;
        let is_async = scope.is_coroutine && kind != ScopeKind::Generator;
        self.close();
        if is_async {
            self.scope().is_coroutine = true;
        }
        Ok(())
    }
}

/// Positional parameters in order, positional-only ones first.
pub fn positional(parameters: &Parameters) -> impl Iterator<Item = &orochi_syntax::ast::ParameterWithDefault> {
    parameters.posonlyargs.iter().chain(&parameters.args)
}

/// Whether a scope binds a name by any means.
pub fn binds(flags: u32) -> bool {
    flags & DEF_BOUND != 0
}
