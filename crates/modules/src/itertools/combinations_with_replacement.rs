//! `combinations_with_replacement`: choices of r members in order, each any number of times.

use std::sync::LazyLock;

use orochi_heap::Visit;
use orochi_objects::args::Signature;
use orochi_objects::result_tuple::{Members, ResultTuple};
use orochi_objects::{Args, Attached, Def, Method, Payload, PyResult, TypeSpec, Value, flags, int, iter::itself, payload, protocol};
use orochi_runtime::Locked;

use super::own;

struct PyReplacement {
    pool: Box<[Value]>,
    /// Guarded by: the lock.
    state: Locked<State>,
    result: ResultTuple,
}

/// Where the enumeration stands.
enum State {
    /// Before the first result.
    Start(Indices),
    /// These positions were given last.
    At(Indices),
    /// At the end.
    Done,
}

impl Payload for PyReplacement {
    payload!(PyReplacement, "itertools.combinations_with_replacement");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values(&self.pool);
        self.result.trace(visit);
    }
}

/// `itertools.combinations_with_replacement`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyReplacement>("itertools.combinations_with_replacement")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .methods(&[Method::new("__sizeof__", "($self, /)", size_of, "Returns size in memory, in bytes.")])
    .doc("combinations_with_replacement(iterable, r)\n--\n\nReturn successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.\n\ncombinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')");

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| Signature::parse("(iterable, r)"));

/// Positions that do not fall.
struct Indices(Vec<usize>);

impl Indices {
    fn chosen(&self) -> &[usize] {
        &self.0
    }
    /// The next positions; `false` at the end.
    fn advance(&mut self, n: usize) -> bool {
        let Some(i) = self.0.iter().rposition(|&p| p + 1 != n) else { return false };
        let p = self.0[i] + 1;
        self.0[i..].fill(p);
        true
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    SIGNATURE.call(t, "combinations_with_replacement", args, |a| {
        let pool = protocol::collect(t, &a[0])?;
        let n = pool.len();
        let r = super::size(t, &a[1])?;
        let Ok(r) = usize::try_from(r) else { return Err(t.value_error("r must be non-negative")) };
        let state = if n == 0 && r > 0 { State::Done } else { State::Start(Indices(super::indices(t, r, |_| 0)?)) };
        TYPE.alloc_for(t, class, PyReplacement { pool: pool.into(), state: Locked::new(state), result: ResultTuple::default() })
    })
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyReplacement>(this);
    let mut items = {
        let mut state = s.state.lock();
        let positions = match std::mem::replace(&mut *state, State::Done) {
            State::Start(at) => at,
            State::At(mut at) => {
                if !at.advance(s.pool.len()) {
                    return Ok(None);
                }
                at
            }
            State::Done => return Ok(None),
        };
        let items: Members = positions.chosen().iter().filter_map(|&i| s.pool.get(i)).cloned().collect();
        *state = State::At(positions);
        items
    };
    Ok(Some(s.result.of(t, &mut items)))
}

fn size_of(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(int::from_usize(t, 64 + own::<PyReplacement>(&a[0]).pool.len() * 16))
}
