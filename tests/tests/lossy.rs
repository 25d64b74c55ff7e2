//! Echo over lossy links, for the first seeds; `.ci/run lossy` runs thousands.
#![cfg(feature = "host")]

use amphi_conformance::lossy;

/// None broken, and all kinds of ends and of faults are among them.
#[test]
fn no_octet_is_lost_and_nothing_hangs() {
    let (mut served, mut aborted, mut failed) = (0, 0, 0);
    for seed in 0..300 {
        let outcome = lossy::run(seed).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
        served += outcome.served;
        aborted += outcome.aborted;
        failed += outcome.failed;
    }
    assert_eq!(served + aborted + failed, 900);
    assert!(
        served > 700 && aborted > 20 && failed > 0,
        "{served} {aborted} {failed}"
    );
}

/// One seed is one fate.
#[test]
fn runs_alike_each_time() {
    for seed in 0..20 {
        assert_eq!(lossy::run(seed), lossy::run(seed));
    }
}
