//! Many datagrams at once.

use amphi_core::select::Interest;
use amphi_core::serve::{DatagramHandler, DatagramServer, Envelope, Outbox, Request};
use amphi_core::socket::{Address, Batch, Datagram, Outgoing};
use amphi_core::{Error, ErrorKind};
use amphi_examples::echo::DatagramEcho;

use super::datagram::{bind, bind_far};
use crate::peer::{alone, check, fill};
use crate::service::run;
use crate::{Peer, World};

/// Fills `batch` until it has `count` datagrams.
#[track_caller]
fn receive<W: World, D: Datagram>(
    peer: &mut Peer<'_, W::Net>,
    socket: &mut D,
    batch: &mut Batch<'_, D::Addr>,
    count: usize,
) {
    while batch.len() < count {
        let before = batch.len();
        let came = peer
            .wait(socket, Interest::READ, |socket| socket.recv_batch(batch))
            .expect("datagrams");
        assert!(came > 0 && batch.len() == before + came, "{came} were told");
    }
}

/// Sends all of `batch`.
#[track_caller]
fn send<W: World, D: Datagram>(
    peer: &mut Peer<'_, W::Net>,
    socket: &mut D,
    batch: &[Outgoing<'_, D::Addr>],
) {
    let mut rest = batch;
    while !rest.is_empty() {
        let count = peer
            .wait(socket, Interest::WRITE, |socket| socket.send_batch(rest))
            .expect("they are taken");
        assert!(count > 0, "nothing of {} was sent", rest.len());
        rest = &rest[count..];
    }
}

/// A batch is the datagrams one by one: in order, whole, the empty one too, each with
/// its sender; one that is longer than its room is cut and says so.
pub fn is_datagrams_in_order<W: World>(world: &mut W) {
    let (mut a, from) = bind_far(world);
    let (mut b, to) = bind(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    let said: [&[u8]; 5] = [b"one", b"", b"three", b"much longer than its room", b"five"];
    send::<W, _>(
        &mut peer,
        &mut a,
        &said.map(|octets| Outgoing::new(octets, &to)),
    );

    let (mut octets, mut received) = ([0; 5 * 8 + 3], [const { None }; 5]);
    let mut batch = Batch::new(&mut octets, &mut received);
    receive::<W, _>(&mut peer, &mut b, &mut batch, 5);
    let full = b.recv_batch(&mut batch).map_err(|error| error.reason());
    assert_eq!(full, Err(ErrorKind::InvalidInput));
    for octets in said {
        let (came, received) = batch.pop().expect("one more");
        assert_eq!(
            (came, received.len),
            (&octets[..octets.len().min(8)], octets.len())
        );
        assert_eq!(
            (received.from, received.is_truncated(8)),
            (from, octets.len() > 8)
        );
    }
    let none = b.recv_batch(&mut batch).map_err(|error| error.reason());
    assert_eq!(none, Err(ErrorKind::WouldBlock));
    assert_eq!(a.send_batch(&[]).map_err(|error| error.reason()), Ok(0));
}

/// What does not fit is left for the next call, behind what is in already.
pub fn goes_on_where_it_ended<W: World>(world: &mut W) {
    let (mut a, _) = bind_far(world);
    let (mut b, to) = bind(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    let said = [[0], [1], [2], [3], [4], [5]];
    let all = said.each_ref().map(|octets| Outgoing::new(octets, &to));
    send::<W, _>(&mut peer, &mut a, &all);
    let (mut octets, mut received) = ([0; 4], [const { None }; 4]);
    let mut batch = Batch::new(&mut octets, &mut received);
    receive::<W, _>(&mut peer, &mut b, &mut batch, 4);
    assert_eq!(batch.pop().map(|(octets, _)| octets), Some(&[0][..]));
    // There is room behind the last only, until all are out.
    let full = b.recv_batch(&mut batch).map_err(|error| error.reason());
    assert_eq!(full, Err(ErrorKind::InvalidInput));
    for expected in 1..4 {
        assert_eq!(batch.pop().map(|(octets, _)| octets[0]), Some(expected));
    }
    receive::<W, _>(&mut peer, &mut b, &mut batch, 2);
    assert!(batch.iter().map(|(octets, _)| octets[0]).eq([4, 5]));
}

/// A datagram that cannot be sent ends the batch there: those before it have left,
/// the error is told of it, and the rest can go without it.
pub fn failure_is_one_datagrams<W: World>(world: &mut W) {
    const MOST: usize = crate::service::LONGEST;
    let (mut a, _) = bind_far(world);
    let (mut b, to) = bind(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    let octets = [7; MOST];
    let longer = &octets[..world.largest_datagram() + 1];
    let batch = [
        Outgoing::new(&octets[..1], &to),
        Outgoing::new(longer, &to),
        Outgoing::new(&octets[..3], &to),
    ];
    let sent = peer.wait(&mut a, Interest::WRITE, |a| a.send_batch(&batch));
    assert_eq!(sent, Ok(1));
    let refused = a.send_batch(&batch[1..]).map_err(|error| error.reason());
    assert_eq!(refused, Err(ErrorKind::MessageTooLong));
    send::<W, _>(&mut peer, &mut a, &batch[2..]);
    for len in [1, 3] {
        assert_eq!(peer.receive_from(&mut b, &mut [0; 8]).len, len);
    }
}

/// A peer that is gone by the middle of a batch takes nothing from the others.
pub fn peer_that_went_away_harms_nobody<W: World>(world: &mut W) {
    let (mut a, _) = bind_far(world);
    let (mut stays, to_stays) = bind(world);
    let (gone, to_gone) = bind(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    drop(gone);
    let said = [[0], [1], [2], [3], [4], [5]];
    let batch = said.each_ref().map(|octets| {
        let to = if octets[0] % 2 == 0 {
            &to_stays
        } else {
            &to_gone
        };
        Outgoing::new(octets, to)
    });
    send::<W, _>(&mut peer, &mut a, &batch);
    let (mut octets, mut received) = ([0; 4], [const { None }; 4]);
    let mut came = Batch::new(&mut octets, &mut received);
    receive::<W, _>(&mut peer, &mut stays, &mut came, 3);
    assert!(came.iter().map(|(octets, _)| octets[0]).eq([0, 2, 4]));
    // The one that sent hears others as before.
    let own = amphi_core::socket::Socket::local(&a).expect("its address");
    peer.send_to(&mut stays, b"answer", own);
    assert_eq!(peer.receive_from(&mut a, &mut [0; 8]).len, 6);
}

/// A server with batches answers as one without: each client in its order, whatever
/// the room for replies is.
pub fn server_answers_all_in_order<W: World>(world: &mut W) {
    const ROUNDS: u8 = 5;
    for (envelopes, kept) in [(8, 512), (2, 64), (8, 16), (0, 64)] {
        let (socket, address) = bind(world);
        let mut clients = [bind_far(world).0, bind_far(world).0];
        let (mut octets, mut kept_octets) = ([0; 4 * 16], [0; 512]);
        let mut received = [const { None }; 4];
        let mut replies = [const { Envelope::new() }; 8];
        let mut server = DatagramServer::new(socket, DatagramEcho, &mut kept_octets[..kept])
            .with_batches(&mut octets, &mut received, &mut replies[..envelopes]);
        run(world, &mut [&mut server], |peer| {
            for round in 0..ROUNDS {
                for (number, client) in (0..).zip(&mut clients) {
                    for part in 0..3 {
                        peer.send_to(client, &[round, number, part], address);
                    }
                }
                for (number, client) in (0..).zip(&mut clients) {
                    for part in 0..3 {
                        let mut buf = [0; 8];
                        let answer = peer.receive_from(client, &mut buf);
                        assert_eq!(
                            (&buf[..answer.len], answer.from),
                            (&[round, number, part][..], address)
                        );
                    }
                }
            }
        });
        let tally = server.tally();
        let each = u64::from(ROUNDS) * 6;
        assert_eq!(
            (tally.received, tally.sent, tally.errors.total()),
            (each, each, 0)
        );
    }
}

/// A server with batches serves the longest datagram that fits, and tells of a longer one.
pub fn server_tells_of_a_cut_datagram<W: World>(world: &mut W) {
    let (socket, address) = bind(world);
    let (mut client, _) = bind_far(world);
    let (mut octets, mut kept) = ([0; 3 * 100], [0; 400]);
    let mut received = [const { None }; 3];
    let mut replies = [const { Envelope::new() }; 3];
    let mut server = DatagramServer::new(socket, Twice::default(), &mut kept).with_batches(
        &mut octets,
        &mut received,
        &mut replies,
    );
    let mut said = [0; 101];
    fill(&mut said, 0);
    run(world, &mut [&mut server], |peer| {
        for len in [101, 100, 0] {
            peer.send_to(&mut client, &said[..len], address);
        }
        // Each answer comes twice, and the second time it fills the room.
        let mut buf = [0; 256];
        for len in [100, 200, 0, 0] {
            let answer = peer.receive_from(&mut client, &mut buf);
            assert_eq!(answer.len, len);
            check(&buf[..len.min(100)], 0);
        }
    });
    let tally = server.tally();
    assert_eq!((tally.truncated, tally.received, tally.sent), (1, 2, 4));
    assert_eq!(server.handler().cut, 101);
}

/// Answers with the request, and with two of it in one; remembers what was cut.
#[derive(Default)]
struct Twice {
    cut: usize,
}

impl<A: Address> DatagramHandler<A> for Twice {
    fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>) {
        let mut twice = [0; 256];
        let len = request.octets.len();
        twice[..len].copy_from_slice(request.octets);
        twice[len..2 * len].copy_from_slice(request.octets);
        outbox
            .send_to(request.octets, request.from)
            .expect("there is room");
        outbox
            .send_to(&twice[..2 * len], request.from)
            .expect("it is sent at once, or kept");
    }

    fn truncated(&mut self, len: usize, _: &A) {
        self.cut = len;
    }
}
