//! Maps, globals and programs on the running kernel, driven by test runs of the programs in maps.bpf.o.

#[path = "support/maps_object.rs"]
mod maps_object;
#[path = "support/skip.rs"]
mod skip;
mod support;

use std::thread;

use maps_object::{PACKET, Rodata, load, run};
use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{
    ArrayMap, ErrorCode, Global, KeyedMap, MapFlags, Object, Padding, PerCpuArray, PerCpuMap, Text,
    kind,
};
use skip::{skip, version};

#[derive(Clone, Copy, Debug, Default, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct FlowKey {
    id: u32,
    port: u16,
    padding: Padding<2>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Flow {
    count: u64,
    delta: i32,
    color: i32,
    name: Text<8>,
}

const BLUE: i32 = -1;

fn produced(object: &Object) -> Global<'_, u64> {
    object.globals(".bss").at(0)
}

// parity: data.constants
#[test]
fn constants_set_before_load_are_frozen_afterwards() {
    let object = load(5);
    let constants = object.section::<Rodata>(".rodata");
    assert_eq!(
        (constants.step, constants.greeting.to_str()),
        (5, Ok("hello"))
    );
}

#[test]
#[should_panic(expected = "section .rodata holds constants")]
fn constants_are_no_globals() {
    let _ = load(1).globals(".rodata");
}

#[test]
#[should_panic(expected = "section .bss may change")]
fn globals_are_no_constants() {
    let _ = load(1).section::<[u64; 8]>(".bss");
}

// parity: data.live, data.sections
#[test]
fn globals_are_live_in_both_directions() {
    let object = load(1);
    run(&object, "fill_ring", 2);
    let produced = produced(&object);
    assert_eq!(produced.get(), 2);
    produced.set(40);
    run(&object, "fill_ring", 1);
    assert_eq!(produced.get(), 41);

    let limit = object.globals(".data.config").at::<u32>(0);
    let touch = object.program::<kind::SocketFilter>("touch_maps");
    assert_eq!(
        touch.test_run(&PACKET).unwrap().return_value,
        42 + u32::from(b'h')
    );
    limit.set(1);
    assert_eq!(
        touch.test_run(&PACKET).unwrap().return_value,
        1 + u32::from(b'h')
    );
}

// parity: maps.hash, maps.update-modes
#[test]
fn hash_tables_are_read_written_and_iterated_with_their_types() {
    let object = load(1);
    let flows = KeyedMap::<FlowKey, Flow>::new(object.map("hash_map").unwrap()).unwrap();
    run(&object, "touch_maps", 1);
    let key = FlowKey {
        id: 1,
        port: 80,
        ..FlowKey::default()
    };
    let flow = flows.lookup(&key).unwrap().unwrap();
    assert_eq!((flow.count, flow.delta, flow.color), (1, -5, BLUE));
    assert_eq!(flow.name, "touched");

    let other = FlowKey { id: 2, ..key };
    assert_eq!(flows.lookup(&other).unwrap(), None);
    flows.update(&other, &flow, MapFlags::NO_EXIST).unwrap();
    let refused = flows.update(&other, &flow, MapFlags::NO_EXIST).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::MapFailed);
    assert_eq!(
        flows
            .iter()
            .unwrap()
            .map(|entry| entry.unwrap().0.id)
            .sum::<u32>(),
        3
    );
    assert!(flows.delete(&key).unwrap());
    assert!(!flows.delete(&key).unwrap());
    assert_eq!(flows.keys().unwrap().count(), 1);
}

// parity: maps.take
#[test]
fn an_entry_is_taken_out_of_a_hash_table() {
    if skip(version(5, 14)) {
        return;
    }
    let object = load(1);
    let flows = KeyedMap::<FlowKey, Flow>::new(object.map("hash_map").unwrap()).unwrap();
    run(&object, "touch_maps", 1);
    let key = flows.keys().unwrap().next().unwrap().unwrap();
    let flow = flows.lookup(&key).unwrap();
    assert!(flow.is_some());
    assert_eq!(flows.lookup_and_delete(&key).unwrap(), flow);
    assert_eq!(flows.lookup_and_delete(&key).unwrap(), None);
}

#[test]
fn a_map_outlives_its_object_and_moves_to_another_thread() {
    let object = load(1);
    let lru = KeyedMap::<u32, u64>::new(object.map("lru_map").unwrap()).unwrap();
    run(&object, "touch_maps", 1);
    drop(object);
    assert_eq!(
        thread::spawn(move || lru.lookup(&1).unwrap())
            .join()
            .unwrap(),
        Some(1)
    );
}

// parity: maps.array
#[test]
fn arrays_have_a_value_at_every_index_and_none_behind() {
    let object = load(1);
    let array = ArrayMap::<Flow>::new(object.map("array_map").unwrap()).unwrap();
    run(&object, "touch_maps", 1);
    assert_eq!(array.lookup(1).unwrap().unwrap().delta, -5);
    assert_eq!(array.lookup(4).unwrap(), None);
    array
        .update(
            3,
            &Flow {
                count: 9,
                ..Flow::default()
            },
            MapFlags::ANY,
        )
        .unwrap();
    let counts: Vec<_> = array
        .iter()
        .unwrap()
        .map(|entry| entry.unwrap().1.count)
        .collect();
    assert_eq!(counts, [0, 1, 0, 9]);
}

// parity: maps.per-cpu
#[test]
fn per_cpu_maps_hold_one_value_for_each_cpu() {
    let object = load(1);
    let cpus = rlbc::libbpf_rs::num_possible_cpus().unwrap();
    run(&object, "touch_maps", 1);
    let table = PerCpuMap::<u32, u64>::new(object.map("percpu_map").unwrap()).unwrap();
    let values = table.lookup(&1).unwrap().unwrap();
    assert_eq!((values.len(), values.iter().sum::<u64>()), (cpus, 1));
    table.update(&7, &vec![3; cpus], MapFlags::ANY).unwrap();
    assert_eq!(table.iter().unwrap().count(), 2);
    assert!(table.delete(&7).unwrap());
    assert_eq!(
        table.update(&7, &[], MapFlags::ANY).unwrap_err().code(),
        ErrorCode::SizeMismatch
    );

    // Values of four bytes are eight apart in the kernel's answer.
    let narrow = PerCpuMap::<u32, u32>::new(object.map("lru_percpu_map").unwrap()).unwrap();
    narrow.update(&2, &vec![5; cpus], MapFlags::ANY).unwrap();
    assert_eq!(narrow.lookup(&2).unwrap(), Some(vec![5; cpus]));
    let slots = PerCpuArray::<u32>::new(object.map("percpu_slots").unwrap()).unwrap();
    assert_eq!(slots.lookup(1).unwrap().unwrap().iter().sum::<u32>(), 7);
    assert_eq!(slots.lookup(2).unwrap(), None);
}

#[test]
fn a_map_refuses_types_of_another_size() {
    let object = load(1);
    let wrong = KeyedMap::<u32, u32>::new(object.map("lru_map").unwrap()).unwrap_err();
    assert_eq!(wrong.code(), ErrorCode::SizeMismatch);
    assert_eq!(
        wrong.to_string(),
        "the values of map lru_map have 8 bytes, the type has 4"
    );
    let wrong = KeyedMap::<u32, u64>::new(object.map("percpu_map").unwrap()).unwrap_err();
    assert_eq!(wrong.code(), ErrorCode::TypeMismatch);
}

// parity: programs.autoload
#[test]
fn a_program_without_autoload_is_no_error_until_it_is_used() {
    let object = load(1);
    let optional = object.program::<kind::SocketFilter>("optional");
    assert!(!optional.is_loaded());
    assert_eq!(
        optional.test_run(&PACKET).unwrap_err().code(),
        ErrorCode::ProgramNotLoaded
    );

    let mut open = support::open("maps");
    open.program_mut("optional").set_autoload(true);
    let object = open.load().unwrap();
    assert_eq!(
        object
            .program::<kind::SocketFilter>("optional")
            .test_run(&PACKET)
            .unwrap()
            .return_value,
        7
    );
}
