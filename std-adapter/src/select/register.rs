/// `Register` for all that has a descriptor, by the selector's own `add`,
/// `change`, `remove` and `find`; with edges by `add_by_edges` and `repeat`.
macro_rules! register_descriptors {
    ($selector:ident $(, $by_edges:ident, $again:ident)?) => {
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
                self.find(source.as_fd())
            }
        }
    };
}
