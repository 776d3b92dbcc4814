//! Calls. A call's run lies on top of the temporaries: callable, room for self, arguments.

use orochi_bytecode::word::{EXTRA, TAKE_C};
use orochi_bytecode::{Const, Op};
use orochi_syntax::ast::name::Name;
use orochi_syntax::ast::{Expr, ExprAttribute, ExprCall, Keyword};
use orochi_syntax::text_size::{Ranged, TextRange};
use rustc_hash::FxHashSet;

use super::Emitter;
use super::name::Var;
use crate::fault::Outcome;
use crate::unit::{Operand, Want};

/// More arguments than this are collected in a list first.
const MOST_IN_REGISTERS: usize = 200;

/// Registers kept behind the arguments of a call: nearly all builtins have no more optional parameters.
const SPARE_FOR_OPTIONAL: u32 = 3;

impl<'a> Emitter<'a> {
    pub fn call(&mut self, node: &'a ExprCall, want: Want) -> Outcome<Operand> {
        let (args, keywords) = (&node.arguments.args[..], &node.arguments.keywords[..]);
        self.check_callee(&node.func);
        self.check_keywords(keywords)?;
        let mark = self.unit.next;
        let whole = node.range();
        let spread = args.iter().any(Expr::is_starred_expr)
            || keywords.iter().any(|keyword| keyword.arg.is_none())
            || args.len() + keywords.len() > MOST_IN_REGISTERS;
        if !spread
            && let Expr::Attribute(attribute) = &*node.func
        {
            let run = self.unit.reserve(mark);
            self.method(attribute, run)?;
            self.unit.next = mark + 2;
            return self.finish_call(run, 0, &[], args, keywords, whole, want, mark);
        }
        let run = self.temporary(&node.func)?;
        if spread {
            return self.call_spread(run, args, keywords, whole, want, mark);
        }
        self.unit.reserve(self.unit.next);
        self.unit.next += 1;
        self.finish_call(run, EXTRA, &[], args, keywords, whole, want, mark)
    }

    /// Loads callable and self of `value.attr` into `run` and the register after it.
    fn method(&mut self, attribute: &'a ExprAttribute, run: u16) -> Outcome {
        let range = attribute.range;
        self.unit.reserve(u32::from(run) + 1);
        if let Some((first, flags)) = self.super_arguments(attribute)? {
            let name = self.attribute_name(&attribute.attr.id);
            let before = self.at(range);
            self.unit.emit(Op::LoadSuperMethod, flags, run, first, name);
            self.unit.at = before;
            return Ok(());
        }
        let object = self.register(&attribute.value)?;
        let name = self.attribute_name(&attribute.attr.id);
        let (b, flags) = self.unit.src_b(object);
        let before = self.at(range);
        if self.line_of(range) != self.line_of(attribute.attr.range) {
            self.unit.at = attribute.attr.range;
        }
        self.unit.emit(Op::LoadMethod, flags, run, b, name);
        self.unit.at = before;
        Ok(())
    }

    /// Evaluates the arguments behind the callable and self in `run`, and calls. `given`: arguments that
    /// stand in registers behind already, as positional ones.
    #[allow(clippy::too_many_arguments, reason = "one call site's facts")]
    pub fn finish_call(
        &mut self,
        run: u16,
        flags: u8,
        given: &[u16],
        args: &'a [Expr],
        keywords: &'a [Keyword],
        at: TextRange,
        want: Want,
        mark: u32,
    ) -> Outcome<Operand> {
        for arg in args {
            self.temporary(arg)?;
        }
        for keyword in keywords {
            self.temporary(&keyword.value)?;
        }
        let count = (given.len() + args.len() + keywords.len()) as u16;
        let before = self.at(at);
        if keywords.is_empty() {
            // A builtin is called at once if markers for the arguments left out fit behind those given.
            self.unit.make_room(SPARE_FOR_OPTIONAL);
            let target = self.destination(want, mark);
            self.unit.emit(Op::Call, flags, target, run, count);
        } else {
            let names = self.keyword_names(keywords);
            let index = self.unit.constant(Const::Tuple(names.into()));
            let target = self.destination(want, mark);
            self.unit.emit_argument(Op::CallKw, flags, target, run, count, index.into());
        }
        self.unit.at = before;
        Ok(self.finish(want, mark))
    }

    pub fn keyword_names(&self, keywords: &[Keyword]) -> Vec<Const> {
        let names = keywords.iter().filter_map(|keyword| keyword.arg.as_ref());
        names.map(|name| Const::Str(name.id.as_bytes().into())).collect()
    }

    pub fn check_keywords(&self, keywords: &[Keyword]) -> Outcome {
        let mut seen: FxHashSet<&Name> = FxHashSet::default();
        for keyword in keywords {
            let Some(name) = &keyword.arg else { continue };
            self.refuse_debug(name.id.as_str(), keyword.range)?;
            if keywords.len() > 1 && !seen.insert(&name.id) {
                return self.fault(format!("keyword argument repeated: {}", name.id), keyword.range);
            }
        }
        Ok(())
    }

    /// A call with `*` or `**`, or with very many arguments. The callable is in `run`, the top
    /// temporary.
    pub fn call_spread(
        &mut self,
        run: u16,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        at: TextRange,
        want: Want,
        mark: u32,
    ) -> Outcome<Operand> {
        let positional = run + 1;
        match args {
            [Expr::Starred(only)] => {
                // The call itself turns the iterable into a tuple.
                self.unit.next = u32::from(positional);
                self.temporary(&only.value)?;
            }
            [] => {
                self.unit.next = u32::from(positional);
                self.constant(Const::Tuple([].into()), Want::Temp);
            }
            _ if args.len() <= 64 && !args.iter().any(Expr::is_starred_expr) => {
                self.unit.next = u32::from(positional);
                self.run(args)?;
                self.unit.emit(Op::BuildTuple, 0, positional, positional, args.len() as u16);
                self.unit.next = u32::from(positional) + 1;
            }
            // The call takes the list as it is.
            _ => {
                self.collect(false, args)?;
            }
        }
        self.call_with_arguments(run, keywords, at, want, mark)
    }

    /// As `call_with_arguments`, for a value that is wanted in a temporary.
    pub fn call_with_list(&mut self, run: u16, keywords: &'a [Keyword], at: TextRange, mark: u32) -> Outcome<Operand> {
        self.call_with_arguments(run, keywords, at, Want::Temp, mark)
    }

    /// Calls `run` with the positional arguments in the register behind it (the top one; a tuple, a list or another
    /// iterable) and keywords.
    fn call_with_arguments(
        &mut self,
        run: u16,
        keywords: &'a [Keyword],
        at: TextRange,
        want: Want,
        mark: u32,
    ) -> Outcome<Operand> {
        let mut flags = 0;
        if let [Keyword { arg: None, value, .. }] = keywords {
            // The call itself looks whether it is a mapping, and changes nothing in it.
            flags = EXTRA;
            self.temporary(value)?;
        } else if !keywords.is_empty() {
            flags = EXTRA;
            let dict = self.unit.temp();
            let mut rest = keywords;
            let plain = rest.iter().take(64).take_while(|keyword| keyword.arg.is_some()).count();
            let first = self.unit.reserve(self.unit.next);
            for keyword in &rest[..plain] {
                self.temporary(&keyword.value)?;
            }
            if plain > 0 {
                let names = self.keyword_names(&rest[..plain]);
                let index = self.unit.constant(Const::Tuple(names.into()));
                self.unit.emit_argument(Op::BuildConstKeyMap, 0, dict, first, plain as u16, index.into());
            } else {
                self.unit.emit(Op::BuildMap, 0, dict, first, 0);
            }
            rest = &rest[plain..];
            self.unit.next = u32::from(dict) + 1;
            while let Some((keyword, others)) = rest.split_first() {
                let group = match keyword.arg {
                    None => {
                        let value = self.register(&keyword.value)?;
                        rest = others;
                        value
                    }
                    Some(_) => {
                        let count = rest.iter().take(64).take_while(|keyword| keyword.arg.is_some()).count();
                        let part = self.unit.reserve(self.unit.next);
                        for keyword in &rest[..count] {
                            self.temporary(&keyword.value)?;
                        }
                        let names = self.keyword_names(&rest[..count]);
                        let index = self.unit.constant(Const::Tuple(names.into()));
                        self.unit.emit_argument(Op::BuildConstKeyMap, 0, part, part, count as u16, index.into());
                        self.unit.next = u32::from(part) + 1;
                        rest = &rest[count..];
                        Operand::Temp(part)
                    }
                };
                let (b, flags) = self.unit.src_b(group);
                self.unit.emit(Op::DictMerge, flags & !TAKE_C, dict, b, run);
                self.unit.next = u32::from(dict) + 1;
            }
        }
        let before = self.at(at);
        let target = self.destination(want, mark);
        self.unit.emit(Op::CallEx, flags, target, run, 0);
        self.unit.at = before;
        Ok(self.finish(want, mark))
    }

    // --- super ---

    /// `super().x` and `super(C, o).x`: evaluates super, class and self into a run, if it is one.
    fn super_arguments(&mut self, attribute: &'a ExprAttribute) -> Outcome<Option<(u16, u8)>> {
        let Expr::Call(call) = &*attribute.value else { return Ok(None) };
        let Expr::Name(callee) = &*call.func else { return Ok(None) };
        if callee.id.as_str() != "super" || !call.arguments.keywords.is_empty() {
            return Ok(None);
        }
        if !self.unit.kind.is_function_like()
            || self.var(&callee.id) != Var::Global
            || attribute.attr.id.as_str() == "__class__"
        {
            return Ok(None);
        }
        let args = &call.arguments.args;
        if args.iter().any(Expr::is_starred_expr) {
            return Ok(None);
        }
        let first = self.unit.reserve(self.unit.next);
        let range = call.range();
        match args.len() {
            2 => {
                self.temporary(&call.func)?;
                self.temporary(&args[0])?;
                self.temporary(&args[1])?;
            }
            0 => {
                // Only where `__class__` is a free variable of the function itself and it has a first
                // parameter; otherwise `super()` finds its own words for what is missing.
                let class_name = Name::new_static("__class__");
                if self.unit.current_scope != self.unit.scope || self.unit.code.arg_count == 0 {
                    return Ok(None);
                }
                let Var::Cell(class) = self.var(&class_name) else { return Ok(None) };
                let scope = self.table.scope(self.unit.scope);
                let Some(parameter) = scope.first_parameter.clone() else { return Ok(None) };
                let own = self.var(&self.mangled(&parameter));
                let before = self.at(range);
                self.temporary(&call.func)?;
                let register = self.unit.temp();
                self.unit.emit(Op::LoadCell, 0, register, class, 0);
                let register = self.unit.temp();
                match own {
                    Var::Register(source) => {
                        self.unit.emit(Op::CheckBound, 0, source, 0, 0);
                        self.unit.emit(Op::Move, 0, register, source, 0);
                    }
                    Var::Cell(source) => self.unit.emit(Op::LoadCell, 0, register, source, 0),
                    _ => self.unit.load_const(register, Const::None),
                }
                self.unit.at = before;
            }
            _ => return Ok(None),
        }
        Ok(Some((first, if args.is_empty() { EXTRA } else { 0 })))
    }

    /// `super().x` as a value.
    pub fn super_attribute(&mut self, node: &'a ExprAttribute, want: Want) -> Outcome<Option<Operand>> {
        let mark = self.unit.next;
        let Some((first, flags)) = self.super_arguments(node)? else { return Ok(None) };
        let name = self.attribute_name(&node.attr.id);
        let target = self.destination(want, mark);
        self.unit.emit(Op::LoadSuperAttr, flags, target, first, name);
        Ok(Some(self.finish(want, mark)))
    }
}
