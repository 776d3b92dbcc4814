//! `_suggestions`: the name in a list that is most like a mistyped one.
//!
//! Distance is Levenshtein's with costs as CPython's: two for a change, one for a change of case
//! alone; insertions and deletions cost two.

use orochi_objects::module::ModuleSpec;
use orochi_objects::spec::Method;
use orochi_objects::{Attached, PyResult, Value, list, str, type_};

/// `_suggestions`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_suggestions").functions(&[Method::new(
    "_generate_suggestions",
    "(candidates, item, /)",
    generate,
    "Returns the candidate in candidates that's closest to item",
)]);

/// More candidates than this are not looked at.
const MAX_CANDIDATES: usize = 750;
/// Longer names are not compared.
const MAX_LENGTH: usize = 40;
const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;

fn generate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(candidates) = list::as_list(&a[0]).filter(|_| list::TYPE.is_exact(t, &a[0])) else {
        return Err(t.type_error("candidates must be a list"));
    };
    let candidates = candidates.to_vec();
    if !str::is_str(&a[1]) {
        return Err(t.type_error(format!(
            "_generate_suggestions() argument 2 must be str, not {}",
            type_::type_name(t, &a[1])
        )));
    }
    for c in &candidates {
        if !str::is_str(c) {
            return Err(t.type_error("all elements in 'candidates' must be strings"));
        }
    }
    if candidates.len() >= MAX_CANDIDATES {
        return Ok(Value::none());
    }
    let wanted = str::display(&a[1]);
    let mut best: Option<(usize, &Value)> = None;
    for c in &candidates {
        let name = str::display(c);
        if name == wanted {
            continue;
        }
        // No more than a third of the characters may differ.
        let mut limit = (wanted.len() + name.len() + 3) * MOVE_COST / 6;
        if let Some((d, _)) = best {
            limit = limit.min(d - 1);
        }
        let d = distance(wanted.as_bytes(), name.as_bytes(), limit);
        if d <= limit && best.is_none_or(|(b, _)| d < b) {
            best = Some((d, c));
            if d == 0 {
                break;
            }
        }
    }
    Ok(best.map_or(Value::none(), |(_, v)| v.clone()))
}

fn change_cost(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

/// The distance, or more than `limit` if it is larger.
fn distance(a: &[u8], b: &[u8], limit: usize) -> usize {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE_COST;
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return limit + 1;
    }
    if a.len().abs_diff(b.len()) * MOVE_COST > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).map(|i| i * MOVE_COST).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (i + 1) * MOVE_COST;
        let mut least = row[0];
        for (j, &y) in b.iter().enumerate() {
            let here = (diagonal + change_cost(x, y)).min(row[j] + MOVE_COST).min(row[j + 1] + MOVE_COST);
            diagonal = row[j + 1];
            row[j + 1] = here;
            least = least.min(here);
        }
        if least > limit {
            return limit + 1;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances() {
        assert_eq!(distance(b"", b"a", 100), 2);
        assert_eq!(distance(b"a", b"A", 100), 1);
        assert_eq!(distance(b"kitten", b"sitting", 100), 6);
        assert_eq!(distance(b"abcd", b"abcd", 100), 0);
        assert_eq!(distance(b"abc", b"xyz", 3), 4);
    }
}
