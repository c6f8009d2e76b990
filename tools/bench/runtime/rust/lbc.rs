//! rlbc as a peer: events and maps, with the generated crate as a module.

#[allow(dead_code)] // each peer uses a part of it
mod measure;
#[allow(dead_code)] // it has the whole object, of which a program uses a part
mod runtime;

use measure::{ENTRIES, EVENTS, ROUNDS, drained, one_by_one, report, timed};
use rlbc::{EventReader, MapFlags, TestInput};
use runtime::{Event, Runtime};

fn sum_of(event: &Event) -> i64 {
    (event.number + event.time) as i64
        + i64::from(event.pid)
        + i64::from(event.cpu)
        + i64::from(event.result)
        + i64::from(event.flags)
}

fn events(measure: &str, drain: fn(&mut EventReader<Event>) -> i64) {
    let skel = Runtime::open().unwrap().load().unwrap();
    let mut reader = skel.maps().events().reader().unwrap();
    let input = TestInput::new().data(&[0; 64]).repeat(EVENTS as u32);
    let fill = || drop(skel.progs().fill().test_run_with(input).unwrap());
    drained(measure, fill, || drain(&mut reader));
}

fn singles(reader: &mut EventReader<Event>) -> i64 {
    let events = reader.into_iter().take(EVENTS as usize);
    events.map(|event| sum_of(&event.unwrap())).sum()
}

fn batches(reader: &mut EventReader<Event>) -> i64 {
    let mut sum = 0;
    reader
        .poll(std::time::Duration::ZERO, |event| sum += sum_of(event))
        .unwrap();
    sum
}

fn maps() {
    let skel = Runtime::open().unwrap().load().unwrap();
    let counts = skel.maps().counts();
    one_by_one(
        |key, value| counts.update(&key, &value, MapFlags::ANY).unwrap(),
        |key| counts.lookup(&key).unwrap().unwrap(),
    );
    let count = ROUNDS * u64::from(ENTRIES);
    let all: Vec<_> = (0..ENTRIES).map(|key| (key, u64::from(key))).collect();
    let update = || (0..ROUNDS).for_each(|_| counts.update_many(&all).unwrap());
    report("batch update", count, timed(update).0, 0);
    let read = |_| counts.entries().unwrap();
    let (took, sum) = timed(|| {
        let entries = (0..ROUNDS).flat_map(read);
        entries
            .map(|(key, value)| u64::from(key) + value)
            .sum::<u64>()
    });
    report("batch lookup", count, took, sum as i64);
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("maps") => maps(),
        _ => {
            events("single events", singles);
            events("batches", batches);
        }
    }
}
