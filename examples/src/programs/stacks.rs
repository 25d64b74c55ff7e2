use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;
use std::thread;

use amphi_core::ErrorKind;
use amphi_core::socket::Net;
use amphi_smoltcp::link::{ChannelEnd, ChannelPlatform, channel};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::HardwareAddress;
use amphi_smoltcp::{Config, Pool, Slot, Stack, TcpPlace, UdpPlace};

/// How long a stack may take at the end to bring its last octets to the other.
const DRAIN: Duration = Duration::from_secs(5);

/// One of two linked smoltcp stacks, as a [`Net`].
pub type Linked<'n, 'a> = &'n Stack<'a, ChannelEnd, ChannelPlatform>;

/// Runs two programs on two linked stacks, each in a thread: the server at
/// `address`, or at the loopback address where that is unspecified, and the client
/// at a neighbouring address. What the client sends first waits on the link until
/// the server is there.
///
/// # Errors
///
/// What the client, or else the server, or their stacks report.
pub fn on_linked_stacks<S, C>(address: IpAddr, server: S, client: C) -> Result<(), ErrorKind>
where
    S: FnOnce(Linked<'_, '_>) -> Result<(), ErrorKind> + Send,
    C: FnOnce(Linked<'_, '_>) -> Result<(), ErrorKind>,
{
    let (near, far) = channel(Medium::Ip, 1500, 64);
    let address = specified(address);
    thread::scope(|scope| {
        let server = scope.spawn(move || on_stack(near, address, server));
        let client = on_stack(far, neighbour(address), client);
        let server = server.join().unwrap_or(Err(ErrorKind::Other));
        client.and(server)
    })
}

fn on_stack<F>(link: ChannelEnd, address: IpAddr, program: F) -> Result<(), ErrorKind>
where
    F: FnOnce(Linked<'_, '_>) -> Result<(), ErrorKind>,
{
    let mut tcp = [const { TcpPlace::<4096, 4096>::new() }; 8];
    let mut udp = [const { UdpPlace::<4096, 8>::new() }; 4];
    let mut slots = [const { Slot::new() }; 13];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let platform = link.platform();
    let stack = Stack::new(link, platform, Config::new(HardwareAddress::Ip), pool)?;
    stack.add_address(address, if address.is_ipv4() { 8 } else { 64 })?;
    let result = program(&stack);
    let net = &stack;
    let drained = net.drain(net.now() + DRAIN);
    result.and(drained.map(drop))
}

fn specified(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

/// An address on the same link.
fn neighbour(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() ^ 3).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() ^ 3).into(),
    }
}
