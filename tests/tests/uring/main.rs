//! The contracts on the host's sockets by `io_uring`, where the kernel allows it.
#![cfg(all(feature = "host", target_os = "linux"))]

use core::net::{IpAddr, Ipv6Addr};

use amphi_conformance::World;
use amphi_core::serve::Key;
use amphi_core::socket::{Interface, Net};
use amphi_std::{Host, Uring, UringSelector};

/// The host's loopback interface, by one ring.
struct UringWorld<'r>(&'r Uring);

impl<'r> World for UringWorld<'r> {
    type Net = &'r Uring;
    type Selector = UringSelector<'r, Key>;

    fn net(&self) -> &'r Uring {
        self.0
    }

    fn selector(&self) -> UringSelector<'r, Key> {
        UringSelector::new(self.0)
    }

    fn address_v6(&self) -> Option<IpAddr> {
        let address = Ipv6Addr::LOCALHOST.into();
        let bound = Host.udp_bind((address, 0).into());
        if let Err(error) = &bound {
            println!("skipped: this machine has no IPv6 loopback: {error}");
        }
        bound.is_ok().then_some(address)
    }

    /// The UDP sockets are the host's, and tested there.
    fn groups_v6(&self) -> Option<(IpAddr, Interface)> {
        println!("skipped: IPv6 groups are tested on the host's own stack");
        None
    }

    fn largest_datagram(&self) -> usize {
        // 65,535 octets of an IPv4 packet, less its header and UDP's.
        65_507
    }

    fn connections(&self) -> usize {
        1_000
    }
}

macro_rules! on_a_ring {
    ($($module:ident { $($name:ident)* })*) => { $(
        mod $module { $(
            #[test]
            fn $name() {
                match amphi_std::Uring::new() {
                    Ok(uring) => {
                        let mut world = crate::UringWorld(&uring);
                        amphi_conformance::contracts::$module::$name(&mut world);
                    }
                    Err(refused) => println!("skipped: no io_uring here: {refused}"),
                }
            }
        )* }
    )* };
}

amphi_conformance::contracts!(on_a_ring);

/// What the contracts do not ask, as their turns are short or their stacks many.
mod ring;
