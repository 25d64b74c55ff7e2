//! What the three kinds of sockets share: a stack, a slot, and so an address and a wait.

macro_rules! socket_of_stack {
    ($socket:ident) => {
        impl<D: Device, P: Platform> amphi_core::socket::Socket for $socket<'_, '_, D, P> {
            type Error = ErrorKind;
            type Addr = SocketAddr;

            fn local(&self) -> Result<SocketAddr, ErrorKind> {
                self.stack.inner().local(self.index)
            }

            fn wait(
                &self,
                interest: amphi_core::select::Interest,
                timeout: Option<amphi_core::time::Duration>,
            ) -> Result<bool, ErrorKind> {
                Ok(self.stack.wait_for(self.index, interest, timeout))
            }

            fn now(&self) -> amphi_core::time::Instant {
                self.stack.platform().now()
            }
        }

        impl<D: Device, P: Platform> core::fmt::Debug for $socket<'_, '_, D, P> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($socket))
                    .field("slot", &self.index)
                    .finish_non_exhaustive()
            }
        }
    };
}
