//! In the place of `udp.rs` and `datagrams.rs` without the feature: there is no socket.

use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::socket::{Interface, Received};
use smoltcp::wire::IpEndpoint;

use super::demux::Tuple;
use super::device::{Exit, LoopFrame, Port};
use super::drive::Sent;
use super::gate::Edge;
use super::state::Inner;

/// What all say; the first of them is `bind`.
const NONE: ErrorKind = ErrorKind::Unsupported;

impl Inner<'_> {
    pub(crate) fn bind(&mut self, _: SocketAddr) -> Result<u16, ErrorKind> {
        Err(NONE)
    }

    pub(crate) fn set_peer(&mut self, _: u16, _: Option<SocketAddr>) -> Result<(), ErrorKind> {
        Err(NONE)
    }

    pub(crate) fn peer(&self, _: u16) -> Result<IpEndpoint, ErrorKind> {
        Err(NONE)
    }

    pub(crate) fn set_datagram_hops(&mut self, _: u16, _: u8) -> Result<(), ErrorKind> {
        Err(NONE)
    }

    pub(crate) fn recv_from(
        &mut self,
        _: u16,
        _: &mut [u8],
    ) -> Result<Received<SocketAddr>, ErrorKind> {
        Err(NONE)
    }

    pub(crate) fn send_to(
        &mut self,
        _: &mut dyn Edge,
        _: u16,
        _: &[u8],
        _: SocketAddr,
    ) -> Result<(), ErrorKind> {
        Err(NONE)
    }

    pub(crate) fn close_datagram(&mut self, _: u16) {}

    pub(crate) fn check_interface(&self, _: Interface) -> Result<(), ErrorKind> {
        Err(NONE)
    }

    pub(crate) fn set_group_hops(
        &mut self,
        _: &mut dyn Edge,
        _: u16,
        _: u8,
    ) -> Result<(), ErrorKind> {
        Err(NONE)
    }

    pub(crate) fn set_looped(
        &mut self,
        _: &mut dyn Edge,
        _: u16,
        _: bool,
    ) -> Result<(), ErrorKind> {
        Err(NONE)
    }

    pub(super) fn emit_datagram(&mut self, _: &mut dyn Exit, _: &mut LoopFrame, _: u16) -> Sent {
        Sent::All
    }

    pub(super) fn route_datagram(&mut self, _: &Tuple, port: &mut Port<'_>) {
        self.deliver_control(port);
    }

    pub(super) fn fail_datagram(&mut self, _: &Tuple, _: ErrorKind) {}
}
