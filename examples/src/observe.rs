//! The counters of a service while it runs.

use core::cell::Cell;
use core::net::SocketAddr;

use amphi_core::serve::{
    Closed, DatagramHandler, DatagramTally, Hooks, Outbox, Request, StreamTally, Tally,
};

use crate::echo::StreamEcho;
use crate::service::Report;

/// Sees what a service does; `()` looks away, and costs nothing.
///
/// ```
/// use amphi_examples::observe::{Counters, Observe};
///
/// let counters = Counters::default();
/// counters.opened();
/// counters.opened();
/// counters.closed();
/// assert_eq!(counters.open(), 1);
/// assert_eq!(counters.report().tcp.accepted, 0); // not told yet
/// ```
pub trait Observe {
    /// A connection is served from here on.
    fn opened(&self) {}

    /// A connection is over.
    fn closed(&self) {}

    /// Once a turn: TCP echo.
    fn tcp(&self, tally: &StreamTally) {
        let _ = tally;
    }

    /// Once a turn: UDP echo.
    fn udp(&self, tally: &DatagramTally) {
        let _ = tally;
    }

    /// Once a turn: the responder.
    fn group(&self, tally: &DatagramTally) {
        let _ = tally;
    }
}

impl Observe for () {}

/// All of it, as of the last turn.
#[derive(Debug, Default)]
pub struct Counters {
    open: Cell<u32>,
    report: Cell<Report>,
}

impl Counters {
    /// How many connections are served just now.
    #[must_use]
    pub const fn open(&self) -> u32 {
        self.open.get()
    }

    /// What was done until now.
    #[must_use]
    pub const fn report(&self) -> Report {
        self.report.get()
    }
}

impl Observe for Counters {
    fn opened(&self) {
        self.open.set(self.open.get() + 1);
    }

    fn closed(&self) {
        self.open.set(self.open.get().saturating_sub(1));
    }

    fn tcp(&self, tally: &StreamTally) {
        let report = self.report.get();
        self.report.set(Report {
            tcp: *tally,
            ..report
        });
    }

    fn udp(&self, tally: &DatagramTally) {
        let report = self.report.get();
        self.report.set(Report {
            udp: *tally,
            ..report
        });
    }

    fn group(&self, tally: &DatagramTally) {
        let report = self.report.get();
        self.report.set(Report {
            group: *tally,
            ..report
        });
    }
}

/// Makes the handlers of TCP echo, and shows its counters.
pub(crate) struct Echoes<'o, O>(pub(crate) &'o O);

impl<O: Observe> Hooks<SocketAddr> for Echoes<'_, O> {
    type Handler = StreamEcho;

    fn finish_request(&mut self, _remote: &SocketAddr) -> StreamEcho {
        self.0.opened();
        StreamEcho
    }

    fn close_request(&mut self, _remote: &SocketAddr, why: Closed, _tally: Tally) {
        // Who is refused was never served.
        if why != Closed::Refused {
            self.0.closed();
        }
    }

    fn service_actions(&mut self, tally: &StreamTally) {
        self.0.tcp(tally);
    }
}

/// A handler of datagrams whose counters are shown.
pub(crate) struct Shown<'o, H, O> {
    pub(crate) handler: H,
    pub(crate) observe: &'o O,
    pub(crate) tell: fn(&O, &DatagramTally),
}

impl<A, H: DatagramHandler<A>, O> DatagramHandler<A> for Shown<'_, H, O> {
    fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>) {
        self.handler.handle(request, outbox);
    }

    fn service_actions(&mut self, tally: &DatagramTally) {
        (self.tell)(self.observe, tally);
    }
}
