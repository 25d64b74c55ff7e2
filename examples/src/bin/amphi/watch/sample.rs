use serde_json::Value;

/// What is counted: where it stands in a line of counters, and how it is called.
pub(super) const COUNTERS: [(&str, &str); 9] = [
    ("/tcp/accepted", "connections accepted"),
    ("/tcp/refused", "connections refused"),
    ("/tcp/failed", "connections failed"),
    ("/tcp/received", "octets in"),
    ("/tcp/sent", "octets out"),
    ("/udp/received", "datagrams in"),
    ("/udp/sent", "datagrams out"),
    ("/group/received", "multicast requests"),
    ("/group/sent", "multicast answers"),
];

/// The places of octets in and out.
const OCTETS: [usize; 2] = [3, 4];

/// The counters at a time.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) seconds: f64,
    /// Connections that are served just now.
    pub(super) open: u64,
    pub(super) counts: Counts,
    pub(super) errors: Vec<(String, u64)>,
}

pub(super) type Counts = [u64; COUNTERS.len()];

impl Sample {
    /// What is missing counts as nothing, so that other versions can be watched.
    pub(super) fn read(line: &Value) -> Self {
        let number = |path| line.pointer(path).and_then(Value::as_u64).unwrap_or(0);
        let errors = ["tcp", "udp", "group"].into_iter().flat_map(|server| {
            let kinds = line[server]["errors"].as_object().into_iter().flatten();
            kinds.map(move |(kind, count)| {
                (format!("{server}: {kind}"), count.as_u64().unwrap_or(0))
            })
        });
        Self {
            seconds: line["seconds"].as_f64().unwrap_or(0.0),
            open: number("/open"),
            counts: COUNTERS.map(|(path, _)| number(path)),
            errors: errors.collect(),
        }
    }

    /// By how much each counter grew in a second.
    pub(super) fn rates(&self, before: Option<&Self>) -> Counts {
        let Some(before) = before.filter(|before| before.seconds < self.seconds) else {
            return Counts::default();
        };
        let time = self.seconds - before.seconds;
        core::array::from_fn(|place| {
            let grown = self.counts[place].saturating_sub(before.counts[place]);
            (grown as f64 / time).round() as u64
        })
    }

    pub(super) fn line(&self, before: Option<&Self>) -> String {
        let rates = self.rates(before);
        let parts = COUNTERS.iter().enumerate().map(|(place, (_, name))| {
            format!(", {name}: {} ({}/s)", self.counts[place], rates[place])
        });
        let parts: String = parts.collect();
        format!(
            "{:.1} s  connections open: {}{parts}",
            self.seconds, self.open
        )
    }
}

/// Octets in a second, both ways.
pub(super) fn octets(rates: &Counts) -> u64 {
    OCTETS.iter().map(|place| rates[*place]).sum()
}
