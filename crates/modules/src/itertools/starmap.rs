//! `starmap`: the function of each member as its arguments.

use orochi_heap::Visit;
use orochi_objects::{Args, Attached, Def, Payload, PyResult, TypeSpec, Value, flags, iter::itself, payload, protocol};

use super::own;

struct PyStarMap {
    function: Value,
    iterator: Value,
}

impl Payload for PyStarMap {
    payload!(PyStarMap, "itertools.starmap");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values([&self.function, &self.iterator]);
    }
}

/// `itertools.starmap`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyStarMap>("itertools.starmap")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .doc("starmap(function, iterable, /)\n--\n\nReturn an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence.");

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    TYPE.refuse_keywords(t, class, args)?;
    let a = Args::new(args.positional()).expect(t, "starmap", 2, 2)?;
    let iterator = protocol::get_iter(t, &a[1])?;
    let body = PyStarMap { function: a[0].clone(), iterator };
    TYPE.alloc_for(t, class, body)
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyStarMap>(this);
    let Some(v) = protocol::next(t, &s.iterator)? else { return Ok(None) };
    if orochi_objects::tuple::TYPE.is_exact(t, &v) {
        return protocol::call(t, &s.function, orochi_objects::tuple::items(&v)).map(Some);
    }
    let args = protocol::collect(t, &v)?;
    protocol::call(t, &s.function, &args).map(Some)
}
