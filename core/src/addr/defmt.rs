//! `defmt::Format` for the values: their text, put together on the host.

use core::net::Ipv6Addr;

use super::{
    IpInterface, IpNetwork, Ipv4Interface, Ipv4Network, Ipv4Range, Ipv6Interface, Ipv6Network,
    Ipv6Range, Scoped, Text,
};

macro_rules! format {
    ($($Type:ty, $it:ident => ($text:literal, $($part:expr),+);)*) => {
        $(
            impl defmt::Format for $Type {
                fn format(&self, f: defmt::Formatter<'_>) {
                    let $it = self;
                    defmt::write!(f, $text, $($part),+);
                }
            }
        )*
    };
}

format! {
    Ipv4Network, it => ("{}/{}", it.network_address(), it.prefix_len());
    Ipv6Network, it => ("{}/{}", it.network_address(), it.prefix_len());
    IpNetwork, it => ("{}/{}", it.network_address(), it.prefix_len());
    Ipv4Interface, it => ("{}/{}", it.ip(), it.prefix_len());
    Ipv6Interface, it => ("{}/{}", it.ip(), it.prefix_len());
    IpInterface, it => ("{}/{}", it.ip(), it.prefix_len());
    Ipv4Range, it => ("{}-{}", it.first(), it.last());
    Ipv6Range, it => ("{}-{}", it.first(), it.last());
}

impl defmt::Format for Scoped<'_, Ipv6Addr> {
    fn format(&self, f: defmt::Formatter<'_>) {
        match self.scope_id() {
            Some(scope) => defmt::write!(f, "{}%{=str}", self.value(), scope),
            None => defmt::write!(f, "{}", self.value()),
        }
    }
}

macro_rules! scoped {
    ($($Type:ty, $address:ident;)*) => { $(
        impl defmt::Format for Scoped<'_, $Type> {
            fn format(&self, f: defmt::Formatter<'_>) {
                let (address, bits) = (self.value().$address(), self.value().prefix_len());
                match self.scope_id() {
                    Some(scope) => defmt::write!(f, "{}%{=str}/{}", address, scope, bits),
                    None => defmt::write!(f, "{}/{}", address, bits),
                }
            }
        }
    )* };
}

scoped! {
    Ipv6Interface, ip;
    Ipv6Network, network_address;
}

impl<const N: usize> defmt::Format for Text<N> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=str}", self.as_str());
    }
}
