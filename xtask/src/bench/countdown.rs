//! The countdown of `examples/countdown.py`: one thread, threads, processes, on each interpreter.

use super::Options;
use super::runner::{Runner, heads, position};
use crate::json::Json;
use crate::report::{Tally, median, print_table};

const KINDS: &[&str] = &["single", "threads", "processes"];

pub fn run(runners: &[Runner], options: &Options, tally: &mut Tally) -> Result<Json, String> {
    let mut seconds = vec![vec![Vec::new(); runners.len()]; KINDS.len()];
    let threads = options.threads.to_string();
    for pair in 0..options.pairs {
        for (at, runner) in runners.iter().enumerate() {
            let Some(output) = runner.output("examples/countdown.py", &["20000000", &threads])?
            else {
                if pair == 0 {
                    tally.add(Tally::failed());
                }
                continue;
            };
            for (kind, values) in KINDS.iter().zip(&mut seconds) {
                values[at].extend(parse(&output, kind));
            }
        }
    }
    let medians: Vec<Vec<Option<f64>>> = seconds
        .iter()
        .map(|row| row.iter().map(|values| median(values)).collect())
        .collect();
    let mut rows = vec![heads("countdown", runners, " s")];
    for (kind, row) in KINDS.iter().zip(&medians) {
        let mut cells = vec![(*kind).to_string()];
        cells.extend(
            row.iter()
                .map(|value| value.map_or_else(|| "-".to_string(), |value| format!("{value:.4}"))),
        );
        rows.push(cells);
    }
    for (at, kind) in KINDS.iter().enumerate().skip(1) {
        let mut cells = vec![format!("{kind} speed-up")];
        cells.extend(
            medians[0]
                .iter()
                .zip(&medians[at])
                .map(|(one, many)| ratio(*one, *many)),
        );
        rows.push(cells);
    }
    if let Some(cpython) = position(runners, "cpython") {
        let mut cells = vec!["single, to cpython".to_string()];
        cells.extend(
            medians[0]
                .iter()
                .map(|value| ratio(medians[0][cpython], *value)),
        );
        rows.push(cells);
    }
    print_table(&rows);
    let json = KINDS.iter().zip(&medians).map(|(kind, row)| {
        let pairs = runners
            .iter()
            .zip(row)
            .map(|(runner, value)| (runner.name.to_string(), Json::number(*value)));
        ((*kind).to_string(), Json::Object(pairs.collect()))
    });
    Ok(Json::Object(json.collect()))
}

fn ratio(of: Option<f64>, to: Option<f64>) -> String {
    of.zip(to)
        .map_or_else(|| "-".to_string(), |(of, to)| format!("{:.2}x", of / to))
}

/// The seconds of a line `KIND  SECONDS s ...`.
fn parse(output: &str, kind: &str) -> Option<f64> {
    output.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        if words.next() == Some(kind) {
            words.next()?.parse().ok()
        } else {
            None
        }
    })
}
