//! `Serialize` and `Deserialize`: text where a format is for people, else packed
//! octets, the prefix length last.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{
    IpInterface, IpNetwork, Ipv4Interface, Ipv4Network, Ipv4Range, Ipv6Interface, Ipv6Network,
    Ipv6Range, Scoped,
};

macro_rules! serde {
    ($($Type:ty, $Packed:ty, $what:literal, $pack:expr, $unpack:expr;)*) => {
        $(
            impl Serialize for $Type {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    if serializer.is_human_readable() {
                        return serializer.collect_str(self);
                    }
                    let pack: fn(&Self) -> $Packed = $pack;
                    pack(self).serialize(serializer)
                }
            }

            impl<'de> Deserialize<'de> for $Type {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    struct Text;

                    impl Visitor<'_> for Text {
                        type Value = $Type;

                        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                            f.write_str($what)
                        }

                        fn visit_str<E: de::Error>(self, text: &str) -> Result<$Type, E> {
                            <$Type>::parse(text).map_err(E::custom)
                        }
                    }

                    if deserializer.is_human_readable() {
                        return deserializer.deserialize_str(Text);
                    }
                    let unpack: fn($Packed) -> Result<Self, super::NetworkError> = $unpack;
                    unpack(<$Packed>::deserialize(deserializer)?).map_err(de::Error::custom)
                }
            }
        )*
    };
}

serde! {
    Ipv4Network, ([u8; 4], u8), "an IPv4 network",
        |it| (it.network_address().octets(), it.prefix_len()),
        |(octets, len)| Self::new(Ipv4Addr::from(octets), len);
    Ipv6Network, ([u8; 16], u8), "an IPv6 network",
        |it| (it.network_address().octets(), it.prefix_len()),
        |(octets, len)| Self::new(Ipv6Addr::from(octets), len);
    IpNetwork, (IpAddr, u8), "an IPv4 or IPv6 network",
        |it| (it.network_address(), it.prefix_len()),
        |(address, len)| Self::new(address, len);
    Ipv4Interface, ([u8; 4], u8), "an IPv4 interface",
        |it| (it.ip().octets(), it.prefix_len()),
        |(octets, len)| Self::new(Ipv4Addr::from(octets), len);
    Ipv6Interface, ([u8; 16], u8), "an IPv6 interface",
        |it| (it.ip().octets(), it.prefix_len()),
        |(octets, len)| Self::new(Ipv6Addr::from(octets), len);
    IpInterface, (IpAddr, u8), "an IPv4 or IPv6 interface",
        |it| (it.ip(), it.prefix_len()),
        |(address, len)| Self::new(address, len);
    Ipv4Range, ([u8; 4], [u8; 4]), "a range of IPv4 addresses",
        |it| (it.first().octets(), it.last().octets()),
        |(first, last)| Self::new(Ipv4Addr::from(first), Ipv4Addr::from(last));
    Ipv6Range, ([u8; 16], [u8; 16]), "a range of IPv6 addresses",
        |it| (it.first().octets(), it.last().octets()),
        |(first, last)| Self::new(Ipv6Addr::from(first), Ipv6Addr::from(last));
}

macro_rules! scoped {
    ($($Type:ty, $parse:ident, $what:literal;)*) => { $(
        impl Serialize for Scoped<'_, $Type> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    return serializer.collect_str(self);
                }
                (self.value(), self.scope_id()).serialize(serializer)
            }
        }

        /// The scope is borrowed from the input.
        impl<'de: 'a, 'a> Deserialize<'de> for Scoped<'a, $Type> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl<'de> Visitor<'de> for Text {
                    type Value = Scoped<'de, $Type>;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                        Scoped::$parse(text).map_err(E::custom)
                    }
                }

                if deserializer.is_human_readable() {
                    return deserializer.deserialize_str(Text);
                }
                let (value, scope) = <($Type, Option<&'de str>)>::deserialize(deserializer)?;
                Self::new(value, scope).map_err(de::Error::custom)
            }
        }
    )* };
}

scoped! {
    Ipv6Addr, parse, "an IPv6 address that may have a scope";
    Ipv6Interface, parse_interface, "an IPv6 interface that may have a scope";
    Ipv6Network, parse_network, "an IPv6 network that may have a scope";
}
