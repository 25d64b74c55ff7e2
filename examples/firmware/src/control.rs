//! How somebody on the network ends the machine, as the tests do. A product has no
//! such part.

use core::sync::atomic::{AtomicBool, Ordering};

use amphi_core::serve::{DatagramHandler, Outbox, Request};

/// Whether somebody asked to end.
pub static STOP: AtomicBool = AtomicBool::new(false);

/// Ends the machine after a datagram `stop`, which it sends back.
pub struct Control;

impl<A> DatagramHandler<A> for Control {
    fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>) {
        if request.octets == b"stop" {
            STOP.store(true, Ordering::Relaxed);
            // Who asked sees the machine end in any case.
            let _ = outbox.send_to(request.octets, request.from);
        }
    }
}
