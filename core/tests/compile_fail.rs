//! What must not compile, with the message that the user sees. `TRYBUILD=overwrite`
//! records the messages anew; another compiler may word them differently.

#[test]
fn messages_name_the_fault() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
