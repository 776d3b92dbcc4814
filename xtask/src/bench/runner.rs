//! One interpreter of a bench: its command, and where it finds the programs.

use crate::process::{Outcome, run as run_process};
use std::path::PathBuf;
use std::time::Duration;

/// Far more than any bench takes on an interpreter worth measuring.
const LIMIT: Duration = Duration::from_secs(600);

pub struct Runner {
    /// `gil`, `nogil`, `cpython` or `pypy`.
    pub name: &'static str,
    command: Vec<String>,
    benches: PathBuf,
    examples: PathBuf,
}

impl Runner {
    pub fn new(
        name: &'static str,
        command: Vec<String>,
        benches: PathBuf,
        examples: PathBuf,
    ) -> Self {
        Self {
            name,
            command,
            benches,
            examples,
        }
    }

    /// Run `benches/SCRIPT`, or a script of `examples/` named so.
    pub fn run(&self, script: &str, arguments: &[&str]) -> Result<Outcome, String> {
        let path = match script.strip_prefix("examples/") {
            Some(name) => self.examples.join(name),
            None => self.benches.join(script),
        };
        let path = path.display().to_string();
        let mut all = vec![path.as_str()];
        all.extend(arguments);
        run_process(&self.command, &all, None, LIMIT)
    }

    /// The same; a run that did not end well is told and gives nothing.
    pub fn output(&self, script: &str, arguments: &[&str]) -> Result<Option<String>, String> {
        let outcome = self.run(script, arguments)?;
        if outcome.ok() {
            return Ok(Some(outcome.stdout));
        }
        println!(
            "FAILED [{}] {script}: {}\n{}",
            self.name,
            outcome.ending,
            outcome.tail(6)
        );
        Ok(None)
    }
}

/// Where the interpreter called `name` stands.
pub fn position(runners: &[Runner], name: &str) -> Option<usize> {
    runners.iter().position(|runner| runner.name == name)
}

/// The names, as the heads of columns.
pub fn heads(first: &str, runners: &[Runner], unit: &str) -> Vec<String> {
    let mut head = vec![first.to_string()];
    head.extend(
        runners
            .iter()
            .map(|runner| format!("{}{unit}", runner.name)),
    );
    head
}
