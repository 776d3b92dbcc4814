//! `_thread._local`: an object whose attributes are different in each thread.
//!
//! The object owns a table from threads to dicts. The interpreter remembers which tables a thread has a
//! dict in, so that they go when the thread ends. Threads are told apart by their place in the registry
//! and the kernel's id together, of which at least one differs for any two that follow each other.

use std::sync::{Arc, Weak};

use orochi_objects::slots::SlotId;
use orochi_objects::type_::{as_type, class_of, lookup, type_name};
use orochi_objects::{
    Args, Attached, Def, Payload, PyResult, Slot, TypeSpec, Value, attr, dict, flags, object, payload, tuple,
};
use orochi_runtime::Locked;

/// The dicts of one object.
pub(crate) struct Table(Locked<Vec<(u64, Value)>>);

/// The body of a thread-local object.
pub struct PyLocal {
    table: Arc<Table>,
    /// What the constructor got, for `__init__` in other threads: values and keyword names, two tuples.
    args: Slot,
    names: Slot,
}

impl Payload for PyLocal {
    payload!(PyLocal, "_local");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.args);
        visit.slot(&self.names);
        if let Some(table) = self.table.0.try_lock() {
            visit.values(table.iter().map(|(_, v)| v));
        }
    }
    fn clear(&self) {
        let gone = std::mem::take(&mut *self.table.0.lock());
        drop(gone);
        self.args.take();
        self.names.take();
    }
}

/// `_thread._local`.
pub static LOCAL: TypeSpec = TypeSpec::new::<PyLocal>("_thread._local")
    .flags(flags::BASETYPE | flags::HAS_WEAKREF)
    .slots(&[Def::New(local_new), Def::GetAttr(get_attr), Def::SetAttr(set_attr)])
    .doc("_local()\n--\n\nThread-local data");

fn local(v: &Value) -> &PyLocal {
    match v.payload::<PyLocal>() {
        Some(l) => l,
        None => unreachable!("slots are called with their own type"),
    }
}

fn this_thread(t: Attached<'_>) -> u64 {
    u64::from(t.base.slot()) << 32 | t.base.native_id() & 0xFFFF_FFFF
}

fn local_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let plain = object::TYPE.get(t);
    let same_init = as_type(class).slots.raw(SlotId::Init) == as_type(plain).slots.raw(SlotId::Init);
    if !args.is_empty() && same_init {
        return Err(t.type_error("Initialization arguments are not supported"));
    }
    let body = PyLocal {
        table: Arc::new(Table(Locked::new(Vec::new()))),
        args: Slot::new(tuple::from_slice(t, args.all())),
        names: Slot::new(tuple::from_slice(t, args.names())),
    };
    let this = LOCAL.alloc_for(t, class, body)?;
    add_dict(t, local(&this));
    Ok(this)
}

/// A new dict for this thread.
fn add_dict(t: Attached<'_>, l: &PyLocal) -> Value {
    let new = dict::new(t);
    let me = this_thread(t);
    l.table.0.lock().push((me, new.clone()));
    let threads = super::threads(t);
    let mut locals = threads.locals.lock();
    if locals.len() % 64 == 63 {
        locals.retain(|(_, table)| table.strong_count() > 0);
    }
    locals.push((me, Arc::downgrade(&l.table)));
    new
}

/// The dict of this thread; made, and `__init__` called, at the first access.
fn thread_dict(t: Attached<'_>, this: &Value) -> PyResult {
    let l = local(this);
    let me = this_thread(t);
    let found = l.table.0.lock().iter().find(|(thread, _)| *thread == me).map(|(_, d)| d.clone());
    if let Some(found) = found {
        return Ok(found);
    }
    let new = add_dict(t, l);
    let class = class_of(t, this);
    if class.slots.raw(SlotId::Init) != as_type(object::TYPE.get(t)).slots.raw(SlotId::Init)
        && let Some(init) = class.slots.init()
    {
        let (args, names) = (l.args.load(), l.names.load());
        if let Err(e) = init(t, this, Args::with_names(tuple::items(&args), tuple::items(&names))) {
            let gone = take(&l.table, me);
            drop(gone);
            return Err(e);
        }
    }
    Ok(new)
}

fn take(table: &Table, thread: u64) -> Vec<Value> {
    let mut entries = table.0.lock();
    let (gone, kept) = std::mem::take(&mut *entries).into_iter().partition(|(t, _)| *t == thread);
    *entries = kept;
    let gone: Vec<(u64, Value)> = gone;
    gone.into_iter().map(|(_, v)| v).collect()
}

/// The thread ends: releases all its data.
pub fn forget_thread(t: Attached<'_>) {
    let me = this_thread(t);
    let threads = super::threads(t);
    // What is released may run Python code that makes more.
    for _ in 0..16 {
        let mut mine: Vec<Weak<Table>> = Vec::new();
        threads.locals.lock().retain(|(thread, table)| {
            if *thread == me {
                mine.push(table.clone());
            }
            *thread != me
        });
        if mine.is_empty() {
            return;
        }
        for table in mine.iter().filter_map(Weak::upgrade) {
            drop(take(&table, me));
        }
    }
}

fn is_dict_name(name: &Value) -> bool {
    orochi_objects::str::utf8(name) == Some("__dict__")
}

fn get_attr(t: Attached<'_>, this: &Value, name: &Value) -> PyResult {
    let own = thread_dict(t, this)?;
    if is_dict_name(name) {
        return Ok(own);
    }
    let name = &attr::interned_name(t, name)?;
    let class = class_of(t, this);
    let found = lookup(t, class, name);
    let getter = found.as_ref().and_then(|f| class_of(t, f).slots.descr_get());
    if let (Some(attr), Some(get)) = (&found, getter)
        && class_of(t, attr).slots.descr_set().is_some()
    {
        return get(t, attr, Some(this), class.this());
    }
    if let Some(v) = dict::get_str(t, &own, name) {
        return Ok(v);
    }
    match (found, getter) {
        (Some(attr), Some(get)) => get(t, &attr, Some(this), class.this()),
        (Some(attr), None) => Ok(attr),
        (None, _) => Err(attr::no_attribute(t, this, name)),
    }
}

fn set_attr(t: Attached<'_>, this: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    if is_dict_name(name) {
        let message = format!("'{}' object attribute '__dict__' is read-only", type_name(t, this));
        return Err(attr::attribute_error(t, message, this, name));
    }
    let own = thread_dict(t, this)?;
    let name = &attr::interned_name(t, name)?;
    if let Some(attr) = lookup(t, class_of(t, this), name)
        && let Some(set) = class_of(t, &attr).slots.descr_set()
    {
        return set(t, &attr, this, value);
    }
    match value {
        Some(v) => dict::set(t, &own, name, v.clone()),
        None => match dict::remove(t, &own, name)? {
            Some(_) => Ok(()),
            None => Err(attr::no_attribute(t, this, name)),
        },
    }
}
