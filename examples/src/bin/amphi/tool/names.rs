use amphi_core::names::{Transport, port_of};
use amphi_std::names::{Hints, getaddrinfo, getservbyname, getservbyport};
use clap::{Args, ValueEnum};

use super::sheet::{Out, Sheet};
use crate::Outcome;
use crate::output::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Protocol {
    Tcp,
    Udp,
}

impl From<Protocol> for Transport {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Tcp => Self::Tcp,
            Protocol::Udp => Self::Udp,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// The name or address of a host.
    host: String,

    /// The name or port of a service.
    service: Option<String>,
}

impl Resolve {
    pub(super) fn answer(&self, json: bool) -> Outcome {
        let port = match &self.service {
            None => None,
            Some(text) => Some(find_port(text)?),
        };
        let hints = Hints::new().transport(Transport::Tcp).canonical_name();
        let found = getaddrinfo(Some(&self.host), None, &hints).map_err(Failure::operation)?;
        let name = found.first().and_then(|info| info.canonical_name.clone());
        let addresses: Vec<String> = found
            .iter()
            .map(|info| {
                let mut address = info.address;
                address.set_port(port.unwrap_or(0));
                match port {
                    Some(_) => address.to_string(),
                    None => address.ip().to_string(),
                }
            })
            .collect();
        let mut out = Out::new();
        let result = if json {
            let mut sheet = Sheet::new();
            sheet
                .text("host", &self.host)
                .maybe("name", name)
                .put("addresses", addresses);
            sheet.print(&mut out, true, true)
        } else {
            addresses.iter().try_for_each(|address| out.line(address))
        };
        out.finish(result)
    }
}

/// A port by number or name, as this machine knows it.
fn find_port(text: &str) -> Result<u16, Failure> {
    if let Ok(port) = port_of(text, Transport::Tcp) {
        return Ok(port);
    }
    let service = getservbyname(text, Some(Transport::Tcp)).map_err(Failure::usage)?;
    Ok(service.port)
}

#[derive(Debug, Args)]
pub(crate) struct Service {
    /// The name or the port.
    #[arg(value_name = "NAME|PORT")]
    service: String,

    /// Only over this protocol.
    #[arg(value_enum)]
    protocol: Option<Protocol>,
}

impl Service {
    pub(super) fn answer(&self, json: bool) -> Outcome {
        let wanted = match self.protocol {
            Some(protocol) => vec![Transport::from(protocol)],
            None => vec![Transport::Tcp, Transport::Udp],
        };
        let find = |transport: &Transport| match self.service.parse() {
            Ok(port) => getservbyport(port, Some(*transport)),
            Err(_) => getservbyname(&self.service, Some(*transport)),
        };
        let (mut sheets, mut failure) = (Vec::new(), None);
        for found in wanted.iter().map(find) {
            match found {
                Err(error) => failure = Some(error),
                Ok(service) => {
                    let mut sheet = Sheet::new();
                    sheet.put("name", service.name).put("port", service.port);
                    sheet
                        .text("protocol", service.transport)
                        .put("aliases", service.aliases);
                    sheets.push(sheet);
                }
            }
        }
        if sheets.is_empty() {
            return Err(failure.map_or_else(|| Failure::operation("nothing"), Failure::operation));
        }
        let mut out = Out::new();
        let count = sheets.len();
        let mut each = sheets.into_iter().enumerate();
        let result = each.try_for_each(|(at, sheet)| sheet.print(&mut out, json, at + 1 == count));
        out.finish(result)
    }
}
