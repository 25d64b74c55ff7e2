//! What log lines show of generic values: for `log` their text, for `defmt` a form that
//! the host puts together, so that firmware carries no formatting.

use core::fmt;

use crate::Error;
use crate::socket::Address;

/// An address in a log line: its text for `log`, and for `defmt` what the host makes its
/// text of, which takes a tenth of the code that `defmt`'s own form of an address does.
///
/// ```
/// use amphi_core::socket::Peer;
/// use core::net::SocketAddr;
///
/// let address: SocketAddr = "192.0.2.1:7".parse().unwrap();
/// assert_eq!(Peer(&address).to_string(), "192.0.2.1:7");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Peer<'a, A>(pub &'a A);

impl<A: Address> fmt::Display for Peer<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

#[cfg(feature = "defmt")]
impl<A: Address> defmt::Format for Peer<'_, A> {
    fn format(&self, f: defmt::Formatter<'_>) {
        self.0.format(f);
    }
}

/// Why something failed: a stack's error, of which `defmt` gets the kind.
pub(crate) struct Fault<'a, E>(pub(crate) &'a E);

impl<E: Error> fmt::Display for Fault<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

#[cfg(feature = "defmt")]
impl<E: Error> defmt::Format for Fault<'_, E> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::Format::format(&self.0.reason(), f);
    }
}
