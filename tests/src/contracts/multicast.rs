//! Groups.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use amphi_core::socket::{Interface, Multicast, Net, Socket};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

use super::datagram::{bind, bind_far};
use crate::peer::alone;
use crate::{Peer, World};

type DatagramOf<W> = <<W as World>::Net as Net>::Datagram;

/// The group of the classic multicast programs.
const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 3, 29, 71));
/// How long silence is listened to.
const SILENCE: Duration = Duration::from_millis(20);

/// A socket bound to the group's own address, that joined it.
#[track_caller]
fn member<W: World>(world: &W, group: SocketAddr, interface: Interface) -> DatagramOf<W> {
    let mut socket = world.net().udp_bind(group).expect("a socket at the group");
    socket.join(group.ip(), interface).expect("a member");
    socket
}

/// A far socket that sends to groups through its interface, and its address.
#[track_caller]
fn sender<W: World>(world: &W) -> (DatagramOf<W>, SocketAddr) {
    let (mut socket, address) = bind_far(world);
    socket
        .set_multicast_interface(world.far_interface())
        .expect("an interface");
    (socket, address)
}

/// A group at a port that the stack chose. The socket holds the port meanwhile,
/// so that tests that run side by side do not meet.
#[track_caller]
fn group<W: World>(world: &W) -> (DatagramOf<W>, SocketAddr) {
    let (holder, address) = bind(world);
    (holder, SocketAddr::new(GROUP, address.port()))
}

/// A member hears one datagram once, and answers to its sender, from an address of its own.
pub fn one_datagram_one_answer<W: World>(world: &mut W) {
    let (_holder, group) = group(world);
    let mut responder = member(world, group, world.interface());
    let (mut sender, from) = sender(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    peer.send_to(&mut sender, b"hello, group", group);
    let mut buf = [0; 32];
    let received = peer.receive_from(&mut responder, &mut buf);
    assert_eq!(&buf[..received.len], b"hello, group");
    assert_eq!(received.from.port(), from.port());
    peer.send_to(&mut responder, b"ack", received.from);
    let answer = peer.receive_from(&mut sender, &mut buf);
    assert_eq!(&buf[..answer.len], b"ack");
    assert_eq!(answer.from, SocketAddr::new(world.address(), group.port()));
    peer.expect_silence(&mut responder, SILENCE);
}

/// Members each hear one datagram once, whether the sender shares their stack or not.
pub fn each_member_hears_once<W: World>(world: &mut W) {
    let (_holder, group) = group(world);
    let mut first = member(world, group, world.interface());
    let mut second = member(world, group, world.interface());
    let mut third = world.far().udp_bind(group).expect("a far socket");
    third
        .join(group.ip(), world.far_interface())
        .expect("a far member");
    let (mut sender, _) = sender(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    peer.send_to(&mut sender, b"each", group);
    for socket in [&mut first, &mut second, &mut third] {
        assert_eq!(peer.receive_from(socket, &mut [0; 8]).len, 4);
    }
    for socket in [&mut first, &mut second, &mut third] {
        peer.expect_silence(socket, SILENCE);
    }
}

/// A socket at the same port that did not join hears nothing, whatever others joined.
pub fn who_did_not_join_hears_nothing<W: World>(world: &mut W) {
    let (_holder, group) = group(world);
    let mut stranger = world.net().udp_bind(group).expect("a socket at the group");
    let mut joined = member(world, group, world.interface());
    let (mut sender, _) = sender(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    peer.send_to(&mut sender, b"members only", group);
    assert_eq!(peer.receive_from(&mut joined, &mut [0; 16]).len, 12);
    peer.expect_silence(&mut stranger, SILENCE);
}

/// A member that left hears nothing, while another still does.
pub fn who_left_hears_nothing<W: World>(world: &mut W) {
    let (_holder, group) = group(world);
    let mut first = member(world, group, world.interface());
    let mut second = member(world, group, world.interface());
    first
        .leave(group.ip(), world.interface())
        .expect("it was a member");
    let (mut sender, _) = sender(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    peer.send_to(&mut sender, b"later", group);
    assert_eq!(peer.receive_from(&mut second, &mut [0; 8]).len, 5);
    peer.expect_silence(&mut first, SILENCE);
    drop(second);
    peer.send_to(&mut sender, b"nobody", group);
    peer.expect_silence(&mut first, SILENCE);
}

/// What is no group, no member, no interface, or there twice, is told apart.
pub fn wrong_arguments_are_told<W: World>(world: &mut W) {
    let (_holder, group) = group(world);
    let interface = world.interface();
    let mut socket = member(world, group, interface);
    let mut join = |group, interface| socket.join(group, interface).map_err(|e| e.reason());
    assert_eq!(
        join(world.address(), interface),
        Err(ErrorKind::InvalidInput)
    );
    let six = IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x4d));
    assert_eq!(join(six, Interface::Any), Err(ErrorKind::InvalidInput));
    assert_eq!(join(group.ip(), interface), Err(ErrorKind::AddrInUse));
    let other = IpAddr::V4(Ipv4Addr::new(224, 3, 29, 72));
    let nowhere = Interface::Address(Ipv4Addr::new(192, 0, 2, 1));
    let unknown = join(other, nowhere);
    assert!(
        matches!(
            unknown,
            Err(ErrorKind::AddrNotAvailable | ErrorKind::NotFound)
        ),
        "{unknown:?}"
    );
    let left = socket
        .leave(other, interface)
        .map_err(|error| error.reason());
    assert_eq!(left, Err(ErrorKind::AddrNotAvailable));
}

/// A group over IPv6, where the world has it.
pub fn works_over_ipv6<W: World>(world: &mut W) {
    let (Some((_, interface)), Some((address, through))) =
        (world.groups_v6(), world.far_groups_v6())
    else {
        return;
    };
    let mut sender = world
        .far()
        .udp_bind(SocketAddr::new(address, 0))
        .expect("a socket");
    sender
        .set_multicast_interface(through)
        .expect("an interface");
    sender.set_multicast_hop_limit(1).expect("a limit");
    let port = sender.local().expect("an address").port();
    // A link-local group (RFC 4291, section 2.7), and no router passes it on.
    let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x4d);
    let any = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), 0);
    let mut member = world.net().udp_bind(any).expect("a socket");
    member.join(group.into(), interface).expect("a member");
    let to = SocketAddr::new(group.into(), member.local().expect("an address").port());
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    peer.send_to(&mut sender, b"six", to);
    let received = peer.receive_from(&mut member, &mut [0; 8]);
    assert_eq!((received.len, received.from.port()), (3, port));
    peer.expect_silence(&mut member, SILENCE);
}
