use core::net::{IpAddr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::{Datagram, Interface, Multicast, Received, Socket};
use amphi_core::time::{Duration, Instant};

/// The UDP socket of a [`FlatStack`](super::FlatStack): there is none, and no value of this type.
///
/// ```
/// use amphi_smoltcp::flat::NoDatagram;
///
/// assert_eq!(size_of::<Option<NoDatagram>>(), 0);
/// ```
#[derive(Debug)]
pub enum NoDatagram {}

impl Socket for NoDatagram {
    type Error = ErrorKind;
    type Addr = SocketAddr;

    fn local(&self) -> Result<SocketAddr, ErrorKind> {
        match *self {}
    }

    fn wait(&self, _: Interest, _: Option<Duration>) -> Result<bool, ErrorKind> {
        match *self {}
    }

    fn now(&self) -> Instant {
        match *self {}
    }
}

impl Datagram for NoDatagram {
    fn recv_from(&mut self, _: &mut [u8]) -> Result<Received<SocketAddr>, ErrorKind> {
        match *self {}
    }

    fn send_to(&mut self, _: &[u8], _: &SocketAddr) -> Result<(), ErrorKind> {
        match *self {}
    }
}

impl Multicast for NoDatagram {
    fn join(&mut self, _: IpAddr, _: Interface) -> Result<(), ErrorKind> {
        match *self {}
    }

    fn leave(&mut self, _: IpAddr, _: Interface) -> Result<(), ErrorKind> {
        match *self {}
    }

    fn set_multicast_hop_limit(&mut self, _: u8) -> Result<(), ErrorKind> {
        match *self {}
    }

    fn set_multicast_loop(&mut self, _: bool) -> Result<(), ErrorKind> {
        match *self {}
    }

    fn set_multicast_interface(&mut self, _: Interface) -> Result<(), ErrorKind> {
        match *self {}
    }
}
