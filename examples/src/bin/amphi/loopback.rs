//! The service inside smoltcp, with clients on the same simulated link.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use amphi_core::select::{Event, Ready};
use amphi_core::serve::{Key, Limits, Slot as ServerSlot};
use amphi_core::socket::{Interface, Net};
use amphi_core::{Error, ErrorKind};
use amphi_examples::clients::Tour;
use amphi_examples::service::{self, Config, Room};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::HardwareAddress;
use amphi_smoltcp::{Loopback, Pool, Slot, Stack, StackSelector, TcpPlace, UdpPlace, VirtualClock};

use serde_json::json;

use crate::Outcome;
use crate::arguments::{DEFAULT_LISTEN, Echo};
use crate::output::{Failure, say_either, say_report};

/// What one slot keeps of a reply, in octets. As small as in firmware.
const SPILL: usize = 512;
/// How many connections the service has at a time.
const SLOTS: usize = 4;

pub(crate) fn echo(echo: &Echo) -> Outcome {
    let mut tcp = [const { TcpPlace::<1024, 1024>::new() }; 8];
    let mut udp = [const { UdpPlace::<2048, 8>::new() }; 4];
    let mut slots = [const { Slot::new() }; 13];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let mut config = amphi_smoltcp::Config::new(HardwareAddress::Ip);
    config.device_loops_back = true;
    let device = Loopback::<1500, 16>::new(Medium::Ip);
    let stack =
        Stack::new(device, VirtualClock::new(), config, pool).map_err(Failure::operation)?;
    add_addresses(&stack, echo).map_err(Failure::usage)?;
    let net = &stack;

    let mut config = Config::new(echo.listen(DEFAULT_LISTEN));
    config.group = echo.group();
    config.interface = echo.interface().unwrap_or_default();
    config.backlog = 4;
    config.limits = Limits {
        idle: echo.idle,
        ..Limits::DEFAULT
    };
    let mut selector = StackSelector::<_, _, _, 16>::new(net);
    let mut clients = StackSelector::<_, _, _, 1>::new(net);
    let mut slots = [const { ServerSlot::new() }; SLOTS];
    let mut buffers = [0; SLOTS * SPILL];
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let (mut scratch, mut kept) = ([0; 1500], [0; 1500]);
    let room = Room {
        slots: &mut slots,
        buffers: &mut buffers,
        events: &mut events,
        scratch: &mut scratch,
        kept: &mut kept,
        batches: None,
    };
    let report = service::serve(net, &mut selector, &config, room, |service, bound| {
        service.start()?;
        let mut bound = bound;
        if bound.echo.ip().is_unspecified() {
            bound.echo.set_ip(loopback(bound.echo.ip()));
        }
        let mut tour = Tour {
            net,
            turn: &mut |time| {
                service
                    .turn(Some(time))
                    .map(drop)
                    .map_err(|error| error.reason())
            },
            say: &mut |line| transcript(net, line),
        };
        tour.run(&mut clients, bound, config.interface)?;
        service.finish(echo.drain)
    })?;
    say_report(&report);
    Ok(())
}

/// A line with the stack's own time.
fn transcript<N: Net>(net: N, line: fmt::Arguments<'_>) {
    say_either(
        format_args!("{} {line}", net.now()),
        || json!({"time": net.now().to_string(), "line": line.to_string()}),
    );
}

/// The link has the loopback address of each family, or one more that was asked for.
fn add_addresses<D, P>(stack: &Stack<'_, D, P>, echo: &Echo) -> Result<(), ErrorKind>
where
    D: amphi_smoltcp::smoltcp::phy::Device,
    P: amphi_smoltcp::Platform,
{
    let ip = echo.listen(DEFAULT_LISTEN).ip();
    let chosen = if ip.is_unspecified() {
        loopback(ip)
    } else {
        ip
    };
    stack.add_address(chosen, if ip.is_ipv4() { 8 } else { 64 })?;
    // The group may be of the other family, or want an interface by its address.
    match (echo.interface(), echo.group()) {
        (Some(Interface::Address(address)), _) if IpAddr::V4(address) != chosen => {
            stack.add_address(address.into(), 8)
        }
        (_, Some(group)) if group.is_ipv4() != chosen.is_ipv4() => {
            stack.add_address(loopback(group.ip()), if group.is_ipv4() { 8 } else { 128 })
        }
        _ => Ok(()),
    }
}

const fn loopback(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    }
}
