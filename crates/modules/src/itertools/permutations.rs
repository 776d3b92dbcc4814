//! `permutations`: arrangements of r members.

use std::sync::LazyLock;

use orochi_heap::Visit;
use orochi_objects::args::Signature;
use orochi_objects::result_tuple::{Members, ResultTuple};
use orochi_objects::{Args, Attached, Def, Method, Payload, PyResult, TypeSpec, Value, flags, int, iter::itself, payload, protocol};
use orochi_runtime::Locked;

use super::own;

struct PyPermutations {
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

impl Payload for PyPermutations {
    payload!(PyPermutations, "itertools.permutations");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values(&self.pool);
        self.result.trace(visit);
    }
}

/// `itertools.permutations`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyPermutations>("itertools.permutations")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .methods(&[Method::new("__sizeof__", "($self, /)", size_of, "Returns size in memory, in bytes.")])
    .doc("permutations(iterable, r=None)\n--\n\nReturn successive r-length permutations of elements in the iterable.\n\npermutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)");

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| Signature::parse("(iterable, r=None)"));

/// All positions, the chosen ones first, and how often each place has still to change.
struct Indices {
    all: Vec<usize>,
    left: Vec<usize>,
}

impl Indices {
    fn chosen(&self) -> &[usize] {
        &self.all[..self.left.len()]
    }
    /// The next positions; `false` at the end.
    fn advance(&mut self, n: usize) -> bool {
        for i in (0..self.left.len()).rev() {
            self.left[i] -= 1;
            if self.left[i] > 0 {
                self.all.swap(i, n - self.left[i]);
                return true;
            }
            self.all[i..].rotate_left(1);
            self.left[i] = n - i;
        }
        false
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    SIGNATURE.call(t, "permutations", args, |a| {
        let pool = protocol::collect(t, &a[0])?;
        let n = pool.len();
        let r = super::length_argument(t, &a[1])?.unwrap_or(n);
        let state = if r > n {
            State::Done
        } else {
            State::Start(Indices { all: super::indices(t, n, |i| i)?, left: super::indices(t, r, |i| n - i)? })
        };
        TYPE.alloc_for(t, class, PyPermutations { pool: pool.into(), state: Locked::new(state), result: ResultTuple::default() })
    })
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyPermutations>(this);
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
    Ok(int::from_usize(t, 64 + own::<PyPermutations>(&a[0]).pool.len() * 16))
}
