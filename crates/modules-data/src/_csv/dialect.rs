//! Dialects: the checked settings of a format.

use orochi_objects::spec::flags;
use orochi_objects::type_::type_name;
use orochi_objects::{Args, Attached, Def, GetSet, Method, Payload, PyResult, TypeSpec, Value};
use orochi_objects::{args::Signature, attr, dict, int, payload, protocol, str};

use super::find_dialect;

/// When fields are quoted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Quoting {
    /// Where needed.
    Minimal,
    /// Always.
    All,
    /// All that is no number.
    NonNumeric,
    /// Never.
    None,
    /// All strings.
    Strings,
    /// All but None.
    NotNull,
}

const QUOTINGS: [Quoting; 6] =
    [Quoting::Minimal, Quoting::All, Quoting::NonNumeric, Quoting::None, Quoting::Strings, Quoting::NotNull];

/// The settings. Characters are code points.
#[derive(Clone, Debug)]
pub(super) struct Dialect {
    pub delimiter: u32,
    pub quote: Option<u32>,
    pub escape: Option<u32>,
    pub double_quote: bool,
    pub skip_initial_space: bool,
    pub line_terminator: Vec<u32>,
    pub quoting: Quoting,
    pub strict: bool,
}

/// The body of a `Dialect`.
pub(super) struct PyDialect {
    pub dialect: Dialect,
    line_terminator: Value,
}

impl Payload for PyDialect {
    payload!(PyDialect, "Dialect");
    const CYCLIC: bool = false;
}

/// `_csv.Dialect`.
pub(super) static DIALECT: TypeSpec = TypeSpec::new::<PyDialect>("_csv.Dialect")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new)])
    .methods(&[
        Method::new("__reduce__", "($self, /)", refuse_pickling, "raises an exception to avoid pickling"),
        Method::new("__reduce_ex__", "($self, protocol, /)", refuse_pickling, "raises an exception to avoid pickling"),
    ])
    .getset(&[
        GetSet::read("delimiter", |t, v| Ok(str::from_code_point(t, body(v).dialect.delimiter)), ""),
        GetSet::read("doublequote", |_, v| Ok(Value::bool(body(v).dialect.double_quote)), ""),
        GetSet::read("escapechar", |t, v| Ok(optional(t, body(v).dialect.escape)), ""),
        GetSet::read("lineterminator", |_, v| Ok(body(v).line_terminator.clone()), ""),
        GetSet::read("quotechar", |t, v| Ok(optional(t, body(v).dialect.quote)), ""),
        GetSet::read("quoting", |_, v| Ok(Value::i32(body(v).dialect.quoting as i32)), ""),
        GetSet::read("skipinitialspace", |_, v| Ok(Value::bool(body(v).dialect.skip_initial_space)), ""),
        GetSet::read("strict", |_, v| Ok(Value::bool(body(v).dialect.strict)), ""),
    ])
    .doc("CSV dialect\n\nThe settings of a format of separated text.");

/// The body of a value that [`of`] gave.
pub(super) fn body(v: &Value) -> &PyDialect {
    match v.payload::<PyDialect>() {
        Some(d) => d,
        None => unreachable!("attributes are read from their own type"),
    }
}

fn optional(t: Attached<'_>, c: Option<u32>) -> Value {
    c.map_or(Value::none(), |c| str::from_code_point(t, c))
}

fn refuse_pickling(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = type_name(t, &a[0]);
    Err(t.type_error(format!("cannot pickle '{name}' instances")))
}

/// The dialect that `base` (a name, a dialect, an object with its attributes) and keywords describe.
pub(super) fn of(t: Attached<'_>, base: Option<&Value>, keywords: &Value) -> PyResult {
    let mut names = Vec::new();
    let mut all: Vec<Value> = base.cloned().into_iter().collect();
    for (name, value) in dict::items(keywords) {
        names.push(name);
        all.push(value);
    }
    protocol::call_args(t, DIALECT.get(t), Args::with_names(&all, &names))
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    const NAMES: [&::core::primitive::str; 8] = [
        "delimiter",
        "doublequote",
        "escapechar",
        "lineterminator",
        "quotechar",
        "quoting",
        "skipinitialspace",
        "strict",
    ];
    let signature = Signature::parse(
        "(dialect=None, delimiter=None, doublequote=None, escapechar=None, lineterminator=None, quotechar=None, \
         quoting=None, skipinitialspace=None, strict=None)",
    );
    for (name, _) in args.keywords() {
        let text = str::display(name);
        if text != "dialect" && !NAMES.contains(&text.as_str()) {
            return Err(t.type_error(format!("this function got an unexpected keyword argument '{text}'")));
        }
    }
    signature.call(t, "Dialect", args, |a| {
        let base = match a[0].given() {
            Some(v) if str::is_str(v) => Some(find_dialect(t, v)?),
            Some(v) if v.is_none() => None,
            other => other.cloned(),
        };
        if let Some(base) = &base
            && class.is(DIALECT.get(t))
            && DIALECT.is_exact(t, base)
            && a[1..].iter().all(|v| v.given().is_none())
        {
            return Ok(base.clone());
        }
        let mut settings: Vec<Option<Value>> = Vec::with_capacity(NAMES.len());
        for (name, v) in NAMES.iter().zip(&a[1..]) {
            settings.push(match (v.given(), &base) {
                (Some(v), _) => Some(v.clone()),
                (None, Some(base)) => attr::find(t, base, &str::intern(t, name))?,
                (None, None) => None,
            });
        }
        let line_terminator = settings[3].clone().unwrap_or_else(|| str::new(t, "\r\n"));
        let dialect = checked(t, &settings, &line_terminator)?;
        DIALECT.alloc_for(t, class, PyDialect { dialect, line_terminator })
    })
}

/// One character, or `None` for None where that is allowed.
fn character(t: Attached<'_>, name: &::core::primitive::str, v: &Value, none: bool) -> PyResult<Option<u32>> {
    if none && v.is_none() {
        return Ok(None);
    }
    let or = if none { " or None" } else { "" };
    let Some(s) = str::as_str(v) else {
        let given = type_name(t, v);
        return Err(t.type_error(format!("\"{name}\" must be a unicode character{or}, not {given}")));
    };
    let mut chars = s.wtf8().chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(Some(c.to_u32())),
        _ => {
            let n = s.char_len();
            Err(t.type_error(format!("\"{name}\" must be a unicode character{or}, not a string of length {n}")))
        }
    }
}

fn checked(t: Attached<'_>, settings: &[Option<Value>], line_terminator: &Value) -> PyResult<Dialect> {
    let flag = |v: &Option<Value>, default: bool| v.as_ref().map_or(Ok(default), |v| protocol::truth(t, v));
    let delimiter = match &settings[0] {
        Some(v) => character(t, "delimiter", v, false)?.unwrap_or(0),
        None => u32::from(','),
    };
    let double_quote = flag(&settings[1], true)?;
    let escape = settings[2].as_ref().map_or(Ok(None), |v| character(t, "escapechar", v, true))?;
    let Some(terminator) = str::as_str(line_terminator) else {
        let given = type_name(t, line_terminator);
        return Err(t.type_error(format!("\"lineterminator\" must be a string, not {given}")));
    };
    let terminator: Vec<u32> = terminator.wtf8().chars().map(|c| c.to_u32()).collect();
    let quote = settings[4].as_ref().map_or(Ok(Some(u32::from('"'))), |v| character(t, "quotechar", v, true))?;
    let quoting = match &settings[5] {
        None => Some(Quoting::Minimal),
        Some(v) if !int::is_int(v) => {
            return Err(t.type_error(format!("\"quoting\" must be an integer, not {}", type_name(t, v))));
        }
        Some(v) => int::as_i64(v).and_then(|i| usize::try_from(i).ok()).and_then(|i| QUOTINGS.get(i).copied()),
    };
    let Some(mut quoting) = quoting else { return Err(t.type_error("bad \"quoting\" value")) };
    let skip_initial_space = flag(&settings[6], false)?;
    let strict = flag(&settings[7], false)?;
    // None for the quote alone turns quoting off.
    if quote.is_none() && settings[4].is_some() && settings[5].is_none() {
        quoting = Quoting::None;
    }
    if quoting != Quoting::None && quote.is_none() {
        return Err(t.type_error("quotechar must be set if quoting enabled"));
    }
    let named = [("delimiter", Some(delimiter), true), ("escapechar", escape, !skip_initial_space), ("quotechar", quote, !skip_initial_space)];
    for (name, c, space_allowed) in named {
        let bad = |c: u32| c == u32::from('\n') || c == u32::from('\r') || c == u32::from(' ') && !space_allowed;
        if c.is_some_and(bad) {
            return Err(t.value_error(format!("bad {name} value")));
        }
    }
    let in_terminator = |c: Option<u32>| c.is_some_and(|c| terminator.contains(&c));
    let clash = if escape == Some(delimiter) {
        Some("delimiter or escapechar")
    } else if quote == Some(delimiter) {
        Some("delimiter or quotechar")
    } else if escape.is_some() && escape == quote {
        Some("escapechar or quotechar")
    } else if in_terminator(Some(delimiter)) {
        Some("delimiter or lineterminator")
    } else if in_terminator(escape) {
        Some("escapechar or lineterminator")
    } else if in_terminator(quote) {
        Some("quotechar or lineterminator")
    } else {
        None
    };
    if let Some(pair) = clash {
        return Err(t.value_error(format!("bad {pair} value")));
    }
    Ok(Dialect {
        delimiter,
        quote,
        escape,
        double_quote,
        skip_initial_space,
        line_terminator: terminator,
        quoting,
        strict,
    })
}
