//! maps.bpf.o, loaded, and its programs, which fill maps and streams when they are run.

use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{Object, Text, kind};

/// The constants of the object.
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Rodata {
    pub step: u32,
    pub greeting: Text<8>,
}

/// What socket filters are run on; its content does not matter.
pub const PACKET: [u8; 64] = [0; 64];

/// Loads the object with its constant `step`.
pub fn load(step: u32) -> Object {
    let mut open = crate::support::open("maps");
    open.section_mut::<Rodata>(".rodata").step = step;
    open.load().unwrap()
}

/// Runs a program some times.
pub fn run(object: &Object, program: &'static str, times: u64) {
    let program = object.program::<kind::SocketFilter>(program);
    for _ in 0..times {
        program.test_run(&PACKET).unwrap();
    }
}
