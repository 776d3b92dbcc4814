//! Tokens.

