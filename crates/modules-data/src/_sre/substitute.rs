//! `sub`, `subn` and `split`.

use orochi_objects::{Attached, PyResult, Value, buffer, bytes, int, list, protocol, str, tuple};
use orochi_regex::{Matcher, Text};

use super::matched::{self, Groups};
use super::pattern::{self, Interrupts, PyPattern};
use super::subject::{Subject, with_text};
use super::template::{self, Joined};

/// What comes in the place of a match.
enum Replacement {
    /// Always the same.
    Literal(Value),
    /// A template with groups.
    Template(Value),
    /// What a function gives for the match.
    Function(Value),
}

fn replacement(t: Attached<'_>, pattern: &Value, repl: &Value) -> PyResult<Replacement> {
    if protocol::is_callable(t, repl) {
        return Ok(Replacement::Function(repl.clone()));
    }
    let plain = match (str::as_str(repl), bytes::as_bytes(repl)) {
        (Some(s), _) => !s.bytes().contains(&b'\\'),
        (None, Some(b)) => !b.contains(&b'\\'),
        (None, None) => buffer::is_exporter(t, repl) && buffer::read_arg(t, repl, "")?.with(|b| !b.contains(&b'\\')),
    };
    if plain {
        return Ok(Replacement::Literal(repl.clone()));
    }
    let template = template::compile(t, pattern, repl)?;
    Ok(match template::literal(&template) {
        Some(literal) => Replacement::Literal(literal),
        None => Replacement::Template(template),
    })
}

/// `sub(repl, string, count=0)`; with `counted` as `subn`.
pub fn sub(t: Attached<'_>, a: &[Value], counted: bool) -> PyResult {
    let p = pattern::body(&a[0]);
    let count = a[3].given().map_or(Ok(0), |v| protocol::as_size(t, v))?;
    let most = usize::try_from(count).ok().filter(|&n| n > 0).unwrap_or(usize::MAX);
    let repl = replacement(t, &a[0], &a[1])?;
    let subject = Subject::new(t, p.kind, &a[2])?;
    let (result, n) = if count < 0 {
        (whole(t, &subject)?, 0)
    } else {
        with_text!(subject, text => replace(t, &a[0], p, &subject, text, &repl, most))?
    };
    if !counted {
        return Ok(result);
    }
    Ok(tuple::new(t, vec![result, int::from_usize(t, n)]))
}

fn whole(t: Attached<'_>, subject: &Subject) -> PyResult {
    subject.slice(t, 0, subject.bytes().len())
}

fn replace<T: Text>(
    t: Attached<'_>,
    pattern: &Value,
    p: &PyPattern,
    subject: &Subject,
    text: T,
    repl: &Replacement,
    most: usize,
) -> PyResult<(Value, usize)> {
    let len = subject.bytes().len();
    let mut hook = Interrupts::new(t);
    let mut matcher = hook.run(|_| Matcher::with_state(&p.program, text, 0..len, p.state()))?;
    let mut out = Joined::new(subject);
    let (mut n, mut done, mut items) = (0, 0, 0);
    while n < most && hook.run(|hook| matcher.next_search(hook))? {
        let (from, to) = matcher.span();
        if done < from {
            out.stretch(t, subject, done, from)?;
            items += 1;
        }
        match repl {
            Replacement::Literal(v) => {
                out.value(t, v, items)?;
                items += 1;
            }
            Replacement::Template(v) => {
                let groups = Groups::of(&matcher, p.program.groups());
                template::expand_into(t, v, subject, &groups, p.program.groups(), &mut out)?;
                items += 1;
            }
            Replacement::Function(f) => {
                let groups = Groups::of(&matcher, p.program.groups());
                let m = matched::new(t, pattern, subject.clone(), groups, 0, subject.len());
                let v = protocol::call(t, f, &[m])?;
                if !v.is_none() {
                    out.value(t, &v, items)?;
                    items += 1;
                }
            }
        }
        done = to;
        n += 1;
        t.safepoint()?;
    }
    p.keep(matcher.into_state());
    if n == 0 {
        return Ok((whole(t, subject)?, 0));
    }
    out.stretch(t, subject, done, len)?;
    Ok((out.finish(t)?, n))
}

/// `split(string, maxsplit=0)`.
pub fn split(t: Attached<'_>, a: &[Value]) -> PyResult {
    let p = pattern::body(&a[0]);
    let most = a[2].given().map_or(Ok(0), |v| protocol::as_size(t, v))?;
    let subject = Subject::new(t, p.kind, &a[1])?;
    let mut out = Vec::new();
    let mut done = 0;
    let len = subject.bytes().len();
    with_text!(subject, text => {
        let mut hook = Interrupts::new(t);
        let mut matcher = hook.run(|_| Matcher::with_state(&p.program, text, 0..len, p.state()))?;
        let mut n = 0isize;
        while most >= 0 && (most == 0 || n < most) && hook.run(|hook| matcher.next_search(hook))? {
            let (from, to) = matcher.span();
            out.try_reserve(1 + p.program.groups() as usize).map_err(|_| t.memory_error())?;
            out.push(subject.slice(t, done, from)?);
            for i in 1..=p.program.groups() {
                out.push(match matcher.group(i) {
                    Some((from, to)) => subject.slice(t, from, to)?,
                    None => Value::none(),
                });
            }
            done = to;
            n += 1;
            t.safepoint()?;
        }
        p.keep(matcher.into_state());
    });
    out.push(subject.slice(t, done, len)?);
    Ok(list::new(t, out))
}
