//! Kinds of hooks that attach.bpf.o leaves out, and what links can do; through libbpf-rs where rlbc has no name of its own.

#[path = "support/cgroups.rs"]
mod cgroups;
#[path = "support/device.rs"]
mod device;
#[path = "support/file_offset.rs"]
mod file_offset;
#[path = "support/ip.rs"]
mod ip;
#[path = "support/skip.rs"]
mod skip;
mod support;

use std::ffi::{c_int, c_void};
use std::fs::{self, File};
use std::io::Read as _;
use std::net::UdpSocket;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::path::PathBuf;
use std::process::{Command, id};

use cgroups::cgroups;
use device::Device;
use file_offset::file_offset;
use rlbc::libbpf_rs::{
    Iter, IterOpts, Link, MapIterOpts, NF_INET_LOCAL_IN, NFPROTO_IPV4, NetfilterOpts, TC_INGRESS,
    TcHookBuilder, TracepointCategory, TracepointOpts, UprobeMultiOpts, Xdp, XdpFlags,
};
use rlbc::{ErrorCode, KeyedMap, MapFlags, NewLinks, Object, UsdtTarget, kind};
use skip::{skip, version};

const TRACEPOINT: usize = 0;
const TC: usize = 6;
const TCX: usize = 7;
const CGROUP: usize = 8;
const MULTI: usize = 10;

fn load() -> Object {
    support::open("links").load().unwrap()
}

/// Loads it with a program that is left out otherwise.
fn load_with(program: &str) -> Object {
    let mut open = support::open("links");
    open.program_mut(program).set_autoload(true);
    open.load().unwrap()
}

fn counted(object: &Object, variable: usize, hook: usize) -> u64 {
    let counters = object.globals(".bss").at::<[u64; 11]>(variable);
    counters.index(hook).unwrap().get()
}

fn hits(object: &Object, hook: usize) -> u64 {
    counted(object, 0, hook)
}

fn cookie(object: &Object, hook: usize) -> u64 {
    counted(object, 88, hook)
}

// parity: links.tc
#[test]
fn a_filter_of_tc_sees_packets_until_it_is_removed() {
    let (object, device) = (load(), Device::new());
    let program = object.program::<kind::Other>("on_tc");
    let mut builder = TcHookBuilder::new(program.libbpf().as_fd());
    builder.ifindex(device.index() as i32).replace(true);
    let mut hook = builder.hook(TC_INGRESS);
    hook.create().unwrap();
    hook.attach().unwrap();
    device.receive();
    assert!(hits(&object, TC) > 0);
    hook.detach().unwrap();
    let seen = hits(&object, TC);
    device.receive();
    assert_eq!(hits(&object, TC), seen);
}

// parity: links.tcx
#[test]
fn a_program_of_tcx_sees_packets_until_its_link_is_dropped() {
    if skip(version(6, 6)) {
        return;
    }
    let (object, device) = (load_with("on_tcx"), Device::new());
    let program = object.program::<kind::Tcx>("on_tcx");
    let link = program.attach_to(device.index()).unwrap();
    device.receive();
    assert!(hits(&object, TCX) > 0);
    drop(link);
    let seen = hits(&object, TCX);
    device.receive();
    assert_eq!(hits(&object, TCX), seen);
}

// parity: links.xdp
#[test]
fn xdp_runs_in_the_mode_that_is_asked_for() {
    let (object, device) = (load(), Device::new());
    let program = object.program::<kind::Xdp>("drop_all");
    let xdp = Xdp::new(program.libbpf().as_fd());
    let index = device.index() as i32;
    xdp.attach(index, XdpFlags::SKB_MODE).unwrap();
    assert!(device.shown().contains("xdpgeneric"));
    xdp.detach(index, XdpFlags::SKB_MODE).unwrap();
    assert!(!device.shown().contains("xdp"));
}

// parity: links.pin, links.update, links.info, links.detach
#[test]
fn a_link_tells_what_it_holds_takes_another_program_and_outlives_its_object() {
    let (object, device) = (load(), Device::new());
    let first = object.program::<kind::Xdp>("pass_first");
    let mut link = first.attach_to(device.index()).unwrap();
    let before = link.info().unwrap();
    {
        let mut programs = object.libbpf().progs();
        let second = programs.find(|program| program.name() == "drop_all");
        link.update_prog(&second.unwrap()).unwrap();
    }
    let after = link.info().unwrap();
    assert!(after.id == before.id && after.prog_id != before.prog_id);

    let pin = PathBuf::from(format!("/sys/fs/bpf/rlbc-link-{}", id()));
    link.pin(&pin).unwrap();
    drop((link, first));
    drop(object);
    let again = Link::open(&pin).unwrap();
    assert_eq!(again.info().unwrap().id, before.id);
    again.detach().unwrap();
    fs::remove_file(&pin).unwrap();
    assert!(!device.shown().contains("xdp"));
}

// parity: links.cgroup
#[test]
fn a_program_at_a_cgroup_sees_its_processes() {
    let object = load();
    let program = object.program::<kind::Cgroup>("on_socket");
    let link = program.attach_to(&File::open(cgroups()).unwrap()).unwrap();
    drop(UdpSocket::bind("127.0.0.1:0").unwrap());
    assert!(hits(&object, CGROUP) > 0);
    drop(link);
    let seen = hits(&object, CGROUP);
    drop(UdpSocket::bind("127.0.0.1:0").unwrap());
    assert_eq!(hits(&object, CGROUP), seen);
}

// parity: links.iterator, links.iterator-parameters
#[test]
fn iterators_print_what_they_walk_over() {
    let object = load();
    let numbers = KeyedMap::<u32, u64>::new(object.map("numbers").unwrap()).unwrap();
    numbers.update(&1, &10, MapFlags::ANY).unwrap();
    numbers.update(&2, &20, MapFlags::ANY).unwrap();
    let handle = numbers.raw().handle().unwrap();
    let program = object.program::<kind::Tracing>("list_numbers");
    let over = IterOpts::Map(MapIterOpts::from_fd(handle.as_fd()));
    let link = program.libbpf().attach_iter_with_opts(over).unwrap();
    let mut lines = walk(&link);
    lines.sort();
    assert_eq!(lines, ["1 10", "2 20"]);
    let tasks = object.program::<kind::Tracing>("list_tasks");
    let own = format!("{} {}", id(), id());
    assert!(walk(&tasks.attach().unwrap()).contains(&own));
}

fn walk(link: &Link) -> Vec<String> {
    let mut text = String::new();
    Iter::new(link).unwrap().read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

// parity: links.sk-lookup, links.flow-dissector, links.netfilter
#[test]
fn programs_attach_to_a_namespace_and_to_netfilter() {
    let object = load();
    let namespace = File::open("/proc/self/ns/net").unwrap();
    for program in ["choose_socket", "dissect"] {
        let program = object.program::<kind::Other>(program);
        let link = program.libbpf().attach_netns(namespace.as_raw_fd());
        assert!(link.unwrap().info().unwrap().id > 0);
    }
    if skip(version(6, 4)) {
        return;
    }
    let object = load_with("filter_packet");
    let program = object.program::<kind::Other>("filter_packet");
    let options = NetfilterOpts {
        protocol_family: NFPROTO_IPV4,
        hooknum: NF_INET_LOCAL_IN,
        priority: -128,
        ..NetfilterOpts::default()
    };
    let link = program.libbpf().attach_netfilter_with_opts(options);
    assert!(link.unwrap().info().unwrap().id > 0);
}

/// Never inlined, so that its entry is a place of its own.
#[inline(never)]
extern "C" fn probed(number: c_int) -> c_int {
    std::hint::black_box(number) + 1
}

// parity: links.cookie, links.uprobe-multi
#[test]
fn cookies_reach_the_program() {
    if skip(version(6, 6)) {
        return;
    }
    let object = load_with("on_uprobe_multi");
    let program = object.program::<kind::Tracepoint>("on_tracepoint");
    let options = TracepointOpts {
        cookie: 5,
        ..TracepointOpts::default()
    };
    let category = TracepointCategory::Custom("sched".to_owned());
    let tracepoint =
        program
            .libbpf()
            .attach_tracepoint_with_opts(category, "sched_process_fork", options);
    assert!(Command::new("true").status().unwrap().success());
    assert_eq!(cookie(&object, TRACEPOINT), 5);
    drop(tracepoint.unwrap());

    let offset = file_offset(probed as extern "C" fn(c_int) -> c_int as *const c_void as usize);
    let options = UprobeMultiOpts {
        offsets: vec![offset],
        cookies: vec![6],
        ..UprobeMultiOpts::default()
    };
    let multi = object.program::<kind::Other>("on_uprobe_multi");
    let link =
        multi
            .libbpf()
            .attach_uprobe_multi_with_opts(id() as i32, "/proc/self/exe", "", options);
    assert_eq!(probed(1), 2);
    assert_eq!(cookie(&object, MULTI), 6);
    drop(link.unwrap());
}

/// A probe that the authors of a program marked: its arguments are in two registers and in the note itself.
/// @see https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn sell(small: i32, large: i64) {
    // SAFETY: the only instruction does nothing; the note goes to a section of its own.
    unsafe {
        std::arch::asm!(
            "990: nop",
            ".pushsection .note.stapsdt, \"\", \"note\"",
            ".balign 4",
            ".4byte 992f-991f, 994f-993f, 3",
            "991: .asciz \"stapsdt\"",
            "992: .balign 4",
            "993: .8byte 990b, 0, 0",
            ".asciz \"shop\"",
            ".asciz \"sold\"",
            // \044 is a dollar sign, which the assembler would take.
            ".asciz \"-4@%ecx 8@%rdx -4@\\044-3\"",
            "994: .balign 4",
            ".popsection",
            in("ecx") small,
            in("rdx") large,
        );
    }
}

// parity: links.usdt
#[cfg(target_arch = "x86_64")]
#[test]
fn a_marked_probe_gives_its_arguments_and_the_cookie() {
    const USDT: usize = 5;
    let object = load();
    let program = object.program::<kind::Usdt>("on_usdt");
    let probe = UsdtTarget::new("/proc/self/exe", "shop", "sold");
    let link = program
        .attach_to_probe(&probe.pid(id()).cookie(77))
        .unwrap();
    sell(-7, 1 << 40);
    let arguments = object.globals(".bss").at::<[i64; 4]>(2 * 88);
    assert_eq!(arguments.get(), [-7, 1 << 40, -3, 3]);
    assert_eq!((cookie(&object, USDT), hits(&object, USDT)), (77, 1));
    drop(link);
    sell(1, 1);
    assert_eq!(hits(&object, USDT), 1);

    // In all processes, by cookies.
    if skip(version(5, 15)) {
        return;
    }
    let link = program.attach_to("/proc/self/exe", "shop", "sold").unwrap();
    sell(2, 3);
    assert_eq!((arguments.get()[0], hits(&object, USDT)), (2, 2));
    drop(link);
    let missing = program.attach_to("/proc/self/exe", "shop", "bought");
    assert_eq!(missing.unwrap_err().code(), ErrorCode::AttachFailed);
}

// parity: programs.struct-ops
#[test]
fn operations_of_the_kernel_are_registered_until_their_link_is_dropped() {
    let mut open = support::open("operations");
    // In an optional section libbpf 1.7 takes its first map as optional only.
    let mut scheduler = open.map_mut("lbc_scheduler");
    scheduler.set_autocreate(false).unwrap();
    let mut object = open.load().unwrap();
    let (mut plain, mut linked) = (None, None);
    let mut new = NewLinks::default();
    new.struct_ops(&mut plain, &mut object, "lbc_plain")
        .unwrap();
    new.struct_ops(&mut linked, &mut object, "lbc_linked")
        .unwrap();
    new.keep();
    let available = "/proc/sys/net/ipv4/tcp_available_congestion_control";
    let registered = || fs::read_to_string(available).unwrap().contains("lbc_plain");
    assert!(plain.is_some() && linked.is_none() && registered());
    drop(plain);
    assert!(!registered());
}
