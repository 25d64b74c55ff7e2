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

/// A fast retransmission once sent more than the window, with the end; the rest was
/// cut, and the end believed.
#[test]
fn end_beyond_the_window_cuts_nothing() {
    for seed in [16_551, 1_137_332] {
        assert!(lossy::run(seed).is_ok(), "seed {seed}");
    }
}

/// A keep-alive once came in the place of an end that was lost, and its octet was read.
#[test]
fn keep_alive_is_no_octet() {
    assert!(lossy::run(1_182_897).is_ok());
}

/// A report of the interface's once made a socket with nothing to send wait for a
/// neighbour for ever.
#[test]
fn report_of_the_interface_is_nothing_owed() {
    assert!(lossy::run(14_830).is_ok());
}

/// A fast retransmission that found no room on the link was once forgotten: the connection
/// hung, and a keep-alive's octet was read in the place of one that was under way.
#[test]
fn device_without_room_loses_nothing() {
    for seed in [55_334, 56_349] {
        assert!(lossy::run(seed).is_ok(), "seed {seed}");
    }
}
