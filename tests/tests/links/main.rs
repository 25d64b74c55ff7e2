//! The contracts inside smoltcp, on a link between two stacks in virtual time.
#![cfg(feature = "host")]

mod world;

use amphi_smoltcp::SharedClock;
use amphi_smoltcp::link::{Hairpin, Pair};
use amphi_smoltcp::smoltcp::phy::Medium;

use world::{MTU, Storage, TwoStacks, stack};

/// Runs `contract` in a new world on a link of `medium`, whose headers have `link_header` octets.
fn on_pair(
    medium: Medium,
    link_header: usize,
    contract: impl FnOnce(&mut TwoStacks<'_, '_, '_, Hairpin<world::PairEnd<'_>, MTU, 16>>),
) {
    let clock = SharedClock::new();
    let mut pair = Pair::<MTU, { world::FRAMES }>::new(medium);
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
    });
}

macro_rules! on_each_medium {
    ($($contracts:tt)*) => {
        mod pair {
            mod ip { on_link!(on_pair Ip 0 $($contracts)*); }
            mod ethernet { on_link!(on_pair Ethernet 14 $($contracts)*); }
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
