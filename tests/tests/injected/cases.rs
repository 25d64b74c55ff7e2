//! Which calls fail, how, and who may suffer.

use libtest_mimic::{Failed, Trial};

use crate::clients;
use crate::server::FAILED;
use crate::traced::Traced;

/// Who may be cut off.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Victims {
    /// Nobody.
    None,
    /// At most one connection for each fault.
    Some,
}

/// glibc and the platform choose between names of a call; `?` lets strace pass over others.
const EPOLL: &str = "?epoll_wait,?epoll_pwait,?epoll_pwait2";
const POLL: &str = "?poll,?ppoll";
const SELECT: &str = "?select,?pselect6";
const CLONE: &str = "?clone,?clone3";

/// The kernel refuses a ring, and epoll serves; or it is interrupted, or has no room.
const URING: &[(&str, &str)] = &[
    ("io_uring_setup", "error=EPERM"),
    ("io_uring_setup", "error=ENOSYS"),
    ("io_uring_register", "error=EINVAL"),
    ("io_uring_enter", "error=EINTR:when=1+2"),
    ("io_uring_enter", "error=EAGAIN:when=1+2"),
    ("io_uring_enter", "error=EBUSY:when=2+3"),
];

/// The server, its calls that fail, and how: each with whom it may cost a connection.
const STREAMS: &[(&str, &str, &str, Victims)] = &[
    // Interrupted, or nothing there after all.
    ("epoll", EPOLL, "error=EINTR:when=1+2", Victims::None),
    ("poll", POLL, "error=EINTR:when=1+2", Victims::None),
    ("select", SELECT, "error=EINTR:when=1+2", Victims::None),
    ("epoll", "recvfrom", "error=EINTR:when=1+2", Victims::None),
    ("epoll", "sendto", "error=EINTR:when=1+2", Victims::None),
    ("epoll", "accept4", "error=EINTR:when=1+2", Victims::None),
    ("epoll", "recvfrom", "error=EAGAIN:when=1+2", Victims::None),
    ("epoll", "sendto", "error=EAGAIN:when=1+2", Victims::None),
    ("epoll", "accept4", "error=EAGAIN:when=1+2", Victims::None),
    ("poll", "sendto", "error=EAGAIN:when=2+3", Victims::None),
    ("select", "sendto", "error=EAGAIN:when=2+3", Victims::None),
    ("threads", "recvfrom", "error=EINTR:when=1+2", Victims::None),
    (
        "threads",
        "recvfrom",
        "error=EAGAIN:when=1+2",
        Victims::None,
    ),
    ("threads", "sendto", "error=EINTR:when=1+2", Victims::None),
    ("threads", "sendto", "error=EAGAIN:when=1+2", Victims::None),
    ("threads", POLL, "error=EINTR:when=1+2", Victims::None),
    // No descriptor, no memory, or gone before it was accepted: it waits for the next try.
    ("epoll", "accept4", "error=EMFILE:when=1+3", Victims::None),
    ("epoll", "accept4", "error=ENFILE:when=1+3", Victims::None),
    ("epoll", "accept4", "error=ENOBUFS:when=1+3", Victims::None),
    ("epoll", "accept4", "error=ENOMEM:when=1+3", Victims::None),
    (
        "epoll",
        "accept4",
        "error=ECONNABORTED:when=1+2",
        Victims::None,
    ),
    ("threads", "accept4", "error=EMFILE:when=1+3", Victims::None),
    (
        "threads",
        "accept4",
        "error=ECONNABORTED:when=1+2",
        Victims::None,
    ),
    // Connections that die.
    (
        "epoll",
        "recvfrom",
        "error=ECONNRESET:when=30+90",
        Victims::Some,
    ),
    (
        "epoll",
        "recvfrom",
        "error=ENOMEM:when=30+90",
        Victims::Some,
    ),
    (
        "epoll",
        "recvfrom",
        "error=ENOBUFS:when=30+90",
        Victims::Some,
    ),
    (
        "epoll",
        "sendto",
        "error=ECONNRESET:when=30+90",
        Victims::Some,
    ),
    ("epoll", "sendto", "error=EPIPE:when=30+90", Victims::Some),
    ("epoll", "sendto", "error=ENOBUFS:when=30+90", Victims::Some),
    ("epoll", "sendto", "error=ENOMEM:when=30+90", Victims::Some),
    (
        "poll",
        "recvfrom",
        "error=ECONNRESET:when=30+90",
        Victims::Some,
    ),
    ("select", "sendto", "error=EPIPE:when=30+90", Victims::Some),
    (
        "threads",
        "recvfrom",
        "error=ECONNRESET:when=20",
        Victims::Some,
    ),
    ("threads", "sendto", "error=EPIPE:when=20", Victims::Some),
    // No room in the selector, no thread.
    ("epoll", "epoll_ctl", "error=ENOMEM:when=4+5", Victims::Some),
    ("epoll", "epoll_ctl", "error=ENOSPC:when=4+5", Victims::Some),
    ("threads", CLONE, "error=EAGAIN:when=3+3", Victims::Some),
    // Everything takes its time.
    ("epoll", EPOLL, "delay_enter=500:when=1+3", Victims::None),
    (
        "epoll",
        "recvfrom,sendto",
        "delay_exit=500:when=1+3",
        Victims::None,
    ),
    (
        "threads",
        "recvfrom,sendto",
        "delay_enter=500:when=1+3",
        Victims::None,
    ),
];

const DATAGRAMS: &[(&str, &str)] = &[
    (EPOLL, "error=EINTR:when=1+2"),
    ("recvfrom", "error=EINTR:when=1+2"),
    ("recvfrom", "error=EAGAIN:when=1+2"),
    ("recvfrom", "error=ECONNREFUSED:when=1+3"),
    ("recvfrom", "error=ENOMEM:when=1+3"),
    ("sendto", "error=EINTR:when=1+2"),
    ("sendto", "error=EAGAIN:when=1+2"),
    ("sendto", "error=ECONNREFUSED:when=1+3"),
    ("sendto", "error=ENOBUFS:when=1+3"),
    ("sendto", "error=EPERM:when=1+3"),
    ("recvfrom,sendto", "delay_enter=500:when=1+2"),
];

/// What a server cannot begin without, and what it says then.
const BEGINNINGS: &[(&str, &str, &str, &str)] = &[
    (
        "epoll",
        "epoll_create1",
        "EMFILE",
        "epoll_create1: resources exhausted",
    ),
    (
        "epoll",
        "eventfd2",
        "ENFILE",
        "eventfd: resources exhausted",
    ),
    ("epoll", "socket", "EMFILE", "socket: resources exhausted"),
    ("poll", "socket", "ENFILE", "socket: resources exhausted"),
    ("select", "socket", "ENOBUFS", "socket: resources exhausted"),
    ("udp", "socket", "ENOMEM", "socket: resources exhausted"),
    (
        "epoll",
        "bind",
        "EADDRINUSE",
        "bind: address already in use (EADDRINUSE)",
    ),
    ("udp", "bind", "EACCES", "bind: permission denied (EACCES)"),
    (
        "epoll",
        "listen",
        "EADDRINUSE",
        "listen: address already in use (EADDRINUSE)",
    ),
    (
        "epoll",
        "setsockopt",
        "ENOMEM",
        "setsockopt SO_REUSEADDR: resources exhausted",
    ),
    (
        "epoll",
        "epoll_ctl",
        "ENOSPC",
        "epoll_ctl: resources exhausted",
    ),
];

/// All of them.
pub(crate) fn trials() -> Vec<Trial> {
    let name = |kind: &str, calls: &str, fault: &str| {
        let call = calls
            .trim_start_matches('?')
            .split(',')
            .next()
            .unwrap_or(calls);
        format!(
            "{kind}::{call}::{}",
            fault.split(':').next().unwrap_or(fault)
        )
    };
    let streams = STREAMS.iter().map(|&(kind, calls, fault, victims)| {
        let run = move || stream_case(kind, calls, fault, victims);
        Trial::test(name(kind, calls, fault), run)
    });
    let refused = amphi_std::Uring::new().err();
    if let Some(refused) = &refused {
        println!("skipped: no io_uring here: {refused}");
    }
    let uring = URING.iter().filter(move |_| refused.is_none());
    let uring = uring.map(|&(calls, fault)| {
        let run = move || stream_case("uring", calls, fault, Victims::None);
        Trial::test(name("uring", calls, fault), run)
    });
    let datagrams = DATAGRAMS.iter().map(|&(calls, fault)| {
        Trial::test(name("udp", calls, fault), move || {
            datagram_case(calls, fault)
        })
    });
    let beginnings = BEGINNINGS.iter().map(|&(kind, call, errno, said)| {
        let run = move || beginning_case(kind, call, errno, said);
        Trial::test(name(kind, call, &format!("beginning={errno}")), run)
    });
    streams
        .chain(uring)
        .chain(datagrams)
        .chain(beginnings)
        .collect()
}

fn stream_case(kind: &str, calls: &str, fault: &str, victims: Victims) -> Result<(), Failed> {
    let mut server = Traced::start(kind, calls, fault);
    let address = server.address()?;
    let cut_off = clients::streams(address);
    // Whatever happened, it serves the next ones; in time, where faults go on.
    let later = (0..20).any(|_| clients::stream(address, clients::LITTLE));
    let end = server.end();
    check(end.status == Some(0), || {
        format!("status {:?}: {}", end.status, end.said)
    })?;
    check(end.injected > 0, || String::from("nothing was injected"))?;
    check(later, || String::from("nobody is served any more"))?;
    let most = if victims == Victims::None {
        0
    } else {
        end.injected
    };
    check(cut_off <= most, || {
        format!("{cut_off} were cut off by {} faults", end.injected)
    })
}

fn datagram_case(calls: &str, fault: &str) -> Result<(), Failed> {
    let mut server = Traced::start("udp", calls, fault);
    clients::datagrams(server.address()?);
    let end = server.end();
    check(end.status == Some(0), || {
        format!("status {:?}: {}", end.status, end.said)
    })?;
    check(end.injected > 0, || String::from("nothing was injected"))
}

fn beginning_case(kind: &str, call: &str, errno: &str, said: &str) -> Result<(), Failed> {
    let mut server = Traced::start(kind, call, &format!("error={errno}:when=1"));
    // It registers its sockets after it has said where it listens.
    let first = server.address().err();
    let end = server.end();
    let first = first.unwrap_or_else(|| end.said.clone());
    check(first.starts_with(said), || format!("it said: {first}"))?;
    check(end.status == Some(FAILED), || {
        format!("status {:?}: {}", end.status, end.said)
    })?;
    check(end.injected == 1, || format!("{} injected", end.injected))
}

fn check(holds: bool, why: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(why().into()) }
}
