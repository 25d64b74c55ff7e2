use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Register, Registration, Selector};
use amphi_core::time::Duration;

use super::net::Memory;
use super::tcp::{TcpListener, TcpStream};
use super::udp::UdpSocket;
use super::wire::Id;

/// Looks at each registered socket in turn.
pub(crate) struct MemorySelector<'m, K> {
    memory: &'m Memory,
    registered: Vec<(Id, Registration<K>)>,
}

impl<'m, K: Copy> MemorySelector<'m, K> {
    pub(crate) fn new(memory: &'m Memory) -> Self {
        Self {
            memory,
            registered: Vec::new(),
        }
    }

    /// Fills `events` with what is ready, and tells how many there are.
    fn look(&mut self, events: &mut [Event<K>]) -> usize {
        let (wire, mut count, mut seen) = (self.memory.wire(), 0, 0);
        for (id, Registration { key, interest }) in &self.registered {
            if count == events.len() {
                break;
            }
            seen += 1;
            let ready = wire.ready(*id).widen(*interest);
            if !ready.is_none() {
                events[count] = Event::new(*key, ready);
                count += 1;
            }
        }
        // Whoever was not looked at is first next time, so that nobody starves.
        self.registered.rotate_left(seen);
        count
    }

    fn place(&self, id: Id) -> Result<usize, ErrorKind> {
        let mut all = self.registered.iter();
        all.position(|(it, _)| *it == id).ok_or(ErrorKind::NotFound)
    }
}

impl<K: Copy> Selector for MemorySelector<'_, K> {
    type Key = K;
    type Error = ErrorKind;

    fn select(
        &mut self,
        events: &mut [Event<K>],
        timeout: Option<Duration>,
    ) -> Result<usize, ErrorKind> {
        if events.is_empty() {
            return Err(ErrorKind::InvalidInput);
        }
        let count = self.look(events);
        if count == 0 {
            self.memory.pass(timeout)?;
        }
        Ok(count)
    }

    /// So its contracts also try what a server does without timers.
    fn is_flat() -> bool {
        true
    }

    fn len(&self) -> usize {
        self.registered.len()
    }

    fn registrations(&self) -> impl Iterator<Item = Registration<K>> {
        self.registered
            .iter()
            .map(|(_, registration)| *registration)
    }
}

/// What can be registered.
pub(crate) trait Source {
    fn id(&self) -> Id;
}

impl Source for TcpStream<'_> {
    fn id(&self) -> Id {
        self.id
    }
}

impl Source for TcpListener<'_> {
    fn id(&self) -> Id {
        self.id
    }
}

impl Source for UdpSocket<'_> {
    fn id(&self) -> Id {
        self.id
    }
}

impl<S: Source, K: Copy> Register<S> for MemorySelector<'_, K> {
    fn register(&mut self, source: &S, interest: Interest, key: K) -> Result<(), ErrorKind> {
        if self.place(source.id()).is_ok() {
            return Err(ErrorKind::AlreadyExists);
        }
        let registration = Registration { key, interest };
        self.registered.push((source.id(), registration));
        Ok(())
    }

    fn modify(&mut self, source: &S, interest: Interest, key: K) -> Result<(), ErrorKind> {
        let place = self.place(source.id())?;
        self.registered[place].1 = Registration { key, interest };
        Ok(())
    }

    fn unregister(&mut self, source: &S) -> Result<(), ErrorKind> {
        let place = self.place(source.id())?;
        self.registered.remove(place);
        Ok(())
    }

    fn registration(&self, source: &S) -> Option<Registration<K>> {
        let place = self.place(source.id()).ok()?;
        Some(self.registered[place].1)
    }
}
