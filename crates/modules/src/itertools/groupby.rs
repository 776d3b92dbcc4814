//! `groupby`: runs of members with equal keys.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use orochi_heap::Visit;
use orochi_objects::args::Signature;
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, TypeSpec, Value, flags, iter::itself, payload, protocol, tuple};

use super::own;

struct PyGroupBy {
    iterator: Value,
    /// None: the member itself.
    key: Value,
    /// Key of the run being given; unbound at first.
    target_key: Slot,
    /// Key of the member read last; unbound at first.
    current_key: Slot,
    /// The member read last, until somebody takes it.
    current: Slot,
    /// The number of the run that may still read.
    run: AtomicU64,
}

impl Payload for PyGroupBy {
    payload!(PyGroupBy, "itertools.groupby");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values([&self.iterator, &self.key]);
        visit.slot(&self.target_key);
        visit.slot(&self.current_key);
        visit.slot(&self.current);
    }
    fn clear(&self) {
        drop(self.target_key.take());
        drop(self.current_key.take());
        drop(self.current.take());
    }
}

struct PyGrouper {
    /// Unbound at the end.
    parent: Slot,
    key: Value,
    run: u64,
}

impl Payload for PyGrouper {
    payload!(PyGrouper, "itertools._grouper");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.parent);
        visit.value(&self.key);
    }
    fn clear(&self) {
        drop(self.parent.take());
    }
}

/// `itertools.groupby`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyGroupBy>("itertools.groupby")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .doc(
        "groupby(iterable, key=None)\n--\n\nmake an iterator that returns consecutive keys and groups from the iterable\n\n  \
         iterable\n    Elements to divide into groups according to the key function.\n  key\n    A function for computing the group \
         category for each element.\n    If the key function is not specified or is None, the element itself\n    is used for \
         grouping.",
    );

/// `itertools._grouper`.
pub(super) static GROUPER: TypeSpec = TypeSpec::new::<PyGrouper>("itertools._grouper")
    .slots(&[Def::New(grouper_new), Def::Iter(itself), Def::Next(grouper_next)]);

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| Signature::parse("(iterable, key=None)"));

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    SIGNATURE.call(t, "groupby", args, |a| {
        let body = PyGroupBy {
            iterator: protocol::get_iter(t, &a[0])?,
            key: a[1].given().cloned().unwrap_or(Value::none()),
            target_key: Slot::unbound(),
            current_key: Slot::unbound(),
            current: Slot::unbound(),
            run: AtomicU64::new(0),
        };
        TYPE.alloc_for(t, class, body)
    })
}

/// Reads a member and its key; `false` at the end.
fn step(t: Attached<'_>, s: &PyGroupBy) -> PyResult<bool> {
    let Some(v) = protocol::next(t, &s.iterator)? else { return Ok(false) };
    let key = if s.key.is_none() { v.clone() } else { protocol::call(t, &s.key, std::slice::from_ref(&v))? };
    s.current.set(v);
    s.current_key.set(key);
    Ok(true)
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyGroupBy>(this);
    // Runs given before end here: whoever still holds one finds another number.
    let run = s.run.fetch_add(1, Relaxed) + 1;
    loop {
        let (current, target) = (s.current_key.load(), s.target_key.load());
        if !current.is_unbound() && (target.is_unbound() || !protocol::equal_or_same(t, &target, &current)?) {
            break;
        }
        if !step(t, s)? {
            return Ok(None);
        }
        t.safepoint()?;
    }
    let key = s.current_key.load();
    s.target_key.set(key.clone());
    let grouper = GROUPER.alloc(t, PyGrouper { parent: Slot::new(this.clone()), key: key.clone(), run });
    Ok(Some(tuple::new(t, vec![key, grouper])))
}

fn grouper_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let a = args.expect(t, "_grouper", 2, 2)?;
    let Some(parent) = a[0].payload::<PyGroupBy>() else {
        let name = orochi_objects::type_::type_name(t, &a[0]);
        return Err(t.type_error(format!("_grouper() argument 1 must be itertools.groupby, not {name}")));
    };
    let run = parent.run.fetch_add(1, Relaxed) + 1;
    GROUPER.alloc_for(t, class, PyGrouper { parent: Slot::new(a[0].clone()), key: a[1].clone(), run })
}

fn grouper_next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let g = own::<PyGrouper>(this);
    let parent = g.parent.load();
    if parent.is_unbound() {
        return Ok(None);
    }
    let s = own::<PyGroupBy>(&parent);
    if s.run.load(Relaxed) != g.run {
        return Ok(None);
    }
    if s.current.is_unbound() && !step(t, s)? {
        return Ok(None);
    }
    let key = s.current_key.load();
    if key.is_unbound() || !protocol::equal_or_same(t, &g.key, &key)? {
        return Ok(None);
    }
    let v = s.current.take();
    Ok(if v.is_unbound() { None } else { Some(v) })
}
