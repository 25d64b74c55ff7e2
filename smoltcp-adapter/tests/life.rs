//! The life of connections where something goes wrong.

mod support;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::socket::{Blocking, Listener, Net, Shutdown, Socket, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::link::Pair;
use amphi_smoltcp::smoltcp::phy::{Device, Medium, RxToken, TxToken};
use amphi_smoltcp::smoltcp::time::Instant;
use amphi_smoltcp::smoltcp::wire::{
    HardwareAddress, Icmpv4DstUnreachable, Icmpv4Packet, Icmpv4Repr, Icmpv6DstUnreachable,
    Icmpv6Packet, Icmpv6Repr, IpProtocol, Ipv4Packet, Ipv4Repr, Ipv6Packet, Ipv6Repr, TcpControl,
    TcpPacket, TcpSeqNumber,
};
use amphi_smoltcp::{Config, Platform, VirtualClock};
use support::{
    CLIENT, Inject, LinkEnd, Linked, PORT, SERVER, SOON, at_server, connect, on_link, pass,
    segment, with_stack,
};

/// Whether a segment with a reset is among the frames.
fn resets(device: &LinkEnd<'_>) -> usize {
    let sent = device.sent();
    let is_reset = |frame: &&Vec<u8>| {
        let packet = Ipv4Packet::new_checked(&frame[..]).expect("a packet");
        TcpPacket::new_checked(packet.payload()).is_ok_and(|segment| segment.rst())
    };
    sent.borrow().iter().filter(is_reset).count()
}

/// A connection that is aborted, and one that is dropped with a linger of zero, end with
/// a reset that really leaves, even when the pool is so small that the next attempt
/// needs their sockets at once.
#[test]
fn abort_sends_its_reset_before_its_socket_is_used_again() {
    on_link(
        |_| (),
        |clock, server, client| {
            for round in 1..=4 {
                let (mut near, mut far, _listener) =
                    connect(server, client, || pass(clock, server, client, SOON));
                let second = client.tcp_connect(at_server()).expect("the other socket");
                let before = client.with_device(|device| resets(device));
                if round % 2 == 0 {
                    near.abort();
                } else {
                    near.set_linger(Duration::ZERO).expect("a linger");
                    drop(near);
                }
                let third = client
                    .tcp_connect(at_server())
                    .expect("the aborted one's socket");
                assert_eq!(client.with_device(|device| resets(device)), before + 1);
                pass(clock, server, client, SOON);
                assert_eq!(far.read(&mut [0; 8]), Err(ErrorKind::Reset));
                drop((second, third));
                pass(clock, server, client, 2 * SOON);
            }
        },
    );
}

/// A peer may use the address of a finished connection again while its end here is in
/// TIME-WAIT (RFC 9293, section 3.6.1).
#[test]
fn peer_uses_its_port_again_after_the_end() {
    on_link(
        |_| (),
        |clock, server, client| {
            let (mut near, far, mut listener) =
                connect(server, client, || pass(clock, server, client, SOON));
            let from = near.local().expect("an address");
            // The server ends first, so TIME-WAIT is its.
            drop(far);
            pass(clock, server, client, SOON);
            assert_eq!(near.read(&mut [0; 8]), Ok(0));
            drop(near);
            pass(clock, server, client, SOON);
            let opening = support::segment(
                from,
                at_server(),
                amphi_smoltcp::smoltcp::wire::TcpControl::Syn,
                1_000_000,
            );
            let before = server.with_device(|device| {
                device.arrive(opening);
                device.sent().borrow().len()
            });
            server.drive();
            server.drive();
            let answer = server.with_device(|device| device.sent().borrow()[before].clone());
            let packet = Ipv4Packet::new_checked(&answer[..]).expect("a packet");
            let segment = TcpPacket::new_checked(packet.payload()).expect("a segment");
            assert!(
                segment.syn() && segment.ack(),
                "the new attempt is answered"
            );
            assert_eq!(listener.accept().map(drop), Err(ErrorKind::WouldBlock));
        },
    );
}

/// A peer that acknowledges all and never reads keeps its connection as long as somebody
/// here has it, and not a moment longer than the linger limit once it is dropped.
#[test]
fn zero_window_for_ever_holds_a_socket_only_while_it_is_wanted() {
    on_link(
        |_| (),
        |clock, server, client| {
            let (mut near, _far, _listener) =
                connect(server, client, || pass(clock, server, client, SOON));
            let mut written = 0;
            while let Ok(count) = near.write(&[7; 256]) {
                written += count;
                pass(clock, server, client, SOON);
            }
            assert_eq!(written, 1024, "both buffers are full");
            pass(clock, server, client, Duration::from_secs(600));
            assert_eq!(near.write(b"more"), Err(ErrorKind::WouldBlock));
            near.set_linger(Duration::from_secs(5)).expect("a linger");
            drop(near);
            pass(clock, server, client, Duration::from_secs(4));
            assert_eq!(client.with_device(|device| resets(device)), 0);
            pass(clock, server, client, Duration::from_secs(3));
            assert_eq!(client.with_device(|device| resets(device)), 1);
            let both: Vec<_> = (0..2).map(|_| client.tcp_connect(at_server())).collect();
            assert!(
                both.iter().all(Result::is_ok),
                "both sockets are free again"
            );
        },
    );
}

/// A device that gives no room stops nobody but its traffic: nothing spins, reads still
/// work, what was written leaves when there is room again, and what cannot leave is
/// given up.
#[test]
fn link_without_room_delays_and_does_not_lose() {
    on_link(
        |_| (),
        |clock, server, client| {
            let (mut near, mut far, _listener) =
                connect(server, client, || pass(clock, server, client, SOON));
            let blocked = client.with_device(|device| device.blocked());
            blocked.set(true);
            assert_eq!(near.write(b"patience"), Ok(8));
            far.write(b"hello").expect("room");
            let begin = clock.now();
            let mut turns = 0;
            while clock.now() < begin + SOON {
                server.drive();
                let next = client.drive();
                turns += 1;
                // It asks for the next turn later than now, or has just taken in a frame.
                clock.advance(Duration::from_micros(u64::from(next > clock.now()) * 1_000));
            }
            assert!(turns < 200, "{turns} turns in 50 ms");
            let mut buf = [0; 16];
            assert_eq!(near.read(&mut buf), Ok(5));
            assert_eq!(far.read(&mut buf), Err(ErrorKind::WouldBlock));
            blocked.set(false);
            pass(clock, server, client, SOON);
            assert_eq!(far.read(&mut buf), Ok(8));
            assert_eq!(&buf[..8], b"patience");

            blocked.set(true);
            near.write(b"never").expect("room");
            drop(near);
            assert!(
                !client
                    .drain(clock.now() + Duration::from_secs(20))
                    .expect("a drain")
            );
            assert!(
                client
                    .drain(clock.now() + Duration::from_secs(20))
                    .expect("a drain")
            );
        },
    );
}

/// With every socket in use, an attempt is a typed error at once, and works again when
/// one is free.
#[test]
fn exhausted_pool_is_told() {
    on_link(
        |_| (),
        |clock, server, client| {
            let (near, _far, _listener) =
                connect(server, client, || pass(clock, server, client, SOON));
            let second = client.tcp_connect(at_server()).expect("the other socket");
            let third = client.tcp_connect(at_server()).map(drop);
            assert_eq!(third, Err(ErrorKind::Exhausted));
            drop(second);
            let third = client.tcp_connect(at_server()).map(drop);
            assert_eq!(third, Ok(()));
            drop(near);
        },
    );
}

/// A new connection sends what the handshake needs, and the first keep-alive when it has
/// been idle for as long as that takes.
#[test]
fn new_connection_is_not_probed_at_once() {
    on_link(
        |_| (),
        |clock, server, client| {
            let (_near, _far, _listener) =
                connect(server, client, || pass(clock, server, client, SOON));
            let sent_by = |stack: &Linked<'_, '_, '_>| {
                stack.with_device(|device| device.sent().borrow().len())
            };
            let frames = || (sent_by(server), sent_by(client));
            pass(clock, server, client, Duration::from_secs(9));
            assert_eq!(frames(), (1, 2), "the answer; SYN and ACK");
            pass(clock, server, client, Duration::from_secs(2));
            assert!(frames() > (1, 2), "{:?}", frames());
        },
    );
}

/// A peer that vanishes without a word is noticed by keep-alive, without a write.
#[test]
fn vanished_peer_times_out() {
    on_link(
        |config| config.peer_timeout = Duration::from_secs(30),
        |clock, server, client| {
            let (mut near, _far, _listener) =
                connect(server, client, || pass(clock, server, client, SOON));
            let end = clock.now() + Duration::from_secs(60);
            while clock.now() < end {
                client.drive();
                clock.advance(Duration::from_millis(10));
            }
            assert_eq!(near.read(&mut [0; 8]), Err(ErrorKind::TimedOut));
        },
    );
}

/// What a router or the peer says of a packet, as it would arrive here.
fn report(about: &[u8], reason: Icmpv4DstUnreachable, from: Ipv4Addr) -> Vec<u8> {
    let quoted = Ipv4Packet::new_checked(about).expect("a packet");
    let quoted_header = Ipv4Repr::parse(&quoted, &Default::default()).expect("a header");
    let message = Icmpv4Repr::DstUnreachable {
        reason,
        header: quoted_header,
        // Eight octets are all that a router must quote.
        data: &quoted.payload()[..8],
    };
    let header = Ipv4Repr {
        src_addr: from,
        dst_addr: quoted.src_addr(),
        next_header: IpProtocol::Icmp,
        payload_len: message.buffer_len(),
        hop_limit: 64,
    };
    let mut octets = vec![0; header.buffer_len() + message.buffer_len()];
    header.emit(
        &mut Ipv4Packet::new_unchecked(&mut octets),
        &Default::default(),
    );
    let rest = &mut octets[header.buffer_len()..];
    message.emit(&mut Icmpv4Packet::new_unchecked(rest), &Default::default());
    octets
}

/// Why an attempt to connect failed is told apart: refused by reset, refused by a
/// host's report, unreachable by a router's, no route, silence.
#[test]
fn failed_attempts_are_told_apart() {
    on_link(
        |_| (),
        |clock, server, client| {
            let mut refused = client.tcp_connect(at_server()).expect("an attempt");
            pass(clock, server, client, SOON);
            assert_eq!(refused.finish_connect(), Err(ErrorKind::Refused));

            for (reason, kind) in [
                (Icmpv4DstUnreachable::PortUnreachable, ErrorKind::Refused),
                (
                    Icmpv4DstUnreachable::HostUnreachable,
                    ErrorKind::Unreachable,
                ),
                (Icmpv4DstUnreachable::NetUnreachable, ErrorKind::Unreachable),
                (Icmpv4DstUnreachable::CommProhibited, ErrorKind::Unreachable),
            ] {
                let mut stream = client.tcp_connect((SERVER, 9).into()).expect("an attempt");
                client.drive();
                client.with_device(|device| {
                    let attempt = device.sent().borrow().last().expect("a segment").clone();
                    device.arrive(report(&attempt, reason, SERVER));
                });
                client.drive();
                assert_eq!(stream.finish_connect(), Err(kind));
                drop(stream);
            }

            let elsewhere = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), PORT));
            let far = Blocking::connect(client, elsewhere, Some(Duration::from_secs(3))).map(drop);
            assert_eq!(
                far,
                Err(ErrorKind::TimedOut),
                "a link without routers tells nothing"
            );
            let silent = SocketAddr::from((Ipv4Addr::new(10, 0, 0, 77), PORT));
            let timed_out =
                Blocking::connect(client, silent, Some(Duration::from_secs(3))).map(drop);
            assert_eq!(timed_out, Err(ErrorKind::TimedOut));
        },
    );
}

/// The same for an attempt over IPv6 (RFC 4443, section 3.1).
fn report_v6(about: &[u8], reason: Icmpv6DstUnreachable, from: Ipv6Addr) -> Vec<u8> {
    let quoted = Ipv6Packet::new_checked(about).expect("a packet");
    let message = Icmpv6Repr::DstUnreachable {
        reason,
        header: Ipv6Repr::parse(&quoted).expect("a header"),
        data: &quoted.payload()[..8],
    };
    let header = Ipv6Repr {
        src_addr: from,
        dst_addr: quoted.src_addr(),
        next_header: IpProtocol::Icmpv6,
        payload_len: message.buffer_len(),
        hop_limit: 64,
    };
    let mut octets = vec![0; header.buffer_len() + message.buffer_len()];
    header.emit(&mut Ipv6Packet::new_unchecked(&mut octets));
    let rest = &mut octets[header.buffer_len()..];
    message.emit(
        &header.src_addr,
        &header.dst_addr,
        &mut Icmpv6Packet::new_unchecked(rest),
        &Default::default(),
    );
    octets
}

/// Why an attempt over IPv6 failed is told apart as over IPv4.
#[test]
fn failed_attempts_over_ipv6_are_told_apart() {
    on_link(
        |_| (),
        |clock, server, client| {
            let [at, from] = [1, 2].map(|last| Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, last));
            server.add_address(at.into(), 64).expect("room");
            client.add_address(from.into(), 64).expect("room");
            let mut refused = client.tcp_connect((at, PORT).into()).expect("an attempt");
            pass(clock, server, client, SOON);
            assert_eq!(refused.finish_connect(), Err(ErrorKind::Refused));
            drop(refused);

            for (reason, kind) in [
                (Icmpv6DstUnreachable::PortUnreachable, ErrorKind::Refused),
                (Icmpv6DstUnreachable::NoRoute, ErrorKind::Unreachable),
                (
                    Icmpv6DstUnreachable::AddrUnreachable,
                    ErrorKind::Unreachable,
                ),
                (Icmpv6DstUnreachable::AdminProhibit, ErrorKind::Unreachable),
            ] {
                let mut stream = client.tcp_connect((at, 9).into()).expect("an attempt");
                client.drive();
                client.with_device(|device| {
                    let attempt = device.sent().borrow().last().expect("a segment").clone();
                    device.arrive(report_v6(&attempt, reason, at));
                });
                client.drive();
                assert_eq!(stream.finish_connect(), Err(kind), "{reason:?}");
            }
        },
    );
}

/// A report does no harm to a connection that stands (RFC 1122, section 4.2.3.9), nor
/// does one about a connection that there is not, or one that was changed on its way.
#[test]
fn reports_harm_no_connection_that_stands() {
    on_link(
        |_| (),
        |clock, server, client| {
            let (mut near, mut far, _listener) =
                connect(server, client, || pass(clock, server, client, SOON));
            near.write(b"a").expect("room");
            client.drive();
            let reason = Icmpv4DstUnreachable::HostUnreachable;
            let segment = client.with_device(|device| {
                let segment = device.sent().borrow().last().expect("a segment").clone();
                device.arrive(report(&segment, reason, SERVER));
                segment
            });
            client.drive();
            pass(clock, server, client, SOON);
            assert_eq!(far.read(&mut [0; 8]), Ok(1));

            let mut attempt = client.tcp_connect((SERVER, 9).into()).expect("an attempt");
            client.with_device(|device| {
                let mut changed = report(&segment, reason, SERVER);
                changed[20 + 8 + 20] ^= 1;
                device.arrive(changed);
            });
            client.drive();
            assert_eq!(attempt.finish_connect(), Err(ErrorKind::WouldBlock));
            assert_eq!(near.shutdown(Shutdown::Write), Ok(()));
            pass(clock, server, client, SOON);
            assert_eq!(far.read(&mut [0; 8]), Ok(0));
        },
    );
}

/// Who asks all hosts for a connection gets no answer, not even a refusal, and takes no room
/// (RFC 9293, section 3.9.2.3).
#[test]
fn attempt_to_reach_many_is_none() {
    let clock = VirtualClock::new();
    let mut pair = Pair::<1500, 16>::new(Medium::Ip);
    let (near, mut far) = pair.split();
    let config = Config::new(HardwareAddress::Ip);
    with_stack::<2, _, _>(near, &clock, SERVER, config, |server| {
        let all = (Ipv4Addr::UNSPECIFIED, PORT).into();
        let _listener = server.tcp_listen(all, 1).expect("a listener");
        let mut is_answered = |to: SocketAddr| {
            let frame = segment((CLIENT, 4_000).into(), to, TcpControl::Syn, 1);
            let room = far.transmit(Instant::ZERO).expect("room");
            room.consume(frame.len(), |octets| octets.copy_from_slice(&frame));
            for _ in 0..3 {
                server.drive();
            }
            far.receive(Instant::ZERO).is_some()
        };
        for many in [Ipv4Addr::BROADCAST, Ipv4Addr::new(10, 0, 0, 255)] {
            assert!(!is_answered((many, PORT).into()));
            assert!(!is_answered((many, PORT + 1).into()));
        }
        assert!(is_answered((SERVER, PORT + 1).into()));
        assert!(is_answered(at_server()));
    });
}

/// What the peer has asked for three times is sent again though the link has room for nothing
/// but an answer: forgotten, it would come with the next sign of life from the peer, and what
/// is sent to get that sign would be taken for an octet that is still under way.
#[test]
fn fast_retransmission_is_not_forgotten() {
    let clock = VirtualClock::new();
    let mut pair = Pair::<1500, 16>::new(Medium::Ip);
    let (near, mut far) = pair.split();
    let config = Config::new(HardwareAddress::Ip);
    with_stack::<1, _, _>(Inject::new(near), &clock, SERVER, config, |stack| {
        let (peer, blocked) = ((CLIENT, PORT).into(), stack.with_device(|it| it.blocked()));
        let mut stream = stack.tcp_connect(peer).expect("an attempt");
        let own = stream.local().expect("an address");
        // What the stack sends in the next second: sequence numbers and lengths.
        let mut exchange = |answer: Option<(TcpControl, i32, i32)>| {
            if let Some((control, seq, ack)) = answer {
                let frame = answer_with(peer, own, (control, seq), ack);
                let room = far.transmit(Instant::ZERO).expect("room");
                room.consume(frame.len(), |octets| octets.copy_from_slice(&frame));
            }
            let mut sent = Vec::new();
            for _ in 0..10 {
                stack.drive();
                while let Some((frame, _)) = far.receive(Instant::ZERO) {
                    sent.push(frame.consume(|frame| {
                        let segment = TcpPacket::new_checked(&frame[20..]).expect("a segment");
                        (segment.seq_number().0, segment.payload().len())
                    }));
                }
                clock.advance(Duration::from_millis(1));
            }
            sent
        };
        let start = exchange(None)[0].0.wrapping_add(1);
        exchange(Some((TcpControl::Syn, 99, start)));
        stream.write(&[1; 200]).expect("room");
        assert_eq!(exchange(None), [(start, 200)]);
        stream.write(&[2; 200]).expect("room");
        assert_eq!(exchange(None).len(), 1);
        blocked.set(true);
        let again = Some((TcpControl::None, 100, start));
        let sent: Vec<_> = (0..3).flat_map(|_| exchange(again)).collect();
        assert_eq!(sent, [(start, 400)]);
    });
}

/// A segment of a peer that acknowledges.
fn answer_with(
    from: SocketAddr,
    to: SocketAddr,
    (control, seq): (TcpControl, i32),
    ack: i32,
) -> Vec<u8> {
    let mut frame = segment(from, to, control, seq);
    let (IpAddr::V4(source), IpAddr::V4(target)) = (from.ip(), to.ip()) else {
        panic!("IPv4 only");
    };
    let mut segment = TcpPacket::new_unchecked(&mut frame[20..]);
    segment.set_ack(true);
    segment.set_ack_number(TcpSeqNumber(ack));
    segment.fill_checksum(&source.into(), &target.into());
    frame
}
