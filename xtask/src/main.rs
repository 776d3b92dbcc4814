//! `cargo xtask`: every developer command of the workspace in one place.
//!
//! Each command is one file with a `run(Arguments) -> Result<Tally, String>`: what it checked, as passed and failed,
//! or the one sentence that says why it could not check anything. The exit status is 0 when nothing failed, 1 when
//! something did, 2 when the command could not run.
#![forbid(unsafe_code)]

mod arguments;
mod behaviour;
mod bench;
mod build;
mod concurrency;
mod floor;
mod json;
mod modes;
mod order;
mod process;
mod regenerate;
mod report;
mod startup;
mod status;
mod suite;
mod tidy;

use arguments::Arguments;
use report::Tally;

const USAGE: &str = "\
usage: cargo xtask COMMAND [OPTIONS]

checks
  test                everything that can fail, in order: tidy, cargo, model, behaviour, stress, floor, status,
                      order
                        [--orochi PATH] [--skip STEP,STEP] [--only STEP,STEP] [--suite DIR] [--jobs N]
  tidy                what the layout of the sources and documents must hold
  behaviour           tests/behaviour in each lock mode
                        [--orochi PATH | --python CMD [--prefix-root DIR]] [--filter TEXT] [--jobs N] [--verbose]
  conformance-floor   what passed of CPython's tests must still pass, in each lock mode
                        [--orochi PATH] [--suite DIR] [--filter TEXT] [--jobs N] [--timeout SECONDS] [--bless]
  stress              tests/concurrency again and again in each lock mode
                        [--orochi PATH] [--minutes N] [--filter TEXT] [--python CMD]
measures
  bench               [--programs] [--scaling] [--countdown] (none: all) [--orochi PATH] [--cpython CMD] [--pypy CMD]
                        [--prefix-root DIR] [--filter TEXT] [--rounds N] [--pairs N] [--threads N] [--json FILE]
  startup             start-up time and peak memory   [--orochi PATH] [--cpython CMD] [--runs N]
files
  status              write docs/status.md: what of CPython 3.14 is there   [--check] [--orochi PATH]
  order               write crates/orochi/startup.order: what a start runs, for the linker (needs valgrind)
                        [--orochi PATH]
  regen               write again every generated file, docs/status.md too   [--orochi PATH]
  bless               take what the golden tests and the conformance floor say now as right

CMD is a command line, split at spaces: --cpython 'chroot /srv/debian python3.14' --prefix-root /srv/debian
";

fn main() {
    std::process::exit(match command() {
        Ok(tally) if tally.failed == 0 => 0,
        Ok(_) => 1,
        Err(message) => {
            eprintln!("xtask: {message}");
            2
        }
    });
}

fn command() -> Result<Tally, String> {
    let mut words = std::env::args().skip(1);
    let Some(name) = words.next() else {
        print!("{USAGE}");
        return Ok(Tally::default());
    };
    let arguments = Arguments::new(words.collect());
    match name.as_str() {
        "test" => suite::run(arguments),
        "tidy" => tidy::run(arguments),
        "behaviour" => behaviour::run(arguments),
        "conformance-floor" => floor::run(arguments),
        "stress" => concurrency::run(arguments),
        "bench" => bench::run(arguments),
        "startup" => startup::run(arguments),
        "status" => status::run(arguments),
        "order" => order::run(arguments),
        "regen" => regenerate::regen(arguments),
        "bless" => regenerate::bless(arguments),
        "help" | "-h" | "--help" => {
            print!("{USAGE}");
            Ok(Tally::default())
        }
        other => Err(format!(
            "no command `{other}`; `cargo xtask help` lists them"
        )),
    }
}
