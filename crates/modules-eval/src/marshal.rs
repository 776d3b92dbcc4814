//! `marshal`: code objects as images (see `orochi_bytecode::image`).

use std::sync::Arc;

use orochi_eval::code::{self, PyCode};
use orochi_heap::Value;
use orochi_objects::spec::Method;
use orochi_objects::{Attached, ModuleSpec, PyResult, bytes, dict, exception, type_};

/// `marshal`.
pub static MODULE: ModuleSpec = ModuleSpec::new("marshal")
    .doc("This module contains functions that can read and write Python values in\na binary format.")
    .functions(&[
        Method::new("dumps", "(value, version=5, /, *, allow_code=True)", dumps, "Return the bytes object that would be written to a file by dump(value, file)."),
        Method::new("loads", "(bytes, /, *, allow_code=True)", loads, "Convert the bytes-like object to a value."),
    ])
    .exec(|t, d| {
        dict::set_by_name(t, d, "version", Value::i32(5));
        Ok(())
    });

fn dumps(t: Attached<'_>, a: &[Value]) -> PyResult {
    match a[0].payload::<PyCode>() {
        Some(c) => {
            let mut out = vec![b'c'];
            out.extend(orochi_bytecode::image::write(&c.code));
            Ok(bytes::new(t, &out))
        }
        None => Err(t.raise(
            &exception::NotImplementedError,
            format!("marshal of '{}' objects is not supported yet", type_::type_name(t, &a[0])),
        )),
    }
}

fn loads(t: Attached<'_>, a: &[Value]) -> PyResult {
    let buffer = orochi_objects::buffer::get(t, &a[0], false)?;
    let data = buffer.to_vec();
    match data.split_first() {
        None => Err(t.raise(&exception::EOFError, "marshal data too short")),
        Some((b'c', image)) => match orochi_bytecode::image::read(image) {
            Ok(code) if orochi_bytecode::verify::verify(&code).is_ok() => Ok(code::new(t, &Arc::new(code))),
            _ => Err(t.value_error("bad marshal data (invalid code object)")),
        },
        Some(_) => Err(t.value_error("bad marshal data (unknown type code)")),
    }
}
