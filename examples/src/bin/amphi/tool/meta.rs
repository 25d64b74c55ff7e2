//! What packagers want: completions and a man page.

use std::io::{self, Write as _};

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::Outcome;
use crate::arguments::Arguments;
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

/// The page in roff, for `man -l`.
pub(super) fn man() -> Outcome {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(Arguments::command()).render(&mut page);
    rendered.map_err(Failure::operation)?;
    write(&page)
}

fn write(octets: &[u8]) -> Outcome {
    match io::stdout().write_all(octets) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::operation(error)),
        _ => Ok(()),
    }
}
