//! Rust's own types as the values of formats at run time.
//!
//! Where a program knows its values and only the layout is configured, a tuple says
//! the types once, and a record costs little more than with a literal format: where
//! the items are of just these types, one comparison for each is enough to know it.

mod element;
mod number;
mod records;
mod text;
mod tuple;

pub use element::{PackElement, UnpackElement};
pub use records::TuplesOf;
pub use tuple::{PackTuple, UnpackTuple};
