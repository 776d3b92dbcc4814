//! The standard library, compiled when Orochi is built and embedded in the binary.
//!
//! Pure Python modules are CPython's own, from the crate `rustpython-pylib`; `overlay/` holds the few
//! files of ours that replace or join them. A module's image is decoded when it is imported.
#![forbid(unsafe_code)]

use orochi_bytecode::Code;

struct Row {
    module: &'static str,
    package: bool,
    path: &'static str,
    offset: usize,
    len: usize,
}

static TABLE: &[Row] = include!(concat!(env!("OUT_DIR"), "/table.rs"));
static IMAGES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/images.bin"));

/// A module of the library.
#[derive(Clone, Copy)]
pub struct Module {
    row: &'static Row,
}

/// The module of that full name.
pub fn find(name: &str) -> Option<Module> {
    let at = TABLE.binary_search_by(|row| row.module.cmp(name)).ok()?;
    Some(Module { row: &TABLE[at] })
}

/// All modules, by name.
pub fn all() -> impl Iterator<Item = Module> {
    TABLE.iter().map(|row| Module { row })
}

impl Module {
    /// Full name.
    pub fn name(self) -> &'static str {
        self.row.module
    }
    /// Whether it is a package.
    pub fn is_package(self) -> bool {
        self.row.package
    }
    /// Path of the source, relative to the library's root.
    pub fn path(self) -> &'static str {
        self.row.path
    }
    /// Its code. `None` only if the binary is damaged.
    pub fn code(self) -> Option<Code> {
        orochi_bytecode::image::read(IMAGES.get(self.row.offset..self.row.offset + self.row.len)?).ok()
    }
}
