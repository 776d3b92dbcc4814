//! Starts runtimes, interpreters and threads, and ties the heap's upward calls to the runtime.
//!
//! ```text
//! Runtime::new -> Runtime::new_interpreter -> Thread::start (by whoever starts the OS thread)
//!                                          -> Thread::run on the new OS thread: attach, work, end
//! ```

use std::sync::atomic::Ordering::*;
use std::sync::{Arc, Mutex, OnceLock};

use orochi_heap::{Header, HeapShared, Hooks, Value};
use orochi_runtime::{MergePush, RuntimeBase, RuntimeConfig, StartError, bits};

use crate::thread::{Attached, Interpreter, Runtime, RuntimeOptions, Thread, Upward};

static HOOKS: Hooks = Hooks {
    finalize,
    weak_callbacks,
    queue_merge,
    collect_pending,
    retire,
    visit_registers,
    stop_world,
    visit_roots,
};

impl Runtime {
    /// A runtime in the lock mode of `config`.
    pub fn new(config: RuntimeConfig, upward: &'static Upward, options: RuntimeOptions) -> Arc<Runtime> {
        let base = RuntimeBase::new(config);
        let single_domain = base.mode() == orochi_runtime::LockMode::ProcessLock;
        let heap = HeapShared::new(&HOOKS, single_domain);
        heap.alone.store(base.is_solitary(), Relaxed);
        let runtime = Arc::new(Runtime {
            base,
            heap,
            types: crate::spec::TypeTable::new(),
            interned: Default::default(),
            names: OnceLock::new(),
            empty_tuple: Default::default(),
            upward,
            options,
            type_lock: orochi_runtime::Locked::new(()),
            cache_epoch: Default::default(),
            dead_maps: orochi_runtime::Locked::new(Vec::new()),
            attr_locks: [const { orochi_runtime::ObjectLock::new() }; 64],
            threads: Mutex::new(Vec::new()),
            state: Default::default(),
        });
        runtime.heap.above.store(Arc::as_ptr(&runtime) as usize, Release);
        runtime
    }

    /// A new interpreter without modules.
    pub fn new_interpreter(self: &Arc<Runtime>) -> Result<Arc<Interpreter>, StartError> {
        Ok(Interpreter::new(self.base.new_interpreter()?, self.clone()))
    }
}

/// Native stack kept free below the lowest address that Python may reach.
const GUARD: usize = 64 * 1024;

impl Thread {
    /// The entry of a thread that is about to start in `interpreter`.
    pub fn start(interpreter: &Arc<Interpreter>) -> Result<Box<Thread>, StartError> {
        let base = interpreter.runtime.base.start_thread(&interpreter.base)?;
        Ok(Box::new(Thread::new(base, interpreter.clone(), 0)))
    }

    /// Runs `f` attached, on the OS thread that this entry is for; then the entry ends. `stack_low` is
    /// the lowest address of the native stack.
    #[allow(clippy::boxed_local, reason = "others hold the entry's address: it must not move")]
    pub fn run<R>(mut self: Box<Thread>, stack_low: usize, f: impl FnOnce(Attached<'_>) -> R) -> R {
        self.set_stack_low(stack_low + GUARD);
        self.base.bind();
        self.base.set_upper((&raw const *self).cast_mut().cast());
        self.base.attach();
        let runtime = self.interpreter.runtime.clone();
        runtime.base.end_solitude(&self.base, || runtime.heap.alone.store(false, Relaxed));
        let heap = runtime.heap.domain(self.base.domain().id().raw());
        // SAFETY: the thread has just attached to that domain; the heap lives as long as the runtime.
        unsafe { orochi_heap::domain::enter(&heap) };
        let address = &raw const *self as usize;
        runtime.threads.lock().unwrap_or_else(|e| e.into_inner()).push(address);
        // SAFETY: this OS thread is attached as this thread until the end of the function.
        let t = unsafe { self.attached() };
        if runtime.names.get().is_none() {
            crate::type_::TYPE.get(t);
        }
        let result = f(t);
        // The last finalisers may run here: the eval loop's part of the thread goes after them.
        run_merge_queues(t);
        self.give_up_values();
        (runtime.upward.thread_end)(t);
        runtime.threads.lock().unwrap_or_else(|e| e.into_inner()).retain(|&a| a != address);
        orochi_heap::domain::leave();
        self.base.end();
        result
    }
}

/// Merges what other domains queued for this one, and for domains in which nobody runs.
pub fn run_merge_queues(t: Attached<'_>) {
    let base = &t.thread().base;
    base.take_pending(bits::MERGE);
    let mine = base.domain().queue().take_all();
    // SAFETY: taken from this thread's own queue; attached.
    let dead = unsafe { orochi_heap::count::merge_batch(mine) };
    // SAFETY: just found dead.
    unsafe { orochi_heap::count::free_batch(dead) };
    let mut orphans = Vec::new();
    base.runtime().merge_idle(base, |domain| {
        let queued = domain.queue().take_all();
        // SAFETY: taken from the queue of a domain that is borrowed meanwhile.
        orphans.extend(unsafe { orochi_heap::count::merge_batch(queued) });
    });
    // SAFETY: just found dead. The borrow is over: finalisers may run.
    unsafe { orochi_heap::count::free_batch(orphans) };
}

fn runtime_of(heap: &HeapShared) -> &Runtime {
    // SAFETY: `Runtime::new` stored the address of the runtime that owns this heap.
    unsafe { &*(heap.above.load(Acquire) as *const Runtime) }
}

/// Calls `f` with the token of the calling thread, if it is attached.
pub fn with_current<R>(f: impl FnOnce(Attached<'_>) -> R) -> Option<R> {
    orochi_runtime::with_current_thread(|base| {
        let thread = base?.upper().cast::<Thread>();
        // SAFETY: `Thread::run` stored the address of the thread that runs here, and it is attached.
        unsafe { thread.as_ref().map(|thread| f(thread.attached())) }
    })
}

fn finalize(value: &Value) {
    with_current(|t| (t.runtime().upward.finalize)(t, value));
}

fn weak_callbacks(calls: Vec<(Value, Value)>) {
    with_current(|t| {
        for (callback, watcher) in calls {
            if let Err(e) = crate::protocol::call(t, &callback, std::slice::from_ref(&watcher)) {
                (t.runtime().upward.unraisable)(t, e, "Exception ignored while calling weakref callback", &callback);
            }
        }
    });
}

fn queue_merge(heap: &HeapShared, domain: u32, object: usize) {
    let runtime = runtime_of(heap);
    let Some(id) = orochi_runtime::DomainId::from_raw(domain) else { return };
    if let MergePush::OwnerIdle = runtime.base.push_merge(id, object) {
        let mut dead = Vec::new();
        orochi_runtime::with_current_thread(|base| {
            if let Some(base) = base {
                runtime.base.borrow_domain(base, id, |domain| {
                    let queued = domain.queue().take_all();
                    // SAFETY: taken from the queue of a domain that is borrowed meanwhile.
                    dead = unsafe { orochi_heap::count::merge_batch(queued) };
                });
            }
        });
        // SAFETY: just found dead; the borrow is over.
        unsafe { orochi_heap::count::free_batch(dead) };
    }
}

fn collect_pending(_: &HeapShared) {
    orochi_runtime::with_current_thread(|base| {
        if let Some(base) = base {
            base.request(bits::COLLECT);
        }
    });
}

type Retired = Box<dyn FnOnce() + Send>;

fn retire(_: &HeapShared, f: Retired) {
    let boxed = Box::into_raw(Box::new(f));
    unsafe fn run(p: *mut u8, _: usize) {
        // SAFETY: `p` is the pointer made above, given back once.
        let f = unsafe { Box::from_raw(p.cast::<Retired>()) };
        f();
    }
    orochi_runtime::with_current_thread(|base| match base {
        // SAFETY: the caller unlinked what the closure frees; `run` is called once.
        Some(base) => unsafe { orochi_runtime::retire(base, boxed.cast(), 64, run) },
        // SAFETY: nobody runs in a thread that is not attached to anything: the memory is its own.
        None => unsafe { run(boxed.cast(), 0) },
    });
}

fn visit_registers(heap: &HeapShared, visit: &mut dyn FnMut(u64)) {
    let runtime = runtime_of(heap);
    for &address in runtime.threads.lock().unwrap_or_else(|e| e.into_inner()).iter() {
        // SAFETY: threads take themselves out before they die; the world is stopped.
        let thread = unsafe { &*(address as *const Thread) };
        thread.roots(visit);
        (runtime.upward.visit_registers)(thread, visit);
    }
}

/// With the world stopped, and what waited in the domains' merge queues merged: the collector finds each object's count in it.
fn stop_world(heap: &HeapShared, f: &mut dyn FnMut()) {
    let mut dead = Vec::new();
    orochi_runtime::with_current_thread(|base| match base {
        Some(base) => orochi_runtime::stop_world(base, || {
            orochi_heap::domain::refresh();
            if !heap.single_domain {
                for domain in base.runtime().domains().iter() {
                    let queued = domain.queue().take_all();
                    // SAFETY: taken from a queue whose owner stands still.
                    dead.extend(unsafe { orochi_heap::count::merge_batch(queued) });
                }
            }
            f();
        }),
        None => f(),
    });
    // SAFETY: just found dead; the world goes on, so finalisers may run.
    unsafe { orochi_heap::count::free_batch(dead) };
}

fn visit_roots(heap: &HeapShared, visit: &mut dyn FnMut(&Header)) {
    for ty in runtime_of(heap).types.made() {
        if let Some(h) = ty.header() {
            visit(h);
        }
    }
}
