//! profile [PID]: the stacks that CPUs run, all or those of the process PID, folded, until Ctrl-C.

#[allow(dead_code)] // it has the whole object, of which a program uses a part
mod skel;

use rlbc::{Frame, Symbolizer};
use skel::Profile;
use std::sync::mpsc;

fn main() -> anyhow::Result<()> {
    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || stop.send(()).expect("main waits for it"))?;
    let mut open = Profile::open()?;
    if let Some(pid) = std::env::args().nth(1) {
        open.rodata_mut().target_pid = pid.parse()?;
    }
    let skel = open.load()?;
    let _links = skel.progs().on_clock().attach_at_frequency(99)?;
    eprintln!("tracing 99 times a second, Ctrl-C ends it");
    stopped.recv()?;

    let symbols = Symbolizer::new();
    let stacks = skel.maps().stacks();
    for entry in skel.maps().counts().iter()? {
        let (sample, count) = entry?;
        let mut names = vec![sample.comm.to_string()];
        if let Some(stack) = stacks.lookup(sample.user_stack)? {
            // Of a process that has ended, nothing has a name.
            names.extend(folded(
                symbols.process(sample.pid, &stack).unwrap_or_default(),
            ));
        }
        if let Some(stack) = stacks.lookup(sample.kernel_stack)? {
            names.extend(folded(symbols.kernel(&stack)?));
        }
        println!("{} {count}", names.join(";"));
    }
    Ok(())
}

/// The functions of a stack from the outside in.
fn folded(frames: Vec<Frame>) -> impl Iterator<Item = String> {
    let name = |frame: Frame| frame.function.unwrap_or_else(|| "[unknown]".into());
    frames.into_iter().rev().map(name)
}
