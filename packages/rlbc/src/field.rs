//! Members that no Rust field can be: of unions, or where Rust would not put them.

use crate::Plain;

/// The member at `offset` bytes of `whole`.
///
/// # Panics
/// Where it does not lie inside of `whole`; generated code asks for members that do.
#[inline]
#[must_use]
pub fn get<T: Plain>(whole: &impl Plain, offset: usize) -> T {
    let mut value = T::new_zeroed();
    value
        .as_mut_bytes()
        .copy_from_slice(&whole.as_bytes()[offset..offset + size_of::<T>()]);
    value
}

/// Stores the member at `offset` bytes of `whole`.
///
/// # Panics
/// Where it does not lie inside of `whole`.
#[inline]
pub fn set<T: Plain>(whole: &mut impl Plain, offset: usize, value: T) {
    whole.as_mut_bytes()[offset..offset + size_of::<T>()].copy_from_slice(value.as_bytes());
}

/// What a record has from `offset` bytes on: the bytes or the text of a flexible array member.
#[inline]
#[must_use]
pub fn tail(record: &[u8], offset: usize) -> &[u8] {
    record.get(offset..).unwrap_or_default()
}

/// Copies of the elements that a record has from `offset` bytes on, as many as are there whole.
pub fn elements<T: Plain>(record: &[u8], offset: usize) -> impl Iterator<Item = T> + '_ {
    tail(record, offset)
        .chunks_exact(size_of::<T>().max(1))
        .map(|bytes| T::read_from_bytes(bytes).expect("it is as long as the type"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn elements_of_a_flexible_array_are_those_that_are_there_whole() {
        let record = [9, 1, 0, 2, 0, 3];
        let elements: Vec<u16> = super::elements(&record, 1).collect();
        assert_eq!(elements, [1, 2].map(u16::from_le));
        assert_eq!(super::tail(&record, 4), [0, 3]);
        assert!(super::tail(&record, 7).is_empty());
    }

    #[test]
    fn a_misaligned_member_is_read_and_written_in_place() {
        let mut whole = [0_u8, 1, 2, 3, 4, 5];
        assert_eq!(
            super::get::<u32>(&whole, 1),
            u32::from_ne_bytes([1, 2, 3, 4])
        );
        super::set(&mut whole, 3, 0xffff_u16);
        assert_eq!(whole, [0, 1, 2, 0xff, 0xff, 5]);
    }
}
