//! What this process holds in the kernel, and what is left of it.

use std::collections::BTreeSet;
use std::fs;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::thread::sleep;
use std::time::Duration;

use rlbc::libbpf_rs::libbpf_sys;

/// A BPF object: its kind as in /proc/PID/fdinfo, and its id.
pub type Held = (String, u32);

/// Descriptors, and mappings of kernel memory.
pub fn footprint() -> (usize, usize) {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let shared = |line: &&str| line.contains("bpf-map") || line.contains("perf_event");
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().count();
    (descriptors, maps.lines().filter(shared).count())
}

/// Every BPF object that this process has a descriptor of.
pub fn held() -> BTreeSet<Held> {
    let descriptors = fs::read_dir("/proc/self/fdinfo").unwrap();
    // The descriptor of the folder itself is gone by the time it is read.
    let infos = descriptors.filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok());
    infos
        .flat_map(|info| info.lines().filter_map(object).collect::<Vec<_>>())
        .collect()
}

fn object(line: &str) -> Option<Held> {
    let (kind, id) = line.split_once(':')?;
    let known = ["prog_id", "map_id", "btf_id", "link_id"].contains(&kind);
    known.then(|| (kind.to_owned(), id.trim().parse().unwrap()))
}

/// Those that the kernel still has, once it had time to free them.
pub fn survivors(mut objects: BTreeSet<Held>) -> BTreeSet<Held> {
    for _ in 0..100 {
        objects.retain(exists);
        if objects.is_empty() {
            break;
        }
        sleep(Duration::from_millis(50));
    }
    objects
}

fn exists((kind, id): &Held) -> bool {
    // SAFETY: these calls take no pointer; a descriptor is new, so that nobody else owns it.
    unsafe {
        let fd = match kind.as_str() {
            "prog_id" => libbpf_sys::bpf_prog_get_fd_by_id(*id),
            "map_id" => libbpf_sys::bpf_map_get_fd_by_id(*id),
            "btf_id" => libbpf_sys::bpf_btf_get_fd_by_id(*id),
            _ => libbpf_sys::bpf_link_get_fd_by_id(*id),
        };
        (fd >= 0).then(|| OwnedFd::from_raw_fd(fd)).is_some()
    }
}
