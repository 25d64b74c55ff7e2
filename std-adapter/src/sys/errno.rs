use amphi_core::ErrorKind;
use amphi_core::ErrorKind as Kind;

/// The errnos that the layers above ask for by name.
pub(crate) mod code {
    pub(crate) const EBADF: i32 = libc::EBADF;
    pub(crate) const EINPROGRESS: i32 = libc::EINPROGRESS;
    pub(crate) const EMFILE: i32 = libc::EMFILE;
    pub(crate) const ENFILE: i32 = libc::ENFILE;
    pub(crate) const ENOTCONN: i32 = libc::ENOTCONN;
    #[cfg(target_os = "linux")]
    pub(crate) const ENOBUFS: i32 = libc::ENOBUFS;

    /// Nothing is wrong: it was cancelled, or has to be tried again.
    #[cfg(target_os = "linux")]
    pub(crate) const PASSING: &[i32] = &[libc::ECANCELED, libc::EAGAIN, libc::EINTR];

    /// What accept(2) passes on of a connection that died while it waited, and
    /// says to treat like EAGAIN. EOPNOTSUPP, which the page lists too, is left
    /// out: it is also the answer of a socket that cannot accept at all.
    pub(crate) const DIED_BEFORE_ACCEPT: &[i32] = &[
        libc::ECONNABORTED,
        libc::EPROTO,
        libc::ENETDOWN,
        libc::ENOPROTOOPT,
        libc::EHOSTDOWN,
        #[cfg(target_os = "linux")]
        libc::ENONET,
        libc::EHOSTUNREACH,
        libc::ENETUNREACH,
    ];
}

macro_rules! table {
    ($($(#[$only:meta])* $name:ident => $kind:ident,)*) => {
        /// The one table from errno to name and kind. EAGAIN is first, as it is
        /// looked up most.
        const TABLE: &[(i32, &str, Kind)] = &[
            $($(#[$only])* (libc::$name, stringify!($name), Kind::$kind),)*
        ];
    };
}

table! {
    EAGAIN => WouldBlock,
    EINPROGRESS => WouldBlock,
    EALREADY => WouldBlock,
    EINTR => Interrupted,
    ETIMEDOUT => TimedOut,
    ECONNREFUSED => Refused,
    ECONNRESET => Reset,
    ENETRESET => Reset,
    ECONNABORTED => Aborted,
    EPIPE => BrokenPipe,
    ESHUTDOWN => BrokenPipe,
    ENOTCONN => NotConnected,
    EDESTADDRREQ => NotConnected,
    EISCONN => AlreadyConnected,
    EADDRINUSE => AddrInUse,
    EADDRNOTAVAIL => AddrNotAvailable,
    ENETUNREACH => Unreachable,
    EHOSTUNREACH => Unreachable,
    ENETDOWN => Unreachable,
    EHOSTDOWN => Unreachable,
    #[cfg(target_os = "linux")]
    ENONET => Unreachable,
    EMSGSIZE => MessageTooLong,
    EMFILE => Exhausted,
    ENFILE => Exhausted,
    ENOBUFS => Exhausted,
    ENOMEM => Exhausted,
    ENOSPC => Exhausted,
    EDQUOT => Exhausted,
    ETOOMANYREFS => Exhausted,
    EUSERS => Exhausted,
    EPERM => PermissionDenied,
    EACCES => PermissionDenied,
    EROFS => PermissionDenied,
    EINVAL => InvalidInput,
    ESPIPE => InvalidInput,
    EFAULT => InvalidInput,
    ENOTSOCK => InvalidInput,
    EDOM => InvalidInput,
    ERANGE => InvalidInput,
    EOVERFLOW => InvalidInput,
    ENAMETOOLONG => InvalidInput,
    ELOOP => InvalidInput,
    EISDIR => InvalidInput,
    ENOTDIR => InvalidInput,
    EEXIST => AlreadyExists,
    ENOENT => NotFound,
    ENODEV => NotFound,
    ENXIO => NotFound,
    ESRCH => NotFound,
    ENOSYS => Unsupported,
    EOPNOTSUPP => Unsupported,
    ENOTSUP => Unsupported,
    ENOPROTOOPT => Unsupported,
    EPROTONOSUPPORT => Unsupported,
    ESOCKTNOSUPPORT => Unsupported,
    EPFNOSUPPORT => Unsupported,
    EAFNOSUPPORT => Unsupported,
    EPROTOTYPE => Unsupported,
    ENOTTY => Unsupported,
    EBADF => Closed,
    EPROTO => Other,
    EIO => Other,
    EBUSY => Other,
}

/// The kind of failure that `errno` means; [`ErrorKind::Other`] for any that the
/// table does not list.
pub(crate) fn kind_of(errno: i32) -> ErrorKind {
    find(errno).map_or(ErrorKind::Other, |row| row.2)
}

/// The symbolic name of `errno`, where the table has it.
pub(crate) fn name_of(errno: i32) -> Option<&'static str> {
    find(errno).map(|row| row.1)
}

fn find(errno: i32) -> Option<&'static (i32, &'static str, Kind)> {
    TABLE.iter().find(|row| row.0 == errno)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_errno_has_a_kind_and_listed_ones_a_name() {
        for errno in -1..5_000 {
            assert_eq!(name_of(errno).is_none(), find(errno).is_none());
            if name_of(errno).is_none() {
                assert_eq!(kind_of(errno), ErrorKind::Other);
            }
        }
        assert_eq!(name_of(libc::EADDRINUSE), Some("EADDRINUSE"));
        assert_eq!(kind_of(libc::EWOULDBLOCK), ErrorKind::WouldBlock);
    }

    #[test]
    fn no_errno_is_listed_with_two_kinds() {
        for (errno, name, kind) in TABLE {
            assert_eq!(kind_of(*errno), *kind, "{name}");
        }
    }
}
