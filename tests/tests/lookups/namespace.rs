//! A place with files and a loopback interface of its own, that only this test's
//! processes see.

use std::process::Command;

/// Says that this process is inside.
const INSIDE: &str = "AMPHI_INSIDE";

/// Runs `test` again in namespaces of its own, where `files` have these texts, and there
/// its `body`.
pub(crate) fn with(test: &str, files: &[(&str, &str)], body: fn()) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut script = String::from("ip link set lo up\n");
    for (number, (path, text)) in files.iter().enumerate() {
        let own = folder.path().join(number.to_string());
        std::fs::write(&own, text).expect("a file");
        script += &format!("touch {path}; mount --bind {} {path}\n", own.display());
    }
    script += "exec \"$@\"";
    let output = Command::new("unshare")
        .args(["--mount", "--net", "--user", "--map-root-user"])
        .args(["sh", "-ec", &script, "sh"])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => return println!("skipped: no unshare: {error}"),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let refused = ["unshare:", "mount:", "ip:", "touch:"];
    if refused.iter().any(|program| said.contains(program)) {
        return println!("skipped: no namespaces here: {said}");
    }
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{said}");
    assert!(told.contains("1 passed"), "it did not run: {told}{said}");
}
