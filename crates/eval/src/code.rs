//! `code`: bytecode with its constants and names as Python values, and inline caches.
//!
//! The words are copied out of [`orochi_bytecode::Code`] because each code object has its own inline
//! caches. All threads share them: instruction words never change, cache words are read and written
//! relaxed (see `handlers/attr.rs` for what they hold).

mod replace;

use std::sync::{Arc, OnceLock};
use std::sync::atomic::{AtomicU64, Ordering::*};

use orochi_bytecode::word::Word;
use orochi_bytecode::{Code, Op};
use orochi_bytecode::code::{Const, LocalKind, flags as code_flags};
use orochi_bytecode::instructions::Follow;
use orochi_heap::{Payload, Value, Visit, payload};
use orochi_objects::spec::{GetSet, Method, TypeSpec};
use orochi_objects::{Attached, CompareOp, Def, PyResult, int, str, tuple};
use orochi_text::wtf8::Wtf8;

/// The body of a code object.
pub struct PyCode {
    /// The compiler's data.
    pub code: Arc<Code>,
    /// Instructions and caches.
    pub words: Box<[AtomicU64]>,
    /// Constants as values.
    pub constants: Box<[Value]>,
    /// Names as interned strs.
    pub names: Box<[Value]>,
    /// Names of the locals, by register, as interned strs.
    pub local_names: Box<[Value]>,
    /// `co_name`.
    pub name: Value,
    /// `co_qualname`.
    pub qualname: Value,
    /// `co_filename`.
    pub filename: Value,
    /// Registers of a frame.
    pub register_count: usize,
    /// Registers that are locals.
    pub local_count: usize,
    /// Positional parameters, if a call with exactly so many positional arguments needs no more
    /// preparation (no `*args`, `**kwargs`, keyword-only parameters, generator); else `usize::MAX`.
    pub simple_args: usize,
    /// As `simple_args`, of generators too.
    pub plain_args: usize,
    /// Registers of the parameters, `*args` and `**kwargs` included.
    pub parameters: usize,
    /// Registers of the free variables.
    pub free_registers: std::ops::Range<usize>,
    /// `co_flags` (`types.coroutine` makes a copy with another).
    pub flags: u32,
    pub(crate) place: crate::code_list::Place,
    lines: OnceLock<Box<[u32]>>,
}

impl Payload for PyCode {
    payload!(PyCode, "code");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values(self.constants.iter());
        visit.values(self.names.iter());
        visit.values(self.local_names.iter());
        visit.values([&self.name, &self.qualname, &self.filename]);
    }
}

/// `code`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyCode>("code")
    .flags(orochi_objects::flags::NO_NEW | orochi_objects::flags::HAS_WEAKREF)
    .slots(&[Def::Repr(repr), Def::Compare(compare), Def::Hash(hash)])
    .getset(&[
        GetSet::read("co_name", |_, v| Ok(body(v).name.clone()), ""),
        GetSet::read("co_qualname", |_, v| Ok(body(v).qualname.clone()), ""),
        GetSet::read("co_filename", |_, v| Ok(body(v).filename.clone()), ""),
        GetSet::read("co_firstlineno", |_, v| Ok(Value::i32(body(v).code.first_line as i32)), ""),
        GetSet::read("co_flags", |t, v| Ok(int::new(t, i64::from(body(v).flags))), ""),
        GetSet::read("co_argcount", |_, v| Ok(Value::i32(i32::from(body(v).code.arg_count))), ""),
        GetSet::read("co_posonlyargcount", |_, v| Ok(Value::i32(i32::from(body(v).code.posonly_count))), ""),
        GetSet::read("co_kwonlyargcount", |_, v| Ok(Value::i32(i32::from(body(v).code.kwonly_count))), ""),
        GetSet::read("co_nlocals", |t, v| Ok(int::from_usize(t, body(v).code.var_names().count())), ""),
        GetSet::read("co_stacksize", |t, v| Ok(int::from_usize(t, body(v).register_count - body(v).local_count)), ""),
        GetSet::read("co_consts", |t, v| Ok(tuple::from_slice(t, &body(v).constants)), ""),
        GetSet::read("co_names", |t, v| Ok(tuple::from_slice(t, &body(v).names)), ""),
        GetSet::read("co_varnames", |t, v| Ok(names_of(t, body(v).code.var_names())), ""),
        GetSet::read("co_cellvars", |t, v| Ok(names_of(t, body(v).code.cell_names())), ""),
        GetSet::read("co_freevars", |t, v| Ok(names_of(t, body(v).code.free_names())), ""),
        GetSet::read("co_code", co_code, ""),
        GetSet::read("_co_code_adaptive", co_code, ""),
        GetSet::read("co_exceptiontable", |t, _| Ok(orochi_objects::bytes::new(t, b"")), ""),
        GetSet::read("co_linetable", |t, v| Ok(orochi_objects::bytes::new(t, body(v).code.positions.as_bytes())), ""),
    ])
    .methods(&[
        Method::new("co_positions", "($self, /)", co_positions, ""),
        Method::new("co_lines", "($self, /)", co_lines, ""),
        Method::new("replace", "($self, /, **changes)", replace::replace, "Return a copy of the code object with new values for the specified fields."),
        Method::new("__replace__", "($self, /, **changes)", replace::replace, "The same as replace()."),
    ]);

/// The body of a code object.
#[inline(always)]
pub fn body(v: &Value) -> &PyCode {
    match v.payload::<PyCode>() {
        Some(c) => c,
        None => unreachable!("not a code object"),
    }
}

fn text(t: Attached<'_>, bytes: &[u8]) -> Value {
    match Wtf8::from_bytes(bytes) {
        Ok(w) => str::intern_wtf8(t, w),
        Err(_) => str::intern(t, "?"),
    }
}

/// The offset in bytes that Python sees of the instruction at word `pc`. Before the first instruction stands a word
/// for the beginning of the code, on the line of its `def`: CPython has an instruction there.
pub fn offset_of(pc: u32) -> i64 {
    (i64::from(pc) + 1) * 8
}

fn names_of<'a>(t: Attached<'_>, names: impl Iterator<Item = &'a [u8]>) -> Value {
    tuple::new(t, names.map(|n| text(t, n)).collect())
}

/// A code object of compiled code. Deferred: functions and frames hold it uncounted in registers.
pub fn new(t: Attached<'_>, code: &Arc<Code>) -> Value {
    with_flags(t, code, code.flags)
}

fn with_flags(t: Attached<'_>, code: &Arc<Code>, flags: u32) -> Value {
    let constants = code.constants.iter().map(|c| constant(t, c)).collect();
    let local_count = code.locals.len();
    let plain = flags & (code_flags::VARARGS | code_flags::VARKEYWORDS) == 0 && code.kwonly_count == 0;
    let suspends = flags & (code_flags::GENERATOR | code_flags::COROUTINE | code_flags::ASYNC_GENERATOR) != 0;
    let args = |if_so: bool| if if_so { code.arg_count as usize } else { usize::MAX };
    let value = TYPE.alloc(
        t,
        PyCode {
            words: code.words.iter().map(|w| AtomicU64::new(w.0)).collect(),
            constants,
            names: code.names.iter().map(|n| text(t, n)).collect(),
            local_names: code.locals.iter().map(|l| text(t, &l.name)).collect(),
            name: text(t, &code.name),
            qualname: text(t, &code.qualname),
            filename: text(t, &code.filename),
            register_count: code.register_count as usize,
            local_count,
            simple_args: args(plain && !suspends),
            plain_args: args(plain),
            parameters: code.parameter_count(),
            free_registers: code.free_registers(),
            flags,
            lines: OnceLock::new(),
            code: code.clone(),
            place: crate::code_list::Place::new(t),
        },
    );
    orochi_heap::count::defer(&value);
    crate::code_list::register(body(&value));
    value
}

impl Drop for PyCode {
    fn drop(&mut self) {
        crate::code_list::unregister(self);
    }
}

impl PyCode {
    /// Zeroes all inline caches: a class changed in a way that they cannot notice.
    pub fn flush_caches(&self) {
        let mut pc = 0;
        while pc < self.words.len() {
            let Some(op) = Op::from_byte(self.words[pc].load(Relaxed) as u8) else { return };
            if op.follow() == Follow::Cached
                && let Some(cache) = self.words.get(pc + 1)
            {
                cache.store(0, Relaxed);
            }
            pc += op.size();
        }
    }
    /// Whether calling makes a generator, coroutine or asynchronous generator.
    pub fn is_generator_like(&self) -> bool {
        self.flags & (code_flags::GENERATOR | code_flags::COROUTINE | code_flags::ASYNC_GENERATOR) != 0
    }
    /// The line of the instruction at word `pc`.
    pub fn line_at(&self, pc: u32) -> Option<u32> {
        self.code.line_at(pc)
    }
    /// The line of each word, 0 for none: made when the code is traced first, or a frame that runs it is asked for its
    /// line.
    pub fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let mut lines = vec![0; self.words.len()];
            for (first, words, position) in self.code.positions.entries() {
                let (from, to) = (first as usize, (first.saturating_add(words) as usize).min(self.words.len()));
                if let (Some(places), Some(position)) = (lines.get_mut(from..to), position) {
                    places.fill(position.line);
                }
            }
            lines.into()
        })
    }
    /// As [`PyCode::line_at`], for who asks again: logging asks for the same lines all the time.
    pub fn line_again(&self, pc: u32) -> Option<u32> {
        self.lines().get(pc as usize).copied().filter(|&line| line != 0)
    }
    /// Whether register `i` holds a cell when the function runs.
    pub fn holds_cell(&self, i: usize) -> bool {
        self.code.locals.get(i).is_some_and(|l| l.kind.holds_cell())
    }
    /// Whether register `i` is a local that users see.
    pub fn is_visible(&self, i: usize) -> bool {
        self.code.locals.get(i).is_some_and(|l| !l.kind.has(LocalKind::HIDDEN))
    }
}

/// A constant as a value.
pub fn constant(t: Attached<'_>, c: &Const) -> Value {
    match c {
        Const::None => Value::none(),
        Const::True => Value::bool(true),
        Const::False => Value::bool(false),
        Const::Ellipsis => Value::ellipsis(),
        Const::Int(i) => int::new(t, *i),
        Const::BigInt { negative, magnitude } => {
            let value = dashu_int::IBig::from(dashu_int::UBig::from_le_bytes(magnitude));
            int::from_big(t, if *negative { -value } else { value })
        }
        Const::Float(f) => orochi_objects::float::new(t, *f),
        Const::Complex(re, im) => orochi_objects::complex::new(t, orochi_number::complex::Complex { re: *re, im: *im }),
        Const::Str(s) => match Wtf8::from_bytes(s) {
            // Short texts that look like names are interned, as CPython's: they are mostly keys.
            Ok(w) if s.len() <= 64 && s.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_') => str::intern_wtf8(t, w),
            Ok(w) => str::from_wtf8(t, w),
            Err(_) => str::empty(t),
        },
        Const::Bytes(b) => orochi_objects::bytes::new(t, b),
        Const::Tuple(items) => tuple::new(t, items.iter().map(|c| constant(t, c)).collect()),
        Const::FrozenSet(items) => {
            let items: Vec<Value> = items.iter().map(|c| constant(t, c)).collect();
            match orochi_objects::set::frozen_from_items(t, &items) {
                Ok(v) => v,
                Err(e) => {
                    drop(t.take_raised(e));
                    Value::none()
                }
            }
        }
        Const::Code(code) => new(t, code),
        Const::Slice(parts) => {
            let [a, b, c] = &**parts;
            orochi_objects::slice::new(t, constant(t, a), constant(t, b), constant(t, c))
        }
    }
}

/// Whether two code objects are the same but for where they were made.
fn same_code(a: &Code, b: &Code) -> bool {
    a.name == b.name
        && a.first_line == b.first_line
        && a.arg_count == b.arg_count
        && a.posonly_count == b.posonly_count
        && a.kwonly_count == b.kwonly_count
        && a.locals == b.locals
        && a.words == b.words
        && a.names == b.names
        && a.handlers == b.handlers
        && a.positions.as_bytes() == b.positions.as_bytes()
        && a.constants.len() == b.constants.len()
        && a.constants.iter().zip(&b.constants).all(|(x, y)| match (x, y) {
            (Const::Code(x), Const::Code(y)) => same_code(x, y),
            _ => x == y,
        })
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let c = body(this);
    Ok(str::from_string(
        t,
        format!(
            "<code object {} at {:#x}, file \"{}\", line {}>",
            str::display(&c.name),
            this.identity(),
            str::display(&c.filename),
            c.code.first_line
        ),
    ))
}

fn compare(_: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.payload::<PyCode>(), b.payload::<PyCode>()) else {
        return Ok(Value::not_implemented());
    };
    let same = x.flags == y.flags && (Arc::ptr_eq(&x.code, &y.code) || same_code(&x.code, &y.code));
    Ok(match op {
        CompareOp::Eq => Value::bool(same),
        CompareOp::Ne => Value::bool(!same),
        _ => Value::not_implemented(),
    })
}

fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    let c = body(this);
    let counts = [c.code.arg_count, c.code.posonly_count, c.code.kwonly_count].map(u64::from);
    let all = counts.into_iter().chain([u64::from(c.code.first_line)]).chain(c.code.words.iter().map(|w| w.0));
    let mixed = all.fold(0u64, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(0x517C_C1B7_2722_0A95));
    Ok(str::hash(t, &c.name) ^ mixed as i64)
}

fn co_code(t: Attached<'_>, this: &Value) -> PyResult {
    let beginning = Word::new(Op::Nop, 0, 0, 0, 0);
    let bytes: Vec<u8> = std::iter::once(&beginning).chain(body(this).code.words.iter()).flat_map(|w| w.0.to_le_bytes()).collect();
    Ok(orochi_objects::bytes::new(t, &bytes))
}

fn co_positions(t: Attached<'_>, a: &[Value]) -> PyResult {
    let c = body(&a[0]);
    let opt = |t: Attached<'_>, n: Option<u32>| n.map_or(Value::none(), |n| int::new(t, i64::from(n)));
    let mut rows = Vec::with_capacity(4 * c.words.len() + 4);
    let first = opt(t, Some(c.code.first_line));
    let beginning = tuple::new(t, vec![first.clone(), first, Value::i32(0), Value::i32(0)]);
    rows.extend([(); 4].map(|()| beginning.clone()));
    for pc in 0..c.words.len() as u32 {
        let p = c.code.position_at(pc);
        let row = match p {
            Some(p) => vec![
                opt(t, Some(p.line)),
                opt(t, Some(p.end_line)),
                opt(t, Some(p.col)),
                opt(t, Some(p.end_col)),
            ],
            None => vec![Value::none(), Value::none(), Value::none(), Value::none()],
        };
        // dis and traceback count code units of two bytes; a word is four of them.
        let row = tuple::new(t, row);
        for _ in 0..4 {
            rows.push(row.clone());
        }
    }
    orochi_objects::protocol::get_iter(t, &orochi_objects::list::new(t, rows))
}

fn co_lines(t: Attached<'_>, a: &[Value]) -> PyResult {
    let c = body(&a[0]);
    let mut rows: Vec<Value> = Vec::new();
    let n = c.words.len() as u32;
    let mut start = -8;
    let mut line = Some(c.code.first_line);
    for pc in 0..=n {
        let next = if pc < n { c.line_at(pc) } else { None };
        if pc == n || next != line {
            let l = line.map_or(Value::none(), |l| int::new(t, i64::from(l)));
            rows.push(tuple::new(t, vec![int::new(t, start + 8), int::new(t, offset_of(pc)), l]));
            start = i64::from(pc) * 8;
            line = next;
        }
    }
    orochi_objects::protocol::get_iter(t, &orochi_objects::list::new(t, rows))
}
