//! `atexit`: what an interpreter calls when it ends, last registered first.

use orochi_objects::{Args, Attached, Method, ModuleSpec, PyResult, Value, dict, protocol, tuple};
use orochi_runtime::Locked;

/// A registered call.
#[derive(Clone)]
struct Callback {
    function: Value,
    args: Value,
    keywords: Value,
}

/// The registered calls of an interpreter; `None` where one was unregistered.
#[derive(Default)]
struct Callbacks(Locked<Vec<Option<Callback>>>);

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("atexit")
    .doc(
        "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public \
         functions, register and unregister, are defined.\n",
    )
    .functions(&[
        Method::new("register", "(func, /, *args, **kwargs)", register, "Register a function to be executed upon normal program termination."),
        Method::new("unregister", "(func, /)", unregister, "Unregister an exit function which was previously registered using atexit.register."),
        Method::new("_clear", "()", clear, "Clear the list of previously registered exit functions."),
        Method::new("_run_exitfuncs", "()", |t, _| { run(t); Ok(Value::none()) }, "Run all registered exit functions."),
        Method::new("_ncallbacks", "()", count, "Return the number of registered exit functions."),
    ]);

fn register(t: Attached<'_>, a: &[Value]) -> PyResult {
    if !protocol::is_callable(t, &a[0]) {
        return Err(t.type_error("the first argument must be callable"));
    }
    let new = Callback { function: a[0].clone(), args: a[1].clone(), keywords: a[2].clone() };
    t.interpreter().state::<Callbacks>().0.lock().push(Some(new));
    Ok(a[0].clone())
}

fn unregister(t: Attached<'_>, a: &[Value]) -> PyResult {
    let state = t.interpreter().state::<Callbacks>();
    let mut i = 0;
    loop {
        // Comparing runs Python code, which may change the list.
        let Some(entry) = state.0.lock().get(i).cloned() else { return Ok(Value::none()) };
        if let Some(entry) = entry
            && protocol::equal_or_same(t, &entry.function, &a[0])?
        {
            let gone = state.0.lock().get_mut(i).and_then(Option::take);
            drop(gone);
        }
        i += 1;
    }
}

fn clear(t: Attached<'_>, _: &[Value]) -> PyResult {
    let gone = std::mem::take(&mut *t.interpreter().state::<Callbacks>().0.lock());
    drop(gone);
    Ok(Value::none())
}

fn count(t: Attached<'_>, _: &[Value]) -> PyResult {
    let n = t.interpreter().state::<Callbacks>().0.lock().iter().flatten().count();
    Ok(orochi_objects::int::from_usize(t, n))
}

/// Runs all registered calls and forgets them. What they raise is reported as unraisable.
pub fn run(t: Attached<'_>) {
    let state = t.interpreter().state::<Callbacks>();
    loop {
        let Some(next) = state.0.lock().pop() else { return };
        let Some(Callback { function, args, keywords }) = next else { continue };
        let mut all = tuple::items(&args).to_vec();
        let mut names = Vec::new();
        for (name, value) in dict::items(&keywords) {
            names.push(name);
            all.push(value);
        }
        if let Err(e) = protocol::call_args(t, &function, Args::with_names(&all, &names)) {
            (t.runtime().upward.unraisable)(t, e, "Exception ignored in atexit callback", &function);
        }
    }
}
