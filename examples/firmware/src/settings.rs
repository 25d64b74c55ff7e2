//! What you change for a network or a service of your own.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;

use amphi_smoltcp::Config;
use amphi_smoltcp::smoltcp::wire::EthernetAddress;

/// The address that QEMU's user networking forwards to.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);
/// The length of its network's prefix, in bits.
pub const PREFIX_LEN: u8 = 24;
/// The router, which in QEMU's user networking is the host.
pub const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
/// The responder's group.
pub const GROUP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(224, 3, 29, 71)), 10_000);
/// Where the machine is told to stop.
pub const CONTROL: SocketAddr = SocketAddr::new(IpAddr::V4(ADDRESS), 9);

/// How many connections are served at a time: four, unless `AMPHI_CONNECTIONS` says
/// otherwise when the firmware is built.
pub const CONNECTIONS: usize = match option_env!("AMPHI_CONNECTIONS") {
    None => 4,
    Some(text) => match usize::from_str_radix(text, 10) {
        Ok(count @ 1..=64) => count,
        _ => panic!("AMPHI_CONNECTIONS is a number from 1 to 64"),
    },
};
/// Octets that a connection can receive, send and keep at a time.
pub const BUFFER: usize = 1024;
/// The longest datagram, in octets.
pub const DATAGRAM: usize = 1472;
/// One for each connection, for three UDP sockets and the listener.
pub const SLOTS: usize = CONNECTIONS + 4;
/// What is waited for: each connection, three UDP sockets, the listener.
pub const SOURCES: usize = CONNECTIONS + 4;
/// How long connections may take to end when the machine is told to stop.
pub const DRAIN: Duration = Duration::from_secs(2);

/// Where TCP and UDP echo listen: the port of RFC 862.
pub const fn echo() -> SocketAddr {
    SocketAddr::new(IpAddr::V4(ADDRESS), 7)
}

/// The stack of a device with this address.
pub fn stack(hardware_address: [u8; 6]) -> Config {
    // Where there is a source of random numbers, its output belongs into `seed`.
    Config::new(EthernetAddress(hardware_address).into())
}
