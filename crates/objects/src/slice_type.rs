//! The Python type `slice`: slots and methods.

use crate::{Def, GetSet, Method};

pub(crate) const DOC: &str = "";
pub(crate) const SLOTS: &[Def] = &[];
pub(crate) const METHODS: &[Method] = &[];
pub(crate) const GETSET: &[GetSet] = &[];
