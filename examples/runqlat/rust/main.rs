//! runqlat [PID]: how long threads wait for a CPU, all of them or those of the process PID, until Ctrl-C.

#[allow(dead_code)] // it has the whole object, of which a program uses a part
mod skel;

use skel::Runqlat;
use std::sync::mpsc;

fn main() -> anyhow::Result<()> {
    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || stop.send(()).expect("main waits for it"))?;
    let mut open = Runqlat::open()?;
    if let Some(pid) = std::env::args().nth(1) {
        open.rodata_mut().target_pid = pid.parse()?;
    }
    let mut skel = open.load()?;
    skel.attach()?;
    eprintln!("tracing waits for a CPU, Ctrl-C ends it");
    stopped.recv()?;

    println!("{}", skel.maps().latency().read()?.with_unit("usecs"));
    let cpus = skel.maps().cpus().lookup(0)?.unwrap_or_default();
    for (cpu, waits) in cpus.iter().enumerate() {
        let microseconds = waits.nanoseconds / 1000;
        println!("CPU {cpu}: {} waits, {microseconds} us", waits.count);
    }
    Ok(())
}
