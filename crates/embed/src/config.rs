//! What the command line and the environment decide.

use orochi_runtime::LockMode;

/// What to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Program {
    /// Standard input, or the prompt if that is a terminal.
    #[default]
    Input,
    /// A file, folder or zip archive.
    File(Vec<u8>),
    /// `-c`
    Command(Vec<u8>),
    /// `-m`
    Module(Vec<u8>),
}

/// What `-X dump=` shows of the program in place of running it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The tokens, as `tokenize` gives them.
    Tokens,
    /// The syntax tree, as `ast.dump` writes it.
    Ast,
    /// The instructions, constants and handlers of every code object.
    Bytecode,
}

/// Settings of a run.
#[derive(Clone, Debug)]
pub struct Config {
    /// What to run.
    pub program: Program,
    /// `sys.argv[1:]`.
    pub arguments: Vec<Vec<u8>>,
    /// `sys.orig_argv`.
    pub original: Vec<Vec<u8>>,
    /// Who may run Python at the same time.
    pub mode: LockMode,
    /// Standard input was named as `-`.
    pub dash: bool,
    /// `-i`
    pub inspect: bool,
    /// `-u`
    pub unbuffered: bool,
    /// `-B`
    pub no_bytecode: bool,
    /// `-E`
    pub ignore_environment: bool,
    /// `-I`
    pub isolated: bool,
    /// `-P`
    pub safe_path: bool,
    /// `-s`
    pub no_user_site: bool,
    /// `-S`
    pub no_site: bool,
    /// `-O`, `-OO`
    pub optimize: u8,
    /// `-q`
    pub quiet: bool,
    /// `-v`
    pub verbose: u8,
    /// `-d`
    pub debug: bool,
    /// `-b`, `-bb`
    pub bytes_warning: u8,
    /// `-W` options, `PYTHONWARNINGS` first.
    pub warnings: Vec<Vec<u8>>,
    /// `-X` options.
    pub x_options: Vec<(String, Option<String>)>,
    /// `-X dev`, `PYTHONDEVMODE`
    pub dev: bool,
    /// `-X cpu_count=`, `PYTHON_CPU_COUNT`: what `os.cpu_count()` says.
    pub cpu_count: Option<u32>,
    /// `-X importtime`, `PYTHONPROFILEIMPORTTIME`: 0 nothing, 1 imports, 2 also of what is there already.
    pub import_times: u8,
    /// `-X int_max_str_digits=`, `PYTHONINTMAXSTRDIGITS`; 0 for no limit.
    pub int_max_str_digits: Option<u32>,
    /// `-X pycache_prefix=`, `PYTHONPYCACHEPREFIX`
    pub pycache_prefix: Option<Vec<u8>>,
    /// `-X dump=`
    pub dump: Option<View>,
    /// `PYTHONHASHSEED`, if it gives a number.
    pub hash_seed: Option<u32>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            program: Program::Input,
            arguments: Vec::new(),
            original: Vec::new(),
            mode: LockMode::ProcessLock,
            dash: false,
            inspect: false,
            unbuffered: false,
            no_bytecode: false,
            ignore_environment: false,
            isolated: false,
            safe_path: false,
            no_user_site: false,
            no_site: false,
            optimize: 0,
            quiet: false,
            verbose: 0,
            debug: false,
            bytes_warning: 0,
            warnings: Vec::new(),
            x_options: Vec::new(),
            dev: false,
            cpu_count: None,
            import_times: 0,
            int_max_str_digits: None,
            pycache_prefix: None,
            dump: None,
            hash_seed: None,
        }
    }
}

impl Config {
    /// The value of an `-X` option: `Some(None)` if it was given without one.
    pub fn x_option(&self, name: &str) -> Option<Option<&str>> {
        self.x_options.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_deref())
    }
    /// An environment variable, unless they are ignored; empty counts as not set.
    pub fn environment(&self, name: &str) -> Option<Vec<u8>> {
        if self.ignore_environment {
            return None;
        }
        orochi_host::process::getenv(name.as_bytes()).filter(|v| !v.is_empty())
    }
    /// How the standard streams treat what is no UTF-8. Bytes of any kind pass through where nobody chose an encoding
    /// (PEP 538, PEP 540): the locale is C or POSIX, or one that stands for them, or UTF-8 was asked for by `-X utf8`.
    pub fn stream_errors(&self) -> &'static str {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| orochi_host::process::getenv(name.as_bytes()).filter(|v| !v.is_empty()))
            .unwrap_or_default();
        let nobody_chose = matches!(&*locale, b"" | b"C" | b"POSIX" | b"C.UTF-8" | b"C.utf8" | b"UTF-8");
        let utf8_mode = match self.x_option("utf8") {
            Some(value) => value != Some("0"),
            None => self.environment("PYTHONUTF8").is_some_and(|v| v == b"1"),
        };
        if nobody_chose || utf8_mode { "surrogateescape" } else { "strict" }
    }
}
