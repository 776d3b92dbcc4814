//! `grp`: the group database.

use orochi_host::users::{self, Group};
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, TypeSpec, Value, exception, int, list, protocol, struct_sequence};

use crate::arguments::{decoded, text, user_id};
use crate::errors::check;

struct_sequence! {
    /// `grp.struct_group`.
    pub static GROUP = "grp.struct_group", visible 4, flags 0,
        "grp.struct_group: Results from getgr*() routines.\n\nThis object may be accessed either as a tuple of\n  \
         (gr_name,gr_passwd,gr_gid,gr_mem)\nor via the object attributes as named in the above tuple.\n",
        ["gr_name": "group name", "gr_passwd": "password", "gr_gid": "group id", "gr_mem": "group members"];
}

static TYPES: &[&TypeSpec] = &[&GROUP.spec];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("grp")
    .doc("Access to the Unix group database.")
    .functions(&[
        Method::new("getgrgid", "(id)", getgrgid, "Return the group database entry for the given numeric group ID."),
        Method::new("getgrnam", "(name)", getgrnam, "Return the group database entry for the given group name."),
        Method::new("getgrall", "()", getgrall, "Return a list of all available group entries, in arbitrary order."),
    ])
    .types(TYPES);

fn entry(t: Attached<'_>, g: &Group) -> PyResult {
    let members = list::new(t, g.members.iter().map(|m| decoded(t, m)).collect());
    let id = if g.gid == u32::MAX { Value::i32(-1) } else { int::new(t, i64::from(g.gid)) };
    GROUP.make(t, vec![decoded(t, &g.name), decoded(t, &g.passwd), id, members])
}

fn getgrgid(t: Attached<'_>, a: &[Value]) -> PyResult {
    let missing = || t.raise(&exception::KeyError, format!("getgrgid(): gid not found: {}", protocol::display_repr(t, &a[0])));
    let gid = match user_id(t, &a[0], "gid") {
        Ok(gid) => gid,
        Err(e) => {
            drop(t.catch(e, &exception::OverflowError)?);
            return Err(missing());
        }
    };
    match check(t, t.detached(|| users::getgrgid(gid)))? {
        Some(group) => entry(t, &group),
        None => Err(missing()),
    }
}
fn getgrnam(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text(t, &a[0], "getgrnam() argument 'name'")?;
    match check(t, t.detached(|| users::getgrnam(&name)))? {
        Some(group) => entry(t, &group),
        None => {
            let message = format!("getgrnam(): name not found: {}", protocol::display_repr(t, &a[0]));
            Err(t.raise(&exception::KeyError, message))
        }
    }
}
fn getgrall(t: Attached<'_>, _: &[Value]) -> PyResult {
    let all = t.detached(users::getgrall);
    let entries = all.iter().map(|g| entry(t, g)).collect::<PyResult<Vec<_>>>()?;
    Ok(list::new(t, entries))
}
