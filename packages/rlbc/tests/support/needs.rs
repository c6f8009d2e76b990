//! What a test needs of the kernel, beyond its version.

use std::fs;
use std::path::Path;

use rlbc::libbpf_rs::ObjectBuilder;

use crate::skip::Missing;

/// A part of the kernel, known by one of its functions.
pub fn function(name: &str) -> Missing {
    let symbols = fs::read_to_string("/proc/kallsyms").unwrap();
    let found = symbols
        .lines()
        .any(|line| line.split_whitespace().nth(2) == Some(name));
    (!found).then(|| format!("this kernel was built without {name}()"))
}

/// A part of the kernel, known by a file.
pub fn file(path: &str) -> Missing {
    (!Path::new(path).exists()).then(|| format!("this kernel has no {path}"))
}

/// Programs that the kernel calls by trampolines (fentry, fexit, fmod_ret, lsm, freplace). A kernel may be built without
/// them, or forbid them to root too; libbpf alone, without this crate, decides.
pub fn trampolines() -> Missing {
    let probes = crate::support::path("probes");
    let mut open = ObjectBuilder::default().open_file(probes).unwrap();
    for mut program in open.progs_mut() {
        let wanted = program.name() == "on_fentry";
        program.set_autoload(wanted);
    }
    let error = open.load().err()?;
    Some(format!(
        "this kernel refuses libbpf's fentry programs too: {error:#}"
    ))
}

/// Programs of security modules.
pub fn security_programs() -> Missing {
    let asked = fs::read_to_string("/sys/kernel/security/lsm").unwrap_or_default();
    if asked.trim().split(',').any(|module| module == "bpf") {
        return trampolines();
    }
    Some(format!(
        "the kernel asks these security modules only: {asked:?}"
    ))
}
