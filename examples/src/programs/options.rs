use core::fmt;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use amphi_core::ErrorKind;
use amphi_core::socket::Interface;
use clap::{Parser, ValueEnum};

use super::GROUP;

/// The arguments that the programs share.
#[derive(Debug, Clone, Parser)]
#[command(
    about = "A TCP, UDP or binary program of the tutorial",
    max_term_width = 80
)]
pub struct Options {
    /// Where a server listens, or a client finds it; with port 0 a server lets the
    /// stack choose.
    #[arg(value_name = "ADDRESS:PORT", default_value = "127.0.0.1:10000")]
    pub address: SocketAddr,

    /// The stack to run on: the host's sockets, or smoltcp, on two linked stacks
    /// with the program at the one and its peer at the other.
    #[arg(long, value_enum, default_value_t = StackKind::Host)]
    pub stack: StackKind,

    /// For a server: how many clients or datagrams to serve [default: no end;
    /// on the loopback: one].
    #[arg(long, value_name = "COUNT")]
    pub clients: Option<u32>,
}

/// A choice of stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StackKind {
    /// Sockets of the operating system.
    Host,
    /// smoltcp, without leaving the program.
    Loopback,
}

impl Options {
    /// Reads the arguments; a wrong one ends the program with status 2 and a message.
    #[must_use]
    pub fn read() -> Self {
        Self::parse()
    }

    /// One item for each client to serve.
    pub fn rounds(&self) -> impl Iterator<Item = u32> + use<> {
        rounds(self.clients, self.stack)
    }

    /// How a program ends: with status 1 and the error, if there is one.
    pub fn end<E: fmt::Display>(result: Result<(), E>) -> ExitCode {
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }
}

/// The arguments of the programs that look up hosts.
#[derive(Debug, Clone, Parser)]
#[command(about = "Looks up hosts", max_term_width = 80)]
pub struct HostOptions {
    /// The hosts to look up.
    #[arg(value_name = "HOST")]
    hosts: Vec<String>,
}

impl HostOptions {
    /// The hosts that the user names, or `default`.
    #[must_use]
    pub fn read(default: &[&str]) -> Vec<String> {
        let hosts = Self::parse().hosts;
        if hosts.is_empty() {
            return default.iter().map(ToString::to_string).collect();
        }
        hosts
    }
}

/// The arguments of the programs that find the other side by name.
#[derive(Debug, Clone, Parser)]
#[command(
    about = "A program of the tutorial that finds the other side by name",
    max_term_width = 80
)]
pub struct NameOptions {
    /// The host of the server.
    #[arg(default_value = "localhost")]
    pub host: String,

    /// Its port; with 0 a server lets the stack choose.
    #[arg(default_value_t = 10_000)]
    pub port: u16,

    /// The stack to run on: the host's sockets, or smoltcp, on two linked stacks
    /// with the program at the one and its peer at the other.
    #[arg(long, value_enum, default_value_t = StackKind::Host)]
    pub stack: StackKind,

    /// For a server: how many clients to serve [default: no end; on the loopback: one].
    #[arg(long, value_name = "COUNT")]
    clients: Option<u32>,
}

impl NameOptions {
    /// Reads the arguments; a wrong one ends the program with status 2 and a message.
    #[must_use]
    pub fn read() -> Self {
        Self::parse()
    }

    /// One item for each client to serve.
    pub fn rounds(&self) -> impl Iterator<Item = u32> + use<> {
        rounds(self.clients, self.stack)
    }

    /// Prints an error, of which only a kind leaves a stack.
    ///
    /// # Errors
    ///
    /// `Other`, if there is one.
    pub fn told<E: fmt::Display>(&self, result: Result<(), E>) -> Result<(), ErrorKind> {
        result.map_err(|error| {
            eprintln!("error: {}: {error}", self.host);
            ErrorKind::Other
        })
    }
}

/// The arguments of the programs at a Unix socket.
#[derive(Debug, Clone, Parser)]
#[command(
    about = "A program of the tutorial at a Unix socket",
    max_term_width = 80
)]
pub struct PathOptions {
    /// The path of the socket.
    #[arg(value_name = "PATH", default_value = "./uds_socket")]
    pub path: PathBuf,

    /// For the server: how many clients to serve [default: no end].
    #[arg(long, value_name = "COUNT")]
    clients: Option<u32>,
}

impl PathOptions {
    /// Reads the arguments; a wrong one ends the program with status 2 and a message.
    #[must_use]
    pub fn read() -> Self {
        Self::parse()
    }

    /// One item for each client to serve.
    pub fn rounds(&self) -> impl Iterator<Item = u32> + use<> {
        rounds(self.clients, StackKind::Host)
    }
}

/// The arguments of the multicast programs.
#[derive(Debug, Clone, Parser)]
#[command(about = "A multicast program of the tutorial", max_term_width = 80)]
pub struct MulticastOptions {
    /// The stack to run on: the host's sockets, or smoltcp, on two linked stacks
    /// with the program at the one and its peer at the other.
    #[arg(long, value_enum, default_value_t = StackKind::Host)]
    pub stack: StackKind,

    /// The group and its port.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = GROUP, value_parser = group)]
    pub group: SocketAddr,

    /// The address of the host's interface that datagrams leave and arrive by.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    interface: Ipv4Addr,

    /// For the receiver: how many datagrams to acknowledge [default: no end; on the
    /// loopback: one].
    #[arg(long, value_name = "COUNT")]
    clients: Option<u32>,
}

impl MulticastOptions {
    /// Reads the arguments; a wrong one ends the program with status 2 and a message.
    #[must_use]
    pub fn read() -> Self {
        Self::parse()
    }

    /// One item for each datagram to acknowledge.
    pub fn rounds(&self) -> impl Iterator<Item = u32> + use<> {
        rounds(self.clients, self.stack)
    }

    /// The interface: of linked stacks, the only one.
    #[must_use]
    pub fn interface(&self) -> Interface {
        match self.stack {
            StackKind::Host => self.interface.into(),
            StackKind::Loopback => Interface::Any,
        }
    }

    /// The interface's address.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        IpAddr::V4(self.interface)
    }
}

fn group(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|error| format!("{error}"))?;
    if address.ip().is_multicast() && address.is_ipv4() {
        Ok(address)
    } else {
        Err(format!("{} is not an IPv4 multicast group", address.ip()))
    }
}

fn rounds(clients: Option<u32>, stack: StackKind) -> impl Iterator<Item = u32> {
    let count = match (clients, stack) {
        (Some(count), _) => count,
        (None, StackKind::Loopback) => 1,
        (None, StackKind::Host) => u32::MAX,
    };
    1..=count
}
