//! Native formats have the sizes and offsets of C's structs on the target that
//! this is compiled for; else it does not compile. `.ci/pack layouts` does so for
//! several targets.
#![no_std]
#![allow(dead_code, reason = "the tables of the other targets")]

mod layouts {
    include!("layouts.rs");
}

#[cfg(target_arch = "x86")]
const HERE: &[(&str, usize)] = layouts::I686;
#[cfg(target_arch = "x86_64")]
const HERE: &[(&str, usize)] = layouts::X86_64;
#[cfg(target_arch = "arm")]
const HERE: &[(&str, usize)] = layouts::ARM;
#[cfg(target_arch = "aarch64")]
const HERE: &[(&str, usize)] = layouts::AARCH64;
#[cfg(target_arch = "riscv32")]
const HERE: &[(&str, usize)] = layouts::RISCV32;
#[cfg(target_arch = "riscv64")]
const HERE: &[(&str, usize)] = layouts::RISCV64;

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
