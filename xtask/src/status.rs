//! `cargo xtask status`: writes `docs/status.md`, the page that says what of CPython 3.14 is there.
//!
//! ```text
//! tests/cpython/names.txt  --- orochi names.py compare --->  names that are missing    (a build is asked)
//! tests/cpython/expected.txt  ------------------------->  tests that pass              (a file is read)
//! ```
//! The page is never edited. `--check` writes nothing and fails when the page is not what would be written. What needs
//! no build is checked by `cargo xtask tidy` too, and written again by `bless`: the tests that pass, and that the page
//! was made from the present list of names.

use crate::arguments::Arguments;
use crate::modes::{MODES, Subject, root};
use crate::report::Tally;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// The page, from the root.
pub const PAGE: &str = "docs/status.md";
const NAMES: &str = "tests/cpython/names.txt";
const EXPECTED: &str = "tests/cpython/expected.txt";
/// What stands before the section that needs no build; it is the page's last.
const TESTS_HEADING: &str = "## CPython's tests";

pub fn run(mut arguments: Arguments) -> Result<Tally, String> {
    let check = arguments.flag("--check");
    let subject = Subject::from(&mut arguments)?;
    arguments.done()?;
    if check {
        return self::check(&subject);
    }
    let text = page(&subject)?;
    write(&text)?;
    Ok(Tally::passed())
}

/// Compares the page with what the build says.
pub fn check(subject: &Subject) -> Result<Tally, String> {
    let now = std::fs::read_to_string(root().join(PAGE)).unwrap_or_default();
    if now == page(subject)? {
        return Ok(Tally::passed());
    }
    println!("FAILED status: {PAGE} is not what this build says: run `cargo xtask status`");
    Ok(Tally::failed())
}

/// Writes the page's section on tests again, from `expected.txt`.
pub fn recount() -> Result<(), String> {
    let Ok(old) = std::fs::read_to_string(root().join(PAGE)) else {
        return Ok(());
    };
    let (before, _) = old
        .split_once(TESTS_HEADING)
        .ok_or_else(|| format!("{PAGE} has no section `{TESTS_HEADING}`"))?;
    write(&format!("{before}{}", tests_section(&read(EXPECTED)?)))
}

/// The rule of tidy: what can be told without a build.
pub fn stale(root: &Path) -> Vec<String> {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap_or_default();
    let page = read(PAGE);
    let mut broken = Vec::new();
    if !page.ends_with(&tests_section(&read(EXPECTED))) {
        broken.push(format!("{PAGE}: the section on CPython's tests is not of the present {EXPECTED}"));
    }
    if !page.contains(&names_mark(&read(NAMES))) {
        broken.push(format!("{PAGE}: not made from the present {NAMES}"));
    }
    if !broken.is_empty() {
        broken.push("`cargo xtask status` writes the page again".to_string());
    }
    broken
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(root().join(path)).map_err(|error| format!("{path}: {error}"))
}

fn write(text: &str) -> Result<(), String> {
    std::fs::write(root().join(PAGE), text).map_err(|error| format!("{PAGE}: {error}"))?;
    println!("wrote {PAGE}");
    Ok(())
}

/// A module or type as CPython has it.
struct Holder {
    is_type: bool,
    name: String,
    total: usize,
    /// None: the module or type itself is not there.
    missing: Option<Vec<String>>,
}

fn page(subject: &Subject) -> Result<String, String> {
    let mode = MODES.first().ok_or("no lock mode")?;
    let folder = root().join("tests/cpython");
    let script = folder.join("names.py").display().to_string();
    let names = root().join(NAMES).display().to_string();
    let arguments = [script.as_str(), "compare", names.as_str()];
    let outcome = crate::process::run(&subject.in_mode(*mode), &arguments, None, Duration::from_secs(60))?;
    if !outcome.ok() {
        return Err(format!("names.py: {}\n{}", outcome.ending, outcome.tail(12)));
    }
    let holders: Vec<Holder> = outcome.stdout.lines().filter_map(holder).collect();
    let names = read(NAMES)?;
    if holders.len() != names.lines().count() {
        return Err("names.py did not answer for every line of names.txt".to_string());
    }
    Ok(format!(
        "{}\n{}",
        names_section(&holders, &names),
        tests_section(&read(EXPECTED)?)
    ))
}

fn holder(line: &str) -> Option<Holder> {
    let mut cells = line.split('\t');
    let is_type = cells.next()? == "type";
    let name = cells.next()?.to_string();
    let total = cells.next()?.parse().ok()?;
    let rest: Vec<String> = cells.map(str::to_string).collect();
    let missing = if rest.first().is_some_and(|first| first == "*") {
        None
    } else {
        Some(rest)
    };
    Some(Holder { is_type, name, total, missing })
}

/// Which list of names the page was made from: an FNV digest, in a remark that readers do not see.
fn names_mark(names: &str) -> String {
    let digest = names.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("<!-- names {digest:016x} -->")
}

fn names_section(holders: &[Holder], names: &str) -> String {
    let modules: Vec<&Holder> = holders.iter().filter(|holder| !holder.is_type).collect();
    let absent: Vec<&str> = modules
        .iter()
        .filter(|holder| holder.missing.is_none())
        .map(|holder| holder.name.as_str())
        .collect();
    // What a missing module holds is missing with it and not counted again.
    let here: Vec<&Holder> = holders
        .iter()
        .filter(|holder| !absent.contains(&module_of(holder)))
        .collect();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "# What is there\n\nWritten by `cargo xtask status`, never by hand: a build of Orochi is asked for every name that CPython 3.14 has\n\
         (`{NAMES}`, made by CPython itself). A name that is there may still do less than CPython's; what is known to\n\
         fail is told by the tests at the end and by `tests/behaviour/known_failures.txt`.\n{}\n",
        names_mark(names)
    );
    let _ = writeln!(out, "| what | names | there |\n|---|---|---|");
    let _ = writeln!(
        out,
        "| native modules of CPython | {} | {} |",
        modules.len(),
        modules.len() - absent.len()
    );
    let sum = |title: &str, out: &mut String, pick: &dyn Fn(&Holder) -> bool| {
        let (mut total, mut missing) = (0, 0);
        for holder in here.iter().filter(|holder| pick(holder)) {
            total += holder.total;
            missing += holder.missing.as_ref().map_or(holder.total, Vec::len);
        }
        let _ = writeln!(out, "| {title} | {total} | {} |", total - missing);
    };
    sum("`builtins`", &mut out, &|h| !h.is_type && h.name == "builtins");
    sum("`sys`", &mut out, &|h| !h.is_type && h.name == "sys");
    sum("`os`", &mut out, &|h| !h.is_type && h.name == "os");
    sum("the other native modules that are there", &mut out, &|h| {
        !h.is_type && !["builtins", "sys", "os"].contains(&h.name.as_str())
    });
    sum("attributes of the builtin types", &mut out, &|h| {
        h.is_type && (h.name.starts_with("builtins.") || h.name.starts_with("type"))
    });
    sum("attributes of types of native modules", &mut out, &|h| {
        h.is_type && !h.name.starts_with("builtins.") && !h.name.starts_with("type")
    });

    let _ = writeln!(
        out,
        "\n## Native modules that are missing\n\nImporting one raises `ModuleNotFoundError`, which names it.\n\n{}",
        list(absent.iter().copied())
    );
    let _ = writeln!(out, "\n## Names that are missing\n\n| where | missing |\n|---|---|");
    for holder in &here {
        match &holder.missing {
            None => {
                let _ = writeln!(out, "| `{}` | the type itself |", plain(holder));
            }
            Some(names) if !names.is_empty() => {
                let _ = writeln!(out, "| `{}` | {} |", plain(holder), list(names.iter().map(String::as_str)));
            }
            Some(_) => {}
        }
    }
    let whole: Vec<&str> = modules
        .iter()
        .filter(|holder| holder.missing.as_ref().is_some_and(Vec::is_empty))
        .map(|holder| holder.name.as_str())
        .collect();
    let _ = writeln!(out, "\nModules of which no name is missing: {}.", list(whole.into_iter()));
    out
}

/// The module that holds it.
fn module_of(holder: &Holder) -> &str {
    if holder.is_type {
        holder.name.rsplit_once('.').map_or("", |(module, _)| module)
    } else {
        &holder.name
    }
}

/// As a reader knows it.
fn plain(holder: &Holder) -> &str {
    holder.name.trim_start_matches("builtins.").trim_start_matches("type:")
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// How many tests of each module of CPython's suite are known to pass, by lock mode.
fn tests_section(expected: &str) -> String {
    let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for line in expected.lines().filter(|line| !line.starts_with('#')) {
        let Some((mode, id)) = line.split_once(' ') else { continue };
        let module = id.split('.').next().unwrap_or(id);
        for each in MODES.iter().filter(|each| mode == "both" || mode == each.name) {
            *counts.entry(module).or_default().entry(each.name).or_default() += 1;
        }
    }
    let mut out = format!(
        "{TESTS_HEADING}\n\nHow many test methods of each module pass and must go on passing (`{EXPECTED}`); modules that are not\n\
         here are not run.\n\n| module |"
    );
    for mode in MODES {
        let _ = write!(out, " {} |", mode.name);
    }
    let _ = write!(out, "\n|---|{}\n", "---|".repeat(MODES.len()));
    let mut row = |title: &str, of: &dyn Fn(&str) -> usize| {
        let cells: Vec<String> = MODES.iter().map(|mode| of(mode.name).to_string()).collect();
        let _ = writeln!(out, "| {title} | {} |", cells.join(" | "));
    };
    for (module, by_mode) in &counts {
        row(module, &|mode| by_mode.get(mode).copied().unwrap_or(0));
    }
    row("all", &|mode| counts.values().filter_map(|by_mode| by_mode.get(mode)).sum());
    out
}

#[cfg(test)]
mod tests {
    use super::{holder, names_mark, names_section, tests_section};

    #[test]
    fn names_are_counted_and_listed() {
        let lines = ["module\tsys\t10\tgetdlopenflags", "module\t_ssl\t5\t*", "type\t_ssl.X\t3\t*", "type\tbuiltins.int\t4"];
        let holders: Vec<_> = lines.iter().filter_map(|line| holder(line)).collect();
        assert_eq!(holders.len(), 4);
        let text = names_section(&holders, "x");
        for part in [
            "| native modules of CPython | 2 | 1 |",
            "| `sys` | 10 | 9 |",
            "| attributes of the builtin types | 4 | 4 |",
            "| attributes of types of native modules | 0 | 0 |",
            "| `sys` | `getdlopenflags` |",
            "\n`_ssl`\n",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        assert!(text.contains(&names_mark("x")) && !text.contains(&names_mark("y")));
    }

    #[test]
    fn tests_are_counted_by_mode() {
        let text = tests_section("# remark\nboth test_a.T.x\ngil test_a.T.y\nnogil test_b.T.z\n");
        assert!(text.contains("| test_a | 2 | 1 |\n| test_b | 0 | 1 |\n| all | 2 | 2 |\n"), "{text}");
    }
}
