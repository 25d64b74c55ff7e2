//! The contracts on host sockets, over each selector.
#![cfg(feature = "host")]

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use amphi_conformance::World;
use amphi_core::select::Selects;
use amphi_core::serve::Key;
use amphi_core::socket::{Datagram, Interface, Multicast, Net};
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

    fn address(&self) -> IpAddr {
        Ipv4Addr::LOCALHOST.into()
    }

    fn address_v6(&self) -> Option<IpAddr> {
        let address = Ipv6Addr::LOCALHOST.into();
        let bound = Host.udp_bind((address, 0).into());
        if let Err(error) = &bound {
            println!("skipped: this machine has no IPv6 loopback: {error}");
        }
        bound.is_ok().then_some(address)
    }

    fn interface(&self) -> Interface {
        Ipv4Addr::LOCALHOST.into()
    }

    /// Linux sends to IPv6 groups through the loopback interface only where a
    /// route says so, which a namespace of the test's own can have.
    fn interface_v6(&self) -> Option<Interface> {
        let name = if cfg!(target_os = "linux") {
            "lo"
        } else {
            "lo0"
        };
        let index = amphi_std::interface_index(name).expect("a loopback interface");
        let interface = Interface::Index(index);
        let mut socket = Host.udp_bind((Ipv6Addr::LOCALHOST, 0).into()).ok()?;
        socket
            .set_multicast_interface(interface)
            .expect("an interface");
        let group = Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 0x4d);
        if let Err(error) = socket.send_to(b"", &(group, 9).into()) {
            println!("skipped: the loopback interface has no route to IPv6 groups: {error}");
            return None;
        }
        Some(interface)
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
