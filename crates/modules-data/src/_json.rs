//! `_json`: the fast parts of `json`.
//!
//! Reading is `_json/scanner.rs` on top of `scanstring.rs`; writing is `_json/encoder.rs` on top of
//! `escape.rs`. Positions are code points where Python sees them and bytes inside.

mod encoder;
mod escape;
mod scanner;
mod scanstring;

use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Raised, Slot, Value, dict, int, protocol, str, type_};
use orochi_text::wtf8::Wtf8;

/// `_json`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_json")
    .doc("Fast parts of the json package.")
    .functions(&[
        Method::new("encode_basestring_ascii", "(string, /)", escape::encode_ascii, "The JSON text of a str, in ASCII."),
        Method::new("encode_basestring", "(string, /)", escape::encode, "The JSON text of a str."),
        Method::new("scanstring", "(string, end, strict=True, /)", scanstring::scanstring, "Reads a JSON string whose opening quote ends before index end.\n\nReturns the text and the index after the closing quote."),
    ])
    .exec(|t, namespace| {
        dict::set_by_name(t, namespace, "make_scanner", scanner::TYPE.get(t).clone());
        dict::set_by_name(t, namespace, "make_encoder", encoder::TYPE.get(t).clone());
        let state = t.interpreter().state::<Functions>();
        for (slot, name) in [(&state.ascii, "encode_basestring_ascii"), (&state.plain, "encode_basestring")] {
            slot.set(dict::get_by_name(t, namespace, name).unwrap_or(Value::none()));
        }
        Ok(())
    });

/// This interpreter's own string encoders: an encoder that is given one of them need not call it.
struct Functions {
    ascii: Slot,
    plain: Slot,
}

impl Default for Functions {
    fn default() -> Functions {
        Functions { ascii: Slot::unbound(), plain: Slot::unbound() }
    }
}

/// A str argument.
fn text<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<&'a str::PyStr> {
    match str::as_str(v) {
        Some(s) => Ok(s),
        None => Err(t.type_error(format!("first argument must be a string, not {}", type_::type_name(t, v)))),
    }
}

/// The number of code points before a byte offset.
fn chars_before(s: &str::PyStr, at: usize) -> usize {
    if s.is_ascii() { at } else { s.wtf8().char_offset(at) }
}

/// `json.JSONDecodeError(message, document, position)`; the position is in code points and may be -1.
#[cold]
fn decode_error(t: Attached<'_>, message: &str, document: &Value, position: i64) -> Raised {
    match find_error_class(t).and_then(|class| {
        let args = [str::new(t, message), document.clone(), int::new(t, position)];
        protocol::call(t, &class, &args)
    }) {
        Ok(e) => t.raise_value(e),
        Err(e) => e,
    }
}

fn find_error_class(t: Attached<'_>) -> PyResult {
    let name = str::intern(t, "json.decoder");
    let modules = t.interpreter().modules.load();
    let known = if dict::as_dict(&modules).is_some() { dict::get_str(t, &modules, &name) } else { None };
    let found = match known {
        Some(m) => m,
        None => {
            let import = protocol::builtin(t, "__import__")?;
            let class_names = orochi_objects::list::new(t, vec![str::intern(t, "JSONDecodeError")]);
            protocol::call(t, &import, &[name, Value::none(), Value::none(), class_names])?
        }
    };
    orochi_objects::attr::get_by_name(t, &found, "JSONDecodeError")
}

/// The part of a text between two byte offsets.
fn part(text: &Wtf8, from: usize, to: usize) -> &Wtf8 {
    text.slice(from..to)
}

#[cfg(test)]
mod tests;
