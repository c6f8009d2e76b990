use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

use crate::Plain;

/// A section of variables that the kernel and this process share; below every generated `Data` and `Bss`.
#[derive(Clone, Copy, Debug)]
pub struct Globals<'obj> {
    start: NonNull<u8>,
    size: usize,
    object: PhantomData<&'obj ()>,
}

impl<'obj> Globals<'obj> {
    /// # Safety
    /// `start` is aligned to 8 bytes, and `size` bytes from there can be read and written as long as `'obj` lasts.
    pub(crate) unsafe fn new(start: NonNull<u8>, size: usize) -> Self {
        Self {
            start,
            size,
            object: PhantomData,
        }
    }

    /// The variable at `offset` bytes.
    ///
    /// # Panics
    /// Where it does not lie inside of the section.
    #[must_use]
    pub fn at<T: Plain>(self, offset: usize) -> Global<'obj, T> {
        let end = offset.checked_add(size_of::<T>());
        assert!(
            end.is_some_and(|end| end <= self.size),
            "no variable at offset {offset}"
        );
        // SAFETY: just checked.
        let start = unsafe { self.start.add(offset) };
        Global {
            start,
            section: PhantomData,
        }
    }
}

/// A variable of a BPF program, in memory that the program and this process share. Nothing is cached.
///
/// Each aligned word is read and written in one access, so a number is never torn; a larger value is torn if the program
/// writes it meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Global<'obj, T> {
    start: NonNull<u8>,
    section: PhantomData<(&'obj (), T)>,
}

impl<T: Plain> Global<'_, T> {
    /// The value now.
    #[must_use]
    pub fn get(&self) -> T {
        let mut value = T::new_zeroed();
        let bytes = value.as_mut_bytes();
        match self.word(bytes.len()) {
            8 => self.load::<8>(bytes, |word| {
                // SAFETY: `word` is an aligned word inside of the variable, shared with others that access it whole.
                unsafe { AtomicU64::from_ptr(word.cast().as_ptr()) }
                    .load(Ordering::Relaxed)
                    .to_ne_bytes()
            }),
            4 => self.load::<4>(bytes, |word| {
                // SAFETY: as above.
                unsafe { AtomicU32::from_ptr(word.cast().as_ptr()) }
                    .load(Ordering::Relaxed)
                    .to_ne_bytes()
            }),
            2 => self.load::<2>(bytes, |word| {
                // SAFETY: as above.
                unsafe { AtomicU16::from_ptr(word.cast().as_ptr()) }
                    .load(Ordering::Relaxed)
                    .to_ne_bytes()
            }),
            _ => self.load::<1>(bytes, |word| {
                // SAFETY: as above.
                [unsafe { AtomicU8::from_ptr(word.as_ptr()) }.load(Ordering::Relaxed)]
            }),
        }
        value
    }

    /// Stores a value, for programs to see from now on.
    pub fn set(&self, value: T) {
        let bytes = value.as_bytes();
        match self.word(bytes.len()) {
            8 => self.store::<8>(bytes, |word, value| {
                // SAFETY: `word` is an aligned word inside of the variable, shared with others that access it whole.
                let word = unsafe { AtomicU64::from_ptr(word.cast().as_ptr()) };
                word.store(u64::from_ne_bytes(value), Ordering::Relaxed);
            }),
            4 => self.store::<4>(bytes, |word, value| {
                // SAFETY: as above.
                let word = unsafe { AtomicU32::from_ptr(word.cast().as_ptr()) };
                word.store(u32::from_ne_bytes(value), Ordering::Relaxed);
            }),
            2 => self.store::<2>(bytes, |word, value| {
                // SAFETY: as above.
                let word = unsafe { AtomicU16::from_ptr(word.cast().as_ptr()) };
                word.store(u16::from_ne_bytes(value), Ordering::Relaxed);
            }),
            _ => self.store::<1>(bytes, |word, [value]| {
                // SAFETY: as above.
                unsafe { AtomicU8::from_ptr(word.as_ptr()) }.store(value, Ordering::Relaxed);
            }),
        }
    }

    /// The largest word that divides address and size.
    fn word(&self, size: usize) -> usize {
        let bits = self.start.addr().get() | size;
        [8, 4, 2]
            .into_iter()
            .find(|word| bits % word == 0)
            .unwrap_or(1)
    }

    fn load<const WORD: usize>(&self, bytes: &mut [u8], read: impl Fn(NonNull<u8>) -> [u8; WORD]) {
        for (index, chunk) in bytes.chunks_exact_mut(WORD).enumerate() {
            // SAFETY: `bytes` is as long as the variable.
            chunk.copy_from_slice(&read(unsafe { self.start.add(index * WORD) }));
        }
    }

    fn store<const WORD: usize>(&self, bytes: &[u8], write: impl Fn(NonNull<u8>, [u8; WORD])) {
        for (index, chunk) in bytes.chunks_exact(WORD).enumerate() {
            let mut word = [0; WORD];
            word.copy_from_slice(chunk);
            // SAFETY: `bytes` is as long as the variable.
            write(unsafe { self.start.add(index * WORD) }, word);
        }
    }
}

impl<'obj, T: Plain, const N: usize> Global<'obj, [T; N]> {
    /// One element of an array, without a copy of the others; `None` where there is none.
    #[must_use]
    pub fn index(&self, index: usize) -> Option<Global<'obj, T>> {
        if index >= N {
            return None;
        }
        // SAFETY: the element lies inside of the variable.
        let start = unsafe { self.start.add(index * size_of::<T>()) };
        Some(Global {
            start,
            section: PhantomData,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(align(8))]
    struct Memory([u8; 24]);

    fn globals(memory: &mut Memory) -> Globals<'_> {
        // SAFETY: the memory is borrowed as long as the result lives.
        unsafe { Globals::new(NonNull::from(&mut memory.0).cast(), memory.0.len()) }
    }

    #[test]
    fn a_variable_is_read_and_written_in_place_whatever_its_size_and_alignment() {
        let mut memory = Memory([0; 24]);
        let section = globals(&mut memory);
        section.at::<u64>(8).set(0x0102_0304_0506_0708);
        section.at::<u32>(4).set(7);
        section.at::<u16>(1).set(0x0a0b);
        assert_eq!(section.at::<u64>(8).get(), 0x0102_0304_0506_0708);
        assert_eq!(section.at::<u32>(4).get(), 7);
        assert_eq!(section.at::<u16>(1).get(), 0x0a0b);
        assert_eq!(section.at::<[u8; 24]>(0).get()[0], 0);
    }

    #[test]
    fn an_element_of_an_array_is_a_variable_of_its_own() {
        let mut memory = Memory([0; 24]);
        let numbers = globals(&mut memory).at::<[u64; 3]>(0);
        numbers.index(2).unwrap().set(9);
        assert_eq!(numbers.get(), [0, 0, 9]);
        assert!(numbers.index(3).is_none());
    }

    #[test]
    #[should_panic(expected = "no variable at offset 20")]
    fn a_variable_outside_of_the_section_is_refused() {
        let _ = globals(&mut Memory([0; 24])).at::<u64>(20);
    }
}
