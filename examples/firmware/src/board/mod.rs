//! The machines, each under the one name `Machine`.

#[cfg(target_arch = "arm")]
mod mps2;
#[cfg(target_arch = "riscv32")]
mod virt;

#[cfg(target_arch = "arm")]
pub use mps2::Machine;
#[cfg(target_arch = "riscv32")]
pub use virt::Machine;
