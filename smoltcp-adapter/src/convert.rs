//! Between core's types and smoltcp's. With IPv6 off, its addresses do not exist there:
//! the engine keeps smoltcp's, which are then four octets and no more.

use core::net::{IpAddr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::time::{Duration, Instant};
use smoltcp::phy::Medium;
use smoltcp::wire::{HardwareAddress, IpAddress, IpEndpoint};

pub(crate) const fn address(ip: IpAddr) -> Option<IpAddress> {
    match ip {
        IpAddr::V4(ip) => Some(IpAddress::Ipv4(ip)),
        #[cfg(feature = "ipv6")]
        IpAddr::V6(ip) => Some(IpAddress::Ipv6(ip)),
        #[cfg(not(feature = "ipv6"))]
        IpAddr::V6(_) => None,
    }
}

/// # Errors
///
/// `Unsupported` for IPv6 without the feature.
pub(crate) fn endpoint(address_and_port: SocketAddr) -> Result<IpEndpoint, ErrorKind> {
    let addr = address(address_and_port.ip()).ok_or(ErrorKind::Unsupported)?;
    Ok(IpEndpoint::new(addr, address_and_port.port()))
}

/// smoltcp counts microseconds in an `i64`, which is enough for what a clock has shown.
pub(crate) const fn instant(at: Instant) -> smoltcp::time::Instant {
    smoltcp::time::Instant::from_micros_const(at.as_micros().cast_signed())
}

pub(crate) const fn from_instant(at: smoltcp::time::Instant) -> Instant {
    Instant::from_micros(at.total_micros().cast_unsigned())
}

/// Longer than any connection lives, and such that a time that comes so much later still fits
/// into smoltcp's `i64`: it adds without a look.
const LONGEST_MICROS: u64 = 1 << 62;

/// Rounded up to a microsecond.
pub(crate) const fn duration(duration: Duration) -> smoltcp::time::Duration {
    let fraction = duration.subsec_nanos().div_ceil(1_000) as u64;
    let whole = duration.as_secs().saturating_mul(1_000_000);
    let micros = whole.saturating_add(fraction);
    smoltcp::time::Duration::from_micros(if micros < LONGEST_MICROS {
        micros
    } else {
        LONGEST_MICROS
    })
}

/// The point `duration` later.
pub(crate) const fn later(at: Instant, duration: smoltcp::time::Duration) -> Instant {
    at.saturating_add_micros(duration.total_micros())
}

/// None for no delay at all.
pub(crate) fn delay(delay: Duration) -> Option<smoltcp::time::Duration> {
    (!delay.is_zero()).then(|| duration(delay))
}

/// The address of the same family that stands for all.
pub(crate) const fn unspecified(like: IpAddress) -> IpAddress {
    match like {
        IpAddress::Ipv4(_) => IpAddress::Ipv4(core::net::Ipv4Addr::UNSPECIFIED),
        #[cfg(feature = "ipv6")]
        IpAddress::Ipv6(_) => IpAddress::Ipv6(core::net::Ipv6Addr::UNSPECIFIED),
    }
}

/// Whether devices of this medium have such addresses.
pub(crate) const fn fits(address: HardwareAddress, medium: Medium) -> bool {
    match (address, medium) {
        #[cfg(feature = "ethernet")]
        (HardwareAddress::Ethernet(_), Medium::Ethernet) => true,
        #[cfg(feature = "ip")]
        (HardwareAddress::Ip, Medium::Ip) => true,
        _ => false,
    }
}

/// Whether packets to all addresses go out, as the medium has none of its own.
pub(crate) const fn takes_all(medium: Medium) -> bool {
    match medium {
        #[cfg(feature = "ethernet")]
        Medium::Ethernet => false,
        _ => true,
    }
}
