//! `re.Match`: the text, and where the groups lie in it (in bytes; Python gets characters).

use orochi_heap::Visit;
use orochi_objects::exception::IndexError;
use orochi_objects::spec::{GetSet, Method, NativeFn, TypeSpec, flags};
use orochi_objects::{
    Attached, Def, Payload, PyResult, Raised, Value, dict, generic_alias, int, payload, protocol, str, tuple,
};
use orochi_regex::{Matcher, Text};
use smallvec::SmallVec;

use super::pattern::{self, group_number};
use super::subject::Subject;
use super::template;

const ABSENT: (usize, usize) = (usize::MAX, usize::MAX);

/// Where the groups of a match lie, in bytes; group 0 is all of it.
#[derive(Clone)]
pub struct Groups {
    /// Start and end; [`ABSENT`] for a group that took no part.
    spans: SmallVec<[(usize, usize); 8]>,
    last: Option<u32>,
}

impl Groups {
    /// Of the last match of `m`, whose program has `count` groups.
    pub fn of<T: Text>(m: &Matcher<'_, T>, count: u32) -> Groups {
        let mut spans = SmallVec::with_capacity(count as usize + 1);
        for i in 0..=count {
            spans.push(m.group(i).unwrap_or(ABSENT));
        }
        Groups { spans, last: m.last_index() }
    }
    /// Where group `i` lies.
    pub fn get(&self, i: u32) -> Option<(usize, usize)> {
        self.spans.get(i as usize).copied().filter(|&span| span != ABSENT)
    }
}

/// The body.
pub struct PyMatch {
    pattern: Value,
    subject: Subject,
    groups: Groups,
    pos: usize,
    endpos: usize,
}

impl Payload for PyMatch {
    payload!(PyMatch, "re.Match");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.pattern);
        self.subject.trace(visit);
    }
}

const fn m(name: &'static str, signature: &'static str, call: NativeFn) -> Method {
    Method::new(name, signature, call, "")
}

/// `re.Match`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyMatch>("re.Match")
    .flags(flags::NO_NEW)
    .slots(&[Def::Repr(repr), Def::GetItem(get_item)])
    .methods(&[
        m("group", "($self, /, *args)", group),
        m("groups", "($self, /, default=None)", groups),
        m("groupdict", "($self, /, default=None)", groupdict),
        m("start", "($self, group=0, /)", |t, a| border(t, a, |(from, _)| from)),
        m("end", "($self, group=0, /)", |t, a| border(t, a, |(_, to)| to)),
        m("span", "($self, group=0, /)", span),
        m("expand", "($self, /, template)", expand),
        m("__copy__", "($self, /)", |_, a| Ok(a[0].clone())),
        m("__deepcopy__", "($self, memo, /)", |_, a| Ok(a[0].clone())),
        m("__reduce_ex__", "($self, protocol, /)", |t, _| Err(t.type_error("cannot pickle 're.Match' object"))),
        Method::class("__class_getitem__", "($type, object, /)", generic_alias::class_getitem, "See PEP 585"),
    ])
    .getset(&[
        GetSet::read("string", |_, v| Ok(body(v).subject.object.clone()), "The string passed to match() or search()."),
        GetSet::read("re", |_, v| Ok(body(v).pattern.clone()), "The regular expression object."),
        GetSet::read("pos", |t, v| Ok(int::from_usize(t, body(v).pos)), "The index into the string at which the RE engine started looking for a match."),
        GetSet::read("endpos", |t, v| Ok(int::from_usize(t, body(v).endpos)), "The index into the string beyond which the RE engine will not go."),
        GetSet::read("lastindex", |t, v| Ok(body(v).groups.last.map_or(Value::none(), |n| int::new(t, i64::from(n)))), "The integer index of the last matched capturing group."),
        GetSet::read("lastgroup", lastgroup, "The name of the last matched capturing group."),
        GetSet::read("regs", regs, ""),
    ])
    .doc("The result of re.match() and re.search().\nMatch objects always have a boolean value of True.");

fn body(v: &Value) -> &PyMatch {
    match v.payload::<PyMatch>() {
        Some(p) => p,
        None => unreachable!("methods are called with their own type"),
    }
}

/// A match. `pos` and `endpos` are characters.
pub fn new(t: Attached<'_>, pattern: &Value, subject: Subject, groups: Groups, pos: usize, endpos: usize) -> Value {
    TYPE.alloc(t, PyMatch { pattern: pattern.clone(), subject, groups, pos, endpos })
}

#[cold]
fn no_group(t: Attached<'_>) -> Raised {
    t.raise(&IndexError, "no such group")
}

fn number(t: Attached<'_>, m: &PyMatch, key: &Value) -> PyResult<u32> {
    if let Some(n) = key.as_small_int() {
        return match usize::try_from(n) {
            Ok(i) if i < m.groups.spans.len() => Ok(i as u32),
            _ => Err(no_group(t)),
        };
    }
    match group_number(t, pattern::body(&m.pattern), key)? {
        Some(n) => Ok(n),
        None => Err(no_group(t)),
    }
}

fn text(t: Attached<'_>, m: &PyMatch, i: u32, default: &Value) -> PyResult {
    match m.groups.get(i) {
        Some((from, to)) => m.subject.slice(t, from, to),
        None => Ok(default.clone()),
    }
}

fn group(t: Attached<'_>, a: &[Value]) -> PyResult {
    let m = body(&a[0]);
    let none = Value::none();
    match tuple::items(&a[1]) {
        [] => text(t, m, 0, &none),
        [one] => text(t, m, number(t, m, one)?, &none),
        keys => {
            let all = keys.iter().map(|k| text(t, m, number(t, m, k)?, &none)).collect::<PyResult<Vec<_>>>()?;
            Ok(tuple::new(t, all))
        }
    }
}

fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    let m = body(this);
    text(t, m, number(t, m, key)?, &Value::none())
}

fn groups(t: Attached<'_>, a: &[Value]) -> PyResult {
    let m = body(&a[0]);
    let default = a[1].given().cloned().unwrap_or(Value::none());
    let all = (1..m.groups.spans.len() as u32).map(|i| text(t, m, i, &default)).collect::<PyResult<Vec<_>>>()?;
    Ok(tuple::new(t, all))
}

fn groupdict(t: Attached<'_>, a: &[Value]) -> PyResult {
    let m = body(&a[0]);
    let default = a[1].given().cloned().unwrap_or(Value::none());
    let out = dict::new(t);
    for (name, i) in dict::items(&pattern::body(&m.pattern).groupindex) {
        let i = number(t, m, &i)?;
        dict::set(t, &out, &name, text(t, m, i, &default)?)?;
    }
    Ok(out)
}

fn border(t: Attached<'_>, a: &[Value], f: fn((usize, usize)) -> usize) -> PyResult {
    let m = body(&a[0]);
    let i = a[1].given().map_or(Ok(0), |k| number(t, m, k))?;
    Ok(match m.groups.get(i) {
        Some(span) => int::from_usize(t, m.subject.char_of(f(span))),
        None => Value::i32(-1),
    })
}

fn pair(t: Attached<'_>, m: &PyMatch, i: u32) -> Value {
    let both = match m.groups.get(i) {
        Some((from, to)) => [from, to].map(|at| int::from_usize(t, m.subject.char_of(at))),
        None => [Value::i32(-1), Value::i32(-1)],
    };
    tuple::new(t, both.into())
}

fn span(t: Attached<'_>, a: &[Value]) -> PyResult {
    let m = body(&a[0]);
    let i = a[1].given().map_or(Ok(0), |k| number(t, m, k))?;
    Ok(pair(t, m, i))
}

fn regs(t: Attached<'_>, this: &Value) -> PyResult {
    let m = body(this);
    Ok(tuple::new(t, (0..m.groups.spans.len() as u32).map(|i| pair(t, m, i)).collect()))
}

fn lastgroup(_: Attached<'_>, this: &Value) -> PyResult {
    let m = body(this);
    let Some(last) = m.groups.last else { return Ok(Value::none()) };
    let names = &pattern::body(&m.pattern).indexgroup;
    Ok(tuple::items(names).get(last as usize).cloned().unwrap_or(Value::none()))
}

fn expand(t: Attached<'_>, a: &[Value]) -> PyResult {
    let m = body(&a[0]);
    let template = template::compile(t, &m.pattern, &a[1])?;
    template::expand(t, &template, &m.subject, &m.groups)
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let m = body(this);
    let (from, to) = m.groups.get(0).unwrap_or((0, 0));
    let whole = m.subject.slice(t, from, to)?;
    let whole = str::display(&protocol::repr(t, &whole)?);
    let (from, to) = (m.subject.char_of(from), m.subject.char_of(to));
    Ok(str::from_string(t, format!("<re.Match object; span=({from}, {to}), match={whole}>")))
}
