//! The callable that `lru_cache` makes.
//!
//! Results stand in a dict by key. With a greatest size the dict holds *places*: numbers of entries
//! of a doubly linked list in one vector, ordered from the last used to the least used. The list is
//! behind a one-byte lock; calls, hashing and comparison run outside it. A place carries the
//! generation of its entry, so a place read from the dict and used after somebody evicted the entry
//! is noticed, and counts as a miss.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use orochi_objects::object::{self, PyObject};
use orochi_objects::{
    Args, Attached, Def, GetSet, Method, Payload, PyResult, Slot, TypeSpec, Value, dict, flags, int, native, payload,
    protocol, str, tuple, type_,
};
use orochi_runtime::Locked;

/// The body of the wrapper.
pub struct PyLruCache {
    function: Slot,
    /// What stands between positional and keyword arguments in a key.
    mark: Slot,
    info_type: Slot,
    /// A dict: key -> result (no greatest size), key -> place (with one).
    results: Slot,
    /// `None`: as many results as come.
    max: Option<usize>,
    typed: bool,
    hits: AtomicU64,
    misses: AtomicU64,
    order: Locked<Order>,
}

/// No entry.
const NONE: u32 = u32::MAX;

/// One result in the order of use.
struct Entry {
    key: Value,
    result: Value,
    /// Towards the last used.
    newer: u32,
    /// Towards the least used.
    older: u32,
    generation: u32,
}

/// The order of use.
#[derive(Default)]
struct Order {
    entries: Vec<Entry>,
    free: Vec<u32>,
    newest: Option<u32>,
    oldest: Option<u32>,
    len: usize,
}

fn link(n: Option<u32>) -> u32 {
    n.unwrap_or(NONE)
}
fn some(n: u32) -> Option<u32> {
    Some(n).filter(|&n| n != NONE)
}

impl Order {
    fn unlink(&mut self, at: u32) {
        let (newer, older) = (self.entries[at as usize].newer, self.entries[at as usize].older);
        match some(newer) {
            Some(n) => self.entries[n as usize].older = older,
            None => self.newest = some(older),
        }
        match some(older) {
            Some(o) => self.entries[o as usize].newer = newer,
            None => self.oldest = some(newer),
        }
    }
    fn link_newest(&mut self, at: u32) {
        let old = self.newest;
        self.entries[at as usize].newer = NONE;
        self.entries[at as usize].older = link(old);
        match old {
            Some(n) => self.entries[n as usize].newer = at,
            None => self.oldest = Some(at),
        }
        self.newest = Some(at);
    }
    /// The result at a place, which becomes the last used; `None` if the place is outdated.
    fn use_place(&mut self, place: i64) -> Option<Value> {
        let at = place as u32;
        let entry = self.entries.get(at as usize).filter(|e| i64::from(e.generation) == place >> 32)?;
        if entry.result.is_unbound() {
            return None;
        }
        let result = entry.result.clone();
        if self.newest != Some(at) {
            self.unlink(at);
            self.link_newest(at);
        }
        Some(result)
    }
    /// Adds a result as the last used; gives its place.
    fn add(&mut self, key: Value, result: Value) -> Option<i64> {
        let at = match self.free.pop() {
            Some(at) => {
                let e = &mut self.entries[at as usize];
                // The old words are unbound markers: nothing is released here.
                e.key = key;
                e.result = result;
                at
            }
            None => {
                let at = u32::try_from(self.entries.len()).ok().filter(|&at| at != NONE)?;
                self.entries.try_reserve(1).ok()?;
                self.entries.push(Entry { key, result, newer: NONE, older: NONE, generation: 0 });
                at
            }
        };
        self.link_newest(at);
        self.len += 1;
        Some(i64::from(self.entries[at as usize].generation) << 32 | i64::from(at))
    }
    /// As [`Order::take`], if the place is not outdated.
    fn take_place(&mut self, place: i64) -> Option<(Value, Value)> {
        let e = self.entries.get(place as u32 as usize)?;
        let current = i64::from(e.generation) == place >> 32 && !e.result.is_unbound();
        current.then(|| self.take(place as u32))
    }
    /// Takes an entry out; gives its key and result.
    fn take(&mut self, at: u32) -> (Value, Value) {
        self.unlink(at);
        self.len -= 1;
        self.free.push(at);
        let e = &mut self.entries[at as usize];
        // 30 bits, so that a place is a small int.
        e.generation = (e.generation + 1) & 0x3fff_ffff;
        (std::mem::replace(&mut e.key, Value::unbound()), std::mem::replace(&mut e.result, Value::unbound()))
    }
}

impl Payload for PyLruCache {
    payload!(PyLruCache, "_lru_cache_wrapper");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        for slot in [&self.function, &self.mark, &self.info_type, &self.results] {
            visit.slot(slot);
        }
        if let Some(order) = self.order.try_lock() {
            visit.values(order.entries.iter().flat_map(|e| [&e.key, &e.result]));
        }
    }
    fn clear(&self) {
        let results = self.results.load();
        if dict::as_dict(&results).is_some() {
            dict::clear(&results);
        }
        let old = std::mem::take(&mut *self.order.lock());
        drop(old);
    }
}

/// `functools._lru_cache_wrapper`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyLruCache>("functools._lru_cache_wrapper")
    .flags(flags::BASETYPE | flags::HAS_DICT | flags::HAS_WEAKREF | flags::METHOD_DESCRIPTOR)
    .slots(&[Def::New(new), Def::Call(call), Def::DescrGet(get)])
    .methods(&[
        Method::new("cache_info", "($self, /)", cache_info, "Hits, misses, greatest and current size."),
        Method::new("cache_clear", "($self, /)", cache_clear, "Forgets all results and counts."),
        Method::new("__reduce__", "($self, /)", |t, a| orochi_objects::attr::get(t, &a[0], &t.names().__qualname__), "The name, for pickle."),
        Method::new("__copy__", "($self, /)", |_, a| Ok(a[0].clone()), "The wrapper itself."),
        Method::new("__deepcopy__", "($self, memo, /)", |_, a| Ok(a[0].clone()), "The wrapper itself."),
    ])
    .getset(&[GetSet::write("__dict__", super::partial::get_dict, super::partial::set_dict, "")])
    .doc("A callable that keeps the results of a function.");

fn body(v: &Value) -> &PyLruCache {
    match v.payload::<PyLruCache>() {
        Some(c) => c,
        None => unreachable!("slots are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let signature = orochi_objects::args::Signature::parse("(user_function, maxsize, typed, cache_info_type)");
    signature.call(t, "lru_cache", args, |a| {
        if !protocol::is_callable(t, &a[0]) {
            return Err(t.type_error("the first argument must be callable"));
        }
        let max = if a[1].is_none() {
            None
        } else if type_::class_of(t, &a[1]).slots.index().is_some() || int::is_int(&a[1]) {
            Some(protocol::as_size(t, &a[1])?.max(0) as usize)
        } else {
            return Err(t.type_error("maxsize should be integer or None"));
        };
        let body = PyLruCache {
            function: Slot::new(a[0].clone()),
            mark: Slot::new(object::TYPE.alloc(t, PyObject)),
            info_type: Slot::new(a[3].clone()),
            results: Slot::new(dict::new(t)),
            max,
            typed: protocol::truth(t, &a[2])?,
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            order: Locked::default(),
        };
        TYPE.alloc_for(t, class, body)
    })
}

/// The key of a call.
fn key_of(t: Attached<'_>, cache: &PyLruCache, args: Args<'_>) -> Value {
    let positional = args.positional();
    if !cache.typed && args.names().is_empty() {
        if let [one] = positional
            && (str::is_exact_str(one) || one.is_small_int())
        {
            return one.clone();
        }
        return tuple::from_slice(t, positional);
    }
    let mut key = positional.to_vec();
    if !args.names().is_empty() {
        key.push(cache.mark.load());
        for (name, v) in args.keywords() {
            key.push(name.clone());
            key.push(v.clone());
        }
    }
    if cache.typed {
        key.extend(args.all().iter().map(|v| type_::type_of(t, v).clone()));
    }
    tuple::new(t, key)
}

fn count(t: Attached<'_>, n: &AtomicU64) {
    if t.single_domain() {
        n.store(n.load(Relaxed) + 1, Relaxed);
    } else {
        n.fetch_add(1, Relaxed);
    }
}

fn call(t: Attached<'_>, callee: &Value, args: Args<'_>) -> PyResult {
    let cache = body(callee);
    let compute = || protocol::call_args(t, &cache.function.load(), args);
    if cache.max == Some(0) {
        count(t, &cache.misses);
        return compute();
    }
    let key = key_of(t, cache, args);
    let hash = protocol::hash(t, &key)?;
    let results = cache.results.load();
    let Some(max) = cache.max else {
        if let Some(v) = dict::get_hashed(t, &results, &key, hash)? {
            count(t, &cache.hits);
            return Ok(v);
        }
        count(t, &cache.misses);
        let result = compute()?;
        dict::set_hashed(t, &results, &key, hash, result.clone())?;
        return Ok(result);
    };
    if let Some(place) = dict::get_hashed(t, &results, &key, hash)?
        && let Some(place) = place.as_small_int()
    {
        let found = cache.order.lock().use_place(place);
        if let Some(v) = found {
            count(t, &cache.hits);
            return Ok(v);
        }
    }
    count(t, &cache.misses);
    let result = compute()?;
    // Another thread, or the function itself, may have brought the result meanwhile: it stays.
    if let Some(place) = dict::get_hashed(t, &results, &key, hash)?
        && let Some(place) = place.as_small_int()
    {
        let known = cache.order.lock().use_place(place);
        if known.is_some() {
            return Ok(result);
        }
    }
    let (evicted, place) = {
        let mut order = cache.order.lock();
        let evicted = if order.len >= max { order.oldest.map(|at| order.take(at)) } else { None };
        (evicted, order.add(key.clone(), result.clone()))
    };
    if let Some((old_key, old_result)) = evicted {
        drop(dict::remove(t, &results, &old_key)?);
        drop(old_result);
    }
    let Some(place) = place else { return Err(t.memory_error()) };
    let there = dict::set_default_hashed(t, &results, &key, hash, int::new(t, place))?;
    if let Some(other) = there.as_small_int().filter(|&other| other != place) {
        // Another thread was faster: its entry stays, unless it has been evicted again.
        let known = cache.order.lock().use_place(other);
        if known.is_some() {
            let mine = cache.order.lock().take_place(place);
            drop(mine);
        } else {
            dict::set_hashed(t, &results, &key, hash, int::new(t, place))?;
        }
    }
    Ok(result)
}

fn get(t: Attached<'_>, this: &Value, instance: Option<&Value>, _: &Value) -> PyResult {
    match instance.filter(|i| !i.is_none()) {
        Some(instance) => Ok(native::bind(t, this, instance)),
        None => Ok(this.clone()),
    }
}

fn cache_info(t: Attached<'_>, a: &[Value]) -> PyResult {
    let cache = body(&a[0]);
    let number = |n: &AtomicU64| int::new(t, n.load(Relaxed) as i64);
    let (size, max) = match cache.max {
        None => (dict::len(&cache.results.load()), Value::none()),
        Some(max) => (cache.order.lock().len, int::from_usize(t, max)),
    };
    let info = [number(&cache.hits), number(&cache.misses), max, int::from_usize(t, size)];
    protocol::call(t, &cache.info_type.load(), &info)
}

fn cache_clear(t: Attached<'_>, a: &[Value]) -> PyResult {
    let cache = body(&a[0]);
    let old = {
        let mut order = cache.order.lock();
        let mut old = Vec::new();
        while let Some(at) = order.oldest {
            old.push(order.take(at));
        }
        old
    };
    let old_results = cache.results.swap(dict::new(t));
    cache.hits.store(0, Relaxed);
    cache.misses.store(0, Relaxed);
    drop((old, old_results));
    Ok(Value::none())
}
