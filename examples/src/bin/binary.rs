//! `binary`: the binary client and server of the classic tutorial, on host sockets
//! and then inside smoltcp, from one source. Both sides print.

use core::fmt;
use core::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use amphi_core::ErrorKind;
use amphi_core::serve::Key;
use amphi_core::socket::Net;
use amphi_examples::binary::{VALUES, run};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::HardwareAddress;
use amphi_smoltcp::{
    Config, Loopback, Pool, Slot, Stack, StackSelector, TcpPlace, UdpPlace, VirtualClock,
};
use amphi_std::{DefaultSelector, Host};

fn main() -> ExitCode {
    for (stack, run) in [("host", host as fn() -> _), ("loopback", loopback)] {
        if let Err(error) = run() {
            eprintln!("binary: {stack}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn any_port() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn host() -> Result<(), Box<dyn core::error::Error>> {
    let mut selector = DefaultSelector::<Key>::new()?;
    let say = |line: fmt::Arguments<'_>| println!("host {line}");
    Ok(run(Host, &mut selector, any_port(), &[VALUES], &say)?)
}

fn loopback() -> Result<(), Box<dyn core::error::Error>> {
    let mut tcp = [const { TcpPlace::<512, 512>::new() }; 3];
    let mut udp = [const { UdpPlace::<64, 1>::new() }; 1];
    let mut slots = [const { Slot::new() }; 5];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let config = Config::new(HardwareAddress::Ip);
    let device = Loopback::<1500, 8>::new(Medium::Ip);
    let stack = Stack::new(device, VirtualClock::new(), config, pool)?;
    stack.add_address(Ipv4Addr::LOCALHOST.into(), 8)?;
    let mut selector = StackSelector::<_, _, Key, 4>::new(&stack);
    let say = |line: fmt::Arguments<'_>| println!("smoltcp {} {line}", (&stack).now());
    let done: Result<(), ErrorKind> = run(&stack, &mut selector, any_port(), &[VALUES], &say);
    Ok(done?)
}
