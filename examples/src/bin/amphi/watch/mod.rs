//! `amphi watch`: a live picture of a service's counters.

mod picture;
mod sample;

use core::time::Duration;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};
use serde_json::Value;

use self::picture::Picture;
use self::sample::Sample;
use crate::Outcome;
use crate::output::{Failure, say};

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// The socket that `amphi echo --counters PATH` opens.
    path: PathBuf,

    /// How often to look, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "0.5", value_parser = crate::arguments::seconds)]
    interval: Duration,

    /// How often to look in all [default: until q or Ctrl-C].
    #[arg(long, value_name = "COUNT")]
    count: Option<u64>,
}

impl Watch {
    /// On a terminal as a picture, else one line for each look.
    pub(crate) fn run(&self, json: bool) -> Outcome {
        let mut service = Service::connect(self)?;
        if !json && io::stdout().is_terminal() {
            return self.draw(&mut service);
        }
        let mut before = None;
        for round in 0..self.count.unwrap_or(u64::MAX) {
            if round > 0 {
                std::thread::sleep(self.interval);
            }
            let line = service.ask()?;
            if json {
                say(format_args!("{line}"));
                continue;
            }
            let sample = Sample::read(&line);
            say(format_args!("{}", sample.line(before.as_ref())));
            before = Some(sample);
        }
        Ok(())
    }

    fn draw(&self, service: &mut Service) -> Outcome {
        let mut terminal = ratatui::try_init().map_err(Failure::operation)?;
        // Who ends this program from elsewhere gets the terminal back as it was.
        let handled = ctrlc::set_handler(|| {
            ratatui::restore();
            std::process::exit(1);
        });
        let mut picture = Picture::default();
        let mut look = || -> Outcome {
            for _ in 0..self.count.unwrap_or(u64::MAX) {
                picture.add(Sample::read(&service.ask()?));
                let end = Instant::now() + self.interval;
                let mut wish = Wish::Redraw;
                while wish == Wish::Redraw {
                    let drawn = terminal.draw(|frame| picture.draw(frame));
                    drawn.map_err(Failure::operation)?;
                    wish = wish_until(end)?;
                }
                if wish == Wish::Quit {
                    break;
                }
            }
            Ok(())
        };
        let outcome = handled.map_err(Failure::operation).and_then(|()| look());
        ratatui::restore();
        outcome
    }
}

/// What the person at the terminal wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// To see more.
    More,
    /// To see the same at another size.
    Redraw,
    /// No more.
    Quit,
}

/// Waits until `end`, or until somebody resizes the terminal or presses q, Escape or Ctrl-C.
fn wish_until(end: Instant) -> Result<Wish, Failure> {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if !event::poll(left).map_err(Failure::operation)? {
            return Ok(Wish::More);
        }
        match event::read().map_err(Failure::operation)? {
            Event::Resize(..) => return Ok(Wish::Redraw),
            Event::Key(key) if quits(key) => return Ok(Wish::Quit),
            _ => {}
        }
    }
}

fn quits(key: KeyEvent) -> bool {
    match key.code {
        KeyCode::Char('q') | KeyCode::Esc => true,
        KeyCode::Char('c') => key.modifiers.contains(KeyModifiers::CONTROL),
        _ => false,
    }
}

/// A connection to the service.
struct Service {
    reader: BufReader<UnixStream>,
    path: PathBuf,
}

impl Service {
    fn connect(watch: &Watch) -> Result<Self, Failure> {
        let path = watch.path.clone();
        let stream = UnixStream::connect(&path).map_err(|error| {
            let path = path.display();
            Failure::usage(format_args!(
                "cannot watch {path}: {error}; is there an `amphi echo --counters {path}`?"
            ))
        })?;
        let reader = BufReader::new(stream);
        Ok(Self { reader, path })
    }

    fn ask(&mut self) -> Result<Value, Failure> {
        let failed = |error: &dyn core::fmt::Display| {
            Failure::operation(format_args!("{}: {error}", self.path.display()))
        };
        let asked = self.reader.get_mut().write_all(b"\n");
        let mut line = String::new();
        let read = asked.and_then(|()| self.reader.read_line(&mut line));
        match read {
            Err(error) => Err(failed(&error)),
            Ok(0) => Err(failed(&"the service has ended")),
            Ok(_) => serde_json::from_str(&line).map_err(|error| failed(&error)),
        }
    }
}
