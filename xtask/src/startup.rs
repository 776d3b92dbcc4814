//! `cargo xtask startup`: how long an interpreter takes to do nothing, and the memory it takes for it.
//!
//! Time is the wall time of `-c pass` from outside, interpreters in turn, median of `--runs`. Memory is the high-water
//! mark that the kernel keeps (VmHWM), read by the program itself at its end; so it holds what reading that file took.

use crate::arguments::Arguments;
use crate::process::run as run_process;
use crate::report::{Tally, median, print_table};
use std::time::Duration;

const PEAK: &str =
    "print([line for line in open('/proc/self/status') if line.startswith('VmHWM')][0])";
const LIMIT: Duration = Duration::from_secs(60);

pub fn run(mut arguments: Arguments) -> Result<Tally, String> {
    let orochi = crate::build::orochi(&mut arguments, "release")?
        .display()
        .to_string();
    let cpython = arguments.words("--cpython")?;
    let runs = arguments.number("--runs", 40)?.max(1);
    arguments.done()?;

    let option = |value: &str| vec![orochi.clone(), "-X".to_string(), value.to_string()];
    let mut subjects = vec![
        ("orochi gil", option("gil=1")),
        ("orochi nogil", option("gil=0")),
    ];
    if let Some(command) = cpython {
        subjects.push(("cpython", command));
    }
    let mut seconds = vec![Vec::new(); subjects.len()];
    let mut peaks = vec![Vec::new(); subjects.len()];
    for round in 0..runs {
        for (at, (name, command)) in subjects.iter().enumerate() {
            let outcome = run_process(command, &["-c", "pass"], None, LIMIT)?;
            if !outcome.ok() {
                return Err(format!("{name}: {}: {}", outcome.ending, outcome.tail(5)));
            }
            seconds[at].push(outcome.seconds);
            if round < 5 {
                let outcome = run_process(command, &["-c", PEAK], None, LIMIT)?;
                peaks[at].extend(kibibytes(&outcome.stdout));
            }
        }
    }
    // `timeout` itself and the start of a process are in every figure: their own cost is measured and taken off.
    let empty: Vec<f64> = (0..runs)
        .map(|_| {
            run_process(&["true".to_string()], &[], None, LIMIT).map(|outcome| outcome.seconds)
        })
        .collect::<Result<_, _>>()?;
    let floor = median(&empty).unwrap_or(0.0);

    let peer = if subjects.len() > 2 {
        median(&seconds[2]).map(|value| value - floor)
    } else {
        None
    };
    let mut rows = vec![
        ["interpreter", "ms", "to cpython", "peak MiB"]
            .map(str::to_string)
            .to_vec(),
    ];
    for (at, (name, _)) in subjects.iter().enumerate() {
        let time = median(&seconds[at]).unwrap_or(0.0) - floor;
        let ratio = peer.map_or_else(|| "-".to_string(), |peer| format!("{:.2}x", time / peer));
        let peak = median(&peaks[at])
            .map_or_else(|| "-".to_string(), |value| format!("{:.1}", value / 1024.0));
        rows.push(vec![
            (*name).to_string(),
            format!("{:.2}", time * 1e3),
            ratio,
            peak,
        ]);
    }
    print_table(&rows);
    println!(
        "(the {:.2} ms of starting any process are taken off)",
        floor * 1e3
    );
    Ok(Tally::default())
}

fn kibibytes(status_line: &str) -> Option<f64> {
    status_line.split_whitespace().nth(1)?.parse().ok()
}
