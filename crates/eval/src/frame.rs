//! Frames and the stacks of a thread.
//!
//! Each thread has two stacks, reserved at start and mapped as they are touched:
//!
//! ```text
//! registers:  | caller's window: locals, temporaries ... [callee, self, arg0, arg1] |
//!                                          callee's window:      [arg0, arg1, locals, temporaries] |
//! frames:     | Frame | Frame | ...        (where, whose, back)
//! ```
//! A callee's window begins at its first argument, in place. A generator owns its frame and its
//! registers; calls that it makes copy their arguments to the top of the thread's stack.
//!
//! Invariants: every register of a window holds a valid word from entry to exit; a temporary that was
//! read by its instruction holds no pointer any more; registers above the topmost window are not looked at.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr;
use std::sync::atomic::Ordering::*;
use std::sync::atomic::{AtomicPtr, AtomicU64};

use orochi_heap::Value;
use orochi_heap::value::UNBOUND;
use orochi_objects::Attached;

use crate::code::PyCode;

/// Who gets what a frame returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Entry {
    /// `run` returns to Rust.
    Native,
    /// The caller's register `dst`.
    Call,
    /// As `Call`, but the result is the new instance in `extra`; the returned value must be None.
    Init,
    /// A generator resumed by `ForIter`: a yielded value goes to `dst`; the end jumps.
    ForIter,
    /// A `__next__` that a loop calls: as `Call`, and a StopIteration ends the loop.
    Next,
    /// A generator resumed by the `yield from` of another: what it yields, that one yields.
    Delegate,
    /// One of many calls of a function, for [`crate::call::each`]; `extra` tells which.
    Each,
    /// A generator that a native loop walks: what it yields goes into the loop's closure.
    Sink,
}

impl Entry {
    /// Whether the loop that runs the frame is left when the frame ends.
    #[inline(always)]
    pub fn leaves(self) -> bool {
        matches!(self, Entry::Native | Entry::Sink | Entry::Each)
    }
}

/// An activation.
#[repr(C)]
pub struct Frame {
    /// First register of the window.
    pub regs: *mut u64,
    /// The next instruction, while the frame does not run (calls, safepoints, errors save it).
    pub pc: *const AtomicU64,
    /// The code, kept alive by `function` or `code_value`.
    pub code: *const PyCode,
    /// Who resumes when this one ends.
    pub previous: *mut Frame,
    /// Where a callee's window may begin if it cannot begin in place.
    pub top: *mut u64,
    /// The function (a register word), or unbound for module and class code.
    pub function: u64,
    /// The code object (a register word).
    pub code_value: u64,
    /// Globals (a counted or register word; a dict).
    pub globals: u64,
    /// Builtins (likewise).
    pub builtins: u64,
    /// The namespace of module and class code (a mapping), or unbound.
    pub locals: u64,
    /// The new instance (`Entry::Init`), the address of the series of calls as a small int (`Entry::Each`), or unbound.
    pub extra: u64,
    /// The frame object, if somebody asked for one; else unbound.
    pub object: u64,
    /// The generator that owns this frame, or null.
    pub generator: *const crate::generator::PyGenerator,
    /// Register of the caller that gets the result.
    pub dst: u16,
    /// Who gets the result.
    pub entry: Entry,
}

impl Frame {
    /// The frame's code.
    #[inline(always)]
    pub fn code(&self) -> &PyCode {
        // SAFETY: kept alive by `code_value`.
        unsafe { &*self.code }
    }
    /// The word number of the instruction that `pc` has just passed.
    pub fn pc_index(&self) -> u32 {
        let start = self.code().words.as_ptr() as usize;
        ((self.pc as usize).wrapping_sub(start) / 8).saturating_sub(1) as u32
    }
    /// The current line.
    pub fn line(&self) -> u32 {
        self.code().line_at(self.pc_index()).unwrap_or(self.code().code.first_line)
    }
    /// A view of a word field as a value.
    #[inline(always)]
    pub fn view<'a>(&'a self, word: &'a u64) -> &'a Value {
        // SAFETY: the frame owns its words for as long as it lives.
        unsafe { Value::borrow_bits(word) }
    }
    /// The globals dict.
    #[inline(always)]
    pub fn globals(&self) -> &Value {
        self.view(&self.globals)
    }
    /// The builtins dict.
    #[inline(always)]
    pub fn builtins(&self) -> &Value {
        self.view(&self.builtins)
    }
    /// The namespace of module and class code, or unbound.
    #[inline(always)]
    pub fn locals(&self) -> &Value {
        self.view(&self.locals)
    }
    /// Register `i`.
    ///
    /// # Safety
    /// `i` is below the code's register count; nobody writes the register while the view lives.
    #[inline(always)]
    pub unsafe fn reg(&self, i: usize) -> &Value {
        // SAFETY: as the caller says.
        unsafe { Value::borrow_bits(&*self.regs.add(i)) }
    }
    /// Releases what the frame itself holds (not its registers).
    ///
    /// # Safety
    /// The frame ends.
    #[inline(always)]
    pub unsafe fn release_words(&mut self) {
        let release = |word: u64| {
            // SAFETY: each word belongs to the frame, which ends.
            drop(unsafe { Value::from_bits(word) });
        };
        release(self.function);
        release(self.extra);
        // The function holds the rest of its frames' words (`call::push`).
        if self.code_value != UNBOUND {
            [self.code_value, self.globals, self.builtins, self.locals].into_iter().for_each(release);
        }
    }
}

/// Words of a thread's register stack.
const REGISTER_STACK: usize = 4 << 20;
/// Frames of a thread's frame stack.
const FRAME_STACK: usize = 160_000;

/// The eval loop's part of a thread.
pub struct EvalThread {
    registers: *mut u64,
    frames: *mut Frame,
    /// The frame that runs, or null.
    pub current: AtomicPtr<Frame>,
    /// The next free frame of the frame stack.
    next_frame: AtomicPtr<Frame>,
    /// Frames from here on are too many (`sys.setrecursionlimit`).
    limit: AtomicPtr<Frame>,
    /// `sys.settrace` and `sys.setprofile`.
    pub tracing: crate::trace::Tracing,
    /// Behind the last frame that may be used.
    frames_end: *mut Frame,
    /// Where a window begins while no frame runs.
    floor: AtomicPtr<u64>,
    /// What sites that see many maps found.
    pub site_table: crate::site_table::SiteTable,
}

impl EvalThread {
    /// Fresh stacks.
    pub fn new() -> Box<EvalThread> {
        let (r, f) = Self::layouts();
        // SAFETY: the layouts are not empty. Zeroed memory of this size comes unmapped from the system.
        let (registers, frames) = unsafe { (alloc_zeroed(r), alloc_zeroed(f)) };
        if registers.is_null() || frames.is_null() {
            handle_alloc_error(r);
        }
        Box::new(EvalThread {
            registers: registers.cast(),
            frames: frames.cast(),
            current: AtomicPtr::default(),
            next_frame: AtomicPtr::new(frames.cast()),
            limit: AtomicPtr::new(frames.cast()),
            tracing: crate::trace::Tracing::new(),
            frames_end: frames.cast::<Frame>().wrapping_add(FRAME_STACK - 1),
            floor: AtomicPtr::new(registers.cast()),
            site_table: Default::default(),
        })
    }
    fn layouts() -> (Layout, Layout) {
        match (Layout::array::<u64>(REGISTER_STACK), Layout::array::<Frame>(FRAME_STACK)) {
            (Ok(r), Ok(f)) => (r, f),
            _ => unreachable!("the sizes are constants that fit"),
        }
    }
    /// The first register of the stack.
    pub fn register_base(&self) -> *mut u64 {
        self.registers
    }
    /// Whether a window of `n` registers at `at` fits (with room for a native call's temporaries).
    #[inline(always)]
    pub fn fits(&self, at: *mut u64, n: usize) -> bool {
        let used = (at as usize).wrapping_sub(self.registers as usize) / 8;
        used + n + 64 < REGISTER_STACK
    }
    /// Reads the recursion limit.
    #[inline]
    pub fn set_limit(&self, t: Attached<'_>) {
        let limit = t.interpreter().recursion_limit.load(Relaxed) as usize;
        self.limit.store(self.frames.wrapping_add(limit.min(FRAME_STACK - 2)), Relaxed);
    }
    /// Frames in use.
    pub fn depth(&self) -> usize {
        (self.next_frame.load(Relaxed) as usize - self.frames as usize) / size_of::<Frame>()
    }
    /// Whether one more frame would be too many.
    #[inline(always)]
    pub fn at_limit(&self) -> bool {
        self.next_frame.load(Relaxed) >= self.limit.load(Relaxed)
    }
    /// A new frame's place, or null if there are too many.
    #[inline(always)]
    pub fn push_frame(&self) -> *mut Frame {
        let next = self.next_frame.load(Relaxed);
        if next >= self.frames_end {
            return ptr::null_mut();
        }
        self.next_frame.store(next.wrapping_add(1), Relaxed);
        next
    }
    /// Counts the frame of a generator, which is no part of the stack: its place there stays empty.
    #[inline(always)]
    pub fn count_frame(&self) {
        self.next_frame.store(self.next_frame.load(Relaxed).wrapping_add(1), Relaxed);
    }
    /// Gives the topmost frame's place back.
    #[inline(always)]
    pub fn pop_frame(&self) {
        self.next_frame.store(self.next_frame.load(Relaxed).wrapping_sub(1), Relaxed);
    }
    /// The frame that runs, or null.
    #[inline(always)]
    pub fn current(&self) -> *mut Frame {
        self.current.load(Relaxed)
    }
    /// Where a window may begin that no frame has in place: above everything in use.
    pub fn top(&self) -> *mut u64 {
        // SAFETY: the current frame lives.
        unsafe { self.top_above(self.current()) }
    }
    /// As [`EvalThread::top`], with `current` as the frame that runs.
    ///
    /// # Safety
    /// The frame lives, or is null.
    #[inline(always)]
    pub unsafe fn top_above(&self, current: *mut Frame) -> *mut u64 {
        if current.is_null() {
            self.floor.load(Relaxed)
        } else {
            // SAFETY: as the caller says.
            unsafe { (*current).top }
        }
    }
    /// Runs `f` with the registers below `end` in use, though no frame's window holds them.
    #[inline(always)]
    pub fn reserving<R>(&self, end: *mut u64, f: impl FnOnce() -> R) -> R {
        let current = self.current();
        // SAFETY: the current frame lives, and only its own thread reads or writes its `top`.
        let place = if current.is_null() { self.floor.as_ptr() } else { unsafe { &raw mut (*current).top } };
        // SAFETY: as above; the frame outlives the closure, which runs on top of it.
        unsafe {
            let before = place.read();
            place.write(if end > before { end } else { before });
            let r = f();
            place.write(before);
            r
        }
    }
    /// Shows all words that frames hold, for the collector. The world is stopped.
    pub fn visit(&self, visit: &mut dyn FnMut(u64)) {
        self.tracing.visit(visit);
        let mut frame = self.current();
        while !frame.is_null() {
            // SAFETY: frames in the chain live; the world is stopped.
            let f = unsafe { &*frame };
            for i in 0..f.code().register_count {
                // SAFETY: inside the window, which is initialised.
                visit(unsafe { *f.regs.add(i) });
            }
            for word in [f.function, f.code_value, f.globals, f.builtins, f.locals, f.extra, f.object] {
                visit(word);
            }
            frame = f.previous;
        }
    }
}

impl Drop for EvalThread {
    fn drop(&mut self) {
        let (r, f) = Self::layouts();
        // SAFETY: allocated in `new` with these layouts; no frame is left.
        unsafe {
            dealloc(self.registers.cast(), r);
            dealloc(self.frames.cast(), f);
        }
    }
}

/// The eval loop's part of the calling thread.
#[inline(always)]
pub fn eval_thread<'t>(t: Attached<'t>) -> &'t EvalThread {
    let p = t.thread().eval.load(Relaxed).cast::<EvalThread>();
    // SAFETY: `start.rs` sets it before the thread runs Python and frees it after.
    unsafe { &*p }
}

/// Fills the registers from `from` to `to` with the unbound marker.
///
/// # Safety
/// The range lies in a window (or in free stack) that the caller owns and holds no references.
#[inline(always)]
pub unsafe fn clear_range(from: *mut u64, to: *mut u64) {
    let mut p = from;
    while p < to {
        // SAFETY: as the caller says.
        unsafe {
            p.write(UNBOUND);
            p = p.add(1);
        }
    }
}

/// Releases the registers from `from` to `to`, leaving them unbound.
///
/// # Safety
/// The range lies in a window that the caller owns, whose registers hold valid words.
#[inline(always)]
pub unsafe fn release_range(from: *mut u64, to: *mut u64) {
    let mut p = from;
    while p < to {
        // SAFETY: as the caller says; the word is replaced before it is released, since releasing
        // may run Python.
        unsafe {
            let word = p.replace(UNBOUND);
            if word & 0b111 == 0 {
                drop(Value::from_bits(word));
            }
            p = p.add(1);
        }
    }
}
