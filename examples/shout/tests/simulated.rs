//! The service inside smoltcp, on a link and a clock that are simulated.

use core::net::SocketAddr;
use core::time::Duration;

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Ready};
use amphi_core::serve::{Key, Part, Service, Slot, StreamServer};
use amphi_core::socket::{Net, Stream};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::HardwareAddress;
use amphi_smoltcp::{
    Config, Loopback, Pool, Stack, StackSelector, TcpPlace, UdpPlace, VirtualClock,
};
use shout::Shout;

#[test]
fn a_client_is_answered() -> Result<(), ErrorKind> {
    // Room for two connections, both ends of each, and a listener.
    let mut tcp = [const { TcpPlace::<1024, 1024>::new() }; 4];
    let mut udp: [UdpPlace<64, 1>; 0] = [];
    let mut places = [const { amphi_smoltcp::Slot::new() }; 5];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut places,
    };
    // A link that brings everything back, and a clock that jumps.
    let mut config = Config::new(HardwareAddress::Ip);
    config.device_loops_back = true;
    let link = Loopback::<1500, 8>::new(Medium::Ip);
    let stack = Stack::new(link, VirtualClock::new(), config, pool)?;
    stack.add_address([127, 0, 0, 1].into(), 8)?;
    let (net, address) = (&stack, ([127, 0, 0, 1], 7).into());

    // The server, as on a host.
    let listener = net.tcp_listen(address, 2)?;
    let mut slots = [const { Slot::new() }; 2];
    let mut buffers = [0; 2 * 512];
    let mut server = StreamServer::new(listener, |_: &SocketAddr| Shout, &mut slots, &mut buffers);
    let mut selector = StackSelector::<_, _, Key, 4>::new(net);
    let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let mut scratch = [0; 512];
    let mut service = Service::new(net, &mut selector, &mut parts, &mut events, &mut scratch);
    service.start()?;

    // A client on the same link; the service has turns until the answer is there.
    let mut client = net.tcp_connect(address)?;
    let (mut sent, mut answer) = (false, [0; 16]);
    let count = loop {
        service.turn(Some(Duration::from_millis(10)))?;
        if !sent && client.finish_connect().is_ok() {
            client.write(b"hello")?;
            sent = true;
        }
        match client.read(&mut answer) {
            Err(ErrorKind::WouldBlock) => {}
            read => break read?,
        }
    };
    assert_eq!(&answer[..count], b"HELLO");
    // All of it took some milliseconds of the link's time.
    assert!(net.now().as_micros() < 1_000_000);
    Ok(())
}
