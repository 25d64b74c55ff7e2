//! Native formats are laid out as C lays out structs on this target.

use amphi_core::pack::calcsize;

#[allow(dead_code, reason = "the tables of the other targets")]
mod tables {
    include!("../../pack/layouts.rs");
}

#[test]
fn as_c_on_this_target() {
    let rows = if cfg!(target_arch = "x86") {
        tables::I686
    } else if cfg!(target_arch = "x86_64") {
        tables::X86_64
    } else if cfg!(target_arch = "aarch64") {
        tables::AARCH64
    } else if cfg!(target_arch = "riscv64") {
        tables::RISCV64
    } else {
        println!("skipped: no layouts of this target are recorded");
        return;
    };
    for (format, size) in rows {
        assert_eq!(calcsize(format), Ok(*size), "{format}");
    }
}
