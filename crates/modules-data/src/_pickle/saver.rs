//! One run of pickling: values to opcodes. The builtin types are written here, everything else by
//! `reduce.rs`.
//!
//! From protocol 4 on the opcodes lie in frames. A frame's header is reserved when its first byte is
//! written and filled in when it ends; a frame of less than 4 bytes loses its header again.

use std::collections::HashSet;

use orochi_objects::object_methods::import;
use orochi_objects::protocol;
use orochi_objects::type_::{class_of, type_of};
use orochi_objects::{Attached, PyResult, Raised, TypeSpec, Value};
use orochi_objects::{attr, buffer, bytearray, bytes, dict, exception, float, int, list, set, str, tuple};

use super::memo::Memo;
use super::picklebuffer;
use super::{PICKLING_ERROR, ops};

const FRAME_TARGET: usize = 64 * 1024;
const FRAME_HEADER: usize = 9;
const FRAME_MIN: usize = 4;
const BATCH: usize = 1000;
/// Nesting from which the fast mode looks for cycles.
const FAST_NESTING: usize = 50;

/// The builtin types, by identity.
struct Types([u64; 8]);

/// One run of pickling.
pub(super) struct Saver {
    pub out: Vec<u8>,
    pub proto: u8,
    pub fix_imports: bool,
    pub fast: bool,
    pub memo: Memo,
    /// `file.write`; without one all stays in `out`.
    pub write: Option<Value>,
    pub buffer_callback: Option<Value>,
    pub persistent_id: Option<Value>,
    pub reducer_override: Option<Value>,
    pub dispatch_table: Option<Value>,
    framing: bool,
    frame: Option<usize>,
    types: Types,
    nesting: usize,
    open: HashSet<u64>,
}

/// Text of `%T`: the full name of the type of a value.
pub(super) fn type_text(t: Attached<'_>, v: &Value) -> String {
    class_of(t, v).full_name(t)
}

/// Adds a note to the exception in flight.
#[cold]
pub(super) fn note(t: Attached<'_>, e: Raised, text: &std::primitive::str) -> Raised {
    let exception = t.take_raised(e);
    let added = attr::get_by_name(t, &exception, "add_note").and_then(|f| protocol::call(t, &f, &[str::new(t, text)]));
    if let Err(e) = added {
        drop(t.take_raised(e));
    }
    t.set_raised(exception)
}

impl Saver {
    pub fn new(t: Attached<'_>, proto: u8, fix_imports: bool, memo: Memo) -> Saver {
        let specs: [&'static TypeSpec; 8] =
            [&str::TYPE, &bytes::TYPE, &dict::TYPE, &list::TYPE, &tuple::TYPE, &set::TYPE, &set::FROZEN, &bytearray::TYPE];
        Saver {
            out: Vec::new(),
            proto,
            fix_imports,
            fast: false,
            memo,
            write: None,
            buffer_callback: None,
            persistent_id: None,
            reducer_override: None,
            dispatch_table: None,
            framing: false,
            frame: None,
            types: Types(specs.map(|s| s.get(t).identity())),
            nesting: 0,
            open: HashSet::new(),
        }
    }

    /// Writes a whole pickle.
    pub fn dump(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        if self.proto >= 2 {
            self.put(&[ops::PROTO, self.proto]);
        }
        self.framing = self.proto >= 4;
        self.save(t, v, true)?;
        self.put(&[ops::STOP]);
        self.close_frame();
        self.framing = false;
        self.flush(t)
    }

    /// Gives what is written to the file.
    fn flush(&mut self, t: Attached<'_>) -> PyResult<()> {
        if let Some(write) = &self.write
            && !self.out.is_empty()
        {
            let data = bytes::try_new(t, &self.out)?;
            self.out.clear();
            protocol::call(t, write, &[data])?;
        }
        Ok(())
    }

    fn close_frame(&mut self) {
        let Some(start) = self.frame.take() else { return };
        let len = self.out.len() - start - FRAME_HEADER;
        if len >= FRAME_MIN {
            self.out[start] = ops::FRAME;
            self.out[start + 1..start + FRAME_HEADER].copy_from_slice(&(len as u64).to_le_bytes());
        } else {
            self.out.drain(start..start + FRAME_HEADER);
        }
    }

    /// Writes opcodes and their arguments.
    #[inline]
    pub fn put(&mut self, data: &[u8]) {
        if self.framing && self.frame.is_none() {
            self.frame = Some(self.out.len());
            self.out.extend_from_slice(&[0; FRAME_HEADER]);
        }
        self.out.extend_from_slice(data);
    }

    /// Writes data behind its header; large data go past the frames.
    fn put_data(&mut self, t: Attached<'_>, header: &[u8], data: &[u8]) -> PyResult<()> {
        if self.out.try_reserve(data.len()).is_err() {
            return Err(t.memory_error());
        }
        if data.len() < FRAME_TARGET {
            self.put(header);
            self.put(data);
            return Ok(());
        }
        self.close_frame();
        let framing = std::mem::replace(&mut self.framing, false);
        self.put(header);
        if let Some(write) = self.write.clone() {
            self.flush(t)?;
            let data = bytes::try_new(t, data)?;
            protocol::call(t, &write, &[data])?;
        } else {
            self.put(data);
        }
        self.framing = framing;
        Ok(())
    }

    /// Gives the value on top of the stack a number.
    pub fn memoize(&mut self, v: &Value) {
        if self.fast {
            return;
        }
        let n = self.memo.next();
        self.memo.put(v, n);
        self.put_number(n);
    }
    fn put_number(&mut self, n: u32) {
        match self.proto {
            4.. => self.put(&[ops::MEMOIZE]),
            0 => self.put(format!("p{n}\n").as_bytes()),
            _ if n < 256 => self.put(&[ops::BINPUT, n as u8]),
            _ => self.put_u32(ops::LONG_BINPUT, n),
        }
    }
    /// Gives the value on top of the stack a number that nobody refers to.
    pub fn memoize_nothing(&mut self) {
        if !self.fast {
            let n = self.memo.next();
            self.memo.skip();
            self.put_number(n);
        }
    }
    /// Fetches a value by its number.
    pub fn put_get(&mut self, n: u32) {
        match self.proto {
            0 => self.put(format!("g{n}\n").as_bytes()),
            _ if n < 256 => self.put(&[ops::BINGET, n as u8]),
            _ => self.put_u32(ops::LONG_BINGET, n),
        }
    }
    pub fn put_u32(&mut self, op: u8, n: u32) {
        let [a, b, c, d] = n.to_le_bytes();
        self.put(&[op, a, b, c, d]);
    }

    /// Writes a value.
    pub fn save(&mut self, t: Attached<'_>, v: &Value, persistent: bool) -> PyResult<()> {
        if let Some(start) = self.frame
            && self.out.len() - start - FRAME_HEADER >= FRAME_TARGET
        {
            self.close_frame();
            self.flush(t)?;
        }
        if persistent
            && let Some(f) = &self.persistent_id
        {
            let id = protocol::call(t, f, std::slice::from_ref(v))?;
            if !id.is_none() {
                return self.save_persistent(t, &id);
            }
        }
        if let Some(i) = v.as_small_int() {
            self.save_small(t, i);
            return Ok(());
        }
        if v.is_none() {
            self.put(b"N");
            return Ok(());
        }
        if let Some(b) = v.as_bool() {
            match (self.proto >= 2, b) {
                (true, b) => self.put(&[if b { ops::NEWTRUE } else { ops::NEWFALSE }]),
                (false, true) => self.put(b"I01\n"),
                (false, false) => self.put(b"I00\n"),
            }
            return Ok(());
        }
        if v.is_small_float() {
            return self.save_float(t, v);
        }
        if let Some(n) = self.memo.get(v) {
            self.put_get(n);
            return Ok(());
        }
        let ty = type_of(t, v).identity();
        let [is_str, is_bytes, is_dict, is_list, is_tuple, is_set, is_frozen, is_bytearray] = self.types.0.map(|x| x == ty);
        if is_str {
            return self.save_str(t, v);
        }
        if is_bytes {
            return self.save_bytes(t, v);
        }
        t.check_stack(" while pickling an object")?;
        if is_dict {
            return self.guarded(t, v, |s| s.save_dict(t, v));
        }
        if is_list {
            return self.guarded(t, v, |s| s.save_list(t, v));
        }
        if is_tuple {
            return self.save_tuple(t, v);
        }
        if is_set {
            return self.save_set(t, v);
        }
        if is_frozen {
            return self.save_frozenset(t, v);
        }
        if is_bytearray {
            return self.save_bytearray(t, v);
        }
        if int::TYPE.is_exact(t, v) {
            return self.save_big(t, v);
        }
        if float::TYPE.is_exact(t, v) {
            return self.save_float(t, v);
        }
        if picklebuffer::TYPE.is_exact(t, v) {
            return self.save_buffer(t, v);
        }
        self.save_other(t, v)
    }

    /// In fast mode, where nothing is remembered, finds the values that contain themselves.
    fn guarded(&mut self, t: Attached<'_>, v: &Value, f: impl FnOnce(&mut Saver) -> PyResult<()>) -> PyResult<()> {
        if !self.fast {
            return f(self);
        }
        self.nesting += 1;
        let watched = self.nesting > FAST_NESTING;
        if watched && !self.open.insert(v.identity()) {
            let name = class_of(t, v).name_text();
            let at = v.identity();
            return Err(t.value_error(format!(
                "fast mode: can't pickle cyclic objects including object type {name} at {at:#x}"
            )));
        }
        let done = f(self);
        self.nesting -= 1;
        if watched {
            self.open.remove(&v.identity());
        }
        done
    }

    fn save_persistent(&mut self, t: Attached<'_>, id: &Value) -> PyResult<()> {
        if self.proto > 0 {
            self.save(t, id, false)?;
            self.put(b"Q");
            return Ok(());
        }
        let text = protocol::str(t, id)?;
        match str::as_str(&text) {
            Some(s) if s.is_ascii() => {
                let line = [b"P", s.bytes(), b"\n"].concat();
                self.put(&line);
                Ok(())
            }
            _ => Err(t.raise(&PICKLING_ERROR, "persistent IDs in protocol 0 must be ASCII strings")),
        }
    }

    fn save_small(&mut self, _: Attached<'_>, i: i64) {
        match i32::try_from(i) {
            Ok(i) if self.proto > 0 => match i {
                0..=0xff => self.put(&[b'K', i as u8]),
                0x100..=0xffff => self.put(&[b'M', i as u8, (i >> 8) as u8]),
                _ => self.put_u32(b'J', i as u32),
            },
            Ok(i) => self.put(format!("I{i}\n").as_bytes()),
            Err(_) if self.proto >= 2 => {
                let all = i.to_le_bytes();
                let mut n = 8;
                while n > 1 && all[n - 1] == if all[n - 2] & 0x80 != 0 { 0xff } else { 0 } {
                    n -= 1;
                }
                self.put(&[ops::LONG1, n as u8]);
                self.put(&all[..n]);
            }
            Err(_) => self.put(format!("L{i}L\n").as_bytes()),
        }
    }

    fn save_big(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        let Some(big) = int::as_big(v) else { return Ok(()) };
        if self.proto < 2 {
            let text = protocol::repr(t, v)?;
            self.put(b"L");
            let digits = str::as_str(&text).map_or(Vec::new(), |s| s.bytes().to_vec());
            self.put_data(t, b"", &digits)?;
            self.put(b"L\n");
            return Ok(());
        }
        let length = orochi_number::int::bit_length(&big) / 8 + 1;
        let mut data = orochi_number::int::to_bytes(&big, length, true, true).map_err(|_| t.memory_error())?;
        if let [.., before, 0xff] = data[..]
            && before & 0x80 != 0
        {
            data.pop();
        }
        match data.len() {
            n @ 0..256 => self.put(&[ops::LONG1, n as u8]),
            n => match i32::try_from(n) {
                Ok(n) => self.put_u32(ops::LONG4, n as u32),
                Err(_) => return Err(t.overflow_error("int too large to pickle")),
            },
        }
        self.put(&data);
        Ok(())
    }

    fn save_float(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        if self.proto > 0 {
            let mut all = [b'G'; 9];
            all[1..].copy_from_slice(&float::as_f64(v).unwrap_or(0.0).to_be_bytes());
            self.put(&all);
            return Ok(());
        }
        let text = protocol::repr(t, v)?;
        self.put(b"F");
        self.put(str::as_str(&text).map_or(b"0", |s| s.bytes()));
        self.put(b"\n");
        Ok(())
    }

    fn save_str(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        let Some(s) = str::as_str(v) else { return Ok(()) };
        let data = s.bytes();
        if self.proto == 0 {
            let mut line = vec![b'V'];
            for c in s.wtf8().chars() {
                match c.to_u32() {
                    c @ 0x10000.. => line.extend_from_slice(format!("\\U{c:08x}").as_bytes()),
                    c @ (0x100.. | 0 | 0x5c | 0x0a | 0x0d | 0x1a) => line.extend_from_slice(format!("\\u{c:04x}").as_bytes()),
                    c => line.push(c as u8),
                }
            }
            line.push(b'\n');
            self.put_data(t, b"", &line)?;
        } else {
            self.put_sized(t, data, [Some(0x8c).filter(|_| self.proto >= 4), Some(b'X'), Some(0x8d).filter(|_| self.proto >= 4)], "string")?;
        }
        self.memoize(v);
        Ok(())
    }

    /// Writes data with the shortest of the opcodes for sizes of 1, 4 and 8 bytes.
    fn put_sized(&mut self, t: Attached<'_>, data: &[u8], codes: [Option<u8>; 3], what: &std::primitive::str) -> PyResult<()> {
        let n = data.len();
        match codes {
            [Some(op), ..] if n < 256 => self.put_data(t, &[op, n as u8], data),
            [_, Some(op), _] if u32::try_from(n).is_ok() => {
                let [a, b, c, d] = (n as u32).to_le_bytes();
                self.put_data(t, &[op, a, b, c, d], data)
            }
            [.., Some(op)] => {
                let mut header = [op; 9];
                header[1..].copy_from_slice(&(n as u64).to_le_bytes());
                self.put_data(t, &header, data)
            }
            _ => Err(t.overflow_error(format!("serializing a {what} larger than 4 GiB requires pickle protocol 4 or higher"))),
        }
    }

    fn save_bytes(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        let data = bytes::as_bytes(v).unwrap_or(&[]);
        if self.proto >= 3 {
            return self.save_bytes_data(t, v, data);
        }
        if data.is_empty() {
            let args = tuple::new(t, Vec::new());
            return self.save_call(t, bytes::TYPE.get(t), args, v);
        }
        let codecs = import(t, "codecs")?;
        let encode = attr::get_by_name(t, &codecs, "encode")?;
        let latin1 = str::intern(t, "latin1");
        let text: String = data.iter().map(|&b| char::from(b)).collect();
        let args = tuple::new(t, vec![str::from_string(t, text), latin1]);
        self.save_call(t, &encode, args, v)
    }
    fn save_bytes_data(&mut self, t: Attached<'_>, v: &Value, data: &[u8]) -> PyResult<()> {
        self.put_sized(t, data, [Some(b'C'), Some(b'B'), Some(0x8e).filter(|_| self.proto >= 4)], "bytes object")?;
        self.memoize(v);
        Ok(())
    }
    fn save_bytearray(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        let data = bytearray::as_bytearray(v).map_or(Vec::new(), |b| b.to_vec());
        if self.proto < 5 {
            let args = if data.is_empty() { Vec::new() } else { vec![bytes::try_new(t, &data)?] };
            let args = tuple::new(t, args);
            return self.save_call(t, bytearray::TYPE.get(t), args, v);
        }
        self.put_sized(t, &data, [None, None, Some(0x96)], "bytearray")?;
        self.memoize(v);
        Ok(())
    }
    fn save_buffer(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        if self.proto < 5 {
            return Err(t.raise(&PICKLING_ERROR, "PickleBuffer can only be pickled with protocol >= 5"));
        }
        let full = buffer::get_full(t, v, false)?;
        if full.shape.as_ref().is_some_and(|s| !s.is_c_contiguous() && !s.is_f_contiguous()) {
            return Err(t.raise(&PICKLING_ERROR, "PickleBuffer can not be pickled when pointing to a non-contiguous buffer"));
        }
        let readonly = full.readonly;
        drop(full);
        let in_band = match &self.buffer_callback {
            Some(f) => {
                let r = protocol::call(t, f, std::slice::from_ref(v))?;
                protocol::truth(t, &r)?
            }
            None => true,
        };
        if !in_band {
            self.put(&[ops::NEXT_BUFFER]);
            if readonly {
                self.put(&[ops::READONLY_BUFFER]);
            }
            return Ok(());
        }
        let data = picklebuffer::raw_bytes(t, v)?;
        if readonly {
            return self.save_bytes_data(t, v, &data);
        }
        self.put_sized(t, &data, [None, None, Some(0x96)], "bytearray")?;
        self.memoize(v);
        Ok(())
    }

    fn item(&mut self, t: Attached<'_>, owner: &Value, i: usize, v: &Value) -> PyResult<()> {
        self.save(t, v, true).map_err(|e| note(t, e, &format!("when serializing {} item {i}", type_text(t, owner))))
    }

    fn save_tuple(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        let items = tuple::items(v);
        let n = items.len();
        if n == 0 {
            self.put(if self.proto > 0 { b")" } else { b"(t" });
            return Ok(());
        }
        let short = n <= 3 && self.proto >= 2;
        if !short {
            self.put(b"(");
        }
        for (i, item) in items.iter().enumerate() {
            self.item(t, v, i, item)?;
        }
        if let Some(number) = self.memo.get(v) {
            // The tuple contains itself by way of its items: it was made when they were.
            match (short, self.proto > 0) {
                (true, _) => self.put(&b"000"[..n]),
                (false, true) => self.put(b"1"),
                (false, false) => (0..=n).for_each(|_| self.put(b"0")),
            }
            self.put_get(number);
            return Ok(());
        }
        if short { self.put(&[ops::TUPLE1 + n as u8 - 1]) } else { self.put(b"t") }
        self.memoize(v);
        Ok(())
    }

    fn save_list(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        self.put(if self.proto > 0 { b"]" } else { b"(l" });
        self.memoize(v);
        let Some(items) = list::as_list(v) else { return Ok(()) };
        t.safepoint()?;
        let mut i = 0;
        if items.len() == 1 || self.proto == 0 {
            while let Some(item) = items.get(i) {
                self.item(t, v, i, &item)?;
                self.put(b"a");
                i += 1;
            }
            return Ok(());
        }
        while i < items.len() {
            self.put(b"(");
            let end = i + BATCH;
            while i < end
                && let Some(item) = items.get(i)
            {
                self.item(t, v, i, &item)?;
                i += 1;
            }
            self.put(b"e");
        }
        Ok(())
    }

    /// Appends what an iterator gives to the list on top of the stack.
    pub fn save_appends(&mut self, t: Attached<'_>, it: &Value, owner: &Value) -> PyResult<()> {
        let mut i = 0;
        if self.proto == 0 {
            while let Some(v) = protocol::next(t, it)? {
                self.item(t, owner, i, &v)?;
                self.put(b"a");
                i += 1;
            }
            return Ok(());
        }
        loop {
            let Some(first) = protocol::next(t, it)? else { return Ok(()) };
            let mut next = protocol::next(t, it)?;
            if next.is_none() {
                self.item(t, owner, i, &first)?;
                self.put(b"a");
                return Ok(());
            }
            self.put(b"(");
            self.item(t, owner, i, &first)?;
            i += 1;
            let mut n = 1;
            while let Some(v) = next {
                self.item(t, owner, i, &v)?;
                i += 1;
                n += 1;
                next = if n == BATCH { None } else { protocol::next(t, it)? };
            }
            self.put(b"e");
            if n != BATCH {
                return Ok(());
            }
        }
    }

    fn pair(&mut self, t: Attached<'_>, owner: &Value, k: &Value, v: &Value) -> PyResult<()> {
        self.save(t, k, true)?;
        self.save(t, v, true).map_err(|e| {
            let shown = protocol::display_repr(t, k);
            note(t, e, &format!("when serializing {} item {shown}", type_text(t, owner)))
        })
    }

    fn save_dict(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        self.put(if self.proto > 0 { b"}" } else { b"(d" });
        self.memoize(v);
        let size = dict::len(v);
        if size == 0 {
            return Ok(());
        }
        t.safepoint()?;
        let mut at = 0;
        let changed = || t.raise(&exception::RuntimeError, "dictionary changed size during iteration");
        if size == 1 || self.proto == 0 {
            while let Some((k, item)) = dict::next_item(v, &mut at) {
                self.pair(t, v, &k, &item)?;
                self.put(b"s");
                if dict::len(v) != size {
                    return Err(changed());
                }
            }
            return Ok(());
        }
        loop {
            let mut n = 0;
            self.put(b"(");
            while n < BATCH
                && let Some((k, item)) = dict::next_item(v, &mut at)
            {
                self.pair(t, v, &k, &item)?;
                n += 1;
                if dict::len(v) != size {
                    return Err(changed());
                }
            }
            self.put(b"u");
            if n < BATCH {
                return Ok(());
            }
        }
    }

    /// Sets items that an iterator gives in the dict on top of the stack.
    pub fn save_setitems(&mut self, t: Attached<'_>, it: &Value, owner: &Value) -> PyResult<()> {
        let next = || -> PyResult<Option<(Value, Value)>> {
            let Some(pair) = protocol::next(t, it)? else { return Ok(None) };
            match tuple::items(&pair) {
                [k, v] => Ok(Some((k.clone(), v.clone()))),
                _ => Err(t.raise(&PICKLING_ERROR, "dict items iterator must return 2-tuples")),
            }
        };
        loop {
            let Some((k, v)) = next()? else { return Ok(()) };
            let mut more = if self.proto == 0 { None } else { next()? };
            let single = more.is_none();
            if single {
                self.pair(t, owner, &k, &v)?;
                self.put(b"s");
                if self.proto == 0 {
                    continue;
                }
                return Ok(());
            }
            self.put(b"(");
            self.pair(t, owner, &k, &v)?;
            let mut n = 1;
            while let Some((k, v)) = more {
                self.pair(t, owner, &k, &v)?;
                n += 1;
                more = if n == BATCH { None } else { next()? };
            }
            self.put(b"u");
            if n != BATCH {
                return Ok(());
            }
        }
    }

    /// Instance attributes that lie in slots, as the dict that nobody has asked for yet.
    pub fn save_attributes(&mut self, t: Attached<'_>, owner: &Value, items: &[(Value, Value)]) -> PyResult<()> {
        self.put(b"}");
        self.memoize_nothing();
        let save = |s: &mut Saver, (k, v): &(Value, Value)| -> PyResult<()> {
            s.save(t, k, true)?;
            s.save(t, v, true)
                .map_err(|e| note(t, e, &format!("when serializing dict item {}", protocol::display_repr(t, k))))
        };
        if let [one] = items {
            save(self, one)?;
            self.put(b"s");
        } else {
            self.put(b"(");
            for pair in items {
                save(self, pair)?;
            }
            self.put(b"u");
        }
        let _ = owner;
        Ok(())
    }

    fn element(&mut self, t: Attached<'_>, owner: &Value, v: &Value) -> PyResult<()> {
        self.save(t, v, true).map_err(|e| note(t, e, &format!("when serializing {} element", type_text(t, owner))))
    }

    fn save_set(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        let members = set::members(v);
        if self.proto < 4 {
            let args = tuple::new(t, vec![list::new(t, members)]);
            return self.save_call(t, set::TYPE.get(t), args, v);
        }
        self.put(&[ops::EMPTY_SET]);
        self.memoize(v);
        if members.is_empty() {
            return Ok(());
        }
        let mut rest = members.as_slice();
        loop {
            let (now, later) = rest.split_at(rest.len().min(BATCH));
            self.put(b"(");
            for m in now {
                self.element(t, v, m)?;
                if set::len(v) != members.len() {
                    return Err(t.raise(&exception::RuntimeError, "set changed size during iteration"));
                }
            }
            self.put(&[ops::ADDITEMS]);
            if now.len() < BATCH {
                return Ok(());
            }
            rest = later;
        }
    }

    fn save_frozenset(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        let members = set::members(v);
        if self.proto < 4 {
            let args = tuple::new(t, vec![list::new(t, members)]);
            return self.save_call(t, set::FROZEN.get(t), args, v);
        }
        self.put(b"(");
        for m in &members {
            self.element(t, v, m)?;
        }
        if let Some(n) = self.memo.get(v) {
            self.put(b"1");
            self.put_get(n);
            return Ok(());
        }
        self.put(&[ops::FROZENSET]);
        self.memoize(v);
        Ok(())
    }

    fn save_call(&mut self, t: Attached<'_>, function: &Value, args: Value, v: &Value) -> PyResult<()> {
        let reduced = tuple::new(t, vec![function.clone(), args]);
        self.save_reduce(t, &reduced, v)
    }
}
