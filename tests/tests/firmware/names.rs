//! A name server that knows one address.

use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::socket::{Blocking, Datagram};

/// A header, and the types of questions (RFC 1035, section 4.1.1 and 3.2.2; RFC 3596).
const HEADER: usize = 12;
const A: [u8; 2] = [0, 1];
const AAAA: [u8; 2] = [0, 28];
/// Flags of a good answer: a response, recursion wanted and available.
const ANSWERED: [u8; 2] = [0x81, 0x80];

/// Answers the firmware's questions.
pub(crate) struct NameServer<S>(pub(crate) Blocking<S>);

impl<S: Datagram<Addr = SocketAddr, Error = ErrorKind>> NameServer<S> {
    /// Answers for both families: with `address`, and with nothing for IPv6.
    pub(crate) fn answer(&mut self, address: [u8; 4]) {
        let mut left = vec![A, AAAA];
        let mut buf = [0; 512];
        while !left.is_empty() {
            let received = self.0.recv_from(&mut buf).expect("a question");
            let question = &buf[..received.len];
            let kind = [question[received.len - 4], question[received.len - 3]];
            left.retain(|wanted| *wanted != kind);
            let answer = answer(question, (kind == A).then_some(address));
            self.0.send_to(&answer, &received.from).expect("room");
        }
    }
}

fn answer(question: &[u8], address: Option<[u8; 4]>) -> Vec<u8> {
    assert!(question.len() > HEADER, "a question");
    let mut answer = question.to_vec();
    answer[2..4].copy_from_slice(&ANSWERED);
    if let Some(address) = address {
        answer[7] = 1;
        // The name of the question; type, class, seconds to live, length.
        answer.extend([0xC0, HEADER as u8, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(address);
    }
    answer
}
