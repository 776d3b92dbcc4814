//! Source to code: what `compile`, `exec`, `eval` and the command line share; faults and warnings of the
//! compiler as Python exceptions and warnings.

use std::sync::Arc;

use orochi_compiler::{FaultKind, Mode, Options, SyntaxFault, SyntaxWarning};
use orochi_heap::Value;
use orochi_syntax::decode::CodecFailure;
use orochi_objects::{Attached, PyResult, Raised, attr, dict, exception, int, str, tuple};

/// Compiles a text. `filename` is a str.
pub fn compile(t: Attached<'_>, text: &str, filename: &Value, mode: Mode, options: &Options) -> PyResult {
    let name = str::as_str(filename).map_or(Vec::new(), |s| s.bytes().to_vec());
    // The compiler knows no Python values: other threads may run meanwhile.
    let compiled = orochi_compiler::compile(text, &name, mode, options);
    match compiled {
        Ok((code, warnings)) => {
            for w in warnings {
                warn(t, text, filename, w)?;
            }
            Ok(orochi_eval::code::new(t, &Arc::new(code)))
        }
        Err(fault) => Err(raise(t, *fault, filename)),
    }
}

/// The exception of a fault.
#[cold]
pub fn raise(t: Attached<'_>, fault: SyntaxFault, filename: &Value) -> Raised {
    let spec = match fault.kind {
        FaultKind::Syntax => &exception::SyntaxError,
        FaultKind::Indentation => &exception::IndentationError,
        FaultKind::Tab => &exception::TabError,
        FaultKind::Incomplete => &exception::_IncompleteInputError,
        FaultKind::Recursion => return t.raise(&exception::RecursionError, &fault.message),
        FaultKind::Memory => return t.raise(&exception::MemoryError, &fault.message),
        FaultKind::Encode { start, end } => {
            let text = str::new(t, fault.text.as_deref().unwrap_or(""));
            let args = vec![
                str::intern(t, "utf-8"),
                text,
                int::from_usize(t, start),
                int::from_usize(t, end),
                str::intern(t, "surrogates not allowed"),
            ];
            return t.raise_with(&exception::UnicodeEncodeError, args);
        }
    };
    let message = str::new(t, &fault.message);
    let Some(place) = fault.location else { return t.raise_with(spec, vec![message]) };
    let text = match &fault.text {
        Some(text) => str::new(t, text),
        None => Value::none(),
    };
    let name = if fault.omit_filename { Value::none() } else { filename.clone() };
    let details = tuple::new(
        t,
        vec![
            name,
            int::new(t, place.line),
            int::new(t, place.column),
            text,
            int::new(t, place.end_line),
            int::new(t, place.end_column),
        ],
    );
    t.raise_with(spec, vec![message, details])
}

/// Issues a SyntaxWarning; an error if the filters say so.
fn warn(t: Attached<'_>, text: &str, filename: &Value, w: SyntaxWarning) -> PyResult<()> {
    let modules = t.interpreter().modules.load();
    let Some(warnings) = dict::get_by_name(t, &modules, "_warnings") else { return Ok(()) };
    let f = attr::get_by_name(t, &warnings, "warn_explicit")?;
    let args = [
        str::new(t, &w.message),
        exception::SyntaxWarning.get(t).clone(),
        filename.clone(),
        int::new(t, i64::from(w.line)),
    ];
    match orochi_objects::protocol::call(t, &f, &args) {
        Ok(_) => Ok(()),
        Err(e) => {
            drop(t.catch(e, &exception::SyntaxWarning)?);
            let index = orochi_syntax::LineIndex::new(text);
            Err(raise(t, w.into_fault(text, &index), filename))
        }
    }
}

/// The text of source bytes: encoding cookie, byte order mark, universal newlines.
pub fn decode(t: Attached<'_>, bytes: &[u8], filename: &Value, file: bool) -> PyResult<String> {
    let shown = str::display(filename);
    let origin = if file { orochi_syntax::decode::Origin::File(&shown) } else { orochi_syntax::decode::Origin::Object };
    let mut codec = |encoding: &str, bytes: &[u8]| decode_by_registry(t, encoding, bytes);
    match orochi_syntax::decode::decode_source(bytes, origin, &mut codec) {
        Ok(text) => Ok(text),
        Err(fault) => Err(raise(t, fault, filename)),
    }
}

/// Decodes by Python's codec registry.
fn decode_by_registry(t: Attached<'_>, encoding: &str, bytes: &[u8]) -> Result<String, CodecFailure> {
    let args = [orochi_objects::bytes::new(t, bytes), str::new(t, encoding)];
    match orochi_objects::protocol::call(t, orochi_objects::str::TYPE.get(t), &args) {
        Ok(v) => Ok(str::display(&v)),
        Err(e) => {
            let e = t.take_raised(e);
            if orochi_objects::type_::is_instance_of(t, &e, exception::LookupError.get(t)) {
                return Err(CodecFailure::Unknown);
            }
            Err(CodecFailure::Failed(match orochi_objects::protocol::str(t, &e) {
                Ok(text) => str::display(&text),
                Err(e) => {
                    drop(t.take_raised(e));
                    "cannot decode".to_owned()
                }
            }))
        }
    }
}

/// The text as a syntax tree of the `_ast` module. Nothing is compiled.
pub fn parse_to_nodes(t: Attached<'_>, text: &str, filename: &Value, mode: Mode, options: &Options) -> PyResult {
    let parsed = match orochi_syntax::parse(text, mode, &options.syntax) {
        Ok(p) => p,
        Err(fault) => return Err(raise(t, fault, filename)),
    };
    for w in parsed.warnings() {
        warn(t, text, filename, w.clone())?;
    }
    crate::_ast::to_nodes::convert(t, &parsed, mode, filename)
}

/// `compile` of a syntax tree of the `_ast` module.
pub fn compile_nodes(t: Attached<'_>, tree: &Value, filename: &Value, mode: Mode, options: &Options) -> PyResult {
    let root = match mode {
        Mode::Exec => "Module",
        Mode::Eval => "Expression",
        Mode::Single => "Interactive",
    };
    let text = crate::_ast::to_source::write(t, tree, root)?;
    compile(t, &text, filename, mode, options)
}
