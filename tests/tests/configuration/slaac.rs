//! An interface that makes its IPv6 addresses of what a router tells. The router is made of
//! octets, from RFC 4861 alone.

use core::net::{IpAddr, Ipv6Addr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::addr::IpInterface;
use amphi_core::socket::{Net, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::Slaac;
use amphi_smoltcp::smoltcp::phy::{Device, RxToken, TxToken};
use amphi_smoltcp::smoltcp::time::Instant;

use crate::lan::{Alone, on_bare_link};

const ROUTER: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0xaa);
const ANOTHER: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0xbb);
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const NETWORK: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, 0);
/// What the hardware address 02:00:00:00:00:01 makes in it (RFC 4291, appendix A).
const OWN: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0xff, 0xfe00, 1);
const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 1);
const WORLD: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 1);
const SOON: Duration = Duration::from_millis(10);
/// How long others have to say that an address is theirs, and a little.
const CLAIM: Duration = Duration::from_millis(1_010);
const HOUR: u32 = 3600;

/// What a router tells.
#[derive(Clone, Copy)]
struct Advertisement {
    from: Ipv6Addr,
    hop_limit: u8,
    /// Seconds.
    router: u16,
    network: Ipv6Addr,
    prefix_len: u8,
    flags: u8,
    /// Seconds.
    valid: u32,
}

const USUAL: Advertisement = Advertisement {
    from: ROUTER,
    hop_limit: 255,
    router: 1800,
    network: NETWORK,
    prefix_len: 64,
    // On this link, and for addresses (RFC 4861, section 4.6.2).
    flags: 0xc0,
    valid: 24 * HOUR,
};

impl Advertisement {
    fn frame(&self) -> Vec<u8> {
        let mut message = vec![134, 0, 0, 0, 64, 0];
        message.extend(self.router.to_be_bytes());
        message.extend([0; 8]);
        message.extend([3, 4, self.prefix_len, self.flags]);
        message.extend(self.valid.to_be_bytes());
        message.extend((self.valid / 2).to_be_bytes());
        message.extend([0; 4]);
        message.extend(self.network.octets());
        let sum = checksum(self.from, ALL_NODES, &message);
        message[2..4].copy_from_slice(&sum.to_be_bytes());

        let mut frame = vec![0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0xaa, 0x86, 0xdd];
        frame.extend([0x60, 0, 0, 0, 0, message.len() as u8, 58, self.hop_limit]);
        frame.extend(self.from.octets());
        frame.extend(ALL_NODES.octets());
        frame.extend(message);
        frame
    }
}

/// RFC 4443, section 2.3.
fn checksum(from: Ipv6Addr, to: Ipv6Addr, message: &[u8]) -> u16 {
    let mut octets = [from.octets(), to.octets()].concat();
    octets.extend((message.len() as u32).to_be_bytes());
    octets.extend([0, 0, 0, 58]);
    octets.extend(message);
    let words = octets
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]));
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !(((folded & 0xffff) + (folded >> 16)) as u16)
}

impl Alone<'_, '_> {
    fn tell(&mut self, advertisement: Advertisement) {
        let frame = advertisement.frame();
        let token = self.far.transmit(Instant::ZERO).expect("room on the link");
        token.consume(frame.len(), |octets| octets.copy_from_slice(&frame));
        self.pass(CLAIM);
    }

    /// The frames that the stack has sent since the last call.
    fn heard(&mut self) -> Vec<Vec<u8>> {
        core::iter::from_fn(|| {
            let (frame, _) = self.far.receive(Instant::ZERO)?;
            Some(frame.consume(<[u8]>::to_vec))
        })
        .collect()
    }

    /// For which addresses it asks whether they are somebody's.
    fn claims(&mut self) -> Vec<Ipv6Addr> {
        let heard = self.heard();
        let claims = heard
            .iter()
            .filter(|frame| frame[12..14] == [0x86, 0xdd] && (frame[20], frame[54]) == (58, 135));
        let target = |frame: &Vec<u8>| {
            let target = Ipv6Addr::from(<[u8; 16]>::try_from(&frame[62..78]).expect("16 octets"));
            // RFC 4862, section 5.4.2, and RFC 4291, section 2.7.1.
            let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, target.segments()[7]);
            assert_eq!(frame[..6], [0x33, 0x33, 0xff, 0, 0, 1]);
            assert_eq!((frame[21], &frame[22..38]), (255, &[0; 16][..]));
            assert_eq!(frame[38..54], group.octets());
            assert_eq!(checksum(Ipv6Addr::UNSPECIFIED, group, &frame[54..]), 0);
            assert_eq!(frame[54..].len(), 24, "no option");
            target
        };
        claims.map(target).collect()
    }

    /// Lets a message about an address arrive: 135 asks for it, 136 tells that it is there.
    fn tell_of(&mut self, address: Ipv6Addr, kind: u8, from: Ipv6Addr) {
        let mut message = vec![kind, 0, 0, 0, 0x20, 0, 0, 0];
        message.extend(address.octets());
        let sum = checksum(from, ALL_NODES, &message);
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        let mut frame = vec![0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0xcc, 0x86, 0xdd];
        frame.extend([0x60, 0, 0, 0, 0, message.len() as u8, 58, 255]);
        frame.extend(from.octets());
        frame.extend(ALL_NODES.octets());
        frame.extend(message);
        let token = self.far.transmit(Instant::ZERO).expect("room on the link");
        token.consume(frame.len(), |octets| octets.copy_from_slice(&frame));
        self.pass(SOON);
    }

    /// The questions for a router among what was sent.
    fn solicitations(&mut self) -> usize {
        let heard = self.heard();
        let mut questions = heard
            .iter()
            .filter(|frame| frame[12..14] == [0x86, 0xdd] && (frame[20], frame[54]) == (58, 133));
        questions.clone().for_each(|frame| {
            // RFC 4861, sections 4.1 and 6.1.1, and RFC 2464, sections 6 and 7.
            assert_eq!(frame[..6], [0x33, 0x33, 0, 0, 0, 2]);
            assert_eq!(frame[21], 255);
            assert_eq!(frame[22..38], LINK_LOCAL.octets());
            assert_eq!(frame[54..].len(), 16);
            assert_eq!(frame[62..], [1, 1, 2, 0, 0, 0, 0, 1]);
            let to = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
            assert_eq!(checksum(LINK_LOCAL, to, &frame[54..]), 0);
        });
        questions.by_ref().count()
    }

    fn addresses(&self) -> Vec<IpAddr> {
        self.near.addresses().map(IpInterface::ip).collect()
    }
}

/// The link is asked whether the address there is somebody's, and after a second the routers
/// are asked, three times, four seconds apart; then they are left alone.
#[test]
fn routers_are_asked_three_times() {
    on_bare_link(|alone| {
        let slaac = Slaac::start(alone.near).expect("room");
        let again = Slaac::start(alone.near).map(drop);
        assert_eq!(again, Err(ErrorKind::AlreadyExists));
        alone.pass(SOON);
        assert_eq!(alone.claims(), [LINK_LOCAL]);
        alone.pass(Duration::from_secs(1) - 2 * SOON);
        assert!(alone.heard().is_empty() && alone.addresses().is_empty());
        alone.pass(SOON);
        for _ in 0..3 {
            alone.pass(SOON);
            assert_eq!(alone.solicitations(), 1);
            alone.pass(Duration::from_secs(4) - 2 * SOON);
            assert_eq!(alone.solicitations(), 0);
            alone.pass(SOON);
        }
        alone.pass(Duration::from_secs(600));
        assert_eq!(alone.solicitations(), 0);
        assert_eq!(alone.addresses(), [IpAddr::V6(LINK_LOCAL)]);
        assert_eq!(slaac.address(), Err(ErrorKind::WouldBlock));
        let nobody = alone.near.drive();
        assert_eq!(nobody, amphi_core::time::Instant::NEVER, "it rests");
        drop(slaac);
        assert!(alone.addresses().is_empty());
    });
}

/// The address is made of the network and the hardware address, the router is used, and both
/// go in their time; the connections with the address.
#[test]
fn advertisement_makes_an_address() {
    on_bare_link(|alone| {
        let slaac = Slaac::start(alone.near).expect("room");
        alone.pass(CLAIM);
        alone.heard();
        alone.tell(USUAL);
        assert_eq!(alone.claims(), [OWN]);
        let address = slaac.address().expect("an address");
        assert_eq!(address.to_string(), "2001:db8:0:1:0:ff:fe00:1/64");
        assert_eq!(slaac.router(), Some(ROUTER));
        assert_eq!(alone.addresses(), [LINK_LOCAL, OWN].map(IpAddr::V6));
        alone.heard();
        alone.pass(Duration::from_secs(10));
        assert_eq!(alone.solicitations(), 0, "nobody is asked any more");

        let world = SocketAddr::from((WORLD, 7));
        let mut stream = alone.near.tcp_connect(world).expect("a route");
        alone.pass(SOON);
        let heard = alone.heard();
        // Its neighbour is the router: RFC 4861, section 4.3.
        let asks = |frame: &&Vec<u8>| frame[54] == 135 && frame[62..78] == ROUTER.octets();
        assert_eq!(heard.iter().filter(asks).count(), 1);

        // Half an hour later the router is none any more, a day later the address is none.
        alone.pass(Duration::from_secs(1800));
        assert_eq!(slaac.router(), None);
        let unreachable = alone.near.tcp_connect(world).map(drop);
        assert_eq!(unreachable, Err(ErrorKind::Unreachable));
        assert_eq!(alone.addresses(), [LINK_LOCAL, OWN].map(IpAddr::V6));
        alone.pass(Duration::from_secs(24 * 3600));
        assert_eq!(alone.addresses(), [IpAddr::V6(LINK_LOCAL)]);
        assert!(stream.finish_connect().is_err());
    });
}

/// A router that is told anew lives longer; one that says so is none at once, and another
/// takes its place only then.
#[test]
fn routers_come_and_go() {
    on_bare_link(|alone| {
        let slaac = Slaac::start(alone.near).expect("room");
        alone.pass(CLAIM);
        alone.tell(USUAL);
        let another = Advertisement {
            from: ANOTHER,
            ..USUAL
        };
        alone.tell(another);
        assert_eq!(slaac.router(), Some(ROUTER));
        alone.pass(Duration::from_secs(1000));
        alone.tell(USUAL);
        alone.pass(Duration::from_secs(1000));
        assert_eq!(slaac.router(), Some(ROUTER));
        alone.tell(Advertisement { router: 0, ..USUAL });
        assert_eq!(slaac.router(), None);
        alone.tell(another);
        assert_eq!(slaac.router(), Some(ANOTHER));
    });
}

/// Who tells that an address is over, without more, cannot take it at once (RFC 4862, section
/// 5.5.3): two hours are left.
#[test]
fn address_is_not_taken_by_a_word() {
    on_bare_link(|alone| {
        let _slaac = Slaac::start(alone.near).expect("room");
        alone.pass(CLAIM);
        alone.tell(USUAL);
        alone.tell(Advertisement { valid: 0, ..USUAL });
        alone.pass(Duration::from_secs(2 * 3600 - 4));
        assert_eq!(alone.addresses().len(), 2);
        alone.tell(Advertisement { valid: 1, ..USUAL });
        assert_eq!(alone.addresses().len(), 2);
        alone.pass(Duration::from_secs(4));
        assert_eq!(alone.addresses(), [IpAddr::V6(LINK_LOCAL)]);
    });
}

/// What does not come from this link, is damaged or is not for addresses makes none; nor
/// does one more than there is room for.
#[test]
fn other_words_make_no_address() {
    on_bare_link(|alone| {
        let slaac = Slaac::start(alone.near).expect("room");
        alone.pass(CLAIM);
        for foreign in [
            Advertisement {
                hop_limit: 64,
                ..USUAL
            },
            Advertisement {
                from: WORLD,
                ..USUAL
            },
        ] {
            alone.tell(foreign);
            assert_eq!(slaac.router(), None);
        }
        for useless in [
            Advertisement {
                flags: 0x80,
                ..USUAL
            },
            Advertisement {
                prefix_len: 48,
                ..USUAL
            },
            Advertisement {
                prefix_len: 200,
                ..USUAL
            },
            Advertisement {
                network: LINK_LOCAL,
                ..USUAL
            },
            Advertisement {
                network: ALL_NODES,
                ..USUAL
            },
            Advertisement { valid: 0, ..USUAL },
        ] {
            alone.tell(useless);
            assert_eq!(alone.addresses(), [IpAddr::V6(LINK_LOCAL)]);
        }
        alone.heard();
        let whole = USUAL.frame();
        for bit in 0..8 * whole.len() {
            // Addresses of the link and what the checksum does not guard are no matter of ours.
            if (0..20 * 8).contains(&bit) || (20 * 8..22 * 8).contains(&bit) {
                continue;
            }
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let token = alone.far.transmit(Instant::ZERO).expect("room");
            token.consume(changed.len(), |octets| octets.copy_from_slice(&changed));
            alone.pass(SOON);
            assert!(alone.claims().is_empty(), "bit {bit}");
            assert_eq!(alone.addresses(), [IpAddr::V6(LINK_LOCAL)], "bit {bit}");
        }
        alone.tell(USUAL);
        let more = Ipv6Addr::new(0x2001, 0xdb8, 0, 2, 0, 0, 0, 0);
        alone.tell(Advertisement {
            network: more,
            ..USUAL
        });
        assert_eq!(alone.addresses(), [LINK_LOCAL, OWN].map(IpAddr::V6));
        assert!(slaac.address().is_ok());
    });
}

/// A link that comes back may have other routers: they are asked.
#[test]
fn link_that_comes_back_is_asked_for_routers() {
    on_bare_link(|alone| {
        let _slaac = Slaac::start(alone.near).expect("room");
        alone.pass(CLAIM);
        alone.tell(USUAL);
        alone.heard();
        alone.near.set_link_up(false);
        alone.pass(Duration::from_secs(1));
        assert!(alone.heard().is_empty());
        alone.near.set_link_up(true);
        alone.pass(SOON);
        assert_eq!(alone.solicitations(), 1);
        assert_eq!(alone.addresses(), [LINK_LOCAL, OWN].map(IpAddr::V6));
    });
}

/// An address that somebody else has, or wants in the same moment, is not taken, and that
/// is told; the one on the link ends it all.
#[test]
fn address_of_somebody_else_is_not_taken() {
    for (kind, from) in [(136, ROUTER), (135, Ipv6Addr::UNSPECIFIED)] {
        on_bare_link(|alone| {
            let slaac = Slaac::start(alone.near).expect("room");
            alone.pass(SOON);
            alone.tell_of(LINK_LOCAL, kind, from);
            assert_eq!(slaac.address(), Err(ErrorKind::AddrInUse));
            alone.tell(USUAL);
            alone.pass(CLAIM);
            assert!(alone.addresses().is_empty());
            assert_eq!(alone.solicitations(), 0);
        });
        on_bare_link(|alone| {
            let slaac = Slaac::start(alone.near).expect("room");
            alone.pass(CLAIM);
            let frame = USUAL.frame();
            let token = alone.far.transmit(Instant::ZERO).expect("room");
            token.consume(frame.len(), |octets| octets.copy_from_slice(&frame));
            alone.pass(SOON);
            alone.tell_of(OWN, kind, from);
            alone.pass(CLAIM);
            assert_eq!(slaac.address(), Err(ErrorKind::AddrInUse));
            assert_eq!(alone.addresses(), [IpAddr::V6(LINK_LOCAL)]);
        });
    }
}

/// Who is about to take an address of this interface's is told that it is taken (RFC 4861,
/// section 7.2.4); a word alone does not take it from here.
#[test]
fn address_is_defended() {
    on_bare_link(|alone| {
        let slaac = Slaac::start(alone.near).expect("room");
        alone.pass(CLAIM);
        alone.tell(USUAL);
        alone.heard();
        alone.tell_of(OWN, 135, Ipv6Addr::UNSPECIFIED);
        let heard = alone.heard();
        let answers: Vec<_> = heard.iter().filter(|frame| frame[54] == 136).collect();
        let [answer] = answers[..] else {
            panic!("{} answers", answers.len());
        };
        assert_eq!(answer[..6], [0x33, 0x33, 0, 0, 0, 1]);
        assert_eq!(answer[22..38], OWN.octets());
        assert_eq!(answer[38..54], ALL_NODES.octets());
        // That it stands above what was known, and where it is (RFC 4861, section 4.4).
        assert_eq!(answer[58], 0x20);
        assert_eq!(answer[62..78], OWN.octets());
        assert_eq!(answer[78..], [2, 1, 2, 0, 0, 0, 0, 1]);
        assert_eq!(checksum(OWN, ALL_NODES, &answer[54..]), 0);
        alone.tell_of(OWN, 136, ROUTER);
        assert!(slaac.address().is_ok());
        assert_eq!(alone.addresses().len(), 2);
    });
}
