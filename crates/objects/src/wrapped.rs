//! What `staticmethod` and `classmethod` share: attributes taken over from the callable that they
//! wrap, and annotations looked up in it at first use.

use orochi_heap::Value;

use crate::thread::{Attached, PyResult};

/// Copies name, qualified name, module and docstring of `from` into the instance's attributes.
pub(crate) fn take_over(t: Attached<'_>, this: &Value, from: &Value) -> PyResult<()> {
    let n = t.names();
    for name in [&n.__module__, &n.__name__, &n.__qualname__, &n.__doc__] {
        if let Some(v) = crate::attr::find(t, from, name)?
            && let Some(h) = this.header()
        {
            crate::attr::instance_set(t, h, name, v)?;
        }
    }
    Ok(())
}

/// An attribute of the wrapped callable, remembered in the wrapper's own dict.
pub(crate) fn forwarded(t: Attached<'_>, this: &Value, callable: &Value, name: &Value) -> PyResult {
    let Some(h) = this.header() else { return Err(crate::attr::no_attribute(t, this, name)) };
    if let Some(v) = crate::attr::instance_get(t, h, name) {
        return Ok(v);
    }
    let v = crate::attr::get(t, callable, name)?;
    crate::attr::instance_set(t, h, name, v.clone())?;
    Ok(v)
}

/// Sets or deletes such an attribute in the wrapper's own dict.
pub(crate) fn set_forwarded(t: Attached<'_>, this: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(h) = this.header() else { return Err(crate::attr::no_attribute(t, this, name)) };
    match value {
        Some(v) => crate::attr::instance_set(t, h, name, v.clone()),
        None => match crate::attr::materialize_dict(t, h) {
            Some(dict) if crate::dict::remove(t, &dict, name)?.is_some() => Ok(()),
            _ => Err(t.raise_with(&crate::exception::AttributeError, vec![name.clone()])),
        },
    }
}

/// Whether a callable says of itself that it is abstract.
pub(crate) fn is_abstract(t: Attached<'_>, callable: &Value) -> PyResult<bool> {
    if callable.is_unbound() || callable.is_none() {
        return Ok(false);
    }
    match crate::attr::find(t, callable, &t.names().__isabstractmethod__)? {
        Some(v) => crate::protocol::truth(t, &v),
        None => Ok(false),
    }
}
