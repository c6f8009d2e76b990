//! opensnoop [PID]: every file that is opened, or those that the process PID opens.

#[allow(dead_code)] // it has the whole object, of which a program uses a part
mod skel;

use skel::Opensnoop;

fn main() -> anyhow::Result<()> {
    let mut open = Opensnoop::open()?;
    if let Some(pid) = std::env::args().nth(1) {
        open.rodata_mut().target_pid = pid.parse()?;
    }
    let mut skel = open.load()?;
    let events = skel.maps().events().reader()?;
    skel.attach()?;

    println!("{:<8}{:<17}{:>6} PATH", "PID", "COMM", "RESULT");
    for event in events {
        let event = event?;
        println!(
            "{:<8}{:<17}{:>6} {}",
            event.pid, event.comm, event.result, event.path
        );
    }
    Ok(())
}
