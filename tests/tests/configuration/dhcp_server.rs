//! A server of DHCP, written from RFC 2131 and RFC 2132 alone, on a UDP socket of ours.

use core::net::{Ipv4Addr, SocketAddr};

use amphi_core::socket::Datagram;

pub(crate) const DISCOVER: u8 = 1;
pub(crate) const OFFER: u8 = 2;
pub(crate) const REQUEST: u8 = 3;
pub(crate) const ACK: u8 = 5;
pub(crate) const NAK: u8 = 6;

/// Octets before the options: the fixed fields and the cookie (RFC 2131, figure 1).
const FIXED: usize = 240;
const COOKIE: [u8; 4] = [99, 130, 83, 99];
const CLIENT_ADDRESS: core::ops::Range<usize> = 12..16;
const HARDWARE_ADDRESS: core::ops::Range<usize> = 28..34;
const YOUR_ADDRESS: core::ops::Range<usize> = 16..20;

/// What the server gives, to whoever asks.
pub(crate) struct Given {
    pub(crate) address: Ipv4Addr,
    pub(crate) router: Option<Ipv4Addr>,
    pub(crate) name_servers: Vec<Ipv4Addr>,
    /// Seconds.
    pub(crate) lease: u32,
}

pub(crate) struct Server<S> {
    pub(crate) socket: S,
    pub(crate) own: Ipv4Addr,
    pub(crate) given: Option<Given>,
    /// The types of the messages that came.
    pub(crate) heard: Vec<u8>,
    /// Whether requests are refused.
    pub(crate) refuses: bool,
    /// How many answers go to others before each: the same, with another's address.
    pub(crate) others: usize,
}

/// The option of that number, if the message has it.
fn option(message: &[u8], number: u8) -> Option<&[u8]> {
    let mut rest = message.get(FIXED..)?;
    while let &[kind, len, ref after @ ..] = rest {
        if kind == 255 {
            return None;
        }
        let (value, next) = after.split_at_checked(usize::from(len))?;
        if kind == number {
            return Some(value);
        }
        rest = next;
    }
    None
}

impl<S: Datagram<Addr = SocketAddr>> Server<S> {
    /// Answers what has come.
    pub(crate) fn serve(&mut self) {
        let mut buf = [0; 600];
        while let Ok(received) = self.socket.recv_from(&mut buf) {
            let question = &buf[..received.len];
            assert_eq!((question[0], &question[236..240]), (1, &COOKIE[..]));
            assert_eq!(received.from.port(), 68);
            let kind = option(question, 53).expect("a type")[0];
            self.heard.push(kind);
            let Some(given) = &self.given else { continue };
            let answer = match (kind, self.refuses) {
                (DISCOVER, _) => OFFER,
                (REQUEST, true) => NAK,
                (REQUEST, false) => ACK,
                _ => panic!("a client says {kind}"),
            };
            let message = self.message(question, answer, given);
            let client = <[u8; 4]>::try_from(&question[CLIENT_ADDRESS]).expect("four octets");
            // Who has its address already is told there (RFC 2131, section 4.1).
            let to = match Ipv4Addr::from(client) {
                Ipv4Addr::UNSPECIFIED => Ipv4Addr::BROADCAST,
                known => known,
            };
            let mut foreign = message.clone();
            foreign[HARDWARE_ADDRESS].copy_from_slice(&[2, 0, 0, 0, 0, 0x99]);
            for octets in (0..self.others).map(|_| &foreign).chain([&message]) {
                self.socket
                    .send_to(octets, &(to, 68).into())
                    .expect("it leaves");
            }
        }
    }

    fn message(&self, question: &[u8], kind: u8, given: &Given) -> Vec<u8> {
        let mut message = question[..FIXED].to_vec();
        message[0] = 2;
        message[YOUR_ADDRESS].copy_from_slice(&given.address.octets());
        let mut add = |number: u8, value: &[u8]| {
            message.extend([number, value.len() as u8]);
            message.extend(value);
        };
        add(53, &[kind]);
        add(54, &self.own.octets());
        if kind != NAK {
            add(1, &[255, 255, 255, 0]);
            add(51, &given.lease.to_be_bytes());
            if let Some(router) = given.router {
                add(3, &router.octets());
            }
            let servers = given.name_servers.iter().flat_map(Ipv4Addr::octets);
            add(6, &servers.collect::<Vec<_>>());
        }
        message.push(255);
        message
    }
}
