//! Who asks with an echo request of ICMP whether the stack is there gets an answer.
#![cfg(feature = "ping")]

mod support;

use core::net::{IpAddr, Ipv6Addr};

use amphi_smoltcp::smoltcp::phy::{ChecksumCapabilities, Device, TxToken};
use amphi_smoltcp::smoltcp::time::Instant;
use amphi_smoltcp::smoltcp::wire::{
    Icmpv4Packet, Icmpv4Repr, Icmpv6Packet, Icmpv6Repr, IpAddress, IpProtocol, IpRepr, Ipv4Packet,
    Ipv6Packet,
};
use support::{CLIENT, SERVER, SOON, on_link, pass};

const SERVER_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1);
const CLIENT_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2);
const IDENT: u16 = 77;
const SEQUENCE: u16 = 3;

/// An echo request from `from` to `to`.
fn request(from: IpAddr, to: IpAddr, data: &[u8]) -> Vec<u8> {
    let checksums = ChecksumCapabilities::default();
    let packet = |protocol, length| {
        let packet = IpRepr::new(
            IpAddress::from(from),
            IpAddress::from(to),
            protocol,
            length,
            64,
        );
        let mut octets = vec![0; packet.buffer_len()];
        packet.emit(&mut octets, &checksums);
        (octets, packet.header_len())
    };
    match (from, to) {
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let message = Icmpv6Repr::EchoRequest {
                ident: IDENT,
                seq_no: SEQUENCE,
                data,
            };
            let (mut octets, header) = packet(IpProtocol::Icmpv6, message.buffer_len());
            let mut rest = Icmpv6Packet::new_unchecked(&mut octets[header..]);
            message.emit(&from, &to, &mut rest, &checksums);
            octets
        }
        _ => {
            let message = Icmpv4Repr::EchoRequest {
                ident: IDENT,
                seq_no: SEQUENCE,
                data,
            };
            let (mut octets, header) = packet(IpProtocol::Icmp, message.buffer_len());
            let mut rest = Icmpv4Packet::new_unchecked(&mut octets[header..]);
            message.emit(&mut rest, &checksums);
            octets
        }
    }
}

/// The data of an echo reply from `from` to `to`.
fn reply(frame: &[u8], from: IpAddr, to: IpAddr) -> Option<Vec<u8>> {
    let checksums = ChecksumCapabilities::default();
    let data = match (from, to) {
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let packet = Ipv6Packet::new_checked(frame).ok()?;
            assert_eq!((packet.src_addr(), packet.dst_addr()), (from, to));
            let message = Icmpv6Packet::new_checked(packet.payload()).ok()?;
            match Icmpv6Repr::parse(&from, &to, &message, &checksums).ok()? {
                Icmpv6Repr::EchoReply {
                    ident: IDENT,
                    seq_no: SEQUENCE,
                    data,
                } => data.to_vec(),
                _ => return None,
            }
        }
        _ => {
            let packet = Ipv4Packet::new_checked(frame).ok()?;
            assert_eq!(IpAddr::from(packet.src_addr()), from);
            assert_eq!(IpAddr::from(packet.dst_addr()), to);
            let message = Icmpv4Packet::new_checked(packet.payload()).ok()?;
            match Icmpv4Repr::parse(&message, &checksums).ok()? {
                Icmpv4Repr::EchoReply {
                    ident: IDENT,
                    seq_no: SEQUENCE,
                    data,
                } => data.to_vec(),
                _ => return None,
            }
        }
    };
    Some(data)
}

#[test]
fn echo_requests_are_answered() {
    on_link(
        |_| {},
        |clock, server, client| {
            server.add_address(SERVER_V6.into(), 64).expect("room");
            client.add_address(CLIENT_V6.into(), 64).expect("room");
            for (asker, asked) in [
                (IpAddr::V4(CLIENT), IpAddr::V4(SERVER)),
                (CLIENT_V6.into(), SERVER_V6.into()),
            ] {
                for data in [&b""[..], b"are you there", &[7; 1000]] {
                    let request = request(asker, asked, data);
                    client.with_device(|device| {
                        let token = device.transmit(Instant::ZERO).expect("room on the link");
                        token.consume(request.len(), |frame| frame.copy_from_slice(&request));
                    });
                    server.with_device(|device| device.sent().take());
                    pass(clock, server, client, SOON);
                    let sent = server.with_device(|device| device.sent().take());
                    let [frame] = &sent[..] else {
                        panic!("{} frames from {asked}", sent.len());
                    };
                    assert_eq!(reply(frame, asked, asker).as_deref(), Some(data));
                }
            }
        },
    );
}
