//! Calls: choosing the fast way for each kind of callable.

use orochi_bytecode::Op;
use orochi_bytecode::instructions::{FUNCTION_ANNOTATE, FUNCTION_CLOSURE, FUNCTION_DEFAULTS, FUNCTION_KWDEFAULTS};
use orochi_bytecode::word::{EXTRA, Word};
use orochi_heap::value::{TAG_DEFERRED, UNBOUND};
use orochi_heap::{Header, Value};
use orochi_objects::native::{PyMethod, PyMethodDescriptor, PyNativeFunction};
use orochi_objects::slots::{InitFn, NewFn};
use orochi_objects::spec::{Binding, flags};
use orochi_objects::type_::{self, PyType, class_of, type_name};
use orochi_objects::{Args, Attached, Payload, PyResult, Raised, dict, object, protocol, str, tuple};

use super::Regs;
use crate::call::{bind_slow, push, too_deep};
use crate::frame::{Entry, Frame, clear_range, eval_thread, release_range};
use crate::function::{self, PyFunction};

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
        let code = f.code();
        let thread = eval_thread(t);
        let mut regs = caller.regs.add(first);
        if !caller.generator.is_null() {
            // A generator's own registers have no room above: the arguments move to the thread's stack.
            let top = caller.top;
            if !thread.fits(top, argc) {
                return Err(too_deep(t));
            }
            for i in 0..argc {
                *top.add(i) = regs.add(i).replace(UNBOUND);
            }
            regs = top;
        }
        if !thread.fits(regs, code.register_count.max(argc) + 8) || thread.at_limit() {
            release_range(regs, regs.add(argc));
            return Err(too_deep(t));
        }
        let mut given = argc;
        if argc != code.simple_args || !names.is_empty() {
            if names.is_empty() && fill_defaults(f, regs, argc) {
                given = code.simple_args;
            } else if let Err(e) = bind_slow(t, f, regs, argc, names) {
                return Err(e);
            } else {
                given = code.code.parameter_count();
            }
            if code.is_generator_like() {
                let function = Value::borrow_bits(&*caller.regs.add(base)).clone();
                let g = crate::generator::make(t, &function, regs);
                let callee = caller.regs.add(base).replace(UNBOUND);
                drop(Value::from_bits(callee));
                Regs::of(caller).put(dst, g);
                return Ok(None);
            }
        }
        let function = caller.regs.add(base).replace(UNBOUND);
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
    let wanted = f.code().simple_args;
    if wanted == usize::MAX || argc > wanted {
        return false;
    }
    let defaults = f.defaults.load();
    let values = tuple::items(&defaults);
    let missing = wanted - argc;
    if missing > values.len() {
        return false;
    }
    for (i, v) in values[values.len() - missing..].iter().enumerate() {
        // SAFETY: as the caller says.
        unsafe { regs.add(argc + i).write(v.clone().into_bits()) };
    }
    true
}

/// A call with named arguments: enters a Python function, or calls what it is and puts the result.
///
/// # Safety
/// As the eval loop's invariants.
pub(crate) unsafe fn enter_kw(t: Attached<'_>, frame: *mut Frame, w: Word, names: usize) -> PyResult<Option<*mut Frame>> {
    // SAFETY: the caller's invariants.
    unsafe {
        let caller = &mut *frame;
        let base = w.b() as usize;
        let callee = *caller.regs.add(base);
        let Some(f) = as_function(callee).filter(|f| !f.code().is_generator_like()) else {
            call_kw(t, caller, w, names)?;
            return Ok(None);
        };
        let with_self = w.flags() & EXTRA == 0 && *caller.regs.add(base + 1) != UNBOUND;
        let names = &caller.code().constants[names];
        let (first, argc) = if with_self { (base + 1, w.c() as usize + 1) } else { (base + 2, w.c() as usize) };
        enter_function(t, frame, f, base, first, argc, w.a(), tuple::items(names))
    }
}

/// Enters `__init__` of a class that makes plain instances: `None` if the class is not of that sort.
///
/// # Safety
/// As the eval loop's invariants; the class is in register `base`, `base + 1` is free, the arguments
/// begin at `base + 2`.
pub(crate) unsafe fn enter_class(t: Attached<'_>, frame: *mut Frame, base: usize, argc: usize, dst: u16) -> PyResult<Option<*mut Frame>> {
    // SAFETY: the caller's invariants.
    unsafe {
        let caller = &mut *frame;
        let class = Value::borrow_bits(&*caller.regs.add(base));
        let Some(ty) = class.payload::<PyType>() else { return Ok(None) };
        if ty.spec.is_some() || ty.has(flags::ABSTRACT) || !class_of(t, class).spec.is_some_and(|s| std::ptr::eq(s, &type_::TYPE)) {
            return Ok(None);
        }
        let plain_new = ty.slots.new_().is_some_and(|f| f as usize == object::object_new as NewFn as usize);
        let python_init = ty.slots.init().is_some_and(|f| f as usize == orochi_objects::dunder::python_init() as InitFn as usize);
        if !plain_new || !python_init {
            return Ok(None);
        }
        let Some(init) = type_::lookup_resolved(t, ty, &t.names().__init__) else { return Ok(None) };
        let Some(f) = as_function(init.bits()) else { return Ok(None) };
        if f.code().is_generator_like() {
            return Ok(None);
        }
        let instance = type_::alloc_instance(t, class, object::PyObject)?;
        *caller.regs.add(base + 1) = instance.clone().into_bits();
        let old = caller.regs.add(base).replace(init.into_bits());
        drop(Value::from_bits(old));
        let next = enter_function(t, frame, f, base, base + 1, argc + 1, dst, &[])?;
        if let Some(next) = next {
            (*next).entry = Entry::Init;
            (*next).extra = instance.into_bits();
        }
        Ok(next)
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
    protocol::call(t, callee, args)
}

pub(super) fn cold(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word) -> PyResult<()> {
    match op {
        Op::CallEx => call_ex(t, frame, w),
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

/// A call with named arguments.
pub(super) fn call_kw(t: Attached<'_>, frame: &mut Frame, w: Word, names: usize) -> PyResult<()> {
    t.safepoint()?;
    let regs = Regs::of(frame);
    let base = w.b();
    let names = frame.code().constants[names].clone();
    let callee = regs.take(base).counted();
    let this = if w.flags() & EXTRA != 0 { Value::unbound() } else { regs.take(base + 1).counted() };
    let mut args = Vec::with_capacity(w.c() as usize + 1);
    if !this.is_unbound() {
        args.push(this);
    }
    args.extend(regs.take_run(base + 2, w.c() as usize));
    let r = protocol::call_args(t, &callee, Args::with_names(&args, tuple::items(&names)))?;
    regs.put(w.a(), r);
    Ok(())
}

/// `f(*args, **kwargs)`.
fn call_ex(t: Attached<'_>, frame: &mut Frame, w: Word) -> PyResult<()> {
    t.safepoint()?;
    let regs = Regs::of(frame);
    let callee = regs.take(w.b()).counted();
    let positional = regs.take(w.b() + 1).counted();
    let keywords = if w.flags() & EXTRA != 0 { regs.take(w.b() + 2).counted() } else { Value::unbound() };
    let mut all = match tuple::as_tuple(&positional) {
        Some(p) => p.items().to_vec(),
        None => match protocol::collect(t, &positional) {
            Ok(v) => v,
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
    };
    let mut names = Vec::new();
    if !keywords.is_unbound() {
        for (k, v) in dict::items(&keywords) {
            if !str::is_str(&k) {
                return Err(t.type_error("keywords must be strings"));
            }
            names.push(k);
            all.push(v);
        }
    }
    let r = protocol::call_args(t, &callee, Args::with_names(&all, &names))?;
    regs.put(w.a(), r);
    Ok(())
}

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
    regs.put(w.a(), f);
    Ok(())
}
