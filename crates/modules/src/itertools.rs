//! `itertools`: one file a type.
//!
//! Iterators may be shared between threads. What never changes (functions, source iterators, pools) is
//! held directly; positions are atomics or lie behind a [`orochi_runtime::Locked`], which is never held
//! while Python runs: two threads that share an iterator may see members in any order, never a broken
//! object.

mod accumulate;
mod batched;
mod chain;
mod combinations;
mod combinations_with_replacement;
mod compress;
mod count;
mod cycle;
mod dropwhile;
mod filterfalse;
mod groupby;
mod islice;
mod pairwise;
mod permutations;
mod product;
mod repeat;
mod starmap;
mod takewhile;
mod tee;
mod zip_longest;

use orochi_objects::{Attached, Method, ModuleSpec, Payload, PyResult, Value, int, protocol, type_::type_name};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("itertools")
    .doc(
        "Functional tools for creating and using iterators.\n\nInfinite iterators:\ncount(start=0, step=1) --> start, start+step, \
         start+2*step, ...\ncycle(p) --> p0, p1, ... plast, p0, p1, ...\nrepeat(elem [,n]) --> elem, elem, elem, ... endlessly or \
         up to n times\n\nIterators terminating on the shortest input sequence and combinatoric generators\nare described in the \
         library reference.",
    )
    .functions(&[Method::new("tee", "(iterable, n=2, /)", tee::tee, "Returns a tuple of n independent iterators.")])
    .types(&[
        &accumulate::TYPE,
        &batched::TYPE,
        &chain::TYPE,
        &combinations::TYPE,
        &combinations_with_replacement::TYPE,
        &compress::TYPE,
        &count::TYPE,
        &cycle::TYPE,
        &dropwhile::TYPE,
        &filterfalse::TYPE,
        &groupby::TYPE,
        &groupby::GROUPER,
        &islice::TYPE,
        &pairwise::TYPE,
        &permutations::TYPE,
        &product::TYPE,
        &repeat::TYPE,
        &starmap::TYPE,
        &takewhile::TYPE,
        &tee::TYPE,
        &tee::DATA,
        &zip_longest::TYPE,
    ]);

/// The body of an object of one of these types.
fn own<T: Payload>(v: &Value) -> &T {
    match v.payload::<T>() {
        Some(body) => body,
        None => unreachable!("slots are called with their own type"),
    }
}

/// The argument `r` of the combinatoric iterators: `None` if it was omitted or is None.
fn length_argument(t: Attached<'_>, v: &Value) -> PyResult<Option<usize>> {
    let Some(v) = v.given().filter(|v| !v.is_none()) else { return Ok(None) };
    if !int::is_int(v) {
        return Err(t.type_error("Expected int as r"));
    }
    match usize::try_from(protocol::as_size(t, v)?) {
        Ok(n) => Ok(Some(n)),
        Err(_) => Err(t.value_error("r must be non-negative")),
    }
}

/// `0, 1, ... n-1`, or MemoryError.
fn indices(t: Attached<'_>, n: usize, value: impl Fn(usize) -> usize) -> PyResult<Vec<usize>> {
    let mut out = Vec::new();
    out.try_reserve_exact(n).map_err(|_| t.memory_error())?;
    out.extend((0..n).map(value));
    Ok(out)
}

/// An int argument that is a size: TypeError unless it has `__index__`.
fn size(t: Attached<'_>, v: &Value) -> PyResult<isize> {
    if orochi_objects::type_::class_of(t, v).slots.index().is_none() {
        return Err(t.type_error(format!("'{}' object cannot be interpreted as an integer", type_name(t, v))));
    }
    protocol::as_size(t, v)
}
