//! Tests that a kernel is too old for. Libtest cannot skip a test that runs already, so it says why and ends.

use std::fs;

/// Why something is missing here; `None` where it is there.
pub type Missing = Option<String>;

/// Whether a test has to be left out, and prints for what.
pub fn skip(missing: Missing) -> bool {
    if let Some(reason) = &missing {
        eprintln!("skipped: {reason}");
    }
    missing.is_some()
}

/// What came with a version of Linux; on a newer kernel the test has to pass.
pub fn version(major: u32, minor: u32) -> Missing {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let mut next = || numbers.next().unwrap().parse::<u32>().unwrap();
    let older = (next(), next()) < (major, minor);
    older.then(|| {
        format!(
            "needs Linux {major}.{minor}, and this is {}",
            release.trim()
        )
    })
}
