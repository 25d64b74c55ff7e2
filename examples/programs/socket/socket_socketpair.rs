//! Parent and child talk through a pair of connected sockets. The child's end is its
//! standard input, as a program of its own cannot inherit variables.

use core::error::Error;
use std::io::stdin;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{Command, ExitCode};

use amphi_core::socket::Blocking;
use amphi_examples::programs::{Octets, Options};
use amphi_std::{UnixStream, socketpair};
use embedded_io::Write as _;

fn parent() -> Result<(), Box<dyn Error>> {
    let (parent, child) = socketpair()?;
    let mut process = Command::new(std::env::current_exe()?)
        .arg("child")
        // In this process the end is closed with it.
        .stdin(OwnedFd::from(child))
        .spawn()?;

    println!("in parent, sending message");
    let mut parent = Blocking::new(parent);
    parent.write_all(b"ping")?;
    let mut response = [0; 1024];
    let count = parent.read(&mut response)?;
    println!("response from child: {}", Octets(&response[..count]));
    process.wait()?;
    Ok(())
}

fn child() -> Result<(), Box<dyn Error>> {
    println!("in child, waiting for message");
    let mut child = Blocking::new(UnixStream::from(stdin().as_fd().try_clone_to_owned()?));
    let mut message = [0; 1024];
    let count = child.read(&mut message)?;
    println!("message from parent: {}", Octets(&message[..count]));
    child.write_all(b"pong")?;
    Ok(())
}

fn main() -> ExitCode {
    let is_child = std::env::args().nth(1).as_deref() == Some("child");
    Options::end(if is_child { child() } else { parent() })
}
