//! The echo service: no octet of an accepted connection is lost or doubled, and no
//! peer can keep the others from being served.

use core::net::SocketAddr;

use amphi_core::serve::WhenFull;
use amphi_core::socket::{Net, Shutdown, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_examples::clients::Tour;
use amphi_examples::service::Bound;

use super::datagram::bind;
use crate::peer::{check, fill};
use crate::service::echo;
use crate::{Peer, World};

/// The clients of the examples are content: TCP echo with half-close, UDP echo, a group's answer.
pub fn tour<W: World>(world: &mut W) {
    let (interface, far_interface) = (world.interface(), world.far_interface());
    let mut clients = world.far_selector();
    let (_holder, address) = bind(world);
    let group = SocketAddr::from(([224, 3, 29, 71], address.port()));
    let report = echo::<W, 4>(
        world,
        |config| {
            config.group = Some(group);
            config.interface = interface;
        },
        |peer, echo| {
            let net = peer.net();
            let bound = Bound {
                echo,
                group: Some(group),
            };
            let mut turn = |time| {
                peer.pass(time);
                Ok(())
            };
            let mut tour = Tour {
                net,
                turn: &mut turn,
                say: &mut |_| {},
            };
            tour.run(&mut clients, bound, far_interface)
                .expect("a tour");
        },
    );
    assert_eq!((report.tcp.accepted, report.tcp.failed), (1, 0));
    assert_eq!((report.tcp.received, report.tcp.sent), (42, 42));
    assert_eq!((report.udp.received, report.udp.sent), (1, 1));
    assert_eq!((report.group.received, report.group.sent), (1, 1));
}

/// A peer that sends one octet after another, with time between, gets each back.
pub fn one_octet_at_a_time<W: World>(world: &mut W) {
    echo::<W, 2>(
        world,
        |_| {},
        |peer, address| {
            let mut client = peer.connect(address);
            for octet in b"slowly" {
                peer.send(&mut client, &[*octet]);
                peer.expect(&mut client, &[*octet]);
                peer.pass(Duration::from_millis(2));
            }
        },
    );
}

/// A peer sends much, shuts its sending side, and reads only then: every octet
/// comes back, and end of file.
pub fn much_after_half_close<W: World>(world: &mut W) {
    const TOTAL: usize = 200_000;
    let report = echo::<W, 2>(
        world,
        |_| {},
        |peer, address| {
            let mut client = peer.connect(address);
            let (mut sent, mut received) = (0, 0);
            let mut buf = [0; 700];
            while received < TOTAL {
                fill(&mut buf, sent);
                let limit = buf.len().min(TOTAL - sent);
                match client.write(&buf[..limit]) {
                    Ok(count) if limit > 0 => {
                        sent += count;
                        if sent == TOTAL {
                            client.shutdown(Shutdown::Write).expect("half a close");
                        }
                    }
                    _ => {
                        let count = peer.try_receive(&mut client, &mut buf).expect("octets");
                        assert_ne!(count, 0, "end of file after {received} octets");
                        check(&buf[..count], received);
                        received += count;
                    }
                }
            }
            peer.expect_end(&mut client);
        },
    );
    assert_eq!(
        (report.tcp.received, report.tcp.sent),
        (TOTAL as u64, TOTAL as u64)
    );
    assert_eq!((report.tcp.accepted, report.tcp.failed), (1, 0));
}

/// Writes octets that tell their place until no buffer on the way takes more,
/// and tells how many those were.
#[track_caller]
fn stuff<N: Net>(peer: &mut Peer<'_, N>, stream: &mut N::Stream) -> usize {
    let (mut sent, mut refusals) = (0, 0);
    let mut buf = [0; 1024];
    while refusals < 30 {
        fill(&mut buf, sent);
        match stream.write(&buf) {
            Ok(count) => {
                sent += count;
                refusals = 0;
            }
            Err(error) => {
                assert_eq!(error.reason(), ErrorKind::WouldBlock);
                peer.pass(Duration::from_millis(1));
                refusals += 1;
            }
        }
    }
    sent
}

/// A peer that writes and never reads is written to until all buffers are full,
/// and then not read from; others are served; when it reads at last, nothing is missing.
pub fn reader_that_never_reads<W: World>(world: &mut W) {
    echo::<W, 2>(
        world,
        |_| {},
        |peer, address| {
            let mut deaf = peer.connect(address);
            let mut other = peer.connect(address);
            let sent = stuff(peer, &mut deaf);
            peer.send(&mut other, b"served meanwhile");
            peer.expect(&mut other, b"served meanwhile");
            let mut received = 0;
            let mut buf = [0; 1024];
            while received < sent {
                let count = peer.try_receive(&mut deaf, &mut buf).expect("octets");
                assert_ne!(count, 0, "end of file after {received} of {sent} octets");
                check(&buf[..count], received);
                received += count;
            }
        },
    );
}

/// A peer that resets while it is written to costs nobody else anything, and its slot is free.
pub fn reset_in_the_middle<W: World>(world: &mut W) {
    let report = echo::<W, 2>(
        world,
        |_| {},
        |peer, address| {
            let mut other = peer.connect(address);
            for _ in 0..3 {
                let mut rude = peer.connect(address);
                stuff(peer, &mut rude);
                // So it was accepted.
                peer.expect(&mut rude, &[0]);
                rude.abort();
                peer.send(&mut other, b"still there");
                peer.expect(&mut other, b"still there");
            }
            let mut last = peer.connect(address);
            peer.send(&mut last, b"a free slot");
            peer.expect(&mut last, b"a free slot");
        },
    );
    assert_eq!((report.tcp.accepted, report.tcp.failed), (5, 3));
}

/// Many connects that vanish at once, in order or by reset, leave all slots free.
pub fn connects_that_vanish<W: World>(world: &mut W) {
    echo::<W, 2>(
        world,
        |_| {},
        |peer, address| {
            for round in 0..300 {
                let stream = peer.connect(address);
                if round % 2 == 0 {
                    stream.abort();
                }
                if round % 8 == 7 {
                    peer.pass(Duration::from_millis(1));
                }
            }
            for _ in 0..2 {
                let mut client = peer.connect(address);
                peer.send(&mut client, b"served after all");
                peer.expect(&mut client, b"served after all");
            }
        },
    );
}

/// Clients beyond the slots wait; each is served when a slot is free, and loses nothing.
pub fn more_clients_than_slots_wait<W: World>(world: &mut W) {
    let report = echo::<W, 2>(
        world,
        |_| {},
        |peer, address| {
            let mut clients = [(); 4].map(|()| peer.connect(address));
            for (client, word) in clients.iter_mut().zip([b"one", b"two", b"six", b"ten"]) {
                peer.send(client, word);
            }
            peer.pass(Duration::from_millis(5));
            // In which order is not said.
            let mut waiting = clients.map(Some);
            peer.until("all are served", |_| {
                for (place, word) in waiting.iter_mut().zip([b"one", b"two", b"six", b"ten"]) {
                    let mut buf = [0; 4];
                    match place.as_mut().map(|client| client.read(&mut buf)) {
                        None => {}
                        Some(Ok(count)) => {
                            assert_eq!(&buf[..count], word);
                            *place = None;
                        }
                        Some(Err(error)) => assert_eq!(error.reason(), ErrorKind::WouldBlock),
                    }
                }
                waiting.iter().all(Option::is_none)
            });
        },
    );
    assert_eq!((report.tcp.accepted, report.tcp.refused), (4, 0));
}

/// By policy, clients beyond the slots are closed in order or reset at once, and
/// the others are not.
pub fn more_clients_than_slots_are_refused<W: World>(world: &mut W) {
    for (when_full, answer) in [
        (WhenFull::Refuse, Ok(0)),
        (WhenFull::Reset, Err(ErrorKind::Reset)),
    ] {
        let report = echo::<W, 1>(
            world,
            |config| config.limits.when_full = when_full,
            |peer, address| {
                let mut first = peer.connect(address);
                peer.send(&mut first, b"in");
                peer.expect(&mut first, b"in");
                assert_eq!(connect_and_read(peer, address), answer);
                peer.send(&mut first, b"still in");
                peer.expect(&mut first, b"still in");
            },
        );
        assert_eq!((report.tcp.accepted, report.tcp.refused), (1, 1));
    }
}

/// Connects and reads; a reset may overtake the news that the connection stood.
#[track_caller]
pub(super) fn connect_and_read<N: Net>(
    peer: &mut Peer<'_, N>,
    address: SocketAddr,
) -> Result<usize, ErrorKind> {
    let mut stream = peer.try_connect(address)?;
    peer.try_receive(&mut stream, &mut [0; 8])
}
