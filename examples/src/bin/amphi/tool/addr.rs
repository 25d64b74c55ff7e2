use core::net::IpAddr;

use amphi_core::addr::{Scoped, ip, ipv4, ipv6};
use clap::Args;

use super::fault;
use super::sheet::{Kind, Out, Sheet, kinds_of};
use crate::Outcome;

#[derive(Debug, Args)]
pub(crate) struct Addr {
    /// IPv4 or IPv6 addresses, the latter with a scope if they have one; numbers are
    /// taken for their values.
    #[arg(value_name = "ADDRESS", required = true)]
    addresses: Vec<String>,
}

impl Addr {
    pub(super) fn answer(&self, json: bool) -> Outcome {
        let sheets = self.addresses.iter().map(|text| sheet(text));
        let sheets = sheets.collect::<Result<Vec<_>, _>>()?;
        let mut out = Out::new();
        let count = sheets.len();
        let mut each = sheets.into_iter().enumerate();
        let result = each.try_for_each(|(at, sheet)| sheet.print(&mut out, json, at + 1 == count));
        out.finish(result)
    }
}

/// The address that was typed, and its scope.
fn parse(text: &str) -> Result<(IpAddr, Option<&str>), crate::output::Failure> {
    if let Ok(number) = text.parse() {
        return Ok((ip::from_int(number), None));
    }
    if text.contains('%') {
        let scoped = Scoped::<core::net::Ipv6Addr>::parse(text);
        let scoped = scoped.map_err(|error| fault::of_address(error, text))?;
        return Ok((IpAddr::V6(scoped.value()), scoped.scope_id()));
    }
    let address = ip::parse(text).map_err(|error| fault::of_address(error, text))?;
    Ok((address, None))
}

fn sheet(text: &str) -> Result<Sheet, crate::output::Failure> {
    let (address, scope) = parse(text)?;
    let mut sheet = Sheet::new();
    sheet.text("address", ip::compressed(address));
    sheet.put("version", if address.is_ipv4() { 4 } else { 6 });
    sheet.maybe("scope", scope);
    if address.is_ipv6() {
        sheet.text("exploded", ip::exploded(address));
    }
    sheet.text("number", ip::to_int(address));
    sheet.text("octets", octets(address));
    sheet.text("reverse_pointer", ip::reverse_pointer(address));
    match address {
        IpAddr::V4(address) => {
            sheet.text("in_ipv6", ipv4::ipv6_mapped(address));
        }
        IpAddr::V6(address) => {
            sheet.maybe("ipv4_mapped", ipv6::ipv4_mapped(address));
            sheet.maybe("6to4_router", ipv6::sixtofour(address));
            let (server, client) = ipv6::teredo(address).unzip();
            sheet.maybe("teredo_server", server);
            sheet.maybe("teredo_client", client);
        }
    }
    let kinds: [Kind<IpAddr>; 7] = [
        ("global", ip::is_global),
        ("private", ip::is_private),
        ("loopback", ip::is_loopback),
        ("link-local", ip::is_link_local),
        ("multicast", ip::is_multicast),
        ("reserved", ip::is_reserved),
        ("unspecified", ip::is_unspecified),
    ];
    sheet.put("kinds", kinds_of(address, &kinds));
    let block =
        match address {
            IpAddr::V4(address) => ipv4::special(address)
                .map(|block| (block.network.to_string(), block.name, block.rfc)),
            IpAddr::V6(address) => ipv6::special(address)
                .map(|block| (block.network.to_string(), block.name, block.rfc)),
        };
    if let Some((network, name, rfc)) = block {
        sheet.put("block", network);
        sheet.put("registered_as", name);
        sheet.put("defined_by", rfc);
    }
    Ok(sheet)
}

fn octets(address: IpAddr) -> String {
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect();
    match address {
        IpAddr::V4(address) => hex(&address.octets()),
        IpAddr::V6(address) => hex(&address.octets()),
    }
}
