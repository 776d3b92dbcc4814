//! Faults and outcomes. A fault is plain data; the runtime makes the exception.

use orochi_syntax::SyntaxFault;

/// Result of a compiler step. The fault is boxed: it is large and rare.
pub type Outcome<T = ()> = Result<T, Box<SyntaxFault>>;
