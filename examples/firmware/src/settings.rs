//! What you change for a network or a service of your own.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;

use amphi_smoltcp::Config;
use amphi_smoltcp::smoltcp::wire::EthernetAddress;

/// The address that QEMU's user networking forwards to; from DHCP it is whatever is given.
const ADDRESS: IpAddr = IpAddr::V4(if cfg!(feature = "dhcp") {
    Ipv4Addr::UNSPECIFIED
} else {
    Ipv4Addr::new(10, 0, 2, 15)
});
/// With IPv6 the echo is there, in the same network of QEMU's.
#[cfg(feature = "ipv6")]
const ADDRESS_V6: IpAddr = IpAddr::V6(core::net::Ipv6Addr::new(0xFEC0, 0, 0, 0, 0, 0, 0, 0x15));

/// The machine's own addresses, with the lengths of their networks' prefixes in bits.
pub const ADDRESSES: &[(IpAddr, u8)] = &[
    #[cfg(not(feature = "dhcp"))]
    (ADDRESS, 24),
    #[cfg(feature = "ipv6")]
    (ADDRESS_V6, 64),
];
/// The router, which in QEMU's user networking is the host.
#[cfg(not(feature = "dhcp"))]
pub const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);

/// What is looked up at the start, and the name server that is asked.
#[cfg(feature = "dns")]
pub const NAME: &str = "echo.example";
/// The name server, which in QEMU's user networking asks the host's.
#[cfg(feature = "dns")]
pub const NAME_SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 2, 3)), 53);

/// Where TCP and UDP echo listen: the port of RFC 862.
#[cfg(not(feature = "ipv6"))]
pub const ECHO: SocketAddr = SocketAddr::new(ADDRESS, 7);
/// Where TCP and UDP echo listen: the port of RFC 862.
#[cfg(feature = "ipv6")]
pub const ECHO: SocketAddr = SocketAddr::new(ADDRESS_V6, 7);
/// The responder's group.
#[cfg(feature = "services")]
pub const GROUP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(224, 3, 29, 71)), 10_000);
/// Where the machine is told to end.
#[cfg(feature = "services")]
pub const CONTROL: SocketAddr = SocketAddr::new(ADDRESS, 9);

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
/// UDP sockets: echo, group, control; and one to ask a name server.
pub const SOCKETS: usize =
    if cfg!(feature = "services") { 3 } else { 0 } + cfg!(feature = "dns") as usize;
/// The longest datagram, in octets.
pub const DATAGRAM: usize = 1472;
/// What is waited for: each connection, each UDP socket and the listener.
pub const SOURCES: usize = CONNECTIONS + SOCKETS + 1;
/// The same for the stack, where the client of DHCP needs one, too.
pub const SLOTS: usize = SOURCES + cfg!(feature = "dhcp") as usize;
/// How long connections may take to end when the machine is told to.
pub const DRAIN: Duration = Duration::from_secs(2);

/// The stack of a device with this address.
pub fn stack(hardware_address: [u8; 6]) -> Config {
    // Where there is a source of random numbers, its output belongs into `seed`.
    Config::new(EthernetAddress(hardware_address).into())
}
