//! `_ast`: the node classes of Python's syntax trees and the constants of `compile`.
//!
//! * `grammar` the abstract grammar, one table
//! * `node`    the base class of all nodes
//! * `to_nodes` the parser's tree to nodes
//! * `to_source` nodes to source text, which the compiler takes
//!
//! The classes are made per interpreter from the table, as ordinary classes: Python code may add
//! attributes to them.

pub mod grammar;
pub mod node;
pub mod to_nodes;
pub mod to_source;

use std::collections::HashMap;

use orochi_heap::{Slot, Value};
use orochi_objects::protocol::Operator;
use orochi_objects::{Attached, ModuleSpec, PyResult, attr, dict, protocol, str, tuple, type_};
use orochi_runtime::Locked;

use grammar::{Attributes, Count, FAMILIES, Field};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_ast").types(&[&node::AST]).exec(exec);

/// The classes of one interpreter.
#[derive(Default)]
pub struct State {
    made: Locked<Option<std::sync::Arc<Classes>>>,
}

/// Node classes by name, and the one instance of each class without fields that the compiler uses.
pub struct Classes {
    classes: HashMap<&'static str, Slot>,
    singles: HashMap<&'static str, Slot>,
}

impl Classes {
    /// The classes of this interpreter, made at first use.
    pub fn of(t: Attached<'_>) -> PyResult<std::sync::Arc<Classes>> {
        let state = t.interpreter().state::<State>();
        let made = state.made.lock().clone();
        if let Some(c) = made {
            return Ok(c);
        }
        let new = std::sync::Arc::new(make(t)?);
        Ok(state.made.lock().get_or_insert(new).clone())
    }
    /// A class of the grammar.
    pub fn class(&self, name: &str) -> Value {
        self.classes.get(name).map_or(Value::none(), Slot::load)
    }
    /// The name of a class if it is one of these.
    pub fn known(&self, name: &str, class: &Value) -> Option<&'static str> {
        let (known, slot) = self.classes.get_key_value(name)?;
        if slot.load().is(class) { Some(known) } else { None }
    }
    /// The instance of a class without fields, as the compiler gives it.
    pub fn single(&self, name: &str) -> Value {
        self.singles.get(name).map_or(Value::none(), Slot::load)
    }
}

fn texts(t: Attached<'_>, names: &[&str]) -> Value {
    tuple::new(t, names.iter().map(|n| str::intern(t, n)).collect())
}

const POSITION: [&str; 4] = ["lineno", "col_offset", "end_lineno", "end_col_offset"];

struct Plan {
    name: &'static str,
    base: Option<&'static str>,
    doc: String,
    /// None: an abstract family.
    fields: Option<Vec<Field>>,
    attributes: Option<Attributes>,
}

fn plans() -> Vec<Plan> {
    let mut all = Vec::new();
    for family in FAMILIES {
        let own = family.alternatives.is_empty();
        all.push(Plan {
            name: family.name,
            base: None,
            doc: family.doc(),
            fields: own.then(|| grammar::fields(family.fields)),
            attributes: Some(family.attributes),
        });
        for text in family.alternatives {
            let (name, fields) = grammar::constructor(text);
            all.push(Plan { name, base: Some(family.name), doc: (*text).to_owned(), fields: Some(fields), attributes: None });
        }
    }
    all
}

fn make(t: Attached<'_>) -> PyResult<Classes> {
    let mut out = Classes { classes: HashMap::new(), singles: HashMap::new() };
    let meta = type_::TYPE.get(t).clone();
    let module = str::intern(t, "ast");
    let plans = plans();
    for plan in &plans {
        let base = plan.base.map_or_else(|| node::AST.get(t).clone(), |b| out.class(b));
        let namespace = dict::new(t);
        dict::set_by_name(t, &namespace, "__module__", module.clone());
        dict::set_by_name(t, &namespace, "__doc__", str::new(t, &plan.doc));
        let fields = plan.fields.as_deref().unwrap_or(&[]);
        let names: Vec<&str> = fields.iter().map(|f| f.name).collect();
        dict::set_by_name(t, &namespace, "_fields", texts(t, &names));
        dict::set_by_name(t, &namespace, "__match_args__", texts(t, &names));
        for f in fields.iter().filter(|f| f.count == Count::Optional) {
            dict::set_by_name(t, &namespace, f.name, Value::none());
        }
        if let Some(attributes) = plan.attributes {
            let listed: &[&str] = if attributes == Attributes::None { &[] } else { &POSITION };
            dict::set_by_name(t, &namespace, "_attributes", texts(t, listed));
            if attributes == Attributes::OpenEnd {
                dict::set_by_name(t, &namespace, "end_lineno", Value::none());
                dict::set_by_name(t, &namespace, "end_col_offset", Value::none());
            }
        }
        let bases = tuple::new(t, vec![base]);
        let name = str::intern(t, plan.name);
        let class = protocol::call(t, &meta, &[name, bases, namespace])?;
        out.classes.insert(plan.name, Slot::new(class));
    }
    let list_type = orochi_objects::list::TYPE.get(t).clone();
    for plan in &plans {
        let Some(fields) = &plan.fields else { continue };
        let types = dict::new(t);
        for f in fields {
            let one = match f.kind {
                "identifier" | "string" => str::TYPE.get(t).clone(),
                "int" => orochi_objects::int::TYPE.get(t).clone(),
                "constant" => orochi_objects::object::TYPE.get(t).clone(),
                family => out.class(family),
            };
            let kind = match f.count {
                Count::One => one,
                Count::Optional => protocol::binary(t, &one, &Value::none(), Operator::Or)?,
                Count::Many | Count::ManyOptional => protocol::get_item(t, &list_type, &one)?,
            };
            dict::set_by_name(t, &types, f.name, kind);
        }
        let class = out.class(plan.name);
        attr::set(t, &class, &str::intern(t, "_field_types"), Some(&types))?;
        attr::set(t, &class, &str::intern(t, "__annotations__"), Some(&types))?;
        if plan.base.is_some() && fields.is_empty() && FAMILIES.iter().any(|f| Some(f.name) == plan.base && f.attributes == Attributes::None) {
            let single = protocol::call(t, &class, &[])?;
            out.singles.insert(plan.name, Slot::new(single));
        }
    }
    Ok(out)
}

fn exec(t: Attached<'_>, namespace: &Value) -> PyResult<()> {
    let classes = Classes::of(t)?;
    for plan in plans() {
        dict::set_by_name(t, namespace, plan.name, classes.class(plan.name));
    }
    for (name, value) in [
        ("PyCF_ONLY_AST", 0x400),
        ("PyCF_TYPE_COMMENTS", 0x1000),
        ("PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000),
        ("PyCF_OPTIMIZED_AST", 0x8400),
    ] {
        dict::set_by_name(t, namespace, name, Value::i32(value));
    }
    Ok(())
}
