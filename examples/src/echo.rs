//! Echo over TCP and UDP (RFC 862): what comes in goes out.

use amphi_core::serve::{DatagramHandler, Next, Outbox, Reply, Request, StreamHandler};

/// Sends back every octet of a connection, and closes when the peer has.
///
/// ```
/// use amphi_core::serve::{Next, Reply, StreamHandler};
/// use amphi_examples::echo::StreamEcho;
///
/// let mut sent = [0; 16];
/// let answer = Reply::record(&mut sent, |reply| StreamEcho.handle(b"hello", reply));
/// assert_eq!(answer, (Next::Keep, 5));
/// assert_eq!(&sent[..5], b"hello");
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct StreamEcho;

impl StreamHandler for StreamEcho {
    fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
        // There is always room for as much as came in.
        reply.send(input);
        Next::Keep
    }
}

/// Sends back every datagram, empty ones too.
#[derive(Debug, Clone, Copy, Default)]
pub struct DatagramEcho;

impl<A> DatagramHandler<A> for DatagramEcho {
    fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>) {
        // A failure is the server's to count; the asker asks again, as with any datagram.
        let _ = outbox.send_to(request.octets, request.from);
    }
}
