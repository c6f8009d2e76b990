//! Network devices, by the command of iproute2.

use std::process::Command;

/// What `ip` prints.
pub fn ip(words: &[&str]) -> String {
    let done = Command::new("ip").args(words).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap()
}
