//! Running other programs: with a time limit, with their output kept, with what became of them told in words.
//!
//! The limit is coreutils' `timeout`, which puts the program into a process group of its own and ends the whole group,
//! so that a test that starts processes leaves none behind.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a program did.
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub seconds: f64,
    pub ending: Ending,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ending {
    Exit(i32),
    Signal(i32),
    TimedOut,
}

impl Outcome {
    pub fn ok(&self) -> bool {
        self.ending == Ending::Exit(0)
    }

    /// The last lines of what it wrote to standard error, or to standard output where that is empty.
    pub fn tail(&self, lines: usize) -> String {
        let text = if self.stderr.trim().is_empty() {
            &self.stdout
        } else {
            &self.stderr
        };
        let all: Vec<&str> = text.trim_end().lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit status {code}"),
            Self::Signal(number) => write!(f, "killed by signal {number}"),
            Self::TimedOut => write!(f, "timed out"),
        }
    }
}

/// Run `command` with `arguments`, in `folder` if given, ended after `limit`.
pub fn run(
    command: &[String],
    arguments: &[&str],
    folder: Option<&Path>,
    limit: Duration,
) -> Result<Outcome, String> {
    let mut child = Command::new("timeout");
    child
        .arg("--kill-after=5")
        .arg(format!("{}", limit.as_secs_f64()));
    child.args(command).args(arguments).stdin(Stdio::null());
    if let Some(folder) = folder {
        child.current_dir(folder);
    }
    // Nothing of the developer's own settings may change what is measured.
    for name in [
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHON_GIL",
        "PYTHONSTARTUP",
        "PYTHONWARNINGS",
    ] {
        child.env_remove(name);
    }
    let start = Instant::now();
    let output = child
        .output()
        .map_err(|error| format!("cannot run `timeout {}`: {error}", command.join(" ")))?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Outcome {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        seconds,
        ending: ending(output.status, seconds, limit),
    })
}

/// `timeout` tells its own ending (124, or 137 after the kill) and a signal's (128 + number) by its exit status.
fn ending(status: std::process::ExitStatus, seconds: f64, limit: Duration) -> Ending {
    use std::os::unix::process::ExitStatusExt;
    match status.code() {
        Some(124 | 137) if seconds >= limit.as_secs_f64() => Ending::TimedOut,
        Some(code @ 129..=160) => Ending::Signal(code - 128),
        Some(code) => Ending::Exit(code),
        None => Ending::Signal(status.signal().unwrap_or(0)),
    }
}

/// Run a build tool with its output on our terminal.
pub fn run_shown(
    program: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<bool, String> {
    let status = Command::new(program)
        .args(arguments)
        .envs(environment.iter().copied())
        .status()
        .map_err(|error| format!("cannot run `{program}`: {error}"))?;
    Ok(status.success())
}

/// Do `work` for each item on `jobs` threads; the results stand in the items' order.
pub fn in_parallel<T: Sync, R: Send>(
    jobs: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1).min(items.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { return };
                    let result = work(item);
                    results
                        .lock()
                        .unwrap_or_else(|poisoned| poisoned.into_inner())
                        .push((at, result));
                }
            });
        }
    });
    let mut results = results
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// As many as there are cores.
pub fn default_jobs() -> u64 {
    std::thread::available_parallelism().map_or(1, |count| count.get() as u64)
}

#[cfg(test)]
mod tests {
    use super::{Ending, in_parallel, run};
    use std::time::Duration;

    fn shell(script: &str, limit: f64) -> Ending {
        let command = ["sh".to_string(), "-c".to_string(), script.to_string()];
        run(&command, &[], None, Duration::from_secs_f64(limit))
            .map_or(Ending::Exit(-1), |outcome| outcome.ending)
    }

    #[test]
    fn endings_are_told_apart() {
        assert_eq!(shell("exit 3", 5.0), Ending::Exit(3));
        assert_eq!(shell("sleep 5", 0.2), Ending::TimedOut);
        assert_eq!(shell("kill -11 $$", 5.0), Ending::Signal(11));
    }

    #[test]
    fn results_keep_the_order() {
        let items: Vec<u64> = (0..50).collect();
        assert_eq!(
            in_parallel(4, &items, |n| n * 2),
            items.iter().map(|n| n * 2).collect::<Vec<_>>()
        );
        assert!(in_parallel(4, &[] as &[u64], |n| *n).is_empty());
    }
}
