//! Ten thousand connections that vanish as soon as they stand. Alone in its file,
//! as it counts the descriptors of the whole process.
#![cfg(all(feature = "host", target_os = "linux"))]

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;

use amphi_core::select::{Event, Ready, Selects};
use amphi_core::serve::{Key, Part, Service, Slot, StreamServer};
use amphi_core::socket::{Blocking, Net, Socket, Stream};
use amphi_examples::echo::StreamEcho;
use amphi_std::{DefaultSelector, Host, Uring, UringSelector};

/// By reset, so that no port is left in TIME-WAIT.
const CONNECTIONS: usize = 10_000;
const AT_ONCE: usize = 50;

/// No slot and no descriptor is lost, and who comes after them is served.
#[test]
fn ten_thousand_connects_that_vanish() {
    vanish(Host, DefaultSelector::new().expect("a selector"));
    match Uring::new() {
        Ok(uring) => vanish(&uring, UringSelector::new(&uring)),
        Err(refused) => println!("skipped: no io_uring here: {refused}"),
    }
}

fn vanish<N: Net>(net: N, mut selector: impl Selects<N, Key = Key>) {
    let listener = net
        .tcp_listen((Ipv4Addr::LOCALHOST, 0).into(), 2 * AT_ONCE)
        .expect("a listener");
    let address = listener.local().expect("its address");
    let mut slots = [const { Slot::new() }; 4];
    let mut buffers = [0; 4 * 64];
    let make = |_: &SocketAddr| StreamEcho;
    let mut server = StreamServer::new(listener, make, &mut slots, &mut buffers);
    let before = descriptors();
    {
        let mut events = [Event::new(Key::default(), Ready::NONE); 16];
        let mut scratch = [0; 64];
        let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
        let mut service = Service::new(net, &mut selector, &mut parts, &mut events, &mut scratch);
        service.start().expect("it starts");
        for _ in 0..CONNECTIONS / AT_ONCE {
            for _ in 0..AT_ONCE {
                let stream = Blocking::connect(Host, address, Some(Duration::from_secs(10)));
                stream.expect("a connection").into_inner().abort();
            }
            // With four slots, so many need many turns.
            for _ in 0..100 * AT_ONCE {
                if service.turn(Some(Duration::ZERO)).expect("a turn") == 0 {
                    break;
                }
            }
        }
        let mut client = Blocking::connect(Host, address, None).expect("a connection");
        client.write(b"served").expect("room");
        client.set_blocking(false);
        let end = Host.now() + Duration::from_secs(20);
        while client.read(&mut [0; 8]).is_err() {
            assert!(Host.now() < end, "nobody is served any more");
            service
                .turn(Some(Duration::from_millis(1)))
                .expect("a turn");
        }
        drop(client);
        service.finish(Duration::from_secs(1)).expect("it ends");
    }
    assert_eq!(server.live(), 0);
    drop(server);
    // The listener is closed as well.
    assert_eq!(descriptors(), before - 1);
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("a list").count()
}
