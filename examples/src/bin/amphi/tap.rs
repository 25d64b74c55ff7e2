//! The service inside smoltcp on a TAP device, with the kernel's own clients.

use core::net::{IpAddr, SocketAddr};
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs::File;
use std::time::SystemTime;

use amphi_core::select::{Event, Interest, Ready, Register};
use amphi_core::serve::{Key, Limits, Slot as ServerSlot};
use amphi_core::socket::Net;
use amphi_examples::service::{self, Config, EchoSlot, Room};
use amphi_smoltcp::link::{Pcap, Trace, Tunnel};
use amphi_smoltcp::smoltcp::phy::{Device, Medium};
use amphi_smoltcp::smoltcp::wire::EthernetAddress;
use amphi_smoltcp::{Pool, SelectPlatform, Slot, Stack, StackSelector, TcpPlace, UdpPlace};
use amphi_std::{Host, PollSelector, TunTap};

use crate::Outcome;
use crate::arguments::Echo;
use crate::host::stop_on_signal;
use crate::output::{Failure, say_report};

/// The longest frame, in octets: 1,500 and the header of Ethernet.
const MTU: usize = 1514;
/// What one slot keeps of a reply, in octets.
const SPILL: usize = 4096;
/// Room for sockets besides those that are served: pending, or over but remembered.
const MORE: usize = 128;
/// How many sources a selector watches: one for each slot, and the others of the service.
const SOURCES: usize = 4096;

type Link = Tunnel<TunTap, MTU>;
type Platform = SelectPlatform<Host, PollSelector<()>>;

pub(crate) fn echo(echo: &Echo) -> Outcome {
    if echo.slots as usize > SOURCES - 3 {
        let text = format!("at most {} slots on a TAP device", SOURCES - 3);
        return Err(Failure::usage(text));
    }
    let device = open(&echo.tap)?;
    let mut selector = PollSelector::new().map_err(Failure::operation)?;
    selector
        .register(&device, Interest::READ, ())
        .map_err(Failure::operation)?;
    let shutdown = stop_on_signal(selector.waker().map_err(Failure::operation)?)?;
    let platform = SelectPlatform::new(Host, selector);
    let name = device.name();
    let link = Link::new(device, name, Medium::Ethernet);
    let Some(path) = &echo.pcap else {
        // At level trace, with each frame as a line; else nobody asks for the lines.
        return if log::log_enabled!(log::Level::Trace) {
            let link = Trace::new(link, |line| log::trace!("{line}"));
            serve(echo, link, platform, &shutdown)
        } else {
            serve(echo, link, platform, &shutdown)
        };
    };
    let failed = |error| Failure::usage(format_args!("cannot write {}: {error}", path.display()));
    let file = File::create(path).map_err(failed)?;
    let link = Pcap::record(link, file, origin()).map_err(failed)?;
    serve(echo, link, platform, &shutdown)
}

fn open(name: &str) -> Result<TunTap, Failure> {
    let failed = |error| Failure::usage(format_args!("cannot open TAP device {name}: {error}"));
    let device = TunTap::tap(name).map_err(failed)?;
    let mtu = device.mtu().map_err(failed)?;
    if mtu + 14 > MTU {
        let text = format!("TAP device {name} carries {mtu} octets, more than 1500");
        return Err(Failure::usage(text));
    }
    Ok(device)
}

/// When the host's monotonic clock began, after 1970.
fn origin() -> Duration {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let since_origin = Duration::from_micros(Host.now().as_micros());
    since_1970.unwrap_or_default().saturating_sub(since_origin)
}

/// An address of the link that nobody else has who follows the same rule: locally
/// administered, with the end of the first IP address.
fn hardware_address(ip: IpAddr) -> EthernetAddress {
    let octets = match ip {
        IpAddr::V4(ip) => ip.octets(),
        IpAddr::V6(ip) => (ip.to_bits() as u32).to_be_bytes(),
    };
    let [a, b, c, d] = octets;
    EthernetAddress([2, 0, a, b, c, d])
}

fn serve<D: Device>(echo: &Echo, link: D, platform: Platform, shutdown: &AtomicBool) -> Outcome {
    let slots = echo.slots as usize;
    let mut tcp: Vec<_> = (0..slots + MORE)
        .map(|_| TcpPlace::<8192, 8192>::new())
        .collect();
    let mut udp: Vec<_> = (0..4).map(|_| UdpPlace::<65_536, 64>::new()).collect();
    let mut places: Vec<_> = (0..tcp.len() + udp.len() + 1)
        .map(|_| Slot::new())
        .collect();
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut places,
    };
    let first = echo.addresses[0].ip();
    let mut config = amphi_smoltcp::Config::new(hardware_address(first).into());
    config.seed = origin().as_nanos() as u64 ^ Host.now().as_micros();
    let stack = Stack::new(link, platform, config, pool).map_err(Failure::operation)?;
    for address in &echo.addresses {
        stack
            .add_address(address.ip(), address.prefix_len())
            .map_err(|error| Failure::usage(format_args!("address {address}: {error}")))?;
    }

    let mut config = Config::new(echo.listen(SocketAddr::new(first, 10_000)));
    config.group = echo.group();
    config.interface = echo.interface().unwrap_or_default();
    config.limits = Limits {
        idle: echo.idle,
        ..Limits::DEFAULT
    };
    let mut selector = StackSelector::<_, _, _, SOURCES>::new(&stack);
    let mut slots: Vec<EchoSlot<&Stack<'_, D, Platform>>> =
        (0..slots).map(|_| ServerSlot::new()).collect();
    let mut buffers = vec![0; slots.len() * SPILL];
    let mut events = [Event::new(Key::default(), Ready::NONE); 256];
    let (mut scratch, mut kept) = (vec![0; 8192], vec![0; 8192]);
    let room = Room {
        slots: &mut slots,
        buffers: &mut buffers,
        events: &mut events,
        scratch: &mut scratch,
        kept: &mut kept,
        batches: None,
    };
    let report = service::serve(&stack, &mut selector, &config, room, |service, bound| {
        service.start()?;
        log::info!(
            "TCP and UDP echo at {} on TAP device {}",
            bound.echo,
            echo.tap
        );
        if let Some(group) = bound.group {
            log::info!("multicast responder at {group}");
        }
        log::info!("Ctrl-C stops");
        while !shutdown.load(Ordering::Acquire) && !stack.platform().has_failed() {
            service.turn(None)?;
        }
        service.finish(echo.drain)
    })?;
    say_report(&report);
    if stack.platform().has_failed() {
        let text = format!("TAP device {} is gone", echo.tap);
        return Err(Failure::operation(text));
    }
    Ok(())
}
