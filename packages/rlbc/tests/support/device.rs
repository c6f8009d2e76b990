//! A pair of virtual Ethernet devices.

use std::ffi::CString;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// One end of the pair, removed when dropped.
pub struct Device(String);

impl Device {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("rl{}n{number}", std::process::id());
        let peer = format!("{name}p");
        ip(&["link", "add", &name, "type", "veth", "peer", "name", &peer]);
        for end in [&name, &peer] {
            ip(&["link", "set", end, "up"]);
        }
        Self(name)
    }

    pub fn index(&self) -> u32 {
        let name = CString::new(self.0.as_str()).unwrap();
        // SAFETY: the name ends with a zero byte.
        unsafe { libc::if_nametoindex(name.as_ptr()) }
    }

    /// What `ip link` says of it.
    pub fn shown(&self) -> String {
        ip(&["link", "show", &self.0])
    }

    /// Sends a packet into the other end.
    pub fn receive(&self) {
        let socket = rlbc::open_packet_socket(&format!("{}p", self.0)).unwrap();
        let packet = [0xff_u8; 60];
        // SAFETY: the packet lives during the call.
        let sent = unsafe {
            use std::os::fd::AsRawFd as _;
            libc::send(socket.as_raw_fd(), packet.as_ptr().cast(), packet.len(), 0)
        };
        assert_eq!(sent, packet.len() as isize);
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        ip(&["link", "del", &self.0]);
    }
}

fn ip(words: &[&str]) -> String {
    let done = Command::new("ip").args(words).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap()
}
