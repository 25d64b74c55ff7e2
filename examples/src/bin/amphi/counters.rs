//! The counters of a running service, at a Unix socket: a line of JSON for each line
//! that somebody sends there.

use std::path::Path;
use std::time::Instant;

use amphi_core::serve::{Next, Reply, Slot, StreamHandler, StreamServer};
use amphi_examples::observe;
use amphi_std::{HostError, UnixAddr, UnixListener, UnixOptions, UnixStream};
use serde_json::json;

use crate::output::report_in_json;

/// Who may ask at the same time.
pub(crate) const WATCHERS: usize = 8;
/// Octets of a line: some twenty numbers with their names, and as many kinds of error.
pub(crate) const LINE: usize = 4096;

/// The counters, as of the last turn.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) seen: observe::Counters,
    started: Instant,
}

impl Counters {
    pub(crate) fn new() -> Self {
        Self {
            seen: observe::Counters::default(),
            started: Instant::now(),
        }
    }

    fn line(&self) -> String {
        let mut line = json!({
            "seconds": self.started.elapsed().as_secs_f64(),
            "open": self.seen.open(),
        });
        if let (Some(line), Some(report)) = (
            line.as_object_mut(),
            report_in_json(&self.seen.report()).as_object_mut(),
        ) {
            line.append(report);
        }
        format!("{line}\n")
    }
}

/// Answers each line with the counters.
#[derive(Debug)]
pub(crate) struct Teller<'c>(&'c Counters);

impl StreamHandler for Teller<'_> {
    fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
        // Who asks faster than it reads gets one answer for several questions.
        if input.contains(&b'\n') {
            reply.send(self.0.line().as_bytes());
        }
        Next::Keep
    }
}

pub(crate) type TellerSlot<'c> = Slot<UnixStream, Teller<'c>>;

/// Listens at `path`, which only this user may use, and is gone afterwards.
pub(crate) fn listen(path: &Path) -> Result<UnixListener, HostError> {
    let address = UnixAddr::from_path(path)?;
    let options = UnixOptions::new()
        .mode(0o600)
        .replace_stale(true)
        .unlink(true);
    options.listen(&address, WATCHERS)
}

/// The part that tells.
pub(crate) fn teller<'s, 'c>(
    listener: UnixListener,
    counters: &'c Counters,
    slots: &'s mut [TellerSlot<'c>],
    buffers: &'s mut [u8],
) -> StreamServer<'s, UnixListener, impl FnMut(&UnixAddr) -> Teller<'c> + use<'c>> {
    StreamServer::new(listener, |_: &UnixAddr| Teller(counters), slots, buffers)
}
