use amphi_core::time::Duration;
use smoltcp::wire::HardwareAddress;

/// What to do with an attempt to connect for which there is no socket or no
/// room in the backlog.
///
/// ```
/// use amphi_smoltcp::{Config, WhenBusy, smoltcp::wire::HardwareAddress};
///
/// let mut config = Config::new(HardwareAddress::Ip);
/// assert_eq!(config.when_busy, WhenBusy::Silent);
/// config.when_busy = WhenBusy::Reset;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenBusy {
    /// Say nothing: the peer tries again after a second or so. When it is handshakes
    /// that nobody finishes which take the room, as in a flood of attempts under false
    /// addresses, ask the peer first whether it is there, and let it in if it is.
    #[default]
    Silent,
    /// Refuse it with a reset, in a flood too.
    Reset,
}

/// How a [`Stack`](crate::Stack) behaves; [`Config::new`] has the defaults.
///
/// ```
/// use amphi_smoltcp::{Config, smoltcp::wire::EthernetAddress};
/// use core::time::Duration;
///
/// let mut config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
/// config.seed = 0x5eed; // from a source of random numbers
/// config.peer_timeout = Duration::from_secs(30);
/// assert_eq!(config.handshake_timeout, Duration::from_secs(10));
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Config {
    /// The address on the link.
    pub hardware_address: HardwareAddress,
    /// Where port and sequence numbers start: should differ at each boot.
    pub seed: u64,
    /// Whether the device hands this stack's own frames back to it, as
    /// [`Loopback`](crate::Loopback) does. If not, the stack itself delivers its
    /// own multicast to its members.
    pub device_loops_back: bool,
    /// What to do with attempts to connect that find no room.
    pub when_busy: WhenBusy,
    /// How long a connection may take to be established, either way. 10 s unless set.
    pub handshake_timeout: Duration,
    /// How long an acknowledgement may wait for octets to travel with; 10 ms unless set,
    /// and at once for zero.
    pub ack_delay: Duration,
    /// How often a silent peer is asked whether it still lives. 10 s unless set; not zero.
    pub keep_alive: Duration,
    /// How long a peer may be silent before the connection is given up. 120 s unless set.
    pub peer_timeout: Duration,
    /// How long a dropped connection may take to deliver what it owes. 30 s unless set.
    pub close_timeout: Duration,
}

impl Config {
    /// The defaults, for a device whose address on the link is
    /// `hardware_address`: `HardwareAddress::Ip` for one that carries plain IP packets.
    #[must_use]
    pub const fn new(hardware_address: HardwareAddress) -> Self {
        Self {
            hardware_address,
            seed: 0x616d_7068_6921,
            device_loops_back: false,
            when_busy: WhenBusy::Silent,
            handshake_timeout: Duration::from_secs(10),
            ack_delay: Duration::from_millis(10),
            keep_alive: Duration::from_secs(10),
            peer_timeout: Duration::from_secs(120),
            close_timeout: Duration::from_secs(30),
        }
    }
}
