//! The command line.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::path::PathBuf;

use amphi_core::addr::IpInterface;
use amphi_core::socket::Interface;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use log::LevelFilter;

use crate::tool::Question;
use crate::watch::Watch;

/// How the program is called, in columns that fit half a page.
pub(crate) const EXAMPLES: &str =
    "  amphi echo                              serve at 127.0.0.1:10000 until Ctrl-C
  nc 127.0.0.1 10000                      talk to it over TCP
  nc -u 127.0.0.1 10000                   talk to it over UDP
  amphi multicast-send                    ask the group
  amphi echo --stack loopback             the same service inside smoltcp
  amphi echo --listen [::1]:7 --no-group  TCP and UDP echo over IPv6
  amphi echo --stack tap --address 192.168.69.1/24
                                          inside smoltcp, for the kernel
  amphi echo --counters /run/amphi &      tell the counters, and
  amphi watch /run/amphi                  see them change
  amphi addr 192.0.2.1 fe80::1%eth0       everything about addresses
  amphi net 192.0.2.0/24 --subnets 26     the subnets of a network
  amphi net --collapse FILE               the fewest networks for as much
  amphi pack '!I2sf' 1 ab 2.7             octets of a record";

/// What the numbers say that the program ends with.
pub(crate) const EXIT_STATUS: &str = "0 when all went well, 1 when the operation failed, \
     2 when what was asked for is wrong or cannot be had.";

fn more() -> String {
    format!("Examples:\n{EXAMPLES}\n\nExit status: {EXIT_STATUS}")
}

/// Where the service listens unless told.
pub(crate) const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 10_000);

/// Network services on host sockets and inside smoltcp from one source, and answers about
/// addresses, networks, records and names.
#[derive(Debug, Parser)]
#[command(name = "amphi", version, after_help = more(), max_term_width = 80)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Log more: -v for details, -vv for everything.
    #[arg(short, long, global = true, display_order = 100, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,

    /// Log only what is wrong.
    #[arg(short, long, global = true, display_order = 101)]
    quiet: bool,

    /// Answer in JSON: one value a line.
    #[arg(long, global = true, display_order = 102)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve TCP echo, UDP echo, and a multicast group whose datagrams are answered with "ack".
    Echo(Echo),
    /// Send one datagram to a multicast group and print the answers; status 1 without any.
    MulticastSend(Send),
    /// Show the counters of a running `echo --counters PATH` as they change.
    Watch(Watch),
    #[command(flatten)]
    Question(Question),
}

#[derive(Debug, Args)]
pub(crate) struct Echo {
    /// The stack to run on: the host's sockets; smoltcp on a simulated link with a
    /// virtual clock, where clients run as well; or smoltcp on a TAP device of Linux.
    #[arg(long, value_enum, default_value_t = Stack::Host)]
    pub(crate) stack: Stack,

    /// Address and port of TCP and UDP echo; port 0 lets the stack choose
    /// [default: 127.0.0.1:10000; on a TAP device its first address].
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    listen: Option<SocketAddr>,

    /// The multicast group to answer, and its port.
    #[arg(long, value_name = "GROUP:PORT", default_value = "224.3.29.71:10000", value_parser = group)]
    group: SocketAddr,

    /// Serve no multicast group.
    #[arg(long, conflicts_with = "group")]
    no_group: bool,

    #[command(flatten)]
    interface: InterfaceArgument,

    /// How the host waits for its sockets; select is for up to some thousand.
    #[arg(long, value_enum, default_value_t = SelectorKind::default())]
    pub(crate) selector: SelectorKind,

    /// How many connections are served at a time; the next wait for a free slot.
    #[arg(long, value_name = "COUNT", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) slots: u32,

    /// Close connections on which nothing moved for so long.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) idle: Option<Duration>,

    /// The TAP device; who may not make it needs one that was made before.
    #[arg(long, value_name = "NAME", default_value = "tap0")]
    pub(crate) tap: String,

    /// An address on the TAP device, and its network's prefix; up to two.
    #[arg(id = "address", long = "address", value_name = "ADDRESS/PREFIX", default_value = "192.168.69.1/24", value_parser = with_prefix)]
    pub(crate) addresses: Vec<IpInterface>,

    /// Record the frames on the TAP device to this file, for tcpdump or Wireshark.
    #[arg(long, value_name = "FILE")]
    pub(crate) pcap: Option<PathBuf>,

    /// Tell the counters to who connects to this Unix socket, such as `amphi watch`;
    /// on the host's sockets.
    #[arg(long, value_name = "PATH")]
    pub(crate) counters: Option<PathBuf>,

    /// How long replies may take to leave after Ctrl-C.
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(crate) drain: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The group to send to, and its port.
    #[arg(long, value_name = "GROUP:PORT", default_value = "224.3.29.71:10000", value_parser = group)]
    pub(crate) group: SocketAddr,

    #[command(flatten)]
    interface: InterfaceArgument,

    /// What to send.
    #[arg(long, value_name = "TEXT", default_value = "very important data")]
    pub(crate) message: String,

    /// How long to wait for answers.
    #[arg(long, value_name = "SECONDS", default_value = "0.2", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Args)]
struct InterfaceArgument {
    /// The interface of the group: an IPv4 address of it, its name, or its
    /// number [default: the loopback interface].
    #[arg(id = "interface", long = "interface", value_name = "INTERFACE", value_parser = interface)]
    chosen: Option<Interface>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stack {
    Host,
    Loopback,
    #[cfg(target_os = "linux")]
    Tap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum SelectorKind {
    #[cfg(target_os = "linux")]
    #[cfg_attr(target_os = "linux", default)]
    Epoll,
    /// By requests that stay in the kernel, and one call a turn; epoll where it refuses.
    #[cfg(target_os = "linux")]
    Uring,
    #[cfg_attr(not(target_os = "linux"), default)]
    Poll,
    Select,
}

impl Echo {
    /// Where to listen.
    pub(crate) fn listen(&self, otherwise: SocketAddr) -> SocketAddr {
        self.listen.unwrap_or(otherwise)
    }

    pub(crate) fn group(&self) -> Option<SocketAddr> {
        (!self.no_group).then_some(self.group)
    }

    pub(crate) fn interface(&self) -> Option<Interface> {
        self.interface.chosen
    }
}

impl Send {
    pub(crate) fn interface(&self) -> Option<Interface> {
        self.interface.chosen
    }
}

impl Arguments {
    pub(crate) fn level(&self) -> LevelFilter {
        match (self.quiet, self.verbose) {
            (true, _) => LevelFilter::Warn,
            (false, 0) => LevelFilter::Info,
            (false, 1) => LevelFilter::Debug,
            (false, _) => LevelFilter::Trace,
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => format!("the port is missing, such as {ip}:10000"),
        Ok(IpAddr::V6(ip)) => format!("the port is missing, such as [{ip}]:10000"),
        Err(_) => {
            "expected an IP address and a port, such as 127.0.0.1:10000 or [::1]:10000".into()
        }
    })
}

fn with_prefix(text: &str) -> Result<IpInterface, String> {
    text.parse()
        .map_err(|error| format!("{error}; expected such as 192.168.69.1/24 or fd00::1/64"))
}

fn group(text: &str) -> Result<SocketAddr, String> {
    let group = address(text)?;
    if !group.ip().is_multicast() {
        return Err(format!(
            "{} is no multicast group (224.0.0.0 to 239.255.255.255, or ff00::/8)",
            group.ip()
        ));
    }
    if group.port() == 0 {
        return Err("a group needs a port from 1 to 65535".into());
    }
    Ok(group)
}

fn interface(text: &str) -> Result<Interface, String> {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(Interface::from(address));
    }
    if let Ok(index @ 1..) = text.parse::<u32>() {
        return Ok(Interface::Index(index));
    }
    match amphi_std::interface_index(text) {
        Ok(index) => Ok(Interface::Index(index)),
        Err(_) => Err(
            "there is no such interface; give its name, its number, or an IPv4 address of it"
                .into(),
        ),
    }
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "expected seconds, such as 0.2 or 30".to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
