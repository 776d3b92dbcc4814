//! Arguments of a call, and the signatures of native functions.
//!
//! [`Args`] is how a call travels: positional values, then the values of keyword arguments, whose
//! names stand apart. A native function declares a text signature (as CPython's `__text_signature__`);
//! [`Signature::bind`] turns `Args` into one value a parameter, with CPython's messages.

use orochi_heap::Value;
use smallvec::SmallVec;

use crate::thread::{Attached, PyResult, Raised};

/// The arguments of a call, borrowed from the caller.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    /// Positional values, then keyword values.
    all: &'a [Value],
    /// Names (str objects) of the last `names.len()` values.
    names: &'a [Value],
}

impl<'a> Args<'a> {
    /// Positional arguments only.
    #[inline(always)]
    pub const fn new(positional: &'a [Value]) -> Args<'a> {
        Args { all: positional, names: &[] }
    }
    /// Positional and keyword arguments: the last `names.len()` of `all` are named.
    #[inline(always)]
    pub const fn with_names(all: &'a [Value], names: &'a [Value]) -> Args<'a> {
        Args { all, names }
    }
    /// The positional values.
    #[inline(always)]
    pub fn positional(&self) -> &'a [Value] {
        &self.all[..self.all.len() - self.names.len()]
    }
    /// All values: positional, then keyword values.
    #[inline(always)]
    pub fn all(&self) -> &'a [Value] {
        self.all
    }
    /// The keyword names.
    #[inline(always)]
    pub fn names(&self) -> &'a [Value] {
        self.names
    }
    /// The keyword arguments.
    pub fn keywords(&self) -> impl Iterator<Item = (&'a Value, &'a Value)> {
        self.names.iter().zip(&self.all[self.all.len() - self.names.len()..])
    }
    /// No arguments at all.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
    /// The same without the first positional argument.
    pub fn skip_first(&self) -> Args<'a> {
        Args { all: &self.all[1..], names: self.names }
    }
    /// The same with `first` in front; `f` gets them.
    pub fn with_first<R>(&self, first: &Value, f: impl FnOnce(Args<'_>) -> R) -> R {
        let mut all: SmallVec<[Value; 8]> = SmallVec::with_capacity(self.all.len() + 1);
        all.push(first.clone());
        all.extend(self.all.iter().cloned());
        f(Args { all: &all, names: self.names })
    }
    /// TypeError unless there are no keyword arguments.
    pub fn no_keywords(&self, t: Attached<'_>, function: &str) -> PyResult<()> {
        if self.names.is_empty() { Ok(()) } else { Err(t.type_error(format!("{function}() takes no keyword arguments"))) }
    }
    /// TypeError unless the number of positional arguments lies in the range and there are no keywords.
    pub fn expect(&self, t: Attached<'_>, function: &str, min: usize, max: usize) -> PyResult<&'a [Value]> {
        self.no_keywords(t, function)?;
        let n = self.all.len();
        if n < min || n > max {
            let (bound, word) = if min == max { (min, "") } else if n < min { (min, "at least ") } else { (max, "at most ") };
            let s = if bound == 1 { "" } else { "s" };
            return Err(t.type_error(format!("{function} expected {word}{bound} argument{s}, got {n}")));
        }
        Ok(self.all)
    }
}

/// How a parameter can be given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamKind {
    /// By position only.
    PositionalOnly,
    /// By position or name.
    Positional,
    /// `*args`.
    VarArgs,
    /// By name only.
    KeywordOnly,
    /// `**kwargs`.
    VarKeywords,
}

/// One parameter.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name (without `$`).
    pub name: &'static str,
    /// How it can be given.
    pub kind: ParamKind,
    /// Whether it may be omitted.
    pub optional: bool,
}

/// A parsed text signature.
#[derive(Debug)]
pub struct Signature {
    /// The parameters in order; `$self`, `$type`, `$module` first where the text has one.
    pub params: Box<[Param]>,
    /// Parameters that can be given by position.
    positional: usize,
    required_positional: usize,
    simple: bool,
    /// Whether what cannot be given by position may be left out: then a call without names needs no search.
    rest_optional: bool,
    has_self: bool,
    /// The function's name with its module's or class's in front, for the messages that have it so;
    /// empty: as the caller names it.
    full_name: Box<str>,
}

/// The numbers of positional arguments with which a body can be called at once, unbound markers standing
/// for those left out. A signature that is not that plain has an empty range.
#[derive(Clone, Copy, Debug)]
pub struct Arity {
    least: u16,
    most: u16,
    /// Entries that the body wants, markers included.
    all: u16,
}

impl Arity {
    /// Any number, without markers.
    pub(crate) const ANY: Arity = Arity { least: 0, most: u16::MAX, all: 0 };

    /// How many markers have to follow `given` arguments; `None`: the arguments need binding.
    #[inline(always)]
    pub fn left_out(self, given: usize) -> Option<usize> {
        if given >= self.least as usize && given <= self.most as usize {
            Some((self.all as usize).saturating_sub(given))
        } else {
            None
        }
    }
}

impl Signature {
    /// Parses `($self, a, b=None, /, c=1, *args, d, **kw)`. A mistake in the text is a mistake in
    /// this program: the parameter is taken as written.
    pub fn parse(text: &'static str) -> Signature {
        let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
        let mut params: Vec<Param> = Vec::new();
        let mut keyword_only = false;
        let mut has_self = false;
        for part in split_top(inner) {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            if part == "/" {
                for p in &mut params {
                    p.kind = ParamKind::PositionalOnly;
                }
            } else if part == "*" {
                keyword_only = true;
            } else if let Some(name) = part.strip_prefix("**") {
                params.push(Param { name, kind: ParamKind::VarKeywords, optional: true });
            } else if let Some(name) = part.strip_prefix('*') {
                params.push(Param { name, kind: ParamKind::VarArgs, optional: true });
                keyword_only = true;
            } else {
                let (name, optional) = match part.split_once('=') {
                    Some((name, _)) => (name.trim(), true),
                    None => (part, false),
                };
                let kind = if name.starts_with('$') {
                    has_self = true;
                    ParamKind::PositionalOnly
                } else if keyword_only {
                    ParamKind::KeywordOnly
                } else {
                    ParamKind::Positional
                };
                params.push(Param { name: name.trim_start_matches('$'), kind, optional });
            }
        }
        let is_positional = |p: &&Param| matches!(p.kind, ParamKind::PositionalOnly | ParamKind::Positional);
        let positional = params.iter().filter(is_positional).count();
        let required_positional = params.iter().filter(is_positional).filter(|p| !p.optional).count();
        let simple = positional == params.len();
        let rest_optional = params[positional..].iter().all(|p| p.optional);
        let full_name = Box::default();
        Signature { params: params.into(), positional, required_positional, simple, rest_optional, has_self, full_name }
    }
    /// The same with the function's full name.
    pub fn named(mut self, full_name: String) -> Signature {
        self.full_name = full_name.into();
        self
    }
    fn full_name<'a>(&'a self, function: &'a str) -> &'a str {
        if self.full_name.is_empty() { function } else { &self.full_name }
    }
    /// Whether some parameter can be given by name.
    fn takes_keywords(&self) -> bool {
        self.params.iter().any(|p| matches!(p.kind, ParamKind::Positional | ParamKind::KeywordOnly))
    }

    /// How many arguments the fast call takes: none by name, those left out are the last ones.
    pub(crate) fn arity(&self) -> Arity {
        let plain = self.params[self.positional..].iter().all(|p| p.optional && p.kind == ParamKind::KeywordOnly);
        match (u16::try_from(self.required_positional), u16::try_from(self.positional), u16::try_from(self.params.len())) {
            (Ok(least), Ok(most), Ok(all)) if plain => Arity { least, most, all },
            _ => Arity { least: u16::MAX, most: 0, all: 0 },
        }
    }
    /// Number of parameters.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.params.len()
    }
    /// Whether there is no parameter.
    pub fn is_empty(&self) -> bool {
        self.params.is_empty()
    }

    /// Calls `f` with one value for each parameter.
    #[inline(always)]
    pub fn call<R>(
        &self,
        t: Attached<'_>,
        function: &str,
        args: Args<'_>,
        f: impl FnOnce(&[Value]) -> PyResult<R>,
    ) -> PyResult<R> {
        if self.simple && args.names.is_empty() && args.all.len() == self.params.len() {
            return f(args.all);
        }
        self.call_slow(t, function, args, f)
    }

    #[inline(never)]
    fn call_slow<R>(
        &self,
        t: Attached<'_>,
        function: &str,
        args: Args<'_>,
        f: impl FnOnce(&[Value]) -> PyResult<R>,
    ) -> PyResult<R> {
        let mut bound: SmallVec<[Value; 8]> = SmallVec::with_capacity(self.params.len());
        let given = args.positional();
        if self.simple && args.names.is_empty() {
            if given.len() < self.required_positional || given.len() > self.positional {
                return Err(self.wrong_number(t, function, given.len()));
            }
            bound.extend(given.iter().cloned());
            bound.resize_with(self.params.len(), Value::unbound);
            return f(&bound);
        }
        if self.rest_optional && args.names.is_empty() && given.len() >= self.required_positional {
            // Parameters that are given by position stand in front, `*args` behind them, `**kwargs` last.
            let (own, more) = given.split_at(given.len().min(self.positional));
            let takes_more = self.params.get(self.positional).is_some_and(|p| p.kind == ParamKind::VarArgs);
            if takes_more || more.is_empty() {
                bound.extend(own.iter().cloned());
                for p in &self.params[own.len()..] {
                    bound.push(match p.kind {
                        ParamKind::VarArgs => crate::tuple::from_slice(t, more),
                        ParamKind::VarKeywords => crate::dict::new(t),
                        _ => Value::unbound(),
                    });
                }
                return f(&bound);
            }
        }
        self.bind(t, function, args, &mut bound)?;
        f(&bound)
    }

    /// Fills `bound` with one value for each parameter.
    fn bind(&self, t: Attached<'_>, function: &str, args: Args<'_>, bound: &mut SmallVec<[Value; 8]>) -> PyResult<()> {
        let given = args.positional();
        bound.resize_with(self.params.len(), Value::unbound);
        let mut var_args = None;
        let mut var_keywords = None;
        let mut next = 0;
        for (i, p) in self.params.iter().enumerate() {
            match p.kind {
                ParamKind::PositionalOnly | ParamKind::Positional => {
                    if let Some(v) = given.get(next) {
                        bound[i] = v.clone();
                        next += 1;
                    }
                }
                ParamKind::VarArgs => var_args = Some(i),
                ParamKind::VarKeywords => var_keywords = Some(i),
                ParamKind::KeywordOnly => {}
            }
        }
        match var_args {
            Some(i) => bound[i] = crate::tuple::new(t, given.get(next..).unwrap_or(&[]).to_vec()),
            None if next < given.len() => return Err(self.wrong_number(t, function, given.len())),
            None => {}
        }
        if !args.names.is_empty() && !self.takes_keywords() && var_keywords.is_none() {
            return Err(t.type_error(format!("{}() takes no keyword arguments", self.full_name(function))));
        }
        let mut extra: Vec<(Value, Value)> = Vec::new();
        // What is wrong with a keyword is told after what is missing.
        let mut wrong = None;
        'names: for (name, value) in args.keywords() {
            let text = crate::str::display(name);
            for (i, p) in self.params.iter().enumerate() {
                if p.name == text && matches!(p.kind, ParamKind::Positional | ParamKind::KeywordOnly) {
                    if bound[i].is_unbound() {
                        bound[i] = value.clone();
                    } else {
                        wrong.get_or_insert_with(|| {
                            let position = i + 1 - usize::from(self.has_self);
                            format!("argument for {function}() given by name ('{text}') and position ({position})")
                        });
                    }
                    continue 'names;
                }
            }
            if var_keywords.is_some() {
                extra.push((name.clone(), value.clone()));
            } else {
                wrong.get_or_insert_with(|| format!("{function}() got an unexpected keyword argument '{text}'"));
            }
        }
        if let Some(i) = var_keywords {
            let dict = crate::dict::new(t);
            for (k, v) in extra {
                crate::dict::set(t, &dict, &k, v)?;
            }
            bound[i] = dict;
        }
        for (i, p) in self.params.iter().enumerate() {
            if bound[i].is_unbound() && !p.optional {
                if p.kind == ParamKind::PositionalOnly {
                    return Err(self.wrong_number(t, function, given.len()));
                }
                return Err(self.missing(t, function, i));
            }
        }
        match wrong {
            Some(message) => Err(t.type_error(message)),
            None => Ok(()),
        }
    }

    #[cold]
    fn missing(&self, t: Attached<'_>, function: &str, i: usize) -> Raised {
        let position = i + 1 - usize::from(self.has_self);
        t.type_error(format!("{function}() missing required argument '{}' (pos {position})", self.params[i].name))
    }

    #[cold]
    fn wrong_number(&self, t: Attached<'_>, function: &str, given: usize) -> Raised {
        let own = usize::from(self.has_self);
        let (min, max) = (self.required_positional - own, self.positional - own);
        let s = |n: usize| if n == 1 { "" } else { "s" };
        if self.takes_keywords() {
            if let Some(i) = (given..self.positional).find(|&i| !self.params[i].optional)
                && self.params[i].kind == ParamKind::Positional
            {
                return self.missing(t, function, i);
            }
            let given = given.saturating_sub(own);
            let total = self.params.len() - own;
            let message = if given > total {
                format!("{function}() takes at most {total} argument{} ({given} given)", s(total))
            } else if max == 0 {
                format!("{function}() takes no positional arguments")
            } else if given > max {
                let word = if min < max { "at most" } else { "exactly" };
                format!("{function}() takes {word} {max} positional argument{} ({given} given)", s(max))
            } else {
                let required =
                    self.params.iter().filter(|p| p.kind == ParamKind::PositionalOnly && !p.optional).count() - own;
                let word = if required < max { "at least" } else { "exactly" };
                format!("{function}() takes {word} {required} positional argument{} ({given} given)", s(required))
            };
            return t.type_error(message);
        }
        let given = given.saturating_sub(own);
        let message = if max == 0 && self.simple {
            format!("{}() takes no arguments ({given} given)", self.full_name(function))
        } else if min == max && self.simple {
            if max == 1 {
                format!("{}() takes exactly one argument ({given} given)", self.full_name(function))
            } else {
                format!("{function} expected {max} argument{}, got {given}", s(max))
            }
        } else if given < min {
            format!("{function} expected at least {min} argument{}, got {given}", s(min))
        } else {
            format!("{function} expected at most {max} argument{}, got {given}", s(max))
        };
        t.type_error(message)
    }
}

/// The type's name as messages about arguments have it: `None` is called None.
pub fn type_word(t: Attached<'_>, v: &Value) -> String {
    if v.is_none() { "None".to_owned() } else { crate::type_::type_name(t, v) }
}

/// Splits at commas that stand outside brackets and quotes.
fn split_top(text: &'static str) -> Vec<&'static str> {
    let (mut parts, mut depth, mut start, mut quote) = (Vec::new(), 0i32, 0, None);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
