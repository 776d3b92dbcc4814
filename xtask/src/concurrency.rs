//! `cargo xtask stress`: the scripts of tests/concurrency, each in each lock mode, again and again.
//!
//! A script takes the seconds that it may use and ends with status 0 if every invariant held. What is known to fail
//! stands in tests/concurrency/known_failures.txt; since a race is not lost every time, such a script is run and shown,
//! and counts neither way.

use crate::arguments::Arguments;
use crate::behaviour::{Known, WHOLE};
use crate::modes::{Subject, root, scripts};
use crate::process::run as run_process;
use crate::report::Tally;
use std::time::{Duration, Instant};

pub fn run(mut arguments: Arguments) -> Result<Tally, String> {
    let subject = Subject::from(&mut arguments)?;
    let filter = arguments.value("--filter")?.unwrap_or_default();
    let minutes = arguments.number("--minutes", 1)?;
    arguments.done()?;
    let tally = check(&subject, &filter, Duration::from_secs(minutes * 60), 4)?;
    println!("{tally}");
    Ok(tally)
}

/// Every script at least once in each mode, `each` seconds at a time, then on until `total` has passed in each mode.
pub fn check(subject: &Subject, filter: &str, total: Duration, each: u64) -> Result<Tally, String> {
    let folder = root().join("tests/concurrency");
    let names = scripts(&folder, filter)?;
    let visible = subject.visible(&folder)?;
    let known = Known::read(&folder)?;
    let mut tally = Tally::default();
    for mode in subject.modes {
        let start = Instant::now();
        let mut rounds = 0;
        while rounds == 0 || start.elapsed() < total {
            for name in &names {
                let script = visible.seen.join(name).display().to_string();
                let seconds = each.to_string();
                // A script checks its clock between steps, and a step may be slow on a machine that is busy.
                let limit = Duration::from_secs(each * 10 + 60);
                let outcome =
                    run_process(&subject.in_mode(*mode), &[&script, &seconds], None, limit)?;
                if known.has(name, WHOLE, *mode) {
                    println!("known [{}] {name}: {}", mode.name, outcome.ending);
                } else if outcome.ok() {
                    tally.add(Tally::passed());
                } else {
                    tally.add(Tally::failed());
                    println!(
                        "FAILED [{}] {name}: {}\n{}",
                        mode.name,
                        outcome.ending,
                        outcome.tail(20)
                    );
                }
            }
            rounds += 1;
        }
        println!(
            "stress [{}]: {} scripts, {rounds} rounds, {:.0} s",
            mode.name,
            names.len(),
            start.elapsed().as_secs_f64()
        );
    }
    Ok(tally)
}
