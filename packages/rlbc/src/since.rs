//! Which version of Linux brought what an object needs: why an older kernel refuses it.
//! @see <https://docs.ebpf.io/linux/timeline>

use std::ffi::{CStr, OsStr};
use std::fmt;
use std::fs;
use std::ptr::NonNull;

use libbpf_rs::{AsRawLibbpf as _, OpenObject, libbpf_sys as sys};

/// Major and minor.
pub type Version = (u32, u32);

/// By `enum bpf_map_type`, what is newer than 5.4.
const MAPS: [(u32, Version); 8] = [
    (sys::BPF_MAP_TYPE_STRUCT_OPS, (5, 6)),
    (sys::BPF_MAP_TYPE_RINGBUF, (5, 8)),
    (sys::BPF_MAP_TYPE_INODE_STORAGE, (5, 10)),
    (sys::BPF_MAP_TYPE_TASK_STORAGE, (5, 11)),
    (sys::BPF_MAP_TYPE_BLOOM_FILTER, (5, 16)),
    (sys::BPF_MAP_TYPE_USER_RINGBUF, (6, 1)),
    (sys::BPF_MAP_TYPE_CGRP_STORAGE, (6, 2)),
    (sys::BPF_MAP_TYPE_ARENA, (6, 9)),
];

/// By `enum bpf_prog_type`.
const PROGRAMS: [(u32, Version); 7] = [
    (sys::BPF_PROG_TYPE_TRACING, (5, 5)),
    (sys::BPF_PROG_TYPE_STRUCT_OPS, (5, 6)),
    (sys::BPF_PROG_TYPE_EXT, (5, 6)),
    (sys::BPF_PROG_TYPE_LSM, (5, 7)),
    (sys::BPF_PROG_TYPE_SK_LOOKUP, (5, 9)),
    (sys::BPF_PROG_TYPE_SYSCALL, (5, 14)),
    (sys::BPF_PROG_TYPE_NETFILTER, (6, 4)),
];

/// By `enum bpf_attach_type`.
const HOOKS: [(u32, Version); 11] = [
    (sys::BPF_MODIFY_RETURN, (5, 7)),
    (sys::BPF_TRACE_ITER, (5, 8)),
    (sys::BPF_TRACE_KPROBE_MULTI, (5, 18)),
    (sys::BPF_LSM_CGROUP, (6, 0)),
    (sys::BPF_TCX_INGRESS, (6, 6)),
    (sys::BPF_TCX_EGRESS, (6, 6)),
    (sys::BPF_TRACE_UPROBE_MULTI, (6, 6)),
    (sys::BPF_NETKIT_PRIMARY, (6, 7)),
    (sys::BPF_NETKIT_PEER, (6, 7)),
    (sys::BPF_TRACE_KPROBE_SESSION, (6, 10)),
    (sys::BPF_TRACE_UPROBE_SESSION, (6, 13)),
];

/// What an object needs and a kernel does not have.
#[derive(Debug, PartialEq, Eq)]
pub struct Missing {
    what: String,
    /// The first version that has it.
    pub since: Version,
    running: Version,
}

impl Missing {
    fn new(what: String, since: Version, running: Version) -> Option<Self> {
        (since > running).then_some(Self {
            what,
            since,
            running,
        })
    }

    /// The first map or program that is to be loaded and of a kind that a kernel of that version does not have.
    pub fn in_object(object: &OpenObject, running: Version) -> Option<Self> {
        let maps = object.maps().filter(|map| map.autocreate());
        let mut maps = maps.filter_map(|map| {
            let (name, kind) = (map.name().to_string_lossy(), map.map_type());
            let since = version_in(&MAPS, kind.into());
            Self::new(format!("map {name} ({kind:?})"), since, running)
        });
        let programs = object.progs().filter(|program| program.autoload());
        let mut programs = programs.filter_map(|program| {
            Self::in_program(program.name(), program.as_libbpf_object(), running)
        });
        maps.next().or_else(|| programs.next())
    }

    /// The type of a program, or its hook.
    pub fn in_program(
        name: &OsStr,
        program: NonNull<sys::bpf_program>,
        running: Version,
    ) -> Option<Self> {
        let program = program.as_ptr();
        // SAFETY: the program and its section's name live as long as the object that they are taken from.
        let (kind, hook, section) = unsafe {
            (
                sys::bpf_program__type(program),
                sys::bpf_program__expected_attach_type(program),
                CStr::from_ptr(sys::bpf_program__section_name(program)),
            )
        };
        let since = version_in(&PROGRAMS, kind).max(version_in(&HOOKS, hook));
        let (name, section) = (name.to_string_lossy(), section.to_string_lossy());
        Self::new(format!("program {name} ({section})"), since, running)
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((major, minor), (own, own_minor)) = (self.since, self.running);
        let what = &self.what;
        write!(
            f,
            "{what} needs Linux {major}.{minor}, not {own}.{own_minor}"
        )
    }
}

/// The oldest version for what is in no table.
fn version_in(table: &[(u32, Version)], kind: u32) -> Version {
    let found = table.iter().find(|&&(each, _)| each == kind);
    found.map_or((0, 0), |&(_, since)| since)
}

/// The running kernel's version; `None` where it is not told.
pub fn running() -> Option<Version> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let mut next = || numbers.next()?.parse().ok();
    Some((next()?, next()?))
}
