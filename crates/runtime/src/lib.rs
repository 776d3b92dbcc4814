//! Who may run Python when.
//!
//! This crate knows threads, domains, locks and pauses; it knows nothing of objects. The one idea is the *ownership domain*: a set
//! of threads of which at most one runs Python at a time. With a lock a domain is what the lock guards, without one it is a thread.
//! Everything else follows from two questions that a thread asks of its domain: "may I enter?" ([`attach`]) and "must I pause?"
//! ([`safepoint`]).
//!
//! | file | role |
//! |---|---|
//! | `sync.rs`, `sync/` | atomics and futex facade (swappable for a model checker), one-byte locks, event, parker |
//! | `domain.rs` | domain ids, owner word, borrowing, adoption of orphans |
//! | `merge_queue.rs` | objects handed to the domain that owns their count |
//! | `thread_local.rs` | the current domain and thread, and whether objects are shared |
//! | `thread.rs` | one entry per OS thread and interpreter |
//! | `registry.rs` | the list of those entries |
//! | `safepoint.rs` | the pending word: every reason a thread may pause |
//! | `gil.rs`, `gil/` | the lock: fairness, switch interval, drop requests, policies |
//! | `lock_mode.rs`, `lock_mode/` | the three modes, same functions in the same order |
//! | `attach.rs` | entering and leaving Python |
//! | `stop_world.rs` | all threads at rest |
//! | `qsbr.rs` | memory that a lock-free reader may still see |
//! | `fork.rs` | one thread in the child |
//! | `finalize.rs` | the end: daemon threads never run again |
//! | `runtime.rs` | `RuntimeBase` and `InterpreterBase`, where the parts meet |

pub mod attach;
pub mod domain;
pub mod finalize;
pub mod fork;
pub mod gil;
pub mod lock_mode;
pub mod merge_queue;
pub mod qsbr;
pub mod registry;
pub mod runtime;
pub mod safepoint;
pub mod stop_world;
pub mod sync;
pub mod thread;
pub mod thread_local;

pub use attach::{detached, try_detached};
pub use domain::{Domain, DomainId, DomainTable, MergePush};
pub use finalize::Finalizing;
pub use gil::{Gil, GilPolicy};
pub use lock_mode::LockMode;
pub use merge_queue::MergeQueue;
pub use qsbr::retire;
pub use runtime::{InterpreterBase, RuntimeBase, RuntimeConfig};
pub use safepoint::bits;
pub use stop_world::stop_world;
pub use sync::{Event, Locked, LockedGuard, ObjectLock, Parker};
pub use thread::{StartError, ThreadBase, ThreadState};
pub use thread_local::{
    current_domain, current_thread, objects_are_shared, set_current_domain, with_current_thread,
};
