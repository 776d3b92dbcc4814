//! `open`, `open_code`, `text_encoding`.

use orochi_objects::exception::{EncodingWarning, RuntimeWarning};
use orochi_objects::{Attached, PyResult, Value, attr, dict, int, protocol, str, type_};

use super::support::*;
use super::text::Settings;
use super::{buffered, file, text};

/// A mode taken apart.
#[derive(Default)]
struct Mode {
    raw: String,
    text: bool,
    binary: bool,
    reading: bool,
    writing: bool,
    updating: bool,
}

fn parse_mode(t: Attached<'_>, mode: &str) -> PyResult<Mode> {
    let mut m = Mode::default();
    let (mut kinds, mut seen) = (0, String::new());
    for c in mode.chars() {
        let ok = matches!(c, 'x' | 'r' | 'w' | 'a' | '+' | 't' | 'b') && !seen.contains(c);
        if !ok {
            return Err(t.value_error(format!("invalid mode: '{mode}'")));
        }
        seen.push(c);
        match c {
            'r' => (m.reading, kinds) = (true, kinds + 1),
            'x' | 'w' | 'a' => (m.writing, kinds) = (true, kinds + 1),
            '+' => m.updating = true,
            't' => m.text = true,
            _ => m.binary = true,
        }
    }
    m.raw = seen.chars().filter(|c| matches!(c, 'x' | 'r' | 'w' | 'a')).collect();
    if m.updating {
        m.raw.push('+');
    }
    if m.text && m.binary {
        return Err(t.value_error("can't have text and binary mode at once"));
    }
    if kinds != 1 {
        return Err(t.value_error("must have exactly one of create/read/write/append mode"));
    }
    Ok(m)
}

/// `open(...)`.
pub fn open(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mode = match a[1].given() {
        None => "r".to_owned(),
        Some(v) if str::is_str(v) => str::display(v),
        Some(v) => return Err(t.type_error(format!("open() argument 'mode' must be str, not {}", type_::type_name(t, v)))),
    };
    let buffering = a[2].given().map_or(Ok(-1), |v| protocol::expect_i64(t, v))?;
    let encoding = optional_str(t, &a[3], "open", "encoding")?;
    let errors = optional_str(t, &a[4], "open", "errors")?;
    let newline = optional_str(t, &a[5], "open", "newline")?;
    let closefd = flag_arg(t, &a[6], true)?;
    open_file(t, &a[0], &mode, buffering, Settings { encoding, errors, newline, ..Settings::default() }, closefd, &or_none(&a[7]))
}

/// `io.open`: `buffering` -1 chooses by the file.
pub fn open_file(
    t: Attached<'_>,
    path: &Value,
    mode: &str,
    buffering: i64,
    settings: Settings,
    closefd: bool,
    opener: &Value,
) -> PyResult {
    let path = if int::is_int(path) || (!str::is_str(path) && type_::class_of(t, path).slots.index().is_some()) {
        path.clone()
    } else {
        fspath(t, path)?
    };
    let m = parse_mode(t, mode)?;
    if m.binary && settings.encoding.is_some() {
        return Err(t.value_error("binary mode doesn't take an encoding argument"));
    }
    if m.binary && settings.errors.is_some() {
        return Err(t.value_error("binary mode doesn't take an errors argument"));
    }
    if m.binary && settings.newline.is_some() {
        return Err(t.value_error("binary mode doesn't take a newline argument"));
    }
    if m.binary && buffering == 1 {
        let message = "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used";
        warn(t, &RuntimeWarning, message, None)?;
    }
    let raw_mode = str::new(t, &m.raw);
    let raw = protocol::call(t, file::TYPE.get(t), &[path, raw_mode, Value::bool(closefd), opener.clone()])?;
    // From here on a failure must close what is open.
    let mut outermost = raw.clone();
    match layers(t, &raw, &mut outermost, &m, mode, buffering, settings) {
        Ok(file) => Ok(file),
        Err(e) => {
            let e = t.take_raised(e);
            if let Err(second) = call(t, &outermost, &t.names().close, &[]) {
                let second = t.take_raised(second);
                if let Some(body) = orochi_objects::exception::as_exception(&e) {
                    body.context.set(second);
                }
            }
            Err(t.set_raised(e))
        }
    }
}

fn layers(
    t: Attached<'_>,
    raw: &Value,
    outermost: &mut Value,
    m: &Mode,
    mode: &str,
    buffering: i64,
    mut settings: Settings,
) -> PyResult {
    let tty = buffering < 0 && file::is_tty_now(t, raw)?;
    settings.line_buffering = !m.binary && (buffering == 1 || tty);
    let size = match buffering {
        0 => {
            if !m.binary {
                return Err(t.value_error("can't have unbuffered text I/O"));
            }
            return Ok(raw.clone());
        }
        1 => file::best_buffer(raw),
        n if n < 0 => file::best_buffer(raw),
        n => n as usize,
    };
    let spec = if m.updating {
        &buffered::RANDOM
    } else if m.writing {
        &buffered::WRITER
    } else {
        &buffered::READER
    };
    if m.updating {
        super::base::check_seekable(t, raw)?;
    }
    let buffer = buffered::make(t, spec, raw, size)?;
    *outermost = buffer.clone();
    if m.binary {
        return Ok(buffer);
    }
    let wrapper = text::make(t, &buffer, settings)?;
    *outermost = wrapper.clone();
    attr::set(t, &wrapper, &t.names().mode, Some(&str::new(t, mode)))?;
    Ok(wrapper)
}

/// `open_code(path)`.
pub fn open_code(t: Attached<'_>, a: &[Value]) -> PyResult {
    if !str::is_str(&a[0]) {
        return Err(t.type_error(format!("open_code() argument 'path' must be str, not {}", type_::type_name(t, &a[0]))));
    }
    open_file(t, &a[0], "rb", -1, Settings::default(), true, &Value::none())
}

/// `text_encoding(encoding, stacklevel=2)`.
pub fn text_encoding(t: Attached<'_>, a: &[Value]) -> PyResult {
    if !a[0].is_none() {
        return Ok(a[0].clone());
    }
    let level = a[1].given().map_or(Ok(2), |v| protocol::expect_i64(t, v))?;
    if warns_default_encoding(t)? {
        warn_at(t, &EncodingWarning, "'encoding' argument not specified", level, None)?;
    }
    Ok(str::intern(t, if text::utf8_mode(t)? { "utf-8" } else { "locale" }))
}

fn warns_default_encoding(t: Attached<'_>) -> PyResult<bool> {
    let sys = t.interpreter().sys.load();
    if dict::as_dict(&sys).is_none() {
        return Ok(false);
    }
    let Some(all) = dict::get_by_name(t, &sys, "flags") else { return Ok(false) };
    match attr::find(t, &all, &str::intern(t, "warn_default_encoding"))? {
        Some(v) => protocol::truth(t, &v),
        None => Ok(false),
    }
}
