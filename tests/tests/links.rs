//! The contracts inside smoltcp, on a link between two stacks in virtual time.
#![cfg(feature = "host")]

use amphi_conformance::linked::{FRAMES, MTU, PairEnd, Storage, TwoStacks, stack};
use amphi_core::time::Duration;
use amphi_smoltcp::SharedClock;
use amphi_smoltcp::link::{Faults, Faulty, Hairpin, Pair};
use amphi_smoltcp::smoltcp::phy::Medium;

/// Runs `contract` in a new world on a link of `medium`, whose headers have `link_header` octets.
fn on_pair(
    medium: Medium,
    link_header: usize,
    contract: impl FnOnce(&mut TwoStacks<'_, '_, '_, Hairpin<PairEnd<'_>, MTU, 16>>),
) {
    let clock = SharedClock::new();
    let mut pair = Pair::<MTU, FRAMES>::new(medium);
    let (left, right) = pair.split();
    let (mut near_storage, mut far_storage) = (Storage::new(), Storage::new());
    let near = stack(0, Hairpin::new(left), &clock, &mut near_storage);
    let far = stack(1, Hairpin::new(right), &clock, &mut far_storage);
    clock.join(&near).expect("room for two");
    clock.join(&far).expect("room for two");
    contract(&mut TwoStacks {
        near: &near,
        far: &far,
        largest_datagram: MTU - link_header - 28,
        pace: 1,
    });
}

/// The same on a link that is slow and loses, doubles, reorders and corrupts
/// segments. Datagrams are only slow: no stack could make up for more.
fn on_faulty_pair(
    medium: Medium,
    link_header: usize,
    contract: impl FnOnce(&mut TwoStacks<'_, '_, '_, FaultyDevice<'_, '_>>),
) {
    // Another one for those who look for a seed that shows something.
    let seed = std::env::var("AMPHI_SEED").map_or(1, |seed| seed.parse().expect("a number"));
    let clock = SharedClock::new();
    let mut pair = Pair::<MTU, FRAMES>::new(medium);
    let (left, right) = pair.split();
    // On one end only: in frames that pass two, two flipped bits can escape a checksum.
    let faulty = |end, faults| {
        let concerns = match medium {
            Medium::Ethernet => |frame: &[u8]| is_segment(frame.get(14..)),
            Medium::Ip => |frame: &[u8]| is_segment(Some(frame)),
        };
        Hairpin::new(Faulty::new(end, clock.clock(), faults, seed).only(concerns))
    };
    let (mut near_storage, mut far_storage) = (Storage::new(), Storage::new());
    let near = stack(0, faulty(left, Faults::NONE), &clock, &mut near_storage);
    let far = stack(1, faulty(right, FAULTS), &clock, &mut far_storage);
    clock.join(&near).expect("room for two");
    clock.join(&far).expect("room for two");
    contract(&mut TwoStacks {
        near: &near,
        far: &far,
        largest_datagram: MTU - link_header - 28,
        pace: 20,
    });
}

type FaultyDevice<'l, 'c> = Hairpin<Faulty<'c, PairEnd<'l>, MTU, 32>, MTU, 16>;

const FAULTS: Faults = Faults {
    loss: 20_000,
    duplication: 20_000,
    reordering: 20_000,
    corruption: 20_000,
    delay: Duration::from_micros(100),
    jitter: Duration::from_micros(100),
    late: Duration::from_micros(500),
    ..Faults::NONE
};

/// Whether a packet carries TCP.
fn is_segment(packet: Option<&[u8]>) -> bool {
    match packet {
        Some([first, rest @ ..]) if first >> 4 == 4 => rest.get(8) == Some(&6),
        Some([first, rest @ ..]) if first >> 4 == 6 => rest.get(5) == Some(&6),
        _ => false,
    }
}

macro_rules! on_each_medium {
    ($($contracts:tt)*) => {
        mod pair {
            mod ip { on_link!(on_pair Ip 0 $($contracts)*); }
            mod ethernet { on_link!(on_pair Ethernet 14 $($contracts)*); }
        }
        mod faulty {
            mod ip { on_link!(on_faulty_pair Ip 0 $($contracts)*); }
            mod ethernet { on_link!(on_faulty_pair Ethernet 14 $($contracts)*); }
        }
    };
}

macro_rules! on_link {
    ($link:ident $medium:ident $header:literal $($module:ident { $($name:ident)* })*) => { $(
        mod $module { $(
            #[test]
            fn $name() {
                crate::$link(crate::Medium::$medium, $header, |world| {
                    amphi_conformance::contracts::$module::$name(world);
                });
            }
        )* }
    )* };
}

amphi_conformance::contracts!(on_each_medium);
