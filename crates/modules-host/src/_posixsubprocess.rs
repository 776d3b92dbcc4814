//! `_posixsubprocess`: starting a program with pipes, for `subprocess`.

use orochi_host::process::{ForkExec, Identity, fork_exec as host_fork_exec};
use orochi_host::CStringArray;
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Value, bytes, exception, int, protocol, str, tuple};

use crate::arguments::{c_int, file_name, file_names, list_or_tuple, user_id};
use crate::errors::os_error;
use crate::posix::process::{after_fork_in_child, after_fork_in_parent, before_fork};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_posixsubprocess").doc("A POSIX helper for the subprocess module.").functions(&[
    Method::new(
        "fork_exec",
        "(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, \
         errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, \
         preexec_fn, /)",
        fork_exec,
        "Spawn a fresh new child process.",
    ),
]);

fn fork_exec(t: Attached<'_>, a: &[Value]) -> PyResult {
    let close_fds = protocol::truth(t, &a[2])?;
    if tuple::as_tuple(&a[3]).is_none() {
        return Err(t.type_error("fork_exec() argument 4 must be tuple"));
    }
    let preexec = &a[21];
    if t.interpreter().base.is_finalizing() && !preexec.is_none() {
        return Err(t.raise(&exception::PythonFinalizationError, "preexec_fn not supported at interpreter shutdown"));
    }
    let mut keep = Vec::new();
    for fd in tuple::items(&a[3]) {
        keep.push(int::as_i64(fd).and_then(|n| i32::try_from(n).ok()).unwrap_or(-1));
    }
    if keep.windows(2).any(|w| w[0] >= w[1]) || keep.first().is_some_and(|&fd| fd < 0) {
        return Err(t.value_error("bad value(s) in fds_to_keep"));
    }
    let n = |i: usize| c_int(t, &a[i]);
    let pipes = [n(6)?, n(7)?, n(8)?, n(9)?, n(10)?, n(11)?, n(12)?, n(13)?];
    if close_fds && pipes[7] < 3 {
        return Err(t.value_error("errpipe_write must be >= 3"));
    }
    let arguments = if a[0].is_none() {
        CStringArray::new(Vec::new())
    } else {
        let Some(items) = list_or_tuple(&a[0]) else { return Err(t.type_error("argv must be a tuple or list")) };
        CStringArray::new(file_names(t, &items)?)
    };
    let strings = |v: &Value| -> PyResult<CStringArray> {
        let mut all = Vec::new();
        for item in protocol::collect(t, v)? {
            if bytes::as_bytes(&item).is_none() && !str::is_str(&item) {
                return Err(t.type_error(format!("expected bytes, {} found", orochi_objects::type_::type_name(t, &item))));
            }
            all.push(file_name(t, &item)?);
        }
        Ok(CStringArray::new(all))
    };
    let executables = strings(&a[1])?;
    let environment = if a[5].is_none() { None } else { Some(strings(&a[5])?) };
    let cwd = if a[4].is_none() { None } else { Some(file_name(t, &a[4])?) };
    let (restore_signals, session) = (c_int(t, &a[14])? != 0, c_int(t, &a[15])? != 0);
    let group = c_int(t, &a[16])?;
    let id = |v: &Value, what: &str| if v.is_none() { Ok(None) } else { user_id(t, v, what).map(Some) };
    let (gid, uid) = (id(&a[17], "gid")?, id(&a[19], "uid")?);
    let groups = if a[18].is_none() {
        None
    } else {
        if list_or_tuple(&a[18]).is_none() {
            return Err(t.type_error("setgroups argument must be a sequence"));
        }
        let mut all = Vec::new();
        for v in protocol::collect(t, &a[18])? {
            if !int::is_int(&v) {
                return Err(t.type_error("groups must be integers"));
            }
            match user_id(t, &v, "gid") {
                Ok(id) => all.push(id),
                Err(e) => {
                    drop(t.catch(e, &exception::OverflowError)?);
                    return Err(t.value_error("invalid group id"));
                }
            }
        }
        Some(all)
    };
    let umask = c_int(t, &a[20])?;
    let order = ForkExec {
        executables: &executables,
        arguments: &arguments,
        environment: environment.as_ref(),
        cwd: cwd.as_deref(),
        close_fds,
        fds_to_keep: &keep,
        p2cread: pipes[0],
        p2cwrite: pipes[1],
        c2pread: pipes[2],
        c2pwrite: pipes[3],
        errread: pipes[4],
        errwrite: pipes[5],
        errpipe_read: pipes[6],
        errpipe_write: pipes[7],
        restore_signals,
        start_new_session: session,
        process_group: (group >= 0).then_some(group),
        identity: Identity { uid, gid, groups: groups.as_deref() },
        umask: (umask >= 0).then_some(umask as u32),
        preexec: None,
    };
    let started = if preexec.is_none() { host_fork_exec(order) } else { with_preexec(t, order, preexec) };
    match started {
        Ok(pid) => Ok(Value::i32(pid)),
        Err(e) => Err(os_error(t, e)),
    }
}

/// Forks with the world stopped; the child runs Python once before the program starts.
fn with_preexec(t: Attached<'_>, order: ForkExec<'_>, function: &Value) -> orochi_host::Result<i32> {
    before_fork(t);
    let mut guard = Some(orochi_runtime::fork::prepare(&t.thread().base));
    let mut in_child = || {
        if let Some(guard) = guard.take() {
            drop(guard.in_child());
        }
        after_fork_in_child(t);
        match protocol::call(t, function, &[]) {
            Ok(_) => true,
            Err(e) => {
                drop(t.take_raised(e));
                false
            }
        }
    };
    let result = host_fork_exec(ForkExec { preexec: Some(&mut in_child), ..order });
    if let Some(guard) = guard.take() {
        guard.in_parent();
    }
    after_fork_in_parent(t);
    result
}
