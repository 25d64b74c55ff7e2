//! TCP echo alone, for ever: what a server of one's own begins with, and the first row of the
//! table of sizes.

use core::net::SocketAddr;
use core::sync::atomic::AtomicBool;

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Ready};
use amphi_core::serve::{Key, Service, Slot, StreamServer};
use amphi_core::socket::{Net, Peer};
use amphi_examples::echo::StreamEcho;
use amphi_examples::service::{EchoSlot, Step};
use amphi_smoltcp::StackSelector;
use static_cell::ConstStaticCell;

use crate::network::Network;
use crate::places::Places;
use crate::settings::{self, BUFFER, CONNECTIONS, DRAIN, SOURCES};

/// What the server keeps for each connection, and of replies that its peer is slow to take.
static SERVED: Places<EchoSlot<Network>, CONNECTIONS> = Places::new();
static BUFFERS: ConstStaticCell<[u8; CONNECTIONS * BUFFER]> =
    ConstStaticCell::new([0; CONNECTIONS * BUFFER]);

/// Serves without end.
///
/// # Errors
///
/// What the stack refused, and why.
pub fn serve(net: Network) -> Result<(), (Step, ErrorKind)> {
    let at = settings::ECHO;
    let listener = net
        .tcp_listen(at, CONNECTIONS)
        .map_err(|error| (Step::Listen(at), error))?;
    let slots = SERVED.fill(Slot::new);
    let echo = |_: &SocketAddr| StreamEcho;
    let mut server = StreamServer::new(listener, echo, slots, BUFFERS.take());
    let mut selector = StackSelector::<_, _, Key, SOURCES>::new(net);
    defmt::info!("TCP echo at {}", Peer(&at));
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    Service::new(
        net,
        &mut selector,
        &mut [&mut server],
        &mut events,
        &mut [0; BUFFER],
    )
    .serve_forever(&AtomicBool::new(false), DRAIN)
    .map_err(|error| (Step::Serve, error))
}
