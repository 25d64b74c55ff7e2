//! Wrong literals in constants stop the compiler, and it says why: each file of
//! `constants/` begins with the words that must be in the message.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// The library that this test was built with: the newest beside it.
fn library(folder: &Path) -> Option<std::path::PathBuf> {
    let files = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()));
    let ours = files.filter(|path| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        name.is_some_and(|name| name.starts_with("libamphi_core-") && name.ends_with(".rlib"))
    });
    ours.max_by_key(|path| fs::metadata(path).and_then(|data| data.modified()).ok())
}

#[test]
fn wrong_constants_do_not_compile() {
    let this = env::current_exe().expect("a path");
    let folder = this.parent().expect("a folder");
    let Some(library) = library(folder) else {
        println!("skipped: no library beside this test");
        return;
    };
    let compiler = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/addr/constants");
    let mut tried = 0;
    for case in fs::read_dir(cases)
        .expect("the cases")
        .filter_map(Result::ok)
    {
        let source = fs::read_to_string(case.path()).expect("a case");
        let (words, _) = source.split_once('\n').expect("a first line");
        let output = Command::new(&compiler)
            .args([
                "--edition=2024",
                "--emit=metadata",
                "--crate-name=case",
                "-o",
            ])
            .arg(env::temp_dir().join(format!("amphi-case-{}", std::process::id())))
            .arg("--extern")
            .arg(format!("amphi_core={}", library.display()))
            .arg("-L")
            .arg(format!("dependency={}", folder.display()))
            .arg(case.path())
            .output();
        let Ok(output) = output else {
            println!("skipped: no {compiler} on this machine");
            return;
        };
        let said = String::from_utf8_lossy(&output.stderr);
        let words = words.trim_start_matches("// ");
        assert!(!output.status.success(), "{:?} compiled", case.path());
        assert!(
            said.contains("E0080") && said.contains(words),
            "{words}\n{said}"
        );
        tried += 1;
    }
    assert!(tried >= 5, "the cases are missing");
}

#[test]
#[should_panic = "leading zeros are not permitted: '010' at octet 3"]
fn a_literal_names_the_fault_and_its_place() {
    let _ = amphi_core::addr::Ipv4Network::literal("10.010.0.0/16");
}
