use embedded_io::{ErrorType, Read, Write};

use super::Packet;
use crate::{Error, ErrorKind};

/// What a [`StreamRequestHandler`] reads and writes: anything that `embedded_io`
/// can, with an error of ours.
///
/// ```
/// use amphi_core::serve::{Connection, Rehearsal};
///
/// /// Reads a number of one digit; for each connection that there can be.
/// fn digit<C: Connection>(connection: &mut C) -> Result<Option<u8>, C::Error> {
///     let mut octet = [0];
///     let count = connection.read(&mut octet)?;
///     Ok((count == 1 && octet[0].is_ascii_digit()).then_some(octet[0] - b'0'))
/// }
///
/// assert_eq!(digit(&mut Rehearsal::new(b"7 up", &mut []))?, Some(7));
/// assert_eq!(digit(&mut Rehearsal::new(b"up", &mut []))?, None);
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub trait Connection: Read + Write + ErrorType<Error: Error> {}

impl<C: Read + Write + ErrorType<Error: Error>> Connection for C {}

/// Serves one connection, written straight down: Python's `StreamRequestHandler`.
///
/// Reading and writing wait, so the handler has its own flow of control: it is for
/// a [`RequestServer`](super::RequestServer), which serves one connection after
/// the other, or each in a thread or a process of its own. The connection is
/// Python's `rfile` and `wfile` in one; the limits of the server end the waits.
///
/// ```
/// use amphi_core::serve::{Connection, Rehearsal, StreamRequestHandler};
///
/// struct Upper;
///
/// impl StreamRequestHandler for Upper {
///     fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
///         let mut buf = [0; 64];
///         loop {
///             let count = connection.read(&mut buf)?;
///             if count == 0 {
///                 return Ok(());
///             }
///             buf[..count].make_ascii_uppercase();
///             connection.write_all(&buf[..count])?;
///         }
///     }
/// }
///
/// let mut output = [0; 16];
/// let mut rehearsal = Rehearsal::new(b"hello", &mut output);
/// Upper.handle(&mut rehearsal)?;
/// assert_eq!(rehearsal.written(), b"HELLO");
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub trait StreamRequestHandler {
    /// Called first. When it fails, that is all.
    ///
    /// # Errors
    ///
    /// What the connection reports, or any [`ErrorKind`] of the handler's own.
    fn setup<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        let _ = connection;
        Ok(())
    }

    /// Serves the connection. When it returns, the connection is closed in order.
    ///
    /// # Errors
    ///
    /// What the connection reports, or any [`ErrorKind`] of the handler's own; the
    /// server's [`handle_error`](crate::serve::Hooks::handle_error) is told.
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error>;

    /// Called last, also when `handle` failed.
    ///
    /// # Errors
    ///
    /// As [`handle`](Self::handle), whose own error is told first.
    fn finish<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        connection.flush()
    }
}

/// Answers one datagram, written straight down: Python's `DatagramRequestHandler`.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::serve::{DatagramRequestHandler, Packet};
/// use embedded_io::{Read, Write};
///
/// struct Length;
///
/// impl DatagramRequestHandler for Length {
///     fn handle(&mut self, rfile: &mut &[u8], wfile: &mut Packet<'_>) -> Result<(), ErrorKind> {
///         write!(wfile, "{} octets", rfile.len()).map_err(|_| ErrorKind::MessageTooLong)
///     }
/// }
///
/// let mut room = [0; 16];
/// let mut wfile = Packet::new(&mut room);
/// Length.handle(&mut &b"hello"[..], &mut wfile)?;
/// assert_eq!(wfile.written(), b"5 octets");
/// # Ok::<(), ErrorKind>(())
/// ```
pub trait DatagramRequestHandler {
    /// Reads the datagram from `rfile` and writes the answer into `wfile`. What is
    /// there at the end is sent, unless it is nothing. (Python sends that, too; two
    /// such servers could then answer each other for ever.)
    ///
    /// # Errors
    ///
    /// Any of the handler's own; then nothing is sent.
    fn handle(&mut self, rfile: &mut &[u8], wfile: &mut Packet<'_>) -> Result<(), ErrorKind>;
}
