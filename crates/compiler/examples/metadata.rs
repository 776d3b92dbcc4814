//! Prints what `inspect` sees of each code object of the files named: names, flags, variables.

use orochi_bytecode::{Code, Const};
use orochi_compiler::{Mode, Options, compile};

fn show(code: &Code, out: &mut String) {
    let list = |names: &mut dyn Iterator<Item = &[u8]>| {
        names.map(|n| String::from_utf8_lossy(n).into_owned()).collect::<Vec<_>>().join(",")
    };
    out.push_str(&format!(
        "{} {} {:#x} ({}) ({}) ({}) {} {} {} {}\n",
        String::from_utf8_lossy(&code.name),
        String::from_utf8_lossy(&code.qualname),
        code.flags,
        list(&mut code.var_names()),
        list(&mut code.cell_names()),
        list(&mut code.free_names()),
        code.arg_count,
        code.posonly_count,
        code.kwonly_count,
        code.first_line,
    ));
    let mut inner: Vec<_> =
        code.constants.iter().filter_map(|c| if let Const::Code(c) = c { Some(c) } else { None }).collect();
    inner.sort_by_key(|c| (c.first_line, c.name.clone()));
    inner.iter().for_each(|code| show(code, out));
}

fn main() {
    for file in std::env::args().skip(1) {
        let Ok(source) = std::fs::read_to_string(&file) else { continue };
        let mut out = String::new();
        if let Ok((code, _)) = compile(&source, b"x", Mode::Exec, &Options::default()) {
            show(&code, &mut out);
        }
        println!("== {}\n{out}", file.rsplit('/').next().unwrap_or_default());
    }
}
