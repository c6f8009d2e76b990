//! `LBC_EMIT` on kernels with and without ring buffers, which differ in their BTF here: emit.bpf.o on the running kernel.

#[path = "support/kernel_btf.rs"]
mod kernel_btf;
mod support;

use std::time::Duration;

use kernel_btf::KernelBtf;
use rlbc::libbpf_rs::MapType;
use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{Object, RecordSize, RingBuffer, Text, kind};

#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Message {
    number: u64,
    text: Text<16>,
}

fn load(enumerators: &[&str]) -> Object {
    let btf = KernelBtf::with_map_types(enumerators);
    support::open_with("emit", &btf.options()).load().unwrap()
}

/// Sends three messages and reads them.
fn emit_and_read(object: &Object, expected: MapType) {
    let map = object.map("messages").unwrap();
    assert_eq!(map.map_type(), Some(expected));
    let messages =
        RingBuffer::<Message>::new(map, RecordSize::exactly(size_of::<Message>())).unwrap();
    let mut reader = messages.reader().unwrap();
    let emit = object.program::<kind::SocketFilter>("emit");
    for _ in 0..3 {
        emit.test_run(&[0; 64]).unwrap();
    }
    let mut numbers = Vec::new();
    while let Some(message) = reader.next_timeout(Duration::ZERO).unwrap() {
        assert_eq!(message.text, "emitted");
        numbers.push(message.number);
    }
    // The test may move to another CPU, whose events are read in their turn.
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2]);
    assert_eq!(object.globals(".bss").at::<u64>(0).get(), 3);
    assert_eq!(reader.lost(), 0);
}

#[test]
fn messages_go_through_a_ring_buffer_where_the_kernel_has_one() {
    let object = load(&["BPF_MAP_TYPE_UNSPEC", "BPF_MAP_TYPE_RINGBUF"]);
    emit_and_read(&object, MapType::RingBuf);
    emit_and_read(&support::open("emit").load().unwrap(), MapType::RingBuf);
}

// parity: events.fallback
#[test]
fn messages_go_through_perf_buffers_where_the_kernel_has_no_ring_buffer() {
    let object = load(&["BPF_MAP_TYPE_UNSPEC", "BPF_MAP_TYPE_HASH"]);
    emit_and_read(&object, MapType::PerfEventArray);
}

#[test]
fn a_ring_buffer_without_another_way_stays_one() {
    let btf = KernelBtf::with_map_types(&["BPF_MAP_TYPE_HASH"]);
    let object = support::open_with("maps", &btf.options()).load().unwrap();
    assert_eq!(
        object.map("ring").unwrap().map_type(),
        Some(MapType::RingBuf)
    );
}

/// The child of the test below, with `LBC_BTF` set.
#[test]
#[ignore = "the test below runs it in a process of its own"]
fn open_without_options() {
    let object = support::open("emit").load().unwrap();
    emit_and_read(&object, MapType::PerfEventArray);
}

// parity: core.btf-file
#[test]
fn the_environment_may_name_the_file_with_the_kernels_types() {
    let btf = KernelBtf::with_map_types(&["BPF_MAP_TYPE_UNSPEC", "BPF_MAP_TYPE_HASH"]);
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "open_without_options"])
        .env("LBC_BTF", btf.path())
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
}
