//! `amphi watch`: a live picture of a service's counters.

use core::time::Duration;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use clap::Args;
use ratatui::Frame;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyModifiers};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Style, Stylize as _};
use ratatui::text::Line;
use ratatui::widgets::{Block, Row, Sparkline, Table};
use serde_json::Value;

use crate::Outcome;
use crate::output::{Failure, say};

/// How many rates are shown side by side.
const HISTORY: usize = 240;
/// What is counted, and how it is called.
const COUNTERS: [(&str, &str); 5] = [
    ("accepted", "connections served"),
    ("refused", "connections refused"),
    ("failed", "connections failed"),
    ("received", "octets in"),
    ("sent", "octets out"),
];

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
        let mut picture = Picture::default();
        let mut terminal = ratatui::try_init().map_err(Failure::operation)?;
        let mut look = || -> Outcome {
            for _ in 0..self.count.unwrap_or(u64::MAX) {
                picture.add(Sample::read(&service.ask()?));
                terminal
                    .draw(|frame| picture.draw(frame))
                    .map_err(Failure::operation)?;
                if wants_to_quit(self.interval)? {
                    break;
                }
            }
            Ok(())
        };
        let outcome = look();
        ratatui::restore();
        outcome
    }
}

/// Waits for `time`, or until somebody presses q, Escape or Ctrl-C.
fn wants_to_quit(time: Duration) -> Result<bool, Failure> {
    let end = std::time::Instant::now() + time;
    loop {
        let left = end.saturating_duration_since(std::time::Instant::now());
        if !event::poll(left).map_err(Failure::operation)? {
            return Ok(false);
        }
        if let Event::Key(key) = event::read().map_err(Failure::operation)? {
            let is_ctrl_c =
                key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
            if is_ctrl_c || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc) {
                return Ok(true);
            }
        }
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

/// The counters at a time.
#[derive(Debug, Clone)]
struct Sample {
    seconds: f64,
    counts: [u64; COUNTERS.len()],
    errors: Vec<(String, u64)>,
}

impl Sample {
    /// What is missing counts as nothing, so that other versions can be watched.
    fn read(line: &Value) -> Self {
        let errors = line["errors"].as_object().into_iter().flatten();
        Self {
            seconds: line["seconds"].as_f64().unwrap_or(0.0),
            counts: COUNTERS.map(|(key, _)| line[key].as_u64().unwrap_or(0)),
            errors: errors
                .map(|(kind, count)| (kind.clone(), count.as_u64().unwrap_or(0)))
                .collect(),
        }
    }

    /// By how much each counter grew in a second.
    fn rates(&self, before: Option<&Self>) -> [u64; COUNTERS.len()] {
        let Some(before) = before.filter(|before| before.seconds < self.seconds) else {
            return [0; COUNTERS.len()];
        };
        let time = self.seconds - before.seconds;
        core::array::from_fn(|place| {
            let grown = self.counts[place].saturating_sub(before.counts[place]);
            (grown as f64 / time).round() as u64
        })
    }

    fn line(&self, before: Option<&Self>) -> String {
        let rates = self.rates(before);
        let parts = COUNTERS.iter().enumerate().map(|(place, (_, name))| {
            format!("{name}: {} ({}/s)", self.counts[place], rates[place])
        });
        format!(
            "{:.1} s  {}",
            self.seconds,
            parts.collect::<Vec<_>>().join(", ")
        )
    }
}

/// What is drawn.
#[derive(Default)]
struct Picture {
    last: Option<Sample>,
    rates: [u64; COUNTERS.len()],
    /// Octets in and out in a second, the newest last.
    octets: Vec<u64>,
}

impl Picture {
    fn add(&mut self, sample: Sample) {
        self.rates = sample.rates(self.last.as_ref());
        if self.octets.len() == HISTORY {
            self.octets.remove(0);
        }
        self.octets.push(self.rates[3] + self.rates[4]);
        self.last = Some(sample);
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        let Some(sample) = &self.last else {
            return;
        };
        let rows = 4 + COUNTERS.len() as u16 + sample.errors.len() as u16;
        let [table, graph, help] = Layout::vertical([
            Constraint::Length(rows),
            Constraint::Fill(1),
            Constraint::Length(1),
        ])
        .areas(frame.area());
        frame.render_widget(self.table(sample), table);
        let title = format!(" octets a second: {} ", self.rates[3] + self.rates[4]);
        let width = usize::from(graph.width.saturating_sub(2));
        let newest = &self.octets[self.octets.len().saturating_sub(width)..];
        let bars = Sparkline::default()
            .block(Block::bordered().title(title))
            .data(newest);
        frame.render_widget(bars.style(Style::new().green()), graph);
        frame.render_widget(Line::from("q quits").dim(), help);
    }

    fn table(&self, sample: &Sample) -> Table<'static> {
        let numbers = |name: &str, count: u64, rate: Option<u64>| {
            let rate = rate.map_or_else(String::new, |rate| format!("{rate:>12}"));
            Row::new([name.to_owned(), format!("{count:>16}"), rate])
        };
        let mut rows = Vec::new();
        for (place, (_, name)) in COUNTERS.iter().enumerate() {
            rows.push(numbers(name, sample.counts[place], Some(self.rates[place])));
        }
        for (kind, count) in &sample.errors {
            rows.push(numbers(kind, *count, None).red());
        }
        let widths = [
            Constraint::Fill(1),
            Constraint::Length(16),
            Constraint::Length(12),
        ];
        let header = Row::new(["", "           total", "   a second"]).bold();
        let title = format!(" running for {:.0} s ", sample.seconds);
        Table::new(rows, widths)
            .header(header)
            .block(Block::bordered().title(title))
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use serde_json::json;

    use super::{Picture, Sample};

    fn sample(seconds: u32, received: u64) -> Sample {
        Sample::read(&json!({
            "seconds": f64::from(seconds),
            "accepted": 10 * seconds,
            "received": received,
            "sent": received / 2,
            "errors": {"connection reset": 3},
        }))
    }

    #[test]
    fn rates_are_by_the_second() {
        let rates = sample(5, 3000).rates(Some(&sample(3, 1000)));
        assert_eq!(rates, [10, 0, 0, 1000, 500]);
        assert_eq!(sample(5, 3000).rates(None), [0; 5]);
        let line = sample(5, 3000).line(Some(&sample(3, 1000)));
        assert!(
            line.starts_with("5.0 s  connections served: 50 (10/s), "),
            "{line}"
        );
    }

    #[test]
    fn the_picture_fits_a_terminal() {
        let mut picture = Picture::default();
        for second in 1..=300_u32 {
            picture.add(sample(second, u64::from(second).pow(2)));
        }
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| picture.draw(frame)).unwrap();
        let text = terminal.backend().to_string();
        for part in [
            "running for 300 s",
            "connections served",
            "90000",
            "connection reset",
            "octets a second: 899",
            "q quits",
            "█",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn a_small_terminal_is_no_reason_to_fail() {
        let mut picture = Picture::default();
        picture.add(sample(1, 1));
        for (width, height) in [(1, 1), (10, 3), (80, 5)] {
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| picture.draw(frame)).unwrap();
        }
    }
}
