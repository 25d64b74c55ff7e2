//! The chapters of the guide are all in its summary, what they refer to is there, and what
//! they cut out of a file stands in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The targets of a text's links and pictures, outside of code.
fn targets(text: &str) -> Vec<String> {
    let mut is_code = false;
    let prose = text.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    let prose = prose.collect::<Vec<_>>().join("\n");
    let rests = prose.split("](").skip(1);
    let targets = rests.filter_map(|rest| Some(rest.split(')').next()?.to_owned()));
    targets.collect()
}

/// What a link names as `#part`: each heading as GitHub and mdBook write it.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter_map(|line| {
        let heading = line.trim_start_matches('#');
        heading.strip_prefix(' ').filter(|_| line.starts_with('#'))
    });
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase();
        let kept = kept
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names and texts of all chapters.
fn chapters() -> Vec<(String, String)> {
    let files = std::fs::read_dir(root().join("docs/guide")).expect("a folder");
    let files = files.map(|file| file.expect("a file").path());
    let files = files.filter(|path| path.extension().is_some_and(|it| it == "md"));
    let named = files.map(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        (name.expect("a name").to_owned(), read(&path))
    });
    named.filter(|(name, _)| name != "SUMMARY.md").collect()
}

/// Fails where a link of the text leads nowhere. Names of Rust are checked with the
/// documentation, and what stands in the net is left alone.
fn check_links(folder: &Path, name: &str, text: &str) {
    for target in targets(text) {
        let is_file = target.contains(['/', '.', '#']);
        if !is_file || target.contains("::") || target.starts_with("http") {
            continue;
        }
        let (path, part) = target.split_once('#').unwrap_or((&target, ""));
        let path = folder.join(if path.is_empty() { name } else { path });
        assert!(path.exists(), "{name}: {target}");
        assert!(
            part.is_empty() || anchors(&read(&path)).contains(part),
            "{name}: {target}"
        );
    }
}

#[test]
fn every_chapter_is_there_and_every_file_that_it_names() {
    let guide = root().join("docs/guide");
    let summary = read(&guide.join("SUMMARY.md"));
    let listed: BTreeSet<_> = targets(&summary).into_iter().collect();
    let chapters = chapters();
    let there: BTreeSet<_> = chapters.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(listed, there, "the summary");
    let included = read(&root().join("examples/src/guide.rs"));
    for (name, text) in &chapters {
        let is_included = included.contains(&format!("guide/{name}\""));
        assert!(is_included, "{name} is not compiled");
        check_links(&guide, name, text);
    }
}

#[test]
fn links_of_other_texts_lead_somewhere() {
    for path in [
        "README.md",
        "CONTRIBUTING.md",
        "DESIGN.md",
        "core/README.md",
        "std-adapter/README.md",
        "smoltcp-adapter/README.md",
        "examples/README.md",
        "examples/firmware/README.md",
    ] {
        let path = root().join(path);
        let name = path.file_name().and_then(|name| name.to_str());
        let folder = path.parent().expect("a folder");
        check_links(folder, name.expect("a name"), &read(&path));
    }
}

/// Code that stands in a chapter as a part of a file: a comment names the file, and a
/// comment of dots leaves lines out.
#[test]
fn what_is_cut_out_of_a_file_stands_in_it() {
    let mut count = 0;
    for (name, text) in chapters() {
        for block in text.split("```rust,ignore\n").skip(1) {
            let block = block.split("```").next().expect("a block");
            let (path, code) = block.split_once('\n').expect("lines");
            let path = path.strip_prefix("// ").expect("the name of a file");
            let file = squeezed(&read(&root().join(path)));
            for part in code.split("// …\n") {
                let part = squeezed(part);
                assert!(!part.is_empty(), "{name}: nothing of {path}");
                assert!(file.contains(&part), "{name}: not in {path}:\n{part}");
                count += 1;
            }
        }
    }
    assert!(count > 0, "nothing is cut out");
}

/// Lines without what stands before and behind them.
fn squeezed(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}
