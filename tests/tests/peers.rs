//! Programs of others as peers: `nc` (of OpenBSD) and `socat` as clients of our servers and as
//! servers of our clients. Python is another such peer, in the tests of the examples.
//! What is not installed is skipped with a line.
#![cfg(all(feature = "host", target_os = "linux"))]

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use amphi_core::serve::{DatagramServer, Slot, StreamServer};
use amphi_core::socket::{Blocking, Net, Shutdown, Socket, Stream};
use amphi_core::{Error, ErrorKind};
use amphi_examples::echo::{DatagramEcho, StreamEcho};
use amphi_std::serve::{Stop, serve_forever};
use amphi_std::{DefaultSelector, Host, HostError, UnixAddr};

const PATIENCE: Option<Duration> = Some(Duration::from_secs(60));
/// Longer than all buffers on the way together.
const LONG: usize = 4 << 20;

fn octets(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at ^ at >> 9) as u8).collect()
}

/// Whether a program is there, the one whose help says `word`.
fn has(program: &str, word: &str) -> bool {
    let help = Command::new(program).arg("-h").output();
    let there = help.is_ok_and(|help| {
        let said = [help.stdout, help.stderr].concat();
        String::from_utf8_lossy(&said).contains(word)
    });
    if !there {
        println!("skipped: no {program} of {word}");
    }
    there
}

/// A program with all its pipes, which is ended with this.
struct Program(Child);

impl Program {
    fn start(line: &str) -> Self {
        let mut words = line.split(' ');
        let child = Command::new(words.next().expect("a program"))
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self(child.expect("it starts"))
    }

    /// What it answers to `input` and the end of input.
    fn converse(mut self, input: &[u8]) -> Vec<u8> {
        let mut stdin = self.0.stdin.take().expect("its input");
        let mut stdout = self.0.stdout.take().expect("its output");
        std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input).expect("it reads"));
            let mut output = Vec::new();
            stdout.read_to_end(&mut output).expect("it writes");
            output
        })
    }

    /// What it answers to one line, while its input goes on.
    fn ask(&mut self, line: &[u8]) -> Vec<u8> {
        self.0
            .stdin
            .as_mut()
            .expect("its input")
            .write_all(line)
            .expect("it reads");
        let mut answer = vec![0; line.len()];
        self.0
            .stdout
            .as_mut()
            .expect("its output")
            .read_exact(&mut answer)
            .expect("it writes");
        answer
    }

    /// Waits until it says where it listens: its port, if it is one of IP. What is given
    /// besides must stay open for it to speak on.
    fn listens(&mut self) -> (Option<u16>, impl Sized + use<>) {
        let mut lines = BufReader::new(self.0.stderr.take().expect("its words"));
        loop {
            let mut line = String::new();
            assert_ne!(lines.read_line(&mut line).expect("a line"), 0, "it ended");
            if ["istening on", "ound on"]
                .iter()
                .any(|words| line.contains(words))
            {
                let last = line.trim().rsplit([' ', ':']).next();
                return (last.and_then(|port| port.parse().ok()), lines);
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where the service is.
struct Places {
    tcp: SocketAddr,
    udp: SocketAddr,
    path: std::path::PathBuf,
    datagrams: std::path::PathBuf,
    name: String,
}

/// An echo of each kind, in one loop, while `test` has its clients.
fn against_us(test: impl FnOnce(&Places)) {
    let folder = tempfile::tempdir().expect("a folder");
    let any = (Ipv4Addr::LOCALHOST, 0).into();
    let tcp = Host.tcp_listen(any, 8).expect("a listener");
    let udp = Host.udp_bind(any).expect("a socket");
    let places = Places {
        tcp: tcp.local().expect("an address"),
        udp: udp.local().expect("an address"),
        path: folder.path().join("stream"),
        datagrams: folder.path().join("datagrams"),
        // As rare as the folder's.
        name: folder
            .path()
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned(),
    };
    let address = |path| UnixAddr::from_path(path).expect("an address");
    let unix = Host
        .unix_listen(&address(&places.path), 8)
        .expect("a listener");
    let named = UnixAddr::from_abstract_name(&places.name).expect("a name");
    let named = Host.unix_listen(&named, 8).expect("a listener");
    let packets = Host
        .unix_bind(&address(&places.datagrams))
        .expect("a socket");

    let stop = Stop::new();
    std::thread::scope(|scope| {
        let remote = stop.clone();
        scope.spawn(move || {
            let (mut a, mut b, mut c) = (
                [const { Slot::new() }; 4],
                [const { Slot::new() }; 4],
                [const { Slot::new() }; 4],
            );
            let (mut room, mut more, mut most) = ([0; 4 * 512], [0; 4 * 512], [0; 4 * 512]);
            let (mut kept, mut more_kept) = ([0; 512], [0; 512]);
            let mut tcp = StreamServer::new(tcp, |_: &SocketAddr| StreamEcho, &mut a, &mut room);
            let mut unix = StreamServer::new(unix, |_: &UnixAddr| StreamEcho, &mut b, &mut more);
            let mut named = StreamServer::new(named, |_: &UnixAddr| StreamEcho, &mut c, &mut most);
            let mut udp = DatagramServer::new(udp, DatagramEcho, &mut kept);
            let mut packets = DatagramServer::new(packets, DatagramEcho, &mut more_kept);
            let mut selector = DefaultSelector::new().expect("a selector");
            serve_forever(
                &mut selector,
                &mut [&mut tcp, &mut unix, &mut named, &mut udp, &mut packets],
                &remote,
                Duration::from_secs(5),
            )
            .expect("it serves");
        });
        /// Stops the service, even when the test panics.
        struct End<'a>(&'a Stop);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.request();
            }
        }
        let _end = End(&stop);
        test(&places);
    });
}

#[test]
fn nc_is_served() {
    if !has("nc", "OpenBSD") {
        return;
    }
    against_us(|places| {
        let long = octets(LONG);
        let (tcp, udp) = (places.tcp.port(), places.udp.port());
        let over_tcp = Program::start(&format!("nc -N 127.0.0.1 {tcp}"));
        assert!(over_tcp.converse(&long) == long, "other octets over TCP");
        let path = places.path.display();
        let over_unix = Program::start(&format!("nc -N -U {path}"));
        assert!(
            over_unix.converse(&long) == long,
            "other octets over a Unix socket"
        );
        let mut over_udp = Program::start(&format!("nc -u 127.0.0.1 {udp}"));
        for line in [&b"one\n"[..], b"two, and longer\n"] {
            assert_eq!(over_udp.ask(line), line);
        }
    });
}

#[test]
fn socat_is_served() {
    if !has("socat", "socat") {
        return;
    }
    against_us(|places| {
        let long = octets(LONG);
        let Places {
            path,
            datagrams,
            name,
            ..
        } = places;
        let (path, datagrams) = (path.display(), datagrams.display());
        for to in [
            format!("TCP4:{}", places.tcp),
            format!("UNIX-CONNECT:{path}"),
            format!("ABSTRACT-CONNECT:{name}"),
        ] {
            // Without -t it leaves half a second after the end of its input.
            let socat = Program::start(&format!("socat -t 60 - {to}"));
            assert!(socat.converse(&long) == long, "other octets from {to}");
        }
        for to in [
            format!("UDP4:{}", places.udp),
            format!("UNIX-SENDTO:{datagrams},bind={datagrams}-client"),
        ] {
            let mut socat = Program::start(&format!("socat - {to}"));
            for line in [&b"one\n"[..], b"two, and longer\n"] {
                assert_eq!(socat.ask(line), line, "{to}");
            }
        }
    });
}

/// Connects; a program says that it listens a little before it does.
fn until_it_listens<T>(mut connect: impl FnMut() -> Result<T, HostError>) -> T {
    let end = Host.now() + PATIENCE.unwrap_or_default();
    loop {
        match connect() {
            Err(error) if error.reason() == ErrorKind::Refused && Host.now() < end => {
                std::thread::yield_now();
            }
            connected => return connected.expect("a connection"),
        }
    }
}

/// Says all, ends, and hears all.
fn converse<S: Stream>(mut stream: Blocking<S>, all: &[u8]) -> Vec<u8>
where
    S::Error: core::fmt::Debug,
{
    // Little enough that nobody must read meanwhile.
    embedded_io::Write::write_all(&mut stream, all).expect("room");
    stream
        .get_mut()
        .shutdown(Shutdown::Write)
        .expect("half a close");
    let (mut heard, mut buf) = (Vec::new(), [0; 4_096]);
    loop {
        match stream.read(&mut buf).expect("an answer") {
            0 => return heard,
            count => heard.extend_from_slice(&buf[..count]),
        }
    }
}

#[test]
fn socat_serves_us() {
    if !has("socat", "socat") {
        return;
    }
    let some = octets(30_000);
    let mut socat = Program::start("socat -d -d -t 60 TCP4-LISTEN:0,bind=127.0.0.1 EXEC:cat");
    let (port, _words) = socat.listens();
    let at = (Ipv4Addr::LOCALHOST, port.expect("a port")).into();
    let stream = until_it_listens(|| Blocking::connect(Host, at, PATIENCE));
    assert_eq!(converse(stream, &some), some);

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let line = format!("socat -d -d -t 60 UNIX-LISTEN:{} EXEC:cat", path.display());
    let mut socat = Program::start(&line);
    let (_, _words) = socat.listens();
    let address = UnixAddr::from_path(path).expect("an address");
    let stream = Host
        .unix_connect_timeout(&address, PATIENCE)
        .expect("a connection");
    assert_eq!(converse(stream, &some), some);
}

#[test]
fn nc_talks_with_us() {
    if !has("nc", "OpenBSD") {
        return;
    }
    let mut nc = Program::start("nc -N -l -v -n 127.0.0.1 0");
    let (port, _words) = nc.listens();
    let at = (Ipv4Addr::LOCALHOST, port.expect("a port")).into();
    let stream = until_it_listens(|| Blocking::connect(Host, at, PATIENCE));
    // What it has to say is our question's answer: it copies its input to us, and us out.
    let question = octets(30_000);
    let mut input = nc.0.stdin.take().expect("its input");
    input.write_all(b"the answer").expect("it reads");
    drop(input);
    assert_eq!(converse(stream, &question), b"the answer");
    let mut heard = Vec::new();
    nc.0.stdout
        .as_mut()
        .expect("its output")
        .read_to_end(&mut heard)
        .expect("its end");
    assert_eq!(heard, question);

    let mut nc = Program::start("nc -u -l -v -n 127.0.0.1 0");
    let (port, _words) = nc.listens();
    let socket = Host
        .udp_bind((Ipv4Addr::LOCALHOST, 0).into())
        .expect("a socket");
    let mut socket = Blocking::new(socket).with_timeout(PATIENCE);
    let to = (Ipv4Addr::LOCALHOST, port.expect("a port")).into();
    socket.send_to(b"ask\n", &to).expect("it is sent");
    // It answers whom it has heard.
    let mut line = [0; 4];
    nc.0.stdout
        .as_mut()
        .expect("its output")
        .read_exact(&mut line)
        .expect("a line");
    assert_eq!(&line, b"ask\n");
    nc.0.stdin
        .as_mut()
        .expect("its input")
        .write_all(b"answer\n")
        .expect("it reads");
    let mut buf = [0; 16];
    let received = socket.recv_from(&mut buf).expect("an answer");
    assert_eq!(
        (&buf[..received.len], received.from),
        (&b"answer\n"[..], to)
    );
}
