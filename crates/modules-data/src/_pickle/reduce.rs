//! Values that are not of a builtin type: by what reduces them, as globals, or, for plain instances
//! of Python classes, straight from their attributes.

use orochi_objects::map::map_of;
use orochi_objects::object_methods::import;
use orochi_objects::protocol;
use orochi_objects::spec::flags;
use orochi_objects::type_::{PyType, as_type, class_of, is_instance_of, lookup_resolved, type_name, type_of};
use orochi_objects::{Attached, PyResult, Raised, Value};
use orochi_objects::{attr, dict, exception, int, object, str, tuple, type_};

use super::saver::{Saver, note, type_text};
use super::{PICKLING_ERROR, ops};

/// Whether a class takes this attribute from `object` (or has it as little as `object`).
fn as_object(t: Attached<'_>, ty: &PyType, name: &Value) -> bool {
    let base = as_type(object::TYPE.get(t));
    match (lookup_resolved(t, ty, name), lookup_resolved(t, base, name)) {
        (Some(a), Some(b)) => a.is(&b),
        (None, None) => true,
        _ => false,
    }
}

/// Raises PicklingError while another exception is handled, which becomes its context.
fn raise_within(t: Attached<'_>, cause: Raised, message: impl FnOnce(&Value) -> String) -> Raised {
    let caught = t.take_raised(cause);
    let before = t.set_handled(caught.clone());
    let raised = t.raise(&PICKLING_ERROR, message(&caught));
    drop(t.set_handled(before));
    raised
}

impl Saver {
    /// A value of a type without opcodes of its own.
    pub fn save_other(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        let ty = class_of(t, v);
        let mut reduced = Value::not_implemented();
        if let Some(f) = &self.reducer_override {
            reduced = protocol::call(t, f, std::slice::from_ref(v))?;
        }
        if reduced.is_not_implemented() {
            let class = type_of(t, v).clone();
            if class.is(type_::TYPE.get(t)) {
                return self.save_type(t, v);
            }
            if !ty.has(flags::HEAP_TYPE) && ty.name_text() == "function" {
                return self.save_global(t, v, None);
            }
            let table = match &self.dispatch_table {
                Some(table) => table.clone(),
                None => attr::get_by_name(t, &import(t, "copyreg")?, "dispatch_table")?,
            };
            let reducer = if dict::TYPE.is_exact(t, &table) {
                dict::get(t, &table, &class)?
            } else {
                match protocol::get_item(t, &table, &class) {
                    Ok(f) => Some(f),
                    Err(e) => {
                        drop(t.catch(e, &exception::KeyError)?);
                        None
                    }
                }
            };
            reduced = match reducer {
                Some(f) => protocol::call(t, &f, std::slice::from_ref(v))?,
                None if is_instance_of(t, v, type_::TYPE.get(t)) => return self.save_global(t, v, None),
                None if self.is_plain(t, ty, v) => {
                    return self
                        .save_plain(t, v)
                        .map_err(|e| note(t, e, &format!("when serializing {} object", type_text(t, v))));
                }
                None => {
                    let f = attr::get(t, v, &t.names().__reduce_ex__)?;
                    protocol::call(t, &f, &[int::new(t, i64::from(self.proto))])?
                }
            };
        }
        if str::is_str(&reduced) {
            return self.save_global(t, v, Some(&reduced));
        }
        let done = if tuple::as_tuple(&reduced).is_some() {
            self.save_reduce(t, &reduced, v)
        } else {
            let given = type_text(t, &reduced);
            Err(t.raise(&PICKLING_ERROR, format!("__reduce__ must return a string or tuple, not {given}")))
        };
        done.map_err(|e| note(t, e, &format!("when serializing {} object", type_text(t, v))))
    }

    /// Whether `object.__reduce_ex__` would give the class without arguments and the attributes alone.
    fn is_plain(&self, t: Attached<'_>, ty: &PyType, v: &Value) -> bool {
        let n = t.names();
        let Some(h) = v.header() else { return false };
        self.proto >= 2
            && ty.has(flags::HEAP_TYPE)
            && ty.members == 0
            && std::ptr::eq(ty.kind, as_type(object::TYPE.get(t)).kind)
            && [&n.__reduce_ex__, &n.__reduce__, &n.__getstate__, &n.__getnewargs__, &n.__getnewargs_ex__, &n.__class__, &n.__getattribute__]
                .into_iter()
                .all(|name| as_object(t, ty, name))
            && lookup_resolved(t, ty, &n.__getattr__).is_none()
            && map_of(h).has_dict
            && !map_of(h).is_dict
    }

    fn save_plain(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        t.safepoint()?;
        let Some(h) = v.header() else { return Ok(()) };
        let items = attr::instance_items(t, h);
        let class = type_of(t, v).clone();
        self.save(t, &class, true)
            .map_err(|e| note(t, e, &format!("when serializing {} class", type_text(t, v))))?;
        self.put(&[b')', ops::NEWOBJ]);
        self.memoize(v);
        if !items.is_empty() {
            self.save_attributes(t, v, &items)
                .map_err(|e| note(t, e, &format!("when serializing {} state", type_text(t, v))))?;
            self.put(b"b");
        }
        Ok(())
    }

    fn save_type(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        for one in [Value::none(), Value::ellipsis(), Value::not_implemented()] {
            if v.is(type_of(t, &one)) {
                let args = tuple::new(t, vec![one]);
                let reduced = tuple::new(t, vec![type_::TYPE.get(t).clone(), args]);
                return self.save_reduce(t, &reduced, v);
            }
        }
        self.save_global(t, v, None)
    }

    fn part(&mut self, t: Attached<'_>, v: &Value, owner: &Value, what: &std::primitive::str) -> PyResult<()> {
        self.save(t, v, true).map_err(|e| note(t, e, &format!("when serializing {} {what}", type_text(t, owner))))
    }

    /// What a reducer gave: the call that makes the object again, and its state.
    pub fn save_reduce(&mut self, t: Attached<'_>, reduced: &Value, v: &Value) -> PyResult<()> {
        let error = |m: String| t.raise(&PICKLING_ERROR, m);
        let items = tuple::items(reduced);
        if !(2..=6).contains(&items.len()) {
            return Err(error("tuple returned by __reduce__ must contain 2 through 6 elements".into()));
        }
        let (f, args) = (&items[0], &items[1]);
        let item = |i: usize| items.get(i).filter(|v| !v.is_none());
        let wrong = |i: usize, what: &std::primitive::str| {
            let ordinal = ["first", "second", "third", "fourth", "fifth", "sixth"][i];
            let given = type_text(t, &items[i]);
            Err(error(format!("{ordinal} item of the tuple returned by __reduce__ must be {what}, not {given}")))
        };
        if !protocol::is_callable(t, f) {
            return wrong(0, "callable");
        }
        if tuple::as_tuple(args).is_none() {
            return wrong(1, "a tuple");
        }
        for i in [3, 4] {
            if item(i).is_some_and(|it| !protocol::is_iterator(t, it)) {
                return wrong(i, "an iterator");
            }
        }
        if item(5).is_some_and(|f| !protocol::is_callable(t, f)) {
            return wrong(5, "callable");
        }
        let name = if self.proto >= 2 { attr::find(t, f, &t.names().__name__)? } else { None };
        match name.as_ref().and_then(str::utf8) {
            Some("__newobj_ex__") => self.save_new_ex(t, tuple::items(args), v)?,
            Some("__newobj__") => {
                let Some((class, rest)) = tuple::items(args).split_first() else {
                    return Err(error("__newobj__ expected at least 1 argument, got 0".into()));
                };
                self.check_class(t, "__newobj__", class, v)?;
                self.part(t, class, v, "class")?;
                let rest = tuple::from_slice(t, rest);
                self.part(t, &rest, v, "__new__ arguments")?;
                self.put(&[ops::NEWOBJ]);
            }
            _ => {
                self.part(t, f, v, "reconstructor")?;
                self.part(t, args, v, "reconstructor arguments")?;
                self.put(b"R");
            }
        }
        match self.memo.get(v) {
            // The object was reached again and made while its arguments were saved.
            Some(n) => {
                self.put(b"0");
                self.put_get(n);
            }
            None => self.memoize(v),
        }
        if let Some(it) = item(3) {
            self.save_appends(t, it, v)?;
        }
        if let Some(it) = item(4) {
            self.save_setitems(t, it, v)?;
        }
        let Some(state) = item(2) else { return Ok(()) };
        match item(5) {
            None => {
                self.part(t, state, v, "state")?;
                self.put(b"b");
            }
            Some(setter) => {
                self.part(t, setter, v, "state setter")?;
                self.save(t, v, true)?;
                self.part(t, state, v, "state")?;
                self.put(&[ops::TUPLE1 + 1, b'R', b'0']);
            }
        }
        Ok(())
    }

    fn check_class(&self, t: Attached<'_>, function: &std::primitive::str, class: &Value, v: &Value) -> PyResult<()> {
        if !is_instance_of(t, class, type_::TYPE.get(t)) {
            let given = type_text(t, class);
            return Err(t.raise(&PICKLING_ERROR, format!("first argument to {function}() must be a class, not {given}")));
        }
        let own = attr::get(t, v, &t.names().__class__)?;
        if own.is(class) {
            return Ok(());
        }
        let (own, given) = (protocol::display_repr(t, &own), protocol::display_repr(t, class));
        Err(t.raise(&PICKLING_ERROR, format!("first argument to {function}() must be {own}, not {given}")))
    }

    fn save_new_ex(&mut self, t: Attached<'_>, all: &[Value], v: &Value) -> PyResult<()> {
        let [class, args, keywords] = all else {
            return Err(t.raise(&PICKLING_ERROR, format!("__newobj_ex__ expected 3 arguments, got {}", all.len())));
        };
        self.check_class(t, "__newobj_ex__", class, v)?;
        let wrong = |which: &std::primitive::str, v: &Value| {
            t.raise(&PICKLING_ERROR, format!("{which}, not {}", type_text(t, v)))
        };
        if tuple::as_tuple(args).is_none() {
            return Err(wrong("second argument to __newobj_ex__() must be a tuple", args));
        }
        if dict::as_dict(keywords).is_none() {
            return Err(wrong("third argument to __newobj_ex__() must be a dict", keywords));
        }
        if self.proto >= 4 {
            self.part(t, class, v, "class")?;
            self.part(t, args, v, "__new__ arguments")?;
            self.part(t, keywords, v, "__new__ arguments")?;
            self.put(&[ops::NEWOBJ_EX]);
            return Ok(());
        }
        let partial = attr::get_by_name(t, &import(t, "functools")?, "partial")?;
        let mut all = vec![attr::get(t, class, &t.names().__new__)?, class.clone()];
        all.extend(tuple::items(args).iter().cloned());
        let pairs = dict::items(keywords);
        let names: Vec<Value> = pairs.iter().map(|(k, _)| k.clone()).collect();
        all.extend(pairs.into_iter().map(|(_, v)| v));
        let f = protocol::call_args(t, &partial, orochi_objects::Args::with_names(&all, &names))?;
        self.part(t, &f, v, "reconstructor")?;
        self.put(b")R");
        Ok(())
    }

    /// A function, class or singleton, by module and name.
    fn save_global(&mut self, t: Attached<'_>, v: &Value, name: Option<&Value>) -> PyResult<()> {
        let n = t.names();
        let name = match name {
            Some(name) => name.clone(),
            None => match attr::find(t, v, &n.__qualname__)? {
                Some(name) => name,
                None => attr::get(t, v, &n.__name__)?,
            },
        };
        let text = str::display(&name);
        let path: Vec<&std::primitive::str> = text.split('.').collect();
        let module = which_module(t, v, &text, &path)?;
        if self.proto >= 2 {
            let registry = attr::get_by_name(t, &import(t, "copyreg")?, "_extension_registry")?;
            let key = tuple::new(t, vec![module.clone(), name.clone()]);
            let code = if dict::as_dict(&registry).is_some() { dict::get(t, &registry, &key)? } else { None };
            if let Some(code) = code {
                let Some(code) = int::as_i64(&code).and_then(|c| i32::try_from(c).ok()).filter(|c| *c > 0) else {
                    return Err(t.raise(
                        &exception::RuntimeError,
                        format!("extension code {} is out of range", protocol::display_repr(t, &code)),
                    ));
                };
                match code {
                    0..=0xff => self.put(&[ops::EXT1, code as u8]),
                    0x100..=0xffff => self.put(&[ops::EXT2, code as u8, (code >> 8) as u8]),
                    _ => self.put_u32(ops::EXT4, code as u32),
                }
                return Ok(());
            }
        }
        if self.proto >= 4 {
            self.save(t, &module, true)?;
            self.save(t, &name, true)?;
            self.put(&[ops::STACK_GLOBAL]);
        } else {
            let getattr = protocol::builtin(t, "getattr")?;
            for _ in &path[1..] {
                self.save(t, &getattr, true)?;
                if self.proto < 2 {
                    self.put(b"(");
                }
            }
            let top = if path.len() > 1 { str::new(t, path[0]) } else { name.clone() };
            self.save_top_level(t, &module, &top)?;
            for part in &path[1..] {
                self.save(t, &str::new(t, part), true)?;
                self.put(if self.proto < 2 { b"tR" } else { b"\x86R" });
            }
        }
        self.memoize(v);
        Ok(())
    }

    fn save_top_level(&mut self, t: Attached<'_>, module: &Value, name: &Value) -> PyResult<()> {
        let (mut module, mut name) = (module.clone(), name.clone());
        if self.proto < 3 && self.fix_imports {
            let compat = import(t, "_compat_pickle")?;
            let names = attr::get_by_name(t, &compat, "REVERSE_NAME_MAPPING")?;
            let imports = attr::get_by_name(t, &compat, "REVERSE_IMPORT_MAPPING")?;
            let key = tuple::new(t, vec![module.clone(), name.clone()]);
            if let Some(pair) = dict::get(t, &names, &key)? {
                if let [m, n] = tuple::items(&pair) {
                    (module, name) = (m.clone(), n.clone());
                }
            } else if let Some(m) = dict::get(t, &imports, &module)? {
                module = m;
            }
        }
        let encoding = if self.proto >= 3 { "utf-8" } else { "ascii" };
        self.put(b"c");
        for (v, what) in [(&module, "module"), (&name, "global")] {
            let encoded = protocol::call_method(t, v, &t.names().encode, &[str::new(t, encoding)]);
            match encoded {
                Ok(data) => {
                    self.put(orochi_objects::bytes::as_bytes(&data).unwrap_or(&[]));
                    self.put(b"\n");
                }
                Err(e) if t.raised_is(&e, &exception::UnicodeEncodeError) => {
                    let shown = protocol::display_repr(t, v);
                    let proto = self.proto;
                    return Err(raise_within(t, e, |_| {
                        format!("can't pickle {what} identifier {shown} using pickle protocol {proto}")
                    }));
                }
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// The attribute at the end of a dotted path.
pub(super) fn follow(t: Attached<'_>, from: &Value, path: &[&std::primitive::str]) -> PyResult {
    let mut v = from.clone();
    for part in path {
        v = attr::get(t, &v, &str::intern(t, part))?;
    }
    Ok(v)
}

/// `import name`; the module itself, also for dotted names.
pub(super) fn import_full(t: Attached<'_>, name: &Value) -> PyResult {
    let find = || {
        let modules = t.interpreter().modules.load();
        if dict::as_dict(&modules).is_some() { dict::get(t, &modules, name) } else { Ok(None) }
    };
    if let Some(m) = find()?
        && !m.is_none()
        && attr::find(t, &m, &t.names().__spec__)?.is_none_or(|s| s.is_none())
    {
        return Ok(m);
    }
    let import = protocol::builtin(t, "__import__")?;
    protocol::call(t, &import, std::slice::from_ref(name))?;
    match find()? {
        Some(m) => Ok(m),
        None => Err(t.raise_with(&exception::KeyError, vec![name.clone()])),
    }
}

/// The name of the module where a global is found under its name; PicklingError if there is none.
fn which_module(t: Attached<'_>, v: &Value, name: &std::primitive::str, path: &[&std::primitive::str]) -> PyResult {
    let shown = || protocol::display_repr(t, v);
    let mut module = attr::find(t, v, &t.names().__module__)?.unwrap_or(Value::none());
    if path.contains(&"<locals>") {
        return Err(t.raise(&PICKLING_ERROR, format!("Can't pickle local object {}", shown())));
    }
    if module.is_none() {
        let modules = t.interpreter().modules.load();
        if dict::as_dict(&modules).is_some() {
            for (key, m) in dict::items(&modules) {
                if m.is_none() || matches!(str::utf8(&key), Some("__main__" | "__mp_main__")) {
                    continue;
                }
                match follow(t, &m, path) {
                    Ok(found) if found.is(v) => return Ok(key),
                    Ok(_) => {}
                    Err(e) => drop(t.catch(e, &exception::AttributeError)?),
                }
            }
        }
        module = str::intern(t, "__main__");
    }
    if !str::is_str(&module) {
        return Err(t.raise(&PICKLING_ERROR, format!("Can't pickle {}: __module__ must be str, not {}", shown(), type_name(t, &module))));
    }
    let found = match import_full(t, &module) {
        Ok(m) => m,
        Err(e)
            if [&exception::ImportError, &exception::ValueError, &exception::KeyError]
                .into_iter()
                .any(|spec| t.raised_is(&e, spec)) =>
        {
            return Err(raise_within(t, e, |cause| {
                let why = protocol::str(t, cause).map(|s| str::display(&s)).unwrap_or_else(|e| {
                    drop(t.take_raised(e));
                    String::new()
                });
                format!("Can't pickle {}: {why}", shown())
            }));
        }
        Err(e) => return Err(e),
    };
    let at = str::display(&module);
    match follow(t, &found, path) {
        Ok(found) if found.is(v) => Ok(module),
        Ok(_) => Err(t.raise(&PICKLING_ERROR, format!("Can't pickle {}: it's not the same object as {at}.{name}", shown()))),
        Err(e) if t.raised_is(&e, &exception::AttributeError) => {
            Err(raise_within(t, e, |_| format!("Can't pickle {}: it's not found as {at}.{name}", shown())))
        }
        Err(e) => Err(e),
    }
}
