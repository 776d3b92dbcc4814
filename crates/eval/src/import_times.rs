//! `-X importtime`: how long each module took to import, alone and with what it imported itself.
//!
//! One table an interpreter, as the depth of nested imports is; imports of several threads at once mix in it, as
//! they do in CPython, whose format this is.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::OnceLock;
use std::time::Instant;

use orochi_heap::Value;
use orochi_objects::{Attached, PyResult, str};

/// What `-X importtime` asks for.
#[derive(Default)]
pub struct ImportTimes {
    /// 0: nothing; 1: imports; 2: also imports of what is there already.
    mode: AtomicU8,
    out: OnceLock<fn(&[u8])>,
    depth: AtomicUsize,
    /// Microseconds of the imports inside the running one that have ended.
    inside: AtomicU64,
}

/// Sets what is told (1 imports, 2 also cached ones) and where; writes the head of the table.
pub fn enable(t: Attached<'_>, mode: u8, out: fn(&[u8])) {
    let times = t.interpreter().state::<ImportTimes>();
    let out = times.out.get_or_init(|| out);
    times.mode.store(mode, Relaxed);
    out(b"import time: self [us] | cumulative | imported package\n");
}

/// Imports a module by `load` and tells how long that took, if it was asked for.
pub(crate) fn timed(t: Attached<'_>, name: &Value, load: impl FnOnce() -> PyResult) -> PyResult {
    let times = t.interpreter().state::<ImportTimes>();
    if times.mode.load(Relaxed) == 0 {
        return load();
    }
    let (start, before) = (Instant::now(), times.inside.swap(0, Relaxed));
    times.depth.fetch_add(1, Relaxed);
    let r = load();
    let total = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    let depth = times.depth.fetch_sub(1, Relaxed) - 1;
    let own = total.saturating_sub(times.inside.swap(before + total, Relaxed));
    times.write(&own.to_string(), &total.to_string(), depth, name);
    r
}

/// Tells of an import that found the module there.
pub(crate) fn cached(t: Attached<'_>, name: &Value) {
    let times = t.interpreter().state::<ImportTimes>();
    if times.mode.load(Relaxed) == 2 {
        times.write("cached   ", "cached    ", times.depth.load(Relaxed), name);
    }
}

impl ImportTimes {
    fn write(&self, own: &str, total: &str, depth: usize, name: &Value) {
        let text = str::as_str(name).map(|s| {
            let shown = |c: orochi_text::CodePoint| c.to_char().map_or_else(|| format!("\\u{:x}", c.to_u32()), String::from);
            s.wtf8().chars().map(shown).collect::<String>()
        });
        let name = text.unwrap_or_default();
        let line = format!("import time: {own:>9} | {total:>10} | {:width$}{name}\n", "", width = depth * 2);
        if let Some(out) = self.out.get() {
            out(line.as_bytes());
        }
    }
}
