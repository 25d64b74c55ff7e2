//! Messages out of a stream of octets: by line, by length, by record.
//!
//! | frames | here |
//! |---|---|
//! | lines, as Python's `readline` | [`LineReader`] |
//! | a length, then so many octets | [`PrefixReader`] |
//! | records of one size | [`RecordReader`](crate::pack::RecordReader) |
//!
//! Each is for both styles: `feed` takes octets as a
//! [`StreamHandler`](crate::serve::StreamHandler) gets them, `read` reads from
//! anything that `embedded_io` can read. Each keeps what came of the current frame
//! in a buffer of its own, of a size that the type says; a frame that does not fit
//! is told as [`TooLong`], skipped, and the next one is read whole. So a peer can
//! neither make memory grow nor get a piece of a frame taken for one.

mod error;
mod line;
mod prefix;
#[cfg(test)]
mod tests;

pub use error::{FrameError, TooLong};
pub use line::LineReader;
pub use prefix::{Prefix, PrefixReader};
