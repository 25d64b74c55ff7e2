use amphi_core::time::Instant;
use amphi_core::timers::Timers;
use smoltcp::iface::Interface;
use smoltcp::phy::DeviceCapabilities;
use smoltcp::time::Duration;

use super::demux::{self, Tuple};
use super::device::Plan;
use super::flood::Verified;
#[cfg(feature = "udp")]
use super::groups::Groups;
use super::index::Index;
use super::list::{Kind, List};
use super::mld::Mender;
use super::role::{Role, Stage, Stream};
use crate::place::Furnished;
use crate::{Config, Slot, WhenBusy, convert};

/// All that a stack is, but for the platform and the device. The device stands apart, as
/// its tokens borrow it while the rest works on a frame.
///
/// In this order, as instructions that reach what lies near the beginning are shorter.
#[repr(C)]
pub(crate) struct Inner<'a> {
    pub(super) slots: &'a mut [Slot<'a>],
    /// What the clock showed when the call that is under way began, if it has to do with time.
    pub(crate) now: Instant,
    /// The first so many slots are TCP's, the next so many UDP's, the rest are for listeners.
    pub(super) tcp: u16,
    pub(super) udp: u16,
    pub(super) timers: Timers,
    pub(super) egress: List,
    pub(super) marked: List,
    /// Slots that wait for a neighbour to answer.
    pub(super) waiting: List,
    /// Dropped connections and sockets that still owe something.
    pub(super) owing: List,
    /// Dropped connections that are over, in the order of their end.
    pub(super) time_wait: List,
    pub(super) free: Free,
    /// The connection of the last segment, and its ends as they stand in a frame: often that
    /// of the next.
    pub(super) last: Option<(u16, demux::Ends)>,
    pub(super) next_port: u16,
    pub(super) next_selector: u32,
    /// Whether the link carries nothing now.
    pub(super) link_down: bool,
    /// Reads what routers and hosts say, once there is somebody whom it may concern, and
    /// tells whether it was meant for them.
    pub(super) on_message: Option<fn(&mut Self, &[u8]) -> bool>,
    /// Until when the interface's own timers are served, which smoltcp does not tell.
    pub(super) attention: Instant,
    pub(super) capabilities: DeviceCapabilities,
    pub(super) index: Index,
    pub(super) iface: Interface,
    pub(super) mender: Mender,
    pub(super) settings: Settings,
    #[cfg(feature = "udp")]
    pub(super) groups: Groups,
    pub(super) verified: Verified,
    #[cfg(feature = "neighbours")]
    pub(super) sought: super::neighbour::Sought,
    #[cfg(feature = "slaac")]
    pub(super) slaac: super::slaac::Slaac,
}

/// The slots that nobody uses, by what they are for.
pub(super) struct Free {
    pub(super) tcp: List,
    pub(super) udp: List,
    pub(super) listeners: List,
}

impl Free {
    /// All slots, of which the first `tcp` are TCP's and the next `udp` UDP's.
    fn all(slots: &mut [Slot<'_>], tcp: u16, udp: u16) -> Self {
        let mut free = Self {
            tcp: List::new(Kind::Stage),
            udp: List::new(Kind::Stage),
            listeners: List::new(Kind::Stage),
        };
        for index in (0..u16::try_from(slots.len()).unwrap_or(u16::MAX)).rev() {
            free.list(index, tcp, udp).push_front(slots, index);
        }
        free
    }

    /// The list of a slot.
    const fn list(&mut self, index: u16, tcp: u16, udp: u16) -> &mut List {
        if index < tcp {
            &mut self.tcp
        } else if index < tcp + udp {
            &mut self.udp
        } else {
            &mut self.listeners
        }
    }
}

/// What of the user's configuration is asked for later.
pub(super) struct Settings {
    #[cfg(feature = "udp")]
    pub(super) device_loops_back: bool,
    pub(super) when_busy: WhenBusy,
    pub(super) handshake_timeout: Duration,
    pub(super) ack_delay: Option<Duration>,
    pub(super) keep_alive: Duration,
    pub(super) peer_timeout: Duration,
    pub(super) close_timeout: Duration,
}

impl Settings {
    #[inline(always)]
    fn new(config: &Config) -> Self {
        Self {
            #[cfg(feature = "udp")]
            device_loops_back: config.device_loops_back,
            when_busy: config.when_busy,
            handshake_timeout: convert::duration(config.handshake_timeout),
            ack_delay: convert::delay(config.ack_delay),
            keep_alive: convert::duration(config.keep_alive),
            peer_timeout: convert::duration(config.peer_timeout),
            close_timeout: convert::duration(config.close_timeout),
        }
    }
}

/// How long after a join or a query reports may be due: the longest response
/// time of an `IGMPv2` query (RFC 2236, section 2.2) and a little.
const ATTENTION_MICROS: u64 = 26_000_000;

impl<'a> Inner<'a> {
    #[inline(always)]
    pub(crate) fn new(
        capabilities: DeviceCapabilities,
        config: &Config,
        pool: Furnished<'a>,
        now: Instant,
    ) -> Self {
        let mut interface = smoltcp::iface::Config::new(config.hardware_address);
        interface.random_seed = config.seed;
        let mut plan = Plan(capabilities);
        let iface = Interface::new(interface, &mut plan, convert::instant(now));
        let Plan(capabilities) = plan;
        let slots = pool.slots;
        let (tcp, udp) = (pool.tcp, pool.udp);
        Self {
            now,
            mender: Mender::new(&capabilities),
            capabilities,
            iface,
            settings: Settings::new(config),
            free: Free::all(slots, tcp, udp),
            slots,
            tcp,
            udp,
            egress: List::new(Kind::Egress),
            marked: List::new(Kind::Marked),
            waiting: List::new(Kind::Waiting),
            owing: List::new(Kind::Stage),
            time_wait: List::new(Kind::Stage),
            index: Index::new(config.seed),
            #[cfg(feature = "udp")]
            groups: Groups::NEW,
            timers: Timers::new(),
            verified: Verified::NONE,
            attention: Instant::ORIGIN,
            // Ports differ from boot to boot as the seed does (RFC 6056).
            next_port: 49_152 + (config.seed ^ (config.seed >> 32)) as u16 % 16_384,
            next_selector: 1,
            on_message: None,
            last: None,
            #[cfg(feature = "neighbours")]
            sought: super::neighbour::Sought::NOBODY,
            #[cfg(feature = "slaac")]
            slaac: super::slaac::Slaac::IDLE,
            link_down: false,
        }
    }
}

impl Inner<'_> {
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub(super) fn pay_attention(&mut self) {
        self.attention = self
            .attention
            .max(self.now.saturating_add_micros(ATTENTION_MICROS));
    }

    /// What puts reports right, while there may be any.
    #[inline]
    pub(super) fn reports(&self) -> Option<Mender> {
        (Mender::IS_NEEDED && self.attends()).then_some(self.mender)
    }

    /// Whether the interface may have reports of membership to send.
    #[inline]
    pub(super) fn attends(&self) -> bool {
        cfg!(feature = "multicast") && self.attention > self.now
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
    }

    /// Makes sure that the slot is looked at again at `due`, if not before.
    pub(super) fn due_at_most(&mut self, index: u16, due: Instant) {
        let due = due.min(self.slots[usize::from(index)].due);
        self.set_due(index, due);
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
        self.last = None;
        let slot = &mut self.slots[usize::from(index)];
        slot.role = Role::Free;
        slot.watch = None;
        slot.due = Instant::NEVER;
        // What was used last is still in the processor's caches.
        let list = self.free.list(index, self.tcp, self.udp);
        list.push_front(self.slots, index);
    }

    /// Takes the slot out of the list of its stage.
    pub(super) fn detach(&mut self, index: u16) {
        self.relist(index, List::remove);
    }

    /// Changes the list of the slot's stage, if there is one, by letting the slot in or out.
    fn relist(&mut self, index: u16, change: fn(&mut List, &mut [Slot<'_>], u16)) {
        let (stage, listener) = match &self.slots[usize::from(index)].role {
            Role::Stream(stream) => (stream.stage, stream.listener),
            #[cfg(feature = "udp")]
            Role::Datagram(_) => (Stage::Owing, 0),
            _ => return,
        };
        let list = match stage {
            // It lies among the slots itself.
            Stage::HalfOpen | Stage::Queued => {
                let Some(owner) = self.listener_mut(listener) else {
                    return;
                };
                let mut list = *owner.list(stage);
                change(&mut list, self.slots, index);
                if let Some(owner) = self.listener_mut(listener) {
                    *owner.list(stage) = list;
                }
                return;
            }
            Stage::Owing => &mut self.owing,
            Stage::TimeWait => &mut self.time_wait,
            Stage::Used | Stage::HalfClosed => return,
        };
        change(list, self.slots, index);
    }

    /// Moves a connection to a stage, where it is since `when` or until then.
    pub(super) fn set_stage(&mut self, index: u16, stage: Stage, when: Instant) {
        self.detach(index);
        if let Some(stream) = self.stream_mut(index) {
            (stream.stage, stream.when) = (stage, when);
        }
        self.relist(index, List::push);
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(super) fn stream(&self, index: u16) -> Option<&Stream> {
        match &self.slots[usize::from(index)].role {
            Role::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub(super) fn find_stream(&self, tuple: &Tuple) -> Option<u16> {
        let is_it = |stream: &Stream| stream.tuple == *tuple;
        Index::chain(self.slots, self.index.of_tuple(tuple))
            .find(|index| self.stream(*index).is_some_and(is_it))
    }

    /// Whether the slot's connection is no more than the memory of one.
    pub(super) fn is_over(&self, index: u16) -> bool {
        self.stream(index)
            .is_some_and(|stream| stream.stage == Stage::TimeWait)
    }
}
