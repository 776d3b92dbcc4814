//! The instruction reference page is the instruction table. `cargo xtask regen` writes it again.

use std::path::Path;

#[test]
fn generated_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/internals/bytecode.md");
    let wanted = orochi_bytecode::disassemble::reference();
    if std::env::var_os("OROCHI_REGEN").is_some() {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("folder");
        }
        std::fs::write(&path, wanted).expect("written");
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/internals/bytecode.md is out of date: run `cargo xtask regen`");
}
