//! Names that exist offline: a table of hosts that only this test's processes see.

use std::process::Command;

use amphi_core::ErrorKind;
use amphi_std::names::{
    Family, Hints, NameFlags, getaddrinfo, getfqdn, gethostbyaddr, gethostbyname, gethostbyname_ex,
    getnameinfo,
};

/// Says that this process has the table below.
const INSIDE: &str = "AMPHI_HOSTS";
const TABLE: &str = "127.0.0.1 localhost
192.0.2.7 server.example server www
192.0.2.8 server.example
2001:db8::7 server.example server6
";

/// Runs a test again in a mount namespace whose `/etc/hosts` is the table, and whose
/// resolver looks nowhere else.
fn with_table(test: &str, body: fn()) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    let hosts = write("hosts", TABLE);
    let switch = write("nsswitch.conf", "hosts: files\n");
    let script = "mount --bind \"$1\" /etc/hosts && touch /etc/nsswitch.conf &&
        mount --bind \"$2\" /etc/nsswitch.conf && shift 2 && exec \"$@\"";
    let status = Command::new("unshare")
        .args([
            "--mount",
            "--map-root-user",
            "--user",
            "sh",
            "-ec",
            script,
            "sh",
        ])
        .args([&hosts, &switch])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output();
    let output = match status {
        Ok(output) => output,
        Err(error) => return println!("skipped: no unshare: {error}"),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("unshare:") || said.contains("mount:") {
        return println!("skipped: no mount namespace here: {said}");
    }
    assert!(
        output.status.success(),
        "{}{said}",
        String::from_utf8_lossy(&output.stdout)
    );
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
