use std::net::UdpSocket;

use crate::sides::{MESSAGE, Side, hex, received};

const LOCALHOST: &str = "127.0.0.1";
const ANY_PORT: &str = "127.0.0.1:0";
const GROUP: &str = "224.3.29.71";

fn message() -> &'static str {
    str::from_utf8(MESSAGE).expect("text")
}

/// Our server, and a client in Python.
fn serve(program: &str, client: &str) {
    let mut server = Side::ours(program, &[ANY_PORT, "--clients", "1"]);
    let port = server.port();
    let Some(client) = Side::python(client, &[LOCALHOST, &port]) else {
        return;
    };
    assert_eq!(client.end().trim_end(), hex(MESSAGE), "the client's echo");
    assert_eq!(received(&server.end()), message(), "what the server got");
}

/// Our client, and a server in Python.
fn ask(program: &str, server: &str, clients: usize, expected: &str) {
    let clients = clients.to_string();
    let arguments: &[&str] = if clients == "1" { &[] } else { &[&clients] };
    let Some(mut server) = Side::python(server, arguments) else {
        return;
    };
    let address = format!("{LOCALHOST}:{}", server.port());
    let client = Side::ours(program, &[&address]);
    assert_eq!(received(&client.end()), expected, "the echo");
    server.end();
}

/// What the slow client sends, and what the two of the multiclient do.
const SLOW: &str = "Part one of the message.Part two of the message.";
const TWICE_IN_PARTS: &str = "This is the message. This is the message. \
                              It will be sent It will be sent in parts.in parts.";

/// A test for each pair of one of ours and one of theirs.
macro_rules! pairs {
    ($(fn $test:ident($side:ident $program:literal, $peer:literal $(, $($more:expr),+)?);)*) => { $(
        #[test]
        fn $test() {
            $side(env!(concat!("CARGO_BIN_EXE_", $program)), $peer $(, $($more),+)?);
        }
    )* };
}

pairs! {
    fn echo_server_and_client(serve "socket_echo_server", "tcp-client");
    fn echo_server_and_poll(serve "socket_echo_server", "poll-client");
    fn echo_server_any_and_client(serve "socket_echo_server_any", "tcp-client");
    fn selectors_server_and_client(serve "selectors_echo_server", "tcp-client");
    fn selectors_server_and_poll(serve "selectors_echo_server", "poll-client");
    fn select_server_and_client(serve "select_echo_server", "tcp-client");
    fn select_server_and_poll(serve "select_echo_server", "poll-client");
    fn select_server_timeout_and_client(serve "select_echo_server_timeout", "tcp-client");
    fn poll_server_and_client(serve "select_poll_echo_server", "tcp-client");
    fn poll_server_and_poll(serve "select_poll_echo_server", "poll-client");
    fn slow_client_and_select(ask "select_echo_slow_client", "select-server", 1, SLOW);
    fn multiclient_and_select(ask "select_echo_multiclient", "select-server", 2, TWICE_IN_PARTS);
    fn echo_client_and_server(ask "socket_echo_client", "tcp-server", 1, message());
    fn echo_client_and_socketserver(ask "socket_echo_client", "socketserver-server", 1, message());
    fn selectors_client_and_server(ask "selectors_echo_client", "tcp-server", 1, message());
    fn selectors_client_and_selectors(ask "selectors_echo_client", "selectors-server", 1, message());
}

/// Programs that take a name and a port instead of an address.
#[test]
fn explicit_server_and_client() {
    let program = env!("CARGO_BIN_EXE_socket_echo_server_explicit");
    let mut server = Side::ours(program, &[LOCALHOST, "0", "--clients", "1"]);
    let port = server.port();
    let Some(client) = Side::python("tcp-client", &[LOCALHOST, &port]) else {
        return;
    };
    assert_eq!(client.end().trim_end(), hex(MESSAGE));
    assert_eq!(received(&server.end()), message());
}

#[test]
fn explicit_and_easy_clients_and_server() {
    for program in [
        env!("CARGO_BIN_EXE_socket_echo_client_explicit"),
        env!("CARGO_BIN_EXE_socket_echo_client_easy"),
    ] {
        let Some(mut server) = Side::python("tcp-server", &[]) else {
            return;
        };
        let port = server.port();
        let client = Side::ours(program, &[LOCALHOST, &port]);
        assert_eq!(received(&client.end()), message(), "{program}");
        server.end();
    }
}

/// The names of the machine that the test runs on.
#[test]
fn names_of_this_machine() {
    let Some(python) = Side::python("names", &[]) else {
        return;
    };
    let ours = [
        Side::ours(env!("CARGO_BIN_EXE_socket_gethostname"), &[]).end(),
        Side::ours(env!("CARGO_BIN_EXE_socket_getfqdn"), &["localhost"]).end(),
        Side::ours(env!("CARGO_BIN_EXE_socket_gethostbyaddr"), &["127.0.0.1"]).end(),
    ];
    assert_eq!(ours.concat(), python.end());
}

#[test]
fn a_bad_argument_is_told_in_one_line() {
    for (program, argument, told) in [
        (
            env!("CARGO_BIN_EXE_socket_gethostbyaddr"),
            "here",
            "error: here: ",
        ),
        (
            env!("CARGO_BIN_EXE_socket_echo_client_explicit"),
            "no..name",
            "error: no..name: ",
        ),
    ] {
        let output = std::process::Command::new(program).arg(argument).output();
        let output = output.expect("it runs");
        let text = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(
            text.starts_with(told) && text.lines().count() == 1,
            "{text}"
        );
    }
}

#[test]
fn dgram_server_and_client() {
    let program = env!("CARGO_BIN_EXE_socket_echo_server_dgram");
    let mut server = Side::ours(program, &[ANY_PORT, "--clients", "1"]);
    let port = server.port();
    let Some(client) = Side::python("udp-client", &[LOCALHOST, &port]) else {
        return;
    };
    assert_eq!(client.end().trim_end(), hex(MESSAGE));
    assert!(server.end().contains(message()));
}

#[test]
fn dgram_client_and_server() {
    let Some(mut server) = Side::python("udp-server", &[]) else {
        return;
    };
    let address = format!("{LOCALHOST}:{}", server.port());
    let client = Side::ours(env!("CARGO_BIN_EXE_socket_echo_client_dgram"), &[&address]);
    assert_eq!(received(&client.end()), message());
    assert_eq!(server.end().trim_end(), hex(MESSAGE));
}

fn socket_path(name: &str) -> String {
    let name = format!("amphi-{name}-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    path.into_os_string().into_string().expect("text")
}

#[test]
fn uds_server_and_client() {
    let path = socket_path("server");
    let program = env!("CARGO_BIN_EXE_socket_echo_server_uds");
    let mut server = Side::ours(program, &[&path, "--clients", "1"]);
    assert_eq!(server.line(), format!("starting up on {path}"));
    let Some(client) = Side::python("uds-client", &[&path]) else {
        return;
    };
    assert_eq!(client.end().trim_end(), hex(MESSAGE));
    assert_eq!(received(&server.end()), message());
    assert!(!std::path::Path::new(&path).exists(), "the socket is left");
}

#[test]
fn uds_client_and_server() {
    let path = socket_path("client");
    let Some(mut server) = Side::python("uds-server", &[&path]) else {
        return;
    };
    assert_eq!(server.line(), "ready");
    let client = Side::ours(env!("CARGO_BIN_EXE_socket_echo_client_uds"), &[&path]);
    assert_eq!(received(&client.end()), message());
    server.end();
}

/// A port of the group that nobody has just now.
fn group() -> (String, String) {
    let socket = UdpSocket::bind((LOCALHOST, 0)).expect("a socket");
    let port = socket.local_addr().expect("its address").port();
    (format!("{GROUP}:{port}"), port.to_string())
}

#[test]
fn multicast_receiver_and_sender() {
    let (group, port) = group();
    let program = env!("CARGO_BIN_EXE_socket_multicast_receiver");
    let mut receiver = Side::ours(program, &["--group", &group, "--clients", "1"]);
    assert_eq!(receiver.line(), "");
    assert_eq!(receiver.line(), "waiting to receive message");
    let Some(sender) = Side::python("group-sender", &[GROUP, &port]) else {
        return;
    };
    assert_eq!(sender.end().trim_end(), hex(b"ack"));
    assert!(receiver.end().contains("\nb\"very important data\"\n"));
}

#[test]
fn multicast_sender_and_receiver() {
    let (group, port) = group();
    let Some(mut member) = Side::python("group-member", &[GROUP, &port]) else {
        return;
    };
    assert_eq!(member.line(), "ready");
    let program = env!("CARGO_BIN_EXE_socket_multicast_sender");
    let sender = Side::ours(program, &["--group", &group]);
    assert_eq!(received(&sender.end()), "ack");
    assert_eq!(member.end().trim_end(), hex(b"very important data"));
}

#[test]
fn binary_server_and_client() {
    let program = env!("CARGO_BIN_EXE_socket_binary_server");
    let mut server = Side::ours(program, &[ANY_PORT, "--clients", "1"]);
    let port = server.port();
    let Some(client) = Side::python("record-client", &[LOCALHOST, &port]) else {
        return;
    };
    client.end();
    let output = server.end();
    assert!(output.contains("unpacked: (1, b\"ab\", 2.7)\n"), "{output}");
}

#[test]
fn binary_client_and_server() {
    let Some(mut server) = Side::python("record-server", &[]) else {
        return;
    };
    let address = format!("{LOCALHOST}:{}", server.port());
    let client = Side::ours(env!("CARGO_BIN_EXE_socket_binary_client"), &[&address]);
    let sent = client.end();
    let octets = server.line();
    assert!(sent.contains(&format!("sending {octets}\n")), "{sent}");
    assert_eq!(server.end(), "(1, b'ab', 2.700000047683716)\n");
}
