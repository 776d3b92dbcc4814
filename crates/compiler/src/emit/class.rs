//! Class definitions.

use orochi_bytecode::word::{EXTRA, TAKE_A, TAKE_B};
use orochi_bytecode::{Const, Op};
use orochi_syntax::ast::StmtClassDef;
use orochi_syntax::ast::name::Name;
use orochi_syntax::text_size::{TextRange, TextSize};

use super::Emitter;
use crate::fault::Outcome;
use crate::symtable::{ScopeId, node_key};
use crate::unit::{Operand, Want};

impl<'a> Emitter<'a> {
    /// `class`, decorators included.
    pub fn class(&mut self, node: &'a StmtClassDef) -> Outcome {
        let mark = self.unit.next;
        self.refuse_debug(node.name.id.as_str(), node.range)?;
        let first_line = match node.decorator_list.first() {
            Some(first) => self.line_of(first.range),
            None => self.line_of(node.range),
        };
        for decorator in &node.decorator_list {
            self.temporary(&decorator.expression)?;
            self.unit.reserve(self.unit.next);
            self.unit.next += 1;
        }
        let start = self.unit.next;
        let line = self.line_of(node.name.range);
        let header = match self.parsed.line_index().line_start(line) {
            Some(at) => {
                let text = &self.parsed.text()[at as usize..];
                let indent = text.len() - text.trim_start().len();
                TextRange::new(TextSize::new(at + indent as u32).min(node.range.end()), node.range.end())
            }
            None => node.range,
        };
        self.at(header);
        let class = match &node.type_params {
            None => self.plain_class(node, first_line, None, start)?,
            Some(params) => self.generic_class(node, params, first_line, start)?,
        };
        self.decorate(&node.decorator_list, class, mark);
        self.at(header);
        if let Operand::Temp(register) = class {
            let top = if node.decorator_list.is_empty() { register } else { self.unit.reserve(mark) };
            self.store_name(&node.name.id, Operand::Temp(top))?;
        }
        self.unit.next = mark;
        Ok(())
    }

    /// Makes the class object. `generic_base`: register of one more base.
    pub fn plain_class(
        &mut self,
        node: &'a StmtClassDef,
        first_line: u32,
        generic_base: Option<u16>,
        mark: u32,
    ) -> Outcome<Operand> {
        let scope = self.scope_of(node_key(node));
        self.open_unit(scope, node.name.id.as_str(), first_line);
        let outcome = self.class_code(node, scope, first_line);
        let code = self.close_unit(outcome);
        let code = code?;

        let run = self.unit.temp();
        self.unit.emit(Op::LoadBuildClass, 0, run, 0, 0);
        self.unit.reserve(self.unit.next);
        self.unit.next += 1;
        let function_at = self.unit.next;
        self.make_function(code, scope, 0, Want::Temp, function_at)?;
        let name = Const::Str(node.name.id.as_bytes().into());
        self.constant(name, Want::Temp);
        let (args, keywords) = match &node.arguments {
            Some(arguments) => (&arguments.args[..], &arguments.keywords[..]),
            None => (&[][..], &[][..]),
        };
        self.check_keywords(keywords)?;
        let spread = args.iter().any(|arg| arg.is_starred_expr())
            || keywords.iter().any(|keyword| keyword.arg.is_none())
            || args.len() + keywords.len() > 200;
        let at = self.unit.at;
        if !spread && generic_base.is_none() {
            // Function and name count as given arguments.
            return self.finish_call(run, EXTRA, &[0, 0], args, keywords, at, Want::Temp, mark);
        }
        if !spread {
            for arg in args {
                self.temporary(arg)?;
            }
            if let Some(base) = generic_base {
                let register = self.unit.temp();
                self.unit.emit(Op::Move, TAKE_B, register, base, 0);
            }
            let given = vec![0; 3 + args.len()];
            return self.finish_call(run, EXTRA, &given, &[], keywords, at, Want::Temp, mark);
        }
        // callable, tuple, dict: the two leading arguments move down into the unused self slot.
        let list = run + 1;
        self.unit.emit(Op::BuildList, 0, list, run + 2, 2);
        self.unit.next = u32::from(list) + 1;
        for arg in args {
            let (op, arg) = match arg {
                orochi_syntax::ast::Expr::Starred(node) => (Op::ListExtend, &*node.value),
                other => (Op::ListAppend, other),
            };
            let value = self.register(arg)?;
            let (b, flags) = self.unit.src_b(value);
            self.unit.emit(op, flags, list, b, 0);
            self.unit.next = u32::from(list) + 1;
        }
        if let Some(base) = generic_base {
            self.unit.emit(Op::ListAppend, TAKE_B, list, base, 0);
        }
        self.call_with_list(run, keywords, at, mark)
    }

    fn class_code(&mut self, node: &'a StmtClassDef, scope: ScopeId, first_line: u32) -> Outcome {
        self.unit.at = TextRange::empty(node.range.start());
        let data = self.table.scope(scope);
        let has_class_cell = data.class_cells.contains(&Name::new_static("__class__"));
        let has_classdict = data.class_cells.contains(&Name::new_static("__classdict__"));
        let has_conditional = data.has_conditional_annotations;
        let statics: Vec<Const> =
            data.static_attributes.iter().map(|name| Const::Str(name.as_bytes().into())).collect();

        let register = self.unit.temp();
        let index = self.unit.name("__name__");
        self.unit.emit(Op::LoadName, 0, register, index, 0);
        self.store_namespace("__module__", register);
        let qualname = self.unit.qualname.clone();
        self.unit.load_const(register, Const::Str(qualname.as_bytes().into()));
        self.store_namespace("__qualname__", register);
        self.unit.load_const(register, Const::Int(i64::from(first_line)));
        self.store_namespace("__firstlineno__", register);
        if node.type_params.is_some() {
            let name = Name::new_static(".type_params");
            let var = self.var(&name);
            self.load_var(var, &name, register);
            self.store_namespace("__type_params__", register);
        }
        if has_classdict
            && let Some(cell) = self.cell_register(&Name::new_static("__classdict__"))
        {
            self.unit.emit(Op::LoadLocals, 0, register, 0, 0);
            self.unit.emit(Op::StoreCell, TAKE_A, register, cell, 0);
        }
        if has_conditional {
            self.unit.emit(Op::BuildSet, 0, register, register, 0);
            match self.cell_register(&Name::new_static("__conditional_annotations__")) {
                Some(cell) => self.unit.emit(Op::StoreCell, TAKE_A, register, cell, 0),
                None => self.store_namespace("__conditional_annotations__", register),
            }
        }
        if self.future_annotations() && self.table.scope(scope).has_annotations {
            self.unit.emit(Op::SetupAnnotations, 0, 0, 0, 0);
        }
        self.unit.next -= 1;
        let body = self.docstring(&node.body)?;
        self.body(body)?;
        self.unit.at = TextRange::empty(node.range.start());
        if !self.future_annotations() {
            self.deferred_annotations()?;
        }
        self.unit.off_line();
        let register = self.unit.temp();
        self.unit.load_const(register, Const::Tuple(statics.into()));
        self.store_namespace("__static_attributes__", register);
        if has_classdict
            && let Some(cell) = self.cell_register(&Name::new_static("__classdict__"))
        {
            self.unit.emit(Op::Move, 0, register, cell, 0);
            self.store_namespace("__classdictcell__", register);
        }
        if has_class_cell
            && let Some(cell) = self.cell_register(&Name::new_static("__class__"))
        {
            self.unit.emit(Op::Move, 0, register, cell, 0);
            let index = self.unit.name("__classcell__");
            self.unit.emit(Op::StoreName, 0, register, index, 0);
            self.unit.emit(Op::Return, TAKE_A, register, 0, 0);
        } else {
            self.return_none();
        }
        Ok(())
    }
}
