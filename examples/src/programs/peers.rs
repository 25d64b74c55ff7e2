//! Who the programs talk to on linked stacks: the other side of each pair, as short
//! as it can be.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;

use amphi_core::ErrorKind;
use amphi_core::pack::{RecordReader, RecordWriter, record};
use amphi_core::socket::{Blocking, Interface, Listener, Multicast, Net, Shutdown, Stream};
use embedded_io::Write as _;

use super::MESSAGE;

record! {
    /// A number, two letters, a measure, in the machine's own order.
    pub(crate) struct Message = "I 2s f";
}

/// What the binary client sends.
const VALUES: (u32, [u8; 2], f32) = (1, *b"ab", 2.7);

/// How long a peer waits for what does not come.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(10));

/// Sends back what one client sends.
///
/// # Errors
///
/// What the stack reports.
pub fn tcp_server<N: Net>(net: N, local: SocketAddr) -> Result<(), N::Error> {
    let mut connection = accept(net.tcp_listen(local, 1)?)?;
    let mut data = [0; 1024];
    loop {
        match connection.read(&mut data)? {
            0 => return Ok(()),
            count => connection.write_all(data.get(..count).unwrap_or_default())?,
        }
    }
}

/// Sends back what two clients send in turn, until one is at its end.
///
/// # Errors
///
/// What the stack reports.
pub fn tcp_server_of_two<N: Net>(net: N, local: SocketAddr) -> Result<(), N::Error> {
    let mut sock = Blocking::new(net.tcp_listen(local, 2)?).with_timeout(PATIENCE);
    let mut pair = [sock.accept()?.0, sock.accept()?.0];
    let mut data = [0; 1024];
    loop {
        for connection in &mut pair {
            match connection.read(&mut data)? {
                0 => return Ok(()),
                count => connection.write_all(data.get(..count).unwrap_or_default())?,
            }
        }
    }
}

/// Sends the classic message in one piece, and reads it back.
///
/// # Errors
///
/// What the stack reports; `Other` when something else comes back.
pub fn tcp_client(net: impl Net<Error = ErrorKind>, server: SocketAddr) -> Result<(), ErrorKind> {
    let mut sock = Blocking::connect(net, server, PATIENCE)?;
    sock.write_all(MESSAGE)?;
    let mut data = [0; MESSAGE.len()];
    let mut received = 0;
    while received < MESSAGE.len() {
        match sock.read(data.get_mut(received..).unwrap_or_default())? {
            0 => return Err(ErrorKind::Other),
            count => received += count,
        }
    }
    if data == MESSAGE {
        Ok(())
    } else {
        Err(ErrorKind::Other)
    }
}

/// Sends back one datagram.
///
/// # Errors
///
/// What the stack reports.
pub fn udp_server<N: Net>(net: N, local: SocketAddr) -> Result<(), N::Error> {
    let mut sock = Blocking::new(net.udp_bind(local)?).with_timeout(PATIENCE);
    let mut data = [0; 1024];
    let received = sock.recv_from(&mut data)?;
    sock.send_to(data.get(..received.len).unwrap_or_default(), &received.from)
}

/// Sends the classic message as a datagram, and waits for it to come back.
///
/// # Errors
///
/// What the stack reports; `Other` when something else comes back.
pub fn udp_client(net: impl Net<Error = ErrorKind>, server: SocketAddr) -> Result<(), ErrorKind> {
    let mut sock = Blocking::new(net.udp_bind(any())?).with_timeout(PATIENCE);
    sock.send_to(MESSAGE, &server)?;
    let mut data = [0; 64];
    let received = sock.recv_from(&mut data)?;
    match data.get(..received.len) {
        Some(octets) if octets == MESSAGE => Ok(()),
        _ => Err(ErrorKind::Other),
    }
}

/// Joins a group and acknowledges one datagram.
///
/// # Errors
///
/// What the stack reports.
pub fn group_member<N: Net>(net: N, group: SocketAddr) -> Result<(), N::Error> {
    let mut sock = Blocking::new(net.udp_bind(group)?).with_timeout(PATIENCE);
    sock.get_mut().join(group.ip(), Interface::Any)?;
    let received = sock.recv_from(&mut [0; 1024])?;
    sock.send_to(b"ack", &received.from)
}

/// Sends a datagram to a group and waits for an acknowledgement.
///
/// # Errors
///
/// What the stack reports; `Other` when something else comes back.
pub fn group_sender(net: impl Net<Error = ErrorKind>, group: SocketAddr) -> Result<(), ErrorKind> {
    let mut sock = Blocking::new(net.udp_bind(any())?).with_timeout(PATIENCE);
    sock.send_to(b"very important data", &group)?;
    let mut data = [0; 16];
    let received = sock.recv_from(&mut data)?;
    match data.get(..received.len) {
        Some(b"ack") => Ok(()),
        _ => Err(ErrorKind::Other),
    }
}

/// Receives one record.
///
/// # Errors
///
/// What the stack reports; `Other` when it is not the classic one.
pub fn record_server(net: impl Net<Error = ErrorKind>, local: SocketAddr) -> Result<(), ErrorKind> {
    let mut connection = accept(net.tcp_listen(local, 1)?)?;
    let values = RecordReader::<Message>::new()
        .read_blocking(&mut connection)
        .map_err(|error| error.reason())?;
    match values {
        Some(VALUES) => Ok(()),
        _ => Err(ErrorKind::Other),
    }
}

/// Sends the classic record.
///
/// # Errors
///
/// What the stack reports.
pub fn record_client<N: Net>(net: N, server: SocketAddr) -> Result<(), N::Error> {
    let mut sock = Blocking::connect(net, server, PATIENCE)?;
    RecordWriter::<Message>::new(VALUES).write_blocking(&mut sock)?;
    sock.get_mut().shutdown(Shutdown::Write)
}

fn accept<L: Listener>(listener: L) -> Result<Blocking<L::Stream>, L::Error> {
    let (connection, _) = Blocking::new(listener).with_timeout(PATIENCE).accept()?;
    Ok(connection.with_timeout(PATIENCE))
}

const fn any() -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0)
}
