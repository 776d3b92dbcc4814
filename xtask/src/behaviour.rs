//! `cargo xtask behaviour`: the scripts of tests/behaviour, each in each lock mode.
//!
//! A script prints `ok NAME` or `fail NAME: WHY` for each of its tests and ends with status 0 if none failed. What it
//! printed before a crash or a time-out counts; the crash counts as one failure more. What is known to fail stands in
//! tests/behaviour/known_failures.txt with its reason; a line there whose test passes is a failure too.

use crate::arguments::Arguments;
use crate::modes::{Mode, Subject, root, scripts};
use crate::process::{default_jobs, in_parallel, run as run_process};
use crate::report::Tally;
use std::path::Path;
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
    let known = Known::read(&folder)?;
    let mut total = Tally::default();
    for ((mode, name), result) in work.iter().zip(results) {
        let outcome = result?;
        let mut tally = Tally::default();
        let mut failed = Vec::new();
        let mut passed = Vec::new();
        for line in outcome.stdout.lines() {
            if let Some(test) = line.strip_prefix("ok ") {
                passed.push(test.trim());
            } else if let Some(what) = line.strip_prefix("fail ") {
                let test = what.split(':').next().unwrap_or(what);
                failed.push((test, what));
            }
        }
        for (test, what) in &failed {
            if known.has(name, test, *mode) {
                continue;
            }
            tally.add(Tally::failed());
            println!("FAILED [{}] {name} {what}", mode.name);
        }
        for test in &passed {
            if known.has(name, test, *mode) {
                tally.add(Tally::failed());
                println!(
                    "FAILED [{}] {name} {test} passes: take its line out of tests/behaviour/known_failures.txt",
                    mode.name
                );
            } else {
                tally.add(Tally::passed());
            }
        }
        let broke = (!outcome.ok() && failed.is_empty()) || (failed.is_empty() && passed.is_empty());
        if broke && !known.has(name, WHOLE, *mode) {
            tally.add(Tally::failed());
            println!(
                "FAILED [{}] {name}: {}\n{}",
                mode.name,
                outcome.ending,
                outcome.tail(12)
            );
        } else if !broke && known.has(name, WHOLE, *mode) {
            tally.add(Tally::failed());
            println!(
                "FAILED [{}] {name} runs to its end: take its line out of tests/behaviour/known_failures.txt",
                mode.name
            );
        } else if verbose && tally.failed > 0 {
            println!("{}", outcome.stderr.trim_end());
        }
        total.add(tally);
    }
    Ok(total)
}

/// In the place of a test's name: the script does not run to its end.
pub const WHOLE: &str = "-";

/// What is known to fail. Lines `SCRIPT TEST MODE REASON`; TEST is `-` for a script that does not get through, MODE `both`, `gil` or `nogil`.
pub struct Known {
    lines: Vec<(String, String, String)>,
}

impl Known {
    pub fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join("known_failures.txt");
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::parse(""),
            Err(error) => Err(format!("{}: {error}", path.display())),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut lines = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let mut words = line.split_whitespace();
            let (Some(script), Some(test), Some(mode), Some(_reason)) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                return Err(format!(
                    "known_failures.txt:{}: SCRIPT TEST MODE REASON is wanted",
                    number + 1
                ));
            };
            lines.push((script.to_string(), test.to_string(), mode.to_string()));
        }
        Ok(Self { lines })
    }

    pub fn has(&self, script: &str, test: &str, mode: Mode) -> bool {
        let of_mode = |named: &str| named == mode.name || (named == "both" && mode.name != "peer");
        self.lines
            .iter()
            .any(|(s, t, m)| s == script && t == test && of_mode(m))
    }
}

#[cfg(test)]
mod tests {
    use super::Known;
    use crate::modes::{MODES, PEER};

    #[test]
    fn known_failures_are_read() {
        let text = "# remark\na.py test_x both no such module\nb.py - nogil never ends\n";
        let Ok(known) = Known::parse(text) else {
            panic!("a good table is refused")
        };
        assert!(known.has("a.py", "test_x", MODES[0]));
        assert!(known.has("b.py", "-", MODES[1]));
        assert!(!known.has("b.py", "-", MODES[0]));
        assert!(!known.has("a.py", "test_x", PEER[0]));
        assert!(Known::parse("a.py test_x both").is_err());
    }
}
