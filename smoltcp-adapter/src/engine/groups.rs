//! Membership in groups: of each socket, counted for the interface.

use core::net::IpAddr;

use amphi_core::ErrorKind;
use smoltcp::config::IFACE_MAX_MULTICAST_GROUP_COUNT as GROUPS;
use smoltcp::iface::MulticastError;
use smoltcp::wire::IpAddress;

use super::device::{Nowhere, Port};
use super::drive::INTERFACE;
use super::state::Inner;
use crate::convert;

const WORDS: usize = GROUPS.div_ceil(32);

/// Which of the interface's groups a socket is in: a bit for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Membership([u32; WORDS]);

impl Membership {
    pub(super) const NONE: Self = Self([0; WORDS]);

    fn bit(&mut self, group: usize) -> (&mut u32, u32) {
        (&mut self.0[group / 32], 1 << (group % 32))
    }

    fn insert(&mut self, group: usize) {
        let (word, bit) = self.bit(group);
        *word |= bit;
    }

    fn remove(&mut self, group: usize) {
        let (word, bit) = self.bit(group);
        *word &= !bit;
    }

    pub(super) const fn contains(&self, group: usize) -> bool {
        self.0[group / 32] & (1 << (group % 32)) != 0
    }

    fn first(&self) -> Option<usize> {
        (0..GROUPS).find(|group| self.contains(*group))
    }
}

/// The groups that sockets are in, each with the number of its members.
#[derive(Debug)]
pub(super) struct Groups([Option<(IpAddress, u16)>; GROUPS]);

impl Groups {
    pub(super) const NEW: Self = Self([None; GROUPS]);

    /// All of them.
    fn addresses(&self) -> [Option<IpAddress>; GROUPS] {
        self.0.map(|group| group.map(|(address, _)| address))
    }

    pub(super) fn find(&self, ip: IpAddress) -> Option<usize> {
        let is = |group: &Option<(IpAddress, u16)>| group.is_some_and(|(address, _)| address == ip);
        self.0.iter().position(is)
    }
}

impl Inner<'_> {
    /// Leaves all groups without a word, to join them again on a link that does not know of them.
    pub(super) fn forget_groups(&mut self) {
        for group in self.groups.addresses().into_iter().flatten() {
            let _ = self.iface.leave_multicast_group(group);
        }
        // That they are left is told to nobody.
        let mut nowhere = Nowhere;
        self.ask(INTERFACE, &mut Port::new(&[], &mut nowhere));
    }

    /// Joins all groups.
    pub(super) fn join_groups(&mut self) {
        for group in self.groups.addresses().into_iter().flatten() {
            let _ = self.iface.join_multicast_group(group);
        }
    }

    /// A group that the socket could join or leave: for smoltcp, and its number here.
    fn group(&self, index: u16, ip: IpAddr) -> Result<(IpAddress, Option<usize>), ErrorKind> {
        let ip = convert::address(ip).ok_or(ErrorKind::Unsupported)?;
        let datagram = self.datagram(index).ok_or(ErrorKind::Closed)?;
        if !ip.is_multicast() || ip.version() != datagram.local.addr.version() {
            return Err(ErrorKind::InvalidInput);
        }
        Ok((ip, self.groups.find(ip)))
    }

    /// Joins; the interface joins with the first socket.
    pub(crate) fn join(&mut self, index: u16, ip: IpAddr) -> Result<(), ErrorKind> {
        let (address, known) = self.group(index, ip)?;
        let number = match known {
            Some(number) => number,
            None => self.found_group(address)?,
        };
        let datagram = self.datagram_mut(index).ok_or(ErrorKind::Closed)?;
        if datagram.groups.contains(number) {
            return Err(ErrorKind::AddrInUse);
        }
        datagram.groups.insert(number);
        if let Some((_, members)) = &mut self.groups.0[number] {
            *members += 1;
        }
        Ok(())
    }

    fn found_group(&mut self, address: IpAddress) -> Result<usize, ErrorKind> {
        let vacancy = self.groups.0.iter().position(Option::is_none);
        let number = vacancy.ok_or(ErrorKind::Exhausted)?;
        self.iface
            .join_multicast_group(address)
            .map_err(|error| match error {
                MulticastError::GroupTableFull => ErrorKind::Exhausted,
                MulticastError::Unaddressable => ErrorKind::InvalidInput,
            })?;
        self.groups.0[number] = Some((address, 0));
        self.pay_attention();
        Ok(number)
    }

    /// Leaves; the interface leaves with the last socket.
    pub(crate) fn leave(&mut self, index: u16, ip: IpAddr) -> Result<(), ErrorKind> {
        let (_, number) = self.group(index, ip)?;
        let number = number.ok_or(ErrorKind::AddrNotAvailable)?;
        if !self
            .datagram_mut(index)
            .ok_or(ErrorKind::Closed)?
            .groups
            .contains(number)
        {
            return Err(ErrorKind::AddrNotAvailable);
        }
        self.quit(index, number);
        Ok(())
    }

    fn quit(&mut self, index: u16, number: usize) {
        if let Some(datagram) = self.datagram_mut(index) {
            datagram.groups.remove(number);
        }
        let Some((address, members)) = &mut self.groups.0[number] else {
            return;
        };
        *members -= 1;
        if *members == 0 {
            let _ = self.iface.leave_multicast_group(*address);
            self.groups.0[number] = None;
            self.pay_attention();
        }
    }

    /// Leaves all groups of a socket that is dropped.
    pub(super) fn quit_all(&mut self, index: u16) {
        while let Some(number) = self
            .datagram(index)
            .and_then(|datagram| datagram.groups.first())
        {
            self.quit(index, number);
        }
    }
}
