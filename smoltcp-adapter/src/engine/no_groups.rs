//! In the place of `groups.rs` without the feature `multicast`: nobody is in a group.

use core::net::IpAddr;

use amphi_core::ErrorKind;
#[cfg(feature = "udp")]
use smoltcp::wire::IpAddress;

use super::state::Inner;

/// Of no group.
#[derive(Debug, Clone, Copy)]
#[cfg(feature = "udp")]
pub(super) struct Membership;

#[cfg(feature = "udp")]
impl Membership {
    pub(super) const NONE: Self = Self;

    pub(super) const fn contains(self, _: usize) -> bool {
        false
    }
}

/// No groups.
#[derive(Debug)]
#[cfg(feature = "udp")]
pub(super) struct Groups;

#[cfg(feature = "udp")]
impl Groups {
    pub(super) const NEW: Self = Self;

    pub(super) const fn find(&self, _: IpAddress) -> Option<usize> {
        None
    }
}

impl Inner<'_> {
    pub(crate) fn join(&mut self, _: u16, _: IpAddr) -> Result<(), ErrorKind> {
        Err(ErrorKind::Unsupported)
    }

    pub(crate) fn leave(&mut self, _: u16, _: IpAddr) -> Result<(), ErrorKind> {
        Err(ErrorKind::Unsupported)
    }

    #[cfg(feature = "udp")]
    pub(super) fn quit_all(&mut self, _: u16) {}
}
