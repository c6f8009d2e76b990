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
    /// In an object for a little-endian target: `bytes` bytes from `offset` on (1 to 17, which a packed field of 128 bits may
    /// touch), read as one number, hold the field at `shift` bits above the lowest.
    #[must_use]
    pub const fn little(offset: usize, bytes: usize, shift: u32, width: u32) -> Self {
        assert!(shift < 8 && width >= 1 && width <= 128 && shift + width <= bytes as u32 * 8);
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
        let place = &whole.as_bytes()[self.offset..self.offset + self.bytes];
        let value = (0..self.bytes).fold(0, |value, index| {
            value | self.up(place[self.position(index)], index)
        });
        value & self.mask()
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
        let place = &mut whole.as_mut_bytes()[self.offset..self.offset + self.bytes];
        for index in 0..self.bytes {
            let byte = &mut place[self.position(index)];
            let own = self.down(self.mask(), index);
            *byte = *byte & !own | self.down(value, index) & own;
        }
    }

    const fn mask(self) -> u128 {
        u128::MAX >> (u128::BITS - self.width)
    }

    /// Where the byte of this significance lies, 0 being the least.
    const fn position(self, index: usize) -> usize {
        if self.big_endian {
            self.bytes - 1 - index
        } else {
            index
        }
    }

    /// What a byte of this significance contributes to the value. (The least one is cut by the shift; bytes go one by one,
    /// because 17 of them fit into no number.)
    const fn up(self, byte: u8, index: usize) -> u128 {
        match index {
            0 => (byte >> self.shift) as u128,
            _ => (byte as u128) << (index as u32 * 8 - self.shift),
        }
    }

    /// What a value contributes to the byte of this significance.
    const fn down(self, value: u128, index: usize) -> u8 {
        match index {
            0 => (value << self.shift) as u8,
            _ => (value >> (index as u32 * 8 - self.shift)) as u8,
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
    fn a_packed_field_of_128_bits_touches_17_bytes() {
        let field = BitField::little(0, 17, 3, 128);
        let value = 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10;
        let mut bytes = [0xff_u8; 17];
        field.set(&mut bytes, value);
        assert_eq!(field.get(&bytes), value);
        assert_eq!((bytes[0] & 7, bytes[16] >> 3), (7, 0x1f));
        field.set(&mut bytes, u128::MAX);
        assert_eq!((field.get_signed(&bytes), bytes), (-1, [0xff; 17]));
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
