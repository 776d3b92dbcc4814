//! `errno`: the numbers of the system's errors by name, and their names by number.

use orochi_objects::{ModuleSpec, dict, int, str};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("errno")
    .doc(
        "This module makes available standard errno system symbols.\n\nThe value of each symbol is the corresponding \
         integer value,\ne.g., on most systems, errno.ENOENT equals the integer 2.\n\nThe dictionary errno.errorcode \
         maps numeric codes to symbol names,\ne.g., errno.errorcode[2] could be the string 'ENOENT'.\n\nSymbols that \
         are not relevant to the underlying system are not defined.\n\nTo map error codes to error messages, use the \
         function os.strerror(),\ne.g. os.strerror(2) could return 'No such file or directory'.",
    )
    .exec(|t, namespace| {
        let codes = dict::new(t);
        for &(name, number) in orochi_host::constants::errno_names() {
            let number = int::new(t, i64::from(number));
            let name = str::intern(t, name);
            dict::set(t, &codes, &number, name.clone())?;
            dict::set_str(t, namespace, &name, number);
        }
        dict::set_by_name(t, namespace, "errorcode", codes);
        Ok(())
    });
