//! The C3 linearisation of base classes.

use orochi_heap::Value;

use crate::thread::{Attached, PyResult};

/// The MRO of class `this` with the bases given, as a list of types; TypeError if there is none.
pub fn compute_mro(t: Attached<'_>, this: &Value, bases: &[Value]) -> PyResult<Vec<Value>> {
    let mut lists: Vec<Vec<Value>> = Vec::new();
    for base in bases {
        lists.push(crate::tuple::items(&super::as_type(base).mro.load()).to_vec());
    }
    lists.push(bases.to_vec());
    for (i, base) in bases.iter().enumerate() {
        if bases[..i].iter().any(|b| b.is(base)) {
            return Err(t.type_error(format!("duplicate base class {}", super::as_type(base).name_text())));
        }
    }
    let mut result = vec![this.clone()];
    loop {
        lists.retain(|l| !l.is_empty());
        if lists.is_empty() {
            return Ok(result);
        }
        let candidate = lists
            .iter()
            .map(|l| &l[0])
            .find(|c| !lists.iter().any(|l| l[1..].iter().any(|x| x.is(c))))
            .cloned();
        let Some(next) = candidate else {
            let names: Vec<String> = bases.iter().map(|b| super::as_type(b).name_text()).collect();
            return Err(t.type_error(format!(
                "Cannot create a consistent method resolution order (MRO) for bases {}",
                names.join(", ")
            )));
        };
        for l in &mut lists {
            if l[0].is(&next) {
                l.remove(0);
            }
        }
        result.push(next);
    }
}
