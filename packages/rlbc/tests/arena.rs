//! An arena, in which programs and this process follow the same pointers: arena.bpf.o on the running kernel.

#[path = "support/skip.rs"]
mod skip;
mod support;

use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{Address, Object, TestInput, kind};
use skip::{skip, version};

/// `struct list_item`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Item {
    next: Address,
    value: u64,
}

/// Offsets of the variables in their section, as BTF has them.
const FACTOR: usize = 64;
const FIRST: usize = 72;

fn run(object: &Object) {
    let program = object.program::<kind::Other>("make_list");
    program.test_run_with(TestInput::new()).unwrap();
}

// parity: maps.arena
#[test]
fn pointers_that_a_program_makes_lead_to_values_that_both_see() {
    if skip(version(6, 9)) {
        return;
    }
    let open = support::open("arena");
    let factor = open.arena_variables("memory").at::<u64>(FACTOR);
    assert_eq!(factor.get(), 3);
    factor.set(4);
    let object = open.load().unwrap();
    let (arena, variables) = (object.arena("memory"), object.arena_variables("memory"));
    assert_eq!(variables.at::<u64>(FACTOR).get(), 4);
    variables.at::<u64>(FACTOR).set(5);
    run(&object);
    let mut next = variables.at::<Address>(FIRST).get();
    let mut values = Vec::new();
    while let Some(item) = arena.at::<Item>(next) {
        values.push(item.get().value);
        next = item.get().next;
        assert!(values.len() <= 4);
    }
    assert_eq!((values, next), (vec![5, 10, 15, 20], Address(0)));
}

#[test]
fn an_arena_ends_where_its_pages_end() {
    if skip(version(6, 9)) {
        return;
    }
    let object = support::open("arena").load().unwrap();
    let arena = object.arena("memory");
    let end = arena.address().0 + arena.size() as u64;
    assert!(arena.at::<u64>(Address(end - 8)).is_some());
    assert!(arena.at::<u64>(Address(end - 7)).is_none());
    assert!(arena.at::<u64>(Address(arena.address().0 - 1)).is_none());
}

#[test]
#[should_panic(expected = "map ring is no arena")]
fn a_map_of_another_kind_is_no_arena() {
    let object = support::open("maps").load().unwrap();
    let _ = object.arena("ring");
}
