//! The contracts on the flat stack, on a loopback link in virtual time; and none of them takes
//! anything from the heap.
//!
//! It has no datagrams, so the contracts of those are not here: `datagram`, `multicast` and
//! `batch`. Most others ask for a UDP socket too: a `Stack` beside it has them. Which of the
//! selector's contracts then say nothing of the flat selector is told, and made up for, in the
//! adapter's `tests/flat.rs`.
//!
//! Where frames are lost, `server::connects_that_vanish` is left out: a reset that was lost leaves
//! a socket in its handshake for ten seconds, and with as many of them as the backlog who
//! comes meanwhile is refused, where `Stack` says nothing and lets it try again.
#![cfg(feature = "host")]

#[path = "support/beside.rs"]
mod beside;
#[path = "support/counting.rs"]
mod counting;

use amphi_core::time::Duration;
use amphi_smoltcp::SharedClock;
use amphi_smoltcp::link::{Faults, Faulty};
use amphi_smoltcp::smoltcp::phy::Medium;
use beside::{Beside, Link, MTU, Room, RoomOfDatagrams, datagrams, flat};

/// Runs `$contract` in a new world whose clock is `$clock`, on `$link`.
macro_rules! run {
    ($clock:ident, $link:expr, $pace:expr, $contract:ident) => {{
        let $clock = SharedClock::new();
        let link = $link;
        let mut room = Room::new();
        let mut room_of_datagrams = RoomOfDatagrams::new();
        let flat = flat(link, &$clock, &mut room);
        let datagrams = datagrams(&$clock, &mut room_of_datagrams);
        $clock.join(&flat).expect("room for two");
        $clock.join(&datagrams).expect("room for two");
        let before = counting::taken();
        $contract(&mut Beside {
            flat: &flat,
            datagrams: &datagrams,
            pace: $pace,
        });
        assert_eq!(
            counting::taken(),
            before,
            "something was taken from the heap"
        );
    }};
}

fn on_loopback(medium: Medium, contract: impl FnOnce(&mut Beside<'_, '_, Link>)) {
    run!(clock, Link::new(medium), 1, contract);
}

/// On a link that is slow and loses, doubles and reorders frames.
fn on_faulty_loopback(
    medium: Medium,
    contract: impl FnOnce(&mut Beside<'_, '_, Faulty<'_, Link, MTU, 64>>),
) {
    // A frame passes it twice: on its way out, and on its way in.
    let faults = Faults {
        loss: 10_000,
        duplication: 10_000,
        reordering: 10_000,
        delay: Duration::from_micros(50),
        jitter: Duration::from_micros(50),
        late: Duration::from_micros(250),
        ..Faults::NONE
    };
    // Another one for those who look for a seed that shows something.
    let seed = std::env::var("AMPHI_SEED").map_or(1, |seed| seed.parse().expect("a number"));
    let link = Link::new(medium);
    run!(
        clock,
        Faulty::new(link, clock.clock(), faults, seed),
        20,
        contract
    );
}

macro_rules! on_each_link {
    ($($contracts:tt)*) => {
        mod prompt {
            mod ip { on_link!(on_loopback Ip $($contracts)*); }
            mod ethernet { on_link!(on_loopback Ethernet $($contracts)*); }
        }
        mod faulty {
            mod ip { on_link!(on_faulty_loopback Ip $($contracts)*); }
            mod ethernet { on_link!(on_faulty_loopback Ethernet $($contracts)*); }
        }
    };
}

macro_rules! on_link {
    ($link:ident $medium:ident $($module:ident $contracts:tt)*) => {
        $( module!($link $medium $module $contracts); )*
    };
}

macro_rules! module {
    ($link:ident $medium:ident datagram $contracts:tt) => {};
    ($link:ident $medium:ident multicast $contracts:tt) => {};
    ($link:ident $medium:ident batch $contracts:tt) => {};
    ($link:ident $medium:ident $module:ident { $($name:ident)* }) => {
        mod $module { $( test!($link $medium $module $name); )* }
    };
}

macro_rules! test {
    (on_faulty_loopback $medium:ident server connects_that_vanish) => {};
    ($link:ident $medium:ident $module:ident $name:ident) => {
        #[test]
        fn $name() {
            crate::$link(crate::Medium::$medium, |world| {
                amphi_conformance::contracts::$module::$name(world);
            });
        }
    };
}

amphi_conformance::contracts!(on_each_link);
