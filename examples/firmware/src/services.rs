//! All services in one loop: TCP echo, UDP echo, the responder, and what ends the machine.

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Ready};
use amphi_core::serve::{DatagramServer, Key, Slot};
use amphi_core::socket::{Net, Peer};
use amphi_examples::service::{
    AnyDatagramServer, Beside, Config, EchoSlot, Report, Room, Step, serve_beside,
};
use amphi_smoltcp::StackSelector;
use static_cell::ConstStaticCell;

use crate::control::{Control, STOP};
use crate::network::Network;
use crate::places::Places;
use crate::settings::{self, BUFFER, CONNECTIONS, DATAGRAM, DRAIN, SOURCES};

/// What the server keeps for each connection, and of replies that its peer is slow to take.
static SERVED: Places<EchoSlot<Network>, CONNECTIONS> = Places::new();
static BUFFERS: ConstStaticCell<[u8; CONNECTIONS * BUFFER]> =
    ConstStaticCell::new([0; CONNECTIONS * BUFFER]);
/// The datagram that is being served, and one that its socket had no room for.
static DATAGRAMS: ConstStaticCell<[[u8; DATAGRAM]; 2]> = ConstStaticCell::new([[0; DATAGRAM]; 2]);

/// Serves until somebody tells the machine to end.
///
/// # Errors
///
/// What the stack refused, and why.
pub fn serve(net: Network) -> Result<(), (Step, ErrorKind)> {
    let at = settings::CONTROL;
    let socket = net.udp_bind(at).map_err(|error| (Step::Bind(at), error))?;
    let mut handler = Control;
    let mut control: AnyDatagramServer<'_, Network> =
        DatagramServer::new(socket, &mut handler, &mut []);
    let mut selector = StackSelector::<_, _, Key, SOURCES>::new(net);
    let mut config = Config::new(settings::ECHO);
    config.group = Some(settings::GROUP);
    config.backlog = CONNECTIONS;
    let [scratch, kept] = DATAGRAMS.take();
    let room = Room {
        slots: SERVED.fill(Slot::new),
        buffers: BUFFERS.take(),
        events: &mut [Event::new(Key::default(), Ready::NONE); 8],
        scratch,
        kept,
        batches: None,
    };
    let beside = Beside {
        part: &mut control,
        observe: &(),
    };
    let report = serve_beside(
        net,
        &mut selector,
        &config,
        room,
        beside,
        |service, bound| {
            defmt::info!("TCP and UDP echo at {}", Peer(&bound.echo));
            service.serve_forever(&STOP, DRAIN)
        },
    )?;
    tell(&report);
    Ok(())
}

fn tell(report: &Report) {
    let Report { tcp, udp, group } = report;
    defmt::info!(
        "connections: {} served, {} refused, {} failed; octets: {} in, {} out; datagrams: {}; multicast requests: {}",
        tcp.accepted,
        tcp.refused,
        tcp.failed,
        tcp.received,
        tcp.sent,
        udp.received,
        group.received
    );
}
