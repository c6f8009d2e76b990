//! Every way of attaching that the host's kernel has, with the programs in attach.bpf.o.

#[path = "support/file_offset.rs"]
mod file_offset;
mod support;

use std::ffi::{c_int, c_void};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::os::unix::net::UnixDatagram;
use std::process::{Command, id};
use std::time::Duration;

use file_offset::file_offset;
use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{
    ErrorCode, EventReader, Link, NewLinks, Object, RecordSize, RingBuffer, TestInput,
    UprobeTarget, kind,
};

#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Hit {
    hook: u32,
    pid: u32,
    value: u64,
}

const TRACEPOINT: u32 = 0;
const RAW_TRACEPOINT: u32 = 1;
const TP_BTF: u32 = 2;
const UPROBE: u32 = 3;
const URETPROBE: u32 = 4;
const SOCKET_FILTER: u32 = 5;
const XDP: u32 = 6;

fn load(pid: u32) -> (Object, EventReader<Hit>) {
    let mut open = support::open("attach");
    *open.section_mut::<u32>(".rodata") = pid;
    let object = open.load().unwrap();
    let events = RingBuffer::new(
        object.map("events").unwrap(),
        RecordSize::exactly(size_of::<Hit>()),
    )
    .unwrap();
    let reader = events.reader().unwrap();
    (object, reader)
}

fn hits(object: &Object, hook: u32) -> u64 {
    object
        .globals(".bss")
        .at::<[u64; 7]>(0)
        .index(hook as usize)
        .unwrap()
        .get()
}

fn fork_and_wait() {
    assert!(Command::new("true").status().unwrap().success());
}

// parity: links.tracepoint, links.raw-tracepoint, links.tp-btf
#[test]
fn programs_whose_section_names_a_tracepoint_attach_until_their_links_are_dropped() {
    let (object, mut reader) = load(id());
    let links = [
        object
            .program::<kind::Tracepoint>("on_tracepoint")
            .attach()
            .unwrap(),
        object
            .program::<kind::RawTracepoint>("on_raw_tracepoint")
            .attach()
            .unwrap(),
        object
            .program::<kind::Tracing>("on_tp_btf")
            .attach()
            .unwrap(),
    ];
    fork_and_wait();
    let before: Vec<_> = [TRACEPOINT, RAW_TRACEPOINT, TP_BTF]
        .map(|hook| hits(&object, hook))
        .into();
    assert!(before.iter().all(|&hits| hits > 0), "{before:?}");
    let event = reader
        .next_timeout(Duration::from_secs(5))
        .unwrap()
        .unwrap();
    assert_eq!(event.pid, id());
    drop(links);
    let before = hits(&object, TP_BTF);
    fork_and_wait();
    assert_eq!(hits(&object, TP_BTF), before);
}

/// The links of a skeleton, and what its `attach()` does.
#[derive(Default)]
struct Links {
    tracepoint: Option<Link>,
    tp_btf: Option<Link>,
}

impl Links {
    fn attach(&mut self, object: &Object) -> rlbc::Result<()> {
        let mut new = NewLinks::default();
        let program = object.program::<kind::Tracepoint>("on_tracepoint");
        new.program(&mut self.tracepoint, program)?;
        new.program(
            &mut self.tp_btf,
            object.program::<kind::Tracing>("on_tp_btf"),
        )?;
        new.keep();
        Ok(())
    }

    /// As a skeleton with a program whose section names no target.
    fn attach_and_fail(&mut self, object: &Object) -> rlbc::Error {
        let mut nowhere = None;
        let mut new = NewLinks::default();
        let program = object.program::<kind::Tracing>("on_tp_btf");
        new.program(&mut self.tp_btf, program).unwrap();
        new.program(&mut nowhere, object.program::<kind::Uprobe>("on_uprobe"))
            .unwrap_err()
    }
}

// parity: links.again
#[test]
fn a_skeleton_attaches_what_is_not_attached_and_leaves_the_rest_alone() {
    let (object, _reader) = load(id());
    let mut links = Links::default();
    links.attach(&object).unwrap();
    let fd = |link: &Option<Link>| link.as_ref().unwrap().as_fd().as_raw_fd();
    let kept = fd(&links.tracepoint);
    links.tp_btf = None;
    let before = hits(&object, TP_BTF);
    links.attach(&object).unwrap();
    assert_eq!(fd(&links.tracepoint), kept);
    fork_and_wait();
    assert!(hits(&object, TP_BTF) > before);
}

// parity: links.rollback
#[test]
fn an_attach_that_fails_detaches_what_it_has_attached_and_nothing_else() {
    let (object, _reader) = load(id());
    let mut links = Links::default();
    let error = links.attach_and_fail(&object);
    assert_eq!(error.code(), ErrorCode::AttachFailed);
    assert!(links.tp_btf.is_none());
    links.attach(&object).unwrap();
    links.attach_and_fail(&object);
    assert!(links.tp_btf.is_some() && links.tracepoint.is_some());
}

// parity: programs.autoattach
#[test]
fn a_skeleton_attaches_no_program_that_was_left_out() {
    let mut open = support::open("attach");
    open.program_mut("on_tracepoint").set_autoload(false);
    open.program_mut("on_tp_btf").set_autoattach(false);
    let object = open.load().unwrap();
    let mut links = Links::default();
    links.attach(&object).unwrap();
    assert!(links.tp_btf.is_none() && links.tracepoint.is_none());
}

#[test]
fn a_tracepoint_can_be_chosen_at_run_time() {
    let (object, _reader) = load(id());
    let program = object.program::<kind::Tracepoint>("on_tracepoint");
    let link = program.attach_to("sched", "sched_process_fork").unwrap();
    fork_and_wait();
    assert!(hits(&object, TRACEPOINT) > 0);
    drop(link);
    let error = program
        .attach_to("sched", "no_such_tracepoint")
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::AttachFailed);
    assert!(error.log().contains("no_such_tracepoint"), "{error:?}");
    let raw = object.program::<kind::RawTracepoint>("on_raw_tracepoint");
    assert!(raw.attach_to("sched_process_fork").is_ok());
}

/// Never inlined, so that its entry is a place of its own.
#[inline(never)]
extern "C" fn probed(number: c_int) -> c_int {
    std::hint::black_box(number) + 1
}

// parity: links.uprobe
#[test]
fn uprobes_attach_to_a_function_of_a_running_program() {
    let (object, mut reader) = load(id());
    let offset = file_offset(probed as extern "C" fn(c_int) -> c_int as *const c_void as usize);
    let target = UprobeTarget::offset("/proc/self/exe", offset).pid(id());
    let entry = object
        .program::<kind::Uprobe>("on_uprobe")
        .attach_to(&target)
        .unwrap();
    let exit = object
        .program::<kind::Uretprobe>("on_uretprobe")
        .attach_to(&target)
        .unwrap();
    assert_eq!(probed(41), 42);
    assert_eq!((hits(&object, UPROBE), hits(&object, URETPROBE)), (1, 1));
    let values: Vec<_> = (0..2)
        .map(|_| reader.try_next().unwrap().unwrap())
        .map(|hit| (hit.hook, hit.value))
        .collect();
    assert_eq!(values, [(UPROBE, 41), (URETPROBE, 42)]);
    drop((entry, exit));
    probed(1);
    assert_eq!(hits(&object, UPROBE), 1);
}

#[test]
fn uprobes_attach_to_a_library_by_symbol() {
    let (object, _reader) = load(0);
    let program = object.program::<kind::Uprobe>("on_uprobe");
    let link = program
        .attach_to(&UprobeTarget::function("libc.so.6", "exit"))
        .unwrap();
    fork_and_wait();
    assert!(hits(&object, UPROBE) > 0);
    drop(link);
    for (path, function, words) in [
        ("libc.so.6", "no_such_function", "'no_such_function' in '/"),
        ("/no/such/file", "exit", "failed to open /no/such/file"),
        ("nolib.so", "exit", "nolib.so"),
    ] {
        let error = program
            .attach_to(&UprobeTarget::function(path, function))
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::AttachFailed);
        let text = error.to_string();
        assert!(
            text.contains(words) && text.contains("(os error 2)"),
            "{text}"
        );
    }
}

#[test]
fn a_program_whose_section_names_no_target_does_not_attach_by_itself() {
    let (object, _reader) = load(0);
    let error = object
        .program::<kind::Uprobe>("on_uprobe")
        .attach()
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::AttachFailed);
    assert_eq!(
        error.hint(),
        Some("its section does not say where: give it a target")
    );
}

// parity: links.socket-filter
#[test]
fn a_socket_filter_sees_the_packets_of_its_socket_until_it_is_taken_off() {
    let (object, mut reader) = load(0);
    let (near, far) = UnixDatagram::pair().unwrap();
    let filter = object.program::<kind::SocketFilter>("on_packet");
    filter.attach_to(&far).unwrap();
    near.send(b"12345").unwrap();
    let event = reader
        .next_timeout(Duration::from_secs(5))
        .unwrap()
        .unwrap();
    assert_eq!((event.hook, event.value), (SOCKET_FILTER, 5));
    filter.detach_from(&far).unwrap();
    near.send(b"12345").unwrap();
    assert_eq!(hits(&object, SOCKET_FILTER), 1);
    assert_eq!(
        filter.detach_from(&far).unwrap_err().code(),
        ErrorCode::AttachFailed
    );
}

// parity: programs.test-run
#[test]
fn an_xdp_program_passes_and_drops_packets_in_a_test_run() {
    const XDP_DROP: u32 = 1;
    const XDP_PASS: u32 = 2;
    let (object, mut reader) = load(0);
    let program = object.program::<kind::Xdp>("on_xdp");
    let mut packet = [0; 100];
    let passed = program.test_run(&packet).unwrap();
    assert_eq!(
        (passed.return_value, passed.data.len()),
        (XDP_PASS, packet.len())
    );
    packet[0] = 0xff;
    assert_eq!(program.test_run(&packet).unwrap().return_value, XDP_DROP);
    packet[0] = 0;
    let input = TestInput::new().data(&packet).repeat(5);
    let passed = program.test_run_with(input).unwrap();
    assert_eq!(passed.return_value, XDP_PASS);
    assert_eq!(hits(&object, XDP), 7);
    assert_eq!(
        reader.try_next().unwrap().map(|hit| (hit.hook, hit.value)),
        Some((XDP, 100))
    );
}

// parity: errors.verifier
#[test]
fn a_program_that_the_verifier_refuses_is_an_error_with_its_reason_and_its_line() {
    let mut open = support::open("refused");
    open.program_mut("unchecked_pointer").set_autoload(true);
    let error = open.load().unwrap_err();
    assert_eq!(error.code(), ErrorCode::VerifierRejected, "{error:?}");
    assert!(error.verifier_log().unwrap().contains("processed"));
    let text = error.to_string();
    for words in [
        "program unchecked_pointer",
        "'map_value_or_null'",
        "*count += 1;",
    ] {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn what_is_no_bpf_object_is_refused_with_a_reason() {
    let open =
        |bytes: &[u8]| rlbc::OpenObject::new("bad", bytes, &rlbc::OpenOptions::new()).unwrap_err();
    assert_eq!(open(b"").code(), ErrorCode::InvalidObject);
    assert_eq!(
        open(b"not an ELF file at all, but long enough for one's header").code(),
        ErrorCode::InvalidObject
    );
    let other = if cfg!(target_endian = "big") { 1 } else { 2 };
    assert_eq!(
        open(&[0x7f, b'E', b'L', b'F', 2, other]).code(),
        ErrorCode::WrongEndianness
    );
}
