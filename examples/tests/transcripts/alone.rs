use snapbox::cmd::Command;

use crate::shown::{Order, as_printed, by_speaker, check, in_one_piece};

/// A test for each program: folder, order, names and arguments.
macro_rules! transcripts {
    ($($folder:literal $order:ident: $($name:ident $([$($argument:literal),*])?),*;)*) => { $($(
        #[test]
        fn $name() {
            let program = env!(concat!("CARGO_BIN_EXE_", stringify!($name)));
            let arguments: &[&str] = &[$($($argument),*)?];
            run(program, $folder, stringify!($name), arguments, $order);
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
        socket_gethostbyaddr,
        socket_getfqdn ["127.0.0.1", "no..name"],
        socket_getservbyname,
        socket_getservbyport,
        socket_getprotobyname,
        socket_getaddrinfo,
        socket_getaddrinfo_extra_args;
    "socket" this_machine:
        socket_gethostname;
    "socket" by_speaker:
        socket_socketpair;
    "select" as_printed:
        select_echo_multiclient ["--stack", "loopback"];
    "select" in_one_piece:
        select_echo_slow_client ["--stack", "loopback"];
    "selectors" in_one_piece:
        selectors_echo_server ["--stack", "loopback"];
    "selectors" by_speaker:
        selectors_echo_client ["--stack", "loopback"];
    "socketserver" by_speaker:
        socketserver_echo,
        socketserver_echo_simple,
        socketserver_threaded,
        socketserver_forking;
}

fn run(program: &str, folder: &str, name: &str, arguments: &[&str], order: Order) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let output = String::from_utf8(output.stdout).expect("text");
    check(&output, folder, name, order);
}

/// The name of the machine, if that is what was printed.
fn this_machine(output: String) -> String {
    match std::fs::read_to_string("/proc/sys/kernel/hostname") {
        Ok(name) => output.replace(&name, "[HOST]\n"),
        // Not Linux: one line will do.
        Err(_) if output.trim().lines().count() == 1 => "[HOST]\n".to_owned(),
        Err(_) => output,
    }
}
