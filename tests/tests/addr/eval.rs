//! Amphi's answers to the questions that `vectors/ipaddress.py` answers in Python.

use core::fmt::Write as _;

use amphi_core::addr::{
    FormatSpec, Ipv4Interface, Ipv4Network, Ipv4Range, Ipv6Interface, Ipv6Network, Ipv6Range,
    Scoped, collapse_addresses, ipv4, ipv6,
};
use amphi_core::inet;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    /// What is asked.
    pub(crate) op: String,
    /// `a4`, `n6`, `i4`, …
    pub(crate) kind: String,
    /// The text of the value that is asked.
    pub(crate) text: String,
    /// What else the question needs.
    pub(crate) arg: String,
}

/// As many items as Python's side shows.
const SHOWN: usize = 40;

/// An answer, or none for an error without a message.
type Answer = Option<String>;

impl Question {
    /// Reads the first four fields of a row.
    pub(crate) fn parse(row: &str) -> Self {
        let mut fields = row.split('\t').map(unescape);
        let mut next = || fields.next().expect("four fields");
        Self {
            op: next(),
            kind: next(),
            text: next(),
            arg: next(),
        }
    }

    /// The row that asks Python.
    pub(crate) fn row(&self) -> String {
        let [op, kind, text, arg] =
            [&self.op, &self.kind, &self.text, &self.arg].map(|t| escape(t));
        format!("{op}\t{kind}\t{text}\t{arg}")
    }

    /// The answer in Python's form.
    pub(crate) fn answer(&self) -> String {
        if self.op == "new" {
            return match new(&self.kind, &self.text, self.arg == "lenient") {
                Ok(text) => format!("ok {text}"),
                Err(message) => format!("err {}", escape(&message)),
            };
        }
        let answer = match self.kind.as_str() {
            "a4" => v4::address(self),
            "n4" => v4::network(self),
            "i4" => v4::interface(self),
            "a6" => v6::address(self),
            "n6" => v6::network(self),
            "i6" => v6::interface(self),
            _ => None,
        };
        answer.map_or("err".to_owned(), |text| format!("ok {text}"))
    }
}

fn new(kind: &str, text: &str, lenient: bool) -> Result<String, String> {
    let parsed = match (kind, text.contains('%')) {
        ("a4", _) => ipv4::parse(text).map(|a| ipv4::compressed(a).to_string()),
        ("i4", _) => Ipv4Interface::parse(text).map(|i| i.to_string()),
        ("n4", _) if lenient => Ipv4Network::parse_lenient(text).map(|n| n.to_string()),
        ("n4", _) => Ipv4Network::parse(text).map(|n| n.to_string()),
        ("a6", true) => Scoped::<core::net::Ipv6Addr>::parse(text).map(|s| s.to_string()),
        ("a6", false) => ipv6::parse(text).map(|a| ipv6::compressed(a).to_string()),
        ("i6", true) => Scoped::parse_interface(text).map(|s| s.to_string()),
        ("i6", false) => Ipv6Interface::parse(text).map(|i| i.to_string()),
        // Python's truncation drops the scope; ours keeps it.
        ("n6", true) if lenient => Scoped::parse_interface(text)
            .and_then(|s| Scoped::new(s.value().network(), s.scope_id()))
            .map(|s| s.to_string()),
        ("n6", true) => Scoped::parse_network(text).map(|s| s.to_string()),
        ("n6", false) if lenient => Ipv6Network::parse_lenient(text).map(|n| n.to_string()),
        _ => Ipv6Network::parse(text).map(|n| n.to_string()),
    };
    parsed.map_err(|error| error.explain(text).to_string())
}

fn joined<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items
        .map(|item| item.to_string())
        .collect::<Vec<_>>()
        .join(" ")
}

fn truth(value: bool) -> Answer {
    Some(if value { "True" } else { "False" }.to_owned())
}

fn hex(octets: &[u8]) -> Answer {
    let mut text = String::new();
    for octet in octets {
        write!(text, "{octet:02x}").ok()?;
    }
    Some(text)
}

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .filter_map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok())
        .collect()
}

macro_rules! family {
    (
        $name:ident, $module:ident, $Addr:ident, $Bits:ident, $Network:ident, $Interface:ident, $Range:ident,
        $scoped_address:expr, $scoped_network:expr, $scoped_interface:expr, $extra:path, $size:expr
    ) => {
        mod $name {
            use super::*;
            use core::net::$Addr;

            pub(super) fn address(q: &Question) -> Answer {
                match q.op.as_str() {
                    "inet_aton" => return hex(&inet::inet_aton(q.text.as_bytes())?),
                    "inet_ntop" => {
                        return Some(inet::inet_ntop6(bytes(&q.text).try_into().ok()?).to_string());
                    }
                    "inet_pton" => return hex(&$module::parse(&q.text).ok()?.octets()),
                    _ => {}
                }
                let scoped = $scoped_address(&q.text)?;
                let it: $Addr = scoped.0;
                let other = || $scoped_address(&q.arg);
                Some(match q.op.as_str() {
                    "compressed" => scoped.1,
                    "exploded" => $module::exploded(it).to_string(),
                    "reverse_pointer" => $module::reverse_pointer(it).to_string(),
                    "is_private" => return truth($module::is_private(it)),
                    "is_global" => return truth($module::is_global(it)),
                    "is_multicast" => return truth($module::is_multicast(it)),
                    "is_reserved" => return truth($module::is_reserved(it)),
                    "is_loopback" => return truth($module::is_loopback(it)),
                    "is_link_local" => return truth($module::is_link_local(it)),
                    "is_unspecified" => return truth($module::is_unspecified(it)),
                    "packed" => return hex(&it.octets()),
                    "int" => it.to_bits().to_string(),
                    "format" => FormatSpec::parse(&q.arg)?.format(it.into()).to_string(),
                    "add" => {
                        let (by, back) = (q.arg.trim_start_matches('-'), q.arg.starts_with('-'));
                        let by = by.parse().ok()?;
                        let sum = if back {
                            $module::checked_sub(it, by)
                        } else {
                            $module::checked_add(it, by)
                        };
                        $module::compressed(sum?).to_string()
                    }
                    "lt" => {
                        return truth(
                            (it, scoped.2) < {
                                let o = other()?;
                                (o.0, o.2)
                            },
                        )
                    }
                    "eq" => {
                        return truth(
                            (it, scoped.2) == {
                                let o = other()?;
                                (o.0, o.2)
                            },
                        )
                    }
                    "summarize" => {
                        let range = $Range::new(it, other()?.0).ok()?;
                        joined(range.networks().take(SHOWN))
                    }
                    _ => return $extra(q, it),
                })
            }

            pub(super) fn network(q: &Question) -> Answer {
                if q.op == "collapse" {
                    let nets: Option<Vec<_>> = q
                        .arg
                        .split(' ')
                        .filter(|t| !t.is_empty())
                        .map(|t| $Network::parse(t).ok())
                        .collect();
                    return Some(joined(collapse_addresses(&mut nets?).iter()));
                }
                let scoped = $scoped_network(&q.text)?;
                let it: $Network = scoped.0;
                let other = || Some($scoped_network(&q.arg)?.0);
                let sizes = || {
                    let (diff, new) = q.arg.split_once(',')?;
                    let both = !diff.is_empty() && diff != "1" && !new.is_empty();
                    (!both).then_some((
                        diff.parse::<u8>().ok(),
                        diff.is_empty(),
                        new.parse::<u8>().ok(),
                        new.is_empty(),
                    ))
                };
                Some(match q.op.as_str() {
                    "compressed" => scoped.1,
                    "with_prefixlen" => it.with_prefixlen().to_string(),
                    "with_netmask" => it.with_netmask().to_string(),
                    "with_hostmask" => it.with_hostmask().to_string(),
                    "exploded" => it.exploded().to_string(),
                    "reverse_pointer" => it.reverse_pointer().to_string(),
                    "network_address" => $module::compressed(it.network_address()).to_string(),
                    "broadcast_address" => $module::compressed(it.broadcast_address()).to_string(),
                    "netmask" => $module::compressed(it.netmask()).to_string(),
                    "hostmask" => $module::compressed(it.hostmask()).to_string(),
                    "prefixlen" => it.prefix_len().to_string(),
                    "num_addresses" => $size(it),
                    "is_private" => return truth(it.is_private()),
                    "is_global" => return truth(it.is_global()),
                    "is_multicast" => return truth(it.is_multicast()),
                    "is_reserved" => return truth(it.is_reserved()),
                    "is_loopback" => return truth(it.is_loopback()),
                    "is_link_local" => return truth(it.is_link_local()),
                    "is_unspecified" => return truth(it.is_unspecified()),
                    "is_site_local" => {
                        return truth(
                            ipv6::is_site_local(to_v6(it.network_address().into()))
                                && ipv6::is_site_local(to_v6(it.broadcast_address().into())),
                        )
                    }
                    "hosts" => joined(it.hosts().take(SHOWN).map($module::compressed)),
                    "getitem" => {
                        let n = q.arg.trim_start_matches('-').parse::<$Bits>().ok()?;
                        let at = match q.arg.starts_with('-') {
                            true => it.nth_back(n.checked_sub(1)?),
                            false => it.nth(n),
                        };
                        $module::compressed(at?).to_string()
                    }
                    "contains" => return truth(it.contains($module::parse(&q.arg).ok()?)),
                    "overlaps" => return truth(it.overlaps(other()?)),
                    "subnet_of" => return truth(it.subnet_of(other()?)),
                    "supernet_of" => return truth(it.supernet_of(other()?)),
                    "compare" => (it.compare(other()?) as i8).to_string(),
                    "lt" => return truth(it < other()?),
                    "eq" => {
                        return truth(
                            (it, scoped.2) == {
                                let o = $scoped_network(&q.arg)?;
                                (o.0, o.2)
                            },
                        )
                    }
                    "exclude" => joined(it.address_exclude(other()?).ok()?),
                    "subnets" => match sizes() {
                        // Python asks nothing of a network of one address.
                        _ if it.prefix_len() == $Network::MAX_PREFIX_LEN => it.to_string(),
                        Some((_, _, Some(new), false)) => {
                            joined(it.subnets_to(new).ok()?.take(SHOWN))
                        }
                        Some((Some(diff), ..)) => joined(it.subnets(diff).ok()?.take(SHOWN)),
                        Some((None, true, None, true)) => joined(it.subnets(1).ok()?.take(SHOWN)),
                        _ => return None,
                    },
                    "supernet" => match sizes() {
                        _ if it.prefix_len() == 0 => it.to_string(),
                        Some((_, _, Some(new), false)) => it.supernet_to(new).ok()?.to_string(),
                        Some((Some(diff), ..)) => it.supernet(diff).ok()?.to_string(),
                        Some((None, true, None, true)) => it.supernet(1).ok()?.to_string(),
                        _ => return None,
                    },
                    _ => return None,
                })
            }

            pub(super) fn interface(q: &Question) -> Answer {
                let scoped = $scoped_interface(&q.text)?;
                let it: $Interface = scoped.0;
                let ip = it.ip();
                let other = || $scoped_interface(&q.arg);
                Some(match q.op.as_str() {
                    "compressed" => scoped.1,
                    "with_prefixlen" => it.with_prefixlen().to_string(),
                    "with_netmask" => it.with_netmask().to_string(),
                    "with_hostmask" => it.with_hostmask().to_string(),
                    "exploded" => it.exploded().to_string(),
                    "reverse_pointer" => it.reverse_pointer().to_string(),
                    "ip" => $module::compressed(ip).to_string(),
                    "network" => it.network().to_string(),
                    "netmask" => $module::compressed(it.netmask()).to_string(),
                    "hostmask" => $module::compressed(it.hostmask()).to_string(),
                    "packed" => return hex(&ip.octets()),
                    "is_private" => return truth(it.is_private()),
                    "is_global" => return truth(it.is_global()),
                    "is_multicast" => return truth(it.is_multicast()),
                    "is_reserved" => return truth(it.is_reserved()),
                    "is_loopback" => return truth(it.is_loopback()),
                    "is_link_local" => return truth(it.is_link_local()),
                    "is_unspecified" => return truth(it.is_unspecified()),
                    "lt" => return truth(it < other()?.0),
                    "eq" => {
                        return truth(
                            (it, scoped.2) == {
                                let o = other()?;
                                (o.0, o.2)
                            },
                        )
                    }
                    _ => return $extra(q, ip),
                })
            }
        }
    };
}

fn to_v6(address: core::net::IpAddr) -> core::net::Ipv6Addr {
    match address {
        core::net::IpAddr::V4(address) => address.to_ipv6_mapped(),
        core::net::IpAddr::V6(address) => address,
    }
}

/// A value, its text, and its scope.
type Known<T> = Option<(T, String, Option<String>)>;

fn plain<T: ToString + Copy, E>(value: Result<T, E>) -> Known<T> {
    value.ok().map(|it| (it, it.to_string(), None))
}

fn scoped<T: Copy>(value: Result<Scoped<'_, T>, amphi_core::addr::ParseError>) -> Known<T>
where
    for<'a> Scoped<'a, T>: ToString,
{
    value
        .ok()
        .map(|it| (it.value(), it.to_string(), it.scope_id().map(str::to_owned)))
}

fn extra4(q: &Question, it: core::net::Ipv4Addr) -> Answer {
    match q.op.as_str() {
        "ipv6_mapped" => Some(ipv6::compressed(ipv4::ipv6_mapped(it)).to_string()),
        _ => None,
    }
}

fn extra6(q: &Question, it: core::net::Ipv6Addr) -> Answer {
    let show = |address| ipv4::compressed(address).to_string();
    let none = || "None".to_owned();
    Some(match q.op.as_str() {
        "is_site_local" => return truth(ipv6::is_site_local(it)),
        "ipv4_mapped" => ipv6::ipv4_mapped(it).map_or_else(none, show),
        "sixtofour" => ipv6::sixtofour(it).map_or_else(none, show),
        "teredo" => ipv6::teredo(it).map_or_else(none, |(a, b)| format!("{} {}", show(a), show(b))),
        "scope_id" => match q.text.split_once('%') {
            Some((_, scope)) => scope.split('/').next().unwrap_or(scope).to_owned(),
            None => none(),
        },
        _ => return None,
    })
}

fn size6(network: Ipv6Network) -> String {
    let everything = "340282366920938463463374607431768211456".to_owned();
    network
        .num_addresses()
        .map_or(everything, |count| count.to_string())
}

family! {
    v4, ipv4, Ipv4Addr, u32, Ipv4Network, Ipv4Interface, Ipv4Range,
    |t: &str| plain(ipv4::parse(t)), |t: &str| plain(Ipv4Network::parse(t)),
    |t: &str| plain(Ipv4Interface::parse(t)), extra4, |n: Ipv4Network| n.num_addresses().to_string()
}

family! {
    v6, ipv6, Ipv6Addr, u128, Ipv6Network, Ipv6Interface, Ipv6Range,
    |t: &str| scoped(Scoped::<core::net::Ipv6Addr>::parse(t)), |t: &str| scoped(Scoped::parse_network(t)),
    |t: &str| scoped(Scoped::parse_interface(t)), extra6, size6
}

/// Python's `unicode_escape`, for what the rows hold.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(letter),
            _ if (letter as u32) < 256 => {
                write!(out, "\\x{:02x}", letter as u32).expect("a String");
            }
            _ if (letter as u32) < 65536 => {
                write!(out, "\\u{:04x}", letter as u32).expect("a String");
            }
            _ => write!(out, "\\U{:08x}", letter as u32).expect("a String"),
        }
    }
    out
}

/// The reverse of [`escape`].
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        let kind = rest.next().unwrap_or('\\');
        let digits = match kind {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let code: String = rest.by_ref().take(digits).collect();
        out.push(match kind {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'x' | 'u' | 'U' => u32::from_str_radix(&code, 16)
                .ok()
                .and_then(char::from_u32)
                .unwrap_or('?'),
            other => other,
        });
    }
    out
}
