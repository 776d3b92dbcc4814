//! An exception looks for its handler: in the exception table of the frame, then in the callers', up
//! to where Rust called.

use orochi_bytecode::Op;
use orochi_bytecode::word::Word;
use orochi_heap::Value;
use orochi_objects::{Attached, Raised};

use crate::frame::{Entry, Frame, eval_thread, release_range};

/// Where execution goes on.
pub enum Landing {
    /// In this frame, whose `pc` is at the handler.
    Handler(*mut Frame),
    /// In Rust: the exception leaves the loop.
    Leave(Raised),
}

/// Finds the handler of the exception in flight, ending the frames that have none. `frame.pc` is
/// behind the instruction that raised.
pub(crate) fn unwind(t: Attached<'_>, mut frame: *mut Frame, raised: Raised) -> Landing {
    let mut raised = raised;
    loop {
        // SAFETY: frames in the chain live.
        let f = unsafe { &mut *frame };
        let code = f.code();
        let pc = f.pc_index();
        let word = code.words.get(pc as usize).map_or(0, |w| w.load(std::sync::atomic::Ordering::Relaxed));
        let reraise = Op::from_byte(Word(word).op_byte()) == Some(Op::Reraise);
        if !reraise {
            crate::traceback::add_frame(t, frame, &raised);
            // A bare `raise` goes on with an exception that the frame has seen.
            let again = Op::from_byte(Word(word).op_byte()) == Some(Op::RaiseCurrent);
            if eval_thread(t).tracing.on() && !again {
                raised = crate::trace::raised(t, frame, raised);
            }
        }
        if let Some(handler) = code.code.handler_at(pc) {
            let exception = t.take_raised(raised);
            // SAFETY: the table was checked by the verifier: registers lie in the window.
            unsafe {
                release_range(f.regs.add(handler.release_from as usize), f.regs.add(code.register_count));
                let place = f.regs.add(handler.register as usize);
                drop(Value::from_bits(place.replace(exception.into_bits())));
                f.pc = code.words.as_ptr().add(handler.target as usize);
            }
            return Landing::Handler(frame);
        }
        if eval_thread(t).tracing.on() {
            raised = crate::trace::unwound(t, frame, raised);
        }
        let entry = f.entry;
        let previous = f.previous;
        let generator = f.generator;
        if !generator.is_null() {
            // SAFETY: the generator object is held by whoever resumed it.
            raised = unsafe { crate::generator::finish_with_error(t, frame, raised) };
        } else {
            // SAFETY: the frame ends; its registers hold valid words.
            unsafe { end(t, frame) };
        }
        eval_thread(t).current.store(previous, std::sync::atomic::Ordering::Relaxed);
        if entry == Entry::Next && t.raised_is(&raised, &orochi_objects::exception::StopIteration) {
            drop(t.take_raised(raised));
            // SAFETY: the caller waits in the loop that called `__next__`.
            unsafe { crate::handlers::iterate::loop_is_over(previous) };
            return Landing::Handler(previous);
        }
        if entry.leaves() {
            return Landing::Leave(raised);
        }
        frame = previous;
    }
}

/// Ends a frame of the frame stack: releases its registers and words and gives its place back.
///
/// # Safety
/// The frame is the topmost of the frame stack and does not run any more.
pub unsafe fn end(t: Attached<'_>, frame: *mut Frame) {
    // SAFETY: as the caller says.
    unsafe {
        let f = &mut *frame;
        if f.object != orochi_heap::value::UNBOUND {
            crate::frame_object::detach(t, frame);
        }
        release_range(f.regs, f.regs.add(f.code().register_count));
        f.release_words();
    }
    eval_thread(t).pop_frame();
}
