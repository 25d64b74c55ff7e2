//! A name server with an answer for each case.

use core::net::SocketAddr;
use core::time::Duration;

use amphi_core::socket::{Blocking, Datagram};

/// Who asks for this, ends the server.
pub(crate) const END: &str = "end.test";

const PATIENCE: Duration = Duration::from_secs(60);
/// Flags of a header: an answer, with what was asked for available.
const ANSWER: u16 = 0x8180;
const CUT_OFF: u16 = 0x0200;
/// Types of records.
const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;
/// A pointer to the name in the question.
const ASKED: [u8; 2] = [0xC0, 12];

/// Answers until somebody asks for the end.
pub(crate) fn serve<S: Datagram<Addr = SocketAddr>>(socket: S) {
    let mut socket = Blocking::new(socket).with_timeout(Some(PATIENCE));
    let mut buf = [0; 512];
    let mut is_deaf = true;
    loop {
        let received = socket.recv_from(&mut buf).expect("a question in time");
        let query = Query::parse(&buf[..received.len]);
        let mut answer = |octets: Vec<u8>| {
            socket.send_to(&octets, &received.from).expect("room");
        };
        let one = || query.record(&ASKED, A, &[192, 0, 2, 1]);
        match (query.name.as_str(), query.kind) {
            ("one.test", A) => answer(query.answer(ANSWER, &[one()])),
            ("both.test", A) => {
                let two = query.record(&ASKED, A, &[192, 0, 2, 2]);
                answer(query.answer(ANSWER, &[one(), two, one()]));
            }
            ("both.test", AAAA) => {
                let address = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
                answer(query.answer(ANSWER, &[query.record(&ASKED, AAAA, &address)]));
            }
            // The address stands before the names that lead to it.
            ("alias.test", A) => {
                let last = query.record(b"\x04last\x04test\0", A, &[192, 0, 2, 1]);
                let next = query.record(b"\x04next\x04test\0", CNAME, b"\x04LAST\x04test\0");
                let first = query.record(&ASKED, CNAME, b"\x04next\x04test\0");
                let other = query.record(b"\x05other\x04test\0", A, &[192, 0, 2, 99]);
                answer(query.answer(ANSWER, &[other, last, next, first]));
            }
            ("late.test", A) => {
                answer(vec![1, 2, 3]);
                answer(query.octets.clone());
                let mut wrong = query.answer(ANSWER, &[query.record(&ASKED, A, &[9, 9, 9, 9])]);
                wrong[0] ^= 1;
                answer(wrong);
                // It says that there is more than there is.
                let mut short = query.answer(ANSWER, &[one()]);
                short.truncate(short.len() - 1);
                answer(short);
                answer(query.answer(ANSWER, &[one()]));
            }
            ("many.test", A) => {
                let records = (1..=20).map(|last| query.record(&ASKED, A, &[192, 0, 2, last]));
                answer(query.answer(ANSWER, &records.collect::<Vec<_>>()));
            }
            ("cut.test", _) => answer(query.answer(ANSWER | CUT_OFF, &[])),
            ("absent.test", _) => answer(query.answer(ANSWER | 3, &[])),
            ("broken.test", _) => answer(query.answer(ANSWER | 2, &[])),
            ("silent.test", _) => {}
            ("deaf.test", A) if is_deaf => is_deaf = false,
            ("deaf.test", A) => answer(query.answer(ANSWER, &[one()])),
            (END, kind) => {
                answer(query.answer(ANSWER | 3, &[]));
                if kind == AAAA {
                    return;
                }
            }
            _ => answer(query.answer(ANSWER, &[])),
        }
    }
}

/// A question.
struct Query {
    octets: Vec<u8>,
    name: String,
    kind: u16,
}

impl Query {
    /// A resolver's own: one question, and nothing is compressed.
    fn parse(octets: &[u8]) -> Self {
        assert_eq!(octets[2..12], [1, 0, 0, 1, 0, 0, 0, 0, 0, 0], "the header");
        let (mut at, mut labels) = (12, Vec::new());
        while octets[at] != 0 {
            let end = at + 1 + usize::from(octets[at]);
            labels.push(
                str::from_utf8(&octets[at + 1..end])
                    .expect("text")
                    .to_lowercase(),
            );
            at = end;
        }
        assert_eq!(octets.len(), at + 5, "nothing follows");
        assert_eq!(octets[at + 3..], [0, 1], "the Internet");
        Self {
            octets: octets.to_vec(),
            name: labels.join("."),
            kind: u16::from_be_bytes([octets[at + 1], octets[at + 2]]),
        }
    }

    fn record(&self, owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
        let mut record = owner.to_vec();
        record.extend(kind.to_be_bytes());
        record.extend([0, 1, 0, 0, 0, 60]);
        record.extend((data.len() as u16).to_be_bytes());
        record.extend(data);
        record
    }

    fn answer(&self, flags: u16, records: &[Vec<u8>]) -> Vec<u8> {
        let mut message = self.octets.clone();
        message[2..4].copy_from_slice(&flags.to_be_bytes());
        message[6..8].copy_from_slice(&(records.len() as u16).to_be_bytes());
        message.extend(records.concat());
        message
    }
}
