//! What the program `amphi` answers, as snapshots beside this file, good input and bad.
//! `SNAPSHOTS=overwrite` writes them anew; look at them then.
#![cfg(feature = "programs")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use snapbox::{Assert, Data};

/// Each case: its name, what it reads, and its words.
const CASES: &[(&str, &str, &[&str])] = &[
    (
        "addr",
        "",
        &[
            "addr",
            "192.0.2.1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "fe80::1%eth0",
            "2130706433",
        ],
    ),
    (
        "addr_json",
        "",
        &["addr", "--json", "224.0.0.1", "::ffff:8.8.8.8"],
    ),
    ("addr_zeros", "", &["addr", "192.0.2.010"]),
    ("addr_network", "", &["addr", "10.0.0.0/8"]),
    ("addr_not_ascii", "", &["addr", "1.2.3.４"]),
    ("addr_none", "", &["addr"]),
    (
        "net",
        "",
        &["net", "192.0.2.0/24", "2001:db8::/126", "0.0.0.0/0", "::/0"],
    ),
    ("net_json", "", &["net", "--json", "192.0.2.7/32"]),
    ("net_host_bits", "", &["net", "192.0.2.1/24"]),
    (
        "net_lenient",
        "",
        &["net", "--lenient", "192.0.2.1/24", "--subnets", "26"],
    ),
    ("net_mask", "", &["net", "192.0.2.0/255.0.255.0"]),
    (
        "net_subnets_too_long",
        "",
        &["net", "192.0.2.0/24", "--subnets", "33"],
    ),
    (
        "net_hosts",
        "",
        &["net", "192.0.2.0/29", "--hosts", "--json"],
    ),
    (
        "net_exclude",
        "",
        &[
            "net",
            "192.0.2.0/24",
            "198.51.100.0/30",
            "--exclude",
            "192.0.2.64/26",
        ],
    ),
    (
        "net_collapse",
        "10.0.0.0/25\n10.0.0.128/25 # the rest\n\n2001:db8::/33\n2001:db8:8000::/33\n10.0.0.7\n",
        &["net", "--collapse"],
    ),
    (
        "net_collapse_bad",
        "10.0.0.0/25\nhello\n",
        &["net", "--collapse", "-"],
    ),
    (
        "net_collapse_no_file",
        "",
        &["net", "--collapse", "no/such/file"],
    ),
    ("pack", "", &["pack", "!I2sfH", "1", "ab", "2.7", "65535"]),
    ("pack_digits", "", &["pack", "!2s?b", "12", "true", "-1"]),
    ("pack_bad_code", "", &["pack", "!Hk", "1"]),
    ("pack_range", "", &["pack", "BB", "1", "300"]),
    ("pack_count", "", &["pack", "!II", "1"]),
    ("pack_surplus", "", &["pack", "!I", "1", "2", "3"]),
    ("pack_wide", "", &["pack", "H", "数x"]),
    ("addr_tab", "", &["addr", "192.0.2\t.1"]),
    ("word_almost", "", &["adr", "192.0.2.1"]),
    ("word_not_one", "", &["service", "http", "sctp"]),
    (
        "unpack",
        "",
        &[
            "unpack",
            "!I2sf",
            "00 00 00 01 61 62 40 2c cc cd 000000026364 40490fdb",
        ],
    ),
    (
        "unpack_json",
        "",
        &["unpack", "<hB", "01 00 ff 02:00:01", "--json"],
    ),
    ("unpack_bad_hex", "", &["unpack", "!H", "00x1"]),
    ("unpack_half", "", &["unpack", "!H", "001"]),
    ("unpack_rest", "", &["unpack", "!H", "000102"]),
    ("resolve", "", &["resolve", "127.0.0.1", "http"]),
    ("resolve_json", "", &["resolve", "::1", "--json"]),
    ("resolve_nobody", "", &["resolve", "no..name"]),
    ("service", "", &["service", "domain"]),
    ("service_port", "", &["service", "443", "tcp", "--json"]),
    ("service_none", "", &["service", "nothing"]),
    ("watch_nobody", "", &["watch", "no/such/socket"]),
    (
        "watch_bad_interval",
        "",
        &["watch", "socket", "--interval", "soon"],
    ),
    (
        "counters_elsewhere",
        "",
        &["echo", "--stack", "loopback", "--counters", "socket"],
    ),
    (
        "counters_no_folder",
        "",
        &[
            "echo",
            "--listen",
            "127.0.0.1:0",
            "--no-group",
            "-q",
            "--counters",
            "no/such/folder",
        ],
    ),
    ("man_none", "", &["man", "nothing"]),
    ("help", "", &["--help"]),
];

#[test]
fn answers_are_as_they_were() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tool");
    for (name, input, words) in CASES {
        let answer = ask(input, words);
        assert!(
            answer.lines().skip(1).all(fits) || name.ends_with("json"),
            "{name}: too wide\n{answer}"
        );
        let path = folder.join(name).with_extension("out");
        Assert::new()
            .action_env("SNAPSHOTS")
            .normalize_paths(false)
            .eq(answer, Data::read_from(&path, None));
    }
}

/// Whether a line fits a terminal of 80 columns, but for what is one word, and messages,
/// which are one line so that logs can hold them.
fn fits(line: &str) -> bool {
    line.chars().count() <= 80 || line.ends_with(".ip6.arpa") || line.starts_with("amphi: ")
}

/// The words, what was printed, and the status, as a terminal shows them.
fn ask(input: &str, words: &[&str]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_amphi"))
        .args(words)
        .env("COLUMNS", "80")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // Who does not read it may have ended.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let text = |octets| String::from_utf8(octets).expect("text");
    let status = match output.status.code() {
        Some(0) => String::new(),
        code => format!("status {}\n", code.expect("no signal")),
    };
    let (out, err) = (text(output.stdout), text(output.stderr));
    format!("$ amphi {}\n{out}{err}{status}", words.join(" "))
}

#[test]
fn completions_and_the_man_page_name_every_command() {
    let commands = [
        "echo",
        "multicast-send",
        "watch",
        "addr",
        "net",
        "pack",
        "unpack",
        "resolve",
        "service",
    ];
    for words in [
        &["completions", "bash"][..],
        &["completions", "zsh"],
        &["completions", "fish"],
        &["man"],
    ] {
        let text = ask("", words);
        for command in commands {
            let escaped = command.replace('-', "\\-");
            assert!(
                text.contains(command) || text.contains(&escaped),
                "{words:?}: {command}"
            );
        }
    }
    for command in commands {
        let page = ask("", &["man", command]);
        let title = format!(".TH amphi-{command} 1");
        assert!(
            page.contains(&title) && page.contains("EXIT STATUS"),
            "{page}"
        );
    }
}

/// One value a line, whatever is asked.
#[test]
fn json_is_json() {
    for words in [
        &["echo", "--stack", "loopback", "-q"][..],
        &["addr", "192.0.2.1", "fe80::1%a\"b"],
        &["net", "192.0.2.0/24", "::/0"],
        &["net", "192.0.2.0/29", "--subnets", "30"],
        &["net", "192.0.2.0/29", "--hosts"],
        &["net", "192.0.2.0/29", "--exclude", "192.0.2.4"],
        &["net", "192.0.2.0/29", "--collapse"],
        &["pack", "!I2s", "1", "ab"],
        &["unpack", "<d?2sB", "000000000000f87f01226200"],
        &["resolve", "127.0.0.1"],
        &["service", "domain"],
    ] {
        let words = [words, &["--json"]].concat();
        let answer = ask("", &words);
        let mut lines = answer.lines().skip(1).peekable();
        assert!(lines.peek().is_some(), "{answer}");
        for line in lines {
            let value: Result<serde_json::Value, _> = serde_json::from_str(line);
            assert!(value.is_ok(), "{words:?}: {line}");
        }
    }
}

/// A service, somebody who watches it, and a client between two looks.
#[test]
fn a_service_is_watched() {
    let folder = std::env::temp_dir().join(format!("amphi-watch-{}", std::process::id()));
    let path = folder.to_str().expect("text");
    let amphi = env!("CARGO_BIN_EXE_amphi");
    let mut service = Command::new(amphi)
        .args([
            "echo",
            "--listen",
            "127.0.0.1:0",
            "--no-group",
            "--counters",
            path,
        ])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut log = std::io::BufReader::new(service.stderr.take().expect("a pipe"));
    let mut line = String::new();
    std::io::BufRead::read_line(&mut log, &mut line).expect("a line");
    let address = line
        .split(' ')
        .find_map(|word| word.trim_end_matches(',').parse().ok());
    let address: core::net::SocketAddr = address.expect("where it listens");
    let look = || {
        let output = Command::new(amphi)
            .args(["watch", path, "--count", "1", "--json"])
            .output();
        let output = output.expect("it runs");
        let line = String::from_utf8(output.stdout).expect("text");
        let value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let paths = ["/open", "/tcp/accepted", "/tcp/received", "/udp/sent"];
        paths.map(|path| {
            value
                .pointer(path)
                .and_then(serde_json::Value::as_u64)
                .expect("a number")
        })
    };
    assert_eq!(look(), [0, 0, 0, 0]);
    let mut client = std::net::TcpStream::connect(address).expect("it listens");
    client.write_all(b"hello").expect("it takes it");
    std::io::Read::read_exact(&mut client, &mut [0; 5]).expect("the echo");
    let asker = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    asker.send_to(b"hello", address).expect("it takes it");
    asker.recv(&mut [0; 5]).expect("the echo");
    assert_eq!(look(), [1, 1, 5, 1]);
    // Once the client sees the end, the service has closed.
    client
        .shutdown(std::net::Shutdown::Write)
        .expect("it is open");
    std::io::Read::read_to_end(&mut client, &mut Vec::new()).expect("the end");
    assert_eq!(look(), [0, 1, 5, 1]);
    service.kill().expect("it runs");
    service.wait().expect("it ends");
    // Killed, it could not take its socket away.
    let _ = std::fs::remove_file(&folder);
}

/// A million networks, and a reader that has enough after a line.
#[test]
fn much_is_read_and_little_is_wanted() {
    let networks: String = (0..1_000_000_u32)
        .map(|number| format!("{}/32\n", core::net::Ipv4Addr::from_bits(number * 2)))
        .collect();
    let folder = std::env::temp_dir().join(format!("amphi-tool-{}", std::process::id()));
    std::fs::write(&folder, networks).expect("a file");
    let mut child = Command::new(env!("CARGO_BIN_EXE_amphi"))
        .args(["net", "--collapse"])
        .arg(&folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let mut reader = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
    std::io::BufRead::read_line(&mut reader, &mut line).expect("a line");
    drop(reader);
    let output = child.wait_with_output().expect("it ends");
    std::fs::remove_file(&folder).expect("it was there");
    assert_eq!(line, "0.0.0.0/32\n");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
}
