use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::Address;

/// A number in an object that was compiled for a big-endian target, whatever this machine is.
///
/// It has the size and the alignment of `T`; [`get`](Be::get) and [`new`](Be::new) swap where that is needed.
#[derive(
    Clone, Copy, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(transparent)]
pub struct Be<T>(T);

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl Be<$integer> {
            /// `value`, stored most significant byte first.
            #[must_use]
            pub const fn new(value: $integer) -> Self {
                Self(value.to_be())
            }

            /// The number in this machine's byte order.
            #[must_use]
            pub const fn get(self) -> $integer {
                <$integer>::from_be(self.0)
            }
        }

        numbers!($integer);
    )*};
}

macro_rules! numbers {
    ($number:ty) => {
        impl From<$number> for Be<$number> {
            fn from(value: $number) -> Self {
                Self::new(value)
            }
        }

        impl From<Be<$number>> for $number {
            fn from(value: Be<$number>) -> Self {
                value.get()
            }
        }

        impl fmt::Debug for Be<$number> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.get(), f)
            }
        }

        impl fmt::Display for Be<$number> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.get(), f)
            }
        }
    };
}

integers!(u16, i16, u32, i32, u64, i64, u128, i128);

impl Be<Address> {
    /// `address`, stored most significant byte first.
    #[must_use]
    pub const fn new(address: Address) -> Self {
        Self(Address(address.0.to_be()))
    }

    /// The address in this machine's byte order.
    #[must_use]
    pub const fn get(self) -> Address {
        Address(u64::from_be(self.0.0))
    }
}

numbers!(Address);

impl Be<f32> {
    /// `value`, stored most significant byte first.
    #[must_use]
    pub const fn new(value: f32) -> Self {
        Self(f32::from_bits(value.to_bits().to_be()))
    }

    /// The number in this machine's byte order.
    #[must_use]
    pub const fn get(self) -> f32 {
        f32::from_bits(u32::from_be(self.0.to_bits()))
    }
}

numbers!(f32);

impl Be<f64> {
    /// `value`, stored most significant byte first.
    #[must_use]
    pub const fn new(value: f64) -> Self {
        Self(f64::from_bits(value.to_bits().to_be()))
    }

    /// The number in this machine's byte order.
    #[must_use]
    pub const fn get(self) -> f64 {
        f64::from_bits(u64::from_be(self.0.to_bits()))
    }
}

numbers!(f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_big_endian_number_has_its_most_significant_byte_first() {
        let number = Be::<u32>::new(0x0102_0304);
        assert_eq!(number.as_bytes(), [1, 2, 3, 4]);
        assert_eq!(number.get(), 0x0102_0304);
        assert_eq!(align_of::<Be<u64>>(), align_of::<u64>());
        assert_eq!(format!("{number:?} {number}"), "16909060 16909060");
    }

    #[test]
    fn floats_and_addresses_keep_their_values() {
        assert_eq!(Be::<f64>::new(1.5).as_bytes(), 1.5f64.to_be_bytes());
        assert_eq!(Be::<f32>::new(-2.25).get(), -2.25);
        assert_eq!(
            Be::<Address>::new(Address(0x10)).as_bytes(),
            [0, 0, 0, 0, 0, 0, 0, 0x10]
        );
    }
}
