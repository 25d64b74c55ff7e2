//! What is special about the host's selectors: descriptors, signals, threads.
//! Each test runs over each back end.

#[macro_use]
mod subject;

use core::cell::Cell;
use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use amphi_core::select::{Event, Interest, Ready};
use amphi_core::socket::{Datagram, Net, Socket};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_std::{Host, UdpSocket, Waker};

use crate::subject::Subject;

const READ: Interest = Interest::READ;
/// Far longer than anything here takes: a test that fails does not hang.
const LIMIT: Option<Duration> = Some(Duration::from_secs(10));
const NOW: Option<Duration> = Some(Duration::ZERO);

over_each_selector! {
    registrations_live_and_die
    a_paused_source_is_silent_even_when_it_hung_up
    a_hang_up_makes_ready_for_what_is_asked
    no_source_is_starved
    removal_keeps_the_others
    a_stale_registration_makes_room_for_the_next_file
    a_paused_stale_registration_makes_room_too
    a_closed_source_is_silent
    a_duplicate_never_speaks_with_a_foreign_key
    a_wake_before_select_ends_it
    a_wake_from_a_thread_ends_select
    a_wake_comes_with_what_is_ready
    a_wake_from_a_signal_handler_ends_select
    signals_do_not_end_select
    timeouts_are_waited_for_in_full
}

fn udp() -> UdpSocket {
    Host.udp_bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .unwrap()
}

/// A socket that has something to read.
fn readable_udp() -> UdpSocket {
    let mut socket = udp();
    let own = socket.local().unwrap();
    socket.send_to(b"x", &own).unwrap();
    socket
}

/// Puts `source` under the number `raw`, as foreign code would: whatever was
/// there is closed behind its owner's back, and the owner must be forgotten.
fn put_at(source: &impl AsFd, raw: RawFd) -> OwnedFd {
    use std::os::fd::FromRawFd;
    // SAFETY: both are open; the previous owner of `raw` is leaked by the caller.
    let returned = unsafe { libc::dup2(source.as_fd().as_raw_fd(), raw) };
    assert_eq!(returned, raw);
    // SAFETY: the number now stands for a duplicate that nobody owns yet.
    unsafe { OwnedFd::from_raw_fd(raw) }
}

fn registrations_live_and_die<S: Subject>() {
    let mut selector = S::make();
    let socket = readable_udp();
    assert_eq!(selector.change(&socket, READ, 1), Err(ErrorKind::NotFound));
    assert_eq!(selector.remove(&socket), Err(ErrorKind::NotFound));
    selector.add(&socket, READ, 1).unwrap();
    assert_eq!(
        selector.add(&socket, READ, 2),
        Err(ErrorKind::AlreadyExists)
    );
    assert_eq!(selector.turn(LIMIT), [(1, Ready::READABLE)]);
    selector.change(&socket, READ | Interest::WRITE, 3).unwrap();
    let both = Ready::READABLE | Ready::WRITABLE;
    assert_eq!(selector.turn(LIMIT), [(3, both)]);
    assert_eq!(selector.turn(NOW), [(3, both)], "level-triggered");
    let keys: Vec<_> = selector.registrations().map(|it| it.key).collect();
    assert_eq!((selector.len(), keys), (1, vec![3]));
    selector.remove(&socket).unwrap();
    assert_eq!(selector.turn(NOW), []);
    assert!(selector.is_empty());
    let none = selector.select(&mut [], NOW).unwrap_err();
    assert_eq!(none.reason(), ErrorKind::InvalidInput);
}

fn a_paused_source_is_silent_even_when_it_hung_up<S: Subject>() {
    let mut selector = S::make();
    let (one, other) = UnixStream::pair().unwrap();
    drop(other);
    selector.add(&one, Interest::NONE, 1).unwrap();
    assert_eq!(selector.turn(NOW), []);
    assert_eq!(selector.turn(Some(Duration::from_micros(10))), []);
    assert_eq!(selector.add(&one, READ, 1), Err(ErrorKind::AlreadyExists));
    selector.change(&one, READ, 2).unwrap();
    assert_eq!(selector.turn(LIMIT), [(2, Ready::READABLE | Ready::HANGUP)]);
    selector.change(&one, Interest::NONE, 2).unwrap();
    assert_eq!(selector.turn(NOW), []);
    assert_eq!(selector.len(), 1);
    selector.remove(&one).unwrap();
}

fn a_hang_up_makes_ready_for_what_is_asked<S: Subject>() {
    let mut selector = S::make();
    let (one, other) = UnixStream::pair().unwrap();
    drop(other);
    selector.add(&one, Interest::WRITE, 1).unwrap();
    assert_eq!(selector.turn(LIMIT), [(1, Ready::WRITABLE | Ready::HANGUP)]);
}

fn no_source_is_starved<S: Subject>() {
    let mut selector = S::make();
    let sockets: Vec<_> = (0..5).map(|_| readable_udp()).collect();
    for (key, socket) in (0..).zip(&sockets) {
        selector.add(socket, READ, key).unwrap();
    }
    let mut seen = [0; 5];
    let mut events = [Event::new(0, Ready::NONE); 2];
    for _ in 0..10 {
        let n = selector.select(&mut events, LIMIT).unwrap();
        assert_eq!(n, 2);
        for event in &events[..n] {
            seen[event.key as usize] += 1;
        }
    }
    assert_eq!(seen, [4; 5], "each got its turn");
}

fn removal_keeps_the_others<S: Subject>() {
    let mut selector = S::make();
    let sockets: Vec<_> = (0..6).map(|_| readable_udp()).collect();
    for (key, socket) in (0..).zip(&sockets) {
        selector.add(socket, READ, key).unwrap();
    }
    for key in [0, 5, 2] {
        selector.remove(&sockets[key]).unwrap();
    }
    selector.change(&sockets[4], READ, 40).unwrap();
    let expected = [1, 3, 40].map(|key| (key, Ready::READABLE));
    assert_eq!(selector.turn(LIMIT), expected);
}

fn a_stale_registration_makes_room_for_the_next_file<S: Subject>() {
    let mut selector = S::make();
    let old = UnixStream::pair().unwrap().0;
    let raw = old.as_raw_fd();
    selector.add(&old, READ, 1).unwrap();
    core::mem::forget(old);
    let new = put_at(&readable_udp(), raw);

    assert_eq!(selector.change(&new, READ, 2), Err(ErrorKind::NotFound));
    selector.add(&new, READ, 2).unwrap();
    assert_eq!(selector.turn(LIMIT), [(2, Ready::READABLE)]);
    assert_eq!(selector.len(), 1);
    selector.remove(&new).unwrap();
    assert_eq!(selector.turn(NOW), []);
}

fn a_paused_stale_registration_makes_room_too<S: Subject>() {
    let mut selector = S::make();
    let old = UnixStream::pair().unwrap().0;
    let raw = old.as_raw_fd();
    selector.add(&old, Interest::NONE, 1).unwrap();
    core::mem::forget(old);
    let new = put_at(&readable_udp(), raw);
    assert_eq!(selector.remove(&new), Err(ErrorKind::NotFound));
    selector.add(&new, READ, 2).unwrap();
    assert_eq!(selector.turn(LIMIT), [(2, Ready::READABLE)]);
}

fn a_closed_source_is_silent<S: Subject>() {
    let mut selector = S::make();
    let socket = readable_udp();
    selector.add(&socket, READ, 1).unwrap();
    // No other thread opens its number meanwhile: were it so, the registration
    // would speak for that, spuriously, as the contract allows.
    drop(socket);
    let other = readable_udp();
    let added = selector.add(&other, READ, 2);
    added.unwrap();
    let events = selector.turn(LIMIT);
    assert!(events.contains(&(2, Ready::READABLE)), "{events:?}");
}

fn a_duplicate_never_speaks_with_a_foreign_key<S: Subject>() {
    let mut selector = S::make();
    let old = readable_udp();
    let raw = old.as_raw_fd();
    let duplicate = old.as_fd().try_clone_to_owned().unwrap();
    selector.add(&old, READ, 1).unwrap();
    core::mem::forget(old);
    // The number stands for a silent file now; the readable one lives on.
    let silent = put_at(&udp(), raw);
    selector.add(&silent, READ, 2).unwrap();
    assert_eq!(selector.turn(NOW), []);
    assert_eq!(selector.turn(Some(Duration::from_millis(1))), []);
    selector.add(&duplicate, READ, 3).unwrap();
    assert_eq!(selector.turn(LIMIT), [(3, Ready::READABLE)]);
    assert_eq!(selector.len(), 2);
}

fn a_wake_before_select_ends_it<S: Subject>() {
    let mut selector = S::make();
    let waker = selector.give_waker();
    waker.wake();
    waker.clone().wake();
    assert_eq!(selector.turn(None), []);
    let again = selector.give_waker();
    assert_eq!(selector.turn(NOW), []);
    again.wake();
    assert_eq!(selector.turn(None), []);
    drop(selector);
    waker.wake();
}

fn a_wake_from_a_thread_ends_select<S: Subject>() {
    let mut selector = S::make();
    let waker = selector.give_waker();
    let idle = udp();
    selector.add(&idle, READ, 1).unwrap();
    let thread = std::thread::spawn(move || waker.wake());
    assert_eq!(selector.turn(None), []);
    thread.join().unwrap();
    assert_eq!(selector.len(), 1, "the waker is no registration");
}

fn a_wake_comes_with_what_is_ready<S: Subject>() {
    let mut selector = S::make();
    let waker = selector.give_waker();
    let socket = readable_udp();
    selector.add(&socket, READ, 1).unwrap();
    waker.wake();
    assert_eq!(selector.turn(None), [(1, Ready::READABLE)]);
    selector.change(&socket, Interest::NONE, 1).unwrap();
    assert_eq!(selector.turn(NOW), []);
}

thread_local! {
    /// What this thread's handler of SIGUSR2 wakes, or null.
    static HANDLED: Cell<*const Waker> = const { Cell::new(core::ptr::null()) };
}

extern "C" fn wake_in_handler(_: libc::c_int) {
    // SAFETY: null, or a waker that lives: this runs in the thread that has set it.
    if let Some(waker) = unsafe { HANDLED.get().as_ref() } {
        waker.wake();
    }
}

fn a_wake_from_a_signal_handler_ends_select<S: Subject>() {
    handle(libc::SIGUSR2, wake_in_handler);
    let mut selector = S::make();
    let idle = udp();
    selector.add(&idle, READ, 1).unwrap();
    let waker = selector.give_waker();
    HANDLED.set(&raw const waker);
    // SAFETY: asks for this thread's own handle.
    let waiting = unsafe { libc::pthread_self() };
    for _ in 0..20 {
        std::thread::scope(|scope| {
            // SAFETY: the thread lives as long as the scope.
            scope.spawn(|| unsafe { libc::pthread_kill(waiting, libc::SIGUSR2) });
            assert_eq!(selector.turn(None), []);
        });
    }
    HANDLED.set(core::ptr::null());
}

static SIGNALS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count_signal(_: libc::c_int) {
    SIGNALS.fetch_add(1, Ordering::SeqCst);
}

/// Lets a signal be handled, without `SA_RESTART`, so that it interrupts.
fn handle(signal: libc::c_int, handler: extern "C" fn(libc::c_int)) {
    // SAFETY: a `sigaction` is integers and an optional pointer; zero is a value.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    // SAFETY: the handlers here only add to an atomic, or wake, which may be done in a handler.
    let returned = unsafe { libc::sigaction(signal, &action, core::ptr::null_mut()) };
    assert_eq!(returned, 0);
}

fn signals_do_not_end_select<S: Subject>() {
    handle(libc::SIGUSR1, count_signal);
    let mut selector = S::make();
    let waker = selector.give_waker();
    let idle = udp();
    selector.add(&idle, READ, 1).unwrap();
    // SAFETY: asks for this thread's own handle.
    let waiting = unsafe { libc::pthread_self() };
    let woken = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..20 {
                let before = SIGNALS.load(Ordering::SeqCst);
                // SAFETY: the thread lives as long as the scope.
                unsafe { libc::pthread_kill(waiting, libc::SIGUSR1) };
                while SIGNALS.load(Ordering::SeqCst) == before {
                    std::thread::yield_now();
                }
            }
            woken.store(1, Ordering::SeqCst);
            waker.wake();
        });
        assert_eq!(selector.turn(LIMIT), []);
        assert_eq!(woken.load(Ordering::SeqCst), 1, "a signal ended the wait");
    });
}

fn timeouts_are_waited_for_in_full<S: Subject>() {
    let mut selector = S::make();
    let idle = udp();
    selector.add(&idle, READ, 1).unwrap();
    for timeout in [1, 999, 1_001, 2_500].map(Duration::from_micros) {
        let start = Host.now();
        assert_eq!(selector.turn(Some(timeout)), []);
        assert!(Host.now() - start >= timeout);
    }
    let busy = readable_udp();
    selector.add(&busy, READ, 2).unwrap();
    assert_eq!(selector.turn(Some(Duration::MAX)), [(2, Ready::READABLE)]);
}
