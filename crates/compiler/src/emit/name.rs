//! Loading, storing and deleting names, wherever the variable lives.

use orochi_bytecode::Op;
use orochi_bytecode::word::TAKE_A;
use orochi_bytecode::word::TAKE_B;
use orochi_syntax::ast::name::Name;
use orochi_syntax::text_size::TextRange;

use super::Emitter;
use crate::fault::Outcome;
use crate::symtable::{Place, ScopeId, ScopeKind, mangle};
use crate::unit::{Operand, Want};

/// How a name is reached from the code being compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Var {
    /// A plain local.
    Register(u16),
    /// A cell of this unit or an enclosing one.
    Cell(u16),
    /// A free variable seen from a class body: the class's namespace comes first.
    ClassCell(u16),
    /// A free variable seen from an annotation scope in a class: the class's namespace comes first.
    VisibleCell(u16),
    /// A global seen from an annotation scope in a class.
    VisibleGlobal,
    Global,
    /// In the frame's namespace.
    Namespace,
}

impl<'a> Emitter<'a> {
    /// A name as the scope stores it.
    pub fn mangle_in(&self, scope: ScopeId, name: &str) -> Name {
        let scope = self.table.scope(scope);
        let name = Name::new(name);
        if scope.mangled.as_ref().is_some_and(|set| !set.contains(&name)) {
            return name;
        }
        mangle(scope.private.as_ref(), &name)
    }
    /// A name as the current scope stores it.
    pub fn mangled(&self, name: &Name) -> Name {
        let scope = self.table.scope(self.unit.current_scope);
        if scope.private.is_none() || !name.as_str().starts_with("__") {
            return name.clone();
        }
        self.mangle_in(self.unit.current_scope, name.as_str())
    }

    /// Register of a variable that lives in this unit (plain or cell) or whose cell the unit has.
    pub fn cell_register(&self, name: &Name) -> Option<u16> {
        let mut at = self.unit.current_scope;
        loop {
            if let Some(&register) = self.unit.registers.get(&(at, name.clone()))
                && self.unit.code.locals[register as usize].kind.holds_cell()
            {
                return Some(register);
            }
            if at == self.unit.scope {
                return self.unit.free_registers.get(name).copied();
            }
            at = self.table.scope(at).parent?;
        }
    }

    /// Where a mangled name lives, seen from the current scope.
    pub fn var(&self, name: &Name) -> Var {
        let scope_id = self.unit.current_scope;
        let scope = self.table.scope(scope_id);
        let unit_kind = self.unit.kind;
        let place = scope.lookup(name).map_or(Place::GlobalImplicit, |symbol| symbol.place);
        match place {
            Place::Local | Place::Cell if !scope.kind.is_function_like() => Var::Namespace,
            Place::Local => match self.unit.registers.get(&(scope_id, name.clone())) {
                Some(&register) => Var::Register(register),
                None => Var::Global,
            },
            Place::Cell => match self.unit.registers.get(&(scope_id, name.clone())) {
                Some(&register) => Var::Cell(register),
                None => Var::Global,
            },
            Place::Free { home } => {
                if let Some(&register) = self.unit.registers.get(&(home, name.clone())) {
                    if self.unit.code.locals[register as usize].kind.holds_cell() {
                        return Var::Cell(register);
                    }
                    return Var::Register(register);
                }
                match self.unit.free_registers.get(name) {
                    Some(&register) if unit_kind == ScopeKind::Class && scope_id == self.unit.scope => {
                        Var::ClassCell(register)
                    }
                    Some(&register)
                        if scope.can_see_class
                            && !matches!(name.as_str(), "__classdict__" | "__conditional_annotations__") =>
                    {
                        Var::VisibleCell(register)
                    }
                    Some(&register) => Var::Cell(register),
                    None => Var::Global,
                }
            }
            Place::GlobalExplicit => Var::Global,
            Place::GlobalImplicit => match unit_kind {
                ScopeKind::Module => Var::Namespace,
                ScopeKind::Class if scope_id == self.unit.scope => Var::Namespace,
                ScopeKind::Class => Var::Global,
                _ if scope.can_see_class => Var::VisibleGlobal,
                _ => Var::Global,
            },
        }
    }

    /// Destination register of a value that is wanted somewhere, computed with scratch from `mark` on.
    pub fn destination(&mut self, want: Want, mark: u32) -> u16 {
        match want {
            Want::Register(register) => register,
            Want::Any | Want::Temp => self.unit.reserve(mark),
        }
    }
    /// Ends an expression: `next` becomes what the result needs.
    pub fn finish(&mut self, want: Want, mark: u32) -> Operand {
        match want {
            Want::Register(register) => {
                self.unit.next = mark;
                Operand::Local(register)
            }
            Want::Any | Want::Temp => {
                self.unit.next = mark + 1;
                Operand::Temp(self.unit.reserve(mark))
            }
        }
    }

    /// The value of a name.
    pub fn load_name(&mut self, name: &Name, want: Want) -> Outcome<Operand> {
        let mangled = self.mangled(name);
        let var = self.var(&mangled);
        let mark = self.unit.next;
        if let Var::Register(register) = var {
            self.unit.emit(Op::CheckBound, 0, register, 0, 0);
            return Ok(match want {
                // `:=` elsewhere in the expression may rebind it before the value is used.
                Want::Any if !self.may_rebind(&mangled) => Operand::Local(register),
                Want::Register(target) => {
                    self.unit.store_register(target, Operand::Local(register));
                    Operand::Local(target)
                }
                _ => {
                    let target = self.destination(want, mark);
                    self.unit.emit(Op::Move, 0, target, register, 0);
                    self.finish(want, mark)
                }
            });
        }
        let target = self.destination(want, mark);
        self.load_var(var, &mangled, target);
        Ok(self.finish(want, mark))
    }

    fn may_rebind(&self, name: &Name) -> bool {
        let mut at = self.unit.current_scope;
        loop {
            if self.table.scope(at).walrus.contains(name) {
                return true;
            }
            if at == self.unit.scope {
                return false;
            }
            match self.table.scope(at).parent {
                Some(parent) => at = parent,
                None => return false,
            }
        }
    }

    /// Loads a variable that is no plain local into `target`.
    pub fn load_var(&mut self, var: Var, name: &Name, target: u16) {
        match var {
            Var::Register(register) => self.unit.emit(Op::Move, 0, target, register, 0),
            Var::Cell(register) => self.unit.emit(Op::LoadCell, 0, target, register, 0),
            Var::ClassCell(register) => {
                let index = self.unit.name(name.as_str());
                self.unit.emit(Op::LoadNameOrCell, 0, target, register, index);
            }
            Var::VisibleCell(register) => {
                let index = self.unit.name(name.as_str());
                let Some(classdict) = self.class_namespace() else {
                    return self.unit.emit(Op::LoadCell, 0, target, register, 0);
                };
                let argument = u64::from(register);
                self.unit.emit_argument(Op::LoadMappingOrCell, TAKE_B, target, classdict, index, argument);
                self.unit.next -= 1;
            }
            Var::VisibleGlobal => {
                let index = self.unit.name(name.as_str());
                let Some(classdict) = self.class_namespace() else {
                    return self.unit.emit(Op::LoadGlobal, 0, target, index, 0);
                };
                self.unit.emit(Op::LoadMappingOrGlobal, TAKE_B, target, classdict, index);
                self.unit.next -= 1;
            }
            Var::Global => {
                let index = self.unit.name(name.as_str());
                self.unit.emit(Op::LoadGlobal, 0, target, index, 0);
            }
            Var::Namespace => {
                let index = self.unit.name(name.as_str());
                self.unit.emit(Op::LoadName, 0, target, index, 0);
            }
        }
    }

    /// Loads the namespace of the class around an annotation scope into a new temporary.
    fn class_namespace(&mut self) -> Option<u16> {
        let cell = self.cell_register(&Name::new_static("__classdict__"))?;
        let register = self.unit.temp();
        self.unit.emit(Op::LoadCell, 0, register, cell, 0);
        Some(register)
    }

    /// `__debug__` is no variable.
    pub fn refuse_debug(&self, name: &str, range: TextRange) -> Outcome {
        if name == "__debug__" {
            return self.fault("cannot assign to __debug__", range);
        }
        Ok(())
    }

    /// name = operand (taken if it is a temporary).
    pub fn store_name(&mut self, name: &Name, value: Operand) -> Outcome {
        self.refuse_debug(name.as_str(), self.unit.at)?;
        let mangled = self.mangled(name);
        match self.var(&mangled) {
            Var::Register(register) => self.unit.store_register(register, value),
            Var::Cell(register) | Var::ClassCell(register) | Var::VisibleCell(register) => {
                let mark = self.unit.next;
                let (source, flags) = self.unit.src_a(value);
                self.unit.emit(Op::StoreCell, flags, source, register, 0);
                self.unit.next = mark;
            }
            Var::Global | Var::VisibleGlobal => {
                let index = self.unit.name(mangled.as_str());
                let mark = self.unit.next;
                let (source, flags) = self.unit.src_a(value);
                self.unit.emit(Op::StoreGlobal, flags, source, index, 0);
                self.unit.next = mark;
            }
            Var::Namespace => {
                let index = self.unit.name(mangled.as_str());
                let mark = self.unit.next;
                let (source, flags) = self.unit.src_a(value);
                self.unit.emit(Op::StoreName, flags, source, index, 0);
                self.unit.next = mark;
            }
        }
        Ok(())
    }

    /// The register to compute a name's new value in, if it is a plain local.
    pub fn local_target(&self, name: &Name) -> Option<u16> {
        match self.var(&self.mangled(name)) {
            Var::Register(register) => Some(register),
            _ => None,
        }
    }

    /// `del name`
    pub fn delete_name(&mut self, name: &Name, range: TextRange) -> Outcome {
        if name.as_str() == "__debug__" {
            return self.fault("cannot delete __debug__", range);
        }
        let mangled = self.mangled(name);
        match self.var(&mangled) {
            Var::Register(register) => self.unit.emit(Op::DeleteLocal, 0, register, 0, 0),
            Var::Cell(register) | Var::ClassCell(register) | Var::VisibleCell(register) => {
                self.unit.emit(Op::DeleteCell, 0, 0, register, 0);
            }
            Var::Global | Var::VisibleGlobal => {
                let index = self.unit.name(mangled.as_str());
                self.unit.emit(Op::DeleteGlobal, 0, 0, index, 0);
            }
            Var::Namespace => {
                let index = self.unit.name(mangled.as_str());
                self.unit.emit(Op::DeleteName, 0, 0, index, 0);
            }
        }
        Ok(())
    }

    /// Stores a temporary in the frame's namespace, whatever the symbol table says.
    pub fn store_namespace(&mut self, name: &str, register: u16) {
        let index = self.unit.name(name);
        self.unit.emit(Op::StoreName, TAKE_A, register, index, 0);
    }
}
