//! The registry against the tables of Python 3.11 and 3.13, block by block.

use core::net::{Ipv4Addr, Ipv6Addr};

use amphi_core::addr::{
    IPV4_SPECIAL, IPV6_SPECIAL, IpNetwork, Ipv4Network, Ipv6Network, ipv4, ipv6,
};

/// What one version of Python holds for private.
struct Tables {
    private_v4: &'static [&'static str],
    exceptions_v4: &'static [&'static str],
    private_v6: &'static [&'static str],
    exceptions_v6: &'static [&'static str],
}

/// `ipaddress` of Python 3.11.7.
const CPYTHON_3_11: Tables = Tables {
    private_v4: &[
        "0.0.0.0/8",
        "10.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/29",
        "192.0.0.170/31",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
        "255.255.255.255/32",
    ],
    exceptions_v4: &[],
    private_v6: &[
        "::1/128",
        "::/128",
        "::ffff:0:0/96",
        "100::/64",
        "2001::/23",
        "2001:2::/48",
        "2001:db8::/32",
        "2001:10::/28",
        "fc00::/7",
        "fe80::/10",
    ],
    exceptions_v6: &[],
};

/// `ipaddress` of Python 3.13.0.
const CPYTHON_3_13: Tables = Tables {
    private_v4: &[
        "0.0.0.0/8",
        "10.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.0.170/31",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
        "255.255.255.255/32",
    ],
    exceptions_v4: &["192.0.0.9/32", "192.0.0.10/32"],
    private_v6: &[
        "::1/128",
        "::/128",
        "::ffff:0.0.0.0/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "fc00::/7",
        "fe80::/10",
    ],
    exceptions_v6: &[
        "2001:1::1/128",
        "2001:1::2/128",
        "2001:3::/32",
        "2001:4:112::/48",
        "2001:20::/28",
        "2001:30::/28",
    ],
};

/// `ipaddress` of Python 3.14, and of its main branch in 2026.
const CPYTHON_3_14: Tables = Tables {
    private_v6: &[
        "::1/128",
        "::/128",
        "::ffff:0:0/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "fc00::/7",
        "fe80::/10",
    ],
    ..CPYTHON_3_13
};

/// Where the registry differs from Python 3.14, all of it.
const SINCE_3_14: [&str; 4] = [
    "100:0:0:1::/64",
    "192.88.99.2/32",
    "2001:1::3/128",
    "5f00::/16",
];
/// Where it differs from Python 3.13.0 besides.
const SINCE_3_13: [&str; 1] = ["3fff::/20"];
/// Where it differs from Python 3.11.7 besides.
const SINCE_3_11: [&str; 4] = ["192.0.0.0/24", "2001::/23", "2002::/16", "64:ff9b:1::/48"];

impl Tables {
    fn is_private_v4(&self, address: Ipv4Addr) -> bool {
        let holds = |block: &&str| Ipv4Network::literal(block).contains(address);
        self.private_v4.iter().any(holds) && !self.exceptions_v4.iter().any(holds)
    }

    fn is_private_v6(&self, address: Ipv6Addr) -> bool {
        let holds = |block: &&str| Ipv6Network::literal(block).contains(address);
        self.private_v6.iter().any(holds) && !self.exceptions_v6.iter().any(holds)
    }
}

/// The edges of every block of any table, and one step outside.
fn edges() -> (Vec<Ipv4Addr>, Vec<Ipv6Addr>) {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    let ours4 = IPV4_SPECIAL.iter().map(|row| row.network);
    let ours6 = IPV6_SPECIAL.iter().map(|row| row.network);
    let texts = |select: fn(&Tables) -> [&'static [&'static str]; 2]| {
        [CPYTHON_3_11, CPYTHON_3_13, CPYTHON_3_14]
            .into_iter()
            .flat_map(move |t| select(&t))
            .flatten()
    };
    let theirs4 = texts(|t| [t.private_v4, t.exceptions_v4]).map(|t| Ipv4Network::literal(t));
    let theirs6 = texts(|t| [t.private_v6, t.exceptions_v6]).map(|t| Ipv6Network::literal(t));
    for network in ours4.chain(theirs4) {
        let (first, last) = (network.network_address(), network.broadcast_address());
        v4.extend([first, last]);
        v4.extend(ipv4::checked_sub(first, 1));
        v4.extend(ipv4::checked_add(last, 1));
    }
    for network in ours6.chain(theirs6) {
        let (first, last) = (network.network_address(), network.broadcast_address());
        v6.extend([first, last]);
        v6.extend(ipv6::checked_sub(first, 1));
        v6.extend(ipv6::checked_add(last, 1));
    }
    (v4, v6)
}

/// Asks that `tables` differ from the registry in each known block, and nowhere else.
fn differs(tables: &Tables, known: &[&str]) {
    let mut found = std::collections::BTreeSet::new();
    let mut note = |address: core::net::IpAddr| {
        let blocks = known.iter().map(|block| IpNetwork::literal(block));
        let block = blocks.into_iter().find(|block| block.contains(address));
        found.insert(block.unwrap_or_else(|| panic!("{address}")));
    };
    let (v4, v6) = edges();
    for address in v4 {
        if ipv4::is_private(address) != tables.is_private_v4(address) {
            note(address.into());
        }
    }
    for address in v6 {
        let mapped = ipv6::ipv4_mapped(address).is_some();
        if !mapped && ipv6::is_private(address) != tables.is_private_v6(address) {
            note(address.into());
        }
    }
    assert_eq!(found.len(), known.len(), "{found:?} of {known:?}");
}

#[test]
fn the_registry_differs_from_cpython_3_14_where_it_is_newer_only() {
    differs(&CPYTHON_3_14, &SINCE_3_14);
}

#[test]
fn the_registry_differs_from_cpython_3_13_where_it_is_newer_only() {
    differs(&CPYTHON_3_13, &[&SINCE_3_14[..], &SINCE_3_13].concat());
}

#[test]
fn the_registry_differs_from_cpython_3_11_where_it_is_newer_only() {
    let known = [&SINCE_3_14[..], &SINCE_3_13, &SINCE_3_11].concat();
    differs(&CPYTHON_3_11, &known);
}

/// The rows of a registry as IANA gives it out, without the line of titles.
fn rows(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    for letter in csv.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(core::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(core::mem::take(&mut field));
                rows.push(core::mem::take(&mut row));
            }
            letter => field.push(letter),
        }
    }
    rows.remove(0);
    rows
}

/// `[RFC8190]\n        [RFC919], Section 7`, as the table has it.
fn documents(field: &str) -> String {
    let text = field.replace("][", "] and [");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace("] [", "] and [").replace("Section", "section");
    let text = text.replace("[RFC ", "RFC ").replace("[RFC", "RFC ");
    text.replace(']', "")
}

macro_rules! registry {
    ($name:ident, $file:literal, $table:ident) => {
        #[test]
        fn $name() {
            let csv = include_str!(concat!("../../vectors/", $file));
            let mut ours = $table.iter();
            for row in rows(csv) {
                // A value may be followed by the number of a note.
                let bare = |at: usize| row[at].split(" [").next().unwrap_or("").to_owned();
                for block in bare(0).split(", ") {
                    let here = ours.next().expect(block);
                    assert_eq!(
                        here.network.to_string(),
                        IpNetwork::literal(block).to_string()
                    );
                    assert_eq!(here.name, row[1]);
                    assert_eq!(here.rfc, documents(&row[2]));
                    assert_eq!(here.allocated, row[3]);
                    assert_eq!(here.ended.unwrap_or("N/A"), row[4]);
                    let reachable = match bare(8).as_str() {
                        "True" => Some(true),
                        "False" => Some(false),
                        "N/A" | "" => None,
                        other => panic!("{other}"),
                    };
                    assert_eq!(here.globally_reachable, reachable, "{block}");
                }
            }
            assert_eq!(ours.next(), None);
        }
    };
}

registry!(
    the_ipv4_table_is_iana_s,
    "iana-ipv4-special.csv",
    IPV4_SPECIAL
);
registry!(
    the_ipv6_table_is_iana_s,
    "iana-ipv6-special.csv",
    IPV6_SPECIAL
);

#[test]
fn every_row_is_found_by_its_own_addresses() {
    for row in IPV4_SPECIAL {
        let found = ipv4::special(row.network.broadcast_address()).expect("a row");
        assert!(found.network.subnet_of(row.network), "{}", row.network);
    }
    for row in IPV6_SPECIAL {
        let found = ipv6::special(row.network.broadcast_address()).expect("a row");
        assert!(found.network.subnet_of(row.network), "{}", row.network);
    }
    assert_eq!(ipv4::special(Ipv4Addr::new(8, 8, 8, 8)), None);
}
