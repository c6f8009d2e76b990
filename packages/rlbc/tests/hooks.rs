//! Hooks that not every kernel has, with the programs in hooks.bpf.o: each test says what it needs. tools/kernels runs them
//! in QEMU, on kernels that have it.

#[path = "support/bpftool.rs"]
mod bpftool;
#[path = "support/cgroups.rs"]
mod cgroups;
#[path = "support/ip.rs"]
mod ip;
#[path = "support/needs.rs"]
mod needs;
#[path = "support/skip.rs"]
mod skip;
mod support;

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::process::{Command, id};
use std::thread::sleep;
use std::time::Duration;

use bpftool::bpftool;
use cgroups::cgroups;
use ip::ip;
use rlbc::{ErrorCode, Link, Object, OpenObject, kind};
use skip::{skip, version};

/// `enum hook` of hooks.bpf.c.
const KPROBE_MULTI: usize = 0;
const KSYSCALL: usize = 1;
const LSM: usize = 2;
const LSM_CGROUP: usize = 3;
const FMOD_RET: usize = 4;
const MODULE: usize = 5;
const NETKIT: usize = 6;
const HOOKS: usize = 10;

/// Loads hooks.bpf.o with one of its programs, to watch this process.
fn load(program: &str) -> Object {
    let mut open = support::open("hooks");
    *open.section_mut::<u32>(".rodata") = id();
    open.program_mut(program).set_autoload(true);
    open.load().unwrap()
}

fn hits(object: &Object, hook: usize) -> u64 {
    let hits = object.globals(".bss").at::<[u64; HOOKS]>(0);
    hits.index(hook).unwrap().get()
}

fn open_a_file() {
    drop(File::open("/proc/self/status").unwrap());
}

/// A link's program sees what happens until the link is dropped.
fn assert_seen_until_dropped(object: &Object, hook: usize, link: Link, happens: impl Fn()) {
    happens();
    assert!(hits(object, hook) > 0);
    drop(link);
    let seen = hits(object, hook);
    happens();
    assert_eq!(hits(object, hook), seen);
}

// parity: links.kprobe-multi
#[test]
fn functions_are_watched_many_at_once_by_a_pattern_or_by_name() {
    if skip(needs::function("register_fprobe")) {
        return;
    }
    let object = load("on_kprobe_multi");
    let program = object.program::<kind::Other>("on_kprobe_multi");
    assert_seen_until_dropped(
        &object,
        KPROBE_MULTI,
        program.attach().unwrap(),
        open_a_file,
    );
    let functions = vec!["security_file_open", "security_file_permission"];
    let link = program.libbpf().attach_kprobe_multi(false, functions);
    let before = hits(&object, KPROBE_MULTI);
    open_a_file();
    assert!(hits(&object, KPROBE_MULTI) > before);
    drop(link.unwrap());
}

#[test]
fn what_the_kernel_is_too_old_for_is_told_when_it_refuses_it() {
    if version(6, 6).is_none() {
        eprintln!("skipped: this kernel is not too old for tcx");
        return;
    }
    let loaded = open_links_with("on_tcx").load();
    let attached = loaded.and_then(|object| {
        let program = object.program::<kind::Tcx>("on_tcx");
        program.attach_to(1).map(drop)
    });
    let error = attached.unwrap_err();
    assert_eq!(error.since(), Some((6, 6)), "{error:?}");
    let words = "program on_tcx (tcx/ingress) needs Linux 6.6, not ";
    assert!(error.hint().unwrap().starts_with(words), "{error}");
}

// parity: links.ksyscall
#[test]
fn a_system_call_is_found_by_its_name() {
    if skip(needs::file("/sys/bus/event_source/devices/kprobe")) {
        return;
    }
    let object = load("on_getpgid");
    let program = object.program::<kind::Ksyscall>("on_getpgid");
    // SAFETY: the call takes no pointer.
    let call = || assert!(unsafe { libc::getpgid(1) } >= 0);
    assert_seen_until_dropped(&object, KSYSCALL, program.attach().unwrap(), call);
    let link = program.attach_to("getpgid").unwrap();
    let before = hits(&object, KSYSCALL);
    call();
    assert_eq!(hits(&object, KSYSCALL), before + 1);
    drop(link);
}

// parity: links.fmod-ret
#[test]
fn what_a_function_returns_is_decided_before_it_runs() {
    if skip(needs::trampolines()) {
        return;
    }
    let object = load("on_fmod_ret");
    let program = object.program::<kind::Tracing>("on_fmod_ret");
    assert_seen_until_dropped(&object, FMOD_RET, program.attach().unwrap(), open_a_file);
}

/// A kernel that lacks them gives other numbers than EPERM and ENOTSUPP, and one that calls them none.
fn trampolines_are_not_refused() -> skip::Missing {
    match needs::trampolines() {
        Some(words) if words.contains("(os error 1)") || words.contains("(os error 524)") => None,
        other => Some(format!(
            "this kernel does not refuse trampolines: {other:?}"
        )),
    }
}

#[test]
fn a_kernel_that_refuses_trampolines_to_root_is_named_with_other_ways() {
    if skip(trampolines_are_not_refused()) {
        return;
    }
    let mut open = support::open("hooks");
    open.program_mut("on_fmod_ret").set_autoload(true);
    let error = open.load().unwrap_err();
    assert_eq!(error.code(), ErrorCode::LoadFailed, "{error:?}");
    let hint = error.hint().unwrap();
    assert!(hint.starts_with("this kernel, or the hypervisor under it, refuses trampolines"));
    assert!(hint.contains("kprobe") && hint.contains("tp_btf"), "{hint}");
}

// parity: links.module-function, core.module
#[test]
fn a_function_of_a_module_is_watched_by_the_modules_own_types() {
    if skip(needs::file("/sys/kernel/btf/overlay").or_else(needs::trampolines)) {
        return;
    }
    let object = load("on_module");
    let program = object.program::<kind::Tracing>("on_module");
    let read = || assert!(!fs::read("/etc/passwd").unwrap().is_empty());
    assert_seen_until_dropped(&object, MODULE, program.attach().unwrap(), read);
    let base = ["-B", "/sys/kernel/btf/vmlinux"];
    let types = bpftool(
        ["btf", "dump", "file", "/sys/kernel/btf/overlay"]
            .into_iter()
            .chain(base),
    );
    let size = object.globals(".bss").at::<u64>(8 * HOOKS).get();
    assert!(types.contains(&format!("STRUCT 'ovl_fs' size={size} ")));
}

// parity: links.lsm, programs.sleepable
#[test]
fn decisions_of_security_modules_are_watched_also_by_programs_that_may_sleep() {
    if skip(needs::security_programs()) {
        return;
    }
    for name in ["on_lsm", "on_sleepable_lsm"] {
        if name == "on_sleepable_lsm" && skip(version(5, 11)) {
            return;
        }
        let object = load(name);
        let program = object.program::<kind::Tracing>(name);
        assert_seen_until_dropped(&object, LSM, program.attach().unwrap(), open_a_file);
    }
}

/// The child of the test below, in a control group.
#[test]
#[ignore = "the test below runs it in a process of its own"]
fn bind_a_socket() {
    assert!(TcpListener::bind("127.0.0.1:0").is_ok());
}

// parity: links.lsm-cgroup
#[test]
fn decisions_are_watched_in_one_control_group_alone() {
    if skip(version(6, 0).or_else(needs::security_programs)) {
        return;
    }
    let folder = cgroups().join(format!("rlbc-hooks-{}", id()));
    fs::create_dir(&folder).unwrap();
    let enter = r#"echo $$ >"$0"/cgroup.procs && exec "$1" --ignored --exact bind_a_socket"#;
    let bind = || {
        let child = Command::new("sh")
            .args(["-c", enter])
            .args([&folder, &std::env::current_exe().unwrap()])
            .output()
            .unwrap();
        assert!(child.status.success(), "{child:?}");
    };
    let object = load("on_lsm_cgroup");
    let program = object.program::<kind::Cgroup>("on_lsm_cgroup");
    let link = program.attach_to(&File::open(&folder).unwrap()).unwrap();
    drop(TcpListener::bind("127.0.0.1:0").unwrap());
    assert_eq!(hits(&object, LSM_CGROUP), 0);
    assert_seen_until_dropped(&object, LSM_CGROUP, link, bind);
    fs::remove_dir(&folder).unwrap();
}

/// A netkit device, removed when dropped.
struct Netkit(String);

impl Netkit {
    fn new() -> Self {
        let name = format!("rl{}k", id());
        ip(&["link", "add", &name, "type", "netkit"]);
        // 5: rl131k@nk0: <BROADCAST,…
        let shown = ip(&["link", "show", &name]);
        let (_, peer) = shown.split_once('@').unwrap();
        let (peer, _) = peer.split_once(':').unwrap();
        for end in [&name, peer] {
            ip(&["link", "set", end, "up"]);
        }
        Self(name)
    }

    fn index(&self) -> u32 {
        let index = fs::read_to_string(format!("/sys/class/net/{}/ifindex", self.0)).unwrap();
        index.trim().parse().unwrap()
    }

    fn send(&self) {
        let socket = rlbc::open_packet_socket(&self.0).unwrap();
        File::from(socket).write_all(&[0xff; 60]).unwrap();
    }
}

impl Drop for Netkit {
    fn drop(&mut self) {
        ip(&["link", "del", &self.0]);
    }
}

// parity: links.netkit
#[test]
fn a_netkit_device_runs_a_program_for_each_packet() {
    if skip(needs::function("netkit_prog_attach")) {
        return;
    }
    let (object, device) = (load("on_netkit"), Netkit::new());
    let program = object.program::<kind::Netkit>("on_netkit");
    let link = program.attach_to(device.index()).unwrap();
    assert_seen_until_dropped(&object, NETKIT, link, || device.send());
}

// parity: programs.load-target
#[test]
fn another_function_than_the_section_names_is_chosen_before_load() {
    if skip(needs::trampolines()) {
        return;
    }
    const FENTRY: usize = 2;
    let mut open = support::open("probes");
    *open.section_mut::<u32>(".rodata") = id();
    for name in ["on_kprobe", "on_kretprobe", "on_fexit"] {
        open.program_mut(name).set_autoload(false);
    }
    let target = Some("security_file_permission".to_owned());
    open.program_mut("on_fentry")
        .set_attach_target(0, target)
        .unwrap();
    let object = open.load().unwrap();
    let program = object.program::<kind::Tracing>("on_fentry");
    let link = program.attach().unwrap();
    let counted = || {
        let hits = object.globals(".bss").at::<[u64; 4]>(0);
        hits.index(FENTRY).unwrap().get()
    };
    let before = counted();
    assert!(!fs::read("/proc/self/stat").unwrap().is_empty());
    assert!(counted() > before);
    drop(link);
}

/// links.bpf.o with one of its programs: others need newer kernels.
fn open_links_with(program: &str) -> OpenObject {
    let mut open = support::open("links");
    for mut each in open.libbpf_mut().progs_mut() {
        let wanted = each.name() == program;
        each.set_autoload(wanted);
    }
    open
}

// parity: programs.freplace
#[test]
fn a_function_of_a_loaded_program_is_replaced_until_the_link_is_dropped() {
    if skip(needs::trampolines()) {
        return;
    }
    const XDP_PASS: u32 = 2;
    const XDP_TX: u32 = 3;
    let loaded = open_links_with("calls_replaceable").load().unwrap();
    let target = loaded.program::<kind::Xdp>("calls_replaceable");
    let verdict = || target.test_run(&[0; 64]).unwrap().return_value;
    assert_eq!(verdict(), XDP_PASS);

    let mut open = open_links_with("replacement");
    let fd = target.libbpf().as_fd().as_raw_fd();
    let function = Some("replaceable".to_owned());
    let mut replacement = open.program_mut("replacement");
    replacement.set_attach_target(fd, function).unwrap();
    let other = open.load().unwrap();
    let replacement = other.program::<kind::Freplace>("replacement");
    let link = replacement.attach().unwrap();
    assert_eq!(verdict(), XDP_TX);
    drop(link);
    assert_eq!(verdict(), XDP_PASS);
    let link = replacement.attach_to(&target, "replaceable").unwrap();
    assert_eq!(verdict(), XDP_TX);
    drop(link);
}

// parity: programs.sched-ext
#[test]
fn a_scheduler_takes_over_while_its_link_is_there() {
    if skip(needs::file("/sys/kernel/sched_ext")) {
        return;
    }
    let state = || fs::read_to_string("/sys/kernel/sched_ext/state").unwrap();
    let mut open = support::open("operations");
    open.map_mut("lbc_plain").set_autocreate(false).unwrap();
    open.map_mut("lbc_scheduler").set_autocreate(true).unwrap();
    let mut object = open.load().unwrap();
    let link = object.attach_struct_ops("lbc_scheduler").unwrap();
    assert_eq!(state().trim(), "enabled");
    assert_eq!(object.globals(".bss").at::<u64>(0).get(), 1);
    drop(link);
    // The kernel gives the tasks back in its own time.
    let ends = (0..200).any(|_| {
        sleep(Duration::from_millis(50));
        state().trim() == "disabled"
    });
    assert!(ends);
}
