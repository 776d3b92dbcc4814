//! `typing.Generic`: its two class methods are `typing`'s.

use orochi_heap::Value;
use orochi_objects::object::PyObject;
use orochi_objects::spec::{Method, TypeSpec, flags};
use orochi_objects::{Args, Attached, PyResult, attr, dict, object_methods, protocol, tuple};

/// `typing.Generic`.
pub static GENERIC: TypeSpec = TypeSpec::new::<PyObject>("typing.Generic")
    .flags(flags::BASETYPE)
    .mutable()
    .methods(&[
        Method::class(
            "__class_getitem__",
            "($type, /, *args, **kwargs)",
            |t, a| forward(t, "_generic_class_getitem", a),
            "Parameterizes a generic class.",
        ),
        Method::class(
            "__init_subclass__",
            "($type, /, *args, **kwargs)",
            |t, a| forward(t, "_generic_init_subclass", a),
            "Function to initialize subclasses.",
        ),
    ])
    .doc("Abstract base class for generic types\n\nOn Python 3.12 and newer, generic classes implicitly inherit from\nGeneric when they declare a parameter list after the class's name::\n\n    class Mapping[KT, VT]:\n        def __getitem__(self, key: KT) -> VT:\n            ...\n            # Etc.");

/// Calls `typing.name(cls, *args, **kwargs)`.
fn forward(t: Attached<'_>, name: &str, a: &[Value]) -> PyResult {
    let mut all = vec![a[0].clone()];
    all.extend(tuple::items(&a[1]).iter().cloned());
    let mut names = Vec::new();
    for (key, value) in dict::items(&a[2]) {
        names.push(key);
        all.push(value);
    }
    super::call_typing_args(t, name, Args::with_names(&all, &names))
}

/// The base `Generic[...]` that `class C[...]` gets: of a tuple of type parameters.
pub fn subscript(t: Attached<'_>, a: &[Value]) -> PyResult {
    let typing = object_methods::import(t, "typing")?;
    let alias = attr::get_by_name(t, &typing, "_GenericAlias")?;
    let parameters = super::unpack_tuples(t, &a[0])?;
    protocol::call(t, &alias, &[GENERIC.get(t).clone(), parameters])
}
