//! What Python says on the same machine.

use std::process::Command;

use amphi_core::names::Transport;
use amphi_std::names::{
    Family, Hints, getaddrinfo, gethostname, getprotobyname, getservbyname, getservbyport,
};

fn ask(script: &str) -> Option<String> {
    let Ok(output) = Command::new("python3").args(["-c", script]).output() else {
        println!("skipped: no python3 to ask");
        return None;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).expect("text"))
}

/// For each combination of arguments, each answer as `address port kind protocol name`.
const ADDRESSES: &str = r#"
import itertools, socket as s
hosts = [None, "localhost", "127.0.0.1", "::1", "192.0.2.1", "127.1", "no such name"]
services = [None, "http", "domain", "8080", "no such service"]
families = [s.AF_UNSPEC, s.AF_INET, s.AF_INET6]
kinds = [0, s.SOCK_STREAM, s.SOCK_DGRAM]
flags = [0, s.AI_PASSIVE, s.AI_NUMERICHOST, s.AI_NUMERICSERV]
for host, service, family, kind, flag in itertools.product(hosts, services, families, kinds, flags):
    try:
        for f, k, p, name, address in s.getaddrinfo(host, service, family, kind, 0, flag):
            print(f"{address[0]} {address[1]} {int(k)} {p}", end="|")
    except s.gaierror as error:
        print(f"error {error.errno}", end="")
    print()
"#;

#[test]
fn getaddrinfo_says_the_same() {
    let Some(theirs) = ask(ADDRESSES) else {
        return;
    };
    let hosts = [
        None,
        Some("localhost"),
        Some("127.0.0.1"),
        Some("::1"),
        Some("192.0.2.1"),
        Some("127.1"),
        Some("no such name"),
    ];
    let services = [
        None,
        Some("http"),
        Some("domain"),
        Some("8080"),
        Some("no such service"),
    ];
    let mut lines = theirs.lines();
    let mut count = 0;
    for host in hosts {
        for service in services {
            for family in [None, Some(Family::Ipv4), Some(Family::Ipv6)] {
                for transport in [None, Some(Transport::Tcp), Some(Transport::Udp)] {
                    for flag in [
                        Hints::new(),
                        Hints::new().passive(),
                        Hints::new().numeric_host(),
                        Hints::new().numeric_service(),
                    ] {
                        let hints = family.map_or(flag, |family| flag.family(family));
                        let hints = transport.map_or(hints, |transport| hints.transport(transport));
                        let theirs = lines.next().expect("a line for each");
                        assert_eq!(
                            ours(host, service, &hints),
                            theirs,
                            "{host:?} {service:?} {hints:?}"
                        );
                        count += 1;
                    }
                }
            }
        }
    }
    assert!(count > 1000 && lines.next().is_none());
}

fn ours(host: Option<&str>, service: Option<&str>, hints: &Hints) -> String {
    let found = match getaddrinfo(host, service, hints) {
        Ok(found) => found,
        Err(error) => return format!("error {}", error.code()),
    };
    let entry = |info: &amphi_std::names::AddrInfo| {
        // Raw sockets have no transport here; Linux's number is 3.
        let kind = match info.transport {
            Some(Transport::Tcp) => 1,
            Some(Transport::Udp) => 2,
            None => 3,
        };
        let (ip, port) = (info.address.ip(), info.address.port());
        format!("{ip} {port} {kind} {}|", info.protocol)
    };
    found.iter().map(entry).collect()
}

const LISTS: &str = r#"
import socket
def tell(call, *arguments):
    try:
        print(call(*arguments))
    except OSError:
        print("-")
print(socket.gethostname())
for protocol in ["tcp", "udp"]:
    for port in range(1024):
        tell(socket.getservbyport, port, protocol)
    for name in ["http", "mail", "www", "time", "no such service", "", "HTTP"]:
        tell(socket.getservbyname, name, protocol)
for name in ["tcp", "UDP", "icmp", "ipv6-icmp", "nothing", ""]:
    tell(socket.getprotobyname, name)
"#;

#[test]
fn names_of_services_are_the_same() {
    let Some(theirs) = ask(LISTS) else {
        return;
    };
    let mut lines = theirs.lines();
    let mut same = |what: &str, ours: Option<String>| {
        let theirs = lines.next().expect("a line for each");
        // What the machine does not list, core's table may.
        assert!(
            theirs == "-" || ours.as_deref() == Some(theirs),
            "{what}: {ours:?}, not {theirs}"
        );
    };
    same("gethostname", gethostname().ok());
    for transport in [Transport::Tcp, Transport::Udp] {
        for port in 0..1024 {
            let ours = getservbyport(port, Some(transport)).ok();
            same(&format!("port {port}"), ours.map(|service| service.name));
        }
        for name in ["http", "mail", "www", "time", "no such service", "", "HTTP"] {
            let ours = getservbyname(name, Some(transport)).ok();
            same(name, ours.map(|service| service.port.to_string()));
        }
    }
    for name in ["tcp", "UDP", "icmp", "ipv6-icmp", "nothing", ""] {
        let ours = getprotobyname(name).ok();
        same(name, ours.map(|protocol| protocol.number.to_string()));
    }
    assert!(getservbyname("no such service", None).is_err());
    assert!(getprotobyname("nothing").is_err());
}
