//! One run of unpickling: a machine with a stack, marks on it, and a memo.

use std::collections::HashMap;

use orochi_objects::map::map_of;
use orochi_objects::object_methods::import;
use orochi_objects::protocol;
use orochi_objects::type_::{as_type, is_instance_of, type_name};
use orochi_objects::{Args, Attached, PyResult, Raised, Value};
use orochi_objects::{attr, bytearray, bytes, dict, exception, float, int, list, memoryview, set, str, tuple, type_};
use orochi_text::Wtf8;

use super::input::Input;
use super::reduce::{follow, import_full};
use super::{UNPICKLING_ERROR, ops};

/// The memo of an unpickler: numbers near each other in a list, others in a map.
#[derive(Default)]
pub(super) struct Numbered {
    pub dense: Vec<Value>,
    pub sparse: HashMap<usize, Value>,
}

/// How far beyond its end the list of the memo grows at once.
const GAP: usize = 4096;

impl Numbered {
    pub fn get(&self, n: usize) -> Option<Value> {
        match self.dense.get(n) {
            Some(v) if !v.is_unbound() => Some(v.clone()),
            _ if self.sparse.is_empty() => None,
            _ => self.sparse.get(&n).cloned(),
        }
    }
    pub fn put(&mut self, n: usize, v: Value) -> Option<Value> {
        if n == self.dense.len() {
            self.dense.push(v);
            return None;
        }
        if n > self.dense.len() + GAP {
            return self.sparse.insert(n, v);
        }
        if n > self.dense.len() {
            self.dense.resize_with(n + 1, Value::unbound);
        }
        Some(std::mem::replace(&mut self.dense[n], v))
    }
    pub fn items(&self) -> Vec<(usize, Value)> {
        let dense = self.dense.iter().enumerate().filter(|(_, v)| !v.is_unbound()).map(|(n, v)| (n, v.clone()));
        dense.chain(self.sparse.iter().map(|(n, v)| (*n, v.clone()))).collect()
    }
    pub fn len(&self) -> usize {
        self.dense.iter().filter(|v| !v.is_unbound()).count() + self.sparse.len()
    }
}

/// One run of unpickling.
pub(super) struct Loader {
    stack: Vec<Value>,
    marks: Vec<usize>,
    pub memo: Numbered,
    /// How many values were numbered without saying the number.
    numbered: usize,
    pub proto: u8,
    pub fix_imports: bool,
    pub encoding: Value,
    pub errors: Value,
    pub buffers: Option<Value>,
    pub persistent_load: Option<Value>,
    pub find_class: Option<Value>,
}

fn wrong(t: Attached<'_>, message: impl AsRef<std::primitive::str>) -> Raised {
    t.raise(&UNPICKLING_ERROR, message)
}

impl Loader {
    pub fn new(fix_imports: bool, encoding: Value, errors: Value, buffers: Option<Value>, memo: Numbered) -> Loader {
        Loader {
            stack: Vec::new(),
            marks: Vec::new(),
            numbered: memo.len(),
            memo,
            proto: 0,
            fix_imports,
            encoding,
            errors,
            buffers,
            persistent_load: None,
            find_class: None,
        }
    }

    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }
    #[cold]
    fn underflow(&self, t: Attached<'_>) -> Raised {
        wrong(t, if self.marks.is_empty() { "unpickling stack underflow" } else { "unexpected MARK found" })
    }
    #[inline]
    fn pop(&mut self, t: Attached<'_>) -> PyResult {
        if self.stack.len() <= self.fence() {
            return Err(self.underflow(t));
        }
        self.stack.pop().ok_or_else(|| wrong(t, "unpickling stack underflow"))
    }
    #[inline]
    fn top(&self, t: Attached<'_>) -> PyResult<&Value> {
        if self.stack.len() <= self.fence() {
            return Err(self.underflow(t));
        }
        self.stack.last().ok_or_else(|| self.underflow(t))
    }
    fn pop_mark(&mut self, t: Attached<'_>) -> PyResult<Vec<Value>> {
        let Some(at) = self.marks.pop() else { return Err(wrong(t, "could not find MARK")) };
        Ok(self.stack.split_off(at))
    }
    fn pop_some(&mut self, t: Attached<'_>, n: usize) -> PyResult<Vec<Value>> {
        if self.stack.len() < self.fence() + n {
            return Err(self.underflow(t));
        }
        Ok(self.stack.split_off(self.stack.len() - n))
    }
    fn put(&mut self, t: Attached<'_>, n: usize) -> PyResult<()> {
        let v = self.top(t)?.clone();
        drop(self.memo.put(n, v));
        Ok(())
    }
    fn fetch(&mut self, t: Attached<'_>, n: usize) -> PyResult<()> {
        match self.memo.get(n) {
            Some(v) => self.stack.push(v),
            None => return Err(wrong(t, format!("Memo value not found at index {n}"))),
        }
        Ok(())
    }

    /// Runs the machine up to its STOP.
    pub fn load(&mut self, t: Attached<'_>, input: &mut Input<'_>) -> PyResult {
        let mut steps = 0u32;
        loop {
            steps = steps.wrapping_add(1);
            if steps & 0xff == 0 {
                t.safepoint()?;
            }
            let op = match input.byte(t) {
                Ok(op) => op,
                Err(e) => {
                    drop(t.catch(e, &UNPICKLING_ERROR)?);
                    return Err(t.raise(&exception::EOFError, "Ran out of input"));
                }
            };
            if op == ops::STOP {
                return self.pop(t);
            }
            self.step(t, input, op)?;
        }
    }

    #[inline]
    fn step(&mut self, t: Attached<'_>, input: &mut Input<'_>, op: u8) -> PyResult<()> {
        match op {
            b'N' => self.stack.push(Value::none()),
            ops::NEWTRUE => self.stack.push(Value::bool(true)),
            ops::NEWFALSE => self.stack.push(Value::bool(false)),
            b'K' => {
                let i = input.byte(t)?;
                self.stack.push(Value::i32(i32::from(i)));
            }
            b'M' => {
                let i = input.u16(t)?;
                self.stack.push(Value::i32(i32::from(i)));
            }
            b'J' => {
                let i = input.u32(t)? as i32;
                self.stack.push(Value::i32(i));
            }
            b'G' => {
                let f = f64::from_bits(input.u64(t)?.swap_bytes());
                self.stack.push(float::new(t, f));
            }
            0x8c => {
                let n = usize::from(input.byte(t)?);
                self.text(t, input, n)?;
            }
            b'X' => {
                let n = input.u32(t)? as usize;
                self.text(t, input, n)?;
            }
            0x8d => {
                let n = self.size8(t, input, "BINUNICODE8")?;
                self.text(t, input, n)?;
            }
            b'C' => {
                let n = usize::from(input.byte(t)?);
                self.data(t, input, n)?;
            }
            b'B' => {
                let n = input.u32(t)? as usize;
                self.data(t, input, n)?;
            }
            0x8e => {
                let n = self.size8(t, input, "BINBYTES8")?;
                self.data(t, input, n)?;
            }
            ops::MEMOIZE => {
                let n = self.numbered;
                self.numbered += 1;
                self.put(t, n)?;
            }
            b'q' => {
                let n = usize::from(input.byte(t)?);
                self.put_counted(t, n)?;
            }
            b'r' => {
                let n = input.u32(t)? as usize;
                self.put_counted(t, n)?;
            }
            b'h' => {
                let n = usize::from(input.byte(t)?);
                self.fetch(t, n)?;
            }
            b'j' => {
                let n = input.u32(t)? as usize;
                self.fetch(t, n)?;
            }
            b'(' => self.marks.push(self.stack.len()),
            b')' => self.stack.push(tuple::new(t, Vec::new())),
            0x85..=0x87 => {
                let items = self.pop_some(t, usize::from(op - 0x84))?;
                self.stack.push(tuple::new(t, items));
            }
            b't' => {
                let items = self.pop_mark(t)?;
                self.stack.push(tuple::try_new(t, items)?);
            }
            b']' => self.stack.push(list::new(t, Vec::new())),
            b'}' => self.stack.push(dict::new(t)),
            b'a' => {
                let v = self.pop(t)?;
                self.append(t, vec![v])?;
            }
            b'e' => {
                let items = self.pop_mark(t)?;
                self.append(t, items)?;
            }
            b's' => {
                let pair = self.pop_some(t, 2)?;
                self.set_items(t, pair)?;
            }
            b'u' => {
                let items = self.pop_mark(t)?;
                self.set_items(t, items)?;
            }
            b'b' => self.build(t)?,
            ops::NEWOBJ => {
                let args = self.pop(t)?;
                let class = self.pop(t)?;
                let v = new_object(t, &class, &args, &Value::unbound(), "NEWOBJ")?;
                self.stack.push(v);
            }
            _ => return self.rare(t, input, op),
        }
        Ok(())
    }

    fn put_counted(&mut self, t: Attached<'_>, n: usize) -> PyResult<()> {
        if self.memo.get(n).is_none() {
            self.numbered += 1;
        }
        self.put(t, n)
    }
    fn size8(&self, t: Attached<'_>, input: &mut Input<'_>, what: &std::primitive::str) -> PyResult<usize> {
        let n = input.u64(t)?;
        match isize::try_from(n) {
            Ok(n) => Ok(n as usize),
            Err(_) => Err(t.overflow_error(format!("{what} exceeds system's maximum size of {} bytes", isize::MAX))),
        }
    }
    #[inline]
    fn text(&mut self, t: Attached<'_>, input: &mut Input<'_>, n: usize) -> PyResult<()> {
        let data = input.take(t, n)?;
        let v = match Wtf8::from_bytes(data) {
            Ok(text) => str::try_from_wtf8(t, text)?,
            Err(_) => {
                let data = bytes::try_new(t, data)?;
                let (utf8, pass) = (str::new(t, "utf-8"), str::new(t, "surrogatepass"));
                protocol::call_method(t, &data, &t.names().decode, &[utf8, pass])?
            }
        };
        self.stack.push(v);
        Ok(())
    }
    fn data(&mut self, t: Attached<'_>, input: &mut Input<'_>, n: usize) -> PyResult<()> {
        let v = bytes::try_new(t, input.take(t, n)?)?;
        self.stack.push(v);
        Ok(())
    }
    /// A str of Python 2, decoded as the caller wants.
    fn old_text(&mut self, t: Attached<'_>, data: &[u8]) -> PyResult<()> {
        let data = bytes::try_new(t, data)?;
        let v = if str::utf8(&self.encoding) == Some("bytes") {
            data
        } else {
            protocol::call_method(t, &data, &t.names().decode, &[self.encoding.clone(), self.errors.clone()])?
        };
        self.stack.push(v);
        Ok(())
    }

    fn append(&mut self, t: Attached<'_>, items: Vec<Value>) -> PyResult<()> {
        let target = self.top(t)?;
        if items.is_empty() {
            return Ok(());
        }
        if list::TYPE.is_exact(t, target)
            && let Some(l) = list::as_list(target)
        {
            return l.extend(t, items);
        }
        let target = target.clone();
        let n = t.names();
        if let Some(extend) = attr::find(t, &target, &n.extend)? {
            let all = list::new(t, items);
            return protocol::call(t, &extend, &[all]).map(drop);
        }
        let append = attr::get(t, &target, &n.append)?;
        items.into_iter().try_for_each(|v| protocol::call(t, &append, &[v]).map(drop))
    }

    fn set_items(&mut self, t: Attached<'_>, items: Vec<Value>) -> PyResult<()> {
        let target = self.top(t)?;
        if !items.len().is_multiple_of(2) {
            return Err(wrong(t, "odd number of items for SETITEMS"));
        }
        let exact = dict::TYPE.is_exact(t, target);
        let target = target.clone();
        let mut items = items.into_iter();
        while let (Some(k), Some(v)) = (items.next(), items.next()) {
            if exact { dict::set(t, &target, &k, v)? } else { protocol::set_item(t, &target, &k, &v)? }
        }
        Ok(())
    }

    fn build(&mut self, t: Attached<'_>) -> PyResult<()> {
        let mut state = self.pop(t)?;
        let v = self.top(t)?.clone();
        if let Some(f) = attr::find(t, &v, &t.names().__setstate__)? {
            return protocol::call(t, &f, &[state]).map(drop);
        }
        let mut slots = Value::none();
        if let [a, b] = tuple::items(&state) {
            (state, slots) = (a.clone(), b.clone());
        }
        if !state.is_none() {
            if dict::as_dict(&state).is_none() {
                return Err(wrong(t, "state is not a dictionary"));
            }
            let mut at = 0;
            match v.header().filter(|h| map_of(h).has_dict && !map_of(h).is_dict) {
                Some(h) => {
                    while let Some((k, item)) = dict::next_item(&state, &mut at) {
                        if str::is_exact_str(&k) {
                            attr::instance_set(t, h, &str::intern_value(t, &k), item)?;
                        } else if let Some(d) = attr::materialize_dict(t, h) {
                            dict::set(t, &d, &k, item)?;
                        }
                    }
                }
                None => {
                    let own = attr::get(t, &v, &t.names().__dict__)?;
                    while let Some((k, item)) = dict::next_item(&state, &mut at) {
                        let k = if str::is_exact_str(&k) { str::intern_value(t, &k) } else { k };
                        protocol::set_item(t, &own, &k, &item)?;
                    }
                }
            }
        }
        if !slots.is_none() {
            if dict::as_dict(&slots).is_none() {
                return Err(wrong(t, "slot state is not a dictionary"));
            }
            for (k, item) in dict::items(&slots) {
                attr::set(t, &v, &k, Some(&item))?;
            }
        }
        Ok(())
    }

    fn class(&mut self, t: Attached<'_>, module: &Value, name: &Value) -> PyResult {
        match &self.find_class {
            Some(f) => protocol::call(t, f, &[module.clone(), name.clone()]),
            None => find_class(t, module, name, self.proto, self.fix_imports),
        }
    }

    fn extension(&mut self, t: Attached<'_>, code: i64) -> PyResult<()> {
        if code <= 0 {
            return Err(wrong(t, "EXT specifies code <= 0"));
        }
        let copyreg = import(t, "copyreg")?;
        let cache = attr::get_by_name(t, &copyreg, "_extension_cache")?;
        let key = int::new(t, code);
        if let Some(v) = dict::get(t, &cache, &key)? {
            self.stack.push(v);
            return Ok(());
        }
        let registry = attr::get_by_name(t, &copyreg, "_inverted_registry")?;
        let Some(pair) = dict::get(t, &registry, &key)? else {
            return Err(t.value_error(format!("unregistered extension code {code}")));
        };
        let [module, name] = tuple::items(&pair) else {
            return Err(t.value_error(format!("_inverted_registry[{code}] isn't a 2-tuple of strings")));
        };
        let v = self.class(t, module, name)?;
        dict::set(t, &cache, &key, v.clone())?;
        self.stack.push(v);
        Ok(())
    }

    fn persistent(&mut self, t: Attached<'_>, id: Value) -> PyResult<()> {
        let Some(f) = &self.persistent_load else {
            return Err(wrong(
                t,
                "A load persistent id instruction was encountered, but no persistent_load function was specified.",
            ));
        };
        let v = protocol::call(t, f, &[id])?;
        self.stack.push(v);
        Ok(())
    }

    fn line_text(&self, t: Attached<'_>, input: &mut Input<'_>) -> PyResult<String> {
        let line = input.line(t)?;
        String::from_utf8(line).map_err(|_| wrong(t, "pickle data is not valid UTF-8"))
    }
    fn line_number(&self, t: Attached<'_>, input: &mut Input<'_>) -> PyResult<usize> {
        let text = self.line_text(t, input)?;
        text.trim().parse().map_err(|_| t.value_error(format!("invalid memo key {text:?}")))
    }

    /// Opcodes of old protocols, and those that a pickle has few of.
    fn rare(&mut self, t: Attached<'_>, input: &mut Input<'_>, op: u8) -> PyResult<()> {
        match op {
            ops::PROTO => {
                let p = input.byte(t)?;
                if p > 5 {
                    return Err(t.value_error(format!("unsupported pickle protocol: {p}")));
                }
                self.proto = p;
            }
            ops::FRAME => {
                let n = self.size8(t, input, "FRAME length")?;
                input.fetch(t, n)?;
            }
            b'I' | b'L' => {
                let line = self.line_text(t, input)?;
                let text = line.trim();
                let v = match text {
                    "00" if op == b'I' => Value::bool(false),
                    "01" if op == b'I' => Value::bool(true),
                    _ => {
                        let digits = if op == b'L' { text.strip_suffix('L').unwrap_or(text) } else { text };
                        let shown = str::new(t, digits);
                        int::from_text(t, digits.as_bytes(), if op == b'I' { 0 } else { 10 }, &shown)?
                    }
                };
                self.stack.push(v);
            }
            ops::LONG1 | ops::LONG4 => {
                let n = if op == ops::LONG1 { i64::from(input.byte(t)?) } else { i64::from(input.u32(t)? as i32) };
                let n = usize::try_from(n).map_err(|_| wrong(t, "LONG pickle has negative byte count"))?;
                let data = input.take(t, n)?;
                let v = if n <= 8 {
                    let negative = data.last().is_some_and(|b| b & 0x80 != 0);
                    let mut all = [if negative { 0xff } else { 0 }; 8];
                    all[..n].copy_from_slice(data);
                    int::new(t, i64::from_le_bytes(all))
                } else {
                    int::from_big(t, orochi_number::int::from_bytes(data, true, true))
                };
                self.stack.push(v);
            }
            b'F' => {
                let line = self.line_text(t, input)?;
                let f = line.trim().parse().map_err(|_| t.value_error(format!("could not convert string to float: '{line}'")))?;
                self.stack.push(float::new(t, f));
            }
            b'S' => {
                let line = input.line(t)?;
                let line = line.trim_ascii();
                let inner = match line {
                    [a @ (b'\'' | b'"'), inner @ .., b] if a == b => inner,
                    _ => return Err(wrong(t, "the STRING opcode argument must be quoted")),
                };
                let decode = attr::get_by_name(t, &import(t, "_codecs")?, "escape_decode")?;
                let pair = protocol::call(t, &decode, &[bytes::new(t, inner)])?;
                let plain = tuple::items(&pair).first().and_then(bytes::as_bytes).unwrap_or(&[]).to_vec();
                self.old_text(t, &plain)?;
            }
            b'U' | b'T' => {
                let n = if op == b'U' { i64::from(input.byte(t)?) } else { i64::from(input.u32(t)? as i32) };
                let n = usize::try_from(n).map_err(|_| wrong(t, "BINSTRING pickle has negative byte count"))?;
                let data = input.take(t, n)?.to_vec();
                self.old_text(t, &data)?;
            }
            b'V' => {
                let line = bytes::new(t, &input.line(t)?);
                let v = protocol::call_method(t, &line, &t.names().decode, &[str::new(t, "raw-unicode-escape")])?;
                self.stack.push(v);
            }
            0x96 => {
                let n = self.size8(t, input, "BYTEARRAY8")?;
                let v = bytearray::new(t, input.take(t, n)?.to_vec());
                self.stack.push(v);
            }
            ops::NEXT_BUFFER => {
                let Some(buffers) = &self.buffers else {
                    return Err(wrong(t, "pickle stream refers to out-of-band data but no *buffers* argument was given"));
                };
                match protocol::next(t, buffers)? {
                    Some(v) => self.stack.push(v),
                    None => return Err(wrong(t, "not enough out-of-band buffers")),
                }
            }
            ops::READONLY_BUFFER => {
                let v = self.pop(t)?;
                let view = memoryview::of(t, &v)?;
                if attr::get_by_name(t, &view, "readonly")?.is_true() {
                    self.stack.push(v);
                } else {
                    let f = attr::get_by_name(t, &view, "toreadonly")?;
                    self.stack.push(protocol::call(t, &f, &[])?);
                }
            }
            b'l' => {
                let items = self.pop_mark(t)?;
                self.stack.push(list::new(t, items));
            }
            b'd' => {
                let items = self.pop_mark(t)?;
                if items.len() % 2 != 0 {
                    return Err(wrong(t, "odd number of items for DICT"));
                }
                self.stack.push(dict::new(t));
                self.set_items(t, items)?;
            }
            ops::EMPTY_SET => self.stack.push(set::new(t)),
            ops::ADDITEMS => {
                let items = self.pop_mark(t)?;
                let target = self.top(t)?.clone();
                if set::TYPE.check(t, &target) {
                    items.iter().try_for_each(|v| set::add(t, &target, v))?;
                } else {
                    let add = attr::get_by_name(t, &target, "add")?;
                    items.into_iter().try_for_each(|v| protocol::call(t, &add, &[v]).map(drop))?;
                }
            }
            ops::FROZENSET => {
                let items = self.pop_mark(t)?;
                self.stack.push(set::frozen_from_items(t, &items)?);
            }
            b'o' => {
                let items = self.pop_mark(t)?;
                let Some((class, args)) = items.split_first() else { return Err(wrong(t, "unpickling stack underflow")) };
                self.stack.push(instantiate(t, class, args)?);
            }
            b'i' => {
                let (module, name) = self.two_lines(t, input)?;
                let class = self.class(t, &module, &name)?;
                let args = self.pop_mark(t)?;
                self.stack.push(instantiate(t, &class, &args)?);
            }
            ops::NEWOBJ_EX => {
                let keywords = self.pop(t)?;
                let args = self.pop(t)?;
                let class = self.pop(t)?;
                self.stack.push(new_object(t, &class, &args, &keywords, "NEWOBJ_EX")?);
            }
            b'c' => {
                let (module, name) = self.two_lines(t, input)?;
                let v = self.class(t, &module, &name)?;
                self.stack.push(v);
            }
            ops::STACK_GLOBAL => {
                let name = self.pop(t)?;
                let module = self.pop(t)?;
                if !str::is_exact_str(&name) || !str::is_exact_str(&module) {
                    return Err(wrong(t, "STACK_GLOBAL requires str"));
                }
                let v = self.class(t, &module, &name)?;
                self.stack.push(v);
            }
            b'R' => {
                let args = self.pop(t)?;
                let f = self.pop(t)?;
                if tuple::as_tuple(&args).is_none() {
                    return Err(t.type_error("argument list must be a tuple"));
                }
                self.stack.push(protocol::call(t, &f, tuple::items(&args))?);
            }
            b'2' => {
                let v = self.top(t)?.clone();
                self.stack.push(v);
            }
            b'0' => {
                // A mark on top counts as a value, as protocol 0 counts them.
                if self.marks.last() == Some(&self.stack.len()) {
                    self.marks.pop();
                } else {
                    drop(self.pop(t)?);
                }
            }
            b'1' => drop(self.pop_mark(t)?),
            b'g' => {
                let n = self.line_number(t, input)?;
                self.fetch(t, n)?;
            }
            b'p' => {
                let n = self.line_number(t, input)?;
                self.put_counted(t, n)?;
            }
            b'P' => {
                let line = input.line(t)?;
                if !line.is_ascii() {
                    return Err(wrong(t, "persistent IDs in protocol 0 must be ASCII strings"));
                }
                let id = str::new(t, &String::from_utf8_lossy(&line));
                self.persistent(t, id)?;
            }
            b'Q' => {
                let id = self.pop(t)?;
                self.persistent(t, id)?;
            }
            ops::EXT1 => {
                let n = i64::from(input.byte(t)?);
                self.extension(t, n)?;
            }
            ops::EXT2 => {
                let n = i64::from(input.u16(t)?);
                self.extension(t, n)?;
            }
            ops::EXT4 => {
                let n = i64::from(input.u32(t)? as i32);
                self.extension(t, n)?;
            }
            0x20..=0x7e if op != b'\'' => return Err(wrong(t, format!("invalid load key, '{}'.", char::from(op)))),
            _ => return Err(wrong(t, format!("invalid load key, '\\x{op:02x}'."))),
        }
        Ok(())
    }

    fn two_lines(&self, t: Attached<'_>, input: &mut Input<'_>) -> PyResult<(Value, Value)> {
        let module = self.line_text(t, input)?;
        let name = self.line_text(t, input)?;
        Ok((str::intern(t, &module), str::intern(t, &name)))
    }
}

/// `class.__new__(class, *args, **keywords)`.
fn new_object(t: Attached<'_>, class: &Value, args: &Value, keywords: &Value, op: &std::primitive::str) -> PyResult {
    if !is_instance_of(t, class, type_::TYPE.get(t)) {
        return Err(wrong(t, format!("{op} class argument must be a type, not {}", type_name(t, class))));
    }
    if tuple::as_tuple(args).is_none() {
        return Err(wrong(t, format!("{op} args argument must be a tuple, not {}", type_name(t, args))));
    }
    let Some(new) = as_type(class).slots.new_() else {
        return Err(wrong(t, format!("{op} class argument '{}' doesn't have __new__", as_type(class).name_text())));
    };
    let Some(keywords) = keywords.given() else {
        return new(t, class, Args::new(tuple::items(args)));
    };
    if dict::as_dict(keywords).is_none() {
        return Err(wrong(t, format!("{op} kwargs argument must be a dict, not {}", type_name(t, keywords))));
    }
    let pairs = dict::items(keywords);
    let names: Vec<Value> = pairs.iter().map(|(k, _)| k.clone()).collect();
    if !names.iter().all(str::is_str) {
        return Err(t.type_error("keywords must be strings"));
    }
    let mut all = tuple::items(args).to_vec();
    all.extend(pairs.into_iter().map(|(_, v)| v));
    new(t, class, Args::with_names(&all, &names))
}

fn instantiate(t: Attached<'_>, class: &Value, args: &[Value]) -> PyResult {
    if args.is_empty()
        && is_instance_of(t, class, type_::TYPE.get(t))
        && attr::find(t, class, &str::intern(t, "__getinitargs__"))?.is_none()
        && let Some(new) = as_type(class).slots.new_()
    {
        return new(t, class, Args::new(&[]));
    }
    protocol::call(t, class, args)
}

/// `Unpickler.find_class`: a global, by module and name.
pub(super) fn find_class(t: Attached<'_>, module: &Value, name: &Value, proto: u8, fix_imports: bool) -> PyResult {
    let (mut module, mut name) = (module.clone(), name.clone());
    if proto < 3 && fix_imports {
        let compat = import(t, "_compat_pickle")?;
        let names = attr::get_by_name(t, &compat, "NAME_MAPPING")?;
        let imports = attr::get_by_name(t, &compat, "IMPORT_MAPPING")?;
        let key = tuple::new(t, vec![module.clone(), name.clone()]);
        if let Some(pair) = dict::get(t, &names, &key)? {
            if let [m, n] = tuple::items(&pair) {
                (module, name) = (m.clone(), n.clone());
            }
        } else if let Some(m) = dict::get(t, &imports, &module)? {
            module = m;
        }
    }
    let found = import_full(t, &module)?;
    let text = str::display(&name);
    if proto < 4 || !text.contains('.') {
        return attr::get(t, &found, &str::intern_value(t, &name));
    }
    let path: Vec<&std::primitive::str> = text.split('.').collect();
    follow(t, &found, &path).or_else(|e| {
        let caught = t.catch(e, &exception::AttributeError)?;
        let before = t.set_handled(caught);
        let (name, module) = (protocol::display_repr(t, &name), protocol::display_repr(t, &found));
        let raised = t.raise(&exception::AttributeError, format!("Can't resolve path {name} on module {module}"));
        drop(t.set_handled(before));
        Err(raised)
    })
}
