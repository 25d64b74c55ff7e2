//! What stands between smoltcp and the device: one frame in, and a look at frames out.

use smoltcp::iface::PollResult;
use smoltcp::phy::{self, Device, DeviceCapabilities};
use smoltcp::time::Instant;

use super::mld::Mender;

/// The longest frame with a datagram to a group that the stack itself delivers
/// to its own members, in octets: what Ethernet carries.
pub(super) const LOOP_FRAME: usize = 1514;

/// Octets before the IP header.
pub(super) const fn link_header(medium: phy::Medium) -> usize {
    match medium {
        #[cfg(feature = "ethernet")]
        phy::Medium::Ethernet => smoltcp::wire::EthernetFrame::<&[u8]>::header_len(),
        _ => 0,
    }
}

/// A device with one frame to receive, and one to send in answer.
pub(super) struct OneShot<'f, T> {
    pub(super) frame: Option<(&'f [u8], Answer<T>)>,
    pub(super) capabilities: &'f DeviceCapabilities,
}

impl<T: phy::TxToken> Device for OneShot<'_, T> {
    type RxToken<'a>
        = Frame<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Answer<T>
    where
        Self: 'a;

    fn receive(&mut self, _timestamp: Instant) -> Option<(Frame<'_>, Answer<T>)> {
        let (frame, answer) = self.frame.take()?;
        Some((Frame(frame), answer))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<Answer<T>> {
        None
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.capabilities.clone()
    }
}

pub(super) struct Frame<'f>(&'f [u8]);

impl phy::RxToken for Frame<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

/// The right to send an answer to a frame, or none.
pub(super) enum Answer<T> {
    Send(T),
    Drop,
}

impl<T: phy::TxToken> phy::TxToken for Answer<T> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        match self {
            Self::Send(token) => token.consume(len, f),
            // Frames without the right to an answer are datagrams to groups,
            // which smoltcp never answers; this is for the type's sake.
            Self::Drop => f(&mut [0; LOOP_FRAME][..len]),
        }
    }
}

/// The token of a frame without an answer.
pub(super) enum NoToken {}

impl phy::TxToken for NoToken {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, _len: usize, _f: F) -> R {
        match self {}
    }
}

/// The device, and room for one frame on its way back to own members of a group.
pub(crate) struct Wire<D> {
    pub(super) device: D,
    pub(super) looped: LoopFrame,
}

impl<D> Wire<D> {
    pub(super) const fn new(device: D) -> Self {
        Self {
            device,
            looped: LoopFrame {
                len: 0,
                octets: [0; LOOP_FRAME],
            },
        }
    }

    pub(crate) const fn device_mut(&mut self) -> &mut D {
        &mut self.device
    }
}

/// What to do with the frames of one socket, besides sending them.
pub(super) struct Outgoing<'f, D> {
    device: &'f mut D,
    /// Keep a copy of a frame here.
    pub(super) copy: Option<&'f mut LoopFrame>,
    /// Do not send it at all: its hop limit is zero.
    pub(super) mute: bool,
    /// Put reports of membership right, while there may be any.
    pub(super) reports: Option<&'f Mender>,
    asked: bool,
    exhausted: bool,
}

/// What came of asking a socket for something to send.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Something was sent.
    pub(super) sent: bool,
    /// The device gave room for something.
    pub(super) asked: bool,
    /// The device had no room.
    pub(super) exhausted: bool,
}

impl<'f, D> Outgoing<'f, D> {
    #[inline]
    pub(super) const fn new(device: &'f mut D) -> Self {
        Self {
            device,
            copy: None,
            mute: false,
            reports: None,
            asked: false,
            exhausted: false,
        }
    }

    #[inline]
    pub(super) fn look(&self, result: PollResult) -> Look {
        Look {
            sent: result != PollResult::None,
            asked: self.asked,
            exhausted: self.exhausted,
        }
    }
}

/// One frame on its way back.
pub(super) struct LoopFrame {
    len: usize,
    octets: [u8; LOOP_FRAME],
}

impl LoopFrame {
    pub(super) fn take(&mut self) -> Option<&[u8]> {
        let len = core::mem::take(&mut self.len);
        self.octets.get(..len).filter(|frame| !frame.is_empty())
    }

    fn fill<R>(&mut self, len: usize, f: impl FnOnce(&mut [u8]) -> R) -> R {
        self.len = len;
        f(&mut self.octets[..len])
    }
}

impl<D: Device> Device for Outgoing<'_, D> {
    type RxToken<'a>
        = D::RxToken<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Watched<'a, D::TxToken<'a>>
    where
        Self: 'a;

    fn receive(&mut self, _timestamp: Instant) -> Option<(D::RxToken<'_>, Self::TxToken<'_>)> {
        None
    }

    fn transmit(&mut self, timestamp: Instant) -> Option<Self::TxToken<'_>> {
        let Some(token) = self.device.transmit(timestamp) else {
            self.exhausted = true;
            return None;
        };
        self.asked = true;
        Some(Watched {
            token,
            copy: self.copy.as_deref_mut(),
            mute: self.mute,
            reports: self.reports,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

/// A token whose frame is also copied.
pub(super) struct Watched<'f, T> {
    token: T,
    copy: Option<&'f mut LoopFrame>,
    mute: bool,
    reports: Option<&'f Mender>,
}

impl<T: phy::TxToken> phy::TxToken for Watched<'_, T> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        match self.copy {
            Some(copy) if self.mute => copy.fill(len, f),
            Some(copy) => self.token.consume(len, |frame| {
                let result = f(frame);
                copy.fill(len, |octets| octets.copy_from_slice(frame));
                result
            }),
            None => match self.reports {
                None => self.token.consume(len, f),
                Some(mender) => self.token.consume(len, |frame| {
                    let result = f(frame);
                    mender.mend(frame);
                    result
                }),
            },
        }
    }

    fn set_meta(&mut self, meta: phy::PacketMeta) {
        self.token.set_meta(meta);
    }
}
