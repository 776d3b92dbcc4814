//! `cell`: a variable shared between a function and its inner functions.

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::args::Args;
use crate::slots::{CompareOp, Def};
use crate::spec::{GetSet, TypeSpec};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

/// The body of a cell.
pub struct PyCell {
    /// The variable's value, or unbound.
    pub contents: Slot,
}

impl Payload for PyCell {
    payload!(PyCell, "cell");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.contents);
    }
    fn clear(&self) {
        self.contents.take();
    }
}

/// `cell`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyCell>("cell")
    .slots(&[Def::New(cell_new), Def::Repr(cell_repr), Def::Compare(cell_compare)])
    .getset(&[GetSet::write("cell_contents", get_contents, set_contents, "")])
    .doc("cell([contents])\n--\n\nCreate a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and \n further attempts to access its cell_contents attribute will\n    raise a ValueError.");

/// A new cell.
#[inline]
pub fn new(t: Attached<'_>, contents: Value) -> Value {
    TYPE.alloc(t, PyCell { contents: Slot::new(contents) })
}

/// Sets the contents; TypeError if `cell` is no cell.
pub fn set(t: Attached<'_>, cell: &Value, contents: &Value) -> PyResult<()> {
    match cell.payload::<PyCell>() {
        Some(c) => {
            c.contents.set(contents.clone());
            Ok(())
        }
        None => Err(t.type_error(format!("__classcell__ must be a nonlocal cell, not <class '{}'>", type_name(t, cell)))),
    }
}

fn cell(v: &Value) -> &PyCell {
    match v.payload::<PyCell>() {
        Some(c) => c,
        None => unreachable!("slots are called with their own type"),
    }
}

fn cell_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    let a = args.expect(t, "cell", 0, 1)?;
    Ok(new(t, a.first().cloned().unwrap_or(Value::unbound())))
}
fn cell_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let v = cell(this).contents.load();
    let text = if v.is_unbound() {
        format!("<cell at {:#x}: empty>", this.identity())
    } else {
        format!("<cell at {:#x}: {} object at {:#x}>", this.identity(), type_name(t, &v), v.identity())
    };
    Ok(crate::str::from_string(t, text))
}
fn cell_compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.payload::<PyCell>(), b.payload::<PyCell>()) else {
        return Ok(Value::not_implemented());
    };
    let (x, y) = (x.contents.load(), y.contents.load());
    if x.is_unbound() || y.is_unbound() {
        return Ok(Value::bool(op.holds((!x.is_unbound()).cmp(&!y.is_unbound()))));
    }
    crate::protocol::compare(t, &x, &y, op)
}
fn get_contents(t: Attached<'_>, this: &Value) -> PyResult {
    let v = cell(this).contents.load();
    if v.is_unbound() { Err(t.value_error("cell is empty")) } else { Ok(v) }
}
fn set_contents(_: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    cell(this).contents.set(value.cloned().unwrap_or(Value::unbound()));
    Ok(())
}
