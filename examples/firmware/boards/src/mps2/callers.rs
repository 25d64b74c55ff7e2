//! Who called: for a panic, whose place and text cost a fifth of the flash.
//!
//! `rustc` keeps the frame pointer of Thumb code in r7: it points to the caller's, and the
//! address to return to lies behind that.

use core::arch::asm;
use core::ptr::addr_of;

/// How many calls are followed.
pub const CALLS: usize = 6;

unsafe extern "C" {
    /// Behind the stack, by `cortex-m-rt`.
    static _stack_start: u32;
}

/// Where the calls under way were made, the innermost first; zero where
/// there are no more.
#[inline(never)]
pub fn callers() -> [u32; CALLS] {
    let mut frame: u32;
    // SAFETY: it only reads a register.
    unsafe { asm!("mov {}, r7", out(reg) frame, options(nomem, nostack, preserves_flags)) };
    let end = addr_of!(_stack_start) as u32 - 8;
    let mut calls = [0; CALLS];
    for call in &mut calls {
        // SAFETY: a frame lies on the stack, two words at a multiple of four; the loop ends
        // before one that does not.
        let [next, back] = unsafe { (frame as *const [u32; 2]).read_volatile() };
        // Inside of the call: bit 0 says Thumb, and a call is two half-words.
        *call = back.wrapping_sub(3);
        if next <= frame || next > end || next % 4 != 0 {
            break;
        }
        frame = next;
    }
    calls
}
