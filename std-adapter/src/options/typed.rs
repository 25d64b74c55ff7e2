use core::net::SocketAddr;
use core::time::Duration;
use std::os::fd::{AsFd, BorrowedFd};

use crate::{HostError, sys};

/// The options of any socket, by name and with the units of Rust: Python's `getsockopt`
/// and `setsockopt`.
///
/// ```
/// use amphi_core::socket::Net;
/// use amphi_std::options::{KeepAlive, Options};
/// use amphi_std::Host;
/// use core::time::Duration;
///
/// let socket = Host.tcp_connect("127.0.0.1:9".parse().unwrap())?;
/// let options = Options::of(&socket);
/// let keep_alive = KeepAlive {
///     idle: Duration::from_secs(60),
///     interval: Duration::from_secs(10),
///     count: 3,
/// };
/// options.set_keep_alive(Some(keep_alive))?;
/// assert_eq!(options.keep_alive()?, Some(keep_alive));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
///
/// # Errors
///
/// All of them report what getsockopt(2) and setsockopt(2) do: `Unsupported` or
/// `InvalidInput` where the socket is not of the kind that has the option,
/// `PermissionDenied` where the process may not.
#[derive(Debug, Clone, Copy)]
pub struct Options<'fd>(pub(super) BorrowedFd<'fd>);

/// When a silent peer is asked whether it still lives (tcp(7)); in whole seconds.
///
/// ```
/// use amphi_std::options::KeepAlive;
/// use core::time::Duration;
///
/// let keep_alive = KeepAlive {
///     idle: Duration::from_secs(60),
///     interval: Duration::from_secs(10),
///     count: 3,
/// };
/// // When a dead peer is noticed at the latest.
/// let noticed = keep_alive.idle + keep_alive.interval * keep_alive.count;
/// assert_eq!(noticed, Duration::from_secs(90));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// How long it is silent before.
    pub idle: Duration,
    /// How long it may take to answer.
    pub interval: Duration,
    /// How often it is asked.
    pub count: u32,
}

/// A setter and a getter for a truth.
macro_rules! switches {
    ($($(#[$attribute:meta])* $name:ident, $set:ident: $OPTION:ident, $doc:literal;)*) => { $(
        $(#[$attribute])*
        #[doc = $doc]
        ///
        /// # Errors
        ///
        /// As for [all of them](Self#errors).
        pub fn $name(&self) -> Result<bool, HostError> {
            Ok(sys::$OPTION.get(self.0)? != 0)
        }

        $(#[$attribute])*
        #[doc = $doc]
        ///
        /// # Errors
        ///
        /// As for [all of them](Self#errors).
        pub fn $set(&self, on: bool) -> Result<(), HostError> {
            sys::$OPTION.set(self.0, i32::from(on))
        }
    )* };
}

impl<'fd> Options<'fd> {
    /// The options of a socket.
    pub fn of(socket: &'fd impl AsFd) -> Self {
        Self(socket.as_fd())
    }

    switches! {
        reuse_address, set_reuse_address: REUSE_ADDRESS,
            "Whether an address can be bound while old connections there are in TIME-WAIT; of UDP, while others have it (`SO_REUSEADDR`).";
        reuse_port, set_reuse_port: REUSE_PORT,
            "Whether sockets of one user share a port, and what comes for it (`SO_REUSEPORT`).";
        broadcast, set_broadcast: BROADCAST,
            "Whether datagrams may go to broadcast addresses (`SO_BROADCAST`).";
        nodelay, set_nodelay: NO_DELAY,
            "Whether small segments leave at once (`TCP_NODELAY`).";
        v6_only, set_v6_only: V6_ONLY,
            "Whether IPv4 is kept off an IPv6 socket; to be set before it is bound (`IPV6_V6ONLY`).";
    }

    /// Octets that the send buffer holds (`SO_SNDBUF`); Linux tells twice what was asked for.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn send_buffer_size(&self) -> Result<usize, HostError> {
        sys::SEND_BUFFER.get(self.0).map(to_size)
    }

    /// Asks for a send buffer of `size` octets (`SO_SNDBUF`).
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn set_send_buffer_size(&self, size: usize) -> Result<(), HostError> {
        sys::SEND_BUFFER.set(self.0, to_int(size))
    }

    /// Octets that the receive buffer holds (`SO_RCVBUF`); Linux tells twice what was asked for.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn recv_buffer_size(&self) -> Result<usize, HostError> {
        sys::RECV_BUFFER.get(self.0).map(to_size)
    }

    /// Asks for a receive buffer of `size` octets (`SO_RCVBUF`).
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn set_recv_buffer_size(&self, size: usize) -> Result<(), HostError> {
        sys::RECV_BUFFER.set(self.0, to_int(size))
    }

    /// When a silent peer is asked whether it lives; none for never (`SO_KEEPALIVE`,
    /// `TCP_KEEPIDLE`, `TCP_KEEPINTVL`, `TCP_KEEPCNT`).
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn keep_alive(&self) -> Result<Option<KeepAlive>, HostError> {
        if sys::KEEP_ALIVE.get(self.0)? == 0 {
            return Ok(None);
        }
        let seconds = |option: sys::IntOption| {
            let seconds = option.get(self.0)?;
            Ok::<_, HostError>(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
        };
        Ok(Some(KeepAlive {
            idle: seconds(sys::KEEP_IDLE)?,
            interval: seconds(sys::KEEP_INTERVAL)?,
            count: u32::try_from(sys::KEEP_COUNT.get(self.0)?).unwrap_or(0),
        }))
    }

    /// Sets when a silent peer is asked; parts of a second count as one.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors); `InvalidInput` for zero, and more than the system
    /// allows (Linux: 32,767 s and 127 times).
    pub fn set_keep_alive(&self, keep_alive: Option<KeepAlive>) -> Result<(), HostError> {
        if let Some(KeepAlive {
            idle,
            interval,
            count,
        }) = keep_alive
        {
            sys::KEEP_IDLE.set(self.0, whole_seconds(idle))?;
            sys::KEEP_INTERVAL.set(self.0, whole_seconds(interval))?;
            sys::KEEP_COUNT.set(self.0, i32::try_from(count).unwrap_or(i32::MAX))?;
        }
        sys::KEEP_ALIVE.set(self.0, i32::from(keep_alive.is_some()))
    }

    /// How long closing waits for what was not sent; none for not at all, in which case the
    /// kernel goes on by itself (`SO_LINGER`).
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn linger(&self) -> Result<Option<Duration>, HostError> {
        let seconds = sys::linger(self.0)?;
        Ok(seconds.map(|seconds| Duration::from_secs(seconds.into())))
    }

    /// Sets how long closing waits, in whole seconds; zero resets the connection.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn set_linger(&self, linger: Option<Duration>) -> Result<(), HostError> {
        let seconds = linger.map(|linger| u16::try_from(whole_seconds(linger)).unwrap_or(u16::MAX));
        sys::set_linger(self.0, seconds)
    }

    /// How many routers a packet may pass (`IP_TTL`, `IPV6_UNICAST_HOPS`).
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn hop_limit(&self) -> Result<u8, HostError> {
        let hops = self.by_family(sys::TTL, sys::V6_HOPS)?.get(self.0)?;
        Ok(u8::try_from(hops).unwrap_or(u8::MAX))
    }

    /// Sets how many routers a packet may pass.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors); `InvalidInput` for zero with IPv4.
    pub fn set_hop_limit(&self, hops: u8) -> Result<(), HostError> {
        self.by_family(sys::TTL, sys::V6_HOPS)?
            .set(self.0, hops.into())
    }

    /// The octet that says how urgent a packet is: DSCP and ECN (RFC 2474; `IP_TOS`,
    /// `IPV6_TCLASS`).
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn traffic_class(&self) -> Result<u8, HostError> {
        let class = self.by_family(sys::TOS, sys::V6_CLASS)?.get(self.0)?;
        Ok(u8::try_from(class).unwrap_or(0))
    }

    /// Sets the octet that says how urgent a packet is. The kernel keeps the two bits of
    /// ECN of TCP for itself.
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn set_traffic_class(&self, class: u8) -> Result<(), HostError> {
        self.by_family(sys::TOS, sys::V6_CLASS)?
            .set(self.0, class.into())
    }

    /// Sends and receives through one interface alone; through any for "" (`SO_BINDTODEVICE`).
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors); `NotFound` when there is no such interface.
    #[cfg(target_os = "linux")]
    pub fn bind_to_device(&self, interface: &str) -> Result<(), HostError> {
        sys::bind_to_device(self.0, interface)
    }

    /// The pending error of the socket, which is cleared by asking (`SO_ERROR`).
    ///
    /// # Errors
    ///
    /// As for [all of them](Self#errors).
    pub fn take_error(&self) -> Result<Option<HostError>, HostError> {
        let errno = sys::take_error(self.0)?;
        Ok((errno != 0).then(|| HostError::from_errno("SO_ERROR", errno)))
    }

    pub(super) fn is_v6(&self) -> Result<bool, HostError> {
        Ok(sys::local::<SocketAddr>(self.0)?.is_ipv6())
    }

    /// The option of the socket's family.
    pub(super) fn by_family(
        &self,
        v4: sys::IntOption,
        v6: sys::IntOption,
    ) -> Result<sys::IntOption, HostError> {
        Ok(if self.is_v6()? { v6 } else { v4 })
    }
}

fn to_size(value: i32) -> usize {
    usize::try_from(value).unwrap_or(0)
}

fn to_int(size: usize) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}

/// Rounded up, as waiting less than was asked for is wrong.
fn whole_seconds(duration: Duration) -> i32 {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}
