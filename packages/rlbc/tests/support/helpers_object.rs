//! helpers.bpf.o, loaded, and its events.

use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{EventReader, Object, Padding, Plain, RecordSize, RingBuffer, Text};

/// The stacks where a program was called.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StackSample {
    pub pid: u32,
    pub kernel_stack: i32,
    pub user_stack: i32,
    pub cpu: u32,
}

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Rodata {
    target_pid: u32,
    /// Of bpf_printk.
    format: Text<22>,
    padding: Padding<2>,
}

/// Loads the object, to sample one process or, for 0, all.
pub fn load(target_pid: u32) -> Object {
    let mut open = crate::support::open("helpers");
    open.section_mut::<Rodata>(".rodata").target_pid = target_pid;
    open.load().unwrap()
}

/// Reads the events of one of its ring buffers.
pub fn reader<E: Plain>(object: &Object, map: &'static str) -> EventReader<E> {
    let size = RecordSize::exactly(size_of::<E>());
    let ring = RingBuffer::new(object.map(map).unwrap(), size).unwrap();
    ring.reader().unwrap()
}
