//! `_thread.lock` and `_thread.RLock`.

use std::sync::atomic::{AtomicU64, Ordering::*};

use orochi_objects::{
    Args, Attached, Def, Method, Payload, PyResult, TypeSpec, Value, exception, flags, int, payload, protocol, str, tuple,
};

use crate::raw_lock::{RawLock, patience};

/// The body of a lock.
#[derive(Default)]
pub struct PyLock {
    /// The lock.
    pub raw: RawLock,
}

impl Payload for PyLock {
    payload!(PyLock, "lock");
    const CYCLIC: bool = false;
}

/// The body of a lock that its owner may take again.
#[derive(Default)]
pub struct PyRLock {
    raw: RawLock,
    /// Identifier of the holder, 0: nobody. Written by the holder only.
    owner: AtomicU64,
    /// How often the holder holds it.
    count: AtomicU64,
}

impl Payload for PyRLock {
    payload!(PyRLock, "RLock");
    const CYCLIC: bool = false;
}

const ACQUIRE: &str = "Lock the lock.  With the default arguments, this blocks if it is already locked\n(even by the same \
                       thread), waiting for another thread to release it.";
const RELEASE: &str = "Release the lock, allowing another thread that is blocked waiting for\nthe lock to acquire the lock.";

/// `_thread.lock`.
pub static LOCK: TypeSpec = TypeSpec::new::<PyLock>("_thread.lock")
    .flags(flags::HAS_WEAKREF)
    .slots(&[Def::New(lock_new), Def::Repr(lock_repr)])
    .methods(&[
        Method::new("acquire", "($self, /, blocking=True, timeout=-1)", lock_acquire, ACQUIRE),
        Method::new("acquire_lock", "($self, /, blocking=True, timeout=-1)", lock_acquire, ACQUIRE),
        Method::new("release", "($self, /)", lock_release, RELEASE),
        Method::new("release_lock", "($self, /)", lock_release, RELEASE),
        Method::new("locked", "($self, /)", lock_locked, "Return whether the lock is in the locked state."),
        Method::new("locked_lock", "($self, /)", lock_locked, "Return whether the lock is in the locked state."),
        Method::new("__enter__", "($self, /)", lock_enter, "Lock the lock."),
        Method::new("__exit__", "($self, /, *exc_info)", lock_release, "Release the lock.").at_once(lock_release),
        Method::new("_at_fork_reinit", "($self, /)", lock_reinit, ""),
    ])
    .doc("lock()\n--\n\nA lock object is a synchronization primitive.  To create a lock,\ncall threading.Lock().");

/// `_thread.RLock`.
pub static RLOCK: TypeSpec = TypeSpec::new::<PyRLock>("_thread.RLock")
    .flags(flags::BASETYPE | flags::HAS_WEAKREF)
    .slots(&[Def::New(rlock_new), Def::Repr(rlock_repr)])
    .methods(&[
        Method::new("acquire", "($self, /, blocking=True, timeout=-1)", rlock_acquire, ACQUIRE),
        Method::new("release", "($self, /)", rlock_release, RELEASE),
        Method::new("locked", "($self, /)", |_, a| Ok(Value::bool(rlock(&a[0]).raw.is_held())), "Return a boolean indicating whether this object is locked right now."),
        Method::new("_is_owned", "($self, /)", |t, a| Ok(Value::bool(owned(t, rlock(&a[0])))), "For internal use by `threading.Condition`."),
        Method::new("_recursion_count", "($self, /)", rlock_count, "For internal use by reentrancy guards."),
        Method::new("_acquire_restore", "($self, state, /)", rlock_restore, "For internal use by `threading.Condition`."),
        Method::new("_release_save", "($self, /)", rlock_save, "For internal use by `threading.Condition`."),
        Method::new("_at_fork_reinit", "($self, /)", rlock_reinit, ""),
        Method::new("__enter__", "($self, /)", |t, a| rlock_acquire(t, &[a[0].clone(), Value::unbound(), Value::unbound()]), "Lock the lock."),
        Method::new("__exit__", "($self, /, *exc_info)", rlock_release, "Release the lock.").at_once(rlock_release),
    ])
    .doc("RLock()\n--\n\nA reentrant lock.");

fn lock(v: &Value) -> &PyLock {
    match v.payload::<PyLock>() {
        Some(l) => l,
        None => unreachable!("methods are called with their own type"),
    }
}
fn rlock(v: &Value) -> &PyRLock {
    match v.payload::<PyRLock>() {
        Some(l) => l,
        None => unreachable!("methods are called with their own type"),
    }
}

/// `allocate_lock()`.
pub(super) fn allocate(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(LOCK.alloc(t, PyLock::default()))
}

fn lock_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    args.expect(t, "lock", 0, 0)?;
    allocate(t, &[])
}
fn lock_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let state = if lock(this).raw.is_held() { "locked" } else { "unlocked" };
    Ok(str::from_string(t, format!("<{state} _thread.lock object at {:#x}>", this.identity())))
}
fn lock_acquire(t: Attached<'_>, a: &[Value]) -> PyResult {
    let patience = patience(t, &a[1], &a[2])?;
    Ok(Value::bool(lock(&a[0]).raw.acquire(t, patience)?))
}
fn lock_enter(t: Attached<'_>, a: &[Value]) -> PyResult {
    lock(&a[0]).raw.acquire(t, crate::raw_lock::Patience::Endless)?;
    Ok(Value::bool(true))
}
fn lock_release(t: Attached<'_>, a: &[Value]) -> PyResult {
    if lock(&a[0]).raw.release() {
        return Ok(Value::none());
    }
    Err(t.raise(&exception::RuntimeError, "release unlocked lock"))
}
fn lock_locked(_: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(lock(&a[0]).raw.is_held()))
}
fn lock_reinit(_: Attached<'_>, a: &[Value]) -> PyResult {
    lock(&a[0]).raw.reset();
    Ok(Value::none())
}

fn rlock_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    if class.is(RLOCK.get(t)) && !args.is_empty() {
        let message = "Passing arguments to RLock is deprecated and will be removed in 3.15";
        crate::errors::warn(t, &exception::DeprecationWarning, message)?;
    }
    RLOCK.alloc_for(t, class, PyRLock::default())
}
fn rlock_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let l = rlock(this);
    let (owner, count) = (l.owner.load(Relaxed), l.count.load(Relaxed));
    let state = if count > 0 { "locked" } else { "unlocked" };
    let class = orochi_objects::type_::class_of(t, this).full_name(t);
    let at = this.identity();
    Ok(str::from_string(t, format!("<{state} {class} object owner={owner} count={count} at {at:#x}>")))
}
fn owned(t: Attached<'_>, l: &PyRLock) -> bool {
    l.owner.load(Relaxed) == t.base.ident() && l.count.load(Relaxed) > 0
}
fn rlock_acquire(t: Attached<'_>, a: &[Value]) -> PyResult {
    let l = rlock(&a[0]);
    if owned(t, l) {
        // The arguments are checked in this case too.
        patience(t, &a[1], &a[2])?;
        l.count.fetch_add(1, Relaxed);
        return Ok(Value::bool(true));
    }
    let patience = patience(t, &a[1], &a[2])?;
    if !l.raw.acquire(t, patience)? {
        return Ok(Value::bool(false));
    }
    l.owner.store(t.base.ident(), Relaxed);
    l.count.store(1, Relaxed);
    Ok(Value::bool(true))
}
fn rlock_release(t: Attached<'_>, a: &[Value]) -> PyResult {
    let l = rlock(&a[0]);
    if !owned(t, l) {
        return Err(t.raise(&exception::RuntimeError, "cannot release un-acquired lock"));
    }
    if l.count.fetch_sub(1, Relaxed) == 1 {
        l.owner.store(0, Relaxed);
        l.raw.release();
    }
    Ok(Value::none())
}
fn rlock_count(t: Attached<'_>, a: &[Value]) -> PyResult {
    let l = rlock(&a[0]);
    Ok(int::from_u64(t, if owned(t, l) { l.count.load(Relaxed) } else { 0 }))
}
fn rlock_save(t: Attached<'_>, a: &[Value]) -> PyResult {
    let l = rlock(&a[0]);
    if !owned(t, l) {
        return Err(t.raise(&exception::RuntimeError, "cannot release un-acquired lock"));
    }
    let (count, owner) = (l.count.swap(0, Relaxed), l.owner.swap(0, Relaxed));
    l.raw.release();
    Ok(tuple::new(t, vec![int::from_u64(t, count), int::from_u64(t, owner)]))
}
fn rlock_restore(t: Attached<'_>, a: &[Value]) -> PyResult {
    let [count, owner] = tuple::items(&a[1]) else {
        let got = orochi_objects::type_::type_name(t, &a[1]);
        return Err(t.type_error(format!("_acquire_restore() argument 1 must be 2-item tuple, not {got}")));
    };
    let count = protocol::expect_usize(t, count)? as u64;
    let owner = crate::arguments::c_ulong(t, owner)?;
    let l = rlock(&a[0]);
    l.raw.acquire(t, crate::raw_lock::Patience::Endless)?;
    l.owner.store(owner, Relaxed);
    l.count.store(count, Relaxed);
    Ok(Value::none())
}
fn rlock_reinit(_: Attached<'_>, a: &[Value]) -> PyResult {
    let l = rlock(&a[0]);
    l.raw.reset();
    l.owner.store(0, Relaxed);
    l.count.store(0, Relaxed);
    Ok(Value::none())
}
