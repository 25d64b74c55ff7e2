use crate::time::Duration;

/// What to do with a connection that comes when all slots are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum WhenFull {
    /// Leave it in the listener's backlog until a slot is free.
    #[default]
    Wait,
    /// Accept it and reset it at once, so that the peer knows.
    Refuse,
}

/// How long a connection may take for what; all are checked without a cost for
/// connections that keep to them.
///
/// ```
/// use amphi_core::serve::Limits;
/// use core::time::Duration;
///
/// let limits = Limits { idle: Some(Duration::from_secs(30)), ..Limits::default() };
/// assert_eq!(limits.total, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    /// Closes a connection on which nothing moved for this time. None unless set.
    pub idle: Option<Duration>,
    /// Resets a connection whose peer took no octet of a waiting reply for this
    /// time. Two minutes unless set.
    pub progress: Option<Duration>,
    /// Closes a connection after this time, whatever it does. None unless set.
    pub total: Option<Duration>,
    /// How long a connection that this side closed waits for the peer's end of
    /// file, so that late input does not destroy the reply on its way
    /// (RFC 9112, section 9.6). Two seconds unless set.
    pub linger: Duration,
    /// What to do when all slots are taken.
    pub when_full: WhenFull,
}

impl Limits {
    /// The defaults that each field names.
    pub const DEFAULT: Self = Self {
        idle: None,
        progress: Some(Duration::from_secs(120)),
        total: None,
        linger: Duration::from_secs(2),
        when_full: WhenFull::Wait,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
