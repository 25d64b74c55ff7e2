use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use amphi_core::addr::{IpNetwork, NetworkError, collapse_addresses};
use clap::Args;

use super::sheet::{Gone, Kind, Out, Sheet, kinds_of};
use super::{fault, progress};
use crate::Outcome;
use crate::output::Failure;

#[derive(Debug, Args)]
pub(crate) struct Net {
    /// Networks, with a prefix length or a mask; a plain address is a network of one.
    #[arg(value_name = "NETWORK", required_unless_present = "collapse")]
    networks: Vec<String>,

    /// Take addresses within a network for the network.
    #[arg(long)]
    lenient: bool,

    /// List the subnets with this prefix length.
    #[arg(long, value_name = "LENGTH", conflicts_with_all = ["hosts", "exclude", "collapse"])]
    subnets: Option<u8>,

    /// List the addresses of hosts.
    #[arg(long, conflicts_with_all = ["exclude", "collapse"])]
    hosts: bool,

    /// List what is left without this network.
    #[arg(long, value_name = "NETWORK", conflicts_with = "collapse")]
    exclude: Option<String>,

    /// List the fewest networks that hold the same addresses as those of a file, one a
    /// line, or of standard input for "-"; "#" begins a comment.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    collapse: Option<PathBuf>,
}

impl Net {
    pub(super) fn answer(&self, json: bool) -> Outcome {
        let networks = self.networks.iter().map(|text| self.parse(text));
        let mut networks = networks.collect::<Result<Vec<_>, _>>()?;
        if let Some(path) = &self.collapse {
            self.read(path, &mut networks)?;
            return list(collapse_addresses(&mut networks).iter(), json);
        }
        if let Some(text) = &self.exclude {
            let hole = self.parse(text)?;
            let left = networks.iter().map(|network| without(*network, hole));
            let left = left.collect::<Result<Vec<_>, _>>()?;
            return list(left.into_iter().flatten(), json);
        }
        if let Some(length) = self.subnets {
            let subnets = networks.iter().map(|network| {
                let subnets = network.subnets_to(length);
                subnets.map_err(|error| bad_length(error, *network, length))
            });
            let subnets = subnets.collect::<Result<Vec<_>, _>>()?;
            return list(subnets.into_iter().flatten(), json);
        }
        if self.hosts {
            return list(networks.iter().flat_map(|network| network.hosts()), json);
        }
        let mut out = Out::new();
        let count = networks.len();
        let mut each = networks.into_iter().enumerate();
        let result = each
            .try_for_each(|(at, network)| sheet(network).print(&mut out, json, at + 1 == count));
        out.finish(result)
    }

    fn parse(&self, text: &str) -> Result<IpNetwork, Failure> {
        let network = if self.lenient {
            IpNetwork::parse_lenient(text)
        } else {
            IpNetwork::parse(text)
        };
        network.map_err(|error| fault::of_address(error, text))
    }

    /// Adds the networks of a file.
    fn read(&self, path: &Path, networks: &mut Vec<IpNetwork>) -> Outcome {
        let failed =
            |error| Failure::usage(format_args!("cannot read {}: {error}", path.display()));
        let (input, size): (Box<dyn Read>, Option<u64>) = if path == Path::new("-") {
            (Box::new(io::stdin().lock()), None)
        } else {
            let file = File::open(path).map_err(failed)?;
            let size = file.metadata().ok().map(|metadata| metadata.len());
            // What is no plain file, such as a pipe, has no length.
            (Box::new(file), size.filter(|size| *size > 0))
        };
        let progress = progress::of_reading(size);
        let mut input = BufReader::new(progress.wrap_read(input));
        let mut line = String::new();
        for number in 1_u64.. {
            line.clear();
            if input.read_line(&mut line).map_err(failed)? == 0 {
                break;
            }
            let text = line.split('#').next().unwrap_or_default().trim();
            if text.is_empty() {
                continue;
            }
            let network = self.parse(text).map_err(|failure| {
                progress.finish_and_clear();
                failure.within(format_args!("{}, line {number}", path.display()))
            })?;
            networks.push(network);
        }
        progress.finish_and_clear();
        Ok(())
    }
}

fn bad_length(error: NetworkError, network: IpNetwork, length: u8) -> Failure {
    let most = if network.version() == 4 { 32 } else { 128 };
    let hint = format!("from {} to {most} for {network}", network.prefix_len());
    let text = format!("--subnets {length}");
    fault::failure(error, &text, "--subnets ".len()..text.len(), Some(&hint))
}

fn without(network: IpNetwork, hole: IpNetwork) -> Result<Vec<IpNetwork>, Failure> {
    // What does not overlap stays as it is; what lies within is gone.
    if !network.overlaps(hole) {
        return Ok(vec![network]);
    }
    if network.subnet_of(hole) == Ok(true) {
        return Ok(Vec::new());
    }
    let left = network.address_exclude(hole);
    let left = left.map_err(|error| Failure::usage(format_args!("--exclude {hole}: {error}")))?;
    let mut left: Vec<_> = left.collect();
    left.sort_unstable();
    Ok(left)
}

/// One a line, as text or as a JSON string.
fn list(items: impl Iterator<Item = impl core::fmt::Display>, json: bool) -> Outcome {
    let mut out = Out::new();
    let mut items = items;
    let result = items.try_for_each(|item| -> Result<(), Gone> {
        if json {
            out.line(format_args!("\"{item}\""))
        } else {
            out.line(item)
        }
    });
    out.finish(result)
}

fn sheet(network: IpNetwork) -> Sheet {
    let mut sheet = Sheet::new();
    sheet.text("network", network.with_prefixlen());
    sheet.put("version", network.version());
    sheet.text("first_address", network.network_address());
    sheet.text("last_address", network.broadcast_address());
    sheet.text("netmask", network.netmask());
    sheet.text("hostmask", network.hostmask());
    // 2^128 is beyond any integer of Rust's.
    let addresses = network.num_addresses().map(|count| count.to_string());
    sheet.put(
        "addresses",
        addresses.unwrap_or_else(|| "340282366920938463463374607431768211456".into()),
    );
    sheet.maybe("first_host", network.hosts().next());
    sheet.maybe("last_host", network.hosts().next_back());
    if network.prefix_len() > 0 {
        sheet.maybe("supernet", network.supernet(1).ok());
    }
    sheet.text("reverse_pointer", network.reverse_pointer());
    let kinds: [Kind<IpNetwork>; 7] = [
        ("global", IpNetwork::is_global),
        ("private", IpNetwork::is_private),
        ("loopback", IpNetwork::is_loopback),
        ("link-local", IpNetwork::is_link_local),
        ("multicast", IpNetwork::is_multicast),
        ("reserved", IpNetwork::is_reserved),
        ("unspecified", IpNetwork::is_unspecified),
    ];
    sheet.put("kinds", kinds_of(network, &kinds));
    sheet
}
