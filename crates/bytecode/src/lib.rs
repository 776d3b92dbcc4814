//! The instruction set and code objects.
#![forbid(unsafe_code)]
