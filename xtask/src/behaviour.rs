//! `cargo xtask behaviour`: the scripts of tests/behaviour, each in each lock mode.
//!
//! A script prints `ok NAME` or `fail NAME: WHY` for each of its tests and ends with status 0 if none failed. What it
//! printed before a crash or a time-out counts; the crash counts as one failure more.

use crate::arguments::Arguments;
use crate::modes::{Mode, Subject, root, scripts};
use crate::process::{default_jobs, in_parallel, run as run_process};
use crate::report::Tally;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

pub fn run(mut arguments: Arguments) -> Result<Tally, String> {
    let subject = Subject::from(&mut arguments)?;
    let filter = arguments.value("--filter")?.unwrap_or_default();
    let jobs = arguments.number("--jobs", default_jobs())?;
    let verbose = arguments.flag("--verbose");
    arguments.done()?;
    let tally = check(&subject, &filter, jobs as usize, verbose)?;
    println!("{tally}");
    Ok(tally)
}

/// Run the scripts whose name contains `filter` and print what failed.
pub fn check(subject: &Subject, filter: &str, jobs: usize, verbose: bool) -> Result<Tally, String> {
    let folder = root().join("tests/behaviour");
    let names = scripts(&folder, filter)?;
    let visible = subject.visible(&folder)?;
    let work: Vec<(Mode, &String)> = subject
        .modes
        .iter()
        .flat_map(|mode| names.iter().map(move |name| (*mode, name)))
        .collect();
    let results = in_parallel(jobs, &work, |(mode, name)| {
        let script = visible.seen.join(name).display().to_string();
        run_process(&subject.in_mode(*mode), &[&script], None, LIMIT)
    });
    let mut total = Tally::default();
    for ((mode, name), result) in work.iter().zip(results) {
        let outcome = result?;
        let mut tally = Tally::default();
        for line in outcome.stdout.lines() {
            if line.starts_with("ok ") {
                tally.add(Tally::passed());
            } else if let Some(what) = line.strip_prefix("fail ") {
                tally.add(Tally::failed());
                println!("FAILED [{}] {name} {what}", mode.name);
            }
        }
        let silent = tally == Tally::default();
        if (!outcome.ok() && tally.failed == 0) || silent {
            tally.add(Tally::failed());
            println!(
                "FAILED [{}] {name}: {}\n{}",
                mode.name,
                outcome.ending,
                outcome.tail(12)
            );
        } else if verbose && tally.failed > 0 {
            println!("{}", outcome.stderr.trim_end());
        }
        total.add(tally);
    }
    Ok(total)
}
