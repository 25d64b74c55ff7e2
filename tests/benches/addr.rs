//! Addresses against `core::net` and the crates of the field, in one run.
//!
//! `cargo bench -p amphi-conformance --bench addr [filter]` prints Criterion's
//! figures, then a table of ratios of medians: above 1, Amphi is faster.

use core::fmt::{self, Display, Write as _};
use core::hint::black_box;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use amphi_core::addr::{
    Ipv4Network, Ipv6Network, PrefixTable, Segment, collapse_addresses, ipv4, ipv6,
};
use criterion::BatchSize;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use nix::time::{ClockId, clock_gettime};

type Criterion = criterion::Criterion<CpuTime>;

/// Items handled in one measured turn.
const BATCH: usize = 1_000;

fn main() {
    let mut criterion = criterion::Criterion::default()
        .with_measurement(CpuTime)
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(900))
        .without_plots()
        .configure_from_args();
    parsing(&mut criterion);
    formatting(&mut criterion);
    prefixes(&mut criterion);
    contains(&mut criterion);
    collapse(&mut criterion);
    longest_match(&mut criterion);
    criterion.final_summary();
    report();
}

/// CPU time of the thread, so that other programs on the machine count for less.
struct CpuTime;

impl CpuTime {
    fn now() -> Duration {
        clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
            .expect("a clock of the thread")
            .into()
    }
}

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        Self::now()
    }

    fn end(&self, start: Duration) -> Duration {
        Self::now() - start
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// A small generator, so that every run sees the same input.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn v4(&mut self) -> Ipv4Addr {
        Ipv4Addr::from_bits((self.next() >> 32) as u32)
    }

    /// Half of all addresses have every group, half a run of zeros.
    fn v6(&mut self) -> Ipv6Addr {
        let bits = u128::from(self.next()) << 64 | u128::from(self.next());
        let bits = bits >> 3 | 1 << 125;
        match self.next() >> 63 {
            0 => Ipv6Addr::from_bits(bits),
            _ => {
                let run = 16 * (2 + self.next() % 5);
                let low = bits & 0xffff;
                Ipv6Addr::from_bits(bits >> 16 >> run << run << 16 | low)
            }
        }
    }

    /// Lengths as in a table of the Internet's routes.
    fn net4(&mut self) -> Ipv4Network {
        let len =
            [24, 24, 24, 24, 24, 22, 23, 20, 19, 16, 21, 18][(self.next() >> 32) as usize % 12];
        Ipv4Network::truncating(self.v4(), len).unwrap()
    }

    fn net6(&mut self) -> Ipv6Network {
        let len = [48, 48, 48, 32, 32, 44, 40, 36, 64][(self.next() >> 32) as usize % 9];
        let bits = u128::from(self.next()) << 64 | u128::from(self.next());
        // The blocks that registries give out from.
        let top =
            [0x2001, 0x2400, 0x2600, 0x2800, 0x2a00, 0x2c00][(self.next() >> 32) as usize % 6];
        let bits = bits >> 12 & !(0xfff << 116) | (top as u128) << 112;
        Ipv6Network::truncating(Ipv6Addr::from_bits(bits), len).unwrap()
    }
}

/// A stack buffer for `core::fmt`, so that it pays for no allocation.
struct Buffer {
    octets: [u8; 64],
    len: usize,
}

impl fmt::Write for Buffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.octets[self.len..end].copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

fn texts<T: Display>(mut make: impl FnMut() -> T) -> Vec<String> {
    (0..BATCH).map(|_| make().to_string()).collect()
}

fn each_text<T>(
    c: &mut Criterion,
    group: &str,
    name: &str,
    texts: &[String],
    f: impl Fn(&str) -> T,
) {
    c.benchmark_group(group).bench_function(name, |b| {
        b.iter(|| {
            for text in texts {
                black_box(f(black_box(text)));
            }
        });
    });
}

fn parsing(c: &mut Criterion) {
    let mut random = Random(1);
    let v4 = texts(|| random.v4());
    each_text(c, "parse-v4", "amphi", &v4, |t| ipv4::parse(t).unwrap());
    each_text(c, "parse-v4", "core", &v4, |t| {
        t.parse::<Ipv4Addr>().unwrap()
    });
    let v6 = texts(|| random.v6());
    each_text(c, "parse-v6", "amphi", &v6, |t| ipv6::parse(t).unwrap());
    each_text(c, "parse-v6", "core", &v6, |t| {
        t.parse::<Ipv6Addr>().unwrap()
    });
}

fn prefixes(c: &mut Criterion) {
    let mut random = Random(2);
    let v4 = texts(|| random.net4());
    each_text(c, "prefix-v4", "amphi", &v4, |t| {
        Ipv4Network::parse(t).unwrap()
    });
    each_text(c, "prefix-v4", "ipnet", &v4, |t| {
        t.parse::<ipnet::Ipv4Net>().unwrap()
    });
    each_text(c, "prefix-v4", "cidr", &v4, |t| {
        t.parse::<cidr::Ipv4Cidr>().unwrap()
    });
    each_text(c, "prefix-v4", "ipnetwork", &v4, |t| {
        t.parse::<ipnetwork::Ipv4Network>().unwrap()
    });
    each_text(c, "prefix-v4", "ip_network", &v4, |t| {
        t.parse::<ip_network::Ipv4Network>().unwrap()
    });
    let v6 = texts(|| random.net6());
    each_text(c, "prefix-v6", "amphi", &v6, |t| {
        Ipv6Network::parse(t).unwrap()
    });
    each_text(c, "prefix-v6", "ipnet", &v6, |t| {
        t.parse::<ipnet::Ipv6Net>().unwrap()
    });
    each_text(c, "prefix-v6", "cidr", &v6, |t| {
        t.parse::<cidr::Ipv6Cidr>().unwrap()
    });
    each_text(c, "prefix-v6", "ipnetwork", &v6, |t| {
        t.parse::<ipnetwork::Ipv6Network>().unwrap()
    });
    each_text(c, "prefix-v6", "ip_network", &v6, |t| {
        t.parse::<ip_network::Ipv6Network>().unwrap()
    });
}

fn formatting(c: &mut Criterion) {
    fn each<A: Copy + Display>(
        c: &mut Criterion,
        group: &str,
        all: &[A],
        ours: impl Fn(A) -> usize,
    ) {
        let mut g = c.benchmark_group(group);
        g.bench_function("amphi", |b| {
            b.iter(|| all.iter().map(|a| ours(black_box(*a))).sum::<usize>());
        });
        g.bench_function("core", |b| {
            b.iter(|| {
                let mut total = 0;
                for address in all {
                    let mut buffer = Buffer {
                        octets: [0; 64],
                        len: 0,
                    };
                    write!(buffer, "{}", black_box(address)).unwrap();
                    total += black_box(&buffer).len;
                }
                total
            });
        });
    }
    let mut random = Random(3);
    let v4: Vec<_> = (0..BATCH).map(|_| random.v4()).collect();
    each(c, "format-v4", &v4, |a| {
        black_box(&ipv4::compressed(a)).as_bytes().len()
    });
    each(c, "format-v4-str", &v4, |a| {
        black_box(&ipv4::compressed(a)).as_str().len()
    });
    let v6: Vec<_> = (0..BATCH).map(|_| random.v6()).collect();
    each(c, "format-v6", &v6, |a| {
        black_box(&ipv6::compressed(a)).as_bytes().len()
    });
    each(c, "format-v6-str", &v6, |a| {
        black_box(&ipv6::compressed(a)).as_str().len()
    });
}

/// How many of 64 networks hold each address.
fn contains(c: &mut Criterion) {
    fn each<N, A: Copy>(
        c: &mut Criterion,
        group: &str,
        name: &str,
        nets: &[N],
        all: &[A],
        f: impl Fn(&N, A) -> bool,
    ) {
        c.benchmark_group(group).bench_function(name, |b| {
            b.iter(|| {
                let mut total = 0;
                for address in all {
                    let address = black_box(*address);
                    total += black_box(nets).iter().filter(|n| f(n, address)).count();
                }
                total
            });
        });
    }
    let mut random = Random(4);
    let nets: Vec<_> = (0..64).map(|_| random.net4()).collect();
    let all: Vec<_> = (0..BATCH).map(|_| random.v4()).collect();
    let (addr, len) = (
        |n: &Ipv4Network| n.network_address(),
        |n: &Ipv4Network| n.prefix_len(),
    );
    each(c, "contains-v4", "amphi", &nets, &all, |n, a| n.contains(a));
    let other: Vec<_> = nets
        .iter()
        .map(|n| cidr::Ipv4Cidr::new(addr(n), len(n)).unwrap())
        .collect();
    each(c, "contains-v4", "cidr", &other, &all, |n, a| {
        n.contains(&a)
    });
    let other: Vec<_> = nets
        .iter()
        .map(|n| ipnet::Ipv4Net::new(addr(n), len(n)).unwrap())
        .collect();
    each(c, "contains-v4", "ipnet", &other, &all, |n, a| {
        n.contains(&a)
    });
    let other: Vec<_> = nets
        .iter()
        .map(|n| ipnetwork::Ipv4Network::new(addr(n), len(n)).unwrap())
        .collect();
    each(c, "contains-v4", "ipnetwork", &other, &all, |n, a| {
        n.contains(a)
    });
    let other: Vec<_> = nets
        .iter()
        .map(|n| ip_network::Ipv4Network::new(addr(n), len(n)).unwrap())
        .collect();
    each(c, "contains-v4", "ip_network", &other, &all, |n, a| {
        n.contains(a)
    });

    let nets: Vec<_> = (0..64).map(|_| random.net6()).collect();
    let all: Vec<_> = (0..BATCH).map(|_| random.v6()).collect();
    let (addr, len) = (
        |n: &Ipv6Network| n.network_address(),
        |n: &Ipv6Network| n.prefix_len(),
    );
    each(c, "contains-v6", "amphi", &nets, &all, |n, a| n.contains(a));
    let other: Vec<_> = nets
        .iter()
        .map(|n| cidr::Ipv6Cidr::new(addr(n), len(n)).unwrap())
        .collect();
    each(c, "contains-v6", "cidr", &other, &all, |n, a| {
        n.contains(&a)
    });
    let other: Vec<_> = nets
        .iter()
        .map(|n| ipnet::Ipv6Net::new(addr(n), len(n)).unwrap())
        .collect();
    each(c, "contains-v6", "ipnet", &other, &all, |n, a| {
        n.contains(&a)
    });
    let other: Vec<_> = nets
        .iter()
        .map(|n| ipnetwork::Ipv6Network::new(addr(n), len(n)).unwrap())
        .collect();
    each(c, "contains-v6", "ipnetwork", &other, &all, |n, a| {
        n.contains(a)
    });
    let other: Vec<_> = nets
        .iter()
        .map(|n| ip_network::Ipv6Network::new(addr(n), len(n)).unwrap())
        .collect();
    each(c, "contains-v6", "ip_network", &other, &all, |n, a| {
        n.contains(a)
    });
}

fn collapse(c: &mut Criterion) {
    for (count, name) in [(100_000, "100k"), (1_000_000, "1M")] {
        let mut random = Random(5);
        let nets: Vec<_> = (0..count).map(|_| random.net4()).collect();
        let theirs: Vec<_> = nets
            .iter()
            .map(|n| ipnet::Ipv4Net::new(n.network_address(), n.prefix_len()).unwrap())
            .collect();
        let mut copy = nets.clone();
        let ours = collapse_addresses(&mut copy);
        let aggregated = ipnet::Ipv4Net::aggregate(&theirs);
        let same = ours
            .iter()
            .map(ToString::to_string)
            .eq(aggregated.iter().map(ToString::to_string));
        assert!(same, "both must find the same networks");
        let mut group = c.benchmark_group(format!("collapse-v4-{name}"));
        group.sample_size(10);
        group.bench_function("amphi", |b| {
            b.iter_batched_ref(
                || nets.clone(),
                |all| collapse_addresses(all).len(),
                BatchSize::PerIteration,
            );
        });
        group.bench_function("ipnet", |b| {
            b.iter_with_large_drop(|| ipnet::Ipv4Net::aggregate(&theirs));
        });
        drop(group);
        let nets: Vec<_> = (0..count).map(|_| random.net6()).collect();
        let theirs: Vec<_> = nets
            .iter()
            .map(|n| ipnet::Ipv6Net::new(n.network_address(), n.prefix_len()).unwrap())
            .collect();
        let mut group = c.benchmark_group(format!("collapse-v6-{name}"));
        group.sample_size(10);
        group.bench_function("amphi", |b| {
            b.iter_batched_ref(
                || nets.clone(),
                |all| collapse_addresses(all).len(),
                BatchSize::PerIteration,
            );
        });
        group.bench_function("ipnet", |b| {
            b.iter_with_large_drop(|| ipnet::Ipv6Net::aggregate(&theirs));
        });
    }
}

macro_rules! lookups {
    ($name:ident, $family:literal, $Network:ident, $make:ident, $random:ident, $Net:path) => {
        fn $name(c: &mut Criterion, count: usize, label: &str) {
            let mut random = Random(6);
            let mut nets: Vec<_> = (0..count).map(|_| random.$make()).collect();
            nets.sort_unstable();
            nets.dedup();
            // About half of the addresses lie in a network, the others anywhere, in an
            // order that no branch predictor learns.
            let all: Vec<_> = (0..20 * BATCH)
                .map(|_| match random.next() >> 63 {
                    0 => {
                        let net = nets[random.next() as usize % nets.len()];
                        let inner = random.$random().to_bits() & net.hostmask().to_bits();
                        (net.network_address().to_bits() | inner).into()
                    }
                    _ => random.$random(),
                })
                .collect();
            let mut trie = prefix_trie::PrefixMap::new();
            let mut bitmap = ip_network_table_deps_treebitmap::IpLookupTable::new();
            for (at, net) in nets.iter().enumerate() {
                let theirs = <$Net>::new(net.network_address(), net.prefix_len()).unwrap();
                trie.insert(theirs, at);
                bitmap.insert(net.network_address(), u32::from(net.prefix_len()), at);
            }
            let mut entries: Vec<_> = nets.iter().copied().zip(0..).collect();
            let mut segments =
                vec![Segment::default(); PrefixTable::<$Network>::segments_for(nets.len())];
            let mut index = vec![0; PrefixTable::<$Network>::index_for(nets.len())];
            let table = PrefixTable::build(&mut entries, &mut segments, &mut index).unwrap();
            println!(
                "lookup-{}-{label}: {} networks, {} octets of segments and index",
                $family,
                nets.len(),
                table.index_bytes()
            );
            let mut hits = 0;
            for address in &all {
                let ours: Option<usize> = table.get(*address).map(|(_, at)| *at);
                let theirs = trie.get_lpm(&<$Net>::from(*address)).map(|(_, at)| *at);
                let third = bitmap.longest_match(*address).map(|(_, _, at)| *at);
                assert_eq!((ours, ours), (theirs, third), "{address}");
                hits += usize::from(ours.is_some());
            }
            println!(
                "lookup-{}-{label}: {hits} of {} addresses in a network",
                $family,
                all.len()
            );
            let mut group = c.benchmark_group(format!("lookup-{}-{label}", $family));
            group.bench_function("amphi", |b| {
                b.iter(|| {
                    for address in &all {
                        black_box(table.get(black_box(*address)));
                    }
                });
            });
            group.bench_function("prefix-trie", |b| {
                b.iter(|| {
                    for address in &all {
                        black_box(trie.get_lpm(&<$Net>::from(black_box(*address))));
                    }
                });
            });
            group.bench_function("treebitmap", |b| {
                b.iter(|| {
                    for address in &all {
                        black_box(bitmap.longest_match(black_box(*address)));
                    }
                });
            });
        }
    };
}

lookups!(lookups_v4, "v4", Ipv4Network, net4, v4, ipnet::Ipv4Net);
lookups!(lookups_v6, "v6", Ipv6Network, net6, v6, ipnet::Ipv6Net);

fn longest_match(c: &mut Criterion) {
    for (count, label) in [(1_000, "1k"), (100_000, "100k")] {
        lookups_v4(c, count, label);
        lookups_v6(c, count, label);
    }
}

/// Reads the medians that Criterion has left and prints them as ratios.
fn report() {
    let floors = [
        ("parse-v4", "core", 1.3),
        ("parse-v6", "core", 3.5),
        ("format-v4", "core", 8.0),
        ("format-v6", "core", 4.0),
        ("prefix-v4", "ipnet", 1.3),
        ("prefix-v6", "ipnet", 2.5),
        ("contains-v4", "cidr", 1.0),
        ("contains-v6", "cidr", 1.0),
        ("collapse-v4-100k", "ipnet", 1.0),
        ("collapse-v4-1M", "ipnet", 1.0),
        ("lookup-v4-1k", "prefix-trie", 5.0),
        ("lookup-v4-100k", "prefix-trie", 1.3),
        ("lookup-v6-1k", "prefix-trie", 5.0),
        ("lookup-v6-100k", "prefix-trie", 1.3),
    ];
    let target = std::env::var("CARGO_TARGET_DIR")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../target").to_owned());
    let root = std::path::Path::new(&target).join("criterion");
    let Ok(groups) = std::fs::read_dir(&root) else {
        return;
    };
    let mut groups: Vec<_> = groups
        .filter_map(|g| g.ok()?.file_name().into_string().ok())
        .collect();
    groups.sort();
    println!(
        "\n{:<20} {:<12} {:>12} {:>12} {:>7} {:>6}",
        "operation", "against", "amphi ns", "theirs ns", "ratio", "floor"
    );
    for group in groups {
        let Some(ours) = median(&root.join(&group).join("amphi")) else {
            continue;
        };
        for other in [
            "core",
            "ipnet",
            "cidr",
            "ipnetwork",
            "ip_network",
            "prefix-trie",
            "treebitmap",
        ] {
            let Some(theirs) = median(&root.join(&group).join(other)) else {
                continue;
            };
            let floor = floors.iter().find(|(g, o, _)| *g == group && *o == other);
            let floor = floor.map_or(String::new(), |(_, _, floor)| format!("{floor:.1}"));
            println!(
                "{group:<20} {other:<12} {ours:>12.0} {theirs:>12.0} {:>7.2} {floor:>6}",
                theirs / ours
            );
        }
    }
}

/// Nanoseconds of one turn.
fn median(folder: &std::path::Path) -> Option<f64> {
    let text = std::fs::read_to_string(folder.join("new/estimates.json")).ok()?;
    let (_, rest) = text.split_once("\"median\":")?;
    let (_, rest) = rest.split_once("\"point_estimate\":")?;
    rest.split([',', '}']).next()?.parse().ok()
}
