//! Random questions to the `python3` of this machine.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::thread;

use super::answers::answer;
use super::chance::Chance;

/// How many questions; `AMPHI_PACK_CASES` and `AMPHI_PACK_SEED` choose others.
const CASES: u64 = 200_000;
const SEED: u64 = 4;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn answers_as_python_does() {
    let oracle = concat!(env!("CARGO_MANIFEST_DIR"), "/pack/oracle.py");
    let python = Command::new("python3")
        .args(["-B", oracle])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut python = match python {
        Ok(python) => python,
        Err(error) => {
            println!("skipped: this machine has no python3: {error}");
            return;
        }
    };
    let seed = setting("AMPHI_PACK_SEED", SEED);
    let cases = setting("AMPHI_PACK_CASES", CASES);
    let mut input = python.stdin.take().expect("a pipe");
    let output = BufReader::new(python.stdout.take().expect("a pipe"));
    let asking = thread::spawn(move || {
        let mut chance = Chance::new(seed);
        for _ in 0..cases {
            writeln!(input, "{}", chance.question()).expect("Python listens");
        }
    });
    let mut chance = Chance::new(seed);
    let (mut told, mut failed) = (0, 0);
    for expected in output.lines() {
        let (question, expected) = (chance.question(), expected.expect("Python answers"));
        assert_eq!(answer(&question), expected, "case {told}: {question}");
        told += 1;
        failed += u64::from(expected.starts_with('!'));
    }
    asking.join().expect("all asked");
    assert!(python.wait().expect("an end").success());
    assert_eq!(told, cases);
    // As many of each as to mean something.
    println!("{cases} cases from seed {seed}, {failed} of them errors");
    assert!(failed * 20 > cases && failed * 2 < cases, "{failed} errors");
}
