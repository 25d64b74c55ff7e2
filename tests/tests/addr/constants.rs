//! Wrong literals in constants stop the compiler, and it says why.

/// The messages are those of this compiler; others lay out the same words otherwise.
const COMPILER: &str = "1.95";

#[test]
fn wrong_constants_do_not_compile() {
    let version = std::process::Command::new("rustc")
        .arg("--version")
        .output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    match version {
        Ok(version) if version.contains(COMPILER) => {
            trybuild::TestCases::new().compile_fail("tests/addr/constants/*.rs");
        }
        _ => println!("skipped: the messages were recorded with rustc {COMPILER}"),
    }
}

#[test]
#[should_panic = "leading zeros are not permitted: '010' at octet 3"]
fn a_literal_names_the_fault_and_its_place() {
    let _ = amphi_core::addr::Ipv4Network::literal("10.010.0.0/16");
}
