//! `islice`: members by position.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use orochi_heap::Visit;
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, TypeSpec, Value, flags, int, iter::itself, payload, protocol};

use super::own;

struct PyISlice {
    /// Unbound at the end.
    iterator: Slot,
    /// Position of the next member to give.
    next: AtomicUsize,
    /// `usize::MAX`: none.
    stop: usize,
    step: usize,
    /// Members taken from the iterator so far.
    taken: AtomicUsize,
}

impl Payload for PyISlice {
    payload!(PyISlice, "itertools.islice");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.iterator);
    }
    fn clear(&self) {
        drop(self.iterator.take());
    }
}

/// `itertools.islice`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyISlice>("itertools.islice")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .doc(
        "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object\n\nReturn an iterator \
         whose next() method returns selected values from an\niterable.  If start is specified, will skip all preceding \
         elements;\notherwise, start defaults to zero.  Step defaults to one.  If\nspecified as another value, step determines how \
         many values are\nskipped between successive calls.  Works like a slice() on a list\nbut returns an iterator.",
    );

/// An index argument: `None` for None; `Err(())` if it is no non-negative size.
fn position(t: Attached<'_>, v: &Value) -> Result<Option<usize>, ()> {
    if v.is_none() {
        return Ok(None);
    }
    let n = match protocol::as_index(t, v) {
        Ok(n) => n,
        Err(e) => {
            drop(t.take_raised(e));
            return Err(());
        }
    };
    match int::as_i64(&n).and_then(|n| usize::try_from(n).ok()) {
        Some(n) => Ok(Some(n)),
        None => Err(()),
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    TYPE.refuse_keywords(t, class, args)?;
    let a = Args::new(args.positional()).expect(t, "islice", 2, 4)?;
    let stop_error = |()| t.value_error("Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
    let (start, stop, step) = match a {
        [_, stop] => (0, position(t, stop).map_err(stop_error)?, 1),
        [_, start, stop, rest @ ..] => {
            let stop = position(t, stop).map_err(stop_error)?;
            let start = position(t, start).map_err(|()| {
                t.value_error("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
            })?;
            let step = match rest {
                [step] => match position(t, step) {
                    Ok(None) => 1,
                    Ok(Some(n)) if n > 0 => n,
                    _ => return Err(t.value_error("Step for islice() must be a positive integer or None.")),
                },
                _ => 1,
            };
            (start.unwrap_or(0), stop, step)
        }
        _ => unreachable!("at least two arguments"),
    };
    let iterator = protocol::get_iter(t, &a[0])?;
    let body = PyISlice {
        iterator: Slot::new(iterator),
        next: AtomicUsize::new(start),
        stop: stop.unwrap_or(usize::MAX),
        step,
        taken: AtomicUsize::new(0),
    };
    TYPE.alloc_for(t, class, body)
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyISlice>(this);
    let iterator = s.iterator.load();
    if iterator.is_unbound() {
        return Ok(None);
    }
    let wanted = s.next.load(Relaxed);
    loop {
        let taken = s.taken.load(Relaxed);
        if taken >= wanted && taken >= s.stop {
            drop(s.iterator.take());
            return Ok(None);
        }
        let item = match protocol::next(t, &iterator) {
            Ok(Some(item)) => item,
            end => {
                drop(s.iterator.take());
                return end;
            }
        };
        s.taken.store(taken.saturating_add(1), Relaxed);
        if taken >= wanted {
            // What lies between the last member and the stop is still consumed.
            s.next.store(wanted.saturating_add(s.step).min(s.stop), Relaxed);
            return Ok(Some(item));
        }
        t.safepoint()?;
    }
}
