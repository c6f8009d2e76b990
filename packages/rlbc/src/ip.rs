use std::net::{Ipv4Addr, Ipv6Addr};

use crate::Plain;

/// The address in a `__be32`, a `struct in_addr` or a `u8[4]` of a program.
///
/// The kernel keeps addresses in network byte order, so the bytes are taken as they lie in memory.
///
/// ```
/// # use rlbc::ipv4;
/// assert_eq!(ipv4([127_u8, 0, 0, 1]).to_string(), "127.0.0.1");
/// assert_eq!(ipv4(0x7f00_0001_u32.to_be()).to_string(), "127.0.0.1");
/// ```
#[must_use]
pub fn ipv4<T: Plain>(address: T) -> Ipv4Addr {
    const { assert!(size_of::<T>() == 4, "an IPv4 address has four bytes") };
    let mut bytes = [0; 4];
    bytes.copy_from_slice(address.as_bytes());
    Ipv4Addr::from(bytes)
}

/// The address in a `struct in6_addr`, a `u8[16]` or an `__int128` of a program, in network byte order.
///
/// ```
/// # use rlbc::ipv6;
/// assert_eq!(ipv6(1_u128.to_be()).to_string(), "::1");
/// ```
#[must_use]
pub fn ipv6<T: Plain>(address: T) -> Ipv6Addr {
    const { assert!(size_of::<T>() == 16, "an IPv6 address has sixteen bytes") };
    let mut bytes = [0; 16];
    bytes.copy_from_slice(address.as_bytes());
    Ipv6Addr::from(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_its_bytes_whatever_type_the_program_gave_them() {
        let words = [0x2001_0db8_u32.to_be(), 0, 0, 1_u32.to_be()];
        assert_eq!(ipv6(words).to_string(), "2001:db8::1");
        assert_eq!(ipv6([0_u8; 16]), Ipv6Addr::UNSPECIFIED);
        assert_eq!(ipv4([10_u8, 0, 0, 255]), Ipv4Addr::new(10, 0, 0, 255));
    }
}
