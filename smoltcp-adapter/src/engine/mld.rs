//! Reports of IPv6 group membership, put right on their way out.
//!
//! smoltcp 0.14 tells that a host listens to a group by a record "change to include
//! nothing", and that it no longer does by "change to exclude nothing": by RFC 3810,
//! section 5.2.12, just the other way round, so a router would stop passing on what was
//! asked for. The types of the records are exchanged here.

use smoltcp::phy::DeviceCapabilities;

use super::device::link_header;

/// `ICMPv6` (RFC 4443) as a next header.
const ICMPV6: u8 = 58;
/// Version 2 Multicast Listener Report (RFC 3810, section 5.2).
const REPORT: u8 = 143;
const CHANGE_TO_INCLUDE: u8 = 3;
const CHANGE_TO_EXCLUDE: u8 = 4;

/// Octets of the IPv6 header and of the option that each report has.
const HEADERS: usize = 40 + 8;
/// Octets of a report before its records, and of a record before its sources.
const REPORT_HEADER: usize = 8;
const RECORD: usize = 4 + 16;

/// What there is to know of the frames of a device.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mender {
    /// Octets before the IP header.
    link: usize,
    /// Whether the stack itself makes checksums of `ICMPv6`.
    checksum: bool,
}

impl Mender {
    /// Whether there are such reports at all.
    pub(super) const IS_NEEDED: bool = cfg!(all(feature = "ipv6", feature = "multicast"));

    pub(super) fn new(capabilities: &DeviceCapabilities) -> Self {
        Self {
            link: link_header(capabilities.medium),
            #[cfg(feature = "ipv6")]
            checksum: capabilities.checksum.icmpv6.tx(),
            #[cfg(not(feature = "ipv6"))]
            checksum: false,
        }
    }

    /// Puts `frame` right if it is a report.
    #[cold]
    pub(super) fn mend(&self, frame: &mut [u8]) {
        let Some(packet) = frame.get_mut(self.link..) else {
            return;
        };
        let Some((headers, message)) = packet.split_at_mut_checked(HEADERS) else {
            return;
        };
        let is_six = headers[0] >> 4 == 6 && headers[6] == 0 && headers[40] == ICMPV6;
        if is_six && message.first() == Some(&REPORT) {
            self.mend_report(message);
        }
    }

    fn mend_report(&self, message: &mut [u8]) {
        let Some((header, mut records)) = message.split_at_mut_checked(REPORT_HEADER) else {
            return;
        };
        while let Some((record, rest)) = records.split_at_mut_checked(RECORD) {
            let exchanged = match record[0] {
                CHANGE_TO_INCLUDE => CHANGE_TO_EXCLUDE,
                CHANGE_TO_EXCLUDE => CHANGE_TO_INCLUDE,
                other => other,
            };
            if self.checksum {
                let old = u16::from_be_bytes([header[2], header[3]]);
                let new = update(old, u16::from(record[0]) << 8, u16::from(exchanged) << 8);
                header[2..4].copy_from_slice(&new.to_be_bytes());
            }
            record[0] = exchanged;
            let sources = usize::from(u16::from_be_bytes([record[2], record[3]])) * 16;
            let Some((_, next)) = rest.split_at_mut_checked(sources + usize::from(record[1]) * 4)
            else {
                return;
            };
            records = next;
        }
    }
}

/// The checksum after one of the words under it has changed (RFC 1624, equation 3).
const fn update(checksum: u16, old: u16, new: u16) -> u16 {
    let sum = !checksum as u32 + !old as u32 + new as u32;
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) + (folded >> 16)) as u16
}
