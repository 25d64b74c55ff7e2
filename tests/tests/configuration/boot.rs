//! A device that knows nothing but its hardware address: it gets its own address and that
//! of a name server, asks for a name, connects to it, and is answered; with a table of
//! hosts before the name server.

use core::cell::{Cell, RefCell};
use core::mem::ManuallyDrop;
use core::net::{Ipv4Addr, SocketAddr};

use amphi_core::names::{DnsResolver, Hosts, Resolver};
use amphi_core::socket::{Blocking, Datagram, Listener, Net, Stream};
use amphi_core::time::{Duration, Instant};
use amphi_smoltcp::link::Pair;
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::{
    Dhcp, DhcpPlace, Drive, SharedClock, Stack, TcpListener, TcpStream, UdpSocket,
};

use crate::dhcp_server::{Given, Server};
use crate::lan::{Link, Room};

type Clock<'c> = SharedClock<'c, 2>;
type Socket<'n, 'a, 'c> = UdpSocket<'n, 'a, Link<'a>, &'c Clock<'c>>;

const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const OWN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
const NAME: &str = "service.test";
const PATIENCE: Option<Duration> = Some(Duration::from_secs(10));

/// The other machine: it serves DHCP, DNS, and echo of one message, a turn each time that
/// the device waits.
struct Machine<'n, 'a, 'c> {
    stack: &'n Stack<'a, Link<'a>, &'c Clock<'c>>,
    dhcp: RefCell<Server<Socket<'n, 'a, 'c>>>,
    dns: RefCell<Socket<'n, 'a, 'c>>,
    listener: RefCell<TcpListener<'n, 'a, Link<'a>, &'c Clock<'c>>>,
    stream: RefCell<Option<TcpStream<'n, 'a, Link<'a>, &'c Clock<'c>>>>,
    questions: Cell<u32>,
}

impl Drive for Machine<'_, '_, '_> {
    fn drive(&self) -> Instant {
        self.stack.drive();
        self.dhcp.borrow_mut().serve();
        self.answer_names();
        self.echo();
        self.stack.drive()
    }
}

impl Machine<'_, '_, '_> {
    /// Every name has the address of this machine (RFC 1035, section 4.1), and none of IPv6.
    fn answer_names(&self) {
        let mut buf = [0; 512];
        let mut socket = self.dns.borrow_mut();
        while let Ok(received) = socket.recv_from(&mut buf) {
            self.questions.set(self.questions.get() + 1);
            let question = &buf[..received.len];
            let asks_for_v4 = question[question.len() - 4..] == [0, 1, 0, 1];
            let mut answer = question.to_vec();
            answer[2..4].copy_from_slice(&[0x81, 0x80]);
            if asks_for_v4 {
                answer[7] = 1;
                answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
                answer.extend(SERVER.octets());
            }
            socket.send_to(&answer, &received.from).expect("it leaves");
        }
    }

    fn echo(&self) {
        if let Ok((stream, _)) = self.listener.borrow_mut().accept() {
            *self.stream.borrow_mut() = Some(stream);
        }
        if let Some(stream) = &mut *self.stream.borrow_mut() {
            let mut buf = [0; 64];
            if let Ok(count) = stream.read(&mut buf) {
                let _ = stream.write(&buf[..count]);
            }
        }
    }
}

#[test]
fn device_finds_its_service_by_name() {
    let clock = Clock::new();
    let (mut room, mut far_room, mut place) = (Room::new(), Room::new(), DhcpPlace::new());
    let mut pair = Pair::<1514, 32>::new(Medium::Ethernet);
    let (near, far) = pair.split();
    let near = &room.stack(1, near, &clock);
    let far = &far_room.stack(2, far, &clock);
    far.add_address(SERVER.into(), 24).expect("room");
    let bind = |port| {
        let at = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        far.udp_bind(at).expect("a socket")
    };
    // The clock knows it to the end, so its sockets are not closed before.
    let machine = ManuallyDrop::new(Machine {
        stack: far,
        dhcp: RefCell::new(Server {
            socket: bind(67),
            own: SERVER,
            given: Some(Given {
                address: OWN,
                router: None,
                name_servers: vec![SERVER],
                lease: 600,
            }),
            heard: Vec::new(),
            refuses: false,
            others: 0,
        }),
        dns: RefCell::new(bind(53)),
        listener: RefCell::new(far.tcp_listen((SERVER, 7).into(), 1).expect("a listener")),
        stream: RefCell::new(None),
        questions: Cell::new(0),
    });
    clock.join(near).expect("room for two");
    clock.join(&*machine).expect("room for two");

    let dhcp = Dhcp::start(near, &mut place).expect("a slot");
    let lease = dhcp.wait(PATIENCE).expect("a lease");
    let [Some(name_server), ..] = lease.name_servers else {
        panic!("no name server");
    };
    let table = [("printer", OWN.into())];
    let mut names = DnsResolver::new(near, (name_server, 53).into());
    let mut find = |name| match Hosts::new(&table).resolve(name, 7) {
        Ok(mut addresses) => addresses.next(),
        Err(_) => names.resolve(name, 7).ok()?.next(),
    };
    assert_eq!(find("printer"), Some((OWN, 7).into()));
    assert_eq!(machine.questions.get(), 0, "the table knew it");
    let service = find(NAME).expect("an address");
    assert_eq!(service, (SERVER, 7).into());

    let mut stream = Blocking::connect(near, service, PATIENCE).expect("a connection");
    stream.set_timeout(PATIENCE);
    stream.write(b"hello").expect("room");
    let mut buf = [0; 16];
    assert_eq!(stream.read(&mut buf), Ok(5));
    assert_eq!(
        near.now().as_micros() / 1_000_000,
        0,
        "all of it within a second"
    );
}
