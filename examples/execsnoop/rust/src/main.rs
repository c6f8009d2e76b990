//! execsnoop [PPID]: every program that is executed, or those that the process PPID executes.

use execsnoop_bpf::{Event, Execsnoop};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut open = Execsnoop::open()?;
    if let Some(ppid) = std::env::args().nth(1) {
        open.rodata_mut().target_ppid = ppid.parse()?;
    }
    let mut skel = open.load()?;
    let events = skel.maps().events().reader()?;
    let stop = events.stop_handle();
    ctrlc::set_handler(move || stop.stop())?;
    skel.attach()?;
    eprintln!("tracing exec, Ctrl-C ends it");

    for event in events {
        print(&event?);
    }
    for entry in skel.maps().exec_counts().iter()? {
        let (uid, count) = entry?;
        println!("count\t{uid}\t{count}");
    }
    println!("total\t{}", skel.bss().total().get());
    Ok(())
}

fn print(event: &Event) {
    let Event {
        timestamp,
        pid,
        ppid,
        uid,
        comm,
        ..
    } = event;
    let argv = &event.argv.all_bytes()[..event.argv_bytes as usize];
    let argv = String::from_utf8_lossy(argv.strip_suffix(&[0]).unwrap_or(argv)).replace('\0', " ");
    println!("{timestamp}\t{pid}\t{ppid}\t{uid}\t{comm}\t{argv}");
}
