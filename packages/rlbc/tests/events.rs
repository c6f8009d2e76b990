//! Ring buffers and perf event arrays on the running kernel, filled by test runs of the programs in maps.bpf.o.

#[path = "support/maps_object.rs"]
mod maps_object;
mod support;

use std::os::fd::{AsFd as _, AsRawFd as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use maps_object::{load, run};
use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{BitField, ErrorCode, Object, PerfEventArray, RecordSize, RingBuffer, Text};

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

fn measurements(object: &Object) -> RingBuffer<Measurement> {
    RingBuffer::new(
        object.map("ring").unwrap(),
        RecordSize::exactly(size_of::<Measurement>()),
    )
    .unwrap()
}

#[test]
fn a_constant_set_before_load_reaches_the_program() {
    let object = load(5);
    run(&object, "fill_ring", 3);
    let mut reader = measurements(&object).reader().unwrap();
    let sequence: Vec<_> = (0..4)
        .map(|_| reader.try_next().unwrap().map(|event| event.seq))
        .collect();
    assert_eq!(sequence, [Some(0), Some(5), Some(10), None]);
}

// parity: events.ring
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

// parity: events.perf
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

/// Keeps this thread on one CPU, so that all samples go through its ring.
fn stay_on(cpu: usize) {
    // SAFETY: an all-zero set is an empty one, and it lives during the calls.
    let result = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set)
    };
    assert_eq!(result, 0);
}

fn stay_on_one_cpu() {
    // SAFETY: the call has no preconditions.
    stay_on(unsafe { libc::sched_getcpu() } as usize);
}

/// The first and the last CPU that this thread may run on.
fn two_cpus() -> [usize; 2] {
    // SAFETY: an all-zero set is an empty one, which the call fills.
    let set = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        let result = libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut set);
        assert_eq!(result, 0);
        set
    };
    // SAFETY: the numbers lie in the set.
    let mut cpus =
        (0..libc::CPU_SETSIZE as usize).filter(|&cpu| unsafe { libc::CPU_ISSET(cpu, &set) });
    let first = cpus.next().unwrap();
    [first, cpus.next_back().unwrap_or(first)]
}

#[test]
fn a_busy_cpu_does_not_keep_the_events_of_another_one_waiting() {
    let [first, last] = two_cpus();
    for (busy, other) in [(first, last), (last, first)] {
        let object = load(1);
        let size = RecordSize::exactly(size_of::<Measurement>());
        let perf = PerfEventArray::<Measurement>::new(object.map("perf").unwrap(), size).unwrap();
        let mut reader = perf.reader().unwrap();
        stay_on(other);
        run(&object, "fill_perf", 1);
        stay_on(busy);
        run(&object, "fill_perf", 5);
        let came = (0..20).any(|_| {
            run(&object, "fill_perf", 1);
            reader.try_next().unwrap().unwrap().cpu as usize == other
        });
        assert!(came);
        let rest = reader.poll(Duration::ZERO, |_| {}).unwrap();
        assert!(rest >= 5, "{rest}");
        assert_eq!(reader.lost(), 0);
    }
}

#[test]
fn a_poll_waits_for_nothing_where_perf_events_were_told_of_before() {
    stay_on_one_cpu();
    let object = load(1);
    let size = RecordSize::exactly(size_of::<Measurement>());
    let perf = PerfEventArray::<Measurement>::new(object.map("perf").unwrap(), size).unwrap();
    let mut reader = perf.reader().unwrap();
    run(&object, "fill_perf", 10);
    let mut told = libc::pollfd {
        fd: reader.as_fd().as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: the entry lives during the call.
    assert_eq!(unsafe { libc::poll(&mut told, 1, 10_000) }, 1);
    assert!(reader.try_next().unwrap().is_some());
    let began = Instant::now();
    assert_eq!(reader.poll(Duration::from_secs(20), |_| {}).unwrap(), 9);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn perf_events_wait_for_their_first_reader() {
    let object = load(1);
    let size = RecordSize::exactly(size_of::<Measurement>());
    let array = || PerfEventArray::<Measurement>::new(object.map("perf").unwrap(), size).unwrap();
    let perf = array();
    run(&object, "fill_perf", 10);
    let mut reader = perf.reader().unwrap();
    assert_eq!(reader.poll(Duration::ZERO, |_| {}).unwrap(), 10);
    // Another one does not take its events.
    let other = array();
    run(&object, "fill_perf", 5);
    assert_eq!(other.reader().unwrap_err().code(), ErrorCode::ReaderExists);
    assert_eq!(reader.poll(Duration::ZERO, |_| {}).unwrap(), 5);
    drop(reader);
    assert!(other.reader().is_ok());
}

// parity: helpers.lost
#[test]
fn what_does_not_fit_into_a_perf_ring_is_counted_as_lost() {
    stay_on_one_cpu();
    let object = load(1);
    let size = RecordSize::exactly(size_of::<Measurement>());
    let perf = PerfEventArray::<Measurement>::new(object.map("perf").unwrap(), size).unwrap();
    let mut reader = perf.reader_with_pages(1).unwrap();
    let told = Arc::new(AtomicU64::new(0));
    let teller = told.clone();
    reader.on_lost(move |_cpu, count| _ = teller.fetch_add(count, Ordering::Relaxed));
    // More than the largest page of a kernel has room for.
    run(&object, "fill_perf", 2000);
    let mut seen = reader
        .poll_records(Duration::ZERO, |record| assert!(record.cpu.is_some()))
        .unwrap() as u64;
    assert!(
        seen > 0 && reader.lost() == 0,
        "the kernel reports a loss before the next sample that finds room"
    );
    run(&object, "fill_perf", 1);
    seen += reader.poll(Duration::ZERO, |_| {}).unwrap() as u64;
    assert_eq!(seen + reader.lost(), 2001);
    assert_eq!(told.load(Ordering::Relaxed), reader.lost());
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
    let done = AtomicBool::new(false);
    let mut seen = 0_u64;
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
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
        done.store(true, Ordering::Relaxed);
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

// parity: events.stop
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
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // The first one may come before the wait has begun.
            while !done.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(10));
                // SAFETY: the thread waits for this one to end, so it lives.
                unsafe { libc::pthread_kill(main, libc::SIGUSR1) };
            }
        });
        let result = reader.poll(Duration::from_secs(60), |_| {});
        done.store(true, Ordering::Relaxed);
        assert_eq!(result.unwrap_err().code(), ErrorCode::Interrupted);
    });
}

// parity: events.several
#[test]
fn one_wait_may_be_for_several_streams() {
    let object = load(1);
    let size = RecordSize::exactly(size_of::<Measurement>());
    let perf = PerfEventArray::<Measurement>::new(object.map("perf").unwrap(), size).unwrap();
    let mut readers = [
        measurements(&object).reader().unwrap(),
        perf.reader().unwrap(),
    ];
    for (number, program) in ["fill_ring", "fill_perf"].into_iter().enumerate() {
        run(&object, program, 1);
        let mut polled = readers.each_ref().map(|reader| libc::pollfd {
            fd: reader.as_fd().as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        });
        // SAFETY: the array lives during the call, and has two entries.
        assert_eq!(unsafe { libc::poll(polled.as_mut_ptr(), 2, 1000) }, 1);
        assert_ne!(polled[number].revents, 0);
        let event = readers[number].try_next().unwrap().unwrap();
        assert_eq!(event.seq, number as u64);
    }
}

// parity: events.one-reader
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
fn a_reader_goes_on_where_somebody_else_ended_meanwhile() {
    let object = load(1);
    let ring = measurements(&object);
    let mut reader = ring.reader().unwrap();
    run(&object, "fill_ring", 2);
    assert_eq!(reader.try_next().unwrap().unwrap().seq, 0);
    // As another process does with a pinned map.
    let mut others = 0;
    let mut builder = libbpf_rs::RingBufferBuilder::new();
    let handle = ring.raw().handle().unwrap();
    builder
        .add(handle, |_| {
            others += 1;
            0
        })
        .unwrap();
    let other = builder.build().unwrap();
    // More than the ring has room for, so that the next event does not lie where the reader would look for it.
    for _ in 0..3 {
        run(&object, "fill_ring", 1000);
        other.consume().unwrap();
    }
    drop(other);
    assert_eq!(others, 3001);
    run(&object, "fill_ring", 2);
    let mut sequence = Vec::new();
    reader
        .poll(Duration::ZERO, |event| sequence.push(event.seq))
        .unwrap();
    assert_eq!(sequence, [3002, 3003]);
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
