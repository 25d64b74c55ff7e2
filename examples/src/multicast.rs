//! The classic pair of multicast programs: a receiver that answers `ack`, and a
//! sender that collects the answers.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering};

use amphi_core::ErrorKind;
use amphi_core::serve::{DatagramHandler, Outbox, Request};
use amphi_core::socket::{Interface, Multicast, Net};
use amphi_core::time::Duration;

use crate::service::Step;

/// What the responder answers.
pub const ACK: &[u8] = b"ack";

/// Answers [`ACK`] to whoever sent a datagram to the group.
#[derive(Debug, Clone, Copy, Default)]
pub struct Responder;

impl<A> DatagramHandler<A> for Responder {
    fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>) {
        // A failure is the server's to count; the asker asks again, as with any datagram.
        let _ = outbox.send_to(ACK, request.from);
    }
}

/// Sends one datagram to a group, and hears answers until its time is over.
#[derive(Debug)]
pub struct Sender<'m, F> {
    message: &'m [u8],
    group: SocketAddr,
    timeout: Duration,
    /// Set at the end; give it to `serve_forever` as its shutdown.
    done: &'m AtomicBool,
    answer: F,
    answers: u32,
    failure: Option<ErrorKind>,
}

impl<'m, F: FnMut(SocketAddr, &[u8])> Sender<'m, F> {
    /// Sends `message` to `group` and calls `answer` with each answer that
    /// comes within `timeout`; then `done` is set.
    pub const fn new(
        message: &'m [u8],
        group: SocketAddr,
        timeout: Duration,
        done: &'m AtomicBool,
        answer: F,
    ) -> Self {
        Self {
            message,
            group,
            timeout,
            done,
            answer,
            answers: 0,
            failure: None,
        }
    }

    /// The number of answers.
    ///
    /// # Errors
    ///
    /// Why the datagram could not be sent.
    pub fn outcome(&self) -> Result<u32, ErrorKind> {
        self.failure.map_or(Ok(self.answers), Err)
    }
}

impl<F: FnMut(SocketAddr, &[u8])> DatagramHandler<SocketAddr> for Sender<'_, F> {
    fn setup(&mut self, outbox: &mut Outbox<'_, SocketAddr>) {
        match outbox.send_to(self.message, &self.group) {
            Ok(()) => outbox.wake_at(outbox.now() + self.timeout),
            Err(kind) => {
                self.failure = Some(kind);
                self.done.store(true, Ordering::Release);
            }
        }
    }

    fn handle(&mut self, request: &Request<'_, SocketAddr>, _: &mut Outbox<'_, SocketAddr>) {
        self.answers += 1;
        (self.answer)(*request.from, request.octets);
    }

    fn wake(&mut self, _: &mut Outbox<'_, SocketAddr>) {
        self.done.store(true, Ordering::Release);
    }
}

/// Any port of all addresses of the same family.
#[must_use]
pub fn any_port_like(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(_) => SocketAddr::from(([0; 4], 0)),
        SocketAddr::V6(_) => SocketAddr::from(([0; 16], 0)),
    }
}

/// A socket to send to `group` from: its datagrams leave through `interface`,
/// and go no further than this link.
///
/// # Errors
///
/// The step that failed, with the stack's error.
pub fn open_sender<N: Net>(
    net: N,
    group: SocketAddr,
    interface: Interface,
) -> Result<N::Datagram, (Step, N::Error)> {
    let any = any_port_like(group);
    let mut socket = net
        .udp_bind(any)
        .map_err(|error| (Step::Bind(any), error))?;
    socket
        .set_multicast_interface(interface)
        .and_then(|()| socket.set_multicast_hop_limit(1))
        .map_err(|error| (Step::Send(group, interface), error))?;
    Ok(socket)
}
