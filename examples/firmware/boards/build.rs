//! Puts the memory maps where the linker looks for them.

use std::path::Path;
use std::{env, fs};

fn main() {
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    for map in ["memory.x", "memory-virt.x"] {
        let to = Path::new(&out).join(map);
        fs::copy(map, to).expect("the memory map is there");
        println!("cargo::rerun-if-changed={map}");
    }
    println!("cargo::rustc-link-search={}", Path::new(&out).display());
}
