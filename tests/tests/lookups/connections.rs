use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;

use amphi_core::socket::{Net, Socket};
use amphi_core::{Error, ErrorKind};
use amphi_std::names::{ConnectError, connect_to_any, create_connection};
use amphi_std::{Host, TcpListener, TcpStream};

const LOCALHOST: SocketAddr = SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const PATIENCE: Option<Duration> = Some(Duration::from_secs(60));

fn listen(backlog: usize) -> (TcpListener, SocketAddr) {
    let listener = Host.tcp_listen(LOCALHOST, backlog).expect("a listener");
    let address = listener.local().expect("its address");
    (listener, address)
}

/// An address where nobody listens.
fn nobody() -> SocketAddr {
    listen(1).1
}

/// A listener that is so full that the kernel drops further attempts, and what fills it.
fn silent() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
    let (listener, address) = listen(1);
    let mut fillers = Vec::new();
    // The kernel takes one more than the backlog, and half-open ones; then it is mute.
    for _ in 0..8 {
        fillers.push(Host.tcp_connect(address).expect("an attempt"));
    }
    (listener, fillers, address)
}

#[test]
fn the_first_that_answers_wins() {
    let (_full, _fillers, mute) = silent();
    let (_listener, live) = listen(8);
    let addresses = vec![nobody(), mute, nobody(), live];
    let connection = connect_to_any(addresses, PATIENCE).expect("one is there");
    let remote = amphi_core::socket::Stream::remote(connection.get_ref());
    assert_eq!(remote, Ok(live));
}

#[test]
fn all_errors_are_told() {
    let (one, other) = (nobody(), nobody());
    let Err(ConnectError::Connect(errors)) = connect_to_any(vec![one, other], PATIENCE) else {
        panic!("nobody is there");
    };
    let told: Vec<_> = errors
        .iter()
        .map(|(at, error)| (*at, error.reason()))
        .collect();
    assert_eq!(
        told,
        [(one, ErrorKind::Refused), (other, ErrorKind::Refused)]
    );
    let text = ConnectError::Connect(errors).to_string();
    assert!(
        text.starts_with(&format!("{one}: ")) && text.contains(&format!("; {other}: ")),
        "{text}"
    );
}

#[test]
fn the_time_is_for_all_of_them() {
    let (_full, _fillers, mute) = silent();
    let error = connect_to_any(vec![mute, mute], Some(Duration::from_millis(300)));
    let Err(ConnectError::Connect(errors)) = error else {
        panic!("nobody answers");
    };
    let kinds = errors.iter().map(|(_, error)| error.reason());
    assert_eq!(kinds.collect::<Vec<_>>(), [ErrorKind::TimedOut; 2]);
}

/// The one that is tried last fails first.
#[test]
fn errors_are_told_in_the_order_of_the_attempts() {
    let (_full, _fillers, mute) = silent();
    let refused = nobody();
    let error = connect_to_any(vec![mute, refused], Some(Duration::from_millis(600)));
    let error = error.map(drop).expect_err("nobody answers");
    assert_eq!(error.reason(), ErrorKind::TimedOut);
    let ConnectError::Connect(errors) = error else {
        panic!("no name was asked for");
    };
    let told: Vec<_> = errors
        .iter()
        .map(|(at, error)| (*at, error.reason()))
        .collect();
    let expected = [(mute, ErrorKind::TimedOut), (refused, ErrorKind::Refused)];
    assert_eq!(told, expected);
}

/// With a head start for each of those that fail it would take 25 seconds.
#[test]
fn who_fails_is_not_waited_for() {
    let (_full, _fillers, mute) = silent();
    let (_listener, live) = listen(8);
    let mut addresses = vec![mute];
    addresses.extend([nobody(); 100]);
    addresses.push(live);
    let connection = connect_to_any(addresses, Some(Duration::from_secs(10)));
    let connection = connection.expect("one is there");
    let remote = amphi_core::socket::Stream::remote(connection.get_ref());
    assert_eq!(remote, Ok(live));
}

#[test]
fn no_address_and_no_name_are_told() {
    let error = connect_to_any(Vec::new(), None)
        .map(drop)
        .expect_err("nothing to try");
    assert_eq!(error.to_string(), "no address to connect to");
    let error = create_connection("no such name", 1, None)
        .map(drop)
        .expect_err("no name");
    assert_eq!(error.reason(), ErrorKind::NotFound);
}

#[test]
fn a_name_is_connected_to() {
    let (_listener, address) = listen(8);
    create_connection("localhost", address.port(), PATIENCE).expect("a connection");
}

/// As in Python: who limits the time to connect does not wait for ever after that.
#[test]
fn the_time_stays_the_connections_own() {
    let (_listener, address) = listen(8);
    let short = Some(Duration::from_millis(20));
    let by_name = create_connection("localhost", address.port(), PATIENCE);
    assert_eq!(by_name.expect("a connection").timeout(), PATIENCE);
    let mut connection = connect_to_any(vec![address], short).expect("a connection");
    let nothing = connection.read(&mut [0; 8]).map_err(|error| error.reason());
    assert_eq!(nothing, Err(ErrorKind::TimedOut));
    let patient = connect_to_any(vec![address], None).expect("a connection");
    assert_eq!(patient.timeout(), None);
}
