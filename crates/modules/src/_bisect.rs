//! `_bisect`: binary search in sorted sequences.

use orochi_objects::{Attached, CompareOp, Method, ModuleSpec, PyResult, Value, int, list, protocol, str};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_bisect")
    .doc(
        "Bisection algorithms.\n\nThis module provides support for maintaining a list in sorted order without\nhaving to sort the \
         list after each insertion. For long lists of items with\nexpensive comparison operations, this can be an improvement over \
         the more\ncommon approach.",
    )
    .functions(&[
        Method::new("bisect_right", SIGNATURE, |t, a| bisect(t, a, true), "Return the index where to insert item x in list a, assuming a is sorted."),
        Method::new("insort_right", SIGNATURE, |t, a| insort(t, a, true), "Insert item x in list a, and keep it sorted assuming a is sorted."),
        Method::new("bisect_left", SIGNATURE, |t, a| bisect(t, a, false), "Return the index where to insert item x in list a, assuming a is sorted."),
        Method::new("insort_left", SIGNATURE, |t, a| insort(t, a, false), "Insert item x in list a, and keep it sorted assuming a is sorted."),
    ]);

const SIGNATURE: &str = "(a, x, lo=0, hi=None, *, key=None)";

/// The place for `x` between `lo` and `hi`: after equal members (`right`) or before them.
fn place(t: Attached<'_>, a: &[Value], x: &Value, right: bool) -> PyResult<usize> {
    let lo = match a[2].given() {
        Some(lo) => protocol::as_size(t, lo)?,
        None => 0,
    };
    let hi = match a[3].given().filter(|h| !h.is_none()) {
        Some(hi) => Some(protocol::as_size(t, hi)?),
        None => None,
    };
    let Ok(mut lo) = usize::try_from(lo) else { return Err(t.value_error("lo must be non-negative")) };
    // A hi of -1 has always meant the length.
    let mut hi = match hi.and_then(|h| usize::try_from(h).ok()) {
        Some(hi) => hi,
        None if hi.is_some_and(|h| h < -1) => return Ok(lo),
        None => protocol::length(t, &a[0])?,
    };
    let key = a[4].given().filter(|k| !k.is_none());
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        let mut item = protocol::get_item(t, &a[0], &int::from_usize(t, middle))?;
        if let Some(key) = key {
            item = protocol::call(t, key, std::slice::from_ref(&item))?;
        }
        let after = if right {
            !protocol::compare_bool(t, x, &item, CompareOp::Lt)?
        } else {
            protocol::compare_bool(t, &item, x, CompareOp::Lt)?
        };
        if after {
            lo = middle + 1;
        } else {
            hi = middle;
        }
        t.safepoint()?;
    }
    Ok(lo)
}

fn bisect(t: Attached<'_>, a: &[Value], right: bool) -> PyResult {
    Ok(int::from_usize(t, place(t, a, &a[1], right)?))
}

fn insort(t: Attached<'_>, a: &[Value], right: bool) -> PyResult {
    let at = match a[4].given().filter(|k| !k.is_none()) {
        Some(key) => {
            let x = protocol::call(t, key, std::slice::from_ref(&a[1]))?;
            place(t, a, &x, right)?
        }
        None => place(t, a, &a[1], right)?,
    };
    if list::TYPE.is_exact(t, &a[0])
        && let Some(l) = list::as_list(&a[0])
    {
        l.insert(t, at, a[1].clone())?;
    } else {
        protocol::call_method(t, &a[0], &str::intern(t, "insert"), &[int::from_usize(t, at), a[1].clone()])?;
    }
    Ok(Value::none())
}
