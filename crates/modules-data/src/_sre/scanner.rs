//! `SRE_Scanner`: matches one after another in a text; and the iterator that `finditer` gives.

use orochi_heap::Visit;
use orochi_objects::spec::{GetSet, Method, TypeSpec, flags};
use orochi_objects::{Attached, Def, Payload, PyResult, Value, iter, payload};
use orochi_regex::Matcher;
use orochi_runtime::Locked;

use super::matched::{self, Groups};
use super::pattern::{self, Interrupts, region};
use super::subject::{Subject, with_text};

/// Where the next match is looked for.
#[derive(Clone, Copy)]
struct Place {
    /// Byte.
    from: usize,
    /// Whether an empty match there does not count (one was found there).
    must_advance: bool,
    done: bool,
}

/// The body.
pub struct PyScanner {
    pattern: Value,
    subject: Subject,
    end: usize,
    pos: usize,
    endpos: usize,
    place: Locked<Place>,
}

impl Payload for PyScanner {
    payload!(PyScanner, "SRE_Scanner");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.pattern);
        self.subject.trace(visit);
    }
}

/// `_sre.SRE_Scanner`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyScanner>("_sre.SRE_Scanner")
    .flags(flags::NO_NEW)
    .methods(&[
        Method::new("match", "($self, /)", |t, a| step(t, &a[0], true).map(|m| m.unwrap_or(Value::none())), ""),
        Method::new("search", "($self, /)", |t, a| step(t, &a[0], false).map(|m| m.unwrap_or(Value::none())), ""),
    ])
    .getset(&[GetSet::read("pattern", |_, v| Ok(body(v).pattern.clone()), "")]);

/// What `finditer` gives.
static ITERATOR: TypeSpec = TypeSpec::new::<PyScanner>("callable_iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(iter::itself), Def::Next(|t, v| step(t, v, false))]);

fn body(v: &Value) -> &PyScanner {
    match v.payload::<PyScanner>() {
        Some(p) => p,
        None => unreachable!("methods are called with their own type"),
    }
}

fn make(t: Attached<'_>, a: &[Value], ty: &'static TypeSpec) -> PyResult {
    let subject = Subject::new(t, pattern::body(&a[0]).kind, &a[1])?;
    let (pos, endpos) = region(t, &subject, &a[2], &a[3])?;
    let (from, end) = (subject.byte_of(pos), subject.byte_of(endpos));
    let place = Locked::new(Place { from, must_advance: false, done: from > end });
    Ok(ty.alloc(t, PyScanner { pattern: a[0].clone(), subject, end, pos, endpos, place }))
}

/// `Pattern.scanner`.
pub fn scanner(t: Attached<'_>, a: &[Value]) -> PyResult {
    make(t, a, &TYPE)
}
/// `Pattern.finditer`.
pub fn finditer(t: Attached<'_>, a: &[Value]) -> PyResult {
    make(t, a, &ITERATOR)
}

/// The next match: where the last ended (`here`), or anywhere behind it.
fn step(t: Attached<'_>, this: &Value, here: bool) -> PyResult<Option<Value>> {
    let s = body(this);
    let place = *s.place.lock();
    if place.done {
        return Ok(None);
    }
    let pattern = &s.pattern;
    let p = pattern::body(pattern);
    let found = with_text!(s.subject, text => {
        let mut hook = Interrupts::new(t);
        let mut matcher = hook.run(|_| Matcher::with_state(&p.program, text, place.from..s.end, p.state()))?;
        matcher.set_must_advance(place.must_advance);
        let found = hook.run(|hook| if here { matcher.match_start(hook) } else { matcher.search(hook) })?;
        let groups = found.then(|| (Groups::of(&matcher, p.program.groups()), matcher.span()));
        p.keep(matcher.into_state());
        groups
    });
    let Some((groups, span)) = found else {
        s.place.lock().done = true;
        return Ok(None);
    };
    *s.place.lock() = Place { from: span.1, must_advance: span.0 == span.1, done: false };
    Ok(Some(matched::new(t, pattern, s.subject.clone(), groups, s.pos, s.endpos)))
}
