//! The commands on host sockets.

use core::fmt;
use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::Arc;

use amphi_core::select::{Event, Ready, Register, Selects};
use amphi_core::serve::{DatagramServer, Envelope, Key, Limits, Part, Service, Slot};
use amphi_core::socket::{Interface, Net};
use amphi_examples::clients::Text;
use amphi_examples::multicast::{Sender, open_sender};
use amphi_examples::service::{self, Batches, Beside, Config, EchoSlot, Room, Step};
use amphi_std::{
    DefaultSelector, Host, HostError, PollSelector, SelectSelector, UnixListener, UnixStream, Waker,
};
use serde_json::json;

use crate::Outcome;
use crate::arguments::{DEFAULT_LISTEN, Echo, SelectorKind, Send};
use crate::counters::{self, Counters, LINE, TellerSlot, WATCHERS};
use crate::output::{Failure, say_either, say_report};

/// What a slot keeps of a reply, and reads at once, in octets.
const SPILL: usize = 4096;
/// The longest datagram over IPv4, in octets (65,535 less 20 and 8), rounded up.
const DATAGRAM: usize = 65_536;
/// Datagrams that are received and answered at once.
const BATCH: usize = 64;

pub(crate) fn echo(echo: &Echo) -> Outcome {
    match echo.selector {
        #[cfg(target_os = "linux")]
        SelectorKind::Epoll => by_epoll(echo),
        #[cfg(target_os = "linux")]
        SelectorKind::Uring => match amphi_std::Uring::new() {
            Ok(uring) => {
                let mut selector = amphi_std::UringSelector::new(&uring);
                let waker = selector.waker();
                serve(&uring, echo, &mut selector, waker)
            }
            Err(refused) => {
                log::warn!("no io_uring here, so by epoll: {refused}");
                by_epoll(echo)
            }
        },
        SelectorKind::Poll => {
            let mut selector = PollSelector::new().map_err(Failure::operation)?;
            let waker = selector.waker();
            serve(Host, echo, &mut selector, waker)
        }
        SelectorKind::Select => {
            let mut selector = SelectSelector::new().map_err(Failure::operation)?;
            let waker = selector.waker();
            serve(Host, echo, &mut selector, waker)
        }
    }
}

#[cfg(target_os = "linux")]
fn by_epoll(echo: &Echo) -> Outcome {
    let mut selector = amphi_std::EpollSelector::new().map_err(Failure::operation)?;
    let waker = selector.waker();
    serve(Host, echo, &mut selector, waker)
}

fn serve<N, Sel>(
    net: N,
    echo: &Echo,
    selector: &mut Sel,
    waker: Result<Waker, HostError>,
) -> Outcome
where
    N: Net<Error = HostError>,
    Sel: Selects<N, Key = Key> + Register<UnixListener> + Register<UnixStream>,
{
    raise_descriptor_limit(echo.slots);
    let shutdown = stop_on_signal(waker.map_err(Failure::operation)?)?;
    let mut config = Config::new(echo.listen(DEFAULT_LISTEN));
    config.group = echo.group();
    config.interface = echo
        .group()
        .map_or(Ok(Interface::Any), |g| interface(echo.interface(), g))?;
    config.limits = Limits {
        idle: echo.idle,
        ..Limits::DEFAULT
    };
    let mut slots: Box<[EchoSlot<N>]> = (0..echo.slots).map(|_| Slot::new()).collect();
    let mut buffers = vec![0; slots.len() * SPILL];
    let mut events = [Event::new(Key::default(), Ready::NONE); 256];
    let (mut scratch, mut kept) = (vec![0; DATAGRAM], vec![0; 2 * DATAGRAM]);
    // Zeroed by the kernel, page by page, as datagrams come.
    let mut datagrams = vec![0; BATCH * DATAGRAM];
    let mut received = [const { None }; BATCH];
    let mut replies = [const { Envelope::new() }; BATCH];
    let room = Room {
        slots: &mut slots,
        buffers: &mut buffers,
        events: &mut events,
        scratch: &mut scratch,
        kept: &mut kept,
        batches: Some(Batches {
            octets: &mut datagrams,
            received: &mut received,
            replies: &mut replies,
        }),
    };

    let counters = Counters::new();
    let mut told: [TellerSlot<'_>; WATCHERS] = [const { Slot::new() }; WATCHERS];
    let mut lines = vec![0; WATCHERS * LINE];
    let listener = echo.counters.as_deref().map(|path| {
        let failed =
            |error| Failure::usage(format_args!("cannot listen at {}: {error}", path.display()));
        counters::listen(path).map_err(failed)
    });
    let mut teller = listener
        .transpose()?
        .map(|listener| counters::teller(listener, &counters, &mut told, &mut lines));
    let beside = Beside {
        part: &mut teller,
        observe: &counters.seen,
    };
    let report = service::serve_beside(net, selector, &config, room, beside, |service, bound| {
        log::info!(
            "TCP and UDP echo at {}, at most {} connections",
            bound.echo,
            echo.slots
        );
        if let Some(group) = bound.group {
            log::info!("multicast responder at {group} on {}", config.interface);
        }
        log::info!("Ctrl-C stops");
        service.serve_forever(&shutdown, echo.drain)
    })?;
    say_report(&report);
    Ok(())
}

/// Asks for as many descriptors as the slots need, and a few; connections for which
/// there is none wait.
fn raise_descriptor_limit(slots: u32) {
    let wanted = u64::from(slots) + 32;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit < wanted => {
            log::warn!("{slots} slots, but at most {limit} descriptors (ulimit -n)");
        }
        Ok(_) => {}
        Err(error) => log::warn!("cannot ask for {wanted} descriptors: {error}"),
    }
}

/// A flag that Ctrl-C and a polite kill set; the selector wakes up to see it.
pub(crate) fn stop_on_signal(waker: Waker) -> Result<Arc<AtomicBool>, Failure> {
    let shutdown = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&shutdown);
    ctrlc::set_handler(move || {
        log::info!("stopping");
        flag.store(true, Ordering::Release);
        waker.wake();
    })
    .map_err(Failure::operation)?;
    Ok(shutdown)
}

pub(crate) fn multicast_send(send: &Send) -> Outcome {
    let interface = interface(send.interface(), send.group)?;
    let socket = open_sender(Host, send.group, interface)?;
    let message = send.message.as_bytes();
    say_either(
        format_args!("sending {} to {}", Text(message), send.group),
        || json!({"sending": send.message, "to": send.group.to_string()}),
    );
    let done = AtomicBool::new(false);
    let sender = Sender::new(
        message,
        send.group,
        send.timeout,
        &done,
        |from, octets: &[u8]| {
            say_either(
                format_args!("received {} from {from}", Text(octets)),
                || json!({"received": String::from_utf8_lossy(octets), "from": from.to_string()}),
            );
        },
    );
    let mut kept = vec![0; message.len()];
    let mut part = DatagramServer::new(socket, sender, &mut kept);
    run_alone(&mut part, &done).map_err(|error| (Step::Serve, error))?;
    let failed = |text: &dyn fmt::Display| {
        Failure::operation(format_args!(
            "{}: {text}",
            Step::Send(send.group, interface)
        ))
    };
    match part.handler().outcome() {
        Ok(0) => Err(failed(&format_args!("no answer within {:?}", send.timeout))),
        Ok(_) => Ok(()),
        Err(kind) => Err(failed(&kind)),
    }
}

fn run_alone(
    part: &mut dyn Part<DefaultSelector<Key>>,
    done: &AtomicBool,
) -> Result<(), HostError> {
    let mut selector = DefaultSelector::new()?;
    let mut parts = [part];
    let mut events = [Event::new(Key::default(), Ready::NONE); 4];
    let mut scratch = vec![0; DATAGRAM];
    Service::new(Host, &mut selector, &mut parts, &mut events, &mut scratch)
        .serve_forever(done, Duration::ZERO)
}

/// The chosen interface, or the loopback one, in the way that the group's family names it.
fn interface(chosen: Option<Interface>, group: SocketAddr) -> Result<Interface, Failure> {
    match (chosen, group) {
        (Some(interface), _) => Ok(interface),
        (None, SocketAddr::V4(_)) => Ok(Ipv4Addr::LOCALHOST.into()),
        (None, SocketAddr::V6(_)) => {
            let name = if cfg!(target_os = "linux") {
                "lo"
            } else {
                "lo0"
            };
            amphi_std::interface_index(name)
                .map(Interface::Index)
                .map_err(Failure::usage)
        }
    }
}
