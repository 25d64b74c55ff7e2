//! System calls for each message, counted by strace(1).

use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::process::Command;

use crate::child::Server;
use crate::client::{Client, Outcome, Until};
use crate::{OCTETS, PATIENCE};

/// Messages on all connections together.
const MESSAGES: u64 = 20_000;

/// Counts for both servers, on one connection, where nothing depends on how
/// many events come at once, and on a hundred.
pub(crate) fn count() -> io::Result<()> {
    if Command::new("strace").arg("-V").output().is_err() {
        println!("strace is not installed: no system calls counted");
        return Ok(());
    }
    for connections in [1, 100] {
        for kind in ["amphi", "epoll"] {
            let calls = trace(kind, connections)?;
            println!(
                "{kind}, {connections} connections, calls a message over {MESSAGES} messages:"
            );
            for (name, count) in &calls {
                // What is called a few times at the start and at the end is left out.
                if *count >= MESSAGES / 200 {
                    println!("  {name:<16}{:.4}", *count as f64 / MESSAGES as f64);
                }
            }
            let of = |name| calls.get(name).copied().unwrap_or(0) as f64 / MESSAGES as f64;
            println!(
                "{{\"case\":\"syscalls-{kind}-{connections}\",\"recv\":{:.4},\"send\":{:.4},\
                 \"epoll_wait\":{:.4},\"epoll_ctl\":{:.4}}}",
                of("recvfrom"),
                of("sendto"),
                of("epoll_wait"),
                of("epoll_ctl"),
            );
        }
    }
    Ok(())
}

fn trace(kind: &str, connections: usize) -> io::Result<BTreeMap<String, u64>> {
    let path = std::env::temp_dir().join(format!("amphi-syscalls-{}", std::process::id()));
    let file = path.to_string_lossy();
    let wrapper = ["strace", "-f", "-c", "-o", &file];
    let count = connections.to_string();
    let server = Server::spawn(&wrapper, &["--serve", kind, "--connections", &count])?;
    let mut client = Client::connect(server.address, connections, OCTETS, PATIENCE)?;
    let rounds = MESSAGES / connections as u64;
    let outcome = client.run(Until::Rounds(rounds), PATIENCE + Duration::from_secs(60))?;
    // The server first, so that the end of its connections is not in the counts.
    drop(server);
    let table = std::fs::read_to_string(&path)?;
    std::fs::remove_file(&path)?;
    let whole = Outcome {
        messages: MESSAGES,
        ..Outcome::default()
    };
    if outcome != whole {
        return Err(io::Error::other(format!("not echoed: {outcome:?}")));
    }
    Ok(parse(&table))
}

/// The lines of `strace -c`: share, seconds, microseconds a call, calls, errors
/// if there are any, and the name.
fn parse(table: &str) -> BTreeMap<String, u64> {
    let mut calls = BTreeMap::new();
    for line in table.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        if let [_, _, _, count, .., name] = words[..]
            && let Ok(count) = count.parse()
            && name != "total"
        {
            calls.insert(name.to_owned(), count);
        }
    }
    calls
}
