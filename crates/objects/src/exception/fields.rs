//! Attributes that single exception classes have beyond the common ones.
//!
//! They lie in a boxed array that an exception gets when the first of them is set: most exceptions
//! never do. What each place means is the business of the class's own file.

use std::sync::OnceLock;

use orochi_heap::{Slot, Value, Visit};

use super::{PyException, as_exception};
use crate::thread::{Attached, PyResult};

/// Most attributes that a class has (`SyntaxError`).
const COUNT: usize = 9;

/// The attributes; unbound where not set.
#[derive(Default)]
pub struct Fields(OnceLock<Box<[Slot; COUNT]>>);

impl Fields {
    pub(super) fn trace(&self, visit: &mut Visit<'_>) {
        if let Some(all) = self.0.get() {
            all.iter().for_each(|slot| visit.slot(slot));
        }
    }
    pub(super) fn clear(&self) {
        if let Some(all) = self.0.get() {
            all.iter().for_each(|slot| drop(slot.take()));
        }
    }
    /// Attribute `i`, or unbound.
    pub fn get(&self, i: usize) -> Value {
        self.0.get().map_or(Value::unbound(), |all| all[i].load())
    }
    /// Sets attribute `i`.
    pub fn set(&self, i: usize, value: Value) {
        self.0.get_or_init(Box::default)[i].set(value);
    }
}

impl PyException {
    /// Attribute `i`, or None.
    pub(super) fn field_or_none(&self, i: usize) -> Value {
        let v = self.fields.get(i);
        if v.is_unbound() { Value::none() } else { v }
    }
}

/// Reads attribute `I`: None if not set.
pub(super) fn get<const I: usize>(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(as_exception(this).map_or(Value::none(), |e| e.field_or_none(I)))
}

/// Sets attribute `I`; deleting makes it None.
pub(super) fn set<const I: usize>(_: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    if let Some(e) = as_exception(this) {
        e.fields.set(I, value.cloned().unwrap_or(Value::unbound()));
    }
    Ok(())
}
