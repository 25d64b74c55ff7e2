// no format spec for addresses
use amphi_core::addr::FormatSpec;

const SPEC: FormatSpec = FormatSpec::literal("#d");

fn main() {
    let _ = SPEC;
}
