//! Signals in the middle of calls that wait: they go on for what is left of their time
//! (PEP 475), and nothing is lost. Python's `InterruptedRecvTimeoutTest`,
//! `InterruptedSendTimeoutTest`, `testInterruptedTimeout` and `test_sendall_interrupted`.

use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::io::Read;

use amphi_core::socket::{Blocking, Net, Socket};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_std::low::{PollFd, PollFlags, poll, select};
use amphi_std::{Host, HostError, UnixAddr, socketpair};

const TIMEOUT: Duration = Duration::from_millis(50);

static SIGNALS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count_signal(_: libc::c_int) {
    SIGNALS.fetch_add(1, Ordering::SeqCst);
}

/// Lets SIGUSR1 be counted, without `SA_RESTART`, so that it interrupts.
fn count_signals() {
    let handler: extern "C" fn(libc::c_int) = count_signal;
    // SAFETY: a `sigaction` is integers and an optional pointer; zero is a value.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    // SAFETY: the handler only adds to an atomic.
    let returned = unsafe { libc::sigaction(libc::SIGUSR1, &action, core::ptr::null_mut()) };
    assert_eq!(returned, 0);
}

/// Runs `call` under a rain of signals, which has begun before.
fn under_signals<T>(call: impl FnOnce() -> T) -> T {
    count_signals();
    // SAFETY: asks for this thread's own handle.
    let waiting = unsafe { libc::pthread_self() };
    let done = AtomicBool::new(false);
    let before = SIGNALS.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                let seen = SIGNALS.load(Ordering::SeqCst);
                // SAFETY: the thread lives as long as the scope.
                unsafe { libc::pthread_kill(waiting, libc::SIGUSR1) };
                // One after the other; other tests count theirs, too.
                while SIGNALS.load(Ordering::SeqCst) == seen && !done.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
            }
        });
        while SIGNALS.load(Ordering::SeqCst) == before {
            std::thread::yield_now();
        }
        // Ends the rain, even when `call` panics.
        let _end = SetOnDrop(&done);
        call()
    })
}

struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// `call` times out under signals, and not before its time.
#[track_caller]
fn lasts<T: core::fmt::Debug>(call: impl FnOnce() -> Result<T, HostError>) {
    let start = Host.now();
    let kind = under_signals(call).unwrap_err().reason();
    assert_eq!(kind, ErrorKind::TimedOut);
    assert!(Host.now() - start >= TIMEOUT, "it ended early");
}

fn any() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

#[test]
fn a_receive_lasts_its_time() {
    let socket = Host.udp_bind(any()).unwrap();
    let mut socket = Blocking::new(socket).with_timeout(Some(TIMEOUT));
    lasts(|| socket.recv_from(&mut [0]));
    let (one, _other) = socketpair().unwrap();
    let mut one = Blocking::new(one).with_timeout(Some(TIMEOUT));
    lasts(|| one.read(&mut [0]));
}

#[test]
fn an_accept_lasts_its_time() {
    let listener = Host.tcp_listen(any(), 1).unwrap();
    let mut listener = Blocking::new(listener).with_timeout(Some(TIMEOUT));
    lasts(|| listener.accept());
}

#[test]
fn a_send_lasts_its_time() {
    let (one, _other) = socketpair().unwrap();
    let mut one = Blocking::new(one).with_timeout(Some(TIMEOUT));
    lasts(|| -> Result<(), HostError> {
        loop {
            one.write(&[7; 4_096])?;
        }
    });
}

#[test]
fn a_connect_to_a_full_backlog_lasts_its_time() {
    let path = std::env::temp_dir().join(format!("amphi-interrupted-{}", std::process::id()));
    let address = UnixAddr::from_path(path).unwrap();
    let _listener = Host.unix_listen(&address, 0).unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = Host.unix_connect(&address) {
        waiting.push(stream);
        assert!(waiting.len() < 100, "the backlog is never full");
    }
    lasts(|| Host.unix_connect_timeout(&address, Some(TIMEOUT)));
}

/// The calls of `low` last, too; they tell of a time that is over by finding nothing.
#[test]
fn poll_and_select_last_their_time() {
    let socket = Host.udp_bind(any()).unwrap();
    let start = Host.now();
    let mut fds = [PollFd::new(&socket, PollFlags::IN)];
    assert_eq!(under_signals(|| poll(&mut fds, Some(TIMEOUT))), Ok(0));
    let middle = Host.now();
    assert!(middle - start >= TIMEOUT);
    let found = under_signals(|| select(&[&socket], &[], &[], Some(TIMEOUT))).unwrap();
    assert!(found.is_empty() && Host.now() - middle >= TIMEOUT);
    #[cfg(target_os = "linux")]
    {
        use amphi_std::low::{Epoll, EpollEvent, EpollFlags};
        let start = Host.now();
        let mut epoll = Epoll::new().unwrap();
        epoll.add(&socket, EpollFlags::IN, 0).unwrap();
        let mut events = [EpollEvent::EMPTY];
        assert_eq!(
            under_signals(|| epoll.wait(&mut events, Some(TIMEOUT))),
            Ok(0)
        );
        assert!(Host.now() - start >= TIMEOUT);
    }
}

/// All of a long message arrives, though signals interrupt its sender all the time.
#[test]
fn a_long_message_is_sent_whole() {
    const TOTAL: usize = 4 << 20;
    let mut listener = Blocking::new(Host.tcp_listen(any(), 1).unwrap());
    let address = listener.get_ref().local().unwrap();
    let mut client = Blocking::connect(Host, address, None).unwrap();
    let octets: Vec<u8> = (0..TOTAL).map(|at| (at ^ at >> 9) as u8).collect();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (stream, _) = listener.accept().unwrap();
            let stream = std::net::TcpStream::from(stream.into_inner());
            stream.set_nonblocking(false).unwrap();
            let mut heard = Vec::new();
            (&stream).read_to_end(&mut heard).unwrap();
            heard
        });
        under_signals(|| {
            embedded_io::Write::write_all(&mut client, &octets).unwrap();
        });
        drop(client);
        assert!(reader.join().unwrap() == octets, "other octets");
    });
}
