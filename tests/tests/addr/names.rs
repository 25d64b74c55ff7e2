//! The documentation has a word on each public name of Python's `ipaddress`.

use std::process::Command;

const DOCUMENTATION: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../core/src/addr/mod.rs"
));

/// The names of the module and of its classes, one a line.
const SCRIPT: &str = "\
import inspect, ipaddress
parts = [ipaddress, *(c for _, c in inspect.getmembers(ipaddress, inspect.isclass))]
for name in sorted({name for part in parts if not issubclass(type(part), BaseException)
                    for name in dir(part) if not name.startswith('_')}):
    if not inspect.ismodule(getattr(ipaddress, name, None)):
        print(name)
";

/// What the exceptions inherit.
const INHERITED: [&str; 3] = ["add_note", "args", "with_traceback"];

#[test]
fn each_name_of_python_is_documented() {
    let Ok(output) = Command::new("python3").args(["-c", SCRIPT]).output() else {
        println!("skipped: no python3 on this machine");
        return;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names = String::from_utf8(output.stdout).expect("names");
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    let words: Vec<_> = DOCUMENTATION.split(|letter| !is_letter(letter)).collect();
    let missing: Vec<_> = names
        .lines()
        .filter(|name| !words.contains(name) && !INHERITED.contains(name))
        .collect();
    assert!(names.lines().count() > 40, "{names}");
    assert!(missing.is_empty(), "no word on {missing:?}");
}
