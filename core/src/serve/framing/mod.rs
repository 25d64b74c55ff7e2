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
//!
//! # Replies that are longer than their requests
//!
//! All input of a call counts as taken, and a peer that sends many requests at once may
//! be slow to take the replies. So a handler whose replies are longer than the frames that
//! ask for them looks for room first, keeps the input that is left, and answers
//! [`Next::More`](crate::serve::Next::More). Nothing is read before that is dealt with, so
//! there is never more of it than the slot's buffer has room for; and that must have room
//! for the longest reply.
//!
//! ```
//! use amphi_core::serve::framing::LineReader;
//! use amphi_core::serve::{Next, Reply, StreamHandler};
//!
//! /// Says each line three times.
//! struct Thrice {
//!     lines: LineReader<8>,
//!     /// An array does as well, where there is no heap.
//!     left: Vec<u8>,
//! }
//!
//! impl StreamHandler for Thrice {
//!     fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
//!         self.left.extend_from_slice(input);
//!         let mut rest = &self.left[..];
//!         while reply.room() >= 3 * 9 {
//!             let Some(line) = self.lines.feed(&mut rest) else {
//!                 break;
//!             };
//!             let Ok(line) = line else {
//!                 return Next::Abort;
//!             };
//!             for _ in 0..3 {
//!                 reply.send(line);
//!                 reply.send(b"\n");
//!             }
//!         }
//!         let taken = self.left.len() - rest.len();
//!         self.left.drain(..taken);
//!         if self.left.is_empty() { Next::Keep } else { Next::More }
//!     }
//! }
//!
//! let mut thrice = Thrice { lines: LineReader::new(), left: Vec::new() };
//! let mut kept = [0; 30]; // and a socket that takes nothing
//! let answer = Reply::record(&mut kept, |reply| thrice.handle(b"one\ntwo\nth", reply));
//! assert_eq!(answer, (Next::More, 12));
//! let answer = Reply::record(&mut kept, |reply| thrice.handle(b"", reply));
//! assert_eq!(answer, (Next::More, 12));
//! let answer = Reply::record(&mut kept, |reply| thrice.handle(b"", reply));
//! assert_eq!(answer, (Next::Keep, 0));
//! let answer = Reply::record(&mut kept, |reply| thrice.handle(b"ree\n", reply));
//! assert_eq!((answer, &kept[..6]), ((Next::Keep, 18), &b"three\n"[..]));
//! ```

mod error;
mod line;
mod prefix;
#[cfg(test)]
mod tests;

pub use error::{FrameError, TooLong};
pub use line::LineReader;
pub use prefix::{Prefix, PrefixReader};
