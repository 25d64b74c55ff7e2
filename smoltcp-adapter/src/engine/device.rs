//! What stands between smoltcp and the device: one frame in, and a look at frames out.
//!
//! smoltcp's code is made anew for each type of device that it is called with. So it is
//! called with one only, [`Port`], whatever the device is; and behind that the device is
//! an object, which is asked once a frame. What is made anew for each type of device
//! stands in `edge.rs`, and is little.

use smoltcp::iface::PollResult;
use smoltcp::phy::{self, Device, DeviceCapabilities, PacketMeta};
use smoltcp::time::Instant;

use super::mld::Mender;

/// The longest frame with a datagram to a group that the stack itself delivers
/// to its own members, in octets: what Ethernet carries.
pub(super) const LOOP_FRAME: usize = if cfg!(feature = "udp") { 1514 } else { 0 };

/// Octets before the IP header.
pub(super) const fn link_header(medium: phy::Medium) -> usize {
    match medium {
        #[cfg(feature = "ethernet")]
        phy::Medium::Ethernet => smoltcp::wire::EthernetFrame::<&[u8]>::header_len(),
        _ => 0,
    }
}

/// The right to send one frame, whatever device it is of.
pub(super) trait Exit {
    /// Asks the device for room, and tells whether there is some. What has sent its
    /// frame has none.
    fn open(&mut self, now: Instant) -> bool;

    /// Sends a frame of `len` octets, which `fill` writes. Only where there is room.
    fn send(&mut self, len: usize, meta: PacketMeta, fill: &mut dyn Fill);
}

/// The device that smoltcp sees: at most one frame to receive, at most one to send.
pub(super) struct Port<'p> {
    /// The frame that has come, or none.
    pub(super) frame: &'p [u8],
    /// Whether smoltcp is to take it in.
    pub(super) offered: bool,
    pub(super) exit: &'p mut dyn Exit,
    /// Keep a copy of a frame here.
    pub(super) copy: Option<&'p mut LoopFrame>,
    /// Do not send it at all: its hop limit is zero.
    pub(super) mute: bool,
    /// Put reports of membership right, while there may be any.
    pub(super) reports: Option<Mender>,
    meta: PacketMeta,
    asked: bool,
    pub(super) sent: bool,
    exhausted: bool,
    again: bool,
}

/// What came of asking a socket for something to send.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Something of the socket's was sent.
    pub(super) sent: bool,
    /// The device gave room for something.
    pub(super) asked: bool,
    /// Something was sent, of the socket's or for it.
    #[cfg(feature = "neighbours")]
    pub(super) spoken: bool,
    /// The device had no room.
    pub(super) exhausted: bool,
    /// The interface had something to send itself, and there is perhaps more.
    pub(super) again: bool,
}

impl<'p> Port<'p> {
    /// With a frame that has come, and the right to answer it; or with an empty one, and
    /// the right to send.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(super) fn new(frame: &'p [u8], exit: &'p mut dyn Exit) -> Self {
        Self {
            frame,
            offered: false,
            exit,
            copy: None,
            mute: false,
            reports: None,
            meta: PacketMeta::default(),
            asked: false,
            sent: false,
            exhausted: false,
            again: false,
        }
    }

    #[inline]
    pub(super) fn look(&self, result: PollResult) -> Look {
        Look {
            sent: result != PollResult::None,
            asked: self.asked,
            #[cfg(feature = "neighbours")]
            spoken: self.sent,
            exhausted: self.exhausted,
            again: self.again,
        }
    }

    /// Sends a frame, or what shall be done with it instead.
    fn emit(&mut self, len: usize, fill: &mut dyn Fill) {
        self.sent = true;
        // What cannot be is no code.
        let copy = self.copy.as_deref_mut().filter(|_| cfg!(feature = "udp"));
        let reports = self.reports.as_ref().filter(|_| Mender::IS_NEEDED);
        match (copy, reports) {
            (Some(copy), _) if self.mute => copy.fill(len, fill),
            (None, None) => self.exit.send(len, self.meta, fill),
            (copy, reports) => {
                let fill = &mut Changed {
                    fill,
                    copy,
                    reports,
                };
                self.exit.send(len, self.meta, fill);
            }
        }
    }
}

/// What writes a frame; once. (A closure would bring the code to be consumed, too.)
pub(super) trait Fill {
    fn fill(&mut self, frame: &mut [u8]);
}

/// A frame that a function writes.
pub(super) struct Written<F>(pub(super) F);

impl<F: FnMut(&mut [u8])> Fill for Written<F> {
    fn fill(&mut self, frame: &mut [u8]) {
        (self.0)(frame);
    }
}

/// What is done to a frame behind smoltcp's back.
struct Changed<'f> {
    fill: &'f mut dyn Fill,
    copy: Option<&'f mut LoopFrame>,
    reports: Option<&'f Mender>,
}

impl Fill for Changed<'_> {
    fn fill(&mut self, frame: &mut [u8]) {
        self.fill.fill(frame);
        if let Some(copy) = &mut self.copy {
            copy.keep(frame);
        } else if Mender::IS_NEEDED
            && let Some(mender) = self.reports
        {
            mender.mend(frame);
        }
    }
}

impl<'p> Device for Port<'p> {
    type RxToken<'a>
        = Frame<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Right<'a, 'p>
    where
        Self: 'a;

    #[inline]
    fn receive(&mut self, _timestamp: Instant) -> Option<(Frame<'_>, Right<'_, 'p>)> {
        let offered = core::mem::take(&mut self.offered);
        offered.then_some((Frame(self.frame), Right(self)))
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    fn transmit(&mut self, timestamp: Instant) -> Option<Right<'_, 'p>> {
        if self.exit.open(timestamp) {
            self.asked = true;
            return Some(Right(self));
        }
        if self.sent {
            self.again = true;
        } else {
            self.exhausted = true;
        }
        None
    }

    /// Nobody asks for more than once, when [`Plan`] answers.
    fn capabilities(&self) -> DeviceCapabilities {
        DeviceCapabilities::default()
    }
}

/// What there is to know of a device before it is used.
pub(super) struct Plan(pub(super) DeviceCapabilities);

impl Device for Plan {
    type RxToken<'a> = Frame<'a>;
    type TxToken<'a> = Right<'a, 'a>;

    fn receive(&mut self, _timestamp: Instant) -> Option<(Frame<'_>, Right<'_, '_>)> {
        None
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<Right<'_, '_>> {
        None
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.0.clone()
    }
}

/// A frame that has come.
pub(super) struct Frame<'f>(&'f [u8]);

impl phy::RxToken for Frame<'_> {
    #[inline]
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

/// smoltcp's right to send a frame through the port.
pub(super) struct Right<'a, 'p>(&'a mut Port<'p>);

impl phy::TxToken for Right<'_, '_> {
    #[inline]
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut once = Once {
            write: Some(f),
            result: None,
        };
        self.0.emit(len, &mut once);
        once.result.expect("a device's token hands out its frame")
    }

    #[inline]
    fn set_meta(&mut self, meta: PacketMeta) {
        self.0.meta = meta;
    }
}

/// How smoltcp writes a frame.
struct Once<F, R> {
    write: Option<F>,
    result: Option<R>,
}

impl<R, F: FnOnce(&mut [u8]) -> R> Fill for Once<F, R> {
    fn fill(&mut self, frame: &mut [u8]) {
        self.result = self.write.take().map(|write| write(frame));
    }
}

/// Where frames go that nobody shall see.
#[cfg(feature = "udp")]
pub(super) struct Nowhere;

#[cfg(feature = "udp")]
impl Exit for Nowhere {
    fn open(&mut self, _now: Instant) -> bool {
        true
    }

    fn send(&mut self, len: usize, _meta: PacketMeta, fill: &mut dyn Fill) {
        fill.fill(&mut [0; LOOP_FRAME][..len]);
    }
}

/// One frame on its way back to own members of a group.
pub(crate) struct LoopFrame {
    len: usize,
    octets: [u8; LOOP_FRAME],
}

impl LoopFrame {
    pub(super) const fn new() -> Self {
        Self {
            len: 0,
            octets: [0; LOOP_FRAME],
        }
    }

    #[cfg(feature = "udp")]
    pub(super) fn take(&mut self) -> Option<&[u8]> {
        let len = core::mem::take(&mut self.len);
        self.octets.get(..len).filter(|frame| !frame.is_empty())
    }

    fn fill(&mut self, len: usize, fill: &mut dyn Fill) {
        self.len = len;
        fill.fill(&mut self.octets[..len]);
    }

    fn keep(&mut self, frame: &[u8]) {
        self.len = frame.len();
        self.octets[..frame.len()].copy_from_slice(frame);
    }
}
