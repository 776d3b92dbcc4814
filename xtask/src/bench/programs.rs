//! The single-thread programs of `benches/programs`: seconds of each interpreter, and the ratios to the peers.

use super::Options;
use super::runner::{Runner, heads, position};
use crate::json::Json;
use crate::modes::{root, scripts};
use crate::report::{Tally, geometric_mean, median, print_table};

/// A ratio for a column: its head, and the two interpreters (`of` is divided by `to`: above 1, `to` is faster).
struct Ratio {
    head: &'static str,
    of: &'static str,
    to: &'static str,
}

const RATIOS: &[Ratio] = &[
    Ratio {
        head: "cpython/gil",
        of: "cpython",
        to: "gil",
    },
    Ratio {
        head: "pypy/gil",
        of: "pypy",
        to: "gil",
    },
    Ratio {
        head: "cpython/nogil",
        of: "cpython",
        to: "nogil",
    },
    Ratio {
        head: "nogil/gil",
        of: "nogil",
        to: "gil",
    },
];

pub fn run(runners: &[Runner], options: &Options, tally: &mut Tally) -> Result<Json, String> {
    let names = scripts(&root().join("benches/programs"), &options.filter)?;
    let ratios: Vec<(&Ratio, usize, usize)> = RATIOS
        .iter()
        .filter_map(|ratio| {
            Some((
                ratio,
                position(runners, ratio.of)?,
                position(runners, ratio.to)?,
            ))
        })
        .collect();
    let mut head = heads("program", runners, " s");
    head.extend(ratios.iter().map(|(ratio, _, _)| ratio.head.to_string()));
    let mut rows = vec![head];
    let mut all: Vec<Vec<f64>> = vec![Vec::new(); ratios.len()];
    let mut json = Vec::new();
    for name in &names {
        let seconds = measure(runners, name, options, tally)?;
        let mut row = vec![name.trim_end_matches(".py").to_string()];
        row.extend(
            seconds
                .iter()
                .map(|value| value.map_or_else(|| "-".to_string(), |value| format!("{value:.4}"))),
        );
        for (at, (_, of, to)) in ratios.iter().enumerate() {
            let ratio = seconds[*of].zip(seconds[*to]).map(|(of, to)| of / to);
            all[at].extend(ratio);
            row.push(ratio.map_or_else(|| "-".to_string(), |ratio| format!("{ratio:.2}")));
        }
        let pairs = runners
            .iter()
            .zip(&seconds)
            .map(|(runner, value)| (runner.name.to_string(), Json::number(*value)));
        json.push((row[0].clone(), Json::Object(pairs.collect())));
        rows.push(row);
    }
    type Summary = fn(&[f64]) -> Option<f64>;
    let least: Summary = |values| values.iter().copied().min_by(f64::total_cmp);
    let most: Summary = |values| values.iter().copied().max_by(f64::total_cmp);
    let summaries: [(&str, Summary); 3] = [
        ("geometric mean", geometric_mean),
        ("least", least),
        ("most", most),
    ];
    for (label, summary) in summaries {
        let mut row = vec![label.to_string()];
        row.extend(runners.iter().map(|_| String::new()));
        row.extend(all.iter().map(|values| {
            summary(values).map_or_else(|| "-".to_string(), |value| format!("{value:.2}"))
        }));
        rows.push(row);
    }
    print_table(&rows);
    Ok(Json::Object(json))
}

/// The median seconds of one program on each interpreter.
fn measure(
    runners: &[Runner],
    name: &str,
    options: &Options,
    tally: &mut Tally,
) -> Result<Vec<Option<f64>>, String> {
    let script = format!("programs/{name}");
    let rounds = options.rounds.to_string();
    let mut seconds = vec![Vec::new(); runners.len()];
    let mut checksum: Option<(&str, String)> = None;
    let mut failed = vec![false; runners.len()];
    for _ in 0..options.pairs {
        for (at, runner) in runners.iter().enumerate() {
            if failed[at] {
                continue;
            }
            let output = runner.output(&script, &[&rounds])?;
            let parsed = output.as_deref().and_then(parse);
            let Some((time, sum)) = parsed else {
                if output.is_some() {
                    println!(
                        "FAILED [{}] {name}: no `median` and `checksum` in its output",
                        runner.name
                    );
                }
                failed[at] = true;
                continue;
            };
            match &checksum {
                Some((who, other)) if *other != sum => {
                    println!(
                        "FAILED [{}] {name}: computed {sum}, [{who}] {other}",
                        runner.name
                    );
                    failed[at] = true;
                }
                Some(_) => seconds[at].push(time),
                None => {
                    checksum = Some((runner.name, sum));
                    seconds[at].push(time);
                }
            }
        }
    }
    for each in &failed {
        tally.add(if *each {
            Tally::failed()
        } else {
            Tally::passed()
        });
    }
    Ok(seconds
        .iter()
        .zip(failed)
        .map(|(values, failed)| if failed { None } else { median(values) })
        .collect())
}

/// The `median` and `checksum` lines of a program.
fn parse(output: &str) -> Option<(f64, String)> {
    let line = |name: &str| {
        output
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
    };
    Some((line("median")?.parse().ok()?, line("checksum")?.to_string()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn output_is_read() {
        assert_eq!(
            parse("best 0.1\nmedian 0.25\nchecksum (1, 'a b')\n"),
            Some((0.25, "(1, 'a b')".to_string()))
        );
        assert_eq!(parse("best 0.1\n"), None);
    }
}
