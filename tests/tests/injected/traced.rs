//! A server under strace, and what its log says.

use core::net::SocketAddr;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// Whether strace is here and may trace; else why not.
pub(crate) fn is_possible() -> Result<(), String> {
    let probe = Command::new("strace")
        .args(["-o", "/dev/null", "-e", "trace=none", "true"])
        .output();
    match probe {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "strace may not trace here: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
        Err(error) => Err(format!("no strace: {error}")),
    }
}

/// A server whose calls fail as told.
pub(crate) struct Traced {
    child: Child,
    /// Its end is the server's.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    folder: TempDir,
}

/// How a server ended.
pub(crate) struct End {
    pub(crate) status: Option<i32>,
    /// What it said after its address.
    pub(crate) said: String,
    /// How many calls were tampered with.
    pub(crate) injected: usize,
}

impl Traced {
    /// Starts the server `kind`, with `fault` injected into the calls `calls` (strace(1)).
    pub(crate) fn start(kind: &str, calls: &str, fault: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new("strace")
            .args(["-f", "--seccomp-bpf", "-o"])
            .arg(folder.path().join("log"))
            .args(["-e", &format!("trace={calls}")])
            .args(["-e", &format!("inject={calls}:{fault}")])
            .arg(program)
            .args(["--serve", kind])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("strace starts");
        let (input, output) = (child.stdin.take(), child.stdout.take());
        Self {
            child,
            input,
            output: BufReader::new(output.expect("its output")),
            folder,
        }
    }

    /// Where it listens; else what it says instead.
    pub(crate) fn address(&mut self) -> Result<SocketAddr, String> {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        line.trim().parse().map_err(|_| line)
    }

    /// Tells it to end, and waits.
    pub(crate) fn end(mut self) -> End {
        drop(self.input.take());
        let mut said = String::new();
        self.output.read_to_string(&mut said).expect("its words");
        let status = self.child.wait().expect("its end").code();
        let log = std::fs::read(self.folder.path().join("log")).expect("a log");
        let log = String::from_utf8_lossy(&log);
        let marks = ["(INJECTED)", "(DELAYED)"];
        let injected = log
            .lines()
            .filter(|line| marks.iter().any(|mark| line.contains(mark)));
        End {
            status,
            said,
            injected: injected.count(),
        }
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
