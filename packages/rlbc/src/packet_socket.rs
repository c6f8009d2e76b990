//! Sockets for socket filters.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};

use crate::{Error, ErrorCode, Result};

/// Opens a raw socket that receives every packet of a network interface, such as `lo`; it needs CAP_NET_RAW. With a filter
/// that returns 0 for every packet it only shows them to the filter.
///
/// # Errors
/// [`ErrorCode::System`], as where there is no such interface.
pub fn open_packet_socket(interface: &str) -> Result<OwnedFd> {
    open(interface).map_err(|source| {
        let message = format!("cannot open a packet socket on interface {interface}");
        Error::new(ErrorCode::System, message).with_source(source)
    })
}

fn open(interface: &str) -> io::Result<OwnedFd> {
    let name = CString::new(interface)?;
    // SAFETY: the name ends with a zero byte, and lives during the call.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    if index == 0 {
        return Err(io::Error::last_os_error());
    }
    let protocol = (libc::ETH_P_ALL as u16).to_be();
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: the call takes no pointers.
    let fd = unsafe { libc::socket(libc::AF_PACKET, kind, i32::from(protocol)) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new, and nobody else's.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    let address = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: protocol,
        sll_ifindex: index as i32,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    let size = size_of_val(&address) as libc::socklen_t;
    // SAFETY: the address is of this size, and lives during the call.
    match unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), size) } {
        0 => Ok(socket),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read as _;
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn a_packet_socket_receives_what_is_sent_on_its_interface() {
        let mut packets = File::from(open_packet_socket("lo").unwrap());
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let text = b"a packet that only this test sends";
        receiver
            .send_to(text, receiver.local_addr().unwrap())
            .unwrap();
        let mut packet = [0; 2048];
        // Others may use the interface too; the socket does not wait once it has shown all.
        while let Ok(size) = packets.read(&mut packet) {
            if packet[..size].ends_with(text) {
                return;
            }
        }
        panic!("the packet did not come");
    }

    #[test]
    fn an_interface_that_does_not_exist_is_named_in_the_error() {
        let error = open_packet_socket("nosuch0").unwrap_err();
        assert_eq!(error.code(), ErrorCode::System);
        assert!(error.to_string().contains("nosuch0"), "{error}");
    }
}
