//! Neighbours that are not there, beside one that is.

mod support;

use core::net::{Ipv4Addr, SocketAddr};

use amphi_core::socket::{Datagram, Net, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::link::Pair;
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::{ArpOperation, ArpPacket, ArpRepr, EthernetAddress, TcpControl};
use amphi_smoltcp::{Config, VirtualClock};
use support::{CLIENT, Inject, SERVER, pass, segment, with_stack};

const SOON: Duration = Duration::from_millis(20);
const PORT: u16 = 7;

/// The hardware address of the host with this last octet.
fn hardware_address(last: u8) -> EthernetAddress {
    EthernetAddress([2, 0, 0, 0, 0, last])
}

fn frame(from: u8, kind: [u8; 2], packet: &[u8]) -> Vec<u8> {
    let to = hardware_address(SERVER.octets()[3]);
    [&to.0[..], &hardware_address(from).0, &kind, packet].concat()
}

/// A host asks for the server's hardware address, so that the server knows the host's.
fn question(from: u8) -> Vec<u8> {
    let question = ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Request,
        source_hardware_addr: hardware_address(from),
        source_protocol_addr: Ipv4Addr::new(10, 0, 0, from),
        target_hardware_addr: EthernetAddress::BROADCAST,
        target_protocol_addr: SERVER,
    };
    let mut octets = vec![0; question.buffer_len()];
    question.emit(&mut ArpPacket::new_unchecked(&mut octets[..]));
    frame(from, [8, 6], &octets)
}

/// A connection from a host that does not answer any more.
fn attempt(from: u8) -> Vec<u8> {
    let from_address = SocketAddr::from((Ipv4Addr::new(10, 0, 0, from), 1000));
    let to = SocketAddr::from((SERVER, PORT));
    frame(from, [8, 0], &segment(from_address, to, TcpControl::Syn, 1))
}

/// smoltcp asks for one neighbour a second. A connection to one that is not there once
/// asked each second, and whoever else was forgotten was never asked for.
#[test]
fn absent_neighbour_does_not_use_up_all_requests() {
    let clock = VirtualClock::new();
    let config = |last| Config::new(hardware_address(last).into());
    let mut pair = Pair::<1514, 16>::new(Medium::Ethernet);
    let (near, far) = pair.split();
    let near = Inject::new(near);
    with_stack::<4, _, _>(near, &clock, SERVER, config(1), |server| {
        with_stack::<4, _, _>(far, &clock, CLIENT, config(2), |client| {
            let _listener = server.tcp_listen((SERVER, PORT).into(), 3).expect("room");
            // The client knows the server from here on, and need not ask for it.
            let mut asker = client.udp_bind((CLIENT, 0).into()).expect("a socket");
            let nobody = SocketAddr::from((SERVER, 9));
            asker.send_to(b"there?", &nobody).expect("room");
            pass(&clock, server, client, SOON);
            // More hosts than the server remembers come, and one that is gone at once.
            for frame in (100..120).map(question).chain([attempt(50)]) {
                server.with_device(|device| device.arrive(frame));
                pass(&clock, server, client, SOON);
            }
            let mut stream = client.tcp_connect((SERVER, PORT).into()).expect("room");
            let mut seconds = 0;
            while stream.finish_connect().is_err() {
                assert!(seconds < 9, "the server asks for the other one only");
                pass(&clock, server, client, Duration::from_secs(1));
                seconds += 1;
            }
        });
    });
}
