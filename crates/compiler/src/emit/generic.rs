//! Type parameters and type aliases (PEP 695, 696). The parameters live in a function of their own that
//! is called at once; bounds, defaults and alias values are functions called when they are needed.

use orochi_bytecode::instructions::{FUNCTION_DEFAULTS, FUNCTION_KWDEFAULTS, Intrinsic1, Intrinsic2};
use orochi_bytecode::word::{EXTRA, TAKE_A, TAKE_B};
use orochi_bytecode::{Const, Op};
use orochi_syntax::ast::name::Name;
use orochi_syntax::ast::{Expr, StmtClassDef, StmtFunctionDef, StmtTypeAlias, TypeParam, TypeParams};
use orochi_syntax::text_size::Ranged;

use super::Emitter;
use crate::fault::Outcome;
use crate::symtable::{NodeKey, node_key, node_key_of};
use crate::unit::{Operand, Want};

impl<'a> Emitter<'a> {
    /// A function that evaluates one expression later, in a new temporary.
    fn evaluator(&mut self, key: NodeKey, name: &str, value: &'a Expr) -> Outcome<u16> {
        let mark = self.unit.next;
        let scope = self.scope_of(key);
        let line = self.line_of(self.unit.at);
        let at = self.unit.at;
        self.open_unit(scope, name, line);
        self.unit.at = at;
        let outcome: Outcome = (|| {
            self.check_format();
            let value = match value {
                // `*Ts = *tuple[int]`: the one thing that it unpacks to.
                Expr::Starred(starred) => {
                    let start = self.unit.next;
                    let inner = self.register(&starred.value)?;
                    let (b, flags) = self.unit.src_b(inner);
                    let only = self.unit.reserve(start);
                    self.unit.emit(Op::UnpackSequence, flags, only, b, 1);
                    self.unit.next = start + 1;
                    Operand::Temp(only)
                }
                other => self.value(other, Want::Any)?,
            };
            self.emit_return(value);
            Ok(())
        })();
        let code = self.close_unit(outcome);
        self.constant(Const::Tuple([Const::Int(1)].into()), Want::Temp);
        let function = self.make_function(code?, scope, FUNCTION_DEFAULTS, Want::Temp, mark)?;
        match function {
            Operand::Temp(register) => Ok(register),
            _ => self.fault("function without a register", value.range()),
        }
    }

    /// Makes the type parameters, binds their names, and leaves their tuple in a new temporary.
    fn type_params(&mut self, params: &'a TypeParams) -> Outcome<u16> {
        let first = self.unit.reserve(self.unit.next);
        for param in params.iter() {
            let mark = self.unit.next;
            self.at(param.range());
            let register = self.unit.temp();
            let (name, bound, default, intrinsic) = match param {
                TypeParam::TypeVar(n) => (&n.name, n.bound.as_deref(), n.default.as_deref(), Intrinsic1::TypeVar),
                TypeParam::TypeVarTuple(n) => (&n.name, None, n.default.as_deref(), Intrinsic1::TypeVarTuple),
                TypeParam::ParamSpec(n) => (&n.name, None, n.default.as_deref(), Intrinsic1::ParamSpec),
            };
            self.refuse_debug(name.id.as_str(), param.range())?;
            self.unit.load_const(register, Const::Str(name.id.as_bytes().into()));
            match bound {
                Some(bound) => {
                    self.evaluator(node_key_of(param, 3), name.id.as_str(), bound)?;
                    let kind = match bound {
                        Expr::Tuple(_) => Intrinsic2::TypeVarWithConstraints,
                        _ => Intrinsic2::TypeVarWithBound,
                    };
                    self.unit.emit(Op::Intrinsic2, 0, register, register, kind as u16);
                }
                None => self.unit.emit(Op::Intrinsic1, TAKE_B, register, register, intrinsic as u16),
            }
            self.unit.next = mark + 1;
            if let Some(default) = default {
                self.evaluator(node_key_of(param, 4), name.id.as_str(), default)?;
                let kind = Intrinsic2::SetTypeParamDefault as u16;
                self.unit.emit(Op::Intrinsic2, 0, register, register, kind);
                self.unit.next = mark + 1;
            }
            self.store_name(&name.id, Operand::Local(register))?;
        }
        self.unit.emit(Op::BuildTuple, 0, first, first, params.len() as u16);
        self.unit.next = u32::from(first) + 1;
        Ok(first)
    }

    /// Opens the unit of type parameters.
    fn open_generic(&mut self, key: NodeKey, name: &str, line: u32) -> crate::symtable::ScopeId {
        let scope = self.scope_of(key);
        let at = self.unit.at;
        self.open_unit(scope, &format!("<generic parameters of {name}>"), line);
        self.unit.at = at;
        scope
    }

    pub fn generic_function(
        &mut self,
        node: &'a StmtFunctionDef,
        params: &'a TypeParams,
        first_line: u32,
        mark: u32,
    ) -> Outcome<Operand> {
        // The call's run: the function that makes the parameters, and the defaults as arguments.
        let run = self.unit.reserve(mark);
        self.unit.next = mark + 2;
        let made = self.defaults(&node.parameters)?;
        let at = self.unit.at;
        let scope = self.open_generic(node_key_of(node, 1), node.name.id.as_str(), first_line);
        let outcome: Outcome = (|| {
            let count = made.count_ones() as u16;
            self.unit.code.arg_count = count;
            let base = self.unit.next;
            let tuple = self.type_params(params)?;
            self.at(at);
            let start = self.unit.next;
            for (register, _) in [FUNCTION_DEFAULTS, FUNCTION_KWDEFAULTS]
                .into_iter()
                .filter(|bit| made & bit != 0)
                .enumerate()
            {
                let copy = self.unit.temp();
                self.unit.emit(Op::Move, 0, copy, register as u16, 0);
            }
            self.plain_function(node, first_line, made, start)?;
            let second = self.unit.temp();
            self.unit.emit(Op::Move, TAKE_B, second, tuple, 0);
            let result = self.unit.reserve(base);
            let function = self.unit.reserve(start);
            let kind = Intrinsic2::SetFunctionTypeParams as u16;
            self.unit.emit(Op::Intrinsic2, 0, result, function, kind);
            self.unit.emit(Op::Return, TAKE_A, result, 0, 0);
            Ok(())
        })();
        let code = self.close_unit(outcome);
        let top = self.unit.next;
        self.make_function(code?, scope, 0, Want::Register(run), top)?;
        let target = self.unit.reserve(mark);
        self.unit.emit(Op::Call, EXTRA, target, run, made.count_ones() as u16);
        Ok(self.finish(Want::Temp, mark))
    }

    pub fn generic_class(
        &mut self,
        node: &'a StmtClassDef,
        params: &'a TypeParams,
        first_line: u32,
        mark: u32,
    ) -> Outcome<Operand> {
        let at = self.unit.at;
        let scope = self.open_generic(node_key_of(node, 1), node.name.id.as_str(), first_line);
        let outcome: Outcome = (|| {
            let tuple = self.type_params(params)?;
            self.at(at);
            self.store_name(&Name::new_static(".type_params"), Operand::Local(tuple))?;
            let kind = Intrinsic1::SubscriptGeneric as u16;
            self.unit.emit(Op::Intrinsic1, TAKE_B, tuple, tuple, kind);
            let start = self.unit.next;
            let class = self.plain_class(node, first_line, Some(tuple), start)?;
            self.emit_return(class);
            Ok(())
        })();
        let code = self.close_unit(outcome);
        self.call_generic(code?, scope, mark)
    }

    /// Makes and calls the function of a unit without parameters.
    fn call_generic(
        &mut self,
        code: std::sync::Arc<orochi_bytecode::Code>,
        scope: crate::symtable::ScopeId,
        mark: u32,
    ) -> Outcome<Operand> {
        self.make_function(code, scope, 0, Want::Temp, mark)?;
        let run = self.unit.reserve(mark);
        self.unit.reserve(mark + 1);
        self.unit.emit(Op::Call, EXTRA, run, run, 0);
        Ok(self.finish(Want::Temp, mark))
    }

    pub fn type_alias(&mut self, node: &'a StmtTypeAlias) -> Outcome {
        let Some(name) = crate::symtable::is_name(&node.name) else {
            return self.fault("invalid syntax", node.name.range());
        };
        self.refuse_debug(name.as_str(), node.name.range())?;
        let mark = self.unit.next;
        let at = self.unit.at;
        let alias = match &node.type_params {
            None => self.alias_object(node, name)?,
            Some(params) => {
                let line = self.line_of(node.range);
                let scope = self.open_generic(node_key_of(node, 1), name.as_str(), line);
                let outcome: Outcome = (|| {
                    let start = self.unit.next;
                    // name, parameters, evaluator
                    self.constant(Const::Str(name.as_bytes().into()), Want::Temp);
                    self.type_params(params)?;
                    self.at(at);
                    self.evaluator(node_key(node), name.as_str(), &node.value)?;
                    let first = self.unit.reserve(start);
                    self.unit.emit(Op::BuildTuple, 0, first, first, 3);
                    self.unit.emit(Op::Intrinsic1, TAKE_B, first, first, Intrinsic1::TypeAlias as u16);
                    self.unit.emit(Op::Return, TAKE_A, first, 0, 0);
                    Ok(())
                })();
                let code = self.close_unit(outcome);
                self.call_generic(code?, scope, mark)?
            }
        };
        self.store_name(name, alias)?;
        self.unit.next = mark;
        Ok(())
    }

    fn alias_object(&mut self, node: &'a StmtTypeAlias, name: &Name) -> Outcome<Operand> {
        let mark = self.unit.next;
        self.constant(Const::Str(name.as_bytes().into()), Want::Temp);
        self.constant(Const::None, Want::Temp);
        self.evaluator(node_key(node), name.as_str(), &node.value)?;
        let first = self.unit.reserve(mark);
        self.unit.emit(Op::BuildTuple, 0, first, first, 3);
        self.unit.emit(Op::Intrinsic1, TAKE_B, first, first, Intrinsic1::TypeAlias as u16);
        Ok(self.finish(Want::Temp, mark))
    }
}
