//! The tables against Python's `socket` on this machine, which asks the C library.

use std::process::Command;

use amphi_core::names::{PROTOCOLS, SERVICES, getprotobynumber, getservbyport};

/// For each line `kind name protocol` what Python says, or `-`.
const SCRIPT: &str = r#"
import socket, sys
for line in sys.stdin.read().split("\n"):
    kind, *words = line.split()
    try:
        print(socket.getservbyname(*words) if kind == "service" else socket.getprotobyname(*words))
    except OSError:
        print("-")
"#;

/// Names are unique, and each number leads to the first that has it.
#[test]
fn each_name_leads_to_its_number_and_back() {
    for service in SERVICES {
        let back = getservbyport(service.port, Some(service.transport)).expect("its port");
        assert_eq!(
            (back.port, back.transport),
            (service.port, service.transport)
        );
    }
    for protocol in PROTOCOLS {
        let back = getprotobynumber(protocol.number).expect("its number");
        assert_eq!(back.number, protocol.number);
    }
    let order = |pair: &[amphi_core::names::Service]| pair[0].port <= pair[1].port;
    assert!(SERVICES.windows(2).all(order), "sorted");
}

/// What Python knows, it knows as we do; a machine's own list may be shorter.
#[test]
fn python_says_the_same() {
    let mut lines = Vec::new();
    let mut ours = Vec::new();
    for service in SERVICES {
        for name in [service.name].iter().chain(service.aliases) {
            lines.push(format!("service {name} {}", service.transport));
            ours.push(service.port.to_string());
        }
    }
    for protocol in PROTOCOLS {
        for name in [protocol.name].iter().chain(protocol.aliases) {
            lines.push(format!("protocol {name}"));
            ours.push(protocol.number.to_string());
        }
    }
    let Some(answers) = ask(&lines.join("\n")) else {
        println!("skipped: no python3 to ask");
        return;
    };
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(answers.len(), ours.len());
    let mut known = 0;
    for ((line, ours), theirs) in lines.iter().zip(&ours).zip(answers) {
        assert!(
            theirs == "-" || theirs == ours,
            "{line}: {theirs}, not {ours}"
        );
        known += usize::from(theirs != "-");
    }
    println!("{known} of {} names are known here", ours.len());
}

fn ask(lines: &str) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("names");
    std::fs::write(&path, lines).expect("a file");
    let file = std::fs::File::open(&path).expect("a file");
    let output = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(file)
        .output()
        .ok()?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).expect("text"))
}
