//! tcplife [PORT]: every TCP connection that ends, or those from and to PORT.

#[allow(dead_code)] // it has the whole object, of which a program uses a part
mod skel;

use skel::{Address, Tcplife};
use std::net::IpAddr;

fn main() -> anyhow::Result<()> {
    let mut open = Tcplife::open()?;
    if let Some(port) = std::env::args().nth(1) {
        open.rodata_mut().target_port = port.parse()?;
    }
    let mut skel = open.load()?;
    let events = skel.maps().events().reader()?;
    skel.attach()?;

    println!(
        "{:<7} {:<16} {:<16} {:<5} {:<16} {:<5} {:>9} {:>9} {:>7}",
        "PID", "COMM", "LOCAL", "PORT", "REMOTE", "PORT", "SENT", "RECEIVED", "MS"
    );
    for event in events {
        let e = event?;
        println!(
            "{:<7} {:<16} {:<16} {:<5} {:<16} {:<5} {:>9} {:>9} {:>7.1}",
            e.pid,
            e.comm,
            ip(&e.local, e.version),
            e.local_port,
            ip(&e.remote, e.version),
            e.remote_port,
            e.sent,
            e.received,
            e.microseconds as f64 / 1000.0
        );
    }
    Ok(())
}

fn ip(address: &Address, version: u32) -> IpAddr {
    match version {
        6 => rlbc::ipv6(address.v6()).into(),
        _ => rlbc::ipv4(address.v4()).into(),
    }
}
