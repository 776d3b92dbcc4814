//! `mappingproxy`: a read-only view of a mapping.

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a mappingproxy.
pub struct PyMappingProxy {
    /// The mapping.
    pub mapping: Slot,
}

impl Payload for PyMappingProxy {
    payload!(PyMappingProxy, "mappingproxy");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.mapping);
    }
}

/// `mappingproxy`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyMappingProxy>("mappingproxy").flags(flags::MAPPING);

/// A proxy of a mapping.
pub fn new(t: Attached<'_>, mapping: &Value) -> PyResult {
    Ok(TYPE.alloc(t, PyMappingProxy { mapping: Slot::new(mapping.clone()) }))
}
