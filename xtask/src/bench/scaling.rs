//! The thread-scaling cases of `benches/scaling`: how much more N threads get done than one, on each interpreter.

use super::Options;
use super::runner::{Runner, heads};
use crate::json::Json;
use crate::report::{Tally, print_table};
use std::collections::BTreeMap;

const SCRIPT: &str = "scaling/scaling.py";

pub fn run(runners: &[Runner], options: &Options, tally: &mut Tally) -> Result<Json, String> {
    let cases = cases(runners)?;
    let (threads, rounds) = (options.threads.to_string(), options.rounds.to_string());
    let mut rows = vec![heads("case", runners, "")];
    rows[0].insert(1, "kind".to_string());
    let mut least: BTreeMap<&str, Vec<Option<f64>>> = BTreeMap::new();
    let mut json = Vec::new();
    for (name, kind) in cases
        .iter()
        .filter(|(name, _)| name.contains(&options.filter))
    {
        let mut row = vec![name.clone(), kind.clone()];
        let mut values = Vec::new();
        for (at, runner) in runners.iter().enumerate() {
            let output =
                runner.output(SCRIPT, &["--threads", &threads, "--rounds", &rounds, name])?;
            let value = output.as_deref().and_then(|output| parse(output, name));
            tally.add(if value.is_some() {
                Tally::passed()
            } else {
                Tally::failed()
            });
            row.push(value.map_or_else(|| "-".to_string(), |value| format!("{value:.2}")));
            let worst = least
                .entry(kind)
                .or_insert_with(|| vec![None; runners.len()]);
            worst[at] = match (worst[at], value) {
                (Some(old), Some(new)) => Some(f64::min(old, new)),
                (old, new) => new.or(old),
            };
            values.push((runner.name.to_string(), Json::number(value)));
        }
        json.push((name.clone(), Json::Object(values)));
        rows.push(row);
    }
    for (kind, values) in least {
        let mut row = vec!["least".to_string(), kind.to_string()];
        row.extend(
            values
                .iter()
                .map(|value| value.map_or_else(|| "-".to_string(), |value| format!("{value:.2}"))),
        );
        rows.push(row);
    }
    print_table(&rows);
    Ok(Json::Object(json))
}

/// Name and kind of each case, from the first interpreter that can list them.
fn cases(runners: &[Runner]) -> Result<Vec<(String, String)>, String> {
    for runner in runners.iter().rev() {
        let outcome = runner.run(SCRIPT, &["--list"])?;
        if outcome.ok() {
            let pair = |line: &str| {
                line.split_once(' ')
                    .map(|(name, kind)| (name.to_string(), kind.to_string()))
            };
            return Ok(outcome.stdout.lines().filter_map(pair).collect());
        }
    }
    Err(format!("no interpreter can run benches/{SCRIPT} --list"))
}

/// The scaling of `name` in a line `NAME KIND ONE MANY SCALING`.
fn parse(output: &str, name: &str) -> Option<f64> {
    output.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.first() == Some(&name) {
            words.get(4)?.parse().ok()
        } else {
            None
        }
    })
}
