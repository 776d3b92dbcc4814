//! `syslog`: messages to the system's log.

use std::ffi::CString;
use std::sync::atomic::{AtomicBool, Ordering::*};

use orochi_host::{constants, syslog as log};
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Value, dict, list, str};

use crate::arguments::{c_int, c_int_or, text};

const LOG_USER: i32 = 1 << 3;
const LOG_INFO: i32 = 6;

/// Whether the log was opened.
#[derive(Default)]
struct State {
    open: AtomicBool,
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("syslog")
    .functions(&[
        Method::new("openlog", "(ident=<unrepresentable>, logoption=0, facility=LOG_USER)", openlog, "Set logging options of subsequent syslog() calls."),
        Method::new("syslog", "(priority, message=<unrepresentable>, /)", send, "Send the string message to the system logger."),
        Method::new("closelog", "()", |t, _| { if state(t).open.swap(false, AcqRel) { log::closelog(); } Ok(Value::none()) }, "Reset the syslog module values and call the system library closelog()."),
        Method::new("setlogmask", "(maskpri, /)", |t, a| Ok(Value::i32(log::setlogmask(c_int(t, &a[0])?))), "Set the priority mask to maskpri and return the previous mask value."),
        Method::new("LOG_MASK", "(pri, /)", |t, a| Ok(Value::i32(1i32.wrapping_shl(c_int(t, &a[0])? as u32))), "Calculates the mask for the individual priority pri."),
        Method::new("LOG_UPTO", "(pri, /)", |t, a| { let n = c_int(t, &a[0])?; Ok(Value::i32(1i32.wrapping_shl(n.wrapping_add(1) as u32).wrapping_sub(1))) }, "Calculates the mask for all priorities up to and including pri."),
    ])
    .exec(|t, namespace| {
        crate::arguments::constants(t, namespace, constants::syslog_constants());
        Ok(())
    });

fn state<'t>(t: Attached<'t>) -> &'t State {
    t.interpreter().state::<State>()
}

/// The name of the program, from `sys.argv`.
fn program(t: Attached<'_>) -> Option<CString> {
    let sys = t.interpreter().sys.load();
    dict::as_dict(&sys)?;
    let argv = dict::get_by_name(t, &sys, "argv")?;
    let first = list::as_list(&argv)?.get(0)?;
    let name = str::utf8(&first)?.rsplit('/').next()?.to_owned();
    if name.is_empty() { None } else { CString::new(name).ok() }
}

fn openlog(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = match a[0].given() {
        Some(v) => Some(text(t, v, "openlog() argument 'ident'")?),
        None => program(t),
    };
    log::openlog(name, c_int_or(t, &a[1], 0)?, c_int_or(t, &a[2], LOG_USER)?);
    state(t).open.store(true, Release);
    Ok(Value::none())
}

fn send(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (priority, message) = match a[1].given() {
        Some(message) => (c_int(t, &a[0])?, message),
        None => (LOG_INFO, &a[0]),
    };
    let message = text(t, message, "syslog() argument")?;
    if !state(t).open.swap(true, AcqRel) {
        log::openlog(program(t), 0, LOG_USER);
    }
    t.detached(|| log::syslog(priority, &message));
    Ok(Value::none())
}
