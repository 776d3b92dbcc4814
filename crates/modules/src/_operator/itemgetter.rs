//! `itemgetter`: a function that fetches items.

use orochi_heap::Visit;
use orochi_objects::{Args, Attached, Def, Method, Payload, PyResult, TypeSpec, Value, flags, payload, protocol, str, tuple};

struct PyItemGetter {
    items: Value,
}

impl Payload for PyItemGetter {
    payload!(PyItemGetter, "operator.itemgetter");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.items);
    }
}

/// `operator.itemgetter`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyItemGetter>("operator.itemgetter")
    .flags(flags::HAS_WEAKREF)
    .slots(&[Def::New(new), Def::Call(call), Def::Repr(repr)])
    .methods(&[Method::new("__reduce__", "($self, /)", reduce, "Return state information for pickling")])
    .doc(
        "itemgetter(item, /, *items)\n--\n\nReturn a callable object that fetches the given item(s) from its operand.\n\nAfter f = \
         itemgetter(2), the call f(r) returns r[2].\nAfter g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])",
    );

fn own(v: &Value) -> &[Value] {
    v.payload::<PyItemGetter>().map_or(&[], |g| tuple::items(&g.items))
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let items = args.expect(t, "itemgetter", 1, usize::MAX).map_err(|e| super::one_argument(t, e, args, "itemgetter"))?;
    TYPE.alloc_for(t, class, PyItemGetter { items: tuple::from_slice(t, items) })
}

fn call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    let [object] = args.expect(t, "itemgetter", 1, 1)? else { unreachable!("one argument") };
    match own(this) {
        [one] => protocol::get_item(t, object, one),
        many => {
            let found: PyResult<Vec<Value>> = many.iter().map(|k| protocol::get_item(t, object, k)).collect();
            Ok(tuple::new(t, found?))
        }
    }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let text = t.printing(this, || {
        let parts: PyResult<Vec<String>> = own(this).iter().map(|v| protocol::repr(t, v).map(|s| str::display(&s))).collect();
        parts
    })?;
    let inner = text.map_or("...".to_owned(), |parts| parts.join(", "));
    Ok(str::from_string(t, format!("operator.itemgetter({inner})")))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let class = orochi_objects::type_::type_of(t, &a[0]).clone();
    Ok(tuple::new(t, vec![class, tuple::from_slice(t, own(&a[0]))]))
}
