//! Type parameters of generic aliases, and their substitution (`list[T][int]`).

use orochi_heap::Value;

use crate::thread::{Attached, PyResult};
use crate::type_::PyType;

fn is_class(v: &Value) -> bool {
    v.payload::<PyType>().is_some()
}

/// Members of a tuple or list that stands as an argument (`Callable[[T], int]`).
fn nested(v: &Value) -> Option<Vec<Value>> {
    if let Some(tuple) = crate::tuple::as_tuple(v) {
        return Some(tuple.items().to_vec());
    }
    crate::list::as_list(v).map(|l| l.to_vec())
}

fn add_unique(to: &mut Vec<Value>, v: &Value) {
    if !to.iter().any(|x| x.is(v)) {
        to.push(v.clone());
    }
}

fn collect(t: Attached<'_>, args: &[Value], to: &mut Vec<Value>) -> PyResult<()> {
    t.check_stack("")?;
    let n = t.names();
    for arg in args {
        if is_class(arg) {
            continue;
        }
        if crate::attr::find(t, arg, &n.__typing_subst__)?.is_some() {
            add_unique(to, arg);
            continue;
        }
        if let Some(members) = nested(arg) {
            collect(t, &members, to)?;
            continue;
        }
        if let Some(sub) = crate::attr::find(t, arg, &n.__parameters__)? {
            crate::tuple::items(&sub).iter().for_each(|p| add_unique(to, p));
        }
    }
    Ok(())
}

/// The type parameters that occur in a tuple of arguments, in order, each once.
pub fn make_parameters(t: Attached<'_>, args: &Value) -> PyResult {
    let mut out = Vec::new();
    collect(t, crate::tuple::items(args), &mut out)?;
    Ok(crate::tuple::new(t, out))
}

/// The arguments between brackets as a list, `*tuple[int, str]` spread out.
pub fn unpack_items(t: Attached<'_>, item: &Value) -> PyResult<Vec<Value>> {
    let Some(tuple) = crate::tuple::as_tuple(item) else { return unpack_items(t, &crate::tuple::new(t, vec![item.clone()])) };
    let mut out = Vec::new();
    for v in tuple.items() {
        if !is_class(v)
            && let Some(inner) = crate::attr::find(t, v, &t.names().__typing_unpacked_tuple_args__)?
            && let Some(inner) = crate::tuple::as_tuple(&inner)
            && !inner.items().last().is_some_and(Value::is_ellipsis)
        {
            out.extend(inner.items().iter().cloned());
            continue;
        }
        out.push(v.clone());
    }
    Ok(out)
}

/// The arguments with each of `parameters` (a tuple) replaced by what `item` gives for it. `this` is
/// what is being subscripted, for messages.
pub fn substitute(t: Attached<'_>, this: &Value, args: &Value, parameters: &Value, item: &Value) -> PyResult {
    let parameters = crate::tuple::items(parameters);
    if parameters.is_empty() {
        return Err(t.type_error(format!("{} is not a generic class", crate::protocol::display_repr(t, this))));
    }
    let mut given = crate::tuple::new(t, unpack_items(t, item)?);
    for p in parameters {
        if let Some(prepare) = crate::attr::find(t, p, &t.names().__typing_prepare_subst__)?
            && !prepare.is_none()
        {
            let prepared = crate::protocol::call(t, &prepare, &[this.clone(), given])?;
            given = if crate::tuple::as_tuple(&prepared).is_some() { prepared } else { crate::tuple::new(t, vec![prepared]) };
        }
    }
    let values = crate::tuple::items(&given);
    if values.len() != parameters.len() {
        let word = if values.len() > parameters.len() { "many" } else { "few" };
        return Err(t.type_error(format!(
            "Too {word} arguments for {}; actual {}, expected {}",
            crate::protocol::display_repr(t, this),
            values.len(),
            parameters.len()
        )));
    }
    let out = replace_all(t, crate::tuple::items(args), parameters, values)?;
    Ok(crate::tuple::new(t, out))
}

fn replace_all(t: Attached<'_>, args: &[Value], parameters: &[Value], values: &[Value]) -> PyResult<Vec<Value>> {
    t.check_stack("")?;
    let n = t.names();
    let mut out = Vec::with_capacity(args.len());
    for arg in args {
        if is_class(arg) {
            out.push(arg.clone());
            continue;
        }
        if let Some(members) = nested(arg) {
            let inner = replace_all(t, &members, parameters, values)?;
            out.push(if crate::list::as_list(arg).is_some() { crate::list::new(t, inner) } else { crate::tuple::new(t, inner) });
            continue;
        }
        let spread = match crate::attr::find(t, arg, &n.__typing_is_unpacked_typevartuple__)? {
            Some(v) => crate::protocol::truth(t, &v)?,
            None => false,
        };
        let new = match crate::attr::find(t, arg, &n.__typing_subst__)? {
            Some(subst) => match parameters.iter().position(|p| p.is(arg)) {
                Some(i) => crate::protocol::call(t, &subst, std::slice::from_ref(&values[i]))?,
                None => arg.clone(),
            },
            None => replace_inside(t, arg, parameters, values)?,
        };
        if !spread {
            out.push(new);
            continue;
        }
        match crate::tuple::as_tuple(&new) {
            Some(members) => out.extend(members.items().iter().cloned()),
            None => return Err(t.type_error(format!("expected a tuple, not {}", crate::type_::type_name(t, &new)))),
        }
    }
    Ok(out)
}

/// `arg[...]` if it has type parameters of its own.
fn replace_inside(t: Attached<'_>, arg: &Value, parameters: &[Value], values: &[Value]) -> PyResult {
    let own = crate::attr::find(t, arg, &t.names().__parameters__)?.unwrap_or(Value::none());
    let own = crate::tuple::items(&own);
    if own.is_empty() {
        return Ok(arg.clone());
    }
    let mut inner = Vec::with_capacity(own.len());
    for p in own {
        match parameters.iter().position(|q| q.is(p)).map(|i| &values[i]) {
            Some(v) => match crate::tuple::as_tuple(v) {
                // What a TypeVarTuple stands for.
                Some(members) if crate::type_::class_of(t, p).slots.iter().is_some() => {
                    inner.extend(members.items().iter().cloned());
                }
                _ => inner.push(v.clone()),
            },
            None => inner.push(p.clone()),
        }
    }
    crate::protocol::get_item(t, arg, &crate::tuple::new(t, inner))
}
