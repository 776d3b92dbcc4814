//! Other processes: forking, starting programs, waiting.

use std::ffi::CString;

use orochi_host::process::{self, Ending, FileAction, SpawnOptions};
use orochi_host::CStringArray;
use orochi_objects::type_::type_name;
use orochi_objects::{Attached, Method, PyResult, Value, exception, int, protocol, struct_sequence, tuple};
use orochi_runtime::Locked;

use crate::arguments::{Also, Path, c_int, c_uint_wrapping, file_name, flag, list_or_tuple};
use crate::errors::{blocking, check, file_error, os_error};

struct_sequence! {
    /// `os.waitid_result`.
    pub static WAITID_RESULT = "posix.waitid_result", visible 5, flags 0,
        "waitid_result: Result from waitid.\n\nThis object may be accessed either as a tuple of\n  (si_pid, si_uid, si_signo, \
         si_status, si_code),\nor via the attributes si_pid, si_uid, and so on.\n\nSee os.waitid for more information.",
        ["si_pid": "", "si_uid": "", "si_signo": "", "si_status": "", "si_code": ""];
}

pub(super) static FUNCTIONS: &[Method] = &[
    Method::new("_exit", "(status)", |t, a| process::exit_now(c_int(t, &a[0])?), "Exit to the system with specified status, without normal exit processing."),
    Method::new("abort", "()", |_, _| process::abort(), "Abort the interpreter immediately."),
    Method::new("fork", "()", fork, "Fork a child process."),
    Method::new("forkpty", "()", forkpty, "Fork a new process with a new pseudo-terminal as controlling tty."),
    Method::new("register_at_fork", "(*, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)", register_at_fork, "Register callables to be called when forking a new process."),
    Method::new("execv", "(path, argv, /)", execv, "Execute an executable path with arguments, replacing current process."),
    Method::new("execve", "(path, argv, env)", execve, "Execute an executable path with arguments, replacing current process."),
    Method::new("posix_spawn", SPAWN, |t, a| spawn(t, a, "posix_spawn", false), "Execute the program specified by path in a new process."),
    Method::new("posix_spawnp", SPAWN, |t, a| spawn(t, a, "posix_spawnp", true), "Execute the program specified by path in a new process."),
    Method::new("system", "(command)", system, "Execute the command in a subshell."),
    Method::new("wait", "()", wait, "Wait for completion of a child process."),
    Method::new("wait3", "(options)", wait3, "Wait for completion of a child process."),
    Method::new("wait4", "(pid, options)", wait4, "Wait for completion of a specific child process."),
    Method::new("waitpid", "(pid, options, /)", waitpid, "Wait for completion of a given child process."),
    Method::new("waitid", "(idtype, id, options, /)", waitid, "Returns the result of waiting for a process or processes."),
    Method::new("waitstatus_to_exitcode", "(status)", waitstatus_to_exitcode, "Convert a wait status to an exit code."),
    Method::new("WCOREDUMP", "(status, /)", |t, a| Ok(Value::bool(process::core_dumped(c_int(t, &a[0])?))), "Return True if the process returning status was dumped to a core file."),
    Method::new("WIFCONTINUED", "(status)", |t, a| Ok(Value::bool(process::ending(c_int(t, &a[0])?) == Ending::Continued)), "Return True if a particular process was continued from a job control stop."),
    Method::new("WIFSTOPPED", "(status)", |t, a| Ok(Value::bool(matches!(process::ending(c_int(t, &a[0])?), Ending::Stopped(_)))), "Return True if the process returning status was stopped."),
    Method::new("WIFSIGNALED", "(status)", |t, a| Ok(Value::bool(matches!(process::ending(c_int(t, &a[0])?), Ending::Signaled(_)))), "Return True if the process returning status was terminated by a signal."),
    Method::new("WIFEXITED", "(status)", |t, a| Ok(Value::bool(matches!(process::ending(c_int(t, &a[0])?), Ending::Exited(_)))), "Return True if the process returning status exited via the exit() system call."),
    Method::new("WEXITSTATUS", "(status)", |t, a| Ok(Value::i32(process::exit_code_of(c_int(t, &a[0])?))), "Return the process return code from status."),
    Method::new("WTERMSIG", "(status)", |t, a| Ok(Value::i32(process::term_signal_of(c_int(t, &a[0])?))), "Return the signal that terminated the process that provided the status value."),
    Method::new("WSTOPSIG", "(status)", |t, a| Ok(Value::i32(process::stop_signal_of(c_int(t, &a[0])?))), "Return the signal that stopped the process that provided the status value."),
];

const SPAWN: &str = "(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), \
                     setsigdef=(), scheduler=None)";

// --- forking -------------------------------------------------------------------------------------

/// Callables of `register_at_fork`.
#[derive(Default)]
struct Hooks {
    before: Locked<Vec<Value>>,
    in_child: Locked<Vec<Value>>,
    in_parent: Locked<Vec<Value>>,
}

fn register_at_fork(t: Attached<'_>, a: &[Value]) -> PyResult {
    if a.iter().all(|v| v.given().is_none()) {
        return Err(t.type_error("At least one argument is required."));
    }
    for (v, name) in a.iter().zip(["before", "after_in_child", "after_in_parent"]) {
        if let Some(v) = v.given()
            && !protocol::is_callable(t, v)
        {
            return Err(t.type_error(format!("'{name}' must be callable, not {}", type_name(t, v))));
        }
    }
    let hooks = t.interpreter().state::<Hooks>();
    for (v, list) in a.iter().zip([&hooks.before, &hooks.in_child, &hooks.in_parent]) {
        if let Some(v) = v.given() {
            list.lock().push(v.clone());
        }
    }
    Ok(Value::none())
}

fn run_hooks(t: Attached<'_>, list: &Locked<Vec<Value>>, reversed: bool) {
    let mut hooks = list.lock().clone();
    if reversed {
        hooks.reverse();
    }
    for hook in hooks {
        if let Err(e) = protocol::call(t, &hook, &[]) {
            (t.runtime().upward.unraisable)(t, e, "Exception ignored in", &hook);
        }
    }
}

/// What runs before a fork, also that of `subprocess`. The import lock is held until afterwards.
pub fn before_fork(t: Attached<'_>) {
    let hooks = t.interpreter().state::<Hooks>();
    run_hooks(t, &hooks.before, true);
    orochi_objects::import_lock::acquire(t);
}
/// What runs in the parent after a fork.
pub fn after_fork_in_parent(t: Attached<'_>) {
    orochi_objects::import_lock::release(t);
    let hooks = t.interpreter().state::<Hooks>();
    run_hooks(t, &hooks.in_parent, false);
}
/// The child's runtime has one thread: forgets the others, then runs the hooks.
pub fn after_fork_in_child(t: Attached<'_>) {
    let me = std::ptr::from_ref(t.thread()) as usize;
    t.runtime().threads.lock().unwrap_or_else(|e| e.into_inner()).retain(|&address| address == me);
    orochi_objects::import_lock::release(t);
    crate::signals::after_fork(t);
    crate::_thread::after_fork(t);
    let hooks = t.interpreter().state::<Hooks>();
    run_hooks(t, &hooks.in_child, false);
}

/// Forks with the world stopped; hooks run around it. `copy` gives a child's id, 0 in the child.
fn fork_with<R>(t: Attached<'_>, name: &str, copy: impl FnOnce() -> orochi_host::Result<R>, id: impl Fn(&R) -> i32) -> PyResult<R> {
    before_fork(t);
    let guard = orochi_runtime::fork::prepare(&t.thread().base);
    let result = copy();
    if result.as_ref().is_ok_and(|r| id(r) == 0) {
        drop(guard.in_child());
        after_fork_in_child(t);
    } else {
        guard.in_parent();
        after_fork_in_parent(t);
        warn_of_threads(t, name);
    }
    check(t, result)
}

/// In the parent: a child of a process with several threads may find locks held by threads that it does not have.
fn warn_of_threads(t: Attached<'_>, name: &str) {
    if crate::_thread::threads(t).running.load(std::sync::atomic::Ordering::Relaxed) == 0 {
        return;
    }
    let pid = process::getpid();
    let message =
        format!("This process (pid={pid}) is multi-threaded, use of {name}() may lead to deadlocks in the child.");
    if let Err(e) = crate::errors::warn(t, &exception::DeprecationWarning, &message) {
        (t.runtime().upward.unraisable)(t, e, "Exception ignored in", &Value::none());
    }
}

fn refuse_at_end(t: Attached<'_>) -> PyResult<()> {
    if t.interpreter().base.is_finalizing() {
        return Err(t.raise(&exception::PythonFinalizationError, "can't fork at interpreter shutdown"));
    }
    Ok(())
}
fn fork(t: Attached<'_>, _: &[Value]) -> PyResult {
    refuse_at_end(t)?;
    Ok(Value::i32(fork_with(t, "fork", process::fork, |pid| *pid)?))
}
fn forkpty(t: Attached<'_>, _: &[Value]) -> PyResult {
    refuse_at_end(t)?;
    let (pid, fd) = fork_with(t, "forkpty", process::forkpty, |(pid, _)| *pid)?;
    Ok(tuple::new(t, vec![Value::i32(pid), Value::i32(fd)]))
}

// --- starting programs ---------------------------------------------------------------------------

/// `argv`: a list or tuple of file names, not empty, the first not empty.
fn arguments(t: Attached<'_>, v: &Value, not_list: &str, empty: &str, first_empty: &str) -> PyResult<CStringArray> {
    let Some(items) = list_or_tuple(v) else { return Err(t.type_error(not_list)) };
    if items.is_empty() {
        return Err(t.value_error(empty));
    }
    let mut names = Vec::with_capacity(items.len());
    for item in &items {
        names.push(file_name(t, item)?);
    }
    if names[0].is_empty() {
        return Err(t.value_error(first_empty));
    }
    Ok(CStringArray::new(names))
}

/// `env`: a mapping as `KEY=value` strings.
fn environment(t: Attached<'_>, v: &Value, not_mapping: &str) -> PyResult<CStringArray> {
    if orochi_objects::type_::class_of(t, v).slots.get_item().is_none() || list_or_tuple(v).is_some() {
        return Err(t.type_error(not_mapping));
    }
    let keys = protocol::call_method(t, v, &t.names().keys, &[])?;
    let values = protocol::call_method(t, v, &t.names().values, &[])?;
    let (keys, values) = (protocol::collect(t, &keys)?, protocol::collect(t, &values)?);
    if keys.len() != values.len() {
        return Err(t.value_error("environment changed size during iteration"));
    }
    let mut entries = Vec::with_capacity(keys.len());
    for (key, value) in keys.iter().zip(&values) {
        let (key, value) = (file_name(t, key)?, file_name(t, value)?);
        if key.is_empty() || key.as_bytes()[1..].contains(&b'=') {
            return Err(t.value_error("illegal environment variable name"));
        }
        let mut entry = key.into_bytes();
        entry.push(b'=');
        entry.extend_from_slice(value.as_bytes());
        entries.push(CString::new(entry).map_err(|_| t.value_error("embedded null byte"))?);
    }
    Ok(CStringArray::new(entries))
}

fn execv(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "execv", "path", Also::Nothing)?;
    let argv = arguments(
        t,
        &a[1],
        "execv() arg 2 must be a tuple or list",
        "execv() arg 2 must not be empty",
        "execv() arg 2 first element cannot be empty",
    )?;
    Err(os_error(t, process::execv(&path.name, &argv)))
}

fn execve(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "execve", "path", Also::Descriptor)?;
    let argv = arguments(
        t,
        &a[1],
        "execve: argv must be a tuple or list",
        "execve: argv must not be empty",
        "execve: argv first element cannot be empty",
    )?;
    let env = environment(t, &a[2], "execve: environment must be a mapping object")?;
    let error = match path.fd {
        Some(fd) => process::fexecve(fd, &argv, &env),
        None => process::execve(&path.name, &argv, &env),
    };
    Err(file_error(t, error, &path.object))
}

fn file_action(t: Attached<'_>, v: &Value) -> PyResult<FileAction> {
    let items = tuple::items(v);
    let Some(kind) = items.first() else {
        return Err(t.type_error("Each file_actions element must be a non-empty tuple"));
    };
    let wrong = |what: &str| t.type_error(what);
    // The numbers are those of POSIX_SPAWN_OPEN, _CLOSE, _DUP2, _CLOSEFROM.
    match (int::as_i64(kind), items) {
        (Some(0), [_, fd, path, flags, mode]) => Ok(FileAction::Open {
            fd: c_int(t, fd)?,
            path: file_name(t, path)?,
            flags: c_int(t, flags)?,
            mode: c_uint_wrapping(t, mode)?,
        }),
        (Some(0), _) => Err(wrong("A open file_action tuple must have 5 elements")),
        (Some(1), [_, fd]) => Ok(FileAction::Close { fd: c_int(t, fd)? }),
        (Some(1), _) => Err(wrong("A close file_action tuple must have 2 elements")),
        (Some(2), [_, fd, target]) => Ok(FileAction::Dup2 { fd: c_int(t, fd)?, target: c_int(t, target)? }),
        (Some(2), _) => Err(wrong("A dup2 file_action tuple must have 3 elements")),
        (Some(3), [_, low]) => Ok(FileAction::CloseFrom { low: c_int(t, low)? }),
        (Some(3), _) => Err(wrong("A closefrom file_action tuple must have 2 elements")),
        _ => Err(wrong("Unknown file_actions identifier")),
    }
}

fn spawn(t: Attached<'_>, a: &[Value], name: &str, search: bool) -> PyResult {
    let path = Path::of(t, &a[0], name, "path", Also::Nothing)?;
    let argv = arguments(
        t,
        &a[1],
        &format!("{name}: argv must be a tuple or list"),
        &format!("{name}: argv must not be empty"),
        &format!("{name}: argv first element cannot be empty"),
    )?;
    let env = if a[2].is_none() {
        let all = process::environment().into_iter().filter_map(|e| CString::new(e).ok()).collect();
        CStringArray::new(all)
    } else {
        environment(t, &a[2], &format!("{name}: environment must be a mapping object or None"))?
    };
    let mut options = SpawnOptions { search, ..SpawnOptions::default() };
    if let Some(actions) = a[3].given().filter(|v| !v.is_none()) {
        for item in protocol::collect(t, actions)? {
            options.actions.push(file_action(t, &item)?);
        }
    }
    if let Some(group) = a[4].given().filter(|v| !v.is_none()) {
        options.group = Some(c_int(t, group)?);
    }
    options.reset_ids = flag(t, &a[5], false)?;
    options.session = flag(t, &a[6], false)?;
    if let Some(mask) = a[7].given() {
        options.mask = Some(crate::_signal::signal_set(t, mask)?);
    }
    if let Some(defaults) = a[8].given() {
        options.defaults = Some(crate::_signal::signal_set(t, defaults)?);
    }
    if let Some(scheduler) = a[9].given().filter(|v| !v.is_none()) {
        if tuple::as_tuple(scheduler).is_none() {
            return Err(t.type_error(format!("{name}: scheduler must be a tuple or None")));
        }
        let [policy, param] = tuple::items(scheduler) else {
            return Err(t.type_error("A scheduler tuple must have two elements"));
        };
        let policy = if policy.is_none() { None } else { Some(c_int(t, policy)?) };
        options.scheduler = Some((policy, super::system::priority(t, param)?));
    }
    match process::posix_spawn(&path.name, &argv, &env, &options) {
        Ok(pid) => Ok(Value::i32(pid)),
        Err(e) => Err(file_error(t, e, &path.object)),
    }
}

fn system(t: Attached<'_>, a: &[Value]) -> PyResult {
    let command = file_name(t, &a[0])?;
    let status = t.detached(|| process::system(&command));
    Ok(Value::i32(check(t, status)?))
}

// --- waiting -------------------------------------------------------------------------------------

fn pair(t: Attached<'_>, (pid, status): (i32, i32)) -> PyResult {
    Ok(tuple::new(t, vec![Value::i32(pid), Value::i32(status)]))
}
fn wait(t: Attached<'_>, _: &[Value]) -> PyResult {
    pair(t, blocking(t, || process::waitpid(-1, 0))?)
}
fn waitpid(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (pid, options) = (c_int(t, &a[0])?, c_int(t, &a[1])?);
    pair(t, blocking(t, || process::waitpid(pid, options))?)
}
fn with_usage(t: Attached<'_>, pid: i32, options: i32) -> PyResult {
    let (pid, status, usage) = blocking(t, || process::wait4(pid, options))?;
    let usage = crate::resource::usage(t, &usage)?;
    Ok(tuple::new(t, vec![Value::i32(pid), Value::i32(status), usage]))
}
fn wait3(t: Attached<'_>, a: &[Value]) -> PyResult {
    with_usage(t, -1, c_int(t, &a[0])?)
}
fn wait4(t: Attached<'_>, a: &[Value]) -> PyResult {
    with_usage(t, c_int(t, &a[0])?, c_int(t, &a[1])?)
}
fn waitid(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (kind, id, options) = (c_int(t, &a[0])?, c_int(t, &a[1])?, c_int(t, &a[2])?);
    let Some(info) = blocking(t, || process::waitid(kind as u32, id as u32, options))? else { return Ok(Value::none()) };
    let n = |i: i32| Value::i32(i);
    let fields = vec![n(info.pid), int::new(t, i64::from(info.uid)), n(info.signo), n(info.status), n(info.code)];
    WAITID_RESULT.make(t, fields)
}
fn waitstatus_to_exitcode(t: Attached<'_>, a: &[Value]) -> PyResult {
    let status = c_int(t, &a[0])?;
    match process::ending(status) {
        Ending::Exited(code) => Ok(Value::i32(code)),
        Ending::Signaled(signal) if signal > 0 => Ok(Value::i32(-signal)),
        Ending::Stopped(signal) => {
            Err(t.value_error(format!("process stopped by delivery of signal {signal}")))
        }
        _ => Err(t.value_error(format!("invalid wait status: {status}"))),
    }
}
