//! Random questions, put to Amphi and to the `python3` of this machine.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::deviations::Reason;
use crate::eval::unescape;
use crate::random::Random;

/// Questions asked, unless `AMPHI_ADDR_CASES` says otherwise.
const CASES: usize = 200_000;
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/ipaddress.py");

#[test]
fn the_live_ipaddress_gives_the_same_answers() {
    let python = std::env::var("AMPHI_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let child = Command::new(&python)
        .args([SCRIPT, "serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("skipped: no {python} on this machine");
        return;
    };
    let variable = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let cases = variable("AMPHI_ADDR_CASES").unwrap_or(CASES as u64) as usize;
    let seed = variable("AMPHI_ADDR_SEED").unwrap_or(1);
    let mut answers = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let Some(Ok(version)) = answers.next() else {
        println!("skipped: {python} does not run the oracle");
        return;
    };
    let mut numbers = version.split('.').map(|n| n.parse().unwrap_or(0));
    let version = (numbers.next().unwrap_or(3), numbers.next().unwrap_or(0));
    if version < (3, 11) {
        println!("skipped: the list of deviations knows Python 3.11 and later, not {version:?}");
        return;
    }
    let mut stdin = child.stdin.take().expect("a pipe");
    let asking = std::thread::spawn(move || {
        let mut random = Random::new(seed);
        for _ in 0..cases {
            if writeln!(stdin, "{}", random.question().row()).is_err() {
                return;
            }
        }
    });
    let mut random = Random::new(seed);
    let (mut wrong, mut differing) = (Vec::new(), std::collections::BTreeMap::new());
    for _ in 0..cases {
        let question = random.question();
        let expected = answers.next().expect("an answer").expect("a pipe");
        let answer = question.answer();
        // Python's answers are escaped once more on their way.
        if answer == unescape(&expected) {
            continue;
        }
        match Reason::of(&question, version) {
            Some(reason) => *differing.entry(reason).or_insert(0) += 1,
            None => wrong.push(format!(
                "{:?}\n  Python: {expected}\n  Amphi:  {answer}",
                question.row()
            )),
        }
    }
    asking.join().expect("the writer ends");
    child.wait().expect("Python ends");
    println!(
        "{cases} questions, seed {seed}, Python {version:?}; deliberately different: {differing:?}"
    );
    let shown: Vec<_> = wrong.iter().take(20).cloned().collect();
    assert!(
        wrong.is_empty(),
        "{} answers differ:\n{}",
        wrong.len(),
        shown.join("\n")
    );
}
