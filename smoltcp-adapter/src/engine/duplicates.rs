//! Whether somebody else has an address (RFC 4862, section 5.4): asked before it is taken,
//! and answered for those that the interface has. smoltcp does neither.

use core::net::Ipv6Addr;

use amphi_core::ErrorKind;
use amphi_core::time::Duration;
use smoltcp::wire::{NdiscNeighborFlags, NdiscRepr};

use super::device::Exit;
use super::ndisc::solicited_node;
use super::slaac::Claim;
use super::state::Inner;

/// How long an answer may take (RFC 4861, section 10); one question is asked (RFC 4862,
/// section 5.1).
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

impl Inner<'_> {
    pub(super) fn ask_for_duplicate(&self, exit: &mut dyn Exit, target_addr: Ipv6Addr) {
        let ends = (Ipv6Addr::UNSPECIFIED, solicited_node(target_addr));
        let question = NdiscRepr::NeighborSolicit {
            target_addr,
            lladdr: None,
        };
        self.send_to_group(exit, ends, question);
    }

    /// Somebody else is about to take an address.
    pub(super) fn hear_claim(&mut self, target_addr: Ipv6Addr, exit: &mut dyn Exit) {
        if !self.iface.has_ip_addr(target_addr) {
            // Both want it: neither gets it.
            return self.is_foreign(target_addr);
        }
        let answer = NdiscRepr::NeighborAdvert {
            flags: NdiscNeighborFlags::OVERRIDE,
            target_addr,
            lladdr: Some(self.iface.hardware_addr().into()),
        };
        self.send_to_group(exit, (target_addr, ALL_NODES), answer);
    }

    /// An address that is not taken yet is somebody else's.
    pub(super) fn is_foreign(&mut self, ip: Ipv6Addr) {
        let mut addresses = self.slaac.addresses.iter_mut().flatten();
        let is_wanted = |claim| matches!(claim, Claim::New | Claim::Asked(_));
        if let Some(address) = addresses.find(|it| it.ip == ip && is_wanted(it.claim)) {
            address.claim = Claim::Foreign;
            self.slaac.failure = Some(ErrorKind::AddrInUse);
        }
    }
}
