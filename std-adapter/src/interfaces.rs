//! The network interfaces of this machine.

use core::net::IpAddr;

use crate::{HostError, sys};

/// The number and the name of each interface: Python's `if_nameindex`.
///
/// ```
/// let interfaces = amphi_std::interfaces::names()?;
/// assert!(interfaces.iter().all(|(index, name)| *index > 0 && !name.is_empty()));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
///
/// # Errors
///
/// `Exhausted` without memory; else what the system reports (`if_nameindex(3)`).
pub fn names() -> Result<Vec<(u32, String)>, HostError> {
    sys::interface_names()
}

/// The name of the interface with this index: Python's `if_indextoname`. The other way is
/// [`interface_index`](crate::interface_index).
///
/// ```
/// use amphi_core::{Error, ErrorKind};
/// use amphi_std::{interface_index, interfaces};
///
/// for (index, name) in interfaces::names()? {
///     assert_eq!(interfaces::name_of(index)?, name);
///     assert_eq!(interface_index(&name)?, index);
/// }
/// assert_eq!(interfaces::name_of(0).unwrap_err().reason(), ErrorKind::NotFound);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
///
/// # Errors
///
/// `NotFound` when there is none (`if_indextoname(3)`).
pub fn name_of(index: u32) -> Result<String, HostError> {
    sys::interface_name(index)
}

/// An address of an interface.
///
/// ```
/// use amphi_std::interfaces::InterfaceAddress;
/// use core::net::Ipv4Addr;
///
/// let at = InterfaceAddress {
///     name: "eth0".into(),
///     address: Ipv4Addr::new(192, 0, 2, 1).into(),
///     netmask: Some(Ipv4Addr::new(255, 255, 255, 0).into()),
/// };
/// assert_eq!(at.prefix_len(), Some(24));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceAddress {
    /// The interface's name.
    pub name: String,
    /// The address.
    pub address: IpAddr,
    /// The mask of its network.
    pub netmask: Option<IpAddr>,
}

impl InterfaceAddress {
    /// The length of the network's prefix, in bits, where the mask is one.
    #[must_use]
    pub fn prefix_len(&self) -> Option<u8> {
        let (ones, zeros, width) = match self.netmask? {
            IpAddr::V4(mask) => (
                mask.to_bits().leading_ones(),
                mask.to_bits().trailing_zeros(),
                32,
            ),
            IpAddr::V6(mask) => (
                mask.to_bits().leading_ones(),
                mask.to_bits().trailing_zeros(),
                128,
            ),
        };
        (ones + zeros == width || ones == width).then(|| u8::try_from(ones).ok())?
    }
}

/// The IP addresses of all interfaces (getifaddrs(3)).
///
/// ```
/// let addresses = amphi_std::interfaces::addresses()?;
/// let local = addresses.iter().find(|at| at.address.is_loopback());
/// assert_eq!(local.and_then(|at| at.prefix_len()), Some(8));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
///
/// # Errors
///
/// `Exhausted` without memory; else what the system reports.
pub fn addresses() -> Result<Vec<InterfaceAddress>, HostError> {
    let all = sys::interface_addresses()?.into_iter();
    let addresses = all.map(|(name, address, netmask)| InterfaceAddress {
        name,
        address,
        netmask,
    });
    Ok(addresses.collect())
}
