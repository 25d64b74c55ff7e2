use amphi_core::time::Instant;
use amphi_core::timers::Timers;
use smoltcp::iface::Interface;
use smoltcp::phy::DeviceCapabilities;

use super::demux::Tuple;
use super::device::{Nowhere, Port};
use super::flood::Verified;
#[cfg(feature = "udp")]
use super::groups::Groups;
use super::index::Index;
use super::list::{Kind, List};
use super::mld::Mender;
use super::role::{Owner, Role, Stage, Stream};
use crate::place::Furnished;
use crate::{Config, Slot, convert};

/// All that a stack is, but for the platform and the device. The device stands apart, as
/// its tokens borrow it while the rest works on a frame.
pub(crate) struct Inner<'a> {
    pub(super) capabilities: DeviceCapabilities,
    pub(super) mender: Mender,
    pub(super) iface: Interface,
    pub(super) config: Config,
    pub(super) slots: &'a mut [Slot<'a>],
    /// The first so many slots are TCP's, the next so many UDP's, the rest are for listeners.
    pub(super) tcp: u16,
    pub(super) udp: u16,
    pub(super) egress: List,
    pub(super) marked: List,
    /// Slots that wait for a neighbour to answer.
    pub(super) waiting: List,
    pub(super) free: Free,
    /// Dropped connections and sockets that still owe something.
    pub(super) owing: List,
    /// Dropped connections that are over, in the order of their end.
    pub(super) time_wait: List,
    pub(super) index: Index,
    #[cfg(feature = "udp")]
    pub(super) groups: Groups,
    pub(super) timers: Timers,
    pub(super) verified: Verified,
    /// Not later than the earliest `due` of all slots.
    pub(super) next_due: Instant,
    /// Until when the interface's own timers are served, which smoltcp does not tell.
    pub(super) attention: Instant,
    pub(super) next_port: u16,
    pub(super) next_selector: u32,
    /// Reads what routers and hosts say, once there is somebody whom it may concern, and
    /// tells whether it was meant for them.
    pub(super) on_message: Option<fn(&mut Self, &[u8]) -> bool>,
    /// The connection of the last segment: often that of the next.
    pub(super) last_found: u16,
    #[cfg(feature = "neighbours")]
    pub(super) sought: super::neighbour::Sought,
    #[cfg(feature = "slaac")]
    pub(super) slaac: super::slaac::Slaac,
    /// Whether the link carries nothing now.
    pub(super) link_down: bool,
}

/// The slots that nobody uses, by what they are for.
pub(super) struct Free {
    pub(super) tcp: List,
    pub(super) udp: List,
    pub(super) listeners: List,
}

impl Free {
    const fn new() -> Self {
        Self {
            tcp: List::new(Kind::Stage),
            udp: List::new(Kind::Stage),
            listeners: List::new(Kind::Stage),
        }
    }
}

/// How long after a join or a query reports may be due: the longest response
/// time of an `IGMPv2` query (RFC 2236, section 2.2) and a little.
const ATTENTION_MICROS: u64 = 26_000_000;

impl<'a> Inner<'a> {
    pub(crate) fn new(
        capabilities: DeviceCapabilities,
        config: Config,
        pool: Furnished<'a>,
        now: Instant,
    ) -> Self {
        let mut interface = smoltcp::iface::Config::new(config.hardware_address);
        interface.random_seed = config.seed;
        let mut exit = Nowhere;
        let mut port = Port::new(&mut exit, &capabilities);
        let iface = Interface::new(interface, &mut port, convert::instant(now));
        let index = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        let mut inner = Self {
            mender: Mender::new(&capabilities),
            capabilities,
            iface,
            config,
            slots: pool.slots,
            tcp: index(pool.tcp),
            udp: index(pool.udp),
            egress: List::new(Kind::Egress),
            marked: List::new(Kind::Marked),
            waiting: List::new(Kind::Waiting),
            free: Free::new(),
            owing: List::new(Kind::Stage),
            time_wait: List::new(Kind::Stage),
            index: Index::new(config.seed),
            #[cfg(feature = "udp")]
            groups: Groups::NEW,
            timers: Timers::new(),
            verified: Verified::NONE,
            next_due: Instant::NEVER,
            attention: Instant::ORIGIN,
            // Ports differ from boot to boot as the seed does (RFC 6056).
            next_port: 49_152 + (config.seed ^ (config.seed >> 32)) as u16 % 16_384,
            next_selector: 1,
            on_message: None,
            last_found: 0,
            #[cfg(feature = "neighbours")]
            sought: super::neighbour::Sought::NOBODY,
            #[cfg(feature = "slaac")]
            slaac: super::slaac::Slaac::IDLE,
            link_down: false,
        };
        inner.free_all();
        inner
    }
}

impl Inner<'_> {
    pub(super) fn pay_attention(&mut self, now: Instant) {
        self.attention = self
            .attention
            .max(now.saturating_add_micros(ATTENTION_MICROS));
    }

    /// Whether the interface may have reports of membership to send.
    #[inline]
    pub(super) fn attends(&self, now: Instant) -> bool {
        cfg!(feature = "multicast") && self.attention > now
    }

    /// Notes that something about the slot may have changed: it is asked for
    /// something to send, and its selector looks at it again.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(super) fn touch(&mut self, index: u16) {
        self.egress.push(self.slots, index);
        self.mark(index);
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(super) fn mark(&mut self, index: u16) {
        if self.slots[usize::from(index)].watch.is_some() {
            self.marked.push(self.slots, index);
        }
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(super) fn set_due(&mut self, index: u16, due: Instant) {
        self.slots[usize::from(index)].due = due;
        self.timers.arm(self.slots, u32::from(index), due);
        self.next_due = self.next_due.min(due);
    }

    /// Makes sure that the slot is looked at again at `due`, if not before.
    pub(super) fn due_at_most(&mut self, index: u16, due: Instant) {
        let due = due.min(self.slots[usize::from(index)].due);
        self.set_due(index, due);
    }

    fn free_all(&mut self) {
        for index in (0..u16::try_from(self.slots.len()).unwrap_or(u16::MAX)).rev() {
            self.set_free(index);
        }
    }

    /// Gives the slot a role.
    pub(super) fn enter(&mut self, index: u16, role: Role) {
        self.slots[usize::from(index)].role = role;
        self.index.insert(self.slots, index);
    }

    /// Makes the slot free again.
    pub(super) fn release(&mut self, index: u16) {
        self.detach(index);
        self.index.remove(self.slots, index);
        self.waiting.remove(self.slots, index);
        let slot = &mut self.slots[usize::from(index)];
        slot.role = Role::Free;
        slot.watch = None;
        slot.due = Instant::NEVER;
        // What was used last is still in the processor's caches.
        self.set_free(index);
    }

    fn set_free(&mut self, index: u16) {
        let list = if index < self.tcp {
            &mut self.free.tcp
        } else if index < self.tcp + self.udp {
            &mut self.free.udp
        } else {
            &mut self.free.listeners
        };
        list.push_front(self.slots, index);
    }

    /// Takes the slot out of the list of its stage.
    pub(super) fn detach(&mut self, index: u16) {
        match &self.slots[usize::from(index)].role {
            Role::Stream(stream) => match stream.owner {
                Owner::Listener { slot, queued, .. } => {
                    self.with_listed(slot, queued, |list, slots| list.remove(slots, index));
                }
                Owner::Nobody { stage, .. } => match stage {
                    Stage::Owing => self.owing.remove(self.slots, index),
                    Stage::TimeWait => self.time_wait.remove(self.slots, index),
                    Stage::HalfClosed => {}
                },
                Owner::User => {}
            },
            #[cfg(feature = "udp")]
            Role::Datagram(_) => self.owing.remove(self.slots, index),
            Role::Free | Role::Listener(_) => {}
            #[cfg(feature = "dhcp")]
            Role::Dhcp(_) => {}
        }
    }

    /// Calls `f` with a list of a listener, which lies among the slots itself.
    pub(super) fn with_listed<R>(
        &mut self,
        listener: u16,
        queued: bool,
        f: impl FnOnce(&mut List, &mut [Slot<'_>]) -> R,
    ) -> Option<R> {
        let mut list = *self.listener_mut(listener)?.list(queued);
        let result = f(&mut list, self.slots);
        *self.listener_mut(listener)?.list(queued) = list;
        Some(result)
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(super) fn stream(&self, index: u16) -> Option<&Stream> {
        match &self.slots[usize::from(index)].role {
            Role::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    #[inline(always)]
    pub(super) fn find_stream(&self, tuple: &Tuple) -> Option<u16> {
        if self.is_stream(self.last_found, tuple) {
            return Some(self.last_found);
        }
        self.look_up_stream(tuple)
    }

    #[inline(never)]
    fn look_up_stream(&self, tuple: &Tuple) -> Option<u16> {
        Index::chain(self.slots, self.index.of_tuple(tuple))
            .find(|index| self.is_stream(*index, tuple))
    }

    /// Whether the slot's connection is no more than the memory of one.
    pub(super) fn is_over(&self, index: u16) -> bool {
        let over = Stage::TimeWait;
        self.stream(index).is_some_and(
            |stream| matches!(stream.owner, Owner::Nobody { stage, .. } if stage == over),
        )
    }

    #[inline]
    fn is_stream(&self, index: u16, tuple: &Tuple) -> bool {
        self.stream(index)
            .is_some_and(|stream| stream.tuple == *tuple)
    }
}
