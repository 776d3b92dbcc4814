//! Sorting: `list.sort` and `sorted`.
//!
//! What is sorted is an array of words: the members themselves, or pairs of key and member. Words move
//! without being counted; whoever owns the array owns the same values in another order afterwards, also
//! when a comparison raises in the middle.
//!
//! Keys that are all small ints, all exact strs or all floats that are numbers go to Rust's sorts. Exact
//! tuples go to the merge sort below with a comparison that looks at ints, strs, floats and tuples
//! itself. Everything else goes to the same merge sort and asks the values. It follows Tim Peters'
//! listsort (natural runs, binary insertion to a least run length, galloping merges) with the merge order
//! of Munro and Wild's powersort ("Nearly-Optimal Mergesorts", 2018).
//!
//! `list.sort` without a key sorts in the list's own memory as long as no Python is needed and only one
//! domain exists. Otherwise the members are taken out of the list while they are sorted, so a key function
//! or `__lt__` that looks at the list finds it empty, and one that changes it is told so at the end.

use std::cmp::{Ordering, Reverse};
use std::mem::ManuallyDrop;

use orochi_heap::Value;

use super::body;
use crate::slots::CompareOp;
use crate::thread::{Attached, PyResult};

/// `list.sort(key=key, reverse=reverse)`; `key` may be None.
pub fn sort(t: Attached<'_>, list: &Value, key: &Value, reverse: bool) -> PyResult<()> {
    let list = body(list);
    if key.is_none() && t.single_domain() {
        let slots = list.used_slots();
        // SAFETY: a slot is one word, which may change through a shared reference. With one domain nobody
        // else looks at them: the plain sort runs no Python and reaches no safepoint. It leaves the same
        // words in another order, so the list still owns what it owned.
        let words = unsafe { std::slice::from_raw_parts_mut(slots.as_ptr().cast_mut().cast::<Word>(), slots.len()) };
        if sort_plainly(t, words, reverse).is_ok() {
            return Ok(());
        }
    }
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
    if key.is_none() {
        // While the words move, none of them may be dropped: not even if a comparison panics.
        let mut held = ManuallyDrop::new(std::mem::take(values));
        // SAFETY: a value is one word; the array has that many.
        let words = unsafe { std::slice::from_raw_parts_mut(held.as_mut_ptr().cast::<Word>(), held.len()) };
        let result = sort_records(t, words, reverse);
        *values = ManuallyDrop::into_inner(held);
        return result;
    }
    let (mut keys, mut pairs) = (Vec::new(), Vec::new());
    if keys.try_reserve_exact(values.len()).is_err() || pairs.try_reserve_exact(values.len()).is_err() {
        return Err(t.memory_error());
    }
    let mut unasked = values.iter();
    crate::protocol::call_each(t, key, &mut |result| {
        keys.extend(result.map(Value::counted));
        Ok(unasked.next().cloned())
    })?;
    pairs.extend(keys.iter().zip(values.iter()).map(|(k, v)| Pair { key: Word(k.bits()), value: v.bits() }));
    let result = sort_records(t, &mut pairs, reverse);
    for (place, pair) in values.iter_mut().zip(&pairs) {
        // SAFETY: the pairs hold each word of the array once: the array goes on owning the same words.
        unsafe { (place as *mut Value).write(Value::from_bits(pair.value)) };
    }
    result
}

/// What is sorted.
trait Record: Copy {
    /// What decides the order. Valid while the array that is sorted owns its words.
    fn key(&self) -> &Value;
    /// Whether records with equal ints as keys cannot be told apart.
    const IS_KEY: bool;
}

/// A member that is its own key.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Word(u64);

/// A key and its member.
#[derive(Clone, Copy)]
struct Pair {
    key: Word,
    value: u64,
}

impl Record for Word {
    const IS_KEY: bool = true;
    #[inline(always)]
    fn key(&self) -> &Value {
        // SAFETY: the array's owner keeps the counts of its words while they are sorted.
        unsafe { Value::borrow_bits(&self.0) }
    }
}

impl Record for Pair {
    const IS_KEY: bool = false;
    #[inline(always)]
    fn key(&self) -> &Value {
        self.key.key()
    }
}

/// Sorts records in ascending (or descending) order of keys; equal ones keep their order.
fn sort_records<R: Record>(t: Attached<'_>, records: &mut [R], reverse: bool) -> PyResult<()> {
    if sort_plainly(t, records, reverse).is_ok() {
        return Ok(());
    }
    // What the plain sort has done until it gave up is part of the way.
    let mut less = |a: &R, b: &R| -> PyResult<bool> {
        if let Some(order) = plain_order(t, a.key(), b.key()) {
            return Ok(order.is_lt());
        }
        t.safepoint()?;
        crate::protocol::compare_bool(t, a.key(), b.key(), CompareOp::Lt)
    };
    in_direction(records, reverse, |records| merge_sort(records, &mut less))
}

/// A stable descending sort is an ascending one of the reversed array, reversed.
fn in_direction<R, E>(records: &mut [R], reverse: bool, sort: impl FnOnce(&mut [R]) -> Result<(), E>) -> Result<(), E> {
    if reverse {
        records.reverse();
    }
    let result = sort(records);
    if reverse {
        records.reverse();
    }
    result
}

/// The values must be asked for their order.
struct NotPlain;

/// Sorts records whose keys are all of one kind that compares without Python; else leaves them in some
/// order that equal ones keep.
fn sort_plainly<R: Record>(t: Attached<'_>, records: &mut [R], reverse: bool) -> Result<(), NotPlain> {
    if records.len() < 2 {
        return Ok(());
    }
    let first = records[0].key();
    if first.is_small_int() {
        if !records.iter().all(|r| r.key().is_small_int()) {
            return Err(NotPlain);
        }
        // As words small ints are in their own order.
        let number = |r: &R| r.key().bits() as i64;
        match (R::IS_KEY, reverse) {
            (true, false) => records.sort_unstable_by_key(number),
            (true, true) => records.sort_unstable_by_key(|r| Reverse(number(r))),
            (false, false) => records.sort_by_key(number),
            (false, true) => records.sort_by_key(|r| Reverse(number(r))),
        }
        return Ok(());
    }
    if first.is_small_float() {
        let number = |r: &R| r.key().as_small_float().filter(|f| !f.is_nan());
        if !records.iter().all(|r| number(r).is_some()) {
            return Err(NotPlain);
        }
        let order = |a: &R, b: &R| number(a).partial_cmp(&number(b)).unwrap_or(Ordering::Equal);
        if reverse { records.sort_by(|a, b| order(b, a)) } else { records.sort_by(order) }
        return Ok(());
    }
    if crate::str::is_exact_str(first) {
        return sort_texts(records, reverse);
    }
    if crate::tuple::TYPE.is_exact(t, first) {
        let mut less =
            |a: &R, b: &R| plain_order(t, a.key(), b.key()).map(Ordering::is_lt).ok_or(NotPlain);
        return in_direction(records, reverse, |records| merge_sort(records, &mut less));
    }
    Err(NotPlain)
}

/// A record of a text with its first eight bytes, which usually decide without a look at the text.
#[derive(Clone, Copy)]
struct Text<R> {
    start: u64,
    record: R,
}

/// Below this many strs their beginnings are not worth an array.
const FEW_TEXTS: usize = 24;

fn sort_texts<R: Record>(records: &mut [R], reverse: bool) -> Result<(), NotPlain> {
    if !records.iter().all(|r| crate::str::is_exact_str(r.key())) {
        return Err(NotPlain);
    }
    // Generalized UTF-8 sorts as its code points do.
    fn text<R: Record>(r: &R) -> &[u8] {
        crate::str::exact_bytes(r.key()).unwrap_or(&[])
    }
    let mut texts: Vec<Text<R>> = Vec::new();
    if records.len() < FEW_TEXTS || texts.try_reserve_exact(records.len()).is_err() {
        if reverse {
            records.sort_by(|a, b| text(b).cmp(text(a)));
        } else {
            records.sort_by(|a, b| text(a).cmp(text(b)));
        }
        return Ok(());
    }
    texts.extend(records.iter().map(|&record| {
        let bytes = text(&record);
        let mut start = [0; 8];
        let n = bytes.len().min(8);
        start[..n].copy_from_slice(&bytes[..n]);
        Text { start: u64::from_be_bytes(start), record }
    }));
    // A text that ends early has zeros there: equal beginnings decide nothing, others what the bytes do.
    let order = |a: &Text<R>, b: &Text<R>| a.start.cmp(&b.start).then_with(|| text(&a.record).cmp(text(&b.record)));
    if reverse { texts.sort_by(|a, b| order(b, a)) } else { texts.sort_by(order) }
    for (place, sorted) in records.iter_mut().zip(&texts) {
        *place = sorted.record;
    }
    Ok(())
}

/// The order of two small ints, floats or exact strs; the inner `None` where a float is no number, the
/// outer one for other values.
#[inline(always)]
fn leaf_order(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Some(Some(x.cmp(&y)));
    }
    if let (Some(x), Some(y)) = (crate::str::exact_bytes(a), crate::str::exact_bytes(b)) {
        return Some(Some(x.cmp(y)));
    }
    if let (Some(x), Some(y)) = (a.as_small_float(), b.as_small_float()) {
        return Some(x.partial_cmp(&y));
    }
    None
}

/// The order of two values where it can be told without Python: small ints, exact strs, floats that are
/// numbers, and exact tuples of these.
fn plain_order(t: Attached<'_>, a: &Value, b: &Value) -> Option<Ordering> {
    if let Some(order) = leaf_order(a, b) {
        return order;
    }
    if !crate::tuple::TYPE.is_exact(t, a) || !crate::tuple::TYPE.is_exact(t, b) {
        return None;
    }
    let (x, y) = (crate::tuple::items(a), crate::tuple::items(b));
    for (v, w) in x.iter().zip(y) {
        if v.is(w) {
            continue;
        }
        // A tuple in a tuple is asked: this must not recurse without a bound.
        match leaf_order(v, w)?? {
            Ordering::Equal => {}
            other => return Some(other),
        }
    }
    Some(x.len().cmp(&y.len()))
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
        if len == n {
            return Ok(());
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
