//! Calls of Python functions: parameters, frames, and the way in from native code.
//!
//! The eval loop calls functions without leaving itself: it lays the arguments out and pushes a frame
//! ([`push`]). Native code comes in by [`function_call`], which does the same and runs a new loop.
//! [`bind_slow`] is the full binding of arguments to parameters, in the order and with the messages of
//! CPython.

pub mod each;

use std::sync::atomic::Ordering::*;

use orochi_bytecode::code::flags as code_flags;
use orochi_heap::Value;
use orochi_heap::value::UNBOUND;
use orochi_objects::{Args, Attached, PyResult, Raised, dict, exception, str, tuple};
use smallvec::SmallVec;

use crate::code::PyCode;
use crate::frame::{Entry, Frame, clear_range, eval_thread, release_range};
use crate::function::{self, PyFunction};

/// What a frame runs: the words that it holds.
pub struct Activation {
    /// The code's body.
    pub code: *const PyCode,
    /// The function, or unbound.
    pub function: Value,
    /// The code object.
    pub code_value: Value,
    /// The globals dict.
    pub globals: Value,
    /// The builtins dict.
    pub builtins: Value,
    /// The namespace of module and class code, or unbound.
    pub locals: Value,
}

/// An uncounted register word for an object that something else in the frame keeps alive.
#[inline(always)]
pub fn borrowed(v: &Value) -> u64 {
    // A deferred tag on any object means "not counted by this word"; the collector only takes words
    // of *deferred* objects for roots, and these are reached through the function anyway.
    v.bits() | orochi_heap::value::TAG_DEFERRED
}

/// Pushes the frame of a function whose arguments lie in place at `regs`: `given` registers are
/// filled; the rest of the window is cleared. `function` is the function's register word, which the
/// frame takes over.
///
/// # Safety
/// `regs..regs + given` are valid owned words at the top of what is in use; the function's code has
/// at least `given` locals; `eval_thread(t).fits` holds for the window.
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "what a frame is made of, in registers")]
pub unsafe fn push(
    t: Attached<'_>,
    f: &PyFunction,
    function: u64,
    regs: *mut u64,
    given: usize,
    previous: *mut Frame,
    entry: Entry,
    dst: u16,
) -> *mut Frame {
    let thread = eval_thread(t);
    let frame = thread.push_frame();
    if frame.is_null() {
        return frame;
    }
    let code = f.code();
    // SAFETY: the place is free; the window is ours.
    unsafe {
        let end = regs.add(code.register_count);
        clear_range(regs.add(given), end);
        let free = code.free_registers.clone();
        if !free.is_empty() {
            for (i, cell) in free.zip(tuple::items(&f.closure)) {
                *regs.add(i) = cell.clone_register().into_bits();
            }
        }
        frame.write(Frame {
            regs,
            pc: code.words.as_ptr(),
            code,
            previous,
            top: end,
            function,
            code_value: UNBOUND,
            globals: borrowed(&f.globals),
            builtins: borrowed(&f.builtins),
            locals: UNBOUND,
            extra: UNBOUND,
            object: UNBOUND,
            generator: std::ptr::null(),
            dst,
            entry,
        });
    }
    frame
}

/// The error for too many nested calls.
#[cold]
pub fn too_deep(t: Attached<'_>) -> Raised {
    t.raise(&exception::RecursionError, "maximum recursion depth exceeded")
}

/// The slot `Call` of functions: native code calls Python.
pub fn function_call(t: Attached<'_>, callee: &Value, args: Args<'_>) -> PyResult {
    let f = function::body(callee);
    let code = f.code();
    let thread = eval_thread(t);
    let regs = thread.top();
    if !thread.fits(regs, code.register_count.max(args.all().len()) + 8) {
        return Err(too_deep(t));
    }
    let given = args.all().len();
    // SAFETY: above everything in use, and it fits; the words are new references as registers hold them.
    unsafe {
        for (i, v) in args.all().iter().enumerate() {
            *regs.add(i) = v.clone_register().into_bits();
        }
        if args.names().is_empty() && given == code.simple_args {
            let frame = push(t, f, callee.clone_register().into_bits(), regs, given, thread.current(), Entry::Native, 0);
            if frame.is_null() {
                release_range(regs, regs.add(given));
                return Err(too_deep(t));
            }
            return crate::eval_loop::run(t, frame);
        }
        bind_slow(t, f, regs, given, args.names())?;
        if code.is_generator_like() {
            return Ok(crate::generator::make(t, callee.clone(), regs));
        }
        let frame = push(t, f, callee.clone_register().into_bits(), regs, code.parameters, thread.current(), Entry::Native, 0);
        if frame.is_null() {
            release_range(regs, regs.add(code.parameters));
            return Err(too_deep(t));
        }
        crate::eval_loop::run(t, frame)
    }
}

/// Runs code that is no function: a module, `exec`, a class body. `closure`: cells for its free variables.
pub fn run_code(t: Attached<'_>, a: Activation, closure: &[Value]) -> PyResult {
    let thread = eval_thread(t);
    // SAFETY: `code_value` keeps it alive.
    let code = unsafe { &*a.code };
    let regs = thread.top();
    if !thread.fits(regs, code.register_count) {
        return Err(too_deep(t));
    }
    let frame = thread.push_frame();
    if frame.is_null() {
        return Err(too_deep(t));
    }
    // SAFETY: the place is free and the window fits above everything in use.
    unsafe {
        let end = regs.add(code.register_count);
        clear_range(regs, end);
        for (i, cell) in code.free_registers.clone().zip(closure) {
            *regs.add(i) = cell.clone().into_bits();
        }
        frame.write(Frame {
            regs,
            pc: code.words.as_ptr(),
            code,
            previous: thread.current(),
            top: end,
            function: a.function.into_bits(),
            code_value: a.code_value.into_bits(),
            globals: a.globals.into_bits(),
            builtins: a.builtins.into_bits(),
            locals: a.locals.into_bits(),
            extra: UNBOUND,
            object: UNBOUND,
            generator: std::ptr::null(),
            dst: 0,
            entry: Entry::Native,
        });
        if code.is_generator_like() {
            // Top-level await: the frame becomes a coroutine.
            let v = crate::generator::make_from_frame(t, frame);
            thread.pop_frame();
            return Ok(v);
        }
        crate::eval_loop::run(t, frame)
    }
}

/// Binds `given` values at `regs` (the last ones named by `names`) to the parameters of `f`: afterwards
/// the first `parameter_count` registers hold one value for each parameter. On an error all values
/// are released.
///
/// # Safety
/// `regs..regs + given` are valid owned words at the top of what is in use, with room for the
/// parameters above.
pub unsafe fn bind_slow(t: Attached<'_>, f: &PyFunction, regs: *mut u64, given: usize, names: &[Value]) -> PyResult<()> {
    let count = f.code().parameters;
    // SAFETY: as the caller says. `bind` leaves valid words in all parameters' registers, whatever happens.
    unsafe {
        // What lies above the values is free, and holds no reference.
        clear_range(regs.add(given), regs.add(count.max(given)));
        if !names.is_empty() {
            // Names may be compared by Python, and what it runs may collect: no frame shows these words.
            for i in 0..given {
                let word = regs.add(i);
                word.write(Value::from_bits(word.read()).counted().into_bits());
            }
        }
        eval_thread(t).reserving(regs.add(count.max(given)), || {
            let bound = bind(t, f, regs, given, names);
            if bound.is_err() {
                release_range(regs, regs.add(count));
            }
            bound
        })
    }
}

/// # Safety
/// As [`bind_slow`]; the parameters' registers above `given` are unbound.
unsafe fn bind(t: Attached<'_>, f: &PyFunction, regs: *mut u64, given: usize, names: &[Value]) -> PyResult<()> {
    let code = f.code();
    let c = &code.code;
    let (arg_count, posonly, kwonly) = (c.arg_count as usize, c.posonly_count as usize, c.kwonly_count as usize);
    let has_varargs = code.flags & code_flags::VARARGS != 0;
    let has_varkw = code.flags & code_flags::VARKEYWORDS != 0;
    let total = arg_count + kwonly;
    // SAFETY: register `i` is ours, the caller says; its word moves out whole.
    let take = |i: usize| unsafe { Value::from_bits(regs.add(i).replace(UNBOUND)) };
    // SAFETY: as above; the old word is released after it is replaced.
    let put = |i: usize, v: Value| drop(unsafe { Value::from_bits(regs.add(i).replace(v.into_bits())) });
    // SAFETY: as above.
    let is_unbound = |i: usize| unsafe { *regs.add(i) == UNBOUND };

    let positional = given - names.len();
    let mut keyword_values: SmallVec<[Value; 8]> = (positional..given).map(take).collect();
    // Values beyond the positional parameters: the registers there belong to other parameters.
    let surplus = positional.saturating_sub(arg_count);
    let mut rest: SmallVec<[Value; 8]> = SmallVec::new();
    if has_varargs {
        // SAFETY: the surplus lies behind the positional parameters.
        let args = unsafe { tuple::from_words(t, regs.add(arg_count.min(positional)), surplus) }?;
        put(total, args);
    } else {
        rest.extend((0..surplus).map(|i| take(arg_count + i)));
    }
    let keywords = if has_varkw {
        let d = dict::new(t);
        put(total + usize::from(has_varargs), d.clone());
        Some(d)
    } else {
        None
    };
    for (name, value) in names.iter().zip(keyword_values.drain(..)) {
        if !str::is_str(name) {
            return Err(t.type_error(format!("{}() keywords must be strings", str::display(&f.qualname.load()))));
        }
        let parameters = &code.local_names[..total];
        // Names in code are interned: most are found by identity.
        let found = parameters
            .iter()
            .position(|p| p.is(name))
            .or_else(|| parameters.iter().position(|p| str::same_text(p, name)));
        if let Some(i) = found
            && i >= posonly
        {
            if !is_unbound(i) {
                return Err(t.type_error(format!(
                    "{}() got multiple values for argument '{}'",
                    str::display(&f.qualname.load()),
                    str::display(name)
                )));
            }
            put(i, value);
            continue;
        }
        match &keywords {
            Some(d) => dict::set(t, d, name, value)?,
            None => return Err(unexpected_keyword(t, f, name, names, posonly)),
        }
    }
    if !rest.is_empty() {
        let kwonly_given = (arg_count..total).filter(|&i| !is_unbound(i)).count();
        return Err(too_many_positional(t, f, positional, kwonly_given));
    }
    if positional < arg_count {
        let defaults = f.defaults.load();
        let default_values = tuple::items(&defaults);
        let first_default = arg_count.saturating_sub(default_values.len());
        if (positional..first_default).any(is_unbound) {
            let missing: Vec<usize> = (positional..first_default).filter(|&i| is_unbound(i)).collect();
            return Err(missing_arguments(t, f, &missing, "positional"));
        }
        for i in first_default.max(positional)..arg_count {
            if is_unbound(i) {
                put(i, default_values[i - first_default].clone_register());
            }
        }
    }
    if kwonly > 0 {
        let kwdefaults = f.kwdefaults.load();
        let mut missing = Vec::new();
        for i in arg_count..total {
            if !is_unbound(i) {
                continue;
            }
            let default = if kwdefaults.is_none() { None } else { dict::get(t, &kwdefaults, &code.local_names[i])? };
            match default {
                Some(v) => put(i, v),
                None => missing.push(i),
            }
        }
        if !missing.is_empty() {
            return Err(missing_arguments(t, f, &missing, "keyword-only"));
        }
    }
    Ok(())
}

#[cold]
fn unexpected_keyword(t: Attached<'_>, f: &PyFunction, name: &Value, names: &[Value], posonly: usize) -> Raised {
    let code = f.code();
    let function = str::display(&f.qualname.load());
    let as_keywords: Vec<String> = code.local_names[..posonly]
        .iter()
        .filter(|p| names.iter().any(|n| str::same_text(p, n)))
        .map(str::display)
        .collect();
    if !as_keywords.is_empty() {
        return t.type_error(format!(
            "{function}() got some positional-only arguments passed as keyword arguments: '{}'",
            as_keywords.join(", ")
        ));
    }
    t.type_error(format!("{function}() got an unexpected keyword argument '{}'", str::display(name)))
}

#[cold]
fn too_many_positional(t: Attached<'_>, f: &PyFunction, given: usize, kwonly_given: usize) -> Raised {
    let code = f.code();
    let function = str::display(&f.qualname.load());
    let arg_count = code.code.arg_count as usize;
    let defaults = f.defaults.load();
    let optional = tuple::items(&defaults).len();
    let s = |n: usize| if n == 1 { "" } else { "s" };
    let takes = if optional > 0 {
        format!("from {} to {arg_count}", arg_count.saturating_sub(optional))
    } else {
        arg_count.to_string()
    };
    let plural = if optional > 0 { "s" } else { s(arg_count) };
    let extra = if kwonly_given > 0 {
        format!(
            " positional argument{} (and {kwonly_given} keyword-only argument{})",
            s(given),
            s(kwonly_given)
        )
    } else {
        String::new()
    };
    let were = if given == 1 && kwonly_given == 0 { "was" } else { "were" };
    t.type_error(format!("{function}() takes {takes} positional argument{plural} but {given}{extra} {were} given"))
}

#[cold]
fn missing_arguments(t: Attached<'_>, f: &PyFunction, missing: &[usize], kind: &str) -> Raised {
    let code = f.code();
    let names: Vec<String> = missing.iter().map(|&i| format!("'{}'", str::display(&code.local_names[i]))).collect();
    let list = match names.as_slice() {
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [head @ .., last] => format!("{}, and {last}", head.join(", ")),
        [] => String::new(),
    };
    let s = if names.len() == 1 { "" } else { "s" };
    t.type_error(format!(
        "{}() missing {} required {kind} argument{s}: {list}",
        str::display(&f.qualname.load()),
        names.len()
    ))
}

/// Sets the frame that runs.
#[inline(always)]
pub fn set_current(t: Attached<'_>, frame: *mut Frame) {
    eval_thread(t).current.store(frame, Relaxed);
}
