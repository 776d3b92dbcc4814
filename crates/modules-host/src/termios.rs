//! `termios`: modes of terminals.

use orochi_host::tty::{self, Modes, SPECIAL_CHARACTERS, WindowSize};
use orochi_host::{Errno, constants};
use orochi_objects::{
    Attached, Method, ModuleSpec, PyResult, Raised, Slot, Value, bytes, dict, exception, int, list, protocol, str, tuple, type_,
};

use crate::arguments::{c_int, c_uint_wrapping, descriptor};
use crate::errors::retry;

/// `termios.error`.
#[derive(Default)]
struct State {
    error: Slot,
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("termios")
    .doc("This module provides an interface to the Posix calls for tty I/O control.")
    .functions(&[
        Method::new("tcgetattr", "(fd, /)", tcgetattr, "Get the tty attributes for file descriptor fd."),
        Method::new("tcsetattr", "(fd, when, attributes, /)", tcsetattr, "Set the tty attributes for file descriptor fd."),
        Method::new("tcsendbreak", "(fd, duration, /)", |t, a| on(t, a, tty::tcsendbreak), "Send a break on file descriptor fd."),
        Method::new("tcdrain", "(fd, /)", |t, a| { let fd = descriptor(t, &a[0])?; done(t, || tty::tcdrain(fd)) }, "Wait until all output written to file descriptor fd has been transmitted."),
        Method::new("tcflush", "(fd, queue, /)", |t, a| on(t, a, tty::tcflush), "Discard queued data on file descriptor fd."),
        Method::new("tcflow", "(fd, action, /)", |t, a| on(t, a, tty::tcflow), "Suspend or resume input or output on file descriptor fd."),
        Method::new("tcgetwinsize", "(fd, /)", tcgetwinsize, "Get the tty winsize for file descriptor fd."),
        Method::new("tcsetwinsize", "(fd, winsize, /)", tcsetwinsize, "Set the tty winsize for file descriptor fd."),
    ])
    .exec(|t, namespace| {
        crate::arguments::constants(t, namespace, constants::termios_constants());
        let own = dict::new(t);
        dict::set_by_name(t, &own, "__module__", str::intern(t, "termios"));
        let bases = tuple::new(t, vec![exception::Exception.get(t).clone()]);
        let class = protocol::call(t, type_::TYPE.get(t), &[str::intern(t, "error"), bases, own])?;
        t.interpreter().state::<State>().error.set(class.clone());
        dict::set_by_name(t, namespace, "error", class);
        Ok(())
    });

const ICANON: u32 = 2;
/// Places of VTIME and VMIN among the special characters.
const TIME: usize = 5;
const MIN: usize = 6;

fn error(t: Attached<'_>, e: Errno) -> Raised {
    let class = t.interpreter().state::<State>().error.load();
    match protocol::call(t, &class, &[Value::i32(e.0), str::new(t, &e.message())]) {
        Ok(e) => t.raise_value(e),
        Err(e) => e,
    }
}
fn done(t: Attached<'_>, call: impl FnMut() -> orochi_host::Result<()> + Send) -> PyResult {
    retry(t, call)?.map_err(|e| error(t, e))?;
    Ok(Value::none())
}
fn on(t: Attached<'_>, a: &[Value], call: fn(i32, i32) -> orochi_host::Result<()>) -> PyResult {
    let (fd, n) = (descriptor(t, &a[0])?, c_int(t, &a[1])?);
    done(t, || call(fd, n))
}

fn tcgetattr(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = descriptor(t, &a[0])?;
    let modes = retry(t, || tty::tcgetattr(fd))?.map_err(|e| error(t, e))?;
    let numbers = modes.local & ICANON == 0;
    let special = modes.special.iter().enumerate().map(|(i, &c)| {
        if numbers && (i == TIME || i == MIN) { Value::i32(i32::from(c)) } else { bytes::new(t, &[c]) }
    });
    let special = list::new(t, special.collect());
    let n = |n: u32| int::new(t, i64::from(n));
    let all = vec![
        n(modes.input),
        n(modes.output),
        n(modes.control),
        n(modes.local),
        n(modes.input_speed),
        n(modes.output_speed),
        special,
    ];
    Ok(list::new(t, all))
}

fn tcsetattr(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, when) = (descriptor(t, &a[0])?, c_int(t, &a[1])?);
    let wrong = || t.type_error("tcsetattr, arg 3: must be 7 element list");
    let Some(items) = list::as_list(&a[2]).map(list::PyList::to_vec) else { return Err(wrong()) };
    let [input, output, control, local, input_speed, output_speed, special] = &items[..] else { return Err(wrong()) };
    let characters = list::as_list(special).map(list::PyList::to_vec).unwrap_or_default();
    if characters.len() != SPECIAL_CHARACTERS {
        return Err(t.type_error(format!("tcsetattr: attributes[6] must be {SPECIAL_CHARACTERS} element list")));
    }
    let mut codes = [0; SPECIAL_CHARACTERS];
    for (to, v) in codes.iter_mut().zip(&characters) {
        *to = match (bytes::as_bytes(v), int::as_i64(v)) {
            (Some([c]), _) => *c,
            (None, Some(n)) => n as u8,
            _ => {
                let message = "tcsetattr: elements of attributes must be characters or integers";
                return Err(t.type_error(message));
            }
        };
    }
    let n = |v: &Value| c_uint_wrapping(t, v);
    let modes = Modes {
        input: n(input)?,
        output: n(output)?,
        control: n(control)?,
        local: n(local)?,
        input_speed: n(input_speed)?,
        output_speed: n(output_speed)?,
        special: codes,
    };
    done(t, || tty::tcsetattr(fd, when, &modes))
}

fn tcgetwinsize(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = descriptor(t, &a[0])?;
    let size = retry(t, || tty::window_size(fd))?.map_err(|e| error(t, e))?;
    Ok(tuple::new(t, vec![Value::i32(i32::from(size.rows)), Value::i32(i32::from(size.columns))]))
}
fn tcsetwinsize(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = descriptor(t, &a[0])?;
    let items = protocol::collect(t, &a[1])?;
    let [rows, columns] = &items[..] else { return Err(t.type_error("tcsetwinsize, arg 2: must be a two-item sequence")) };
    let side = |v: &Value| -> PyResult<u16> {
        let n = protocol::expect_i64(t, v)?;
        u16::try_from(n).map_err(|_| t.overflow_error("winsize value(s) out of range"))
    };
    let (rows, columns) = (side(rows)?, side(columns)?);
    let old = retry(t, || tty::window_size(fd))?.map_err(|e| error(t, e))?;
    done(t, || tty::set_window_size(fd, WindowSize { rows, columns, ..old }))
}
