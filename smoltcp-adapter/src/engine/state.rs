use core::net::IpAddr;

use amphi_core::ErrorKind;
use amphi_core::time::{Duration, Instant};
use smoltcp::iface::Interface;
use smoltcp::phy::{Device, DeviceCapabilities};
use smoltcp::wire::{IpCidr, Ipv4Address};

use super::demux::Tuple;
use super::device::Wire;
use super::queue::{List, Queue};
use super::role::{Role, Stream};
use crate::place::Furnished;
use crate::{Config, Slot, convert};

/// All that a stack is, but for the platform. The device stands apart, as its
/// tokens borrow it while the rest works on a frame.
pub(crate) struct Engine<'a, D> {
    pub(crate) wire: Wire<D>,
    pub(crate) inner: Inner<'a>,
}

/// The interface and the sockets.
pub(crate) struct Inner<'a> {
    pub(super) capabilities: DeviceCapabilities,
    pub(super) iface: Interface,
    pub(super) config: Config,
    pub(super) slots: &'a mut [Slot<'a>],
    /// The first so many slots are TCP's, the next so many UDP's, the rest are for listeners.
    pub(super) tcp: u16,
    pub(super) udp: u16,
    pub(super) egress: Queue,
    pub(super) marked: Queue,
    /// Not later than the earliest `due` of all slots.
    pub(super) next_due: Instant,
    /// Until when the interface's own timers are served, which smoltcp does not tell.
    pub(super) attention: Instant,
    pub(super) next_port: u16,
    pub(super) next_selector: u32,
    /// The connection of the last segment: often that of the next.
    pub(super) last_found: u16,
}

/// How long after a join or a query reports may be due: the longest response
/// time of an `IGMPv2` query (RFC 2236, section 2.2) and a little.
const ATTENTION: Duration = Duration::from_secs(26);

impl<'a, D: Device> Engine<'a, D> {
    pub(crate) fn new(mut device: D, config: Config, pool: Furnished<'a>, now: Instant) -> Self {
        let mut interface = smoltcp::iface::Config::new(config.hardware_address);
        interface.random_seed = config.seed;
        let iface = Interface::new(interface, &mut device, convert::instant(now));
        let index = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        let inner = Inner {
            capabilities: device.capabilities(),
            iface,
            config,
            slots: pool.slots,
            tcp: index(pool.tcp),
            udp: index(pool.udp),
            egress: Queue::new(List::Egress),
            marked: Queue::new(List::Marked),
            next_due: Instant::NEVER,
            attention: Instant::ORIGIN,
            // Ports differ from boot to boot as the seed does (RFC 6056).
            next_port: 49_152 + (config.seed ^ (config.seed >> 32)) as u16 % 16_384,
            next_selector: 1,
            last_found: 0,
        };
        Self {
            wire: Wire::new(device),
            inner,
        }
    }
}

impl Inner<'_> {
    pub(crate) fn add_address(&mut self, ip: IpAddr, prefix_len: u8) -> Result<(), ErrorKind> {
        let address = convert::address(ip).ok_or(ErrorKind::Unsupported)?;
        let longest = if ip.is_ipv4() { 32 } else { 128 };
        if prefix_len > longest || ip.is_multicast() || ip.is_unspecified() {
            return Err(ErrorKind::InvalidInput);
        }
        let mut result = Ok(());
        self.iface.update_ip_addrs(|addresses| {
            result = addresses
                .push(IpCidr::new(address, prefix_len))
                .map_err(|_| ErrorKind::Exhausted);
        });
        result
    }

    pub(crate) fn set_gateway(&mut self, gateway: Ipv4Address) -> Result<(), ErrorKind> {
        let added = self.iface.routes_mut().add_default_ipv4_route(gateway);
        added.map(drop).map_err(|_| ErrorKind::Exhausted)
    }

    pub(super) fn pay_attention(&mut self, now: Instant) {
        self.attention = self.attention.max(now + ATTENTION);
    }

    /// Notes that something about the slot may have changed: it is asked for
    /// something to send, and its selector looks at it again.
    #[inline]
    pub(super) fn touch(&mut self, index: u16) {
        self.egress.push(self.slots, index);
        self.mark(index);
    }

    #[inline]
    pub(super) fn mark(&mut self, index: u16) {
        if self.slots[usize::from(index)].watch.is_some() {
            self.marked.push(self.slots, index);
        }
    }

    pub(super) fn set_due(&mut self, index: u16, due: Instant) {
        self.slots[usize::from(index)].due = due;
        self.next_due = self.next_due.min(due);
    }

    /// Makes sure that the slot is looked at again at `due`, if not before.
    pub(super) fn due_at_most(&mut self, index: u16, due: Instant) {
        let due = due.min(self.slots[usize::from(index)].due);
        self.set_due(index, due);
    }

    /// Makes the slot free again.
    pub(super) fn release(&mut self, index: u16) {
        let slot = &mut self.slots[usize::from(index)];
        slot.role = Role::Free;
        slot.watch = None;
        slot.due = Instant::NEVER;
    }

    pub(super) const fn tcp_slots(&self) -> core::ops::Range<u16> {
        0..self.tcp
    }

    pub(super) const fn udp_slots(&self) -> core::ops::Range<u16> {
        self.tcp..self.tcp + self.udp
    }

    /// The slots without a socket, for listeners.
    pub(super) fn listener_slots(&self) -> core::ops::Range<u16> {
        self.tcp + self.udp..u16::try_from(self.slots.len()).unwrap_or(u16::MAX)
    }

    #[inline]
    pub(super) fn stream(&self, index: u16) -> Option<&Stream> {
        match &self.slots[usize::from(index)].role {
            Role::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    #[inline]
    pub(super) fn find_stream(&self, tuple: &Tuple) -> Option<u16> {
        if self.is_stream(self.last_found, tuple) {
            return Some(self.last_found);
        }
        self.tcp_slots().find(|index| self.is_stream(*index, tuple))
    }

    #[inline]
    fn is_stream(&self, index: u16, tuple: &Tuple) -> bool {
        self.stream(index)
            .is_some_and(|stream| stream.tuple == *tuple)
    }
}
