//! `Pickler`.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use orochi_objects::args::Signature;
use orochi_objects::spec::flags;
use orochi_objects::type_::{as_type, class_of, lookup, type_name};
use orochi_objects::{Args, Attached, Def, GetSet, Method, Payload, PyResult, TypeSpec, Value};
use orochi_objects::{attr, dict, exception, int, payload, protocol, str, tuple};
use orochi_runtime::Locked;

use super::memo::Memo;
use super::saver::Saver;
use super::{PICKLING_ERROR, saver, write_of};

/// What `__init__` got, and the memo.
struct State {
    write: Value,
    buffer_callback: Option<Value>,
    proto: u8,
    fix_imports: bool,
    memo: Memo,
}

/// The body of a Pickler.
pub(super) struct PyPickler {
    /// None before `__init__`.
    state: Locked<Option<State>>,
    running: AtomicBool,
    fast: AtomicBool,
}

impl Payload for PyPickler {
    payload!(PyPickler, "Pickler");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        if let Some(state) = self.state.try_lock()
            && let Some(s) = &*state
        {
            visit.value(&s.write);
            visit.values(s.buffer_callback.iter());
            visit.values(s.memo.entries.iter().map(|(v, _)| v));
        }
    }
    fn clear(&self) {
        let old = self.state.lock().take();
        drop(old);
    }
}

/// `Pickler`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyPickler>("_pickle.Pickler")
    .flags(flags::BASETYPE | flags::HAS_DICT)
    .slots(&[Def::New(new), Def::Init(init)])
    .methods(&[
        Method::new("dump", "($self, obj, /)", dump, "Writes a pickle of the object to the open file."),
        Method::new("clear_memo", "($self, /)", clear_memo, "Forgets what was pickled."),
        Method::new("persistent_id", "($self, obj, /)", |_, _| Ok(Value::none()), "The persistent id of an object, or None."),
        Method::new("__sizeof__", "($self, /)", |_, _| Ok(Value::i32(size_of::<PyPickler>() as i32)), "Size in memory, in bytes."),
    ])
    .getset(&[
        GetSet::write("memo", memo, set_memo, "What was pickled, by identity."),
        GetSet::write("bin", |t, v| with(t, v, |s| Value::i32(i32::from(s.proto > 0))), |_, _, _| Ok(()), "Whether the protocol is binary."),
        GetSet::write("fast", |_, v| Ok(Value::i32(i32::from(body(v).fast.load(Relaxed)))), set_fast, "Whether to do without a memo."),
    ])
    .doc("Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)\n--\n\nWrites pickles to a file.");

fn body(v: &Value) -> &PyPickler {
    match v.payload::<PyPickler>() {
        Some(b) => b,
        None => unreachable!("slots and methods are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    let empty = PyPickler { state: Locked::new(None), running: AtomicBool::new(false), fast: AtomicBool::new(false) };
    TYPE.alloc_for(t, class, empty)
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    Signature::parse("(file, protocol=None, fix_imports=True, buffer_callback=None)").call(t, "Pickler", args, |a| {
        let parsed = saver(t, &a[1], &a[2], &a[3])?;
        let state = State {
            write: write_of(t, &a[0])?,
            buffer_callback: parsed.buffer_callback,
            proto: parsed.proto,
            fix_imports: parsed.fix_imports,
            memo: Memo::default(),
        };
        let old = body(this).state.lock().replace(state);
        drop(old);
        Ok(())
    })
}

fn uninitialized(t: Attached<'_>, v: &Value) -> orochi_objects::Raised {
    t.raise(&PICKLING_ERROR, format!("Pickler.__init__() was not called by {}.__init__()", type_name(t, v)))
}

fn with<R>(t: Attached<'_>, v: &Value, f: impl FnOnce(&mut State) -> R) -> PyResult<R> {
    let r = body(v).state.lock().as_mut().map(f);
    r.ok_or_else(|| uninitialized(t, v))
}

fn set_fast(t: Attached<'_>, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(t.type_error("can't delete numeric/char attribute")) };
    body(v).fast.store(protocol::truth(t, new)?, Relaxed);
    Ok(())
}

/// A method of the instance or of a subclass; `None` if it is only the one of the base.
pub(super) fn overridden(t: Attached<'_>, v: &Value, base: &'static TypeSpec, name: &str_) -> PyResult<Option<Value>> {
    let name = str::intern(t, name);
    let own = v.header().is_some_and(|h| attr::instance_get(t, h, &name).is_some());
    if !own
        && let (Some(a), Some(b)) = (lookup(t, class_of(t, v), &name), lookup(t, as_type(base.get(t)), &name))
        && a.is(&b)
    {
        return Ok(None);
    }
    attr::find(t, v, &name)
}

#[allow(non_camel_case_types, reason = "the primitive type, whose name the module `str` takes")]
type str_ = std::primitive::str;

fn dump(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (this, b) = (&a[0], body(&a[0]));
    let (proto, fix_imports) = with(t, this, |s| (s.proto, s.fix_imports))?;
    if b.running.swap(true, Relaxed) {
        return Err(t.raise(&exception::RuntimeError, "Pickler object is already used"));
    }
    let run = || -> PyResult {
        let mut s = Saver::new(t, proto, fix_imports, Memo::default());
        s.persistent_id = overridden(t, this, &TYPE, "persistent_id")?;
        s.reducer_override = attr::find(t, this, &str::intern(t, "reducer_override"))?;
        s.dispatch_table = attr::find(t, this, &str::intern(t, "dispatch_table"))?;
        s.fast = b.fast.load(Relaxed);
        with(t, this, |state| {
            s.write = Some(state.write.clone());
            s.buffer_callback = state.buffer_callback.clone();
            s.memo = std::mem::take(&mut state.memo);
        })?;
        let done = s.dump(t, &a[1]);
        let memo = s.memo;
        let old = with(t, this, |state| std::mem::replace(&mut state.memo, memo));
        drop(old);
        done.map(|()| Value::none())
    };
    let done = run();
    b.running.store(false, Relaxed);
    done
}

fn clear_memo(t: Attached<'_>, a: &[Value]) -> PyResult {
    let old = with(t, &a[0], |s| std::mem::take(&mut s.memo))?;
    drop(old);
    Ok(Value::none())
}

fn memo(t: Attached<'_>, this: &Value) -> PyResult {
    let entries = with(t, this, |s| s.memo.entries.clone())?;
    let all = dict::new(t);
    for (v, n) in entries.into_iter().filter(|(v, _)| !v.is_unbound()) {
        let key = int::from_u64(t, v.identity());
        let pair = tuple::new(t, vec![Value::i32(n as i32), v]);
        dict::set(t, &all, &key, pair)?;
    }
    Ok(all)
}

fn set_memo(t: Attached<'_>, this: &Value, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(t.type_error("attribute deletion is not supported")) };
    if dict::as_dict(new).is_none() {
        return Err(t.type_error(format!("'memo' attribute must be a PicklerMemoProxy object or dict, not {}", type_name(t, new))));
    }
    let mut memo = Memo::default();
    for (_, pair) in dict::items(new) {
        let [n, v] = tuple::items(&pair) else {
            return Err(t.type_error("'memo' values must be 2-item tuples"));
        };
        memo.put(v, protocol::expect_i64(t, n)? as u32);
    }
    let old = with(t, this, |s| std::mem::replace(&mut s.memo, memo))?;
    drop(old);
    Ok(())
}
