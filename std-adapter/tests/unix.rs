//! Unix sockets: what they have that no other socket has.

use core::sync::atomic::AtomicBool;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use amphi_core::select::{Event, Interest, Ready};
use amphi_core::serve::{Key, Next, Reply, Service, Slot, StreamHandler, StreamServer};
use amphi_core::socket::{Blocking, Datagram, Listener, Shutdown, Socket, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_std::{
    DefaultSelector, Host, HostError, UnixAddr, UnixDatagram, UnixListener, UnixOptions,
    UnixStream, socketpair,
};

/// Far longer than anything here takes: a test that fails does not hang.
const LIMIT: Option<Duration> = Some(Duration::from_secs(10));

/// A folder that is gone at the end of its test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("amphi-{test}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // A process that had this one's number may have been killed and left its own.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn address(&self, name: &str) -> UnixAddr {
        UnixAddr::from_path(self.path(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
fn kind<T: core::fmt::Debug>(result: Result<T, HostError>) -> ErrorKind {
    result.unwrap_err().reason()
}

#[track_caller]
fn receive(socket: &mut UnixDatagram) -> (Vec<u8>, UnixAddr) {
    assert!(socket.wait(Interest::READ, LIMIT).unwrap());
    let mut buf = [0; 64];
    let received = socket.recv_from(&mut buf).unwrap();
    (buf[..received.len].to_vec(), received.from)
}

#[test]
fn an_address_is_a_path_a_name_or_nothing() {
    for bad in ["", "a\0b", &"x".repeat(109)] {
        assert_eq!(kind(UnixAddr::from_path(bad)), ErrorKind::InvalidInput);
    }
    let path = UnixAddr::from_path("/run/x").unwrap();
    assert_eq!((path.as_abstract_name(), path.is_unnamed()), (None, false));
    assert_eq!(UnixAddr::UNNAMED.as_path(), None);
    let odd = UnixAddr::from_path("a\nb").unwrap();
    assert_eq!(odd.to_string(), "a\\nb");
    assert_eq!(format!("{path:?}"), "UnixAddr(/run/x)");
}

#[test]
fn addresses_are_those_of_std() {
    let addresses = [
        UnixAddr::UNNAMED,
        UnixAddr::from_path("/run/x").unwrap(),
        #[cfg(target_os = "linux")]
        UnixAddr::from_abstract_name(b"a\0b").unwrap(),
    ];
    for address in addresses {
        let std = std::os::unix::net::SocketAddr::try_from(&address).unwrap();
        assert_eq!(UnixAddr::from(&std), address);
        assert_eq!(std.is_unnamed(), address.is_unnamed());
    }
}

/// The kernel writes one octet more than there is room for, when it tells such a path.
#[cfg(target_os = "linux")]
#[test]
fn a_path_may_fill_its_room() {
    let folder = Folder::new("long");
    let rest = 108 - folder.0.as_os_str().len() - 1;
    let address = folder.address(&"x".repeat(rest));
    let mut listener = Host.unix_listen(&address, 1).unwrap();
    assert_eq!(listener.local().unwrap(), address);
    let client = Host.unix_connect(&address).unwrap();
    assert_eq!(client.remote().unwrap(), address);
    listener.accept().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn an_abstract_name_is_gone_with_its_socket() {
    let name = format!("amphi\0{}", std::process::id());
    let address = UnixAddr::from_abstract_name(name).unwrap();
    let listener = Host.unix_listen(&address, 1).unwrap();
    assert_eq!(listener.local().unwrap(), address);
    assert_eq!(kind(Host.unix_listen(&address, 1)), ErrorKind::AddrInUse);
    let client = Host.unix_connect(&address).unwrap();
    assert_eq!(client.remote().unwrap(), address);
    drop(listener);
    assert_eq!(kind(Host.unix_connect(&address)), ErrorKind::Refused);
    Host.unix_listen(&address, 1).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn the_kernel_chooses_a_name() {
    let [one, other] = [(); 2].map(|()| Host.unix_bind_any().unwrap());
    let address = one.local().unwrap();
    // Five hexadecimal digits (unix(7)).
    assert_eq!(address.as_abstract_name().unwrap().len(), 5);
    assert_ne!(other.local().unwrap(), address);
}

#[test]
fn a_stale_node_is_replaced_and_a_living_one_is_not() {
    let folder = Folder::new("stale");
    let address = folder.address("socket");
    // The node of a process that died.
    drop(std::os::unix::net::UnixListener::bind(folder.path("socket")).unwrap());
    assert!(folder.path("socket").exists());
    let careful = UnixOptions::new().replace_stale(false);
    assert_eq!(kind(careful.listen(&address, 1)), ErrorKind::AddrInUse);

    let mut listener = Host.unix_listen(&address, 1).unwrap();
    for _ in 0..2 {
        assert_eq!(kind(Host.unix_listen(&address, 1)), ErrorKind::AddrInUse);
        assert_eq!(kind(Host.unix_bind(&address)), ErrorKind::AddrInUse);
    }
    assert_eq!(
        kind(listener.accept()),
        ErrorKind::WouldBlock,
        "the server was bothered"
    );
    drop(Host.unix_connect(&address).unwrap());
    listener.accept().unwrap();
}

#[test]
fn a_stale_node_of_datagrams_is_told_too() {
    let folder = Folder::new("stale-datagrams");
    let address = folder.address("socket");
    drop(std::os::unix::net::UnixDatagram::bind(folder.path("socket")).unwrap());
    let mut alive = Host.unix_bind(&address).unwrap();
    assert_eq!(kind(Host.unix_bind(&address)), ErrorKind::AddrInUse);
    assert_eq!(kind(Host.unix_listen(&address, 1)), ErrorKind::AddrInUse);
    assert_eq!(kind(alive.recv_from(&mut [0])), ErrorKind::WouldBlock);
}

#[test]
fn what_is_no_socket_is_never_replaced() {
    let folder = Folder::new("file");
    std::fs::write(folder.path("socket"), "precious").unwrap();
    let address = folder.address("socket");
    assert_eq!(kind(Host.unix_listen(&address, 1)), ErrorKind::AddrInUse);
    std::os::unix::fs::symlink("nowhere", folder.path("link")).unwrap();
    let link = folder.address("link");
    assert_eq!(kind(Host.unix_listen(&link, 1)), ErrorKind::AddrInUse);
    assert_eq!(std::fs::read(folder.path("socket")).unwrap(), b"precious");
    let missing = folder.address("missing/socket");
    assert_eq!(kind(Host.unix_listen(&missing, 1)), ErrorKind::NotFound);
    assert_eq!(
        kind(Host.unix_listen(&UnixAddr::UNNAMED, 1)),
        ErrorKind::InvalidInput
    );
}

#[test]
fn a_node_goes_with_its_socket_and_with_no_other() {
    let folder = Folder::new("unlink");
    let (address, path) = (folder.address("socket"), folder.path("socket"));
    let first = Host.unix_listen(&address, 1).unwrap();
    std::fs::remove_file(&path).unwrap();
    let second = Host.unix_listen(&address, 1).unwrap();
    drop(first);
    assert!(path.exists(), "it took away another's node");
    drop(second);
    assert!(!path.exists());

    drop(UnixOptions::new().unlink(false).bind(&address).unwrap());
    assert!(path.exists());
    let fd = OwnedFd::from(Host.unix_bind(&address).unwrap());
    assert!(path.exists(), "who took the descriptor needs the node");
    let mut socket = UnixDatagram::from(fd);
    Host.unix_bind(&UnixAddr::UNNAMED)
        .unwrap()
        .send_to(b"x", &address)
        .unwrap();
    assert_eq!(receive(&mut socket).0, b"x");
}

#[test]
fn a_node_has_the_permissions_asked_for() {
    let folder = Folder::new("mode");
    for mode in [0o600, 0o666, 0o777] {
        let name = format!("{mode:o}");
        let options = UnixOptions::new().mode(mode);
        let _listener = options.listen(&folder.address(&name), 1).unwrap();
        let of = |name: &str| folder.path(name).metadata().unwrap().permissions().mode();
        assert_eq!(of(&name) & 0o7777, mode);
        let name = format!("{mode:o}-datagrams");
        let _socket = options.bind(&folder.address(&name)).unwrap();
        assert_eq!(of(&name) & 0o7777, mode);
    }
}

#[test]
fn a_full_backlog_is_told_and_can_be_waited_for() {
    let folder = Folder::new("backlog");
    let address = folder.address("socket");
    let mut listener = Host.unix_listen(&address, 0).unwrap();
    let mut waiting = Vec::new();
    let full = loop {
        match Host.unix_connect(&address) {
            Ok(stream) => waiting.push(stream),
            Err(error) => break error.reason(),
        }
        assert!(waiting.len() < 100, "the backlog is never full");
    };
    assert_eq!(full, ErrorKind::WouldBlock);
    let now = Host.unix_connect_timeout(&address, Some(Duration::ZERO));
    assert_eq!(kind(now), ErrorKind::WouldBlock);
    let start = amphi_core::socket::Net::now(&Host);
    let soon = Host.unix_connect_timeout(&address, Some(Duration::from_millis(20)));
    assert_eq!(kind(soon), ErrorKind::TimedOut);
    assert!(amphi_core::socket::Net::now(&Host) - start >= Duration::from_millis(20));
    std::thread::scope(|scope| {
        let late = scope.spawn(|| Host.unix_connect_timeout(&address, LIMIT));
        listener.accept().unwrap();
        let mut late = late.join().unwrap().unwrap();
        late.set_blocking(false);
        assert_eq!(kind(late.read(&mut [0])), ErrorKind::WouldBlock);
    });
}

#[test]
fn what_is_not_there_is_told() {
    let folder = Folder::new("missing");
    let address = folder.address("socket");
    let mut client = Host.unix_bind(&UnixAddr::UNNAMED).unwrap();
    assert_eq!(kind(Host.unix_connect(&address)), ErrorKind::NotFound);
    assert_eq!(kind(client.send_to(b"x", &address)), ErrorKind::NotFound);
    let listener = UnixOptions::new().unlink(false).listen(&address, 1);
    assert_eq!(
        kind(client.send_to(b"x", &address)),
        ErrorKind::Unsupported,
        "a stream socket takes no datagrams"
    );
    drop(listener.unwrap());
    assert_eq!(kind(Host.unix_connect(&address)), ErrorKind::Refused);
    assert_eq!(kind(client.send_to(b"x", &address)), ErrorKind::Refused);
    assert_eq!(kind(client.connect(&address)), ErrorKind::Refused);
    assert_eq!(kind(client.send(b"x")), ErrorKind::NotConnected);
    assert_eq!(kind(client.remote()), ErrorKind::NotConnected);
}

#[test]
fn datagrams_know_their_sender() {
    let folder = Folder::new("datagrams");
    let mut one = Host.unix_bind(&folder.address("one")).unwrap();
    let mut other = Host.unix_bind(&folder.address("other")).unwrap();
    one.send_to(b"ask", &folder.address("other")).unwrap();
    let (octets, from) = receive(&mut other);
    assert_eq!((&octets[..], from), (&b"ask"[..], folder.address("one")));
    other.connect(&from).unwrap();
    other.send(b"").unwrap();
    assert_eq!(receive(&mut one), (vec![], folder.address("other")));
    // Whose peer is another, he does not hear.
    let mut third = Host.unix_bind(&UnixAddr::UNNAMED).unwrap();
    let refused = third.send_to(b"x", &folder.address("other"));
    assert_eq!(kind(refused), ErrorKind::PermissionDenied);
}

#[test]
fn a_full_queue_of_datagrams_blocks_and_loses_nothing() {
    let (mut one, mut other) = UnixDatagram::pair().unwrap();
    let mut sent = 0_u32;
    let full = loop {
        match one.send(&sent.to_be_bytes()) {
            Ok(()) => sent += 1,
            Err(error) => break error.reason(),
        }
        assert!(sent < 1_000_000, "the queue is never full");
    };
    assert_eq!(full, ErrorKind::WouldBlock);
    let now = Some(Duration::ZERO);
    assert!(!one.wait(Interest::WRITE, now).unwrap());
    for number in 0..sent {
        assert_eq!(receive(&mut other).0, number.to_be_bytes());
    }
    assert!(one.wait(Interest::WRITE, LIMIT).unwrap());
    drop(other);
    assert_eq!(kind(one.send(b"x")), ErrorKind::Refused);
}

/// No event tells when somebody's queue has room; who waits for it does not spin.
#[test]
fn waiting_for_a_full_queue_costs_next_to_nothing() {
    const TIMEOUT: Duration = Duration::from_millis(300);
    let folder = Folder::new("full-queue");
    let address = folder.address("receiver");
    let mut receiver = Host.unix_bind(&address).unwrap();
    let mut sender = Host.unix_bind(&UnixAddr::UNNAMED).unwrap();
    let mut sent = 0_u32;
    while sender.send_to(&sent.to_be_bytes(), &address).is_ok() {
        sent += 1;
        assert!(sent < 1_000_000, "the queue is never full");
    }
    let mut sender = Blocking::new(sender).with_timeout(Some(TIMEOUT));
    let before = time_of_this_thread();
    let refused = sender.send_to(b"late", &address);
    let taken = time_of_this_thread() - before;
    assert_eq!(kind(refused), ErrorKind::TimedOut);
    assert!(taken < TIMEOUT / 5, "{taken:?} of the processor");

    let reader = std::thread::spawn(move || {
        for number in 0..sent {
            assert_eq!(receive(&mut receiver).0, number.to_be_bytes());
        }
        receive(&mut receiver).0
    });
    sender.set_timeout(LIMIT);
    sender.send_to(b"last", &address).unwrap();
    assert_eq!(reader.join().unwrap(), b"last");
}

/// How long this thread has had a processor.
fn time_of_this_thread() -> Duration {
    let mut time = core::mem::MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: the pointer is to room for one `timespec`, which the kernel only writes.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, time.as_mut_ptr()) };
    // SAFETY: it was zeroed, and a `timespec` is integers.
    let time = unsafe { time.assume_init() };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[test]
fn a_pair_is_two_ends() {
    let (mut one, mut other) = socketpair().unwrap();
    assert!(one.local().unwrap().is_unnamed() && one.remote().unwrap().is_unnamed());
    one.finish_connect().unwrap();
    assert_eq!(kind(one.read(&mut [0])), ErrorKind::WouldBlock);
    other.write(b"hello").unwrap();
    other.shutdown(Shutdown::Write).unwrap();
    let mut buf = [0; 8];
    assert_eq!(one.read(&mut buf).unwrap(), 5);
    assert_eq!(one.read(&mut buf).unwrap(), 0);
    one.write(b"unread").unwrap();
    drop(other);
    assert_eq!(kind(one.read(&mut buf)), ErrorKind::Reset);
    // A signal would end the test's process.
    assert_eq!(kind(one.write(b"x")), ErrorKind::BrokenPipe);
}

#[test]
fn sockets_of_std_come_and_go() {
    let (one, other) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut one = UnixStream::try_from(one).unwrap();
    assert_eq!(kind(one.read(&mut [0])), ErrorKind::WouldBlock);
    drop(other);
    let one = std::os::unix::net::UnixStream::from(one);
    assert!(one.peer_addr().unwrap().is_unnamed());
    let (one, _other) = std::os::unix::net::UnixDatagram::pair().unwrap();
    let mut one = UnixDatagram::try_from(one).unwrap();
    assert_eq!(kind(one.recv_from(&mut [0])), ErrorKind::WouldBlock);

    let folder = Folder::new("std");
    let listener = std::os::unix::net::UnixListener::bind(folder.path("socket")).unwrap();
    let mut listener = UnixListener::try_from(listener).unwrap();
    assert_eq!(kind(listener.accept()), ErrorKind::WouldBlock);
    drop(listener);
    assert!(folder.path("socket").exists(), "another has bound it");
}

struct Echo;

impl StreamHandler for Echo {
    fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
        reply.send(input);
        Next::Keep
    }
}

/// The server that serves TCP serves Unix sockets.
#[test]
fn the_stream_server_serves_it() {
    let folder = Folder::new("server");
    let address = folder.address("socket");
    let listener = Host.unix_listen(&address, 4).unwrap();
    let mut slots = [const { Slot::new() }; 2];
    let mut buffers = [0; 2 * 64];
    let mut server = StreamServer::new(listener, |_: &UnixAddr| Echo, &mut slots, &mut buffers);
    let mut selector = DefaultSelector::new().unwrap();
    let waker = selector.waker().unwrap();
    let mut events = [Event::new(Key::default(), Ready::NONE); 4];
    let mut scratch = [0; 64];
    let stop = AtomicBool::new(false);
    let mut parts: [&mut dyn amphi_core::serve::Part<_>; 1] = [&mut server];
    let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut scratch);
    std::thread::scope(|scope| {
        let client = scope.spawn(|| {
            let mut client = Host.unix_connect_timeout(&address, LIMIT).unwrap();
            client.write(b"over a path").unwrap();
            client.get_mut().shutdown(Shutdown::Write).unwrap();
            let answer = read_to_end(&mut client);
            stop.store(true, core::sync::atomic::Ordering::SeqCst);
            waker.wake();
            answer
        });
        service
            .serve_forever(&stop, Duration::from_secs(1))
            .unwrap();
        assert_eq!(client.join().unwrap(), b"over a path");
    });
    assert_eq!(server.tally().accepted, 1);
}

fn read_to_end(stream: &mut Blocking<UnixStream>) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut buf = [0; 8];
    loop {
        match stream.read(&mut buf).unwrap() {
            0 => return octets,
            count => octets.extend_from_slice(&buf[..count]),
        }
    }
}
