//! `_tokenize`: the tokens of lines that a Python callable gives, for `tokenize`.
//!
//! The tokenizer asks for a line when it needs one, in the middle of its own work; what that call
//! raises waits beside it, the tokenizer sees the end of the text, and the exception comes out instead
//! of the token that would have been next.

use std::sync::Arc;

use orochi_heap::Visit;
use orochi_objects::args::Signature;
use orochi_objects::exception::{IndentationError, StopIteration, SyntaxError, TabError};
use orochi_objects::spec::{TypeSpec, flags};
use orochi_objects::{
    Args, Attached, Def, ModuleSpec, Payload, PyResult, Raised, Slot, Value, attr, bytes, int, iter, payload, protocol, start, str,
    tuple, type_,
};
use orochi_runtime::Locked;
use orochi_syntax::fault::{FaultKind, SyntaxFault};
use orochi_syntax::tokenize::{StreamToken, TokenStream};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_tokenize").types(&[&TYPE]);

/// Where lines come from.
struct Source {
    readline: Slot,
    /// What `readline` raised, or unbound.
    raised: Slot,
    /// How to read bytes as text; without: lines must be strs.
    encoding: Option<String>,
}

/// The body.
pub struct PyTokenizerIter {
    source: Arc<Source>,
    /// Taken out while it runs; None at the end too.
    stream: Locked<Option<Box<TokenStream<'static>>>>,
}

impl Payload for PyTokenizerIter {
    payload!(PyTokenizerIter, "TokenizerIter");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.source.readline);
        visit.slot(&self.source.raised);
    }
    fn clear(&self) {
        self.source.readline.take();
    }
}

/// `_tokenize.TokenizerIter`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyTokenizerIter>("_tokenize.TokenizerIter").flags(flags::BASETYPE).slots(&[
    Def::New(new),
    Def::Iter(iter::itself),
    Def::Next(next),
]);

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    Signature::parse("(readline, /, *, extra_tokens, encoding=None)").call(t, "tokenizeriter", args, |a| {
        let extra_tokens = protocol::truth(t, &a[1])?;
        let encoding = match a[2].given().filter(|v| !v.is_none()) {
            None => None,
            Some(v) if str::is_str(v) => Some(str::display(v)),
            Some(v) => {
                let got = type_::type_name(t, v);
                return Err(t.type_error(format!("tokenizeriter() argument 'encoding' must be str, not {got}")));
            }
        };
        let source = Arc::new(Source { readline: Slot::new(a[0].clone()), raised: Slot::unbound(), encoding });
        let feed = source.clone();
        let stream = TokenStream::new(Box::new(move || feed.line()), extra_tokens);
        let body = PyTokenizerIter { source, stream: Locked::new(Some(Box::new(stream))) };
        TYPE.alloc_for(t, class, body)
    })
}

impl Source {
    /// The next line; `None` at the end, and when something was raised.
    fn line(&self) -> Option<String> {
        start::with_current(|t| match self.read(t) {
            Ok(line) => line,
            Err(e) => {
                self.raised.set(t.take_raised(e));
                None
            }
        })
        .flatten()
    }
    fn read(&self, t: Attached<'_>) -> PyResult<Option<String>> {
        t.safepoint()?;
        let line = match protocol::call(t, &self.readline.load(), &[]) {
            Ok(line) => line,
            Err(e) => {
                drop(t.catch(e, &StopIteration)?);
                return Ok(None);
            }
        };
        let text = match (&self.encoding, bytes::as_bytes(&line)) {
            (Some(encoding), Some(b)) => orochi_objects::codecs::decode_named(t, b, encoding, Some("replace"))?,
            (None, None) if str::is_str(&line) => line,
            _ => return Err(t.type_error("readline() returned a non-string object")),
        };
        match str::utf8(&text) {
            Some(s) => Ok(Some(s.replace("\r\n", "\n"))),
            None => {
                // Lone surrogates: the codec words the exception.
                orochi_objects::codecs::encode_named(t, &text, "utf-8", None)?;
                Ok(None)
            }
        }
    }
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let Some(body) = this.payload::<PyTokenizerIter>() else { return Ok(None) };
    let taken = body.stream.lock().take();
    let Some(mut stream) = taken else { return Ok(None) };
    let token = stream.next();
    let raised = body.source.raised.take();
    if !raised.is_unbound() {
        return Err(t.set_raised(raised));
    }
    match token {
        Some(Ok(token)) => {
            let old = body.stream.lock().replace(stream);
            drop(old);
            Ok(Some(value(t, &token)))
        }
        Some(Err(fault)) => Err(raise(t, fault)),
        None => Ok(None),
    }
}

fn value(t: Attached<'_>, token: &StreamToken) -> Value {
    let place = |(line, column): (u32, i64)| tuple::new(t, vec![int::new(t, i64::from(line)), int::new(t, column)]);
    tuple::new(
        t,
        vec![
            Value::i32(i32::from(token.kind)),
            str::new(t, &token.string),
            place(token.start),
            place(token.end),
            str::new(t, &token.line),
        ],
    )
}

/// The exception of a fault.
fn raise(t: Attached<'_>, fault: SyntaxFault) -> Raised {
    let class = match fault.kind {
        FaultKind::Indentation => &IndentationError,
        FaultKind::Tab => &TabError,
        FaultKind::Memory => return t.memory_error(),
        _ => &SyntaxError,
    };
    let message = str::new(t, &fault.message);
    let Some(place) = fault.location else { return t.raise_with(class, vec![message]) };
    let Some(text) = fault.text else {
        // A place without a line: only the two numbers are set.
        let raised = t.raise_with(class, vec![message]);
        let e = t.peek_raised(&raised);
        for (name, n) in [("lineno", place.line), ("offset", place.column)] {
            if let Err(e) = attr::set(t, &e, &str::intern(t, name), Some(&int::new(t, n))) {
                return e;
            }
        }
        return raised;
    };
    // Faults of indentation and of a backslash have a point, no stretch.
    let point = !std::ptr::eq(class, &raw const SyntaxError) || fault.message.ends_with("line continuation character");
    let end = |n: i64| if point { Value::none() } else { int::new(t, n) };
    let details = vec![
        str::intern(t, "<string>"),
        int::new(t, place.line),
        int::new(t, place.column),
        str::new(t, &text),
        end(place.end_line),
        end(place.end_column),
    ];
    t.raise_with(class, vec![message, tuple::new(t, details)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{in_every_mode, module, text};
    use orochi_objects::{Args, list};

    fn iterator(t: Attached<'_>, lines: &[&str], extra: bool) -> Value {
        module(t, &MODULE);
        let lines = list::new(t, lines.iter().map(|l| str::new(t, l)).collect());
        let it = protocol::get_iter(t, &lines).unwrap_or(Value::none());
        let readline = attr::get_by_name(t, &it, "__next__").unwrap_or(Value::none());
        let names = [str::intern(t, "extra_tokens")];
        match protocol::call_args(t, TYPE.get(t), Args::with_names(&[readline, Value::bool(extra)], &names)) {
            Ok(v) => v,
            Err(e) => panic!("{}", text(t, &t.take_raised(e))),
        }
    }

    #[test]
    fn tokens_and_faults() {
        in_every_mode(|t| {
            let it = iterator(t, &["if x:\n", "  y"], true);
            let mut all = Vec::new();
            while let Ok(Some(v)) = protocol::next(t, &it) {
                all.push(text(t, &v));
            }
            assert_eq!(all[3], r"(4, '\n', (1, 5), (1, 6), 'if x:\n')");
            assert_eq!(all.last().map(String::as_str), Some("(0, '', (3, 0), (3, 0), '')"));
            let it = iterator(t, &["0b2\n"], true);
            match protocol::next(t, &it) {
                Ok(_) => panic!("no exception"),
                Err(e) => {
                    let e = t.take_raised(e);
                    let args = attr::get_by_name(t, &e, "args").map(|a| text(t, &a)).unwrap_or_default();
                    assert_eq!(args, "(\"invalid digit '2' in binary literal\", ('<string>', 1, 3, '0b2', 1, 3))");
                }
            }
            assert!(matches!(protocol::next(t, &it), Ok(None)));
        });
    }
}
