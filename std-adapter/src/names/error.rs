use core::fmt;

use amphi_core::ErrorKind;

use crate::sys;

/// Why a look-up failed: what was asked for, and the resolver's own words.
///
/// ```
/// use amphi_core::ErrorKind;
///
/// let error = amphi_std::names::gethostbyname("a name with spaces").unwrap_err();
/// assert_eq!(error.reason(), ErrorKind::NotFound);
/// assert!(error.to_string().starts_with("a name with spaces: "));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolveError {
    asked: String,
    code: i32,
    kind: ErrorKind,
    text: String,
}

impl ResolveError {
    /// The error `code` of getaddrinfo(3) or getnameinfo(3), with its errno.
    pub(super) fn from_gai(asked: &str, (code, errno): (i32, i32)) -> Self {
        let kind = match code {
            sys::EAI_NONAME => ErrorKind::NotFound,
            sys::EAI_AGAIN => ErrorKind::TimedOut,
            sys::EAI_MEMORY | sys::EAI_OVERFLOW => ErrorKind::Exhausted,
            sys::EAI_FAMILY | sys::EAI_SOCKTYPE => ErrorKind::Unsupported,
            sys::EAI_SERVICE => ErrorKind::InvalidInput,
            sys::EAI_SYSTEM => sys::kind_of(errno),
            _ if is_no_address(code) => ErrorKind::NotFound,
            _ => ErrorKind::Other,
        };
        let text = match code {
            sys::EAI_SYSTEM => std::io::Error::from_raw_os_error(errno).to_string(),
            _ => sys::gai_strerror(code),
        };
        Self {
            asked: asked.to_owned(),
            code,
            kind,
            text,
        }
    }

    /// What `h_errno` says, in the words of hstrerror(3).
    pub(super) fn from_h_errno(asked: &str, code: i32) -> Self {
        let (kind, text) = match code {
            sys::HOST_NOT_FOUND => (ErrorKind::NotFound, "Unknown host"),
            sys::TRY_AGAIN => (ErrorKind::TimedOut, "Host name lookup failure"),
            sys::NO_RECOVERY => (ErrorKind::Other, "Unknown server error"),
            sys::NO_DATA => (ErrorKind::NotFound, "No address associated with name"),
            _ => (ErrorKind::Other, "Resolver internal error"),
        };
        Self::own(asked, code, kind, text)
    }

    /// A refusal of ours.
    pub(super) fn refused(asked: &str, kind: ErrorKind, text: &str) -> Self {
        Self::own(asked, 0, kind, text)
    }

    fn own(asked: &str, code: i32, kind: ErrorKind, text: &str) -> Self {
        Self {
            asked: asked.to_owned(),
            code,
            kind,
            text: text.to_owned(),
        }
    }

    /// The kind of failure: `NotFound` where there is no such name or it has no
    /// address, `TimedOut` where the name server does not answer for now.
    #[must_use]
    pub const fn reason(&self) -> ErrorKind {
        self.kind
    }

    /// The resolver's number: an `EAI_` of netdb.h, or one of `h_errno`; 0 where it
    /// was not asked.
    #[must_use]
    pub const fn code(&self) -> i32 {
        self.code
    }

    /// The resolver's own words.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.asked.is_empty() {
            write!(f, "{}: ", self.asked.escape_debug())?;
        }
        f.write_str(&self.text)
    }
}

impl core::error::Error for ResolveError {}

/// `EAI_NODATA` and `EAI_ADDRFAMILY` of the platforms that have them (netdb.h).
const fn is_no_address(code: i32) -> bool {
    if cfg!(target_os = "linux") {
        matches!(code, -5 | -9)
    } else {
        matches!(code, 1 | 7)
    }
}

/// A name as the C library takes it.
pub(super) fn c_name(name: &str) -> Result<std::ffi::CString, ResolveError> {
    let refused = |text| ResolveError::refused(name, ErrorKind::InvalidInput, text);
    if !name.is_ascii() {
        return Err(refused(
            "not ASCII; give the name in its xn-- form (RFC 5891)",
        ));
    }
    sys::c_string(name).ok_or_else(|| refused("a name has no zero octet"))
}
