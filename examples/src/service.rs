//! The echo service: TCP echo, UDP echo and a multicast responder in one loop.

use core::fmt;
use core::net::SocketAddr;

use amphi_core::select::{Event, Selects};
use amphi_core::serve::{
    DatagramHandler, DatagramServer, DatagramTally, Envelope, Key, Limits, Part, Service, Slot,
    StreamServer, StreamTally,
};
use amphi_core::socket::{Interface, Multicast, Net, Received, Socket};
use amphi_core::{Error, ErrorKind};

use crate::echo::{DatagramEcho, StreamEcho};
use crate::multicast::{ACK, Responder};
use crate::observe::{Echoes, Observe, Shown};

/// A slot for one echoed connection of the stack `N`.
pub type EchoSlot<N> = Slot<<N as Net>::Stream, StreamEcho>;

/// What the service serves.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// The address of TCP and UDP echo. With port 0, UDP echo gets the port that TCP echo got.
    pub listen: SocketAddr,
    /// The group of the responder.
    pub group: Option<SocketAddr>,
    /// The interface on which the group is joined.
    pub interface: Interface,
    /// How many connections may wait to be accepted.
    pub backlog: usize,
    /// The limits of each connection.
    pub limits: Limits,
}

impl Config {
    /// Echo at `listen` without a group, and with a backlog of 128.
    #[must_use]
    pub const fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            group: None,
            interface: Interface::Any,
            backlog: 128,
            limits: Limits::DEFAULT,
        }
    }
}

/// The caller's room for a service.
#[derive(Debug)]
pub struct Room<'r, N: Net> {
    /// A slot for each connection at a time.
    pub slots: &'r mut [EchoSlot<N>],
    /// Shared out evenly among the slots, for what their sockets refuse.
    pub buffers: &'r mut [u8],
    /// How many events one turn takes.
    pub events: &'r mut [Event<Key>],
    /// As long as the longest datagram to echo, in octets.
    pub scratch: &'r mut [u8],
    /// Room for one datagram that the socket refused: as long as `scratch`, or with
    /// batches twice that.
    pub kept: &'r mut [u8],
    /// Room to echo many datagrams at once.
    pub batches: Option<Batches<'r>>,
}

/// Room to receive datagrams, and to keep the replies, in batches.
#[derive(Debug)]
pub struct Batches<'r> {
    /// Shared out evenly among the datagrams of a batch.
    pub octets: &'r mut [u8],
    /// An entry for each datagram of a batch.
    pub received: &'r mut [Option<Received<SocketAddr>>],
    /// An envelope for each reply that is kept.
    pub replies: &'r mut [Envelope<SocketAddr>],
}

/// Where a service listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// TCP and UDP echo.
    pub echo: SocketAddr,
    /// The responder.
    pub group: Option<SocketAddr>,
}

/// What a service did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// TCP echo.
    pub tcp: StreamTally,
    /// UDP echo.
    pub udp: DatagramTally,
    /// The responder.
    pub group: DatagramTally,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tcp, udp, group } = self;
        write!(
            f,
            "connections: {} served, {} refused, {} failed; octets: {} in, {} out; \
             datagrams: {}; multicast requests: {}",
            tcp.accepted,
            tcp.refused,
            tcp.failed,
            tcp.received,
            tcp.sent,
            udp.received,
            group.received
        )
    }
}

/// What was asked of the stack when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To listen for TCP connections at this address.
    Listen(SocketAddr),
    /// To open the UDP socket at this address.
    Bind(SocketAddr),
    /// To join this group on this interface.
    Join(SocketAddr, Interface),
    /// To send to this group through this interface.
    Send(SocketAddr, Interface),
    /// To serve.
    Serve,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(address) => write!(f, "cannot listen on TCP {address}"),
            Self::Bind(address) => write!(f, "cannot bind UDP {address}"),
            Self::Join(group, interface) => write!(f, "cannot join {} on {interface}", group.ip()),
            Self::Send(group, interface) => write!(f, "cannot send to {group} on {interface}"),
            Self::Serve => f.write_str("cannot serve"),
        }
    }
}

/// Opens the sockets, hands the service to `run`, which runs its loop, and
/// tells what was served.
///
/// # Errors
///
/// The step that failed, with the stack's error.
pub fn serve<N, Sel>(
    net: N,
    selector: &mut Sel,
    config: &Config,
    room: Room<'_, N>,
    run: impl FnOnce(&mut Service<'_, '_, N, Sel>, Bound) -> Result<(), N::Error>,
) -> Result<Report, (Step, N::Error)>
where
    N: Net,
    Sel: Selects<N, Key = Key>,
{
    let nothing = &mut None::<DatagramServer<'_, N::Datagram, DatagramEcho>>;
    let beside = Beside {
        part: nothing,
        observe: &(),
    };
    serve_beside(net, selector, config, room, beside, run)
}

/// A server of datagrams, whoever handles them: servers of one type share their code.
pub type AnyDatagramServer<'s, N> =
    DatagramServer<'s, <N as Net>::Datagram, &'s mut dyn DatagramHandler<SocketAddr>>;

/// What a caller has beside the service.
pub struct Beside<'b, Sel, O> {
    /// One more part in the same loop.
    pub part: &'b mut dyn Part<Sel>,
    /// Sees the counters; `&()` for nobody.
    pub observe: &'b O,
}

/// As [`serve`], with something of the caller's own beside it.
///
/// # Errors
///
/// The step that failed, with the stack's error.
pub fn serve_beside<N, Sel, O>(
    net: N,
    selector: &mut Sel,
    config: &Config,
    room: Room<'_, N>,
    beside: Beside<'_, Sel, O>,
    run: impl FnOnce(&mut Service<'_, '_, N, Sel>, Bound) -> Result<(), N::Error>,
) -> Result<Report, (Step, N::Error)>
where
    N: Net,
    Sel: Selects<N, Key = Key>,
    O: Observe,
{
    let mut at = At::Serve;
    let served = serve_steps(net, selector, config, room, beside, run, &mut at);
    served.map_err(|error| (at.step(config), error))
}

/// A [`Step`], whose addresses the configuration tells: a word is soon put down.
#[derive(Clone, Copy)]
enum At {
    Listen,
    /// With the port that TCP echo got.
    Bind(u16),
    BindGroup,
    Join,
    Serve,
}

impl At {
    // Into its only caller, where a constant configuration is known to be one.
    #[inline]
    fn step(self, config: &Config) -> Step {
        let group = config.group.unwrap_or(config.listen);
        match self {
            Self::Listen => Step::Listen(config.listen),
            Self::Bind(port) => {
                let mut echo = config.listen;
                echo.set_port(port);
                Step::Bind(echo)
            }
            Self::BindGroup => Step::Bind(group),
            Self::Join => Step::Join(group, config.interface),
            Self::Serve => Step::Serve,
        }
    }
}

/// The same, and keeps in `at` what it is at.
fn serve_steps<N, Sel, O>(
    net: N,
    selector: &mut Sel,
    config: &Config,
    room: Room<'_, N>,
    beside: Beside<'_, Sel, O>,
    run: impl FnOnce(&mut Service<'_, '_, N, Sel>, Bound) -> Result<(), N::Error>,
    at: &mut At,
) -> Result<Report, N::Error>
where
    N: Net,
    Sel: Selects<N, Key = Key>,
    O: Observe,
{
    let (listener, socket, echo) = open_pair(net, config, at)?;
    let group = match config.group {
        Some(group) => Some(join(net, group, config.interface, at)?),
        None => None,
    };
    *at = At::Serve;
    let bound = Bound {
        echo,
        group: group.as_ref().map(|(_, address)| *address),
    };

    let observe = beside.observe;
    let hooks = Echoes(observe);
    let mut tcp =
        StreamServer::new(listener, hooks, room.slots, room.buffers).with_limits(config.limits);
    let mut echoes = Shown {
        handler: DatagramEcho,
        observe,
        tell: O::udp,
    };
    let mut udp: AnyDatagramServer<'_, N> = DatagramServer::new(socket, &mut echoes, room.kept);
    if let Some(batches) = room.batches {
        udp = udp.with_batches(batches.octets, batches.received, batches.replies);
    }
    let mut kept = [0; ACK.len()];
    let mut answers = Shown {
        handler: Responder,
        observe,
        tell: O::group,
    };
    let mut responder: Option<AnyDatagramServer<'_, N>> =
        group.map(|(socket, _)| DatagramServer::new(socket, &mut answers as _, &mut kept));
    let (mut with_group, mut without): ([&mut dyn Part<Sel>; 4], [&mut dyn Part<Sel>; 3]);
    let parts: &mut [&mut dyn Part<Sel>] = match &mut responder {
        Some(responder) => {
            with_group = [&mut tcp, &mut udp, beside.part, responder];
            &mut with_group
        }
        None => {
            without = [&mut tcp, &mut udp, beside.part];
            &mut without
        }
    };
    let mut service = Service::new(net, selector, parts, room.events, room.scratch);
    run(&mut service, bound)?;
    Ok(Report {
        tcp: tcp.tally(),
        udp: udp.tally(),
        group: responder
            .map(|responder| responder.tally())
            .unwrap_or_default(),
    })
}

/// How often another port is tried when the stack chooses.
const PORTS: usize = 16;

/// A listener and a UDP socket at one address, and the address.
fn open_pair<N: Net>(
    net: N,
    config: &Config,
    at: &mut At,
) -> Result<(N::Listener, N::Datagram, SocketAddr), N::Error> {
    let mut tries = 1;
    loop {
        *at = At::Listen;
        let listener = net.tcp_listen(config.listen, config.backlog)?;
        let echo = listener.local()?;
        *at = At::Bind(echo.port());
        match net.udp_bind(echo) {
            Ok(socket) => return Ok((listener, socket, echo)),
            // A port that is free for TCP need not be for UDP.
            Err(error)
                if error.reason() == ErrorKind::AddrInUse
                    && config.listen.port() == 0
                    && tries < PORTS =>
            {
                tries += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// A socket that hears the group and nothing else: it is bound to the group's own address.
fn join<N: Net>(
    net: N,
    group: SocketAddr,
    interface: Interface,
    at: &mut At,
) -> Result<(N::Datagram, SocketAddr), N::Error> {
    *at = At::BindGroup;
    let mut socket = net.udp_bind(group)?;
    let address = socket.local()?;
    *at = At::Join;
    socket.join(group.ip(), interface)?;
    Ok((socket, address))
}
