//! A server and a client, both ours, as processes on the host's sockets.

use std::net::UdpSocket;

use crate::shown::{Order, as_printed, by_speaker, check, each_line, in_one_piece};
use crate::sides::Side;

const LOCALHOST: &str = "127.0.0.1";

/// A program and how its output is compared.
struct Program {
    path: &'static str,
    name: &'static str,
    order: Order,
}

macro_rules! program {
    ($name:literal, $order:ident) => {
        Program {
            path: env!(concat!("CARGO_BIN_EXE_", $name)),
            name: $name,
            order: $order,
        }
    };
}

impl Program {
    /// The folder is the first word of the name.
    fn check(&self, output: &str) {
        let folder = self.name.split('_').next().expect("a word");
        check(output, folder, self.name, self.order);
    }
}

/// Runs both to their ends: the server in `arguments`, for `clients`, and the client at
/// what `at` makes of the server's port.
fn converse(server: &Program, arguments: &[&str], client: &Program, at: &[&str]) {
    let mut serving = Side::ours(server.path, arguments);
    let first = serving.line();
    let port = first.rsplit(' ').next().expect("a word");
    let at: Vec<String> = at.iter().map(|word| word.replace("PORT", port)).collect();
    let at: Vec<&str> = at.iter().map(String::as_str).collect();
    let asked = Side::ours(client.path, &at).end();
    server.check(&format!("{first}\n{}", serving.end()));
    client.check(&asked);
}

/// A test for each pair of programs that take an address; the number is that of clients.
macro_rules! pairs {
    ($($test:ident: $server:literal $by:ident, $client:literal $order:ident, $clients:literal;)*) => { $(
        #[test]
        fn $test() {
            let server = &program!($server, $by);
            let client = &program!($client, $order);
            let arguments = ["127.0.0.1:0", "--clients", $clients];
            converse(server, &arguments, client, &["127.0.0.1:PORT"]);
        }
    )* };
}

pairs! {
    echo: "socket_echo_server" as_printed, "socket_echo_client" as_printed, "1";
    echo_any: "socket_echo_server_any" as_printed, "socket_echo_client" as_printed, "1";
    dgram: "socket_echo_server_dgram" as_printed, "socket_echo_client_dgram" as_printed, "1";
    binary: "socket_binary_server" as_printed, "socket_binary_client" as_printed, "1";
    selectors: "selectors_echo_server" in_one_piece, "selectors_echo_client" by_speaker, "1";
    select: "select_echo_server" each_line, "select_echo_multiclient" as_printed, "2";
    poll: "select_poll_echo_server" each_line, "select_echo_multiclient" as_printed, "2";
    timeout: "select_echo_server_timeout" each_line, "select_echo_slow_client" in_one_piece, "1";
}

#[test]
fn explicit_and_easy() {
    let server = &program!("socket_echo_server_explicit", as_printed);
    let client = &program!("socket_echo_client_explicit", as_printed);
    let easy = &program!("socket_echo_client_easy", as_printed);
    for client in [client, easy] {
        // Not all machines have the same addresses of `localhost`.
        let arguments = ["localhost", "0", "--clients", "1"];
        converse(server, &arguments, client, &["localhost", "PORT"]);
    }
}

#[test]
fn uds() {
    let path = std::env::temp_dir().join(format!("amphi-pair-{}", std::process::id()));
    let path = path.to_str().expect("text");
    let server = &program!("socket_echo_server_uds", as_printed);
    let client = &program!("socket_echo_client_uds", as_printed);
    converse(server, &[path, "--clients", "1"], client, &[path]);
}

#[test]
fn multicast() {
    let receiver = &program!("socket_multicast_receiver", as_printed);
    let sender = &program!("socket_multicast_sender", as_printed);
    // A port of the group that nobody has just now.
    let socket = UdpSocket::bind((LOCALHOST, 0)).expect("a socket");
    let port = socket.local_addr().expect("its address").port();
    drop(socket);
    let group = &format!("224.3.29.71:{port}");
    let mut hearing = Side::ours(receiver.path, &["--group", group, "--clients", "1"]);
    let first = [hearing.line(), hearing.line()].join("\n");
    let sent = Side::ours(sender.path, &["--group", group]).end();
    receiver.check(&format!("{first}\n{}", hearing.end()));
    sender.check(&sent);
}
