//! `cargo xtask test`: the one test command. Every step runs even when one before it failed; the last line says how
//! many checks passed and failed in all.

use crate::arguments::Arguments;
use crate::modes::{MODES, Subject, root};
use crate::process::default_jobs;
use crate::report::Tally;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const STEPS: &[&str] = &["tidy", "cargo", "model", "behaviour", "stress", "floor", "status", "order"];

pub fn run(mut arguments: Arguments) -> Result<Tally, String> {
    let skip = arguments.list("--skip")?;
    let only = arguments.list("--only")?;
    for name in skip.iter().chain(&only) {
        if !STEPS.contains(&name.as_str()) {
            return Err(format!(
                "no step `{name}`; the steps are {}",
                STEPS.join(", ")
            ));
        }
    }
    let orochi = arguments.value("--orochi")?;
    let suite = arguments.value("--suite")?.map(PathBuf::from);
    let jobs = arguments.number("--jobs", default_jobs())? as usize;
    arguments.done()?;

    let mut total = Tally::default();
    let mut subject = None;
    for step in STEPS {
        let name = (*step).to_string();
        if skip.contains(&name) || (!only.is_empty() && !only.contains(&name)) {
            continue;
        }
        println!("== {step}");
        let start = Instant::now();
        let result = match *step {
            "tidy" => crate::tidy::check(),
            "cargo" => cargo_test(&["--workspace"]),
            "model" => model_checked(),
            _ => match ready(&mut subject, orochi.as_deref()) {
                Err(message) => Err(message),
                Ok(subject) => match *step {
                    "behaviour" => crate::behaviour::check(subject, "", jobs, false),
                    "status" => crate::status::check(subject),
                    "order" => crate::order::check(subject),
                    "stress" => crate::concurrency::check(subject, "", Duration::ZERO, 2),
                    _ => crate::floor::check(
                        subject,
                        &crate::floor::Options {
                            suite: suite.clone(),
                            jobs,
                            ..Default::default()
                        },
                    ),
                },
            },
        };
        let tally = result.unwrap_or_else(|message| {
            println!("FAILED {step}: {message}");
            Tally::failed()
        });
        println!(
            "== {step}: {tally} ({:.0} s)",
            start.elapsed().as_secs_f64()
        );
        total.add(tally);
    }
    println!("{total}");
    Ok(total)
}

/// The interpreter that the steps share: built once, before the first step that needs it.
fn ready<'s>(
    subject: &'s mut Option<Subject>,
    orochi: Option<&str>,
) -> Result<&'s Subject, String> {
    if subject.is_none() {
        let words = orochi.map_or_else(Vec::new, |path| {
            vec!["--orochi".to_string(), path.to_string()]
        });
        let path = crate::build::orochi(&mut Arguments::new(words), "release")?;
        *subject = Some(Subject {
            command: vec![path.display().to_string()],
            modes: MODES,
            prefix_root: None,
        });
    }
    subject.as_ref().ok_or_else(|| "no interpreter".to_string())
}

/// The model-checked tests: of each crate that has the feature `model`, which swaps its atomics for the checker's. Each
/// is a build of its own, because the feature must not reach the crates above.
fn model_checked() -> Result<Tally, String> {
    let crates = root().join("crates");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&crates).map_err(|error| format!("crates: {error}"))? {
        let folder = entry.map_err(|error| error.to_string())?.path();
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        if manifest.lines().any(|line| line.starts_with("model =")) {
            names.extend(
                folder
                    .file_name()
                    .map(|name| format!("orochi-{}", name.to_string_lossy())),
            );
        }
    }
    names.sort();
    let mut tally = Tally::default();
    for name in names {
        tally.add(cargo_test(&[
            "--package",
            &name,
            "--features",
            "model",
            "--tests",
        ])?);
    }
    Ok(tally)
}

/// `cargo test`, its output passed on, its result lines added up.
fn cargo_test(what: &[&str]) -> Result<Tally, String> {
    let mut child = Command::new("cargo")
        .args(["test", "--no-fail-fast"])
        .args(what)
        .current_dir(root())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line.map_err(|error| format!("cargo's output: {error}"))?;
            tally.add(result_line(&line));
            let plain = line.starts_with("test ")
                && (line.ends_with("... ok") || line.ends_with("... ignored"));
            if !plain && !line.is_empty() && line != "running 0 tests" {
                println!("{line}");
            }
        }
    }
    let status = child.wait().map_err(|error| format!("cargo: {error}"))?;
    if !status.success() && tally.failed == 0 {
        println!("FAILED cargo test: {status}");
        tally.add(Tally::failed());
    }
    Ok(tally)
}

/// `test result: ok. 12 passed; 0 failed; ...`
fn result_line(line: &str) -> Tally {
    let Some(rest) = line.strip_prefix("test result: ") else {
        return Tally::default();
    };
    let count = |what: &str| {
        rest.split([';', '.'])
            .filter_map(|part| part.trim().strip_suffix(what))
            .find_map(|number| number.trim().parse().ok())
            .unwrap_or(0)
    };
    Tally {
        passed: count("passed"),
        failed: count("failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::result_line;
    use crate::report::Tally;

    #[test]
    fn cargo_results_are_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(
            result_line(line),
            Tally {
                passed: 12,
                failed: 3
            }
        );
        assert_eq!(result_line("running 3 tests"), Tally::default());
    }
}
