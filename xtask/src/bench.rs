//! `cargo xtask bench`: Orochi in each lock mode beside CPython and PyPy, in one run, in turn.
//!
//! A measure is taken `--pairs` times, each time on every interpreter one after the other, so that a machine that is
//! slower for a while is slower for all of them; a table shows medians. Results are compared between interpreters
//! (`checksum` lines): a bench that computes something else somewhere is an error, not a ratio.

mod countdown;
mod programs;
mod runner;
mod scaling;

use crate::arguments::Arguments;
use crate::json::Json;
use crate::modes::{MODES, root, visible};
use crate::report::Tally;
use runner::Runner;
use std::path::PathBuf;

/// What the three kinds of bench are told.
pub struct Options {
    pub filter: String,
    pub rounds: u64,
    pub pairs: u64,
    pub threads: u64,
}

pub fn run(mut arguments: Arguments) -> Result<Tally, String> {
    let kinds = ["--countdown", "--programs", "--scaling"].map(|name| arguments.flag(name));
    let all = !kinds.contains(&true);
    let options = Options {
        filter: arguments.value("--filter")?.unwrap_or_default(),
        rounds: arguments.number("--rounds", 3)?.max(1),
        pairs: arguments.number("--pairs", 3)?.max(1),
        threads: arguments.number("--threads", 2)?.max(1),
    };
    let cpython = arguments.words("--cpython")?;
    let pypy = arguments.words("--pypy")?;
    let prefix_root = arguments.value("--prefix-root")?.map(PathBuf::from);
    let json = arguments.value("--json")?;
    let no_orochi = arguments.flag("--peers-only");
    let orochi = if no_orochi {
        None
    } else {
        Some(crate::build::orochi(&mut arguments, "release")?)
    };
    arguments.done()?;

    let (benches, examples) = (root().join("benches"), root().join("examples"));
    let copies = [
        visible(&benches, prefix_root.as_deref())?,
        visible(&examples, prefix_root.as_deref())?,
    ];
    let mut runners = Vec::new();
    if let Some(orochi) = orochi {
        for mode in MODES {
            let mut command = vec![orochi.display().to_string()];
            command.extend(mode.options.iter().map(|option| (*option).to_string()));
            runners.push(Runner::new(
                mode.name,
                command,
                benches.clone(),
                examples.clone(),
            ));
        }
    }
    for (name, command) in [("cpython", cpython), ("pypy", pypy)] {
        if let Some(command) = command {
            runners.push(Runner::new(
                name,
                command,
                copies[0].seen.clone(),
                copies[1].seen.clone(),
            ));
        }
    }
    if runners.is_empty() {
        return Err("nothing to measure".to_string());
    }

    let mut tally = Tally::default();
    let mut results = Vec::new();
    type Bench = fn(&[Runner], &Options, &mut Tally) -> Result<Json, String>;
    let benches: [(&str, Bench); 3] = [
        ("countdown", countdown::run),
        ("programs", programs::run),
        ("scaling", scaling::run),
    ];
    for ((name, bench), wanted) in benches.into_iter().zip(kinds) {
        if wanted || all {
            println!("== {name}");
            results.push((name.to_string(), bench(&runners, &options, &mut tally)?));
        }
    }
    if let Some(path) = json {
        std::fs::write(&path, format!("{}\n", Json::Object(results)))
            .map_err(|error| format!("{path}: {error}"))?;
    }
    if tally.failed > 0 {
        println!("{} benches failed", tally.failed);
    }
    Ok(tally)
}
