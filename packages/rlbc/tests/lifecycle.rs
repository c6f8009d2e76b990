//! Nothing stays behind: not after many rounds, nor after an error at any step.
//!
//! `LBC_ROUNDS=1000` makes as many rounds as the long set.

#[path = "support/kernel_objects.rs"]
mod kernel_objects;
mod support;

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel_objects::{Held, footprint, held, survivors};
use rlbc::{
    ErrorCode, NewLinks, OpenObject, OpenOptions, PerfEventArray, RecordSize, RingBuffer,
    UprobeTarget, kind,
};

/// The tests count what the whole process has, so they run one after the other.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn rounds() -> usize {
    std::env::var("LBC_ROUNDS").map_or(50, |rounds| rounds.parse().unwrap())
}

/// How far a round goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Open,
    Load,
    Attach,
    Read,
}

/// Open, load, attach, read; whatever was reached is dropped at the end.
fn round(last: Step, seen: &mut BTreeSet<Held>) {
    let (attach, maps) = (support::open("attach"), support::open("maps"));
    if last == Step::Open {
        return;
    }
    let (attach, maps) = (attach.load().unwrap(), maps.load().unwrap());
    let size = RecordSize::at_least(0);
    let events = RingBuffer::<[u8]>::new(attach.map("events").unwrap(), size).unwrap();
    let perf = PerfEventArray::<[u8]>::new(maps.map("perf").unwrap(), size).unwrap();
    seen.extend(held());
    if last == Step::Load {
        return;
    }
    let (mut tracepoint, mut tp_btf) = (None, None);
    let mut new = NewLinks::default();
    let program = attach.program::<kind::Tracepoint>("on_tracepoint");
    new.program(&mut tracepoint, program).unwrap();
    let program = attach.program::<kind::Tracing>("on_tp_btf");
    new.program(&mut tp_btf, program).unwrap();
    new.keep();
    seen.extend(held());
    if last == Step::Attach {
        return;
    }
    let fill = maps.program::<kind::SocketFilter>("fill_perf");
    fill.test_run(&[0; 64]).unwrap();
    let (mut reader, mut other) = (perf.reader().unwrap(), events.reader().unwrap());
    let event = reader.next_timeout(Duration::from_secs(5)).unwrap();
    assert!(event.is_some());
    assert!(other.try_next().is_ok());
    seen.extend(held());
}

/// Runs `action` as often as asked; no descriptor, mapping or BPF object is left of it.
fn leaves_nothing(times: usize, mut action: impl FnMut(&mut BTreeSet<Held>)) {
    let _alone = alone();
    // What is made once and kept.
    round(Step::Read, &mut BTreeSet::new());
    let (before, mut seen) = (footprint(), BTreeSet::new());
    for _ in 0..times {
        action(&mut seen);
    }
    assert_eq!(footprint(), before);
    assert_eq!(survivors(seen), BTreeSet::new());
}

// parity: errors.rounds
#[test]
fn rounds_leave_nothing_behind() {
    let mut links = 0;
    leaves_nothing(rounds(), |seen| {
        let mut own = BTreeSet::new();
        round(Step::Read, &mut own);
        links += own.iter().filter(|(kind, _)| kind == "link_id").count();
        seen.extend(own);
    });
    assert!(links >= rounds(), "{links} links were seen");
}

#[test]
fn a_round_that_ends_after_any_step_leaves_nothing_behind() {
    for last in [Step::Open, Step::Load, Step::Attach] {
        leaves_nothing(rounds().div_ceil(10), |seen| round(last, seen));
    }
}

// parity: errors.failures
#[test]
fn a_step_that_fails_leaves_nothing_behind() {
    leaves_nothing(rounds().div_ceil(10), |_| {
        assert!(OpenObject::new("bad", b"not an ELF file", &OpenOptions::new()).is_err());

        let mut refused = support::open("refused");
        refused.program_mut("unbounded_index").set_autoload(true);
        let error = refused.load().unwrap_err();
        assert_eq!(error.code(), ErrorCode::VerifierRejected);

        let mut large = support::open("maps");
        let mut map = large.map_mut("hash_map");
        map.set_max_entries(1 << 31).unwrap();
        assert_eq!(large.load().unwrap_err().code(), ErrorCode::LoadFailed);

        let attach = support::open("attach").load().unwrap();
        let uprobe = attach.program::<kind::Uprobe>("on_uprobe");
        let nowhere = UprobeTarget::function("/no/such/file", "exit");
        assert!(uprobe.attach_to(&nowhere).is_err());

        let maps = support::open("maps").load().unwrap();
        let size = RecordSize::at_least(0);
        let perf = PerfEventArray::<[u8]>::new(maps.map("perf").unwrap(), size).unwrap();
        let odd = perf.reader_with_pages(3).unwrap_err();
        assert_eq!(odd.code(), ErrorCode::System);
    });
}

/// The child of the test below: attaches, tells what it holds, and waits to be killed.
#[test]
#[ignore = "the test below runs it in a process of its own"]
fn attach_and_wait() {
    let object = support::open("attach").load().unwrap();
    let _link = object
        .program::<kind::Tracing>("on_tp_btf")
        .attach()
        .unwrap();
    let objects = held();
    let words = objects.iter().map(|(kind, id)| format!("{kind}={id}"));
    println!("\nheld {}", words.collect::<Vec<_>>().join(" "));
    // SAFETY: it ends this process, which nothing outlives.
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
}

#[test]
fn the_kernel_frees_what_a_killed_process_had() {
    let _alone = alone();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "attach_and_wait"])
        .stdout(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(child.status.signal(), Some(libc::SIGKILL));
    let text = String::from_utf8(child.stdout).unwrap();
    let words = text.lines().find_map(|line| line.strip_prefix("held "));
    let objects: BTreeSet<Held> = words
        .unwrap()
        .split(' ')
        .filter_map(|word| word.split_once('='))
        .map(|(kind, id)| (kind.to_owned(), id.parse().unwrap()))
        .collect();
    assert!(objects.iter().any(|(kind, _)| kind == "link_id"));
    assert_eq!(survivors(objects), BTreeSet::new());
}
