//! What `date.isocalendar()` gives: a tuple of ISO year, week and day with names.

use orochi_objects::tuple::PyTuple;
use orochi_objects::{Args, Attached, Def, GetSet, Method, PyResult, TypeSpec, Value};
use orochi_objects::{int, protocol, str, tuple};

use super::fields;

/// `datetime.IsoCalendarDate`.
pub static WEEK_DATE: TypeSpec = TypeSpec::new::<PyTuple>("datetime.IsoCalendarDate")
    .base(&tuple::TYPE)
    .variable_size()
    .slots(&[Def::New(new), Def::Repr(repr)])
    .methods(&[Method::new("__reduce__", "($self, /)", reduce, "")])
    .getset(&[
        GetSet::read("year", |_, v| Ok(item(v, 0)), ""),
        GetSet::read("week", |_, v| Ok(item(v, 1)), ""),
        GetSet::read("weekday", |_, v| Ok(item(v, 2)), ""),
    ])
    .doc("A day as ISO 8601 counts weeks, from date.isocalendar(): a tuple of year, week\nand weekday, which are attributes too.");

fn item(v: &Value, i: usize) -> Value {
    tuple::items(v).get(i).cloned().unwrap_or(Value::none())
}

/// The week date.
pub fn make(t: Attached<'_>, (year, week, day): (i64, i64, i64)) -> PyResult {
    let items = [year, week, day].map(|n| int::new(t, n));
    tuple::new_in(t, WEEK_DATE.get(t), items.to_vec())
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let bound = fields::bind(t, "IsoCalendarDate()", &["year", "week", "weekday"], (3, 3), args)?;
    tuple::new_in(t, class, bound.iter().map(|v| v.cloned().unwrap_or(Value::none())).collect())
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let mut parts = Vec::new();
    for i in 0..3 {
        parts.push(str::display(&protocol::repr(t, &item(this, i))?));
    }
    let name = super::timedelta::shown_class(t, this, &WEEK_DATE);
    Ok(str::from_string(t, format!("{name}(year={}, week={}, weekday={})", parts[0], parts[1], parts[2])))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let plain = tuple::from_slice(t, tuple::items(&a[0]));
    Ok(tuple::new(t, vec![tuple::TYPE.get(t).clone(), tuple::new(t, vec![plain])]))
}
