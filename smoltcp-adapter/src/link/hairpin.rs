use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;
use smoltcp::wire::Ipv4Packet;

use super::ring::{Ring, RxToken};

/// A device whose stack can talk to its own addresses, as a host can: what the
/// stack sends to itself comes back, besides going out on the link, where
/// nobody takes it. Room for `FRAMES` frames (at least 2) of `MTU` octets.
///
/// On Ethernet that is what bears the stack's own hardware address as its
/// destination, and each question for a neighbour's, so that the stack can
/// answer itself. On plain IP it is what has the same source and destination.
///
/// Groups are not its business: a stack delivers its own multicast itself.
///
/// ```
/// use amphi_smoltcp::link::{Hairpin, Pair};
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium};
///
/// let mut pair = Pair::<1500, 16>::new(Medium::Ip);
/// let (left, _right) = pair.split();
/// let device = Hairpin::<_, 1500, 16>::new(left);
/// assert_eq!(device.capabilities().max_transmission_unit, 1500);
/// ```
#[derive(Debug)]
pub struct Hairpin<D, const MTU: usize, const FRAMES: usize> {
    device: D,
    ring: Ring<MTU, FRAMES>,
}

impl<D: Device, const MTU: usize, const FRAMES: usize> Hairpin<D, MTU, FRAMES> {
    /// The device around `device`.
    pub const fn new(device: D) -> Self {
        Self {
            device,
            ring: Ring::new(),
        }
    }

    /// The device inside.
    pub const fn inner_mut(&mut self) -> &mut D {
        &mut self.device
    }
}

impl<D: Device, const MTU: usize, const FRAMES: usize> Device for Hairpin<D, MTU, FRAMES> {
    type RxToken<'a>
        = HairpinRx<'a, D::RxToken<'a>, MTU, FRAMES>
    where
        Self: 'a;
    type TxToken<'a>
        = HairpinTx<'a, D::TxToken<'a>, MTU, FRAMES>
    where
        Self: 'a;

    fn receive(&mut self, timestamp: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let medium = self.device.capabilities().medium;
        let ring = &self.ring;
        let tx = |inner| HairpinTx {
            inner,
            medium,
            ring,
        };
        if ring.len() > 0 {
            let inner = self.device.transmit(timestamp)?;
            return Some((HairpinRx::Own(ring.receive()?), tx(inner)));
        }
        let (frame, inner) = self.device.receive(timestamp)?;
        Some((HairpinRx::Link(frame), tx(inner)))
    }

    fn transmit(&mut self, timestamp: Instant) -> Option<Self::TxToken<'_>> {
        let medium = self.device.capabilities().medium;
        let full = self.ring.len() == Ring::<MTU, FRAMES>::CAPACITY;
        let inner = (!full).then(|| self.device.transmit(timestamp))??;
        Some(HairpinTx {
            inner,
            medium,
            ring: &self.ring,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

/// A frame from the stack itself, or from the link.
///
/// ```
/// use amphi_smoltcp::link::{Hairpin, Pair};
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, RxToken, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let mut pair = Pair::<1500, 16>::new(Medium::Ip);
/// let (left, _right) = pair.split();
/// let mut device = Hairpin::<_, 1500, 16>::new(left);
/// // From 192.0.2.1 to itself.
/// let mut packet = [0; 20];
/// (packet[0], packet[3]) = (0x45, 20);
/// packet[12..16].copy_from_slice(&[192, 0, 2, 1]);
/// packet[16..20].copy_from_slice(&[192, 0, 2, 1]);
///
/// let room = device.transmit(Instant::ZERO).expect("the link is empty");
/// room.consume(20, |frame| frame.copy_from_slice(&packet));
/// let (frame, _answer) = device.receive(Instant::ZERO).expect("it came back");
/// frame.consume(|frame| assert_eq!(frame, packet));
/// ```
#[derive(Debug)]
pub enum HairpinRx<'a, T, const MTU: usize, const FRAMES: usize> {
    /// From the stack itself.
    Own(RxToken<'a, MTU, FRAMES>),
    /// From the link.
    Link(T),
}

/// Room for a frame to send.
///
/// ```
/// use amphi_smoltcp::link::{Hairpin, Pair};
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let mut pair = Pair::<1500, 16>::new(Medium::Ip);
/// let (left, mut right) = pair.split();
/// let mut device = Hairpin::<_, 1500, 16>::new(left);
/// let room = device.transmit(Instant::ZERO).expect("the link is empty");
/// room.consume(3, |frame| frame.copy_from_slice(b"abc"));
/// // Not to itself: it went out on the link.
/// assert!(device.receive(Instant::ZERO).is_none());
/// assert!(right.receive(Instant::ZERO).is_some());
/// ```
#[derive(Debug)]
pub struct HairpinTx<'a, T, const MTU: usize, const FRAMES: usize> {
    inner: T,
    medium: Medium,
    ring: &'a Ring<MTU, FRAMES>,
}

impl<T: phy::RxToken, const MTU: usize, const FRAMES: usize> phy::RxToken
    for HairpinRx<'_, T, MTU, FRAMES>
{
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        match self {
            Self::Own(token) => token.consume(f),
            Self::Link(token) => token.consume(f),
        }
    }

    fn meta(&self) -> phy::PacketMeta {
        match self {
            Self::Own(token) => token.meta(),
            Self::Link(token) => token.meta(),
        }
    }
}

impl<T: phy::TxToken, const MTU: usize, const FRAMES: usize> phy::TxToken
    for HairpinTx<'_, T, MTU, FRAMES>
{
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        self.inner.consume(len, |frame| {
            let result = f(frame);
            if comes_back(self.medium, frame) {
                self.ring.push(frame);
            }
            result
        })
    }

    fn set_meta(&mut self, meta: phy::PacketMeta) {
        self.inner.set_meta(meta);
    }
}

fn comes_back(medium: Medium, frame: &[u8]) -> bool {
    match medium {
        #[cfg(feature = "ethernet")]
        Medium::Ethernet => ethernet_comes_back(frame),
        _ => packet_comes_back(frame),
    }
}

#[cfg(feature = "ethernet")]
fn ethernet_comes_back(frame: &[u8]) -> bool {
    use smoltcp::wire::{EthernetFrame, EthernetProtocol};
    let Ok(frame) = EthernetFrame::new_checked(frame) else {
        return false;
    };
    let to = frame.dst_addr();
    to == frame.src_addr()
        || frame.ethertype() == EthernetProtocol::Arp
        // The group of those who may be a neighbour that is asked for (RFC 2464, section 7).
        || to.0.starts_with(&[0x33, 0x33, 0xff])
}

fn packet_comes_back(packet: &[u8]) -> bool {
    match packet.first().map(|octet| octet >> 4) {
        Some(4) => Ipv4Packet::new_checked(packet).is_ok_and(|it| it.src_addr() == it.dst_addr()),
        #[cfg(feature = "ipv6")]
        Some(6) => smoltcp::wire::Ipv6Packet::new_checked(packet)
            .is_ok_and(|it| it.src_addr() == it.dst_addr()),
        _ => false,
    }
}
