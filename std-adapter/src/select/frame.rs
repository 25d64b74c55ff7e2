//! What the selectors of descriptors have in common.

/// What one look at the sources came to.
pub(super) enum Look {
    /// The call is over, with this many events.
    Over(usize),
    /// Nothing was ready, as far as this look tells: it goes on while there is time.
    Nothing,
    /// The look was spoilt, and another one is due at once.
    Spoilt,
}

/// The events of a look that nothing spoilt.
pub(super) const fn over(filled: usize, woken: bool) -> Look {
    if filled > 0 || woken {
        Look::Over(filled)
    } else {
        Look::Nothing
    }
}

/// `Selector` and `Register` for all that has a descriptor. The selector has a `table` of
/// registrations by descriptor, and its own `look`, `add`, `change` and `remove`; with
/// edges two more.
macro_rules! select_descriptors {
    ($selector:ident $(, $by_edges:ident, $again:ident)?) => {
        impl<K: Copy> ::amphi_core::select::Selector for $selector<K> {
            type Key = K;
            type Error = $crate::HostError;

            fn select(
                &mut self,
                events: &mut [::amphi_core::select::Event<K>],
                timeout: Option<::amphi_core::time::Duration>,
            ) -> Result<usize, $crate::HostError> {
                if events.is_empty() {
                    let kind = ::amphi_core::ErrorKind::InvalidInput;
                    return Err($crate::HostError::refused("select", kind));
                }
                let mut timer = super::timer::Timer::start(timeout);
                loop {
                    match self.look(events, timer.left()) {
                        Ok(super::frame::Look::Over(count)) => return Ok(count),
                        Ok(super::frame::Look::Spoilt) => continue,
                        Ok(super::frame::Look::Nothing) => {}
                        Err(error) if error.is_interrupted() => {}
                        Err(error) => return Err(error),
                    }
                    if timer.is_over() {
                        return Ok(0);
                    }
                }
            }

            fn len(&self) -> usize {
                self.table.len()
            }

            fn registrations(
                &self,
            ) -> impl Iterator<Item = ::amphi_core::select::Registration<K>> {
                self.table.iter().map(|(_, it)| it.registration)
            }
        }

        impl<K: Copy, S: ::std::os::fd::AsFd + ?Sized> ::amphi_core::select::Register<S>
            for $selector<K>
        {
            fn register(
                &mut self,
                source: &S,
                interest: ::amphi_core::select::Interest,
                key: K,
            ) -> Result<(), $crate::HostError> {
                let registration = ::amphi_core::select::Registration { key, interest };
                self.add(source.as_fd(), registration)
            }

            $(
                fn register_by_edges(
                    &mut self,
                    source: &S,
                    interest: ::amphi_core::select::Interest,
                    key: K,
                ) -> Result<(), $crate::HostError> {
                    let registration = ::amphi_core::select::Registration { key, interest };
                    self.$by_edges(source.as_fd(), registration)
                }

                fn has_edges(&self) -> bool {
                    true
                }

                fn again(&mut self, source: &S) -> Result<(), $crate::HostError> {
                    self.$again(source.as_fd())
                }
            )?

            fn modify(
                &mut self,
                source: &S,
                interest: ::amphi_core::select::Interest,
                key: K,
            ) -> Result<(), $crate::HostError> {
                let registration = ::amphi_core::select::Registration { key, interest };
                self.change(source.as_fd(), registration)
            }

            fn unregister(&mut self, source: &S) -> Result<(), $crate::HostError> {
                self.remove(source.as_fd())
            }

            fn registration(&self, source: &S) -> Option<::amphi_core::select::Registration<K>> {
                let raw = ::std::os::fd::AsRawFd::as_raw_fd(&source.as_fd());
                self.table.get(raw).map(|it| it.registration)
            }
        }
    };
}
