//! Streams as those who know `std::io` use them.

/// For a stream socket with a field `fd`: several buffers in one call, looks at what
/// waits, and `std::io`'s traits, of the socket and of a reference to it.
macro_rules! io_of_stream {
    ($socket:ident) => {
        impl $socket {
            /// Reads into several buffers, one filled after the other: Python's `recvmsg_into`.
            ///
            /// # Errors
            ///
            /// As [`Stream::read`](amphi_core::socket::Stream::read).
            pub fn read_vectored(
                &mut self,
                bufs: &mut [::std::io::IoSliceMut<'_>],
            ) -> Result<usize, $crate::HostError> {
                $crate::sys::recv_vectored(::std::os::fd::AsFd::as_fd(&self.fd), bufs)
            }

            /// Writes several buffers as if they were one: Python's `sendmsg`.
            ///
            /// # Errors
            ///
            /// As [`Stream::write`](amphi_core::socket::Stream::write).
            pub fn write_vectored(
                &mut self,
                bufs: &[::std::io::IoSlice<'_>],
            ) -> Result<usize, $crate::HostError> {
                $crate::sys::send_vectored(::std::os::fd::AsFd::as_fd(&self.fd), bufs)
            }

            /// Reads what the next [`read`](amphi_core::socket::Stream::read) will read again:
            /// Python's `recv` with `MSG_PEEK`.
            ///
            /// # Errors
            ///
            /// As [`Stream::read`](amphi_core::socket::Stream::read).
            pub fn peek(&self, buf: &mut [u8]) -> Result<usize, $crate::HostError> {
                $crate::sys::peek(::std::os::fd::AsFd::as_fd(&self.fd), buf)
            }
        }

        /// It does not wait: `ErrorKind::WouldBlock` when nothing has arrived, as of std's
        /// sockets that are non-blocking.
        impl ::std::io::Read for $socket {
            fn read(&mut self, buf: &mut [u8]) -> ::std::io::Result<usize> {
                ::std::io::Read::read(&mut &*self, buf)
            }

            fn read_vectored(
                &mut self,
                bufs: &mut [::std::io::IoSliceMut<'_>],
            ) -> ::std::io::Result<usize> {
                ::std::io::Read::read_vectored(&mut &*self, bufs)
            }
        }

        impl ::std::io::Read for &$socket {
            fn read(&mut self, buf: &mut [u8]) -> ::std::io::Result<usize> {
                let fd = ::std::os::fd::AsFd::as_fd(&self.fd);
                $crate::sys::recv(fd, buf).map_err(::std::io::Error::from)
            }

            fn read_vectored(
                &mut self,
                bufs: &mut [::std::io::IoSliceMut<'_>],
            ) -> ::std::io::Result<usize> {
                let fd = ::std::os::fd::AsFd::as_fd(&self.fd);
                $crate::sys::recv_vectored(fd, bufs).map_err(::std::io::Error::from)
            }
        }

        /// It does not wait: `ErrorKind::WouldBlock` when there is no room. Nothing is kept
        /// here, so there is nothing to flush.
        impl ::std::io::Write for $socket {
            fn write(&mut self, buf: &[u8]) -> ::std::io::Result<usize> {
                ::std::io::Write::write(&mut &*self, buf)
            }

            fn write_vectored(
                &mut self,
                bufs: &[::std::io::IoSlice<'_>],
            ) -> ::std::io::Result<usize> {
                ::std::io::Write::write_vectored(&mut &*self, bufs)
            }

            fn flush(&mut self) -> ::std::io::Result<()> {
                Ok(())
            }
        }

        impl ::std::io::Write for &$socket {
            fn write(&mut self, buf: &[u8]) -> ::std::io::Result<usize> {
                let fd = ::std::os::fd::AsFd::as_fd(&self.fd);
                $crate::sys::send(fd, buf).map_err(::std::io::Error::from)
            }

            fn write_vectored(
                &mut self,
                bufs: &[::std::io::IoSlice<'_>],
            ) -> ::std::io::Result<usize> {
                let fd = ::std::os::fd::AsFd::as_fd(&self.fd);
                $crate::sys::send_vectored(fd, bufs).map_err(::std::io::Error::from)
            }

            fn flush(&mut self) -> ::std::io::Result<()> {
                Ok(())
            }
        }
    };
}
