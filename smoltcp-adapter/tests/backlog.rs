//! A listener without room: what becomes of those who try all the same.

use core::net::{Ipv4Addr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::{Listener, Net, Socket, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::HardwareAddress;
use amphi_smoltcp::{
    Config, Loopback, Pool, Slot, Stack, TcpPlace, UdpPlace, VirtualClock, WhenBusy,
};

const PORT: u16 = 7;
const CLIENTS: usize = 5;

type TestStack<'a> = Stack<'a, Loopback<1500, 16>, VirtualClock>;

fn on_loopback(when_busy: WhenBusy, test: impl FnOnce(&TestStack<'_>, SocketAddr)) {
    let mut tcp = [const { TcpPlace::<256, 256>::new() }; 2 * CLIENTS];
    let mut udp: [UdpPlace<'_, 16, 1>; 0] = [];
    let mut slots = [const { Slot::new() }; 2 * CLIENTS + 1];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let mut config = Config::new(HardwareAddress::Ip);
    config.device_loops_back = true;
    config.when_busy = when_busy;
    let device = Loopback::new(Medium::Ip);
    let stack = Stack::new(device, VirtualClock::new(), config, pool).expect("a stack");
    stack
        .add_address(Ipv4Addr::LOCALHOST.into(), 8)
        .expect("an address");
    test(&stack, (Ipv4Addr::LOCALHOST, PORT).into());
}

/// Gives the stack some milliseconds.
fn pass(stack: &TestStack<'_>, time: Duration) {
    let end = stack.now() + time;
    while stack.now() < end {
        let next = stack.drive();
        amphi_smoltcp::Platform::wait(stack.platform(), next.min(end));
    }
}

/// A full listener that says nothing loses nobody: they ask again, and are
/// accepted when there is room.
#[test]
fn silent_listener_serves_all_in_the_end() {
    on_loopback(WhenBusy::Silent, |stack, address| {
        let mut listener = stack.tcp_listen(address, 2).expect("a listener");
        let mut clients: Vec<_> = (0..CLIENTS)
            .map(|_| stack.tcp_connect(address).expect("an attempt"))
            .collect();
        pass(stack, Duration::from_millis(10));
        let connected = clients
            .iter_mut()
            .filter_map(|client| client.finish_connect().ok())
            .count();
        assert_eq!(connected, 2);
        let mut accepted = Vec::new();
        for _ in 0..CLIENTS {
            let ready = listener.wait(Interest::READ, Some(Duration::from_secs(9)));
            assert_eq!(ready, Ok(true));
            accepted.push(listener.accept().expect("one waits"));
        }
        assert!(
            clients
                .iter_mut()
                .all(|client| client.finish_connect().is_ok())
        );
    });
}

/// A full listener that refuses tells those who come too late.
#[test]
fn refusing_listener_tells_at_once() {
    on_loopback(WhenBusy::Reset, |stack, address| {
        let mut listener = stack.tcp_listen(address, 2).expect("a listener");
        let mut clients: Vec<_> = (0..CLIENTS)
            .map(|_| stack.tcp_connect(address).expect("an attempt"))
            .collect();
        pass(stack, Duration::from_millis(10));
        let refused = clients
            .iter_mut()
            .filter_map(|client| client.finish_connect().err())
            .filter(|error| *error == ErrorKind::Refused)
            .count();
        assert_eq!(refused, CLIENTS - 2);
        assert!(listener.accept().is_ok() && listener.accept().is_ok());
        assert_eq!(listener.accept().map(drop), Err(ErrorKind::WouldBlock));
    });
}

/// A connection in TIME-WAIT gives its place to a new one when there is no other.
#[test]
fn time_wait_makes_room() {
    on_loopback(WhenBusy::Silent, |stack, address| {
        let mut listener = stack.tcp_listen(address, 2).expect("a listener");
        for _ in 0..4 * CLIENTS {
            let client = stack.tcp_connect(address).expect("a place");
            let ready = listener.wait(Interest::READ, Some(Duration::from_secs(9)));
            assert_eq!(ready, Ok(true));
            let (server, _) = listener.accept().expect("one waits");
            drop(client);
            drop(server);
            let deadline = stack.now() + Duration::from_secs(1);
            assert_eq!(stack.drain(deadline), Ok(true));
        }
    });
}
