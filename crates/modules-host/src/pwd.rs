//! `pwd`: the user database.

use orochi_host::users::{self, User};
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, TypeSpec, Value, exception, int, list, protocol, str, struct_sequence};

use crate::arguments::{decoded, text, user_id};
use crate::errors::check;

struct_sequence! {
    /// `pwd.struct_passwd`.
    pub static PASSWD = "pwd.struct_passwd", visible 7, flags 0,
        "pwd.struct_passwd: Results from getpw*() routines.\n\nThis object may be accessed either as a tuple of\n  \
         (pw_name,pw_passwd,pw_uid,pw_gid,pw_gecos,pw_dir,pw_shell)\nor via the object attributes as named in the above tuple.",
        ["pw_name": "user name", "pw_passwd": "password", "pw_uid": "user id", "pw_gid": "group id",
         "pw_gecos": "real name", "pw_dir": "home directory", "pw_shell": "shell program"];
}

static TYPES: &[&TypeSpec] = &[&PASSWD.spec];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("pwd")
    .doc("This module provides access to the Unix password database.")
    .functions(&[
        Method::new("getpwuid", "(uidobj, /)", getpwuid, "Return the password database entry for the given numeric user ID."),
        Method::new("getpwnam", "(name, /)", getpwnam, "Return the password database entry for the given user name."),
        Method::new("getpwall", "()", getpwall, "Return a list of all available password database entries, in arbitrary order."),
    ])
    .types(TYPES);

fn entry(t: Attached<'_>, u: &User) -> PyResult {
    let s = |raw: &[u8]| decoded(t, raw);
    let id = |n: u32| if n == u32::MAX { Value::i32(-1) } else { int::new(t, i64::from(n)) };
    PASSWD.make(t, vec![s(&u.name), s(&u.passwd), id(u.uid), id(u.gid), s(&u.gecos), s(&u.dir), s(&u.shell)])
}

fn getpwuid(t: Attached<'_>, a: &[Value]) -> PyResult {
    let missing = || t.raise(&exception::KeyError, format!("getpwuid(): uid not found: {}", protocol::display_repr(t, &a[0])));
    let uid = match user_id(t, &a[0], "uid") {
        Ok(uid) => uid,
        Err(e) => {
            drop(t.catch(e, &exception::OverflowError)?);
            return Err(missing());
        }
    };
    match check(t, t.detached(|| users::getpwuid(uid)))? {
        Some(user) => entry(t, &user),
        None => Err(missing()),
    }
}
fn getpwnam(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text(t, &a[0], "getpwnam() argument")?;
    match check(t, t.detached(|| users::getpwnam(&name)))? {
        Some(user) => entry(t, &user),
        None => {
            let message = format!("getpwnam(): name not found: {}", protocol::display_repr(t, &a[0]));
            Err(t.raise_with(&exception::KeyError, vec![str::new(t, &message)]))
        }
    }
}
fn getpwall(t: Attached<'_>, _: &[Value]) -> PyResult {
    let all = t.detached(users::getpwall);
    let entries = all.iter().map(|u| entry(t, u)).collect::<PyResult<Vec<_>>>()?;
    Ok(list::new(t, entries))
}
