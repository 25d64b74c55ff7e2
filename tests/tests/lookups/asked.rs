//! The C library asks a name server of the test's own, as its configuration says.

use core::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::thread;

use amphi_core::ErrorKind;
use amphi_core::names::Transport;
use amphi_core::socket::Net;
use amphi_std::Host;
use amphi_std::names::{
    Hints, create_connection, getaddrinfo, gethostbyaddr, gethostbyname, gethostbyname_ex,
};

use crate::namespace;
use crate::server::{self, END};

const NAMES: [&str; 6] = [
    "both.test",
    "many.test",
    "absent.test",
    "broken.test",
    "empty.test",
    "silent.test",
];

/// What Python says of each: addresses, or the resolver's number.
const SCRIPT: &str = r#"
import socket, sys
for name in sys.argv[1:]:
    try:
        found = socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)
        print(*sorted({address[0] for *_, address in found}))
    except socket.gaierror as error:
        print(error.errno)
"#;

/// Runs `body` beside a name server that the resolver asks, once, for a second.
fn with_server(test: &str, body: fn()) {
    let files = [
        ("/etc/nsswitch.conf", "hosts: dns\n"),
        (
            "/etc/resolv.conf",
            "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        ),
    ];
    namespace::with(test, &files, body);
}

fn inside() {
    let port = (Ipv4Addr::LOCALHOST, 53).into();
    let socket = Host.udp_bind(port).expect("the port of name servers");
    let server = thread::spawn(move || server::serve(socket));
    let hints = Hints::new().transport(Transport::Tcp);
    let ours = NAMES.map(|name| match getaddrinfo(Some(name), Some("80"), &hints) {
        Ok(found) => {
            let mut texts: Vec<_> = found.iter().map(|it| it.address.ip().to_string()).collect();
            texts.sort();
            texts.dedup();
            texts.join(" ")
        }
        Err(error) => error.code().to_string(),
    });
    assert_eq!(ours[0], "192.0.2.1 192.0.2.2 2001:db8::1");
    if let Ok(output) = Command::new("python3")
        .args(["-c", SCRIPT])
        .args(NAMES)
        .output()
    {
        let theirs = String::from_utf8(output.stdout).expect("text");
        assert_eq!(ours, theirs.lines().collect::<Vec<_>>()[..]);
    } else {
        println!("skipped: no python3 to ask");
    }

    let kind = |name: &str| {
        let error = getaddrinfo(Some(name), None, &hints).expect_err("it fails");
        assert!(error.to_string().starts_with(name), "{error}");
        error.reason()
    };
    assert_eq!(kind("absent.test"), ErrorKind::NotFound);
    assert_eq!(kind("empty.test"), ErrorKind::NotFound);
    assert_eq!(kind("broken.test"), ErrorKind::TimedOut);
    assert_eq!(kind("silent.test"), ErrorKind::TimedOut);
    let named = hints.canonical_name();
    let found = getaddrinfo(Some("one.test"), None, &named).expect("it is there");
    assert_eq!(found[0].canonical_name.as_deref(), Some("one.test"));

    let host = gethostbyname_ex("both.test").expect("it is there");
    let addresses = [[192, 0, 2, 1], [192, 0, 2, 2]].map(IpAddr::from);
    assert!(
        addresses.iter().all(|it| host.addresses.contains(it)),
        "{host:?}"
    );
    let by_name = |name| gethostbyname(name).map_err(|error| error.reason());
    assert_eq!(by_name("absent.test"), Err(ErrorKind::NotFound));
    assert_eq!(by_name("broken.test"), Err(ErrorKind::TimedOut));
    let nameless = gethostbyaddr(IpAddr::from([192, 0, 2, 1])).map_err(|error| error.reason());
    assert_eq!(nameless.map(drop), Err(ErrorKind::NotFound));
    let error = create_connection("broken.test", 80, None).expect_err("no name");
    assert_eq!(error.reason(), ErrorKind::TimedOut);

    assert_eq!(kind(END), ErrorKind::NotFound);
    server.join().expect("no panic");
}

#[test]
fn the_resolver_asks_a_name_server() {
    with_server("asked::the_resolver_asks_a_name_server", inside);
}
