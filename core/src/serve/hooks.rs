use super::{Closed, StreamTally, Tally};

/// What a server of streams asks its user: the hooks of `socketserver`, in
/// Python's order, and a handler for each connection.
///
/// A closure `|remote| Handler::new()` is one. The handler is a
/// [`StreamHandler`](super::StreamHandler) for a
/// [`StreamServer`](super::StreamServer), and a
/// [`StreamRequestHandler`](super::StreamRequestHandler) for a
/// [`RequestServer`](super::RequestServer).
///
/// | for each connection | called |
/// |---|---|
/// | `verify_request` | first of all |
/// | `process_request` | if verified: it has its slot, thread or process |
/// | `finish_request` | to make the handler; then the handler's `setup`, `handle`, `finish` |
/// | `handle_error` | if that failed |
/// | `shutdown_request` | this side has said its end of file, or will not |
/// | `close_request` | last of all, for refused connections, too |
///
/// ```
/// use amphi_core::serve::{Closed, Next, Reply, StreamHandler, Hooks, Tally};
/// use core::net::SocketAddr;
///
/// # struct Echo;
/// # impl StreamHandler for Echo {
/// #     fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
/// #         reply.send(input);
/// #         Next::Keep
/// #     }
/// # }
/// /// Serves this machine alone, and counts who came.
/// struct Local {
///     served: u32,
/// }
///
/// impl Hooks<SocketAddr> for Local {
///     type Handler = Echo;
///
///     fn verify_request(&mut self, remote: &SocketAddr) -> bool {
///         remote.ip().is_loopback()
///     }
///
///     fn finish_request(&mut self, _remote: &SocketAddr) -> Echo {
///         Echo
///     }
///
///     fn close_request(&mut self, _remote: &SocketAddr, why: Closed, _tally: Tally) {
///         self.served += u32::from(why == Closed::EndOfFile);
///     }
/// }
///
/// let mut local = Local { served: 0 };
/// assert!(!local.verify_request(&"192.0.2.1:7".parse().unwrap()));
/// ```
pub trait Hooks<A> {
    /// Serves one connection.
    type Handler;

    /// Whether to serve `remote` at all; else the connection is closed at once, in order.
    fn verify_request(&mut self, remote: &A) -> bool {
        let _ = remote;
        true
    }

    /// The connection is taken on.
    fn process_request(&mut self, remote: &A) {
        let _ = remote;
    }

    /// Makes the handler of a new connection.
    fn finish_request(&mut self, remote: &A) -> Self::Handler;

    /// The connection failed: [`Closed::is_failure`] holds for `why`. No other
    /// connection is touched by that.
    fn handle_error(&mut self, remote: &A, why: Closed) {
        let _ = (remote, why);
    }

    /// Nothing more will be sent to `remote`.
    fn shutdown_request(&mut self, remote: &A) {
        let _ = remote;
    }

    /// The connection is closed, and why; the place for counters and logs of one's own.
    fn close_request(&mut self, remote: &A, why: Closed, tally: Tally) {
        let _ = (remote, why, tally);
    }

    /// [`Service::handle_request`](super::Service::handle_request) waited as long
    /// as its timeout allows, and nothing came.
    fn handle_timeout(&mut self) {}

    /// Called once a turn. The place to publish the counters, say in atomics for
    /// another thread, and for what else must be done regularly.
    fn service_actions(&mut self, tally: &StreamTally) {
        let _ = tally;
    }
}

impl<A, H, F> Hooks<A> for F
where
    F: FnMut(&A) -> H,
{
    type Handler = H;

    fn finish_request(&mut self, remote: &A) -> H {
        self(remote)
    }
}
