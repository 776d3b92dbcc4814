//! `bool`.

use crate::spec::TypeSpec;

/// `bool`.
pub static TYPE: TypeSpec = TypeSpec::new::<crate::int::PyInt>("bool").base(&crate::int::TYPE);
