//! What must not compile, with the message that the user sees. `TRYBUILD=overwrite`
//! records the messages anew.

use std::process::Command;

/// The compiler whose words are recorded; another may word them differently.
const RECORDED: &str = "rustc 1.95.";

#[test]
fn messages_name_the_fault() {
    let version = Command::new("rustc").arg("--version").output();
    let version = version.expect("the compiler that built this").stdout;
    if !version.starts_with(RECORDED.as_bytes()) {
        println!("skipped: the messages are those of {RECORDED}x");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
