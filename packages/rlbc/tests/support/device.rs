//! A pair of virtual Ethernet devices.

use std::ffi::CString;
use std::fs::File;
use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::ip::ip;

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
        File::from(socket).write_all(&[0xff; 60]).unwrap();
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        ip(&["link", "del", &self.0]);
    }
}
