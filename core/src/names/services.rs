//! Services by name and port: a subset of IANA's Service Name and Transport Protocol Port
//! Number Registry. Further names are those that Unix systems know in `services(5)`.

use super::Transport::{self, Tcp, Udp};

/// A service of a transport protocol at its usual port.
///
/// ```
/// use amphi_core::names::{Transport, getservbyname};
///
/// let service = getservbyname("http", Some(Transport::Tcp)).unwrap();
/// assert_eq!((service.name, service.port), ("http", 80));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// The name, in lower case.
    pub name: &'static str,
    /// The port that is assigned to it.
    pub port: u16,
    /// The protocol that the port is one of.
    pub transport: Transport,
    /// Further names.
    pub aliases: &'static [&'static str],
}

impl Service {
    /// Whether `name` is one of its names; names are compared exactly.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// The service with a name, of the given transport or of any: Python's `getservbyname`.
///
/// ```
/// use amphi_core::names::{Transport, getservbyname};
///
/// let port = |name| getservbyname(name, None).map(|service| service.port);
/// assert_eq!((port("smtp"), port("mail")), (Some(25), Some(25)));
/// assert_eq!(port("no such service"), None);
/// ```
#[must_use]
pub fn getservbyname(name: &str, transport: Option<Transport>) -> Option<&'static Service> {
    let fits = |service: &&Service| transport.is_none_or(|wanted| wanted == service.transport);
    SERVICES
        .iter()
        .filter(fits)
        .find(|service| service.is_named(name))
}

/// The service at a port, of the given transport or of any: Python's `getservbyport`.
///
/// ```
/// use amphi_core::names::{Transport, getservbyport};
///
/// let name = |port| getservbyport(port, Some(Transport::Udp)).map(|service| service.name);
/// assert_eq!((name(53), name(2)), (Some("domain"), None));
/// ```
#[must_use]
pub fn getservbyport(port: u16, transport: Option<Transport>) -> Option<&'static Service> {
    let fits = |service: &&Service| transport.is_none_or(|wanted| wanted == service.transport);
    SERVICES
        .iter()
        .filter(fits)
        .find(|service| service.port == port)
}

/// All that are known, by port.
pub const SERVICES: &[Service] = &[
    service(1, Tcp, "tcpmux", &[]),
    service(7, Tcp, "echo", &[]),
    service(7, Udp, "echo", &[]),
    service(9, Tcp, "discard", &["sink", "null"]),
    service(9, Udp, "discard", &["sink", "null"]),
    service(11, Tcp, "systat", &["users"]),
    service(13, Tcp, "daytime", &[]),
    service(13, Udp, "daytime", &[]),
    service(15, Tcp, "netstat", &[]),
    service(17, Tcp, "qotd", &["quote"]),
    service(19, Tcp, "chargen", &["ttytst", "source"]),
    service(19, Udp, "chargen", &["ttytst", "source"]),
    service(20, Tcp, "ftp-data", &[]),
    service(21, Tcp, "ftp", &[]),
    service(22, Tcp, "ssh", &[]),
    service(23, Tcp, "telnet", &[]),
    service(25, Tcp, "smtp", &["mail"]),
    service(37, Tcp, "time", &["timserver"]),
    service(37, Udp, "time", &["timserver"]),
    service(43, Tcp, "whois", &["nicname"]),
    service(49, Tcp, "tacacs", &[]),
    service(49, Udp, "tacacs", &[]),
    service(53, Tcp, "domain", &[]),
    service(53, Udp, "domain", &[]),
    service(67, Udp, "bootps", &[]),
    service(68, Udp, "bootpc", &[]),
    service(69, Udp, "tftp", &[]),
    service(70, Tcp, "gopher", &[]),
    service(79, Tcp, "finger", &[]),
    service(80, Tcp, "http", &["www"]),
    service(88, Tcp, "kerberos", &["kerberos5", "krb5", "kerberos-sec"]),
    service(88, Udp, "kerberos", &["kerberos5", "krb5", "kerberos-sec"]),
    service(110, Tcp, "pop3", &["pop-3"]),
    service(111, Tcp, "sunrpc", &["portmapper"]),
    service(111, Udp, "sunrpc", &["portmapper"]),
    service(113, Tcp, "auth", &["authentication", "tap", "ident"]),
    service(119, Tcp, "nntp", &["readnews", "untp"]),
    service(123, Udp, "ntp", &[]),
    service(135, Tcp, "epmap", &["loc-srv"]),
    service(137, Udp, "netbios-ns", &[]),
    service(138, Udp, "netbios-dgm", &[]),
    service(139, Tcp, "netbios-ssn", &[]),
    service(143, Tcp, "imap2", &["imap"]),
    service(161, Tcp, "snmp", &[]),
    service(161, Udp, "snmp", &[]),
    service(162, Tcp, "snmp-trap", &["snmptrap"]),
    service(162, Udp, "snmp-trap", &["snmptrap"]),
    service(163, Tcp, "cmip-man", &[]),
    service(163, Udp, "cmip-man", &[]),
    service(164, Tcp, "cmip-agent", &[]),
    service(164, Udp, "cmip-agent", &[]),
    service(174, Tcp, "mailq", &[]),
    service(177, Udp, "xdmcp", &[]),
    service(179, Tcp, "bgp", &[]),
    service(199, Tcp, "smux", &[]),
    service(209, Tcp, "qmtp", &[]),
    service(213, Udp, "ipx", &[]),
    service(319, Udp, "ptp-event", &[]),
    service(320, Udp, "ptp-general", &[]),
    service(345, Tcp, "pawserv", &[]),
    service(346, Tcp, "zserv", &[]),
    service(389, Tcp, "ldap", &[]),
    service(389, Udp, "ldap", &[]),
    service(443, Tcp, "https", &[]),
    service(443, Udp, "https", &[]),
    service(445, Tcp, "microsoft-ds", &[]),
    service(464, Tcp, "kpasswd", &[]),
    service(464, Udp, "kpasswd", &[]),
    service(465, Tcp, "submissions", &["ssmtp", "smtps", "urd"]),
    service(487, Tcp, "saft", &[]),
    service(500, Udp, "isakmp", &[]),
    service(502, Tcp, "mbap", &[]),
    service(512, Tcp, "exec", &[]),
    service(512, Udp, "biff", &["comsat"]),
    service(513, Tcp, "login", &[]),
    service(513, Udp, "who", &["whod"]),
    service(514, Tcp, "shell", &["cmd", "syslog"]),
    service(514, Udp, "syslog", &[]),
    service(515, Tcp, "printer", &["spooler"]),
    service(517, Udp, "talk", &[]),
    service(518, Udp, "ntalk", &[]),
    service(520, Udp, "route", &["router", "routed"]),
    service(538, Tcp, "gdomap", &[]),
    service(538, Udp, "gdomap", &[]),
    service(540, Tcp, "uucp", &["uucpd"]),
    service(543, Tcp, "klogin", &[]),
    service(544, Tcp, "kshell", &["krcmd"]),
    service(546, Udp, "dhcpv6-client", &[]),
    service(547, Udp, "dhcpv6-server", &[]),
    service(548, Tcp, "afpovertcp", &[]),
    service(554, Tcp, "rtsp", &[]),
    service(554, Udp, "rtsp", &[]),
    service(563, Tcp, "nntps", &["snntp"]),
    service(587, Tcp, "submission", &[]),
    service(607, Tcp, "nqs", &[]),
    service(623, Udp, "asf-rmcp", &[]),
    service(628, Tcp, "qmqp", &[]),
    service(631, Tcp, "ipp", &[]),
    service(636, Tcp, "ldaps", &[]),
    service(636, Udp, "ldaps", &[]),
    service(655, Tcp, "tinc", &[]),
    service(655, Udp, "tinc", &[]),
    service(706, Tcp, "silc", &[]),
    service(749, Tcp, "kerberos-adm", &[]),
    service(853, Tcp, "domain-s", &[]),
    service(853, Udp, "domain-s", &[]),
    service(873, Tcp, "rsync", &[]),
    service(989, Tcp, "ftps-data", &[]),
    service(990, Tcp, "ftps", &[]),
    service(992, Tcp, "telnets", &[]),
    service(993, Tcp, "imaps", &[]),
    service(995, Tcp, "pop3s", &[]),
    service(1080, Tcp, "socks", &[]),
    service(1093, Tcp, "proofd", &[]),
    service(1094, Tcp, "rootd", &[]),
    service(1099, Tcp, "rmiregistry", &[]),
    service(1194, Tcp, "openvpn", &[]),
    service(1194, Udp, "openvpn", &[]),
    service(1352, Tcp, "lotusnote", &["lotusnotes"]),
    service(1433, Tcp, "ms-sql-s", &[]),
    service(1434, Udp, "ms-sql-m", &[]),
    service(1524, Tcp, "ingreslock", &[]),
    service(1645, Tcp, "datametrics", &["old-radius"]),
    service(1645, Udp, "datametrics", &["old-radius"]),
    service(1646, Tcp, "sa-msg-port", &["old-radacct"]),
    service(1646, Udp, "sa-msg-port", &["old-radacct"]),
    service(1649, Tcp, "kermit", &[]),
    service(1677, Tcp, "groupwise", &[]),
    service(1701, Udp, "l2f", &["l2tp"]),
    service(1812, Tcp, "radius", &[]),
    service(1812, Udp, "radius", &[]),
    service(1813, Tcp, "radius-acct", &["radacct"]),
    service(1813, Udp, "radius-acct", &["radacct"]),
    service(1883, Tcp, "mqtt", &[]),
    service(2000, Tcp, "cisco-sccp", &[]),
    service(2049, Tcp, "nfs", &[]),
    service(2049, Udp, "nfs", &[]),
    service(2086, Tcp, "gnunet", &[]),
    service(2086, Udp, "gnunet", &[]),
    service(2101, Tcp, "rtcm-sc104", &[]),
    service(2101, Udp, "rtcm-sc104", &[]),
    service(2119, Tcp, "gsigatekeeper", &[]),
    service(2135, Tcp, "gris", &[]),
    service(2401, Tcp, "cvspserver", &[]),
    service(2430, Tcp, "venus", &[]),
    service(2430, Udp, "venus", &[]),
    service(2431, Tcp, "venus-se", &[]),
    service(2431, Udp, "venus-se", &[]),
    service(2432, Tcp, "codasrv", &[]),
    service(2432, Udp, "codasrv", &[]),
    service(2433, Tcp, "codasrv-se", &[]),
    service(2433, Udp, "codasrv-se", &[]),
    service(2583, Tcp, "mon", &[]),
    service(2583, Udp, "mon", &[]),
    service(2628, Tcp, "dict", &[]),
    service(2792, Tcp, "f5-globalsite", &[]),
    service(2811, Tcp, "gsiftp", &[]),
    service(2947, Tcp, "gpsd", &[]),
    service(3050, Tcp, "gds-db", &["gds_db"]),
    service(3130, Udp, "icpv2", &["icp"]),
    service(3205, Tcp, "isns", &[]),
    service(3205, Udp, "isns", &[]),
    service(3260, Tcp, "iscsi-target", &[]),
    service(3306, Tcp, "mysql", &[]),
    service(3389, Tcp, "ms-wbt-server", &[]),
    service(3493, Tcp, "nut", &[]),
    service(3493, Udp, "nut", &[]),
    service(3632, Tcp, "distcc", &[]),
    service(3689, Tcp, "daap", &[]),
    service(3690, Tcp, "svn", &["subversion"]),
    service(4031, Tcp, "suucp", &[]),
    service(4094, Tcp, "sysrqd", &[]),
    service(4190, Tcp, "sieve", &[]),
    service(4353, Tcp, "f5-iquery", &[]),
    service(4369, Tcp, "epmd", &[]),
    service(4373, Tcp, "remctl", &[]),
    service(4569, Udp, "iax", &[]),
    service(4691, Tcp, "mtn", &[]),
    service(4840, Tcp, "opcua-tcp", &[]),
    service(4899, Tcp, "radmin-port", &[]),
    service(5060, Tcp, "sip", &[]),
    service(5060, Udp, "sip", &[]),
    service(5061, Tcp, "sip-tls", &[]),
    service(5061, Udp, "sip-tls", &[]),
    service(5222, Tcp, "xmpp-client", &["jabber-client"]),
    service(5269, Tcp, "xmpp-server", &["jabber-server"]),
    service(5308, Tcp, "cfengine", &[]),
    service(5353, Udp, "mdns", &[]),
    service(5432, Tcp, "postgresql", &["postgres"]),
    service(5671, Tcp, "amqps", &[]),
    service(5672, Tcp, "amqp", &[]),
    service(5683, Udp, "coap", &[]),
    service(5684, Udp, "coaps", &[]),
    service(6000, Tcp, "x11", &["x11-0"]),
    service(6346, Tcp, "gnutella-svc", &[]),
    service(6346, Udp, "gnutella-svc", &[]),
    service(6347, Tcp, "gnutella-rtr", &[]),
    service(6347, Udp, "gnutella-rtr", &[]),
    service(6379, Tcp, "redis", &[]),
    service(6444, Tcp, "sge-qmaster", &["sge_qmaster"]),
    service(8080, Tcp, "http-alt", &["webcache"]),
    service(8140, Tcp, "puppet", &[]),
    service(8883, Tcp, "secure-mqtt", &[]),
    service(10050, Tcp, "zabbix-agent", &[]),
    service(10051, Tcp, "zabbix-trapper", &[]),
    service(10080, Tcp, "amanda", &[]),
    service(10809, Tcp, "nbd", &[]),
    service(11211, Tcp, "memcache", &[]),
];

const fn service(
    port: u16,
    transport: Transport,
    name: &'static str,
    aliases: &'static [&'static str],
) -> Service {
    Service {
        name,
        port,
        transport,
        aliases,
    }
}
