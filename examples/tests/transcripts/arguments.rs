use snapbox::cmd::Command;

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
