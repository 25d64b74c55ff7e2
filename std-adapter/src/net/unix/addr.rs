use core::fmt;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use amphi_core::ErrorKind;
use amphi_core::socket::Address;

use crate::{HostError, sys};

/// The address of a Unix socket: a path, on Linux an abstract name, or none (unix(7)).
///
/// A path is at most 108 octets long on Linux and 104 on macOS and FreeBSD, an
/// abstract name one less. Python writes an abstract name with a zero octet in
/// front, and no name as `''`.
///
/// ```
/// use amphi_core::{Error, ErrorKind};
/// use amphi_std::UnixAddr;
///
/// let address = UnixAddr::from_path("/run/echo.sock")?;
/// assert_eq!(address.to_string(), "/run/echo.sock");
/// assert_eq!(address.as_path().unwrap().file_name().unwrap(), "echo.sock");
/// assert_eq!(UnixAddr::UNNAMED.to_string(), "unnamed");
///
/// let error = UnixAddr::from_path("x".repeat(109)).unwrap_err();
/// assert_eq!(error.reason(), ErrorKind::InvalidInput);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixAddr {
    /// A path, or a zero octet and an abstract name; zero behind its end.
    octets: [u8; sys::UNIX_CAPACITY],
    /// Zero without a name. At most 108.
    len: u8,
}

impl UnixAddr {
    /// The address of a socket that was not bound.
    pub const UNNAMED: Self = Self {
        octets: [0; sys::UNIX_CAPACITY],
        len: 0,
    };

    /// The address of a node in the file system.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when `path` is empty, too long, or has a zero octet.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, HostError> {
        let octets = path.as_ref().as_os_str().as_bytes();
        if octets.is_empty() || octets.contains(&0) {
            return Err(invalid());
        }
        Self::new(&[octets])
    }

    /// An abstract name, which has no node in the file system and is gone with its
    /// socket. Any octets will do, zeros too.
    ///
    /// ```
    /// use amphi_std::UnixAddr;
    ///
    /// let address = UnixAddr::from_abstract_name("echo")?;
    /// assert_eq!(address.as_abstract_name(), Some(&b"echo"[..]));
    /// assert_eq!(address.to_string(), "@echo");
    /// # Ok::<(), amphi_std::HostError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidInput` when `name` is longer than 107 octets.
    #[cfg(target_os = "linux")]
    pub fn from_abstract_name(name: impl AsRef<[u8]>) -> Result<Self, HostError> {
        Self::new(&[&[0], name.as_ref()])
    }

    /// The address of the parts' octets, one behind the other.
    fn new(parts: &[&[u8]]) -> Result<Self, HostError> {
        let mut address = Self::UNNAMED;
        let mut len = 0;
        for octet in parts.iter().copied().flatten() {
            *address.octets.get_mut(len).ok_or_else(invalid)? = *octet;
            len += 1;
        }
        address.len = u8::try_from(len).map_err(|_| invalid())?;
        Ok(address)
    }

    /// The address that the kernel tells by `octets`, of which there are at most as
    /// many as it has room for.
    pub(crate) fn from_kernel(octets: &[u8]) -> Self {
        let is_abstract = octets.first() == Some(&0);
        let name = match octets.iter().position(|octet| *octet == 0) {
            _ if is_abstract && cfg!(target_os = "linux") => octets,
            Some(end) => &octets[..end],
            None => octets,
        };
        Self::new(&[name]).unwrap_or(Self::UNNAMED)
    }

    /// As the kernel has it, without a zero octet at the end.
    pub(crate) fn as_octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }

    /// The path, if it is one.
    #[must_use]
    pub fn as_path(&self) -> Option<&Path> {
        match self.as_octets() {
            [] | [0, ..] => None,
            octets => Some(Path::new(OsStr::from_bytes(octets))),
        }
    }

    /// The abstract name, if it is one.
    #[must_use]
    pub fn as_abstract_name(&self) -> Option<&[u8]> {
        match self.as_octets() {
            [0, name @ ..] => Some(name),
            _ => None,
        }
    }

    /// Whether it has no name.
    #[must_use]
    pub const fn is_unnamed(&self) -> bool {
        self.len == 0
    }
}

/// A path as it is, an abstract name as `@name`, none as `unnamed`; what cannot be
/// printed is escaped.
impl fmt::Display for UnixAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_octets() {
            [] => f.pad("unnamed"),
            [0, name @ ..] => write!(f, "@{}", name.escape_ascii()),
            path => match core::str::from_utf8(path) {
                Ok(path) if !path.contains(char::is_control) => f.pad(path),
                _ => write!(f, "{}", path.escape_ascii()),
            },
        }
    }
}

impl fmt::Debug for UnixAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnixAddr({self})")
    }
}

/// All peers count as one: clients have no names as a rule.
impl Address for UnixAddr {}

impl TryFrom<&Path> for UnixAddr {
    type Error = HostError;

    fn try_from(path: &Path) -> Result<Self, HostError> {
        Self::from_path(path)
    }
}

impl From<&std::os::unix::net::SocketAddr> for UnixAddr {
    fn from(address: &std::os::unix::net::SocketAddr) -> Self {
        #[cfg(target_os = "linux")]
        if let Some(name) = std::os::linux::net::SocketAddrExt::as_abstract_name(address) {
            return Self::new(&[&[0], name]).unwrap_or(Self::UNNAMED);
        }
        address.as_pathname().map_or(Self::UNNAMED, |path| {
            Self::from_path(path).unwrap_or(Self::UNNAMED)
        })
    }
}

/// Fails for a path of exactly 108 octets, which std does not allow.
impl TryFrom<&UnixAddr> for std::os::unix::net::SocketAddr {
    type Error = HostError;

    fn try_from(address: &UnixAddr) -> Result<Self, HostError> {
        #[cfg(target_os = "linux")]
        if let Some(name) = address.as_abstract_name() {
            let std = <Self as std::os::linux::net::SocketAddrExt>::from_abstract_name(name);
            return std.map_err(|_| invalid());
        }
        // For std, the empty path is no name.
        Self::from_pathname(address.as_path().unwrap_or(Path::new(""))).map_err(|_| invalid())
    }
}

const fn invalid() -> HostError {
    HostError::refused("unix address", ErrorKind::InvalidInput)
}
