use core::fmt;

use embedded_io::{ErrorType, Read, Write};

use super::Outcome;
use crate::serve::{Closed, Limits, Tally};
use crate::socket::{Blocking, Shutdown, Stream};
use crate::time::{Duration, Instant};
use crate::{Error, ErrorKind};

/// A connection whose reads and writes wait, as long as the limits allow: what a
/// [`StreamRequestHandler`](super::StreamRequestHandler) gets.
///
/// ```
/// use amphi_core::serve::{Closed, Connection, Job, Limits, StreamJob, StreamRequestHandler};
/// use amphi_core::socket::{Blocking, Net, Socket};
/// use amphi_core::time::Duration;
/// use amphi_std::Host;
///
/// struct Patient;
///
/// impl StreamRequestHandler for Patient {
///     fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
///         connection.read(&mut [0; 8]).map(drop) // an exchange, whose limits end the wait
///     }
/// }
///
/// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 1)?;
/// let silent = Blocking::connect(Host, listener.local()?, None)?;
/// let (stream, remote) = Blocking::new(listener).accept()?;
/// let idle = Some(Duration::from_millis(1));
/// let limits = Limits { idle, linger: Duration::ZERO, ..Limits::DEFAULT };
/// let job = StreamJob::new(stream.into_inner(), remote, Patient, limits, Host.now());
/// assert_eq!(job.run().why, Closed::Idle);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct Exchange<S: Stream> {
    stream: Blocking<S>,
    limits: Limits,
    /// When [`Limits::total`] ends it.
    until: Instant,
    tally: Tally,
    eof: bool,
    /// The limit that ended it.
    ended: Option<Closed>,
}

impl<S: Stream> Exchange<S> {
    pub(super) fn new(stream: S, limits: Limits, opened: Instant) -> Self {
        Self {
            stream: Blocking::new(stream),
            until: limits.total.map_or(Instant::NEVER, |total| opened + total),
            limits,
            tally: Tally::default(),
            eof: false,
            ended: None,
        }
    }

    /// The octets that went through so far.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// Does `operation`, which may wait for `limit` and until the total time is over.
    fn wait<T>(
        &mut self,
        limit: Option<Duration>,
        beyond: Closed,
        operation: impl FnOnce(&mut Blocking<S>) -> Result<T, S::Error>,
    ) -> Result<T, S::Error> {
        let mut timeout = limit.map(|limit| limit.max(Duration::from_micros(1)));
        if self.until != Instant::NEVER {
            let left = self.until - self.stream.get_ref().now();
            if left.is_zero() {
                self.ended = Some(Closed::Expired);
                return Err(ErrorKind::TimedOut.into());
            }
            timeout = Some(timeout.map_or(left, |timeout| timeout.min(left)));
        }
        self.stream.set_timeout(timeout);
        let result = operation(&mut self.stream);
        if let Err(error) = &result
            && error.reason() == ErrorKind::TimedOut
        {
            let expired = self.stream.get_ref().now() >= self.until;
            self.ended = Some(if expired { Closed::Expired } else { beyond });
        }
        result
    }

    /// The peer has sent all it may: what follows must be its end of file.
    #[cold]
    fn read_past_the_limit(&mut self) -> Result<usize, S::Error> {
        let idle = self.limits.idle;
        match self.wait(idle, Closed::Idle, |stream| stream.read(&mut [0]))? {
            0 => {
                self.eof = true;
                Ok(0)
            }
            _ => {
                self.ended = Some(Closed::TooMuch);
                Err(ErrorKind::Aborted.into())
            }
        }
    }

    /// Ends it: in order after success, and why.
    pub(super) fn close(mut self, result: Result<(), S::Error>) -> Outcome {
        let why = match (result, self.ended) {
            (Ok(()), _) if self.eof => Closed::EndOfFile,
            (Ok(()), _) => Closed::ByHandler,
            (Err(_), Some(limit)) => limit,
            (Err(error), None) => Closed::Failed(error.reason()),
        };
        let tally = self.tally;
        if why == Closed::Stalled {
            self.stream.into_inner().abort();
        } else if self.stream.get_mut().shutdown(Shutdown::Write).is_ok() && !self.eof {
            self.linger();
        }
        Outcome { why, tally }
    }

    /// Drops what still arrives until the peer's end of file, so that late input
    /// does not destroy the reply on its way.
    fn linger(&mut self) {
        let end = self.stream.get_ref().now() + self.limits.linger;
        loop {
            let left = end - self.stream.get_ref().now();
            if left.is_zero() {
                return;
            }
            self.stream.set_timeout(Some(left));
            if !matches!(self.stream.read(&mut [0; 256]), Ok(1..)) {
                return;
            }
        }
    }
}

impl<S: Stream> ErrorType for Exchange<S> {
    type Error = S::Error;
}

impl<S: Stream> Read for Exchange<S> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, S::Error> {
        let mut len = buf.len();
        if self.eof || len == 0 {
            return Ok(0);
        }
        if let Some(limit) = self.limits.octets {
            let left = limit.saturating_sub(self.tally.received);
            if left == 0 {
                return self.read_past_the_limit();
            }
            len = len.min(usize::try_from(left).unwrap_or(len));
        }
        let buf = buf.get_mut(..len).unwrap_or_default();
        let idle = self.limits.idle;
        let count = self.wait(idle, Closed::Idle, |stream| stream.read(buf))?;
        self.eof = count == 0;
        self.tally.received += count as u64;
        Ok(count)
    }
}

impl<S: Stream> Write for Exchange<S> {
    fn write(&mut self, buf: &[u8]) -> Result<usize, S::Error> {
        let progress = self.limits.progress;
        let count = self.wait(progress, Closed::Stalled, |stream| stream.write(buf))?;
        self.tally.sent += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> Result<(), S::Error> {
        Write::flush(&mut self.stream)
    }
}

impl<S: Stream> fmt::Debug for Exchange<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("tally", &self.tally)
            .field("eof", &self.eof)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
