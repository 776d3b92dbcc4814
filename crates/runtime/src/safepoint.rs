//! Safepoints: the one place where a running thread pauses.
//!
//! Each thread has a word, `pending`, in which every reason to pause is a bit. The eval loop loads it, relaxed, on back-edges and
//! calls; while it is zero nothing else happens. What concerns who may run (hand-over, world stop, quiescence, the end) is dealt with
//! here; what concerns Python (signals, exceptions, merges ...) is returned to the caller.
//!
//! Setting a bit publishes what was written before it (release), dealing with it acquires. The load itself may be relaxed because the
//! slow path loads again. A bit that is set by mistake, or for a thread that has just left, costs one turn of the slow path.

use crate::attach;
use crate::lock_mode;
use crate::sync::atomic::Ordering;
use crate::sync::guards_held;
use crate::thread::ThreadBase;

/// The reasons to pause, as bits of the pending word.
pub mod bits {
    /// Another thread wants the lock and has waited long enough.
    pub const LOCK_REQUEST: u32 = 1 << 0;
    /// Another thread stops the world.
    pub const STOP_WORLD: u32 = 1 << 1;
    /// Retired memory waits for this thread to pass a quiescent point.
    pub const QUIESCENT: u32 = 1 << 2;
    /// The interpreter ends and this thread must never run Python again.
    pub const FINALIZING: u32 = 1 << 3;
    /// The merge queue of this thread's domain has work, or that of a domain in which nobody runs (`RuntimeBase::merge_idle`).
    pub const MERGE: u32 = 1 << 4;
    /// A signal has arrived (main thread).
    pub const SIGNAL: u32 = 1 << 5;
    /// An exception was sent by another thread.
    pub const ASYNC_EXC: u32 = 1 << 6;
    /// Calls that the host has queued for this thread or interpreter.
    pub const PENDING_CALL: u32 = 1 << 7;
    /// The cycle collector wants to run.
    pub const COLLECT: u32 = 1 << 8;
    /// A sampling profiler wants the stack.
    pub const PROFILE: u32 = 1 << 9;
    /// The stepping scheduler decides who goes on.
    pub const STEP: u32 = 1 << 10;
    /// A limit of the host (fuel, time, memory) was reached.
    pub const LIMIT: u32 = 1 << 11;
    /// Trace or monitoring settings have changed.
    pub const INSTRUMENT: u32 = 1 << 12;
    /// First of the bits that this crate gives no meaning.
    pub const FIRST_FREE: u32 = 1 << 16;

    /// The bits that `safepoint_slow` deals with itself.
    pub const HANDLED_HERE: u32 = LOCK_REQUEST | STOP_WORLD | QUIESCENT | FINALIZING;
}

impl ThreadBase {
    /// Whether something wants this thread to pause: one relaxed load.
    #[inline(always)]
    #[must_use]
    pub fn safepoint(&self) -> bool {
        debug_assert!(guards_held() == 0, "a safepoint while a lock guard is held");
        self.pending.load(Ordering::Relaxed) != 0
    }

    /// Pauses as asked and returns the bits that are the caller's business.
    ///
    /// The returned bits stay set; the caller clears each with [`take_pending`](Self::take_pending) just before it deals with it, so
    /// that a request which arrives meanwhile is not lost. If the interpreter is ending and this is not the thread that ends it, the
    /// call does not return. Only the attached thread itself calls it.
    #[cold]
    pub fn safepoint_slow(&self) -> u32 {
        match self.try_safepoint_slow() {
            Ok(rest) => rest,
            Err(crate::Finalizing) => crate::finalize::hang(),
        }
    }

    /// As [`safepoint_slow`](Self::safepoint_slow), but returns when the interpreter is ending. The thread is detached then, and stays
    /// so: no attach succeeds any more.
    ///
    /// # Errors
    /// `Finalizing`, as said.
    #[cold]
    pub fn try_safepoint_slow(&self) -> Result<u32, crate::Finalizing> {
        crate::sync::assert_may_pause("a safepoint");
        debug_assert!(
            std::ptr::eq(crate::current_thread(), self),
            "a safepoint of a thread that is not attached here"
        );
        // One hand-over a call: a thread that has got the lock back makes at least one step of Python before it gives it away again,
        // however short the switch interval. With two impatient threads nobody would ever get on otherwise.
        let mut handed_over = false;
        loop {
            let pending = self.pending.load(Ordering::Acquire);
            let here = bits::HANDLED_HERE & if handed_over { !bits::LOCK_REQUEST } else { !0 };
            if pending & here == 0 {
                return Ok(pending & !bits::HANDLED_HERE);
            }
            if pending & bits::FINALIZING != 0 {
                self.detach();
                return Err(crate::Finalizing);
            }
            if pending & bits::STOP_WORLD != 0 {
                attach::pause_for_world(self)?;
            }
            if pending & bits::QUIESCENT != 0 {
                self.take_pending(bits::QUIESCENT);
                self.runtime().qsbr.quiesce(self);
            }
            if pending & here & bits::LOCK_REQUEST != 0 {
                handed_over = true;
                self.take_pending(bits::LOCK_REQUEST);
                attach::clear_current();
                lock_mode::hand_over(self);
                attach::finish_attach(self)?;
            }
        }
    }

    /// Sets bits of this thread's word. From any thread, and from a signal handler.
    #[inline]
    pub fn request(&self, bits: u32) {
        // SeqCst: a stopper sets its bit, then looks whether the thread has detached; a detaching thread does it the other way round.
        self.pending.fetch_or(bits, Ordering::SeqCst);
    }

    /// Clears bits and returns which of them were set.
    #[inline]
    pub fn take_pending(&self, bits: u32) -> u32 {
        self.pending.fetch_and(!bits, Ordering::SeqCst) & bits
    }

    /// The word itself, for an eval loop that keeps its address in a register. Only to be loaded.
    #[inline]
    #[must_use]
    pub fn pending_word(&self) -> &crate::sync::atomic::AtomicU32 {
        &self.pending
    }
}
