//! What each thing takes, as arrays of its length: `.ci/sizes` reads their sizes out of
//! the object file of a 32-bit target.
#![no_std]

use amphi_smoltcp::flat::{FlatSelector, FlatSlot, FlatStack, SocketStorage};
use amphi_smoltcp::{Loopback, Slot, Stack, StackSelector, TcpPlace, UdpPlace, VirtualClock};

macro_rules! sizes {
    ($($name:ident: $type:ty;)*) => { $(
        /// As long as what it is named after.
        #[used]
        pub static $name: [u8; size_of::<$type>()] = [0; size_of::<$type>()];
    )* };
}

/// Small, so that what is left is the stack's.
type Link = Loopback<0, 2>;
type Selector<const N: usize> =
    StackSelector<'static, 'static, Link, VirtualClock, amphi_core::serve::Key, N>;

type Flat<const N: usize> =
    FlatSelector<'static, 'static, Link, VirtualClock, amphi_core::serve::Key, N>;

sizes! {
    AMPHI_LINK: Link;
    AMPHI_CLOCK: VirtualClock;
    AMPHI_STACK: Stack<'static, Link, VirtualClock>;
    AMPHI_SLOT: Slot<'static>;
    AMPHI_TCP_PLACE: TcpPlace<'static, 0, 0>;
    AMPHI_UDP_PLACE: UdpPlace<'static, 0, 0>;
    AMPHI_UDP_PACKET: UdpPlace<'static, 0, 1>;
    AMPHI_SELECTOR: Selector<0>;
    AMPHI_SOURCE: Selector<1>;
    AMPHI_FLAT_STACK: FlatStack<'static, Link, VirtualClock>;
    AMPHI_FLAT_SLOT: FlatSlot;
    AMPHI_FLAT_STORAGE: SocketStorage<'static>;
    AMPHI_FLAT_SELECTOR: Flat<0>;
    AMPHI_FLAT_SOURCE: Flat<1>;
}
