use embedded_io::{ErrorType, Read, Write};

use crate::ErrorKind;

/// A connection without a socket, for a handler's own tests: it reads from a slice,
/// then the end of file, and writes into another.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::serve::Rehearsal;
/// use embedded_io::{Read, Write};
///
/// let mut output = [0; 4];
/// let mut connection = Rehearsal::new(b"in", &mut output);
/// assert_eq!(connection.read(&mut [0; 8])?, 2);
/// assert_eq!(connection.read(&mut [0; 8])?, 0); // the end
/// connection.write_all(b"out")?;
/// assert_eq!(connection.written(), b"out");
/// assert_eq!(connection.write_all(b"more"), Err(ErrorKind::BrokenPipe));
/// # Ok::<(), ErrorKind>(())
/// ```
#[derive(Debug)]
pub struct Rehearsal<'r> {
    input: &'r [u8],
    output: &'r mut [u8],
    len: usize,
}

impl<'r> Rehearsal<'r> {
    /// Reads `input`, and has room for `output.len()` octets; more is `BrokenPipe`,
    /// as of a peer that has gone.
    pub const fn new(input: &'r [u8], output: &'r mut [u8]) -> Self {
        Self {
            input,
            output,
            len: 0,
        }
    }

    /// What was written so far.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        self.output.get(..self.len).unwrap_or_default()
    }

    /// What was not read yet.
    #[must_use]
    pub const fn unread(&self) -> &[u8] {
        self.input
    }
}

impl ErrorType for Rehearsal<'_> {
    type Error = ErrorKind;
}

impl Read for Rehearsal<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        // A slice cannot fail to be read.
        Ok(self.input.read(buf).unwrap_or(0))
    }
}

impl Write for Rehearsal<'_> {
    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        let room = self.output.get_mut(self.len..).unwrap_or_default();
        let count = buf.len().min(room.len());
        if count == 0 && !buf.is_empty() {
            return Err(ErrorKind::BrokenPipe);
        }
        for (to, from) in room.iter_mut().zip(buf) {
            *to = *from;
        }
        self.len += count;
        Ok(count)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
