//! Finding slots by what a frame says: a hash table with chains, whose heads and
//! links live inside the slots. Slot `i` carries the head of chain `i`.

use super::demux::Tuple;
use super::list::NONE;
use super::ports::Protocol;
use super::role::Role;
use crate::Slot;

/// What each slot carries for the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    /// The first slot of the chain of this slot's number.
    head: u16,
    /// The slot after this one in the chain that this one is in.
    next: u16,
}

impl Chain {
    pub(crate) const NEW: Self = Self {
        head: NONE,
        next: NONE,
    };
}

/// The table; its secret keeps peers from choosing ports that all fall into one chain.
#[derive(Debug)]
pub(super) struct Index {
    secret: [u64; 2],
}

/// A place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash(u32);

impl Hash {
    pub(super) const ZERO: Self = Self(0);
}

impl Index {
    #[inline(always)]
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            secret: [
                scramble(seed),
                scramble(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)),
            ],
        }
    }

    /// Where the connection between two ends stands.
    #[inline]
    pub(super) fn of_tuple(&self, tuple: &Tuple) -> Hash {
        let (local, remote, ports) = tuple.words();
        Hash(self.mix(local ^ ports, remote))
    }

    /// Where the listeners, or the UDP sockets, of a port stand. No secret: a peer has no
    /// say in who listens.
    #[inline]
    pub(super) fn of_port(protocol: Protocol, port: u16) -> Hash {
        let number = u32::from(port) << 1 | u32::from(protocol == Protocol::Tcp);
        Hash(number.wrapping_mul(0x9e37_79b9))
    }

    fn of_role(&self, role: &Role) -> Option<Hash> {
        match role {
            Role::Free => None,
            Role::Stream(stream) => Some(self.of_tuple(&stream.tuple)),
            Role::Listener(listener) => Some(Self::of_port(Protocol::Tcp, listener.local.port)),
            #[cfg(feature = "udp")]
            Role::Datagram(datagram) => Some(Self::of_port(Protocol::Udp, datagram.local.port)),
            #[cfg(feature = "dhcp")]
            Role::Dhcp(_) => Some(Self::of_port(Protocol::Udp, super::dhcp::CLIENT_PORT)),
        }
    }

    /// Enters a slot by its role.
    pub(super) fn insert(&self, slots: &mut [Slot<'_>], slot: u16) {
        let Some(hash) = self.of_role(&slots[usize::from(slot)].role) else {
            return;
        };
        let chain = chain_of(slots, hash);
        let first = core::mem::replace(&mut slots[chain].chain.head, slot);
        slots[usize::from(slot)].chain.next = first;
    }

    /// Takes a slot out; its role must be that of the time when it came in.
    pub(super) fn remove(&self, slots: &mut [Slot<'_>], slot: u16) {
        let Some(hash) = self.of_role(&slots[usize::from(slot)].role) else {
            return;
        };
        let next = slots[usize::from(slot)].chain.next;
        let chain = chain_of(slots, hash);
        let mut at = slots[chain].chain.head;
        if at == slot {
            slots[chain].chain.head = next;
        }
        while at != NONE && at != slot {
            let after = &mut slots[usize::from(at)].chain.next;
            at = *after;
            if at == slot {
                *after = next;
            }
        }
        slots[usize::from(slot)].chain.next = NONE;
    }

    /// The slots of one chain: all that has this hash, and perhaps others.
    #[inline]
    pub(super) fn chain<'s>(slots: &'s [Slot<'_>], hash: Hash) -> impl Iterator<Item = u16> + 's {
        let first = slots[chain_of(slots, hash)].chain.head;
        let some = |slot: u16| (slot != NONE).then_some(slot);
        core::iter::successors(some(first), move |slot| {
            some(slots[usize::from(*slot)].chain.next)
        })
    }

    /// The slot after `slot` in its chain, or the first: for those who change slots on their way.
    #[cfg(feature = "udp")]
    pub(super) fn after(slots: &[Slot<'_>], hash: Hash, slot: Option<u16>) -> Option<u16> {
        let next = match slot {
            Some(slot) => slots[usize::from(slot)].chain.next,
            None => slots[chain_of(slots, hash)].chain.head,
        };
        (next != NONE).then_some(next)
    }

    /// A number that only this stack can tell for two ends and a moment.
    pub(super) fn cookie(&self, tuple: &Tuple, moment: u64) -> u32 {
        let (local, remote, ports) = tuple.words();
        let ends = self.mix(remote ^ scramble(moment), local ^ ports);
        self.mix(u64::from(ends), scramble(self.secret[0] ^ moment))
    }

    /// Two multiplications by secret odd numbers: 64 bits each, which a
    /// microcontroller does in a few instructions, where 128 would be a call.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    const fn mix(&self, a: u64, b: u64) -> u32 {
        let [first, second] = self.secret;
        let once = (a ^ second).wrapping_mul(first);
        let twice = (once ^ (once >> 32) ^ b).wrapping_mul(second);
        (twice >> 32) as u32
    }
}

/// Which chain: the hash as a fraction of their number.
#[inline]
const fn chain_of(slots: &[Slot<'_>], hash: Hash) -> usize {
    ((hash.0 as u64 * slots.len() as u64) >> 32) as usize
}

/// The finalizer of splitmix64 (Steele, Lea and Flood, 2014).
const fn scramble(seed: u64) -> u64 {
    let a = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    b ^ (b >> 31) | 1
}
