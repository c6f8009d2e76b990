use crate::{Error, ErrorCode, Plain, Result};

/// One record as it lies in memory that the kernel shares.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// What the program sent; up to 7 bytes more at the end where it came through a perf event array.
    pub bytes: &'a [u8],
    /// The CPU that sent it, which a ring buffer does not tell.
    pub cpu: Option<u32>,
}

impl Record<'_> {
    /// A copy of the event at its beginning; what is behind that, such as a flexible array, is in [`bytes`](Self::bytes).
    #[must_use]
    pub fn event<E: Event + ?Sized>(&self) -> E::Owned {
        E::copy(self.bytes)
    }
}

/// How long a program's records are, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordSize {
    min: usize,
    max: usize,
    /// What the kernel may add: a perf sample fills up to a multiple of 8 bytes, its own 4 included.
    trailing: usize,
}

impl RecordSize {
    /// Every record is of this size.
    #[must_use]
    pub const fn exactly(bytes: usize) -> Self {
        Self {
            min: bytes,
            max: bytes,
            trailing: 0,
        }
    }

    /// From `min` to `max` bytes.
    #[must_use]
    pub const fn between(min: usize, max: usize) -> Self {
        Self {
            min,
            max,
            trailing: 0,
        }
    }

    /// `min` bytes or more.
    #[must_use]
    pub const fn at_least(min: usize) -> Self {
        Self::between(min, usize::MAX)
    }

    pub(super) const fn with_perf_padding(self) -> Self {
        Self {
            trailing: 7,
            ..self
        }
    }

    #[inline]
    pub(super) fn check(self, bytes: &[u8]) -> Result<()> {
        let size = bytes.len();
        if size < self.min || size > self.max.saturating_add(self.trailing) {
            return Err(self.error(size));
        }
        Ok(())
    }

    #[cold]
    fn error(self, size: usize) -> Error {
        let expected = match self.max {
            max if max == self.min => format!("{max}"),
            usize::MAX => format!("{} or more", self.min),
            max => format!("{} to {max}", self.min),
        };
        Error::new(
            ErrorCode::RecordLength,
            format!("a record has {size} bytes, not {expected}"),
        )
    }
}

mod sealed {
    pub trait Sealed {}
    impl<T: crate::Plain> Sealed for T {}
    impl Sealed for [u8] {}
}

/// What a record can be read as: a [`Plain`] type, or bytes (`[u8]`).
pub trait Event: sealed::Sealed {
    /// A copy that is safe to keep.
    type Owned;

    /// Copies a record. Where it is shorter than the type, the rest is zero; what is behind the type is left out.
    fn copy(bytes: &[u8]) -> Self::Owned;

    /// Looks at a record in place, or at a copy where it is shorter than the type or misaligned for it.
    fn with<R>(bytes: &[u8], look: impl FnOnce(&Self) -> R) -> R;
}

impl<T: Plain> Event for T {
    type Owned = T;

    #[inline]
    fn copy(bytes: &[u8]) -> T {
        if let Ok((event, _)) = T::read_from_prefix(bytes) {
            return event;
        }
        let mut event = T::new_zeroed();
        event.as_mut_bytes()[..bytes.len()].copy_from_slice(bytes);
        event
    }

    #[inline]
    fn with<R>(bytes: &[u8], look: impl FnOnce(&T) -> R) -> R {
        match T::ref_from_prefix(bytes) {
            Ok((event, _)) => look(event),
            Err(_) => look(&T::copy(bytes)),
        }
    }
}

impl Event for [u8] {
    type Owned = Vec<u8>;

    fn copy(bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    #[inline]
    fn with<R>(bytes: &[u8], look: impl FnOnce(&[u8]) -> R) -> R {
        look(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(size: RecordSize, bytes: usize) -> bool {
        size.check(&vec![0; bytes]).is_ok()
    }

    #[test]
    fn a_record_of_another_length_is_an_error_that_says_both() {
        let size = RecordSize::exactly(16);
        assert!(fits(size, 16));
        let text = size.check(&[0; 12]).unwrap_err().to_string();
        assert_eq!(text, "a record has 12 bytes, not 16");
        assert!(!fits(size, 17));
    }

    #[test]
    fn a_perf_sample_may_carry_seven_bytes_more_and_no_eighth() {
        let size = RecordSize::exactly(16).with_perf_padding();
        assert!(fits(size, 20) && fits(size, 23));
        assert!(!fits(size, 24) && !fits(size, 15));
    }

    #[test]
    fn a_range_of_lengths_may_have_no_end() {
        let size = RecordSize::at_least(4).with_perf_padding();
        assert!(fits(size, 4) && fits(size, 4096) && !fits(size, 3));
        let size = RecordSize::between(4, 8);
        assert!(fits(size, 4) && fits(size, 8) && !fits(size, 9));
    }

    #[test]
    fn what_a_short_record_lacks_is_zero() {
        assert_eq!(u32::copy(&[1, 0]), u32::from_ne_bytes([1, 0, 0, 0]));
        assert_eq!(u16::copy(&[1, 2, 3]), u16::from_ne_bytes([1, 2]));
    }

    #[test]
    fn a_misaligned_record_is_looked_at_through_a_copy() {
        let memory = [0_u64, 0x0102_0304_0506_0708];
        let bytes = memory.as_slice();
        let bytes = zerocopy::IntoBytes::as_bytes(bytes);
        assert_eq!(
            u64::with(&bytes[4..], |event| *event),
            u64::from_ne_bytes(bytes[4..12].try_into().unwrap())
        );
    }
}
