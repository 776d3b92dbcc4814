//! The `orochi` command: arguments to configuration to the runtime.
#![forbid(unsafe_code)]

mod arguments;

fn main() {
    orochi_host::process::close_again();
    let original = orochi_host::process::arguments();
    match arguments::parse(&original) {
        arguments::Parsed::Run(config) => orochi_host::process::exit(orochi_embed::main(*config)),
        arguments::Parsed::Print(text) => {
            let failed = orochi_host::console::write_output(text.as_bytes()).is_err();
            orochi_host::process::exit(i32::from(failed))
        }
        arguments::Parsed::Refuse(text) => {
            orochi_host::console::write_error(text.as_bytes());
            orochi_host::process::exit(2)
        }
        arguments::Parsed::Fatal(text) => {
            orochi_host::console::write_error(text.as_bytes());
            orochi_host::process::exit(1)
        }
    }
}
