//! Running bytecode: code objects, functions, frames, the eval loop, generators, tracebacks.
//!
//! ```text
//! call.rs ---> frame on the thread's stacks (frame.rs) ---> eval_loop.rs: dispatch
//!                                                              |  hot instructions inline
//!                                                              `- others in handlers/
//! unwind.rs: an exception looks for its handler      generator.rs: frames that are suspended
//! ```
//! A Python-to-Python call does not recurse in Rust: `eval_loop` pushes a frame and goes on.

pub mod all_frames;
mod at_rest;
pub mod call;
pub mod class;
pub mod code;
pub mod code_list;
pub mod eval_loop;
pub mod frame;
pub mod frame_locals;
pub mod frame_object;
pub mod function;
pub mod generator;
mod handlers;
pub mod import;
pub mod import_times;
pub mod site_table;
pub mod start;
mod jump;
pub mod trace;
pub mod traceback;
pub mod unwind;
