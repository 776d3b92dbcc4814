//! Type machinery and every builtin type.
//!
//! Reading order: `thread` (who we are), `spec` and `slots` (how types are declared), `type_` and
//! `map` (classes and hidden classes), `attr` (attribute access), `args` and `native` (native
//! functions), `dunder` (Python's names of slots), `protocol` (what operators mean), then a file or
//! folder for each builtin type.

pub mod args;
pub mod attr;
pub mod bool_;
pub mod buffer;
pub mod bytearray;
pub mod bytes;
pub mod callable_iterator;
mod bytes_type;
pub mod cell;
pub mod class_method;
pub mod codecs;
pub mod complex;
pub mod dict;
mod dict_type;
pub mod dunder;
pub mod enumerate;
pub mod exception;
pub mod filter;
pub mod float;
pub mod generic_alias;
pub mod import_lock;
pub mod int;
pub mod iter;
pub mod list;
mod list_type;
pub mod map;
pub mod map_;
pub mod mapping_proxy;
pub mod member;
pub mod memoryview;
pub mod module;
pub mod names;
pub mod native;
pub mod number;
pub mod object;
pub mod object_methods;
pub mod percent;
pub mod property;
pub mod protocol;
pub mod range;
pub mod result_tuple;
pub mod reversed;
pub mod running_loop;
pub mod settings;
pub mod simple_namespace;
pub mod set;
pub mod singletons;
pub mod slice;
mod slice_type;
pub mod slots;
pub mod spec;
pub mod start;
pub mod static_method;
pub mod str;
pub mod str_format;
mod str_type;
pub mod struct_sequence;
pub mod super_;
pub mod template;
pub mod thread;
pub mod tuple;
mod tuple_type;
pub mod type_;
pub mod union_;
mod value_run;
pub mod weak_ref;
mod wrapped;
pub mod zip;

pub use args::Args;
pub use orochi_heap::{Payload, Slot, Value, payload};
pub use module::ModuleSpec;
pub use slots::{CompareOp, Def};
pub use spec::{GetSet, Method, TypeSpec, flags};
pub use thread::{Attached, Interpreter, PyResult, Raised, Runtime, RuntimeOptions, Thread, Upward};

#[cfg(test)]
mod tests;
