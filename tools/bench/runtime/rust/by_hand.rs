//! libbpf-rs as one writes it by hand: callbacks, bytes, and a struct of one's own.

mod measure;

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;

use libbpf_rs::{MapCore as _, MapFlags, Object, ObjectBuilder, ProgramInput, RingBufferBuilder};
use measure::{EVENTS, drained, loaded, one_by_one};

/// As runtime.bpf.c has it.
#[repr(C)]
#[derive(Clone, Copy)]
struct Event {
    number: u64,
    time: u64,
    pid: u32,
    cpu: u32,
    result: i32,
    flags: u32,
}

fn load(path: &Path) -> Object {
    let mut builder = ObjectBuilder::default();
    builder.open_file(path).unwrap().load().unwrap()
}

fn events(path: &Path) {
    let object = load(path);
    let map = object.maps().find(|map| map.name() == "events").unwrap();
    let program = object.progs_mut().find(|program| program.name() == "fill");
    let program = program.unwrap();
    let sum = Rc::new(Cell::new(0_i64));
    let seen = sum.clone();
    let mut builder = RingBufferBuilder::new();
    let on_event = move |data: &[u8]| {
        // SAFETY: the program sends whole events.
        let event = unsafe { data.as_ptr().cast::<Event>().read_unaligned() };
        let small = i64::from(event.pid) + i64::from(event.cpu);
        let signed = i64::from(event.result) + i64::from(event.flags);
        seen.set(seen.get() + (event.number + event.time) as i64 + small + signed);
        0
    };
    builder.add(&map, on_event).unwrap();
    let ring = builder.build().unwrap();
    let fill = || {
        let packet = [0; 64];
        let input = ProgramInput {
            data_in: Some(&packet),
            repeat: EVENTS as u32,
            ..ProgramInput::default()
        };
        program.test_run(input).unwrap();
    };
    drained("batches", fill, || {
        sum.set(0);
        ring.consume().unwrap();
        sum.get()
    });
}

fn maps(path: &Path) {
    let object = load(path);
    let map = object.maps().find(|map| map.name() == "counts").unwrap();
    one_by_one(
        |key, value| {
            let (key, value) = (key.to_ne_bytes(), value.to_ne_bytes());
            map.update(&key, &value, MapFlags::ANY).unwrap();
        },
        |key| {
            let value = map.lookup(&key.to_ne_bytes(), MapFlags::ANY).unwrap();
            u64::from_ne_bytes(value.unwrap().try_into().unwrap())
        },
    );
}

fn main() {
    let mut words = std::env::args().skip(1);
    let (subject, path) = (words.next().unwrap(), words.next().unwrap());
    let path = Path::new(&path);
    match subject.as_str() {
        "events" => events(path),
        "maps" => maps(path),
        _ => loaded(|| {
            let object = load(path);
            let links: Vec<_> = object
                .progs_mut()
                .map(|program| program.attach().unwrap())
                .collect();
            drop(links);
        }),
    }
}
