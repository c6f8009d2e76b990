//! kprobe, kretprobe, fentry and fexit with the programs in probes.bpf.o. They need a kernel that has them, so this file is
//! a test binary of its own, which tools/kernels runs inside QEMU; elsewhere it is not asked for.

mod support;

use std::collections::BTreeMap;
use std::fs::File;
use std::process::id;

use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{EventReader, Link, Object, RecordSize, RingBuffer, kind};

#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Hit {
    hook: u32,
    pid: u32,
    value: i64,
}

const KPROBE: u32 = 0;
const KRETPROBE: u32 = 1;
const FENTRY: u32 = 2;
const FEXIT: u32 = 3;

fn load() -> (Object, EventReader<Hit>) {
    let mut open = support::open("probes");
    *open.section_mut::<u32>(".rodata") = id();
    let object = open.load().unwrap();
    let events = RingBuffer::new(
        object.map("events").unwrap(),
        RecordSize::exactly(size_of::<Hit>()),
    )
    .unwrap();
    let reader = events.reader().unwrap();
    (object, reader)
}

/// How often each hook was hit while a file was opened, and with which value.
fn open_a_file(reader: &mut EventReader<Hit>) -> BTreeMap<u32, i64> {
    drop(File::open("/proc/self/status").unwrap());
    let mut seen = BTreeMap::new();
    while let Some(hit) = reader.try_next().unwrap() {
        assert_eq!(hit.pid, id());
        seen.insert(hit.hook, hit.value);
    }
    seen
}

// parity: links.kprobe, links.fentry
#[test]
#[ignore = "needs kprobes and trampolines: run by tools/kernels in QEMU"]
fn probes_attach_to_the_function_that_their_section_names() {
    let (object, mut reader) = load();
    let links: [Link; 4] = [
        object
            .program::<kind::Kprobe>("on_kprobe")
            .attach()
            .unwrap(),
        object
            .program::<kind::Kretprobe>("on_kretprobe")
            .attach()
            .unwrap(),
        object
            .program::<kind::Tracing>("on_fentry")
            .attach()
            .unwrap(),
        object
            .program::<kind::Tracing>("on_fexit")
            .attach()
            .unwrap(),
    ];
    assert_eq!(
        open_a_file(&mut reader),
        BTreeMap::from([(KPROBE, 1), (KRETPROBE, 0), (FENTRY, 1), (FEXIT, 0)])
    );
    assert!(
        object
            .globals(".bss")
            .at::<[u64; 4]>(0)
            .get()
            .iter()
            .all(|&hits| hits > 0)
    );
    drop(links);
    // Detaching one opens files while the others are still attached.
    while reader.try_next().unwrap().is_some() {}
    assert_eq!(open_a_file(&mut reader), BTreeMap::new());
}

// parity: helpers.target
#[test]
#[ignore = "needs kprobes and trampolines: run by tools/kernels in QEMU"]
fn a_kprobe_can_be_given_its_function_at_run_time() {
    let (object, mut reader) = load();
    let links = [
        object
            .program::<kind::Kprobe>("on_kprobe")
            .attach_to("security_file_open")
            .unwrap(),
        object
            .program::<kind::Kretprobe>("on_kretprobe")
            .attach_to("security_file_open")
            .unwrap(),
    ];
    assert_eq!(
        open_a_file(&mut reader),
        BTreeMap::from([(KPROBE, 1), (KRETPROBE, 0)])
    );
    drop(links);
    assert!(
        object
            .program::<kind::Kprobe>("on_kprobe")
            .attach_to("no_such_function")
            .is_err()
    );
}
