//! What a server's process takes of the machine's memory.

use std::io;

use crate::echo::{SLOT, SPILL};

/// The project's promise, in octets an idle connection apart from buffers.
const GOAL: f64 = 1024.0;

/// The process, and its own memory as it grew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Footprint {
    /// Before there were slots, in octets.
    bare: u64,
    /// Now, in octets.
    now: u64,
}

impl Footprint {
    /// Looks at the process that made `remark`.
    pub(crate) fn of(remark: &str) -> io::Result<Self> {
        let mut numbers = remark.split_whitespace().map(str::parse::<u64>);
        let (Some(Ok(id)), Some(Ok(bare))) = (numbers.next(), numbers.next()) else {
            return Err(io::Error::other(format!("the server said {remark:?}")));
        };
        Ok(Self {
            bare,
            now: private_dirty(&id.to_string())?,
        })
    }

    /// Prints what `connections`, all idle now, have added since this look.
    pub(crate) fn report(&self, after: &Self, connections: usize) {
        let each = |octets: u64| octets as f64 / connections as f64;
        let slots = each(self.now.saturating_sub(self.bare));
        let grown = each(after.now.saturating_sub(self.now));
        // A buffer that was never needed has no memory yet, so there is nothing to take off.
        let apart = slots + grown;
        let met = if apart < GOAL { "met" } else { "MISSED" };
        println!(
            "an idle connection: {apart:.0} octets of the server's memory, its buffer of {SPILL} not \
             needed so far (goal below {GOAL}: {met}); a slot is {SLOT} octets, slots took {slots:.0} of \
             them each before there was a connection, and {grown:.0} came with each connection"
        );
        println!(
            "{{\"case\":\"memory\",\"connections\":{connections},\"octets\":{apart:.1},\
             \"slot\":{SLOT},\"spill\":{SPILL},\"slots_each\":{slots:.1},\"grown_each\":{grown:.1}}}"
        );
    }
}

/// What the server tells its parent: its process, and its memory so far.
pub(crate) fn remark() -> String {
    let bare = private_dirty("self").unwrap_or(0);
    format!("{} {bare}", std::process::id())
}

/// The octets that a process has written to and shares with nobody (proc(5)).
fn private_dirty(process: &str) -> io::Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let kib = text.lines().find_map(|line| {
        let rest = line.strip_prefix("Private_Dirty:")?;
        rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    });
    kib.map(|kib| kib * 1024)
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}
