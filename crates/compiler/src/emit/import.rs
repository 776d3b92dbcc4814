//! `import` and `from ... import`.

use orochi_bytecode::word::{TAKE_A, TAKE_B};
use orochi_bytecode::{Const, Op};
use orochi_syntax::ast::name::Name;
use orochi_syntax::ast::{StmtImport, StmtImportFrom};

use super::Emitter;
use crate::fault::Outcome;
use crate::unit::{Operand, Want};

impl<'a> Emitter<'a> {
    /// Imports a module into the temporary at `next`.
    fn import_module(&mut self, name: &str, level: u32, from: Const) -> u16 {
        let first = self.unit.reserve(self.unit.next);
        let mark = self.unit.next;
        self.constant(Const::Int(i64::from(level)), Want::Temp);
        self.constant(from, Want::Temp);
        let name = self.unit.name(name);
        self.unit.emit(Op::ImportName, 0, first, first, name);
        self.unit.next = mark + 1;
        first
    }

    pub fn import(&mut self, node: &'a StmtImport) -> Outcome {
        for alias in &node.names {
            let mark = self.unit.next;
            let full = alias.name.id.as_str();
            match &alias.asname {
                None => {
                    let top = Name::new(full.split('.').next().unwrap_or_default());
                    self.refuse_debug(top.as_str(), alias.range)?;
                    let module = self.import_module(full, 0, Const::None);
                    self.store_name(&top, Operand::Temp(module))?;
                }
                Some(asname) => {
                    self.refuse_debug(asname.id.as_str(), alias.range)?;
                    let mut module = self.import_module(full, 0, Const::None);
                    for part in full.split('.').skip(1) {
                        let next = self.unit.temp();
                        let name = self.unit.name(part);
                        self.unit.emit(Op::ImportFrom, 0, next, module, name);
                        self.unit.emit(Op::Move, TAKE_B, module, next, 0);
                        self.unit.next = mark + 1;
                        module = self.unit.reserve(mark);
                    }
                    self.store_name(&asname.id, Operand::Temp(module))?;
                }
            }
            self.unit.next = mark;
        }
        Ok(())
    }

    pub fn import_from(&mut self, node: &'a StmtImportFrom) -> Outcome {
        let mark = self.unit.next;
        let names = node.names.iter().map(|alias| Const::Str(alias.name.id.as_bytes().into()));
        let from = Const::Tuple(names.collect());
        let module_name = node.module.as_ref().map_or("", |name| name.id.as_str());
        let module = self.import_module(module_name, node.level, from);
        if node.names.len() == 1 && node.names[0].name.id.as_str() == "*" {
            self.unit.emit(Op::ImportStar, TAKE_A, module, 0, 0);
            self.unit.next = mark;
            return Ok(());
        }
        for alias in &node.names {
            let bound = alias.asname.as_ref().unwrap_or(&alias.name);
            self.refuse_debug(bound.id.as_str(), alias.range)?;
            let value = match self.local_target(&bound.id) {
                Some(register) => register,
                None => self.unit.reserve(mark + 1),
            };
            let name = self.unit.name(alias.name.id.as_str());
            self.unit.emit(Op::ImportFrom, 0, value, module, name);
            if u32::from(value) == mark + 1 {
                self.unit.next = mark + 2;
                self.store_name(&bound.id, Operand::Temp(value))?;
            }
            self.unit.next = mark + 1;
        }
        self.unit.clear(module);
        self.unit.next = mark;
        Ok(())
    }
}
