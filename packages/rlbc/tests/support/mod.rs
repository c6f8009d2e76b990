//! What the tests on the kernel share: the fixtures, which every lbc runtime is tested with.

use std::path::{Path, PathBuf};

use rlbc::{OpenObject, OpenOptions};

/// Where `maps.bpf.o`, `attach.bpf.o` and `probes.bpf.o` are: `LBC_FIXTURES`, or the checkout's own.
fn fixtures() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.lbc/fixtures");
    std::env::var_os("LBC_FIXTURES").map_or_else(own, PathBuf::from)
}

/// Where one of them is.
pub fn path(name: &str) -> PathBuf {
    fixtures().join(format!("{name}.bpf.o"))
}

/// Opens one of them.
pub fn open(name: &'static str) -> OpenObject {
    open_with(name, &OpenOptions::new())
}

/// Opens one of them with options.
pub fn open_with(name: &'static str, options: &OpenOptions) -> OpenObject {
    let path = path(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    OpenObject::new(name, &bytes, options).unwrap()
}
