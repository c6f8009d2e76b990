use std::borrow::Cow;
use std::ffi::CStr;
use std::fmt;
use std::str::Utf8Error;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A C `char[N]`: text up to the first zero byte, or all of it where there is none.
///
/// It prints as text (bytes that are no UTF-8 as `\u{fffd}`), so `println!("{}", event.comm)` does what one expects.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
    Unaligned,
)]
#[repr(transparent)]
pub struct Text<const N: usize>(pub [u8; N]);

/// The text in bytes that are no [`Text`], such as a record without a type: up to the first zero byte, with a replacement
/// character for what is no UTF-8.
///
/// ```
/// assert_eq!(rlbc::text_of(b"cat\0ghost"), "cat");
/// ```
#[must_use]
pub fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let end = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end])
}

impl<const N: usize> Text<N> {
    /// `text`, cut to `N` bytes; the rest is zero. Like C, it leaves no room for a final zero byte where the text fills it.
    #[must_use]
    pub const fn new(text: &str) -> Self {
        let (from, mut bytes) = (text.as_bytes(), [0; N]);
        let mut index = 0;
        while index < N && index < from.len() {
            bytes[index] = from[index];
            index += 1;
        }
        Self(bytes)
    }

    /// The text without the zero byte that ends it.
    #[must_use]
    pub fn text_bytes(&self) -> &[u8] {
        let end = self.0.iter().position(|&byte| byte == 0).unwrap_or(N);
        &self.0[..end]
    }

    /// All `N` bytes, for arrays that hold more than one string.
    #[must_use]
    pub const fn all_bytes(&self) -> &[u8; N] {
        &self.0
    }

    /// The text, where it is UTF-8.
    ///
    /// # Errors
    /// The place of the first byte that is not.
    pub fn to_str(&self) -> Result<&str, Utf8Error> {
        std::str::from_utf8(self.text_bytes())
    }

    /// The text, with a replacement character for what is no UTF-8.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        text_of(&self.0)
    }

    /// The text as a C string; `None` where no zero byte ends it.
    #[must_use]
    pub fn to_c_str(&self) -> Option<&CStr> {
        CStr::from_bytes_until_nul(&self.0).ok()
    }

    /// Whether the first byte is zero.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text_bytes().is_empty()
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> From<&str> for Text<N> {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<const N: usize> PartialEq<str> for Text<N> {
    fn eq(&self, other: &str) -> bool {
        self.text_bytes() == other.as_bytes()
    }
}

impl<const N: usize> PartialEq<&str> for Text<N> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_string_lossy())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.text_bytes().escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // parity: helpers.text
    #[test]
    fn text_ends_at_the_first_zero_byte() {
        let comm = Text(*b"cat\0ghost\0");
        assert_eq!(comm.to_str(), Ok("cat"));
        assert_eq!(comm, "cat");
        assert_eq!(comm.to_c_str(), Some(c"cat"));
        assert_eq!(comm.all_bytes().len(), 10);
        assert_eq!(
            format!("{comm} {comm:?} [{comm:>5}]"),
            "cat \"cat\" [  cat]"
        );
    }

    #[test]
    fn text_without_a_zero_byte_is_all_of_the_array() {
        let full = Text::<4>::new("abcdef");
        assert_eq!(full.text_bytes(), b"abcd");
        assert_eq!(full.to_c_str(), None);
    }

    #[test]
    fn bytes_that_are_no_utf8_are_replaced_in_display_and_escaped_in_debug() {
        let odd = Text([0xff, b'a', 0, 0]);
        assert!(odd.to_str().is_err());
        assert_eq!(format!("{odd} {odd:?}"), "\u{fffd}a \"\\xffa\"");
    }
}
