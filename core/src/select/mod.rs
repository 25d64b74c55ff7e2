//! Readiness of many sockets at once: Python's `selectors`, as a contract.
//!
//! A [`Selector`] keeps registrations: a source (a socket), an [`Interest`] and a
//! key of the caller's. [`Selector::select`] waits until sources are ready and
//! reports [`Event`]s that carry the keys. Which sources a selector can watch is
//! told by [`Register`]; [`Selects`] says that it can watch all of a stack's.
//!
//! # The contract
//!
//! Every selector of every stack keeps these promises, and one set of tests
//! proves them for all.
//!
//! ## Level-triggered
//!
//! As long as a source is ready for what its registration asks, each `select`
//! reports it. Nothing needs to be read until `WouldBlock`; nothing is lost when
//! an event is ignored.
//!
//! ## By edges
//!
//! A source that was added with [`Register::register_by_edges`] may be reported once
//! only for all that has come. Its owner reads until a read fills less than its buffer,
//! or writes until less is taken than was offered; where it leaves off before that, for
//! whatever reason, it calls [`Register::again`]. [`Register::modify`] asks anew by itself,
//! and so does all that arrives later. A source whose peer has sent its end, or that has
//! an error, is reported like any other from then on. [`StreamServer`](crate::serve::StreamServer)
//! watches its connections so; a selector that has no edges reports more often, which does no harm.
//!
//! ## Spurious events
//!
//! An event means "try now". The operation may still say `WouldBlock`, for
//! example when another user of the socket was faster. Sources do not block, so
//! that costs one call.
//!
//! ## End of file, errors, hang-up
//!
//! A source with an error or a hung-up peer is reported as ready for what its
//! registration asks, in addition to [`Ready::ERROR`] and [`Ready::HANGUP`]: the
//! next operation tells what happened. Code that looks only at readable and
//! writable misses nothing.
//!
//! ## Interest in nothing
//!
//! A registration with [`Interest::NONE`] gets no event at all, not even for
//! errors. That is how a source is paused.
//!
//! ## Stale and closed sources
//!
//! An event names a registration, never a descriptor. `select` reports no event
//! of a registration that was removed before the call. Unregister a source
//! before it is dropped. If a foreign descriptor is closed while it is
//! registered, a spurious event of that registration may follow, but never one
//! with another registration's key.
//!
//! ## Order, and more events than room
//!
//! The order of events is not specified. Events that do not fit into the
//! caller's slice come with the next call, and no source is starved: each call
//! goes on where the last one ended, or as the kernel does.
//!
//! ## Time
//!
//! No timeout waits without limit, zero looks without waiting, any other is
//! waited for in full, rounded up to what the platform can count, never down.
//! `select` may return early with no event when its stack was woken from
//! another thread or an interrupt; a timeout is told from that by the clock.
//! A signal that interrupts the wait is not an error: it goes on for what is left.

mod interest;
mod selector;

pub use interest::{Event, Interest, Ready, Registration};
pub use selector::{Register, Selector, Selects};
