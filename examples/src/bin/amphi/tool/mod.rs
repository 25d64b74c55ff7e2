//! The commands that answer questions: addresses, networks, records, names.

mod addr;
mod fault;
mod meta;
mod names;
mod net;
mod progress;
mod record;
mod sheet;

use clap::Subcommand;

use crate::Outcome;

/// The commands that answer questions.
#[derive(Debug, Subcommand)]
pub(crate) enum Question {
    /// Tell everything about addresses.
    Addr(addr::Addr),
    /// Tell everything about networks: their parts, hosts, subnets, what is left of them.
    Net(net::Net),
    /// Pack values into octets by a format of Python's `struct`.
    Pack(record::Pack),
    /// Unpack octets by a format of Python's `struct`.
    Unpack(record::Unpack),
    /// Look up the addresses of a host, as connecting to it would.
    Resolve(names::Resolve),
    /// Look up a service by name or port.
    Service(names::Service),
    /// Print a completion script for a shell.
    Completions(meta::Completions),
    /// Print a man page, such as for `man -l -`.
    Man(meta::Man),
}

/// Answers; `json` asks for JSON instead of text, one value a line.
pub(crate) fn answer(question: &Question, json: bool) -> Outcome {
    match question {
        Question::Addr(addr) => addr.answer(json),
        Question::Net(net) => net.answer(json),
        Question::Pack(pack) => pack.answer(json),
        Question::Unpack(unpack) => unpack.answer(json),
        Question::Resolve(resolve) => resolve.answer(json),
        Question::Service(service) => service.answer(json),
        Question::Completions(completions) => completions.print(),
        Question::Man(man) => man.print(),
    }
}
