//! Python's `struct`: values into octets by a format, and back.
//!
//! Where the format is a literal, [`record!`] makes a type of it: its size, its
//! offsets and the tuple of its values are constants, packing and unpacking compile
//! to the stores and loads that one would write by hand, and a wrong format or a
//! wrong value does not compile. Where the format is known only at run time,
//! [`Format`] reads it into the caller's storage and works on tuples of Rust's own
//! types, or, where those are not known either, on [`Value`]s.
//!
//! ```
//! use amphi_core::pack::{Format, Item, Value, record};
//!
//! record! {
//!     /// The header of a UDP datagram.
//!     pub struct Udp = "!4H";
//! }
//! const HEADER: [u8; 8] = Udp::pack(([7, 5000, 8, 0],));
//! let ([source, destination, ..],) = Udp::unpack(&HEADER);
//! assert_eq!((source, destination), (7, 5000));
//!
//! let mut items = [Item::EMPTY; 4];
//! let format = Format::parse("!4H", &mut items)?;
//! let ([source, ..],): ([u16; 4],) = format.unpack_tuple(&HEADER, 0)?;
//! assert_eq!(source, 7);
//! assert_eq!(format.unpack_from(&HEADER, 0)?.next(), Some(Value::Unsigned(7)));
//! # Ok::<(), amphi_core::pack::PackError>(())
//! ```
//!
//! # Python and here
//!
//! | Python `struct` | literal format | format at run time |
//! |---|---|---|
//! | `Struct(format)` | [`record!`] | [`Format::parse`] |
//! | `s.format`, `s.size` | `FORMAT`, `SIZE`; also `OFFSETS` | [`Format::size`], [`Format::values`] |
//! | `calcsize(format)` | [`calcsize`], in `const` | [`calcsize`] |
//! | `pack(format, …)` | `pack`, [`pack!`] | |
//! | `pack_into(format, buf, offset, …)` | `pack_into` | [`Format::pack_tuple`], [`Format::pack_into`], [`pack_into`] |
//! | `unpack(format, octets)` | `unpack`, [`unpack!`] | |
//! | `unpack_from(format, buf, offset)` | `unpack_from` | [`Format::unpack_tuple`], [`Format::unpack_from`], [`Format::unpack_into`], [`unpack_from`] |
//! | `iter_unpack(format, buf)` | `iter_unpack` | [`Format::iter_unpack_tuples`], [`Format::unpack_records`], [`Format::iter_unpack`] |
//! | `b"".join(s.pack(*v) for v in …)` | | [`Format::pack_records`] |
//! | `sock.recv(s.size)` in a loop | [`RecordReader`] | |
//! | `sock.sendall(s.pack(…))` | [`RecordWriter`] | |
//! | `struct.error`, `OverflowError` | [`PackError`] | [`PackError`] |
//!
//! # Codes
//!
//! | code | literal format, element of a tuple | [`Value`] | octets (in `@` those of C) |
//! |---|---|---|---|
//! | `x` | none | none | 1, zero |
//! | `c` | `u8` | `Bytes`, one octet | 1 |
//! | `b` `B` | `i8` `u8` | `Signed` `Unsigned` | 1 |
//! | `?` | `bool` | `Bool` | 1, any but zero is true |
//! | `h` `H` | `i16` `u16` | `Signed` `Unsigned` | 2 |
//! | `i` `I`, `l` `L` | `i32` `u32`, in `@` as C's | `Signed` `Unsigned` | 4 |
//! | `q` `Q` | `i64` `u64` | `Signed` `Unsigned` | 8 |
//! | `n` `N`, only in `@` | `isize` `usize` | `Signed` `Unsigned` | those of `size_t` |
//! | `P`, only in `@` | `usize` | `Unsigned` | those of a pointer |
//! | `e` | [`Half`] | `Float` | 2 |
//! | `f` `d` | `f32` `f64` | `Float` | 4, 8 |
//! | `Ns` | `[u8; N]` | `Bytes`, cut or filled with zeros | N |
//! | `Np` | [`Pascal<N>`](Pascal) | `Bytes`, the text | N |
//! | `Nc`, `NI`, … | `[T; N]` for N other than 1 | N values | N times as many |
//!
//! [`Order`] tells the first character, `@ = < > !`. White space may stand between
//! items. `@` aligns each item as C does on the target and never pads the end: a
//! count of zero does (`llh0l`).
//!
//! # What it costs
//!
//! A literal format costs what one would write by hand. A format at run time takes three
//! times as many instructions with a tuple whose elements are of the types in this table,
//! four to five times as many with the [`Value`]s of [many records](Format::unpack_records)
//! at once, and eight to ten times as many with those of one record.
//!
//! # What differs from Python
//!
//! - In a literal format, and in a tuple, a count makes an array, not as many values: a
//!   tuple of Rust has no hundred places. With [`Value`]s it makes as many values.
//! - In a literal format, `Ns` takes exactly N octets; Python cuts and fills in
//!   silence, which the type can prevent.
//! - Offsets are not counted from the end; a negative one cannot be expressed.
//! - `0p` unpacks to no octets, where Python 3.11 raises `SystemError`.
//! - [`Pascal`] keeps at most 255 octets of text; Python, and a format at run time, also
//!   store those beyond, which the length cannot tell and nobody reads.
//! - `P` takes no negative number, which is no address; Python wraps it.
//! - A NaN keeps its upper bits in `e`, as in Python since 3.14; before, all became one.
//! - An integer of more than 64 bits cannot be given at all, and a value that Python
//!   would convert by `__index__`, `__float__` or `__bool__` is converted by the caller.
//! - A format is `str`, and a character beyond ASCII or NUL is a bad one.
//!
//! Source: Python's `Modules/_struct.c` and `Doc/library/struct.rst`, 3.11 to 3.13.

mod code;
mod column;
mod error;
mod field;
mod format;
mod half;
mod interpret;
mod item;
mod macros;
mod octets;
mod pascal;
mod plan;
mod record;
mod scan;
mod step;
mod stream;
mod table;
mod tuple;
mod typed;
mod unpacked;
mod value;
mod verdict;

#[doc(inline)]
pub use crate::{__pack_pack as pack, __pack_record as record, __pack_unpack as unpack};
pub use code::Order;
pub use error::{PackError, PackErrorKind};
pub use format::{Format, pack_into, unpack_from};
pub use half::Half;
pub use pascal::Pascal;
pub use record::{Record, Records};
pub use scan::{Item, calcsize};
pub use stream::{ReadError, RecordReader, RecordWriter};
pub use typed::{PackElement, PackTuple, TuplesOf, UnpackElement, UnpackTuple};
pub use unpacked::{RecordsOf, Unpacked};
pub use value::Value;

/// What the macros need to reach, and nobody else.
#[doc(hidden)]
pub mod __private {
    pub use core::result::Result;

    pub use super::field::{Code, Field};
    pub use super::octets::{chunk, place, zeros};
    pub use super::plan::Plan;
    pub use super::tuple::{Fields, Tuple};
    pub use super::verdict::*;
}
