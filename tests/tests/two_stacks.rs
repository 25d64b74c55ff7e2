//! A sequential server and a sequential client in one process, each in a thread
//! and on a smoltcp stack of its own, with a channel between; the code is that of a host.
#![cfg(feature = "host")]

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Ready};
use amphi_core::serve::framing::LineReader;
use amphi_core::serve::{
    Connection, Hooks, Key, Part, RequestServer, Service, StreamRequestHandler, StreamTally,
};
use amphi_core::socket::{Blocking, Net};
use amphi_smoltcp::link::{ChannelEnd, channel};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::HardwareAddress;
use amphi_smoltcp::{Config, Pool, Slot, Stack, StackSelector, TcpPlace, UdpPlace};

const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const PORT: u16 = 7;
const CLIENTS: u32 = 5;
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers each line with its number.
struct Count;

impl StreamRequestHandler for Count {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        let mut reader = LineReader::<32>::new();
        let mut number = 0;
        while let Ok(Some(line)) = reader.read(connection) {
            number += 1;
            connection.write_all(&[b'0' + number, b' '])?;
            connection.write_all(line)?;
            connection.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// Stops the server after so many connections.
struct Until<'s>(u32, &'s AtomicBool);

impl Hooks<SocketAddr> for Until<'_> {
    type Handler = Count;

    fn finish_request(&mut self, _remote: &SocketAddr) -> Count {
        Count
    }

    fn service_actions(&mut self, tally: &StreamTally) {
        let enough = tally.accepted >= u64::from(self.0);
        self.1.store(enough, Ordering::Release);
    }
}

/// Runs `program` on a stack at `address` on `link`.
fn on_stack<R>(
    link: ChannelEnd,
    address: Ipv4Addr,
    program: impl FnOnce(&Stack<'_, ChannelEnd, amphi_smoltcp::link::ChannelPlatform>) -> R,
) -> R {
    let mut tcp = [const { TcpPlace::<1024, 1024>::new() }; 4];
    let mut udp: [UdpPlace<'_, 64, 1>; 0] = [];
    let mut slots = [const { Slot::new() }; 6];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let (platform, config) = (link.platform(), Config::new(HardwareAddress::Ip));
    let stack = Stack::new(link, platform, config, pool).expect("a stack");
    stack
        .add_address(IpAddr::V4(address), 24)
        .expect("an address");
    program(&stack)
}

fn serve(link: ChannelEnd) -> StreamTally {
    on_stack(link, SERVER, |net| {
        let at = (SERVER, PORT).into();
        let listener = net.tcp_listen(at, 2).expect("a listener");
        let enough = AtomicBool::new(false);
        let mut server = RequestServer::new(listener, Until(CLIENTS, &enough));
        let mut selector: StackSelector<'_, '_, _, _, Key, 4> = StackSelector::new(net);
        let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
        let mut events = [Event::new(Key::default(), Ready::NONE); 4];
        Service::new(net, &mut selector, &mut parts, &mut events, &mut [])
            .serve_forever(&enough, PATIENCE)
            .expect("it serves");
        server.tally()
    })
}

/// Asks, and then stays until the server is done: who leaves first takes along the
/// acknowledgement of the other's end.
fn ask(link: ChannelEnd, is_served: impl Fn() -> bool) {
    on_stack(link, CLIENT, |net| {
        for _ in 0..CLIENTS {
            let mut stream = loop {
                match Blocking::connect(net, (SERVER, PORT).into(), Some(PATIENCE)) {
                    Err(ErrorKind::Refused) => {} // The server does not listen yet.
                    connected => break connected.expect("a connection"),
                }
            };
            let mut reader = LineReader::<32>::new();
            for (word, answer) in [("one\n", "1 one"), ("two\n", "2 two")] {
                embedded_io::Write::write_all(&mut stream, word.as_bytes()).expect("room");
                let line = reader.read(&mut stream).expect("a line");
                assert_eq!(line, Some(answer.as_bytes()));
            }
        }
        while !is_served() {
            net.drive();
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}

#[test]
fn sequential_server_and_client() {
    let (near, far) = channel(Medium::Ip, 1500, 64);
    let server = std::thread::spawn(|| serve(near));
    ask(far, || server.is_finished());
    let tally = server.join().expect("no panic");
    assert_eq!((tally.accepted, tally.failed), (u64::from(CLIENTS), 0));
    assert_eq!(tally.received, u64::from(CLIENTS) * 8);
}
