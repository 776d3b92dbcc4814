//! The command line of `python3`, and the environment variables that mean the same.

use orochi_embed::Config;
use orochi_embed::config::{Program, View};
use orochi_runtime::LockMode;

/// What the command line asks for.
pub enum Parsed {
    /// Run a program.
    Run(Box<Config>),
    /// Print this and succeed.
    Print(String),
    /// Print this to standard error and end with status 2.
    Refuse(String),
    /// A setting that no program can run with: print this to standard error and end with status 1.
    Fatal(String),
}

const USAGE: &str = "\
usage: orochi [option] ... [-c cmd | -m mod | file | -] [arg] ...
Options (and corresponding environment variables):
-b     : issue warnings about converting bytes/bytearray to str and comparing
         bytes/bytearray with str or bytes with int; also PYTHONBYTESWARNING=x
         (-bb: issue errors)
-B     : don't write .pyc files on import; also PYTHONDONTWRITEBYTECODE=x
-c cmd : program passed in as string (terminates option list)
-d     : turn on parser debugging output; also PYTHONDEBUG=x
-E     : ignore PYTHON* environment variables (such as PYTHONPATH)
-h     : print this help message and exit (also -? or --help)
-i     : inspect interactively after running script; also PYTHONINSPECT=x
-I     : isolate from the user's environment (implies -E, -P and -s)
-m mod : run library module as a script (terminates option list)
-O     : remove assert and __debug__-dependent statements; also PYTHONOPTIMIZE=x
-OO    : do -O changes and also discard docstrings
-P     : don't prepend a potentially unsafe path to sys.path; also PYTHONSAFEPATH
-q     : don't print version and copyright messages on interactive startup
-s     : don't add user site directory to sys.path; also PYTHONNOUSERSITE=x
-S     : don't imply 'import site' on initialization
-u     : force the stdout and stderr streams to be unbuffered; also
         PYTHONUNBUFFERED=x
-v     : verbose (trace import statements); also PYTHONVERBOSE=x
-V     : print the version number and exit (also --version; -VV: more)
-W arg : warning control; arg is action:message:category:module:lineno;
         also PYTHONWARNINGS=arg
-x     : skip first line of source
-X opt : set an implementation-specific option
         gil=0|1|interpreter : no lock, one lock, one lock per interpreter;
                               also PYTHON_GIL
         dump=tokens|ast|bytecode : print what the compiler makes of the
                               program, and do not run it
file   : program read from script file
-      : program read from stdin (default; interactive mode if a tty)
arg ...: arguments passed to program in sys.argv[1:]
";

fn version() -> String {
    let (major, minor, micro) = orochi_embed::PYTHON_VERSION;
    format!("Python {major}.{minor}.{micro}")
}

fn refuse(text: &str) -> Parsed {
    Parsed::Refuse(format!("{text}\nusage: orochi [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `orochi -h' for more information.\n"))
}

/// Reads the command line; `words[0]` is the program.
pub fn parse(words: &[Vec<u8>]) -> Parsed {
    let mut config = Config { original: words.to_vec(), ..Config::default() };
    let mut warnings = Vec::new();
    let mut versions = 0;
    let mut random_hashes = false;
    let mut at = 1;
    'words: while at < words.len() {
        let word = &words[at];
        if word == b"-" || !word.starts_with(b"-") {
            break;
        }
        at += 1;
        match word.as_slice() {
            b"--" => break,
            b"--help" => return Parsed::Print(USAGE.to_owned()),
            b"--version" => {
                versions += 1;
                continue;
            }
            b"--help-all" | b"--help-env" | b"--help-xoptions" => return Parsed::Print(USAGE.to_owned()),
            b"--check-hash-based-pycs" => {
                at += 1;
                continue;
            }
            w if w.starts_with(b"--") => return refuse(&format!("unknown option {}", String::from_utf8_lossy(w))),
            _ => {}
        }
        let mut i = 1;
        while i < word.len() {
            let option = word[i];
            i += 1;
            // The rest of the word, or the next word, is the option's argument.
            let mut argument = || {
                if i < word.len() {
                    let rest = word[i..].to_vec();
                    i = word.len();
                    return Some(rest);
                }
                let next = words.get(at).cloned();
                at += 1;
                next
            };
            match option {
                b'b' => config.bytes_warning += 1,
                b'B' => config.no_bytecode = true,
                b'd' => config.debug = true,
                b'E' => config.ignore_environment = true,
                b'h' | b'?' => return Parsed::Print(USAGE.to_owned()),
                b'i' => config.inspect = true,
                b'I' => {
                    config.isolated = true;
                    config.ignore_environment = true;
                    config.safe_path = true;
                    config.no_user_site = true;
                }
                b'O' => config.optimize = (config.optimize + 1).min(2),
                b'P' => config.safe_path = true,
                b'q' => config.quiet = true,
                b'R' => random_hashes = true,
                b'x' => {}
                b's' => config.no_user_site = true,
                b'S' => config.no_site = true,
                b'u' => config.unbuffered = true,
                b'v' => config.verbose += 1,
                b'V' => versions += 1,
                b'c' => match argument() {
                    Some(text) => {
                        config.program = Program::Command(text);
                        break 'words;
                    }
                    None => return refuse("Argument expected for the -c option"),
                },
                b'm' => match argument() {
                    Some(name) => {
                        config.program = Program::Module(name);
                        break 'words;
                    }
                    None => return refuse("Argument expected for the -m option"),
                },
                b'W' => match argument() {
                    Some(w) => warnings.push(w),
                    None => return refuse("Argument expected for the -W option"),
                },
                b'X' => match argument() {
                    Some(x) => {
                        let text = String::from_utf8_lossy(&x).into_owned();
                        config.x_options.push(match text.split_once('=') {
                            Some((n, v)) => (n.to_owned(), Some(v.to_owned())),
                            None => (text, None),
                        });
                    }
                    None => return refuse("Argument expected for the -X option"),
                },
                other => return refuse(&format!("Unknown option: -{}", other as char)),
            }
        }
    }
    if versions > 0 {
        let more = if versions > 1 { format!(" (main) [Orochi {}]", env!("CARGO_PKG_VERSION")) } else { String::new() };
        return Parsed::Print(format!("{}{more}\n", version()));
    }
    if config.program == Program::Input
        && let Some(word) = words.get(at)
    {
        at += 1;
        if word == b"-" {
            config.dash = true;
        } else {
            config.program = Program::File(word.clone());
        }
    }
    config.arguments = words.get(at..).unwrap_or(&[]).to_vec();
    if let Err(message) = environment(&mut config).and_then(|()| lock_mode(&mut config)).and_then(|()| x_options(&mut config)) {
        return Parsed::Fatal(format!("Fatal Python error: {message}\nPython runtime state: preinitialized\n\n"));
    }
    if random_hashes {
        config.hash_seed = None;
    }
    // Later filters win: those of the command line over those of the environment, -b over all.
    if config.dev {
        config.warnings.insert(0, b"default".to_vec());
    }
    config.warnings.extend(warnings);
    match config.bytes_warning {
        0 => {}
        1 => config.warnings.push(b"default::BytesWarning".to_vec()),
        _ => config.warnings.push(b"error::BytesWarning".to_vec()),
    }
    Parsed::Run(Box::new(config))
}

/// A variable that is a flag: a number counts, any other text is 1.
fn level(config: &Config, name: &str) -> u8 {
    config.environment(name).map_or(0, |v| String::from_utf8_lossy(&v).parse().unwrap_or(1))
}

fn environment(config: &mut Config) -> Result<(), String> {
    config.debug |= level(config, "PYTHONDEBUG") > 0;
    config.no_bytecode |= level(config, "PYTHONDONTWRITEBYTECODE") > 0;
    config.unbuffered |= level(config, "PYTHONUNBUFFERED") > 0;
    config.safe_path |= config.environment("PYTHONSAFEPATH").is_some();
    config.no_user_site |= config.environment("PYTHONNOUSERSITE").is_some();
    config.dev = config.environment("PYTHONDEVMODE").is_some();
    config.optimize = config.optimize.max(level(config, "PYTHONOPTIMIZE").min(2));
    config.verbose = config.verbose.max(level(config, "PYTHONVERBOSE"));
    if let Some(v) = config.environment("PYTHONWARNINGS") {
        config.warnings.extend(v.split(|&b| b == b',').map(<[u8]>::to_vec));
    }
    if let Some(v) = config.environment("PYTHONHASHSEED").filter(|v| v != b"random") {
        let seed = String::from_utf8_lossy(&v).parse();
        config.hash_seed = Some(seed.map_err(|_| {
            "config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]".to_owned()
        })?);
    }
    config.pycache_prefix = config.environment("PYTHONPYCACHEPREFIX");
    Ok(())
}

/// A setting that `-X name=value` gives, else an environment variable; with it, how the setting was named.
fn setting(config: &Config, name: &str, variable: &str) -> Option<(Option<String>, String)> {
    match config.x_option(name) {
        Some(value) => Some((value.map(str::to_owned), format!("-X {name}"))),
        None => config.environment(variable).map(|v| (Some(String::from_utf8_lossy(&v).into_owned()), variable.to_owned())),
    }
}

fn x_options(config: &mut Config) -> Result<(), String> {
    config.dev |= config.x_option("dev").is_some();
    if let Some((value, named)) = setting(config, "int_max_str_digits", "PYTHONINTMAXSTRDIGITS") {
        let digits = value.and_then(|v| v.parse().ok()).filter(|&n: &u32| n == 0 || n >= 640);
        config.int_max_str_digits = Some(digits.ok_or_else(|| {
            format!("config_init_int_max_str_digits: {named}: invalid limit; must be >= 640 or 0 for unlimited.")
        })?);
    }
    if let Some((value, named)) = setting(config, "cpu_count", "PYTHON_CPU_COUNT")
        && value.as_deref() != Some("default")
    {
        let count = value.and_then(|v| v.parse().ok()).filter(|&n: &u32| n > 0 && n <= i32::MAX as u32);
        config.cpu_count = Some(count.ok_or_else(|| {
            format!("config_init_cpu_count: {named}=n option: n is missing or an invalid number, n must be greater than 0")
        })?);
    }
    if let Some((value, named)) = setting(config, "importtime", "PYTHONPROFILEIMPORTTIME") {
        config.import_times = match value.as_deref() {
            Some("2") => 2,
            None | Some("" | "1" | "true") => 1,
            Some(_) if !named.starts_with('-') => 1,
            Some(_) => return Err(format!("config_init_import_time: {named}: values other than 1 and 2 are reserved for future use.")),
        };
    }
    if let Some(prefix) = config.x_option("pycache_prefix") {
        config.pycache_prefix = prefix.filter(|p| !p.is_empty()).map(|p| p.as_bytes().to_vec());
    }
    dump(config)
}

fn lock_mode(config: &mut Config) -> Result<(), String> {
    let text = match config.x_option("gil") {
        Some(v) => Some(v.unwrap_or("").to_owned()),
        None => config.environment("PYTHON_GIL").map(|v| String::from_utf8_lossy(&v).into_owned()),
    };
    config.mode = match text.as_deref() {
        None | Some("1") => LockMode::ProcessLock,
        Some("0") => LockMode::NoLock,
        Some("interpreter") => LockMode::InterpreterLock,
        Some(_) => return Err("config_read_gil: PYTHON_GIL / -X gil must be \"0\" or \"1\" (or \"interpreter\")".to_owned()),
    };
    Ok(())
}

fn dump(config: &mut Config) -> Result<(), String> {
    let Some(value) = config.x_option("dump") else { return Ok(()) };
    config.dump = Some(match value {
        Some("tokens") => View::Tokens,
        Some("ast") => View::Ast,
        Some("bytecode") => View::Bytecode,
        _ => return Err("bad value for option -X dump (expected \"tokens\", \"ast\" or \"bytecode\")".to_owned()),
    });
    Ok(())
}
