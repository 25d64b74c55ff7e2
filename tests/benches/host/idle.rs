//! What a `select` costs that finds one socket ready beside many idle ones.

use core::net::Ipv4Addr;
use core::time::Duration;
use std::io;

use amphi_core::select::{Event, Interest, Ready, Register, Selector};
use amphi_core::socket::{Datagram, Net, Socket};
use amphi_std::{EpollSelector, Host, HostError, PollSelector, SelectSelector, UdpSocket};
use nix::time::{ClockId, clock_gettime};

use crate::limit;
use crate::stats::{Series, argument, is_benchmark};

/// How many idle sockets there are; select(2) goes to a little below 1,024 descriptors.
const IDLE: [usize; 4] = [10, 100, 1_000, 10_000];

/// Prints nanoseconds of CPU time for each selector and number of sockets.
pub(crate) fn measure() -> io::Result<()> {
    let _pinned = limit::pin(0);
    let full = if is_benchmark() { 11 } else { 1 };
    let rounds = argument("--rounds").unwrap_or(full);
    for idle in IDLE {
        let count = if is_benchmark() {
            2_000_000 / (idle + 1_000)
        } else {
            10
        };
        let cases: [(&str, Option<Series>); 3] = [
            (
                "epoll",
                Some(time(EpollSelector::new(), idle, count, rounds)?),
            ),
            (
                "poll",
                Some(time(PollSelector::new(), idle, count, rounds)?),
            ),
            (
                "select",
                (idle <= 1_000)
                    .then(|| time(SelectSelector::new(), idle, count, rounds))
                    .transpose()?,
            ),
        ];
        for (name, ns) in cases {
            let Some(ns) = ns else { continue };
            println!("{name:<7} beside {idle:>6} idle: {ns:.0} ns a select");
            println!(
                "{{\"case\":\"idle-{name}-{idle}\",\"idle\":{idle},\"ns\":{:.1}}}",
                ns.median()
            );
        }
    }
    Ok(())
}

fn time<S>(
    selector: Result<S, HostError>,
    idle: usize,
    count: usize,
    rounds: usize,
) -> io::Result<Series>
where
    S: Selector<Key = usize, Error = HostError> + Register<UdpSocket>,
{
    let mut selector = selector?;
    let bind = || Host.udp_bind((Ipv4Addr::LOCALHOST, 0).into());
    let mut ready = bind()?;
    ready.send_to(b"x", &ready.local()?)?;
    selector.register(&ready, Interest::READ, idle)?;
    let sockets = (0..idle).map(|_| bind()).collect::<Result<Vec<_>, _>>()?;
    for (key, socket) in sockets.iter().enumerate() {
        selector.register(socket, Interest::READ, key)?;
    }
    let mut series = Series::default();
    let mut events = [Event::new(0, Ready::NONE); 8];
    for _ in 0..rounds {
        let start = cpu()?;
        for _ in 0..count {
            let found = selector.select(&mut events, None)?;
            if (found, events[0].key) != (1, idle) {
                return Err(io::Error::other("not the one that is ready"));
            }
        }
        series.push((cpu()? - start).as_nanos() as f64 / count as f64);
    }
    Ok(series)
}

/// CPU time of this thread.
fn cpu() -> io::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}
