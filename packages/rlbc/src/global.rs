use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::element::Element;
use crate::{Plain, words};

/// Where a section or one of its variables is.
#[derive(Clone, Copy, Debug)]
enum Place<'obj> {
    /// In memory that the kernel and this process share.
    Shared(NonNull<u8>),
    /// In the kernel alone, at an offset in bytes.
    Kernel(Element<'obj>, usize),
}

impl Place<'_> {
    /// # Safety
    /// The place `bytes` further on is inside of the same section, or at its end.
    unsafe fn add(self, bytes: usize) -> Self {
        match self {
            // SAFETY: promised.
            Self::Shared(start) => Self::Shared(unsafe { start.add(bytes) }),
            Self::Kernel(element, offset) => Self::Kernel(element, offset + bytes),
        }
    }
}

/// A section of variables that the kernel and this process share; below every generated `Data` and `Bss`.
#[derive(Clone, Copy, Debug)]
pub struct Globals<'obj> {
    place: Place<'obj>,
    size: usize,
}

impl<'obj> Globals<'obj> {
    /// # Safety
    /// `start` is aligned to 8 bytes, and `size` bytes from there can be read and written as long as `'obj` lasts.
    pub(crate) unsafe fn new(start: NonNull<u8>, size: usize) -> Self {
        Self {
            place: Place::Shared(start),
            size,
        }
    }

    /// A section that is not mapped into memory.
    pub(crate) fn in_kernel(element: Element<'obj>) -> Self {
        Self {
            place: Place::Kernel(element, 0),
            size: element.size(),
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
        let place = unsafe { self.place.add(offset) };
        Global {
            place,
            value: PhantomData,
        }
    }
}

/// A variable of a BPF program, in memory that the program and this process share. Nothing is cached.
///
/// Each aligned word is read and written in one access, so a number is never torn; a larger value is torn if the program
/// writes it meanwhile.
///
/// A section whose variables are all `static` is not mapped into memory by libbpf. Once loaded, reading one of them is a
/// system call, and writing one is two, which read the section and write it back: what a program writes to the section
/// between these two is lost.
#[derive(Clone, Copy, Debug)]
pub struct Global<'obj, T> {
    place: Place<'obj>,
    value: PhantomData<T>,
}

impl<T: Plain> Global<'_, T> {
    /// The value now.
    ///
    /// # Panics
    /// Where the section is not mapped into memory, and the kernel refuses to read its map.
    #[must_use]
    pub fn get(&self) -> T {
        let mut value = T::new_zeroed();
        let bytes = value.as_mut_bytes();
        match self.place {
            // SAFETY: the variable's bytes are there, and shared with others that access each word whole.
            Place::Shared(start) => unsafe { words::load(start, bytes) },
            Place::Kernel(element, offset) => {
                let whole = element.read().expect("the section's map can be read");
                bytes.copy_from_slice(&whole[offset..offset + size_of::<T>()]);
            }
        }
        value
    }

    /// Stores a value, for programs to see from now on.
    ///
    /// # Panics
    /// Where the section is not mapped into memory, and the kernel refuses to write its map.
    pub fn set(&self, value: T) {
        let bytes = value.as_bytes();
        match self.place {
            // SAFETY: as in `get`.
            Place::Shared(start) => unsafe { words::store(start, bytes) },
            Place::Kernel(element, offset) => element
                .write(offset, bytes)
                .expect("the section's map can be written"),
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
        let place = unsafe { self.place.add(index * size_of::<T>()) };
        Some(Global {
            place,
            value: PhantomData,
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
