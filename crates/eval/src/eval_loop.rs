//! The eval loop: decodes instructions and dispatches them.
//!
//! What runs often and is short stands here: moves, jumps, arithmetic on immediates, cache hits, calls
//! and returns. Everything else is a function in `handlers/` that works on the frame. The loop keeps
//! `pc` and `regs` in locals; it saves `pc` to the frame before anything that may call, raise or pause.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::*;

use orochi_bytecode::Op;
use orochi_bytecode::word::{CONST, EXTRA, INPLACE, TAKE_A, TAKE_B, TAKE_C, Word};
use orochi_heap::value::{FALSE, NONE, TRUE, UNBOUND};
use orochi_heap::Value;
use orochi_objects::protocol::{self, Operator};
use orochi_objects::{Attached, CompareOp, PyResult, Raised};

use crate::frame::{Entry, Frame, eval_thread, release_range};
use crate::generator::Outcome;
use crate::handlers;
use crate::handlers::call::Entered;
use crate::handlers::iterate::Step;
use crate::unwind::{Landing, unwind};

/// Tag bits that are 0 in counted pointers.
const TAGS: u64 = 0b111;

#[inline(always)]
fn both_ints(b: u64, c: u64) -> bool {
    b & c & 1 != 0
}

#[inline(always)]
fn both_floats(b: u64, c: u64) -> bool {
    b & TAGS == 0b010 && c & TAGS == 0b010
}

#[inline(always)]
fn op_of(w: Word) -> Op {
    let byte = w.op_byte();
    debug_assert!((byte as usize) < Op::COUNT);
    // SAFETY: the verifier (or the compiler's own tests) let only valid opcodes into code objects,
    // and the enum is `repr(u8)` without gaps.
    unsafe { std::mem::transmute::<u8, Op>(byte) }
}

/// Runs `entry` and what it calls until `entry` returns, yields or raises.
///
/// # Safety
/// `entry` is a live frame at the top of the thread's stacks (or a resumed generator's), with
/// `Entry::Native`, whose `previous` is the thread's current frame.
pub unsafe fn run(t: Attached<'_>, entry: *mut Frame) -> PyResult {
    // SAFETY: as the caller says.
    match unsafe { run_resumed(t, entry) }? {
        Outcome::Returned(v) | Outcome::Yielded(v) => Ok(v),
    }
}

/// As [`run`], for the frame of a generator: tells what it did. Its state does not once it is suspended, since
/// another thread may have resumed it.
///
/// # Safety
/// As [`run`].
#[inline]
pub unsafe fn run_resumed(t: Attached<'_>, entry: *mut Frame) -> PyResult<Outcome> {
    if eval_thread(t).tracing.on() {
        // SAFETY: as the caller says.
        return unsafe { run_switching(t, entry, None, true, true) };
    }
    // SAFETY: as the caller says.
    match unsafe { run_from::<false>(t, entry, None, true) } {
        Left::Returned(v) => Ok(Outcome::Returned(v)),
        Left::Yielded(v) => Ok(Outcome::Yielded(v)),
        Left::Raised(e) => Err(e),
        // SAFETY: the frame that runs is in the chain above `entry`.
        Left::Switch => unsafe { run_switching(t, eval_thread(t).current(), None, true, false) },
    }
}

/// As [`run`], beginning with an exception raised at the instruction before the frame's pc.
///
/// # Safety
/// As [`run`].
pub unsafe fn run_raising(t: Attached<'_>, entry: *mut Frame, raised: Raised) -> PyResult<Outcome> {
    // SAFETY: as the caller says.
    unsafe { run_switching(t, entry, Some(raised), eval_thread(t).tracing.on(), true) }
}

/// How a loop was left.
enum Left {
    Returned(Value),
    Yielded(Value),
    Raised(Raised),
    /// Tracing began or ended: the other loop goes on with the current frame, whose pc is saved.
    Switch,
}

/// Runs by the plain or the traced loop, changing between them as often as tracing begins and ends.
///
/// # Safety
/// As [`run`]; if not `fresh`, `frame` is the current frame and lies above an entry of this loop.
#[cold]
unsafe fn run_switching(t: Attached<'_>, frame: *mut Frame, thrown: Option<Raised>, traced: bool, fresh: bool) -> PyResult<Outcome> {
    let (mut frame, mut thrown, mut traced, mut fresh) = (frame, thrown, traced, fresh);
    loop {
        if traced && !fresh {
            crate::trace::joined(frame);
        }
        // SAFETY: as the caller says.
        let left = unsafe {
            if traced { run_from::<true>(t, frame, thrown.take(), fresh) } else { run_from::<false>(t, frame, thrown.take(), fresh) }
        };
        match left {
            Left::Returned(v) => return Ok(Outcome::Returned(v)),
            Left::Yielded(v) => return Ok(Outcome::Yielded(v)),
            Left::Raised(e) => return Err(e),
            Left::Switch => {
                traced = !traced;
                fresh = false;
                frame = eval_thread(t).current();
            }
        }
    }
}

unsafe fn run_from<const TRACED: bool>(t: Attached<'_>, entry: *mut Frame, mut thrown: Option<Raised>, fresh: bool) -> Left {
    let thread = eval_thread(t);
    let mut frame = entry;
    thread.set_limit(t);
    thread.current.store(frame, Relaxed);
    if thrown.is_none()
        && fresh
        && let Err(e) = t.check_stack("")
    {
        // SAFETY: as the caller says.
        return Left::Raised(unsafe { leave_at_once(t, frame, e) });
    }
    let mut pc: *const AtomicU64;
    let mut regs: *mut u64;
    let mut consts: *const u64;
    let pending = t.thread().base.pending_word();

    // SAFETY: for the whole loop: `frame` lives; `pc` points into its code's words, `regs` to its
    // window and `consts` to its constants; register, constant and name numbers are in range, which
    // the verifier checks for all code that does not come from our own compiler; every register holds
    // a valid word. Each `unsafe` operation below rests on exactly these facts.
    unsafe {
        macro_rules! reload {
            () => {
                pc = (*frame).pc;
                regs = (*frame).regs;
                consts = (*(*frame).code).constants.as_ptr().cast::<u64>();
            };
        }
        macro_rules! word {
            ($i:expr) => {
                *regs.add($i as usize)
            };
        }
        macro_rules! view {
            ($i:expr) => {
                Value::borrow_bits(&*regs.add($i as usize))
            };
        }
        macro_rules! put_word {
            ($i:expr, $word:expr) => {{
                let new: u64 = $word;
                let old = regs.add($i as usize).replace(new);
                if old & TAGS == 0 {
                    drop(Value::from_bits(old));
                }
            }};
        }
        macro_rules! put {
            ($i:expr, $value:expr) => {{
                let value: Value = $value;
                put_word!($i, value.into_bits())
            }};
        }
        macro_rules! release {
            ($i:expr) => {{
                let p = regs.add($i as usize);
                if *p & 0b11 == 0 {
                    let old = p.replace(UNBOUND);
                    if old & TAGS == 0 {
                        drop(Value::from_bits(old));
                    }
                }
            }};
        }
        // The last source operand: a register, or a constant.
        macro_rules! operand {
            ($w:expr, $i:expr) => {{
                let base = if $w.flags() & CONST != 0 { consts } else { regs.cast_const() };
                *base.add($i as usize)
            }};
        }
        // For operations on any objects: a view of the operand that stays good while Python runs. Words
        // of locals and constants stay in place; nobody else writes this frame's registers.
        macro_rules! operand_view {
            ($w:expr, $i:expr) => {{
                let base = if $w.flags() & CONST != 0 { consts } else { regs.cast_const() };
                Value::borrow_bits(&*base.add($i as usize))
            }};
        }
        macro_rules! release_operands {
            ($w:expr) => {{
                let flags = $w.flags();
                if flags & (TAKE_B | TAKE_C) != 0 {
                    if flags & TAKE_B != 0 {
                        release!($w.b());
                    }
                    if flags & TAKE_C != 0 {
                        release!($w.c());
                    }
                }
            }};
        }
        macro_rules! save {
            () => {
                (*frame).pc = pc
            };
        }

        reload!();
        if TRACED && fresh {
            let waiting = thrown.take().map(|e| t.take_raised(e));
            thrown = match crate::trace::entered(t, frame) {
                Ok(()) => waiting.map(|e| t.set_raised(e)),
                Err(e) => Some(e),
            };
        }
        'frames: loop {
            // An exception to begin with is dealt with outside the loop of instructions.
            let raised: Raised = if let Some(e) = thrown.take() { e } else { 'run: loop {
                macro_rules! attempt {
                    ($e:expr) => {
                        match $e {
                            Ok(v) => v,
                            Err(e) => break 'run e,
                        }
                    };
                }
                // `$words`: of the instruction that begins again if another loop goes on with it.
                macro_rules! safepoint {
                    ($words:expr) => {
                        if pending.load(Relaxed) & if TRACED { !orochi_runtime::bits::INSTRUMENT } else { !0 } != 0 {
                            save!();
                            attempt!(t.safepoint());
                            if !TRACED && thread.tracing.on() {
                                (*frame).pc = pc.sub($words);
                                return Left::Switch;
                            }
                        }
                    };
                }
                // A frame has just been entered: `pc` is at its first or next instruction.
                macro_rules! entered {
                    () => {
                        if TRACED {
                            attempt!(crate::trace::entered(t, frame));
                        }
                    };
                }
                macro_rules! jump {
                    ($offset:expr) => {{
                        let offset = $offset as isize;
                        pc = pc.offset(offset);
                        if offset < 0 {
                            safepoint!(0);
                        }
                    }};
                }
                // Binary arithmetic: ints, floats, then anything.
                macro_rules! arithmetic {
                    ($w:expr, $int:expr, $float:expr, $operator:expr) => {{
                        let w = $w;
                        let (b, c) = (word!(w.b()), operand!(w, w.c()));
                        if both_ints(b, c) {
                            let int: fn(i64, i64) -> Option<u64> = $int;
                            if let Some(r) = int(b as i64, c as i64) {
                                put_word!(w.a(), r);
                                continue 'run;
                            }
                        } else if both_floats(b, c) {
                            let float: fn(f64, f64) -> Option<f64> = $float;
                            if let Some(r) = float(Value::decode_float(b), Value::decode_float(c))
                                && let Some(v) = Value::small_float(r)
                            {
                                put!(w.a(), v);
                                continue 'run;
                            }
                        }
                        save!();
                        if matches!($operator, Operator::Add)
                            && w.a() == w.b()
                            && w.flags() & TAKE_B == 0
                            && b & TAGS == 0
                            && let Some(r) = handlers::number::append(t, operand_view!(w, w.c()), &*frame, w)
                        {
                            let r = attempt!(r);
                            release_operands!(w);
                            put!(w.a(), r);
                            continue 'run;
                        }
                        let (x, y) = (view!(w.b()), operand_view!(w, w.c()));
                        let r = attempt!(handlers::number::binary(t, x, y, $operator, w.flags() & INPLACE != 0, &*frame, w));
                        release_operands!(w);
                        put!(w.a(), r);
                    }};
                }
                macro_rules! comparison {
                    ($w:expr, $op:tt, $compare:expr) => {{
                        let w = $w;
                        let (b, c) = (word!(w.b()), operand!(w, w.c()));
                        if both_ints(b, c) {
                            put_word!(w.a(), if (b as i64) $op (c as i64) { TRUE } else { FALSE });
                        } else if both_floats(b, c) {
                            put_word!(w.a(), if Value::decode_float(b) $op Value::decode_float(c) { TRUE } else { FALSE });
                        } else {
                            save!();
                            let r = attempt!(handlers::number::compare(t, view!(w.b()), operand_view!(w, w.c()), $compare, &*frame, w));
                            release_operands!(w);
                            put!(w.a(), r);
                        }
                    }};
                }
                macro_rules! compare_jump {
                    ($w:expr, $op:tt, $compare:expr, $when:expr) => {{
                        let w = $w;
                        let (a, b) = (word!(w.a()), operand!(w, w.b()));
                        let holds = if both_ints(a, b) {
                            (a as i64) $op (b as i64)
                        } else if both_floats(a, b) {
                            Value::decode_float(a) $op Value::decode_float(b)
                        } else {
                            save!();
                            let r = attempt!(handlers::number::compare_truth(t, view!(w.a()), operand_view!(w, w.b()), $compare, &*frame, w));
                            if w.flags() & TAKE_A != 0 {
                                release!(w.a());
                            }
                            if w.flags() & TAKE_B != 0 {
                                release!(w.b());
                            }
                            r
                        };
                        if holds == $when {
                            jump!(w.jump16());
                        }
                    }};
                }
                macro_rules! truth_jump {
                    ($w:expr, $when:expr) => {{
                        let w = $w;
                        let a = word!(w.a());
                        let holds = if a == TRUE {
                            true
                        } else if a == FALSE || a == NONE {
                            false
                        } else {
                            save!();
                            attempt!(handlers::number::truth(t, view!(w.a()), &*frame, w))
                        };
                        let taken = holds == $when;
                        let flags = w.flags();
                        if flags & TAKE_A != 0 || flags & EXTRA != 0 && !taken {
                            release!(w.a());
                        }
                        if taken {
                            jump!(w.jump32());
                        }
                    }};
                }
                // The frame, a generator's with its pc saved, yields: to who resumed it.
                macro_rules! deliver {
                    ($value:expr) => {{
                        let v: Value = $value;
                        loop {
                            let (entry, previous, dst) = ((*frame).entry, (*frame).previous, (*frame).dst);
                            if entry == Entry::Sink {
                                match crate::generator::feed(t, frame, v) {
                                    Ok(true) => {
                                        reload!();
                                        entered!();
                                        break;
                                    }
                                    Ok(false) => return Left::Returned(Value::none()),
                                    Err(e) => return Left::Raised(e),
                                }
                            }
                            crate::generator::suspend(t, frame);
                            thread.current.store(previous, Relaxed);
                            if entry == Entry::Native {
                                return Left::Yielded(v);
                            }
                            frame = previous;
                            if entry == Entry::Delegate {
                                if TRACED {
                                    attempt!(crate::trace::leaves(t, frame, &v));
                                }
                                crate::generator::passes_on(frame);
                                continue;
                            }
                            reload!();
                            put!(dst, v);
                            let site = Word((*pc.sub(2)).load(Relaxed));
                            if matches!(op_of(site), Op::ForLoop) {
                                jump!(site.jump16());
                            }
                            break;
                        }
                    }};
                }
                // Instructions without a fast path: a function on the frame.
                macro_rules! cold {
                    ($handler:path, $w:expr) => {{
                        save!();
                        attempt!($handler(t, &mut *frame, $w));
                    }};
                }

                if TRACED {
                    if !thread.tracing.on() {
                        save!();
                        return Left::Switch;
                    }
                    pc = attempt!(crate::trace::before(t, frame, pc));
                }
                let w = Word((*pc).load(Relaxed));
                pc = pc.add(1);
                match op_of(w) {
                    Op::Nop => {}
                    Op::Move => {
                        let source = regs.add(w.b() as usize);
                        let mut bits = *source;
                        if w.flags() & TAKE_B != 0 {
                            if bits & 0b11 == 0 {
                                *source = UNBOUND;
                            }
                        } else if bits & TAGS == 0 {
                            bits = Value::borrow_bits(&bits).clone().into_bits();
                        }
                        put_word!(w.a(), bits);
                    }
                    Op::LoadConst => {
                        let c = Value::borrow_bits(&*consts.add(w.bc() as usize));
                        put_word!(w.a(), handlers::name::constant_word(c));
                    }
                    Op::CheckBound => {
                        if word!(w.a()) == UNBOUND {
                            save!();
                            break 'run handlers::name::unbound_local(t, &*frame, w.a() as usize);
                        }
                    }
                    Op::DeleteLocal => {
                        if word!(w.a()) == UNBOUND {
                            save!();
                            break 'run handlers::name::unbound_local(t, &*frame, w.a() as usize);
                        }
                        put_word!(w.a(), UNBOUND);
                    }
                    Op::Clear => put_word!(w.a(), UNBOUND),
                    Op::MakeCell => {
                        let v = Value::from_bits(regs.add(w.a() as usize).replace(UNBOUND));
                        put!(w.a(), orochi_objects::cell::new(t, v));
                    }
                    Op::LoadCell => {
                        let v = handlers::name::cell_value(view!(w.b()));
                        if v.is_unbound() {
                            save!();
                            break 'run handlers::name::unbound_local(t, &*frame, w.b() as usize);
                        }
                        put!(w.a(), v);
                    }
                    Op::StoreCell => {
                        let v = if w.flags() & TAKE_A != 0 {
                            Value::from_bits(regs.add(w.a() as usize).replace(UNBOUND))
                        } else {
                            view!(w.a()).clone()
                        };
                        handlers::name::set_cell(view!(w.b()), v);
                    }
                    Op::LoadGlobal => {
                        let cache = (*pc).load(Relaxed);
                        let v = match handlers::name::cached_global(&*frame, cache, w.b()) {
                            Some(v) => v,
                            None => {
                                save!();
                                attempt!(handlers::name::load_global(t, &*frame, w.b(), &*pc))
                            }
                        };
                        pc = pc.add(1);
                        put!(w.a(), v);
                    }
                    Op::LoadAttr => {
                        let cache = (*pc).load(Relaxed);
                        let v = match handlers::attr::cached_load(t, word!(w.b()), cache, &*frame, w.c()) {
                            Some(v) => v,
                            None => {
                                save!();
                                if handlers::attr::is_property(cache) {
                                    // The getter runs in this loop; it comes back behind the cache word.
                                    (*frame).pc = pc.add(1);
                                    if let Some(next) = attempt!(handlers::call::enter_property(t, frame, w, cache)) {
                                        frame = next;
                                        thread.current.store(frame, Relaxed);
                                        reload!();
                                        entered!();
                                        continue 'run;
                                    }
                                    save!();
                                }
                                attempt!(handlers::attr::load(t, &*frame, view!(w.b()), w, &*pc))
                            }
                        };
                        pc = pc.add(1);
                        if w.flags() & TAKE_B != 0 {
                            release!(w.b());
                        }
                        put!(w.a(), v);
                    }
                    Op::LoadMethod => {
                        let cache = (*pc).load(Relaxed);
                        let receiver = word!(w.b());
                        match handlers::attr::cached_method(receiver, cache, &*frame, w.c()) {
                            Some(function) => {
                                let mut this = receiver;
                                if w.flags() & TAKE_B != 0 {
                                    if this & 0b11 == 0 {
                                        word!(w.b()) = UNBOUND;
                                    }
                                } else if this & TAGS == 0 {
                                    this = Value::borrow_bits(&this).clone().into_bits();
                                }
                                put_word!(w.a(), function);
                                put_word!(w.a() + 1, this);
                            }
                            None => {
                                save!();
                                let (function, this) = attempt!(handlers::attr::load_method(t, &*frame, view!(w.b()), w, &*pc));
                                if w.flags() & TAKE_B != 0 {
                                    release!(w.b());
                                }
                                put!(w.a(), function);
                                put!(w.a() + 1, this);
                            }
                        }
                        pc = pc.add(1);
                    }
                    Op::StoreAttr => {
                        let cache = (*pc).load(Relaxed);
                        let v = if w.flags() & TAKE_A != 0 {
                            Value::from_bits(regs.add(w.a() as usize).replace(UNBOUND))
                        } else {
                            view!(w.a()).clone()
                        };
                        if let Err(v) = handlers::attr::cached_store(t, word!(w.b()), v, cache, &*frame, w.c()) {
                            save!();
                            attempt!(handlers::attr::store(t, &*frame, view!(w.b()), v, w, &*pc));
                        }
                        pc = pc.add(1);
                        if w.flags() & TAKE_B != 0 {
                            release!(w.b());
                        }
                    }
                    Op::LoadSubscr => {
                        let (b, c) = (word!(w.b()), operand!(w, w.c()));
                        let v = match handlers::item::fast_get(t, b, c) {
                            Some(v) => v,
                            None => {
                                save!();
                                attempt!(handlers::item::get(t, view!(w.b()), operand_view!(w, w.c()), &*frame, w))
                            }
                        };
                        release_operands!(w);
                        put!(w.a(), v);
                    }
                    Op::BuildSlice => {
                        save!();
                        if attempt!(handlers::item::slice_at_once(t, &*frame, w, Word((*pc).load(Relaxed)))) {
                            pc = pc.add(1);
                        } else {
                            attempt!(handlers::item::cold(t, &mut *frame, Op::BuildSlice, w));
                        }
                    }
                    Op::StoreSubscr => {
                        save!();
                        let done = handlers::item::store(t, view!(w.b()), operand_view!(w, w.c()), view!(w.a()), &*frame, w);
                        attempt!(done);
                        release_operands!(w);
                        if w.flags() & TAKE_A != 0 {
                            release!(w.a());
                        }
                    }

                    Op::Add => arithmetic!(
                        w,
                        |b, c| (b - 1).checked_add(c).map(|r| r as u64),
                        |x, y| Some(x + y),
                        Operator::Add
                    ),
                    Op::Sub => arithmetic!(
                        w,
                        |b, c| b.checked_sub(c).map(|r| r as u64 | 1),
                        |x, y| Some(x - y),
                        Operator::Sub
                    ),
                    Op::Mul => arithmetic!(
                        w,
                        |b, c| (b - 1).checked_mul(c >> 1).map(|r| r as u64 | 1),
                        |x, y| Some(x * y),
                        Operator::Mul
                    ),
                    Op::TrueDiv => arithmetic!(
                        w,
                        |_, _| None,
                        |x, y| if y == 0.0 { None } else { Some(x / y) },
                        Operator::TrueDiv
                    ),
                    Op::FloorDiv => arithmetic!(
                        w,
                        |b, c| {
                            let (x, y) = (b >> 1, c >> 1);
                            if y <= 0 { None } else { Some((x.div_euclid(y) as u64) << 1 | 1) }
                        },
                        |_, _| None,
                        Operator::FloorDiv
                    ),
                    Op::Mod => arithmetic!(
                        w,
                        |b, c| {
                            let (x, y) = (b >> 1, c >> 1);
                            if y <= 0 { None } else { Some((x.rem_euclid(y) as u64) << 1 | 1) }
                        },
                        |_, _| None,
                        Operator::Mod
                    ),
                    Op::And => arithmetic!(w, |b, c| Some((b & c) as u64), |_, _| None, Operator::And),
                    Op::Or => arithmetic!(w, |b, c| Some((b | c) as u64), |_, _| None, Operator::Or),
                    Op::Xor => arithmetic!(w, |b, c| Some((b ^ c) as u64 | 1), |_, _| None, Operator::Xor),
                    Op::Shl => arithmetic!(
                        w,
                        |b, c| {
                            let (x, n) = (b >> 1, c >> 1);
                            if !(0..62).contains(&n) {
                                return None;
                            }
                            let r = x << n;
                            if r >> n == x && (r << 1) >> 1 == r { Some((r as u64) << 1 | 1) } else { None }
                        },
                        |_, _| None,
                        Operator::Shl
                    ),
                    Op::Shr => arithmetic!(
                        w,
                        |b, c| {
                            let (x, n) = (b >> 1, c >> 1);
                            if n < 0 { None } else { Some(((x >> n.min(63)) as u64) << 1 | 1) }
                        },
                        |_, _| None,
                        Operator::Shr
                    ),
                    Op::Pow => arithmetic!(w, |_, _| None, |_, _| None, Operator::Pow),
                    Op::MatMul => arithmetic!(w, |_, _| None, |_, _| None, Operator::MatMul),
                    Op::Lt => comparison!(w, <, CompareOp::Lt),
                    Op::Le => comparison!(w, <=, CompareOp::Le),
                    Op::Gt => comparison!(w, >, CompareOp::Gt),
                    Op::Ge => comparison!(w, >=, CompareOp::Ge),
                    Op::Eq => comparison!(w, ==, CompareOp::Eq),
                    Op::Ne => comparison!(w, !=, CompareOp::Ne),
                    Op::Is => {
                        let same = view!(w.b()).is(operand_view!(w, w.c()));
                        release_operands!(w);
                        put_word!(w.a(), if same { TRUE } else { FALSE });
                    }
                    Op::IsNot => {
                        let same = view!(w.b()).is(operand_view!(w, w.c()));
                        release_operands!(w);
                        put_word!(w.a(), if same { FALSE } else { TRUE });
                    }
                    Op::In | Op::NotIn => {
                        save!();
                        let found = attempt!(handlers::item::contains(t, operand_view!(w, w.c()), view!(w.b()), &*frame, w));
                        release_operands!(w);
                        let r = found == matches!(op_of(w), Op::In);
                        put_word!(w.a(), if r { TRUE } else { FALSE });
                    }
                    Op::Not | Op::ToBool => {
                        let b = word!(w.b());
                        let truth = if b == TRUE {
                            true
                        } else if b == FALSE || b == NONE {
                            false
                        } else {
                            save!();
                            attempt!(handlers::number::truth(t, view!(w.b()), &*frame, w))
                        };
                        if w.flags() & TAKE_B != 0 {
                            release!(w.b());
                        }
                        let r = truth == matches!(op_of(w), Op::ToBool);
                        put_word!(w.a(), if r { TRUE } else { FALSE });
                    }
                    Op::Neg => {
                        let b = word!(w.b());
                        if b & 1 != 0
                            && let Some(v) = Value::small_int(-(b as i64 >> 1))
                        {
                            put!(w.a(), v);
                        } else if b & TAGS == 0b010
                            && let Some(v) = Value::small_float(-Value::decode_float(b))
                        {
                            put!(w.a(), v);
                        } else {
                            cold!(handlers::number::unary, w);
                        }
                    }
                    Op::BuildTuple => {
                        save!();
                        let r = attempt!(orochi_objects::tuple::from_words(t, regs.add(w.b() as usize), w.c() as usize));
                        put!(w.a(), r);
                    }
                    Op::BuildList => {
                        save!();
                        let r = attempt!(orochi_objects::list::from_words(t, regs.add(w.b() as usize), w.c() as usize));
                        put!(w.a(), r);
                    }
                    Op::UnpackSequence => {
                        save!();
                        attempt!(handlers::iterate::unpack(t, &*frame, w));
                    }
                    Op::ListAppend => {
                        save!();
                        attempt!(handlers::build::list_append(t, &*frame, w));
                    }
                    Op::PushExc => {
                        save!();
                        handlers::exception::push(t, &*frame, w);
                    }
                    Op::PopExc => {
                        save!();
                        handlers::exception::pop(t, &*frame, w);
                    }
                    Op::MatchExc => {
                        save!();
                        attempt!(handlers::exception::matched(t, &*frame, w));
                    }
                    Op::Raise => {
                        save!();
                        break 'run handlers::exception::raise(t, &*frame, w);
                    }
                    Op::LoadSpecial => cold!(handlers::attr::load_special, w),
                    Op::WithExceptStart => {
                        save!();
                        if let Some(next) = attempt!(handlers::exception::enter_exit(t, frame, w)) {
                            frame = next;
                            thread.current.store(frame, Relaxed);
                            reload!();
                            entered!();
                        }
                    }
                    Op::Pos | Op::Invert => cold!(handlers::number::unary, w),

                    Op::Jump => pc = pc.offset(w.jump32() as isize),
                    Op::Loop => {
                        pc = pc.offset(w.jump32() as isize);
                        safepoint!(0);
                    }
                    Op::JumpIfTrue => truth_jump!(w, true),
                    Op::JumpIfFalse => truth_jump!(w, false),
                    Op::JumpIfNone | Op::JumpIfNotNone => {
                        let none = word!(w.a()) == NONE;
                        if w.flags() & TAKE_A != 0 {
                            release!(w.a());
                        }
                        if none == matches!(op_of(w), Op::JumpIfNone) {
                            jump!(w.jump32());
                        }
                    }
                    Op::JumpIfLt => compare_jump!(w, <, CompareOp::Lt, true),
                    Op::JumpIfLe => compare_jump!(w, <=, CompareOp::Le, true),
                    Op::JumpIfGt => compare_jump!(w, >, CompareOp::Gt, true),
                    Op::JumpIfGe => compare_jump!(w, >=, CompareOp::Ge, true),
                    Op::JumpIfEq => compare_jump!(w, ==, CompareOp::Eq, true),
                    Op::JumpIfNe => compare_jump!(w, !=, CompareOp::Ne, true),
                    Op::JumpIfNotLt => compare_jump!(w, <, CompareOp::Lt, false),
                    Op::JumpIfNotLe => compare_jump!(w, <=, CompareOp::Le, false),
                    Op::JumpIfNotGt => compare_jump!(w, >, CompareOp::Gt, false),
                    Op::JumpIfNotGe => compare_jump!(w, >=, CompareOp::Ge, false),
                    Op::JumpIfNotEq => compare_jump!(w, ==, CompareOp::Eq, false),
                    Op::JumpIfNotNe => compare_jump!(w, !=, CompareOp::Ne, false),
                    Op::JumpIfIs | Op::JumpIfIsNot => {
                        let same = view!(w.a()).is(operand_view!(w, w.b()));
                        if w.flags() & TAKE_A != 0 {
                            release!(w.a());
                        }
                        if w.flags() & TAKE_B != 0 {
                            release!(w.b());
                        }
                        if same == matches!(op_of(w), Op::JumpIfIs) {
                            jump!(w.jump16());
                        }
                    }

                    Op::GetIter => {
                        save!();
                        attempt!(handlers::iterate::get_iter(t, &*frame, w));
                    }
                    Op::ForIter | Op::ForLoop => {
                        pc = pc.add(1);
                        save!();
                        let iterator = view!(w.b());
                        if let Some(g) = crate::generator::resumable(thread, iterator) {
                            // The generator's frame runs in this loop; `Yield` and `Return` come back here.
                            frame = g.enter(t, frame, Entry::ForIter, w.a(), Some(Value::none()));
                            thread.current.store(frame, Relaxed);
                            reload!();
                            entered!();
                            continue 'run;
                        }
                        let is_loop = matches!(op_of(w), Op::ForLoop);
                        // Traced loops show every instruction of their bodies.
                        let body = match (TRACED, is_loop) {
                            (true, _) => 0,
                            (false, true) => (*pc.offset(w.jump16() as isize)).load(Relaxed),
                            (false, false) => (*pc).load(Relaxed),
                        };
                        match attempt!(handlers::iterate::step(t, frame, iterator, w, Word(body))) {
                            Step::Found(v) => {
                                put!(w.a(), v);
                                if is_loop {
                                    jump!(w.jump16());
                                }
                            }
                            Step::Unpacked => {
                                pc = pc.add(1);
                                if is_loop {
                                    jump!(w.jump16());
                                }
                            }
                            Step::Entered(next) => {
                                frame = next;
                                thread.current.store(frame, Relaxed);
                                reload!();
                                entered!();
                            }
                            Step::End => {
                                release!(w.b());
                                if !is_loop {
                                    jump!(w.jump16());
                                }
                            }
                        }
                    }

                    Op::Call => {
                        pc = pc.add(1);
                        save!();
                        safepoint!(2);
                        let base = w.b() as usize;
                        let mut argc = w.c() as usize;
                        if w.flags() & EXTRA != 0 {
                            word!(base + 1) = UNBOUND;
                        }
                        let mut callee = word!(base);
                        // A bound method: its function is called with its object in front.
                        if word!(base + 1) == UNBOUND
                            && let Some((function, this)) = handlers::call::open_method(Value::borrow_bits(&callee))
                        {
                            put_word!(base, function.into_bits());
                            word!(base + 1) = this.into_bits();
                            callee = word!(base);
                        }
                        let first = if word!(base + 1) == UNBOUND {
                            base + 2
                        } else {
                            argc += 1;
                            base + 1
                        };
                        if let Some(f) = handlers::call::as_function(callee) {
                            match handlers::call::enter_function(t, frame, f, base, first, argc, w.a(), &[]) {
                                Ok(Some(next)) => {
                                    frame = next;
                                    thread.current.store(frame, Relaxed);
                                    reload!();
                                    entered!();
                                }
                                Ok(None) => {}
                                Err(e) => break 'run e,
                            }
                            continue 'run;
                        }
                        if !TRACED
                            && let Some(r) = handlers::call::native(t, frame, Value::borrow_bits(&callee), first, argc, first == base + 2)
                        {
                            release_range(regs.add(base), regs.add(first + argc));
                            put!(w.a(), attempt!(r));
                            continue 'run;
                        }
                        if first == base + 2 {
                            match attempt!(handlers::call::enter_object(t, frame, base, argc, w.a(), &[])) {
                                Entered::Frame(next) => {
                                    frame = next;
                                    thread.current.store(frame, Relaxed);
                                    reload!();
                                    entered!();
                                    continue 'run;
                                }
                                Entered::Result => continue 'run,
                                Entered::Nothing => {}
                            }
                        }
                        let r = if TRACED {
                            let (callee, args) = (Value::borrow_bits(&callee), regs.add(first));
                            let receiver = if argc > 0 { Some(Value::borrow_bits(&*args)) } else { None };
                            crate::trace::native_call(t, frame, callee, receiver, || {
                                handlers::call::foreign(t, frame, callee, first, argc)
                            })
                        } else {
                            handlers::call::foreign(t, frame, Value::borrow_bits(&callee), first, argc)
                        };
                        release_range(regs.add(base), regs.add(first + argc));
                        put!(w.a(), attempt!(r));
                        if !TRACED && pending.load(Relaxed) & orochi_runtime::bits::INSTRUMENT != 0 && thread.tracing.on() {
                            save!();
                            return Left::Switch;
                        }
                    }
                    Op::Return => {
                        if TRACED {
                            save!();
                            let v = if w.flags() & CONST != 0 { Value::borrow_bits(&*consts.add(w.a() as usize)) } else { view!(w.a()) };
                            attempt!(crate::trace::leaves(t, frame, v));
                        }
                        let v = if w.flags() & CONST != 0 {
                            Value::from_bits(handlers::name::constant_word(Value::borrow_bits(&*consts.add(w.a() as usize))))
                        } else if w.flags() & TAKE_A != 0 {
                            Value::from_bits(regs.add(w.a() as usize).replace(UNBOUND))
                        } else {
                            // The frame ends: a local's reference moves out as a temporary's does.
                            Value::from_bits(regs.add(w.a() as usize).replace(UNBOUND))
                        };
                        let f = &mut *frame;
                        let (entry, previous, dst) = (f.entry, f.previous, f.dst);
                        if f.object != UNBOUND && w.flags() & (CONST | TAKE_A) == 0 {
                            // Who holds the frame object goes on seeing the variable.
                            regs.add(w.a() as usize).write(v.clone().into_bits());
                        }
                        if !f.generator.is_null() {
                            save!();
                            crate::generator::finish(t, frame);
                            thread.current.store(previous, Relaxed);
                            if entry.leaves() {
                                return Left::Returned(v.counted());
                            }
                            frame = previous;
                            reload!();
                            if TRACED {
                                attempt!(crate::trace::stopped(t, frame, &v));
                            }
                            if entry == Entry::Delegate {
                                // It is the value of the `yield from`, which is over.
                                let site = Word((*pc.sub(1)).load(Relaxed));
                                release!(site.b());
                                put!(site.a(), v);
                                continue 'run;
                            }
                            // `ForIter` ends its loop; what the generator returned is dropped.
                            drop(v);
                            let site = Word((*pc.sub(2)).load(Relaxed));
                            release!(site.b());
                            if matches!(op_of(site), Op::ForIter) {
                                jump!(site.jump16());
                            }
                            continue 'run;
                        }
                        if f.object != UNBOUND {
                            save!();
                            crate::frame_object::detach(t, frame);
                        }
                        let local_count = f.code().local_count;
                        release_range(regs, regs.add(local_count));
                        let instance = std::mem::replace(&mut f.extra, UNBOUND);
                        f.release_words();
                        thread.pop_frame();
                        thread.current.store(previous, Relaxed);
                        match entry {
                            Entry::Native | Entry::Sink => return Left::Returned(v.counted()),
                            Entry::Each => {
                                let series = (instance & !1) as *mut crate::call::each::Series<'static>;
                                match crate::call::each::next_frame(t, series, Some(v.counted()), TRACED) {
                                    Ok(Some(next)) => {
                                        frame = next;
                                        thread.current.store(frame, Relaxed);
                                        reload!();
                                        entered!();
                                    }
                                    Ok(None) => return Left::Returned(Value::none()),
                                    Err(e) => return Left::Raised(e),
                                }
                            }
                            Entry::Call | Entry::ForIter | Entry::Delegate => {
                                frame = previous;
                                reload!();
                                put!(dst, v);
                            }
                            Entry::Next => {
                                frame = previous;
                                reload!();
                                put!(dst, v);
                                let site = Word((*pc.sub(2)).load(Relaxed));
                                if matches!(op_of(site), Op::ForLoop) {
                                    jump!(site.jump16());
                                }
                            }
                            Entry::Init => {
                                frame = previous;
                                reload!();
                                put_word!(dst, instance);
                                if !v.is_none() {
                                    break 'run handlers::call::init_returned(t, &v);
                                }
                            }
                        }
                    }
                    Op::Yield => {
                        if TRACED {
                            save!();
                            attempt!(crate::trace::leaves(t, frame, view!(w.b())));
                        }
                        let v = if w.flags() & TAKE_B != 0 {
                            Value::from_bits(regs.add(w.b() as usize).replace(UNBOUND))
                        } else {
                            view!(w.b()).clone()
                        };
                        let v = if w.flags() & EXTRA != 0 { crate::generator::wrap_async(t, v) } else { v.counted() };
                        save!();
                        deliver!(v);
                    }
                    Op::YieldFrom => {
                        save!();
                        if !TRACED && let Some(g) = crate::generator::delegable(thread, view!(w.b()), word!(w.c())) {
                            let sent = Value::from_bits(regs.add(w.c() as usize).replace(UNBOUND));
                            let sent = if sent.is_unbound() { Value::none() } else { sent };
                            frame = g.enter(t, frame, Entry::Delegate, 0, Some(sent));
                            thread.current.store(frame, Relaxed);
                            reload!();
                            continue 'run;
                        }
                        let of_generator = TRACED && crate::generator::stops_by_exception(t, view!(w.b()));
                        match attempt!(crate::generator::delegate(t, &mut *frame, w)) {
                            Some(yielded) => {
                                if TRACED {
                                    attempt!(crate::trace::leaves(t, frame, &yielded));
                                }
                                // Resumption comes back to this instruction.
                                (*frame).pc = pc.sub(1);
                                deliver!(yielded.counted());
                            }
                            None => {
                                if of_generator {
                                    attempt!(crate::trace::stopped(t, frame, view!(w.a())));
                                }
                            }
                        }
                    }
                    Op::EndAsyncFor => {
                        save!();
                        if attempt!(handlers::exception::end_async_for(t, &mut *frame, w)) {
                            jump!(w.jump32());
                        }
                    }

                    // Followed by one word.
                    Op::StoreGlobal | Op::LoadName | Op::StoreName => {
                        save!();
                        attempt!(handlers::name::by_name(t, &mut *frame, op_of(w), w, &*pc));
                        pc = pc.add(1);
                    }
                    Op::CallKw => {
                        let names = (*pc).load(Relaxed) as usize;
                        pc = pc.add(1);
                        save!();
                        safepoint!(2);
                        if let Some(next) = attempt!(handlers::call::enter_kw(t, frame, w, names)) {
                            frame = next;
                            thread.current.store(frame, Relaxed);
                            reload!();
                            entered!();
                        }
                    }
                    Op::CallEx => {
                        save!();
                        safepoint!(1);
                        if let Some(next) = attempt!(handlers::call::enter_ex(t, frame, w)) {
                            frame = next;
                            thread.current.store(frame, Relaxed);
                            reload!();
                            entered!();
                        }
                    }
                    Op::LoadMappingOrCell | Op::UnpackEx | Op::BuildConstKeyMap => {
                        let argument = (*pc).load(Relaxed);
                        pc = pc.add(1);
                        save!();
                        attempt!(handlers::with_argument(t, &mut *frame, op_of(w), w, argument));
                    }
                    op => {
                        save!();
                        attempt!(handlers::cold(t, &mut *frame, op, w));
                    }
                }
            } };
            // `pc` was saved by whoever raised.
            match unwind(t, frame, raised) {
                Landing::Handler(f) => {
                    frame = f;
                    thread.current.store(frame, Relaxed);
                    reload!();
                    continue 'frames;
                }
                Landing::Leave(e) => return Left::Raised(e),
            }
        }
    }
}

/// The native stack is exhausted before the first instruction: the frame ends at once.
#[cold]
unsafe fn leave_at_once(t: Attached<'_>, frame: *mut Frame, e: Raised) -> Raised {
    // SAFETY: as `run`'s caller says; the frame's pc is at its first instruction or where it was suspended.
    unsafe {
        let previous = (*frame).previous;
        let e = if (*frame).generator.is_null() {
            crate::unwind::end(t, frame);
            e
        } else {
            crate::generator::finish_with_error(t, frame, e)
        };
        eval_thread(t).current.store(previous, Relaxed);
        e
    }
}

/// The truth of a value, for callers in this crate.
#[inline]
pub fn truth(t: Attached<'_>, v: &Value) -> PyResult<bool> {
    protocol::truth(t, v)
}
