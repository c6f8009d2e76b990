//! What tools need besides maps and events, on the running kernel, with the programs in helpers.bpf.o.

#[path = "support/helpers_object.rs"]
mod helpers_object;
mod support;

use std::process::id;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use helpers_object::{StackSample, load, reader};
use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{
    ErrorCode, HistogramMap, Object, PrintLevel, Scale, StackTraces, TracePipe, boot_time, ipv4,
    ipv6, kind, monotonic_time,
};

#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Moment {
    monotonic: u64,
    boot: u64,
    v4: u32,
    port: u16,
    family: u16,
    v6: [u8; 16],
}

/// Runs a program on a packet that it sees `bytes` of: a socket filter's begins behind the Ethernet header.
fn run(object: &Object, program: &'static str, bytes: usize) {
    const ETH_HLEN: usize = 14;
    let program = object.program::<kind::SocketFilter>(program);
    program.test_run(&vec![0; ETH_HLEN + bytes]).unwrap();
}

fn histogram(object: &Object, map: &'static str, scale: Scale) -> HistogramMap {
    HistogramMap::new(object.map(map).unwrap(), scale).unwrap()
}

#[test]
fn histograms_count_what_programs_push_on_every_scale() {
    let object = load(0);
    for bytes in [64, 65, 127, 200, 1000] {
        run(&object, "count_length", bytes);
    }
    let buckets = |map, scale| -> Vec<_> {
        let histogram = histogram(&object, map, scale).read().unwrap();
        let used = histogram.buckets().filter(|bucket| bucket.count > 0);
        used.map(|bucket| (bucket.from, bucket.to, bucket.count))
            .collect()
    };
    let by_two = [(64, 127, 3), (128, 255, 1), (512, 1023, 1)];
    assert_eq!(buckets("latency", Scale::Log2), by_two);
    assert_eq!(buckets("percpu_latency", Scale::Log2), by_two);
    assert_eq!(
        buckets("sizes", Scale::Log10),
        [(10, 99, 2), (100, 999, 2), (1000, 9999, 1)]
    );
    assert_eq!(
        buckets("kinds", Scale::Linear),
        [(0, 0, 3), (1, 1, 1), (3, 3, 1)]
    );
}

#[test]
fn a_cleared_histogram_counts_from_zero() {
    let object = load(0);
    for (map, scale) in [("latency", Scale::Log2), ("percpu_latency", Scale::Log2)] {
        let map = histogram(&object, map, scale);
        run(&object, "count_length", 100);
        assert_ne!(map.read().unwrap().total(), 0);
        map.clear().unwrap();
        assert_eq!(map.read().unwrap().to_string(), "");
        run(&object, "count_length", 100);
        assert_eq!(
            (map.read().unwrap().counts()[6], map.read().unwrap().total()),
            (1, 1)
        );
    }
}

#[test]
fn a_map_that_is_no_array_of_counters_is_no_histogram() {
    let object = load(0);
    let error = HistogramMap::new(object.map("stacks").unwrap(), Scale::Log2).unwrap_err();
    assert_eq!(error.code(), ErrorCode::TypeMismatch);
    let error = StackTraces::new(object.map("latency").unwrap()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::TypeMismatch);
}

// parity: links.perf-event, maps.stack-traces
#[test]
fn a_program_attached_at_a_frequency_samples_what_runs() {
    let object = load(id());
    let mut samples = reader::<StackSample>(&object, "samples");
    let stacks = StackTraces::new(object.map("stacks").unwrap()).unwrap();
    let links = object
        .program::<kind::PerfEvent>("on_clock")
        .attach_at_frequency(999)
        .unwrap();
    assert!(!links.is_empty());
    let end = Instant::now() + Duration::from_secs(10);
    let sample = loop {
        assert!(
            Instant::now() < end,
            "no sample has a stack of this process"
        );
        std::hint::black_box((0..10_000).fold(0_u64, |sum, number| sum ^ number));
        let sample = samples.try_next().unwrap();
        if let Some(sample) = sample.filter(|sample| sample.user_stack >= 0) {
            break sample;
        }
    };
    drop(links);
    assert_eq!(sample.pid, id());
    let addresses = stacks.lookup(sample.user_stack).unwrap().unwrap();
    assert!(!addresses.is_empty() && addresses.iter().all(|&address| address != 0));
    let ids: Vec<_> = stacks.ids().unwrap().collect::<Result<_, _>>().unwrap();
    assert!(ids.contains(&(sample.user_stack as u32)));
    assert!(stacks.delete(sample.user_stack as u32).unwrap());
    assert_eq!(stacks.lookup(sample.user_stack).unwrap(), None);
    assert_eq!(stacks.lookup(-14).unwrap(), None);
}

#[test]
fn a_frequency_that_the_kernel_does_not_allow_is_an_error() {
    let object = load(0);
    let program = object.program::<kind::PerfEvent>("on_clock");
    let error = program.attach_at_frequency(u64::MAX).unwrap_err();
    assert_eq!(error.code(), ErrorCode::System);
}

#[test]
fn an_event_of_ones_own_stays_open_when_its_link_is_dropped() {
    let object = load(0);
    let event = timer_of_this_thread();
    let link = object
        .program::<kind::PerfEvent>("on_clock")
        .attach_to(&event)
        .unwrap();
    drop(link);
    // SAFETY: the call only asks whether the descriptor is open.
    assert!(unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&event), libc::F_GETFD) } >= 0);
}

/// A timer of this thread.
fn timer_of_this_thread() -> std::os::fd::OwnedFd {
    use rlbc::libbpf_rs::libbpf_sys;
    use std::os::fd::FromRawFd as _;
    let mut attributes = libbpf_sys::perf_event_attr {
        type_: libbpf_sys::PERF_TYPE_SOFTWARE,
        size: size_of::<libbpf_sys::perf_event_attr>() as u32,
        ..Default::default()
    };
    attributes.__bindgen_anon_1.sample_period = 1_000_000;
    // SAFETY: the attributes live during the call; the descriptor is new.
    unsafe {
        let fd = libc::syscall(
            libc::SYS_perf_event_open,
            &raw const attributes,
            0,
            -1,
            -1,
            0,
        );
        assert!(fd >= 0);
        std::os::fd::OwnedFd::from_raw_fd(fd as i32)
    }
}

// parity: helpers.addresses, helpers.clocks
#[test]
fn the_kernels_clocks_and_addresses_become_those_of_the_standard_library() {
    let object = load(0);
    let mut moments = reader::<Moment>(&object, "moments");
    let before = SystemTime::now();
    run(&object, "tell_time", 64);
    let after = SystemTime::now();
    let moment = moments.try_next().unwrap().unwrap();
    // The wall clock may be adjusted while the test runs.
    let tolerance = Duration::from_millis(500);
    for time in [monotonic_time(moment.monotonic), boot_time(moment.boot)] {
        assert!(
            time > before - tolerance && time < after + tolerance,
            "{time:?}"
        );
    }
    assert_eq!(ipv4(moment.v4).to_string(), "127.0.0.1");
    assert_eq!(ipv6(moment.v6).to_string(), "::1");
    assert_eq!(
        (u16::from_be(moment.port), moment.family),
        (443, libc::AF_INET as u16)
    );
}

// parity: helpers.printk
#[test]
fn printed_lines_arrive_until_the_reader_is_stopped() {
    let object = load(0);
    let mut pipe = TracePipe::open().unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    // Other tests of this machine may print as well, or take the line away.
    let mut found = false;
    while !found {
        assert!(Instant::now() < end);
        run(&object, "print_length", 77);
        found = std::iter::from_fn(|| pipe.next_timeout(Duration::from_millis(100)).unwrap())
            .take_while(|_| Instant::now() < end)
            .any(|line| line.ends_with("lbc fixture: 77 bytes"));
    }
    let stop = pipe.stop_handle();
    let waiting = std::thread::spawn(move || pipe.count());
    std::thread::sleep(Duration::from_millis(20));
    stop.stop();
    waiting.join().unwrap();
}

static MESSAGES: Mutex<String> = Mutex::new(String::new());

fn keep(_level: PrintLevel, message: String) {
    MESSAGES.lock().unwrap().push_str(&message);
}

// parity: helpers.messages
#[test]
fn what_libbpf_says_goes_to_the_callback_that_was_set() {
    let before = rlbc::set_print(Some((PrintLevel::Debug, keep)));
    drop(load(0));
    rlbc::set_print(before);
    let messages = MESSAGES.lock().unwrap();
    assert!(messages.contains("libbpf: loading"), "{messages}");
}
