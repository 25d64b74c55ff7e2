use core::net::IpAddr;

use amphi_core::ErrorKind;
use amphi_core::socket::Interface;

use super::Options;
use crate::sys::SourceMembership;
use crate::{HostError, sys};

/// Of datagrams to groups.
impl Options<'_> {
    /// How many routers a datagram to a group may pass, plus one (`IP_MULTICAST_TTL`,
    /// `IPV6_MULTICAST_HOPS`); 1 unless set.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn multicast_hop_limit(&self) -> Result<u8, HostError> {
        sys::multicast_hop_limit(self.0, self.is_v6()?)
    }

    /// Sets how many routers a datagram to a group may pass, plus one.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn set_multicast_hop_limit(&self, hops: u8) -> Result<(), HostError> {
        sys::set_multicast_hop_limit(self.0, self.is_v6()?, hops)
    }

    /// Whether this machine's members hear what the socket sends (`IP_MULTICAST_LOOP`,
    /// `IPV6_MULTICAST_LOOP`); on unless set.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn multicast_loop(&self) -> Result<bool, HostError> {
        sys::multicast_loop(self.0, self.is_v6()?)
    }

    /// Sets whether this machine's members hear what the socket sends.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn set_multicast_loop(&self, on: bool) -> Result<(), HostError> {
        sys::set_multicast_loop(self.0, self.is_v6()?, on)
    }

    /// The interface that datagrams to groups leave by: by its address with IPv4, by its
    /// index with IPv6; any where none is set (`IP_MULTICAST_IF`, `IPV6_MULTICAST_IF`).
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn multicast_interface(&self) -> Result<Interface, HostError> {
        if self.is_v6()? {
            return Ok(match sys::multicast_index(self.0)? {
                0 => Interface::Any,
                index => Interface::Index(index),
            });
        }
        let address = sys::multicast_interface_v4(self.0)?;
        Ok(if address.is_unspecified() {
            Interface::Any
        } else {
            Interface::Address(address)
        })
    }

    /// Whether the socket hears groups that others joined (`IP_MULTICAST_ALL`,
    /// `IPV6_MULTICAST_ALL`); off unless set, where the kernel's default is on.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    #[cfg(target_os = "linux")]
    pub fn multicast_all(&self) -> Result<bool, HostError> {
        let option = self.by_family(sys::MULTICAST_ALL, sys::V6_MULTICAST_ALL)?;
        Ok(option.get(self.0)? != 0)
    }

    /// Sets whether the socket hears groups that others joined.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    #[cfg(target_os = "linux")]
    pub fn set_multicast_all(&self, on: bool) -> Result<(), HostError> {
        let option = self.by_family(sys::MULTICAST_ALL, sys::V6_MULTICAST_ALL)?;
        option.set(self.0, i32::from(on))
    }

    /// Joins a group for what one sender sends (`IP_ADD_SOURCE_MEMBERSHIP`,
    /// `MCAST_JOIN_SOURCE_GROUP`; RFC 3376 and 3810).
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors); `AddrNotAvailable` when it is joined;
    /// `InvalidInput` when the addresses are not of the socket's family, or `group` is none,
    /// or for an interface by its IPv4 address on a socket of IPv6.
    pub fn join_source(
        &self,
        group: IpAddr,
        source: IpAddr,
        interface: Interface,
    ) -> Result<(), HostError> {
        let call = "join_source";
        self.source(call, group, source, interface)?.join(self.0)
    }

    /// Leaves what [`join_source`](Self::join_source) joined.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors); `AddrNotAvailable` when it is not joined;
    /// `InvalidInput` as there.
    pub fn leave_source(
        &self,
        group: IpAddr,
        source: IpAddr,
        interface: Interface,
    ) -> Result<(), HostError> {
        let call = "leave_source";
        self.source(call, group, source, interface)?.leave(self.0)
    }

    /// The kernel's form, if that makes sense.
    fn source(
        &self,
        call: &'static str,
        group: IpAddr,
        source: IpAddr,
        interface: Interface,
    ) -> Result<SourceMembership, HostError> {
        let is_v6 = self.is_v6()?;
        let fits = group.is_multicast() && group.is_ipv6() == is_v6 && source.is_ipv6() == is_v6;
        match (group, source, interface) {
            _ if !fits => Err(HostError::refused(call, ErrorKind::InvalidInput)),
            (IpAddr::V4(group), IpAddr::V4(source), Interface::Address(address)) => {
                Ok(SourceMembership::V4(group, source, address))
            }
            (_, _, Interface::Address(_)) => Err(HostError::refused(call, ErrorKind::InvalidInput)),
            (_, _, Interface::Any) => Ok(SourceMembership::ByIndex(group, source, 0)),
            (_, _, Interface::Index(index)) => Ok(SourceMembership::ByIndex(group, source, index)),
        }
    }
}
