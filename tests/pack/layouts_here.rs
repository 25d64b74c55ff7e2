//! Native formats have the sizes and offsets of C's structs on the target that
//! this is compiled for; else it does not compile. `.ci/pack layouts` does so for
//! several targets.
#![no_std]

#[cfg(target_arch = "x86")]
const HERE: &[(&str, usize)] = include!("layouts/i686.rs");
#[cfg(target_arch = "x86_64")]
const HERE: &[(&str, usize)] = include!("layouts/x86_64.rs");
#[cfg(target_arch = "arm")]
const HERE: &[(&str, usize)] = include!("layouts/arm.rs");
#[cfg(target_arch = "aarch64")]
const HERE: &[(&str, usize)] = include!("layouts/aarch64.rs");
#[cfg(target_arch = "riscv32")]
const HERE: &[(&str, usize)] = include!("layouts/riscv32.rs");
#[cfg(target_arch = "riscv64")]
const HERE: &[(&str, usize)] = include!("layouts/riscv64.rs");

const _: () = {
    let mut rows = HERE;
    while let Some(((format, size), rest)) = rows.split_first() {
        match amphi_core::pack::calcsize(format) {
            Ok(found) if found == *size => {}
            _ => panic!("{}", *format),
        }
        rows = rest;
    }
};
