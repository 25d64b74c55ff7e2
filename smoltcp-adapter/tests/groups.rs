//! What a stack says of its groups on the link, and when.

mod support;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::select::Selector;
use amphi_core::socket::{Datagram, Interface, Multicast, Net};
use amphi_core::time::Duration;
use amphi_smoltcp::link::{End, Pair};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::{
    EthernetAddress, HardwareAddress, Icmpv6Packet, IgmpPacket, IgmpRepr, IpProtocol, Ipv4Packet,
    Ipv4Repr, Ipv6Packet,
};
use amphi_smoltcp::{
    Config, Loopback, Platform, Pool, Slot, Stack, StackSelector, TcpPlace, UdpPlace, VirtualClock,
};
use support::{Inject, SERVER, with_stack};

const GROUP: Ipv4Addr = Ipv4Addr::new(224, 3, 29, 71);
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x4d);
const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);

type TestStack<'l, 'a, 'c> = Stack<'a, Inject<End<'l, 1514, 32>>, &'c VirtualClock>;

/// A stack with two UDP sockets on a link of `medium`.
fn on_link(medium: Medium, test: impl FnOnce(&VirtualClock, &TestStack<'_, '_, '_>)) {
    let clock = VirtualClock::new();
    let config = Config::new(match medium {
        Medium::Ethernet => EthernetAddress([2, 0, 0, 0, 0, 1]).into(),
        Medium::Ip => HardwareAddress::Ip,
    });
    let mut pair = Pair::<1514, 32>::new(medium);
    let (near, _far) = pair.split();
    with_stack::<0, _, _>(Inject::new(near), &clock, SERVER, config, |stack| {
        stack
            .add_address(LINK_LOCAL.into(), 64)
            .expect("room for two");
        test(&clock, stack);
    });
}

/// Lets the stack have the turns that it asks for.
fn pass(clock: &VirtualClock, stack: &TestStack<'_, '_, '_>, time: Duration) {
    let end = clock.now() + time;
    while clock.now() < end {
        let next = stack.drive();
        clock.wait(next.min(end));
    }
}

/// The packets sent since the last call that are of `protocol`, without link headers.
fn packets(stack: &TestStack<'_, '_, '_>, medium: Medium, protocol: u8) -> Vec<Vec<u8>> {
    let header = if medium == Medium::Ethernet { 14 } else { 0 };
    let frames = stack.with_device(|device| device.sent().take());
    let packets = frames.iter().map(|frame| frame[header..].to_vec());
    let is_one = |packet: &Vec<u8>| match packet[0] >> 4 {
        4 => packet[9] == protocol,
        _ => packet[6] == protocol,
    };
    packets.filter(is_one).collect()
}

/// The interface joins with the first socket and leaves with the last.
#[test]
fn membership_is_counted() {
    on_link(Medium::Ip, |clock, stack| {
        let igmp = u8::from(IpProtocol::Igmp);
        let told = || {
            pass(clock, stack, Duration::from_millis(300));
            let packets = packets(stack, Medium::Ip, igmp);
            let types = packets.iter().map(|packet| packet[20]);
            types.collect::<Vec<_>>()
        };
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let mut one = stack.udp_bind(any).expect("a socket");
        let mut other = stack.udp_bind(any).expect("a socket");
        // RFC 2236, section 2.1: 0x16 reports, 0x17 leaves.
        one.join(GROUP.into(), Interface::Any).expect("a member");
        assert_eq!(told(), [0x16]);
        other.join(GROUP.into(), Interface::Any).expect("a member");
        assert_eq!(told(), []);
        one.leave(GROUP.into(), Interface::Any).expect("it was one");
        assert_eq!(told(), []);
        drop(other);
        assert_eq!(told(), [0x17]);
    });
}

/// What smoltcp says the wrong way round leaves the right way round, with the checksum
/// of what it says.
#[test]
fn membership_over_ipv6_is_told_as_the_standard_has_it() {
    for medium in [Medium::Ip, Medium::Ethernet] {
        on_link(medium, |clock, stack| {
            let told = || {
                pass(clock, stack, Duration::from_millis(300));
                // All reports have a hop-by-hop option before them.
                let packets = packets(stack, medium, 0);
                let record = |packet: &Vec<u8>| {
                    let header = Ipv6Packet::new_checked(&packet[..]).expect("a packet");
                    let report = Icmpv6Packet::new_checked(&packet[48..]).expect("a report");
                    assert!(report.verify_checksum(&header.src_addr(), &header.dst_addr()));
                    assert_eq!(packet[48..][..8][7], 1, "one record");
                    let group = <[u8; 16]>::try_from(&packet[60..76]).expect("16 octets");
                    (packet[56], Ipv6Addr::from(group))
                };
                packets.iter().map(record).collect::<Vec<_>>()
            };
            let _ = told();
            let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0));
            let mut socket = stack.udp_bind(any).expect("a socket");
            socket
                .join(GROUP_V6.into(), Interface::Any)
                .expect("a member");
            // RFC 3810, section 5.2.12: 4 is change to exclude, 3 is change to include.
            assert_eq!(told(), [(4, GROUP_V6)]);
            socket
                .leave(GROUP_V6.into(), Interface::Any)
                .expect("it was one");
            assert_eq!(told(), [(3, GROUP_V6)]);
        });
    }
}

/// A router's query is answered in its time by a stack that is driven when it asks for it,
/// long after the join.
#[test]
fn query_is_answered_in_time() {
    on_link(Medium::Ip, |clock, stack| {
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let mut socket = stack.udp_bind(any).expect("a socket");
        socket.join(GROUP.into(), Interface::Any).expect("a member");
        pass(clock, stack, Duration::from_secs(3600));
        packets(stack, Medium::Ip, u8::from(IpProtocol::Igmp));
        stack.with_device(|device| device.arrive(query(Duration::from_secs(10))));
        pass(clock, stack, Duration::from_secs(10));
        let reports = packets(stack, Medium::Ip, u8::from(IpProtocol::Igmp));
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0][20], 0x16);
    });
}

/// A router's question who is in what group.
fn query(max_resp_time: Duration) -> Vec<u8> {
    let query = IgmpRepr::MembershipQuery {
        max_resp_time: amphi_smoltcp::smoltcp::time::Duration::from_millis(
            u64::try_from(max_resp_time.as_millis()).expect("some seconds"),
        ),
        group_addr: Ipv4Addr::UNSPECIFIED,
        version: amphi_smoltcp::smoltcp::wire::IgmpVersion::Version2,
    };
    let header = Ipv4Repr {
        src_addr: Ipv4Addr::new(10, 0, 0, 254),
        dst_addr: Ipv4Addr::new(224, 0, 0, 1),
        next_header: IpProtocol::Igmp,
        payload_len: query.buffer_len(),
        hop_limit: 1,
    };
    let mut octets = vec![0; header.buffer_len() + query.buffer_len()];
    header.emit(
        &mut Ipv4Packet::new_unchecked(&mut octets),
        &Default::default(),
    );
    query.emit(&mut IgmpPacket::new_unchecked(&mut octets[20..]));
    octets
}

/// While a join is young the stack asks for a turn each 100 ms at least, and later not
/// at all.
#[test]
fn young_join_asks_for_turns() {
    on_link(Medium::Ip, |clock, stack| {
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let mut socket = stack.udp_bind(any).expect("a socket");
        socket.join(GROUP.into(), Interface::Any).expect("a member");
        for _ in 0..20 {
            let next = stack.drive();
            assert!(next <= clock.now() + Duration::from_millis(100));
            clock.wait(next);
        }
        pass(clock, stack, Duration::from_secs(60));
        assert_eq!(stack.drive(), amphi_core::time::Instant::NEVER);
    });
}

/// A datagram leaves with the hop limit of the time when it was sent: 1 to a group unless
/// set, 64 to a host, and what was queued before a change leaves before it.
#[test]
fn each_datagram_has_its_own_hop_limit() {
    on_link(Medium::Ip, |clock, stack| {
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let mut socket = stack.udp_bind(any).expect("a socket");
        let group = SocketAddr::from((GROUP, 9));
        let host = SocketAddr::from((Ipv4Addr::new(10, 0, 0, 7), 9));
        socket.send_to(b"1", &group).expect("room");
        socket.set_multicast_hop_limit(5).expect("a limit");
        socket.send_to(b"5", &group).expect("room");
        socket.send_to(b"64", &host).expect("room");
        socket.set_hop_limit(9).expect("a limit");
        socket.send_to(b"9", &host).expect("room");
        socket.send_to(b"5", &group).expect("room");
        assert!(socket.set_hop_limit(0).is_err());
        pass(clock, stack, Duration::from_millis(10));
        let sent = packets(stack, Medium::Ip, u8::from(IpProtocol::Udp));
        let hops: Vec<_> = sent.iter().map(|packet| packet[8]).collect();
        assert_eq!(hops, [1, 5, 64, 9, 5]);
        let texts = sent.iter().map(|packet| packet[28..].to_vec());
        let texts: Vec<_> = texts.map(String::from_utf8).map(Result::unwrap).collect();
        assert_eq!(texts, ["1", "5", "64", "9", "5"]);
    });
}

/// With the loop off own members hear nothing, with a hop limit of 0 only they do.
#[test]
fn loop_and_hop_limit_decide_who_hears() {
    on_link(Medium::Ip, |clock, stack| {
        let at_group = SocketAddr::from((GROUP, 4_000));
        let mut member = stack.udp_bind(at_group).expect("a socket");
        member.join(GROUP.into(), Interface::Any).expect("a member");
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let mut sender = stack.udp_bind(any).expect("a socket");
        for (hops, looped, heard, sent) in [
            (1, true, true, 1),
            (1, false, false, 1),
            (0, true, true, 0),
            (0, false, false, 0),
        ] {
            sender.set_multicast_hop_limit(hops).expect("a limit");
            sender.set_multicast_loop(looped).expect("a choice");
            packets(stack, Medium::Ip, 17);
            sender.send_to(b"who hears?", &at_group).expect("room");
            pass(clock, stack, Duration::from_millis(10));
            let case = format!("hop limit {hops}, loop {looped}");
            assert_eq!(member.recv_from(&mut [0; 16]).is_ok(), heard, "{case}");
            assert_eq!(packets(stack, Medium::Ip, 17).len(), sent, "{case}");
        }
        assert_eq!(IpAddr::from(GROUP), at_group.ip());
    });
}

/// A report that is due when a socket sends to a group leaves before it, as it is, and nobody
/// takes it for the datagram: not even when that stays here.
#[test]
fn report_is_not_taken_for_a_datagram() {
    for (group, protocol, kind) in [
        // RFC 2236, section 2.1; RFC 3810, section 5.2.12, behind a hop-by-hop option.
        (IpAddr::from(GROUP), u8::from(IpProtocol::Igmp), (20, 0x16)),
        (IpAddr::from(GROUP_V6), 0, (56, 4)),
    ] {
        for hops in [0, 1] {
            on_link(Medium::Ip, |clock, stack| {
                pass(clock, stack, Duration::from_millis(300));
                packets(stack, Medium::Ip, protocol);
                let at_group = SocketAddr::new(group, 4_000);
                let mut member = stack.udp_bind(at_group).expect("a socket");
                member.set_multicast_hop_limit(hops).expect("a limit");
                member.join(group, Interface::Any).expect("a member");
                member.send_to(b"hello", &at_group).expect("room");
                StackSelector::<_, _, (), 1>::new(stack).flush();
                pass(clock, stack, Duration::from_millis(10));
                let told = packets(stack, Medium::Ip, protocol);
                let types: Vec<_> = told.iter().map(|packet| packet[kind.0]).collect();
                assert_eq!(types, [kind.1], "{group}, hop limit {hops}");
                assert!(member.recv_from(&mut [0; 16]).is_ok());
            });
        }
    }
}

/// The group of an own IPv6 address is reported on a link that comes up, if the address was
/// there before or not.
#[test]
fn group_of_an_address_is_told_on_a_new_link() {
    on_link(Medium::Ethernet, |clock, stack| {
        stack.set_link_up(false);
        for _ in 0..2 {
            stack.set_link_up(true);
            pass(clock, stack, Duration::from_millis(300));
            let told = packets(stack, Medium::Ethernet, 0);
            assert_eq!(told.iter().filter(|packet| packet[56] == 4).count(), 1);
            stack.set_link_up(false);
        }
    });
}

/// A datagram that stays here has to fit into the room for it, whatever the link carries.
#[test]
fn datagram_that_stays_here_has_its_room() {
    let mut config = Config::new(HardwareAddress::Ip);
    config.device_loops_back = true;
    let mut tcp: [TcpPlace<'_, 0, 0>; 0] = [];
    let mut udp = [UdpPlace::<4_096, 4>::new()];
    let mut slots = [Slot::new()];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let device = Loopback::<4_096, 4>::new(Medium::Ip);
    let stack = Stack::new(device, VirtualClock::new(), config, pool).expect("a stack");
    stack.add_address(SERVER.into(), 24).expect("an address");
    let at_group = SocketAddr::from((GROUP, 4_000));
    let mut member = (&stack).udp_bind(at_group).expect("a socket");
    member.join(GROUP.into(), Interface::Any).expect("a member");
    let octets = [7; 2_000];
    member.send_to(&octets, &at_group).expect("the link has it");
    stack.drive();
    member.set_multicast_hop_limit(0).expect("a limit");
    let too_long = member.send_to(&octets, &at_group);
    assert_eq!(too_long, Err(ErrorKind::MessageTooLong));
    member.send_to(&octets[..1_000], &at_group).expect("room");
    stack.drive();
    for len in [2_000, 1_000] {
        let received = member.recv_from(&mut [0; 8]).expect("a datagram");
        assert_eq!(received.len, len);
    }
}
