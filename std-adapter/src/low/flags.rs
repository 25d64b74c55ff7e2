use core::fmt;
use core::ops::{BitOr, BitOrAssign};

use crate::sys::poll_bits;

/// A set of flags over the bits of a system call.
macro_rules! flags {
    (
        $(#[$doc:meta])*
        $Name:ident($Bits:ty) {
            $( $(#[$flag_doc:meta])* $FLAG:ident = $bit:expr; )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $Name($Bits);

        impl $Name {
            /// No flag.
            pub const NONE: Self = Self(0);
            $( $(#[$flag_doc])* pub const $FLAG: Self = Self($bit); )*

            /// The system's bits.
            #[must_use]
            pub const fn bits(self) -> $Bits {
                self.0
            }

            /// The flags with these bits, known here or not.
            #[must_use]
            pub const fn from_bits(bits: $Bits) -> Self {
                Self(bits)
            }

            /// Whether all flags of `other` are among these.
            #[must_use]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether at least one flag of `other` is among these: Python's `flags & other`.
            #[must_use]
            pub const fn intersects(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }

            /// Whether there is none.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }

        impl BitOr for $Name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl BitOrAssign for $Name {
            fn bitor_assign(&mut self, other: Self) {
                self.0 |= other.0;
            }
        }

        impl fmt::Debug for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut left = self.0;
                let mut names = f.debug_set();
                $(
                    if self.contains(Self::$FLAG) {
                        names.entry(&format_args!(stringify!($FLAG)));
                        left &= !Self::$FLAG.0;
                    }
                )*
                if left != 0 {
                    names.entry(&format_args!("{left:#x}"));
                }
                names.finish()
            }
        }
    };
}

flags! {
    /// What [`poll`](super::poll) watches for and reports (poll(2)).
    ///
    /// ```
    /// use amphi_std::low::PollFlags;
    ///
    /// let flags = PollFlags::IN | PollFlags::PRI;
    /// assert!(flags.contains(PollFlags::IN) && !flags.intersects(PollFlags::OUT));
    /// assert_eq!(format!("{flags:?}"), "{IN, PRI}");
    /// ```
    PollFlags(i16) {
        /// There is something to read, or an end of file.
        IN = poll_bits::POLLIN;
        /// There is urgent data.
        PRI = poll_bits::POLLPRI;
        /// Writing does not wait.
        OUT = poll_bits::POLLOUT;
        /// There is an error, or nobody reads the other end of a pipe. Only reported.
        ERR = poll_bits::POLLERR;
        /// The other end has closed. Only reported.
        HUP = poll_bits::POLLHUP;
        /// The descriptor is not open. Only reported.
        NVAL = poll_bits::POLLNVAL;
    }
}

#[cfg(target_os = "linux")]
mod of_linux {
    use super::{BitOr, BitOrAssign, fmt};
    use crate::sys::epoll_bits;

    flags! {
        /// What an [`Epoll`](crate::low::Epoll) watches for and reports (`epoll_ctl(2)`).
        ///
        /// ```
        /// use amphi_std::low::EpollFlags;
        ///
        /// let flags = EpollFlags::IN | EpollFlags::ONESHOT;
        /// assert!(flags.contains(EpollFlags::IN) && !flags.contains(EpollFlags::ET));
        /// assert_eq!(EpollFlags::from_bits(flags.bits()), flags);
        /// ```
        EpollFlags(u32) {
            /// There is something to read, or an end of file.
            IN = epoll_bits::EPOLLIN.cast_unsigned();
            /// There is urgent data.
            PRI = epoll_bits::EPOLLPRI.cast_unsigned();
            /// Writing does not wait.
            OUT = epoll_bits::EPOLLOUT.cast_unsigned();
            /// There is an error. Reported in any case.
            ERR = epoll_bits::EPOLLERR.cast_unsigned();
            /// Both directions are closed. Reported in any case.
            HUP = epoll_bits::EPOLLHUP.cast_unsigned();
            /// The peer will send nothing more.
            RDHUP = epoll_bits::EPOLLRDHUP.cast_unsigned();
            /// Reports a change once, not a state as long as it lasts.
            ET = epoll_bits::EPOLLET.cast_unsigned();
            /// Reports once, and then nothing until it is modified.
            ONESHOT = epoll_bits::EPOLLONESHOT.cast_unsigned();
            /// Of several that watch the same descriptor, not all are woken.
            EXCLUSIVE = epoll_bits::EPOLLEXCLUSIVE.cast_unsigned();
        }
    }
}

#[cfg(target_os = "linux")]
pub use of_linux::EpollFlags;
