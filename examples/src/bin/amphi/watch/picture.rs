use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Style, Stylize as _};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Block, Cell, Row, Sparkline, Table};

use super::sample::{COUNTERS, Counts, Sample, octets};

/// How many rates are shown side by side.
const HISTORY: usize = 240;

/// What is drawn.
#[derive(Default)]
pub(super) struct Picture {
    last: Option<Sample>,
    rates: Counts,
    /// Octets in and out in a second, the newest last.
    octets: Vec<u64>,
}

impl Picture {
    pub(super) fn add(&mut self, sample: Sample) {
        self.rates = sample.rates(self.last.as_ref());
        if self.octets.len() == HISTORY {
            self.octets.remove(0);
        }
        self.octets.push(octets(&self.rates));
        self.last = Some(sample);
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>) {
        let Some(sample) = &self.last else {
            return;
        };
        // Two lines of the border, the header, and the connections that are open.
        let rows = 4 + COUNTERS.len() as u16 + sample.errors.len() as u16;
        let [table, graph, help] = Layout::vertical([
            Constraint::Max(rows),
            Constraint::Fill(1),
            Constraint::Length(1),
        ])
        .areas(frame.area());
        frame.render_widget(self.table(sample), table);
        let title = format!(" octets a second: {} ", octets(&self.rates));
        let width = usize::from(graph.width.saturating_sub(2));
        let newest = &self.octets[self.octets.len().saturating_sub(width)..];
        let bars = Sparkline::default()
            .block(Block::bordered().title(title))
            .data(newest);
        frame.render_widget(bars.style(Style::new().green()), graph);
        frame.render_widget(Line::from("q quits").dim(), help);
    }

    fn table(&self, sample: &Sample) -> Table<'static> {
        let mut rows = vec![row("connections open", sample.open, None)];
        for (place, (_, name)) in COUNTERS.iter().enumerate() {
            let (count, rate) = (sample.counts[place], self.rates[place]);
            rows.push(row(name, count, Some(rate)));
        }
        for (kind, count) in &sample.errors {
            rows.push(row(kind, *count, None).red());
        }
        // The names first: numbers are short as a rule.
        let widths = [
            Constraint::Min(20),
            Constraint::Max(16),
            Constraint::Max(12),
        ];
        let right = |text: &'static str| Cell::from(Text::from(text).right_aligned());
        let header = Row::new([Cell::from(""), right("total"), right("a second")]).bold();
        let title = format!(" running for {:.0} s ", sample.seconds);
        Table::new(rows, widths)
            .header(header)
            .block(Block::bordered().title(title))
    }
}

fn row(name: &str, count: u64, rate: Option<u64>) -> Row<'static> {
    let number = |number: Option<u64>| {
        let text = number.map_or_else(String::new, |number| number.to_string());
        Cell::from(Text::from(text).right_aligned())
    };
    Row::new([
        Cell::from(name.to_owned()),
        number(Some(count)),
        number(rate),
    ])
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
            "open": 7,
            "tcp": {
                "accepted": 10 * seconds,
                "received": received,
                "sent": received / 2,
                "errors": {"connection reset": 3},
            },
            "udp": {"received": 12},
        }))
    }

    fn drawn(picture: &Picture, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| picture.draw(frame)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn rates_are_by_the_second() {
        let rates = sample(5, 3000).rates(Some(&sample(3, 1000)));
        assert_eq!(rates, [10, 0, 0, 1000, 500, 0, 0, 0, 0]);
        assert_eq!(sample(5, 3000).rates(None), [0; 9]);
        let line = sample(5, 3000).line(Some(&sample(3, 1000)));
        let begin = "5.0 s  connections open: 7, connections accepted: 50 (10/s), ";
        assert!(line.starts_with(begin), "{line}");
    }

    #[test]
    fn the_picture_fits_a_terminal() {
        let mut picture = Picture::default();
        for second in 1..=300_u32 {
            picture.add(sample(second, u64::from(second).pow(2)));
        }
        let text = drawn(&picture, 80, 24);
        for part in [
            "running for 300 s",
            "connections open                                                7 ",
            "connections accepted                                         3000           10",
            "90000",
            "datagrams in                                                   12",
            "tcp: connection reset                                           3",
            "octets a second: 899",
            "q quits",
            "█",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn names_are_whole_in_half_a_terminal() {
        let mut picture = Picture::default();
        picture.add(sample(1, 1_000_000));
        let text = drawn(&picture, 40, 24);
        assert!(text.contains("connections accepted"), "{text}");
        assert!(text.contains("1000000"), "{text}");
    }

    #[test]
    fn a_small_terminal_is_no_reason_to_fail() {
        let mut picture = Picture::default();
        picture.add(sample(1, 1));
        for (width, height) in [(1, 1), (10, 3), (80, 5)] {
            drawn(&picture, width, height);
        }
    }
}
