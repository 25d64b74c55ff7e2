//! Native formats are laid out as C lays out structs on this target.

use amphi_core::pack::calcsize;

#[test]
fn as_c_on_this_target() {
    let rows: &[(&str, usize)] = if cfg!(target_arch = "x86") {
        include!("../../pack/layouts/i686.rs")
    } else if cfg!(target_arch = "x86_64") {
        include!("../../pack/layouts/x86_64.rs")
    } else if cfg!(target_arch = "aarch64") {
        include!("../../pack/layouts/aarch64.rs")
    } else if cfg!(target_arch = "riscv64") {
        include!("../../pack/layouts/riscv64.rs")
    } else {
        println!("skipped: no layouts of this target are recorded");
        return;
    };
    for (format, size) in rows {
        assert_eq!(calcsize(format), Ok(*size), "{format}");
    }
}
