//! The door to the C library: the only unsafe code, and the only `libc::`.
//!
//! Each platform supplies these names; what is above knows no platform:
//!
//! | names | what they do |
//! |---|---|
//! | `kind_of`, `name_of`, `code` | the table of errnos |
//! | `now` | the monotonic clock |
//! | `stream_socket`, `datagram_socket` | new sockets: non-blocking, close-on-exec, no SIGPIPE |
//! | `unix_…_socket`, `unix_…_pair`, `UNIX_CAPACITY` | the same of Unix sockets; octets of their paths |
//! | `set_nonblocking`, `set_mode` | of a descriptor; the mode on Linux only |
//! | `bind`, `listen`, `connect`, `disconnect`, `accept`, `shutdown`, `local`, `remote` | a call each |
//! | `recv`, `send`, `recv_from`, `send_to` | the hot path, a call each |
//! | `recv_vectored`, `send_vectored`, `peek` | several buffers in a call; a look at what waits |
//! | `recv_batch`, `send_batch` | many datagrams by one call, Linux only |
//! | `recv_message`, `set_packet_info`, `set_timestamps` | what the kernel knows of a datagram |
//! | `send_segments`, `set_receive_offload` | UDP's offloads, Linux only |
//! | `send_fds`, `recv_fds`, `peer_credentials` | descriptors through Unix sockets |
//! | `send_file`; `pipe`, `splice` | octets that stay in the kernel; the latter on Linux only |
//! | `set_…`, `take_error` | socket options, typed |
//! | `Membership` and its functions | groups |
//! | `adopt_stream`, `adopt_datagram` | what a foreign socket needs to become ours |
//! | `file_id`, `is_open` | which file a descriptor stands for |
//! | `interface_…` | names, numbers and addresses of interfaces |
//! | `IntOption` and its constants, `linger`, `bind_to_device`, `SourceMembership` | options for `options` |
//! | `getaddrinfo`, `getnameinfo`, `gethost…`, `gai_strerror` | names of hosts |
//! | `PollFd`, `poll` | poll(2) |
//! | `FdSet`, `select` | select(2) |
//! | `EpollEvent`, `epoll_…` | epoll(7), Linux only |
//! | `KqueueEvent`, `kqueue_…` | kqueue(2), macOS and FreeBSD |
//! | `uring` | `io_uring(7)`, Linux only |
//! | `fork`, `wait_for_child`, `kill`, `exit_child` | processes, Linux only |
//! | `open_tun_tap`, `interface_mtu`, `read`, `write` | TAP and TUN devices, Linux only |
//! | `LowPollFd`, `LowEpollEvent` and their functions | the calls as they are, for `low` |
//! | `WakeFd` | something readable that `signal` makes ready: eventfd or pipe |
//!
//! Rules: one unsafe operation a block, each with its reason; `cvt` turns −1
//! into an error, `retry` repeats after EINTR. A function takes `BorrowedFd`
//! where the descriptor must be open, and a bare number only where a closed one
//! is an answer (EBADF), not a mistake.

mod addr;
mod addr_unix;
mod ancillary;
#[cfg(target_os = "linux")]
mod batch;
mod cvt;
#[cfg(target_os = "linux")]
mod epoll;
mod errno;
mod fd;
mod interfaces;
#[cfg(not(target_os = "linux"))]
mod kqueue;
mod low;
#[cfg(target_os = "linux")]
mod low_epoll;
mod message;
mod multicast;
mod names;
mod open;
mod option;
mod options;
mod packet_info;
mod poll;
#[cfg(target_os = "linux")]
mod process;
mod rights;
mod select;
mod send_file;
mod sigpipe;
mod socket;
mod source_group;
mod time;
#[cfg(target_os = "linux")]
mod tun_tap;
#[cfg(target_os = "linux")]
pub(crate) mod uring;
mod vectored;
#[cfg_attr(target_os = "linux", path = "wake_eventfd.rs")]
#[cfg_attr(not(target_os = "linux"), path = "wake_pipe.rs")]
mod wake;

pub(crate) use addr::SocketAddress;
pub(crate) use addr_unix::UNIX_CAPACITY;
#[cfg(target_os = "linux")]
pub(crate) use batch::{Segments, recv_batch, send_batch};
#[cfg(target_os = "linux")]
pub(crate) use epoll::{
    EpollEvent, Watch, epoll_add, epoll_create, epoll_delete, epoll_modify, epoll_wait,
};
pub(crate) use errno::{code, kind_of, name_of};
#[cfg(target_os = "linux")]
pub(crate) use fd::set_mode;
pub(crate) use fd::{FileId, file_id, is_open, set_nonblocking};
pub(crate) use interfaces::{interface_addresses, interface_name, interface_names};
#[cfg(not(target_os = "linux"))]
pub(crate) use kqueue::{Action, Filter, KqueueEvent, kqueue_change, kqueue_create, kqueue_wait};
pub use low::PollFd as LowPollFd;
pub(crate) use low::{poll_bits, poll_flags, select_three};
#[cfg(target_os = "linux")]
pub use low_epoll::EpollEvent as LowEpollEvent;
#[cfg(target_os = "linux")]
pub(crate) use low_epoll::{Control, epoll_bits, epoll_control, epoll_wait_flags};
pub(crate) use message::{recv_message, set_timestamps};
#[cfg(target_os = "linux")]
pub(crate) use message::{send_segments, set_receive_offload};
pub(crate) use multicast::{
    Membership, interface_index, multicast_hop_limit, multicast_index, multicast_interface_v4,
    multicast_loop, set_multicast_hop_limit, set_multicast_index, set_multicast_interface_v4,
    set_multicast_loop,
};
pub(crate) use names::{
    AF_INET, AF_INET6, AF_UNSPEC, AI_ADDRCONFIG, AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV,
    AI_PASSIVE, AI_V4MAPPED, Asked, EAI_AGAIN, EAI_FAMILY, EAI_MEMORY, EAI_NONAME, EAI_OVERFLOW,
    EAI_SERVICE, EAI_SOCKTYPE, EAI_SYSTEM, Found, HOST_NOT_FOUND, HostEntry, NI_DGRAM, NI_NAMEREQD,
    NI_NUMERICHOST, NI_NUMERICSERV, NO_DATA, NO_RECOVERY, SOCK_DGRAM, SOCK_STREAM, TRY_AGAIN,
    c_string, gai_strerror, getaddrinfo, gethostbyaddr, gethostbyname, gethostname, getnameinfo,
};
pub(crate) use open::{
    adopt_datagram, adopt_stream, datagram_socket, stream_socket, unix_datagram_pair,
    unix_datagram_socket, unix_stream_pair, unix_stream_socket,
};
pub(crate) use option::{
    set_abortive_close, set_nodelay, set_recv_buffer_size, set_reuse_address, set_send_buffer_size,
    set_send_timeout, set_v6_only, take_error,
};
pub(crate) use options::{
    BROADCAST, IntOption, KEEP_ALIVE, KEEP_COUNT, KEEP_IDLE, KEEP_INTERVAL, NO_DELAY, RECV_BUFFER,
    REUSE_ADDRESS, REUSE_PORT, SEND_BUFFER, TOS, TTL, V6_CLASS, V6_HOPS, V6_ONLY, linger,
    set_linger,
};
#[cfg(target_os = "linux")]
pub(crate) use options::{MULTICAST_ALL, V6_MULTICAST_ALL, bind_to_device};
pub(crate) use packet_info::{note, set_packet_info};
pub(crate) use poll::{PollFd, poll};
#[cfg(target_os = "linux")]
pub(crate) use process::{ChildId, Forked, exit_child, fork, kill, wait_for_child};
pub(crate) use rights::{peer_credentials, recv_fds, send_fds};
pub(crate) use select::{FD_LIMIT, FdSet, select};
pub(crate) use send_file::send_file;
#[cfg(target_os = "linux")]
pub(crate) use send_file::{pipe, splice};
pub(crate) use socket::{
    accept, bind, connect, disconnect, listen, local, recv, recv_from, remote, send, send_to,
    shutdown,
};
pub(crate) use source_group::SourceMembership;
pub(crate) use time::now;
#[cfg(target_os = "linux")]
pub(crate) use tun_tap::{NAME_CAPACITY, interface_mtu, open_tun_tap, read, write};
pub(crate) use vectored::{peek, recv_vectored, send_vectored};
pub(crate) use wake::WakeFd;
