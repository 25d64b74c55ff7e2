//! What a stack does on a link where nobody answers, and frames come from nowhere.

use core::net::{Ipv4Addr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::{Blocking, Datagram, Interface, Multicast, Net, Socket};
use amphi_core::time::Duration;
use amphi_smoltcp::smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use amphi_smoltcp::smoltcp::time::Instant;
use amphi_smoltcp::smoltcp::wire::{EthernetAddress, HardwareAddress};
use amphi_smoltcp::{Config, Pool, Slot, Stack, TcpPlace, UdpPlace, VirtualClock};

const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);
/// Longer than the 30 s that a dropped socket has to deliver what it owes.
const LONG: Duration = Duration::from_secs(60);

/// A link that swallows what is sent, and delivers what a test puts in.
struct Silent {
    medium: Medium,
    frames: Vec<Vec<u8>>,
}

struct Frame(Vec<u8>);
struct Nowhere;

impl phy::RxToken for Frame {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl phy::TxToken for Nowhere {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        f(&mut vec![0; len])
    }
}

impl Device for Silent {
    type RxToken<'a> = Frame;
    type TxToken<'a> = Nowhere;

    fn receive(&mut self, _timestamp: Instant) -> Option<(Frame, Nowhere)> {
        self.frames.pop().map(|frame| (Frame(frame), Nowhere))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<Nowhere> {
        Some(Nowhere)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = self.medium;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

fn on_silent_link(medium: Medium, test: impl FnOnce(&Stack<'_, Silent, VirtualClock>)) {
    let mut tcp = [const { TcpPlace::<256, 256>::new() }; 1];
    let mut udp = [const { UdpPlace::<256, 2>::new() }; 1];
    let mut slots = [const { Slot::new() }; 3];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let config = Config::new(match medium {
        Medium::Ethernet => EthernetAddress([2, 0, 0, 0, 0, 1]).into(),
        Medium::Ip => HardwareAddress::Ip,
    });
    let device = Silent {
        medium,
        frames: Vec::new(),
    };
    let stack = Stack::new(device, VirtualClock::new(), config, pool).expect("a stack");
    stack
        .add_address(Ipv4Addr::new(192, 0, 2, 1).into(), 24)
        .expect("an address");
    test(&stack);
}

/// A frame that ends with its link header, or has no octet at all, once was a panic.
#[test]
fn frame_without_a_packet_does_no_harm() {
    let mut header = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    on_silent_link(Medium::Ethernet, |stack| {
        for kind in [[8, 0], [0x86, 0xdd], [8, 6]] {
            header.splice(12.., kind);
            stack.with_device(|device| device.frames.push(header.clone()));
            stack.drive();
        }
    });
    on_silent_link(Medium::Ip, |stack| {
        stack.with_device(|device| device.frames.push(Vec::new()));
        stack.drive();
    });
}

/// A report of membership that left together with the last look at a socket that was gone
/// once counted as something owed, for ever.
#[test]
fn report_is_no_debt_of_a_dropped_socket() {
    on_silent_link(Medium::Ethernet, |stack| {
        let group = Ipv4Addr::new(224, 3, 29, 71);
        let mut socket = stack.udp_bind((group, 9).into()).expect("a free place");
        socket.join(group.into(), Interface::Any).expect("a member");
        stack.drive();
        drop(socket);
        assert_eq!(stack.drain(stack.now() + LONG), Ok(true));
    });
}

/// The reset of a connection to a neighbour that is not there can never leave;
/// the place of the connection once was lost with it. That nobody on the link has the
/// address is known only where the link has addresses.
#[test]
fn connect_to_nobody_fails_and_gives_its_place_back() {
    for (medium, failure) in [
        (Medium::Ethernet, ErrorKind::Unreachable),
        (Medium::Ip, ErrorKind::TimedOut),
    ] {
        on_silent_link(medium, |stack| {
            let remote = SocketAddr::from((NEIGHBOUR, 7));
            for _ in 0..3 {
                let connected = Blocking::connect(stack, remote, None).map(drop);
                assert_eq!(connected, Err(failure));
                let stream = stack.tcp_connect(remote).expect("a free place");
                drop(stream);
                let deadline = stack.now() + LONG;
                assert_eq!(stack.drain(deadline), Ok(true));
            }
        });
    }
}

/// A datagram to a neighbour that is not there can never leave; the place of its
/// dropped socket once was lost with it.
#[test]
fn datagram_to_nobody_gives_its_place_back() {
    on_silent_link(Medium::Ethernet, |stack| {
        for _ in 0..3 {
            let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
            let mut socket = stack.udp_bind(any).expect("a free place");
            let remote = SocketAddr::from((NEIGHBOUR, 7));
            socket.send_to(b"hello?", &remote).expect("room");
            assert_ne!(socket.local().map(|local| local.port()), Ok(0));
            drop(socket);
            let deadline = stack.now() + LONG;
            assert_eq!(stack.drain(deadline), Ok(true));
        }
    });
}

/// A datagram to a neighbour that is not there once kept all others of its socket from
/// leaving, for ever: whoever could send one from an address without an owner could silence
/// a service.
#[test]
fn datagram_to_nobody_does_not_stop_others() {
    on_silent_link(Medium::Ethernet, |stack| {
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 7));
        let mut socket = stack.udp_bind(any).expect("a free place");
        let nobody = SocketAddr::from((NEIGHBOUR, 7));
        for _ in 0..3 {
            socket.send_to(b"hello?", &nobody).expect("room");
            socket.send_to(b"hello?", &nobody).expect("room");
            let full = socket.send_to(b"hello?", &nobody);
            assert_eq!(full, Err(ErrorKind::WouldBlock));
            // Asked for twice, and each time a second to answer.
            let waited = socket.wait(Interest::WRITE, Some(Duration::from_millis(1990)));
            assert_eq!(waited, Ok(false));
            let waited = socket.wait(Interest::WRITE, Some(Duration::from_millis(20)));
            assert_eq!(waited, Ok(true));
        }
        socket.connect(nobody).expect("a peer");
        socket.send(b"hello?").expect("room");
        let waited = socket.wait(Interest::READ, Some(Duration::from_secs(3)));
        assert_eq!(waited, Ok(true));
        assert_eq!(socket.recv(&mut [0; 8]), Err(ErrorKind::Unreachable));
        socket.send(b"hello?").expect("room");
    });
}
