//! Debian's bpftool, as a second opinion.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

/// What it prints.
pub fn bpftool<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> String {
    // Debian has it where users other than root do not look.
    let debian = PathBuf::from("/usr/sbin/bpftool");
    let path = if debian.exists() {
        debian
    } else {
        "bpftool".into()
    };
    let done = Command::new(path).args(words).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap()
}
