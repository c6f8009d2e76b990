//! What CO-RE fills in at load, by the programs in idioms.bpf.o: each kind of relocation against the running kernel's types.

mod support;

use std::os::unix::process::parent_id;
use std::process::{Command, id};

use rlbc::libbpf_rs::HasSize as _;
use rlbc::libbpf_rs::btf::{Btf, types};
use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{Object, OpenOptions, TestInput, kind};

/// The constants of the object.
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Rodata {
    target_ppid: u32,
    does_wrong: u32,
}

/// What the program on a tracepoint saw, behind a text of 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Executed {
    tgid: u32,
    is_in_exec_direct: u32,
    is_in_exec_probed: u32,
    runs: u32,
}

fn load() -> Object {
    // All that the programs ask for, so that no file of the kernel's is needed.
    let options = OpenOptions::new().kconfig("CONFIG_GIVEN=250\nCONFIG_OF_NO_KERNEL=n\n");
    let mut open = support::open_with("idioms", &options);
    open.section_mut::<Rodata>(".rodata").target_ppid = id();
    open.load().unwrap()
}

/// The id of a struct, and its size in bytes.
fn size_and_id(types: &Btf<'_>, name: &str) -> (u32, u32) {
    let found = types.type_by_name::<types::Struct<'_>>(name).unwrap();
    (found.size() as u32, u32::from(found.type_id()))
}

// parity: core.kinds
#[test]
fn each_kind_of_relocation_is_filled_in_as_the_kernel_has_it() {
    let object = load();
    let kernel = Btf::from_vmlinux().unwrap();
    let own = Btf::from_path(support::path("idioms")).unwrap();
    let (task_size, task_id) = size_and_id(&kernel, "task_struct");
    let maps = kernel
        .type_by_name::<types::Enum<'_>>("bpf_map_type")
        .unwrap();
    let has_arena = maps
        .iter()
        .any(|each| each.name.is_some_and(|name| name == "BPF_MAP_TYPE_ARENA"));
    for (program, expected) in [
        ("core_read", id()),
        ("core_read_chain", parent_id()),
        ("struct_flavor", id()),
        ("field_exists", 1),
        // TASK_COMM_LEN
        ("field_size", 16),
        ("type_exists", 1),
        ("type_size", task_size),
        ("type_id_kernel", task_id),
        ("type_id_local", size_and_id(&own, "task_struct___v46").1),
        ("type_matches", 1),
        ("enum_value_exists", u32::from(has_arena)),
        // BPF_MAP_TYPE_RINGBUF
        ("enum_value", 27),
        ("kconfig_option", 250),
    ] {
        let program = object.program::<kind::RawTracepoint>(program);
        let value = program
            .test_run_with(TestInput::new())
            .unwrap()
            .return_value;
        assert_eq!(value, expected, "{}", program.name());
    }
}

/// Shifts to the left and to the right, signed or not.
#[test]
fn bit_fields_are_read_where_the_kernel_has_them() {
    let object = load();
    let program = object.program::<kind::Tracing>("direct_read");
    let link = program.attach().unwrap();
    let mut child = Command::new("true").spawn().unwrap();
    assert!(child.wait().unwrap().success());
    drop(link);
    let expected = Executed {
        tgid: child.id(),
        is_in_exec_direct: 1,
        is_in_exec_probed: 1,
        runs: 1,
    };
    assert_eq!(object.globals(".bss").at::<Executed>(16).get(), expected);
}

#[test]
fn an_option_that_nobody_has_set_is_named() {
    let error = support::open("idioms").load().unwrap_err();
    assert!(error.log().contains("CONFIG_GIVEN"), "{error:?}");
}
