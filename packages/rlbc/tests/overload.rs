//! More is sent than can be read: every event arrives or is counted as lost, and memory stays as it was.
//!
//! `LBC_OVERLOAD_SECONDS=60` is the long set.

#[path = "support/maps_object.rs"]
mod maps_object;
mod support;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use maps_object::{PACKET, load};
use rlbc::{EventReader, Object, PerfEventArray, RecordSize, RingBuffer, TestInput, kind};

/// A page is as large as the kernel's smallest: more would only make the test blunter.
const PAGE: usize = 4096;
const FLAT: usize = 8 << 20;
/// Of `struct measurement`.
const SIZE: usize = 40;

/// Each test has all CPUs and the memory of the process to itself.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn seconds() -> Duration {
    let seconds = std::env::var("LBC_OVERLOAD_SECONDS").map_or(5.0, |text| text.parse().unwrap());
    Duration::from_secs_f64(seconds)
}

/// Memory of this process that is in use, in bytes. @see proc(5)
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages = pages.split_whitespace().nth(1).unwrap();
    pages.parse::<usize>().unwrap() * PAGE
}

/// Puts the calling thread on one CPU.
fn pin(cpu: usize) {
    // SAFETY: the set is any bytes, lives during the calls, and CPU numbers are below its size.
    let result = unsafe {
        let mut set = std::mem::zeroed::<libc::cpu_set_t>();
        libc::CPU_SET(cpu, &mut set);
        libc::sched_setaffinity(0, size_of_val(&set), &raw const set)
    };
    assert_eq!(result, 0);
}

/// The CPUs that this process may run on.
fn cpus() -> Vec<usize> {
    // SAFETY: the set is any bytes, lives during the calls, and CPU numbers are below its size.
    unsafe {
        let mut set = std::mem::zeroed::<libc::cpu_set_t>();
        assert_eq!(
            libc::sched_getaffinity(0, size_of_val(&set), &raw mut set),
            0
        );
        (0..libc::CPU_SETSIZE as usize)
            .filter(|&cpu| libc::CPU_ISSET(cpu, &set))
            .collect()
    }
}

fn produce(object: &Object, program: &'static str, stop: &AtomicBool) {
    let program = object.program::<kind::SocketFilter>(program);
    let input = TestInput::new().data(&PACKET).repeat(10_000);
    while !stop.load(Ordering::Relaxed) {
        program.test_run_with(input).unwrap();
    }
}

/// Ends the producers, also where the reader panics.
struct Stop<'flag>(&'flag AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Nobody reads yet: a fast reader alone could keep up with the producers, and nothing would be lost.
fn wait_for_losses(object: &Object) {
    let start = Instant::now();
    while counters(object).1 == 0 {
        assert!(start.elapsed() < Duration::from_secs(30), "nothing is lost");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Waits for events a tenth of a second at most, and reads those that are there: how many.
fn read(reader: &mut EventReader<[u8]>) -> u64 {
    // A perf event has its padding behind it.
    let look = |event: &[u8]| assert!(event.len() >= SIZE);
    reader.poll(Duration::from_millis(100), look).unwrap() as u64
}

/// Reads until nothing comes for a moment.
fn drain(reader: &mut EventReader<[u8]>) -> u64 {
    std::iter::repeat_with(|| read(reader))
        .take_while(|&seen| seen > 0)
        .sum()
}

/// Loses events, then reads while all CPUs produce, and what is left after that: the number of events.
fn overload(object: &Object, program: &'static str, reader: &mut EventReader<[u8]>) -> u64 {
    let stop = AtomicBool::new(false);
    let (mut consumed, mut early) = (0, 0);
    thread::scope(|scope| {
        for cpu in cpus() {
            let stop = &stop;
            scope.spawn(move || {
                pin(cpu);
                produce(object, program, stop);
            });
        }
        let _stop = Stop(&stop);
        wait_for_losses(object);
        let start = Instant::now();
        while start.elapsed() < seconds() {
            consumed += read(reader);
            if early == 0 && start.elapsed() > seconds() / 5 {
                early = resident();
            }
        }
        let late = start.elapsed() - seconds();
        assert!(late < Duration::from_secs(1), "{late:?}");
    });
    assert!(resident() < early + FLAT);
    consumed + drain(reader)
}

/// `produced` and `dropped` of the object.
fn counters(object: &Object) -> (u64, u64) {
    let bss = object.globals(".bss");
    (bss.at::<u64>(0).get(), bss.at::<u64>(8).get())
}

#[test]
fn a_ring_buffers_events_are_read_or_refused() {
    let _alone = alone();
    let object = load(1);
    let size = RecordSize::exactly(SIZE);
    let ring = RingBuffer::<[u8]>::new(object.map("ring").unwrap(), size).unwrap();
    let consumed = overload(&object, "fill_ring", &mut ring.reader().unwrap());
    let (produced, dropped) = counters(&object);
    assert!(consumed > 0);
    assert_eq!(produced, consumed + dropped);
}

// parity: events.lost, events.bounded
#[test]
fn a_perf_buffers_events_are_read_or_counted_as_lost() {
    let _alone = alone();
    let object = load(1);
    let size = RecordSize::between(SIZE, SIZE + 4);
    let perf = PerfEventArray::<[u8]>::new(object.map("perf").unwrap(), size).unwrap();
    let mut reader = perf.reader().unwrap();
    let told = Arc::new(AtomicU64::new(0));
    let teller = told.clone();
    reader.on_lost(move |_, count| {
        teller.fetch_add(count, Ordering::Relaxed);
    });
    let mut consumed = overload(&object, "fill_perf", &mut reader);
    // The kernel tells of a loss in front of the next event that it has room for.
    thread::scope(|scope| {
        for cpu in cpus() {
            let object = &object;
            scope.spawn(move || {
                pin(cpu);
                maps_object::run(object, "fill_perf", 1);
            });
        }
    });
    consumed += drain(&mut reader);
    let (produced, dropped) = counters(&object);
    assert!(consumed > 0);
    assert_eq!(reader.lost(), dropped);
    assert_eq!(told.load(Ordering::Relaxed), dropped);
    assert_eq!(produced, consumed + dropped);
}
