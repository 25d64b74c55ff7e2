//! One record over a stream: whole, in pieces, cut.

use core::cell::Cell;
use core::fmt;

use amphi_core::ErrorKind;
use amphi_core::pack::{ReadError, RecordReader, RecordWriter, record};
use amphi_core::select::Interest;
use amphi_core::socket::{Blocking, Shutdown, Socket, Stream};
use amphi_core::time::Duration;
use amphi_examples::binary::{self, VALUES};

use super::stream::pair;
use crate::peer::alone;
use crate::{Peer, World};

record! {
    /// Three items, ten octets.
    struct Message = "!I2sf";
    /// Longer than a window of a small stack.
    struct Long = "!I1020s";
}

/// A record arrives octet by octet; nothing beyond it is taken.
pub fn record_in_pieces<W: World>(world: &mut W) {
    let (mut client, mut server) = pair(world);
    let mut alone = alone;
    let mut peer = Peer::new(world.far(), &mut alone);
    let mut reader = RecordReader::<Message>::new();
    let octets = Message::pack(VALUES);
    for (count, octet) in octets.iter().enumerate() {
        let error = reader.read(&mut server).expect_err("no record yet");
        assert_eq!(error.reason(), ErrorKind::WouldBlock);
        assert_eq!(reader.received(), count);
        peer.send(&mut client, &[*octet]);
        let ready = server.wait(Interest::READ, Some(Duration::from_secs(60)));
        assert!(ready.expect("a wait"), "octet {count} arrives");
    }
    peer.send(&mut client, b"next");
    let read = reader.read(&mut server).expect("a record");
    assert_eq!(read, Some(VALUES));
    peer.expect(&mut server, b"next");
}

/// End of file between records is the end; within one it is an error.
pub fn record_that_is_cut<W: World>(world: &mut W) {
    let (mut client, server) = pair(world);
    let mut alone = alone;
    let mut peer = Peer::new(world.far(), &mut alone);
    peer.send(&mut client, &Message::pack(VALUES));
    peer.send(&mut client, b"cut");
    client.shutdown(Shutdown::Write).expect("a shutdown");
    let mut server = Blocking::new(server);
    let mut reader = RecordReader::<Message>::new();
    let read = reader.read_blocking(&mut server).expect("a record");
    assert_eq!(read, Some(VALUES));
    let Err(ReadError::Truncated { received, size }) = reader.read_blocking(&mut server) else {
        panic!("the second record is cut");
    };
    assert_eq!((received, size), (3, 10));
    let mut reader = RecordReader::<Message>::new();
    assert!(
        reader
            .read_blocking(&mut server)
            .expect("the end")
            .is_none()
    );
}

/// Records go into a stream until it takes no more, and arrive whole and in order.
pub fn many_records_through_a_full_window<W: World>(world: &mut W) {
    let (mut client, mut server) = pair(world);
    let mut reader = RecordReader::<Long>::new();
    let mut writer = RecordWriter::<Long>::new((0, [0; 1020]));
    let (mut sent, mut received, mut blocked) = (0, 0, 0);
    while received < 2_000 {
        while sent < 2_000 {
            match writer.write(&mut client) {
                Ok(()) => sent += 1,
                Err(_) => break,
            }
            writer = RecordWriter::new((sent, [sent as u8; 1020]));
        }
        blocked += u32::from(!writer.pending().is_empty());
        match reader.read(&mut server) {
            Ok(Some(values)) => {
                assert_eq!(values, (received, [received as u8; 1020]));
                received += 1;
            }
            Ok(None) => panic!("end of file after {received}"),
            Err(error) => {
                assert_eq!(error.reason(), ErrorKind::WouldBlock);
                server
                    .wait(Interest::READ, Some(Duration::from_millis(1)))
                    .expect("a wait");
            }
        }
    }
    assert!(blocked > 0, "the stream never was full");
}

/// With a timeout, what came before it is kept.
pub fn blocking_record<W: World>(world: &mut W) {
    let (client, server) = pair(world);
    let timeout = Some(Duration::from_millis(20));
    let (mut client, mut server) = (
        Blocking::new(client),
        Blocking::new(server).with_timeout(timeout),
    );
    let octets = Message::pack(VALUES);
    client.write(&octets[..7]).expect("room");
    let long = Some(Duration::from_secs(60));
    let arrived = server.get_ref().wait(Interest::READ, long);
    assert!(arrived.expect("a wait"));
    let mut reader = RecordReader::<Message>::new();
    let error = reader.read_blocking(&mut server).expect_err("no record");
    assert_eq!(error.reason(), ErrorKind::TimedOut);
    assert_eq!(reader.received(), 7);
    server.set_timeout(long);
    client.write(&octets[7..]).expect("room");
    let read = reader.read_blocking(&mut server);
    assert_eq!(read.expect("a record"), Some(VALUES));
    let mut writer = RecordWriter::<Message>::new(VALUES);
    writer.write_blocking(&mut client).expect("room");
    let read = reader.read_blocking(&mut server);
    assert_eq!(read.expect("a record"), Some(VALUES));
}

/// The binary client and server of the tutorial, both on this stack.
pub fn tutorial<W: World>(world: &mut W) {
    let mut selector = world.selector();
    let (sent, received) = (Cell::new(0), Cell::new(0));
    let count = |line: fmt::Arguments<'_>| {
        let line = Text::of(line);
        for (seen, expected) in [
            (
                &sent,
                "client: sending (1, \"ab\", 2.7) as 000000016162402ccccd",
            ),
            (&received, "server: received (1, \"ab\", 2.7)"),
        ] {
            seen.set(seen.get() + u32::from(line.as_str() == expected));
        }
    };
    let records = [VALUES; 3];
    let run = binary::run(
        world.net(),
        &mut selector,
        world.any_port(),
        &records,
        &count,
    );
    assert_eq!(run, Ok(()));
    assert_eq!((sent.get(), received.get()), (3, 3));
}

/// A line without a heap.
struct Text {
    octets: [u8; 128],
    len: usize,
}

impl Text {
    fn of(line: fmt::Arguments<'_>) -> Self {
        let mut text = Self {
            octets: [0; 128],
            len: 0,
        };
        fmt::write(&mut text, line).expect("a short line");
        text
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.octets[..self.len]).expect("text")
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.octets.get_mut(self.len..).unwrap_or_default();
        let place = room.get_mut(..text.len()).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}
