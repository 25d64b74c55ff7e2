//! Alone in its file, hence its process: it takes away all free descriptors.

use core::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;

use amphi_core::select::Interest;
use amphi_core::socket::{Listener, Net, Socket, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_std::Host;

const LIMIT: Option<Duration> = Some(Duration::from_secs(10));

/// Opens descriptors until there are no more.
fn open_all() -> Vec<OwnedFd> {
    // SAFETY: an `rlimit` is two integers; zero is a value of each.
    let mut limit: libc::rlimit = unsafe { core::mem::zeroed() };
    // SAFETY: the kernel writes one `rlimit`.
    let returned = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
    assert_eq!(returned, 0);
    limit.rlim_cur = 64;
    // SAFETY: the kernel reads one `rlimit`.
    let returned = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) };
    assert_eq!(returned, 0);
    let null = OwnedFd::from(std::fs::File::open("/dev/null").unwrap());
    let mut all = Vec::new();
    while let Ok(copy) = null.try_clone() {
        all.push(copy);
    }
    all.push(null);
    all
}

#[test]
fn accept_without_a_descriptor_is_exhausted_and_the_connection_waits() {
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut listener = Host.tcp_listen(local, 8).unwrap();
    let mut idle = Host.tcp_listen(local, 8).unwrap();
    let mut client = Host.tcp_connect(listener.local().unwrap()).unwrap();
    assert!(client.wait(Interest::WRITE, LIMIT).unwrap());
    client.finish_connect().unwrap();
    assert!(listener.wait(Interest::READ, LIMIT).unwrap());

    let all = open_all();
    let error = listener.accept().unwrap_err();
    assert_eq!(error.reason(), ErrorKind::Exhausted);
    assert_eq!(error.errno(), Some(libc::EMFILE));
    let error = idle.accept().unwrap_err();
    assert_eq!(error.reason(), ErrorKind::WouldBlock, "none waits there");
    assert_eq!(
        Host.udp_bind(local).unwrap_err().reason(),
        ErrorKind::Exhausted
    );

    drop(all);
    let (_, from) = listener.accept().unwrap();
    assert_eq!(from, client.local().unwrap());
}
