//! Sections of static variables only, which libbpf does not map into memory, on the running kernel.

mod support;

use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{Padding, Program, kind};

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Rodata {
    step: u64,
    tag: u8,
    padding: Padding<7>,
}

fn run(program: &Program<'_, kind::SocketFilter>) -> u32 {
    program.test_run(&[0; 64]).unwrap().return_value
}

#[test]
fn constants_set_before_load_are_what_programs_and_the_loaded_object_see() {
    let mut open = support::open("statics");
    let constants = open.section_mut::<Rodata>(".rodata");
    assert_eq!((constants.step, constants.tag), (3, 7));
    constants.step = 1 << 40;

    let object = open.load().unwrap();
    let constants = object.section::<Rodata>(".rodata");
    assert_eq!((constants.step, constants.tag), (1 << 40, 7));
    run(&object.program("advance"));
    assert_eq!(object.globals(".bss").at::<u64>(0).get(), 1 << 40);
}

#[test]
fn variables_set_before_load_are_what_programs_start_with() {
    let open = support::open("statics");
    let limit = open.globals(".data").at::<u32>(0);
    assert_eq!(limit.get(), 10);
    limit.set(50);
    open.globals(".bss").at::<u64>(0).set(100);

    let object = open.load().unwrap();
    assert_eq!(run(&object.program("advance")), 49);
    assert_eq!(object.globals(".bss").at::<u64>(0).get(), 103);
}

#[test]
fn variables_are_live_in_both_directions() {
    let object = support::open("statics").load().unwrap();
    let advance = object.program("advance");
    let total = object.globals(".bss").at::<u64>(0);
    let runs = object.globals(".bss").at::<[u32; 4]>(8);
    assert_eq!(run(&advance), 9);
    assert_eq!((total.get(), runs.get()), (3, [0, 0, 0, 1]));

    total.set(1000);
    runs.index(3).unwrap().set(5);
    assert_eq!((total.get(), runs.get()), (1000, [0, 0, 0, 5]));
    object.globals(".data").at::<u32>(0).set(20);
    assert_eq!(run(&advance), 14);
    assert_eq!((total.get(), runs.index(3).unwrap().get()), (1003, 6));
}

#[test]
#[should_panic(expected = "no variable at offset 24")]
fn a_variable_outside_of_the_section_is_refused() {
    let object = support::open("statics").load().unwrap();
    let _ = object.globals(".bss").at::<u8>(24);
}
