//! sockcount INTERFACE: the packets that arrive at it, by protocol, until Ctrl-C.

#[allow(dead_code)] // it has the whole object, of which a program uses a part
mod skel;

use skel::Sockcount;
use std::sync::mpsc;

fn main() -> anyhow::Result<()> {
    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || stop.send(()).expect("main waits for it"))?;
    let interface = std::env::args().nth(1).unwrap_or_else(|| "lo".into());
    let socket = rlbc::open_packet_socket(&interface)?;
    let skel = Sockcount::open()?.load()?;
    skel.progs().on_packet().attach_to(&socket)?;
    eprintln!("tracing packets, Ctrl-C ends it");
    stopped.recv()?;

    println!(
        "{:>8} {:<12}{:>10}{:>12}",
        "PROTOCOL", "", "PACKETS", "BYTES"
    );
    for entry in skel.maps().protocols().iter()? {
        let (protocol, cpus) = entry?;
        let packets: u64 = cpus.iter().map(|cpu| cpu.packets).sum();
        let bytes: u64 = cpus.iter().map(|cpu| cpu.octets).sum();
        println!(
            "{protocol:>8} {:<12}{packets:>10}{bytes:>12}",
            name(protocol)
        );
    }
    Ok(())
}

fn name(protocol: u8) -> &'static str {
    match protocol {
        1 => "icmp",
        6 => "tcp",
        17 => "udp",
        58 => "ipv6-icmp",
        _ => "",
    }
}
