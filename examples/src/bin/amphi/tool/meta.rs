//! What packagers want: completions and man pages.

use std::io::{self, Write};

use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::roff::{Roff, roman};

use crate::Outcome;
use crate::arguments::{Arguments, EXAMPLES, EXIT_STATUS};
use crate::output::Failure;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn print(&self) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "amphi", &mut script);
        write(&script)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The command whose page it shall be [default: amphi's own, which names the others].
    command: Option<String>,
}

impl Man {
    /// A page in roff, for `man -l`.
    pub(super) fn print(&self) -> Outcome {
        let mut amphi = Arguments::command();
        amphi.build();
        let name = self.command.as_deref();
        let command = match name.map(|name| (name, amphi.find_subcommand(name))) {
            None => amphi,
            Some((_, Some(command))) => command.clone(),
            Some((name, None)) => {
                let text = format_args!("amphi has no command {name}");
                return Err(Failure::usage(text));
            }
        };
        let mut text = Vec::new();
        page(command, &mut text).map_err(Failure::operation)?;
        write(&text)
    }
}

fn page(command: Command, out: &mut impl Write) -> io::Result<()> {
    let has_commands = command.has_subcommands();
    let man = clap_mangen::Man::new(command);
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    let mut last = Roff::new();
    if has_commands {
        man.render_subcommands_section(out)?;
        // As they stand: their columns are part of them.
        last.control("SH", ["EXAMPLES"]).control("nf", []);
        let examples = EXAMPLES.lines().map(|line| {
            let line = line.strip_prefix("  ").unwrap_or(line);
            roman(format!("{line}\n"))
        });
        last.text(examples.collect::<Vec<_>>());
        last.control("fi", []);
    }
    last.control("SH", ["EXIT STATUS"])
        .text([roman(EXIT_STATUS)]);
    last.to_writer(out)
}

fn write(octets: &[u8]) -> Outcome {
    match io::stdout().write_all(octets) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::operation(format_args!("cannot write: {error}")))
        }
        _ => Ok(()),
    }
}
