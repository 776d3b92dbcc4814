//! Children that are started, waited for and killed; the environment; limits.

use super::*;
use crate::signal::SignalSet;
use crate::{CStringArray, Errno, fs};
use std::ffi::CString;

fn array(words: &[&str]) -> CStringArray {
    words.iter().map(|w| CString::new(*w).unwrap()).collect()
}

/// An array that lives as long as the test program, so that orders of any test can point to it.
fn kept(words: &[&str]) -> &'static CStringArray {
    Box::leak(Box::new(array(words)))
}

/// Runs `sh -c script` by `fork_exec`; answers status, output and the error pipe's content.
fn run(script: &str, change: impl FnOnce(&mut ForkExec<'static>)) -> (Ending, Vec<u8>, Vec<u8>) {
    let (executables, arguments) = (kept(&["/no/such/sh", "/bin/sh"]), kept(&["sh", "-c", script]));
    let (output, output_end) = fs::pipe2(libc::O_CLOEXEC).unwrap();
    let (errors, errors_end) = fs::pipe2(libc::O_CLOEXEC).unwrap();
    let keep = Box::leak(Box::new([errors_end]));
    let mut order = ForkExec {
        executables,
        arguments,
        environment: None,
        cwd: None,
        close_fds: true,
        fds_to_keep: keep,
        p2cread: -1,
        p2cwrite: -1,
        c2pread: output,
        c2pwrite: output_end,
        errread: -1,
        errwrite: -1,
        errpipe_read: errors,
        errpipe_write: errors_end,
        restore_signals: true,
        start_new_session: false,
        process_group: None,
        identity: Identity::default(),
        umask: None,
        preexec: None,
    };
    change(&mut order);
    let id = fork_exec(order).unwrap();
    fs::close(output_end).unwrap();
    fs::close(errors_end).unwrap();
    let mut text = Vec::new();
    while fs::read_append(output, &mut text, 4096).unwrap() > 0 {}
    let mut report = Vec::new();
    while fs::read_append(errors, &mut report, 4096).unwrap() > 0 {}
    fs::close(output).unwrap();
    fs::close(errors).unwrap();
    (ending(waitpid(id, 0).unwrap().1), text, report)
}

#[test]
fn a_program_runs_with_pipes() {
    assert_eq!(run("echo hi; exit 3", |_| {}), (Ending::Exited(3), b"hi\n".to_vec(), vec![]));
    let environment = kept(&["WORD=given"]);
    let got = run("echo $WORD; pwd; umask", |order| {
        order.environment = Some(environment);
        order.cwd = Some(c"/usr");
        order.umask = Some(0o027);
    });
    assert_eq!(got, (Ending::Exited(0), b"given\n/usr\n0027\n".to_vec(), vec![]));
    assert_eq!(run("kill -9 $$", |_| {}).0, Ending::Signaled(9));
    // Only the three standard descriptors and the directory being listed are open.
    assert_eq!(run("ls /proc/self/fd | wc -l", |_| {}).1, b"4\n");
}

#[test]
fn the_child_reports_where_it_failed() {
    let missing = kept(&["/no/such/program", "/no/such/other"]);
    assert_eq!(run("", |order| order.executables = missing).2, b"OSError:2:");
    let denied = kept(&["/etc/passwd", "/no/such/other"]);
    assert_eq!(run("", |order| order.executables = denied).2, b"OSError:D:");
    let got = run("", |order| order.cwd = Some(c"/no/such/place"));
    assert_eq!((got.0, got.2), (Ending::Exited(255), b"OSError:2:noexec:chdir".to_vec()));
    assert_eq!(run("", |order| order.process_group = Some(i32::MAX)).2[..8], *b"OSError:");
    let refuse = Box::leak(Box::new(|| false));
    let got = run("", |order| order.preexec = Some(refuse));
    assert_eq!(got.2, b"SubprocessError:0:Exception occurred in preexec_fn.");
    let allow = Box::leak(Box::new(|| fs::chdir(c"/usr").is_ok()));
    assert_eq!(run("pwd", |order| order.preexec = Some(allow)).1, b"/usr\n");
    let ids = Identity { uid: Some(getuid()), gid: Some(getgid()), groups: None };
    assert_eq!(run("echo ids", |order| order.identity = ids).1, b"ids\n");
}

#[test]
fn spawn_fork_and_wait() {
    let (reader, writer) = fs::pipe2(libc::O_CLOEXEC).unwrap();
    let options = SpawnOptions {
        search: true,
        defaults: Some(SignalSet::of(libc::SIGPIPE)),
        mask: Some(SignalSet::EMPTY),
        actions: vec![FileAction::Dup2 { fd: writer, target: 1 }, FileAction::Close { fd: 0 }],
        ..SpawnOptions::default()
    };
    let id = posix_spawn(c"echo", &array(&["echo", "spawned"]), &array(&["PATH=/bin:/usr/bin"]), &options).unwrap();
    fs::close(writer).unwrap();
    assert_eq!(fs::read_vec(reader, 64).unwrap(), b"spawned\n");
    fs::close(reader).unwrap();
    assert_eq!(waitpid(id, 0), Ok((id, 0)));
    assert_eq!(posix_spawn(c"/no/such", &array(&["x"]), &array(&[]), &SpawnOptions::default()), Err(Errno::ENOENT));
    assert_eq!(posix_spawn(c"/bin/true", &array(&[]), &array(&[]), &SpawnOptions::default()), Err(Errno::EINVAL));

    let id = fork().unwrap();
    if id == 0 {
        exit_now(7);
    }
    let info = waitid(libc::P_PID, id as u32, libc::WEXITED | libc::WNOWAIT).unwrap().unwrap();
    assert_eq!((info.pid, info.status, info.code), (id, 7, libc::CLD_EXITED));
    let (waited, status, usage) = wait4(id, 0).unwrap();
    assert_eq!((waited, ending(status)), (id, Ending::Exited(7)));
    assert!(usage.maxrss > 0);
    assert_eq!(waitpid(id, 0), Err(Errno::ECHILD));

    let id = fork().unwrap();
    if id == 0 {
        crate::signal::pause();
        exit_now(0);
    }
    let handle = pidfd_open(id, 0).unwrap();
    crate::signal::pidfd_send_signal(handle, libc::SIGKILL, 0).unwrap();
    assert_eq!(ending(waitpid(id, 0).unwrap().1), Ending::Signaled(libc::SIGKILL));
    fs::close(handle).unwrap();
    assert_eq!(kill(id, 0), Err(Errno::ESRCH));
    assert_eq!(ending(system(c"exit 5").unwrap()), Ending::Exited(5));
}

#[test]
fn the_environment_changes_and_children_see_it() {
    putenv(b"OROCHI_HOST_A", b"1").unwrap();
    putenv(b"OROCHI_HOST_B", b"two").unwrap();
    putenv(b"OROCHI_HOST_A", b"3").unwrap();
    assert_eq!(getenv(b"OROCHI_HOST_A").unwrap(), b"3");
    assert_eq!(getenv(b"OROCHI_HOST"), None);
    assert!(environment().contains(&b"OROCHI_HOST_B=two".to_vec()));
    assert_eq!(run("echo $OROCHI_HOST_A$OROCHI_HOST_B", |_| {}).1, b"3two\n");
    unsetenv(b"OROCHI_HOST_A").unwrap();
    assert_eq!(getenv(b"OROCHI_HOST_A"), None);
    assert_eq!(getenv(b"OROCHI_HOST_B").unwrap(), b"two");
    for i in 0..200 {
        putenv(format!("OROCHI_HOST_{i}").as_bytes(), b"x").unwrap();
    }
    assert_eq!(getenv(b"OROCHI_HOST_199").unwrap(), b"x");
    for key in [&b""[..], b"a=b", b"a\0"] {
        assert_eq!(putenv(key, b""), Err(Errno::EINVAL));
    }
    assert_eq!(putenv(b"k", b"\0"), Err(Errno::EINVAL));
    assert_eq!(unsetenv(b""), Err(Errno::EINVAL));
}

#[test]
fn limits_priorities_and_facts() {
    let (soft, hard) = getrlimit(libc::RLIMIT_NOFILE as i32).unwrap();
    setrlimit(libc::RLIMIT_NOFILE as i32, soft, hard).unwrap();
    assert_eq!(getrlimit(999), Err(Errno::EINVAL));
    assert!(getrusage(libc::RUSAGE_SELF).unwrap().maxrss > 0);
    assert_eq!(getrusage(999), Err(Errno::EINVAL));
    let processors = sched_getaffinity(0).unwrap();
    assert!(!processors.is_empty());
    sched_setaffinity(0, &processors).unwrap();
    assert_eq!(sched_setaffinity(0, &[usize::MAX]), Err(Errno::EINVAL));
    assert_eq!(nice(0), getpriority(libc::PRIO_PROCESS as i32, 0));
    assert_eq!(sched_getscheduler(0), Ok(libc::SCHED_OTHER));
    assert!(times().unwrap().elapsed > 0);
    assert_eq!(uname().unwrap().sysname, b"Linux");
    assert!(sysconf(libc::_SC_PAGESIZE).unwrap() > 0);
    assert_eq!(sysconf(99_999), Err(Errno::EINVAL));
    assert!(confstr(libc::_CS_PATH).unwrap().is_some());
    assert_eq!(confstr(99_999), Err(Errno::EINVAL));
    assert_eq!(getpgid(0), getpgid(getpid()));
    assert_eq!(getresuid().unwrap().0, getuid());
    assert!(getgrouplist(c"root", 0).unwrap().contains(&0));
    assert!(getgroups().is_ok());
    assert!(getloadavg().unwrap()[0] >= 0.0);
    for (_, number) in crate::constants::sysconf_names() {
        assert!(sysconf(*number).is_ok() || sysconf(*number) == Err(Errno::EINVAL));
    }
}
