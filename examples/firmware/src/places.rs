//! Room for things that are made one after the other where they stay: an array that is made
//! whole would stand on the processor's stack before.

use heapless::Vec;
use static_cell::StaticCell;

/// Room for `COUNT` things, in a static.
pub struct Places<T, const COUNT: usize>(StaticCell<Vec<T, COUNT>>);

impl<T, const COUNT: usize> Places<T, COUNT> {
    pub const fn new() -> Self {
        Self(StaticCell::new())
    }

    /// Fills the room. Called once.
    pub fn fill(&'static self, make: impl Fn() -> T) -> &'static mut [T] {
        let places = self.0.init_with(Vec::new);
        // It says no when there is no more room.
        while places.push(make()).is_ok() {}
        places
    }
}
