//! What `CPython`'s own tests ask, with `CPython`'s answers.

use super::answers::answer;

const VECTORS: &str = include_str!("../../pack/vectors.txt");

/// Whether an answer of `CPython` on 64-bit Linux holds for this target, too.
fn holds_here(format: &str) -> bool {
    let native = !format.starts_with(['=', '<', '>', '!']);
    let lp64 = cfg!(all(
        target_endian = "little",
        target_pointer_width = "64",
        unix
    ));
    let order = cfg!(target_endian = "little") || !format.starts_with('=');
    order && (lp64 || !native)
}

#[test]
fn answers_of_test_struct() {
    let mut asked = 0;
    for line in VECTORS.lines().filter(|line| !line.starts_with('#')) {
        let (question, expected) = line.rsplit_once('\t').expect("a question and an answer");
        let format = question.split('\t').nth(1).expect("a format");
        if !holds_here(format) {
            continue;
        }
        assert!(
            answer(question) == expected,
            "{:.200} gives {:.200}",
            question,
            answer(question)
        );
        asked += 1;
    }
    assert!(asked > 1000, "only {asked} questions");
}
