//! `amphi`: the echo service on host sockets or inside smoltcp, a multicast sender, and
//! answers about addresses, networks, records and names.

mod arguments;
mod counters;
mod host;
mod loopback;
mod output;
#[cfg(target_os = "linux")]
mod tap;
mod tool;
mod usage;
mod watch;

use std::process::ExitCode;

use arguments::{Command, Stack};
use output::Failure;

fn main() -> ExitCode {
    let arguments = match usage::parse() {
        Ok(arguments) => arguments,
        Err(status) => return status,
    };
    output::start_log(arguments.level());
    if arguments.json {
        output::use_json();
    }
    let result = match &arguments.command {
        Command::Echo(echo) if echo.counters.is_some() && echo.stack != Stack::Host => {
            Err(Failure::usage("--counters is for the host's sockets"))
        }
        Command::Echo(echo) => match echo.stack {
            Stack::Host => host::echo(echo),
            Stack::Loopback => loopback::echo(echo),
            #[cfg(target_os = "linux")]
            Stack::Tap => tap::echo(echo),
        },
        Command::MulticastSend(send) => host::multicast_send(send),
        Command::Watch(watch) => watch.run(arguments.json),
        Command::Question(question) => tool::answer(question, arguments.json),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// What a command comes to.
type Outcome = Result<(), Failure>;
