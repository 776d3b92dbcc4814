//! State that one thread at a time owns, also across blocking calls and Python code.
//!
//! A short step that finds nobody in possession works under the one-byte lock and is done
//! ([`Exclusive::quick`]). Anything longer takes the state out ([`Exclusive::enter`]): the owner's
//! number stands in its place until the [`Session`] is dropped, and no lock is held meanwhile. Whoever
//! comes then waits detached; the owner itself coming again (a signal handler, a finaliser, a raw file
//! that uses its own buffer) is an error, as in CPython.

use std::ops::{Deref, DerefMut};

use orochi_objects::exception::RuntimeError;
use orochi_objects::{Attached, PyResult, Value, protocol};
use orochi_runtime::Locked;
use orochi_runtime::sync::Futex;
use orochi_runtime::sync::atomic::{AtomicU32, Ordering};

struct Inner<T> {
    /// Registry slot of the thread that took the state; 0: nobody.
    owner: u32,
    state: T,
}

/// See the file's description.
pub struct Exclusive<T> {
    inner: Locked<Inner<T>>,
    /// Advanced at each release. Ordering: SeqCst against `waiting`.
    gate: Futex,
    /// Threads that sleep on the gate, or are about to. Ordering: SeqCst.
    waiting: AtomicU32,
}

impl<T: Default + Send> Exclusive<T> {
    /// A state that nobody owns.
    pub fn new(state: T) -> Exclusive<T> {
        Exclusive { inner: Locked::new(Inner { owner: 0, state }), gate: Futex::new(0), waiting: AtomicU32::new(0) }
    }

    /// Runs `f` on the state under the lock if nobody owns it; `None` if somebody does or `f` declines.
    /// `f` must not run Python code, drop values with finalisers or reach a safepoint.
    #[inline]
    pub fn quick<R>(&self, f: impl FnOnce(&mut T) -> Option<R>) -> Option<R> {
        let mut inner = self.inner.lock();
        if inner.owner != 0 { None } else { f(&mut inner.state) }
    }

    /// Takes the state for this thread; RuntimeError if the thread owns it already. `this` is the
    /// object that the message shows.
    pub fn enter(&self, t: Attached<'_>, this: &Value) -> PyResult<Session<'_, T>> {
        match self.try_enter(t) {
            Some(session) => Ok(session),
            None if t.interpreter().base.is_finalizing() => Err(kept(t, this)),
            None => Err(reentrant(t, this)),
        }
    }

    /// Takes the state for this thread; `None` if the thread owns it already, or if the interpreter
    /// ends and a thread that will not run any more has it.
    pub fn try_enter(&self, t: Attached<'_>) -> Option<Session<'_, T>> {
        let me = t.base.slot();
        loop {
            let ticket = self.gate.load(Ordering::SeqCst);
            {
                let mut inner = self.inner.lock();
                if inner.owner == 0 {
                    inner.owner = me;
                    let state = std::mem::take(&mut inner.state);
                    return Some(Session { of: self, state });
                }
                if inner.owner == me || t.interpreter().base.is_finalizing() {
                    return None;
                }
            }
            self.waiting.fetch_add(1, Ordering::SeqCst);
            t.detached(|| self.gate.wait(ticket, None));
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

#[cold]
fn reentrant(t: Attached<'_>, this: &Value) -> orochi_objects::Raised {
    t.raise(&RuntimeError, format!("reentrant call inside {}", protocol::display_repr(t, this)))
}

#[cold]
fn kept(t: Attached<'_>, this: &Value) -> orochi_objects::Raised {
    let shown = protocol::display_repr(t, this);
    t.raise(&RuntimeError, format!("could not acquire lock for {shown} at interpreter shutdown, possibly due to daemon threads"))
}

/// The state, taken out. Dropping it gives it back.
pub struct Session<'a, T: Default + Send> {
    of: &'a Exclusive<T>,
    state: T,
}

impl<T: Default + Send> Deref for Session<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.state
    }
}

impl<T: Default + Send> DerefMut for Session<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.state
    }
}

impl<T: Default + Send> Drop for Session<'_, T> {
    fn drop(&mut self) {
        {
            let mut inner = self.of.inner.lock();
            inner.state = std::mem::take(&mut self.state);
            inner.owner = 0;
        }
        self.of.gate.fetch_add(1, Ordering::SeqCst);
        if self.of.waiting.load(Ordering::SeqCst) != 0 {
            self.of.gate.wake_all();
        }
    }
}
