//! The small adapter of the guide's chapter "Writing an adapter": a stack whose wire is
//! memory and whose clock jumps. It keeps all contracts.

mod adapter;

use amphi_conformance::World;
use amphi_core::serve::Key;

use adapter::{Memory, MemorySelector};

/// The stack talks to itself.
struct MemoryWorld<'m>(&'m Memory);

impl<'m> World for MemoryWorld<'m> {
    type Net = &'m Memory;
    type Selector = MemorySelector<'m, Key>;

    fn net(&self) -> Self::Net {
        self.0
    }

    fn selector(&self) -> Self::Selector {
        MemorySelector::new(self.0)
    }

    fn largest_datagram(&self) -> usize {
        adapter::LARGEST
    }

    fn connections(&self) -> usize {
        64
    }
}

macro_rules! in_memory {
    ($($module:ident { $($name:ident)* })*) => { $(
        mod $module { $(
            #[test]
            fn $name() {
                let memory = crate::Memory::new();
                let world = &mut crate::MemoryWorld(&memory);
                amphi_conformance::contracts::$module::$name(world);
            }
        )* }
    )* };
}

amphi_conformance::contracts!(in_memory);
