//! The methods of `str` that need to know characters: case, questions about whole strings, translation.
//!
//! What only needs bytes is in [`crate::search`] and [`crate::pad`]; `repr` is in [`crate::repr`].

mod case;
mod predicates;
#[cfg(test)]
mod tests;
mod translate;

pub use case::{capitalize, casefold, lower, swapcase, title, upper};
pub use predicates::{
    is_alnum, is_alpha, is_decimal, is_digit, is_identifier, is_lower, is_numeric, is_printable,
    is_space, is_title, is_upper,
};
pub use translate::{Translated, translate};
