//! `combinations`: choices of r members in order.

use std::sync::LazyLock;

use orochi_heap::Visit;
use orochi_objects::args::Signature;
use orochi_objects::result_tuple::{Members, ResultTuple};
use orochi_objects::{Args, Attached, Def, Method, Payload, PyResult, TypeSpec, Value, flags, int, iter::itself, payload, protocol};
use orochi_runtime::Locked;

use super::own;

struct PyCombinations {
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

impl Payload for PyCombinations {
    payload!(PyCombinations, "itertools.combinations");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values(&self.pool);
        self.result.trace(visit);
    }
}

/// `itertools.combinations`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyCombinations>("itertools.combinations")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .methods(&[Method::new("__sizeof__", "($self, /)", size_of, "Returns size in memory, in bytes.")])
    .doc("combinations(iterable, r)\n--\n\nReturn successive r-length combinations of elements in the iterable.\n\ncombinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)");

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| Signature::parse("(iterable, r)"));

/// Rising positions.
struct Indices(Vec<usize>);

impl Indices {
    fn chosen(&self) -> &[usize] {
        &self.0
    }
    /// The next positions; `false` at the end.
    fn advance(&mut self, n: usize) -> bool {
        let r = self.0.len();
        let Some(i) = (0..r).rev().find(|&i| self.0[i] != i + n - r) else { return false };
        self.0[i] += 1;
        for j in i + 1..r {
            self.0[j] = self.0[j - 1] + 1;
        }
        true
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    SIGNATURE.call(t, "combinations", args, |a| {
        let pool = protocol::collect(t, &a[0])?;
        let n = pool.len();
        let r = super::size(t, &a[1])?;
        let Ok(r) = usize::try_from(r) else { return Err(t.value_error("r must be non-negative")) };
        let state = if r > n { State::Done } else { State::Start(Indices(super::indices(t, r, |i| i)?)) };
        TYPE.alloc_for(t, class, PyCombinations { pool: pool.into(), state: Locked::new(state), result: ResultTuple::default() })
    })
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyCombinations>(this);
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
    Ok(int::from_usize(t, 64 + own::<PyCombinations>(&a[0]).pool.len() * 16))
}
