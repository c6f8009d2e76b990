//! What an object takes from the kernel: configuration, symbols, functions, types.

#[path = "support/bpftool.rs"]
mod bpftool;
#[path = "support/skip.rs"]
mod skip;
mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::path::PathBuf;
use std::process::Command;

use bpftool::bpftool;
use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{ErrorCode, KeyedMap, MapFlags, OpenObject, OpenOptions, Padding, kind};
use skip::{skip, version};

/// The variables of externs.bpf.c.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Found {
    version: u32,
    padding: Padding<4>,
    hz: u64,
    has_bpf: i32,
    has_option: i32,
    address: u64,
    has_symbol: i32,
    has_variable: i32,
    called: i32,
    has_function: i32,
}

fn found() -> Found {
    let object = support::open("externs").load().unwrap();
    let program = object.program::<kind::SocketFilter>("read_externs");
    program.test_run(&[0; 64]).unwrap();
    object.globals(".bss").at::<Found>(0).get()
}

// parity: data.kconfig
#[test]
fn options_of_the_kernel_are_values_and_zero_where_weak_and_missing() {
    let found = found();
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let mut next = || numbers.next().unwrap().parse::<u32>().unwrap();
    let version = next() << 8 | next();
    assert_eq!(found.version >> 8, version);
    assert!([100, 250, 300, 1000].contains(&found.hz));
    assert_eq!((found.has_bpf, found.has_option), (1, 0));
}

// parity: data.ksym
#[test]
fn symbols_of_the_kernel_are_addresses_and_zero_where_weak_and_missing() {
    let found = found();
    let symbols = fs::read_to_string("/proc/kallsyms").unwrap();
    let mut lines = symbols.lines().map(|line| line.split(' '));
    let address = lines.find_map(|mut words| {
        let address = words.next()?;
        (words.nth(1)? == "vfs_read").then(|| u64::from_str_radix(address, 16).unwrap())
    });
    assert_eq!(Some(found.address), address);
    assert_eq!(found.has_symbol, 0);
}

// parity: data.kfunc
#[test]
fn functions_of_the_kernel_are_called_where_they_are_there() {
    if skip(version(6, 2)) {
        return;
    }
    let found = found();
    assert_eq!((found.called, found.has_function), (1, 0));
}

// parity: core.min-btf
#[test]
fn a_file_with_the_types_that_an_object_needs_is_enough() {
    let folder = std::env::temp_dir().join(format!("rlbc-min-{}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    let (types, object) = (folder.join("min.btf"), folder.join("attach.bpf.o"));
    fs::copy(support::path("attach"), &object).unwrap();
    let words = ["gen", "min_core_btf", "/sys/kernel/btf/vmlinux"].map(PathBuf::from);
    bpftool(words.iter().chain([&types, &object]));
    assert!(fs::metadata(&types).unwrap().len() < 10_000);
    let options = OpenOptions::new().btf(&types);
    let object = support::open_with("attach", &options).load().unwrap();
    let program = object.program::<kind::Tracing>("on_tp_btf");
    assert!(program.attach().is_ok());
    fs::remove_dir_all(&folder).unwrap();
}

// parity: links.sockmap
#[test]
fn messages_of_sockets_in_a_map_go_to_its_programs() {
    const MESSAGE: usize = 7;
    let mut open = support::open("hooks");
    open.program_mut("on_message").set_autoload(true);
    let object = open.load().unwrap();
    let sockets = KeyedMap::<u32, u64>::new(object.map("sockets").unwrap()).unwrap();
    let program = object.program::<kind::Other>("on_message");
    let map = sockets.raw().handle().unwrap().as_fd().as_raw_fd();
    program.libbpf().attach_sockmap(map).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut accepted, _) = listener.accept().unwrap();
    let fd = client.as_raw_fd() as u64;
    sockets.update(&0, &fd, MapFlags::ANY).unwrap();
    client.write_all(b"hello").unwrap();
    let mut text = [0; 5];
    accepted.read_exact(&mut text).unwrap();
    assert_eq!(&text, b"hello");
    let hits = object.globals(".bss").at::<[u64; 10]>(0);
    assert!(hits.index(MESSAGE).unwrap().get() > 0);
}

// parity: programs.variants
#[test]
fn of_programs_that_do_the_same_the_first_that_the_kernel_takes_is_loaded() {
    const VARIANT: usize = 9;
    let load = |variant: &str| {
        let mut open = support::open("hooks");
        *open.section_mut::<u32>(".rodata") = std::process::id();
        open.program_mut(variant).set_autoload(true);
        open.load()
    };
    let mut variants = ["newer", "older"].into_iter();
    let object = variants.find_map(|variant| load(variant).ok()).unwrap();
    assert!(!object.program::<kind::Tracing>("newer").is_loaded());
    let program = object.program::<kind::RawTracepoint>("older");
    let link = program.attach().unwrap();
    assert!(Command::new("true").status().unwrap().success());
    let hits = object.globals(".bss").at::<[u64; 10]>(0);
    assert!(hits.index(VARIANT).unwrap().get() > 0);
    drop(link);
}

// parity: errors.since
#[test]
fn what_an_older_kernel_lacks_is_named_with_the_version_that_has_it() {
    let (mut kinds, mut links) = (support::open("kinds"), support::open("links"));
    assert_eq!(kinds.missing_on((6, 9)), None);
    let words = |open: &OpenObject, version| open.missing_on(version).unwrap();
    let storage = "map by_task (TaskStorage) needs Linux 5.11, not 5.10";
    assert!(kinds.missing_on((5, 10)).is_some());
    for name in ["seen", "by_cgroup", "commands"] {
        kinds.map_mut(name).set_autocreate(false).unwrap();
    }
    assert_eq!(words(&kinds, (5, 10)), storage);
    links.program_mut("on_tcx").set_autoload(true);
    let tcx = "program on_tcx (tcx/ingress) needs Linux 6.6, not 6.1";
    assert_eq!(words(&links, (6, 1)), tcx);
    assert_eq!(links.missing_on((6, 6)), None);
}

// parity: errors.unresolved
#[test]
fn a_target_that_the_kernel_lacks_is_named() {
    let mut open = support::open("hooks");
    open.program_mut("newer").set_autoload(true);
    let error = open.load().unwrap_err();
    assert_ne!(error.code(), ErrorCode::VerifierRejected);
    assert!(error.to_string().contains("no_such_function"), "{error}");
}
