//! Names that exist offline: a table of hosts that only this test's processes see.

use std::thread;

use amphi_core::ErrorKind;
use amphi_std::names::{
    Family, Hints, NameFlags, getaddrinfo, getfqdn, gethostbyaddr, gethostbyname, gethostbyname_ex,
    getnameinfo,
};

use crate::namespace;

const TABLE: &str = "127.0.0.1 localhost
192.0.2.7 server.example server www
192.0.2.8 server.example
192.0.2.10 h0 zero
192.0.2.11 h1 one
192.0.2.12 h2 two
192.0.2.13 h3 three
2001:db8::7 server.example server6
";

/// Runs a test again where `/etc/hosts` is the table, and the resolver looks nowhere else.
fn with_table(test: &str, body: fn()) {
    let files = [
        ("/etc/hosts", TABLE),
        ("/etc/nsswitch.conf", "hosts: files\n"),
    ];
    namespace::with(test, &files, body);
}

#[test]
fn a_table_of_hosts_is_read() {
    with_table("hosts::a_table_of_hosts_is_read", || {
        let host = gethostbyname_ex("www").expect("it is there");
        assert_eq!(host.name, "server.example");
        assert!(host.aliases.iter().any(|alias| alias == "www"), "{host:?}");
        assert_eq!(host.addresses[0].to_string(), "192.0.2.7");
        assert_eq!(
            gethostbyname("server").expect("it is there").to_string(),
            "192.0.2.7"
        );

        let host = gethostbyaddr("2001:db8::7".parse().unwrap()).expect("it is there");
        assert_eq!(
            (host.name.as_str(), &host.aliases[..]),
            ("server.example", &["server6".to_owned()][..])
        );
        assert_eq!(getfqdn("www"), "server.example");
        assert_eq!(getfqdn("nobody"), "nobody");

        let hints = Hints::new().canonical_name().family(Family::Ipv6);
        let found = getaddrinfo(Some("server6"), Some("http"), &hints).expect("it is there");
        assert_eq!(found[0].canonical_name.as_deref(), Some("server.example"));
        assert_eq!(found[0].address, "[2001:db8::7]:80".parse().unwrap());

        let address = "192.0.2.7:25".parse().unwrap();
        let names = getnameinfo(&address, NameFlags::new()).expect("it has names");
        assert_eq!(names, ("server.example".to_owned(), "smtp".to_owned()));
    });
}

#[test]
fn each_failure_has_its_kind_and_the_resolvers_words() {
    with_table(
        "hosts::each_failure_has_its_kind_and_the_resolvers_words",
        || {
            let hints = Hints::new();
            let kind = |host, service, hints: &Hints| {
                let error = getaddrinfo(host, service, hints).expect_err("it fails");
                assert!(!error.text().is_empty(), "{error:?}");
                error.reason()
            };
            assert_eq!(kind(Some("nobody"), None, &hints), ErrorKind::NotFound);
            assert_eq!(
                kind(Some("server6"), None, &hints.family(Family::Ipv4)),
                ErrorKind::NotFound
            );
            assert_eq!(
                kind(Some("www"), None, &hints.numeric_host()),
                ErrorKind::NotFound
            );
            assert_eq!(kind(None, None, &hints), ErrorKind::NotFound);
            assert_eq!(
                kind(Some("www"), Some("no service"), &hints),
                ErrorKind::InvalidInput
            );
            assert_eq!(kind(Some("köln"), None, &hints), ErrorKind::InvalidInput);
            assert_eq!(kind(Some("a\0b"), None, &hints), ErrorKind::InvalidInput);

            let error = gethostbyname("nobody").expect_err("it is not there");
            assert_eq!(error.to_string(), "nobody: Name or service not known");
            let error = gethostbyname_ex("nobody").expect_err("it is not there");
            assert_eq!(error.reason(), ErrorKind::NotFound);
            let address = "192.0.2.200:1".parse().unwrap();
            assert_eq!(
                gethostbyaddr("192.0.2.200".parse().unwrap())
                    .unwrap_err()
                    .reason(),
                ErrorKind::NotFound
            );
            let error =
                getnameinfo(&address, NameFlags::new().name_required()).expect_err("no name");
            assert_eq!(error.reason(), ErrorKind::NotFound);
        },
    );
}

/// Each thread gets the answers to its own questions.
#[test]
fn threads_ask_at_the_same_time() {
    with_table("hosts::threads_ask_at_the_same_time", || {
        let names = ["zero", "one", "two", "three"];
        thread::scope(|scope| {
            for (number, alias) in (0..).zip(names) {
                scope.spawn(move || {
                    let name = format!("h{number}");
                    let address = format!("192.0.2.1{number}").parse().unwrap();
                    for _ in 0..200 {
                        let host = gethostbyname_ex(alias).expect("it is there");
                        assert_eq!((&host.name, &*host.addresses), (&name, &[address][..]));
                        let host = gethostbyaddr(address).expect("it is there");
                        assert_eq!((&host.name, &host.aliases[0][..]), (&name, alias));
                        let missing = format!("no{number}");
                        let error = gethostbyname(&missing).expect_err("it is not there");
                        assert!(error.to_string().starts_with(&missing), "{error}");
                    }
                });
            }
        });
    });
}
