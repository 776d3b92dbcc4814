//! The standard library, compiled when Orochi is built and embedded in the binary.
//!
//! Pure Python modules are CPython's own, from the crate `rustpython-pylib`; `overlay/` holds the few
//! files of ours that replace or join them. A module's image is decoded when it is imported; its source, kept
//! compressed (a quarter of its size), when somebody asks for it: a traceback's lines, `inspect.getsource`, `pdb`.
#![forbid(unsafe_code)]

use orochi_bytecode::Code;

struct Row {
    module: &'static str,
    package: bool,
    path: &'static str,
    /// Start and end in `IMAGES`.
    image: (usize, usize),
    /// Start and end in `SOURCES`.
    source: (usize, usize),
    /// Bytes of the source.
    text_len: usize,
}

static TABLE: &[Row] = include!(concat!(env!("OUT_DIR"), "/table.rs"));
static IMAGES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/images.bin"));
static SOURCES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sources.bin"));

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
    /// Its code, as that of the file `filename`. `None` only if the binary is damaged.
    pub fn code(self, filename: &str) -> Option<Code> {
        orochi_bytecode::image::read_as(IMAGES.get(self.row.image.0..self.row.image.1)?, filename.as_bytes()).ok()
    }
    /// The text that the code was compiled from. `None` only if the binary is damaged.
    pub fn source(self) -> Option<String> {
        let compressed = SOURCES.get(self.row.source.0..self.row.source.1)?;
        let mut text = vec![0; self.row.text_len];
        let (_, result) = zlib_rs::decompress_slice(&mut text, compressed, zlib_rs::InflateConfig::default());
        if result != zlib_rs::ReturnCode::Ok {
            return None;
        }
        String::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_module_has_code_and_the_source_it_was_made_from() {
        let mut count = 0;
        for module in super::all() {
            let (Some(code), Some(source)) = (module.code(module.path()), module.source()) else { panic!("{} is damaged", module.name()) };
            assert!(code.first_line <= 1 + source.lines().count() as u32, "{}", module.name());
            count += 1;
        }
        assert!(count > 300, "{count} modules");
        assert!(super::find("json.decoder").and_then(super::Module::source).is_some_and(|s| s.contains("class JSONDecoder(")));
    }
}
