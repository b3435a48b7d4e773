//! Sequences of codes.

mod patterns;

pub use patterns::{Cursor, Expected, Pattern, Place, Symbol};
