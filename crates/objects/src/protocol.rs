//! What operators and builtin operations mean on any value: the abstract object protocol.
//!
//! One file a family: calls, attributes of types, numbers, comparison, containers, iteration, text.

mod call;
mod compare;
mod container;
mod each;
mod instance;
mod iterate;
mod number;
mod text;

pub use call::{builtin, call, call_args, call_method, call_method_args, call_special, has_special, is_callable, lookup_special};
pub use compare::{compare, compare_bool, equal, equal_or_same, hash, is_true, truth};
pub use container::{
    contains, contains_by_iteration, del_item, get_item, length, length_hint, normalize_index, set_item, slice_indices,
};
pub use instance::{claimed_class, is_instance, is_subclass, real_is_instance, real_is_subclass};
pub use each::{EachStep, NativeLoop, call_each};
pub use iterate::{Members, Sink, collect, end_or, for_each, get_iter, is_iterable, is_iterator, members_at_once, next, next_pair, walk_iterator};
pub use number::{
    Operator, as_index, as_size, binary, expect_i64, expect_usize, inplace, negate, invert, positive, power, to_float, to_int,
};
pub(crate) use text::format_into;
pub use text::{ascii, display_repr, format, repr, str};
