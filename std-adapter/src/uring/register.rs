//! What a selector of a ring can watch.

use std::os::fd::AsFd;

use amphi_core::select::{Interest, Register, Registration};

use super::{UringListener, UringSelector, UringStream};
use crate::{
    HostError, TcpListener, TcpStream, TunTap, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};

macro_rules! register_own {
    ($($source:ident)*) => { $(
        impl<'r, K: Copy> Register<$source<'r>> for UringSelector<'_, K> {
            fn register(
                &mut self,
                source: &$source<'r>,
                interest: Interest,
                key: K,
            ) -> Result<(), HostError> {
                let token = self.own(source.uring, source.token)?;
                self.add(token, Registration { key, interest })
            }

            fn modify(
                &mut self,
                source: &$source<'r>,
                interest: Interest,
                key: K,
            ) -> Result<(), HostError> {
                let token = self.own(source.uring, source.token)?;
                self.change(token, Registration { key, interest })
            }

            fn unregister(&mut self, source: &$source<'r>) -> Result<(), HostError> {
                let token = self.own(source.uring, source.token)?;
                self.remove(token)
            }

            fn registration(&self, source: &$source<'r>) -> Option<Registration<K>> {
                let token = self.own(source.uring, source.token).ok()?;
                self.find(token)
            }
        }
    )* };
}

register_own!(UringStream UringListener);

macro_rules! register_foreign {
    ($($source:ident)*) => { $(
        impl<K: Copy> Register<$source> for UringSelector<'_, K> {
            fn register(
                &mut self,
                source: &$source,
                interest: Interest,
                key: K,
            ) -> Result<(), HostError> {
                self.add_foreign(source.as_fd(), Registration { key, interest })
            }

            fn modify(
                &mut self,
                source: &$source,
                interest: Interest,
                key: K,
            ) -> Result<(), HostError> {
                self.change_foreign(source.as_fd(), Registration { key, interest })
            }

            fn unregister(&mut self, source: &$source) -> Result<(), HostError> {
                self.remove_foreign(source.as_fd())
            }

            fn registration(&self, source: &$source) -> Option<Registration<K>> {
                self.find_foreign(source.as_fd())
            }
        }
    )* };
}

register_foreign!(TcpListener TcpStream UdpSocket UnixListener UnixStream UnixDatagram TunTap);
