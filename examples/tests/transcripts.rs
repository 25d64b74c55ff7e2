//! The programs that need no other process print what stands beside their sources.
//! `SNAPSHOTS=overwrite` writes these files anew; look at them then.

use std::path::Path;

use snapbox::cmd::Command;
use snapbox::{Assert, Data, Redactions};

/// Compares the output of a program with the file beside its source; the ports
/// that a stack chooses are `[PORT]` there.
macro_rules! transcripts {
    ($($folder:literal: $($name:ident $([$($argument:literal),*])?),*;)*) => { $($(
        #[test]
        fn $name() {
            let program = env!(concat!("CARGO_BIN_EXE_", stringify!($name)));
            let arguments: &[&str] = &[$($($argument),*)?];
            check(program, $folder, stringify!($name), arguments);
        }
    )*)* };
}

transcripts! {
    "ipaddress":
        ipaddress_addresses,
        ipaddress_networks,
        ipaddress_network_iterate,
        ipaddress_network_iterate_hosts,
        ipaddress_network_membership,
        ipaddress_interfaces;
    "socket":
        socket_address_packing,
        socket_ipv6_address_packing,
        socket_echo_server ["--stack", "loopback"],
        socket_echo_client ["--stack", "loopback"],
        socket_echo_server_dgram ["--stack", "loopback"],
        socket_echo_client_dgram ["--stack", "loopback"],
        socket_multicast_receiver ["--stack", "loopback"],
        socket_multicast_sender ["--stack", "loopback"],
        socket_binary_server ["--stack", "loopback"],
        socket_binary_client ["--stack", "loopback"];
}

fn check(program: &str, folder: &str, name: &str, arguments: &[&str]) {
    let expected = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("programs")
        .join(folder)
        .join(name)
        .with_extension("out");
    let mut redactions = Redactions::new();
    let port = regex::Regex::new(r"127\.0\.0\.2:(?<redacted>[0-9]+)");
    redactions
        .insert("[PORT]", port.expect("the pattern is one"))
        .expect("the name is one");
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Assert::new()
        .action_env("SNAPSHOTS")
        .redact_with(redactions)
        .eq(output.stdout, Data::read_from(&expected, None));
}
