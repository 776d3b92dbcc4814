//! `cargo xtask regen` and `bless`: one variable in the environment tells the tests that own a file to write it.
//! `docs/status.md`, which needs a build of Orochi, is written by `status.rs`.
//!
//! A generated file (the page of instructions, a table) is owned by a test whose name contains `generated`: it fails
//! when the file differs from what the generator says now, and writes it when `OROCHI_REGEN=1`. A golden file is owned
//! by a test whose name contains `golden`, and is written when `OROCHI_BLESS=1`.

use crate::arguments::Arguments;
use crate::process::run_shown;
use crate::report::Tally;

pub fn regen(arguments: Arguments) -> Result<Tally, String> {
    // First what the build is made of, then what is asked of the build.
    let mut tally = write("generated", "OROCHI_REGEN")?;
    tally.add(crate::status::run(arguments)?);
    Ok(tally)
}

pub fn bless(mut arguments: Arguments) -> Result<Tally, String> {
    let suite = arguments.value("--suite")?;
    let orochi = arguments.value("--orochi")?;
    arguments.done()?;
    let mut tally = write("golden", "OROCHI_BLESS")?;
    let mut words = vec!["--bless".to_string()];
    for (name, value) in [("--suite", suite), ("--orochi", orochi)] {
        if let Some(value) = value {
            words.extend([name.to_string(), value]);
        }
    }
    tally.add(crate::floor::run(Arguments::new(words))?);
    Ok(tally)
}

fn write(tests: &str, variable: &str) -> Result<Tally, String> {
    let ok = run_shown(
        "cargo",
        &["test", "--quiet", "--workspace", "--", tests],
        &[(variable, "1")],
    )?;
    Ok(if ok { Tally::passed() } else { Tally::failed() })
}
