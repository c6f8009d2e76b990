use crate::Plain;

/// Where a C bit-field lies: in which bytes, how far from the lowest bit, how wide, and in which byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitField {
    offset: usize,
    bytes: usize,
    shift: u32,
    width: u32,
    big_endian: bool,
}

impl BitField {
    /// In an object for a little-endian target: `bytes` bytes from `offset` on, read as one number, hold the field at
    /// `shift` bits above the lowest.
    #[must_use]
    pub const fn little(offset: usize, bytes: usize, shift: u32, width: u32) -> Self {
        assert!(bytes >= 1 && bytes <= 16 && width >= 1 && shift + width <= bytes as u32 * 8);
        Self {
            offset,
            bytes,
            shift,
            width,
            big_endian: false,
        }
    }

    /// The same in an object for a big-endian target.
    #[must_use]
    pub const fn big(offset: usize, bytes: usize, shift: u32, width: u32) -> Self {
        Self {
            big_endian: true,
            ..Self::little(offset, bytes, shift, width)
        }
    }

    /// The field of `whole`, without sign.
    ///
    /// # Panics
    /// Where the field lies outside of `whole`.
    #[inline]
    #[must_use]
    pub fn get(self, whole: &impl Plain) -> u128 {
        (self.unit(whole.as_bytes()) >> self.shift) & self.mask()
    }

    /// The field of `whole`, its highest bit being the sign.
    ///
    /// # Panics
    /// Where the field lies outside of `whole`.
    #[inline]
    #[must_use]
    pub fn get_signed(self, whole: &impl Plain) -> i128 {
        let unused = u128::BITS - self.width;
        ((self.get(whole) << unused) as i128) >> unused
    }

    /// Stores the lowest bits of `value`, as C does; no other bit of `whole` changes.
    ///
    /// # Panics
    /// Where the field lies outside of `whole`.
    #[inline]
    pub fn set(self, whole: &mut impl Plain, value: u128) {
        let bytes = whole.as_mut_bytes();
        let unit =
            self.unit(bytes) & !(self.mask() << self.shift) | (value & self.mask()) << self.shift;
        let place = &mut bytes[self.offset..self.offset + self.bytes];
        if self.big_endian {
            place.copy_from_slice(&unit.to_be_bytes()[16 - self.bytes..]);
        } else {
            place.copy_from_slice(&unit.to_le_bytes()[..self.bytes]);
        }
    }

    const fn mask(self) -> u128 {
        u128::MAX >> (u128::BITS - self.width)
    }

    #[inline]
    fn unit(self, bytes: &[u8]) -> u128 {
        let place = &bytes[self.offset..self.offset + self.bytes];
        let mut number = [0; 16];
        if self.big_endian {
            number[16 - self.bytes..].copy_from_slice(place);
            u128::from_be_bytes(number)
        } else {
            number[..self.bytes].copy_from_slice(place);
            u128::from_le_bytes(number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_from_its_own_bits_only() {
        let bytes = [0b1010_0110_u8, 0xff];
        assert_eq!(BitField::little(0, 1, 1, 3).get(&bytes), 0b011);
        assert_eq!(BitField::little(0, 2, 7, 3).get(&bytes), 0b111);
    }

    #[test]
    fn a_signed_field_keeps_its_sign() {
        let bytes = [0b0001_1000_u8];
        assert_eq!(BitField::little(0, 1, 3, 2).get_signed(&bytes), -1);
        assert_eq!(BitField::little(0, 1, 3, 3).get_signed(&bytes), 3);
    }

    #[test]
    fn a_field_that_spans_nine_bytes_survives_a_round_trip() {
        let field = BitField::little(0, 9, 4, 63);
        let mut bytes = [0xff_u8; 9];
        field.set(&mut bytes, 0x1234_5678_9abc_def0);
        assert_eq!(field.get(&bytes), 0x1234_5678_9abc_def0);
        assert_eq!(
            (bytes[0] & 0xf, bytes[8] >> 3),
            (0xf, 0x1f),
            "the neighbours are untouched"
        );
    }

    #[test]
    fn big_endian_units_are_read_from_the_other_end() {
        // struct { u32 a:4, b:12, c:16; } on a big-endian target: a is the highest nibble of the first byte.
        let mut bytes = [0x1a_u8, 0xbc, 0x12, 0x34];
        assert_eq!(BitField::big(0, 1, 4, 4).get(&bytes), 0x1);
        assert_eq!(BitField::big(0, 2, 0, 12).get(&bytes), 0xabc);
        BitField::big(2, 2, 0, 16).set(&mut bytes, 0xbeef);
        assert_eq!(bytes, [0x1a, 0xbc, 0xbe, 0xef]);
    }

    #[test]
    fn a_value_that_is_too_wide_is_cut_as_in_c() {
        let mut bytes = [0_u8; 2];
        BitField::little(0, 1, 2, 3).set(&mut bytes, u128::MAX);
        assert_eq!(bytes, [0b0001_1100, 0]);
    }
}
