//! Selectors of the host: [the contract](amphi_core::select#the-contract) over
//! epoll(7), kqueue(2), poll(2) and select(2).
//!
//! | | waits by | rounds a timeout up to | cost of a turn |
//! |---|---|---|---|
//! | `EpollSelector` (Linux) | `epoll_wait(2)` | 1 ms | what is ready |
//! | `KqueueSelector` (macOS, FreeBSD) | kevent(2) | 1 ns | what is ready |
//! | [`PollSelector`] | ppoll(2), poll(2) on macOS | 1 ns, 1 ms on macOS | all registrations |
//! | [`SelectSelector`] | select(2), then poll(2) for what is ready | 1 µs | all registrations |
//!
//! Each watches anything with a descriptor ([`AsFd`](std::os::fd::AsFd)):
//! sockets of this crate and of std, pipes, terminals; epoll and kqueue selectors, too, which
//! are readable when they have events. Regular files, which are always ready, are refused by
//! epoll with `PermissionDenied`; the others report them.
//!
//! # Descriptors that were closed while registered
//!
//! Unregister a source before it is dropped. Where that was forgotten, or
//! foreign code closed the descriptor, the registration stays in the table and
//! gets no events. As soon as another file has the same number, registering
//! that file replaces the stale registration (Python raises `KeyError` there);
//! `modify` and `unregister` answer `NotFound` for it. epoll tells files apart
//! by itself, and kqueue forgets a descriptor that is closed; the others compare device and
//! inode. On Linux all eventfds, timerfds and epolls have the same inode, on macOS
//! and FreeBSD all TCP and UDP sockets do, so that poll and select take one of them
//! for the other and answer `AlreadyExists`. `registration` looks at the number only.
//!
//! A file that was closed by its registered number while a duplicate keeps it
//! open can go on to give events of its registration. When the number has been
//! registered anew, none comes any more.

#[macro_use]
mod frame;

#[cfg(target_os = "linux")]
mod epoll;
#[cfg(not(target_os = "linux"))]
mod kqueue;
mod poll;
#[expect(
    clippy::module_inception,
    reason = "each back end has the name of its system call"
)]
mod select;
mod table;
mod timer;
mod wait;
mod waker;

#[cfg(target_os = "linux")]
pub use epoll::EpollSelector;
#[cfg(not(target_os = "linux"))]
pub use kqueue::KqueueSelector;
pub use poll::PollSelector;
pub use select::SelectSelector;
pub use waker::Waker;

#[cfg(target_os = "linux")]
pub(crate) use timer::Timer;
pub(crate) use wait::wait_for;
#[cfg(target_os = "linux")]
pub(crate) use waker::Wakers;

/// The best selector of the platform: epoll on Linux, else kqueue.
///
/// ```
/// use amphi_core::select::Selector;
/// use amphi_std::DefaultSelector;
///
/// let selector = DefaultSelector::<u32>::new()?;
/// assert!(selector.is_empty());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[cfg(target_os = "linux")]
pub type DefaultSelector<K> = EpollSelector<K>;

/// The best selector of the platform: epoll on Linux, else kqueue.
///
/// ```
/// use amphi_core::select::Selector;
/// use amphi_std::DefaultSelector;
///
/// let selector = DefaultSelector::<u32>::new()?;
/// assert!(selector.is_empty());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[cfg(not(target_os = "linux"))]
pub type DefaultSelector<K> = KqueueSelector<K>;
