//! Every kind of map, with the operations that it has, by the programs in kinds.bpf.o.

#[path = "support/cgroups.rs"]
mod cgroups;
#[path = "support/skip.rs"]
mod skip;
mod support;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd as _, AsRawFd as _, FromRawFd as _, OwnedFd};
use std::path::PathBuf;

use cgroups::cgroups;
use rlbc::zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use rlbc::{
    ArrayMap, BloomFilter, ErrorCode, KeyedMap, MapFlags, MapHandle, MapOfMaps, Object, OpenObject,
    OpenOptions, ProgramArray, QueueMap, TestInput, UserRing, kind,
};
use skip::{skip, version};

#[derive(Clone, Copy, Debug, Default, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Prefix {
    bits: u32,
    address: [u8; 4],
}

#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Command {
    number: u32,
    operand: u32,
}

/// A folder of the BPF file system, removed when dropped.
struct Pins(PathBuf);

impl Pins {
    fn new(test: &str) -> Self {
        let folder = PathBuf::from(format!("/sys/fs/bpf/rlbc-{test}-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    /// Opens the object, without the maps that this kernel lacks and the programs that use them.
    fn open(&self) -> OpenObject {
        let options = OpenOptions::new().pin_root(&self.0);
        let mut open = support::open_with("kinds", &options);
        for (since, map, program) in [
            (version(5, 11), "by_task", Some("mark_task")),
            (version(5, 16), "seen", Some("remember")),
            (version(6, 1), "commands", Some("take_commands")),
            (version(6, 2), "by_cgroup", None),
        ] {
            let has = since.is_none();
            open.map_mut(map).set_autocreate(has).unwrap();
            if let Some(program) = program {
                open.program_mut(program).set_autoload(has);
            }
        }
        open
    }

    fn load(&self) -> Object {
        self.open().load().unwrap()
    }
}

impl Drop for Pins {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.0.join("lbc_shared"));
        let _ = fs::remove_dir(&self.0);
    }
}

/// What a program returns on a packet of so many bytes behind its Ethernet header.
fn run(object: &Object, program: &'static str, length: usize) -> u32 {
    let program = object.program::<kind::SocketFilter>(program);
    let packet = vec![0; 14 + length];
    program.test_run(&packet).unwrap().return_value
}

// parity: maps.lpm
#[test]
fn a_trie_finds_the_longest_prefix() {
    let pins = Pins::new("trie");
    let object = pins.load();
    let routes = KeyedMap::<Prefix, u32>::new(object.map("routes").unwrap()).unwrap();
    for (bits, value) in [(8, 1), (16, 2)] {
        let address = [10, if bits == 8 { 0 } else { 1 }, 0, 0];
        let prefix = Prefix { bits, address };
        routes.update(&prefix, &value, MapFlags::ANY).unwrap();
    }
    assert_eq!(run(&object, "route", 50), 2);
    assert_eq!(routes.keys().unwrap().count(), 2);
    let near = Prefix {
        bits: 32,
        address: [10, 9, 9, 9],
    };
    assert_eq!(routes.lookup(&near).unwrap(), Some(1));
}

// parity: maps.queue, maps.bloom
#[test]
fn queues_stacks_and_bloom_filters_keep_what_they_are_given() {
    if skip(version(5, 16)) {
        return;
    }
    let pins = Pins::new("queue");
    let object = pins.load();
    let queue = QueueMap::<u64>::new(object.map("queue").unwrap()).unwrap();
    let lifo = QueueMap::<u64>::new(object.map("lifo").unwrap()).unwrap();
    let seen = BloomFilter::<u64>::new(object.map("seen").unwrap()).unwrap();
    assert_eq!(run(&object, "remember", 100), 0);
    seen.insert(&200).unwrap();
    assert_eq!(run(&object, "remember", 200), 1);
    assert!(seen.may_contain(&200).unwrap());
    let taken = |map: &QueueMap<u64>| [(); 3].map(|()| map.pop().unwrap());
    assert_eq!(taken(&queue), [Some(100), Some(200), None]);
    assert_eq!(taken(&lifo), [Some(200), Some(100), None]);
}

// parity: maps.map-in-map
#[test]
fn maps_in_maps_hold_maps_by_key() {
    let pins = Pins::new("nested");
    let object = pins.load();
    let inner = KeyedMap::<u32, u64>::new(object.map("inner").unwrap()).unwrap();
    let tables = MapOfMaps::<u32>::new(object.map("tables").unwrap()).unwrap();
    let named = MapOfMaps::<u64>::new(object.map("named_tables").unwrap()).unwrap();
    assert_eq!(run(&object, "nested", 50), 0);
    assert_eq!(named.id(&5).unwrap(), None);
    named.set(&5, inner.raw()).unwrap();
    assert_eq!(named.id(&5).unwrap(), tables.id(&1).unwrap());
    assert_eq!(run(&object, "nested", 50), 2 + 3);
    assert_eq!(inner.lookup(&7).unwrap(), Some(3));
    assert!(named.clear(&5).unwrap() && !named.clear(&5).unwrap());
    assert_eq!(run(&object, "nested", 50), 4);
}

// parity: maps.program-array, programs.tail-call
#[test]
fn tail_calls_go_to_the_programs_in_the_slots() {
    let pins = Pins::new("tails");
    let object = pins.load();
    let steps = ProgramArray::new(object.map("steps").unwrap()).unwrap();
    assert_eq!((run(&object, "first", 1), run(&object, "first", 2)), (2, 1));
    let third = object.program::<kind::SocketFilter>("third");
    steps.set(2, &third).unwrap();
    assert_eq!(run(&object, "first", 2), 3);
    assert!(steps.clear(1).unwrap() && !steps.clear(1).unwrap());
    assert_eq!(run(&object, "first", 1), 1);
}

// parity: maps.user-ring
#[test]
fn programs_read_the_records_that_user_space_writes() {
    if skip(version(6, 1)) {
        return;
    }
    let pins = Pins::new("commands");
    let object = pins.load();
    let commands = UserRing::<Command>::new(object.map("commands").unwrap()).unwrap();
    let take = object.program::<kind::RawTracepoint>("take_commands");
    for operand in [3, 4] {
        commands.send(&Command { number: 1, operand }).unwrap();
    }
    let taken = || take.test_run_with(TestInput::new()).unwrap().return_value;
    assert_eq!(taken(), 2);
    let bss = object.globals(".bss");
    let sums = [0, 8].map(|offset| bss.at::<u64>(offset).get());
    assert!(sums.contains(&7) && sums.contains(&2), "{sums:?}");
    let full = (0..1000).find_map(|_| commands.send(&Command::default()).err());
    assert_eq!(full.unwrap().code(), ErrorCode::MapFailed);
    // A record of 8 bytes has a header of 8.
    assert_eq!(taken(), 4096 / 16);
}

// parity: maps.mapped
#[test]
fn a_mapped_array_is_memory_that_programs_share() {
    let pins = Pins::new("mapped");
    let object = pins.load();
    let array = ArrayMap::<u64>::new(object.map("mapped").unwrap()).unwrap();
    let memory = array.mapped().unwrap();
    run(&object, "write_mapped", 50);
    let last = memory.at(599).unwrap();
    assert_eq!((last.get(), array.lookup(599).unwrap()), (50, Some(50)));
    memory.at(3).unwrap().set(9);
    assert_eq!(array.lookup(3).unwrap(), Some(9));
    assert!(memory.at(600).is_none());
    drop((array, object));
    assert_eq!(memory.at(599).unwrap().get(), 50);

    let maps = support::open("maps").load().unwrap();
    let plain = ArrayMap::<[u64; 3]>::new(maps.map("array_map").unwrap()).unwrap();
    assert_eq!(plain.mapped().unwrap_err().code(), ErrorCode::System);
}

// parity: maps.task-storage, maps.socket-storage, maps.cgroup-storage
#[test]
fn storage_is_found_by_the_descriptor_of_a_task_a_socket_or_a_cgroup() {
    if skip(version(6, 2)) {
        return;
    }
    let pins = Pins::new("storage");
    let object = pins.load();
    let storage = |map| KeyedMap::<i32, u64>::new(object.map(map).unwrap()).unwrap();
    // SAFETY: the call takes no pointer; the descriptor is new.
    let task = unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, libc::getpid(), 0);
        OwnedFd::from_raw_fd(i32::try_from(fd).unwrap())
    };
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let cgroup = fs::File::open(cgroups()).unwrap();
    for (map, fd) in [
        ("by_task", task.as_fd()),
        ("by_socket", socket.as_fd()),
        ("by_cgroup", cgroup.as_fd()),
    ] {
        let (values, key) = (storage(map), fd.as_raw_fd());
        values.update(&key, &7, MapFlags::ANY).unwrap();
        assert_eq!(values.lookup(&key).unwrap(), Some(7), "{map}");
        assert!(values.delete(&key).unwrap());
    }
    let groups = KeyedMap::<u32, i32>::new(object.map("cgroups").unwrap()).unwrap();
    groups
        .update(&0, &cgroup.as_raw_fd(), MapFlags::ANY)
        .unwrap();
}

// parity: maps.devices, maps.sockets
#[test]
fn maps_for_redirection_take_devices_cpus_and_sockets() {
    let pins = Pins::new("redirect");
    let object = pins.load();
    // SAFETY: the name ends with a zero byte.
    let loopback = unsafe { libc::if_nametoindex(c"lo".as_ptr()) };
    for (map, value) in [("devices", [loopback, 0]), ("cpus", [64, 0])] {
        let map = KeyedMap::<u32, [u32; 2]>::new(object.map(map).unwrap()).unwrap();
        map.update(&0, &value, MapFlags::ANY).unwrap();
        assert_eq!(map.lookup(&0).unwrap().unwrap()[0], value[0]);
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let sockets = KeyedMap::<u32, u64>::new(object.map("sockets").unwrap()).unwrap();
    let fd = client.as_raw_fd() as u64;
    sockets.update(&2, &fd, MapFlags::ANY).unwrap();
    assert!(sockets.delete(&2).unwrap());
}

// parity: maps.batch, maps.iterate
#[test]
fn entries_are_set_and_removed_in_batches_and_while_they_are_walked() {
    let pins = Pins::new("batch");
    let object = pins.load();
    let inner = KeyedMap::<u32, u64>::new(object.map("inner").unwrap()).unwrap();
    let entries: Vec<_> = (0..8).map(|key| (key, u64::from(key) * 2)).collect();
    inner.update_many(&entries).unwrap();
    inner.update_many(&[]).unwrap();
    let mut all = inner.entries().unwrap();
    all.sort_unstable();
    assert_eq!(all, entries);
    inner.delete_many(&[0, 1, 2]).unwrap();
    inner.delete_many(&[]).unwrap();
    assert!(inner.delete_many(&[0]).is_err());
    let mut walked = 0;
    for key in inner.keys().unwrap() {
        inner.delete(&key.unwrap()).unwrap();
        walked += 1;
        assert!(walked <= 8);
    }
    assert!(walked >= 5);
    inner.update_many(&entries).unwrap();
    assert_eq!(inner.drain().unwrap().len(), 8);
    assert_eq!(inner.entries().unwrap(), []);
    let many: Vec<_> = (0..20).map(|key| (key, 0)).collect();
    let full = inner.update_many(&many).unwrap_err();
    assert_eq!(full.code(), ErrorCode::MapFailed);
}

// parity: maps.pin, maps.open-pinned
#[test]
fn a_pinned_map_is_used_again_and_opened_without_an_object() {
    let pins = Pins::new("pinned");
    let path = pins.0.join("lbc_shared");
    let loader = pins.load();
    let shared = KeyedMap::<u32, u64>::new(loader.map("lbc_shared").unwrap()).unwrap();
    shared.update(&1, &10, MapFlags::ANY).unwrap();
    // As another process would.
    let handle = MapHandle::from_pinned_path(&path).unwrap();
    let front_end = KeyedMap::<u32, u64>::from_handle(handle).unwrap();
    assert_eq!(front_end.lookup(&1).unwrap(), Some(10));
    drop((shared, loader));
    let again = pins.load();
    let shared = KeyedMap::<u32, u64>::new(again.map("lbc_shared").unwrap()).unwrap();
    assert_eq!(shared.lookup(&1).unwrap(), Some(10));
    let wrong = MapHandle::from_pinned_path(&path).unwrap();
    let wrong = KeyedMap::<u64, u64>::from_handle(wrong).unwrap_err();
    assert_eq!(wrong.code(), ErrorCode::SizeMismatch);
}

// parity: maps.reuse, maps.max-entries, maps.autocreate
#[test]
fn a_map_of_another_object_is_reused_and_what_is_decided_before_load_holds() {
    let (first, second) = (Pins::new("owner"), Pins::new("user"));
    let owner = first.load();
    let inner = KeyedMap::<u32, u64>::new(owner.map("inner").unwrap()).unwrap();
    let mut user = second.open();
    let handle = inner.raw().handle().unwrap();
    user.map_mut("inner").reuse_fd(handle.as_fd()).unwrap();
    user.map_mut("lbc_shared").set_max_entries(2).unwrap();
    user.map_mut("xdp_sockets").set_autocreate(false).unwrap();
    let user = user.load().unwrap();
    let reused = KeyedMap::<u32, u64>::new(user.map("inner").unwrap()).unwrap();
    inner.update(&1, &5, MapFlags::ANY).unwrap();
    assert_eq!(reused.lookup(&1).unwrap(), Some(5));
    let small = KeyedMap::<u32, u64>::new(user.map("lbc_shared").unwrap()).unwrap();
    assert!(small.update_many(&[(1, 1), (2, 2), (3, 3)]).is_err());
    let missing = user.map("xdp_sockets").unwrap();
    assert_eq!(
        missing.handle().unwrap_err().code(),
        ErrorCode::MapNotCreated
    );
}

// parity: maps.freeze
#[test]
fn a_frozen_map_is_read_only() {
    let pins = Pins::new("frozen");
    let object = pins.load();
    let inner = KeyedMap::<u32, u64>::new(object.map("inner").unwrap()).unwrap();
    inner.raw().handle().unwrap().freeze().unwrap();
    let refused = inner.update(&1, &1, MapFlags::ANY).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::MapFailed);
}
