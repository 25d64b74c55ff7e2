use core::cell::RefCell;
use core::fmt;

use amphi_core::time::Instant;
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant as Timestamp;

use super::line::{Direction, Line};
use crate::convert;

/// What is done with each frame that passes: any function of a [`Line`], for one.
///
/// ```
/// use amphi_smoltcp::link::{Line, Show};
///
/// /// Counts octets.
/// struct Meter(usize);
///
/// impl Show for Meter {
///     fn show(&mut self, line: &Line<'_>) {
///         self.0 += line.frame.len();
///     }
/// }
///
/// let mut meter = Meter(0);
/// # use amphi_core::time::Instant;
/// # use amphi_smoltcp::link::Direction;
/// # use amphi_smoltcp::smoltcp::phy::Medium;
/// # let (at, medium, direction) = (Instant::ORIGIN, Medium::Ip, Direction::In);
/// meter.show(&Line { at, medium, direction, frame: b"frame" });
/// assert_eq!(meter.0, 5);
/// ```
pub trait Show {
    /// Takes note of a frame.
    fn show(&mut self, line: &Line<'_>);
}

impl<F: FnMut(&Line<'_>)> Show for F {
    fn show(&mut self, line: &Line<'_>) {
        self(line);
    }
}

/// A device that shows each frame that passes, as a [`Line`].
///
/// ```
/// use amphi_smoltcp::link::{Loopback, Trace};
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, RxToken, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let mut seen = Vec::new();
/// let link = Loopback::<1500, 4>::new(Medium::Ip);
/// let mut device = Trace::new(link, |line| seen.push(line.to_string()));
/// let room = device.transmit(Instant::from_millis(2)).expect("the link is empty");
/// room.consume(3, |frame| frame.fill(0));
/// # drop(device);
/// assert_eq!(seen, ["0.002000 out no IP packet of 3 octets"]);
/// ```
pub struct Trace<D, F> {
    device: D,
    /// In a cell, as both tokens of a received frame have it.
    show: RefCell<F>,
}

impl<D: Device, F: FnMut(&Line<'_>)> Trace<D, F> {
    /// The device around `device`, which calls `show` with each frame before it
    /// is taken in, or when it is sent.
    pub const fn new(device: D, show: F) -> Self {
        Self {
            device,
            show: RefCell::new(show),
        }
    }
}

impl<D: Device, F: Show> Trace<D, F> {
    #[cfg(feature = "pcap")]
    pub(super) const fn with(device: D, show: F) -> Self {
        Self {
            device,
            show: RefCell::new(show),
        }
    }

    /// The device inside.
    pub const fn inner_mut(&mut self) -> &mut D {
        &mut self.device
    }

    #[cfg(feature = "pcap")]
    pub(super) fn into_show(self) -> F {
        self.show.into_inner()
    }
}

#[cfg(feature = "log")]
impl<D: Device> Trace<D, fn(&Line<'_>)> {
    /// The device around `device`, which writes each frame to the log, at level `debug`.
    #[must_use]
    pub const fn to_log(device: D) -> Self {
        Self::new(device, |line| log::debug!("{line}"))
    }
}

impl<D: Device, F: Show> Device for Trace<D, F> {
    type RxToken<'a>
        = TraceRx<'a, D::RxToken<'a>, F>
    where
        Self: 'a;
    type TxToken<'a>
        = TraceTx<'a, D::TxToken<'a>, F>
    where
        Self: 'a;

    fn receive(&mut self, timestamp: Timestamp) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let medium = self.device.capabilities().medium;
        let (inner, answer) = self.device.receive(timestamp)?;
        let passing = |direction| Passing {
            at: convert::from_instant(timestamp),
            medium,
            direction,
            show: &self.show,
        };
        let rx = TraceRx {
            inner,
            passing: passing(Direction::In),
        };
        let tx = TraceTx {
            inner: answer,
            passing: passing(Direction::Out),
        };
        Some((rx, tx))
    }

    fn transmit(&mut self, timestamp: Timestamp) -> Option<Self::TxToken<'_>> {
        let medium = self.device.capabilities().medium;
        Some(TraceTx {
            inner: self.device.transmit(timestamp)?,
            passing: Passing {
                at: convert::from_instant(timestamp),
                medium,
                direction: Direction::Out,
                show: &self.show,
            },
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

impl<D: fmt::Debug, F> fmt::Debug for Trace<D, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace")
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// A frame that is about to pass.
struct Passing<'a, F> {
    at: Instant,
    medium: Medium,
    direction: Direction,
    show: &'a RefCell<F>,
}

impl<F: Show> Passing<'_, F> {
    fn show(&self, frame: &[u8]) {
        self.show.borrow_mut().show(&Line {
            at: self.at,
            direction: self.direction,
            medium: self.medium,
            frame,
        });
    }
}

/// A frame that arrived.
///
/// ```
/// use amphi_smoltcp::link::{Loopback, Trace};
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, RxToken, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let mut lines = 0;
/// let link = Loopback::<1500, 4>::new(Medium::Ip);
/// let mut device = Trace::new(link, |_line| lines += 1);
/// let room = device.transmit(Instant::ZERO).expect("the link is empty");
/// room.consume(3, |frame| frame.copy_from_slice(b"abc"));
/// let (frame, _answer) = device.receive(Instant::ZERO).expect("a frame");
/// frame.consume(|frame| assert_eq!(frame, b"abc"));
/// # drop(device);
/// assert_eq!(lines, 2); // on the way out, and on the way in
/// ```
#[expect(missing_debug_implementations, reason = "a token lives for a moment")]
pub struct TraceRx<'a, T, F> {
    inner: T,
    passing: Passing<'a, F>,
}

/// Room for a frame to send.
///
/// ```
/// use amphi_smoltcp::link::{Loopback, Trace};
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let mut octets = Vec::new();
/// let link = Loopback::<1500, 4>::new(Medium::Ip);
/// let mut device = Trace::new(link, |line| octets.extend_from_slice(line.frame));
/// let room = device.transmit(Instant::ZERO).expect("the link is empty");
/// room.consume(3, |frame| frame.copy_from_slice(b"abc"));
/// # drop(device);
/// assert_eq!(octets, b"abc");
/// ```
#[expect(missing_debug_implementations, reason = "a token lives for a moment")]
pub struct TraceTx<'a, T, F> {
    inner: T,
    passing: Passing<'a, F>,
}

impl<T: phy::RxToken, F: Show> phy::RxToken for TraceRx<'_, T, F> {
    fn consume<R, C: FnOnce(&[u8]) -> R>(self, f: C) -> R {
        let passing = self.passing;
        self.inner.consume(|frame| {
            passing.show(frame);
            f(frame)
        })
    }

    fn meta(&self) -> phy::PacketMeta {
        self.inner.meta()
    }
}

impl<T: phy::TxToken, F: Show> phy::TxToken for TraceTx<'_, T, F> {
    fn consume<R, C: FnOnce(&mut [u8]) -> R>(self, len: usize, f: C) -> R {
        let passing = self.passing;
        self.inner.consume(len, |frame| {
            let result = f(frame);
            passing.show(frame);
            result
        })
    }

    fn set_meta(&mut self, meta: phy::PacketMeta) {
        self.inner.set_meta(meta);
    }
}
