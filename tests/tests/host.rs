//! The contracts on host sockets, over each selector.
#![cfg(feature = "host")]

use core::net::{IpAddr, Ipv6Addr};

use amphi_conformance::World;
use amphi_core::select::Selects;
use amphi_core::serve::Key;
use amphi_core::socket::{Interface, Net};
use amphi_std::{Host, HostError};

/// The host's loopback interface, with a selector from `make`.
struct HostWorld<S> {
    make: fn() -> Result<S, HostError>,
}

impl<S: Selects<Host, Key = Key>> World for HostWorld<S> {
    type Net = Host;
    type Selector = S;

    fn net(&self) -> Host {
        Host
    }

    fn selector(&self) -> S {
        (self.make)().expect("a selector")
    }

    fn address_v6(&self) -> Option<IpAddr> {
        let address = Ipv6Addr::LOCALHOST.into();
        let bound = Host.udp_bind((address, 0).into());
        if let Err(error) = &bound {
            println!("skipped: this machine has no IPv6 loopback: {error}");
        }
        bound.is_ok().then_some(address)
    }

    /// Linux carries no IPv6 groups on its loopback interface. A network namespace
    /// with an interface that does is named by the environment: address, interface.
    fn groups_v6(&self) -> Option<(IpAddr, Interface)> {
        let Ok(place) = std::env::var("AMPHI_GROUPS_V6") else {
            println!("skipped: AMPHI_GROUPS_V6=ADDRESS,INTERFACE names no place for IPv6 groups");
            return None;
        };
        let (address, name) = place.split_once(',').expect("an address and an interface");
        let index = amphi_std::interface_index(name).expect("an interface");
        let address = address.parse().expect("an IPv6 address");
        Some((address, Interface::Index(index)))
    }

    fn largest_datagram(&self) -> usize {
        // 65,535 octets of an IPv4 packet, less its header and UDP's.
        65_507
    }

    fn connections(&self) -> usize {
        1_000
    }
}

macro_rules! on_each_selector {
    ($($contracts:tt)*) => {
        #[cfg(target_os = "linux")]
        mod epoll { on_selector!(EpollSelector $($contracts)*); }
        #[cfg(not(target_os = "linux"))]
        mod kqueue { on_selector!(KqueueSelector $($contracts)*); }
        mod poll { on_selector!(PollSelector $($contracts)*); }
        mod select { on_selector!(SelectSelector $($contracts)*); }
    };
}

macro_rules! on_selector {
    ($selector:ident $($module:ident { $($name:ident)* })*) => { $(
        mod $module { $(
            #[test]
            fn $name() {
                let make = amphi_std::$selector::<amphi_core::serve::Key>::new;
                let mut world = crate::HostWorld { make };
                amphi_conformance::contracts::$module::$name(&mut world);
            }
        )* }
    )* };
}

amphi_conformance::contracts!(on_each_selector);
