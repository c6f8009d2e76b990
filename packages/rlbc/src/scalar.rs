use std::fmt;
use std::hash::{Hash, Hasher};

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A C `_Bool`: one byte, where Rust's `bool` may not hold what a kernel wrote there if it is neither 0 nor 1.
#[derive(
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
    Unaligned,
)]
#[repr(transparent)]
pub struct Bool(u8);

impl Bool {
    /// As C reads it: anything but 0 is true.
    #[must_use]
    pub const fn get(self) -> bool {
        self.0 != 0
    }

    /// The C representation of `value`.
    #[must_use]
    pub const fn new(value: bool) -> Self {
        Self(value as u8)
    }
}

impl From<bool> for Bool {
    fn from(value: bool) -> Self {
        Self::new(value)
    }
}

impl From<Bool> for bool {
    fn from(value: Bool) -> Self {
        value.get()
    }
}

impl fmt::Debug for Bool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.get(), f)
    }
}

impl fmt::Display for Bool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.get(), f)
    }
}

/// A pointer of a BPF program: an address in the kernel or in some process, never one to follow from here.
#[derive(
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(transparent)]
pub struct Address(pub u64);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::LowerHex for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

/// Bytes between two members. They belong to no value: all paddings are equal, and a new one is zero, as the keys of
/// hash maps need it.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(transparent)]
pub struct Padding<const N: usize>([u8; N]);

impl<const N: usize> Padding<N> {
    /// `N` zero bytes.
    pub const ZERO: Self = Self([0; N]);
}

impl<const N: usize> Default for Padding<N> {
    fn default() -> Self {
        Self::ZERO
    }
}

impl<const N: usize> PartialEq for Padding<N> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<const N: usize> Eq for Padding<N> {}

impl<const N: usize> Hash for Padding<N> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl<const N: usize> fmt::Debug for Padding<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{N} bytes of padding>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bool_that_is_neither_0_nor_1_is_true() {
        let garbage = Bool::read_from_bytes(&[0x40]).unwrap();
        assert!(garbage.get());
        assert_eq!(format!("{garbage:?} {}", Bool::new(false)), "true false");
    }

    #[test]
    fn an_address_prints_as_hex_everywhere() {
        assert_eq!(
            format!("{0:?} {0} {0:x}", Address(0xffff_8000)),
            "0xffff8000 0xffff8000 ffff8000"
        );
    }

    #[test]
    fn padding_is_no_part_of_a_value() {
        let dirty = Padding::<2>::read_from_bytes(&[1, 2]).unwrap();
        assert_eq!(dirty, Padding::ZERO);
        assert_eq!(Padding::<2>::default().as_bytes(), [0, 0]);
    }
}
