//! Addresses with a scope: `fe80::1%eth0` (RFC 4007).

use core::fmt::{self, Write as _};
use core::net::{Ipv6Addr, SocketAddrV6};

use super::diagnose::{self, find, part};
use super::error::{ParseError, ParseErrorKind};
use super::interface::Ipv6Interface;
use super::ipv6;
use super::network::Ipv6Network;
use super::parse::{ipv6_bits, ipv6_mask};

/// What is wrong with an address that must not have a scope.
#[cold]
pub(super) const fn unscoped_fault(text: &[u8]) -> ParseError {
    let len = text.len();
    let percent = find(text, b'%', 0);
    if percent == len {
        return diagnose::ipv6(text);
    }
    if percent + 1 == len || find(text, b'%', percent + 1) < len {
        return ParseError::new(ParseErrorKind::Scope, percent, len);
    }
    let address = part(text, 0, percent);
    match ipv6_bits(address) {
        Some(_) => ParseError::new(ParseErrorKind::UnexpectedScope, percent, len),
        None => diagnose::ipv6(address),
    }
}

/// An IPv6 address, interface or network with the zone that it is valid in, such
/// as the name or the number of a network interface.
///
/// Two values with different scopes differ; the order is by value first, then by
/// scope, the one without a scope before all others. (Python's order of scoped
/// addresses contradicts its equality.)
///
/// ```
/// use amphi_core::addr::{Scoped, ipv6};
///
/// let router = Scoped::parse("fe80::1%eth0").unwrap();
/// assert_eq!(router.value(), ipv6::literal("fe80::1"));
/// assert_eq!(router.scope_id(), Some("eth0"));
/// assert_eq!(router.to_string(), "fe80::1%eth0");
/// assert!(Scoped::parse("fe80::1%").is_err());
/// assert!(Scoped::parse("fe80::1").unwrap() < router);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scoped<'a, T = Ipv6Addr> {
    value: T,
    scope: Option<&'a str>,
}

impl<'a, T: Copy> Scoped<'a, T> {
    /// A value with a scope, or with none.
    ///
    /// # Errors
    ///
    /// [`ParseErrorKind::Scope`] for a scope that is empty or holds a `%` or a
    /// `/`.
    pub const fn new(value: T, scope: Option<&'a str>) -> Result<Self, ParseError> {
        if let Some(text) = scope {
            let text = text.as_bytes();
            let len = text.len();
            if len == 0 || find(text, b'%', 0) < len || find(text, b'/', 0) < len {
                return Err(ParseError::new(ParseErrorKind::Scope, 0, len));
            }
        }
        Ok(Self { value, scope })
    }

    /// The address, interface or network itself.
    #[must_use]
    pub const fn value(self) -> T {
        self.value
    }

    /// The scope's text: Python's `scope_id`.
    #[must_use]
    pub const fn scope_id(self) -> Option<&'a str> {
        self.scope
    }
}

impl<'a> Scoped<'a, Ipv6Addr> {
    /// Reads an address with or without a scope.
    ///
    /// # Errors
    ///
    /// [`ParseErrorKind::Scope`], or any kind that concerns addresses.
    pub const fn parse(text: &'a str) -> Result<Self, ParseError> {
        let octets = text.as_bytes();
        let slash = find(octets, b'/', 0);
        if slash < octets.len() {
            return Err(ParseError::new(
                ParseErrorKind::UnexpectedSlash,
                slash,
                slash + 1,
            ));
        }
        match split(text) {
            Ok((address, scope)) => match ipv6_bits(address.as_bytes()) {
                Some(bits) => Ok(Self {
                    value: Ipv6Addr::from_bits(bits),
                    scope,
                }),
                None => Err(diagnose::ipv6(address.as_bytes())),
            },
            Err(error) => Err(error),
        }
    }

    /// The number that a `SocketAddrV6` wants: 0 without a scope, the scope itself
    /// where it is a decimal number, else what `index_of` knows of the name (on a
    /// host, `if_nametoindex`).
    ///
    /// ```
    /// use amphi_core::addr::Scoped;
    ///
    /// let named = Scoped::parse("fe80::1%eth0").unwrap();
    /// assert_eq!(named.scope_number(|name| (name == "eth0").then_some(2)), Some(2));
    /// let numbered = Scoped::parse("fe80::1%7").unwrap();
    /// assert_eq!(numbered.scope_number(|_| None), Some(7));
    /// ```
    pub fn scope_number(self, index_of: impl FnOnce(&str) -> Option<u32>) -> Option<u32> {
        let Some(scope) = self.scope else {
            return Some(0);
        };
        if scope.bytes().all(|letter| letter.is_ascii_digit()) {
            return scope.parse().ok();
        }
        index_of(scope)
    }

    /// The socket address with this port; none where the scope has no number.
    pub fn to_socket(
        self,
        port: u16,
        index_of: impl FnOnce(&str) -> Option<u32>,
    ) -> Option<SocketAddrV6> {
        let scope = self.scope_number(index_of)?;
        Some(SocketAddrV6::new(self.value, port, 0, scope))
    }
}

macro_rules! scoped_prefix {
    ($Type:ident, $parse:ident, $kind:literal) => {
        impl<'a> Scoped<'a, $Type> {
            #[doc = concat!("Reads ", $kind, " with or without a scope: `fe80::%eth0/64`.")]
            ///
            /// # Errors
            ///
            #[doc = concat!("[`ParseErrorKind::Scope`], or any kind that [`", stringify!($Type), "::parse`] has.")]
            pub fn $parse(text: &'a str) -> Result<Self, ParseError> {
                let (head, mask) = match text.split_once('/') {
                    Some((head, mask)) => (head, Some(mask)),
                    None => (text, None),
                };
                if !head.contains('%') || mask.is_some_and(|mask| mask.contains('/')) {
                    return Ok(Self { value: $Type::parse(text)?, scope: None });
                }
                let (address, scope) = split(head)?;
                let octets = address.as_bytes();
                let bits = ipv6_bits(octets).ok_or_else(|| diagnose::ipv6(octets))?;
                let prefix_len = match mask {
                    None => 128,
                    Some(mask) => ipv6_mask(mask.as_bytes()).ok_or(ParseError::new(
                        ParseErrorKind::Netmask,
                        head.len() + 1,
                        text.len(),
                    ))?,
                };
                let host_bits = ParseError::new(ParseErrorKind::HostBits, 0, octets.len());
                let value = $Type::new(Ipv6Addr::from_bits(bits), prefix_len)
                    .map_err(|_| host_bits)?;
                Ok(Self { value, scope })
            }
        }

        impl fmt::Display for Scoped<'_, $Type> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let plain = self.value.with_prefixlen();
                match (self.scope, plain.split_once('/')) {
                    (Some(scope), Some((address, bits))) => {
                        pad(f, &[address, "%", scope, "/", bits])
                    }
                    _ => f.pad(plain.as_str()),
                }
            }
        }
    };
}

scoped_prefix!(Ipv6Interface, parse_interface, "an interface");
scoped_prefix!(Ipv6Network, parse_network, "a network");

impl fmt::Display for Scoped<'_, Ipv6Addr> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = ipv6::compressed(self.value);
        match self.scope {
            Some(scope) => pad(f, &[plain.as_str(), "%", scope]),
            None => f.pad(plain.as_str()),
        }
    }
}

impl<'a> TryFrom<&'a str> for Scoped<'a, Ipv6Addr> {
    type Error = ParseError;

    fn try_from(text: &'a str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

/// Writes the parts as one text, filled up to the width that is asked for.
fn pad(f: &mut fmt::Formatter<'_>, parts: &[&str]) -> fmt::Result {
    let letters = parts.iter().map(|part| part.chars().count()).sum();
    let gap = f.width().unwrap_or(0).saturating_sub(letters);
    let before = match f.align() {
        Some(fmt::Alignment::Right) => gap,
        Some(fmt::Alignment::Center) => gap / 2,
        _ => 0,
    };
    let fill = f.fill();
    (0..before).try_for_each(|_| f.write_char(fill))?;
    parts.iter().try_for_each(|part| f.write_str(part))?;
    (before..gap).try_for_each(|_| f.write_char(fill))
}

/// Address and scope.
const fn split(text: &str) -> Result<(&str, Option<&str>), ParseError> {
    let octets = text.as_bytes();
    let len = octets.len();
    let percent = find(octets, b'%', 0);
    if percent == len {
        return Ok((text, None));
    }
    if percent + 1 == len || find(octets, b'%', percent + 1) < len {
        return Err(ParseError::new(ParseErrorKind::Scope, percent, len));
    }
    let (address, scope) = text.split_at(percent);
    let (_, scope) = scope.split_at(1);
    Ok((address, Some(scope)))
}
