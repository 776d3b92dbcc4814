//! `frame`: what Python sees of an activation. Made when somebody asks or an exception passes; while the
//! frame lives the object looks into it, when it ends the object takes the values over, into places that
//! lie behind its body: an exception makes one object a frame and nothing else. What only trace functions
//! and writers of `f_locals` need lies apart.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, Ordering::*};

use orochi_bytecode::instructions::{Op, OperandKind};
use orochi_bytecode::word::Word;
use orochi_heap::value::UNBOUND;
use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_objects::spec::{GetSet, Method, TypeSpec, flags};
use orochi_objects::{Attached, Def, PyResult, cell, dict, int, str};
use orochi_runtime::Locked;

use crate::at_rest::{at_rest, is_own};
use crate::code::{self, PyCode};
use crate::frame::{Frame, eval_thread};

/// The body of a frame object; `local_count` slots follow: the locals (register words as values) after the end.
#[repr(C)]
pub struct PyFrame {
    /// The activation, or null when it has ended.
    live: AtomicPtr<Frame>,
    code: Value,
    globals: Value,
    builtins: Value,
    /// The namespace of module and class code, or unbound.
    locals: Value,
    /// `f_back` after the end of this frame, if it was asked for or passed by an exception.
    back: Slot,
    rare: OnceLock<Box<Rare>>,
    /// Instruction at the end.
    pc: AtomicU32,
    local_count: u32,
}

/// What few frames have.
struct Rare {
    /// `f_trace`.
    trace: Slot,
    /// `f_trace_lines` and `f_trace_opcodes`.
    trace_flags: AtomicU8,
    /// Line and word number of the instruction that was traced last; 0 and 0 before the first.
    last_line: AtomicU32,
    last_index: AtomicU32,
    /// Values that were in registers when `f_locals` overwrote them: instructions under way may still look at them.
    overwritten: Locked<Vec<Value>>,
    /// Variables set through `f_locals` that the code does not know.
    extra: Slot,
}

impl Payload for PyFrame {
    payload!(PyFrame, "frame");
    fn trace(&self, visit: &mut Visit<'_>) {
        self.saved().iter().for_each(|slot| visit.slot(slot));
        visit.values([&self.code, &self.globals, &self.builtins, &self.locals]);
        visit.slot(&self.back);
        if let Some(rare) = self.rare.get() {
            if let Some(old) = rare.overwritten.try_lock() {
                visit.values(old.iter());
            }
            visit.slot(&rare.trace);
            visit.slot(&rare.extra);
        }
    }
    fn clear(&self) {
        self.forget_locals();
        self.back.set(Value::none());
        if let Some(rare) = self.rare.get() {
            let old = std::mem::take(&mut *rare.overwritten.lock());
            drop(old);
            rare.trace.set(Value::none());
        }
    }
    fn tail_size(&self) -> usize {
        self.local_count as usize * size_of::<Slot>()
    }
}

impl Drop for PyFrame {
    fn drop(&mut self) {
        let tail = (self as *mut PyFrame).wrapping_add(1).cast::<Slot>();
        // SAFETY: `of` laid `local_count` slots behind the body, dropped once, here.
        unsafe { std::ptr::slice_from_raw_parts_mut(tail, self.local_count as usize).drop_in_place() }
    }
}

/// `frame`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyFrame>("frame")
    .variable_size()
    .flags(flags::NO_NEW)
    .slots(&[Def::Repr(repr)])
    .getset(&[
        GetSet::read("f_code", |_, v| Ok(body(v).code.clone()), ""),
        GetSet::read("f_globals", |_, v| Ok(body(v).globals.clone()), ""),
        GetSet::read("f_builtins", |_, v| Ok(body(v).builtins.clone()), ""),
        GetSet::read("f_locals", f_locals, ""),
        GetSet::read("f_lasti", |t, v| Ok(int::new(t, body(v).lasti())), ""),
        GetSet::write("f_lineno", f_lineno, set_lineno, ""),
        GetSet::read("f_back", f_back, ""),
        GetSet::write("f_trace", |_, v| Ok(body(v).trace_function()), set_trace, ""),
        GetSet::write(
            "f_trace_lines",
            |_, v| Ok(Value::bool(body(v).wants(PyFrame::TRACE_LINES))),
            |t, v, new| set_flag(t, v, PyFrame::TRACE_LINES, new),
            "",
        ),
        GetSet::write(
            "f_trace_opcodes",
            |_, v| Ok(Value::bool(body(v).wants(PyFrame::TRACE_OPCODES))),
            |t, v, new| set_flag(t, v, PyFrame::TRACE_OPCODES, new),
            "",
        ),
        GetSet::read("f_generator", f_generator, ""),
    ])
    .methods(&[Method::new("clear", "($self, /)", clear, "Clear all references held by the frame.")]);

/// The body of a frame object.
pub fn body(v: &Value) -> &PyFrame {
    match v.payload::<PyFrame>() {
        Some(f) => f,
        None => unreachable!("not a frame"),
    }
}

/// The frame object of an activation, made now if there is none.
pub(crate) fn of(t: Attached<'_>, frame: *mut Frame) -> Value {
    // SAFETY: the frame is in the chain of the running thread, or at rest.
    let f = unsafe { &mut *frame };
    if f.object != UNBOUND {
        return f.view(&f.object).clone();
    }
    let object = make(t, f, frame);
    f.object = object.clone().into_bits();
    object
}

/// A frame object of its own that shows what an activation holds now, and those that wait for it.
///
/// # Safety
/// The frame is in the chain of a thread that stands still meanwhile.
pub(crate) unsafe fn snapshot(t: Attached<'_>, frame: *mut Frame) -> Value {
    let mut chain = Vec::new();
    let mut next = frame;
    // SAFETY: as the caller says; a chain ends with null.
    while let Some(f) = unsafe { next.as_ref() } {
        chain.push(f);
        next = f.previous;
    }
    let mut back = Value::none();
    for f in chain.into_iter().rev() {
        let object = make(t, f, std::ptr::null_mut());
        let o = body(&object);
        for (i, slot) in o.saved().iter().enumerate() {
            // SAFETY: `i` is a local's register.
            slot.set(unsafe { f.reg(i) }.clone());
        }
        o.pc.store(f.pc_index(), Relaxed);
        o.back.set(back);
        back = object;
    }
    back
}

/// A new frame object of `f` that looks into `live`, if that is not null.
fn make(t: Attached<'_>, f: &Frame, live: *mut Frame) -> Value {
    let code_value = if f.code_value != UNBOUND {
        f.view(&f.code_value).clone()
    } else {
        crate::function::body(f.view(&f.function)).code_value.load()
    };
    let count = f.code().local_count;
    let new = PyFrame {
        live: AtomicPtr::new(live),
        code: code_value,
        globals: f.globals().clone(),
        builtins: f.builtins().clone(),
        locals: f.locals().clone(),
        back: Slot::unbound(),
        rare: OnceLock::new(),
        pc: AtomicU32::new(0),
        local_count: count as u32,
    };
    let fill = |tail: *mut u8| {
        for i in 0..count {
            // SAFETY: the tail has room for `count` slots.
            unsafe { tail.cast::<Slot>().add(i).write(Slot::unbound()) };
        }
    };
    // SAFETY: the map is that of frames; the tail is filled with as many slots as the body says.
    match unsafe { orochi_heap::alloc_tail(TYPE.map(t), new, count * size_of::<Slot>(), fill) } {
        Ok(object) => object,
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<PyFrame>()),
    }
}

/// The frame ends (or its generator is suspended for good): its object takes the locals over.
///
/// # Safety
/// The frame has an object; its registers hold valid words and are released after this.
pub unsafe fn detach(t: Attached<'_>, frame: *mut Frame) {
    // SAFETY: as the caller says.
    unsafe {
        let f = &mut *frame;
        let object = Value::from_bits(std::mem::replace(&mut f.object, UNBOUND));
        let o = body(&object);
        // Nobody else holds the object: nothing to save.
        let unique = object.header().is_some_and(orochi_heap::count::is_unique);
        if !unique {
            for (i, slot) in o.saved().iter().enumerate() {
                slot.init(Value::from_bits(f.regs.add(i).replace(UNBOUND)));
            }
            o.pc.store(f.pc_index(), Relaxed);
            let back = f.previous;
            if !back.is_null() && o.back.is_unbound() {
                // The caller's object exists if the exception passed it or somebody looked; else it
                // is made now, since `f_back` must go on to work.
                o.back.set(of(t, back));
            }
        }
        o.live.store(std::ptr::null_mut(), Release);
    }
}

/// Whether this thread runs the frame, or nobody: then its registers may be written. Asked at rest.
fn may_write(t: Attached<'_>, frame: &Frame) -> bool {
    // SAFETY: the generator that owns a frame lives as long as the frame.
    let generator = unsafe { frame.generator.as_ref() };
    is_own(t, frame) || generator.is_some_and(|g| g.state() != crate::generator::RUNNING)
}

impl PyFrame {
    /// The places of the locals after the end; unbound before.
    fn saved(&self) -> &[Slot] {
        // SAFETY: `of` laid `local_count` slots behind the body.
        unsafe { std::slice::from_raw_parts((self as *const PyFrame).add(1).cast::<Slot>(), self.local_count as usize) }
    }
    /// Releases the locals of a frame that has ended.
    fn forget_locals(&self) {
        self.saved().iter().for_each(|slot| drop(slot.take()));
    }
    fn rare(&self) -> &Rare {
        self.rare.get_or_init(|| {
            Box::new(Rare {
                trace: Slot::new(Value::none()),
                trace_flags: AtomicU8::new(PyFrame::TRACE_LINES),
                last_line: AtomicU32::new(0),
                last_index: AtomicU32::new(0),
                overwritten: Locked::new(Vec::new()),
                extra: Slot::unbound(),
            })
        })
    }
    /// `f_trace`, or None.
    pub(crate) fn trace_function(&self) -> Value {
        self.rare.get().map_or(Value::none(), |rare| rare.trace.load())
    }
    /// Sets `f_trace`.
    pub(crate) fn set_trace_function(&self, function: Value) {
        if !function.is_none() || self.rare.get().is_some() {
            self.rare().trace.set(function);
        }
    }
    /// Whether events of a sort are wanted: `TRACE_LINES` or `TRACE_OPCODES`.
    pub(crate) fn wants(&self, flag: u8) -> bool {
        self.rare.get().map_or(PyFrame::TRACE_LINES, |rare| rare.trace_flags.load(Relaxed)) & flag != 0
    }
    /// Line and word number of the instruction that was traced last; 0 and 0 before the first.
    pub(crate) fn last_traced(&self) -> (u32, u32) {
        self.rare.get().map_or((0, 0), |rare| (rare.last_line.load(Relaxed), rare.last_index.load(Relaxed)))
    }
    /// Sets the line that was traced last.
    pub(crate) fn set_last_line(&self, line: u32) {
        self.rare().last_line.store(line, Relaxed);
    }
    /// Sets the word number of the instruction that was traced last.
    pub(crate) fn set_last_index(&self, index: u32) {
        self.rare().last_index.store(index, Relaxed);
    }
    /// Runs `f` with the activation at rest, or with `None` after its end; `f` must not run Python.
    fn look<R>(&self, f: impl FnOnce(Attached<'_>, Option<&Frame>) -> R) -> R {
        let look = |t: Attached<'_>| {
            at_rest(t, self.live.load(Acquire), || {
                // SAFETY: set to null before the frame ends; nobody ends it during the look.
                f(t, unsafe { self.live.load(Acquire).as_ref() })
            })
        };
        match orochi_objects::start::with_current(look) {
            Some(found) => found,
            None => unreachable!("only attached threads have frame objects"),
        }
    }
    /// Whether the activation has not ended.
    fn is_live(&self) -> bool {
        !self.live.load(Acquire).is_null()
    }
    /// Line events are wanted.
    pub(crate) const TRACE_LINES: u8 = 1;
    /// Opcode events are wanted.
    pub(crate) const TRACE_OPCODES: u8 = 2;
    pub(crate) fn code(&self) -> &PyCode {
        code::body(&self.code)
    }
    /// Whether the instruction at word `pc` can jump.
    pub(crate) fn jumped(&self, pc: u32) -> bool {
        let word = self.code().words.get(pc as usize).map_or(0, |w| w.load(Relaxed));
        Op::from_byte(Word(word).op_byte())
            .is_some_and(|op| op.operands().into_iter().any(|k| matches!(k, OperandKind::Jump16 | OperandKind::Jump32)))
    }
    /// The word number of the current instruction, and whether none has run yet.
    fn place(&self) -> (u32, bool) {
        if !self.is_live() {
            return (self.pc.load(Relaxed), false);
        }
        self.look(|_, live| {
            live.map_or_else(
                || (self.pc.load(Relaxed), false),
                |f| (f.pc_index(), std::ptr::eq(f.pc, f.code().words.as_ptr())),
            )
        })
    }
    /// `f_lasti`: 0 before the first instruction, see [`code::offset_of`].
    fn lasti(&self) -> i64 {
        let (pc, at_start) = self.place();
        if at_start { 0 } else { code::offset_of(pc) }
    }
    /// The current line.
    pub fn line(&self) -> u32 {
        let (code, (pc, at_start)) = (self.code(), self.place());
        if at_start {
            return code.code.first_line;
        }
        if let Some(line) = code.line_again(pc) {
            return line;
        }
        // An instruction of no line belongs to the one that ran before it.
        match self.last_traced().0 {
            line if line != 0 && !self.trace_function().is_none() => line,
            _ => (0..pc).rev().find_map(|pc| code.line_at(pc)).unwrap_or(code.code.first_line),
        }
    }
    /// The value of local register `i`, cells not opened.
    fn local(&self, i: usize) -> Value {
        if !self.is_live() {
            return self.saved().get(i).map_or(Value::unbound(), Slot::load);
        }
        self.look(|_, live| match live {
            // SAFETY: `i` is a local's register.
            Some(f) => unsafe { f.reg(i) }.clone(),
            None => self.saved().get(i).map_or(Value::unbound(), Slot::load),
        })
    }
    /// Sets the variable in local register `i`.
    ///
    /// # Errors
    /// RuntimeError: another thread runs the frame.
    pub(crate) fn write(&self, t: Attached<'_>, i: usize, value: Value) -> PyResult<()> {
        let now = self.local(i);
        if self.code().holds_cell(i)
            && let Some(c) = now.payload::<cell::PyCell>()
        {
            c.contents.set(value);
            return Ok(());
        }
        let replaced = self.look(|t, live| match live {
            Some(f) if !may_write(t, f) => None,
            Some(f) => {
                // SAFETY: `i` is a local's register; the frame waits in this thread's chain or is suspended.
                let old = unsafe { Value::from_bits(f.regs.add(i).replace(value.counted().into_bits())) };
                if old.header().is_some() {
                    self.rare().overwritten.lock().push(old.counted());
                }
                Some(Value::unbound())
            }
            None => Some(self.saved().get(i).map_or(Value::unbound(), |slot| slot.swap(value))),
        });
        match replaced {
            Some(old) => {
                drop(old);
                Ok(())
            }
            None => Err(t.raise(
                &orochi_objects::exception::RuntimeError,
                "cannot set local variables of a frame that another thread runs",
            )),
        }
    }
    /// The registers of the variables that users see, with their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = (usize, Value)> {
        let code = self.code();
        (0..code.local_count).filter(|&i| code.is_visible(i)).map(|i| (i, code.local_names[i].clone()))
    }
    /// The register of the first visible variable whose name passes the test.
    pub(crate) fn index_of(&self, test: impl Fn(&Value) -> bool) -> Option<usize> {
        let code = self.code();
        (0..code.local_count).find(|&i| code.is_visible(i) && test(&code.local_names[i]))
    }
    /// The value of the variable in register `i`, if it is bound.
    pub(crate) fn variable(&self, i: usize) -> Option<Value> {
        self.open(i, self.local(i))
    }
    /// What the variable in register `i` stands for where the register holds `v`.
    fn open(&self, i: usize, mut v: Value) -> Option<Value> {
        if self.code().holds_cell(i)
            && let Some(c) = v.payload::<cell::PyCell>()
        {
            let inner = c.contents.load();
            v = inner;
        }
        if v.is_unbound() { None } else { Some(v) }
    }
    /// The dict of what `f_locals` holds beside the code's variables, if there is one.
    pub(crate) fn extra(&self) -> Option<Value> {
        let extra = self.rare.get()?.extra.load();
        if extra.is_unbound() { None } else { Some(extra) }
    }
    /// As `extra`, made if there is none.
    pub(crate) fn extra_or_new(&self, t: Attached<'_>) -> Value {
        self.extra().unwrap_or_else(|| {
            let new = dict::new(t);
            self.rare().extra.set(new.clone());
            new
        })
    }
    /// The variables that users see: (name, value) of bound locals.
    pub fn variables(&self) -> Vec<(Value, Value)> {
        // All of one moment.
        let words: Vec<Value> = self.look(|_, live| match live {
            // SAFETY: the registers of locals.
            Some(f) => (0..self.code().local_count).map(|i| unsafe { f.reg(i) }.clone()).collect(),
            None => self.saved().iter().map(Slot::load).collect(),
        });
        let opened = |(i, name)| Some((name, self.open(i, words.get(i)?.clone())?));
        let mut out: Vec<(Value, Value)> = self.names().filter_map(opened).collect();
        if let Some(extra) = self.extra() {
            out.extend(dict::items(&extra));
        }
        out
    }
    /// Whether the frame is that of a function (its locals are registers).
    pub fn is_optimized(&self) -> bool {
        self.locals.is_unbound()
    }
    /// The namespace of module and class code.
    pub fn namespace(&self) -> &Value {
        &self.locals
    }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let f = body(this);
    let c = f.code();
    Ok(str::from_string(
        t,
        format!(
            "<frame at {:#x}, file '{}', line {}, code {}>",
            this.identity(),
            str::display(&c.filename),
            f.line(),
            str::display(&c.name)
        ),
    ))
}

fn f_locals(t: Attached<'_>, this: &Value) -> PyResult {
    let f = body(this);
    if !f.locals.is_unbound() {
        return Ok(f.locals.clone());
    }
    Ok(crate::frame_locals::new(t, this))
}
fn f_lineno(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(int::new(t, i64::from(body(this).line())))
}
fn set_lineno(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(t.raise(&orochi_objects::exception::AttributeError, "cannot delete attribute"));
    };
    if !int::TYPE.is_exact(t, value) {
        return Err(t.value_error("lineno must be an integer"));
    }
    crate::trace::may_jump(t, this)?;
    let line = orochi_objects::protocol::expect_i64(t, value)?;
    let frame = body(this).live.load(Acquire);
    // SAFETY: a live frame of this thread, which waits for its trace function.
    match unsafe { frame.as_mut() } {
        Some(frame) => crate::jump::to_line(t, frame, line),
        None => Err(t.value_error("f_lineno can only be set in a trace function")),
    }
}
fn set_trace(_: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let f = body(this);
    f.set_trace_function(value.cloned().unwrap_or(Value::none()));
    if f.is_live() && f.last_traced().0 == 0 {
        // The line that runs now has begun already.
        f.set_last_line(f.line());
        f.set_last_index(f.place().0);
    }
    Ok(())
}
fn set_flag(t: Attached<'_>, this: &Value, flag: u8, value: Option<&Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(t.type_error("cannot delete attribute")) };
    let on = match () {
        () if value.is(&Value::bool(true)) => true,
        () if value.is(&Value::bool(false)) => false,
        () => return Err(t.type_error("attribute value type must be bool")),
    };
    let flags = &body(this).rare().trace_flags;
    if on { flags.fetch_or(flag, Relaxed) } else { flags.fetch_and(!flag, Relaxed) };
    Ok(())
}
fn f_back(_: Attached<'_>, this: &Value) -> PyResult {
    let f = body(this);
    let back = f.look(|t, live| match live {
        None => f.back.load(),
        // A suspended generator's frame has no caller.
        Some(live) if live.previous.is_null() => Value::none(),
        Some(live) => of(t, live.previous),
    });
    Ok(if back.is_unbound() { Value::none() } else { back })
}
fn f_generator(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(body(this).look(|_, live| match live {
        // SAFETY: a generator outlives its frame, which lives; its header lies in front of its body.
        Some(live) if !live.generator.is_null() => unsafe {
            let bits = live.generator.cast::<orochi_heap::Header>().sub(1) as u64;
            Value::borrow_bits(&bits).clone()
        },
        _ => Value::none(),
    }))
}
fn clear(t: Attached<'_>, a: &[Value]) -> PyResult {
    let f = body(&a[0]);
    let fault = f.look(|_, live| {
        live.map(|live| if live.generator.is_null() { "cannot clear an executing frame" } else { "cannot clear a suspended frame" })
    });
    if let Some(fault) = fault {
        return Err(t.raise(&orochi_objects::exception::RuntimeError, fault));
    }
    f.forget_locals();
    Ok(Value::none())
}

/// The frame object `depth` callers up from the running frame.
pub fn caller(t: Attached<'_>, depth: usize) -> Option<Value> {
    let mut frame = eval_thread(t).current();
    for _ in 0..depth {
        if frame.is_null() {
            return None;
        }
        // SAFETY: frames in the chain live.
        frame = unsafe { (*frame).previous };
    }
    if frame.is_null() { None } else { Some(of(t, frame)) }
}

/// `f_code` of a frame object.
pub fn code_of(frame: &Value) -> Value {
    body(frame).code.clone()
}
/// `f_globals` of a frame object.
pub fn globals_of(frame: &Value) -> Value {
    body(frame).globals.clone()
}
/// `f_builtins` of a frame object.
pub fn builtins_of(frame: &Value) -> Value {
    body(frame).builtins.clone()
}
/// What `locals()` gives for a frame object: the namespace, or a fresh dict of a function's variables.
pub fn locals_of(t: Attached<'_>, frame: &Value) -> PyResult {
    let f = body(frame);
    if f.locals.is_unbound() { dict::from_items(t, f.variables()) } else { Ok(f.locals.clone()) }
}
