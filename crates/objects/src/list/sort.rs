//! Sorting: `list.sort` and `sorted`.
//!
//! The members are taken out of the list while they are sorted, so a key function or `__lt__` that
//! looks at the list finds it empty, and one that changes it is told so at the end. What is sorted is
//! an array of (key, number) pairs, and at the end the members are put into the order of the numbers:
//! a comparison that raises in the middle can lose nothing.
//!
//! Keys that are all small ints, all exact strs or all floats that are numbers compare without Python;
//! those go to Rust's stable sort. Everything else goes to the merge sort below, which follows Tim
//! Peters' listsort (natural runs, binary insertion to a least run length, galloping merges) with the
//! merge order of Munro and Wild's powersort ("Nearly-Optimal Mergesorts", 2018).

use orochi_heap::Value;

use super::body;
use crate::slots::CompareOp;
use crate::thread::{Attached, PyResult};

/// `list.sort(key=key, reverse=reverse)`; `key` may be None.
pub fn sort(t: Attached<'_>, list: &Value, key: &Value, reverse: bool) -> PyResult<()> {
    let list = body(list);
    let mut members = list.take_block(t);
    let outcome = sort_values(t, &mut members, key, reverse);
    let modified = !list.is_blank();
    let dead = list.splice(t, 0, usize::MAX, members)?;
    drop(dead);
    outcome?;
    if modified { Err(t.value_error("list modified during sort")) } else { Ok(()) }
}

/// `sorted(iterable, key=key, reverse=reverse)`; `key` may be None.
pub fn sorted(t: Attached<'_>, iterable: &Value, key: &Value, reverse: bool) -> PyResult {
    let mut members = crate::protocol::collect(t, iterable)?;
    sort_values(t, &mut members, key, reverse)?;
    Ok(super::new(t, members))
}

/// Sorts values. On an error they are all still there, in some order.
pub fn sort_values(t: Attached<'_>, values: &mut Vec<Value>, key: &Value, reverse: bool) -> PyResult<()> {
    let order = if key.is_none() {
        order_of(t, values, reverse)
    } else {
        let mut keys = Vec::new();
        if keys.try_reserve_exact(values.len()).is_err() {
            return Err(t.memory_error());
        }
        for v in values.iter() {
            keys.push(crate::protocol::call(t, key, std::slice::from_ref(v))?);
            t.safepoint()?;
        }
        order_of(t, &keys, reverse)
    };
    let (order, result) = match order {
        Ok(order) => (order, Ok(())),
        Err((order, e)) => (order, Err(e)),
    };
    if order.len() == values.len() {
        let mut old: Vec<Option<Value>> = std::mem::take(values).into_iter().map(Some).collect();
        values.extend(order.iter().filter_map(|&n| old[n as usize].take()));
    }
    result
}

/// A key with the number of its value.
#[derive(Clone, Copy)]
struct Item<K> {
    key: K,
    at: u32,
}

type Order = Result<Vec<u32>, (Vec<u32>, crate::Raised)>;

/// The numbers of the keys in ascending (or descending) order; equal keys keep their order.
fn order_of(t: Attached<'_>, keys: &[Value], reverse: bool) -> Order {
    if keys.len() < 2 {
        return Ok((0..keys.len() as u32).collect());
    }
    if u32::try_from(keys.len()).is_err() {
        return Err((Vec::new(), t.memory_error()));
    }
    if let Some(numbers) = all::<i64>(keys, Value::as_small_int) {
        return native(t, numbers, reverse, i64::cmp);
    }
    if let Some(texts) = all(keys, crate::str::exact_bytes) {
        // Generalized UTF-8 sorts as its code points do.
        return native(t, texts, reverse, |a, b| a.cmp(b));
    }
    let number = |v: &Value| v.as_small_float().filter(|f| !f.is_nan());
    if let Some(floats) = all(keys, number) {
        return native(t, floats, reverse, |a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    }
    let mut items: Vec<Item<&Value>> = Vec::new();
    if items.try_reserve_exact(keys.len()).is_err() {
        return Err((Vec::new(), t.memory_error()));
    }
    items.extend(keys.iter().zip(0..).map(|(key, at)| Item { key, at }));
    if reverse {
        items.reverse();
    }
    let mut less = |a: &Item<&Value>, b: &Item<&Value>| -> PyResult<bool> {
        if let (Some(x), Some(y)) = (a.key.as_small_int(), b.key.as_small_int()) {
            return Ok(x < y);
        }
        if let (Some(x), Some(y)) = (crate::str::exact_bytes(a.key), crate::str::exact_bytes(b.key)) {
            return Ok(x < y);
        }
        t.safepoint()?;
        crate::protocol::compare_bool(t, a.key, b.key, CompareOp::Lt)
    };
    let result = merge_sort(&mut items, &mut less);
    if reverse {
        items.reverse();
    }
    let order = items.iter().map(|i| i.at).collect();
    match result {
        Ok(()) => Ok(order),
        Err(e) => Err((order, e)),
    }
}

fn all<'a, K>(keys: &'a [Value], f: impl Fn(&'a Value) -> Option<K>) -> Option<Vec<Item<K>>> {
    f(&keys[0])?;
    let mut items = Vec::with_capacity(keys.len());
    for (v, at) in keys.iter().zip(0..) {
        items.push(Item { key: f(v)?, at });
    }
    Some(items)
}

fn native<K>(
    _: Attached<'_>,
    mut items: Vec<Item<K>>,
    reverse: bool,
    order: impl Fn(&K, &K) -> std::cmp::Ordering,
) -> Order {
    if reverse {
        items.sort_by(|a, b| order(&b.key, &a.key));
    } else {
        items.sort_by(|a, b| order(&a.key, &b.key));
    }
    Ok(items.into_iter().map(|i| i.at).collect())
}

/// Runs shorter than this are lengthened by insertion.
const LEAST_RUN: usize = 32;
/// How often one side must win in a row before merging gallops.
const LEAST_GALLOP: usize = 7;

/// Sorts stably; on an error the slice holds the same items in some order.
pub fn merge_sort<T: Copy, E>(v: &mut [T], less: &mut impl FnMut(&T, &T) -> Result<bool, E>) -> Result<(), E> {
    let n = v.len();
    let mut stack: Vec<(usize, usize, u32)> = Vec::new();
    let mut spare: Vec<T> = Vec::new();
    let mut start = 0;
    while start < n {
        let mut len = count_run(&mut v[start..], less)?;
        if len < LEAST_RUN {
            let wanted = LEAST_RUN.min(n - start);
            insert_sorted(&mut v[start..start + wanted], len, less)?;
            len = wanted;
        }
        // Powersort: the depth of the node between this run and the one before.
        let power = stack.last().map_or(0, |&(s, l, _)| power(s, l, len, n));
        while stack.len() > 1 && stack[stack.len() - 1].2 > power {
            merge_top(v, &mut stack, &mut spare, less)?;
        }
        stack.push((start, len, power));
        start += len;
    }
    while stack.len() > 1 {
        merge_top(v, &mut stack, &mut spare, less)?;
    }
    Ok(())
}

/// The power of the boundary between the run at `s1` of `n1` items and the next of `n2`, in `n` items.
fn power(s1: usize, n1: usize, n2: usize, n: usize) -> u32 {
    let n = n as u128;
    let mut a = 2 * s1 as u128 + n1 as u128;
    let mut b = a + n1 as u128 + n2 as u128;
    let mut result = 0;
    loop {
        result += 1;
        if a >= n {
            a -= n;
            b -= n;
        } else if b >= n {
            return result;
        }
        a *= 2;
        b *= 2;
        if result > 100 {
            return result;
        }
    }
}

/// Length of the run at the beginning; a strictly descending run is turned round.
fn count_run<T: Copy, E>(v: &mut [T], less: &mut impl FnMut(&T, &T) -> Result<bool, E>) -> Result<usize, E> {
    if v.len() < 2 {
        return Ok(v.len());
    }
    let mut n = 2;
    if less(&v[1], &v[0])? {
        while n < v.len() && less(&v[n], &v[n - 1])? {
            n += 1;
        }
        v[..n].reverse();
    } else {
        while n < v.len() && !less(&v[n], &v[n - 1])? {
            n += 1;
        }
    }
    Ok(n)
}

/// Sorts a slice of which the first `sorted` items are in order.
fn insert_sorted<T: Copy, E>(
    v: &mut [T],
    sorted: usize,
    less: &mut impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<(), E> {
    for i in sorted..v.len() {
        let pivot = v[i];
        let (mut low, mut high) = (0, i);
        while low < high {
            let middle = (low + high) / 2;
            if less(&pivot, &v[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        v.copy_within(low..i, low + 1);
        v[low] = pivot;
    }
    Ok(())
}

fn merge_top<T: Copy, E>(
    v: &mut [T],
    stack: &mut Vec<(usize, usize, u32)>,
    spare: &mut Vec<T>,
    less: &mut impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<(), E> {
    let Some((_, n2, _)) = stack.pop() else { return Ok(()) };
    let Some(top) = stack.last_mut() else { return Ok(()) };
    let (s1, n1) = (top.0, top.1);
    top.1 += n2;
    let both = &mut v[s1..s1 + n1 + n2];
    // What already stands at its place at either end stays there.
    let first = both[n1];
    let skip = gallop(&both[..n1], 0, &mut |x| Ok(!less(&first, x)?))?;
    if skip == n1 {
        return Ok(());
    }
    let last = both[n1 - 1];
    let keep = gallop_back(&both[n1..], &mut |x| less(x, &last))?;
    merge(&mut both[skip..n1 + keep], n1 - skip, spare, less)
}

/// The number of items at the beginning (from `from` on) for which `before` holds; it holds for a
/// prefix. Steps double, then halve.
fn gallop<T, E>(v: &[T], from: usize, before: &mut impl FnMut(&T) -> Result<bool, E>) -> Result<usize, E> {
    let (mut low, mut step) = (from, 1);
    while low + step <= v.len() && before(&v[low + step - 1])? {
        low += step;
        step *= 2;
    }
    let mut high = (low + step - 1).min(v.len());
    while low < high {
        let middle = (low + high) / 2;
        if before(&v[middle])? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// As [`gallop`], looking from the end.
fn gallop_back<T, E>(v: &[T], before: &mut impl FnMut(&T) -> Result<bool, E>) -> Result<usize, E> {
    let (mut high, mut step) = (v.len(), 1);
    while step <= high && !before(&v[high - step])? {
        high -= step;
        step *= 2;
    }
    let mut low = (high + 1).saturating_sub(step);
    while low < high {
        let middle = (low + high) / 2;
        if before(&v[middle])? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Merges `v[..n1]` with `v[n1..]`, copying the shorter side out.
fn merge<T: Copy, E>(
    v: &mut [T],
    n1: usize,
    spare: &mut Vec<T>,
    less: &mut impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<(), E> {
    spare.clear();
    if n1 <= v.len() - n1 {
        spare.extend_from_slice(&v[..n1]);
        let mut state = Low { out: 0, left: 0, right: n1 };
        let result = merge_low(v, spare, &mut state, less);
        // What is left of the copied side fills the gap exactly, also after an error.
        let rest = &spare[state.left..];
        v[state.out..state.out + rest.len()].copy_from_slice(rest);
        result
    } else {
        spare.extend_from_slice(&v[n1..]);
        let mut state = High { out: v.len(), left: n1, right: spare.len() };
        let result = merge_high(v, spare, &mut state, less);
        let rest = &spare[..state.right];
        v[state.out - rest.len()..state.out].copy_from_slice(rest);
        result
    }
}

/// Upward merge: next place to write, next item of the copied left side, next item of the right side.
struct Low {
    out: usize,
    left: usize,
    right: usize,
}

fn merge_low<T: Copy, E>(
    v: &mut [T],
    left: &[T],
    s: &mut Low,
    less: &mut impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<(), E> {
    let mut wins = (0, 0);
    while s.left < left.len() && s.right < v.len() {
        if less(&v[s.right], &left[s.left])? {
            v[s.out] = v[s.right];
            s.right += 1;
            wins = (0, wins.1 + 1);
        } else {
            v[s.out] = left[s.left];
            s.left += 1;
            wins = (wins.0 + 1, 0);
        }
        s.out += 1;
        if wins.0 >= LEAST_GALLOP && s.right < v.len() {
            let pivot = v[s.right];
            let to = gallop(left, s.left, &mut |x| Ok(!less(&pivot, x)?))?;
            v[s.out..s.out + to - s.left].copy_from_slice(&left[s.left..to]);
            s.out += to - s.left;
            s.left = to;
            wins = (0, 0);
        } else if wins.1 >= LEAST_GALLOP && s.left < left.len() {
            let pivot = left[s.left];
            let to = gallop(v, s.right, &mut |x| less(x, &pivot))?;
            v.copy_within(s.right..to, s.out);
            s.out += to - s.right;
            s.right = to;
            wins = (0, 0);
        }
    }
    Ok(())
}

/// Downward merge: end of what is still to write, end of the left side, end of the copied right side.
struct High {
    out: usize,
    left: usize,
    right: usize,
}

fn merge_high<T: Copy, E>(
    v: &mut [T],
    right: &[T],
    s: &mut High,
    less: &mut impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<(), E> {
    let mut wins = (0, 0);
    while s.left > 0 && s.right > 0 {
        if less(&right[s.right - 1], &v[s.left - 1])? {
            s.left -= 1;
            s.out -= 1;
            v[s.out] = v[s.left];
            wins = (wins.0 + 1, 0);
        } else {
            s.right -= 1;
            s.out -= 1;
            v[s.out] = right[s.right];
            wins = (0, wins.1 + 1);
        }
        if wins.0 >= LEAST_GALLOP && s.right > 0 {
            let pivot = right[s.right - 1];
            let to = gallop_back(&v[..s.left], &mut |x| Ok(!less(&pivot, x)?))?;
            let moved = s.left - to;
            v.copy_within(to..s.left, s.out - moved);
            s.out -= moved;
            s.left = to;
            wins = (0, 0);
        } else if wins.1 >= LEAST_GALLOP && s.left > 0 {
            let pivot = v[s.left - 1];
            let to = gallop_back(&right[..s.right], &mut |x| less(x, &pivot))?;
            let moved = s.right - to;
            v[s.out - moved..s.out].copy_from_slice(&right[to..s.right]);
            s.out -= moved;
            s.right = to;
            wins = (0, 0);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::merge_sort;

    #[test]
    fn merges_like_a_stable_sort() {
        let mut seed = 12345u64;
        let mut random = move || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        for round in 0..400 {
            let n = (random() % 700) as usize;
            let spread = [3, 20, 1000, u64::MAX][round % 4];
            let mut v: Vec<(u64, usize)> = (0..n).map(|i| (random() % spread, i)).collect();
            if round % 3 == 0 {
                // Long runs, up and down.
                let third = n / 3;
                v[..third].sort();
                v[third..2 * third].sort_by(|a, b| b.cmp(a));
                for (i, x) in v.iter_mut().enumerate() {
                    x.1 = i;
                }
            }
            let mut expected = v.clone();
            expected.sort_by_key(|x| x.0);
            let sorted: Result<(), ()> = merge_sort(&mut v, &mut |a, b| Ok(a.0 < b.0));
            assert!(sorted.is_ok() && v == expected, "round {round}");
        }
    }

    #[test]
    fn an_error_loses_nothing() {
        for stop in 0..2000 {
            let mut v: Vec<(u32, u32)> = (0..300u32).map(|i| (i.wrapping_mul(2_654_435_761) % 50, i)).collect();
            let mut count = 0;
            let _ = merge_sort(&mut v, &mut |a, b| {
                count += 1;
                if count > stop { Err(()) } else { Ok(a.0 < b.0) }
            });
            v.sort_by_key(|x| x.1);
            assert!(v.iter().zip(0..).all(|(x, i)| x.1 == i), "after {stop} comparisons");
        }
    }
}
