//! `re.Pattern`: a compiled program with the names of its groups, and the methods that search.

use orochi_heap::Visit;
use orochi_objects::mapping_proxy;
use orochi_objects::spec::{GetSet, Method, NativeFn, TypeSpec, flags};
use orochi_objects::{
    Attached, CompareOp, Def, Payload, PyResult, Raised, Value, generic_alias, int, list, payload, protocol, str, tuple,
};
use orochi_regex::{MatchError, Matcher, Program, State, Text};
use orochi_runtime::Locked;

use super::matched::{self, Groups};
use super::subject::{PatternKind, Subject, with_text};
use super::{scanner, substitute};

/// The body.
pub struct PyPattern {
    /// What runs.
    pub program: Program,
    /// What it was made of, for comparison.
    code: Box<[u32]>,
    /// What it can be used on.
    pub kind: PatternKind,
    /// The pattern as it was written, or None.
    pub source: Value,
    /// Names of groups to their numbers, a dict.
    pub groupindex: Value,
    /// Names by number, a tuple.
    pub indexgroup: Value,
    /// Stacks of the last match, for the next.
    spare: Locked<Option<Box<State>>>,
}

impl Payload for PyPattern {
    payload!(PyPattern, "re.Pattern");
    fn trace(&self, visit: &mut Visit<'_>) {
        for value in [&self.source, &self.groupindex, &self.indexgroup] {
            visit.value(value);
        }
    }
}

const fn m(name: &'static str, signature: &'static str, call: NativeFn) -> Method {
    Method::new(name, signature, call, "")
}

/// `re.Pattern`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyPattern>("re.Pattern")
    .flags(flags::NO_NEW | flags::HAS_WEAKREF)
    .slots(&[Def::Repr(repr), Def::Hash(hash), Def::Compare(compare)])
    .methods(&[
        m("match", "($self, /, string, pos=0, endpos=sys.maxsize)", |t, a| once(t, a, How::Match)),
        m("fullmatch", "($self, /, string, pos=0, endpos=sys.maxsize)", |t, a| once(t, a, How::Full)),
        m("search", "($self, /, string, pos=0, endpos=sys.maxsize)", |t, a| once(t, a, How::Search)),
        m("findall", "($self, /, string, pos=0, endpos=sys.maxsize)", findall),
        m("finditer", "($self, /, string, pos=0, endpos=sys.maxsize)", scanner::finditer),
        m("scanner", "($self, /, string, pos=0, endpos=sys.maxsize)", scanner::scanner),
        m("sub", "($self, /, repl, string, count=0)", |t, a| substitute::sub(t, a, false)),
        m("subn", "($self, /, repl, string, count=0)", |t, a| substitute::sub(t, a, true)),
        m("split", "($self, /, string, maxsplit=0)", substitute::split),
        m("__copy__", "($self, /)", |_, a| Ok(a[0].clone())),
        m("__deepcopy__", "($self, memo, /)", |_, a| Ok(a[0].clone())),
        Method::class("__class_getitem__", "($type, object, /)", generic_alias::class_getitem, "See PEP 585"),
    ])
    .getset(&[
        GetSet::read("pattern", |_, v| Ok(body(v).source.clone()), "The pattern string from which the RE object was compiled."),
        GetSet::read("flags", |t, v| Ok(int::new(t, i64::from(body(v).program.flags()))), "The regex matching flags."),
        GetSet::read("groups", |t, v| Ok(int::new(t, i64::from(body(v).program.groups()))), "The number of capturing groups in the pattern."),
        GetSet::read("groupindex", |t, v| mapping_proxy::new(t, &body(v).groupindex), "A dictionary mapping group names to group numbers."),
    ])
    .doc("Compiled regular expression object.");

/// The body of a pattern.
pub fn body(v: &Value) -> &PyPattern {
    match v.payload::<PyPattern>() {
        Some(p) => p,
        None => unreachable!("methods are called with their own type"),
    }
}

/// A pattern.
pub fn new(
    t: Attached<'_>,
    program: Program,
    code: Box<[u32]>,
    kind: PatternKind,
    source: &Value,
    groupindex: Value,
    indexgroup: Value,
) -> Value {
    TYPE.alloc(
        t,
        PyPattern {
            program,
            code,
            kind,
            source: source.clone(),
            groupindex: groupindex.counted(),
            indexgroup: indexgroup.counted(),
            spare: Locked::new(None),
        },
    )
}

impl PyPattern {
    /// Stacks to match with.
    pub fn state(&self) -> Box<State> {
        self.spare.lock().take().unwrap_or_default()
    }
    /// Gives the stacks back.
    pub fn keep(&self, state: Box<State>) {
        let old = self.spare.lock().replace(state);
        drop(old);
    }
}

/// The hook that the engine calls now and then: safepoints, whose exception ends the match.
pub struct Interrupts<'t> {
    t: Attached<'t>,
    raised: Option<Raised>,
}

impl<'t> Interrupts<'t> {
    /// Nothing raised yet.
    pub fn new(t: Attached<'t>) -> Interrupts<'t> {
        Interrupts { t, raised: None }
    }
    /// Runs `f` with the hook; turns its error into an exception.
    pub fn run<R>(&mut self, f: impl FnOnce(&mut dyn FnMut() -> bool) -> Result<R, MatchError>) -> PyResult<R> {
        let (t, raised) = (self.t, &mut self.raised);
        let result = f(&mut || match t.safepoint() {
            Ok(()) => true,
            Err(e) => {
                *raised = Some(e);
                false
            }
        });
        match (result, self.raised.take()) {
            (Ok(r), None) => Ok(r),
            (_, Some(e)) => Err(e),
            (Err(_), None) => Err(self.t.memory_error()),
        }
    }
}

/// The region of a subject that arguments `pos` and `endpos` name, in characters.
pub fn region(t: Attached<'_>, subject: &Subject, pos: &Value, endpos: &Value) -> PyResult<(usize, usize)> {
    let len = subject.len();
    let clamp = |v: &Value, default: usize| -> PyResult<usize> {
        match v.given() {
            None => Ok(default),
            Some(v) => Ok(usize::try_from(protocol::as_size(t, v)?).unwrap_or(0).min(len)),
        }
    };
    Ok((clamp(pos, 0)?, clamp(endpos, len)?))
}

/// A way to match once.
#[derive(Clone, Copy)]
pub enum How {
    /// At the beginning.
    Match,
    /// All of the region.
    Full,
    /// Anywhere.
    Search,
}

fn once(t: Attached<'_>, a: &[Value], how: How) -> PyResult {
    let p = body(&a[0]);
    let subject = Subject::new(t, p.kind, &a[1])?;
    let (pos, endpos) = region(t, &subject, &a[2], &a[3])?;
    let range = subject.byte_of(pos)..subject.byte_of(endpos);
    let groups = with_text!(subject, text => {
        let mut hook = Interrupts::new(t);
        let mut matcher = hook.run(|_| Matcher::with_state(&p.program, text, range, p.state()))?;
        let found = hook.run(|hook| match how {
            How::Match => matcher.match_start(hook),
            How::Full => matcher.fullmatch(hook),
            How::Search => matcher.search(hook),
        });
        let groups = match found {
            Ok(true) => Ok(Some(Groups::of(&matcher, p.program.groups()))),
            Ok(false) => Ok(None),
            Err(e) => Err(e),
        };
        p.keep(matcher.into_state());
        groups
    })?;
    match groups {
        Some(groups) => Ok(matched::new(t, &a[0], subject, groups, pos, endpos)),
        None => Ok(Value::none()),
    }
}

/// What `findall` gives for one match: the group, if there is one, all groups, or all of it.
fn found<T: Text>(t: Attached<'_>, p: &PyPattern, subject: &Subject, m: &Matcher<'_, T>) -> PyResult {
    let group = |i: u32| match m.group(i) {
        Some((from, to)) => subject.slice(t, from, to),
        None => subject.empty(t),
    };
    match p.program.groups() {
        0 => group(0),
        1 => group(1),
        n => Ok(tuple::new(t, (1..=n).map(group).collect::<PyResult<Vec<_>>>()?)),
    }
}

fn findall(t: Attached<'_>, a: &[Value]) -> PyResult {
    let p = body(&a[0]);
    let subject = Subject::new(t, p.kind, &a[1])?;
    let (pos, endpos) = region(t, &subject, &a[2], &a[3])?;
    let range = subject.byte_of(pos)..subject.byte_of(endpos);
    let mut out = Vec::new();
    with_text!(subject, text => {
        let mut hook = Interrupts::new(t);
        let mut matcher = hook.run(|_| Matcher::with_state(&p.program, text, range, p.state()))?;
        while hook.run(|hook| matcher.next_search(hook))? {
            out.try_reserve(1).map_err(|_| t.memory_error())?;
            out.push(found(t, p, &subject, &matcher)?);
            t.safepoint()?;
        }
        p.keep(matcher.into_state());
    });
    Ok(list::new(t, out))
}

/// Flags by the names that `repr` gives them.
const FLAG_NAMES: [(u32, &str); 8] = [
    (2, "re.IGNORECASE"),
    (8, "re.MULTILINE"),
    (16, "re.DOTALL"),
    (64, "re.VERBOSE"),
    (128, "re.DEBUG"),
    (256, "re.ASCII"),
    (4, "re.LOCALE"),
    (32, "re.UNICODE"),
];

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let p = body(this);
    let mut left = p.program.flags();
    if p.kind == PatternKind::Text && left & (4 | 32 | 256) == 32 {
        left &= !32;
    }
    let mut names = Vec::new();
    for (bit, name) in FLAG_NAMES {
        if left & bit != 0 {
            names.push(name.to_owned());
            left &= !bit;
        }
    }
    if left != 0 {
        names.push(format!("0x{left:x}"));
    }
    let source = protocol::repr(t, &p.source)?;
    let mut text: String = str::display(&source).chars().take(200).collect();
    if !names.is_empty() {
        text.push_str(", ");
        text.push_str(&names.join("|"));
    }
    Ok(str::from_string(t, format!("re.compile({text})")))
}

fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    let p = body(this);
    let source = protocol::hash(t, &p.source)?;
    let code: Vec<u8> = p.code.iter().flat_map(|w| w.to_le_bytes()).collect();
    let h = source
        ^ str::hash_bytes(t, &code)
        ^ i64::from(p.program.flags())
        ^ (p.kind as i64)
        ^ i64::from(p.program.groups());
    Ok(if h == -1 { -2 } else { h })
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.payload::<PyPattern>(), b.payload::<PyPattern>()) else {
        return Ok(Value::not_implemented());
    };
    if op != CompareOp::Eq && op != CompareOp::Ne {
        return Ok(Value::not_implemented());
    }
    let same = a.is(b)
        || (x.program.flags() == y.program.flags()
            && x.kind == y.kind
            && x.program.groups() == y.program.groups()
            && x.code == y.code
            && protocol::equal(t, &x.source, &y.source)?);
    Ok(Value::bool(same == (op == CompareOp::Eq)))
}

/// The number of a group that is named by `key`: a number or a name. `None`: there is no such group.
pub fn group_number(t: Attached<'_>, p: &PyPattern, key: &Value) -> PyResult<Option<u32>> {
    let number = if int::is_int(key) || orochi_objects::type_::class_of(t, key).slots.index().is_some() {
        Some(protocol::as_index(t, key)?)
    } else {
        let names = &p.groupindex;
        match orochi_objects::dict::get(t, names, key) {
            Ok(found) => found,
            Err(e) => {
                drop(t.catch(e, &orochi_objects::exception::Exception)?);
                None
            }
        }
    };
    let number = number.and_then(|n| int::as_i64(&n)).and_then(|n| u32::try_from(n).ok());
    Ok(number.filter(|&n| n <= p.program.groups()))
}
