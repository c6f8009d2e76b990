//! xdpdrop INTERFACE [ADDRESS]...: drops what the addresses send, and counts packets by source, until Ctrl-C.

#[allow(dead_code)] // it has the whole object, of which a program uses a part
mod skel;

use anyhow::Context;
use rlbc::MapFlags;
use skel::Xdpdrop;
use std::{net::Ipv4Addr, sync::mpsc};

fn main() -> anyhow::Result<()> {
    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || stop.send(()).expect("main waits for it"))?;
    let mut arguments = std::env::args().skip(1);
    let interface = arguments
        .next()
        .context("usage: xdpdrop INTERFACE [ADDRESS]...")?;

    let skel = Xdpdrop::open()?.load()?;
    for text in arguments {
        let address: Ipv4Addr = text.parse()?;
        let key = u32::from_ne_bytes(address.octets());
        skel.maps().blocked().update(&key, &1, MapFlags::ANY)?;
    }
    let _link = skel.progs().filter().attach_to_interface(&interface)?;
    eprintln!("tracing packets, Ctrl-C ends it");
    stopped.recv()?;

    println!("{:<16}{:>10}{:>10}", "SOURCE", "PASSED", "DROPPED");
    for entry in skel.maps().sources().iter()? {
        let (source, verdicts) = entry?;
        let source = rlbc::ipv4(source).to_string();
        println!(
            "{source:<16}{:>10}{:>10}",
            verdicts.passed, verdicts.dropped
        );
    }
    Ok(())
}
