//! Generators, coroutines and asynchronous generators: frames that are suspended.
//!
//! A generator owns its frame and its registers; resuming links the frame into the running thread's
//! chain, suspending unlinks it. `for` over a generator runs its frame in the same loop
//! ([`PyGenerator::enter`]); `send`, `throw` and `next` from native code run a loop of their own.
//!
//! States: created -> running <-> suspended -> finished. The change to running is one compare-and-swap,
//! so two threads cannot run one generator.
//!
//! The handled exception: a generator keeps the one of its own `except` blocks while suspended; what its
//! caller handles is visible through it and is put back when it suspends.
//!
//! Methods and the awaitables of asynchronous generators are in `generator/`.

mod asyncgen;
mod methods;
mod walk;

use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicU8, Ordering::*};

use orochi_bytecode::code::flags as code_flags;
use orochi_bytecode::word::Word;
use orochi_heap::domain::single_domain;
use orochi_heap::value::{NONE, UNBOUND};
use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_objects::type_::{class_of, type_name};
use orochi_objects::{Attached, PyResult, Raised, exception, protocol};

use crate::frame::{Entry, EvalThread, Frame, eval_thread, release_range};
use crate::function;

pub use asyncgen::wrap_async;
pub use methods::{ASYNC_GENERATOR, COROUTINE, GENERATOR, thrown};
pub use walk::walk;
pub(crate) use walk::feed;

/// Not started.
pub const CREATED: u8 = 0;
/// At a yield.
pub const SUSPENDED: u8 = 1;
/// Running (or resuming what it delegates to).
pub const RUNNING: u8 = 2;
/// Ended.
pub const FINISHED: u8 = 3;

/// What a generator-like object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavor {
    /// `def` with `yield`.
    Generator,
    /// `async def`.
    Coroutine,
    /// `async def` with `yield`.
    AsyncGenerator,
}

/// The body of a generator, coroutine or asynchronous generator.
pub struct PyGenerator {
    frame: UnsafeCell<Frame>,
    registers: UnsafeCell<Box<[u64]>>,
    /// Of a generator that runs with [`Entry::Sink`]: the closure, in the hands of [`walk`].
    sink: Cell<*mut walk::Closure<'static>>,
    state: AtomicU8,
    /// What it is.
    pub flavor: Flavor,
    /// `__name__`; unbound if it is the code's.
    name: Slot,
    /// `__qualname__`; unbound if it is the code's.
    qualname: Slot,
    /// The exception of its own `except` block while suspended; None if it handles none.
    handled: Slot,
    /// What the caller handled when it was resumed.
    base: Slot,
    /// What is sent at resumption.
    sent: Slot,
    /// The code object, after the end too. It may be uncounted, as in a register.
    pub code: Value,
    /// Origin of a coroutine (`cr_origin`), hooks of an asynchronous generator.
    pub extra: Slot,
    /// Asynchronous generator: whether the hooks ran, whether it is closed, whether it is running.
    pub async_flags: AtomicU8,
}

// SAFETY: frame, registers and sink are touched by the thread that set `state` to RUNNING, by the collector
// while the world is stopped, and at the end of life.
unsafe impl Send for PyGenerator {}
// SAFETY: as above.
unsafe impl Sync for PyGenerator {}

impl Payload for PyGenerator {
    payload!(PyGenerator, "generator");
    fn trace(&self, visit: &mut Visit<'_>) {
        // SAFETY: the world is stopped.
        let (frame, registers) = unsafe { (&*self.frame.get(), &*self.registers.get()) };
        if self.state.load(Acquire) != FINISHED {
            for word in registers.iter() {
                visit.value(frame.view(word));
            }
            for word in [&frame.function, &frame.code_value, &frame.globals, &frame.builtins, &frame.locals, &frame.object] {
                visit.value(frame.view(word));
            }
        }
        for slot in [&self.name, &self.qualname, &self.handled, &self.base, &self.sent, &self.extra] {
            visit.slot(slot);
        }
        visit.value(&self.code);
    }
    fn clear(&self) {
        if self.state.swap(FINISHED, AcqRel) != FINISHED {
            // SAFETY: an unreachable generator does not run.
            unsafe { self.release(None) };
        }
        for slot in [&self.handled, &self.base, &self.sent, &self.extra] {
            slot.set(Value::none());
        }
    }
}

impl Drop for PyGenerator {
    fn drop(&mut self) {
        if *self.state.get_mut() != FINISHED {
            // SAFETY: nobody else can reach a dying generator.
            unsafe { self.release(None) };
        }
    }
}

impl PyGenerator {
    /// The state.
    pub fn state(&self) -> u8 {
        self.state.load(Acquire)
    }
    /// `__name__`.
    pub fn name(&self) -> Value {
        let name = self.name.load();
        if name.is_unbound() { crate::code::body(&self.code).name.clone() } else { name }
    }
    /// `__qualname__`.
    pub fn qualname(&self) -> Value {
        let name = self.qualname.load();
        if name.is_unbound() { crate::code::body(&self.code).qualname.clone() } else { name }
    }
    fn set_flag(&self, flag: u8) {
        if single_domain() {
            self.async_flags.store(self.async_flags.load(Relaxed) | flag, Relaxed);
        } else {
            self.async_flags.fetch_or(flag, Relaxed);
        }
    }
    fn clear_flag(&self, flag: u8) {
        if single_domain() {
            self.async_flags.store(self.async_flags.load(Relaxed) & !flag, Relaxed);
        } else {
            self.async_flags.fetch_and(!flag, Relaxed);
        }
    }
    /// The frame, while not finished.
    pub fn frame(&self) -> Option<*mut Frame> {
        if self.state() == FINISHED { None } else { Some(self.frame.get()) }
    }
    /// Releases frame and registers.
    ///
    /// # Safety
    /// The generator does not run and will not.
    unsafe fn release(&self, t: Option<Attached<'_>>) {
        // SAFETY: as the caller says.
        unsafe {
            let frame = &mut *self.frame.get();
            if frame.object != UNBOUND {
                match t {
                    Some(t) => crate::frame_object::detach(t, frame),
                    None => {
                        orochi_objects::start::with_current(|t| crate::frame_object::detach(t, frame));
                    }
                }
            }
            let registers = &mut *self.registers.get();
            let start = registers.as_mut_ptr();
            release_range(start, start.add(registers.len()));
            frame.release_words();
            for word in [
                &mut frame.function,
                &mut frame.code_value,
                &mut frame.globals,
                &mut frame.builtins,
                &mut frame.locals,
                &mut frame.extra,
            ] {
                *word = UNBOUND;
            }
        }
    }
    /// Claims the right to run: the state before, or `None` if it runs already.
    fn claim(&self) -> Option<u8> {
        let mut now = self.state.load(Acquire);
        loop {
            if now == RUNNING {
                return None;
            }
            if now == FINISHED {
                return Some(FINISHED);
            }
            if single_domain() {
                self.state.store(RUNNING, Relaxed);
                return Some(now);
            }
            match self.state.compare_exchange_weak(now, RUNNING, AcqRel, Acquire) {
                Ok(before) => return Some(before),
                Err(other) => now = other,
            }
        }
    }
    /// Claims the right to run a generator that is created or suspended; `None` for others.
    #[inline(always)]
    fn claim_idle(&self) -> Option<&PyGenerator> {
        let now = self.state.load(Acquire);
        if now != SUSPENDED && now != CREATED {
            return None;
        }
        if single_domain() {
            self.state.store(RUNNING, Relaxed);
            return Some(self);
        }
        self.state.compare_exchange(now, RUNNING, AcqRel, Acquire).ok().map(|_| self)
    }
    /// Links the frame into the thread's chain. `self` was just claimed, with the state `before` (created
    /// or suspended). `previous` lives, or is null. Gives the frame to run.
    #[inline(always)]
    pub(crate) fn enter(&self, t: Attached<'_>, previous: *mut Frame, entry: Entry, dst: u16, sent: Option<Value>) -> *mut Frame {
        let frame = self.frame.get();
        // While suspended `base` is None; mostly nobody handles anything.
        if t.is_handling() || self.handled.bits_racy() != NONE {
            self.take_up_handled(t);
        }
        // SAFETY: claimed: only this thread touches the frame.
        unsafe {
            let f = &mut *frame;
            f.previous = previous;
            f.entry = entry;
            f.dst = dst;
            let thread = eval_thread(t);
            f.top = thread.top_above(previous);
            thread.count_frame();
            // The value sent goes to the destination of the `yield` that suspended, or to the register of
            // the `yield from` that will run again. Thrown exceptions leave them as they are.
            if self.async_flags.load(Relaxed) & AT_DELEGATE != 0 {
                self.clear_flag(AT_DELEGATE);
                if let Some(sent) = sent {
                    self.put_sent(Word((*f.pc).load(Relaxed)).c(), sent);
                }
            } else if let Some(sent) = sent
                && f.pc != f.code().words.as_ptr()
            {
                let register = Word((*f.pc.sub(1)).load(Relaxed)).a();
                let place = f.regs.add(register as usize);
                // What loops send is None, into a temporary that holds nothing.
                if sent.is_none() && *place & 0b111 != 0 {
                    place.write(NONE);
                } else {
                    self.put_sent(register, sent);
                }
            }
        }
        frame
    }
    /// What the caller handles and what the frame's own `except` blocks do change places.
    #[cold]
    #[inline(never)]
    fn take_up_handled(&self, t: Attached<'_>) {
        if t.is_handling() {
            self.base.set(t.handled());
        }
        if self.handled.bits_racy() != NONE {
            drop(t.set_handled(self.handled.swap(Value::none())));
        }
    }
    /// Puts a value into a register.
    ///
    /// # Safety
    /// The calling thread claimed the generator, whose code has that register.
    #[inline(never)]
    unsafe fn put_sent(&self, register: u16, sent: Value) {
        // SAFETY: as the caller says; the old word is released after it is replaced.
        drop(unsafe { Value::from_bits((*self.frame.get()).regs.add(register as usize).replace(sent.counted().into_bits())) });
    }
}

/// `async_flags`: suspended inside `yield from` / `await`.
pub const AT_DELEGATE: u8 = 1 << 0;
/// `async_flags`: the first-iteration hook of an asynchronous generator has run.
pub const HOOKS_RAN: u8 = 1 << 1;
/// `async_flags`: an asynchronous generator is closed.
pub const CLOSED: u8 = 1 << 2;
/// `async_flags`: an `except` block of the frame runs, or is suspended.
pub const HANDLES: u8 = 1 << 4;
/// `async_flags`: an asynchronous generator's `asend`/`athrow`/`aclose` is under way.
pub const ASYNC_RUNNING: u8 = 1 << 3;

/// The generator of a value that `for` may resume in the running loop: claimed, if so.
#[inline(always)]
pub fn resumable<'a>(thread: &EvalThread, v: &'a Value) -> Option<&'a PyGenerator> {
    let g = v.payload::<PyGenerator>()?;
    // Beyond the recursion limit [`resume`] tells what is wrong.
    if g.flavor != Flavor::Generator || thread.at_limit() {
        return None;
    }
    g.claim_idle()
}

/// The generator or coroutine that `yield from` may resume in the running loop with the value given: claimed, if so.
#[inline]
pub fn delegable<'a>(thread: &EvalThread, v: &'a Value, sent: u64) -> Option<&'a PyGenerator> {
    let g = v.payload::<PyGenerator>()?;
    if g.flavor == Flavor::AsyncGenerator || thread.at_limit() {
        return None;
    }
    if sent != NONE && sent != UNBOUND && g.state() == CREATED {
        return None;
    }
    g.claim_idle()
}

/// A new generator-like object for a call of `callee`, which may be a register's word; the bound parameters lie at `regs` and move into it.
///
/// # Safety
/// The first `parameter_count` registers at `regs` are valid owned words.
pub unsafe fn make(t: Attached<'_>, callee: Value, regs: *mut u64) -> Value {
    let f = function::body(&callee);
    let code = f.code();
    let mut registers: Box<[u64]> = vec![UNBOUND; code.register_count].into();
    for (i, word) in registers.iter_mut().enumerate().take(code.parameters) {
        // SAFETY: as the caller says.
        *word = unsafe { Value::from_bits(regs.add(i).replace(UNBOUND)) }.counted().into_bits();
    }
    for (i, cell) in code.free_registers.clone().zip(orochi_objects::tuple::items(&f.closure)) {
        registers[i] = cell.clone().into_bits();
    }
    let frame = Frame {
        regs: registers.as_mut_ptr(),
        pc: code.words.as_ptr(),
        code,
        previous: std::ptr::null_mut(),
        top: std::ptr::null_mut(),
        function: UNBOUND,
        code_value: UNBOUND,
        globals: crate::call::borrowed(&f.globals),
        builtins: crate::call::borrowed(&f.builtins),
        locals: UNBOUND,
        extra: UNBOUND,
        object: UNBOUND,
        generator: std::ptr::null(),
        dst: 0,
        entry: Entry::Native,
    };
    // Names that are the code's are found there.
    let own = |name: &Slot, of_code: &Value| {
        if name.bits_racy() == of_code.bits() { Value::unbound() } else { name.load() }
    };
    let (name, qualname) = (own(&f.name, &code.name), own(&f.qualname, &code.qualname));
    let code_value = f.code_value.load_register();
    let frame = Frame { function: callee.into_bits(), ..frame };
    finish_making(t, frame, registers, code_value, name, qualname)
}

/// A coroutine of a module's frame (top-level `await`), which moves into it.
///
/// # Safety
/// The frame is fresh, at the top of the frame stack; the caller gives its place back.
pub unsafe fn make_from_frame(t: Attached<'_>, frame: *mut Frame) -> Value {
    // SAFETY: as the caller says; words move.
    unsafe {
        let mut f = frame.read();
        let code_value = f.view(&f.code_value).clone();
        let code = &*f.code;
        let mut registers: Box<[u64]> = (0..code.register_count).map(|i| f.regs.add(i).replace(UNBOUND)).collect();
        f.regs = registers.as_mut_ptr();
        f.previous = std::ptr::null_mut();
        finish_making(t, f, registers, code_value, Value::unbound(), Value::unbound())
    }
}

fn finish_making(t: Attached<'_>, frame: Frame, registers: Box<[u64]>, code_value: Value, name: Value, qualname: Value) -> Value {
    let code = frame.code();
    let flavor = if code.flags & code_flags::ASYNC_GENERATOR != 0 {
        Flavor::AsyncGenerator
    } else if code.flags & code_flags::COROUTINE != 0 {
        Flavor::Coroutine
    } else {
        Flavor::Generator
    };
    let spec = match flavor {
        Flavor::Generator => &GENERATOR,
        Flavor::Coroutine => &COROUTINE,
        Flavor::AsyncGenerator => &ASYNC_GENERATOR,
    };
    let g = spec.alloc(
        t,
        PyGenerator {
            frame: UnsafeCell::new(frame),
            registers: UnsafeCell::new(registers),
            sink: Cell::new(std::ptr::null_mut()),
            state: AtomicU8::new(CREATED),
            flavor,
            name: Slot::new(name),
            qualname: Slot::new(qualname),
            handled: Slot::new(Value::none()),
            base: Slot::new(Value::none()),
            sent: Slot::new(Value::none()),
            code: code_value,
            extra: Slot::new(Value::none()),
            async_flags: AtomicU8::new(0),
        },
    );
    if let Some(body) = g.payload::<PyGenerator>() {
        // SAFETY: nobody else knows the generator yet; it does not move.
        unsafe { (*body.frame.get()).generator = body };
    }
    if flavor == Flavor::Coroutine {
        methods::note_origin(t, &g);
    }
    g
}

/// The frame that runs reached a yield: it is unlinked, its handled exception put aside.
///
/// # Safety
/// `frame` is a running generator's.
#[inline(always)]
pub unsafe fn suspend(t: Attached<'_>, frame: *mut Frame) {
    // SAFETY: as the caller says.
    unsafe {
        let g = &*(*frame).generator;
        if t.is_handling() || g.base.bits_racy() != NONE {
            put_handled_aside(t, g);
        }
        (*frame).previous = std::ptr::null_mut();
        eval_thread(t).pop_frame();
        g.state.store(SUSPENDED, Release);
    }
}

#[cold]
#[inline(never)]
fn put_handled_aside(t: Attached<'_>, g: &PyGenerator) {
    let base = g.base.swap(Value::none());
    // The exception may be the one that the caller handles too, if that was thrown in.
    if g.async_flags.load(Relaxed) & HANDLES != 0 {
        g.handled.set(t.set_handled(base));
    }
}

/// The frame that runs returned: the generator ends.
///
/// # Safety
/// `frame` is a running generator's.
pub unsafe fn finish(t: Attached<'_>, frame: *mut Frame) {
    // SAFETY: as the caller says. The object is held by whoever resumed it, also while it is released.
    unsafe {
        let g = &*(*frame).generator;
        if t.is_handling() || g.base.bits_racy() != NONE {
            let base = g.base.swap(Value::none());
            if !t.handled().is(&base) {
                drop(t.set_handled(base));
            }
        }
        eval_thread(t).pop_frame();
        g.state.store(FINISHED, Release);
        // A generator at its end has nothing to close.
        orochi_heap::count::spare_finaliser(&*(std::ptr::from_ref(g).cast::<orochi_heap::Header>().sub(1)));
        g.release(Some(t));
    }
}

/// An exception leaves a generator's frame: the generator ends; StopIteration becomes RuntimeError (PEP 479).
///
/// # Safety
/// `frame` is a running generator's.
pub unsafe fn finish_with_error(t: Attached<'_>, frame: *mut Frame, raised: Raised) -> Raised {
    // SAFETY: as the caller says.
    let flavor = unsafe { (*(*frame).generator).flavor };
    // SAFETY: as the caller says.
    unsafe { finish(t, frame) };
    let what = match flavor {
        Flavor::Generator => "generator",
        Flavor::Coroutine => "coroutine",
        Flavor::AsyncGenerator => "async generator",
    };
    let stop = if t.raised_is(&raised, &exception::StopIteration) {
        Some("StopIteration")
    } else if flavor == Flavor::AsyncGenerator && t.raised_is(&raised, &exception::StopAsyncIteration) {
        Some("StopAsyncIteration")
    } else {
        None
    };
    let Some(stop) = stop else { return raised };
    let cause = t.take_raised(raised);
    let raised = t.raise(&exception::RuntimeError, format!("{what} raised {stop}"));
    let e = t.peek_raised(&raised);
    if let Some(body) = exception::as_exception(&e) {
        body.context.set(cause.clone());
    }
    exception::set_cause(&e, cause);
    raised
}

/// What the frame delegates to yielded, and so does the frame: it resumes at its `yield from`.
///
/// # Safety
/// `frame` is a running generator's, whose pc has just passed a `yield from`.
#[inline]
pub unsafe fn passes_on(frame: *mut Frame) {
    // SAFETY: as the caller says.
    unsafe {
        let f = &mut *frame;
        f.pc = f.pc.sub(1);
        f.regs.add(Word((*f.pc).load(Relaxed)).c() as usize).write(NONE);
        (*f.generator).set_flag(AT_DELEGATE);
    }
}

/// A handler begins in `frame`; `before` was handled until now. Gives what the handler keeps of it: in the outermost
/// handler of a generator a mark, since that belongs to whoever resumes it when the handler ends.
#[inline(always)]
pub fn begin_handling(frame: &Frame, before: Value) -> Value {
    // SAFETY: a running generator lives.
    match unsafe { frame.generator.as_ref() } {
        None => before,
        Some(g) => handling_in(g, before),
    }
}

fn handling_in(g: &PyGenerator, before: Value) -> Value {
    if g.async_flags.load(Relaxed) & HANDLES != 0 {
        return before;
    }
    g.set_flag(HANDLES);
    Value::unbound()
}

/// The handler ends that kept `before`: gives what is handled now.
#[inline(always)]
pub fn end_handling(frame: &Frame, before: Value) -> Value {
    if before.is_unbound() { handled_outside(frame) } else { before }
}

fn handled_outside(frame: &Frame) -> Value {
    // SAFETY: a running generator lives.
    let Some(g) = (unsafe { frame.generator.as_ref() }) else { return Value::none() };
    g.clear_flag(HANDLES);
    g.base.load()
}

/// What resuming gave.
pub use orochi_objects::slots::Step as Outcome;

/// RecursionError beyond the recursion limit.
#[inline]
fn within_limit(t: Attached<'_>) -> PyResult<()> {
    if eval_thread(t).at_limit() {
        // A thread that has not run a frame yet does not know the limit.
        eval_thread(t).set_limit(t);
        if eval_thread(t).at_limit() {
            return Err(crate::call::too_deep(t));
        }
    }
    Ok(())
}

/// Resumes with a value (`Ok`) or an exception (`Err`, an exception instance to raise inside).
pub fn resume(t: Attached<'_>, this: &Value, sent: Result<Value, Value>) -> PyResult<Outcome> {
    let Some(g) = this.payload::<PyGenerator>() else { return Err(t.type_error("not a generator")) };
    let what = match g.flavor {
        Flavor::Generator => "generator",
        Flavor::Coroutine => "coroutine",
        Flavor::AsyncGenerator => "async generator",
    };
    within_limit(t)?;
    let before = match g.claim() {
        None => return Err(t.value_error(format!("{what} already executing"))),
        Some(FINISHED) => {
            return match sent {
                Err(e) => Err(t.raise_value(e)),
                Ok(_) if g.flavor == Flavor::Coroutine => {
                    Err(t.raise(&exception::RuntimeError, "cannot reuse already awaited coroutine"))
                }
                Ok(_) => Ok(Outcome::Returned(Value::none())),
            };
        }
        Some(before) => before,
    };
    if let Ok(v) = &sent
        && before == CREATED
        && !v.is_none()
    {
        g.state.store(CREATED, Release);
        return Err(t.type_error(format!("can't send non-None value to a just-started {what}")));
    }
    // A delegated-to iterator gets thrown exceptions first.
    let mut behind_delegate = false;
    let sent = match sent {
        Err(e) if g.async_flags.load(Relaxed) & AT_DELEGATE != 0 => match throw_into_delegate(t, g, e) {
            Thrown::Yielded(v) => {
                g.state.store(SUSPENDED, Release);
                return Ok(Outcome::Yielded(v));
            }
            Thrown::Ended(v) => {
                // The `yield from` is over with this value: execution goes on behind it.
                g.async_flags.fetch_and(!AT_DELEGATE, Relaxed);
                // SAFETY: claimed.
                unsafe {
                    let f = &mut *g.frame.get();
                    let word = Word((*f.pc).load(Relaxed));
                    for r in [word.b(), word.c()] {
                        drop(Value::from_bits(f.regs.add(r as usize).replace(UNBOUND)));
                    }
                    // `enter` puts the value into the destination of the instruction before pc.
                    f.pc = f.pc.add(1);
                }
                Ok(v)
            }
            Thrown::Raised(e) => {
                behind_delegate = true;
                Err(e)
            }
        },
        other => other,
    };
    let thread = eval_thread(t);
    let previous = thread.current();
    match sent {
        Ok(v) => {
            let frame = g.enter(t, previous, Entry::Native, 0, Some(v));
            // SAFETY: claimed and linked.
            unsafe { crate::eval_loop::run_resumed(t, frame) }
        }
        Err(e) => {
            let frame = g.enter(t, previous, Entry::Native, 0, None);
            thread.current.store(frame, Relaxed);
            let raised = t.raise_value(e);
            // SAFETY: claimed and linked; the exception is raised at the yield.
            unsafe {
                if before == CREATED {
                    // It is raised before the first instruction, on the line of the `def`.
                    crate::traceback::add_frame(t, frame, &raised);
                    let raised = finish_with_error(t, frame, raised);
                    thread.current.store(previous, Relaxed);
                    return Err(raised);
                }
                if behind_delegate {
                    (*frame).pc = (*frame).pc.add(1);
                }
                crate::eval_loop::run_raising(t, frame, raised)
            }
        }
    }
}

enum Thrown {
    Yielded(Value),
    Ended(Value),
    Raised(Value),
}

/// Throws into the iterator that a suspended generator delegates to. The generator is claimed.
fn throw_into_delegate(t: Attached<'_>, g: &PyGenerator, e: Value) -> Thrown {
    // SAFETY: claimed; pc is at the `yield from`.
    let delegate = unsafe {
        let f = &*g.frame.get();
        let word = Word((*f.pc).load(Relaxed));
        f.reg(word.b() as usize).clone()
    };
    let n = t.names();
    let is_exit = orochi_objects::type_::is_instance_of(t, &e, exception::GeneratorExit.get(t));
    let result = if is_exit {
        match close(t, &delegate) {
            Ok(()) => return Thrown::Raised(e),
            Err(raised) => return Thrown::Raised(t.take_raised(raised)),
        }
    } else if delegate.payload::<PyGenerator>().is_some_and(|d| d.flavor != Flavor::AsyncGenerator) {
        match resume(t, &delegate, Err(e)) {
            Ok(Outcome::Yielded(v)) => return Thrown::Yielded(v),
            Ok(Outcome::Returned(v)) => return Thrown::Ended(v),
            Err(raised) => Err(raised),
        }
    } else {
        match orochi_objects::attr::find(t, &delegate, &n.throw) {
            Ok(Some(throw)) => protocol::call(t, &throw, &[e]),
            Ok(None) => return Thrown::Raised(e),
            Err(raised) => Err(raised),
        }
    };
    match result {
        Ok(v) => Thrown::Yielded(v),
        Err(raised) => {
            if t.raised_is(&raised, &exception::StopIteration) {
                let stop = t.take_raised(raised);
                return match stop_value(t, &stop) {
                    Ok(v) => Thrown::Ended(v),
                    Err(raised) => Thrown::Raised(t.take_raised(raised)),
                };
            }
            Thrown::Raised(t.take_raised(raised))
        }
    }
}

/// Closes an iterator: a generator's `close`, or the method of that name if there is one.
pub fn close(t: Attached<'_>, v: &Value) -> PyResult<()> {
    if v.payload::<PyGenerator>().is_some_and(|g| g.flavor != Flavor::AsyncGenerator) {
        return methods::close_generator(t, v).map(drop);
    }
    match orochi_objects::attr::find(t, v, &t.names().close)? {
        Some(f) => protocol::call(t, &f, &[]).map(drop),
        None => Ok(()),
    }
}

/// `StopIteration.value`.
pub fn stop_value(t: Attached<'_>, stop: &Value) -> PyResult {
    orochi_objects::attr::get(t, stop, &t.names().value)
}

/// `next`/`send` on what is delegated to, as an outcome.
fn step(t: Attached<'_>, iterator: &Value, sent: Value) -> PyResult<Outcome> {
    if let Some(g) = iterator.payload::<PyGenerator>()
        && g.flavor != Flavor::AsyncGenerator
    {
        return resume(t, iterator, Ok(sent));
    }
    if let Some(r) = asyncgen::step(t, iterator, &sent) {
        return r;
    }
    if let Some(send) = class_of(t, iterator).slots.send() {
        return send(t, iterator, &sent);
    }
    let result = if sent.is_none() {
        match class_of(t, iterator).slots.next() {
            Some(f) => match f(t, iterator) {
                Ok(Some(v)) => Ok(v),
                Ok(None) => return Ok(Outcome::Returned(Value::none())),
                Err(e) => Err(e),
            },
            None => Err(t.type_error(format!("'{}' object is not an iterator", type_name(t, iterator)))),
        }
    } else {
        protocol::call_method(t, iterator, &t.names().send, &[sent])
    };
    match result {
        Ok(v) => Ok(Outcome::Yielded(v)),
        Err(e) => {
            let stop = t.catch(e, &exception::StopIteration)?;
            stop_value(t, &stop).map(Outcome::Returned)
        }
    }
}

/// `send(None)` of a coroutine or whatever stands for one: its `__next__` if it is an iterator, else its `send`.
pub fn send_none(t: Attached<'_>, coroutine: &Value) -> PyResult<Outcome> {
    let next = class_of(t, coroutine).slots.next().map(|f| f as usize);
    let result = match next {
        None if coroutine.payload::<PyGenerator>().is_none() => {
            protocol::call_method(t, coroutine, &t.names().send, &[Value::none()])
        }
        Some(f) if f == orochi_objects::dunder::python_next() as usize => {
            protocol::call_method(t, coroutine, &t.names().__next__, &[])
        }
        _ => return step(t, coroutine, Value::none()),
    };
    ended(t, result)
}

/// Throws an exception instance into a coroutine or whatever stands for one.
pub fn throw_into(t: Attached<'_>, coroutine: &Value, e: Value) -> PyResult<Outcome> {
    if coroutine.payload::<PyGenerator>().is_some_and(|g| g.flavor != Flavor::AsyncGenerator) {
        return resume(t, coroutine, Err(e));
    }
    ended(t, protocol::call_method(t, coroutine, &t.names().throw, &[e]))
}

/// StopIteration as the end that it means.
fn ended(t: Attached<'_>, result: PyResult) -> PyResult<Outcome> {
    match result {
        Ok(v) => Ok(Outcome::Yielded(v)),
        Err(e) => {
            let stop = t.catch(e, &exception::StopIteration)?;
            stop_value(t, &stop).map(Outcome::Returned)
        }
    }
}

/// One step of `yield from`: the value to yield, or `None` when it is over (its value is in the destination).
pub fn delegate(t: Attached<'_>, frame: &mut Frame, w: Word) -> PyResult<Option<Value>> {
    let regs = crate::handlers::Regs::of(frame);
    let iterator = regs.get(w.b());
    let sent = regs.take(w.c()).counted();
    let sent = if sent.is_unbound() { Value::none() } else { sent };
    let outcome = if iterator.payload::<PyGenerator>().is_none_or(|g| g.flavor == Flavor::AsyncGenerator)
        && !asyncgen::is_awaitable(&iterator)
        && class_of(t, &iterator).slots.next().is_some_and(|f| f as usize == orochi_objects::dunder::python_next() as usize)
        && sent.is_none()
    {
        // A Python `__next__`: StopIteration's value counts.
        match protocol::call_special(t, &iterator, &t.names().__next__, &[]) {
            Ok(Some(v)) => Outcome::Yielded(v),
            Ok(None) => Outcome::Returned(Value::none()),
            Err(e) => {
                let stop = t.catch(e, &exception::StopIteration)?;
                Outcome::Returned(stop_value(t, &stop)?)
            }
        }
    } else {
        step(t, &iterator, sent)?
    };
    match outcome {
        Outcome::Yielded(v) => {
            // SAFETY: a running generator lives.
            if let Some(g) = unsafe { frame.generator.as_ref() } {
                g.async_flags.fetch_or(AT_DELEGATE, Relaxed);
            }
            regs.put(w.c(), Value::none());
            Ok(Some(v))
        }
        Outcome::Returned(v) => {
            drop(regs.take(w.b()));
            regs.put(w.a(), v);
            Ok(None)
        }
    }
}

/// Whether tracing shows the end of what `yield from` delegates to as a StopIteration: all but native iterators.
pub(crate) fn stops_by_exception(t: Attached<'_>, iterator: &Value) -> bool {
    iterator.payload::<PyGenerator>().is_some() || asyncgen::is_awaitable(iterator) || class_of(t, iterator).spec.is_none()
}

/// The iterator that `yield from` delegates to.
pub fn yield_from_iter(t: Attached<'_>, v: &Value, frame: &Frame) -> PyResult {
    if let Some(g) = v.payload::<PyGenerator>() {
        match g.flavor {
            Flavor::Generator => return Ok(v.clone()),
            Flavor::Coroutine => {
                if frame.code().flags & (code_flags::COROUTINE | code_flags::ITERABLE_COROUTINE) == 0 {
                    return Err(t.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator"));
                }
                return Ok(v.clone());
            }
            Flavor::AsyncGenerator => {}
        }
    }
    protocol::get_iter(t, v)
}

/// The iterator of an awaitable; `context`: 0 await, 1 after `__aenter__`, 2 after `__aexit__`.
pub fn awaitable_iter(t: Attached<'_>, v: &Value, context: u16) -> PyResult {
    if let Some(g) = v.payload::<PyGenerator>() {
        let iterable = orochi_bytecode::code::flags::ITERABLE_COROUTINE;
        if g.flavor == Flavor::Coroutine || crate::code::body(&g.code).flags & iterable != 0 {
            if g.flavor == Flavor::Coroutine && g.async_flags.load(Relaxed) & AT_DELEGATE != 0 && g.state() == SUSPENDED {
                return Err(t.raise(&exception::RuntimeError, "coroutine is being awaited already"));
            }
            return Ok(v.clone());
        }
    }
    if let Some(f) = class_of(t, v).slots.await_() {
        let it = f(t, v)?;
        if it.payload::<PyGenerator>().is_some_and(|g| g.flavor == Flavor::Coroutine) {
            return Err(t.type_error("__await__() returned a coroutine"));
        }
        if !protocol::is_iterator(t, &it) {
            return Err(t.type_error(format!("__await__() returned non-iterator of type '{}'", type_name(t, &it))));
        }
        return Ok(it);
    }
    let name = type_name(t, v);
    Err(t.type_error(match context {
        1 => format!("'async with' received an object from __aenter__ that does not implement __await__: {name}"),
        2 => format!("'async with' received an object from __aexit__ that does not implement __await__: {name}"),
        _ => format!("'{name}' object can't be awaited"),
    }))
}
