//! The two sides of a pair: processes whose output is read line by line.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

/// What the classic clients send.
pub(crate) const MESSAGE: &[u8] = b"This is the message.  It will be repeated.";

/// A running side.
pub(crate) struct Side {
    name: String,
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Side {
    /// Starts a program of ours.
    pub(crate) fn ours(program: &str, arguments: &[&str]) -> Self {
        Self::start(program, arguments)
    }

    /// Starts Python in a role of `peer.py`; `None`, and a line that says so, where
    /// there is no `python3`.
    pub(crate) fn python(role: &str, arguments: &[&str]) -> Option<Self> {
        if Command::new("python3").arg("--version").output().is_err() {
            println!("skipped: no python3 to be the {role}");
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peer.py");
        let mut words = vec![script, role];
        words.extend(arguments);
        Some(Self::start("python3", &words))
    }

    fn start(program: &str, arguments: &[&str]) -> Self {
        let name = format!("{program} {}", arguments.join(" "));
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self {
            name,
            child,
            output,
        }
    }

    /// The next line, without its end.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("text");
        assert!(line.ends_with('\n'), "{} ended after {line:?}", self.name);
        line.pop();
        line
    }

    /// The port of a server, the last word of its first line.
    pub(crate) fn port(&mut self) -> String {
        let line = self.line();
        line.rsplit(' ').next().expect("a word").to_owned()
    }

    /// The rest of the output of a side that ends by itself, and well.
    pub(crate) fn end(mut self) -> String {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).expect("text");
        let status = self.child.wait().expect("a status");
        assert!(status.success(), "{}: {status}, after\n{rest}", self.name);
        rest
    }
}

impl Drop for Side {
    /// A side whose test failed must not stay.
    fn drop(&mut self) {
        // It has ended, or ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Octets as the Python side prints them.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// All octets that a program of ours printed as `received b"…"`, in one.
pub(crate) fn received(output: &str) -> String {
    let lines = output.lines().filter_map(|line| {
        let literal = line.split_once("received b\"")?.1;
        literal.split('"').next()
    });
    lines.collect()
}
