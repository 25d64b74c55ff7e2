//! Rows recorded while Python's own test suite ran, replayed without Python.

use crate::deviations::Reason;
use crate::eval::Question;

const ROWS: &str = include_str!("../../vectors/ipaddress.tsv");
/// The version that the rows were recorded with.
const VERSION: (u32, u32) = (3, 13);

#[test]
fn recorded_answers_are_given_again() {
    let mut rows = 0;
    let mut differing = std::collections::BTreeMap::new();
    let mut wrong = Vec::new();
    for row in ROWS.lines().filter(|row| !row.starts_with('#')) {
        rows += 1;
        let question = Question::parse(row);
        let (_, expected) = row.rsplit_once('\t').expect("an answer");
        let answer = question.answer();
        if answer == expected {
            continue;
        }
        match Reason::of(&question, VERSION) {
            Some(reason) => *differing.entry(reason).or_insert(0) += 1,
            None => wrong.push(format!("{row:?}\n  Amphi: {answer}")),
        }
    }
    println!("{rows} rows; deliberately different: {differing:?}");
    let shown: Vec<_> = wrong.iter().take(20).cloned().collect();
    assert!(
        wrong.is_empty(),
        "{} rows differ:\n{}",
        wrong.len(),
        shown.join("\n")
    );
    assert!(rows > 5_000, "the vectors are missing");
}
