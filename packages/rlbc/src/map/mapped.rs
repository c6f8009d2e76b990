use std::marker::PhantomData;

use libbpf_rs::MapCore as _;

use crate::events::mapping::{Mapping, page_size};
use crate::global::{Global, Globals};
use crate::{ArrayMap, Plain, Result};

/// The memory of an array with `BPF_F_MMAPABLE`, shared with the programs. It lives on without the map and its object.
pub struct MappedArray<V> {
    memory: Mapping,
    length: u32,
    types: PhantomData<fn() -> V>,
}

impl<V: Plain> ArrayMap<V> {
    /// Maps the array into memory: what is read and written there costs no system call.
    ///
    /// # Errors
    /// [`ErrorCode::System`](crate::ErrorCode) where it was not declared with `BPF_F_MMAPABLE`.
    pub fn mapped(&self) -> Result<MappedArray<V>> {
        let map = self.raw().handle()?;
        let length = map.max_entries();
        let size = (stride::<V>() * length as usize).next_multiple_of(page_size());
        let memory = Mapping::new(map, 0, size, true)?;
        Ok(MappedArray {
            memory,
            length,
            types: PhantomData,
        })
    }
}

impl<V: Plain> MappedArray<V> {
    /// The value at an index, live; `None` past the end.
    #[must_use]
    pub fn at(&self, index: u32) -> Option<Global<'_, V>> {
        (index < self.length).then(|| {
            // SAFETY: the memory has `length` values, and lives as long as `self`.
            let value = unsafe { self.memory.start().add(stride::<V>() * index as usize) };
            // SAFETY: values begin at multiples of 8 bytes, and the kernel keeps room for whole ones.
            unsafe { Globals::new(value, size_of::<V>()) }.at(0)
        })
    }

    /// How many values there are.
    #[must_use]
    pub fn max_entries(&self) -> u32 {
        self.length
    }
}

/// Values stand a multiple of 8 bytes apart. @see kernel/bpf/arraymap.c
fn stride<V>() -> usize {
    size_of::<V>().next_multiple_of(8)
}

impl<V> std::fmt::Debug for MappedArray<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MappedArray")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
