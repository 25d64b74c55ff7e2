//! The chapters of the guide are all in its summary, and what they refer to is there.

use std::collections::BTreeSet;
use std::path::Path;

/// The targets of a text's links and pictures.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
}

#[test]
fn every_chapter_is_there_and_every_file_that_it_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let guide = root.join("docs/guide");
    let read = |name: &str| std::fs::read_to_string(guide.join(name)).expect("a chapter");
    let summary = read("SUMMARY.md");
    let listed: BTreeSet<_> = targets(&summary).map(str::to_owned).collect();
    let files = std::fs::read_dir(&guide).expect("a folder");
    let names = files.map(|file| {
        file.expect("a file")
            .file_name()
            .into_string()
            .expect("text")
    });
    let there: BTreeSet<_> = names
        .filter(|name| name.ends_with(".md") && name != "SUMMARY.md")
        .collect();
    assert_eq!(listed, there, "the summary");
    let included = std::fs::read_to_string(root.join("examples/src/guide.rs")).expect("a file");
    for chapter in &listed {
        assert!(
            included.contains(&format!("docs/guide/{chapter}\"")),
            "{chapter} is not compiled"
        );
        let text = read(chapter);
        // Paths of Rust are checked with the documentation.
        for target in targets(&text).filter(|target| !target.contains("::")) {
            let path = guide.join(target.split('#').next().expect("a path"));
            assert!(path.exists(), "{chapter}: {target}");
        }
    }
}
