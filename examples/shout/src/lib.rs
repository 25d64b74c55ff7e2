//! Says everything louder. It names no stack, so it runs on each.
#![no_std]

use core::net::SocketAddr;
use core::sync::atomic::AtomicBool;
use core::time::Duration;

use amphi_core::select::{Event, Ready, Selects};
use amphi_core::serve::{Key, Next, Reply, Service, Slot, StreamHandler, StreamServer};
use amphi_core::socket::Net;

/// Says everything louder.
#[derive(Debug)]
pub struct Shout;

impl StreamHandler for Shout {
    fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
        for octet in input {
            reply.send(&[octet.to_ascii_uppercase()]);
        }
        Next::Keep
    }
}

/// Serves four clients at a time, on any stack, until `stop` is set.
///
/// # Errors
///
/// What the stack reports.
pub fn serve<N: Net, S: Selects<N, Key = Key>>(
    net: N,
    selector: &mut S,
    address: SocketAddr,
    stop: &AtomicBool,
) -> Result<(), N::Error> {
    let listener = net.tcp_listen(address, 16)?;
    let mut slots = [const { Slot::new() }; 4];
    let mut buffers = [0; 4 * 512];
    let mut server = StreamServer::new(listener, |_: &SocketAddr| Shout, &mut slots, &mut buffers);
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let mut scratch = [0; 512];
    Service::new(net, selector, &mut [&mut server], &mut events, &mut scratch)
        .serve_forever(stop, Duration::from_secs(1))
}
