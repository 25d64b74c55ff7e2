//! Questions and answers (RFC 1035, section 4).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::DnsFault;
use super::reader::{HEADER, LONGEST, Reader, are_same};
use crate::names::Addresses;

/// What is asked for: an address of a family (RFC 1035, RFC 3596).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    A = 1,
    Aaaa = 28,
}

/// Names that stand for other names.
const CNAME: u16 = 5;
/// The Internet.
const IN: u16 = 1;
/// Flags of a header: an answer, cut off, and recursion desired.
const ANSWER: u16 = 1 << 15;
const CUT_OFF: u16 = 1 << 9;
const RECURSION: u16 = 1 << 8;
/// How many names one may stand for in turn.
const HOPS: usize = 8;

/// A question under a number of its own.
#[derive(Debug)]
pub(super) struct Question {
    octets: [u8; LONGEST],
    len: usize,
    kind: Kind,
}

impl Question {
    /// The question for `name`, which is one.
    pub(super) fn new(number: u16, name: &str, kind: Kind) -> Option<Self> {
        let mut question = Self {
            octets: [0; LONGEST],
            len: 0,
            kind,
        };
        question.push_u16(number)?;
        question.push_u16(RECURSION)?;
        // One question, nothing else.
        for count in [1, 0, 0, 0] {
            question.push_u16(count)?;
        }
        for label in name.strip_suffix('.').unwrap_or(name).split('.') {
            question.push(&[u8::try_from(label.len()).ok()?])?;
            question.push(label.as_bytes())?;
        }
        question.push(&[0])?;
        question.push_u16(kind as u16)?;
        question.push_u16(IN)?;
        Some(question)
    }

    fn push(&mut self, octets: &[u8]) -> Option<()> {
        let room = self.octets.get_mut(self.len..)?.get_mut(..octets.len())?;
        room.copy_from_slice(octets);
        self.len += octets.len();
        Some(())
    }

    fn push_u16(&mut self, value: u16) -> Option<()> {
        self.push(&value.to_be_bytes())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }

    /// Reads an answer to this question and adds its addresses; `None` when `message`
    /// answers something else or is broken.
    pub(super) fn read_answer(
        &self,
        message: &[u8],
        addresses: &mut Addresses,
    ) -> Option<Result<(), DnsFault>> {
        let mut reader = Reader::new(message, 0);
        let number = reader.octets(2)?;
        let flags = reader.u16()?;
        let (questions, answers) = (reader.u16()?, reader.u16()?);
        let answers_this = self.as_bytes().starts_with(number) && flags & ANSWER != 0;
        if !answers_this || questions != 1 || !self.is_repeated_in(message) {
            return None;
        }
        match flags & 0x0F {
            0 => {}
            3 => return Some(Err(DnsFault::NoSuchName)),
            rcode => return Some(Err(DnsFault::Server(rcode as u8))),
        }
        let before = addresses.len();
        let mut records = Reader::new(message, HEADER);
        records.skip_name()?;
        records.octets(4)?;
        let whole = self.collect(records, answers, addresses);
        if addresses.len() > before {
            return Some(Ok(()));
        }
        if flags & CUT_OFF != 0 {
            return Some(Err(DnsFault::Truncated));
        }
        whole?;
        Some(Err(DnsFault::NoAddress))
    }

    /// Whether the message repeats the question, so that it was not sent blindly.
    fn is_repeated_in(&self, message: &[u8]) -> bool {
        let (ours, theirs) = (
            Reader::new(self.as_bytes(), HEADER),
            Reader::new(message, HEADER),
        );
        let rest = |mut reader: Reader<'_>| {
            reader.skip_name()?;
            reader
                .octets(4)
                .map(|octets| <[u8; 4]>::try_from(octets).ok())
        };
        are_same(ours, theirs) && rest(ours) == rest(theirs)
    }

    /// Adds the addresses of the name, and of the names that it stands for.
    fn collect(&self, records: Reader<'_>, count: u16, addresses: &mut Addresses) -> Option<()> {
        let mut owner = Reader::new(self.as_bytes(), HEADER);
        for _ in 0..HOPS {
            let mut reader = records;
            let mut next = None;
            for _ in 0..count {
                let name = reader;
                reader.skip_name()?;
                let kind = reader.u16()?;
                let class = reader.u16()?;
                reader.octets(4)?;
                let len = reader.u16()?;
                let target = reader;
                let data = reader.octets(usize::from(len))?;
                if class != IN || !are_same(name, owner) {
                    continue;
                }
                if kind == CNAME {
                    next = Some(target);
                } else if kind == self.kind as u16 {
                    addresses.push(address(data)?);
                }
            }
            match next {
                Some(name) => owner = name,
                None => break,
            }
        }
        Some(())
    }
}

/// The address in a record: 4 or 16 octets.
fn address(data: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(data) {
        return Some(Ipv4Addr::from(octets).into());
    }
    let octets = <[u8; 16]>::try_from(data).ok()?;
    Some(Ipv6Addr::from(octets).into())
}

#[cfg(test)]
mod tests {
    use super::{Kind, Question};
    use crate::names::Addresses;
    use crate::names::dns::DnsFault;

    /// The example of RFC 1035's layout: `a.b` for an address, answered by one.
    fn answer() -> std::vec::Vec<u8> {
        let question = Question::new(7, "a.b", Kind::A).unwrap();
        let mut message = question.as_bytes().to_vec();
        message[2] |= 0x80;
        message[7] = 1;
        // A pointer to the question's name, A, IN, a lifetime, four octets.
        message.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 1]);
        message
    }

    fn read(message: &[u8]) -> (Option<Result<(), DnsFault>>, usize) {
        let question = Question::new(7, "A.b.", Kind::A).unwrap();
        let mut addresses = Addresses::new(0);
        let result = question.read_answer(message, &mut addresses);
        (result, addresses.len())
    }

    #[test]
    fn an_answer_is_read_whatever_the_case() {
        assert_eq!(read(&answer()), (Some(Ok(())), 1));
    }

    #[test]
    fn what_answers_something_else_is_none() {
        for place in [0, 1, 13, 15, 18, 20] {
            let mut message = answer();
            message[place] ^= 0x11;
            assert_eq!(read(&message).0, None, "octet {place}");
        }
        let mut question = answer();
        question[2] &= 0x7F;
        assert_eq!(read(&question).0, None);
    }

    #[test]
    fn no_cut_and_no_flipped_bit_panics() {
        let message = answer();
        for len in 0..message.len() {
            assert_eq!(read(&message[..len]).1, 0);
        }
        for bit in 0..message.len() * 8 {
            let mut message = message.clone();
            message[bit / 8] ^= 1 << (bit % 8);
            read(&message);
        }
    }

    #[test]
    fn pointers_that_never_end_are_refused() {
        let mut message = answer();
        let at = message.len() - 16;
        message[at + 1] = at as u8;
        assert_eq!(read(&message), (Some(Err(DnsFault::NoAddress)), 0));
    }
}
