//! `Unpickler`.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use orochi_objects::args::Signature;
use orochi_objects::spec::flags;
use orochi_objects::type_::type_name;
use orochi_objects::{Args, Attached, Def, GetSet, Method, Payload, PyResult, TypeSpec, Value};
use orochi_objects::{attr, dict, exception, int, payload, protocol};
use orochi_runtime::Locked;

use super::input::{File, Input};
use super::loader::{Loader, Numbered, find_class};
use super::pickler::overridden;
use super::{UNPICKLING_ERROR, loader};

/// What `__init__` got, and the memo.
struct State {
    file: File,
    fix_imports: bool,
    proto: u8,
    encoding: Value,
    errors: Value,
    buffers: Option<Value>,
    memo: Numbered,
}

/// The body of an Unpickler.
pub(super) struct PyUnpickler {
    /// None before `__init__`.
    state: Locked<Option<State>>,
    running: AtomicBool,
}

impl Payload for PyUnpickler {
    payload!(PyUnpickler, "Unpickler");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        if let Some(state) = self.state.try_lock()
            && let Some(s) = &*state
        {
            visit.value(&s.file.read);
            visit.value(&s.file.readline);
            visit.values(s.file.peek.iter());
            visit.value(&s.encoding);
            visit.value(&s.errors);
            visit.values(s.buffers.iter());
            visit.values(s.memo.dense.iter());
            visit.values(s.memo.sparse.values());
        }
    }
    fn clear(&self) {
        let old = self.state.lock().take();
        drop(old);
    }
}

/// `Unpickler`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyUnpickler>("_pickle.Unpickler")
    .flags(flags::BASETYPE | flags::HAS_DICT)
    .slots(&[Def::New(new), Def::Init(init)])
    .methods(&[
        Method::new("load", "($self, /)", load, "Reads an object from the pickle in the open file."),
        Method::new("find_class", "($self, module_name, global_name, /)", find, "A global, by module and name."),
        Method::new("persistent_load", "($self, pid, /)", no_persistent, "The object of a persistent id."),
        Method::new("__sizeof__", "($self, /)", |_, _| Ok(Value::i32(size_of::<PyUnpickler>() as i32)), "Size in memory, in bytes."),
    ])
    .getset(&[GetSet::write("memo", memo, set_memo, "What was numbered, by number.")])
    .doc("Unpickler(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())\n--\n\nReads pickles from a file.");

fn body(v: &Value) -> &PyUnpickler {
    match v.payload::<PyUnpickler>() {
        Some(b) => b,
        None => unreachable!("slots and methods are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    TYPE.alloc_for(t, class, PyUnpickler { state: Locked::new(None), running: AtomicBool::new(false) })
}

/// The methods of a file to read pickles from.
pub(super) fn file_of(t: Attached<'_>, file: &Value) -> PyResult<File> {
    let n = t.names();
    let peek = attr::find(t, file, &n.peek)?;
    match (attr::find(t, file, &n.read)?, attr::find(t, file, &n.readline)?) {
        (Some(read), Some(readline)) => Ok(File { read, readline, peek }),
        _ => Err(t.type_error("file must have 'read' and 'readline' attributes")),
    }
}

/// Loads, and leaves the file right behind the pickle.
pub(super) fn load_settled(t: Attached<'_>, loader: &mut Loader, input: &mut Input<'_>) -> PyResult {
    let v = loader.load(t, input)?;
    input.settle(t)?;
    Ok(v)
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let signature = Signature::parse("(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())");
    signature.call(t, "Unpickler", args, |a| {
        let file = file_of(t, &a[0])?;
        let l = loader(t, &a[1..])?;
        let state = State {
            file,
            fix_imports: l.fix_imports,
            proto: 0,
            encoding: l.encoding,
            errors: l.errors,
            buffers: l.buffers,
            memo: Numbered::default(),
        };
        let old = body(this).state.lock().replace(state);
        drop(old);
        Ok(())
    })
}

fn with<R>(t: Attached<'_>, v: &Value, f: impl FnOnce(&mut State) -> R) -> PyResult<R> {
    let r = body(v).state.lock().as_mut().map(f);
    r.ok_or_else(|| {
        t.raise(&UNPICKLING_ERROR, format!("Unpickler.__init__() was not called by {}.__init__()", type_name(t, v)))
    })
}

fn load(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (this, b) = (&a[0], body(&a[0]));
    with(t, this, |_| ())?;
    if b.running.swap(true, Relaxed) {
        return Err(t.raise(&exception::RuntimeError, "Unpickler object is already used"));
    }
    let run = || -> PyResult {
        let (file, mut l) = with(t, this, |s| {
            let memo = std::mem::take(&mut s.memo);
            (s.file.clone(), Loader::new(s.fix_imports, s.encoding.clone(), s.errors.clone(), s.buffers.clone(), memo))
        })?;
        l.persistent_load = overridden(t, this, &TYPE, "persistent_load")?;
        l.find_class = overridden(t, this, &TYPE, "find_class")?;
        if l.find_class.is_some() {
            // Protocols are told to `find_class` of the base by way of the instance.
            with(t, this, |s| s.proto = 0)?;
        }
        let done = load_settled(t, &mut l, &mut Input::of_file(file));
        let (memo, proto) = (l.memo, l.proto);
        let old = with(t, this, |s| {
            s.proto = proto;
            std::mem::replace(&mut s.memo, memo)
        });
        drop(old);
        done
    };
    let done = run();
    b.running.store(false, Relaxed);
    done
}

fn find(t: Attached<'_>, a: &[Value]) -> PyResult {
    // While a pickle is read its protocol is in the loader; dotted names come with protocol 4 only.
    let (fix, proto) = body(&a[0]).state.lock().as_ref().map_or((true, 0), |s| (s.fix_imports, s.proto));
    let dotted = orochi_objects::str::utf8(&a[2]).is_some_and(|s| s.contains('.'));
    find_class(t, &a[1], &a[2], if dotted { proto.max(4) } else { proto }, fix)
}

fn no_persistent(t: Attached<'_>, _: &[Value]) -> PyResult {
    Err(t.raise(
        &UNPICKLING_ERROR,
        "A load persistent id instruction was encountered, but no persistent_load function was specified.",
    ))
}

fn memo(t: Attached<'_>, this: &Value) -> PyResult {
    let items = with(t, this, |s| s.memo.items())?;
    dict::from_items(t, items.into_iter().map(|(n, v)| (int::from_usize(t, n), v)))
}

fn set_memo(t: Attached<'_>, this: &Value, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(t.type_error("attribute deletion is not supported")) };
    if dict::as_dict(new).is_none() {
        return Err(t.type_error(format!("'memo' attribute must be an UnpicklerMemoProxy object or dict, not {}", type_name(t, new))));
    }
    let mut memo = Numbered::default();
    for (k, v) in dict::items(new) {
        let n = protocol::expect_i64(t, &k)?;
        let n = usize::try_from(n).map_err(|_| t.value_error("memo key must be positive integers."))?;
        drop(memo.put(n, v));
    }
    let old = with(t, this, |s| std::mem::replace(&mut s.memo, memo))?;
    drop(old);
    Ok(())
}
