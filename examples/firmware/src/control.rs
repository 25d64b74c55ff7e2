//! How somebody on the network ends the machine, as the tests do. A product has no
//! such part.

use core::sync::atomic::{AtomicBool, Ordering};

use amphi_core::serve::{DatagramHandler, Outbox, Request};

/// Whether somebody asked to end.
pub static STOP: AtomicBool = AtomicBool::new(false);

/// Ends the machine after a datagram `stop`, which it sends back; or by a `panic`, or a
/// `fault`.
pub struct Control;

impl<A> DatagramHandler<A> for Control {
    fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>) {
        match request.octets {
            b"stop" => {
                STOP.store(true, Ordering::Relaxed);
                // Who asked sees the machine end in any case.
                let _ = outbox.send_to(request.octets, request.from);
            }
            b"panic" => panic!("asked to panic"),
            b"fault" => amphi_boards::fault(),
            #[cfg(feature = "meter")]
            b"awake" => {
                let awake = crate::meter::AWAKE.load(Ordering::Relaxed);
                let _ = outbox.send_to(&awake.to_be_bytes(), request.from);
            }
            _ => {}
        }
    }
}
