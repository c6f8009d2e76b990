//! Maps, globals and event streams on the running kernel, driven by test runs of the programs in maps.bpf.o.

mod support;

use std::os::fd::AsFd as _;
use std::thread;
use std::time::{Duration, Instant};

use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{
    ArrayMap, BitField, ErrorCode, Global, KeyedMap, MapFlags, Object, Padding, PerCpuArray,
    PerCpuMap, PerfEventArray, RecordSize, RingBuffer, Text, kind,
};

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

#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Measurement {
    seq: u64,
    cpu: u32,
    bits: [u8; 4],
    addr: [u8; 4],
    color: i32,
    comm: Text<16>,
}

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Rodata {
    step: u32,
    greeting: Text<8>,
}

const PACKET: [u8; 64] = [0; 64];
const BLUE: i32 = -1;

fn load(step: u32) -> Object {
    let mut open = support::open("maps");
    open.section_mut::<Rodata>(".rodata").step = step;
    open.load().unwrap()
}

fn run(object: &Object, program: &'static str, times: u64) {
    let program = object.program::<kind::SocketFilter>(program);
    for _ in 0..times {
        program.test_run(&PACKET).unwrap();
    }
}

fn produced(object: &Object) -> Global<'_, u64> {
    let globals = object.globals(".bss");
    // The compiler orders the variables of .bss; `produced` is the one that counts runs.
    [0, 8]
        .map(|offset| globals.at::<u64>(offset))
        .into_iter()
        .find(|global| global.get() > 0)
        .unwrap()
}

fn measurements(object: &Object) -> RingBuffer<Measurement> {
    RingBuffer::new(
        object.map("ring").unwrap(),
        RecordSize::exactly(size_of::<Measurement>()),
    )
    .unwrap()
}

#[test]
fn constants_set_before_load_reach_the_program_and_cannot_change_afterwards() {
    let object = load(5);
    assert_eq!(object.section::<Rodata>(".rodata").greeting, "hello");
    run(&object, "fill_ring", 3);
    let mut reader = measurements(&object).reader().unwrap();
    let next = |reader: &mut rlbc::EventReader<Measurement>| {
        reader.try_next().unwrap().map(|event| event.seq)
    };
    assert_eq!(
        [next(&mut reader), next(&mut reader), next(&mut reader)],
        [Some(0), Some(5), Some(10)]
    );
    assert_eq!(next(&mut reader), None);
}

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
    assert_eq!(flows.lookup_and_delete(&other).unwrap(), Some(flow));
    assert!(!flows.delete(&other).unwrap());
    assert!(flows.delete(&key).unwrap());
    assert_eq!(flows.keys().unwrap().count(), 0);
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

#[test]
fn a_map_that_was_not_created_says_so_when_it_is_used() {
    let mut open = support::open("maps");
    open.map_mut("records").set_autocreate(false).unwrap();
    open.program_mut("fill_records").set_autoload(false);
    let object = open.load().unwrap();
    let records =
        RingBuffer::<[u8]>::new(object.map("records").unwrap(), RecordSize::at_least(0)).unwrap();
    assert_eq!(
        records.reader().unwrap_err().code(),
        ErrorCode::MapNotCreated
    );
}

#[test]
fn events_of_a_ring_buffer_are_decoded_to_the_last_bit() {
    let object = load(1);
    run(&object, "fill_ring", 10);
    let mut reader = measurements(&object).reader().unwrap();
    let mut levels = Vec::new();
    let seen = reader
        .poll(Duration::ZERO, |event| {
            assert_eq!(
                u128::from(event.seq & 7),
                BitField::little(12, 1, 0, 3).get(event)
            );
            levels.push(BitField::little(12, 1, 3, 5).get_signed(event));
            assert_eq!(BitField::little(13, 3, 0, 24).get(event), 0xab_cdef);
            assert_eq!((event.addr, event.color), ([127, 0, 0, 1], 5));
            assert_eq!(event.comm, "sample");
        })
        .unwrap();
    assert_eq!(seen, 10);
    assert_eq!(levels, [0, -1, -2, -3, -4, -5, -6, -7, -8, -9]);
    assert_eq!(reader.lost(), 0);
}

#[test]
fn events_of_a_perf_event_array_arrive_without_their_trailing_bytes() {
    let object = load(1);
    let size = RecordSize::exactly(size_of::<Measurement>());
    let perf = PerfEventArray::<Measurement>::new(object.map("perf").unwrap(), size).unwrap();
    let mut reader = perf.reader().unwrap();
    run(&object, "fill_perf", 100);
    let mut sequence: Vec<_> = (0..100)
        .map(|_| reader.try_next().unwrap().unwrap().seq)
        .collect();
    sequence.sort_unstable();
    assert_eq!(sequence, (0..100).collect::<Vec<_>>());
    assert!(reader.try_next().unwrap().is_none());
}

/// Keeps this thread on one CPU, so that all samples go through one ring.
fn stay_on_one_cpu() {
    // SAFETY: an all-zero set is an empty one, and it lives during the calls.
    let result = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(libc::sched_getcpu() as usize, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set)
    };
    assert_eq!(result, 0);
}

#[test]
fn what_does_not_fit_into_a_perf_ring_is_counted_as_lost() {
    stay_on_one_cpu();
    let object = load(1);
    let size = RecordSize::exactly(size_of::<Measurement>());
    let perf = PerfEventArray::<Measurement>::new(object.map("perf").unwrap(), size).unwrap();
    let mut reader = perf.reader_with_pages(1).unwrap();
    run(&object, "fill_perf", 500);
    let mut seen = reader
        .poll_records(Duration::ZERO, |record| assert!(record.cpu.is_some()))
        .unwrap() as u64;
    assert!(
        seen > 0 && reader.lost() == 0,
        "the kernel reports a loss before the next sample that finds room"
    );
    run(&object, "fill_perf", 1);
    seen += reader.poll(Duration::ZERO, |_| {}).unwrap() as u64;
    assert_eq!(seen + reader.lost(), 501);
    assert!(reader.lost() > 0);
}

#[test]
fn records_without_a_type_are_bytes_of_their_own_length() {
    let object = load(1);
    run(&object, "fill_records", 40);
    let records =
        RingBuffer::<[u8]>::new(object.map("records").unwrap(), RecordSize::between(1, 32))
            .unwrap();
    let mut reader = records.reader().unwrap();
    for index in 0..40_u8 {
        let record = reader.try_next().unwrap().unwrap();
        assert_eq!(record, (0..=index % 32).collect::<Vec<_>>());
    }
}

#[test]
fn a_record_of_a_wrong_length_is_an_error_behind_which_the_reader_goes_on() {
    let object = load(1);
    run(&object, "fill_records", 10);
    let records =
        RingBuffer::<u64>::new(object.map("records").unwrap(), RecordSize::exactly(8)).unwrap();
    let reader = records.reader().unwrap();
    reader.stop_handle().stop();
    let results: Vec<_> = reader
        .into_iter()
        .map(|event| event.map_err(|error| error.code()))
        .collect();
    assert_eq!(results.len(), 10);
    let right = u64::from_ne_bytes([0, 1, 2, 3, 4, 5, 6, 7]);
    for (index, result) in results.into_iter().enumerate() {
        assert_eq!(
            result,
            if index == 7 {
                Ok(right)
            } else {
                Err(ErrorCode::RecordLength)
            }
        );
    }
}

#[test]
fn a_loop_over_events_waits_and_ends_when_it_is_stopped() {
    let object = load(1);
    let mut reader = measurements(&object).reader().unwrap();
    let stop = reader.stop_handle();
    let mut seen = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..5 {
                thread::sleep(Duration::from_millis(5));
                run(&object, "fill_ring", 1);
            }
            stop.stop();
        });
        for event in &mut reader {
            assert_eq!(event.unwrap().seq, seen);
            seen += 1;
        }
    });
    assert_eq!(seen, 5);
    assert!(stop.is_stopped());
    assert!(
        reader
            .next_timeout(Duration::from_secs(60))
            .unwrap()
            .is_none(),
        "a stopped reader does not wait"
    );
}

#[test]
fn for_each_ends_although_the_program_never_stops_to_send() {
    let object = load(1);
    let mut reader = measurements(&object).reader().unwrap();
    let stop = reader.stop_handle();
    let done = std::sync::atomic::AtomicBool::new(false);
    let mut seen = 0_u64;
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                run(&object, "fill_ring", 100);
            }
        });
        reader
            .for_each(|event| {
                assert_eq!(event.comm, "sample");
                seen += 1;
                if seen == 1000 {
                    stop.stop();
                }
            })
            .unwrap();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(seen >= 1000);
}

#[test]
fn a_wait_ends_when_its_time_is_over() {
    let object = load(1);
    let mut reader = measurements(&object).reader().unwrap();
    let start = Instant::now();
    assert!(
        reader
            .next_timeout(Duration::from_millis(30))
            .unwrap()
            .is_none()
    );
    assert_eq!(reader.poll(Duration::from_millis(30), |_| {}).unwrap(), 0);
    assert!((60..5000).contains(&start.elapsed().as_millis()));
}

#[test]
fn a_signal_ends_a_poll() {
    extern "C" fn ignore(_: libc::c_int) {}
    // SAFETY: the handler does nothing, and the signal is sent to this thread alone.
    let main = unsafe {
        libc::signal(
            libc::SIGUSR1,
            ignore as extern "C" fn(libc::c_int) as libc::sighandler_t,
        );
        libc::pthread_self()
    };
    let object = load(1);
    let mut reader = measurements(&object).reader().unwrap();
    let signal = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        // SAFETY: the thread waits for this one to end, so it lives.
        unsafe { libc::pthread_kill(main, libc::SIGUSR1) };
    });
    let error = reader.poll(Duration::from_secs(60), |_| {}).unwrap_err();
    signal.join().unwrap();
    assert_eq!(error.code(), ErrorCode::Interrupted);
}

#[test]
fn two_readers_of_one_map_are_refused_until_the_first_is_dropped() {
    let object = load(1);
    let ring = measurements(&object);
    let first = ring.reader().unwrap();
    assert!(first.as_fd().try_clone_to_owned().is_ok());
    assert_eq!(ring.reader().unwrap_err().code(), ErrorCode::ReaderExists);
    drop(first);
    assert!(ring.reader().is_ok());
}

#[test]
fn a_reader_goes_on_where_the_last_one_ended() {
    let object = load(1);
    let ring = measurements(&object);
    run(&object, "fill_ring", 3);
    assert_eq!(ring.reader().unwrap().try_next().unwrap().unwrap().seq, 0);
    assert_eq!(ring.reader().unwrap().try_next().unwrap().unwrap().seq, 1);
}

#[test]
fn a_ring_that_wraps_many_times_loses_nothing() {
    let object = load(1);
    let mut reader = measurements(&object).reader().unwrap();
    let mut expected = 0;
    for _ in 0..40 {
        run(&object, "fill_ring", 137);
        reader
            .poll(Duration::ZERO, |event| {
                assert_eq!(event.seq, expected);
                expected += 1;
            })
            .unwrap();
    }
    assert_eq!(expected, 40 * 137);
}

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
