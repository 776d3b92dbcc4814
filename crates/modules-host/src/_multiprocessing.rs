//! `_multiprocessing`: semaphores that processes share.

use std::ffi::CString;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::*};

use orochi_host::clock::{Timespec, realtime_nanos};
use orochi_host::shm::{self, SEM_VALUE_MAX, Semaphore};
use orochi_host::Errno;
use orochi_objects::{
    Args, Attached, Def, GetSet, Method, ModuleSpec, Payload, PyResult, TypeSpec, Value, dict, exception, flags, int, payload,
    protocol,
};

use crate::arguments::{c_int, text};
use crate::errors::{check, os_error};
use crate::seconds::{self, Rounding};

const RECURSIVE_MUTEX: i32 = 0;
const SEMAPHORE: i32 = 1;

/// The body of a semaphore.
pub struct PySemLock {
    semaphore: Semaphore,
    kind: i32,
    maximum: i32,
    name: Option<CString>,
    /// Who holds it, and how often, in this process.
    owner: AtomicU64,
    count: AtomicUsize,
}

impl Payload for PySemLock {
    payload!(PySemLock, "SemLock");
    const CYCLIC: bool = false;
}

/// `_multiprocessing.SemLock`.
pub static SEM_LOCK: TypeSpec = TypeSpec::new::<PySemLock>("_multiprocessing.SemLock")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new)])
    .methods(&[
        Method::new("acquire", "($self, /, block=True, timeout=None)", acquire, "Acquire the semaphore/lock."),
        Method::new("release", "($self, /)", release, "Release the semaphore/lock."),
        Method::new("_count", "($self, /)", |t, a| Ok(int::from_usize(t, this(&a[0]).count.load(Relaxed))), "Num of `acquire()`s minus num of `release()`s for this process."),
        Method::new("_is_mine", "($self, /)", |t, a| Ok(Value::bool(mine(t, this(&a[0])))), "Whether the lock is owned by this thread."),
        Method::new("_get_value", "($self, /)", |t, a| Ok(Value::i32(check(t, this(&a[0]).semaphore.value())?)), "Get the value of the semaphore."),
        Method::new("_is_zero", "($self, /)", |t, a| Ok(Value::bool(check(t, this(&a[0]).semaphore.value())? == 0)), "Return whether semaphore has value zero."),
        Method::class("_rebuild", "($type, handle, kind, maxvalue, name, /)", rebuild, ""),
        Method::new("_after_fork", "($self, /)", after_fork, "Rezero the net acquisition count after fork()."),
        Method::new("__enter__", "($self, /)", |t, a| acquire(t, &[a[0].clone(), Value::unbound(), Value::unbound()]), "Enter the semaphore/lock."),
        Method::new("__exit__", "($self, exc_type=None, exc_value=None, exc_tb=None, /)", release, "Exit the semaphore/lock."),
    ])
    .getset(&[
        GetSet::read("handle", |t, v| Ok(int::from_usize(t, this(v).semaphore.handle())), ""),
        GetSet::read("kind", |_, v| Ok(Value::i32(this(v).kind)), ""),
        GetSet::read("maxvalue", |_, v| Ok(Value::i32(this(v).maximum)), ""),
        GetSet::read("name", name, ""),
    ])
    .extra(|t, class| {
        let namespace = orochi_objects::type_::as_type(class).dict.load();
        dict::set_by_name(t, &namespace, "SEM_VALUE_MAX", int::new(t, i64::from(SEM_VALUE_MAX)));
        Ok(())
    })
    .doc("SemLock(kind, value, maxvalue, name, unlink)\n--\n\nSemaphore/Mutex type");

static TYPES: &[&TypeSpec] = &[&SEM_LOCK];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_multiprocessing")
    .functions(&[Method::new("sem_unlink", "(name, /)", sem_unlink, "")])
    .types(TYPES)
    .exec(|t, namespace| {
        let known = dict::new(t);
        for name in ["HAVE_SEM_OPEN", "HAVE_SEM_TIMEDWAIT"] {
            dict::set_by_name(t, &known, name, Value::i32(1));
        }
        dict::set_by_name(t, namespace, "flags", known);
        Ok(())
    });

fn this(v: &Value) -> &PySemLock {
    match v.payload::<PySemLock>() {
        Some(s) => s,
        None => unreachable!("methods are called with their own type"),
    }
}
fn mine(t: Attached<'_>, s: &PySemLock) -> bool {
    s.count.load(Acquire) > 0 && s.owner.load(Relaxed) == t.base.ident()
}
fn name(t: Attached<'_>, v: &Value) -> PyResult {
    Ok(this(v).name.as_ref().map_or(Value::none(), |n| crate::arguments::decoded(t, n.as_bytes())))
}

fn make(t: Attached<'_>, class: &Value, semaphore: Semaphore, kind: i32, maximum: i32, name: Option<CString>) -> PyResult {
    let (owner, count) = (AtomicU64::new(0), AtomicUsize::new(0));
    SEM_LOCK.alloc_for(t, class, PySemLock { semaphore, kind, maximum, name, owner, count })
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let signature = orochi_objects::args::Signature::parse("(kind, value, maxvalue, name, unlink)");
    signature.call(t, "SemLock", args, |a| {
        let (kind, value, maximum) = (c_int(t, &a[0])?, c_int(t, &a[1])?, c_int(t, &a[2])?);
        let name = text(t, &a[3], "SemLock() argument 'name'")?;
        let unlink = protocol::truth(t, &a[4])?;
        if kind != RECURSIVE_MUTEX && kind != SEMAPHORE {
            return Err(t.value_error("unrecognized kind"));
        }
        const O_CREAT: i32 = 0o100;
        const O_EXCL: i32 = 0o200;
        let semaphore = check(t, Semaphore::open(&name, O_CREAT | O_EXCL, 0o600, value as u32))?;
        if unlink {
            check(t, shm::sem_unlink(&name))?;
        }
        let kept = if unlink { None } else { Some(name) };
        make(t, class, semaphore, kind, maximum, kept)
    })
}

fn rebuild(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (kind, maximum) = (c_int(t, &a[2])?, c_int(t, &a[3])?);
    if a[4].is_none() {
        return Err(t.value_error("a semaphore without a name cannot be opened from its handle"));
    }
    let name = text(t, &a[4], "_rebuild() argument 4")?;
    let semaphore = check(t, Semaphore::open(&name, 0, 0, 0))?;
    make(t, &a[0], semaphore, kind, maximum, Some(name))
}

fn sem_unlink(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text(t, &a[0], "sem_unlink() argument")?;
    check(t, shm::sem_unlink(&name))?;
    Ok(Value::none())
}

fn acquire(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = this(&a[0]);
    let block = crate::arguments::flag(t, &a[1], true)?;
    let timeout = match a[2].given().filter(|v| !v.is_none()) {
        Some(v) => Some(seconds::nanos(t, v, Rounding::Up)?.max(0)),
        None => None,
    };
    if s.kind == RECURSIVE_MUTEX && mine(t, s) {
        s.count.fetch_add(1, Relaxed);
        return Ok(Value::bool(true));
    }
    let deadline = timeout.map(|n| Timespec::from_nanos(realtime_nanos().saturating_add(n)));
    loop {
        let result = match s.semaphore.try_wait() {
            Err(Errno::EAGAIN) if block && timeout != Some(0) => t.detached(|| match deadline {
                Some(deadline) => s.semaphore.timed_wait(deadline),
                None => s.semaphore.wait(),
            }),
            other => other,
        };
        match result {
            Ok(()) => break,
            Err(Errno::EAGAIN | Errno::ETIMEDOUT) => return Ok(Value::bool(false)),
            Err(Errno::EINTR) => t.safepoint()?,
            Err(e) => return Err(os_error(t, e)),
        }
    }
    // The owner before the count: who sees the new count sees its owner (`mine`).
    s.owner.store(t.base.ident(), Relaxed);
    s.count.fetch_add(1, Release);
    Ok(Value::bool(true))
}

fn release(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = this(&a[0]);
    if s.kind == RECURSIVE_MUTEX {
        if !mine(t, s) {
            let message = "attempt to release recursive lock not owned by thread";
            return Err(t.raise(&exception::AssertionError, message));
        }
        if s.count.load(Relaxed) > 1 {
            s.count.fetch_sub(1, Relaxed);
            return Ok(Value::none());
        }
    } else if check(t, s.semaphore.value())? >= s.maximum {
        return Err(t.value_error("semaphore or lock released too many times"));
    }
    // Given up before the others may have it: a thread that is woken must find its own count only. A
    // semaphore may be released by another process, or thread, than the one that took it.
    let _ = s.count.fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1));
    check(t, s.semaphore.post())?;
    Ok(Value::none())
}

fn after_fork(_: Attached<'_>, a: &[Value]) -> PyResult {
    this(&a[0]).count.store(0, Relaxed);
    Ok(Value::none())
}
