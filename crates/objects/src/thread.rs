//! Runtime, interpreter and thread as the object layer sees them, and the token `Attached`.
//!
//! ```text
//! Runtime (one a process, usually)  - lock mode, heap, builtin types, interned strings
//!   Interpreter                     - modules, builtins, import state, per-module native state
//!     Thread                        - the exception in flight, recursion, the eval loop's part
//! ```
//! Nothing here is a process static. `Attached<'t>` proves that the calling OS thread may touch
//! objects; it is the first parameter, named `t`, of everything that does.

use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, Mutex, OnceLock};

use orochi_heap::{HeapShared, Slot, Value};
use orochi_runtime::{InterpreterBase, RuntimeBase, ThreadBase};

use crate::names::Names;
use crate::spec::TypeTable;

/// A Python exception is on its way; it lies in the thread ([`Thread::take_raised`]).
#[derive(Debug)]
#[must_use = "an exception is in flight: pass it on or take it with `t.take_raised(e)`"]
pub struct Raised(());

/// What everything that can raise gives.
pub type PyResult<T = Value> = Result<T, Raised>;

/// What the layers above supply, once, when the runtime is made.
pub struct Upward {
    /// Runs `__del__`, closes generators.
    pub finalize: fn(Attached<'_>, &Value),
    /// Handles what a safepoint found (`ThreadBase::safepoint_slow`'s remaining bits): signals,
    /// asynchronous exceptions, collection.
    pub safepoint: fn(Attached<'_>, u32) -> PyResult<()>,
    /// Shows the register words of a thread to the collector.
    pub visit_registers: fn(&Thread, &mut dyn FnMut(u64)),
    /// Reports an exception that nobody can catch (`sys.unraisablehook`); takes it out of the thread.
    pub unraisable: fn(Attached<'_>, Raised, &str, &Value),
    /// The class cell's value and the first argument of the running function, for `super()`.
    pub zero_arg_super: fn(Attached<'_>) -> PyResult<(Value, Value)>,
    /// A thread that `_thread` started has attached for the first time: makes the eval loop's part of it.
    pub thread_begin: fn(Attached<'_>),
    /// Such a thread is about to end, still attached.
    pub thread_end: fn(Attached<'_>),
    /// A class changed in a way that inline caches keyed by maps cannot notice: drops them all.
    pub flush_caches: fn(Attached<'_>),
    /// Runs a native loop over a generator, or one that calls a Python function, without leaving the eval loop between
    /// the steps; `None` for other iterators and callables.
    pub walk: fn(Attached<'_>, &Value, crate::protocol::NativeLoop<'_>) -> Option<PyResult<()>>,
}

/// Settings that hold for the life of a runtime.
#[derive(Clone, Debug, Default)]
pub struct RuntimeOptions {
    /// Key of string hashing.
    pub hash_key: orochi_text::hash::HashKey,
}

/// State that all interpreters share. Everything in it is safe to use from every thread.
pub struct Runtime {
    /// Lock mode, threads, safepoints.
    pub base: Arc<RuntimeBase>,
    /// Objects in memory.
    pub heap: Arc<HeapShared>,
    /// Builtin types, made at first use.
    pub(crate) types: TypeTable,
    /// Interned strings.
    pub(crate) interned: crate::str::InternTable,
    pub(crate) names: OnceLock<Names>,
    /// The tuple without members, or 0.
    pub(crate) empty_tuple: std::sync::atomic::AtomicU64,
    /// The upward calls.
    pub upward: &'static Upward,
    /// Settings.
    pub options: RuntimeOptions,
    /// Goes up whenever inline caches are dropped; tables that remember what they hold compare it.
    pub cache_epoch: std::sync::atomic::AtomicU64,
    /// Root maps of dead types, by address, until no cache can name them any more.
    pub(crate) dead_maps: orochi_runtime::Locked<Vec<usize>>,
    /// Serialises changes of types (bases, attributes, slots): rare, never held across Python code.
    pub(crate) type_lock: orochi_runtime::Locked<()>,
    /// Locks for attribute changes of instances, by address.
    pub(crate) attr_locks: [orochi_runtime::ObjectLock; 64],
    /// Threads of the object layer, for the collector. Guarded by: the mutex.
    pub threads: Mutex<Vec<usize>>,
    /// Native state by Rust type, of what interpreters share.
    pub(crate) state: States,
}

/// Native state by Rust type, each made at first use and kept to the end. Readers take no lock.
#[derive(Default)]
pub(crate) struct States {
    /// Lists that only grow, at their front. Guarded by: `making`, for writes.
    buckets: [AtomicPtr<State>; 32],
    making: Mutex<()>,
}

struct State {
    id: TypeId,
    /// An `Arc` of the state.
    value: Box<dyn Any + Send + Sync>,
    next: *mut State,
}

impl States {
    fn bucket(&self, id: TypeId) -> &AtomicPtr<State> {
        // A type's id is a hash already: its first word is what it feeds to a hasher.
        struct Word(u64);
        impl Hasher for Word {
            fn finish(&self) -> u64 {
                self.0
            }
            fn write(&mut self, bytes: &[u8]) {
                for &b in bytes {
                    self.0 = self.0.rotate_left(8) ^ u64::from(b);
                }
            }
            fn write_u64(&mut self, n: u64) {
                self.0 = n;
            }
        }
        let mut word = Word(0);
        id.hash(&mut word);
        &self.buckets[word.finish() as usize % self.buckets.len()]
    }
    fn find<T: Any + Send + Sync>(&self, id: TypeId) -> Option<&Arc<T>> {
        let mut at = self.bucket(id).load(Acquire);
        // SAFETY: what a list holds lives as long as the list.
        while let Some(state) = unsafe { at.as_ref() } {
            if state.id == id {
                return state.value.downcast_ref::<Arc<T>>();
            }
            at = state.next;
        }
        None
    }
    fn get<T: Any + Send + Sync + Default>(&self) -> &Arc<T> {
        let id = TypeId::of::<T>();
        if let Some(found) = self.find::<T>(id) {
            return found;
        }
        let making = self.making.lock().unwrap_or_else(|e| e.into_inner());
        if self.find::<T>(id).is_none() {
            let bucket = self.bucket(id);
            let next = bucket.load(Relaxed);
            bucket.store(Box::into_raw(Box::new(State { id, value: Box::new(Arc::new(T::default())), next })), Release);
        }
        drop(making);
        match self.find::<T>(id) {
            Some(made) => made,
            None => unreachable!("it was just made"),
        }
    }
}

impl Drop for States {
    fn drop(&mut self) {
        for bucket in &mut self.buckets {
            let mut at = std::mem::replace(bucket.get_mut(), std::ptr::null_mut());
            while !at.is_null() {
                // SAFETY: the pointers came from boxes, and each is taken out of its list once.
                let state = unsafe { Box::from_raw(at) };
                at = state.next;
            }
        }
    }
}

impl Runtime {
    /// The runtime's one `T`, made at first use: what belongs to no single interpreter.
    pub fn state<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        self.state.get::<T>().clone()
    }
}

/// What belongs to one interpreter.
pub struct Interpreter {
    /// The runtime's part.
    pub base: Arc<InterpreterBase>,
    /// The runtime.
    pub runtime: Arc<Runtime>,
    /// `sys.modules`.
    pub modules: Slot,
    /// The `builtins` module's namespace (a dict).
    pub builtins: Slot,
    /// The `sys` module's namespace (a dict).
    pub sys: Slot,
    /// Native state by Rust type (codec registry, import state, per-module caches).
    state: States,
    /// `sys.setrecursionlimit`.
    pub recursion_limit: std::sync::atomic::AtomicU32,
    /// See `import_lock.rs`.
    pub(crate) import_lock: orochi_runtime::sync::RecursiveLock,
}

impl Interpreter {
    /// A new interpreter without modules.
    pub fn new(base: Arc<InterpreterBase>, runtime: Arc<Runtime>) -> Arc<Interpreter> {
        Arc::new(Interpreter {
            base,
            runtime,
            modules: Slot::unbound(),
            builtins: Slot::unbound(),
            sys: Slot::unbound(),
            state: States::default(),
            recursion_limit: std::sync::atomic::AtomicU32::new(1000),
            import_lock: orochi_runtime::sync::RecursiveLock::new(),
        })
    }
    /// The interpreter's one `T`, made at first use: how native modules keep state without statics.
    pub fn state<T: Any + Send + Sync + Default>(&self) -> &Arc<T> {
        self.state.get()
    }
}

/// What belongs to one thread of one interpreter.
pub struct Thread {
    /// The runtime's part: safepoint word, attachment.
    pub base: Arc<ThreadBase>,
    /// The interpreter.
    pub interpreter: Arc<Interpreter>,
    /// The exception in flight (unbound: none).
    raised: Cell<u64>,
    /// The exception being handled (`sys.exception()`; None: none). The eval loop saves and restores it.
    handled: RefCell<Value>,
    /// Lowest stack address that native code may reach.
    stack_limit: Cell<usize>,
    /// The eval loop's part of the thread.
    pub eval: AtomicPtr<()>,
    /// Containers being printed, against endless recursion (`reprlib`-like, per thread).
    pub(crate) printing: RefCell<Vec<u64>>,
    /// Deferred objects that native code uses without a count ([`Attached::keeping`]).
    kept: RefCell<Vec<u64>>,
    /// The running context of `contextvars` (None until used).
    pub context: RefCell<Value>,
    /// Hooks of asynchronous generators: first-iteration, finaliser.
    pub asyncgen_hooks: RefCell<(Value, Value)>,
    /// The event loop that runs in this thread, and its task.
    pub running_loop: Arc<crate::running_loop::RunningLoop>,
    /// The map of exact strs, found again at once (null: not looked up yet).
    pub(crate) str_map: AtomicPtr<orochi_heap::MapHead>,
}

impl Thread {
    /// The object layer's state of a thread whose native stack must not go below `stack_limit`.
    pub fn new(base: Arc<ThreadBase>, interpreter: Arc<Interpreter>, stack_limit: usize) -> Thread {
        Thread {
            base,
            interpreter,
            raised: Cell::new(orochi_heap::value::UNBOUND),
            handled: RefCell::new(Value::none()),
            stack_limit: Cell::new(stack_limit),
            eval: AtomicPtr::default(),
            printing: RefCell::default(),
            kept: RefCell::default(),
            context: RefCell::new(Value::none()),
            asyncgen_hooks: RefCell::new((Value::none(), Value::none())),
            running_loop: Arc::default(),
            str_map: AtomicPtr::default(),
        }
    }
    /// The token for the calling thread.
    ///
    /// # Safety
    /// The calling OS thread is attached as this thread for as long as the token lives.
    #[inline(always)]
    pub unsafe fn attached(&self) -> Attached<'_> {
        Attached(self)
    }
    pub(crate) fn set_stack_low(&mut self, low: usize) {
        self.stack_limit.set(low);
    }
    /// Releases the values that the thread itself holds; it is about to end.
    pub(crate) fn give_up_values(&self) {
        let bits = self.raised.replace(orochi_heap::value::UNBOUND);
        // SAFETY: the cell owned that word.
        drop(unsafe { Value::from_bits(bits) });
        drop(self.handled.replace(Value::none()));
        drop(self.context.replace(Value::none()));
        drop(self.asyncgen_hooks.replace((Value::none(), Value::none())));
        crate::running_loop::end(self);
    }
    /// The words of this thread that the collector must see besides registers.
    pub fn roots(&self, visit: &mut dyn FnMut(u64)) {
        visit(self.raised.get());
        self.kept.borrow().iter().for_each(|&word| visit(word));
    }
}

/// Proof that the calling thread may touch objects; carries the thread.
#[derive(Clone, Copy)]
pub struct Attached<'t>(&'t Thread);

impl<'t> Deref for Attached<'t> {
    type Target = Thread;
    #[inline(always)]
    fn deref(&self) -> &Thread {
        self.0
    }
}

/// Stack left for native code below which a call raises RecursionError: enough for error handling.
const STACK_RESERVE: usize = 128 * 1024;

impl<'t> Attached<'t> {
    /// The thread, for as long as the token is good.
    #[inline(always)]
    pub fn thread(self) -> &'t Thread {
        self.0
    }
    /// The interpreter.
    #[inline(always)]
    pub fn interpreter(self) -> &'t Interpreter {
        &self.0.interpreter
    }
    /// The runtime.
    #[inline(always)]
    pub fn runtime(self) -> &'t Runtime {
        &self.0.interpreter.runtime
    }
    /// Runs `f` with what a lookup gave, perhaps without a count: the collector sees it meanwhile, so that
    /// `f` may run Python code, and threads that share a descriptor need not count it.
    #[inline]
    pub fn keeping<R>(self, v: Value, f: impl FnOnce(&Value) -> R) -> R {
        if !v.is_deferred_ref() {
            return f(&v);
        }
        self.kept.borrow_mut().push(v.bits());
        let r = f(&v);
        self.kept.borrow_mut().pop();
        r
    }
    /// Drops all inline caches: a class changed in a way that maps do not show, or maps go.
    pub fn flush_caches(self) {
        self.runtime().cache_epoch.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        (self.runtime().upward.flush_caches)(self);
    }
    /// The pre-interned names.
    #[inline(always)]
    pub fn names(self) -> &'t Names {
        match self.runtime().names.get() {
            Some(names) => names,
            None => unreachable!("names are interned when the runtime starts"),
        }
    }

    /// Raises an instance of exception type `spec` with a message.
    #[cold]
    pub fn raise(self, spec: &'static crate::TypeSpec, message: impl AsRef<str>) -> Raised {
        let text = crate::str::new(self, message.as_ref());
        self.raise_made(spec, &[text])
    }
    /// Raises an instance of exception type `spec` made with the arguments given.
    #[cold]
    pub fn raise_with(self, spec: &'static crate::TypeSpec, args: Vec<Value>) -> Raised {
        self.raise_made(spec, &args)
    }
    fn raise_made(self, spec: &'static crate::TypeSpec, args: &[Value]) -> Raised {
        match crate::exception::make(self, spec, args) {
            Ok(exception) => self.raise_value(exception),
            Err(e) => e,
        }
    }
    /// Raises `exception`, an exception instance; the one being handled becomes its context.
    #[cold]
    pub fn raise_value(self, exception: Value) -> Raised {
        crate::exception::link_context(self, &exception);
        self.set_raised(exception)
    }
    /// Raises TypeError.
    #[cold]
    pub fn type_error(self, message: impl AsRef<str>) -> Raised {
        self.raise(&crate::exception::TypeError, message)
    }
    /// Raises ValueError.
    #[cold]
    pub fn value_error(self, message: impl AsRef<str>) -> Raised {
        self.raise(&crate::exception::ValueError, message)
    }
    /// Raises OverflowError.
    #[cold]
    pub fn overflow_error(self, message: impl AsRef<str>) -> Raised {
        self.raise(&crate::exception::OverflowError, message)
    }
    /// Raises MemoryError.
    #[cold]
    pub fn memory_error(self) -> Raised {
        self.raise_with(&crate::exception::MemoryError, Vec::new())
    }
    /// Puts an exception in flight as it is (no context is linked).
    #[inline]
    pub fn set_raised(self, exception: Value) -> Raised {
        let old = self.0.raised.replace(exception.counted().into_bits());
        // SAFETY: the cell owned that word.
        drop(unsafe { Value::from_bits(old) });
        Raised(())
    }
    /// Puts the exception in flight aside, if there is one, while a finaliser runs.
    pub fn suspend_raised(self) -> Option<Value> {
        let bits = self.0.raised.replace(orochi_heap::value::UNBOUND);
        // SAFETY: the cell owned that word.
        let v = unsafe { Value::from_bits(bits) };
        if v.is_unbound() { None } else { Some(v) }
    }
    /// Undoes [`Attached::suspend_raised`].
    pub fn restore_raised(self, saved: Option<Value>) {
        if let Some(v) = saved {
            let Raised(()) = self.set_raised(v);
        }
    }
    /// Takes the exception out of flight: it was caught.
    #[inline]
    pub fn take_raised(self, raised: Raised) -> Value {
        let Raised(()) = raised;
        let bits = self.0.raised.replace(orochi_heap::value::UNBOUND);
        debug_assert!(bits != orochi_heap::value::UNBOUND, "Raised without an exception");
        // SAFETY: the cell owned that word.
        unsafe { Value::from_bits(bits) }
    }
    /// The exception in flight, without taking it.
    #[inline]
    pub fn peek_raised(self, _raised: &Raised) -> Value {
        let bits = self.0.raised.get();
        // SAFETY: the cell owns the word; the view is cloned at once.
        unsafe { Value::borrow_bits(&bits) }.clone()
    }
    /// Whether the exception in flight is an instance of `spec`.
    pub fn raised_is(self, raised: &Raised, spec: &'static crate::TypeSpec) -> bool {
        let exception = self.peek_raised(raised);
        crate::type_::is_instance_of(self, &exception, spec.get(self))
    }
    /// If the exception in flight is an instance of `spec`, takes it: `Ok(exception)`; else passes it on.
    pub fn catch(self, raised: Raised, spec: &'static crate::TypeSpec) -> Result<Value, Raised> {
        if self.raised_is(&raised, spec) { Ok(self.take_raised(raised)) } else { Err(raised) }
    }
    /// The exception being handled (`sys.exception()`), or None.
    pub fn handled(self) -> Value {
        self.0.handled.borrow().clone()
    }
    /// Whether an exception is being handled.
    #[inline(always)]
    pub fn is_handling(self) -> bool {
        // SAFETY: only this thread touches the cell, and no reference to its content leaves the accessors.
        !unsafe { &*self.0.handled.as_ptr() }.is_none()
    }
    /// Sets the exception being handled; gives the one before.
    #[inline]
    pub fn set_handled(self, exception: Value) -> Value {
        self.0.handled.replace(exception.counted())
    }

    /// RecursionError if native code is about to run out of stack. To be called by everything that
    /// can call itself through Python objects (repr, comparison, calls).
    #[inline(always)]
    pub fn check_stack(self, doing: &str) -> PyResult<()> {
        let here = 0u8;
        if (&raw const here as usize) < self.0.stack_limit.get() + STACK_RESERVE {
            return Err(self.stack_exhausted(doing));
        }
        Ok(())
    }
    #[cold]
    fn stack_exhausted(self, doing: &str) -> Raised {
        // Making the exception needs a little stack itself: the reserve is for that.
        let limit = self.0.stack_limit.replace(0);
        let raised = self.raise(&crate::exception::RecursionError, format!("maximum recursion depth exceeded{doing}"));
        self.0.stack_limit.set(limit);
        raised
    }
    /// A safepoint: handles signals, lock requests, collections. To be called in long native loops.
    #[inline(always)]
    pub fn safepoint(self) -> PyResult<()> {
        if self.0.base.safepoint() { self.safepoint_slow() } else { Ok(()) }
    }
    #[cold]
    #[inline(never)]
    fn safepoint_slow(self) -> PyResult<()> {
        let mut bits = self.0.base.safepoint_slow();
        orochi_heap::domain::refresh();
        if bits & orochi_runtime::bits::MERGE != 0 {
            bits &= !orochi_runtime::bits::MERGE;
            crate::start::run_merge_queues(self);
        }
        if bits & orochi_runtime::bits::COLLECT != 0 {
            bits &= !orochi_runtime::bits::COLLECT;
            self.0.base.take_pending(orochi_runtime::bits::COLLECT);
            orochi_heap::collect::collect(&self.runtime().heap);
        }
        if bits == 0 { Ok(()) } else { (self.runtime().upward.safepoint)(self, bits) }
    }
    /// Runs `f` while no other thread runs Python; may pause before. `f` must not run Python.
    pub fn stop_world<R>(self, f: impl FnOnce() -> R) -> R {
        orochi_runtime::stop_world(&self.0.base, || {
            orochi_heap::domain::refresh();
            f()
        })
    }
    /// Runs blocking work with the lock given away. The closure must not touch Python values; the
    /// token cannot get in, because it is not `Send`.
    pub fn detached<R>(self, f: impl FnOnce() -> R + Send) -> R
    where
        R: Send,
    {
        struct Enter(*const orochi_heap::DomainHeap);
        impl Drop for Enter {
            fn drop(&mut self) {
                // SAFETY: `detached` has attached the thread to its domain again.
                unsafe { orochi_heap::domain::restore(self.0) }
            }
        }
        let _enter = Enter(orochi_heap::domain::leave());
        orochi_runtime::detached(&self.0.base, f)
    }
    /// Runs `f` with `value` noted as being printed; `Ok(None)` if it already is.
    pub fn printing<R>(self, value: &Value, f: impl FnOnce() -> PyResult<R>) -> PyResult<Option<R>> {
        self.check_stack(" while getting the repr of an object")?;
        let id = value.identity();
        if self.0.printing.borrow().contains(&id) {
            return Ok(None);
        }
        self.0.printing.borrow_mut().push(id);
        let result = f();
        self.0.printing.borrow_mut().pop();
        result.map(Some)
    }
    /// The lock for attribute changes of the object.
    pub(crate) fn attr_lock(self, h: &orochi_heap::Header) -> &'t orochi_runtime::ObjectLock {
        let at = (h as *const orochi_heap::Header as usize >> 4) % 64;
        &self.runtime().attr_locks[at]
    }
    /// Whether only this thread's domain runs, so that nothing can change under our hands between safepoints. May turn
    /// false at a safepoint: to be asked again after whatever may have run Python.
    #[inline(always)]
    pub fn single_domain(self) -> bool {
        orochi_heap::domain::single_domain()
    }
}
