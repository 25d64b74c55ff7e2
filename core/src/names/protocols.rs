//! Protocols by name and number: a subset of IANA's Assigned Internet Protocol Numbers.
//! The names are those of `protocols(5)`.

/// A protocol above IP.
///
/// ```
/// use amphi_core::names::getprotobyname;
///
/// assert_eq!(getprotobyname("udp").unwrap().number, 17);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocol {
    /// The name, in lower case.
    pub name: &'static str,
    /// What stands in IP's header.
    pub number: u8,
    /// Further names.
    pub aliases: &'static [&'static str],
}

/// The protocol with a name: Python's `getprotobyname`.
///
/// ```
/// use amphi_core::names::getprotobyname;
///
/// let number = |name| getprotobyname(name).map(|protocol| protocol.number);
/// assert_eq!((number("tcp"), number("TCP"), number("tcpip")), (Some(6), Some(6), None));
/// ```
#[must_use]
pub fn getprotobyname(name: &str) -> Option<&'static Protocol> {
    let is_named = |protocol: &&Protocol| protocol.name == name || protocol.aliases.contains(&name);
    PROTOCOLS.iter().find(is_named)
}

/// The protocol with a number.
///
/// ```
/// use amphi_core::names::getprotobynumber;
///
/// assert_eq!(getprotobynumber(58).unwrap().name, "ipv6-icmp");
/// ```
#[must_use]
pub fn getprotobynumber(number: u8) -> Option<&'static Protocol> {
    PROTOCOLS.iter().find(|protocol| protocol.number == number)
}

/// All that are known, by number.
pub const PROTOCOLS: &[Protocol] = &[
    protocol(0, "ip", &["IP"]),
    protocol(0, "hopopt", &["HOPOPT"]),
    protocol(1, "icmp", &["ICMP"]),
    protocol(2, "igmp", &["IGMP"]),
    protocol(3, "ggp", &["GGP"]),
    protocol(4, "ipencap", &["IP-ENCAP"]),
    protocol(5, "st", &["ST"]),
    protocol(6, "tcp", &["TCP"]),
    protocol(8, "egp", &["EGP"]),
    protocol(9, "igp", &["IGP"]),
    protocol(12, "pup", &["PUP"]),
    protocol(17, "udp", &["UDP"]),
    protocol(20, "hmp", &["HMP"]),
    protocol(22, "xns-idp", &["XNS-IDP"]),
    protocol(27, "rdp", &["RDP"]),
    protocol(29, "iso-tp4", &["ISO-TP4"]),
    protocol(33, "dccp", &["DCCP"]),
    protocol(36, "xtp", &["XTP"]),
    protocol(37, "ddp", &["DDP"]),
    protocol(38, "idpr-cmtp", &["IDPR-CMTP"]),
    protocol(41, "ipv6", &["IPv6"]),
    protocol(43, "ipv6-route", &["IPv6-Route"]),
    protocol(44, "ipv6-frag", &["IPv6-Frag"]),
    protocol(45, "idrp", &["IDRP"]),
    protocol(46, "rsvp", &["RSVP"]),
    protocol(47, "gre", &["GRE"]),
    protocol(50, "esp", &["IPSEC-ESP"]),
    protocol(51, "ah", &["IPSEC-AH"]),
    protocol(57, "skip", &["SKIP"]),
    protocol(58, "ipv6-icmp", &["IPv6-ICMP"]),
    protocol(59, "ipv6-nonxt", &["IPv6-NoNxt"]),
    protocol(60, "ipv6-opts", &["IPv6-Opts"]),
    protocol(73, "rspf", &["RSPF", "CPHB"]),
    protocol(81, "vmtp", &["VMTP"]),
    protocol(88, "eigrp", &["EIGRP"]),
    protocol(89, "ospf", &["OSPFIGP"]),
    protocol(93, "ax.25", &["AX.25"]),
    protocol(94, "ipip", &["IPIP"]),
    protocol(97, "etherip", &["ETHERIP"]),
    protocol(98, "encap", &["ENCAP"]),
    protocol(103, "pim", &["PIM"]),
    protocol(108, "ipcomp", &["IPCOMP"]),
    protocol(112, "vrrp", &["VRRP"]),
    protocol(115, "l2tp", &["L2TP"]),
    protocol(124, "isis", &["ISIS"]),
    protocol(132, "sctp", &["SCTP"]),
    protocol(133, "fc", &["FC"]),
    protocol(135, "mobility-header", &["Mobility-Header"]),
    protocol(136, "udplite", &["UDPLite"]),
    protocol(137, "mpls-in-ip", &["MPLS-in-IP"]),
    protocol(138, "manet", &[]),
    protocol(139, "hip", &["HIP"]),
    protocol(140, "shim6", &["Shim6"]),
    protocol(141, "wesp", &["WESP"]),
    protocol(142, "rohc", &["ROHC"]),
    protocol(143, "ethernet", &["Ethernet"]),
];

const fn protocol(number: u8, name: &'static str, aliases: &'static [&'static str]) -> Protocol {
    Protocol {
        name,
        number,
        aliases,
    }
}
