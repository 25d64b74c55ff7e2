//! Links: devices of frames that need no heap, and devices around any other
//! device that disturb, show or record what passes.
//!
//! | type | what it is |
//! |---|---|
//! | [`Loopback`] | receives what it sends |
//! | [`Pair`] | a link between two stacks |
//! | `channel` | a link between two threads, on the real clock; feature `std` |
//! | [`Tunnel`] | sends frames as datagrams of a socket, or through a TAP or TUN device |
//! | [`Faulty`] | loses, doubles, delays, reorders and corrupts frames by a seed, in virtual time |
//! | [`Trace`] | shows each frame as one readable [`Line`] |
//! | `Pcap` | records each frame for tcpdump and Wireshark; feature `pcap` |
//! | [`Hairpin`] | lets a stack on any link talk to itself |

#[cfg(feature = "std")]
mod channel;
mod faults;
mod faulty;
mod hairpin;
mod line;
mod loopback;
mod pair;
#[cfg(feature = "pcap")]
mod pcap;
mod ring;
mod trace;
mod tunnel;

#[cfg(feature = "std")]
pub use channel::{ChannelEnd, ChannelFrame, ChannelPlatform, ChannelRoom, channel};
pub use faults::{FaultTally, Faults, PerMillion};
pub use faulty::{Faulty, FaultyRx, FaultyTx};
pub use hairpin::{Hairpin, HairpinRx, HairpinTx};
pub use line::{Direction, Line};
pub use loopback::Loopback;
pub use pair::{End, Pair};
#[cfg(feature = "pcap")]
pub use pcap::{Pcap, PcapSink};
pub use ring::{RxToken, TxToken};
pub use trace::{Show, Trace, TraceRx, TraceTx};
pub use tunnel::{Tunnel, TunnelRx, TunnelTx};

use smoltcp::phy::{DeviceCapabilities, Medium};

/// A device that leaves all checksums to software.
fn capabilities(medium: Medium, mtu: usize) -> DeviceCapabilities {
    let mut capabilities = DeviceCapabilities::default();
    capabilities.medium = medium;
    capabilities.max_transmission_unit = mtu;
    capabilities
}
