//! `cargo xtask conformance-floor`: what passed of CPython's own tests goes on passing, in each lock mode.
//!
//! `tests/cpython/floor.txt` names the modules, `tests/cpython/expected.txt` the test methods that pass and in which
//! modes. Each module runs in a fresh process and an empty folder through `tests/cpython/run_one.py`, which writes one
//! line a test to a file, so that a crash or a time-out keeps what was done before it. A test of the table that does
//! not pass now is a failure; one that passes and is not in the table is only told, and `--bless` takes it in.
//! The tests themselves are CPython's and not kept here: `--suite DIR`, `OROCHI_CPYTHON_TESTS`, or fetched.

use crate::arguments::Arguments;
use crate::modes::{Mode, Subject, Visible, root, visible};
use crate::process::{Ending, default_jobs, in_parallel, run as run_process};
use crate::report::Tally;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What to run, and what to do with the result.
#[derive(Clone, Default)]
pub struct Options {
    /// CPython 3.14's `Lib/test`.
    pub suite: Option<PathBuf>,
    pub jobs: usize,
    /// Only modules whose name contains this.
    pub filter: String,
    /// Seconds for a module that floor.txt gives none.
    pub timeout: Option<u64>,
    pub bless: bool,
    pub verbose: bool,
}

pub fn run(mut arguments: Arguments) -> Result<Tally, String> {
    let options = Options {
        suite: arguments.value("--suite")?.map(PathBuf::from),
        jobs: arguments.number("--jobs", default_jobs())? as usize,
        filter: arguments.value("--filter")?.unwrap_or_default(),
        timeout: arguments
            .value("--timeout")?
            .map(|text| text.parse().map_err(|_| "--timeout: whole seconds"))
            .transpose()?,
        bless: arguments.flag("--bless"),
        verbose: arguments.flag("--verbose"),
    };
    let subject = Subject::from(&mut arguments)?;
    arguments.done()?;
    let tally = check(&subject, &options)?;
    println!("{tally}");
    Ok(tally)
}

/// Seconds a module may take in one mode, where floor.txt says nothing.
const DEFAULT_TIMEOUT: u64 = 60;

/// floor.txt: `MODULE [SECONDS]`, or `!TEST_ID` for a test that does not give the same result each time.
struct Floor {
    modules: Vec<(String, u64)>,
    unsteady: BTreeSet<String>,
}

impl Floor {
    fn parse(text: &str, default: u64) -> Result<Self, String> {
        let mut floor = Self {
            modules: Vec::new(),
            unsteady: BTreeSet::new(),
        };
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or("").trim();
            if line.is_empty() {
                continue;
            }
            if let Some(id) = line.strip_prefix('!') {
                floor.unsteady.insert(id.trim().to_string());
                continue;
            }
            let mut words = line.split_whitespace();
            let name = words.next().unwrap_or("").to_string();
            let seconds = match words.next() {
                None => default,
                Some(word) => word.parse().map_err(|_| {
                    format!("floor.txt:{}: `{word}` is no number of seconds", number + 1)
                })?,
            };
            floor.modules.push((name, seconds));
        }
        Ok(floor)
    }
}

/// expected.txt: for each mode the ids that pass. A line is `both ID` or `MODE ID`.
#[derive(Default)]
struct Expected {
    passes: BTreeMap<String, BTreeSet<String>>,
}

impl Expected {
    fn parse(text: &str, modes: &[Mode]) -> Result<Self, String> {
        let mut expected = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (mode, id) = line
                .split_once(' ')
                .ok_or_else(|| format!("expected.txt:{}: `MODE ID` is wanted", number + 1))?;
            for each in modes {
                if mode == "both" || mode == each.name {
                    expected
                        .passes
                        .entry(each.name.to_string())
                        .or_default()
                        .insert(id.to_string());
                }
            }
        }
        Ok(expected)
    }

    fn write(&self, modes: &[Mode]) -> String {
        let mut lines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (mode, ids) in &self.passes {
            for id in ids {
                lines.entry(id).or_default().push(mode);
            }
        }
        let mut out = String::from(
            "# Tests of CPython's suite that pass, and in which lock modes; written by `cargo xtask bless`.\n",
        );
        for (id, passing) in lines {
            let mode = if passing.len() == modes.len() {
                "both"
            } else {
                passing.first().copied().unwrap_or("")
            };
            out.push_str(&format!("{mode} {id}\n"));
        }
        out
    }
}

/// What one module did in one mode.
struct ModuleResult {
    passed: BTreeSet<String>,
    other: BTreeMap<String, String>,
    ending: Ending,
    tail: String,
    seconds: f64,
}

/// Run the floor and compare it with the table, or write the table.
pub fn check(subject: &Subject, options: &Options) -> Result<Tally, String> {
    let folder = root().join("tests/cpython");
    let read = |name: &str| {
        std::fs::read_to_string(folder.join(name))
            .map_err(|error| format!("tests/cpython/{name}: {error}"))
    };
    let floor = Floor::parse(
        &read("floor.txt")?,
        options.timeout.unwrap_or(DEFAULT_TIMEOUT),
    )?;
    let expected_path = folder.join("expected.txt");
    let expected = if expected_path.exists() {
        Expected::parse(&read("expected.txt")?, subject.modes)?
    } else {
        Expected::default()
    };
    let suite = suite_folder(options.suite.as_deref())?;
    let place = Place::new(subject, &suite, &folder)?;

    let work: Vec<(Mode, &(String, u64))> = floor
        .modules
        .iter()
        .filter(|(name, _)| name.contains(&options.filter))
        .flat_map(|module| subject.modes.iter().map(move |mode| (*mode, module)))
        .collect();
    let start = Instant::now();
    let results = in_parallel(options.jobs, &work, |(mode, (name, seconds))| {
        place.run_module(subject, *mode, name, *seconds)
    });

    let mut now = Expected::default();
    let mut ran: BTreeSet<&str> = BTreeSet::new();
    let mut tally = Tally::default();
    let mut news: BTreeMap<&str, u64> = BTreeMap::new();
    for ((mode, (name, _)), result) in work.iter().zip(results) {
        let mut result = result?;
        ran.insert(name);
        result.passed.retain(|id| !floor.unsteady.contains(id));
        let empty = BTreeSet::new();
        let wanted = expected.passes.get(mode.name).unwrap_or(&empty);
        let wanted: BTreeSet<&String> = wanted.iter().filter(|id| belongs(id, name)).collect();
        let broke: Vec<&&String> = wanted
            .iter()
            .filter(|id| !result.passed.contains(**id))
            .collect();
        let fresh = result
            .passed
            .iter()
            .filter(|id| !wanted.contains(id))
            .count() as u64;
        *news.entry(mode.name).or_default() += fresh;
        tally.passed += (wanted.len() - broke.len()) as u64;
        if !options.bless {
            tally.failed += broke.len() as u64;
            for id in &broke {
                let how = result.other.get(**id).map_or("not reached", String::as_str);
                println!("FAILED [{}] {id}: passed before, now {how}", mode.name);
            }
        }
        let ended = if matches!(result.ending, Ending::Exit(0)) {
            String::new()
        } else {
            format!(", {}", result.ending)
        };
        if options.verbose || options.bless || !broke.is_empty() || subject.modes.len() == 1 {
            println!(
                "[{}] {name}: {} passed, {} not{ended} ({:.1} s)",
                mode.name,
                result.passed.len(),
                result.other.len(),
                result.seconds
            );
        }
        if !ended.is_empty() && (!broke.is_empty() || options.verbose) {
            println!("{}", result.tail);
        }
        now.passes
            .entry(mode.name.to_string())
            .or_default()
            .extend(result.passed);
    }
    for (mode, count) in news {
        if count > 0 && !options.bless {
            println!("[{mode}] {count} tests pass that are not in tests/cpython/expected.txt");
        }
    }
    if options.bless {
        // Modules that were not asked for keep what the table says of them.
        for (mode, ids) in &expected.passes {
            let kept = ids
                .iter()
                .filter(|id| !ran.iter().any(|name| belongs(id, name)))
                .cloned();
            now.passes.entry(mode.clone()).or_default().extend(kept);
        }
        std::fs::write(&expected_path, now.write(subject.modes))
            .map_err(|error| format!("expected.txt: {error}"))?;
        println!("wrote tests/cpython/expected.txt");
        crate::status::recount()?;
        for (mode, ids) in &now.passes {
            println!("[{mode}] {} tests", ids.len());
        }
    }
    println!(
        "floor: {} modules, {:.0} s",
        ran.len(),
        start.elapsed().as_secs_f64()
    );
    Ok(tally)
}

/// Whether a test's id is one of `module`'s.
fn belongs(id: &str, module: &str) -> bool {
    id.strip_prefix(module)
        .is_some_and(|rest| rest.starts_with('.'))
}

/// The folders of one run, as this process and as the interpreter under test see them.
struct Place {
    driver: PathBuf,
    library: PathBuf,
    ours: PathBuf,
    theirs: PathBuf,
    _driver: Visible,
    _library: Option<Visible>,
}

impl Drop for Place {
    fn drop(&mut self) {
        // The scratch folder lies under target: what cannot be removed is overwritten by the next run.
        let _ = std::fs::remove_dir_all(&self.ours);
    }
}

impl Place {
    fn new(subject: &Subject, suite: &Path, folder: &Path) -> Result<Self, String> {
        let driver = subject.visible(folder)?;
        let name = format!("floor-{}", std::process::id());
        let (ours, theirs) = match &subject.prefix_root {
            Some(root) => (root.join("tmp").join(&name), Path::new("/tmp").join(&name)),
            None => {
                let path = crate::build::target().join(&name);
                (path.clone(), path)
            }
        };
        std::fs::create_dir_all(&ours).map_err(|error| format!("{}: {error}", ours.display()))?;
        // `test` alone, so that the rest of the library is the interpreter's own.
        let (library, copy) = match &subject.prefix_root {
            Some(prefix) => {
                let copy = visible(suite, Some(prefix))?;
                (
                    copy.seen.parent().unwrap_or(&copy.seen).to_path_buf(),
                    Some(copy),
                )
            }
            None => {
                let library = ours.join("library");
                std::fs::create_dir_all(&library)
                    .map_err(|error| format!("{}: {error}", library.display()))?;
                std::os::unix::fs::symlink(suite, library.join("test"))
                    .map_err(|error| format!("a link to the suite: {error}"))?;
                (library, None)
            }
        };
        Ok(Self {
            driver: driver.seen.join("run_one.py"),
            library,
            ours,
            theirs,
            _driver: driver,
            _library: copy,
        })
    }

    fn run_module(
        &self,
        subject: &Subject,
        mode: Mode,
        name: &str,
        seconds: u64,
    ) -> Result<ModuleResult, String> {
        let scratch = format!("{}-{name}", mode.name);
        let ours = self.ours.join(&scratch);
        let theirs = self.theirs.join(&scratch);
        std::fs::create_dir_all(&ours).map_err(|error| format!("{}: {error}", ours.display()))?;
        let arguments = [
            self.driver.display().to_string(),
            self.library.display().to_string(),
            name.to_string(),
            theirs.join("results.txt").display().to_string(),
        ];
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let inside = subject.prefix_root.is_none().then_some(ours.as_path());
        let outcome = run_process(
            &subject.in_mode(mode),
            &arguments,
            inside,
            Duration::from_secs(seconds),
        )?;
        let text = std::fs::read(ours.join("results.txt")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let (mut passed, mut other) = (BTreeSet::new(), BTreeMap::new());
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("ok", id)) => {
                    passed.insert(id.to_string());
                }
                Some((kind @ ("fail" | "error" | "skip" | "xfail" | "start"), rest)) => {
                    let (id, why) = rest.split_once(": ").unwrap_or((rest, ""));
                    let how = if kind == "start" {
                        "ended the process".to_string()
                    } else {
                        format!("{kind} {why}")
                    };
                    other.insert(id.to_string(), how.trim_end().to_string());
                }
                _ => {}
            }
        }
        other.retain(|id, _| !passed.contains(id));
        Ok(ModuleResult {
            passed,
            other,
            tail: outcome.tail(12),
            ending: outcome.ending,
            seconds: outcome.seconds,
        })
    }
}

/// The folder of CPython's tests: given, from the environment, or fetched into target.
fn suite_folder(given: Option<&Path>) -> Result<PathBuf, String> {
    let named = given
        .map(Path::to_path_buf)
        .or_else(|| std::env::var_os("OROCHI_CPYTHON_TESTS").map(PathBuf::from));
    let folder = match named {
        Some(folder) => folder,
        None => {
            let target = crate::build::target().join("cpython-tests");
            let script = root().join("tests/cpython/fetch.sh").display().to_string();
            if !crate::process::run_shown("bash", &[&script, &target.display().to_string()], &[])? {
                return Err("tests/cpython/fetch.sh could not fetch CPython's tests; give them with --suite DIR".to_string());
            }
            target.join("test")
        }
    };
    let folder = folder
        .canonicalize()
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    if folder.join("test_grammar.py").is_file() {
        Ok(folder)
    } else {
        Err(format!(
            "{} holds no test_grammar.py: CPython's Lib/test is wanted",
            folder.display()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{Expected, Floor, belongs};
    use crate::modes::MODES;

    #[test]
    fn the_table_survives_writing() {
        let text = "# a remark\nboth test_a.T.one\ngil test_a.T.two\nnogil test_b.T.three\n";
        let expected = Expected::parse(text, MODES).unwrap_or_default();
        assert_eq!(expected.passes["gil"].len(), 2);
        assert_eq!(expected.passes["nogil"].len(), 2);
        let again = expected.write(MODES);
        assert!(
            again.ends_with("both test_a.T.one\ngil test_a.T.two\nnogil test_b.T.three\n"),
            "{again}"
        );
        assert!(Expected::parse("nonsense", MODES).is_err());
    }

    #[test]
    fn modules_and_unsteady_tests() {
        let Ok(floor) = Floor::parse("test_a\ntest_b 120 # slow\n!test_b.T.sometimes\n", 60) else {
            panic!("a good floor.txt is refused")
        };
        assert_eq!(
            floor.modules,
            [("test_a".to_string(), 60), ("test_b".to_string(), 120)]
        );
        assert!(floor.unsteady.contains("test_b.T.sometimes"));
        assert!(Floor::parse("test_a soon", 60).is_err());
    }

    #[test]
    fn ids_belong_to_whole_names() {
        assert!(belongs("test_set.T.x", "test_set"));
        assert!(!belongs("test_setcomps.T.x", "test_set"));
    }
}
