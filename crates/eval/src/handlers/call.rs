//! Calls: choosing the fast way for each kind of callable.

use orochi_bytecode::Op;
use orochi_bytecode::instructions::{FUNCTION_ANNOTATE, FUNCTION_ANNOTATIONS, FUNCTION_CLOSURE, FUNCTION_DEFAULTS, FUNCTION_KWDEFAULTS};
use orochi_bytecode::word::{EXTRA, TAKE_B, Word};
use orochi_heap::value::{TAG_DEFERRED, UNBOUND};
use orochi_heap::{Header, Value};
use orochi_objects::native::{PyMethod, PyMethodDescriptor, PyNativeFunction};
use orochi_objects::slots::{InitFn, NewFn};
use orochi_objects::spec::{Binding, flags};
use orochi_objects::static_method::PyStaticMethod;
use orochi_objects::type_::{self, PyType, class_of, type_name};
use orochi_objects::{Args, Attached, Payload, PyResult, Raised, dict, exception, list, object, protocol, str, tuple};

use super::Regs;
use crate::call::{bind_slow, push, too_deep};
use crate::frame::{Entry, Frame, clear_range, eval_thread, release_range};
use crate::function::{self, PyFunction};
use smallvec::SmallVec;

/// The function of a register word, if it is a Python function.
#[inline(always)]
pub(crate) fn as_function<'a>(word: u64) -> Option<&'a PyFunction> {
    if word & 0b11 != 0 {
        return None;
    }
    // SAFETY: a pointer word in a register is a live object.
    let h = unsafe { &*((word & !TAG_DEFERRED) as *const Header) };
    if std::ptr::eq(h.map_head().kind, PyFunction::kind()) {
        // SAFETY: the kind says so.
        Some(unsafe { h.body::<PyFunction>() })
    } else {
        None
    }
}

/// Function and self of a bound method.
#[inline(always)]
pub(crate) fn open_method(v: &Value) -> Option<(Value, Value)> {
    let m = v.payload::<PyMethod>()?;
    Some((m.function.load_register(), m.receiver.load_register()))
}

/// Enters a Python function whose arguments lie at `first..first + argc`. `None`: a generator was
/// made instead, and stands in `dst`.
///
/// # Safety
/// As the eval loop's invariants; `base` is the callee's register, `first` is `base + 1` or `base + 2`.
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "the operands of the call, in registers")]
pub(crate) unsafe fn enter_function(
    t: Attached<'_>,
    frame: *mut Frame,
    f: &PyFunction,
    base: usize,
    first: usize,
    argc: usize,
    dst: u16,
    names: &[Value],
) -> PyResult<Option<*mut Frame>> {
    // SAFETY: the caller's invariants; the run is at the top of the caller's temporaries, so the
    // callee's window may begin in it.
    unsafe {
        let caller = &mut *frame;
        let mut regs = caller.regs.add(first);
        if !caller.generator.is_null() {
            // A generator's own registers have no room above: the arguments move to the thread's stack.
            let top = caller.top;
            if !eval_thread(t).fits(top, argc) {
                return Err(too_deep(t));
            }
            for i in 0..argc {
                *top.add(i) = regs.add(i).replace(UNBOUND);
            }
            regs = top;
        }
        let function = caller.regs.add(base).replace(UNBOUND);
        enter_at(t, frame, f, function, regs, argc, dst, names)
    }
}

/// Enters a Python function whose `argc` arguments lie at `regs`; `function` is its word, which the frame (or
/// nobody, on an error) takes over. `None`: a generator was made instead, and stands in `dst`.
///
/// # Safety
/// As [`push`].
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "the operands of the call, in registers")]
unsafe fn enter_at(
    t: Attached<'_>,
    frame: *mut Frame,
    f: &PyFunction,
    function: u64,
    regs: *mut u64,
    argc: usize,
    dst: u16,
    names: &[Value],
) -> PyResult<Option<*mut Frame>> {
    // SAFETY: the caller's invariants.
    unsafe {
        let code = f.code();
        let thread = eval_thread(t);
        if !thread.fits(regs, code.register_count.max(argc) + 8) || thread.at_limit() {
            release_range(regs, regs.add(argc));
            drop(Value::from_bits(function));
            return Err(too_deep(t));
        }
        let mut given = argc;
        if argc != code.simple_args || !names.is_empty() {
            if names.is_empty() && fill_defaults(f, regs, argc) {
                given = code.plain_args;
            } else if let Err(e) = t.keeping(Value::borrow_bits(&function).clone_register(), |_| bind_slow(t, f, regs, argc, names)) {
                drop(Value::from_bits(function));
                return Err(e);
            } else {
                given = code.parameters;
            }
            if code.is_generator_like() {
                let g = crate::generator::make(t, Value::from_bits(function), regs);
                Regs::of(&*frame).put(dst, g);
                return Ok(None);
            }
        }
        let next = push(t, f, function, regs, given, frame, Entry::Call, dst);
        if next.is_null() {
            drop(Value::from_bits(function));
            release_range(regs, regs.add(given));
            return Err(too_deep(t));
        }
        Ok(Some(next))
    }
}

/// Puts the defaults of the last parameters in place: true if that was all that was missing.
///
/// # Safety
/// `regs + argc` and the registers of the parameters behind are free.
#[inline]
unsafe fn fill_defaults(f: &PyFunction, regs: *mut u64, argc: usize) -> bool {
    let wanted = f.code().plain_args;
    if argc == wanted {
        return true;
    }
    if wanted == usize::MAX || argc > wanted {
        return false;
    }
    let defaults = f.defaults.load_register();
    let values = tuple::items(&defaults);
    let missing = wanted - argc;
    if missing > values.len() {
        return false;
    }
    for (i, v) in values[values.len() - missing..].iter().enumerate() {
        // SAFETY: as the caller says.
        unsafe { regs.add(argc + i).write(v.clone_register().into_bits()) };
    }
    true
}

/// A call with named arguments: enters a Python function, or calls what it is and puts the result.
///
/// # Safety
/// As the eval loop's invariants.
pub(crate) unsafe fn enter_kw(t: Attached<'_>, frame: *mut Frame, w: Word, names: usize) -> PyResult<Option<*mut Frame>> {
    // SAFETY: the caller's invariants; the arguments stay in registers while native code runs, and a
    // Value is a transparent word.
    unsafe {
        let caller = &mut *frame;
        let base = w.b() as usize;
        let callee = *caller.regs.add(base);
        let with_self = w.flags() & EXTRA == 0 && *caller.regs.add(base + 1) != UNBOUND;
        let names = tuple::items(&caller.code().constants[names]);
        let (first, argc) = if with_self { (base + 1, w.c() as usize + 1) } else { (base + 2, w.c() as usize) };
        if let Some(f) = as_function(callee) {
            return enter_function(t, frame, f, base, first, argc, w.a(), names);
        }
        if !with_self {
            match enter_object(t, frame, base, argc, w.a(), names)? {
                Entered::Frame(next) => return Ok(Some(next)),
                Entered::Result => return Ok(None),
                Entered::Nothing => {}
            }
        }
        let args = std::slice::from_raw_parts(caller.regs.add(first).cast::<Value>(), argc);
        let r = protocol::call_args(t, Value::borrow_bits(&callee), Args::with_names(args, names))?;
        release_range(caller.regs.add(base), caller.regs.add(first + argc));
        Regs::of(&*frame).put(w.a(), r);
        Ok(None)
    }
}

/// What became of a call of an object.
pub(crate) enum Entered {
    /// A Python function runs in this frame.
    Frame(*mut Frame),
    /// The result stands in its register.
    Result,
    /// Nothing yet: the object is not of that sort, and all operands are where they were.
    Nothing,
}

impl From<Option<*mut Frame>> for Entered {
    fn from(next: Option<*mut Frame>) -> Entered {
        next.map_or(Entered::Result, Entered::Frame)
    }
}

/// The `__init__` of a class whose instances are plain objects or exceptions made by it alone, if that is a Python
/// function.
fn plain_init(t: Attached<'_>, class: &Value, ty: &PyType) -> Option<Value> {
    let is_new = |g: NewFn| ty.slots.new_().is_some_and(|f| f as usize == g as usize);
    let is_init = |g: InitFn| ty.slots.init().is_some_and(|f| f as usize == g as usize);
    let plain = is_new(object::object_new) || exception::has_plain_new(ty);
    if !plain || !makes_instances(t, class, ty) || !is_init(orochi_objects::dunder::python_init()) {
        return None;
    }
    let init = type_::lookup_resolved(t, ty, &t.names().__init__)?;
    as_function(init.bits()).is_some_and(|f| !f.code().is_generator_like()).then_some(init)
}

/// What `__new__` gives for a class that has a [`plain_init`]; an exception keeps the positional arguments, whatever
/// `__init__` makes of them.
#[inline]
fn plain_instance(t: Attached<'_>, class: &Value, ty: &PyType, args: &[Value]) -> PyResult {
    if exception::has_plain_new(ty) {
        return type_::alloc_instance(t, class, exception::PyException::new(tuple::from_slice(t, args)));
    }
    type_::alloc_instance(t, class, object::PyObject)
}

/// Whether calling the class means what `type.__call__` does, with a class of the program that is not abstract.
fn makes_instances(t: Attached<'_>, class: &Value, ty: &PyType) -> bool {
    ty.spec.is_none() && !ty.has(flags::ABSTRACT) && class_of(t, class).spec.is_some_and(|s| std::ptr::eq(s, &type_::TYPE))
}

/// Enters `__init__` of a class that makes plain instances, its `__new__`, or `__call__` of an instance.
///
/// # Safety
/// As the eval loop's invariants; the object is in register `base`, `base + 1` is free, the arguments
/// begin at `base + 2`, the last ones named by `names`.
pub(crate) unsafe fn enter_object(
    t: Attached<'_>,
    frame: *mut Frame,
    base: usize,
    argc: usize,
    dst: u16,
    names: &[Value],
) -> PyResult<Entered> {
    // SAFETY: the caller's invariants.
    unsafe {
        let caller = &mut *frame;
        let class = Value::borrow_bits(&*caller.regs.add(base));
        let Some(ty) = class.payload::<PyType>() else { return enter_instance(t, frame, base, argc, dst, names) };
        let Some(init) = plain_init(t, class, ty) else {
            // `__new__` alone decides: what it gives is the result (`object.__init__` has nothing to say then).
            let is_new = ty.slots.new_().is_some_and(|f| f as usize == orochi_objects::dunder::python_new() as usize);
            if is_new && ty.slots.init().is_some_and(|f| f as usize == object::object_init as InitFn as usize) && makes_instances(t, class, ty) {
                return enter_new(t, frame, base, argc, dst, names);
            }
            return Ok(Entered::Nothing);
        };
        let Some(f) = as_function(init.bits()) else { return Ok(Entered::Nothing) };
        let args = std::slice::from_raw_parts(caller.regs.add(base + 2).cast::<Value>(), argc - names.len());
        let instance = plain_instance(t, class, ty, args)?;
        *caller.regs.add(base + 1) = instance.clone().into_bits();
        let old = caller.regs.add(base).replace(init.into_bits());
        drop(Value::from_bits(old));
        let next = enter_function(t, frame, f, base, base + 1, argc + 1, dst, names)?;
        if let Some(next) = next {
            (*next).entry = Entry::Init;
            (*next).extra = instance.into_bits();
        }
        Ok(next.into())
    }
}

/// Enters the `__call__` of an instance of a program's class, a Python function.
///
/// # Safety
/// As [`enter_object`].
unsafe fn enter_instance(t: Attached<'_>, frame: *mut Frame, base: usize, argc: usize, dst: u16, names: &[Value]) -> PyResult<Entered> {
    // SAFETY: the caller's invariants.
    unsafe {
        let regs = (*frame).regs;
        let ty = class_of(t, Value::borrow_bits(&*regs.add(base)));
        if ty.spec.is_some() || ty.slots.call().is_none() {
            return Ok(Entered::Nothing);
        }
        let Some(found) = type_::lookup_resolved(t, ty, &t.names().__call__) else { return Ok(Entered::Nothing) };
        let Some(f) = as_function(found.bits()) else { return Ok(Entered::Nothing) };
        let this = regs.add(base).replace(found.into_bits());
        *regs.add(base + 1) = this;
        enter_function(t, frame, f, base, base + 1, argc + 1, dst, names).map(Entered::from)
    }
}

/// Enters the `__new__` of a class, a Python function.
///
/// # Safety
/// As [`enter_object`].
unsafe fn enter_new(t: Attached<'_>, frame: *mut Frame, base: usize, argc: usize, dst: u16, names: &[Value]) -> PyResult<Entered> {
    // SAFETY: the caller's invariants.
    unsafe {
        let regs = (*frame).regs;
        let Some(ty) = Value::borrow_bits(&*regs.add(base)).payload::<PyType>() else { return Ok(Entered::Nothing) };
        let Some(found) = type_::lookup_resolved(t, ty, &t.names().__new__) else { return Ok(Entered::Nothing) };
        let Some(wrapper) = found.payload::<PyStaticMethod>() else { return Ok(Entered::Nothing) };
        let callable = wrapper.callable.load_register();
        let Some(f) = as_function(callable.bits()) else { return Ok(Entered::Nothing) };
        // The class goes in front of the arguments, the function takes its place.
        let class = regs.add(base).replace(callable.into_bits());
        *regs.add(base + 1) = class;
        enter_function(t, frame, f, base, base + 1, argc + 1, dst, names).map(Entered::from)
    }
}

/// The error when `__init__` returned something.
#[cold]
pub(crate) fn init_returned(t: Attached<'_>, v: &Value) -> Raised {
    t.type_error(format!("__init__() should return None, not '{}'", type_name(t, v)))
}

/// Calls a builtin function or an unbound builtin method with its arguments where they lie; `None` if the
/// callee is neither, or wants them bound first.
///
/// # Safety
/// As the eval loop's invariants: the arguments are registers `given_first..given_first + given` of the frame, at the
/// top of its temporaries; with `room` the register before them is free.
#[inline(always)]
pub(crate) unsafe fn native(t: Attached<'_>, frame: *mut Frame, callee: &Value, given_first: usize, given: usize, room: bool) -> Option<PyResult> {
    let (entry, arity, first, argc);
    if let Some(f) = callee.payload::<PyNativeFunction>() {
        let receiver = f.receiver_register();
        (entry, arity) = f.entry();
        if receiver.is_unbound() {
            (first, argc) = (given_first, given);
        } else if room {
            (first, argc) = (given_first - 1, given + 1);
            // SAFETY: the register before the first argument is free; it is released with the run.
            unsafe { (*frame).regs.add(first).write(receiver.into_bits()) };
        } else {
            return None;
        }
    } else if let Some(d) = callee.payload::<PyMethodDescriptor>() {
        // SAFETY: a register of the frame.
        if given == 0 || d.method().binding != Binding::Instance || !d.accepts(t, unsafe { (*frame).reg(given_first) }) {
            return None;
        }
        (entry, arity) = d.entry();
        (first, argc) = (given_first, given);
    } else {
        return None;
    }
    let left_out = arity.left_out(argc)?;
    // SAFETY: markers for what was left out fit in the window, whose registers behind the arguments are
    // free temporaries; a Value is a transparent word.
    unsafe {
        let end = first + argc;
        if left_out != 0 {
            if end + left_out > (*frame).code().register_count {
                return None;
            }
            clear_range((*frame).regs.add(end), (*frame).regs.add(end + left_out));
        }
        let all = std::slice::from_raw_parts((*frame).regs.add(first).cast::<Value>(), argc + left_out);
        Some(entry(t, all))
    }
}

/// Calls what is no Python function. The arguments stay in their registers meanwhile.
///
/// # Safety
/// As [`native`].
#[inline(never)]
pub(crate) unsafe fn foreign(t: Attached<'_>, frame: *mut Frame, callee: &Value, first: usize, argc: usize) -> PyResult {
    // SAFETY: as the caller says; a Value is a transparent word.
    let args = unsafe { std::slice::from_raw_parts((*frame).regs.add(first).cast::<Value>(), argc) };
    if let Some(d) = callee.payload::<PyMethodDescriptor>()
        && let [receiver, ..] = args
        && d.method().binding == Binding::Instance
        && d.accepts(t, receiver)
    {
        return d.call(t, Args::new(args));
    }
    if super::exception::is_plain_class(t, callee) {
        return exception::plain(t, callee, args);
    }
    protocol::call(t, callee, args)
}

pub(super) fn cold(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word) -> PyResult<()> {
    match op {
        Op::MakeFunction => make_function(t, frame, w),
        _ => {
            let f = match dict::get_by_name(t, frame.builtins(), "__build_class__") {
                Some(f) => f,
                None => return Err(t.raise(&orochi_objects::exception::NameError, "__build_class__ not found")),
            };
            Regs::of(frame).put(w.a(), f);
            Ok(())
        }
    }
}

/// `f(*args, **kwargs)`: enters a Python function, or calls what it is and puts the result.
///
/// # Safety
/// As the eval loop's invariants.
#[inline(never)]
pub(crate) unsafe fn enter_ex(t: Attached<'_>, frame: *mut Frame, w: Word) -> PyResult<Option<*mut Frame>> {
    // SAFETY: the frame runs.
    let regs = Regs::of(unsafe { &*frame });
    let mut callee = regs.take(w.b());
    let positional = regs.take(w.b() + 1).counted();
    let mut keywords = if w.flags() & EXTRA != 0 { regs.take(w.b() + 2).counted() } else { Value::unbound() };
    if !keywords.is_unbound() && !dict::TYPE.is_exact(t, &keywords) {
        // Asking a mapping for its items runs Python.
        callee = callee.counted();
        let merged = dict::new(t);
        super::build::merge_keywords(t, &merged, &keywords, &callee)?;
        keywords = merged;
    }
    if !tuple::TYPE.is_exact(t, &positional) && !list::TYPE.is_exact(t, &positional) {
        callee = callee.counted();
    }
    let mut all: SmallVec<[Value; 8]> = SmallVec::new();
    if let Some((function, this)) = open_method(&callee) {
        all.push(this.counted());
        callee = function;
    }
    // Of a bound builtin method the object goes in front, and the body is called at once.
    let native = callee.payload::<PyNativeFunction>().map(PyNativeFunction::receiver_register).filter(|this| !this.is_unbound());
    let is_native_method = native.is_some();
    all.extend(native.map(Value::counted));
    match tuple::as_tuple(&positional) {
        Some(p) => all.extend(p.items().iter().cloned()),
        // Arguments that were put together for this call, mostly.
        None if list::TYPE.is_exact(t, &positional) => {
            if let Some(l) = list::as_list(&positional) {
                all.extend((0..l.len()).map_while(|i| l.get(i)));
            }
        }
        None => match protocol::collect(t, &positional) {
            Ok(v) => all.extend(v),
            Err(e) => {
                if !protocol::is_iterable(t, &positional) {
                    drop(t.catch(e, &orochi_objects::exception::TypeError)?);
                    return Err(t.type_error(format!(
                        "{} argument after * must be an iterable, not {}",
                        display_callee(t, &callee),
                        type_name(t, &positional)
                    )));
                }
                return Err(e);
            }
        },
    }
    let mut names: SmallVec<[Value; 8]> = SmallVec::new();
    if !keywords.is_unbound() {
        let mut at = 0;
        while let Some((k, v)) = dict::next_item(&keywords, &mut at) {
            if !str::is_str(&k) {
                return Err(t.type_error("keywords must be strings"));
            }
            names.push(k);
            all.push(v);
        }
    }
    let mut instance = None;
    let fits = |f: &&PyFunction| f.code().parameters <= MOST_IN_PLACE;
    let few = all.len() < MOST_IN_PLACE;
    if let Some(ty) = callee.payload::<PyType>()
        && let Some(init) = plain_init(t, &callee, ty)
        && few
        && as_function(init.bits()).filter(fits).is_some()
    {
        let made = plain_instance(t, &callee, ty, &all[..all.len() - names.len()])?;
        all.insert(0, made.clone());
        instance = Some(made);
        callee = init;
    }
    let Some(f) = as_function(callee.bits()).filter(fits).filter(|_| few) else {
        let callee = callee.counted();
        let args = Args::with_names(&all, &names);
        let r = match callee.payload::<PyNativeFunction>().filter(|_| is_native_method) {
            Some(native) => {
                t.check_stack("")?;
                native.call(t, args)?
            }
            None => protocol::call_args(t, &callee, args)?,
        };
        regs.put(w.a(), r);
        return Ok(None);
    };
    // SAFETY: above everything in use; `enter_at` looks whether the whole window fits.
    unsafe {
        let top = (*frame).top;
        if !eval_thread(t).fits(top, all.len()) {
            return Err(too_deep(t));
        }
        let argc = all.len();
        for (i, v) in all.into_iter().enumerate() {
            top.add(i).write(v.into_bits());
        }
        let f: *const PyFunction = f;
        let next = enter_at(t, frame, &*f, callee.into_bits(), top, argc, w.a(), &names)?;
        if let (Some(next), Some(instance)) = (next, instance) {
            (*next).entry = Entry::Init;
            (*next).extra = instance.into_bits();
        }
        Ok(next)
    }
}

/// Calls `callee` with the arguments behind the first `skip`: enters a Python function, or calls what it is and
/// puts the result.
///
/// # Safety
/// As the eval loop's invariants.
#[inline]
pub(crate) unsafe fn enter_or_call<const N: usize>(
    t: Attached<'_>,
    frame: *mut Frame,
    callee: Value,
    args: [Value; N],
    skip: usize,
    dst: u16,
) -> PyResult<Option<*mut Frame>> {
    // SAFETY: above everything in use; `enter_at` looks whether the whole window fits.
    unsafe {
        let top = (*frame).top;
        let Some(f) = as_function(callee.bits()).filter(|_| eval_thread(t).fits(top, N)) else {
            let r = protocol::call(t, &callee.counted(), &args[skip..])?;
            Regs::of(&*frame).put(dst, r);
            return Ok(None);
        };
        let f: *const PyFunction = f;
        for (i, v) in args.into_iter().skip(skip).enumerate() {
            top.add(i).write(v.into_bits());
        }
        enter_at(t, frame, &*f, callee.into_bits(), top, N - skip, dst, &[])
    }
}

/// Enters the `__next__` of an iterator of a program's class, for a loop: `None` if it is no plain Python function.
///
/// # Safety
/// As the eval loop's invariants.
pub(super) unsafe fn enter_next(t: Attached<'_>, frame: *mut Frame, iterator: &Value, dst: u16) -> PyResult<Option<*mut Frame>> {
    // SAFETY: the caller's invariants.
    unsafe {
        let Some(found) = type_::lookup_resolved(t, class_of(t, iterator), &t.names().__next__) else { return Ok(None) };
        let Some(f) = as_function(found.bits()).filter(|f| f.code().simple_args == 1) else { return Ok(None) };
        let top = (*frame).top;
        if !eval_thread(t).fits(top, 1) {
            return Err(too_deep(t));
        }
        top.write(iterator.clone_register().into_bits());
        let next = enter_at(t, frame, f, found.into_bits(), top, 1, dst, &[])?;
        if let Some(next) = next {
            (*next).entry = Entry::Next;
        }
        Ok(next)
    }
}

/// Whether a value is a Python function of one argument, no generator.
pub(super) fn takes_one(v: &Value) -> bool {
    as_function(v.bits()).is_some_and(|f| f.code().simple_args == 1)
}

/// Enters the function that a `map` object calls, for a loop over it.
///
/// # Safety
/// As the eval loop's invariants; [`takes_one`] holds for the function.
pub(super) unsafe fn enter_mapped(t: Attached<'_>, frame: *mut Frame, function: &Value, v: Value, dst: u16) -> PyResult<Option<*mut Frame>> {
    // SAFETY: the caller's invariants.
    unsafe {
        let top = (*frame).top;
        if !eval_thread(t).fits(top, 1) {
            return Err(too_deep(t));
        }
        let Some(f) = as_function(function.bits()) else { return Ok(None) };
        top.write(v.into_bits());
        let next = enter_at(t, frame, f, function.clone_register().into_bits(), top, 1, dst, &[])?;
        if let Some(next) = next {
            (*next).entry = Entry::Next;
        }
        Ok(next)
    }
}

/// Enters the getter of a property or a descriptor's `__get__`, which the inline cache remembers: `None` if the
/// cache does not hold.
///
/// # Safety
/// As the eval loop's invariants.
#[inline(never)]
pub(crate) unsafe fn enter_property(t: Attached<'_>, frame: *mut Frame, w: Word, cache: u64) -> PyResult<Option<*mut Frame>> {
    // SAFETY: the caller's invariants.
    unsafe {
        let regs = Regs::of(&*frame);
        let getter = super::attr::cached_getter(t, regs.view(w.b()).bits(), cache, &*frame, w.c());
        let (getter, descriptor) = match getter {
            Some(super::attr::Getter::Property(getter)) => (getter, None),
            Some(super::attr::Getter::Descriptor(getter, descriptor)) => (getter, Some(descriptor)),
            None => return Ok(None),
        };
        let Some(f) = as_function(getter.bits()) else { return Ok(None) };
        if f.code().is_generator_like() {
            return Ok(None);
        }
        let top = (*frame).top;
        if !eval_thread(t).fits(top, 3) {
            return Err(too_deep(t));
        }
        let (at, argc) = if let Some(descriptor) = descriptor {
            top.write(descriptor.into_bits());
            top.add(2).write(type_::type_of(t, regs.view(w.b())).clone_register().into_bits());
            (1, 3)
        } else {
            (0, 1)
        };
        let this = if w.flags() & TAKE_B != 0 { regs.take(w.b()) } else { regs.view(w.b()).clone_register() };
        top.add(at).write(this.into_bits());
        enter_at(t, frame, f, getter.into_bits(), top, argc, w.a(), &[])
    }
}

/// Arguments beyond which a call with `*` goes the general way.
const MOST_IN_PLACE: usize = 1000;

/// How messages about a call name the callee.
pub(super) fn display_callee(t: Attached<'_>, callee: &Value) -> String {
    let qualname = match orochi_objects::attr::find(t, callee, &t.names().__qualname__) {
        Ok(Some(q)) if str::is_str(&q) => str::display(&q),
        Ok(_) => return protocol::display_repr(t, callee),
        Err(e) => {
            drop(t.take_raised(e));
            return protocol::display_repr(t, callee);
        }
    };
    let module = match orochi_objects::attr::find(t, callee, &t.names().__module__) {
        Ok(Some(m)) if str::is_str(&m) => str::display(&m),
        Ok(_) => String::new(),
        Err(e) => {
            drop(t.take_raised(e));
            String::new()
        }
    };
    if module.is_empty() || module == "builtins" { format!("{qualname}()") } else { format!("{module}.{qualname}()") }
}

fn make_function(t: Attached<'_>, frame: &mut Frame, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    let code_value = frame.code().constants[w.c() as usize].clone();
    let flags = w.flags();
    let mut at = w.b();
    let mut part = |bit: u8| {
        if flags & bit == 0 {
            return None;
        }
        at += 1;
        Some(regs.take(at - 1).counted())
    };
    let (defaults, kwdefaults) = (part(FUNCTION_DEFAULTS), part(FUNCTION_KWDEFAULTS));
    let (annotate, closure) = (part(FUNCTION_ANNOTATE), part(FUNCTION_CLOSURE));
    let annotations = part(FUNCTION_ANNOTATIONS);
    let f = function::new(t, &code_value, frame.globals(), closure.unwrap_or(Value::none()));
    let body = function::body(&f);
    if let Some(d) = defaults {
        body.defaults.set(d);
    }
    if let Some(d) = kwdefaults {
        body.kwdefaults.set(d);
    }
    if let Some(a) = annotate {
        body.annotate.set(a);
    }
    if let Some(a) = annotations {
        // Names and texts by turns.
        let pairs = tuple::items(&a).chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
        body.annotations.set(dict::from_items(t, pairs)?);
    }
    regs.put(w.a(), f);
    Ok(())
}
