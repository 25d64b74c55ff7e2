//! The programs that need no other process print what stands beside their sources.
//! `SNAPSHOTS=overwrite` writes these files anew; look at them then.
//!
//! Where several threads or processes print, or pieces can come in many ways, the
//! order is that of the speakers, each with its lines in order, and lines that tell
//! of a wait are left out.

use std::path::Path;

use snapbox::cmd::Command;
use snapbox::{Assert, Data, Redactions};

/// Compares the output of a program with the file beside its source; the ports
/// that a stack chooses are `[PORT]` there.
macro_rules! transcripts {
    ($($folder:literal $order:ident: $($name:ident $([$($argument:literal),*])?),*;)*) => { $($(
        #[test]
        fn $name() {
            let program = env!(concat!("CARGO_BIN_EXE_", stringify!($name)));
            let arguments: &[&str] = &[$($($argument),*)?];
            check(program, $folder, stringify!($name), arguments, $order);
        }
    )*)* };
}

transcripts! {
    "ipaddress" as_printed:
        ipaddress_addresses,
        ipaddress_networks,
        ipaddress_network_iterate,
        ipaddress_network_iterate_hosts,
        ipaddress_network_membership,
        ipaddress_interfaces;
    "socket" as_printed:
        socket_address_packing,
        socket_ipv6_address_packing,
        socket_echo_server ["--stack", "loopback"],
        socket_echo_client ["--stack", "loopback"],
        socket_echo_server_dgram ["--stack", "loopback"],
        socket_echo_client_dgram ["--stack", "loopback"],
        socket_multicast_receiver ["--stack", "loopback"],
        socket_multicast_sender ["--stack", "loopback"],
        socket_binary_server ["--stack", "loopback"],
        socket_binary_client ["--stack", "loopback"],
        socket_echo_server_any ["--stack", "loopback"],
        socket_echo_server_explicit ["--stack", "loopback"],
        socket_echo_client_explicit ["--stack", "loopback"],
        socket_gethostbyname ["localhost", "no..name"],
        socket_gethostbyname_ex ["localhost", "no..name"],
        socket_getservbyname,
        socket_getservbyport,
        socket_getprotobyname,
        socket_getaddrinfo,
        socket_getaddrinfo_extra_args;
    "socket" by_speaker:
        socket_socketpair;
    "select" as_printed:
        select_echo_slow_client ["--stack", "loopback"];
    "selectors" without_waits:
        selectors_echo_server ["--stack", "loopback"];
    "selectors" by_speaker:
        selectors_echo_client ["--stack", "loopback"];
    "socketserver" by_speaker:
        socketserver_echo,
        socketserver_echo_simple,
        socketserver_threaded,
        socketserver_forking;
}

fn check(program: &str, folder: &str, name: &str, arguments: &[&str], order: fn(String) -> String) {
    let expected = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("programs")
        .join(folder)
        .join(name)
        .with_extension("out");
    let mut redactions = Redactions::new();
    for (name, pattern) in [
        ("[PORT]", r"127\.0\.0\.[0-9]:(?<redacted>[2-9][0-9]{4})"),
        (
            "[PROCESS]",
            r#"(?:process: |Received: b")(?<redacted>[0-9]+)"#,
        ),
    ] {
        let pattern = regex::Regex::new(pattern).expect("the pattern is one");
        redactions.insert(name, pattern).expect("the name is one");
    }
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let output = String::from_utf8(output.stdout).expect("text");
    Assert::new()
        .action_env("SNAPSHOTS")
        .redact_with(redactions)
        .eq(order(output), Data::read_from(&expected, None));
}

fn as_printed(output: String) -> String {
    output
}

/// How often a program waits is chance.
fn without_waits(output: String) -> String {
    let waits = ["waiting for I/O", "client(127", "  ready to"];
    let is_wait = |line: &str| waits.iter().any(|wait| line.starts_with(wait));
    let lines = output.split_inclusive('\n').filter(|line| !is_wait(line));
    lines.collect()
}

/// The lines of each speaker together, and received pieces in one.
fn by_speaker(output: String) -> String {
    let output = without_waits(output);
    let mut lines: Vec<&str> = output.split_inclusive('\n').collect();
    lines.sort_by_key(|line| line.split([':', ',', '"']).next());
    lines.concat().replace("\"\n  received b\"", "")
}

/// Each program, whether it takes arguments or not, by what it is told to be.
#[test]
fn a_wrong_argument_ends_with_status_2_and_says_what_is_wrong() {
    for (program, argument, told) in [
        (
            env!("CARGO_BIN_EXE_socket_echo_server"),
            "nonsense",
            "invalid value 'nonsense'",
        ),
        (
            env!("CARGO_BIN_EXE_socket_echo_client"),
            "127.0.0.1",
            "invalid socket address",
        ),
        (
            env!("CARGO_BIN_EXE_socket_echo_server_dgram"),
            "--clients=many",
            "'many'",
        ),
        (
            env!("CARGO_BIN_EXE_socket_echo_client_dgram"),
            "--stack=none",
            "possible values: host, loopback",
        ),
        (
            env!("CARGO_BIN_EXE_socket_echo_server_any"),
            "--client",
            "--clients",
        ),
        (
            env!("CARGO_BIN_EXE_socket_echo_server_uds"),
            "--clients=-1",
            "'-1'",
        ),
        (
            env!("CARGO_BIN_EXE_socket_echo_client_uds"),
            "--path",
            "unexpected argument",
        ),
        (
            env!("CARGO_BIN_EXE_socket_echo_server_explicit"),
            "--stack",
            "a value is required",
        ),
        (
            env!("CARGO_BIN_EXE_socket_echo_client_explicit"),
            "--port",
            "unexpected argument",
        ),
        (
            env!("CARGO_BIN_EXE_socket_echo_client_easy"),
            "--host",
            "unexpected argument",
        ),
        (
            env!("CARGO_BIN_EXE_socket_multicast_sender"),
            "--group=10.0.0.1:1",
            "not an IPv4 multicast group",
        ),
        (
            env!("CARGO_BIN_EXE_socket_multicast_receiver"),
            "--interface=lo",
            "invalid IPv4 address",
        ),
        (
            env!("CARGO_BIN_EXE_socket_binary_server"),
            "1.2.3.4:99999",
            "invalid socket address",
        ),
        (
            env!("CARGO_BIN_EXE_socket_binary_client"),
            "[::1]",
            "invalid socket address",
        ),
        (
            env!("CARGO_BIN_EXE_selectors_echo_server"),
            "localhost:1",
            "invalid socket address",
        ),
        (
            env!("CARGO_BIN_EXE_selectors_echo_client"),
            "",
            "invalid socket address",
        ),
        (
            env!("CARGO_BIN_EXE_select_echo_server"),
            "x",
            "invalid value 'x'",
        ),
        (
            env!("CARGO_BIN_EXE_select_poll_echo_server"),
            "--clients=",
            "'--clients <COUNT>'",
        ),
        (
            env!("CARGO_BIN_EXE_socket_gethostbyname"),
            "--all",
            "unexpected argument",
        ),
    ] {
        let output = Command::new(program).arg(argument).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{program} {argument}: {text}"
        );
        assert!(text.contains(told), "{program} {argument}: {text}");
    }
}
