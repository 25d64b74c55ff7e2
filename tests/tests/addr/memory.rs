//! Nothing here takes memory from a heap.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use std::alloc::System;

use amphi_core::addr::{
    Ipv4Network, Ipv6Network, PrefixTable, Segment, collapse_addresses, difference, ip,
};

use crate::random::Random;

struct Counting;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that ends may allocate after its locals are gone.
        let _ = TAKEN.try_with(|taken| taken.set(taken.get() + 1));
        // SAFETY: the caller keeps the allocator's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the allocator's contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_hundred_thousand_networks_take_no_memory() {
    let mut random = Random::new(21);
    let count = 100_000;
    let mut networks: Vec<_> = (0..count)
        .map(|_| Ipv4Network::truncating(random.v4(), 16 + random.below(17) as u8).unwrap())
        .collect();
    let mut wide: Vec<_> = (0..count)
        .map(|_| Ipv6Network::truncating(random.v6(), 32 + random.below(97) as u8).unwrap())
        .collect();
    let mut segments = vec![Segment::default(); 2 * count + 1];
    let mut index = vec![0; count];
    let before = TAKEN.get();
    let collapsed = collapse_addresses(&mut networks);
    let wide = collapse_addresses(&mut wide);
    let (one, two) = wide.split_at(wide.len() / 2);
    let left = difference(one, two).count();
    let text = ip::compressed(ip::parse("2001:db8::1").unwrap());
    let mut entries = [(collapsed[0], ()), (collapsed[1], ())];
    let table = PrefixTable::build(&mut entries, &mut segments, &mut index).unwrap();
    let found = table.get(collapsed[0].network_address()).is_some();
    assert_eq!(TAKEN.get(), before, "something was taken from the heap");
    assert!(found && left > 0 && text == "2001:db8::1");
}
