//! Datagrams.

use core::time::Duration;

use amphi_core::ErrorKind;
use amphi_core::serve::{DatagramRequestHandler, Packet};
use amphi_std::serve::PacketServer;
use embedded_io::Write;

use crate::setting::{Family, Selector, belongings, run};
use crate::streams::Make;

const DRAIN: Duration = Duration::from_secs(20);

struct Echo;

impl DatagramRequestHandler for Echo {
    fn handle(&mut self, rfile: &mut &[u8], wfile: &mut Packet<'_>) -> Result<(), ErrorKind> {
        match *rfile {
            b"fail" => Err(ErrorKind::InvalidInput),
            octets => wfile.write_all(octets),
        }
    }
}

pub(crate) fn each_datagram_is_answered<F: Family>(way: Make<F>) {
    let mut selector = Selector::new().expect("a selector");
    let process = way(&mut selector, 4);
    let mut server = PacketServer::new(F::bind(), |_: &F::Addr| Echo, process);
    let address = server.server_address().expect("an address");
    run(&mut selector, &mut server, DRAIN, |peer| {
        let mut clients = [(); 4].map(|()| F::bind());
        for client in &mut clients {
            peer.send_to(client, b"one", address.clone());
            peer.send_to(client, b"two", address.clone());
        }
        for client in &mut clients {
            let mut buf = [[0; 8]; 2];
            for buf in &mut buf {
                assert_eq!(peer.receive_from(client, buf).from, address.clone());
            }
            // Each has a thread or process of its own, so the order is open.
            buf.sort_unstable();
            assert_eq!(buf.map(|octets| octets[..3] == *b"one"), [true, false]);
        }
    });
    assert_eq!((server.tally().accepted, server.tally().failed), (8, 0));
    assert_eq!((server.tally().received, server.tally().sent), (24, 24));
}

pub(crate) fn a_failure_is_one_datagrams<F: Family>(way: Make<F>) {
    let mut selector = Selector::new().expect("a selector");
    let process = way(&mut selector, 1);
    let mut server = PacketServer::new(F::bind(), |_: &F::Addr| Echo, process);
    let address = server.server_address().expect("an address");
    run(&mut selector, &mut server, DRAIN, |peer| {
        let mut client = F::bind();
        peer.send_to(&mut client, b"fail", address.clone());
        peer.send_to(&mut client, b"fine", address.clone());
        assert_eq!(peer.receive_from(&mut client, &mut [0; 8]).len, 4);
    });
    assert_eq!((server.tally().accepted, server.tally().failed), (2, 1));
    assert_eq!(server.tally().errors.of(ErrorKind::InvalidInput), 1);
}

pub(crate) fn nothing_is_left_after_many<F: Family>(way: Make<F>) {
    let before = belongings();
    {
        let mut selector = Selector::new().expect("a selector");
        let process = way(&mut selector, 4);
        let mut server = PacketServer::new(F::bind(), |_: &F::Addr| Echo, process);
        let address = server.server_address().expect("an address");
        run(&mut selector, &mut server, DRAIN, |peer| {
            let mut client = F::bind();
            for round in 0..100_u8 {
                peer.send_to(&mut client, &[round], address.clone());
                assert_eq!(peer.receive_from(&mut client, &mut [0; 8]).len, 1);
            }
        });
    }
    assert_eq!(belongings(), before);
}
