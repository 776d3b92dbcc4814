//! `RuntimeBase` and `InterpreterBase`: where the parts meet. There are no process-wide statics; two runtimes in one process know
//! nothing of each other.

use crate::domain::{Domain, DomainId, DomainTable, MergePush};
use crate::gil::GilPolicy;
use crate::lock_mode::{self, LockMode};
use crate::qsbr::Qsbr;
use crate::registry::Registry;
use crate::safepoint::bits;
use crate::stop_world::{World, stop_world};
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use crate::sync::{Locked, NoSafepoint};
use crate::thread::{StartError, ThreadBase};
use crate::thread_local::{set_current_domain, set_objects_are_shared};
use std::sync::Arc;
use std::time::Duration;

/// What is chosen when a runtime is made.
#[derive(Clone, Copy, Debug)]
pub struct RuntimeConfig {
    /// Who holds a lock to run Python.
    pub mode: LockMode,
    /// How long a waiter waits before it asks for the lock; `sys.setswitchinterval` changes it.
    pub switch_interval: Duration,
    /// How patient waiters are.
    pub gil_policy: GilPolicy,
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        Self {
            mode: LockMode::default(),
            switch_interval: Duration::from_millis(5),
            gil_policy: GilPolicy::default(),
        }
    }
}

/// One runtime: interpreters, threads and domains that can see each other's objects.
#[derive(Debug)]
pub struct RuntimeBase {
    mode: LockMode,
    gil_policy: GilPolicy,
    /// Microseconds. Ordering: relaxed.
    switch_interval_us: AtomicU64,
    pub(crate) domains: DomainTable,
    pub(crate) registry: Registry,
    pub(crate) world: World,
    pub(crate) qsbr: Qsbr,
    /// Guarded by: itself. Taken before the registry's lock where both are.
    pub(crate) interpreters: Locked<Vec<Arc<InterpreterBase>>>,
    next_interpreter: AtomicU64,
    /// Set while a domain in which nobody runs may have merge work that nobody was told of.
    idle_work: AtomicBool,
    /// Whether no second domain has begun to run. Written once, with the world stopped. Ordering: relaxed.
    solitary: AtomicBool,
}

impl RuntimeBase {
    /// A runtime without interpreters or threads.
    #[must_use]
    pub fn new(config: RuntimeConfig) -> Arc<Self> {
        Arc::new(Self {
            mode: config.mode,
            gil_policy: config.gil_policy,
            switch_interval_us: AtomicU64::new(micros(config.switch_interval)),
            domains: DomainTable::new(config.mode.has_lock()),
            registry: Registry::default(),
            world: World::new(),
            qsbr: Qsbr::new(config.mode.shares_mutable_objects()),
            interpreters: Locked::new(Vec::new()),
            next_interpreter: AtomicU64::new(0),
            idle_work: AtomicBool::new(false),
            solitary: AtomicBool::new(true),
        })
    }

    /// The lock mode.
    #[inline]
    #[must_use]
    pub fn mode(&self) -> LockMode {
        self.mode
    }

    /// The policy of the locks.
    #[inline]
    #[must_use]
    pub fn gil_policy(&self) -> GilPolicy {
        self.gil_policy
    }

    /// How long a waiter waits before it asks for the lock.
    #[must_use]
    pub fn switch_interval(&self) -> Duration {
        Duration::from_micros(self.switch_interval_us.load(Ordering::Relaxed))
    }

    /// Sets the switch interval, rounded to microseconds, at least one.
    pub fn set_switch_interval(&self, interval: Duration) {
        self.switch_interval_us
            .store(micros(interval), Ordering::Relaxed);
    }

    /// The domains.
    #[must_use]
    pub fn domains(&self) -> &DomainTable {
        &self.domains
    }

    /// The threads.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Deferred reclamation.
    #[must_use]
    pub fn qsbr(&self) -> &Qsbr {
        &self.qsbr
    }

    /// The interpreters at this moment, oldest first.
    #[must_use]
    pub fn interpreters(&self) -> Vec<Arc<InterpreterBase>> {
        self.interpreters.lock().clone()
    }

    /// A new interpreter, without threads. Call it attached to another one, or before any thread is.
    ///
    /// # Errors
    /// `TooManyDomains`.
    pub fn new_interpreter(&self) -> Result<Arc<InterpreterBase>, StartError> {
        loop {
            let mut list = self.interpreters.lock();
            // A stopper takes the lock of every domain; none may appear behind its back.
            if self.world.stopper() == 0 || self.mode == LockMode::NoLock {
                let domain =
                    lock_mode::interpreter_domain(self).map_err(|_| StartError::TooManyDomains)?;
                let id = self.next_interpreter.fetch_add(1, Ordering::Relaxed);
                let interpreter = Arc::new(InterpreterBase {
                    id,
                    domain,
                    finalizer: AtomicU32::new(0),
                });
                list.push(interpreter.clone());
                return Ok(interpreter);
            }
            drop(list);
            self.world.wait_resumed(0);
        }
    }

    /// A new thread of `interpreter`, detached and unbound. Usually called by the thread that starts the new OS thread.
    ///
    /// # Errors
    /// `TooManyDomains`, or `Finalizing` when the interpreter is ending.
    pub fn start_thread(
        self: &Arc<Self>,
        interpreter: &Arc<InterpreterBase>,
    ) -> Result<Arc<ThreadBase>, StartError> {
        let mut slots = self.registry.lock();
        if interpreter.is_finalizing() {
            return Err(StartError::Finalizing);
        }
        let domain = lock_mode::thread_domain(self, interpreter.domain())
            .map_err(|_| StartError::TooManyDomains)?;
        let slot = slots.take_slot();
        let thread = Arc::new(ThreadBase::new(
            slot,
            domain,
            self.clone(),
            interpreter.clone(),
        ));
        lock_mode::start_thread(&thread, self.world.stopper() != 0);
        slots.fill(thread.clone());
        Ok(thread)
    }

    /// Whether no second domain has begun to run: then objects need neither atomic counts nor locks, in any mode. A program
    /// without threads so pays nothing for the lock it does without.
    #[inline]
    #[must_use]
    pub fn is_solitary(&self) -> bool {
        self.solitary.load(Ordering::Relaxed)
    }

    /// Whether several domains may look at the same object that can change, by now.
    #[inline]
    pub(crate) fn shares_mutable_objects(&self) -> bool {
        self.mode.shares_mutable_objects() && !self.is_solitary()
    }

    /// Ends the time in which one domain ran alone, if `thread` is the second. `thread` has just attached and has not touched an
    /// object yet. Brings the first one to rest and calls `tell` before it goes on.
    pub fn end_solitude(&self, thread: &ThreadBase, tell: impl FnOnce()) {
        let has_other = || self.registry.lock().iter().any(|other| other.domain.id() != thread.domain.id());
        if !self.is_solitary() || !has_other() {
            return;
        }
        stop_world(thread, || {
            self.solitary.store(false, Ordering::Relaxed);
            tell();
        });
        set_objects_are_shared(self.shares_mutable_objects());
    }

    /// Queues an object for its owner to merge. When nobody runs in the domain, the caller should
    /// [borrow](Self::borrow_domain) it and merge in its place.
    pub fn push_merge(&self, domain: DomainId, ptr: usize) -> MergePush {
        let Some(domain) = self.domains.get(domain) else {
            debug_assert!(false, "an object of a domain that does not exist");
            return MergePush::OwnerNotified;
        };
        // Also when the queue had work already: its owner may have left since it was told.
        domain.queue().push(ptr);
        if lock_mode::notify(self, domain, bits::MERGE) {
            MergePush::OwnerNotified
        } else {
            MergePush::OwnerIdle
        }
    }

    /// Runs `f` in the place of the owner of `domain`, if nobody runs in it: `f` gets the domain, and counts as its owner (the current
    /// domain is set). `f` must be short and must not pause or run Python. `None`: the owner runs, or another borrows; it will see to the
    /// work. Call it attached.
    pub fn borrow_domain<R>(
        &self,
        thread: &ThreadBase,
        domain: DomainId,
        f: impl FnOnce(&Domain) -> R,
    ) -> Option<R> {
        struct End<'a>(&'a ThreadBase, &'a Domain, u32);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                set_current_domain(self.2);
                lock_mode::end_borrow(self.0, self.1);
                // Who pushed during the borrow found the domain neither attached nor free.
                if self.1.queue().is_nonempty() {
                    self.0.runtime().announce_idle_work(0);
                }
            }
        }
        debug_assert!(
            thread.is_current(),
            "a domain is borrowed by a thread that is not attached here"
        );
        if domain == thread.domain.id() {
            return None;
        }
        let domain = &**self.domains.get(domain)?;
        if !lock_mode::try_borrow(thread, domain) {
            return None;
        }
        let _end = End(thread, domain, set_current_domain(domain.id().raw()));
        let _no_safepoint = NoSafepoint::begin();
        Some(f(domain))
    }

    /// Merges in the place of owners that left before they came to it: runs `f` in each domain with work in which nobody runs. Whoever
    /// deals with a `MERGE` bit calls it after its own queue. `f` as for [`borrow_domain`](Self::borrow_domain).
    pub fn merge_idle(&self, thread: &ThreadBase, mut f: impl FnMut(&Domain)) {
        if !self.idle_work.load(Ordering::Relaxed) || !self.idle_work.swap(false, Ordering::SeqCst)
        {
            return;
        }
        for domain in self.domains.iter() {
            if domain.queue().is_nonempty() {
                self.borrow_domain(thread, domain.id(), &mut f);
            }
        }
    }

    /// The thread in `slot` has left its domain with work in it.
    #[cold]
    pub(crate) fn announce_idle_work(&self, slot: u32) {
        self.idle_work.store(true, Ordering::SeqCst);
        for other in self.registry.lock().iter() {
            if other.slot != slot {
                other.request(bits::MERGE);
            }
        }
    }

    /// Sets bits for every thread of an interpreter.
    pub fn request_all(&self, interpreter: &InterpreterBase, bits: u32) {
        for thread in self.registry.lock().iter() {
            if thread.interpreter().id() == interpreter.id {
                thread.request(bits);
            }
        }
    }

    /// Whether the first interpreter, and with it the runtime, is ending.
    #[must_use]
    pub fn is_finalizing(&self) -> bool {
        self.interpreters
            .lock()
            .first()
            .is_some_and(|i| i.is_finalizing())
    }
}

/// One interpreter.
#[derive(Debug)]
pub struct InterpreterBase {
    id: u64,
    /// With locks, the domain of all its threads.
    domain: Option<Arc<Domain>>,
    /// Slot of the thread that ends the interpreter, 0 while it lives. Guarded by: the registry's lock for writing.
    pub(crate) finalizer: AtomicU32,
}

impl InterpreterBase {
    /// 0 for the first interpreter of a runtime, then counting up.
    #[inline]
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The domain of the interpreter; `None` in no-lock mode, where each thread has its own.
    #[inline]
    #[must_use]
    pub fn domain(&self) -> Option<&Arc<Domain>> {
        self.domain.as_ref()
    }
}

fn micros(interval: Duration) -> u64 {
    u64::try_from(interval.as_micros())
        .unwrap_or(u64::MAX)
        .max(1)
}
