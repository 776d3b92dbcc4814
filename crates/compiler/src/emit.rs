//! Trees to instructions. This file holds the emitter's state and how units open and close; the folder
//! has one file for each part of the language.

pub mod annotation;
pub mod assign;
pub mod call;
pub mod class;
pub mod comprehension;
pub mod condition;
pub mod expr;
pub mod function;
pub mod generic;
pub mod import;
pub mod name;
pub mod pattern;
pub mod protect;
pub mod stmt;
pub mod string;
pub mod with;

use std::collections::BTreeSet;
use std::sync::Arc;

use orochi_bytecode::{Code, Const, LocalKind, Op, flags};
use orochi_syntax::ast::name::Name;
use orochi_syntax::ast::{Expr, Stmt};
use orochi_syntax::text_size::{Ranged, TextRange, TextSize};
use orochi_syntax::{FaultKind, Parsed, SyntaxFault, SyntaxWarning, Tree};

use crate::assemble::{Assembly, Label};
use crate::fault::Outcome;
use crate::symtable::{NodeKey, Place, ScopeId, ScopeKind, SymbolTable};
use crate::unit::{Unit, nowhere};
use crate::{Mode, Options};

/// The emitter: one per source.
pub struct Emitter<'a> {
    pub parsed: &'a Parsed,
    pub table: SymbolTable<'a>,
    pub options: &'a Options,
    pub mode: Mode,
    pub filename: orochi_bytecode::code::Text,
    /// `CO_FUTURE_*` bits of the source and its surroundings.
    pub future: u32,
    pub unit: Unit<'a>,
    pub outer: Vec<Unit<'a>>,
    pub warnings: Vec<SyntaxWarning>,
    /// Label that the `except` just emitted jumps to when it does not match.
    pub pending_handler: Option<Label>,
    /// Nodes that are known to be no constants.
    pub unfoldable: std::cell::RefCell<rustc_hash::FxHashSet<usize>>,
}

/// Runs a recursive step with enough native stack.
#[inline]
pub(crate) fn with_stack<R>(step: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, step)
}

impl<'a> Emitter<'a> {
    pub fn fault<T>(&self, message: impl Into<String>, range: TextRange) -> Outcome<T> {
        Err(Box::new(self.parsed.fault(FaultKind::Syntax, message, range)))
    }

    /// Adds a `SyntaxWarning`.
    pub fn warn(&mut self, message: impl Into<String>, range: TextRange) {
        let message = message.into();
        let line = self.parsed.line_index().line(range.start().to_u32());
        // `finally` bodies are compiled twice, their warnings count once.
        if self.warnings.iter().any(|old| old.range == range && old.message == message) {
            return;
        }
        self.warnings.push(SyntaxWarning { error_message: message.clone(), message, range, line });
    }

    pub fn future_annotations(&self) -> bool {
        self.future & flags::FUTURE_ANNOTATIONS != 0
    }

    pub fn line_of(&self, range: TextRange) -> u32 {
        self.parsed.line_index().line(range.start().to_u32())
    }

    /// Emits with positions of `range` from here on; gives the range before.
    pub fn at(&mut self, range: TextRange) -> TextRange {
        std::mem::replace(&mut self.unit.at, range)
    }

    pub fn scope_of(&self, key: NodeKey) -> ScopeId {
        self.table.by_node.get(&key).copied().unwrap_or(ScopeId(0))
    }

    // --- units ---

    /// Qualified name of a scope opened in the current unit.
    fn qualified(&self, scope: ScopeId, name: &str) -> String {
        let kind = self.table.scope(scope).kind;
        if self.outer.is_empty() && self.unit.scope.0 == 0 {
            return name.to_owned();
        }
        // Type parameter scopes are transparent.
        let mut parent = &self.unit;
        let mut above = self.outer.len();
        while parent.kind == ScopeKind::TypeParams {
            if above == 0 {
                return name.to_owned();
            }
            above -= 1;
            parent = &self.outer[above];
            if parent.scope.0 == 0 {
                return name.to_owned();
            }
        }
        if matches!(kind, ScopeKind::Function | ScopeKind::Class) {
            let mangled = self.mangle_in(parent.scope, name);
            let symbol = self.table.scope(parent.scope).lookup(&mangled);
            if symbol.is_some_and(|symbol| symbol.place == Place::GlobalExplicit) {
                return name.to_owned();
            }
        }
        match parent.kind {
            ScopeKind::Function | ScopeKind::Lambda => format!("{}.<locals>.{name}", parent.qualname),
            _ => format!("{}.{name}", parent.qualname),
        }
    }

    /// Opens the unit of a scope.
    pub fn open_unit(&mut self, scope: ScopeId, name: &str, first_line: u32) {
        let qualname = self.qualified(scope, name);
        let kind = self.table.scope(scope).kind;
        let unit = Unit::new(scope, kind, name, qualname, first_line);
        let outer = std::mem::replace(&mut self.unit, unit);
        self.outer.push(outer);
        self.lay_out();
    }

    /// Closes the current unit and gives its code; `outcome` is what emitting it came to.
    pub fn close_unit(&mut self, outcome: Outcome) -> Outcome<Arc<Code>> {
        let Some(outer) = self.outer.pop() else {
            return self.fault("unbalanced code objects", TextRange::default());
        };
        let unit = std::mem::replace(&mut self.unit, outer);
        outcome?;
        Ok(Arc::new(self.assemble(unit)?))
    }

    fn assemble(&self, mut unit: Unit<'a>) -> Outcome<Code> {
        if let Some(what) = unit.overflow {
            let fault = SyntaxFault::bare(FaultKind::Syntax, format!("too many {what} in one code object"));
            return Err(Box::new(fault));
        }
        let mut code = std::mem::take(&mut unit.code);
        code.register_count = u16::try_from(unit.most).unwrap_or(u16::MAX);
        code.filename = self.filename.clone();
        code.flags |= self.future;
        let assembly = Assembly {
            parsed: self.parsed,
            instructions: unit.instructions,
            labels: unit.labels,
            handlers: unit.handlers,
            nowhere: nowhere(),
            first_temporary: code.locals.len() as u16,
        };
        assembly.finish(&mut code);
        Ok(code)
    }

    /// Gives every variable of the unit its register, and emits the prologue.
    fn lay_out(&mut self) {
        let id = self.unit.scope;
        let scope = self.table.scope(id);
        let kind = scope.kind;
        let unit = &mut self.unit;
        let mut cells: Vec<(Name, u16)> = Vec::new();
        if kind.is_function_like() {
            unit.code.flags |= flags::OPTIMIZED | flags::NEWLOCALS;
            for symbol in &scope.symbols {
                if symbol.flags & crate::symtable::DEF_PARAM == 0 {
                    continue;
                }
                let mut local = LocalKind::PARAM.with(LocalKind::LOCAL);
                let cell = symbol.place == Place::Cell;
                if cell {
                    local = local.with(LocalKind::CELL);
                }
                let register = unit.add_local(symbol.name.as_str(), local);
                unit.registers.insert((id, symbol.name.clone()), register);
                if cell {
                    cells.push((symbol.name.clone(), register));
                }
            }
        }
        if scope.nested {
            unit.code.flags |= flags::NESTED * u32::from(kind.is_function_like());
        }
        self.lay_out_locals(id);
        let scope = self.table.scope(id);
        let unit = &mut self.unit;
        let mut own: BTreeSet<&Name> = scope.class_cells.iter().collect();
        if kind.is_function_like() {
            let symbols = scope.symbols.iter();
            own.extend(
                symbols
                    .filter(|s| s.place == Place::Cell && s.flags & crate::symtable::DEF_PARAM == 0)
                    .map(|s| &s.name),
            );
        }
        for name in own {
            let register = unit.add_local(name.as_str(), LocalKind::CELL);
            unit.registers.insert((id, name.clone()), register);
            cells.push((name.clone(), register));
        }
        for name in &scope.frees {
            let register = unit.add_local(name.as_str(), LocalKind::FREE);
            unit.free_registers.insert(name.clone(), register);
        }
        unit.start_temporaries();
        for (_, register) in cells {
            unit.emit(Op::MakeCell, 0, register, 0, 0);
        }
    }

    /// Registers for the locals of a unit and of the comprehensions that are inlined in it, in order of first
    /// appearance; hidden ones last.
    fn lay_out_locals(&mut self, unit_scope: ScopeId) {
        /// A register to be: order, name, kind, and the variables that live in it.
        struct Slot {
            hidden: bool,
            order: u32,
            name: Name,
            kind: LocalKind,
            users: Vec<ScopeId>,
        }
        let function = self.unit.kind.is_function_like();
        let own = self.table.scope(unit_scope);
        let mut slots: Vec<Slot> = Vec::new();
        if function {
            for symbol in &own.symbols {
                if symbol.place == Place::Local && symbol.flags & crate::symtable::DEF_PARAM == 0 {
                    let (order, name) = (symbol.order, symbol.name.clone());
                    slots.push(Slot { hidden: false, order, name, kind: LocalKind::LOCAL, users: vec![unit_scope] });
                }
            }
        }
        let mut given: rustc_hash::FxHashMap<(Name, u32, bool), usize> = Default::default();
        // Depth first, with the comprehensions between the unit and the one at hand.
        let mut work: Vec<(ScopeId, Vec<ScopeId>)> = Vec::new();
        let children = |table: &SymbolTable, id: ScopeId| -> Vec<ScopeId> {
            let inlined = table.scope(id).children.iter().copied();
            inlined.filter(|&child| table.scope(child).inlined).rev().collect()
        };
        let is_own = |place: Place| matches!(place, Place::Local | Place::Cell);
        work.extend(children(&self.table, unit_scope).into_iter().map(|child| (child, Vec::new())));
        while let Some((id, above)) = work.pop() {
            for symbol in &self.table.scope(id).symbols {
                if symbol.name.as_str() == ".0" || !is_own(symbol.place) {
                    continue;
                }
                let (name, cell) = (&symbol.name, symbol.place == Place::Cell);
                let depth = above
                    .iter()
                    .filter(|&&outer| self.table.scope(outer).lookup(name).is_some_and(|s| is_own(s.place)))
                    .count() as u32;
                let key = (name.clone(), depth, cell);
                if let Some(slot) = slots.iter_mut().find(|slot| slot.users[0] == unit_scope && slot.name == *name) {
                    slot.order = slot.order.min(symbol.order);
                }
                if let Some(&slot) = given.get(&key) {
                    slots[slot].users.push(id);
                    continue;
                }
                let visible = depth == 0
                    && function
                    && own.lookup(name).is_none()
                    && !own.frees.contains(name)
                    && !given.contains_key(&(name.clone(), 0, !cell));
                let mut kind = if cell { LocalKind::CELL } else { LocalKind::LOCAL };
                if !visible {
                    kind = kind.with(LocalKind::HIDDEN);
                }
                given.insert(key, slots.len());
                slots.push(Slot { hidden: !visible, order: symbol.order, name: name.clone(), kind, users: vec![id] });
            }
            let mut inner = above;
            inner.push(id);
            work.extend(children(&self.table, id).into_iter().map(|child| (child, inner.clone())));
        }
        slots.sort_by_key(|slot| (slot.hidden, slot.order));
        for slot in slots {
            let register = self.unit.add_local(slot.name.as_str(), slot.kind);
            for user in slot.users {
                self.unit.registers.insert((user, slot.name.clone()), register);
            }
        }
    }

    /// `return None` at the end of a unit.
    pub fn return_none(&mut self) {
        self.unit.off_line();
        let index = self.unit.constant(Const::None);
        let mark = self.unit.next;
        self.emit_return(crate::unit::Operand::Const(index));
        self.unit.next = mark;
    }

    // --- the module ---

    /// Compiles the whole source.
    pub fn source(mut self) -> Outcome<(Code, Vec<SyntaxWarning>)> {
        self.lay_out();
        let start = TextRange::empty(TextSize::new(0));
        self.unit.at = start;
        let scope = self.table.scope(ScopeId(0));
        let is_coroutine = scope.is_coroutine;
        let is_generator = scope.is_generator;
        match self.parsed.tree() {
            Tree::Module(module) => {
                self.module_body(&module.body)?;
            }
            Tree::Expression(expression) => {
                let value = self.value(&expression.body, crate::unit::Want::Any)?;
                self.at(expression.body.range());
                self.emit_return(value);
            }
        }
        if self.options.allow_top_level_await && is_coroutine {
            let bit = if is_generator { flags::ASYNC_GENERATOR } else { flags::COROUTINE };
            self.unit.code.flags |= bit;
        }
        let module = ScopeId(0);
        let placeholder = Unit::new(module, ScopeKind::Module, "", String::new(), 1);
        let unit = std::mem::replace(&mut self.unit, placeholder);
        let code = self.assemble(unit)?;
        Ok((code, self.warnings))
    }

    fn module_body(&mut self, body: &'a [Stmt]) -> Outcome {
        if let Some(first) = body.first() {
            self.unit.at = first.range();
        }
        let has_annotations = !self.table.scope(ScopeId(0)).annotations.is_empty();
        if self.future_annotations() && self.table.scope(ScopeId(0)).has_annotations {
            self.unit.emit(Op::SetupAnnotations, 0, 0, 0, 0);
        } else if has_annotations {
            self.deferred_annotations()?;
        }
        let body = self.docstring(body)?;
        self.body(body)?;
        self.unit.at = match body.last() {
            Some(last) => last.range(),
            None => TextRange::empty(TextSize::new(0)),
        };
        self.return_none();
        Ok(())
    }

    /// The text of a body's docstring, if it has one.
    pub fn docstring_of(body: &'a [Stmt]) -> Option<&'a orochi_syntax::ast::ExprStringLiteral> {
        match body.first() {
            Some(Stmt::Expr(node)) => match &*node.value {
                Expr::StringLiteral(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// Stores the docstring of a module or class as `__doc__`; gives the rest of the body.
    pub fn docstring(&mut self, body: &'a [Stmt]) -> Outcome<&'a [Stmt]> {
        if self.mode == Mode::Single && self.unit.kind == ScopeKind::Module {
            return Ok(body);
        }
        let Some(text) = Self::docstring_of(body) else { return Ok(body) };
        if self.options.optimize >= 2 {
            return Ok(&body[1..]);
        }
        let value = orochi_syntax::literal::string_value(self.parsed, text)?;
        let value = crate::docstring::clean(&value);
        let before = self.at(text.range());
        let register = self.unit.temp();
        self.unit.load_const(register, Const::Str(value.into()));
        self.store_namespace("__doc__", register);
        self.unit.next -= 1;
        self.unit.at = before;
        Ok(&body[1..])
    }
}
