//! `_random`: the Mersenne Twister behind the `random` module.

use std::time::{SystemTime, UNIX_EPOCH};

use dashu_int::IBig;
use orochi_number::random::{MersenneTwister, STATE_WORDS};
use orochi_objects::spec::flags;
use orochi_objects::type_::as_type;
use orochi_objects::{Args, Attached, Def, Method, ModuleSpec, Payload, PyResult, TypeSpec, Value};
use orochi_objects::{float, int, number, payload, protocol, tuple};
use orochi_runtime::Locked;

/// The module.
pub static MODULE: ModuleSpec =
    ModuleSpec::new("_random").doc("The Mersenne Twister random number generator.").types(&[&RANDOM]);

/// `Random`.
pub static RANDOM: TypeSpec = TypeSpec::new::<PyRandom>("_random.Random")
    .flags(flags::BASETYPE)
    .mutable()
    .slots(&[Def::New(new), Def::Init(init)])
    .methods(&[
        Method::new("getrandbits", "($self, k, /)", getrandbits, "An int of k random bits."),
        Method::new("getstate", "($self, /)", getstate, "The state as a tuple of ints."),
        Method::new("random", "($self, /)", random, "A random float in [0, 1)."),
        Method::new("seed", "($self, n=None, /)", seed, "Starts anew from n, or from a random seed."),
        Method::new("setstate", "($self, state, /)", setstate, "Restores what getstate gave."),
    ])
    .doc("Random() -> a random number generator with its own state.");

/// The body of a `Random`.
pub struct PyRandom {
    twister: Locked<MersenneTwister>,
}

impl Payload for PyRandom {
    payload!(PyRandom, "Random");
    const CYCLIC: bool = false;
}

fn twister(v: &Value) -> &Locked<MersenneTwister> {
    match v.payload::<PyRandom>() {
        Some(r) => &r.twister,
        None => unreachable!("slots and methods are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    if class.is(RANDOM.get(t)) {
        args.no_keywords(t, "Random")?;
    }
    let this = RANDOM.alloc_for(t, class, PyRandom { twister: Locked::new(MersenneTwister::from_key(&[0])) })?;
    // A subclass's `__init__` seeds as it likes.
    if !class.is(RANDOM.get(t)) && as_type(class).slots.init().map(|f| f as usize) != Some(init as orochi_objects::slots::InitFn as usize) {
        start(t, &this, args.positional().first())?;
    }
    Ok(this)
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let a = args.expect(t, "Random", 0, 1)?;
    start(t, this, a.first())
}

/// A seed of the operating system's randomness and the time.
fn system_seed() -> MersenneTwister {
    let mut bytes = [0u8; 4 * 8];
    if orochi_host::random::fill(&mut bytes).is_err() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        bytes[..16].copy_from_slice(&now.to_le_bytes());
        bytes[16..20].copy_from_slice(&orochi_host::process::getpid().to_le_bytes());
    }
    let key: Vec<u32> = bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    MersenneTwister::from_key(&key)
}

fn start(t: Attached<'_>, this: &Value, n: Option<&Value>) -> PyResult<()> {
    let fresh = match n {
        None => system_seed(),
        Some(v) if v.is_none() => system_seed(),
        Some(v) => {
            let n: IBig = match int::as_big(v) {
                Some(n) => n,
                None => {
                    // The hash as an unsigned word.
                    IBig::from(protocol::hash(t, v)? as u64)
                }
            };
            MersenneTwister::from_seed(&n)
        }
    };
    *twister(this).lock() = fresh;
    Ok(())
}

fn seed(t: Attached<'_>, a: &[Value]) -> PyResult {
    start(t, &a[0], a[1].given())?;
    Ok(Value::none())
}

fn random(t: Attached<'_>, a: &[Value]) -> PyResult {
    let x = twister(&a[0]).lock().random();
    Ok(float::new(t, x))
}

fn getrandbits(t: Attached<'_>, a: &[Value]) -> PyResult {
    let k = protocol::as_index(t, &a[1])?;
    let k = match int::as_i64(&k) {
        Some(k) if k < 0 => return Err(t.value_error("Cannot convert negative int")),
        Some(k) => k as usize,
        None => return Err(t.overflow_error("Python int too large to convert to C unsigned long")),
    };
    if k <= 64 {
        let n = twister(&a[0]).lock().bits_u64(k as u32);
        return Ok(match i64::try_from(n) {
            Ok(i) => int::new(t, i),
            Err(_) => int::from_big(t, n.into()),
        });
    }
    let n = twister(&a[0]).lock().bits(k);
    Ok(int::from_big(t, number::check(t, n)?))
}

fn getstate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (words, index) = {
        let twister = twister(&a[0]).lock();
        let (state, index) = twister.state();
        (*state, index)
    };
    let mut items: Vec<Value> = words.iter().map(|&w| int::new(t, i64::from(w))).collect();
    items.push(int::from_usize(t, index));
    Ok(tuple::new(t, items))
}

fn setstate(t: Attached<'_>, a: &[Value]) -> PyResult {
    if tuple::as_tuple(&a[1]).is_none() {
        return Err(t.type_error("state vector must be a tuple"));
    }
    let items = tuple::items(&a[1]);
    if items.len() != STATE_WORDS + 1 {
        return Err(t.value_error("state vector is the wrong size"));
    }
    let invalid = || t.value_error("invalid state");
    let mut state = [0u32; STATE_WORDS];
    for (word, v) in state.iter_mut().zip(items) {
        *word = int::as_i64(v).and_then(|i| u32::try_from(i).ok()).ok_or_else(invalid)?;
    }
    let index = int::as_i64(&items[STATE_WORDS]).and_then(|i| usize::try_from(i).ok());
    let index = index.filter(|&i| i <= STATE_WORDS).ok_or_else(invalid)?;
    let fresh = MersenneTwister::from_state(state, index).map_err(|_| invalid())?;
    *twister(&a[0]).lock() = fresh;
    Ok(Value::none())
}
