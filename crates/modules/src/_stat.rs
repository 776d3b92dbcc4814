//! `_stat`: constants and tests of file modes.

use orochi_objects::module::ModuleSpec;
use orochi_objects::spec::Method;
use orochi_objects::{Attached, PyResult, Value, dict, int, protocol, str};

/// `_stat`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_stat")
    .doc("S_IFMT_: file type bits\nS_IFDIR: directory\nS_IFREG: regular file\n\nST_MODE: protection bits and so on: places in the result of os.stat().")
    .functions(&[
        Method::new("S_ISBLK", "(mode, /)", |t, a| is(t, &a[0], 0x6000), "S_ISBLK(mode) -> bool\n\nReturn True if mode is from a block special device file."),
        Method::new("S_ISCHR", "(mode, /)", |t, a| is(t, &a[0], 0x2000), "S_ISCHR(mode) -> bool\n\nReturn True if mode is from a character special device file."),
        Method::new("S_ISDIR", "(mode, /)", |t, a| is(t, &a[0], 0x4000), "S_ISDIR(mode) -> bool\n\nReturn True if mode is from a directory."),
        Method::new("S_ISFIFO", "(mode, /)", |t, a| is(t, &a[0], 0x1000), "S_ISFIFO(mode) -> bool\n\nReturn True if mode is from a FIFO (named pipe)."),
        Method::new("S_ISLNK", "(mode, /)", |t, a| is(t, &a[0], 0xa000), "S_ISLNK(mode) -> bool\n\nReturn True if mode is from a symbolic link."),
        Method::new("S_ISREG", "(mode, /)", |t, a| is(t, &a[0], 0x8000), "S_ISREG(mode) -> bool\n\nReturn True if mode is from a regular file."),
        Method::new("S_ISSOCK", "(mode, /)", |t, a| is(t, &a[0], 0xc000), "S_ISSOCK(mode) -> bool\n\nReturn True if mode is from a socket."),
        Method::new("S_ISDOOR", "(mode, /)", never, "S_ISDOOR(mode) -> bool\n\nReturn True if mode is from a door."),
        Method::new("S_ISPORT", "(mode, /)", never, "S_ISPORT(mode) -> bool\n\nReturn True if mode is from an event port."),
        Method::new("S_ISWHT", "(mode, /)", never, "S_ISWHT(mode) -> bool\n\nReturn True if mode is from a whiteout."),
        Method::new("S_IMODE", "(mode, /)", |t, a| Ok(int::new(t, mode(t, &a[0])? & 0o7777)), "Return the portion of the file's mode that can be set by os.chmod()."),
        Method::new("S_IFMT", "(mode, /)", |t, a| Ok(int::new(t, mode(t, &a[0])? & 0o170000)), "Return the portion of the file's mode that describes the file type."),
        Method::new("filemode", "(mode, /)", file_mode, "Convert a file's mode to a string of the form '-rwxrwxrwx'"),
    ])
    .exec(|t, namespace| {
        for &(name, value) in CONSTANTS {
            dict::set_by_name(t, namespace, name, int::new(t, value));
        }
        Ok(())
    });

const CONSTANTS: &[(&str, i64)] = &[
    ("SF_APPEND", 0x40000),
    ("SF_ARCHIVED", 0x10000),
    ("SF_DATALESS", 0x40000000),
    ("SF_FIRMLINK", 0x800000),
    ("SF_IMMUTABLE", 0x20000),
    ("SF_NOUNLINK", 0x100000),
    ("SF_SETTABLE", 0xffff0000),
    ("SF_SNAPSHOT", 0x200000),
    ("ST_ATIME", 7),
    ("ST_CTIME", 9),
    ("ST_DEV", 2),
    ("ST_GID", 5),
    ("ST_INO", 1),
    ("ST_MODE", 0),
    ("ST_MTIME", 8),
    ("ST_NLINK", 3),
    ("ST_SIZE", 6),
    ("ST_UID", 4),
    ("S_ENFMT", 0x400),
    ("S_IEXEC", 0x40),
    ("S_IFBLK", 0x6000),
    ("S_IFCHR", 0x2000),
    ("S_IFDIR", 0x4000),
    ("S_IFDOOR", 0x0),
    ("S_IFIFO", 0x1000),
    ("S_IFLNK", 0xa000),
    ("S_IFPORT", 0x0),
    ("S_IFREG", 0x8000),
    ("S_IFSOCK", 0xc000),
    ("S_IFWHT", 0x0),
    ("S_IREAD", 0x100),
    ("S_IRGRP", 0x20),
    ("S_IROTH", 0x4),
    ("S_IRUSR", 0x100),
    ("S_IRWXG", 0x38),
    ("S_IRWXO", 0x7),
    ("S_IRWXU", 0x1c0),
    ("S_ISGID", 0x400),
    ("S_ISUID", 0x800),
    ("S_ISVTX", 0x200),
    ("S_IWGRP", 0x10),
    ("S_IWOTH", 0x2),
    ("S_IWRITE", 0x80),
    ("S_IWUSR", 0x80),
    ("S_IXGRP", 0x8),
    ("S_IXOTH", 0x1),
    ("S_IXUSR", 0x40),
    ("UF_APPEND", 0x4),
    ("UF_COMPRESSED", 0x20),
    ("UF_DATAVAULT", 0x80),
    ("UF_HIDDEN", 0x8000),
    ("UF_IMMUTABLE", 0x2),
    ("UF_NODUMP", 0x1),
    ("UF_NOUNLINK", 0x10),
    ("UF_OPAQUE", 0x8),
    ("UF_SETTABLE", 0xffff),
    ("UF_TRACKED", 0x40),
];

fn mode(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    let n = protocol::as_index(t, v)?;
    match int::as_i64(&n) {
        Some(n) if (0..=i64::from(u32::MAX)).contains(&n) => Ok(n),
        Some(n) if n < 0 => Err(t.overflow_error("can't convert negative value to unsigned int")),
        Some(_) => Err(t.overflow_error("mode out of range")),
        None => Err(t.overflow_error("Python int too large to convert to C unsigned long")),
    }
}

fn is(t: Attached<'_>, v: &Value, kind: i64) -> PyResult {
    Ok(Value::bool(mode(t, v)? & 0o170000 == kind))
}

fn never(t: Attached<'_>, a: &[Value]) -> PyResult {
    mode(t, &a[0]).map(|_| Value::bool(false))
}

fn file_mode(t: Attached<'_>, a: &[Value]) -> PyResult {
    let m = mode(t, &a[0])?;
    let kind = match m & 0o170000 {
        0o100000 => '-',
        0o040000 => 'd',
        0o120000 => 'l',
        0o060000 => 'b',
        0o020000 => 'c',
        0o010000 => 'p',
        0o140000 => 's',
        _ => '?',
    };
    let mut text = String::from(kind);
    for (shift, special, set, unset) in [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')] {
        let bits = m >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (m & special != 0, bits & 1 != 0) {
            (true, true) => set,
            (true, false) => unset,
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    Ok(str::from_string(t, text))
}
