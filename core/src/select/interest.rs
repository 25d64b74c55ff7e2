use core::fmt;
use core::ops::{BitOr, BitOrAssign};

/// What a registration wants to know: Python's `EVENT_READ` and `EVENT_WRITE`.
///
/// ```
/// use amphi_core::select::Interest;
///
/// let both = Interest::READ | Interest::WRITE;
/// assert!(both.is_readable() && both.is_writable());
/// assert!(Interest::NONE.is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Interest(u8);

impl Interest {
    /// Nothing: the registration is paused.
    pub const NONE: Self = Self(0);
    /// Octets, a datagram, a connection to accept, or end of file.
    pub const READ: Self = Self(1);
    /// Room to write, or an attempt to connect that ended.
    pub const WRITE: Self = Self(2);

    /// Whether it includes [`Interest::READ`].
    #[must_use]
    pub const fn is_readable(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether it includes [`Interest::WRITE`].
    #[must_use]
    pub const fn is_writable(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether it is [`Interest::NONE`].
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Interest {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.is_readable(), self.is_writable()) {
            (false, false) => "NONE",
            (true, false) => "READ",
            (false, true) => "WRITE",
            (true, true) => "READ | WRITE",
        })
    }
}

/// What a source is ready for.
///
/// ```
/// use amphi_core::select::{Interest, Ready};
///
/// let hangup = Ready::HANGUP.widen(Interest::READ);
/// assert!(hangup.is_readable() && !hangup.is_writable());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ready(u8);

impl Ready {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// A read, receive or accept will not block.
    pub const READABLE: Self = Self(1);
    /// A write or send will not block, or an attempt to connect has ended.
    pub const WRITABLE: Self = Self(2);
    /// The source has an error to tell.
    pub const ERROR: Self = Self(4);
    /// The peer is gone, in both directions.
    pub const HANGUP: Self = Self(8);

    /// Whether a read, receive or accept will not block.
    #[must_use]
    pub const fn is_readable(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether a write or send will not block.
    #[must_use]
    pub const fn is_writable(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether the source has an error to tell.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 & 4 != 0
    }

    /// Whether the peer is gone.
    #[must_use]
    pub const fn is_hangup(self) -> bool {
        self.0 & 8 != 0
    }

    /// Whether there is nothing to report.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// For adapters: the report that a registration with `interest` gets. An
    /// error or hang-up makes it ready for all that it asks; readiness that it
    /// did not ask for is left out.
    #[must_use]
    pub const fn widen(self, interest: Interest) -> Self {
        if interest.is_none() {
            return Self::NONE;
        }
        let trouble = self.0 & (Self::ERROR.0 | Self::HANGUP.0);
        let asked = if trouble == 0 {
            self.0 & interest.0
        } else {
            interest.0
        };
        Self(asked | trouble)
    }
}

impl BitOr for Ready {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Ready {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (self.is_readable(), "READABLE"),
            (self.is_writable(), "WRITABLE"),
            (self.is_error(), "ERROR"),
            (self.is_hangup(), "HANGUP"),
        ];
        let mut set = f.debug_set();
        for (_, name) in names.iter().filter(|(on, _)| *on) {
            set.entry(&format_args!("{name}"));
        }
        set.finish()
    }
}

/// One ready source: the key that it was registered with, and for what it is ready.
///
/// ```
/// use amphi_core::select::{Event, Ready};
///
/// // Room for the events of one call; its content means nothing yet.
/// let mut events = [Event::new('?', Ready::NONE); 8];
/// events[0] = Event::new('a', Ready::READABLE | Ready::HANGUP);
/// assert_eq!(events[0].key, 'a');
/// assert!(events[0].ready.is_readable() && !events[0].ready.is_writable());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Event<K> {
    /// The key of the registration.
    pub key: K,
    /// What the source is ready for.
    pub ready: Ready,
}

impl<K> Event<K> {
    /// An event with `key` and `ready`; also what fills a new buffer.
    pub const fn new(key: K, ready: Ready) -> Self {
        Self { key, ready }
    }
}

/// What a selector keeps of a source: Python's `SelectorKey`.
///
/// ```
/// use amphi_core::select::{Interest, Register, Registration};
/// use amphi_core::socket::Net;
/// use amphi_std::{DefaultSelector, Host};
///
/// let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let mut selector = DefaultSelector::new()?;
/// selector.register(&socket, Interest::READ, 7)?;
/// let expected = Registration { key: 7, interest: Interest::READ };
/// assert_eq!(selector.registration(&socket), Some(expected));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Registration<K> {
    /// The caller's key.
    pub key: K,
    /// What the caller wants to know.
    pub interest: Interest,
}
