//! The Python type `list`: slots and methods.

use crate::{Def, Method};

pub(crate) const DOC: &str = "";
pub(crate) const SLOTS: &[Def] = &[];
pub(crate) const METHODS: &[Method] = &[];
