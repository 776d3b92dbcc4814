//! `_orochi`: what the heap knows of objects, for tests of Orochi itself. Not for programs: it exists in no other
//! Python, and what it tells changes with the implementation.
//!
//! ```text
//! _orochi.describe(x)   {"tagged": .., "owner": .., "local": .., "shared": .., "map": {..}, ...}
//! _orochi.allocated()   objects that this thread's domain has made so far
//! _orochi.domain()      the number of this thread's domain
//! _orochi.lock_mode()   "gil", "interpreter" or "nogil"
//! ```
//! `allocated` and `domain` make no object themselves, so that
//! `before = allocated(); ...; assert allocated() == before` says that nothing was allocated in between.

use orochi_heap::{Header, Value, alloc, count, domain, header};
use orochi_objects::map::map_of;
use orochi_objects::spec::Method;
use orochi_objects::{Attached, ModuleSpec, PyResult, dict, int, str, tuple, type_};
use orochi_runtime::LockMode;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_orochi")
    .doc("What the heap knows of objects. For tests of Orochi itself; no other Python has it.")
    .functions(&[
        Method::new(
            "describe",
            "(object, /)",
            describe,
            "A dict of what the heap knows: tagged (the value needs no memory), owner (number of the owning domain, or None), local \
             and shared (the two halves of the count; the call itself holds references), immortal, deferred, merged, queued, weak, \
             finalized, tracked (by the cycle collector), size (bytes in the heap page), kind, map.",
        ),
        Method::new("allocated", "()", |t, _| Ok(int::new(t, alloc::allocations() as i64)), "Number of objects that this thread's domain has made so far."),
        Method::new("domain", "()", |t, _| Ok(int::new(t, i64::from(domain::current_domain()))), "Number of this thread's domain."),
        Method::new("lock_mode", "()", lock_mode, "Who may run Python at the same time: 'gil', 'interpreter' or 'nogil'."),
    ]);

fn lock_mode(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(str::intern(
        t,
        match t.runtime().base.mode() {
            LockMode::ProcessLock => "gil",
            LockMode::InterpreterLock => "interpreter",
            LockMode::NoLock => "nogil",
        },
    ))
}

fn describe(t: Attached<'_>, a: &[Value]) -> PyResult {
    let out = dict::new(t);
    let object = a[0].header();
    let counts = object.map(count::counts);
    let flag = |bit: u32| counts.is_some_and(|c| c.flags & bit != 0);
    let immortal = object.is_some_and(count::is_immortal);
    let number = |n: i64| int::new(t, n);
    for (name, value) in [
        ("tagged", Value::bool(object.is_none())),
        ("owner", match counts {
            Some(c) if c.domain != 0 && !immortal => number(i64::from(c.domain)),
            _ => Value::none(),
        }),
        ("local", number(counts.map_or(0, |c| i64::from(c.local)))),
        ("shared", number(counts.map_or(0, |c| i64::from(c.shared)))),
        ("immortal", Value::bool(immortal)),
        ("deferred", Value::bool(flag(header::DEFERRED))),
        ("merged", Value::bool(flag(header::MERGED))),
        ("queued", Value::bool(flag(header::QUEUED))),
        ("weak", Value::bool(flag(header::WEAK))),
        ("finalized", Value::bool(flag(header::FINALIZED))),
        ("tracked", Value::bool(object.is_some_and(orochi_heap::collect::is_tracked))),
        ("size", int::from_usize(t, object.map_or(0, alloc::object_size))),
        ("kind", object.map_or(Value::none(), |h| str::intern(t, h.map_head().kind.name))),
        ("map", object.map_or(Value::none(), |h| shape(t, h, &a[0]))),
    ] {
        dict::set_by_name(t, &out, name, value);
    }
    Ok(out)
}

/// The hidden class: the attributes in the order of their slots, and where the slots lie.
fn shape(t: Attached<'_>, h: &Header, object: &Value) -> Value {
    let map = map_of(h);
    let out = dict::new(t);
    for (name, value) in [
        // Two objects have the same shape when this is the same number.
        ("id", int::from_usize(t, std::ptr::from_ref(map) as usize)),
        ("type", type_::type_of(t, object).clone()),
        ("attributes", tuple::new(t, map.attribute_names())),
        ("dict", Value::bool(map.is_dict)),
        ("members", int::new(t, i64::from(map.members))),
        ("inline_slots", int::new(t, i64::from(map.head.inline_slots))),
    ] {
        dict::set_by_name(t, &out, name, value);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::in_every_mode;
    use orochi_objects::{float, list, protocol};

    fn numbers(t: Attached<'_>) {
        for n in [1, -1, 1 << 31, (1 << 61) - 1, -(1 << 61)] {
            let small = int::new(t, n);
            let Ok(odd) = protocol::binary(t, &small, &Value::i32(1), protocol::Operator::And) else { panic!("{n} & 1") };
            assert!(small.header().is_none() && odd.header().is_none(), "{n} is an object");
        }
        for x in [0.0, -0.0, 1.5, -2.25, 1e10, 1e-30] {
            assert!(float::new(t, x).header().is_none(), "{x} is an object");
        }
        assert!(Value::none().header().is_none() && Value::bool(true).header().is_none());
    }

    #[test]
    fn numbers_and_singletons_allocate_nothing() {
        in_every_mode(|t| {
            // Makes the types that are used for the first time.
            numbers(t);
            drop(list::new(t, Vec::new()));
            let before = alloc::allocations();
            numbers(t);
            assert_eq!(alloc::allocations(), before);
            drop(list::new(t, Vec::new()));
            assert_eq!(alloc::allocations(), before + 1);
        });
    }
}
