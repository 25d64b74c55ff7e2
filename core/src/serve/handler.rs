use core::fmt;
use core::net::IpAddr;

use super::{DatagramTally, Outbox, Reply};
use crate::ErrorKind;

/// What a [`StreamHandler`] wants next.
///
/// ```
/// use amphi_core::serve::{Next, Reply, StreamHandler};
///
/// /// Counts down, a number each time, and closes.
/// struct Countdown(u8);
///
/// impl StreamHandler for Countdown {
///     fn handle(&mut self, _input: &[u8], reply: &mut Reply<'_>) -> Next {
///         reply.send(&[b'0' + self.0]);
///         match self.0.checked_sub(1) {
///             Some(left) => {
///                 self.0 = left;
///                 Next::More
///             }
///             None => Next::Close,
///         }
///     }
/// }
///
/// let (mut kept, mut handler) = ([0; 1], Countdown(1));
/// assert_eq!(Reply::record(&mut kept, |reply| handler.handle(b"go", reply)), (Next::More, 1));
/// assert_eq!(Reply::record(&mut kept, |reply| handler.handle(b"", reply)), (Next::Close, 1));
/// assert_eq!(&kept, b"0");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub enum Next {
    /// Wait for more input.
    Keep,
    /// There is more to say: call `handle` again, with empty input, when all that
    /// was said has left. Nothing is read until then. Say something each time: a
    /// handler that only says this is called again at once.
    More,
    /// Close when the reply has left.
    Close,
    /// Close now, with a reset; what has not left is dropped.
    Abort,
}

/// Why a connection ended.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::serve::Closed;
///
/// assert!(!Closed::EndOfFile.is_failure());
/// assert!(Closed::Failed(ErrorKind::Reset).is_failure());
/// assert_eq!(Closed::Failed(ErrorKind::Reset).to_string(), "connection reset by peer");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Closed {
    /// The peer sent its end of file, and got all replies.
    EndOfFile,
    /// The handler answered [`Next::Close`].
    ByHandler,
    /// The handler answered [`Next::Abort`].
    Aborted,
    /// The socket failed; the peer reset the connection, or went away.
    Failed(ErrorKind),
    /// Nothing came for [`Limits::idle`](super::Limits::idle).
    Idle,
    /// The peer took nothing of a reply for [`Limits::progress`](super::Limits::progress).
    Stalled,
    /// The connection reached [`Limits::total`](super::Limits::total).
    Expired,
    /// The peer sent more than [`Limits::octets`](super::Limits::octets).
    TooMuch,
    /// The server did not want it: not verified, too many of one peer, or no place.
    Refused,
    /// The server stopped.
    Shutdown,
}

impl Closed {
    /// Whether the connection failed: it ended otherwise than by end of file, the
    /// handler's wish, the server's stop, or a refusal.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        !matches!(
            self,
            Self::EndOfFile | Self::ByHandler | Self::Shutdown | Self::Refused
        )
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EndOfFile => "end of file",
            Self::ByHandler => "closed by the handler",
            Self::Aborted => "aborted by the handler",
            Self::Failed(kind) => return fmt::Display::fmt(kind, f),
            Self::Idle => "idle for too long",
            Self::Stalled => "peer takes no reply",
            Self::Expired => "open for too long",
            Self::TooMuch => "peer sends too much",
            Self::Refused => "refused",
            Self::Shutdown => "server stops",
        })
    }
}

/// Serves one connection: Python's `StreamRequestHandler`, fed by events.
///
/// `handle` gets octets as they arrive, in pieces of any length, at most as many
/// at once as the slot's buffer holds; so a reply that is no longer than its
/// input always has room. A longer one is sent in parts with [`Next::More`].
/// ([Framing](super::framing) shows that for many requests at once.)
///
/// ```
/// use amphi_core::serve::{Next, Reply, StreamHandler};
///
/// struct Upper;
///
/// impl StreamHandler for Upper {
///     fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
///         for octet in input {
///             reply.send(&[octet.to_ascii_uppercase()]);
///         }
///         Next::Keep
///     }
/// }
///
/// let mut kept = [0; 16];
/// assert_eq!(Reply::record(&mut kept, |reply| Upper.handle(b"hello", reply)), (Next::Keep, 5));
/// assert_eq!(&kept[..5], b"HELLO");
/// ```
pub trait StreamHandler {
    /// The connection stands. It may speak first.
    fn setup(&mut self, reply: &mut Reply<'_>) -> Next {
        let _ = reply;
        Next::Keep
    }

    /// `input` arrived; all of it counts as taken. Empty input is the call that
    /// [`Next::More`] asked for.
    fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next;

    /// The peer will send no more; it may still read. [`Next::More`] goes on with
    /// a long reply. `Keep` waits for the time that [`Reply::wake_at`] asked for;
    /// without one it is as good as `Close`, as nothing can come. The connection
    /// then counts as [`Closed::EndOfFile`].
    fn end_of_input(&mut self, reply: &mut Reply<'_>) -> Next {
        let _ = reply;
        Next::Close
    }

    /// The time that [`Reply::wake_at`] asked for has come: a turn to speak unasked.
    fn wake(&mut self, reply: &mut Reply<'_>) -> Next {
        let _ = reply;
        Next::Keep
    }

    /// The handler's work is done: all it said has left, or never will.
    fn finish(&mut self, why: Closed) {
        let _ = why;
    }
}

/// One datagram that arrived, whole.
///
/// ```
/// use amphi_core::serve::{DatagramHandler, Outbox, Request};
///
/// #[derive(Default)]
/// struct Longest(usize);
///
/// impl DatagramHandler<u8> for Longest {
///     fn handle(&mut self, request: &Request<'_, u8>, _outbox: &mut Outbox<'_, u8>) {
///         self.0 = self.0.max(request.octets.len());
///     }
/// }
///
/// // Addresses are of any type in a test.
/// let request = Request::new(b"hello", &7);
/// assert_eq!((request.octets.len(), *request.from, request.to), (5, 7, None));
/// ```
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Request<'a, A> {
    /// What it carries; may be empty.
    pub octets: &'a [u8],
    /// Who sent it.
    pub from: &'a A,
    /// The address that it was sent to, where the stack tells.
    pub to: Option<IpAddr>,
}

impl<'a, A> Request<'a, A> {
    /// A request of `octets` from `from`, for a handler's own tests.
    pub const fn new(octets: &'a [u8], from: &'a A) -> Self {
        Self {
            octets,
            from,
            to: None,
        }
    }
}

/// Serves the datagrams of one socket: Python's `DatagramRequestHandler`.
///
/// ```
/// use amphi_core::serve::{DatagramHandler, Outbox, Request};
///
/// /// Answers with the length of what came; on any stack, and with any addresses.
/// struct Length {
///     longest: usize,
/// }
///
/// impl<A> DatagramHandler<A> for Length {
///     fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>) {
///         self.longest = self.longest.max(request.octets.len());
///         let _ = outbox.send_to(&[request.octets.len() as u8], request.from);
///     }
///
///     fn truncated(&mut self, len: usize, _from: &A) {
///         self.longest = self.longest.max(len);
///     }
/// }
///
/// let mut handler = Length { longest: 0 };
/// DatagramHandler::<u8>::truncated(&mut handler, 2000, &0);
/// assert_eq!(handler.longest, 2000);
/// ```
pub trait DatagramHandler<A> {
    /// A datagram arrived. Answers go out through `outbox`, to anyone.
    fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>);

    /// A datagram of `len` octets from `from` was longer than the buffer; its
    /// end is lost, and `handle` is not called for it.
    fn truncated(&mut self, len: usize, from: &A) {
        let _ = (len, from);
    }

    /// The service starts: the time to ask for the first
    /// [`wake_at`](Outbox::wake_at), or to speak first.
    fn setup(&mut self, outbox: &mut Outbox<'_, A>) {
        let _ = outbox;
    }

    /// The time that [`Outbox::wake_at`] asked for has come: a turn to speak unasked.
    fn wake(&mut self, outbox: &mut Outbox<'_, A>) {
        let _ = outbox;
    }

    /// What was kept has left: a turn to send what was refused meanwhile.
    fn room(&mut self, outbox: &mut Outbox<'_, A>) {
        let _ = outbox;
    }

    /// [`Service::handle_request`](super::Service::handle_request) waited as long
    /// as its timeout allows, and nothing came.
    fn handle_timeout(&mut self) {}

    /// Called once a turn, as [`Hooks::service_actions`](super::Hooks::service_actions).
    fn service_actions(&mut self, tally: &DatagramTally) {
        let _ = tally;
    }
}

/// A handler by reference: servers of different handlers are then of one type.
impl<A, H: DatagramHandler<A> + ?Sized> DatagramHandler<A> for &mut H {
    fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>) {
        (**self).handle(request, outbox);
    }

    fn truncated(&mut self, len: usize, from: &A) {
        (**self).truncated(len, from);
    }

    fn setup(&mut self, outbox: &mut Outbox<'_, A>) {
        (**self).setup(outbox);
    }

    fn wake(&mut self, outbox: &mut Outbox<'_, A>) {
        (**self).wake(outbox);
    }

    fn room(&mut self, outbox: &mut Outbox<'_, A>) {
        (**self).room(outbox);
    }

    fn handle_timeout(&mut self) {
        (**self).handle_timeout();
    }

    fn service_actions(&mut self, tally: &DatagramTally) {
        (**self).service_actions(tally);
    }
}
