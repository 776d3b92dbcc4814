//! Struct sequences: tuples whose members also have names (`os.stat_result`, `time.struct_time`).
//!
//! ```ignore
//! struct_sequence! {
//!     /// What `os.get_terminal_size` gives.
//!     pub static TERMINAL_SIZE = "os.terminal_size", visible 2, flags 0,
//!         "A tuple of (columns, lines) for holding terminal window size",
//!         ["columns": "width of the terminal window in characters", "lines": "height ..."];
//! }
//! TERMINAL_SIZE.make(t, vec![columns, lines])      // all fields, the visible ones first
//! ```
//! Fields behind the `visible` first ones are no members of the tuple and are reached by name only.
//! The name `""` makes a member without a name. The types cannot be subclassed.

use std::sync::atomic::AtomicPtr;

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::args::Args;
use crate::slots::Def;
use crate::spec::{GetSet, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;
use crate::{dict, int, list, protocol, str, tuple};

/// The declaration of a struct sequence; made by [`crate::struct_sequence!`].
pub struct StructSequence {
    /// The type.
    pub spec: TypeSpec,
    /// Names and docstrings of all fields.
    pub fields: &'static [(&'static str, &'static str)],
    /// How many of them are members of the tuple.
    pub visible: usize,
    /// Changes the values that Python code passed to the constructor, all fields of them.
    pub complete: Option<fn(&mut Vec<Value>)>,
    /// A constructor that takes the members themselves.
    pub new: Option<crate::slots::NewFn>,
}

/// Declares a struct sequence: see the module's documentation.
#[macro_export]
macro_rules! struct_sequence {
    ($(#[$meta:meta])* $vis:vis static $id:ident = $name:literal, visible $visible:literal, flags $flags:expr,
     $(complete $complete:expr,)? $(new $new:expr,)?
     $doc:literal, [$($field:literal : $field_doc:literal),* $(,)?];) => {
        $(#[$meta])*
        $vis static $id: $crate::struct_sequence::StructSequence = $crate::struct_sequence::StructSequence {
            spec: $crate::TypeSpec::new::<$crate::tuple::PyTuple>($name)
                .base(&$crate::tuple::TYPE)
                .variable_size()
                .flags($flags)
                .slots(&[
                    $crate::Def::New(|t, class, args| $crate::struct_sequence::construct(t, &$id, class, args)),
                    $crate::Def::Repr(|t, this| $crate::struct_sequence::repr(t, &$id, this)),
                ])
                .methods(&[
                    $crate::Method::new("__reduce__", "($self, /)", |t, a| $crate::struct_sequence::reduce(t, &$id, &a[0]), ""),
                    $crate::Method::new(
                        "__replace__",
                        "($self, /, *args, **changes)",
                        |t, a| $crate::struct_sequence::replace(t, &$id, a),
                        "Return a copy of the structure with new values for the specified fields.",
                    ),
                ])
                .extra(|t, class| $crate::struct_sequence::fill(t, &$id, class))
                .doc($doc),
            fields: &[$(($field, $field_doc)),*],
            visible: $visible,
            complete: {
                #[allow(unused_mut, unused_assignments)]
                let mut complete: Option<fn(&mut Vec<$crate::Value>)> = None;
                $(complete = Some($complete);)?
                complete
            },
            new: {
                #[allow(unused_mut, unused_assignments)]
                let mut new: Option<$crate::slots::NewFn> = None;
                $(new = Some($new);)?
                new
            },
        };
    };
}

impl StructSequence {
    /// The type object.
    pub fn get<'t>(&'static self, t: Attached<'t>) -> &'t Value {
        self.spec.get(t)
    }
    /// An instance with these values, one a field; fields without a value are None.
    pub fn make(&'static self, t: Attached<'_>, mut values: Vec<Value>) -> PyResult {
        values.resize(self.fields.len(), Value::none());
        tuple::new_hiding(t, self.spec.get(t), values, self.visible)
    }
    fn named(&self) -> impl Iterator<Item = (usize, &'static str)> {
        self.fields.iter().enumerate().filter(|(_, (name, _))| !name.is_empty()).map(|(i, (name, _))| (i, *name))
    }
    fn unnamed_count(&self) -> usize {
        self.fields.len() - self.named().count()
    }
}

/// The body of the descriptor of a field.
pub struct PyField {
    declaration: AtomicPtr<StructSequence>,
    index: usize,
    owner: Slot,
}

impl Payload for PyField {
    payload!(PyField, "member_descriptor");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.owner);
    }
}

static FIELD: TypeSpec = TypeSpec::new::<PyField>("member_descriptor")
    .flags(flags::NO_NEW)
    .slots(&[Def::DescrGet(field_get), Def::DescrSet(field_set), Def::Repr(field_repr)])
    .getset(&[
        GetSet::read("__name__", |t, v| Ok(str::intern(t, field_of(v).0)), ""),
        GetSet::read("__qualname__", field_qualname, ""),
        GetSet::read("__doc__", |t, v| Ok(str::new(t, field_of(v).1)), ""),
        GetSet::read("__objclass__", |_, v| Ok(v.payload::<PyField>().map_or(Value::none(), |f| f.owner.load())), ""),
    ]);

fn field_of(v: &Value) -> (&'static str, &'static str) {
    let Some(f) = v.payload::<PyField>() else { return ("", "") };
    // SAFETY: `fill` stored the address of a static.
    let declaration: &'static StructSequence = unsafe { &*f.declaration.load(std::sync::atomic::Ordering::Relaxed) };
    declaration.fields.get(f.index).copied().unwrap_or(("", ""))
}

fn owner_name(v: &Value) -> String {
    v.payload::<PyField>().map_or(String::new(), |f| crate::type_::as_type(&f.owner.load()).name_text())
}

fn field_qualname(t: Attached<'_>, v: &Value) -> PyResult {
    Ok(str::from_string(t, format!("{}.{}", owner_name(v), field_of(v).0)))
}

fn field_repr(t: Attached<'_>, v: &Value) -> PyResult {
    Ok(str::from_string(t, format!("<member '{}' of '{}' objects>", field_of(v).0, owner_name(v))))
}

fn check_owner(t: Attached<'_>, this: &Value, instance: &Value) -> PyResult<()> {
    let owner = this.payload::<PyField>().map_or(Value::none(), |f| f.owner.load());
    if crate::type_::is_instance_of(t, instance, &owner) {
        return Ok(());
    }
    Err(t.type_error(format!(
        "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
        field_of(this).0,
        owner_name(this),
        type_name(t, instance)
    )))
}

fn field_get(t: Attached<'_>, this: &Value, instance: Option<&Value>, _: &Value) -> PyResult {
    let Some(instance) = instance else { return Ok(this.clone()) };
    check_owner(t, this, instance)?;
    let index = this.payload::<PyField>().map_or(0, |f| f.index);
    Ok(tuple::as_tuple(instance).and_then(|v| v.all().get(index).cloned()).unwrap_or(Value::none()))
}

fn field_set(t: Attached<'_>, this: &Value, instance: &Value, _: Option<&Value>) -> PyResult<()> {
    check_owner(t, this, instance)?;
    Err(t.raise(&crate::exception::AttributeError, "readonly attribute"))
}

/// Puts the fields and their numbers into the class.
pub fn fill(t: Attached<'_>, declaration: &'static StructSequence, class: &Value) -> PyResult<()> {
    let namespace = crate::type_::as_type(class).dict.load();
    let put = |name: &str, value: Value| dict::set_str(t, &namespace, &str::intern(t, name), value);
    for (index, name) in declaration.named() {
        let field = PyField {
            declaration: AtomicPtr::new(std::ptr::from_ref(declaration).cast_mut()),
            index,
            owner: Slot::new(class.clone()),
        };
        put(name, FIELD.alloc(t, field));
    }
    let number = |n: usize| int::new(t, n as i64);
    put("n_fields", number(declaration.fields.len()));
    put("n_sequence_fields", number(declaration.visible));
    put("n_unnamed_fields", number(declaration.unnamed_count()));
    let names = declaration.named().filter(|(i, _)| *i < declaration.visible).map(|(_, n)| str::intern(t, n)).collect();
    put("__match_args__", tuple::new(t, names));
    if crate::type_::as_type(class).has(flags::NO_NEW) {
        drop(dict::remove(t, &namespace, &t.names().__new__)?);
    }
    Ok(())
}

/// `cls(sequence, dict={})`.
pub fn construct(t: Attached<'_>, declaration: &'static StructSequence, class: &Value, args: Args<'_>) -> PyResult {
    if let Some(new) = declaration.new {
        return new(t, class, args);
    }
    with_parameters(t, declaration, args, |a| {
        let name = declaration.spec.name;
        let mut values = match protocol::collect(t, &a[0]) {
            Ok(values) => values,
            Err(e) => {
                drop(t.catch(e, &crate::exception::TypeError)?);
                return Err(t.type_error("constructor requires a sequence"));
            }
        };
        let more = a[1].given();
        if let Some(more) = more
            && dict::as_dict(more).is_none()
        {
            return Err(t.type_error(format!("{name}() takes a dict as second arg, if any")));
        }
        let (min, max, n) = (declaration.visible, declaration.fields.len(), values.len());
        if n < min || n > max {
            let amount = match (min == max, n < min) {
                (true, _) => format!("a {min}"),
                (false, true) => format!("an at least {min}"),
                (false, false) => format!("an at most {max}"),
            };
            return Err(t.type_error(format!("{name}() takes {amount}-sequence ({n}-sequence given)")));
        }
        let mut found = 0;
        for (field, _) in &declaration.fields[n..] {
            let given = match more {
                Some(more) => dict::get_by_name(t, more, field),
                None => None,
            };
            found += usize::from(given.is_some());
            values.push(given.unwrap_or(Value::none()));
        }
        if more.is_some_and(|d| dict::len(d) > found) {
            return Err(t.type_error(format!("{name}() got duplicate or unexpected field name(s)")));
        }
        if let Some(complete) = declaration.complete {
            complete(&mut values);
        }
        tuple::new_hiding(t, class, values, declaration.visible)
    })
}

fn with_parameters(
    t: Attached<'_>,
    declaration: &'static StructSequence,
    args: Args<'_>,
    f: impl FnOnce(&[Value]) -> PyResult,
) -> PyResult {
    let signature = crate::args::Signature::parse("(sequence, dict={})");
    signature.call(t, declaration.spec.short_name(), args, f)
}

/// `time.struct_time(tm_year=...)`. As CPython does, names go to members in order, also where members
/// without a name stand between.
pub fn repr(t: Attached<'_>, declaration: &'static StructSequence, this: &Value) -> PyResult {
    let mut text = orochi_text::Wtf8Buf::new();
    text.push_str(declaration.spec.name);
    text.push_str("(");
    t.check_stack(" while getting the repr of an object")?;
    for (i, (item, (_, name))) in tuple::items(this).iter().zip(declaration.named()).enumerate() {
        if i > 0 {
            text.push_str(", ");
        }
        text.push_str(name);
        text.push_str("=");
        let part = protocol::repr(t, item)?;
        if let Some(part) = str::wtf8(&part) {
            text.push_wtf8(part);
        }
    }
    text.push_str(")");
    Ok(str::from_buf(t, text))
}

/// Members, and a dict of the hidden fields.
pub fn reduce(t: Attached<'_>, declaration: &'static StructSequence, this: &Value) -> PyResult {
    let Some(body) = tuple::as_tuple(this) else { return Ok(Value::none()) };
    if declaration.new.is_some() {
        let members = tuple::from_slice(t, body.items());
        return Ok(tuple::new(t, vec![declaration.get(t).clone(), members]));
    }
    let more = dict::new(t);
    for (i, name) in declaration.named().filter(|(i, _)| *i >= declaration.visible) {
        dict::set_by_name(t, &more, name, body.all().get(i).cloned().unwrap_or(Value::none()));
    }
    let members = tuple::from_slice(t, body.items());
    Ok(tuple::new(t, vec![declaration.get(t).clone(), tuple::new(t, vec![members, more])]))
}

/// A copy with some fields replaced.
pub fn replace(t: Attached<'_>, declaration: &'static StructSequence, a: &[Value]) -> PyResult {
    if !tuple::items(&a[1]).is_empty() {
        return Err(t.type_error("__replace__() takes no positional arguments"));
    }
    let name = declaration.spec.name;
    if declaration.unnamed_count() > 0 {
        return Err(t.type_error(format!("__replace__() is not supported for {name} because it has unnamed field(s)")));
    }
    let Some(body) = tuple::as_tuple(&a[0]) else { return Ok(Value::none()) };
    let changes = dict::copy(t, &a[2])?;
    let mut values = body.all().to_vec();
    for (i, field) in declaration.named() {
        if let (Some(new), Some(value)) = (dict::remove(t, &changes, &str::intern(t, field))?, values.get_mut(i)) {
            *value = new;
        }
    }
    if dict::len(&changes) > 0 {
        let names = list::new(t, dict::keys(&changes));
        return Err(t.type_error(format!("Got unexpected field name(s): {}", protocol::display_repr(t, &names))));
    }
    tuple::new_hiding(t, declaration.get(t), values, declaration.visible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::in_every_mode;

    struct_sequence! {
        static SAMPLE = "x.sample", visible 2, flags 0, "A sample.", ["a": "first", "": "second", "c": "third"];
    }
    struct_sequence! {
        static PLAIN = "x.plain", visible 1, flags 0, "", ["a": "first", "b": "hidden"];
    }

    #[test]
    fn fields_members_and_repr() {
        in_every_mode(|t| {
            let v = SAMPLE.make(t, vec![Value::i32(1), Value::i32(2), Value::i32(3)]).expect("room");
            assert_eq!(tuple::items(&v).len(), 2);
            let c = crate::attr::get_by_name(t, &v, "c").expect("a field");
            assert_eq!(c.as_small_int(), Some(3));
            let text = repr(t, &SAMPLE, &v).expect("a text");
            assert_eq!(str::display(&text), "x.sample(a=1, c=2)");
            let n = crate::attr::get_by_name(t, SAMPLE.get(t), "n_unnamed_fields").expect("a number");
            assert_eq!(n.as_small_int(), Some(1));
            let short = tuple::new(t, vec![Value::i32(1)]);
            let e = protocol::call(t, SAMPLE.get(t), &[short]).expect_err("too short");
            let e = protocol::str(t, &t.take_raised(e)).expect("a text");
            assert_eq!(str::display(&e), "x.sample() takes an at least 2-sequence (1-sequence given)");
        });
    }

    #[test]
    fn hidden_fields_come_by_dict() {
        in_every_mode(|t| {
            let one = tuple::new(t, vec![Value::i32(1)]);
            let more = dict::new(t);
            dict::set_by_name(t, &more, "b", Value::i32(5));
            let v = protocol::call(t, PLAIN.get(t), &[one.clone(), more.clone()]).expect("fits");
            let b = crate::attr::get_by_name(t, &v, "b").expect("a field");
            assert_eq!(b.as_small_int(), Some(5));
            dict::set_by_name(t, &more, "z", Value::i32(5));
            let e = protocol::call(t, PLAIN.get(t), &[one, more]).expect_err("no such field");
            drop(t.take_raised(e));
            let back = reduce(t, &PLAIN, &v).expect("a pair");
            assert_eq!(tuple::items(&back).len(), 2);
        });
    }
}
