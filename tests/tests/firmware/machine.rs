use core::time::Duration;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use crate::wire::Wire;

/// How long a machine is watched while it has nothing to do.
const WATCH: Duration = Duration::from_secs(2);

/// How long a line of the log may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A machine that QEMU emulates, and its log.
pub(crate) struct Machine {
    name: String,
    child: Child,
    /// Read as it comes, so that the machine need not wait with it.
    log: Receiver<String>,
    started: Instant,
}

impl Machine {
    /// Starts `image` at the machine's end of `wire`, with more options of QEMU's.
    pub(crate) fn on_wire(image: &Path, wire: &Wire, options: &[&str]) -> Self {
        let mut netdev = OsString::from("dgram,id=net,local.type=unix,local.path=");
        netdev.push(wire.machine_end());
        netdev.push(",remote.type=unix,remote.path=");
        netdev.push(wire.near_end());
        Self::start(image, &netdev, options)
    }

    /// Starts `image` with nobody to talk to.
    pub(crate) fn alone(image: &Path, options: &[&str]) -> Self {
        Self::start(image, OsStr::new("user,id=net,restrict=on"), options)
    }

    /// Starts `image` in a network of QEMU's own with a DHCP server, which gives `address`,
    /// and from where nothing leaves.
    pub(crate) fn with_dhcp(image: &Path, network: &str, address: &str) -> Self {
        let netdev = format!("user,id=net,restrict=on,net={network},dhcpstart={address}");
        Self::start(image, OsStr::new(&netdev), &[])
    }

    /// Starts `image` by the firmware's own runner.
    fn start(image: &Path, netdev: &OsStr, options: &[&str]) -> Self {
        let runner = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/firmware/run");
        let mut child = Command::new(runner)
            .arg(image)
            .arg("-netdev")
            .arg(netdev)
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the runner starts");
        let output = child.stdout.take().expect("taken once");
        let target = image
            .iter()
            .rev()
            .nth(2)
            .expect("target/TARGET/release/NAME");
        Self {
            name: target.to_string_lossy().into_owned(),
            log: lines(output),
            child,
            started: Instant::now(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How long it has run.
    pub(crate) fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// The share of a processor that QEMU takes while nobody asks for anything, in percent.
    pub(crate) fn idle(&self) -> f64 {
        let before = self.processor_time();
        thread::sleep(WATCH);
        let spent = self.processor_time() - before;
        // `USER_HZ` is 100 on each architecture that QEMU runs on (times(2)).
        spent as f64 / WATCH.as_secs_f64()
    }

    /// Processor time of QEMU so far, in ticks: fields 14 and 15 of `proc_pid_stat(5)`.
    pub(crate) fn processor_time(&self) -> u64 {
        let qemu = child_of(self.child.id());
        let stat = std::fs::read_to_string(format!("/proc/{qemu}/stat")).expect("it runs");
        let (_, fields) = stat.rsplit_once(')').expect("a name");
        let ticks = fields.split_whitespace().skip(11).take(2);
        ticks
            .map(|field| field.parse::<u64>().expect("a number"))
            .sum()
    }

    /// The next line of the log, without its level.
    #[track_caller]
    pub(crate) fn line(&self) -> String {
        let line = self.log.recv_timeout(PATIENCE).expect("a line of the log");
        line.strip_prefix("INFO  ").unwrap_or(&line).to_owned()
    }

    /// The rest of the log of a machine that ends, which must be with this status.
    #[track_caller]
    pub(crate) fn end(mut self, status: i32) -> String {
        let log: Vec<String> = self.log.iter().collect();
        let log = log.join("\n");
        let ended = self.child.wait().expect("a status");
        assert_eq!(ended.code(), Some(status), "{}, after\n{log}", self.name);
        log
    }
}

impl Drop for Machine {
    /// When the test failed, the machine must not stay.
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            // The log reader ends when QEMU does, and the runner then.
            let qemu = child_of(self.child.id());
            let _ = Command::new("kill").arg(qemu.to_string()).status();
            let _ = self.child.wait();
        }
    }
}

fn lines(output: ChildStdout) -> Receiver<String> {
    let (tell, log) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            // Who does not want the rest has ended the machine.
            let _ = tell.send(line.expect("text"));
        }
    });
    log
}

/// The child of the runner that is QEMU.
fn child_of(runner: u32) -> u32 {
    let path = format!("/proc/{runner}/task/{runner}/children");
    let children = std::fs::read_to_string(path).expect("the runner runs");
    let is_qemu = |id: &&str| {
        let name = std::fs::read_to_string(format!("/proc/{id}/comm"));
        name.is_ok_and(|name| name.starts_with("qemu"))
    };
    let qemu = children
        .split_whitespace()
        .find(is_qemu)
        .expect("QEMU runs");
    qemu.parse().expect("a number")
}
