//! With the feature `log`, servers tell what they do through the facade.

use core::net::SocketAddr;
use core::time::Duration;
use std::sync::Mutex;

use amphi_core::select::{Event, Ready};
use amphi_core::serve::{
    Connection, Key, Limits, Part, RequestServer, Service, StreamRequestHandler, WhenFull,
};
use amphi_core::socket::{Blocking, Net, Shutdown, Socket, Stream};
use amphi_std::{DefaultSelector, Host};
use log::{LevelFilter, Log, Metadata, Record};

/// Keeps lines of this crate.
struct Kept(Mutex<Vec<String>>);

static KEPT: Kept = Kept(Mutex::new(Vec::new()));

impl Log for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("amphi_core")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = format!("{} {}", record.level(), record.args());
            self.0.lock().expect("no panic").push(line);
        }
    }

    fn flush(&self) {}
}

struct Echo;

impl StreamRequestHandler for Echo {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        let mut buf = [0; 16];
        while let count @ 1.. = connection.read(&mut buf)? {
            connection.write_all(&buf[..count])?;
        }
        Ok(())
    }
}

#[test]
fn servers_tell_what_they_do() {
    log::set_logger(&KEPT).expect("the only one");
    log::set_max_level(LevelFilter::Debug);
    let any = "127.0.0.1:0".parse().expect("an address");
    let listener = Host.tcp_listen(any, 4).expect("a listener");
    let limits = Limits {
        connections_per_peer: Some(0),
        when_full: WhenFull::Refuse,
        ..Limits::DEFAULT
    };
    let twin = Host.tcp_listen(any, 4).expect("a listener");
    let make = |_: &SocketAddr| Echo;
    let mut server = RequestServer::new(listener, make);
    let mut closed = RequestServer::new(twin, make).with_limits(limits);
    let addresses = [&server, &closed].map(|server| server.server_address().expect("an address"));
    let clients = addresses.map(|address| {
        let mut client = Blocking::connect(Host, address, None).expect("a connection");
        client.write(b"hello").expect("room");
        let mut client = client.into_inner();
        client.shutdown(Shutdown::Write).expect("half a close");
        client
    });

    let mut selector = DefaultSelector::new().expect("a selector");
    let mut parts: [&mut dyn Part<_>; 2] = [&mut server, &mut closed];
    let mut events = [Event::new(Key::default(), Ready::NONE); 1];
    let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut []);
    service.start().expect("it starts");
    for _ in &clients {
        service.handle_request(None).expect("a turn");
    }
    service.finish(Duration::ZERO).expect("it ends");

    let [served, refused] = clients.map(|client| client.local().expect("an address"));
    let mut lines = KEPT.0.lock().expect("no panic").clone();
    lines.sort();
    assert_eq!(
        lines,
        [
            format!("DEBUG {refused} refused"),
            format!("INFO {served} accepted"),
            format!("INFO {served} closed, 5 octets in, 5 out: end of file"),
        ]
    );
}
