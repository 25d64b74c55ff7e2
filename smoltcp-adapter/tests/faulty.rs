//! What a faulty link does to frames, and what it does not.

use amphi_core::time::{Duration, Instant};
use amphi_smoltcp::link::{End, Faults, Faulty, Pair};
use amphi_smoltcp::smoltcp::phy::{Device, Medium, RxToken, TxToken};
use amphi_smoltcp::smoltcp::time::Instant as Timestamp;
use amphi_smoltcp::{Platform, VirtualClock};

const MTU: usize = 64;
const COUNT: u32 = 10_000;

/// A frame of the receiver: when it came, and its octets.
type Arrival = (Instant, Vec<u8>);

/// Sends `COUNT` numbered frames, ten microseconds apart, over a link with
/// `faults`, and tells what arrives in a second.
fn arrivals(faults: Faults, seed: u64) -> (Vec<Arrival>, amphi_smoltcp::link::FaultTally) {
    let clock = VirtualClock::new();
    let mut pair = Pair::<MTU, 8>::new(Medium::Ip);
    let (mut sender, receiver) = pair.split();
    let mut receiver = Faulty::<_, MTU, 256>::new(receiver, &clock, faults, seed);
    let mut arrived = Vec::new();
    for number in 0..COUNT {
        send(&mut sender, number);
        drain(&mut receiver, &clock, &mut arrived);
        clock.advance(Duration::from_micros(10));
    }
    let end = clock.now() + Duration::from_secs(1);
    while clock.now() < end {
        drain(&mut receiver, &clock, &mut arrived);
        clock.wait(end);
    }
    (arrived, receiver.tally())
}

fn send(sender: &mut End<'_, MTU, 8>, number: u32) {
    let token = sender.transmit(Timestamp::ZERO).expect("room");
    token.consume(4, |frame| frame.copy_from_slice(&number.to_be_bytes()));
}

fn drain<D: Device>(receiver: &mut D, clock: &VirtualClock, arrived: &mut Vec<Arrival>) {
    while let Some((frame, _)) = receiver.receive(Timestamp::ZERO) {
        frame.consume(|frame| arrived.push((clock.now(), frame.to_vec())));
    }
}

fn numbers(arrived: &[Arrival]) -> Vec<u32> {
    let number = |(_, octets): &Arrival| u32::from_be_bytes(octets[..].try_into().expect("four"));
    arrived.iter().map(number).collect()
}

const ALL: Faults = Faults {
    loss: 50_000,
    duplication: 50_000,
    reordering: 50_000,
    corruption: 50_000,
    partition: 100,
    partition_time: Duration::from_millis(2),
    delay: Duration::from_micros(300),
    jitter: Duration::from_micros(100),
    late: Duration::from_micros(400),
};

#[test]
fn without_faults_all_arrives_at_once_and_in_order() {
    let (arrived, tally) = arrivals(Faults::NONE, 1);
    assert!(numbers(&arrived).into_iter().eq(0..COUNT));
    assert_eq!((tally.frames, tally.lost), (u64::from(COUNT), 0));
}

#[test]
fn one_seed_is_one_fate() {
    assert_eq!(arrivals(ALL, 7), arrivals(ALL, 7));
    assert_ne!(arrivals(ALL, 7).0, arrivals(ALL, 8).0);
}

/// Each frame takes its time, and none overtakes another, whatever the jitter.
#[test]
fn delay_and_jitter_keep_the_order() {
    let faults = Faults {
        delay: Duration::from_micros(300),
        jitter: Duration::from_micros(100),
        ..Faults::NONE
    };
    let (arrived, _) = arrivals(faults, 2);
    assert!(numbers(&arrived).into_iter().eq(0..COUNT));
    // The receiver looks every ten microseconds.
    let expected = Duration::from_micros(300)..=Duration::from_micros(410);
    for ((at, _), number) in arrived.iter().zip(0..) {
        let took = *at - Instant::from_micros(10 * number);
        assert!(expected.contains(&took), "{number} took {took:?}");
    }
}

/// What arrives is what the tally says, fault by fault.
#[test]
fn each_fault_happens_as_often_as_asked() {
    // Five of a hundred, give or take a tenth of them: five standard deviations.
    let about = 390..=610;
    let only = |change: fn(&mut Faults)| {
        let mut faults = Faults::NONE;
        change(&mut faults);
        let (arrived, tally) = arrivals(faults, 3);
        (numbers(&arrived), tally)
    };

    let (numbers, tally) = only(|faults| faults.loss = 50_000);
    assert!(about.contains(&tally.lost), "{tally:?}");
    assert_eq!(numbers.len() as u64, u64::from(COUNT) - tally.lost);
    assert!(numbers.is_sorted());

    let (mut numbers, tally) = only(|faults| faults.duplication = 50_000);
    assert!(about.contains(&tally.duplicated), "{tally:?}");
    assert_eq!(numbers.len() as u64, u64::from(COUNT) + tally.duplicated);
    numbers.sort_unstable();
    numbers.dedup();
    assert!(numbers.into_iter().eq(0..COUNT));

    let (mut numbers, tally) = only(|faults| faults.reordering = 50_000);
    assert!(about.contains(&tally.reordered), "{tally:?}");
    assert!(!numbers.is_sorted());
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..COUNT));

    let (numbers, tally) = only(|faults| faults.corruption = 50_000);
    assert!(about.contains(&tally.corrupted), "{tally:?}");
    let flipped = numbers
        .into_iter()
        .zip(0..COUNT)
        .map(|(got, sent)| (got ^ sent).count_ones());
    let flipped: Vec<_> = flipped.collect();
    assert_eq!(flipped.iter().max(), Some(&1), "one bit a frame");
    assert_eq!(
        flipped.iter().map(|bits| u64::from(*bits)).sum::<u64>(),
        tally.corrupted
    );
}

#[test]
fn partition_loses_all_until_it_is_over() {
    let clock = VirtualClock::new();
    let mut pair = Pair::<MTU, 8>::new(Medium::Ip);
    let (mut sender, receiver) = pair.split();
    let mut receiver = Faulty::<_, MTU, 8>::new(receiver, &clock, Faults::NONE, 4);
    receiver.partition_until(Instant::from_micros(1_000));
    let mut arrived = Vec::new();
    for number in [1, 2, 3] {
        send(&mut sender, number);
        drain(&mut receiver, &clock, &mut arrived);
        clock.advance(Duration::from_micros(500));
    }
    assert_eq!(numbers(&arrived), [3]);
    assert_eq!(receiver.tally().lost, 2);
}

/// On Ethernet a flipped bit of the header, or in ARP, is a lost frame.
#[test]
fn check_sequence_of_ethernet_guards_what_has_no_checksum() {
    let clock = VirtualClock::new();
    let mut pair = Pair::<MTU, 8>::new(Medium::Ethernet);
    let (mut sender, receiver) = pair.split();
    let faults = Faults {
        corruption: 1_000_000,
        ..Faults::NONE
    };
    let mut receiver = Faulty::<_, MTU, 8>::new(receiver, &clock, faults, 5);
    let mut arrived = Vec::new();
    for (ethertype, count) in [([8, 6], 100), ([8, 0], 1_000)] {
        let mut original = [0; 40];
        original[12..14].copy_from_slice(&ethertype);
        for _ in 0..count {
            let token = sender.transmit(Timestamp::ZERO).expect("room");
            token.consume(original.len(), |frame| frame.copy_from_slice(&original));
            drain(&mut receiver, &clock, &mut arrived);
        }
        let whole = |(_, frame): &Arrival| frame[..14] == original[..14];
        assert!(arrived.iter().all(whole), "a header is not as it was");
    }
    // 26 of 40 octets are behind the header.
    assert!((550..750).contains(&arrived.len()), "{}", arrived.len());
}
